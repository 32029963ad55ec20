//! What has come into a channel, or changed there, since a place in the journal.

use super::error::StoreError;
use super::frame;
use super::heads;
use super::read::{self, Reader};
use super::record::{self, EntryRecord};
use super::{keys, postings};
use crate::model::{ChannelKey, EntryNo, StoredEntry};
use std::collections::BTreeMap;

/// Entries that came since, of all channels, among which it is looked for those of one.
const SCANNED: usize = 10_000;
/// The newest entries of a channel, among which it is looked for those that changed: as many as
/// its largest document has.
const NEWEST: usize = 200;

/// The place of an entry's present form in the journal: of the report that gave it, then by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arrival {
    pub sequence: u64,
    pub no: EntryNo,
}

impl Arrival {
    /// Behind all that a report brought.
    pub fn end_of(sequence: u64) -> Arrival {
        Arrival { sequence, no: EntryNo(u64::MAX) }
    }
}

/// Entries in the order of their arrivals.
#[derive(Debug)]
pub struct Arrivals {
    pub entries: Vec<(Arrival, StoredEntry)>,
    /// All before it are told.
    pub upto: Arrival,
    /// There are others behind it.
    pub more: bool,
}

impl Reader {
    /// Up to `limit` entries of a channel that came or changed after a place, reprints that it
    /// does not show left out. `None`: that is too long ago to tell. Of changes those are told that
    /// are among the newest 200.
    pub fn arrivals(
        &self,
        channel: ChannelKey,
        after: Arrival,
        limit: usize,
    ) -> Result<Option<Arrivals>, StoreError> {
        let end = Arrival::end_of(self.position()?.sequence);
        let mut found = BTreeMap::new();
        if !self.new_ones(channel, after, end, &mut found)? {
            return Ok(None);
        }
        self.changed_ones(channel, after, end, &mut found)?;
        let last = found.keys().nth(limit.saturating_sub(1)).filter(|_| found.len() > limit);
        let (upto, more) = (last.copied().unwrap_or(end), last.is_some());
        let found = found.into_iter().take(limit);
        let read = |(at, no): (Arrival, EntryNo)| Some((at, self.entry_or_log(no)?));
        Ok(Some(Arrivals { entries: found.filter_map(read).collect(), upto, more }))
    }

    /// False: there are too many to look at.
    fn new_ones(
        &self,
        channel: ChannelKey,
        after: Arrival,
        end: Arrival,
        found: &mut BTreeMap<Arrival, EntryNo>,
    ) -> Result<bool, StoreError> {
        let head = self.channel(channel)?;
        let before = EntryNo(EntryNo::new(after.sequence, 0).0.saturating_sub(1));
        let pairs = self.index.scan_after(keys::ENTRIES, &keys::entry(before));
        for (scanned, pair) in pairs.enumerate() {
            if scanned >= SCANNED {
                return Ok(false);
            }
            let entry: EntryRecord = record::decode(&pair?.1).map_err(StoreError::Record)?;
            if entry.no.sequence() > end.sequence {
                break;
            }
            if heads::channels(&entry).contains(&channel)
                && postings::get(&self.index, channel, &head, entry.cursor())? == Some(false)
            {
                self.put(&entry, after, end, found)?;
            }
        }
        Ok(true)
    }

    fn changed_ones(
        &self,
        channel: ChannelKey,
        after: Arrival,
        end: Arrival,
        found: &mut BTreeMap<Arrival, EntryNo>,
    ) -> Result<(), StoreError> {
        let head = self.channel(channel)?;
        let mut newest = Vec::with_capacity(NEWEST);
        postings::walk_back(&self.index, channel, &head, None, |posting| {
            if !posting.copy {
                newest.push(posting.at.no);
            }
            newest.len() < NEWEST
        })?;
        // Those that came after are looked at already.
        for no in newest.into_iter().filter(|no| no.sequence() < after.sequence) {
            let entry = read::entry_record(&self.index, no)?;
            if let Some(entry) = entry.filter(|entry| entry.revision > 0) {
                self.put(&entry, after, end, found)?;
            }
        }
        Ok(())
    }

    fn put(
        &self,
        entry: &EntryRecord,
        after: Arrival,
        end: Arrival,
        found: &mut BTreeMap<Arrival, EntryNo>,
    ) -> Result<(), StoreError> {
        let sequence = match entry.revision {
            0 => entry.no.sequence(),
            _ => match self.given_by(entry)? {
                Some(sequence) => sequence,
                None => return Ok(()),
            },
        };
        let at = Arrival { sequence, no: entry.no };
        if after < at && at <= end {
            found.insert(at, entry.no);
        }
        Ok(())
    }

    /// The report that gave an entry the form that it has; `None`: it cannot be read now.
    fn given_by(&self, entry: &EntryRecord) -> Result<Option<u64>, StoreError> {
        let sequence = |entry: &EntryRecord| {
            self.bodies.read_as(entry.body, |bytes| {
                let (frame, _) = frame::read(bytes)?;
                record::decode_entry(frame.payload, entry.body).map(|(sequence, _)| sequence)
            })
        };
        if let Ok(sequence) = sequence(entry) {
            return Ok(Some(sequence));
        }
        // Its segment may have been rewritten meanwhile; else it is damaged, which is told where
        // it is read.
        let now = read::entry_record(&self.index, entry.no)?;
        Ok(now.and_then(|now| sequence(&now).ok()))
    }
}
