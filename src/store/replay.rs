//! From segments to an index: what opening does with the end that the index has not seen, and
//! remaking and verifying with all of it.

use super::apply::Changes;
use super::bodies;
use super::error::StoreError;
use super::frame::{Frame, Kind};
use super::index::Index;
use super::packed;
use super::record::{self, CommitRecord, EntryRecord, OrderRecord, PositionRecord};
use super::rewrite;
use super::scan::{Found, Scan};
use super::segment::{self, HEADER, Location};
use super::torn::Torn;
use std::cmp::Ordering;
use std::fmt;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Writes collected before they are handed on.
const WRITES: usize = 400;

/// How far replaying has come, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
}

/// Bytes of a segment that are not as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    pub segment: u64,
    pub offset: u64,
    /// What is wrong, and what it costs.
    pub problem: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Damage { segment, offset, problem } = self;
        write!(f, "segment {segment:016x}, byte {offset}: {problem}")
    }
}

pub struct Replay<'a> {
    /// Of the segments.
    pub folder: &'a Path,
    /// Holds the changes afterwards.
    pub index: &'a Index,
    /// Bodies are unfolded and read, too.
    pub with_bodies: bool,
    /// Where what was acknowledged ends, as far as anybody knows: damage before it is no torn end.
    pub known: PositionRecord,
}

type Note<'n> = &'n mut dyn FnMut(Damage);

impl Replay<'_> {
    /// Applies every commit after `from`. Returns the newest segment, and the end of what
    /// counts in it.
    ///
    /// # Errors
    /// The disk or the index fails; damage is noted.
    pub fn run(
        &self,
        from: PositionRecord,
        note: Note<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<(u64, u64)>, StoreError> {
        let segments = segment::list(self.folder)?;
        let replaced = rewrite::replaced(self.folder, &segments)?;
        let todo = segments.into_iter().filter(|id| *id >= from.segment && !replaced.contains(id));
        let todo: Vec<u64> = todo.collect();
        let size = |id: &u64| fs::metadata(segment::path(self.folder, *id)).map_or(0, |m| m.len());
        let total = todo.iter().map(size).sum::<u64>().saturating_sub(from.offset);
        let mut done = 0;
        let mut end = None;
        let newest = todo.last().copied();
        for id in todo {
            let start = if id == from.segment { from.offset } else { 0 };
            let mut report =
                |bytes: u64| progress(Progress { done: (done + bytes).min(total), total });
            let length = self.segment((id, start), Some(id) == newest, note, &mut report)?;
            done += length.saturating_sub(start);
            end = Some((id, length));
        }
        Ok(end)
    }

    /// Returns the length up to the last frame that counts.
    fn segment(
        &self,
        (id, start): (u64, u64),
        newest: bool,
        note: Note<'_>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<u64, StoreError> {
        let path = segment::path(self.folder, id);
        // What the index knows already is left alone: a whole segment is long.
        let bytes = read_from(&path, start).map_err(StoreError::io("cannot read", &path))?;
        let mut noted = |at: usize, problem: String| {
            note(Damage { segment: id, offset: start + at as u64, problem });
        };
        // Counted from `start`, as `counted` is.
        let at = if start == 0 { HEADER.len().min(bytes.len()) } else { 0 };
        if start == 0 && !HEADER.starts_with(&bytes[..at]) {
            noted(0, "no segment header; what follows is read all the same".to_owned());
        }
        let mut counted = at;
        let mut changes = Changes::new(self.index);
        let mut entries = Vec::new();
        let mut is_rewritten = start > 0 && rewrite::is_rewritten(self.folder, id)?;
        let mut torn = Torn::default();
        let sure = if newest { self.sure(id, start) } else { usize::MAX };
        for found in Scan::new(&bytes, at) {
            let (frame, at, end) = match found {
                Found::Frame { frame, at, end } => (frame, at, end),
                Found::Damage { at, end, .. }
                    if at >= sure && torn.is(&bytes, start, &(at..end)) =>
                {
                    break;
                }
                Found::Damage { at, problem, .. } => {
                    noted(at, problem.to_owned());
                    continue;
                }
                Found::Unfinished { at } => {
                    // A crash tears the newest alone.
                    if at < sure {
                        noted(at, "the end of the segment is damaged".to_owned());
                    }
                    continue;
                }
            };
            let location =
                Location { segment: id, offset: start + at as u64, length: (end - at) as u32 };
            is_rewritten |= start == 0 && at == HEADER.len() && frame.kind == Kind::Kept;
            if is_rewritten && frame.kind != Kind::Entry {
                changes.segment(id)?.kept_bytes += u64::from(location.length);
            }
            match frame.kind {
                Kind::Entry => match self.entry(&frame, location) {
                    Ok(entry) => entries.push(entry),
                    Err(problem) => noted(at, problem),
                },
                Kind::Commit => match packed::decode(frame.payload) {
                    Ok(commit) => {
                        let entries = std::mem::take(&mut entries);
                        let mut note = |problem| noted(at, problem);
                        replay_commit(&mut changes, &commit, entries, location, &mut note)?;
                        counted = end;
                    }
                    Err(problem) => noted(at, problem),
                },
                Kind::Order => match packed::decode::<OrderRecord>(frame.payload) {
                    Ok(order) => {
                        let entries = std::mem::take(&mut entries);
                        let mut note = |problem| noted(at, problem);
                        replay_order(&mut changes, &order, entries, location, &mut note)?;
                        counted = end;
                    }
                    Err(problem) => noted(at, problem),
                },
                Kind::Kept => match packed::decode(frame.payload) {
                    Ok(kept) => {
                        let entries = std::mem::take(&mut entries);
                        rewrite::replay(&mut changes, &kept, &entries, location)?;
                        counted = end;
                    }
                    Err(problem) => noted(at, problem),
                },
                Kind::Redo | Kind::Run => {
                    noted(at, "this kind of frame does not belong here".to_owned())
                }
            }
            if changes.len() >= WRITES {
                let full = std::mem::replace(&mut changes, Changes::new(self.index));
                self.index.hold(full.into_writes());
                self.index.settle_if_much()?;
                progress(end as u64);
            }
        }
        entries.retain(|(_, entry)| entry.body.offset < start.saturating_add(sure as u64));
        apply_orphans(&mut changes, &entries, &mut |problem| noted(counted, problem))?;
        if let Some((sequence, entry)) = entries.last().filter(|_| newest) {
            let (at, recorded_at) = (entry.body, entry.changed_at);
            changes.move_position(|position| position.reach(*sequence, recorded_at, at))?;
        }
        self.index.hold(changes.into_writes());
        // A segment that is closed has no end that was not acknowledged.
        let acknowledged = if newest { sure.min(bytes.len()) } else { counted };
        Ok(start + counted.max(acknowledged) as u64)
    }

    /// Up to where in the bytes of the newest segment, from `start` on, all was acknowledged.
    fn sure(&self, id: u64, start: u64) -> usize {
        match self.known.segment.cmp(&id) {
            Ordering::Less => 0,
            Ordering::Equal => self.known.offset.saturating_sub(start) as usize,
            Ordering::Greater => usize::MAX,
        }
    }

    fn entry(&self, frame: &Frame<'_>, at: Location) -> Result<(u64, EntryRecord), String> {
        if self.with_bodies {
            bodies::entry_of(frame.payload)?;
        }
        record::decode_entry(frame.payload, at)
    }
}

