//! Channel memberships: ordered postings, the newest in the channel's head, older ones
//! packed into small chunks.
//!
//! A small channel is its head alone: one look-up, one write. A chunk's key ends with
//! its first posting's place, so one key serves some thirty entries, and rewriting it
//! for a late entry costs little.

use super::draft::Draft;
use super::error::StoreError;
use super::held::{Lookup, Pair};
use super::keys;
use super::record::ChannelRecord;
use crate::model::{ChannelKey, Cursor, EntryNo, Timestamp};
use xxhash_rust::xxh3::Xxh3;

/// Place (sort_at, entry no) and whether it is a copy.
const POSTING_BYTES: usize = 17;
const PLACE_BYTES: usize = 16;
/// Postings of a chunk at most.
const CHUNK: usize = 32 * POSTING_BYTES;
/// Postings of a head at most; beyond, the older half becomes a chunk.
const TAIL: usize = 2 * CHUNK;

type Place = [u8; PLACE_BYTES];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    pub at: Cursor,
    /// An earlier print of the same text is shown in the channel instead.
    pub copy: bool,
}

/// Adds a posting, or changes the one at its place.
/// Returns: whether that was a copy, when there was one.
pub fn put(
    draft: &mut Draft<'_>,
    channel: ChannelKey,
    head: &mut ChannelRecord,
    posting: Posting,
) -> Result<Option<bool>, StoreError> {
    let place = place_of(posting.at);
    let before = if in_tail(head, &place) {
        let before = set(&mut head.tail, &place, posting.copy);
        if head.tail.len() > TAIL {
            let older: Vec<u8> = head.tail.drain(..CHUNK).collect();
            head.chunked += (CHUNK / POSTING_BYTES) as u64;
            draft.put(chunk_key(&keys::postings(channel), &older[..PLACE_BYTES]), older);
        }
        before
    } else {
        let before = put_in_chunk(draft, &keys::postings(channel), &place, posting.copy)?;
        head.chunked += u64::from(before.is_none());
        before
    };
    Ok(before)
}

