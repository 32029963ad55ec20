//! Which recent entries are worth comparing with a new one: those that share most of its terms and
//! passages.

use super::anew::Kind;
use super::likeness::Tables;
use super::postings::Chain;
use super::sketch::{LEAST, Sketch, TELLING};
use super::sums::Sums;
use super::terms::table;
use super::window::{Window, are_near};
use crate::model::Timestamp;
use std::fmt;

/// More is asked for than is indexed, so that a short text is found in a long one.
const ASKED_SHINGLES: usize = LEAST;
const ASKED_TERMS: usize = TELLING;
/// Of the entries with a term, the newest that are looked at.
const NEWEST: usize = 24;
/// Entries that are compared in full: by shingles, by terms; none with less than this part of
/// what the best one shares.
const COMPARED_BY_TEXT: usize = 4;
const COMPARED_BY_TERMS: usize = 8;
const PART_OF_BEST: u32 = 2;
/// Weight that entries share at least: that of two rare terms.
const LEAST_WEIGHT: u32 = 500;

/// What a search needs, kept for the next one.
pub struct Search {
    chains: Vec<Chain>,
    by_text: Sums,
    by_terms: Sums,
    /// Numbers of the entries that were found, ascending, each once.
    pub found: Vec<u32>,
    pub tables: Tables,
}

impl<Id: Clone> Window<Id> {
    /// Finds the entries that are near `at` and share most with `sketch`.
    pub(super) fn find_alike(&self, sketch: &Sketch, at: Timestamp, search: &mut Search) {
        search.found.clear();
        self.find_by_text(sketch, at, search);
        self.find_by_terms(sketch, at, search);
        search.found.sort_unstable();
        search.found.dedup();
    }

    fn find_by_text(&self, sketch: &Sketch, at: Timestamp, search: &mut Search) {
        let Search { chains, by_text, found, .. } = search;
        let shingles = sketch.shingles().iter().take(ASKED_SHINGLES).copied();
        let is_near = |number| self.is_near(number, at);
        let add = |_, number| by_text.add(number, 1);
        let was_near = |time| are_near(time, at);
        let (kind, large) = (Kind::Shingle, &self.shingles);
        self.anew.gather_with(kind, large, shingles, NEWEST, chains, is_near, was_near, add);
        by_text.take_best(1, PART_OF_BEST, COMPARED_BY_TEXT, found);
    }

    fn find_by_terms(&self, sketch: &Sketch, at: Timestamp, search: &mut Search) {
        let Search { chains, by_terms, found, .. } = search;
        let mut weights = [0; ASKED_TERMS];
        for (weight, term) in weights.iter_mut().zip(sketch.telling()) {
            *weight = table().weight(term);
        }
        let terms = sketch.telling().map(|term| term.0);
        let is_near = |number| self.is_near(number, at);
        let add = |which: usize, number| by_terms.add(number, weights[which]);
        let was_near = |time| are_near(time, at);
        let (kind, large) = (Kind::Term, &self.terms);
        self.anew.gather_with(kind, large, terms, NEWEST, chains, is_near, was_near, add);
        by_terms.take_best(LEAST_WEIGHT, PART_OF_BEST, COMPARED_BY_TERMS, found);
    }
}

impl Search {
    /// Memory that it takes, about.
    pub fn bytes(&self) -> usize {
        size_of::<Search>()
            + self.by_text.bytes()
            + self.by_terms.bytes()
            + self.chains.capacity() * size_of::<Chain>()
            + self.found.capacity() * size_of::<u32>()
    }
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Search")
    }
}

impl Default for Search {
    fn default() -> Self {
        Search {
            chains: Vec::new(),
            by_text: Sums::for_at_most(ASKED_SHINGLES * NEWEST),
            by_terms: Sums::for_at_most(ASKED_TERMS * NEWEST),
            found: Vec::new(),
            tables: Tables::default(),
        }
    }
}
