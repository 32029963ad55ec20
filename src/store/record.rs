//! What the index and the segments hold, besides bodies. Each record begins with a
//! version byte; minicbor's numbered fields allow additions within a version.

use super::posting_list::PostingList;
use super::segment::Location;
use super::state::StateChange;
use super::tombstone::Tombstone;
use crate::model::cbor::end_of;
use crate::model::{
    ChannelKey, Cursor, EntryKey, EntryNo, Outcome, Placement, PollFacts, RegionCode, SourceId,
    SourceState, Timestamp, TopicId,
};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

pub const VERSION: u8 = 1;

/// An encoded [`EntryRecord`], about.
const ENTRY_BYTES: usize = 512;
/// Of what records are encoded in, kept for the next.
const SCRATCH_BYTES: usize = 16 * 1024;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// One applied report: what the index needs besides its entries, which have frames of their
/// own before it.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct CommitRecord {
    #[n(0)]
    pub sequence: u64,
    #[n(1)]
    pub recorded_at: Timestamp,
    #[n(2)]
    pub source: SourceId,
    #[n(3)]
    pub outcome: Outcome,
    #[n(4)]
    pub state: StateChange,
    #[n(5)]
    pub entries_new: u32,
    /// Further keys of stored entries: their origin names them anew.
    #[n(6)]
    #[cbor(default)]
    pub renamed: Vec<(EntryKey, EntryNo)>,
    #[n(7)]
    #[cbor(default)]
    pub polled_at: Timestamp,
    #[n(8)]
    #[cbor(default)]
    pub facts: PollFacts,
    /// The commit of the source's poll before this one.
    #[n(9)]
    #[cbor(default)]
    pub before: Option<Location>,
    #[n(10)]
    #[cbor(default)]
    pub entries_changed: u32,
    /// Channels that it changes besides those of its entries; `None`: written before they were
    /// told.
    #[n(11)]
    #[cbor(default)]
    pub touched: Option<Vec<ChannelKey>>,
    /// Those that were found again and would have lapsed.
    #[n(12)]
    #[cbor(default)]
    pub tombstones: Vec<Tombstone>,
    /// Kept for the state alone: the entries are elsewhere.
    #[n(13)]
    #[cbor(default)]
    pub is_kept: bool,
    /// What its group has in the segment before it: a group is made durable at once. None in
    /// records of older programs.
    #[n(14)]
    #[cbor(default)]
    pub group_bytes: Option<u64>,
}

/// What an order has changed, besides the entries before it.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct OrderRecord {
    #[n(0)]
    pub sequence: u64,
    #[n(1)]
    pub recorded_at: Timestamp,
    #[n(2)]
    pub removed: Vec<EntryNo>,
    #[n(3)]
    pub tombstones: Vec<Tombstone>,
    /// All channels that change by it.
    #[n(4)]
    pub touched: Vec<ChannelKey>,
    /// What it has in the segment before this.
    #[n(5)]
    pub group_bytes: u64,
}

/// Makes the entries before it in a rewritten segment count. What the segments that it stands
/// for held besides entries and states is in the last one.
#[derive(Debug, Clone, PartialEq, Default, Encode, Decode)]
pub struct KeptRecord {
    /// The segments that were rewritten.
    #[n(0)]
    pub replaces: Vec<u64>,
    /// The first sequence that they may hold.
    #[n(1)]
    pub from: u64,
    /// The last report in them.
    #[n(2)]
    pub sequence: u64,
    #[n(3)]
    pub recorded_at: Timestamp,
    /// Channels that have not changed since.
    #[n(4)]
    pub heads: Vec<KeptHead>,
    #[n(5)]
    pub names: Vec<KeptName>,
    #[n(6)]
    pub tombstones: Vec<Tombstone>,
    /// Entries removed of which older segments may have something.
    #[n(7)]
    pub removed: Vec<EntryNo>,
}

#[derive(Debug, Clone, Copy, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct KeptHead {
    #[n(0)]
    pub channel: ChannelKey,
    #[n(1)]
    pub change: u64,
    #[n(2)]
    pub changed_at: Timestamp,
}

/// A further key of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct KeptName {
    #[n(0)]
    pub key: EntryKey,
    #[n(1)]
    pub no: EntryNo,
    /// The report that told it.
    #[n(2)]
    pub since: u64,
}

