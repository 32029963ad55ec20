//! What a requested address means: one of ours, or one that somebody spells otherwise.

use super::archives;
use super::live::Live;
use crate::model::{Channel, RegionCode, TopicId};
use crate::publish::address::{self, Address, Format, Known, Route, Target};
use crate::publish::respelt;
use crate::store::{Reader, StoreError};
use url::form_urlencoded;

/// The address, and whether it is spelt otherwise: then it has moved to its own spelling, where there
/// is a document, or was one. `reader`: of the store, if it is open.
pub fn address(
    live: &Live,
    reader: Option<&Reader>,
    path: &str,
    query: &str,
) -> Option<(Address, bool)> {
    let is_there = |address: &Address| {
        let needs_words = address.target == Target::Search && address.format != Format::Html;
        (!needs_words || words(query).is_some())
            && (is_there(live, reader, address) || is_gone(reader, &address.target))
    };
    match address::parse(path, &live.config.regions) {
        Some(Route::Here(address)) if is_ours(live, path, &address) => Some((address, false)),
        Some(Route::Moved(address)) if is_ours(live, path, &address) && is_there(&address) => {
            Some((address, true))
        }
        _ => {
            let address = respelt::address(path, &live.config.regions, &live.config.topics)?;
            is_there(&address).then_some((address, true))
        }
    }
}

/// Where the channel of a source is that has another id now.
pub fn renamed(live: &Live, reader: Option<&Reader>, address: &Address) -> Option<Address> {
    let (Target::Channel(Channel::Source(id)) | Target::Archive(Channel::Source(id), _)) =
        &address.target
    else {
        return None;
    };
    if live.source(id).is_some() {
        return None;
    }
    let stored = || reader?.successor(id).ok().flatten();
    let now = live.successor(id).cloned().or_else(stored)?;
    let target = match &address.target {
        Target::Archive(_, month) => Target::Archive(Channel::Source(now), *month),
        _ => Target::Channel(Channel::Source(now)),
    };
    Some(Address { target, format: address.format })
}

/// Whether it is spelt as ours are, and names no topic that there is none of.
fn is_ours(live: &Live, path: &str, address: &Address) -> bool {
    !respelt::has_capitals(path)
        && respelt::topic_of(address).is_none_or(|topic| has_topic(live, topic))
}

/// Addresses below the base URL that may have been meant by one that names no document.
pub fn nearest(live: &Live, reader: Option<&Reader>, path: &str, query: &str) -> Vec<String> {
    let config = &live.config;
    if config.hub.enabled && is_like_hub(path) {
        return vec![address::HUB_PATH.to_owned()];
    }
    let sources = config.sources.iter().map(|source| (&source.id, source.title.as_str()));
    let sources: Vec<_> = sources.collect();
    let known = Known {
        tree: &config.regions,
        topics: &config.topics,
        sources: &sources,
        has_streams: config.hub.streams > 0,
    };
    let q = words(query);
    address::nearest(path, q.as_deref(), &known, |address| is_there(live, reader, address))
}

/// What is searched for.
fn words(query: &str) -> Option<String> {
    let all = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "q");
    let q = all.last().map(|(_, value)| value.trim().to_owned());
    q.filter(|q| !q.is_empty())
}

fn is_like_hub(path: &str) -> bool {
    let hub = address::HUB_PATH.trim_start_matches('/');
    path != address::HUB_PATH && path.trim_matches('/').eq_ignore_ascii_case(hub)
}

/// Whether there is a document. What the store alone knows is taken to be there while it cannot be read.
fn is_there(live: &Live, reader: Option<&Reader>, address: &Address) -> bool {
    match &address.target {
        Target::Channel(channel) => has_channel(live, reader, channel),
        Target::Archive(channel, month) => {
            has_channel(live, reader, channel)
                && knows(reader, |reader| archives::has_month(reader, *month))
        }
        Target::Entry(key) | Target::Related(key) => {
            knows(reader, |reader| Ok(reader.entry_version(*key)?.is_some()))
        }
        Target::Opml(region) => region.as_ref().is_none_or(|code| is_published(live, code)),
        Target::Search | Target::OpenSearch => live.config.site.search,
        Target::Style => true,
    }
}

/// Whether there was a document that has been taken down.
fn is_gone(reader: Option<&Reader>, target: &Target) -> bool {
    match target {
        Target::Entry(key) | Target::Related(key) => {
            knows(reader, |reader| reader.is_taken_down(*key))
        }
        _ => false,
    }
}

fn has_channel(live: &Live, reader: Option<&Reader>, channel: &Channel) -> bool {
    match channel {
        Channel::All | Channel::Pictures(None) | Channel::Hot(None) => true,
        Channel::Region(code) | Channel::Pictures(Some(code)) | Channel::Hot(Some(code)) => {
            is_published(live, code)
        }
        Channel::Topic(topic) => has_topic(live, topic),
        Channel::RegionTopic(code, topic) => is_published(live, code) && has_topic(live, topic),
        Channel::Source(id) => {
            live.source(id).is_some()
                || live.successor(id).is_some()
                || knows(reader, |reader| {
                    Ok(reader.state(id)?.is_some() || reader.successor(id)?.is_some())
                })
        }
    }
}

fn is_published(live: &Live, code: &RegionCode) -> bool {
    live.config.is_published(code)
}

fn has_topic(live: &Live, topic: &TopicId) -> bool {
    live.names().topic(topic).is_some()
}

fn knows(reader: Option<&Reader>, has: impl FnOnce(&Reader) -> Result<bool, StoreError>) -> bool {
    reader.is_none_or(|reader| has(reader).unwrap_or(true))
}
