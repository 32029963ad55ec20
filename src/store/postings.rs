//! Channel memberships: ordered postings packed into small chunks.
//!
//! A chunk's key ends with its first posting's place, so one key serves some hundred
//! entries and the newest chunk of a channel is found by one look-up.

use super::error::StoreError;
use super::index::{Draft, Lookup, Pair};
use super::keys;
use crate::model::{ChannelKey, Cursor, EntryNo, Timestamp};

/// Place (sort_at, entry no) and flags.
const POSTING_BYTES: usize = 17;
const PLACE_BYTES: usize = 16;
/// Keeps a chunk near 2 KB: small enough to rewrite at every insertion.
const CHUNK_POSTINGS: usize = 128;

/// Why an entry is in a channel but not shown by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags {
    /// An earlier print of the same text is in the channel.
    pub copy: bool,
    /// Old news of a new source.
    pub backfill: bool,
}

impl Flags {
    pub fn shown(self) -> bool {
        self == Flags::default()
    }

    fn to_byte(self) -> u8 {
        u8::from(self.copy) | u8::from(self.backfill) << 1
    }

    fn from_byte(byte: u8) -> Self {
        Flags { copy: byte & 1 != 0, backfill: byte & 2 != 0 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    pub at: Cursor,
    pub flags: Flags,
}

/// Adds a posting, or changes the flags of the one at its place.
/// Returns: the flags it had before.
pub fn put(
    draft: &mut Draft<'_>,
    channel: ChannelKey,
    posting: Posting,
) -> Result<Option<Flags>, StoreError> {
    let place = place_of(posting.at);
    let prefix = keys::postings(channel);
    let Some((key, mut chunk)) = chunk_for(draft, &prefix, &place)? else {
        draft.put(chunk_key(&prefix, &place), encode(&place, posting.flags).to_vec());
        return Ok(None);
    };
    let flags = posting.flags;
    match search(&chunk, &place) {
        Ok(at) => {
            let before = Flags::from_byte(chunk[at + PLACE_BYTES]);
            chunk[at + PLACE_BYTES] = flags.to_byte();
            draft.put(key, chunk);
            Ok(Some(before))
        }
        Err(at) if at == chunk.len() && at >= CHUNK_POSTINGS * POSTING_BYTES => {
            // News arrives in order: leave full chunks alone.
            draft.put(chunk_key(&prefix, &place), encode(&place, flags).to_vec());
            Ok(None)
        }
        Err(at) => {
            chunk.splice(at..at, encode(&place, flags));
            draft.delete(key);
            let half = chunk.len() / POSTING_BYTES / 2 * POSTING_BYTES;
            let parts = if chunk.len() > CHUNK_POSTINGS * POSTING_BYTES {
                vec![chunk[..half].to_vec(), chunk[half..].to_vec()]
            } else {
                vec![chunk]
            };
            for part in parts {
                draft.put(chunk_key(&prefix, &part[..PLACE_BYTES]), part);
            }
            Ok(None)
        }
    }
}

/// Removes the posting at a place; returns the flags it had.
pub fn remove(
    draft: &mut Draft<'_>,
    channel: ChannelKey,
    at: Cursor,
) -> Result<Option<Flags>, StoreError> {
    let place = place_of(at);
    let prefix = keys::postings(channel);
    let Some((key, mut chunk)) = chunk_for(draft, &prefix, &place)? else { return Ok(None) };
    let Ok(at) = search(&chunk, &place) else { return Ok(None) };
    let flags = Flags::from_byte(chunk[at + PLACE_BYTES]);
    chunk.drain(at..at + POSTING_BYTES);
    draft.delete(key);
    if !chunk.is_empty() {
        draft.put(chunk_key(&prefix, &chunk[..PLACE_BYTES]), chunk);
    }
    Ok(Some(flags))
}

/// The flags of the posting at a place, when the channel has it.
pub fn get(
    index: &impl Lookup,
    channel: ChannelKey,
    at: Cursor,
) -> Result<Option<Flags>, StoreError> {
    let place = place_of(at);
    let prefix = keys::postings(channel);
    let found = index.last_upto(&prefix, &chunk_key(&prefix, &place))?;
    let flags = |(_, chunk): (_, Vec<u8>)| {
        search(&chunk, &place).ok().map(|at| Flags::from_byte(chunk[at + PLACE_BYTES]))
    };
    Ok(found.and_then(flags))
}

/// Calls `visit` with the postings before a place (all, when `None`), newest first,
/// until it returns false.
pub fn walk_back(
    index: &impl Lookup,
    channel: ChannelKey,
    before: Option<Cursor>,
    mut visit: impl FnMut(Posting) -> bool,
) -> Result<(), StoreError> {
    let prefix = keys::postings(channel);
    let mut upto = match before.map(|at| u128::from_be_bytes(place_of(at)).checked_sub(1)) {
        Some(None) => return Ok(()),
        Some(Some(place)) => place.to_be_bytes(),
        None => [0xff; PLACE_BYTES],
    };
    while let Some((key, chunk)) = index.last_upto(&prefix, &chunk_key(&prefix, &upto))? {
        let end = match search(&chunk, &upto) {
            Ok(at) => at + POSTING_BYTES,
            Err(at) => at,
        };
        for posting in chunk[..end].rchunks_exact(POSTING_BYTES) {
            if !visit(decode(posting)) {
                return Ok(());
            }
        }
        let first = key.get(prefix.len()..).and_then(|place| place.try_into().ok());
        match first.and_then(|place| u128::from_be_bytes(place).checked_sub(1)) {
            Some(place) => upto = place.to_be_bytes(),
            None => return Ok(()),
        }
    }
    Ok(())
}

/// The chunk that holds a place or should: the last that begins at or below it, else
/// the channel's first, while that has room.
fn chunk_for(
    draft: &Draft<'_>,
    prefix: &[u8],
    place: &[u8; PLACE_BYTES],
) -> Result<Option<Pair>, StoreError> {
    if let Some(chunk) = draft.last_upto(prefix, &chunk_key(prefix, place))? {
        return Ok(Some(chunk));
    }
    let first = draft.first(prefix)?;
    Ok(first.filter(|(_, chunk)| chunk.len() < CHUNK_POSTINGS * POSTING_BYTES))
}

fn chunk_key(prefix: &[u8], place: &[u8]) -> Vec<u8> {
    [prefix, place].concat()
}

/// Offset of the posting at a place, or where it belongs.
fn search(chunk: &[u8], place: &[u8; PLACE_BYTES]) -> Result<usize, usize> {
    let (mut low, mut high) = (0, chunk.len() / POSTING_BYTES);
    while low < high {
        let middle = (low + high) / 2;
        let at = middle * POSTING_BYTES;
        match chunk[at..at + PLACE_BYTES].cmp(place) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return Ok(at),
        }
    }
    Err(low * POSTING_BYTES)
}

fn place_of(at: Cursor) -> [u8; PLACE_BYTES] {
    let sort_at = (at.sort_at.0 as u64) ^ (1 << 63);
    let place = u128::from(sort_at) << 64 | u128::from(at.no.0);
    place.to_be_bytes()
}

fn encode(place: &[u8; PLACE_BYTES], flags: Flags) -> [u8; POSTING_BYTES] {
    let mut posting = [0; POSTING_BYTES];
    posting[..PLACE_BYTES].copy_from_slice(place);
    posting[PLACE_BYTES] = flags.to_byte();
    posting
}

fn decode(posting: &[u8]) -> Posting {
    let mut place = [0; PLACE_BYTES];
    place.copy_from_slice(&posting[..PLACE_BYTES]);
    let place = u128::from_be_bytes(place);
    let sort_at = Timestamp(((place >> 64) as u64 ^ (1 << 63)) as i64);
    let no = EntryNo(place as u64);
    Posting { at: Cursor { sort_at, no }, flags: Flags::from_byte(posting[PLACE_BYTES]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::index::Index;

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

    #[test]
    fn any_order_of_changes_reads_back_sorted_across_batches() {
        let folder = tempfile::tempdir().expect("a folder");
        let (index, fresh) = Index::open(folder.path(), 1 << 20).expect("an index");
        assert!(fresh);
        let channel = ChannelKey(7);
        let mut random = Lcg(1);
        let mut expected = std::collections::BTreeMap::new();
        for _ in 0..40 {
            let mut draft = Draft::new(&index);
            for _ in 0..50 {
                let at = cursor(random.below(500) as i64 - 250, random.below(4));
                if random.below(4) == 0 {
                    let removed = remove(&mut draft, channel, at).expect("removed");
                    assert_eq!(removed, expected.remove(&at));
                } else {
                    let flags = Flags { copy: random.below(2) == 0, backfill: false };
                    let before = put(&mut draft, channel, Posting { at, flags }).expect("put");
                    assert_eq!(before, expected.insert(at, flags));
                }
            }
            index.apply(draft.into_writes()).expect("applied");
            let bound = cursor(random.below(500) as i64 - 250, 2);
            for before in [None, Some(bound)] {
                let mut found = Vec::new();
                walk_back(&index, channel, before, |posting| {
                    found.push((posting.at, posting.flags));
                    true
                })
                .expect("walked");
                let wanted: Vec<_> = expected
                    .iter()
                    .rev()
                    .filter(|(at, _)| before.is_none_or(|before| **at < before))
                    .map(|(at, flags)| (*at, *flags))
                    .collect();
                assert_eq!(found, wanted);
            }
        }
        let other = get(&index, ChannelKey(8), cursor(0, 0)).expect("read");
        assert_eq!(other, None, "channels do not leak into each other");
    }

    #[test]
    fn news_in_order_fills_chunks() {
        let folder = tempfile::tempdir().expect("a folder");
        let (index, _) = Index::open(folder.path(), 1 << 20).expect("an index");
        let mut draft = Draft::new(&index);
        for n in 0..1000 {
            let posting = Posting { at: cursor(n, 0), flags: Flags::default() };
            put(&mut draft, ChannelKey(1), posting).expect("put");
        }
        assert_eq!(draft.len(), 1000usize.div_ceil(CHUNK_POSTINGS));
    }
}
