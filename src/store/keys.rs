//! Keys of the index: one prefix byte, then fixed-width big-endian numbers.
//!
//! | key | value |
//! |---|---|
//! | `b` entry no | [`EntryRecord`](super::record::EntryRecord) |
//! | `a` entry no | the [`EntryRecord`](super::record::EntryRecord) of what archives show of a changed entry |
//! | `k` entry key, entry no | whether the entry is published under that key |
//! | `x` entry no, entry key | segment that tells of a further key of the entry |
//! | `i` hash of a public id | entry no of its owner |
//! | `t` text hash, entry no | when that first print was recorded |
//! | `g` first print's no, copy's no | the copy's `sort_at` |
//! | `y` a story's first entry, whether another one is a reprint, minus its no | [`Teller`](super::telling::Teller) |
//! | `z` entry key, entry no | [`Tombstone`](super::tombstone::Tombstone) |
//! | `d` channel, minus when, entry no | the public id of an entry that was taken down, and when |
//! | `c` channel, first posting | packed postings |
//! | `n` channel | [`ChannelRecord`](super::record::ChannelRecord) |
//! | `s` source id | [`StateRecord`](super::record::StateRecord) |
//! | `p` segment | [`SegmentRecord`](super::record::SegmentRecord) |
//! | `m` | [`PositionRecord`](super::record::PositionRecord) |
//! | `r` | the list of runs |
//!
//! Sled has `c`, `n`, `s`, `p`, `m` and `r`; runs have all others.

use crate::model::{ChannelKey, EntryKey, EntryNo, SourceId, Timestamp};

pub const POSITION: &[u8] = b"m";
pub const ENTRIES: &[u8] = b"b";
pub const ARCHIVED: &[u8] = b"a";
pub const STATES: &[u8] = b"s";
pub const SEGMENTS: &[u8] = b"p";
pub const CHANNELS: &[u8] = b"n";
pub const FURTHER_KEYS: &[u8] = b"x";
pub const TOMBSTONES: &[u8] = b"z";
pub const TELLINGS: &[u8] = b"y";
pub const RUNS: &[u8] = b"r";

/// Whether keys of this kind are also read in order, not only one by one.
pub fn is_walked(key: &[u8]) -> bool {
    !matches!(key.first(), None | Some(b'b' | b'i' | b'm' | b'n' | b'p' | b's'))
}

/// Whether keys of this kind are in runs, which is for those that are many, long, and never
/// asked for by what lies before them; the others are in sled.
pub fn is_in_runs(key: &[u8]) -> bool {
    !matches!(key.first(), None | Some(b'c' | b'm' | b'n' | b'p' | b'r' | b's'))
}

pub fn entry(no: EntryNo) -> Vec<u8> {
    with(b'b', &[&no.0.to_be_bytes()])
}

/// Of an entry that was changed after the month in which it came.
pub fn archived(no: EntryNo) -> Vec<u8> {
    with(b'a', &[&no.0.to_be_bytes()])
}

/// What all claims on an entry key begin with.
pub fn claims(key: EntryKey) -> Vec<u8> {
    with(b'k', &[&key.0])
}

pub fn claim(key: EntryKey, no: EntryNo) -> Vec<u8> {
    with(b'k', &[&key.0, &no.0.to_be_bytes()])
}

/// How all claims on entry keys that begin with `short` begin here.
pub fn short_claims(short: u64) -> Vec<u8> {
    with(b'k', &[&short.to_be_bytes()])
}

pub fn further_keys(no: EntryNo) -> Vec<u8> {
    with(b'x', &[&no.0.to_be_bytes()])
}

pub fn further_key(no: EntryNo, key: EntryKey) -> Vec<u8> {
    with(b'x', &[&no.0.to_be_bytes(), &key.0])
}

pub fn public_id(id: &str) -> Vec<u8> {
    with(b'i', &[&xxhash_rust::xxh3::xxh3_128(id.as_bytes()).to_be_bytes()])
}

/// What all first prints of a text begin with.
pub fn first_prints(hash: &[u8; 16]) -> Vec<u8> {
    with(b't', &[hash])
}