/// `entries`: those since the last commit that could be read, with their commits' sequences.
fn replay_commit(
    changes: &mut Changes<'_>,
    commit: &CommitRecord,
    entries: Vec<(u64, EntryRecord)>,
    at: Location,
    note: &mut dyn FnMut(String),
) -> Result<(), StoreError> {
    let (sequence, source) = (commit.sequence, &commit.source);
    let own = own_of(changes, sequence, entries, note)?;
    let told = (commit.entries_new + commit.entries_changed) as usize;
    let told = if commit.is_kept { 0 } else { told };
    let lost = told.saturating_sub(own.len());
    if lost > 0 {
        note(format!("{lost} of the {told} entries of {:?} before it are lost", source.as_str()));
    }
    changes.apply_entries(sequence, &own)?;
    if let Some(problem) = changes.commit(commit, &own, None, at)? {
        note(format!(
            "what the poll changed of the state of {:?} is lost: {problem}",
            source.as_str()
        ));
    }
    Ok(())
}

/// The same for an order.
fn replay_order(
    changes: &mut Changes<'_>,
    order: &OrderRecord,
    entries: Vec<(u64, EntryRecord)>,
    at: Location,
    note: &mut dyn FnMut(String),
) -> Result<(), StoreError> {
    let own = own_of(changes, order.sequence, entries, note)?;
    changes.apply_entries(order.sequence, &own)?;
    changes.remove_entries(&order.removed)?;
    changes.order(order, at)
}

/// Those of the entries that came with `sequence`; the others are applied.
fn own_of(
    changes: &mut Changes<'_>,
    sequence: u64,
    entries: Vec<(u64, EntryRecord)>,
    note: &mut dyn FnMut(String),
) -> Result<Vec<EntryRecord>, StoreError> {
    let (own, orphans): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(of, _)| *of == sequence);
    apply_orphans(changes, &orphans, note)?;
    Ok(own.into_iter().map(|(_, entry)| entry).collect())
}

/// Entries of commits that are damaged, and that were acknowledged, since others came after.
fn apply_orphans(
    changes: &mut Changes<'_>,
    orphans: &[(u64, EntryRecord)],
    note: &mut dyn FnMut(String),
) -> Result<(), StoreError> {
    for entries in orphans.chunk_by(|(one, _), (other, _)| one == other) {
        let (of, count) = (entries[0].0, entries.len());
        let entries: Vec<EntryRecord> = entries.iter().map(|(_, entry)| entry.clone()).collect();
        note(format!(
            "the commit {of} before it is damaged: its entries ({count}) are kept; what the poll \
             changed of the state of {:?} is lost",
            entries[0].source.as_str()
        ));
        changes.apply_entries(of, &entries)?;
        changes.mark_changed(of, entries[0].changed_at);
    }
    Ok(())
}

/// The rest of a file.
fn read_from(path: &Path, start: u64) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}
