//! Reading: channels, entries and source states, by anyone, at any time.

use super::alterations::Alterations;
use super::beside::Beside;
use super::bodies::Bodies;
use super::error::StoreError;
use super::held::Lookup;
use super::index::Index;
use super::keys;
use super::lacking::Lacking;
use super::lives::Lives;
use super::names;
use super::postings;
use super::record::{self, ChannelRecord, EntryRecord, PositionRecord, SegmentRecord};
use crate::model::{
    ChannelKey, Cursor, Entry, EntryKey, EntryNo, FirstPrint, Placement, StoredEntry, Timestamp,
};
use minicbor::Decode;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tracing::error;
use xxhash_rust::xxh3::Xxh3;

/// One entry per reprint group, or every entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Editions {
    #[default]
    One,
    All,
}

/// A page of a channel, newest first.
#[derive(Debug, Default)]
pub struct Listing {
    pub entries: Vec<StoredEntry>,
    /// Where the next page begins; none at the end.
    pub next: Option<Cursor>,
}

/// Changes exactly when the page of an entry does, or when it does in a feed. There is no date to
/// it: what is shown may have left again, and nobody writes down when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryVersion {
    pub no: EntryNo,
    pub revision: u32,
    pub hash: u64,
}

/// Prints of one text that a page lists.
pub const PRINTS: usize = 20;

/// A shared handle for reading.
#[derive(Clone)]
pub struct Reader {
    pub(super) folder: Arc<Path>,
    pub(super) index: Index,
    pub(super) bodies: Arc<Bodies>,
    pub(super) lives: Arc<Lives>,
    pub(super) damage: Arc<Damage>,
    pub(super) alterations: Arc<Alterations>,
    pub(super) beside: Arc<Beside>,
}

/// Entries that could not be read since the start, and may be mended meanwhile.
#[derive(Debug, Default)]
pub struct Damage(Mutex<BTreeSet<EntryNo>>);

/// Damaged entries that are remembered; more are only logged.
const DAMAGE_KEPT: usize = 1000;

impl Reader {
    /// While it is the same, everything is read as before.
    pub fn changes(&self) -> u64 {
        self.index.changes()
    }

    pub fn position(&self) -> Result<PositionRecord, StoreError> {
        position(&self.index)
    }

    pub fn channel(&self, channel: ChannelKey) -> Result<ChannelRecord, StoreError> {
        self::channel(&self.index, channel)
    }

    /// Up to `limit` entries of a channel that lie before a place.
    pub fn list(
        &self,
        channel: ChannelKey,
        before: Option<Cursor>,
        limit: usize,
        editions: Editions,
    ) -> Result<Listing, StoreError> {
        let head = self.channel(channel)?;
        let mut places = self.places(channel, &head, before, limit, editions)?;
        let more = places.len() > limit;
        places.truncate(limit);
        let next = places.last().copied().filter(|_| more);
        let numbers: Vec<EntryNo> = places.iter().map(|at| at.no).collect();
        Ok(Listing { entries: self.entries(&numbers), next })
    }

    /// Those that there are. The disk fetches them all at once, and not one after the other.
    pub fn entries(&self, numbers: &[EntryNo]) -> Vec<StoredEntry> {
        let keys: Vec<Vec<u8>> = numbers.iter().map(|no| keys::entry(*no)).collect();
        self.index.read_ahead(keys.iter().map(Vec::as_slice));
        let record = |no: &EntryNo| self.noted(*no, entry_record(&self.index, *no));
        let records: Vec<EntryRecord> = numbers.iter().filter_map(record).collect();
        records.iter().for_each(|record| self.bodies.read_ahead(record));
        let entry = |record: EntryRecord| self.noted(record.no, self.entry_of(record));
        records.into_iter().filter_map(entry).collect()
    }

    /// Where the page after that of the newest entries, up to `limit`, begins, if there is one.
    pub fn next_page(
        &self,
        channel: ChannelKey,
        head: &ChannelRecord,
        limit: usize,
        editions: Editions,
    ) -> Result<Option<Cursor>, StoreError> {
        let places = self.places(channel, head, None, limit, editions)?;
        Ok(places.get(limit).and_then(|_| places.get(limit.checked_sub(1)?)).copied())
    }

