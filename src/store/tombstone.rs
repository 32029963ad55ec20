//! What is left of entries that were removed, so that they do not come back as new while their
//! sources still list them.

use super::draft::Draft;
use super::error::StoreError;
use super::heads::channels;
use super::held::{Lookup, Pair};
use super::keys;
use super::recognise::{Prints, is_like};
use super::record::{self, EntryRecord};
use super::taken_down::TakenDown;
use crate::model::{ChannelKey, EntryHead, EntryKey, EntryNo, SourceId, Timestamp};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// For how long it is kept at least; longer, while the source lists the entry.
pub const LIFE: Duration = Duration::from_secs(30 * 24 * 3600);
/// One that is met when it is older begins its life anew.
const RENEWED: Duration = Duration::from_secs(15 * 24 * 3600);

/// One key of an entry that was removed.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct Tombstone {
    #[n(0)]
    pub key: EntryKey,
    #[n(1)]
    pub no: EntryNo,
    #[n(2)]
    pub source: SourceId,
    /// When the entry was removed, or met again since.
    #[n(3)]
    pub since: Timestamp,
    /// Of use for an alias alone.
    #[n(4)]
    pub prints: Prints,
    /// The key is made of title and date, which others may share.
    #[n(5)]
    pub is_alias: bool,
    /// Of an entry that was taken down.
    #[n(6)]
    pub is_for_good: bool,
    /// Of an entry that was taken down, under its own key: for who has it already. Older programs
    /// have written another thing as 7.
    #[n(8)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memorial: Option<Memorial>,
    /// The segment that tells of it; in the index alone.
    #[cbor(skip)]
    #[serde(skip)]
    pub segment: u64,
}

/// What its feeds say of an entry that was taken down.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct Memorial {
    /// As published.
    #[n(0)]
    pub id: String,
    /// That it was in.
    #[n(1)]
    pub channels: Vec<ChannelKey>,
    /// When it came: the month whose archives had it. None in those of older programs.
    #[n(2)]
    #[cbor(default)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came_at: Option<Timestamp>,
}

/// What the index keeps under its key.
#[derive(Encode, Decode)]
struct Value<'a> {
    #[b(0)]
    source: &'a str,
    #[n(1)]
    since: Timestamp,
    /// Of an alias, which needs them.
    #[n(2)]
    prints: Option<Prints>,
    #[n(3)]
    is_for_good: bool,
    #[n(4)]
    segment: u64,
    #[n(5)]
    #[cbor(default)]
    memorial: Option<Memorial>,
}

impl Tombstone {
    /// Those of an entry. `further`: keys that it went by.
    pub fn of(
        entry: &EntryRecord,
        further: &[EntryKey],
        since: Timestamp,
        is_for_good: bool,
    ) -> Vec<Tombstone> {
        let keys = std::iter::once(entry.key).chain(entry.alias).chain(further.iter().copied());
        let tombstone = |key| Tombstone {
            key,
            no: entry.no,
            source: entry.source.clone(),
            since,
            prints: Prints { fingerprint: entry.fingerprint, link: entry.link_print },
            is_alias: entry.alias == Some(key),
            is_for_good,
            memorial: None,
            segment: 0,
        };
        let mut tombstones: Vec<Tombstone> = keys.map(tombstone).collect();
        if is_for_good && let Some(own) = tombstones.first_mut() {
            let came_at = Some(entry.first_seen);
            own.memorial =
                Some(Memorial { id: entry.id.clone(), channels: channels(entry), came_at });
        }
        tombstones
    }

    /// As it is kept, if it has grown old, for an entry that was met at `now`.
    pub fn renewed(self, now: Timestamp) -> Option<Tombstone> {
        let is_old = !self.is_for_good && now.since(self.since) > RENEWED;
        is_old.then_some(Tombstone { since: now, ..self })
    }

