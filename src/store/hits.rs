//! What damage in the segments has hit: the entries that it costs, and which differences between
//! the index in use and one that is made of the segments follow from that alone.

use super::error::StoreError;
use super::frame;
use super::heads::channels;
use super::held::{Lookup, Pair};
use super::index::Index;
use super::record::{self, ChannelRecord, EntryRecord, StateRecord};
use super::segment::{self, Location};
use super::telling::Teller;
use super::verify::Fault;
use super::{keys, names, read, telling, tombstone};
use crate::model::{ChannelKey, EntryNo, RegionCode, Timestamp};
use std::collections::BTreeSet;
use std::iter;
use std::path::Path;

/// Prints, and tellers of a story, that are looked at: no head tells of more.
const MATES: usize = 256;

pub struct Hits<'a> {
    /// Of the segments.
    folder: &'a Path,
    used: &'a Index,
    all_segments: BTreeSet<u64>,
    /// Segments with damage, or gone.
    damaged: BTreeSet<u64>,
    entries: BTreeSet<EntryNo>,
    /// Whose heads tell of these.
    channels: BTreeSet<ChannelKey>,
    /// In which forms of them lie, or lay.
    segments: BTreeSet<u64>,
}

impl<'a> Hits<'a> {
    pub fn new(folder: &'a Path, used: &'a Index, all_segments: &[u64]) -> Self {
        Hits {
            folder,
            used,
            all_segments: all_segments.iter().copied().collect(),
            damaged: BTreeSet::new(),
            entries: BTreeSet::new(),
            channels: BTreeSet::new(),
            segments: BTreeSet::new(),
        }
    }

    pub fn add_segment(&mut self, id: u64) {
        self.all_segments.insert(id);
        self.damaged.insert(id);
    }

    /// What damage costs of an entry that two indexes tell otherwise: `is` as the one in use has
    /// it, `made` as the segments have it. `None`: no damage does it.
    ///
    /// # Errors
    /// The index in use cannot be read.
    pub fn cost(
        &mut self,
        is: Option<&EntryRecord>,
        made: Option<&EntryRecord>,
    ) -> Result<Option<Fault>, StoreError> {
        let Some(known) = is.or(made) else { return Ok(None) };
        let cost = match (is, made) {
            (Some(is), made) => {
                let Some(damage) = self.damage_at(is.body) else { return Ok(None) };
                match made {
                    None => format!("it is lost: {damage}"),
                    Some(made) => format!(
                        "its revision {} is lost, and {} is left: {damage}",
                        is.revision, made.revision
                    ),
                }
            }
            (None, Some(made)) if self.was_removed(made)? => {
                "the order is damaged by which it was removed: with a remade index it is back"
                    .to_owned()
            }
            (None, _) => return Ok(None),
        };
        self.add(known)?;
        self.segments.extend(made.map(|made| made.body.segment));
        let problem = format!(
            "of {:?}, first seen {}, key {}: {cost}",
            known.source.as_str(),
            Timestamp::rfc3339(known.first_seen),
            known.key.hex()
        );
        Ok(Some(Fault { place: format!("entry {}", known.id), problem }))
    }

    /// The same of the form of an entry that archives show.
    ///
    /// # Errors
    /// As [`Hits::cost`].
    pub fn cost_of_archived(&mut self, is: &EntryRecord) -> Result<Option<Fault>, StoreError> {
        let Some(damage) = self.damage_at(is.body) else { return Ok(None) };
        self.add(is)?;
        let (place, source) = (format!("entry {}", is.id), is.source.as_str());
        let problem = format!("of {source:?}: the form that archives show is lost: {damage}");
        Ok(Some(Fault { place, problem }))
    }

    /// Whether a difference under a key tells but of what was hit.
    ///
    /// # Errors
    /// As [`Hits::cost`].
    pub fn explain(&self, is: Option<&Pair>, made: Option<&Pair>) -> Result<bool, StoreError> {
        let Some((key, value)) = is.or(made).filter(|_| !self.damaged.is_empty()) else {
            return Ok(false);
        };
        let (is_hit, of_damaged) = match key.first() {
            Some(b'm') => (true, false),
            Some(b'p') => {
                let id = keys::last_number(key).unwrap_or_default();
                (self.segments.contains(&id), self.damaged.contains(&id))
            }
            Some(b'n') => {
                let channel = keys::channel_of(key);
                let head: Option<ChannelRecord> = record::decode(value).ok();
                let is_of_damaged = head.is_some_and(|head| self.is_of_damaged(head.change));
                (channel.is_some_and(|channel| self.channels.contains(&channel)), is_of_damaged)
            }
            Some(b's') => {
                let state: Option<StateRecord> = record::decode(value).ok();
                let at = state.and_then(|state| state.commit);
                (false, at.is_some_and(|at| self.damaged.contains(&at.segment)))
            }
            _ => (self.names_one(key, value), self.is_told_by_damaged(key, value)),
        };
        Ok(is_hit || of_damaged)
    }