    /// One more than `limit`, if there are so many.
    fn places(
        &self,
        channel: ChannelKey,
        head: &ChannelRecord,
        before: Option<Cursor>,
        limit: usize,
        editions: Editions,
    ) -> Result<Vec<Cursor>, StoreError> {
        let mut places = Vec::with_capacity(limit + 1);
        postings::walk_back(&self.index, channel, head, before, |posting| {
            if editions == Editions::All || !posting.copy {
                places.push(posting.at);
            }
            places.len() <= limit
        })?;
        Ok(places)
    }

    pub fn entry(&self, no: EntryNo) -> Result<Option<StoredEntry>, StoreError> {
        entry_record(&self.index, no)?.map_or(Ok(None), |record| self.entry_of(record))
    }

    /// `record`: what the index knew of it a moment ago.
    fn entry_of(&self, mut record: EntryRecord) -> Result<Option<StoredEntry>, StoreError> {
        let no = record.no;
        let entry = loop {
            match self.bodies.read(&record) {
                Ok(entry) => break entry,
                Err(error) => {
                    // Its segment may have been rewritten meanwhile.
                    let Some(now) = entry_record(&self.index, no)? else { return Ok(None) };
                    if now.body == record.body {
                        if error.is_damaged_entry() {
                            self.note_damage(no, &error);
                        }
                        return Err(error);
                    }
                    record = now;
                }
            }
        };
        Ok(Some(stored(record, entry)))
    }

    pub fn entry_by_key(&self, key: EntryKey) -> Result<Option<StoredEntry>, StoreError> {
        match names::claim(&self.index, key)? {
            Some(claim) => self.entry(claim.no),
            None => Ok(None),
        }
    }

    /// What the bytes of an entry's page depend on: its revision, its prints, and what is listed
    /// of its story.
    pub fn entry_version(&self, key: EntryKey) -> Result<Option<EntryVersion>, StoreError> {
        let Some(record) = self.record_by_key(key)? else { return Ok(None) };
        let placement = &record.placement;
        let first = placement.reprint_of.unwrap_or(record.no);
        let mates = self.mates(placement.story_of(record.no), first)?;
        Ok(Some(self.version(&record, mates)?))
    }

    /// The same of an entry in a feed, which tells nothing of its story.
    pub fn item_version(&self, key: EntryKey) -> Result<Option<EntryVersion>, StoreError> {
        let record = self.record_by_key(key)?;
        record.map(|record| self.version(&record, Vec::new())).transpose()
    }

    fn record_by_key(&self, key: EntryKey) -> Result<Option<EntryRecord>, StoreError> {
        match names::claim(&self.index, key)? {
            Some(claim) => entry_record(&self.index, claim.no),
            None => Ok(None),
        }
    }

    pub(super) fn version(
        &self,
        record: &EntryRecord,
        mut shown: Vec<EntryRecord>,
    ) -> Result<EntryVersion, StoreError> {
        let first = record.placement.reprint_of.unwrap_or(record.no);
        let mut numbers = vec![record.no, first];
        for pair in self.index.scan(&keys::copies(first)).take(PRINTS) {
            numbers.extend(keys::last_number(&pair?.0).map(EntryNo));
        }
        for no in numbers {
            shown.extend(entry_record(&self.index, no)?);
        }
        let mut hasher = Xxh3::new();
        for shown in shown {
            hasher.update(&shown.no.0.to_le_bytes());
            hasher.update(&shown.revision.to_le_bytes());
        }
        Ok(EntryVersion { no: record.no, revision: record.revision, hash: hasher.digest() })
    }

    /// The other entries with the same text, first print first, up to `limit`.
    pub fn other_prints(&self, of: &StoredEntry) -> Result<Vec<StoredEntry>, StoreError> {
        let first = of.reprint_of.unwrap_or(of.no);
        let mut numbers = vec![first];
        for pair in self.index.scan(&keys::copies(first)).take(PRINTS) {
            numbers.extend(keys::last_number(&pair?.0).map(EntryNo));
        }
        let others = numbers.into_iter().filter(|no| *no != of.no).take(PRINTS);
        Ok(others.filter_map(|no| self.entry_or_log(no)).collect())
    }

