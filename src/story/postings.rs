//! Which recent entries have a term: an inverted index of which the oldest end falls off.
//!
//! Postings lie in one ring, each pointing to the one before it under the same head. What has
//! fallen off is told by its number, so nothing is ever unlinked. Numbers of entries only grow.

use super::shingles::mixed;
use std::collections::VecDeque;

#[derive(Debug, Clone, Copy)]
struct Posting {
    key: u32,
    entry: u32,
    /// Number of the posting before; one that has fallen off where there is none.
    before: u32,
}

/// No entry has this number.
const NONE: Posting = Posting { key: 0, entry: u32::MAX, before: 0 };

/// How far [`Postings::gather`] has come with a key.
#[derive(Debug)]
pub struct Chain {
    key: u32,
    which: u32,
    /// Entries that are still to be given.
    left: u32,
    /// Number of the posting that is next, and where the one before it was.
    next: u32,
    end: usize,
    posting: Posting,
}

#[derive(Debug)]
pub struct Postings {
    ring: VecDeque<Posting>,
    /// Number of the ring's first posting; all numbers wrap.
    first: u32,
    /// Number of the last posting under each hash.
    heads: Vec<u32>,
}

const FEWEST_HEADS: usize = 1024;

impl Default for Postings {
    fn default() -> Self {
        Postings { ring: VecDeque::new(), first: 1, heads: vec![0; FEWEST_HEADS] }
    }
}

impl Postings {
    pub fn add(&mut self, key: u32, entry: u32) {
        if self.ring.len() * 2 >= self.heads.len() {
            self.grow();
        }
        let number = self.first.wrapping_add(self.ring.len() as u32);
        let head = self.head(key);
        self.ring.push_back(Posting { key, entry, before: self.heads[head] });
        self.heads[head] = number;
    }

    /// Lets go of what belongs to entries before this one.
    pub fn forget_before(&mut self, entry: u32) {
        while self.ring.front().is_some_and(|posting| posting.entry < entry) {
            self.ring.pop_front();
            self.first = self.first.wrapping_add(1);
        }
    }

    /// Gives the newest entries of each key that `is_wanted`, and which key it was; in no order.
    ///
    /// All keys are followed step by step together: the next step of each is nearly always far
    /// away in memory, and the processor waits for them at once instead of one after another.
    pub fn gather(
        &self,
        keys: impl Iterator<Item = u32>,
        newest: usize,
        chains: &mut Vec<Chain>,
        is_wanted: impl Fn(u32) -> bool,
        mut give: impl FnMut(usize, u32),
    ) {
        let end = self.ring.len();
        let begin = |(which, key): (usize, u32)| {
            let next = self.heads[self.head(key)];
            Chain { key, which: which as u32, left: newest as u32, next, end, posting: NONE }
        };
        chains.clear();
        chains.extend(keys.enumerate().map(begin));
        while !chains.is_empty() {
            for chain in chains.iter_mut() {
                let at = chain.next.wrapping_sub(self.first) as usize;
                // A number that has wrapped since may seem to lie ahead.
                let posting = if at < chain.end { self.ring.get(at) } else { None };
                chain.posting = posting.copied().unwrap_or(NONE);
                chain.end = at;
            }
            chains.retain_mut(|chain| {
                let Posting { key, entry, before } = chain.posting;
                chain.next = before;
                if key == chain.key && entry != NONE.entry && is_wanted(entry) {
                    give(chain.which as usize, entry);
                    chain.left -= 1;
                }
                entry != NONE.entry && chain.left > 0
            });
        }
    }

    fn head(&self, key: u32) -> usize {
        mixed(u64::from(key)) as usize & (self.heads.len() - 1)
    }

    fn grow(&mut self) {
        self.heads = vec![self.first.wrapping_sub(1); self.heads.len() * 2];
        for at in 0..self.ring.len() {
            let head = self.head(self.ring[at].key);
            self.ring[at].before = self.heads[head];
            self.heads[head] = self.first.wrapping_add(at as u32);
        }
    }

    /// Memory that it takes.
    pub fn bytes(&self) -> usize {
        self.ring.capacity() * size_of::<Posting>() + self.heads.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance;
    use std::collections::BTreeMap;

    #[test]
    fn it_finds_what_a_map_finds() {
        chance::each(20, |chance| {
            let mut postings = Postings::default();
            let mut map: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            let mut chains = Vec::new();
            for entry in 0..2000 {
                for _ in 0..3 {
                    let key = chance.below(200) as u32;
                    postings.add(key, entry);
                    map.entry(key).or_default().push(entry);
                }
                let oldest = entry.saturating_sub(600);
                postings.forget_before(oldest);
                let keys = [(); 5].map(|()| chance.below(200) as u32);
                let newest = 1 + chance.below(9);
                let mut found = [(); 5].map(|()| Vec::new());
                let is_even = |entry: u32| entry.is_multiple_of(2);
                let give = |which: usize, entry: u32| found[which].push(entry);
                postings.gather(keys.into_iter(), newest, &mut chains, is_even, give);
                for (key, found) in keys.iter().zip(found) {
                    let entries = map.get(key).into_iter().flatten().rev().copied();
                    let live = entries.take_while(|&entry| entry >= oldest);
                    let expected: Vec<u32> = live.filter(|&e| is_even(e)).take(newest).collect();
                    assert_eq!(found, expected);
                }
            }
        });
    }
}
