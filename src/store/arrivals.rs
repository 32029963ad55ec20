//! What has come into a channel, or changed there, since a place in the journal.

use super::error::StoreError;
use super::frame;
use super::heads::channels;
use super::held::Lookup;
use super::read::{self, Editions, PRINTS, Reader};
use super::record::{self, EntryRecord};
use super::{keys, postings};
use crate::model::{ChannelKey, EntryNo, StoredEntry};
use std::collections::BTreeMap;

/// Entries that came since, of all channels, among which it is looked for those of one; fewer where
/// the whole feed is as good an answer.
const SCANNED: usize = 10_000;
const SCANNED_FOR_FEED: usize = 2048;
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

    /// Entries that came to a channel after a report and are shown there, wherever they stand.
    ///
    /// Returns: none when there are more than `most`, or thousands came to all channels.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn came_since(
        &self,
        channel: ChannelKey,
        report: u64,
        most: usize,
        editions: Editions,
    ) -> Result<Option<Vec<EntryNo>>, StoreError> {
        let mut came = Vec::new();
        let after = EntryNo::new(report, u16::MAX);
        let is_all = self.came_after(channel, after, SCANNED_FOR_FEED, |entry, copy| {
            if editions == Editions::All || !copy {
                came.push(entry.no);
            }
            Ok(came.len() <= most)
        })?;
        Ok(Some(came).filter(|came| is_all && came.len() <= most))
    }

    /// Whether an entry, or one with its text of which it tells, came or changed after a report.
    ///
    /// # Errors
    /// When the index or an entry cannot be read.
    pub fn is_changed_since(&self, of: &StoredEntry, report: u64) -> Result<bool, StoreError> {
        let first = of.reprint_of.unwrap_or(of.no);
        let mut shown = vec![of.no, first];
        for pair in self.index.scan(&keys::copies(first)).take(PRINTS) {
            shown.extend(keys::last_number(&pair?.0).map(EntryNo));
        }
        for no in shown {
            let Some(entry) = read::entry_record(&self.index, no)? else { continue };
            if self.told_by(&entry)? > report {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// False: there are too many to look at.
    fn new_ones(
        &self,
        channel: ChannelKey,
        after: Arrival,
        end: Arrival,
        found: &mut BTreeMap<Arrival, EntryNo>,
    ) -> Result<bool, StoreError> {
        let before = EntryNo(EntryNo::new(after.sequence, 0).0.saturating_sub(1));
        self.came_after(channel, before, SCANNED, |entry, copy| {
            let is_meant = entry.no.sequence() <= end.sequence;
            if is_meant && !copy {
                self.put(entry, after, end, found);
            }
            Ok(is_meant)
        })
    }

    /// Tells entries of a channel behind a number, and whether each is a copy there, until `tell`
    /// has enough. False: there are more than `most` of all channels.
    fn came_after(
        &self,
        channel: ChannelKey,
        after: EntryNo,
        most: usize,
        mut tell: impl FnMut(&EntryRecord, bool) -> Result<bool, StoreError>,
    ) -> Result<bool, StoreError> {
        let head = self.channel(channel)?;
        let pairs = self.index.scan_after(keys::ENTRIES, &keys::entry(after));
        for (scanned, pair) in pairs.enumerate() {
            if scanned >= most {
                return Ok(false);
            }
            let entry: EntryRecord = record::decode(&pair?.1).map_err(StoreError::Record)?;
            if channels(&entry).binary_search(&channel).is_ok()
                && let Some(copy) = postings::get(&self.index, channel, &head, entry.cursor())?
                && !tell(&entry, copy)?
            {
                break;
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
                self.put(&entry, after, end, found);
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
    ) {
        // It may be damaged, which is told where it is read.
        if let Ok(sequence) = self.told_by(entry) {
            let at = Arrival { sequence, no: entry.no };
            if after < at && at <= end {
                found.insert(at, entry.no);
            }
        }
    }

    /// The report that told the present form of an entry.
    fn told_by(&self, entry: &EntryRecord) -> Result<u64, StoreError> {
        if entry.revision == 0 {
            return Ok(entry.no.sequence());
        }
        let sequence = |entry: &EntryRecord| {
            self.bodies.read_as(entry.body, |bytes| {
                let (frame, _) = frame::read(bytes)?;
                record::decode_entry(frame.payload, entry.body).map(|(sequence, _)| sequence)
            })
        };
        sequence(entry).or_else(|error| {
            // Its segment may have been rewritten meanwhile.
            let now = read::entry_record(&self.index, entry.no)?;
            now.filter(|now| now.body != entry.body).map_or(Err(error), |now| sequence(&now))
        })
    }
}
