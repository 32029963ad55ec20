//! An address that we poll, as the admin set it, and what we know of it from polling.

use super::access::Header;
use super::{
    Alert, Defect, Habits, Hubs, Leaving, RegionCode, RegionWords, Rhythm, SourceId, Subscription,
    Timestamp, TopicId,
};
use chrono_tz::Tz;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use url::Url;

/// A source from `feeds.toml`, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    pub id: SourceId,
    pub title: String,
    /// `None`: the address needs a setting that is not there (`rsshub://` without
    /// `[poll] rsshub`), so the source stays idle.
    pub url: Option<Url>,
    /// As written in `feeds.toml`.
    pub configured_url: String,
    pub enabled: bool,
    pub region: Option<RegionCode>,
    /// Entries whose text names no place belong to `region`.
    pub region_fallback: bool,
    /// All entries belong to `region`, whatever they name.
    pub region_fixed: bool,
    /// Go before those of all sources.
    pub region_words: Vec<RegionWords>,
    pub topics: Vec<TopicId>,
    pub language: Option<String>,
    /// Whose news it is, as the admin says it.
    pub outlet: Option<String>,
    /// Zone of its dates without one, and of its cron schedule.
    pub zone: Tz,
    pub schedule: Schedule,
    /// Extra request headers, credentials among them.
    pub headers: Vec<Header>,
    /// A credential that systemd gives to the service and not to this process: the source
    /// cannot be polled here.
    pub lacks: Option<String>,
    /// Its hub may be asked to push, where `[poll] push` is on.
    pub push: bool,
    /// Ids that it had, whose history is its own.
    pub formerly: Vec<SourceId>,
}

