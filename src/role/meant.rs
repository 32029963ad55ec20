//! What a requested address means: one of ours, or one that somebody spells otherwise.

use super::live::Live;
use crate::config::Config;
use crate::model::{Channel, Region, TopicId};
use crate::publish::address::{self, Address, Route, Target};
use crate::publish::respelt;
use crate::store::Reader;

/// The address, and whether it is spelt otherwise: then it has moved to its own spelling.
pub fn address(live: &Live, path: &str) -> Option<(Address, bool)> {
    match address::parse(path, &live.config.regions) {
        Some(Route::Here(address)) if is_ours(live, path, &address) => Some((address, false)),
        Some(Route::Moved(address)) if is_ours(live, path, &address) => Some((address, true)),
        _ => otherwise_spelt(live, path).map(|address| (address, true)),
    }
}

/// Where the channel of a source is that has another id now.
pub fn renamed(
    live: &Live,
    reader: impl FnOnce() -> Option<Reader>,
    address: &Address,
) -> Option<Address> {
    let (Target::Channel(Channel::Source(id)) | Target::Archive(Channel::Source(id), _)) =
        &address.target
    else {
        return None;
    };
    if live.source(id).is_some() {
        return None;
    }
    let stored = || reader()?.successor(id).ok().flatten();
    let now = live.successor(id).cloned().or_else(stored)?;
    let target = match &address.target {
        Target::Archive(_, month) => Target::Archive(Channel::Source(now), *month),
        _ => Target::Channel(Channel::Source(now)),
    };
    Some(Address { target, format: address.format })
}

/// Paths of what is published that may have been meant by one that there is not, the likeliest first.
pub fn nearest(live: &Live, path: &str) -> Vec<String> {
    let is_published = |region: &Region| live.config.is_published(&region.code);
    address::nearest(path, &live.config.regions, is_published)
}

/// Whether it is spelt as ours are, and names no topic that there is none of.
fn is_ours(live: &Live, path: &str, address: &Address) -> bool {
    let topic = match &address.target {
        Target::Channel(channel) | Target::Archive(channel, _) => topic_of(channel),
        _ => None,
    };
    !respelt::has_capitals(path) && topic.is_none_or(|topic| live.names().topic(topic).is_some())
}

fn topic_of(channel: &Channel) -> Option<&TopicId> {
    match channel {
        Channel::Topic(topic) | Channel::RegionTopic(_, topic) => Some(topic),
        _ => None,
    }
}

/// What is meant by an address that is none of ours, where it is published.
fn otherwise_spelt(live: &Live, path: &str) -> Option<Address> {
    let Config { regions, topics, .. } = &live.config;
    let address = respelt::address(path, regions, topics)?;
    let is_there = match &address.target {
        Target::Channel(
            channel @ (Channel::Region(_) | Channel::Topic(_) | Channel::RegionTopic(..)),
        )
        | Target::Archive(channel @ Channel::Region(_), _) => {
            live.names().channel(channel).is_some()
        }
        Target::Channel(Channel::Pictures(Some(code)) | Channel::Hot(Some(code)))
        | Target::Opml(Some(code)) => live.names().is_published(code),
        Target::Channel(Channel::Source(id)) => {
            live.source(id).is_some() || live.successor(id).is_some()
        }
        _ => true,
    };
    is_there.then_some(address)
}
