//! Entries that somebody wants gone: from feeds and pages at once, then from every segment that
//! has anything of them.

use super::error::StoreError;
use super::frame::{Frame, Kind};
use super::held::Lookup;
use super::record::EntryRecord;
use super::retention::{ENTRIES, TakingDown};
use super::rewrite::{Frames, id_after};
use super::{Store, keys, names, postings, read, record, segment, tombstone};
use crate::model::{Channel, EntryNo, Obeyed, TakeDown, Timestamp};
use std::collections::BTreeSet;

impl Store {
    pub(super) fn take_down(
        &mut self,
        what: &TakeDown,
        sequence: u64,
        now: Timestamp,
    ) -> Result<Obeyed, StoreError> {
        let more = |entries_removed, segments_rewritten| {
            Ok(Obeyed { entries_removed, segments_rewritten, more: true, ..Obeyed::default() })
        };
        let there = self.still_there(what)?;
        if !there.is_empty() {
            self.remove(&there, sequence, now, true)?;
            return more(there.len() as u32, 0);
        }
        if self.upkeep.rewriting.is_some() {
            let rewritten = self.rewrite(sequence, now)?;
            return more(0, rewritten);
        }
        let known = self.upkeep.taking_down.remove(what);
        let Some(TakingDown { entries, mut todo }) = known else {
            let entries = self.taken_down(what)?;
            if entries.is_empty() {
                return match what {
                    TakeDown::Entry(key) => Err(StoreError::Unknown { key: *key }),
                    TakeDown::Source(_) => Ok(Obeyed::default()),
                };
            }
            // What is in the segment that is written to is rewritten, too.
            if id_after(self.segments.end().0) < sequence {
                self.segments.roll(sequence)?;
            }
            let todo = self.closed()?.into_iter().map(|closed| closed.id).collect();
            self.upkeep.taking_down.insert(what.clone(), TakingDown { entries, todo });
            return more(0, 0);
        };
        let Some(id) = todo.pop_front() else {
            return self.assert_gone(&entries).map(|()| Obeyed::default());
        };
        let is_there = segment::path(&self.segments_folder(), id).exists();
        if is_there && self.holds(id, &entries)? {
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
                        self.upkeep.taking_down.insert(what.clone(), TakingDown { entries, todo });
                        return more(0, 0);
                    }
                }
            }
            self.begin_rewriting(old, &closed)?;
        }
        self.upkeep.taking_down.insert(what.clone(), TakingDown { entries, todo });
        more(0, 0)
    }

    /// Entries that are to go, as many as one step removes.
    fn still_there(&self, what: &TakeDown) -> Result<Vec<EntryRecord>, StoreError> {
        let index = &self.reader.index;
        let mut numbers = Vec::new();
        let source = match what {
            TakeDown::Entry(key) => {
                numbers.extend(names::claim(index, *key)?.map(|claim| claim.no));
                None
            }
            TakeDown::Source(source) => {
                let channel = Channel::Source(source.clone()).key();
                let head = read::channel(index, channel)?;
                postings::walk_back(index, channel, &head, None, |posting| {
                    numbers.push(posting.at.no);
                    numbers.len() < ENTRIES
                })?;
                Some(source)
            }
        };
        let mut there = Vec::with_capacity(numbers.len());
        for no in numbers {
            let entry = read::entry_record(index, no)?;
            there.extend(entry.filter(|entry| source.is_none_or(|source| entry.source == *source)));
        }
        Ok(there)
    }

    /// The entries that were taken down before.
    fn taken_down(&self, what: &TakeDown) -> Result<BTreeSet<EntryNo>, StoreError> {
        let prefix = match what {
            TakeDown::Entry(key) => keys::tombstones(*key),
            TakeDown::Source(_) => keys::TOMBSTONES.to_vec(),
        };
        let mut entries = BTreeSet::new();
        for pair in self.reader.index.scan(&prefix) {
            let tombstone = tombstone::decode(pair?)?;
            let is_meant = match what {
                TakeDown::Entry(_) => true,
                TakeDown::Source(source) => tombstone.source == *source,
            };
            if tombstone.is_for_good && is_meant {
                entries.insert(tombstone.no);
            }
        }
        Ok(entries)
    }

    /// What could not be rewritten is told, where it has the entries.
    fn assert_gone(&self, entries: &BTreeSet<EntryNo>) -> Result<(), StoreError> {
        for id in &self.upkeep.unsound {
            let path = segment::path(&self.segments_folder(), *id);
            if path.exists() && self.holds(*id, entries)? {
                return Err(StoreError::Remains { path });
            }
        }
        Ok(())
    }

    /// Whether a segment has something of the entries, or may have: what is damaged.
    fn holds(&self, id: u64, entries: &BTreeSet<EntryNo>) -> Result<bool, StoreError> {
        let mut frames = Frames::open(&self.segments_folder(), id)?;
        loop {
            let (Frame { kind, payload }, at) = match frames.read_next() {
                Ok(Some(read)) => read,
                Ok(None) => return Ok(false),
                Err(StoreError::Damaged { .. }) => return Ok(true),
                Err(error) => return Err(error),
            };
            if kind == Kind::Entry
                && record::decode_entry(payload, at)
                    .is_ok_and(|(_, entry)| entries.contains(&entry.no))
            {
                return Ok(true);
            }
        }
    }
}
