//! Which topics an entry is of: what the admin says first, then what was learnt.
//!
//! 1. The topics of the source.
//! 2. The words that `feeds.toml` gives a topic; its `not_words` forbid it.
//! 3. The weights of `data/topics`, with the words there as a bonus: two topics at most.
//! 4. Where the weights say nothing because the text is not Chinese, the words there alone.

pub mod grams;
pub mod weights;
mod words;

use super::{Text, score_of};
use crate::model::{EvidenceKind, Topic, TopicId, TopicVerdict};
use std::cmp::Reverse;
use weights::{WIDTH, Weights};
use words::{Found, Tally, TopicWords};

const MAX_TOPICS: usize = 3;
/// Of what was learnt.
const MAX_LEARNT: usize = 2;
/// Less than this is a word in passing: two characters in the title give 120.
const MIN_WEIGHT: u32 = 60;
/// The share of the best topic's weight, in percent, from which another stands too.
const SHARED: u32 = 50;
/// What the words of `data/topics` add to the weights' scores at most. Cross-validated: see
/// `data/topics/README.md`.
const BONUS: i32 = 300;

pub struct TopicReader {
    topics: Vec<TopicOf>,
    words: TopicWords,
    weights: Option<Weights>,
}

struct TopicOf {
    id: TopicId,
    /// Its words decide: they are the admin's, or all that there is.
    ruled: bool,
    /// Its number among the weights, if they may speak for it.
    learnt: Option<usize>,
}

impl TopicReader {
    pub fn new(topics: &[Topic], weights: Option<Weights>) -> Self {
        let learnt = |topic: &Topic| {
            let known = &weights.as_ref()?.topics;
            known.iter().position(|one| topic.learnt && one.id == topic.id.as_str())
        };
        let of = |topic: &Topic| {
            let learnt = learnt(topic);
            TopicOf { id: topic.id.clone(), ruled: topic.ruled || learnt.is_none(), learnt }
        };
        let words = TopicWords::new(topics);
        TopicReader { topics: topics.iter().map(of).collect(), words, weights }
    }

    /// Best first, those of the source before all.
    pub fn read(&self, title: &str, lead: &str, source: &[TopicId]) -> Vec<TopicVerdict> {
        self.verdicts(&Text::new(title, lead), source)
    }

    /// What the words of title and lead say for each topic, in the order of the topics.
    pub fn word_weights(&self, title: &str, lead: &str) -> Vec<u32> {
        let tallies = self.words.tallies(&Text::new(title, lead));
        tallies.iter().map(|tally| if tally.forbidden { 0 } else { tally.weight }).collect()
    }

    pub(super) fn verdicts(&self, text: &Text<'_>, source: &[TopicId]) -> Vec<TopicVerdict> {
        let tallies = self.words.tallies(text);
        let mut verdicts: Vec<TopicVerdict> = source.iter().map(by_source).collect();
        for number in self.by_words(&tallies, true) {
            self.add(number, tallies[number].best, score(&tallies[number]), text, &mut verdicts);
        }
        // Without weights every topic is ruled.
        let scores = self.weights.as_ref().and_then(|weights| {
            Some((weights, weights.scores(&text.parts[0].folded, &text.parts[1].folded)?))
        });
        let Some((weights, scores)) = scores else {
            for number in self.by_words(&tallies, false) {
                let tally = &tallies[number];
                self.add(number, tally.best, score(tally), text, &mut verdicts);
            }
            return verdicts;
        };
        for (number, learnt, margin) in self.by_weights(weights, &scores, &tallies) {
            let found = tallies[number].best.or_else(|| strongest(weights, learnt, text));
            self.add(number, found, score_of_margin(margin), text, &mut verdicts);
        }
        verdicts
    }

    fn add(
        &self,
        number: usize,
        found: Option<Found>,
        score: u16,
        text: &Text<'_>,
        verdicts: &mut Vec<TopicVerdict>,
    ) {
        let topic = &self.topics[number].id;
        if verdicts.len() >= MAX_TOPICS || verdicts.iter().any(|one| one.topic == *topic) {
            return;
        }
        let (kind, evidence) = found.map_or((EvidenceKind::Title, ""), |found| {
            (found.part, text.evidence(found.part, found.start, found.end))
        });
        verdicts.push(TopicVerdict {
            topic: topic.clone(),
            kind,
            evidence: evidence.to_owned(),
            score,
        });
    }

    /// The topics for which enough words speak: those with words of the admin, or the others.
    fn by_words(&self, tallies: &[Tally], ruled: bool) -> Vec<usize> {
        let mut ranked: Vec<usize> = (0..tallies.len())
            .filter(|&number| self.topics[number].ruled == ruled)
            .filter(|&number| !tallies[number].forbidden && tallies[number].weight >= MIN_WEIGHT)
            .collect();
        ranked.sort_by_key(|&number| Reverse(tallies[number].weight));
        let top = ranked.first().map_or(0, |&number| tallies[number].weight);
        ranked.retain(|&number| tallies[number].weight * 100 >= top * SHARED);
        ranked
    }

    /// Topic, number among the weights, and score of those that were learnt.
    fn by_weights(
        &self,
        weights: &Weights,
        scores: &[i32; WIDTH],
        tallies: &[Tally],
    ) -> Vec<(usize, usize, i32)> {
        let with_bonus = |(number, topic): (usize, &TopicOf)| {
            let (learnt, tally) = (topic.learnt?, &tallies[number]);
            // The admin's words have decided already.
            let bonus = if topic.ruled { 0 } else { bonus(tally.weight) };
            (!tally.forbidden).then_some((number, learnt, scores[learnt].saturating_add(bonus)))
        };
        let mut ranked: Vec<_> = self.topics.iter().enumerate().filter_map(with_bonus).collect();
        ranked.sort_by_key(|&(_, _, score)| Reverse(score));
        ranked.truncate(MAX_LEARNT);
        let stands = |(rank, &(_, learnt, score)): (usize, &(usize, usize, i32))| {
            let least = if rank == 0 { weights.floor } else { weights.topics[learnt].threshold };
            score >= least
        };
        let standing = ranked.iter().enumerate().take_while(|one| stands(*one)).count();
        ranked.truncate(standing);
        ranked
    }
}

/// Thousandths, as the weights' scores are.
pub fn bonus(weight: u32) -> i32 {
    let full = i64::from(BONUS) * i64::from(weight) / (i64::from(weight) + 100);
    i32::try_from(full).unwrap_or(BONUS)
}

fn score(tally: &Tally) -> u16 {
    score_of(tally.weight)
}

/// 0–1000: 500 at the border, 750 where a topic is clear.
fn score_of_margin(margin: i32) -> u16 {
    let share = i64::from(margin) * 500 / (i64::from(margin).abs() + 1000);
    u16::try_from(500 + share).unwrap_or(0)
}

/// What shows best why the weights speak for a topic.
fn strongest(weights: &Weights, learnt: usize, text: &Text<'_>) -> Option<Found> {
    text.parts.iter().find_map(|part| {
        let place = weights.strongest(learnt, &part.folded)?;
        Some(Found::of_weights(part.kind, place))
    })
}

fn by_source(topic: &TopicId) -> TopicVerdict {
    TopicVerdict {
        topic: topic.clone(),
        kind: EvidenceKind::Source,
        evidence: topic.as_str().to_owned(),
        score: 1000,
    }
}