impl Source {
    /// Whether the scheduler should poll it.
    pub fn is_active(&self) -> bool {
        self.enabled && self.url.is_some()
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Schedule {
    /// Learnt from the source's rhythm, between `shortest` and `longest`.
    Auto,
    Every(Duration),
    /// A cron expression as written; checked, read by `schedule::cron`.
    Cron(String),
}

/// HTTP validators (RFC 9110 §8.8), sent back byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct Validators {
    #[n(0)]
    pub etag: Option<String>,
    #[n(1)]
    pub last_modified: Option<String>,
}

/// What polling has taught us of a source. Committed with the entries of the same
/// poll, so it never runs ahead of them.
#[derive(Debug, Clone, PartialEq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct SourceState {
    /// Number of the last poll; a report with a lower one is dropped.
    #[n(0)]
    pub poll_number: u64,
    #[n(1)]
    pub validators: Validators,
    /// The configured address that the validators and `seen` belong to.
    #[n(2)]
    pub url: String,
    #[n(3)]
    pub last_poll_at: Option<Timestamp>,
    #[n(4)]
    pub last_success_at: Option<Timestamp>,
    #[n(5)]
    pub next_poll_at: Option<Timestamp>,
    /// Why then, in words.
    #[n(6)]
    pub next_reason: String,
    #[n(7)]
    pub last_status: Option<u16>,
    /// Empty after a success.
    #[n(8)]
    pub last_error: String,
    /// Failures in a row.
    #[n(9)]
    pub failures: u32,
    /// 410: polling has stopped.
    #[n(10)]
    pub gone: bool,
    /// `auto`: the interval learnt so far, seconds.
    #[n(11)]
    pub interval_seconds: u64,
    /// What the feed says of itself.
    #[n(12)]
    pub feed_title: Option<String>,
    #[n(13)]
    pub site_url: Option<String>,
    /// Identity rung in use: 0 guid, 1 link, 2 title and date. Only ever moves down.
    #[n(14)]
    pub rung: u8,
    /// Key (first 8 bytes) and fingerprint of the items that the last document held.
    #[n(15)]
    #[serde(with = "super::hex::list")]
    pub seen: Vec<(u64, u64)>,
    /// Entries stored from this source: as a commit holds it all that ever came, as it is read
    /// those that have not left.
    #[n(16)]
    pub entries: u64,
    /// When the newest entry was first seen.
    #[n(17)]
    pub last_entry_at: Option<Timestamp>,
    /// The address that gave the validators, after redirects.
    #[n(18)]
    pub validated_url: Option<String>,
    /// What was wrong with the last document that could be read all the same.
    #[n(19)]
    #[cbor(default)]
    pub defects: Vec<DefectCount>,
    /// Polls in a row at which dates of known items had moved to the time of the poll.
    #[n(21)]
    #[cbor(default)]
    pub clock_polls: u8,
    /// Polls in a row at which known items had come back under other links; from two on,
    /// links of the source name nothing, for good.
    #[n(22)]
    #[cbor(default)]
    pub link_polls: u8,
    /// Of the items in `seen`, in their order: hashes of the link, and of title and date.
    /// A source whose guids or links change by themselves is told by them.
    #[n(23)]
    #[cbor(default)]
    pub marks: Vec<(u32, u32)>,
    /// The item within which the last document ended.
    #[n(24)]
    #[cbor(default)]
    pub stump: Option<Stump>,
    /// Where polls go instead of `url`.
    #[n(25)]
    #[cbor(default)]
    pub moved: Option<Moved>,
    /// Where permanent redirects lead that are not adopted yet.
    #[n(26)]
    #[cbor(default)]
    pub moving: Option<Moving>,
    /// Failures in a row at which no request reached a server.
    #[n(27)]
    #[cbor(default)]
    pub unsent: u32,
    /// Of `last_error`; empty after a success.
    #[n(28)]
    #[cbor(default)]
    pub last_error_kind: String,
    /// Of the last document that was read: they hold also when it has not changed since.
    #[n(30)]
    #[cbor(default)]
    pub wishes: Wishes,
    /// When it publishes; none for a source that never had an item.
    #[n(31)]
    #[cbor(default)]
    pub rhythm: Option<Box<Rhythm>>,
    /// Until then the server has asked to be left alone (`Retry-After`).
    #[n(32)]
    #[cbor(default)]
    pub retry_at: Option<Timestamp>,
    /// Until then what was got holds, as server and document say: `auto` asks no earlier.
    #[n(33)]
    #[cbor(default)]
    pub fresh_until: Option<Timestamp>,
    /// Hash of the cron expression that set `next_poll_at`; 0: another schedule did.
    #[n(34)]
    #[cbor(default)]
    pub cron_mark: u32,
    /// Since when a first item has been awaited, as long as there is no rhythm.
    #[n(35)]
    #[cbor(default)]
    pub awaited_since: Option<Timestamp>,
    /// Bytes of the last document as they came: what a 304 spares.
    #[n(40)]
    #[cbor(default)]
    pub document_bytes: u64,
    /// Of the failures in a row, the first.
    #[n(41)]
    #[cbor(default)]
    pub failing_since: Option<Timestamp>,
    #[n(42)]
    #[cbor(default)]
    pub habits: Habits,
    /// One of each kind at most: raised, or cleared not long ago.
    #[n(43)]
    #[cbor(default)]
    pub alerts: Vec<Alert>,
    /// What the last document that was read named; `None`: no hub.
    #[n(50)]
    #[cbor(default)]
    pub hubs: Option<Box<Hubs>>,
    /// The subscription that we want, or have.
    #[n(51)]
    #[cbor(default)]
    pub push: Option<Box<Subscription>>,
    /// The one before it, until its hub knows.
    #[n(52)]
    #[cbor(default)]
    pub leaving: Option<Box<Leaving>>,
    /// How long the last document holds, as the answer that gave it said, or a 304 since
    /// that said less; seconds, 0: unknown.
    #[n(60)]
    #[cbor(default)]
    pub fresh_seconds: u64,
    #[n(61)]
    #[cbor(default)]
    pub restraint: Restraint,
    /// Its compressed bodies cannot be opened.
    #[n(62)]
    #[cbor(default)]
    pub uncompressed: Option<Uncompressed>,
    /// `None`: it has had one id from its first poll on.
    #[n(63)]
    #[cbor(default)]
    pub naming: Option<Box<Naming>>,
    /// Pictures that its entries had last, see `normalise::choose_pictures`.
    #[n(64)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    #[serde(default)]
    pub pictures: Vec<(u32, u32)>,
}

