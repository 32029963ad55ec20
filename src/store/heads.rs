//! Heads of channels while they are being changed, and the channels that an entry is in.

use super::draft::Draft;
use super::error::StoreError;
use super::read;
use super::record::{ChannelRecord, EntryRecord};
use crate::model::{Channel, ChannelKey, RegionCode, SourceId, Timestamp, TopicId};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

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

/// The channels that hold an entry; old news of a new source is in its own alone.
pub fn channels(entry: &EntryRecord) -> BTreeSet<ChannelKey> {
    if entry.backfill {
        return [Channel::Source(entry.source.clone()).key()].into();
    }
    let list = channel_list(&entry.source, &entry.places, entry.topics.iter());
    list.iter().map(Channel::key).collect()
}

/// The channels that hold an entry of `source` in these places and topics.
fn channel_list<'a>(
    source: &SourceId,
    places: &[RegionCode],
    topics: impl Iterator<Item = &'a TopicId>,
) -> Vec<Channel> {
    let mut channels = vec![Channel::All, Channel::Source(source.clone())];
    channels.extend(places.iter().cloned().map(Channel::Region));
    for topic in topics {
        channels.push(Channel::Topic(topic.clone()));
        let here = |region: &RegionCode| Channel::RegionTopic(region.clone(), topic.clone());
        channels.extend(places.iter().map(here));
    }
    channels
}
