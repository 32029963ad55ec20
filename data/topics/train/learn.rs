//! One support vector machine for each topic, learnt by dual coordinate descent.

use crate::documents::Document;
use countywire::classify::topics::grams::ROWS;

/// Rounds over all documents at most.
const ROUNDS: usize = 15;
/// The greatest violation at which a round is the last.
const CLOSE: f32 = 0.05;

/// What a document teaches: the topics that it is of, and how much it counts.
pub struct Lesson<'d> {
    pub document: &'d Document,
    pub topics: Vec<usize>,
    pub weight: f32,
}

/// What speaks for one topic.
pub struct Plane {
    pub weights: Vec<f32>,
    pub bias: f32,
}

/// A plane for each topic, in their order. Threads share the topics, so their number changes
/// no bit. `cost`: how much a document on the wrong side counts against plain weights.
pub fn learn(lessons: &[Lesson<'_>], topics: usize, cost: f32) -> Vec<Plane> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(topics);
    std::thread::scope(|scope| {
        let share = |first: usize| {
            let numbers = (first..topics).step_by(threads);
            numbers.map(|topic| (topic, plane(lessons, topic, cost))).collect::<Vec<_>>()
        };
        let workers: Vec<_> = (0..threads).map(|first| scope.spawn(move || share(first))).collect();
        let mut planes: Vec<(usize, Plane)> =
            workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect();
        planes.sort_by_key(|(topic, _)| *topic);
        planes.into_iter().map(|(_, plane)| plane).collect()
    })
}

/// Squared hinge loss.
///
/// # Source
/// Hsieh et al., *A Dual Coordinate Descent Method for Large-scale Linear SVM*, ICML 2008,
/// algorithm 1 with a simple form of its shrinking.
fn plane(lessons: &[Lesson<'_>], topic: usize, cost: f32) -> Plane {
    let mut plane = Plane { weights: vec![0.0; ROWS], bias: 0.0 };
    let mut alphas = vec![0.0_f32; lessons.len()];
    let mut order: Vec<usize> = (0..lessons.len()).collect();
    let mut active = lessons.len();
    let mut shuffle = Shuffle(0x9E37_79B9_7F4A_7C15);
    for _ in 0..ROUNDS {
        shuffle.shuffle(&mut order[..active]);
        let (mut at, mut worst) = (0, 0.0_f32);
        while at < active {
            let lesson = &lessons[order[at]];
            let alpha = &mut alphas[order[at]];
            let side = if lesson.topics.contains(&topic) { 1.0 } else { -1.0 };
            let diagonal = 0.5 / (cost * lesson.weight);
            let gradient = side * plane.value(lesson.document) - 1.0 + *alpha * diagonal;
            if *alpha == 0.0 && gradient > 0.02 {
                active -= 1;
                order.swap(at, active);
                continue;
            }
            let violation = if *alpha == 0.0 { gradient.min(0.0) } else { gradient };
            worst = worst.max(violation.abs());
            let square = lesson.document.square + 1.0;
            let next = (*alpha - gradient / (square + diagonal)).max(0.0);
            plane.step(lesson.document, (next - *alpha) * side);
            *alpha = next;
            at += 1;
        }
        if worst < CLOSE && active == lessons.len() {
            break;
        }
        if worst < CLOSE {
            active = lessons.len();
        }
    }
    plane
}

impl Plane {
    pub fn value(&self, document: &Document) -> f32 {
        let runs = document.runs.iter();
        runs.map(|&(row, value)| self.weights[usize::from(row)] * value).sum::<f32>() + self.bias
    }

    fn step(&mut self, document: &Document, by: f32) {
        for &(row, value) in &document.runs {
            self.weights[usize::from(row)] += by * value;
        }
        self.bias += by;
    }
}

/// The same order in every run.
pub struct Shuffle(pub u64);

impl Shuffle {
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            list.swap(last, (self.0 % (last as u64 + 1)) as usize);
        }
    }
}