    /// Whether nothing keeps it any more, but the source's last document.
    pub fn has_lapsed(&self, now: Timestamp) -> bool {
        !self.is_for_good && now.since(self.since) > LIFE
    }

    pub fn index_key(&self) -> Vec<u8> {
        keys::tombstone(self.key, self.no)
    }

    /// As the index holds it. `segment`: where it is told.
    pub fn index_value(&self, segment: u64) -> Vec<u8> {
        let Tombstone { since, is_for_good, .. } = *self;
        let (source, prints) = (self.source.as_str(), self.is_alias.then_some(self.prints));
        let memorial = self.memorial.clone();
        record::encode(&Value { source, since, prints, is_for_good, segment, memorial })
    }
}

/// `segment`: where it is told.
pub fn put(draft: &mut Draft<'_>, tombstone: &Tombstone, segment: u64) {
    draft.put(tombstone.index_key(), tombstone.index_value(segment));
    let Some(Memorial { id, channels, came_at }) = &tombstone.memorial else { return };
    let Tombstone { since, no, .. } = *tombstone;
    let (id, came_at, source) = (id.clone(), *came_at, tombstone.source.clone());
    let told = record::encode(&TakenDown { id, at: since, source, came_at, no });
    for channel in channels {
        draft.put(keys::taken_down(*channel, since, no), told.clone());
    }
}

/// The tombstone of the entry that the item was, if it was removed.
pub fn find(index: &impl Lookup, entry: &EntryHead<'_>) -> Result<Option<Tombstone>, StoreError> {
    let by = |prefix: &[u8]| -> Result<Option<Tombstone>, StoreError> {
        for pair in index.scan(prefix) {
            let tombstone = decode(pair?)?;
            if !tombstone.is_alias || is_like(tombstone.prints, entry) {
                return Ok(Some(tombstone));
            }
        }
        Ok(None)
    };
    let was = entry.was.map(keys::short_tombstones);
    let keys = [Some(entry.key), entry.alias].into_iter().flatten().map(keys::tombstones);
    for prefix in was.into_iter().chain(keys) {
        if let Some(found) = by(&prefix)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

pub fn decode((key, value): Pair) -> Result<Tombstone, StoreError> {
    let value: Value<'_> = record::decode(&value).map_err(StoreError::Record)?;
    let Some((key, no)) = keys::key_within(&key, 1).zip(keys::last_number(&key)) else {
        return Err(StoreError::Record("the key of a tombstone is cut off".to_owned()));
    };
    let Value { source, since, prints, is_for_good, segment, memorial } = value;
    Ok(Tombstone {
        key,
        no: EntryNo(no),
        source: SourceId::new(source),
        since,
        prints: prints.unwrap_or_default(),
        is_alias: prints.is_some(),
        is_for_good,
        memorial,
        segment,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As older programs write it.
    #[derive(Encode, Decode)]
    struct Before {
        #[n(0)]
        id: String,
        #[n(1)]
        channels: Vec<ChannelKey>,
    }

    #[test]
    fn what_older_programs_wrote_is_read_and_they_read_what_is_written() {
        let memorial = Memorial {
            id: "a".to_owned(),
            channels: vec![ChannelKey(1)],
            came_at: Some(Timestamp(9)),
        };
        let Memorial { id, channels, .. } = memorial.clone();
        let old = minicbor::to_vec(Before { id, channels }).expect("written");
        let read: Memorial = minicbor::decode(&old).expect("read");
        assert_eq!(read, Memorial { came_at: None, ..memorial.clone() });
        let new = minicbor::to_vec(&memorial).expect("written");
        let Before { id, channels } = minicbor::decode(&new).expect("read");
        assert_eq!((id, channels), (memorial.id, memorial.channels));
        let line = "{\"id\":\"a\",\"channels\":[]}";
        let read: Memorial = serde_json::from_str(line).expect("read");
        assert_eq!(read.came_at, None, "in an export");
    }
}
