//! What we publish: a region, a topic, a topic in a region, or one source.

use super::{Entry, EntryKey, EntryNo, RegionCode, SourceId, Timestamp, TopicId};

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
}

/// 56 bits that name a channel in the index, seven in each byte; made of codes, not of
/// addresses, so that a renamed region keeps its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelKey(pub u64);

impl ChannelKey {
    /// No byte is 0xff: walking back over keys with four of them in a row can fail in sled
    /// 0.34, which looks for the node before a key `k` at `k - 1` and four times 0xff.
    const BITS: u64 = 0x7f7f_7f7f_7f7f_7f7f;
}

impl Channel {
    pub fn key(&self) -> ChannelKey {
        let text = match self {
            Channel::All => "a".to_owned(),
            Channel::Region(region) => format!("r\0{region}"),
            Channel::Topic(topic) => format!("t\0{topic}"),
            Channel::RegionTopic(region, topic) => format!("x\0{region}\0{topic}"),
            Channel::Source(source) => format!("s\0{source}"),
        };
        ChannelKey(xxhash_rust::xxh3::xxh3_64(text.as_bytes()) & ChannelKey::BITS)
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
    pub entry: Entry,
}

impl StoredEntry {
    pub fn cursor(&self) -> Cursor {
        Cursor { sort_at: self.published.min(self.first_seen), no: self.no }
    }

    pub fn key(&self) -> EntryKey {
        self.entry.key
    }
}
