//! What a page tells of channels beside its own: which siblings are empty, how many
//! entries lie below, which topics there are.

use super::live::Live;
use crate::model::{Channel, Timestamp};
use crate::publish::ChannelInfo;
use crate::store::{Reader, StoreError};
use xxhash_rust::xxh3::Xxh3;

/// What a page shows of channels beside its own, whose changes are not that channel's.
#[derive(Default)]
pub struct Around {
    /// Part of the ETag; empty where the channel's own change number covers all.
    pub tag: String,
    pub changed_at: Timestamp,
}

pub fn around(live: &Live, reader: &Reader, info: &ChannelInfo) -> Result<Around, StoreError> {
    // Holds every entry that the page counts, so it changes whenever a count does.
    let widest = match &info.channel {
        None | Some(Channel::All | Channel::Source(_) | Channel::Pictures(_) | Channel::Hot(_)) => {
            return Ok(Around::default());
        }
        Some(Channel::Topic(_)) => Channel::All,
        Some(Channel::Region(code) | Channel::RegionTopic(code, _)) => {
            let parent = live.config.regions.get(code).and_then(|region| region.parent.clone());
            parent.map_or(Channel::All, Channel::Region)
        }
    };
    let page = live.names().channel_page(info, &[], &mut |channel| shown(reader, channel));
    let mut hasher = Xxh3::new();
    // Of a sibling only whether it is empty is shown.
    let siblings = page.siblings.iter().map(|place| place.entries.map(|entries| entries.min(1)));
    let counted = page.children.iter().chain(&page.topics);
    for entries in siblings.chain(counted.clone().map(|place| place.entries)) {
        hasher.update(&entries.unwrap_or(u64::MAX).to_le_bytes());
    }
    // Topics without entries are not listed.
    counted.for_each(|place| hasher.update(place.href.as_bytes()));
    let changed_at = reader.channel(widest.key())?.changed_at;
    Ok(Around { tag: format!("-{:08x}", hasher.digest() as u32), changed_at })
}

/// How many entries a channel shows, when that can be known.
pub fn shown(reader: &Reader, channel: &Channel) -> Option<u64> {
    Some(reader.channel(channel.key()).ok()?.shown)
}
