//! How right the verdicts are, and from which score on a topic should stand.

use crate::material::Headline;
use countywire::classify::topics::weights::Weights;
use countywire::classify::topics::{TopicReader, bonus};
use countywire::model::Topic;
use std::cmp::Reverse;
use std::fmt;

/// A topic that does not belong costs a reader less than one that is missing: recall counts
/// twice as much as precision.
const RECALL: f64 = 2.0;
/// As many second topics of all kinds count beside those of one, since these are few.
const OTHERS: f64 = 30.0;

#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    pub headlines: usize,
    pub first: usize,
    pub any_of_two: usize,
    pub none: usize,
    /// Verdicts, the right ones among them, and those that should have been.
    pub given: usize,
    pub right: usize,
    pub gold: usize,
}

impl Figures {
    pub fn add(&mut self, reader: &TopicReader, topics: &[Topic], headline: &Headline) {
        let verdicts = reader.read(&headline.title, &headline.lead, &[]);
        let right: Vec<bool> = verdicts
            .iter()
            .map(|one| headline.gold.iter().any(|&gold| topics[gold].id == one.topic))
            .collect();
        self.headlines += 1;
        self.first += usize::from(right.first() == Some(&true));
        self.any_of_two += usize::from(right.iter().take(2).any(|&right| right));
        self.none += usize::from(right.is_empty());
        self.given += right.len();
        self.right += right.iter().filter(|&&right| right).count();
        self.gold += headline.gold.len();
    }

    pub fn in_1000(part: usize, whole: usize) -> usize {
        (part * 1000 + whole / 2) / whole.max(1)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "first = {}, any_of_two = {}, precision = {}, recall = {}, none = {}, of = {}",
            Self::in_1000(self.first, self.headlines),
            Self::in_1000(self.any_of_two, self.headlines),
            Self::in_1000(self.right, self.given),
            Self::in_1000(self.right, self.gold),
            Self::in_1000(self.none, self.headlines),
            self.headlines,
        )
    }
}

/// The two best topics with their scores, and which of them belong.
pub struct Scored([(usize, i32, bool); 2]);

pub fn scored(weights: &Weights, headline: &Headline) -> Option<Scored> {
    let scores = weights.scores(&headline.title, &headline.lead)?;
    let mut ranked: Vec<(usize, i32, bool)> = headline
        .words
        .iter()
        .enumerate()
        .map(|(topic, &words)| {
            (topic, scores[topic] + bonus(words), headline.gold.contains(&topic))
        })
        .collect();
    ranked.sort_by_key(|&(_, score, _)| Reverse(score));
    Some(Scored([ranked[0], ranked[1]]))
}

/// Sets from which score on each topic may be the second, and below which none is the first.
pub fn set_thresholds(weights: &mut Weights, scored: &[&Scored]) {
    let seconds: Vec<(usize, i32, bool)> = scored.iter().map(|one| one.0[1]).collect();
    for (number, topic) in weights.topics.iter_mut().enumerate() {
        let count = seconds.iter().filter(|one| one.0 == number).count();
        let share = OTHERS / (seconds.len() - count).max(1) as f64;
        let worth = |one: &(usize, i32, bool)| if one.0 == number { 1.0 } else { share };
        topic.threshold = best_threshold(&seconds, worth);
    }
    let mut firsts: Vec<(i32, bool)> = scored.iter().map(|one| (one.0[0].1, one.0[0].2)).collect();
    firsts.sort_unstable();
    // The first topic stands while, from below, more than a fourth of those up to it belong.
    let (mut right, mut floor) = (0, i32::MIN);
    for (count, (score, belongs)) in firsts.iter().enumerate() {
        right += usize::from(*belongs);
        if count >= 7 && right * 4 <= count + 1 {
            floor = score + 1;
        }
    }
    weights.floor = floor.max(-900);
}

/// The score from which on those taken have the best measure.
fn best_threshold(
    seconds: &[(usize, i32, bool)],
    worth: impl Fn(&(usize, i32, bool)) -> f64,
) -> i32 {
    let mut ranked: Vec<&(usize, i32, bool)> = seconds.iter().collect();
    ranked.sort_by_key(|one| Reverse(one.1));
    let gold: f64 = seconds.iter().filter(|one| one.2).map(&worth).sum();
    let (mut taken, mut right) = (0.0, 0.0);
    let mut best = (0.0, 0);
    for one in ranked {
        taken += worth(one);
        right += if one.2 { worth(one) } else { 0.0 };
        // F with beta: van Rijsbergen, Information Retrieval, chapter 7.
        let measure = (1.0 + RECALL) * right / (RECALL * gold + taken);
        if measure > best.0 {
            best = (measure, one.1);
        }
    }
    best.1
}
