//! A sorted list of postings, and its packed bytes.
//!
//! Packed, a posting is three numbers of variable length (LEB128): how much later its `sort_at`
//! is than that of the posting before it, with the copy flag in the lowest bit; how much its
//! sequence differs from that one's, in zigzag; its place in the report. As news comes, that is
//! some six bytes.

use crate::model::{Cursor, EntryNo, Timestamp};
use minicbor::{Decode, Decoder, Encode, Encoder};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    pub at: Cursor,
    /// An earlier print of the same text is shown in the channel instead.
    pub copy: bool,
}

/// Oldest first, one at a place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PostingList(Vec<Posting>);

impl PostingList {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn first(&self) -> Option<Cursor> {
        self.0.first().map(|posting| posting.at)
    }

    /// Whether the posting at a place is a copy; `None` where there is none.
    pub fn get(&self, at: Cursor) -> Option<bool> {
        self.search(at).ok().map(|index| self.0[index].copy)
    }

    /// Adds or changes a posting; returns whether the one there was a copy.
    pub fn set(&mut self, posting: Posting) -> Option<bool> {
        match self.search(posting.at) {
            Ok(index) => Some(std::mem::replace(&mut self.0[index].copy, posting.copy)),
            Err(index) => {
                self.0.insert(index, posting);
                None
            }
        }
    }

    pub fn unset(&mut self, at: Cursor) -> Option<bool> {
        self.search(at).ok().map(|index| self.0.remove(index).copy)
    }

    /// Those below a place, or all.
    pub fn before(&self, at: Option<Cursor>) -> &[Posting] {
        let end = at.map_or(self.0.len(), |at| self.0.partition_point(|posting| posting.at < at));
        &self.0[..end]
    }

    /// Leaves the first `count`; returns the others.
    pub fn split_off(&mut self, count: usize) -> PostingList {
        PostingList(self.0.split_off(count))
    }

    pub fn pack(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 * self.0.len());
        let mut before = Numbers::default();
        for posting in &self.0 {
            let numbers = Numbers::of(posting.at);
            let later = numbers.sort_at.wrapping_sub(before.sort_at);
            put(&mut bytes, later << 1 | u64::from(posting.copy));
            put(&mut bytes, zigzag(numbers.sequence.wrapping_sub(before.sequence) as i64));
            put(&mut bytes, numbers.index);
            before = numbers;
        }
        bytes
    }

    /// # Errors
    /// What is wrong, in words.
    pub fn unpack(mut bytes: &[u8]) -> Result<Self, &'static str> {
        let mut postings = Vec::with_capacity(bytes.len() / 5);
        let mut before = Numbers::default();
        while !bytes.is_empty() {
            let mut next = || take(&mut bytes).ok_or("postings are cut off");
            let later = next()?;
            let sequence = before.sequence.wrapping_add_signed(unzigzag(next()?));
            let sort_at = before.sort_at.wrapping_add(later >> 1);
            let numbers = Numbers { sort_at, sequence, index: next()? };
            let posting = Posting { at: numbers.place()?, copy: later & 1 != 0 };
            if postings.last().is_some_and(|last: &Posting| last.at >= posting.at) {
                return Err("postings are not in order");
            }
            postings.push(posting);
            before = numbers;
        }
        Ok(PostingList(postings))
    }

    /// Index of the posting at a place, or where it belongs.
    fn search(&self, at: Cursor) -> Result<usize, usize> {
        self.0.binary_search_by(|posting| posting.at.cmp(&at))
    }
}

impl<C> Encode<C> for PostingList {
    fn encode<W: minicbor::encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        encoder.bytes(&self.pack())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for PostingList {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        PostingList::unpack(decoder.bytes()?).map_err(minicbor::decode::Error::message)
    }
}

/// A place, in parts.
#[derive(Default)]
struct Numbers {
    sort_at: u64,
    sequence: u64,
    index: u64,
}

impl Numbers {
    fn of(at: Cursor) -> Numbers {
        let sort_at = at.sort_at.0.max(0) as u64;
        Numbers { sort_at, sequence: at.no.sequence(), index: at.no.0 & 0xffff }
    }

    fn place(&self) -> Result<Cursor, &'static str> {
        let sort_at = i64::try_from(self.sort_at).map_err(|_| "a date is out of range")?;
        let index = u16::try_from(self.index).map_err(|_| "a number is out of range")?;
        if self.sequence >> 48 != 0 {
            return Err("a sequence is out of range");
        }
        Ok(Cursor { sort_at: Timestamp(sort_at), no: EntryNo::new(self.sequence, index) })
    }
}

fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance;

    fn posting(sort_at: i64, no: u64, copy: bool) -> Posting {
        Posting { at: Cursor { sort_at: Timestamp(sort_at), no: EntryNo(no) }, copy }
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        chance::each(300, |chance| {
            let mut list = PostingList::default();
            let widest = *chance.pick(&[4, 1 << 20, i64::MAX]);
            for _ in 0..chance.below(70) {
                let no = chance.within(i64::MIN..i64::MAX) as u64 >> chance.below(64);
                list.set(posting(chance.within(0..widest), no, chance.one_in(2)));
            }
            list.set(posting(i64::MAX, u64::MAX, true));
            assert_eq!(PostingList::unpack(&list.pack()), Ok(list));
        });
    }

    #[test]
    fn damaged_bytes_are_another_list_in_order_or_an_error() {
        let mut list = PostingList::default();
        for n in 0..20 {
            list.set(posting(1_790_000_000 + n, (n as u64 % 3) << 16, false));
        }
        let (mut read, mut refused) = (0, 0);
        chance::each(500, |chance| {
            let mut bytes = list.pack();
            let at = chance.below(bytes.len());
            match chance.one_in(2) {
                true => bytes[at] = chance.below(256) as u8,
                false => bytes.truncate(at),
            }
            match PostingList::unpack(&bytes) {
                Ok(other) => {
                    assert!(other.0.is_sorted_by(|one, next| one.at < next.at));
                    read += 1;
                }
                Err(_) => refused += 1,
            }
        });
        assert!(read > 0 && refused > 0, "{read} {refused}");
    }

    #[test]
    fn news_as_it_comes_takes_some_six_bytes() {
        let mut list = PostingList::default();
        for n in 0..64 {
            let no = EntryNo::new(900_000 + 150 * n, 7).0;
            list.set(posting(1_790_000_000 + 9_000 * n as i64, no, n % 9 == 0));
        }
        assert!(list.pack().len() <= 6 * 64 + 8, "{}", list.pack().len());
    }
}
