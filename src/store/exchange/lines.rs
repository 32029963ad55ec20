//! The lines of an export, the public contract: each is an object of JSON with one member,
//! which says what the line is, but for the first.
//!
//! | line | holds |
//! |---|---|
//! | first | `"countywire": "store export"`, [`VERSION`], what the store is |
//! | `entry` | what the store decided (`record`), and what the origin said (`body`) |
//! | `channel` | when a channel changed last: its ETag |
//! | `source` | what polling has taught of a source, and its last poll |
//! | `key` | a further key that an entry goes by |
//! | `tombstone` | an entry that was removed and is not to come back |
//! | `end` | how many lines come before it |
//!
//! Entries and channels come first, in the order of the journal: an entry by the report that
//! it came with, a channel by the one that changed it last, after the entries of that report.
//! Dates are RFC 3339, hashes and keys of channels hexadecimal digits. Members may be added
//! that are `null` or have a default; any other change raises the version.

use super::super::lives::Former;
use super::super::record::{EntryRecord, KeptHead, KeptName};
use super::super::since::Since;
use super::super::tombstone::Tombstone;
use crate::model::{Entry, Outcome, PollFacts, SourceId, SourceState, Timestamp};
use serde::{Deserialize, Serialize};

pub const KIND: &str = "store export";
pub const VERSION: u64 = 1;
/// Bytes of a line.
pub const LONGEST: usize = 64 * 1024 * 1024;

/// What the first line says before anything else of it is believed.
#[derive(Debug, Deserialize)]
pub struct Kind {
    pub countywire: String,
    pub version: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Header {
    pub countywire: String,
    pub version: u64,
    /// Of the store that was exported.
    pub format: u32,
    #[serde(with = "crate::model::hex")]
    pub epoch: u64,
    /// Lives of the store before that epoch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<Former>,
    /// Of the last report.
    pub sequence: u64,
    pub recorded_at: Timestamp,
    pub entries: u64,
    pub sources: u64,
    /// Since when documents look as the settings make them.
    pub settings: Option<Since>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    Entry(Box<EntryLine>),
    Channel(KeptHead),
    Source(Box<SourceLine>),
    Key(KeptName),
    Tombstone(Tombstone),
    End { lines: u64 },
}

#[derive(Debug, Serialize, Deserialize)]
pub struct EntryLine {
    /// Of the report that gave it its present form.
    pub sequence: u64,
    pub record: EntryRecord,
    pub body: Entry,
    /// What archives show instead, of one that was changed after the month in which it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<Box<EntryLine>>,
}

/// A source with its last poll; `state` holds secrets of its subscription.
#[derive(Debug, Serialize, Deserialize)]
pub struct SourceLine {
    pub id: SourceId,
    pub sequence: u64,
    pub recorded_at: Timestamp,
    pub polled_at: Timestamp,
    pub outcome: Outcome,
    pub facts: PollFacts,
    pub entries_new: u32,
    pub entries_changed: u32,
    pub state: SourceState,
}
