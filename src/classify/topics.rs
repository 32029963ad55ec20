//! From words in the text to topics.

use super::dictionary::{Dictionary, Hit};
use super::{EARLY_LEAD, Text, score_of};
use crate::model::{EvidenceKind, Topic, TopicId, TopicVerdict};
use crate::text::script;
use std::borrow::Cow;
use std::collections::BTreeMap;

const MAX_TOPICS: usize = 3;
/// A word of four characters says twice as much as one of two. Per character:
const TITLE: u32 = 60;
const EARLY: u32 = 15;
const LATER: u32 = 5;
const MAX_CHARS: u32 = 4;
/// Less than this is a word in passing: two characters in the title give 120.
const MIN_WEIGHT: u32 = 60;
/// The share of the best topic's weight, in percent, from which another stands too.
const SHARED: u32 = 50;

pub(super) struct TopicReader {
    ids: Vec<TopicId>,
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

/// What the text says for one topic so far.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    weight: u32,
    forbidden: bool,
    /// The heaviest hit: part, start, end, weight.
    best: Option<(EvidenceKind, usize, usize, u32)>,
    /// End of the last hit, so that a word inside another does not count twice.
    last: Option<(EvidenceKind, usize)>,
}

impl TopicReader {
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
        let ids = topics.iter().map(|topic| topic.id.clone()).collect();
        TopicReader { ids, dictionary, words: words.into_values().collect() }
    }

    pub(super) fn verdicts(&self, text: &Text<'_>, source: &[TopicId]) -> Vec<TopicVerdict> {
        let mut tallies = vec![Tally::default(); self.ids.len()];
        for part in &text.parts {
            self.count(part.kind, &part.folded, &mut tallies);
        }
        let mut ranked: Vec<usize> = (0..tallies.len())
            .filter(|&number| !tallies[number].forbidden && tallies[number].weight >= MIN_WEIGHT)
            .collect();
        ranked.sort_by_key(|&number| std::cmp::Reverse(tallies[number].weight));
        let top = ranked.first().map_or(0, |&number| tallies[number].weight);
        let mut verdicts: Vec<TopicVerdict> = source.iter().map(by_source).collect();
        for number in ranked {
            let tally = &tallies[number];
            let Some((part, start, end, _)) = tally.best else { continue };
            if verdicts.len() >= MAX_TOPICS || tally.weight * 100 < top * SHARED {
                break;
            }
            if source.contains(&self.ids[number]) {
                continue;
            }
            verdicts.push(TopicVerdict {
                topic: self.ids[number].clone(),
                kind: part,
                evidence: text.evidence(part, start, end).to_owned(),
                score: score_of(tally.weight),
            });
        }
        verdicts
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
                tallies[number].add(part, start, end, weight);
            }
        }
    }
}

impl Tally {
    fn add(&mut self, part: EvidenceKind, start: usize, end: usize, weight: u32) {
        let inside = self.last.is_some_and(|(at, last)| at == part && start < last);
        if inside {
            return;
        }
        self.weight += weight;
        self.last = Some((part, end));
        if self.best.is_none_or(|(.., best)| weight > best) {
            self.best = Some((part, start, end, weight));
        }
    }
}

fn by_source(topic: &TopicId) -> TopicVerdict {
    TopicVerdict {
        topic: topic.clone(),
        kind: EvidenceKind::Source,
        evidence: topic.as_str().to_owned(),
        score: 1000,
    }
}

fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let joins = |c: Option<&u8>| c.is_some_and(u8::is_ascii_alphanumeric);
    let (before, after) = (&text.as_bytes()[..start], &text.as_bytes()[end..]);
    !joins(before.last()) && !joins(after.first())
}