    /// Entries in order of arrival, from the first after `after`; damaged ones are left
    /// out and noted.
    pub fn entries_after(
        &self,
        after: EntryNo,
    ) -> impl Iterator<Item = Result<StoredEntry, StoreError>> + '_ {
        let numbers = self.index.scan_after(keys::ENTRIES, &keys::entry(after));
        numbers.filter_map(|pair| match pair {
            Ok((key, _)) => self.entry_or_log(EntryNo(keys::last_number(&key)?)).map(Ok),
            Err(error) => Some(Err(error)),
        })
    }

    /// Tells lives of the store apart in which a sequence was given.
    pub fn epoch_of(&self, sequence: u64) -> u64 {
        self.lives.epoch_of(sequence)
    }

    /// Of the life that goes on, whether or not anything has come in it.
    pub fn newest_epoch(&self) -> u64 {
        self.epoch_of(u64::MAX)
    }

    /// The same of the last sequence.
    pub fn epoch(&self) -> Result<u64, StoreError> {
        let last = if self.lives.is_first() { 0 } else { self.position()?.sequence };
        Ok(self.epoch_of(last))
    }

    /// Entries found damaged since the start.
    pub fn damaged(&self) -> usize {
        self.damage.0.lock().expect("no holder panics").len()
    }

    /// Forgets those that can be read again, or have left.
    pub fn look_at_damaged_again(&self) {
        let known = self.damage.0.lock().expect("no holder panics").clone();
        for no in known.into_iter().filter(|no| self.entry(*no).is_ok()) {
            self.damage.0.lock().expect("no holder panics").remove(&no);
        }
    }

    /// What the index was made without, and when that was found.
    pub fn lacking(&self) -> Option<(Lacking, Timestamp)> {
        Lacking::read(&self.folder.join("index"))
    }

    /// Damage costs at most the entry it is in, and is logged once.
    pub fn entry_or_log(&self, no: EntryNo) -> Option<StoredEntry> {
        self.noted(no, self.entry(no))
    }

    fn noted<T>(&self, no: EntryNo, read: Result<Option<T>, StoreError>) -> Option<T> {
        read.unwrap_or_else(|problem| {
            self.note_damage(no, &problem);
            None
        })
    }

    pub(super) fn note_damage(&self, no: EntryNo, problem: &StoreError) {
        let mut known = self.damage.0.lock().expect("no holder panics");
        if known.len() < DAMAGE_KEPT && known.insert(no) {
            error!(
                entry_no = no.0,
                error = %problem.full(),
                "an entry is damaged on disk and left out; restore the segment from a backup"
            );
        }
    }
}

pub(super) fn stored(record: EntryRecord, entry: Arc<Entry>) -> StoredEntry {
    StoredEntry {
        no: record.no,
        public_id: record.id,
        source: record.source,
        first_seen: record.first_seen,
        published: record.published,
        updated: record.updated,
        revision: record.revision,
        reprint_of: record.placement.reprint_of,
        story: record.placement.story_of(record.no),
        entry,
    }
}

pub(super) fn position(index: &impl Lookup) -> Result<PositionRecord, StoreError> {
    Ok(get(index, keys::POSITION)?.unwrap_or_default())
}

pub(super) fn channel(
    index: &impl Lookup,
    channel: ChannelKey,
) -> Result<ChannelRecord, StoreError> {
    Ok(get(index, &keys::channel(channel))?.unwrap_or_default())
}

/// The last entry that was first to print a text.
pub(super) fn first_print(
    index: &impl Lookup,
    hash: &[u8; 16],
) -> Result<Option<FirstPrint>, StoreError> {
    let Some((key, value)) = index.scan(&keys::first_prints(hash)).last().transpose()? else {
        return Ok(None);
    };
    let Some(no) = keys::last_number(&key).map(EntryNo) else { return Ok(None) };
    let placement = entry_record(index, no)?.map(|record| record.placement).unwrap_or_default();
    Ok(Some(print(no, decode(&value)?, &placement)))
}

/// An entry with a text of its own, as those see it that print the text again.
pub(super) fn print(no: EntryNo, recorded_at: Timestamp, placement: &Placement) -> FirstPrint {
    let first = placement.reprint_of.unwrap_or(no);
    FirstPrint { no: first, recorded_at, story: placement.story_of(no) }
}

pub(super) fn segment(index: &impl Lookup, id: u64) -> Result<SegmentRecord, StoreError> {
    Ok(get(index, &keys::segment(id))?.unwrap_or_default())
}

pub(super) fn entry_record(
    index: &impl Lookup,
    no: EntryNo,
) -> Result<Option<EntryRecord>, StoreError> {
    get(index, &keys::entry(no))
}

pub(super) fn get<T>(index: &impl Lookup, key: &[u8]) -> Result<Option<T>, StoreError>
where
    T: for<'b> Decode<'b, ()>,
{
    index.get(key)?.map(|bytes| decode(&bytes)).transpose()
}

fn decode<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, StoreError> {
    record::decode(bytes).map_err(StoreError::Record)
}
