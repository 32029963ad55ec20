//! The frames of a segment one after another: over damage, up to an unfinished end.

use super::frame::{self, Frame, MAGIC};
use memchr::{memchr_iter, memrchr_iter};

/// What is found next, with places counted from the start of the bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// `end`: where the next one begins.
    Frame { frame: Frame<'a>, at: usize, end: usize },
    /// Bytes that are no frame, before one that is; stepped over.
    Damage { at: usize, end: usize, problem: &'static str },
    /// No sound frame begins here or later.
    Unfinished { at: usize },
}

/// Bytes that may be checksummed in vain, to begin with and for each byte passed. Bytes by
/// chance look like the beginning of a frame once in 1.4 million and then cost 30 MB at most.
/// Bytes made for it, in a body that is damaged, would cost the square of their number.
const CREDIT: usize = 2 * frame::LARGEST_PAYLOAD;
const CREDIT_PER_BYTE: usize = 32;

/// The frames in `bytes` from `at` on, in linear time.
pub struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Bytes checksummed in vain.
    spent: usize,
    /// Some frame may have been passed over for want of credit.
    passed_over: bool,
    /// Frames that begin before it have been found sound.
    known: usize,
}

impl<'a> Scan<'a> {
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        Scan { bytes, at: at.min(bytes.len()), spent: 0, passed_over: false, known: 0 }
    }

    fn read(&mut self, at: usize) -> Result<(Frame<'a>, usize), &'static str> {
        let rest = &self.bytes[at..];
        let (_, length) = frame::claim(rest)?;
        if at >= self.known && self.spent + length > CREDIT + at * CREDIT_PER_BYTE {
            self.passed_over = true;
            return Err("too much before it looks like frames");
        }
        let read = frame::read(rest);
        if read.is_err() {
            self.spent += length;
        }
        read
    }

    /// Where the next sound frame begins, at `from` or later.
    fn find_next(&mut self, from: usize) -> Option<usize> {
        self.passed_over = false;
        let bytes = self.bytes;
        let mut starts = memchr_iter(MAGIC, &bytes[from..]).map(|at| from + at);
        let found = starts.find(|&at| self.read(at).is_ok());
        if !self.passed_over {
            return found;
        }
        let end = found.unwrap_or(bytes.len());
        self.known = end + 1;
        Some(self.find_before(from, end)).filter(|at| *at < bytes.len())
    }

    /// Where the first of the sound frames begins that lie one after the other up to `end`;
    /// `end` without any.
    fn find_before(&self, from: usize, end: usize) -> usize {
        let mut first = end;
        let mut credit = (end - from) * CREDIT_PER_BYTE;
        for at in memrchr_iter(MAGIC, &self.bytes[from..end]).map(|at| from + at) {
            let upto_first = &self.bytes[at..first];
            let reaches = frame::claim(upto_first).is_ok_and(|(_, length)| at + length == first);
            if reaches && credit >= upto_first.len() {
                match frame::read(upto_first) {
                    Ok(_) => first = at,
                    Err(_) => credit -= upto_first.len(),
                }
            }
        }
        first
    }
}

impl<'a> Iterator for Scan<'a> {
    type Item = Found<'a>;

