//! Where to read on from an entry: what is related to it, and what to read next.
//!
//! Both are found when somebody asks, among a few entries of the same regions and topics, and kept
//! until one of the channels changes that were looked at.

use crate::model::{Channel, ChannelKey, EntryKey, EntryNo, RegionCode, StoredEntry, TopicId};
use crate::store::{Editions, EntryVersion, Reader, StoreError};
use crate::story::{self, RELATED, REPRINT, SAME_EVENT, Sketch};
use quick_cache::sync::Cache;
use std::sync::Arc;
use xxhash_rust::xxh3::Xxh3;

/// Related entries that are told of one.
const RELATED_MOST: usize = 10;
/// From this score on: more than [`RELATED`] asks, for the entries that are compared have a place
/// in common already, and the model takes its name for a sign. Two reports of one county that
/// share nothing else come to 600.
const LEAST_SCORE: u16 = RELATED + 120;
/// Entries that one is compared with: of each channel the newest, and those right before it.
const CANDIDATES: usize = 60;
const NEWEST: usize = 12;
const BEFORE: usize = 12;
/// Channels that candidates are taken from.
const CHANNELS: usize = 8;
/// Of a channel, so many of those right before it are looked at for what to read next.
const LOOKED_AT: usize = 8;
/// Entries of which it is kept where to read on, and sketches: some 1.5 KB each.
const KEPT: usize = 4096;
const SKETCHES: usize = 4096;

/// What was found of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Onward {
    /// The most related first.
    pub related: Vec<EntryKey>,
    pub next: Option<EntryKey>,
    /// Of all that is shown of them.
    pub hash: u64,
}

/// What was found, and what it holds for.
struct Found {
    revision: u32,
    /// The channels that were looked at, with the sequences of their last changes.
    looked_at: Vec<(ChannelKey, u64)>,
    onward: Arc<Onward>,
}

pub struct Onwards {
    found: Cache<EntryNo, Arc<Found>>,
    sketches: Cache<(EntryNo, u32), Arc<Sketch>>,
}

impl Default for Onwards {
    fn default() -> Self {
        Onwards { found: Cache::new(KEPT), sketches: Cache::new(SKETCHES) }
    }
}

impl Onwards {
    /// What was found before, if it still holds; it costs a look at each channel of the search.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn known(
        &self,
        reader: &Reader,
        of: EntryVersion,
    ) -> Result<Option<Arc<Onward>>, StoreError> {
        self.kept(reader, of.no, of.revision)
    }

    /// What is known, else what is found now: that reads and compares dozens of entries.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn of(&self, reader: &Reader, stored: &StoredEntry) -> Result<Arc<Onward>, StoreError> {
        if let Some(known) = self.kept(reader, stored.no, stored.revision)? {
            return Ok(known);
        }
        let mut search = Search { reader, of: stored, looked_at: Vec::new(), kept: self };
        let related = search.related()?;
        let next = search.next()?;
        let onward = Arc::new(onward(&related, next.as_ref()));
        let Search { looked_at, .. } = search;
        let found = Found { revision: stored.revision, looked_at, onward: Arc::clone(&onward) };
        self.found.insert(stored.no, Arc::new(found));
        Ok(onward)
    }

    fn kept(
        &self,
        reader: &Reader,
        no: EntryNo,
        revision: u32,
    ) -> Result<Option<Arc<Onward>>, StoreError> {
        match self.found.get(&no).filter(|found| found.revision == revision) {
            Some(found) if is_current(reader, &found.looked_at)? => {
                Ok(Some(Arc::clone(&found.onward)))
            }
            _ => Ok(None),
        }
    }

    fn sketch(&self, stored: &StoredEntry) -> Arc<Sketch> {
        let name = (stored.no, stored.revision);
        if let Some(known) = self.sketches.get(&name) {
            return known;
        }
        let entry = &stored.entry;
        let sketch = Arc::new(Sketch::new(&entry.title, entry.text(), stored.published));
        self.sketches.insert(name, Arc::clone(&sketch));
        sketch
    }
}

fn is_current(reader: &Reader, looked_at: &[(ChannelKey, u64)]) -> Result<bool, StoreError> {
    for (channel, change) in looked_at {
        if reader.channel(*channel)?.change != *change {
            return Ok(false);
        }
    }
    Ok(true)
}

struct Search<'a> {
    reader: &'a Reader,
    of: &'a StoredEntry,
    looked_at: Vec<(ChannelKey, u64)>,
    kept: &'a Onwards,
}

