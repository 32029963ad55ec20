//! The index learns where everything lies in a rewritten segment; then the old ones go.

use super::super::apply::Changes;
use super::super::error::StoreError;
use super::super::frame::{Frame, Kind};
use super::super::held::Lookup;
use super::super::index::Index;
use super::super::record::{
    self, CommitRecord, EntryRecord, KeptRecord, OrderRecord, SegmentRecord,
};
use super::super::segment::{self, Location, sync_folder};
use super::super::tombstone::{self, Tombstone};
use super::super::{archive, keys, names, packed, read, torn};
use super::Frames;
use crate::model::SourceId;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Writes collected before they are handed on.
const WRITES: usize = 400;

/// May be done again from the beginning, whenever it ended.
///
/// # Errors
/// The disk or the index fails; the old segments are there then.
pub fn finish(folder: &Path, index: &Index, id: u64, old: &[u64]) -> Result<(), StoreError> {
    let mut finishing = Finishing { index, old, changes: Changes::new(index) };
    finishing.check(folder, id)?;
    finishing.relocate(folder, id)?;
    finishing.let_go(folder)?;
    let Finishing { mut changes, .. } = finishing;
    old.iter().for_each(|old| changes.forget_segment(*old));
    index.hold_moved(changes.into_writes());
    index.settle()?;
    for old in old {
        let path = segment::path(folder, *old);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(StoreError::io("cannot remove", path)(error));
            }
            _ => {}
        }
        // What an entry was that was taken down may be there, too.
        let _ = fs::remove_file(torn::kept_at(folder, *old));
    }
    sync_folder(folder)
}

struct Finishing<'a> {
    index: &'a Index,
    old: &'a [u64],
    changes: Changes<'a>,
}

