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
        if self.ring.len() >= self.heads.len() {
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

    /// Entries with the key, the newest first.
    pub fn get(&self, key: u32) -> impl Iterator<Item = u32> {
        let mut number = self.heads[self.head(key)];
        let mut end = self.ring.len();
        std::iter::from_fn(move || {
            loop {
                // A number that has wrapped since may seem to lie ahead.
                let at = number.wrapping_sub(self.first) as usize;
                let posting = self.ring.get(at).filter(|_| at < end)?;
                (number, end) = (posting.before, at);
                if posting.key == key {
                    return Some(posting.entry);
                }
            }
        })
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
            for entry in 0..2000 {
                for _ in 0..3 {
                    let key = chance.below(200) as u32;
                    postings.add(key, entry);
                    map.entry(key).or_default().push(entry);
                }
                let oldest = entry.saturating_sub(600);
                postings.forget_before(oldest);
                let key = chance.below(200) as u32;
                let entries = map.get(&key).into_iter().flatten().rev().copied();
                let expected: Vec<u32> = entries.take_while(|&entry| entry >= oldest).collect();
                assert_eq!(postings.get(key).collect::<Vec<_>>(), expected);
            }
        });
    }
}
