//! From headlines, few of them labelled, to weights.

use crate::documents::{Document, Rarity};
use crate::learn::{Lesson, Plane, learn};
use crate::material::{Headline, Origin};
use countywire::classify::topics::bonus;
use countywire::classify::topics::grams::ROWS;
use countywire::classify::topics::weights::{LearntTopic, WIDTH, Weights};
use std::cmp::Reverse;

/// What was tried and cross-validated is in README.md beside this folder.
pub const COST: f32 = 0.3;
/// How much a headline counts that was labelled by reading, and one of other sites' sections.
pub const READ: f32 = 10.0;
pub const PUBLIC: f32 = 0.05;
/// The same for one of the archive: labelled by words, and then by what was learnt from that.
const BY_WORDS: f32 = 1.0;
const BY_LEARNT: f32 = 0.5;
/// Words that say less than this label nothing: two characters in the title give 120.
const MIN_WORDS: u32 = 120;
/// In the second round a topic stands beside the best from this score on.
const BESIDE: f32 = -0.1;

pub struct School<'m> {
    pub headlines: &'m [Headline],
    pub documents: &'m [Document],
    pub rarity: &'m Rarity,
    pub topics: &'m [String],
}

impl School<'_> {
    /// Learns twice: from the archive by the words, then from the archive by what was learnt.
    /// `taught`: which labels may be seen; of the others nothing is.
    pub fn teach(&self, taught: impl Fn(usize) -> bool) -> Weights {
        let read = |number: usize, headline: &Headline| match headline.origin {
            Origin::Regional | Origin::Ours => {
                taught(number).then(|| (headline.gold.clone(), READ))
            }
            Origin::Public => Some((headline.gold.clone(), PUBLIC)),
            Origin::Archive => None,
        };
        let by_words = |headline: &Headline| {
            let mut ranked: Vec<usize> = (0..self.topics.len()).collect();
            ranked.sort_by_key(|&topic| Reverse(headline.words[topic]));
            let top = headline.words[ranked[0]];
            ranked.truncate(2);
            ranked.retain(|&topic| {
                headline.words[topic] >= MIN_WORDS && headline.words[topic] * 2 >= top
            });
            (!ranked.is_empty()).then_some((ranked, BY_WORDS))
        };
        let first = self.planes(|number, headline| match headline.origin {
            Origin::Archive => by_words(headline),
            _ => read(number, headline),
        });
        let by_learnt = |number: usize, headline: &Headline| {
            let score = |plane: &Plane, words: u32| {
                plane.value(&self.documents[number]) + bonus(words) as f32 / 1000.0
            };
            let mut ranked: Vec<(usize, f32)> = first
                .iter()
                .zip(&headline.words)
                .map(|(plane, &words)| score(plane, words))
                .enumerate()
                .collect();
            ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
            ranked.truncate(2);
            if ranked[1].1 < BESIDE {
                ranked.truncate(1);
            }
            let topics = ranked.iter().map(|(topic, _)| *topic).collect();
            (ranked[0].1 > 0.0).then_some((topics, BY_LEARNT))
        };
        let second = self.planes(|number, headline| match headline.origin {
            Origin::Archive => by_learnt(number, headline),
            _ => read(number, headline),
        });
        self.packed(&second)
    }

    fn planes(&self, label: impl Fn(usize, &Headline) -> Option<(Vec<usize>, f32)>) -> Vec<Plane> {
        let lesson = |(number, headline)| {
            let (topics, weight) = label(number, headline)?;
            Some(Lesson { document: &self.documents[number], topics, weight })
        };
        let lessons: Vec<Lesson<'_>> =
            self.headlines.iter().enumerate().filter_map(lesson).collect();
        learn(&lessons, self.topics.len(), COST)
    }

    /// In bytes, with how rare each run is worked in. One weight in 5,000 is cut off.
    fn packed(&self, planes: &[Plane]) -> Weights {
        let value = |plane: &Plane, row: usize| plane.weights[row] * self.rarity.0[row];
        let mut sizes: Vec<f32> =
            planes.iter().flat_map(|plane| (0..ROWS).map(|row| value(plane, row).abs())).collect();
        sizes.sort_by(f32::total_cmp);
        let unit = sizes[sizes.len() - 1 - sizes.len() / 5000] / 127.0;
        let mut rows = vec![0; ROWS * WIDTH];
        for (topic, plane) in planes.iter().enumerate() {
            for row in 0..ROWS {
                let weight = (value(plane, row) / unit).round().clamp(-127.0, 127.0);
                rows[row * WIDTH + topic] = (weight as i8).cast_unsigned();
            }
        }
        let topic = |(id, plane): (&String, &Plane)| LearntTopic {
            id: id.clone(),
            bias: (plane.bias * 1000.0).round() as i32,
            threshold: 0,
        };
        let topics = self.topics.iter().zip(planes).map(topic).collect();
        // Of `Weights::scale`, which counts a run in the title twice and so the length too.
        Weights::new(topics, (unit * 1000.0 * 65_536.0).round() as u32, 0, rows)
    }
}
