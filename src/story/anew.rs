//! Where entries say something else than when they came: a small index beside the large one, whose
//! postings are never taken out.

use crate::model::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// Entries with a key, ascending.
type Numbers = HashMap<u32, Vec<u32>>;

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

    pub fn with_term(&self, key: u32) -> &[u32] {
        with(&self.terms, key)
    }

    pub fn with_shingle(&self, key: u32) -> &[u32] {
        with(&self.shingles, key)
    }

    /// Memory that it takes, about.
    pub fn bytes(&self) -> usize {
        (self.times.len() + self.postings) * BYTES
    }
}

fn with(numbers: &Numbers, key: u32) -> &[u32] {
    match numbers.is_empty() {
        true => &[],
        false => numbers.get(&key).map_or(&[], Vec::as_slice),
    }
}
