//! Channel memberships: ordered postings, the newest in the channel's head, older ones
//! packed into small chunks.
//!
//! A small channel is its head alone: one look-up, one write. A chunk's key ends with
//! its first posting's place, so one key serves some thirty entries, and rewriting it
//! for a late entry costs little.

use super::draft::Draft;
use super::error::StoreError;
use super::held::Lookup;
use super::keys;
pub use super::posting_list::Posting;
use super::posting_list::PostingList;
use super::record::ChannelRecord;
use crate::model::{ChannelKey, Cursor, Timestamp};
use xxhash_rust::xxh3::Xxh3;

/// Postings of a chunk at most.
const CHUNK: usize = 32;
/// Postings of a head at most; beyond, the older half becomes a chunk.
const TAIL: usize = 2 * CHUNK;
/// Place: `sort_at` and entry no, in the order of keys.
const PLACE_BYTES: usize = 16;

/// Adds a posting, or changes the one at its place.
/// Returns: whether that was a copy, when there was one.
pub fn put(
    draft: &mut Draft<'_>,
    channel: ChannelKey,
    head: &mut ChannelRecord,
    posting: Posting,
) -> Result<Option<bool>, StoreError> {
    let posting = Posting { at: floored(posting.at), ..posting };
    if !in_tail(head, posting.at) {
        let before = put_in_chunk(draft, &keys::postings(channel), posting)?;
        head.chunked += u64::from(before.is_none());
        return Ok(before);
    }
    let before = head.tail.set(posting);
    if head.tail.len() > TAIL {
        let newer = head.tail.split_off(CHUNK);
        let older = std::mem::replace(&mut head.tail, newer);
        head.chunked += older.len() as u64;
        put_chunk(draft, &keys::postings(channel), &older);
    }
    Ok(before)
}

/// Removes the posting at a place; returns whether it was a copy.
pub fn remove(
    draft: &mut Draft<'_>,
    channel: ChannelKey,
    head: &mut ChannelRecord,
    at: Cursor,
) -> Result<Option<bool>, StoreError> {
    let at = floored(at);
    if in_tail(head, at) {
        return Ok(head.tail.unset(at));
    }
    let prefix = keys::postings(channel);
    let Some((key, mut chunk)) = chunk_upto(draft, &prefix, at)? else {
        return Ok(None);
    };
    let removed = chunk.unset(at);
    if removed.is_some() {
        head.chunked -= 1;
        draft.delete(key);
        put_chunk(draft, &prefix, &chunk);
    }
    Ok(removed)
}

/// Whether the posting at a place is a copy; `None` when the channel has none there.
pub fn get(
    index: &impl Lookup,
    channel: ChannelKey,
    head: &ChannelRecord,
    at: Cursor,
) -> Result<Option<bool>, StoreError> {
    let at = floored(at);
    if in_tail(head, at) {
        return Ok(head.tail.get(at));
    }
    let chunk = chunk_upto(index, &keys::postings(channel), at)?;
    Ok(chunk.and_then(|(_, chunk)| chunk.get(at)))
}

/// Calls `visit` with the postings before a place (all, when `None`), newest first,
/// until it returns false.
pub fn walk_back(
    index: &impl Lookup,
    channel: ChannelKey,
    head: &ChannelRecord,
    before: Option<Cursor>,
    mut visit: impl FnMut(Posting) -> bool,
) -> Result<(), StoreError> {
    let prefix = keys::postings(channel);
    let before = before.map(floored);
    if !head.tail.before(before).iter().rev().all(|posting| visit(*posting)) || head.chunked == 0 {
        return Ok(());
    }
    let mut upto = match before.map(|at| u128::from_be_bytes(place_of(at)).checked_sub(1)) {
        Some(None) => return Ok(()),
        Some(Some(place)) => place.to_be_bytes(),
        None => [0xff; PLACE_BYTES],
    };
    while let Some((key, chunk)) = index.last_upto(&prefix, &chunk_key(&prefix, upto))? {
        if !unpack(&chunk)?.before(before).iter().rev().all(|posting| visit(*posting)) {
            return Ok(());
        }
        let first = key.get(prefix.len()..).and_then(|place| place.try_into().ok());
        match first.and_then(|place| u128::from_be_bytes(place).checked_sub(1)) {
            Some(place) => upto = place.to_be_bytes(),
            None => return Ok(()),
        }
    }
    Ok(())
}

