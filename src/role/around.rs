//! What a page tells of channels beside its own: which siblings are empty, how many
//! entries lie below, which topics there are.

use super::live::Live;
use crate::model::{Channel, ChannelKey, RegionCode, Timestamp};
use crate::publish::address::Format;
use crate::publish::{ChannelInfo, Neighbour, Place};
use crate::store::{Reader, StoreError};
use std::time::Duration;
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
    for sibling in &page.siblings {
        // Of a sibling only whether it is empty is shown.
        let entries = sibling.entries.map(|entries| entries.min(1));
        hasher.update(&entries.unwrap_or(u64::MAX).to_le_bytes());
    }
    page.children.iter().chain(&page.topics).for_each(|place| add(&mut hasher, place));
    nearby(live, reader, info)
        .iter()
        .for_each(|neighbour| hasher.update(neighbour.page.as_bytes()));
    page.views.iter().for_each(|view| hasher.update(view.href.as_bytes()));
    let changed_at = reader.channel(widest.key())?.changed_at;
    Ok(Around { tag: tag(&hasher), changed_at })
}

/// The same of a document that does not change with every change of its channel; a feed shows nothing
/// of other channels.
pub fn around_part(
    live: &Live,
    reader: &Reader,
    info: &ChannelInfo,
    format: Format,
) -> Result<Around, StoreError> {
    match (format, &info.channel) {
        (Format::Html, Some(Channel::All)) => {}
        (Format::Html, _) => return around(live, reader, info),
        (Format::Atom | Format::Rss | Format::Json, _) => return Ok(Around::default()),
    }
    let page = live.names().portal_page(info, &[], &mut |channel| shown(reader, channel));
    let mut hasher = Xxh3::new();
    let regions =
        page.regions.iter().flat_map(|group| [&group.place].into_iter().chain(&group.below));
    regions.chain(&page.topics).for_each(|place| add(&mut hasher, place));
    page.views.iter().for_each(|view| hasher.update(view.href.as_bytes()));
    let changed_at = reader.channel(ChannelKey::all())?.changed_at;
    Ok(Around { tag: tag(&hasher), changed_at })
}

/// Those without entries are not always listed.
fn add(hasher: &mut Xxh3, place: &Place) {
    hasher.update(&place.entries.unwrap_or(u64::MAX).to_le_bytes());
    hasher.update(place.href.as_bytes());
}

fn tag(hasher: &Xxh3) -> String {
    format!("-{:08x}", hasher.digest() as u32)
}

/// A region whose channel has not changed for so long, while that above it has, is silent.
const LATELY: Duration = Duration::from_secs(30 * 24 * 3600);

/// The regions that the page of one recommends: those beside and above it that have news lately, by
/// journal time.
pub fn nearby(live: &Live, reader: &Reader, info: &ChannelInfo) -> Vec<Neighbour> {
    let Some(Channel::Region(code)) = &info.channel else { return Vec::new() };
    let head = |code: &RegionCode| reader.channel(ChannelKey::region(code)).ok();
    let above = live.config.regions.get(code).and_then(|region| region.parent.as_ref());
    let newest = match above {
        Some(above) => head(above),
        None => reader.channel(ChannelKey::all()).ok(),
    };
    let newest = newest.map_or(Timestamp(0), |head| head.changed_at);
    let mut has_news = |code: &RegionCode| {
        head(code).is_some_and(|head| head.shown > 0 && newest.since(head.changed_at) <= LATELY)
    };
    live.names().neighbours(code, &mut has_news)
}

/// The same for feeds: those with a source. It changes with the settings alone, so that a feed
/// stays as it is while its own entries do.
pub fn sourced_nearby(live: &Live, info: &ChannelInfo) -> Vec<Neighbour> {
    let Some(Channel::Region(code)) = &info.channel else { return Vec::new() };
    live.names().neighbours(code, &mut |code| live.has_source_in(code))
}

/// How many entries a channel shows, when that can be known.
pub fn shown(reader: &Reader, channel: &Channel) -> Option<u64> {
    Some(reader.channel(channel.key()).ok()?.shown)
}
