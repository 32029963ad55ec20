//! Heads of channels while they are being changed, and the channels that an entry is in.

use super::draft::Draft;
use super::error::StoreError;
use super::read;
use super::record::{ChannelRecord, EntryRecord};
use crate::model::{ChannelKey, Timestamp};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Heads of the channels that a group of commits changes, each read and written once.
#[derive(Default)]
pub struct Heads(pub BTreeMap<ChannelKey, Head>);

pub struct Head {
    pub record: ChannelRecord,
    /// The commit being applied changes something visible there.
    pub visible: bool,
}

impl Heads {
    pub fn get(&mut self, draft: &Draft<'_>, channel: ChannelKey) -> Result<&mut Head, StoreError> {
        Ok(match self.0.entry(channel) {
            Entry::Occupied(head) => head.into_mut(),
            Entry::Vacant(free) => {
                free.insert(Head { record: read::channel(draft, channel)?, visible: false })
            }
        })
    }

    pub fn touch(&mut self, draft: &Draft<'_>, channel: ChannelKey) -> Result<(), StoreError> {
        self.get(draft, channel)?.visible = true;
        Ok(())
    }

    pub fn mark_changed(&mut self, sequence: u64, recorded_at: Timestamp) {
        for head in self.0.values_mut().filter(|head| head.visible) {
            head.record.change = sequence;
            head.record.changed_at = recorded_at;
            head.visible = false;
        }
    }
}

/// The channels that hold an entry, each once, in order; old news of a new source is in its own
/// alone.
pub fn channels(entry: &EntryRecord) -> Vec<ChannelKey> {
    let own = ChannelKey::source(&entry.source);
    if entry.backfill {
        return vec![own];
    }
    let mut channels = vec![ChannelKey::all(), own];
    channels.extend(entry.places.iter().map(ChannelKey::region));
    if entry.has_picture {
        channels.push(ChannelKey::pictures(None));
        channels.extend(entry.places.iter().map(|region| ChannelKey::pictures(Some(region))));
    }
    for topic in &entry.topics {
        channels.push(ChannelKey::topic(topic));
        let here = |region| ChannelKey::region_topic(region, topic);
        channels.extend(entry.places.iter().map(here));
    }
    channels.sort_unstable();
    channels.dedup();
    channels
}