pub fn first_print(hash: &[u8; 16], no: EntryNo) -> Vec<u8> {
    with(b't', &[hash, &no.0.to_be_bytes()])
}

pub fn copies(first: EntryNo) -> Vec<u8> {
    with(b'g', &[&first.0.to_be_bytes()])
}

pub fn copy(first: EntryNo, copy: EntryNo) -> Vec<u8> {
    with(b'g', &[&first.0.to_be_bytes(), &copy.0.to_be_bytes()])
}

/// What all entries of a story but its first begin with, the newest first: those in words of
/// their own, or reprints.
pub fn tellings(story: EntryNo, is_reprint: bool) -> Vec<u8> {
    with(b'y', &[&story.0.to_be_bytes(), &[u8::from(is_reprint)]])
}

pub fn telling(story: EntryNo, is_reprint: bool, entry: EntryNo) -> Vec<u8> {
    let entry = (!entry.0).to_be_bytes();
    with(b'y', &[&story.0.to_be_bytes(), &[u8::from(is_reprint)], &entry])
}

/// The first entry of the story that is told in other words.
pub fn story_of(key: &[u8]) -> Option<EntryNo> {
    let (story, rest) = key.get(1..)?.split_first_chunk()?;
    (rest.first() == Some(&0)).then(|| EntryNo(u64::from_be_bytes(*story)))
}

/// The entry that tells it.
pub fn teller(key: &[u8]) -> Option<EntryNo> {
    last_number(key).map(|number| EntryNo(!number))
}

/// What all tombstones under an entry key begin with.
pub fn tombstones(key: EntryKey) -> Vec<u8> {
    with(b'z', &[&key.0])
}

pub fn tombstone(key: EntryKey, no: EntryNo) -> Vec<u8> {
    with(b'z', &[&key.0, &no.0.to_be_bytes()])
}

/// What all entries that were taken down from a channel begin with, the last one first.
pub fn all_taken_down(channel: ChannelKey) -> Vec<u8> {
    with(b'd', &[&channel.0.to_be_bytes()])
}

pub fn taken_down(channel: ChannelKey, since: Timestamp, no: EntryNo) -> Vec<u8> {
    let since = (!(since.0 as u64)).to_be_bytes();
    with(b'd', &[&channel.0.to_be_bytes(), &since, &no.0.to_be_bytes()])
}

/// How all tombstones under entry keys that begin with `short` begin here.
pub fn short_tombstones(short: u64) -> Vec<u8> {
    with(b'z', &[&short.to_be_bytes()])
}

pub fn postings(channel: ChannelKey) -> Vec<u8> {
    with(b'c', &[&channel.0.to_be_bytes()])
}

pub fn channel(channel: ChannelKey) -> Vec<u8> {
    with(b'n', &[&channel.0.to_be_bytes()])
}

pub fn state(source: &SourceId) -> Vec<u8> {
    with(b's', &[source.as_str().as_bytes()])
}

pub fn segment(id: u64) -> Vec<u8> {
    with(b'p', &[&id.to_be_bytes()])
}

fn with(prefix: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + parts.iter().map(|part| part.len()).sum::<usize>());
    key.push(prefix);
    for part in parts {
        key.extend_from_slice(part);
    }
    key
}

/// The entry and the key that a further key is for.
pub fn further_key_of(key: &[u8]) -> Option<(EntryNo, EntryKey)> {
    let no = key.get(1..)?.first_chunk().map(|bytes| EntryNo(u64::from_be_bytes(*bytes)));
    no.zip(key_within(key, 9))
}

/// The channel whose head or postings a key is for.
pub fn channel_of(key: &[u8]) -> Option<ChannelKey> {
    key.get(1..)?.first_chunk().map(|bytes| ChannelKey(u64::from_be_bytes(*bytes)))
}

/// The number that a key ends with.
pub fn last_number(key: &[u8]) -> Option<u64> {
    key.last_chunk().map(|bytes| u64::from_be_bytes(*bytes))
}

/// The entry key that follows `before` bytes.
pub fn key_within(key: &[u8], before: usize) -> Option<EntryKey> {
    key.get(before..)?.first_chunk().map(|bytes| EntryKey(*bytes))
}
