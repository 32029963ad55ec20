//! What came to a channel, or changed in it, after a report.

use super::error::StoreError;
use super::frame;
use super::heads::channels;
use super::held::Lookup;
use super::record::{self, EntryRecord};
use super::{Editions, PRINTS, Reader, keys, postings, read};
use crate::model::{ChannelKey, EntryNo, StoredEntry};

/// Entries of all channels that are looked at.
const LOOKED_AT: usize = 2048;

impl Reader {
    /// Whether entries may have left a channel by an order, or been filed anew, after a report: then
    /// nobody can tell what has changed in it.
    pub fn is_altered_since(&self, channel: ChannelKey, report: u64) -> bool {
        self.alterations.since(channel, report)
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
        let head = self.channel(channel)?;
        let after = keys::entry(EntryNo::new(report, u16::MAX));
        let mut came = Vec::new();
        for (looked_at, pair) in self.index.scan_after(keys::ENTRIES, &after).enumerate() {
            let entry: EntryRecord = record::decode(&pair?.1).map_err(StoreError::Record)?;
            if channels(&entry).binary_search(&channel).is_ok() {
                let copy = postings::get(&self.index, channel, &head, entry.cursor())?;
                let is_shown = copy.is_some_and(|copy| editions == Editions::All || !copy);
                came.extend(is_shown.then_some(entry.no));
            }
            if came.len() > most || looked_at >= LOOKED_AT {
                return Ok(None);
            }
        }
        Ok(Some(came))
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

    /// The report that told the present form of an entry.
    fn told_by(&self, entry: &EntryRecord) -> Result<u64, StoreError> {
        if entry.revision == 0 {
            return Ok(entry.no.sequence());
        }
        self.bodies.read_as(entry.body, |bytes| {
            let (frame, _) = frame::read(bytes)?;
            Ok(record::decode_entry(frame.payload, entry.body)?.0)
        })
    }
}