/// A hash of all postings, however they are packed.
pub fn digest(
    index: &impl Lookup,
    channel: ChannelKey,
    head: &ChannelRecord,
) -> Result<u64, StoreError> {
    let mut hasher = Xxh3::new();
    walk_back(index, channel, head, None, |posting| {
        hasher.update(&place_of(posting.at));
        hasher.update(&[u8::from(posting.copy)]);
        true
    })?;
    Ok(hasher.digest())
}

/// How many postings the channel has, copies too.
pub fn total(head: &ChannelRecord) -> u64 {
    head.chunked + head.tail.len() as u64
}

/// Whether a place belongs to the head: nothing in chunks lies at or after it.
fn in_tail(head: &ChannelRecord, at: Cursor) -> bool {
    head.chunked == 0 || head.tail.first().is_some_and(|first| first <= at)
}

fn put_in_chunk(
    draft: &mut Draft<'_>,
    prefix: &[u8],
    posting: Posting,
) -> Result<Option<bool>, StoreError> {
    let Some((key, mut chunk)) = chunk_for(draft, prefix, posting.at)? else {
        let mut chunk = PostingList::default();
        chunk.set(posting);
        put_chunk(draft, prefix, &chunk);
        return Ok(None);
    };
    let first = chunk.first();
    let before = chunk.set(posting);
    if chunk.len() > CHUNK {
        let newer = chunk.split_off(chunk.len() / 2);
        put_chunk(draft, prefix, &newer);
    }
    if chunk.first() != first {
        draft.delete(key);
    }
    put_chunk(draft, prefix, &chunk);
    Ok(before)
}

/// The chunk that a place belongs to: the last that begins at or below it, else the
/// channel's first, while that has room.
fn chunk_for(
    draft: &Draft<'_>,
    prefix: &[u8],
    at: Cursor,
) -> Result<Option<(Vec<u8>, PostingList)>, StoreError> {
    if let Some(chunk) = chunk_upto(draft, prefix, at)? {
        return Ok(Some(chunk));
    }
    let Some((key, chunk)) = draft.scan(prefix).next().transpose()? else {
        return Ok(None);
    };
    let chunk = unpack(&chunk)?;
    Ok((chunk.len() < CHUNK).then_some((key, chunk)))
}

/// The last chunk that begins at or below a place.
fn chunk_upto(
    index: &impl Lookup,
    prefix: &[u8],
    at: Cursor,
) -> Result<Option<(Vec<u8>, PostingList)>, StoreError> {
    let chunk = index.last_upto(prefix, &chunk_key(prefix, place_of(at)))?;
    chunk.map(|(key, chunk)| Ok((key, unpack(&chunk)?))).transpose()
}

/// Nothing, when it has no postings.
fn put_chunk(draft: &mut Draft<'_>, prefix: &[u8], chunk: &PostingList) {
    if let Some(first) = chunk.first() {
        draft.put(chunk_key(prefix, place_of(first)), chunk.pack());
    }
}

fn unpack(chunk: &[u8]) -> Result<PostingList, StoreError> {
    PostingList::unpack(chunk).map_err(|what| StoreError::Record(what.to_owned()))
}

fn chunk_key(prefix: &[u8], place: [u8; PLACE_BYTES]) -> Vec<u8> {
    [prefix, &place].concat()
}

/// Times before 1970, which `parse` lets nobody propose, count as 1970: below it keys have
/// bytes of 0xff in a row, see [`ChannelKey`].
fn floored(at: Cursor) -> Cursor {
    Cursor { sort_at: at.sort_at.max(Timestamp(0)), ..at }
}