    /// Whether the key, or what is under it, is of an entry that was hit.
    fn names_one(&self, key: &[u8], value: &[u8]) -> bool {
        let first = || key.get(1..)?.first_chunk().map(|bytes| u64::from_be_bytes(*bytes));
        let first = first().map(EntryNo);
        let last = keys::last_number(key).map(EntryNo);
        let named = match key.first() {
            Some(b'g') => [first, last],
            Some(b'y') => [first, keys::teller(key)],
            Some(b'x') => [first, None],
            Some(b'i') => [record::decode(value).ok(), None],
            _ => [last, None],
        };
        named.iter().flatten().any(|no| self.entries.contains(no))
    }

    /// Whether a report or an order told it whose segment is damaged.
    fn is_told_by_damaged(&self, key: &[u8], value: &[u8]) -> bool {
        match key.first() {
            Some(b'k') => names::since(value).is_some_and(|since| self.is_of_damaged(since)),
            Some(b'x') => {
                let told: Option<(u64, u64)> = record::decode(value).ok();
                told.is_some_and(|(segment, _)| self.damaged.contains(&segment))
            }
            Some(b'z') => {
                let found = tombstone::decode((key.to_vec(), value.to_vec()));
                found.is_ok_and(|found| self.damaged.contains(&found.segment))
            }
            _ => false,
        }
    }

    /// Segments are named by the first sequence that they hold, those that were rewritten by one
    /// behind their last.
    fn is_of_damaged(&self, sequence: u64) -> bool {
        let before = self.all_segments.range(..=sequence).next_back();
        let after = self.all_segments.range(sequence..).next();
        before.into_iter().chain(after).any(|id| self.damaged.contains(id))
    }

    fn was_removed(&self, entry: &EntryRecord) -> Result<bool, StoreError> {
        let tombstone = self.used.get(&keys::tombstone(entry.key, entry.no))?;
        let Some(value) = tombstone else { return Ok(false) };
        let found = tombstone::decode((keys::tombstone(entry.key, entry.no), value))?;
        Ok(self.damaged.contains(&found.segment))
    }

    /// Why the frame cannot be read; `None`: it can.
    fn damage_at(&self, at: Location) -> Option<String> {
        let place = format!("segment {:016x}, byte {}", at.segment, at.offset);
        match segment::read(self.folder, at) {
            Ok(bytes) => {
                let problem = frame::read(&bytes).err()?;
                Some(format!("{place}: {problem}"))
            }
            Err(_) if !segment::path(self.folder, at.segment).exists() => {
                Some(format!("{place}: the segment is gone"))
            }
            Err(_) => Some(format!("{place}: the segment ends before it does")),
        }
    }

    /// An entry that was hit, and the channels that show it, its prints or its story.
    fn add(&mut self, entry: &EntryRecord) -> Result<(), StoreError> {
        self.entries.insert(entry.no);
        self.segments.insert(entry.body.segment);
        self.channels.extend(channels(entry));
        self.channels.extend(hot(&entry.places));
        let first = entry.placement.reprint_of.unwrap_or(entry.no);
        let mut mates = vec![first];
        for pair in self.used.scan(&keys::copies(first)).take(MATES) {
            mates.extend(keys::last_number(&pair?.0).map(EntryNo));
        }
        let story = entry.placement.story_of(entry.no);
        mates.push(story);
        for is_reprint in [false, true] {
            for pair in self.used.scan(&keys::tellings(story, is_reprint)).take(MATES) {
                let (no, Teller { channels, .. }) = telling::teller(pair?)?;
                self.channels.extend(channels);
                mates.push(no);
            }
        }
        for no in mates.into_iter().filter(|no| *no != entry.no) {
            if let Some(mate) = read::entry_record(self.used, no)? {
                self.channels.extend(channels(&mate));
                self.channels.extend(hot(&mate.places));
            }
        }
        Ok(())
    }
}

fn hot(places: &[RegionCode]) -> impl Iterator<Item = ChannelKey> {
    iter::once(None).chain(places.iter().map(Some)).map(ChannelKey::hot)
}
