//! Words of topics in a text.

use super::super::dictionary::{Dictionary, Hit};
use super::super::{EARLY_LEAD, Text};
use crate::model::{EvidenceKind, Topic};
use crate::text::script;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A word of four characters says twice as much as one of two. Per character:
const TITLE: u32 = 60;
const EARLY: u32 = 15;
const LATER: u32 = 5;
const MAX_CHARS: u32 = 4;

/// The words of all topics.
pub(super) struct TopicWords {
    topics: usize,
    dictionary: Dictionary,
    words: Vec<Word>,
}

struct Word {
    /// Topic numbers that it speaks for, and that it forbids.
    speaks: Vec<usize>,
    forbids: Vec<usize>,
    chars: u32,
    /// Latin words match whole.
    latin: bool,
}

/// What the words of a text say for one topic.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub weight: u32,
    pub forbidden: bool,
    /// The heaviest hit.
    pub best: Option<Found>,
    /// End of the last hit, so that a word inside another does not count twice.
    last: Option<(EvidenceKind, usize)>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub part: EvidenceKind,
    pub start: usize,
    pub end: usize,
    weight: u32,
}

impl TopicWords {
    pub(super) fn new(topics: &[Topic]) -> Self {
        let mut words: BTreeMap<String, Word> = BTreeMap::new();
        for (number, topic) in topics.iter().enumerate() {
            for (list, speaks) in [(&topic.words, true), (&topic.not_words, false)] {
                for text in list.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
                    let chars = u32::try_from(text.chars().count()).unwrap_or(MAX_CHARS);
                    let latin = text.starts_with(|c: char| c.is_ascii_alphanumeric());
                    let folded = script::fold(text).to_ascii_lowercase();
                    let word = words.entry(folded).or_insert(Word {
                        speaks: Vec::new(),
                        forbids: Vec::new(),
                        chars: if latin { chars.div_ceil(3).max(2) } else { chars }.min(MAX_CHARS),
                        latin,
                    });
                    if speaks { &mut word.speaks } else { &mut word.forbids }.push(number);
                }
            }
        }
        let dictionary = Dictionary::new(words.keys().map(String::as_str));
        TopicWords { topics: topics.len(), dictionary, words: words.into_values().collect() }
    }

    /// In the order of the topics.
    pub(super) fn tallies(&self, text: &Text<'_>) -> Vec<Tally> {
        let mut tallies = vec![Tally::default(); self.topics];
        for part in &text.parts {
            self.count(part.kind, &part.folded, &mut tallies);
        }
        tallies
    }

    fn count(&self, part: EvidenceKind, text: &str, tallies: &mut [Tally]) {
        // Lower case keeps byte positions in ASCII.
        let folded: Cow<'_, str> = if text.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
        for Hit { start, end, word } in self.dictionary.find(&folded) {
            let word = &self.words[word];
            if word.latin && !is_whole(text, start, end) {
                continue;
            }
            for &number in &word.forbids {
                tallies[number].forbidden = true;
            }
            let per_char = match part {
                EvidenceKind::Title => TITLE,
                _ if start < EARLY_LEAD => EARLY,
                _ => LATER,
            };
            let weight = per_char * word.chars;
            for &number in &word.speaks {
                tallies[number].add(Found { part, start, end, weight });
            }
        }
    }
}

impl Tally {
    fn add(&mut self, found: Found) {
        let inside = self.last.is_some_and(|(at, last)| at == found.part && found.start < last);
        if inside {
            return;
        }
        self.weight += found.weight;
        self.last = Some((found.part, found.end));
        if self.best.is_none_or(|best| found.weight > best.weight) {
            self.best = Some(found);
        }
    }
}

impl Found {
    /// What weights found: it has none of its own.
    pub(super) fn of_weights(part: EvidenceKind, (start, end): (usize, usize)) -> Found {
        Found { part, start, end, weight: 0 }
    }
}

fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let joins = |c: Option<&u8>| c.is_some_and(u8::is_ascii_alphanumeric);
    let (before, after) = (&text.as_bytes()[..start], &text.as_bytes()[end..]);
    !joins(before.last()) && !joins(after.first())
}