/// Removes the posting at a place; returns whether it was a copy.
pub fn remove(
    draft: &mut Draft<'_>,
    channel: ChannelKey,
    head: &mut ChannelRecord,
    at: Cursor,
) -> Result<Option<bool>, StoreError> {
    let place = place_of(at);
    if in_tail(head, &place) {
        return Ok(unset(&mut head.tail, &place));
    }
    let prefix = keys::postings(channel);
    let Some((key, mut chunk)) = draft.last_upto(&prefix, &chunk_key(&prefix, &place))? else {
        return Ok(None);
    };
    let removed = unset(&mut chunk, &place);
    if removed.is_some() {
        head.chunked -= 1;
        draft.delete(key);
        if !chunk.is_empty() {
            draft.put(chunk_key(&prefix, &chunk[..PLACE_BYTES]), chunk);
        }
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
    let place = place_of(at);
    let found =
        |postings: &[u8]| search(postings, &place).ok().map(|at| postings[at + PLACE_BYTES] != 0);
    if in_tail(head, &place) {
        return Ok(found(&head.tail));
    }
    let prefix = keys::postings(channel);
    let chunk = index.last_upto(&prefix, &chunk_key(&prefix, &place))?;
    Ok(chunk.and_then(|(_, chunk)| found(&chunk)))
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
    let mut upto = match before.map(|at| u128::from_be_bytes(place_of(at)).checked_sub(1)) {
        Some(None) => return Ok(()),
        Some(Some(place)) => place.to_be_bytes(),
        None => [0xff; PLACE_BYTES],
    };
    let mut visit_upto = |postings: &[u8], upto: &Place| {
        let end = match search(postings, upto) {
            Ok(at) => at + POSTING_BYTES,
            Err(at) => at,
        };
        postings[..end].rchunks_exact(POSTING_BYTES).all(|posting| visit(decode(posting)))
    };
    if !visit_upto(&head.tail, &upto) || head.chunked == 0 {
        return Ok(());
    }
    while let Some((key, chunk)) = index.last_upto(&prefix, &chunk_key(&prefix, &upto))? {
        if !visit_upto(&chunk, &upto) {
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
        hasher.update(&encode(&place_of(posting.at), posting.copy));
        true
    })?;
    Ok(hasher.digest())
}

/// All postings of the channel.
#[cfg(test)]
pub fn total(head: &ChannelRecord) -> u64 {
    head.chunked + (head.tail.len() / POSTING_BYTES) as u64
}

/// Whether a place belongs to the head: nothing in chunks lies at or after it.
fn in_tail(head: &ChannelRecord, place: &Place) -> bool {
    head.chunked == 0 || head.tail.get(..PLACE_BYTES).is_some_and(|first| first <= &place[..])
}

fn put_in_chunk(
    draft: &mut Draft<'_>,
    prefix: &[u8],
    place: &Place,
    copy: bool,
) -> Result<Option<bool>, StoreError> {
    let Some((key, mut chunk)) = chunk_for(draft, prefix, place)? else {
        draft.put(chunk_key(prefix, place), encode(place, copy).to_vec());
        return Ok(None);
    };
    let before = set(&mut chunk, place, copy);
    if chunk.len() > CHUNK {
        let half = chunk.len() / POSTING_BYTES / 2 * POSTING_BYTES;
        let newer = chunk.split_off(half);
        draft.put(chunk_key(prefix, &newer[..PLACE_BYTES]), newer);
    }
    let new_key = chunk_key(prefix, &chunk[..PLACE_BYTES]);
    if new_key != key {
        draft.delete(key);
    }
    draft.put(new_key, chunk);
    Ok(before)
}

/// The chunk that a place belongs to: the last that begins at or below it, else the
/// channel's first, while that has room.
fn chunk_for(draft: &Draft<'_>, prefix: &[u8], place: &Place) -> Result<Option<Pair>, StoreError> {
    if let Some(chunk) = draft.last_upto(prefix, &chunk_key(prefix, place))? {
        return Ok(Some(chunk));
    }
    Ok(draft.scan(prefix).next().transpose()?.filter(|(_, chunk)| chunk.len() < CHUNK))
}

fn chunk_key(prefix: &[u8], place: &[u8]) -> Vec<u8> {
    [prefix, place].concat()
}

/// Adds or changes a posting; returns whether the one there was a copy.
fn set(postings: &mut Vec<u8>, place: &Place, copy: bool) -> Option<bool> {
    match search(postings, place) {
        Ok(at) => {
            let before = postings[at + PLACE_BYTES] != 0;
            postings[at + PLACE_BYTES] = u8::from(copy);
            Some(before)
        }
        Err(at) => {
            postings.splice(at..at, encode(place, copy));
            None
        }
    }
}

fn unset(postings: &mut Vec<u8>, place: &Place) -> Option<bool> {
    let at = search(postings, place).ok()?;
    let copy = postings[at + PLACE_BYTES] != 0;
    postings.drain(at..at + POSTING_BYTES);
    Some(copy)
}

/// Offset of the posting at a place, or where it belongs.
fn search(postings: &[u8], place: &Place) -> Result<usize, usize> {
    let (mut low, mut high) = (0, postings.len() / POSTING_BYTES);
    while low < high {
        let middle = (low + high) / 2;
        let at = middle * POSTING_BYTES;
        match postings[at..at + PLACE_BYTES].cmp(place) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return Ok(at),
        }
    }
    Err(low * POSTING_BYTES)
}

/// Times before 1970, which `parse` lets nobody propose, count as 1970: below it keys have
/// bytes of 0xff in a row, see [`ChannelKey`].
fn place_of(at: Cursor) -> Place {
    let sort_at = (at.sort_at.0.max(0) as u64) ^ (1 << 63);
    let place = u128::from(sort_at) << 64 | u128::from(at.no.0);
    place.to_be_bytes()
}

fn encode(place: &Place, copy: bool) -> [u8; POSTING_BYTES] {
    let mut posting = [0; POSTING_BYTES];
    posting[..PLACE_BYTES].copy_from_slice(place);
    posting[PLACE_BYTES] = u8::from(copy);
    posting
}

fn decode(posting: &[u8]) -> Posting {
    let mut place = [0; PLACE_BYTES];
    place.copy_from_slice(&posting[..PLACE_BYTES]);
    let place = u128::from_be_bytes(place);
    let sort_at = Timestamp(((place >> 64) as u64 ^ (1 << 63)) as i64);
    let no = EntryNo(place as u64);
    Posting { at: Cursor { sort_at, no }, copy: posting[PLACE_BYTES] != 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
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
                let key = chunk_key(&keys::postings(channel), &place_of(cursor(time, no)));
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