impl Finishing<'_> {
    /// Before anything goes: all that is live in the old segments must be in the new one, which
    /// is removed if not.
    fn check(&mut self, folder: &Path, id: u64) -> Result<(), StoreError> {
        let mut wanted = 0;
        for old in self.old {
            wanted += self.changes.segment(*old)?.entries;
        }
        let (mut frames, mut to_move, mut moved) = (Frames::open(folder, id)?, 0, 0);
        loop {
            let (Frame { kind, payload }, at) = match frames.read_next() {
                Ok(Some(read)) => read,
                Ok(None) => break,
                Err(StoreError::Damaged { offset, problem, .. }) => {
                    return Err(self.keep_old(folder, id, offset, problem)?);
                }
                Err(error) => return Err(error),
            };
            if kind == Kind::Entry {
                let (_, entry) = record::decode_entry(payload, at).map_err(StoreError::Record)?;
                if let Some((known, _)) = self.known(&entry)? {
                    to_move += u64::from(self.is_old(known.body.segment));
                    moved += u64::from(known.body == at);
                }
            }
        }
        // Where nothing is known of the old ones, an earlier life has come that far.
        if to_move + moved == wanted || (to_move == 0 && wanted == 0) {
            return Ok(());
        }
        let there = to_move + moved;
        let problem = format!("rewritten, it has {there} live entries instead of {wanted}");
        Err(self.keep_old(folder, id, 0, problem)?)
    }

    /// The new segment goes, unless the old ones do not have all that the index may know to be in
    /// it. What is to be told of that.
    fn keep_old(
        &self,
        folder: &Path,
        id: u64,
        offset: u64,
        problem: String,
    ) -> Result<StoreError, StoreError> {
        let path = segment::path(folder, id);
        let are_all_there = self.old.iter().all(|old| segment::path(folder, *old).exists());
        if are_all_there && self.index.get(&keys::segment(id))?.is_none() {
            fs::remove_file(&path).map_err(StoreError::io("cannot remove", &path))?;
        }
        let problem = format!("{problem}; the segments that it was to stand for are kept");
        Ok(StoreError::damaged(&path, offset, problem))
    }

    fn relocate(&mut self, folder: &Path, id: u64) -> Result<(), StoreError> {
        // With the first that moves, the index knows the segment.
        self.changes.segment(id)?;
        let mut frames = Frames::open(folder, id)?;
        let mut kept = SegmentRecord::default();
        let mut end = None;
        while let Some((Frame { kind, payload }, at)) = frames.read_next()? {
            end = Some(at);
            match kind {
                Kind::Entry => {
                    if self.entry(payload, at)? {
                        kept.add(at);
                    }
                    continue;
                }
                Kind::Commit => self.state(payload, at)?,
                Kind::Kept => self.kept(payload, at)?,
                Kind::Order | Kind::Redo | Kind::Run => {}
            }
            kept.kept_bytes += u64::from(at.length);
        }
        *self.changes.segment(id)? = kept;
        let position = read::position(&self.changes.draft)?;
        if let Some(end) = end.filter(|_| self.old.contains(&position.segment)) {
            self.changes.move_position(|position| {
                (position.segment, position.offset) =
                    (end.segment, end.offset + u64::from(end.length));
            })?;
        }
        Ok(())
    }

    /// Whether it is live, and lies there from now on.
    fn entry(&mut self, payload: &[u8], at: Location) -> Result<bool, StoreError> {
        let (_, entry) = record::decode_entry(payload, at).map_err(StoreError::Record)?;
        // Was it changed meanwhile, its newest form lies elsewhere.
        let Some((known, key)) = self.known(&entry)? else { return Ok(false) };
        let moves = self.is_old(known.body.segment);
        if moves {
            self.changes.draft.put(key, record::encode(&entry));
            self.hand_on()?;
        }
        Ok(moves || known.body == at)
    }

    /// What the index has of this form of an entry, and under which key: the present one, or the
    /// one that archives show.
    fn known(&self, form: &EntryRecord) -> Result<Option<(EntryRecord, Vec<u8>)>, StoreError> {
        let draft = &self.changes.draft;
        let archived = archive::kept(draft, form.no)?;
        if let Some(archived) = archived.filter(|known| known.revision == form.revision) {
            return Ok(Some((archived, keys::archived(form.no))));
        }
        let present = read::entry_record(draft, form.no)?;
        Ok(present.map(|known| (known, keys::entry(form.no))))
    }

    fn state(&mut self, payload: &[u8], at: Location) -> Result<(), StoreError> {
        let commit: CommitRecord = packed::decode(payload).map_err(StoreError::Record)?;
        let key = keys::state(&commit.source);
        let Some(stored) = self.changes.draft.get(&key)? else { return Ok(()) };
        let (state, known) = record::split_state(&stored).map_err(StoreError::Record)?;
        if known.is_some_and(|known| self.is_old(known.segment)) {
            self.changes.draft.put(key, record::encode_state(state, at));
            self.hand_on()?;
        }
        Ok(())
    }

    fn kept(&mut self, payload: &[u8], at: Location) -> Result<(), StoreError> {
        let kept: KeptRecord = packed::decode(payload).map_err(StoreError::Record)?;
        for name in kept.names {
            let known = names::further(&self.changes.draft, name.no)?;
            if known.iter().any(|known| known.key == name.key && self.is_old(known.segment)) {
                let draft = &mut self.changes.draft;
                names::put_further(draft, name.key, name.no, name.since, at.segment);
            }
        }
        for tombstone in kept.tombstones {
            if self.stands(&tombstone)? {
                tombstone::put(&mut self.changes.draft, &tombstone, at.segment);
            }
        }
        self.hand_on()
    }

    /// What the old segments told alone is told no more.
    fn let_go(&mut self, folder: &Path) -> Result<(), StoreError> {
        for old in self.old {
            let mut frames = match Frames::open(folder, *old) {
                Err(StoreError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
                    continue;
                }
                opened => opened?,
            };
            loop {
                let (Frame { kind, payload }, _) = match frames.read_next() {
                    Ok(Some(read)) => read,
                    Ok(None) => break,
                    Err(StoreError::Damaged { .. }) => {
                        frames.skip_damage()?;
                        continue;
                    }
                    Err(error) => return Err(error),
                };
                let tombstones = match kind {
                    Kind::Commit => packed::decode(payload).map(|c: CommitRecord| c.tombstones),
                    Kind::Order => packed::decode(payload).map(|o: OrderRecord| o.tombstones),
                    Kind::Kept => packed::decode(payload).map(|k: KeptRecord| k.tombstones),
                    Kind::Entry | Kind::Redo | Kind::Run => continue,
                };
                for tombstone in tombstones.map_err(StoreError::Record)? {
                    if self.stands(&tombstone)? {
                        self.changes.draft.delete(tombstone.index_key());
                    }
                }
                self.hand_on()?;
            }
        }
        let states = self.index.scan(keys::STATES).filter_map(|pair| {
            let (key, value) = pair.ok()?;
            let (_, at) = record::split_state(&value).ok()?;
            at.is_some_and(|at| self.is_old(at.segment)).then_some(key)
        });
        let states: Vec<Vec<u8>> = states.collect();
        for key in states {
            let source = SourceId::new(&String::from_utf8_lossy(&key[1..]));
            let known = self.changes.draft.get(&key)?;
            let at = known.as_deref().map(record::split_state).transpose();
            let at = at.map_err(StoreError::Record)?.and_then(|(_, at)| at);
            if at.is_some_and(|at| self.is_old(at.segment)) {
                tracing::info!(source_id = %source, "the state of a source that was not polled for long is let go");
                self.changes.draft.delete(key);
            }
        }
        Ok(())
    }

    /// Whether the index has it from the old segments.
    fn stands(&self, tombstone: &Tombstone) -> Result<bool, StoreError> {
        let key = tombstone.index_key();
        let Some(value) = self.changes.draft.get(&key)? else { return Ok(false) };
        Ok(self.is_old(tombstone::decode((key, value))?.segment))
    }

    fn is_old(&self, segment: u64) -> bool {
        self.old.contains(&segment)
    }

    fn hand_on(&mut self) -> Result<(), StoreError> {
        if self.changes.len() >= WRITES {
            let full = std::mem::replace(&mut self.changes, Changes::new(self.index));
            self.index.hold_moved(full.into_writes());
            self.index.settle_if_much()?;
        }
        Ok(())
    }
}
