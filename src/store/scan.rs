//! The frames of a segment one after another: over damage, up to an unfinished end.

use super::frame::{self, Frame};

/// What is found next, with places counted from the start of the bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// `end`: where the next one begins.
    Frame { frame: Frame<'a>, at: usize, end: usize },
    /// Bytes that are no frame, before one that is; stepped over.
    Damage { at: usize, problem: &'static str },
    /// No sound frame begins here or later.
    Unfinished { at: usize },
}

/// The frames in `bytes` from `at` on.
pub struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        Scan { bytes, at: at.min(bytes.len()) }
    }
}

impl<'a> Iterator for Scan<'a> {
    type Item = Found<'a>;

    fn next(&mut self) -> Option<Found<'a>> {
        let at = self.at;
        let rest = &self.bytes[at..];
        if rest.is_empty() {
            return None;
        }
        match frame::read(rest) {
            Ok((frame, length)) => {
                self.at += length;
                Some(Found::Frame { frame, at, end: self.at })
            }
            Err(problem) => match frame::find_next(&rest[1..]) {
                Some(skip) => {
                    self.at += 1 + skip;
                    Some(Found::Damage { at, problem })
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
}