/// Of what is not before 1970.
fn place_of(at: Cursor) -> [u8; PLACE_BYTES] {
    let sort_at = at.sort_at.0 as u64 ^ (1 << 63);
    let place = u128::from(sort_at) << 64 | u128::from(at.no.0);
    place.to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EntryNo;
    use crate::store::index::Index;
    use std::collections::BTreeMap;

    fn cursor(sort_at: i64, no: u64) -> Cursor {
        Cursor { sort_at: Timestamp(sort_at), no: EntryNo(no) }
    }

    /// A small generator, so that a failure can be seen again.
    struct Lcg(u64);

    impl Lcg {
        fn below(&mut self, bound: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (self.0 >> 33) % bound
        }
    }

    fn found(index: &Index, head: &ChannelRecord, before: Option<Cursor>) -> Vec<(Cursor, bool)> {
        let mut found = Vec::new();
        walk_back(index, ChannelKey(7), head, before, |posting| {
            found.push((posting.at, posting.copy));
            true
        })
        .expect("walked");
        found
    }

    #[test]
    fn any_order_of_changes_reads_back_sorted_across_batches() {
        let folder = tempfile::tempdir().expect("a folder");
        let (index, fresh) = Index::open(folder.path(), 1 << 20).expect("an index");
        assert!(fresh);
        let channel = ChannelKey(7);
        let mut random = Lcg(1);
        let mut head = ChannelRecord::default();
        let mut expected = BTreeMap::new();
        for round in 0..60 {
            let mut draft = Draft::new(&index);
            for _ in 0..50 {
                let at = cursor(random.below(500) as i64, random.below(4));
                // Grows for a while, then shrinks to nothing much.
                if random.below(4) < if round < 30 { 1 } else { 3 } {
                    let removed = remove(&mut draft, channel, &mut head, at).expect("removed");
                    assert_eq!(removed, expected.remove(&at));
                } else {
                    let copy = random.below(2) == 0;
                    let posting = Posting { at, copy };
                    let before = put(&mut draft, channel, &mut head, posting).expect("put");
                    assert_eq!(before, expected.insert(at, copy));
                }
            }
            index.hold(draft.into_writes());
            index.settle().expect("settled");
            assert_eq!(total(&head), expected.len() as u64);
            let bound = cursor(random.below(500) as i64, 2);
            for before in [None, Some(bound)] {
                let wanted: Vec<_> = expected
                    .iter()
                    .rev()
                    .filter(|(at, _)| before.is_none_or(|before| **at < before))
                    .map(|(at, copy)| (*at, *copy))
                    .collect();
                assert_eq!(found(&index, &head, before), wanted);
            }
            let copy = get(&index, channel, &head, bound).expect("read");
            assert_eq!(copy, expected.get(&bound).copied());
        }
        let nothing = ChannelRecord { chunked: 1, ..ChannelRecord::default() };
        let other = get(&index, ChannelKey(8), &nothing, cursor(0, 0)).expect("read");
        assert_eq!(other, None, "channels do not leak into each other");
    }

    #[test]
    fn no_key_has_the_runs_that_sled_cannot_walk_back_over() {
        let channel = ChannelKey(ChannelKey::BITS);
        for time in [i64::MIN, -(1 << 24), -28_800, -1, 0, 631_152_000, 4_102_444_800] {
            for no in [0, 1 << 16 | 0xfffe, (1 << 40) - 0x10000] {
                let key = chunk_key(&keys::postings(channel), place_of(floored(cursor(time, no))));
                assert!(!key.windows(4).any(|four| four == [0xff; 4]), "{time} {no}: {key:x?}");
            }
        }
    }

    #[test]
    fn news_in_order_fills_chunks() {
        let folder = tempfile::tempdir().expect("a folder");
        let (index, _) = Index::open(folder.path(), 1 << 20).expect("an index");
        let mut draft = Draft::new(&index);
        let mut head = ChannelRecord::default();
        for n in 0..1024 {
            let posting = Posting { at: cursor(n, 0), copy: false };
            put(&mut draft, ChannelKey(1), &mut head, posting).expect("put");
        }
        assert_eq!(head.chunked / 32, draft.len() as u64, "every chunk is full");
        assert!(head.tail.len() <= TAIL);
    }
}