impl SourceState {
    /// The id that the keys of its entries are made of. `id`: the one that it has.
    pub fn key_source<'a>(&'a self, id: &'a SourceId) -> &'a SourceId {
        self.naming.as_ref().map_or(id, |naming| &naming.keys)
    }

    /// The id under which the source goes on that had this one: nothing else is known of this.
    pub fn became(&self) -> Option<&SourceId> {
        self.naming.as_ref()?.became.as_ref()
    }
}

/// What a source was called.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Naming {
    /// Keys of its entries are made of this, whatever its id is: of the id that it had first, or
    /// of a name of its own where another source had its id before.
    #[n(0)]
    pub keys: SourceId,
    /// Ids that it had, the last one last.
    #[n(1)]
    pub former: Vec<SourceId>,
    #[n(2)]
    pub became: Option<SourceId>,
}

/// Since when a source is asked without compression, see `role::uncompressed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Uncompressed {
    #[n(0)]
    pub since: Timestamp,
    /// Documents that have come well since.
    #[n(1)]
    pub documents: u8,
}

/// How much more rarely a server is asked that refused us for asking too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct Restraint {
    /// Refusals that have not worn off; see `schedule::restraint`.
    #[n(0)]
    pub level: u8,
    /// When the last one came.
    #[n(1)]
    pub since: Timestamp,
}

/// An address adopted because permanent redirects have long led to it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Moved {
    #[n(0)]
    pub url: String,
    /// Failed polls there, in a row.
    #[n(1)]
    pub misses: u8,
}

/// An address that the last polls were led to by permanent redirects (301, 308).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Moving {
    #[n(0)]
    pub to: String,
    /// When the first of them was.
    #[n(1)]
    pub since: Timestamp,
    #[n(2)]
    pub polls: u32,
}

/// What a document asks of those who poll it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct Wishes {
    /// RSS `ttl`, else `sy:updatePeriod` over `sy:updateFrequency`, seconds; 0: none.
    #[n(0)]
    pub ttl_seconds: u64,
    /// RSS `skipHours`: one bit for each hour of UTC, the lowest that after midnight.
    #[n(1)]
    pub skip_hours: u32,
    /// RSS `skipDays`: one bit for each day, in UTC, the lowest Monday's.
    #[n(2)]
    pub skip_days: u8,
}

/// An item that was cut off by its document's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Stump {
    /// Hash of what there is of it.
    #[n(0)]
    #[serde(with = "super::hex")]
    pub mark: u64,
    /// When the first document came that ended so.
    #[n(1)]
    pub since: Timestamp,
}

/// Defects of one kind in a document.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct DefectCount {
    #[n(0)]
    pub kind: String,
    #[n(1)]
    pub count: u32,
    /// Of the first of them.
    #[n(2)]
    pub detail: String,
}

/// More kinds of one document are not kept.
const MOST_DEFECT_KINDS: usize = 6;

impl DefectCount {
    /// The kinds in the order of their first appearance.
    pub fn summary(defects: &[Defect]) -> Vec<DefectCount> {
        let mut counts: Vec<DefectCount> = Vec::new();
        for defect in defects {
            if let Some(known) = counts.iter_mut().find(|known| known.kind == defect.kind) {
                known.count += 1;
            } else if counts.len() < MOST_DEFECT_KINDS {
                let (kind, detail) = (defect.kind.to_owned(), defect.detail.clone());
                counts.push(DefectCount { kind, count: 1, detail });
            }
        }
        counts
    }
}
