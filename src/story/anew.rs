//! Where entries say something else than when they came: a small index beside the large one, whose
//! postings are never taken out.

use super::postings::{Chain, Postings};
use crate::model::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// Entries with a key, ascending.
type Numbers = HashMap<u32, Vec<u32>>;

/// What an entry is found by.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Term,
    Shingle,
}

#[derive(Debug, Default)]
pub struct Anew {
    /// When each of the entries was.
    times: BTreeMap<u32, Timestamp>,
    terms: Numbers,
    shingles: Numbers,
    postings: usize,
}

/// Memory that a posting takes, about: most keys have one.
const BYTES: usize = 48;

impl Anew {
    /// The entry is found by these, and by nothing else.
    pub fn put(
        &mut self,
        number: u32,
        at: Timestamp,
        terms: impl IntoIterator<Item = u32>,
        shingles: impl IntoIterator<Item = u32>,
    ) {
        self.times.insert(number, at);
        let terms = terms.into_iter().map(|key| (false, key));
        for (is_shingle, key) in terms.chain(shingles.into_iter().map(|key| (true, key))) {
            let of = if is_shingle { &mut self.shingles } else { &mut self.terms };
            let numbers = of.entry(key).or_default();
            if let Err(place) = numbers.binary_search(&number) {
                numbers.insert(place, number);
                self.postings += 1;
            }
        }
    }

    /// The entry, which was found by these, is not here any more.
    pub fn take(
        &mut self,
        number: u32,
        terms: impl IntoIterator<Item = u32>,
        shingles: impl IntoIterator<Item = u32>,
    ) {
        self.times.remove(&number);
        let terms = terms.into_iter().map(|key| (false, key));
        for (is_shingle, key) in terms.chain(shingles.into_iter().map(|key| (true, key))) {
            let of = if is_shingle { &mut self.shingles } else { &mut self.terms };
            let Some(numbers) = of.get_mut(&key) else { continue };
            if let Ok(place) = numbers.binary_search(&number) {
                numbers.remove(place);
                self.postings -= 1;
            }
            if numbers.is_empty() {
                of.remove(&key);
            }
        }
    }

    /// When the entry was, if it is here.
    pub fn time(&self, number: u32) -> Option<Timestamp> {
        self.times.get(&number).copied()
    }

    /// As [`Postings::gather`] from the large index, with what entries say now. `is_near`: of the
    /// others, `was_near`: of those here.
    #[expect(clippy::too_many_arguments, reason = "two indexes, and what is asked of both")]
    pub fn gather_with(
        &self,
        kind: Kind,
        large: &Postings,
        keys: impl Iterator<Item = u32> + Clone,
        newest: usize,
        chains: &mut Vec<Chain>,
        is_near: impl Fn(u32) -> bool,
        was_near: impl Fn(Timestamp) -> bool,
        mut give: impl FnMut(usize, u32),
    ) {
        let numbers = match kind {
            Kind::Term => &self.terms,
            Kind::Shingle => &self.shingles,
        };
        // Which key and entry, of keys that some of the entries here have.
        let mut found: Vec<(usize, u32)> = Vec::new();
        if !numbers.is_empty() {
            let near = |number: &u32| self.time(*number).is_some_and(&was_near);
            for (which, key) in keys.clone().enumerate() {
                let of_key = numbers.get(&key).into_iter().flatten().rev().copied().filter(near);
                found.extend(of_key.take(newest).map(|number| (which, number)));
            }
        }
        if found.is_empty() {
            return large.gather(keys, newest, chains, is_near, give);
        }
        let own = found.len();
        large.gather(keys, newest, chains, is_near, |which, number| {
            match found[..own].binary_search_by_key(&which, |(which, _)| *which) {
                Ok(_) => found.push((which, number)),
                Err(_) => give(which, number),
            }
        });
        found.sort_unstable_by(|a, b| b.cmp(a));
        for of_one in found.chunk_by(|(one, _), (other, _)| one == other) {
            of_one.iter().take(newest).for_each(|&(which, number)| give(which, number));
        }
    }

    /// Memory that it takes, about.
    pub fn bytes(&self) -> usize {
        (self.times.len() + self.postings) * BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance;
    use std::collections::BTreeSet;

    #[test]
    fn it_is_found_what_entries_say_now() {
        chance::each(50, |chance| {
            let mut draw = |most: usize| -> BTreeSet<u32> {
                (0..most).map(|_| chance.below(12) as u32).collect()
            };
            let (mut large, mut anew) = (Postings::default(), Anew::default());
            let mut now: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
            for entry in 0..60 {
                let keys = draw(4);
                keys.iter().for_each(|&key| large.add(key, entry));
                now.insert(entry, keys);
            }
            let mut chains = Vec::new();
            for turn in 0..40 {
                let (entry, keys) = (turn * 7 % 60, draw(4));
                if anew.time(entry).is_some() {
                    anew.take(entry, now[&entry].iter().copied(), []);
                }
                // In the end under no key at all.
                let keys = if turn < 30 { keys } else { BTreeSet::new() };
                anew.put(entry, Timestamp(i64::from(entry)), keys.iter().copied(), []);
                now.insert(entry, keys);
                let mut found = [(); 12].map(|()| BTreeSet::new());
                let is_odd = |entry: u32| !entry.is_multiple_of(2);
                let is_near = |entry| is_odd(entry) && anew.time(entry).is_none();
                let was_near = |at: Timestamp| is_odd(at.0 as u32);
                let give = |which: usize, entry| assert!(found[which].insert(entry));
                let (kind, keys) = (Kind::Term, 0..12);
                anew.gather_with(kind, &large, keys, 5, &mut chains, is_near, was_near, give);
                for (key, found) in (0..).zip(found) {
                    let with = now.iter().rev().filter(|(_, keys)| keys.contains(&key));
                    let with = with.map(|(entry, _)| *entry).filter(|&entry| is_odd(entry));
                    assert_eq!(found, with.take(5).collect());
                }
            }
        });
    }
}
