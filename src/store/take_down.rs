//! An entry that somebody wants gone: from feeds and pages at once, then from every segment that
//! has anything of it.

use super::error::StoreError;
use super::frame::{Frame, Kind};
use super::held::Lookup;
use super::rewrite::{Frames, id_after};
use super::{Store, keys, names, read, record, segment, tombstone};
use crate::model::{EntryKey, EntryNo, Obeyed, Timestamp};

impl Store {
    pub(super) fn take_down(
        &mut self,
        key: EntryKey,
        sequence: u64,
        now: Timestamp,
    ) -> Result<Obeyed, StoreError> {
        let more = |entries_removed, segments_rewritten| {
            Ok(Obeyed { entries_removed, segments_rewritten, more: true, ..Obeyed::default() })
        };
        if let Some(claim) = names::claim(&self.reader.index, key)?
            && let Some(entry) = read::entry_record(&self.reader.index, claim.no)?
        {
            self.remove(&[entry], sequence, now, true)?;
            return more(1, 0);
        }
        if self.upkeep.rewriting.is_some() {
            let rewritten = self.rewrite(sequence, now)?;
            return more(0, rewritten);
        }
        let Some(no) = self.taken_down(key)? else { return Err(StoreError::Unknown { key }) };
        let Some(mut todo) = self.upkeep.taking_down.remove(&no) else {
            // What is in the segment that is written to is rewritten, too.
            if id_after(self.segments.end().0) < sequence {
                self.segments.roll(sequence)?;
            }
            let all = self.closed()?.into_iter().map(|closed| closed.id).collect();
            self.upkeep.taking_down.insert(no, all);
            return more(0, 0);
        };
        let Some(id) = todo.pop_front() else {
            return self.assert_gone(no).map(|()| Obeyed::default());
        };
        let is_there = segment::path(&self.segments_folder(), id).exists();
        if is_there && self.holds(id, no)? {
            let closed = self.closed()?;
            let mut old = vec![id];
            // With its neighbours, where one of them has the id that the new one would take.
            while !self.is_free(id_after(old[old.len() - 1]))? {
                let next =
                    closed.iter().map(|closed| closed.id).find(|id| *id > old[old.len() - 1]);
                match next {
                    Some(next) => old.push(next),
                    // The one that is written to, which can be closed once the journal goes on.
                    None => {
                        match id_after(self.segments.end().0) < sequence {
                            true => self.segments.roll(sequence)?,
                            false => self.pass(sequence, now)?,
                        }
                        todo.push_front(id);
                        self.upkeep.taking_down.insert(no, todo);
                        return more(0, 0);
                    }
                }
            }
            self.begin_rewriting(old, &closed)?;
        }
        self.upkeep.taking_down.insert(no, todo);
        more(0, 0)
    }

    /// The entry with that key that was taken down.
    fn taken_down(&self, key: EntryKey) -> Result<Option<EntryNo>, StoreError> {
        for pair in self.reader.index.scan(&keys::tombstones(key)) {
            let tombstone = tombstone::decode(pair?)?;
            if tombstone.is_for_good {
                return Ok(Some(tombstone.no));
            }
        }
        Ok(None)
    }

    /// What could not be rewritten is told, where it has the entry.
    fn assert_gone(&self, no: EntryNo) -> Result<(), StoreError> {
        for id in &self.upkeep.unsound {
            let path = segment::path(&self.segments_folder(), *id);
            if path.exists() && self.holds(*id, no)? {
                return Err(StoreError::Remains { path });
            }
        }
        Ok(())
    }

    /// Whether a segment has something of an entry, or may have: what is damaged.
    fn holds(&self, id: u64, no: EntryNo) -> Result<bool, StoreError> {
        let mut frames = Frames::open(&self.segments_folder(), id)?;
        loop {
            let (Frame { kind, payload }, at) = match frames.read_next() {
                Ok(Some(read)) => read,
                Ok(None) => return Ok(false),
                Err(StoreError::Damaged { .. }) => return Ok(true),
                Err(error) => return Err(error),
            };
            if kind == Kind::Entry
                && record::decode_entry(payload, at).is_ok_and(|(_, entry)| entry.no == no)
            {
                return Ok(true);
            }
        }
    }
}
