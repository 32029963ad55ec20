//! Keys of the index: one prefix byte, then fixed-width big-endian numbers.
//!
//! | key | value |
//! |---|---|
//! | `b` entry no | [`EntryRecord`](super::record::EntryRecord) |
//! | `k` entry key | entry no |
//! | `i` hash of a public id | entry no of its owner |
//! | `t` text hash | [`FirstPrint`](crate::model::FirstPrint) |
//! | `g` first print's no, copy's no | nothing |
//! | `c` channel, first posting | packed postings |
//! | `n` channel | [`ChannelRecord`](super::record::ChannelRecord) |
//! | `s` source id | [`SourceState`](crate::model::SourceState) |
//! | `m` | [`PositionRecord`](super::record::PositionRecord) |
//! | `r` | the list of runs |
//!
//! Sled has `c`, `n`, `s`, `m` and `r`; runs have all others.

use crate::model::{ChannelKey, EntryKey, EntryNo, SourceId};

pub const POSITION: &[u8] = b"m";
pub const ENTRIES: &[u8] = b"b";
pub const STATES: &[u8] = b"s";
pub const RUNS: &[u8] = b"r";

/// Whether keys of this kind are also read in order, not only one by one.
pub fn is_walked(key: &[u8]) -> bool {
    !matches!(key.first(), None | Some(b'b' | b'i' | b'm' | b'n' | b's'))
}

/// Whether keys of this kind are in runs, which is for those that are many, long, and never
/// asked for by what lies before them; the others are in sled.
pub fn is_in_runs(key: &[u8]) -> bool {
    !matches!(key.first(), None | Some(b'c' | b'm' | b'n' | b'r' | b's'))
}

pub fn entry(no: EntryNo) -> Vec<u8> {
    with(b'b', &[&no.0.to_be_bytes()])
}

pub fn entry_key(key: EntryKey) -> Vec<u8> {
    with(b'k', &[&key.0])
}

/// How all entry keys that begin with `short` begin here.
pub fn entry_keys(short: u64) -> Vec<u8> {
    with(b'k', &[&short.to_be_bytes()])
}

pub fn public_id(id: &str) -> Vec<u8> {
    with(b'i', &[&xxhash_rust::xxh3::xxh3_128(id.as_bytes()).to_be_bytes()])
}

pub fn text(hash: &[u8; 16]) -> Vec<u8> {
    with(b't', &[hash])
}

pub fn copies(first: EntryNo) -> Vec<u8> {
    with(b'g', &[&first.0.to_be_bytes()])
}

pub fn copy(first: EntryNo, copy: EntryNo) -> Vec<u8> {
    with(b'g', &[&first.0.to_be_bytes(), &copy.0.to_be_bytes()])
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

fn with(prefix: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + parts.iter().map(|part| part.len()).sum::<usize>());
    key.push(prefix);
    for part in parts {
        key.extend_from_slice(part);
    }
    key
}
