//! Small tables with open addresses, for looking up many things in what one sketch has: they
//! fit the nearest cache and are filled in no time.

use super::sketch::{MOST_TERMS, TEXT};
use super::terms::{Said, Term};

pub const TERMS: usize = 1024;
const HASHES: usize = 2048;
/// So that a search ends, and soon: a text of some letters has no more shingles.
const _: () = assert!(MOST_TERMS * 3 / 2 <= TERMS && TEXT * 2 <= HASHES);

/// Terms, each once.
pub struct Terms {
    places: [Said; TERMS],
    /// A bit for each term, which few others share.
    marks: [u64; TERM_MARKS],
}

const TERM_MARKS: usize = 64;

impl Default for Terms {
    fn default() -> Self {
        Terms { places: [Said::NONE; TERMS], marks: [0; TERM_MARKS] }
    }
}

impl Terms {
    pub fn clear(&mut self) {
        self.places.fill(Said::NONE);
        self.marks.fill(0);
    }

    /// Where the term, which is to be there from now on, is; `Said::NONE` stands there before.
    pub fn place_of(&mut self, term: Term) -> (usize, &mut Said) {
        let (word, bit) = Terms::mark(term);
        self.marks[word] |= 1 << bit;
        let at = self.search(term);
        (at, &mut self.places[at])
    }

    pub fn at(&self, place: usize) -> Said {
        self.places[place]
    }

    /// Where it is, and how it is said: `Said::NONE` where it is not there.
    pub fn find(&self, term: Term) -> (usize, Said) {
        let at = self.search(term);
        (at, self.places[at])
    }

    /// Puts those of `terms` that may be here at the start of `found`, and tells how many: without
    /// a branch that nobody can foresee, so that all are soon asked.
    pub fn likely(
        &self,
        terms: impl Iterator<Item = Said>,
        found: &mut [Said; MOST_TERMS],
    ) -> usize {
        let mut count = 0;
        for said in terms.take(MOST_TERMS) {
            found[count] = said;
            let (word, bit) = Terms::mark(said.term());
            count += (self.marks[word] >> bit & 1) as usize;
        }
        count
    }

    fn mark(term: Term) -> (usize, u32) {
        let hash = Terms::hash(term) >> 20;
        ((hash >> 6) as usize % TERM_MARKS, hash % 64)
    }

    fn hash(term: Term) -> u32 {
        term.0.wrapping_mul(0x9E37_79B1)
    }

    fn search(&self, term: Term) -> usize {
        let mut at = (Terms::hash(term) >> 16) as usize % TERMS;
        while self.places[at] != Said::NONE && self.places[at].term() != term {
            at = (at + 1) % TERMS;
        }
        at
    }
}

/// Hashes, none of them 0.
pub struct Hashes {
    places: [u32; HASHES],
    marks: Marks,
}

impl Default for Hashes {
    fn default() -> Self {
        Hashes { places: [0; HASHES], marks: Marks::default() }
    }
}

impl Hashes {
    pub fn fill(&mut self, hashes: &[u32]) {
        self.places.fill(0);
        self.marks.0.fill(0);
        for &hash in hashes {
            self.marks.mark(hash);
            let at = self.search(hash);
            self.places[at] = hash;
        }
    }

    /// How many of these it has.
    pub fn count(&self, hashes: &[u32]) -> usize {
        hashes.iter().filter(|&&hash| self.places[self.search(hash)] != 0).count()
    }

    /// How many of these it has, or some more: without a branch, so that all are soon asked.
    pub fn at_most(&self, hashes: &[u32]) -> usize {
        hashes.iter().map(|&hash| usize::from(self.marks.has(hash))).sum()
    }

    fn search(&self, hash: u32) -> usize {
        let mut at = hash as usize % HASHES;
        while self.places[at] != 0 && self.places[at] != hash {
            at = (at + 1) % HASHES;
        }
        at
    }
}

/// A bit for each hash, which few others share.
pub struct Marks([u64; MARKS]);

const MARKS: usize = 256;

impl Default for Marks {
    fn default() -> Self {
        Marks([0; MARKS])
    }
}

impl Marks {
    /// Whether the hash may have been marked before; certainly not where it says no.
    pub fn mark(&mut self, hash: u32) -> bool {
        let was_marked = self.has(hash);
        self.0[Marks::word(hash)] |= 1 << (hash % 64);
        was_marked
    }

    fn has(&self, hash: u32) -> bool {
        self.0[Marks::word(hash)] >> (hash % 64) & 1 != 0
    }

    fn word(hash: u32) -> usize {
        (hash >> 6) as usize % MARKS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn terms_are_held_as_a_map_holds_them() {
        chance::each(50, |chance| {
            let (mut terms, mut map) = (Terms::default(), BTreeMap::new());
            for _ in 0..MOST_TERMS {
                // Some that meet: of one place, or the same.
                let number = (chance.below(40) * chance.below(5000)) as u32;
                let (_, there) = terms.place_of(Term(number));
                let said = Said::once(Term(number));
                *there = if *there == Said::NONE { said } else { there.and(said) };
                let more = |known: &mut Said| *known = known.and(said);
                map.entry(number).and_modify(more).or_insert(said);
            }
            for number in 0..5000 {
                let known = map.get(&number).copied().unwrap_or(Said::NONE);
                assert_eq!(terms.find(Term(number)).1, known);
            }
            let mut likely = [Said::NONE; MOST_TERMS];
            let count =
                terms.likely(map.values().copied().chain([Said::once(Term(9))]), &mut likely);
            assert!(map.values().all(|said| likely[..count].contains(said)));
            terms.clear();
            assert_eq!(terms.likely(map.values().copied(), &mut likely), 0);
            assert!(map.keys().all(|&number| terms.find(Term(number)).1 == Said::NONE));
        });
    }

    #[test]
    fn hashes_are_held_as_a_set_holds_them() {
        chance::each(50, |chance| {
            let mut draw = |many: usize| -> BTreeSet<u32> {
                (0..many).map(|_| chance.below(9000) as u32 * 512 + 1).collect()
            };
            let (set, asked) = (draw(900), draw(500));
            let mut hashes = Hashes::default();
            hashes.fill(&set.iter().copied().collect::<Vec<_>>());
            let both = set.intersection(&asked).count();
            let asked: Vec<u32> = asked.into_iter().collect();
            assert_eq!(hashes.count(&asked), both);
            assert!(hashes.at_most(&asked) >= both);
            hashes.fill(&[]);
            assert_eq!((hashes.count(&asked), hashes.at_most(&asked)), (0, 0));
        });
    }
}
