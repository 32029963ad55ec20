//! What we publish: a region, a topic, a topic in a region, one source, or a view.

use super::{Entry, EntryKey, EntryNo, RegionCode, SourceId, Timestamp, TopicId};
use minicbor::{Decode, Encode};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// `/`: everything.
    All,
    /// `/r/{region}`: a region and all below it.
    Region(RegionCode),
    /// `/t/{topic}`.
    Topic(TopicId),
    /// `/r/{region}/t/{topic}`.
    RegionTopic(RegionCode, TopicId),
    /// `/s/{source}`.
    Source(SourceId),
    /// `/pictures`, `/r/{region}/pictures`: the entries with a picture to show.
    Pictures(Option<RegionCode>),
    /// `/hot`, `/r/{region}/hot`: stories that several outlets tell.
    Hot(Option<RegionCode>),
}

/// 56 bits that name a channel in the index, seven in each byte; made of codes, not of
/// addresses, so that a renamed region keeps its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct ChannelKey(
    #[n(0)]
    #[serde(with = "super::hex")]
    pub u64,
);

impl ChannelKey {
    /// No byte is 0xff: walking back over keys with four of them in a row can fail in sled
    /// 0.34, which looks for the node before a key `k` at `k - 1` and four times 0xff.
    pub const BITS: u64 = 0x7f7f_7f7f_7f7f_7f7f;

    fn of(name: &[u8]) -> Self {
        ChannelKey(xxhash_rust::xxh3::xxh3_64(name) & ChannelKey::BITS)
    }
}

impl<'de> Deserialize<'de> for ChannelKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match super::hex::deserialize(deserializer)? {
            key if key & !ChannelKey::BITS == 0 => Ok(ChannelKey(key)),
            _ => Err(D::Error::custom("a channel's key has seven bits in each byte")),
        }
    }
}

impl Channel {
    pub fn key(&self) -> ChannelKey {
        match self {
            Channel::All => ChannelKey::all(),
            Channel::Region(region) => ChannelKey::region(region),
            Channel::Topic(topic) => ChannelKey::topic(topic),
            Channel::RegionTopic(region, topic) => ChannelKey::region_topic(region, topic),
            Channel::Source(source) => ChannelKey::source(source),
            Channel::Pictures(region) => ChannelKey::pictures(region.as_ref()),
            Channel::Hot(region) => ChannelKey::hot(region.as_ref()),
        }
    }

    /// The one that it is of, or of a part or view of.
    pub fn region(&self) -> Option<&RegionCode> {
        match self {
            Channel::Region(region) | Channel::RegionTopic(region, _) => Some(region),
            Channel::Pictures(region) | Channel::Hot(region) => region.as_ref(),
            Channel::All | Channel::Topic(_) | Channel::Source(_) => None,
        }
    }
}

impl ChannelKey {
    pub fn all() -> Self {
        ChannelKey::of_parts(["a", "", ""])
    }

    pub fn region(region: &RegionCode) -> Self {
        ChannelKey::of_parts(["r", region.as_str(), ""])
    }

    pub fn topic(topic: &TopicId) -> Self {
        ChannelKey::of_parts(["t", topic.as_str(), ""])
    }

    pub fn region_topic(region: &RegionCode, topic: &TopicId) -> Self {
        ChannelKey::of_parts(["x", region.as_str(), topic.as_str()])
    }

    pub fn source(source: &SourceId) -> Self {
        ChannelKey::of_parts(["s", source.as_str(), ""])
    }

    /// `region`: none for those of everything.
    pub fn pictures(region: Option<&RegionCode>) -> Self {
        ChannelKey::of_parts(["p", region.map_or("", RegionCode::as_str), ""])
    }

    /// Of a region, or of all.
    pub fn hot(region: Option<&RegionCode>) -> Self {
        ChannelKey::of_parts(["h", region.map_or("", RegionCode::as_str), ""])
    }

    fn of_parts(parts: [&str; 3]) -> Self {
        // Made for every channel of every entry: most names fit the stack.
        let mut room = [0; 96];
        let mut length = 0;
        for part in parts.iter().filter(|part| !part.is_empty()) {
            let start = length + usize::from(length > 0);
            length = start + part.len();
            match room.get_mut(start..length) {
                Some(place) => place.copy_from_slice(part.as_bytes()),
                None => return ChannelKey::of(parts.join("\0").trim_end_matches('\0').as_bytes()),
            }
        }
        ChannelKey::of(&room[..length])
    }
}

/// A place in a channel's order (newest first by `sort_at`, then by arrival).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub sort_at: Timestamp,
    pub no: EntryNo,
}

impl Cursor {
    /// As in `?before=`: two hexadecimal numbers joined by a hyphen.
    pub fn encode(self) -> String {
        format!("{:x}-{:x}", (self.sort_at.0 as u64) ^ (1 << 63), self.no.0)
    }

    pub fn decode(text: &str) -> Option<Self> {
        let (sort_at, no) = text.split_once('-')?;
        let sort_at = u64::from_str_radix(sort_at, 16).ok()? ^ (1 << 63);
        let no = u64::from_str_radix(no, 16).ok()?;
        Some(Cursor { sort_at: Timestamp(sort_at as i64), no: EntryNo(no) })
    }
}

/// An entry as the store keeps it: what the origin said plus what the journal decided.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEntry {
    pub no: EntryNo,
    pub source: SourceId,
    /// Never changes once stored: the origin's IRI, or a `urn:uuid`.
    pub public_id: String,
    pub first_seen: Timestamp,
    /// The first proposed date, clamped to `first_seen`; `first_seen` when there was none.
    pub published: Timestamp,
    /// Moves when the entry visibly changes.
    pub updated: Timestamp,
    /// 0 when first stored.
    pub revision: u32,
    /// The first entry with the same text, when this one is a reprint.
    pub reprint_of: Option<EntryNo>,
    /// The first entry of its story, which may be itself, or have left.
    pub story: EntryNo,
    /// Shared with others who read it.
    pub entry: Arc<Entry>,
}

impl StoredEntry {
    pub fn cursor(&self) -> Cursor {
        Cursor { sort_at: self.published.min(self.first_seen), no: self.no }
    }

    pub fn key(&self) -> EntryKey {
        self.entry.key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_hash_of_the_kind_and_the_codes() {
        let (region, topic) = (RegionCode::new("cn610481"), TopicId::new("farming"));
        let long = "s".repeat(200);
        let cases = [
            (Channel::All, "a".to_owned()),
            (Channel::Region(region.clone()), "r\0cn610481".to_owned()),
            (Channel::Topic(topic.clone()), "t\0farming".to_owned()),
            (Channel::RegionTopic(region.clone(), topic), "x\0cn610481\0farming".to_owned()),
            (Channel::Hot(None), "h".to_owned()),
            (Channel::Hot(Some(region.clone())), "h\0cn610481".to_owned()),
            (Channel::Pictures(None), "p".to_owned()),
            (Channel::Pictures(Some(region.clone())), "p\0cn610481".to_owned()),
            (Channel::Source(SourceId::new("short")), "s\0short".to_owned()),
            (Channel::Source(SourceId::new(&long)), format!("s\0{long}")),
        ];
        for (channel, name) in cases {
            assert_eq!(channel.key(), ChannelKey::of(name.as_bytes()), "{name}");
        }
    }
}
