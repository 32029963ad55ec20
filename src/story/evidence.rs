//! What two entries have in common, in words that a person can read. Made when it is asked for.

use super::boilerplate::without;
use super::letters::{BREAK, POINT, letters};
use super::likeness::{NAMES, likeness};
use super::model::{Scores, scores, scores_of};
use super::sketch::{LEAD, Sketch, TEXT, TITLE};
use super::terms::{Term, table};
use crate::model::{Comparison, Timestamp};
use std::collections::HashSet;

/// Words and passages that are told.
const WORDS: usize = 12;
const PASSAGES: usize = 3;
/// Letters of a passage that are compared at once, that it has at least, and that are told of it.
const STEP: usize = 6;
const SHORTEST: usize = 12;
const TOLD: usize = 60;

/// An entry as it is compared.
#[derive(Debug)]
pub struct Told {
    sketch: Sketch,
    title: Vec<u16>,
    text: Vec<u16>,
}

impl Told {
    /// As [`Sketch::new`].
    pub fn new(title: &str, text: &str, published: Timestamp) -> Told {
        Told {
            sketch: Sketch::new(title, text, published),
            title: letters(title, TITLE),
            text: letters(without(text).1, TEXT),
        }
    }

    /// The same for both orders of the two.
    pub fn scores(&self, other: &Told) -> Scores {
        scores(&self.sketch, &other.sketch)
    }

    /// Scores, and what they come from.
    pub fn compare(&self, other: &Told) -> Comparison {
        let measured = likeness(&self.sketch, &other.sketch);
        let Scores { same_event, related, reprint } =
            scores_of(&self.sketch, &other.sketch, &measured);
        Comparison {
            same_event,
            related,
            reprint,
            measured: NAMES.into_iter().zip(measured).collect(),
            words: self.shared_words(other),
            passages: self.shared_passages(other),
        }
    }

    /// Pairs of characters that follow each other make one word.
    fn shared_words(&self, other: &Told) -> Vec<String> {
        let theirs: HashSet<Term> = other.early_terms().map(|(_, _, term)| term).collect();
        let mut words: Vec<(u32, String)> = Vec::new();
        for part in self.parts() {
            let mut word: Option<(usize, usize, u32)> = None;
            let mut end_word = |word: Option<(usize, usize, u32)>| {
                if let Some((start, end, weight)) = word {
                    let text = shown(&part[start..end]);
                    if !words.iter().any(|(_, known)| *known == text) {
                        words.push((weight, text));
                    }
                }
            };
            for (start, end, term) in terms(part) {
                let is_shared = theirs.contains(&term);
                let weight = table().weight(term);
                word = match word {
                    Some((first, last, sum)) if is_shared && start < last => {
                        Some((first, end, sum + weight))
                    }
                    before => {
                        end_word(before);
                        is_shared.then_some((start, end, weight))
                    }
                };
            }
            end_word(word);
        }
        words.sort_by(|(a, _), (b, _)| b.cmp(a));
        words.into_iter().take(WORDS).map(|(_, word)| word).collect()
    }

    fn shared_passages(&self, other: &Told) -> Vec<String> {
        let (mine, theirs) = (without_breaks(&self.text), without_breaks(&other.text));
        let steps: HashSet<&[u16]> = theirs.windows(STEP).collect();
        let mut passages: Vec<&[u16]> = Vec::new();
        let mut start = None;
        let ends = mine.windows(STEP).map(|step| steps.contains(step)).chain([false]);
        for (at, is_shared) in ends.enumerate() {
            match (start, is_shared) {
                (None, true) => start = Some(at),
                (Some(from), false) => {
                    let passage = &mine[from..at + STEP - 1];
                    if passage.len() >= SHORTEST && !passages.contains(&passage) {
                        passages.push(passage);
                    }
                    start = None;
                }
                _ => {}
            }
        }
        passages.sort_by_key(|passage| std::cmp::Reverse(passage.len()));
        passages.iter().take(PASSAGES).map(|p| shown(&p[..p.len().min(TOLD)])).collect()
    }

    /// Title and opening.
    fn parts(&self) -> [&[u16]; 2] {
        [&self.title, &self.text[..self.text.len().min(LEAD)]]
    }

    fn early_terms(&self) -> impl Iterator<Item = (usize, usize, Term)> {
        self.parts().into_iter().flat_map(terms)
    }
}

/// The terms of a text, each with where it begins and ends.
fn terms(letters: &[u16]) -> Vec<(usize, usize, Term)> {
    let mut found = Vec::new();
    table().each_with_end(letters, |start, end, term| found.push((start, end, term)));
    found
}

fn without_breaks(letters: &[u16]) -> Vec<u16> {
    letters.iter().copied().filter(|&letter| letter != BREAK && letter != POINT).collect()
}

fn shown(letters: &[u16]) -> String {
    letters.iter().filter_map(|&letter| char::from_u32(u32::from(letter))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_words_and_passages_are_told() {
        let one = Told::new(
            "兴平市化工厂发生火灾",
            "昨晚八时，兴平市一化工厂发生火灾，经过两个小时扑救明火已被扑灭，没有人员伤亡。",
            Timestamp(0),
        );
        let other = Told::new(
            "化工厂起火 兴平消防两小时扑灭",
            "记者从消防部门获悉，兴平市一化工厂发生火灾，经过两个小时扑救，大火扑灭。",
            Timestamp(3600),
        );
        let comparison = one.compare(&other);
        let Scores { same_event, related, reprint } = one.scores(&other);
        assert_eq!(
            (comparison.same_event, comparison.related, comparison.reprint),
            (same_event, related, reprint)
        );
        assert_eq!(comparison.passages, ["兴平市一化工厂发生火灾经过两个小时扑救"]);
        assert!(comparison.words.iter().any(|word| word.contains("化工厂")), "{comparison:?}");
        assert_eq!(comparison.measured.len(), NAMES.len());
    }

    #[test]
    fn nothing_is_shared_with_nothing_and_all_has_a_bound() {
        let nothing = Told::new("", "", Timestamp(0));
        let comparison = nothing.compare(&nothing);
        assert!(comparison.words.is_empty() && comparison.passages.is_empty());
        let long = Told::new(&"震3.2 ".repeat(9999), &"震灾a1".repeat(99_999), Timestamp(0));
        let comparison = long.compare(&long);
        assert!(comparison.words.len() <= WORDS);
        assert!(comparison.passages.iter().all(|passage| passage.chars().count() <= TOLD));
    }
}