    fn next(&mut self) -> Option<Found<'a>> {
        let at = self.at;
        if at == self.bytes.len() {
            return None;
        }
        match self.read(at) {
            Ok((frame, length)) => {
                self.at += length;
                Some(Found::Frame { frame, at, end: self.at })
            }
            Err(problem) => match self.find_next(at + 1) {
                Some(next) => {
                    self.at = next;
                    Some(Found::Damage { at, end: next, problem })
                }
                None => {
                    self.at = self.bytes.len();
                    Some(Found::Unfinished { at })
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::Kind;
    use super::*;
    use crate::chance::{self, Chance};

    /// Frames with payloads by chance; the bytes, and where each ends.
    fn frames(chance: &mut Chance) -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for _ in 0..1 + chance.below(6) {
            let payload: Vec<u8> =
                (0..chance.below(40)).map(|_| chance.within(0..256) as u8).collect();
            frame::write(*chance.pick(&[Kind::Entry, Kind::Commit]), &payload, &mut bytes);
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    fn ends(bytes: &[u8]) -> Vec<usize> {
        let frame_end = |found| match found {
            Found::Frame { end, .. } => Some(end),
            Found::Damage { .. } | Found::Unfinished { .. } => None,
        };
        Scan::new(bytes, 0).filter_map(frame_end).collect()
    }

    #[test]
    fn a_cut_costs_what_lies_behind_it() {
        chance::each(300, |chance| {
            let (bytes, all) = frames(chance);
            let cut = chance.below(bytes.len() + 1);
            let whole: Vec<usize> = all.iter().copied().filter(|end| *end <= cut).collect();
            assert_eq!(ends(&bytes[..cut]), whole);
            let end = whole.last().copied().unwrap_or(0);
            let last = Scan::new(&bytes[..cut], 0).last();
            assert_eq!(last == Some(Found::Unfinished { at: end }), end < cut);
        });
    }

    #[test]
    fn damage_costs_the_frame_it_is_in() {
        chance::each(300, |chance| {
            let (mut bytes, mut all) = frames(chance);
            let at = chance.below(bytes.len());
            bytes[at] ^= 1 << chance.below(8);
            let hit = all.iter().position(|end| at < *end).expect("inside a frame");
            let (start, last) = (hit.checked_sub(1).map_or(0, |n| all[n]), hit + 1 == all.len());
            all.remove(hit);
            assert_eq!(ends(&bytes), all);
            let told = |found: &Found<'_>| match found {
                Found::Damage { at, .. } => !last && *at == start,
                Found::Unfinished { at } => last && *at == start,
                Found::Frame { .. } => false,
            };
            assert_eq!(Scan::new(&bytes, 0).filter(told).count(), 1);
        });
    }

    /// What an adversary can put into an entry, hit by damage: each six bytes look like a frame
    /// that ends with it. Without a bound on checksums 64 MiB take hours.
    #[test]
    fn a_body_full_of_beginnings_of_frames_costs_itself_and_no_hours() {
        let mebibytes = if cfg!(debug_assertions) { 4 } else { 64 };
        for (of_its_own, last) in [(true, false), (false, false), (true, true)] {
            let mut payload = vec![0; mebibytes << 20];
            let length = payload.len();
            for (n, piece) in payload.chunks_exact_mut(6).enumerate() {
                let upto_end = length - n * 6 - frame::HEADER_BYTES.min(length - n * 6);
                let claimed = if of_its_own { upto_end } else { 40 + n % 1_000 };
                piece[..2].copy_from_slice(&[MAGIC, Kind::Entry as u8]);
                piece[2..].copy_from_slice(&(claimed as u32).to_le_bytes());
            }
            let mut bytes = Vec::new();
            frame::write(Kind::Entry, b"before", &mut bytes);
            frame::write(Kind::Entry, &payload, &mut bytes);
            bytes[40] ^= 1;
            let after = if last { 1 } else { 50 };
            for n in 0..after {
                frame::write(Kind::Commit, &[n; 3_000], &mut bytes);
            }
            assert_eq!(ends(&bytes).len(), 1 + usize::from(after), "{of_its_own} {last}");
        }
    }

    /// A frame of the right look before each sound one.
    #[test]
    fn damage_at_many_places_costs_no_hours() {
        let mut bytes = Vec::new();
        let (count, long) = (if cfg!(debug_assertions) { 1 << 14 } else { 1 << 20 }, 1u32 << 25);
        for _ in 0..count {
            frame::write(Kind::Entry, b"sound", &mut bytes);
            bytes.extend_from_slice(&[MAGIC, Kind::Entry as u8]);
            bytes.extend_from_slice(&long.to_le_bytes());
            bytes.extend_from_slice(&[0; 8]);
        }
        bytes.resize(bytes.len() + (1 << 25), 0);
        assert_eq!(ends(&bytes).len(), count);
    }
}