/// What a segment holds that is of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct SegmentRecord {
    /// Entries whose newest form lies there.
    #[n(0)]
    pub entries: u64,
    /// Of their frames.
    #[n(1)]
    pub entry_bytes: u64,
    /// What else there is that was kept when it was rewritten.
    #[n(2)]
    pub kept_bytes: u64,
}

/// A source's state in the index, and the commit that it came with: where the chain of its
/// past polls begins.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StateRecord {
    pub state: SourceState,
    /// None in records of older programs.
    pub commit: Option<Location>,
}

impl<'b, C> Decode<'b, C> for StateRecord {
    fn decode(
        decoder: &mut minicbor::Decoder<'b>,
        context: &mut C,
    ) -> Result<Self, minicbor::decode::Error> {
        let state = SourceState::decode(decoder, context)?;
        let is_all = decoder.position() == decoder.input().len();
        let commit = if is_all { None } else { Option::decode(decoder, context)? };
        Ok(StateRecord { state, commit })
    }
}

/// An entry in the index: where its body lies and what decides its place in channels.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize, Deserialize)]
pub struct EntryRecord {
    #[n(0)]
    pub no: EntryNo,
    #[n(1)]
    pub key: EntryKey,
    #[n(2)]
    pub source: SourceId,
    #[n(3)]
    #[serde(skip)]
    pub body: Location,
    /// As published; fixed when first stored.
    #[n(4)]
    pub id: String,
    #[n(5)]
    pub first_seen: Timestamp,
    #[n(6)]
    pub published: Timestamp,
    #[n(7)]
    pub updated: Timestamp,
    #[n(8)]
    pub revision: u32,
    #[n(9)]
    #[serde(with = "crate::model::hex")]
    pub fingerprint: u64,
    #[n(10)]
    pub placement: Placement,
    #[n(11)]
    pub places: Vec<RegionCode>,
    #[n(12)]
    pub topics: Vec<TopicId>,
    /// Old news of a new source: in its own channel, not in `latest` of others.
    #[n(13)]
    pub backfill: bool,
    /// When it was first recorded or last revised: journal time, unlike `updated`.
    #[n(14)]
    pub changed_at: Timestamp,
    /// What names it besides its key: title and date.
    #[n(15)]
    pub alias: Option<EntryKey>,
    /// Hash of its link; 0 for none.
    #[n(16)]
    #[cbor(default)]
    pub link_print: u32,
    /// It has a picture to show.
    #[n(17)]
    #[cbor(default, skip_if = "is_not")]
    #[serde(default)]
    pub has_picture: bool,
    /// Hash of its outlet's name; 0 in records of older programs.
    #[n(18)]
    #[cbor(default, skip_if = "is_zero")]
    #[serde(default, with = "crate::model::hex")]
    pub outlet: u64,
    /// The revision that archives show, of one that was changed after the month in which it came.
    #[n(19)]
    #[cbor(default)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<u32>,
}

/// Records of entries without pictures are as they were before pictures were told.
fn is_not(has_picture: &bool) -> bool {
    !has_picture
}

/// Nor are those without outlets others than before outlets were told.
pub(super) fn is_zero(outlet: &u64) -> bool {
    *outlet == 0
}

/// What is kept of an outlet's name.
pub fn outlet_print(name: Option<&str>) -> u64 {
    name.map_or(0, |name| xxhash_rust::xxh3::xxh3_64(name.as_bytes()).max(1))
}

impl EntryRecord {
    pub fn cursor(&self) -> Cursor {
        Cursor { sort_at: self.published.min(self.first_seen), no: self.no }
    }
}

/// The head of a channel: its counters and its newest postings, so that a small channel
/// is one record. `change` is the sequence of its last visible change: its ETag.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct ChannelRecord {
    #[n(0)]
    pub change: u64,
    #[n(1)]
    pub changed_at: Timestamp,
    /// Entries shown with one per reprint group.
    #[n(2)]
    pub shown: u64,
    /// Postings that lie in chunks, all of them before those of the tail.
    #[n(3)]
    pub chunked: u64,
    /// The newest postings.
    #[n(4)]
    pub tail: PostingList,
}

impl SegmentRecord {
    pub fn add(&mut self, entry: Location) {
        self.entries += 1;
        self.entry_bytes += u64::from(entry.length);
    }