impl Search<'_> {
    fn related(&mut self) -> Result<Vec<StoredEntry>, StoreError> {
        let own = self.kept.sketch(self.of);
        let mut found: Vec<(u16, StoredEntry)> = Vec::new();
        for other in self.candidates()? {
            let scores = story::scores(&own, &self.kept.sketch(&other));
            if scores.related >= LEAST_SCORE && scores.reprint < REPRINT {
                found.push((scores.related, other));
            }
        }
        found.sort_by_key(|(score, other)| std::cmp::Reverse((*score, other.cursor())));
        found.truncate(RELATED_MOST);
        Ok(found.into_iter().map(|(_, other)| other).collect())
    }

    /// Entries of its regions and topics, one of each text, and none of its own story.
    fn candidates(&mut self) -> Result<Vec<StoredEntry>, StoreError> {
        let mut candidates: Vec<StoredEntry> = Vec::new();
        for channel in nearest(self.of).into_iter().take(CHANNELS) {
            if candidates.len() == CANDIDATES {
                break;
            }
            let newest = self.list(&channel, None, NEWEST)?;
            let before = self.list(&channel, Some(self.of), BEFORE)?;
            for other in newest.into_iter().chain(before) {
                let is_new = candidates.iter().all(|known| text_of(known) != text_of(&other));
                if is_new && !is_its_story(self.of, &other) && candidates.len() < CANDIDATES {
                    candidates.push(other);
                }
            }
        }
        Ok(candidates)
    }

    /// The newest before it in its county that reports something else, else in its topic, city,
    /// province. Whoever reads on from page to page goes back in time, and so never in a circle.
    fn next(&mut self) -> Result<Option<StoredEntry>, StoreError> {
        let own = self.kept.sketch(self.of);
        for channel in circles(self.of) {
            for other in self.list(&channel, Some(self.of), LOOKED_AT)? {
                if !is_its_story(self.of, &other)
                    && story::scores(&own, &self.kept.sketch(&other)).same_event < SAME_EVENT
                {
                    return Ok(Some(other));
                }
            }
        }
        Ok(None)
    }

    fn list(
        &mut self,
        channel: &Channel,
        before: Option<&StoredEntry>,
        most: usize,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let key = channel.key();
        // Read first: what comes meanwhile is seen as a change.
        if self.looked_at.iter().all(|(known, _)| *known != key) {
            self.looked_at.push((key, self.reader.channel(key)?.change));
        }
        let before = before.map(StoredEntry::cursor);
        Ok(self.reader.list(key, before, most, Editions::One)?.entries)
    }
}

fn onward(related: &[StoredEntry], next: Option<&StoredEntry>) -> Onward {
    let mut hasher = Xxh3::new();
    for shown in related.iter().chain(next) {
        hasher.update(&shown.no.0.to_le_bytes());
        hasher.update(&shown.revision.to_le_bytes());
    }
    hasher.update(&[u8::from(next.is_some())]);
    Onward {
        related: related.iter().map(StoredEntry::key).collect(),
        next: next.map(StoredEntry::key),
        hash: hasher.digest(),
    }
}

/// Whether another entry is a print of its text or another report of its event, which are listed
/// apart, or itself.
fn is_its_story(of: &StoredEntry, other: &StoredEntry) -> bool {
    text_of(of) == text_of(other) || of.story == other.story
}

/// The first print of its text.
fn text_of(stored: &StoredEntry) -> EntryNo {
    stored.reprint_of.unwrap_or(stored.no)
}

/// The channels in which what is related will be: topics in its regions, its regions, what is
/// above the first of them; without a region its topics, and without a topic its source.
fn nearest(stored: &StoredEntry) -> Vec<Channel> {
    let entry = &stored.entry;
    let topics = || entry.topics.iter().map(|verdict| &verdict.topic);
    let in_region = |region: &RegionCode| {
        let of_topic = |topic: &TopicId| Channel::RegionTopic(region.clone(), topic.clone());
        let of_topics: Vec<Channel> = topics().map(of_topic).collect();
        of_topics.into_iter().chain([Channel::Region(region.clone())])
    };
    let mut channels: Vec<Channel> =
        entry.regions.iter().flat_map(|verdict| in_region(&verdict.region)).collect();
    channels.extend(above(stored).take(1).flat_map(in_region));
    if channels.is_empty() {
        channels.extend(topics().map(|topic| Channel::Topic(topic.clone())));
    }
    if channels.is_empty() {
        channels.push(Channel::Source(stored.source.clone()));
    }
    channels
}

/// Ever wider: its county, its topics, its city and province, its source.
fn circles(stored: &StoredEntry) -> Vec<Channel> {
    let entry = &stored.entry;
    let county = entry.regions.first().map(|verdict| Channel::Region(verdict.region.clone()));
    let topics = entry.topics.iter().map(|verdict| Channel::Topic(verdict.topic.clone()));
    let wider = above(stored).map(|region| Channel::Region(region.clone()));
    let source = Channel::Source(stored.source.clone());
    county.into_iter().chain(topics).chain(wider).chain([source]).collect()
}

/// The regions that its first one lies in, the nearest first.
fn above(stored: &StoredEntry) -> impl Iterator<Item = &RegionCode> {
    let regions = &stored.entry.regions;
    // The lineage of each verdict's region stands in `places` from that region on.
    let first = stored.entry.places.iter().skip(1);
    first.take_while(|place| regions.iter().all(|verdict| verdict.region != **place))
}