    pub fn take(&mut self, entry: Location) {
        self.entries = self.entries.saturating_sub(1);
        self.entry_bytes = self.entry_bytes.saturating_sub(u64::from(entry.length));
    }
}

/// How far the index has come: the journal, and the end of the segments applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct PositionRecord {
    #[n(0)]
    pub sequence: u64,
    #[n(1)]
    pub recorded_at: Timestamp,
    #[n(2)]
    pub segment: u64,
    #[n(3)]
    pub offset: u64,
    /// Entries stored.
    #[n(4)]
    pub entries: u64,
}

impl PositionRecord {
    /// What ends at `at` is applied.
    pub fn reach(&mut self, sequence: u64, recorded_at: Timestamp, at: Location) {
        self.sequence = self.sequence.max(sequence);
        self.recorded_at = self.recorded_at.max(recorded_at);
        (self.segment, self.offset) = (at.segment, at.offset + u64::from(at.length));
    }
}

/// A [`StateRecord`]: one after the other, so that who knows of the state alone reads that.
pub fn encode_state(state: &[u8], commit: Location) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(state.len() + 32);
    bytes.push(VERSION);
    bytes.extend_from_slice(state);
    minicbor::encode(commit, &mut bytes).expect("writing to a vector cannot fail");
    bytes
}

/// An encoded [`StateRecord`] in two: the encoded state, and the commit.
///
/// # Errors
/// What is wrong, in words.
pub fn split_state(record: &[u8]) -> Result<(&[u8], Option<Location>), String> {
    let record = unversioned(record)?;
    let end = end_of(record, 0).ok_or("a state is cut off")?;
    let (state, commit) = record.split_at(end);
    match commit {
        [] => Ok((state, None)),
        commit => minicbor::decode(commit).map(|at| (state, at)).map_err(|error| error.to_string()),
    }
}

/// The payload of an entry's frame: the sequence of its commit, its record, and its body as
/// it was compressed. Where it lies is not told.
pub fn encode_entry(sequence: u64, record: &EntryRecord, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(body.len() + ENTRY_BYTES);
    bytes.push(VERSION);
    let encoded = minicbor::encode(sequence, &mut bytes);
    encoded.and_then(|()| minicbor::encode(record, &mut bytes)).expect("a vector takes all");
    bytes.extend_from_slice(body);
    bytes
}

/// The sequence of the commit that an entry's frame belongs to, and its record; `at`: where
/// the frame lies.
///
/// # Errors
/// What is wrong, in words.
pub fn decode_entry(payload: &[u8], at: Location) -> Result<(u64, EntryRecord), String> {
    let mut decoder = minicbor::Decoder::new(unversioned(payload)?);
    let read = decoder.u64().and_then(|sequence| Ok((sequence, decoder.decode()?)));
    let (sequence, record) = read.map_err(|error| error.to_string())?;
    Ok((sequence, EntryRecord { body: at, ..record }))
}

/// The compressed body in the payload of an entry's frame.
///
/// # Errors
/// What is wrong, in words.
pub fn body_of(payload: &[u8]) -> Result<&[u8], String> {
    let bytes = unversioned(payload)?;
    let end = end_of(bytes, 0).and_then(|end| end_of(bytes, end));
    Ok(&bytes[end.ok_or("an entry is cut off")?..])
}

pub fn encode<T: Encode<()>>(record: &T) -> Vec<u8> {
    SCRATCH.with_borrow_mut(|bytes| {
        bytes.clear();
        bytes.push(VERSION);
        minicbor::encode(record, &mut *bytes).expect("writing to a vector cannot fail");
        let encoded = bytes.clone();
        bytes.shrink_to(SCRATCH_BYTES);
        encoded
    })
}

/// A value within a record.
pub fn cbor<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("writing to a vector cannot fail")
}

/// # Errors
/// What is wrong, in words.
pub fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, String> {
    minicbor::decode(unversioned(bytes)?).map_err(|error| error.to_string())
}

fn unversioned(bytes: &[u8]) -> Result<&[u8], String> {
    match bytes.split_first() {
        Some((&VERSION, rest)) => Ok(rest),
        Some((version, _)) => {
            Err(format!("record version {version}; this program knows {VERSION}"))
        }
        None => Err("an empty record".to_owned()),
    }
}
