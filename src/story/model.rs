//! How likely two entries are of the same event, related, or the same text, from what they have
//! in common, in integers.

use super::apart::{are_other_texts, are_two_events};
use super::likeness::{
    CONTAINED, COUNT, Compared, Likeness, NAMES, RUN_AT_MOST, TITLE_CONTAINED, TITLE_RUN, likeness,
};
use super::sketch::Sketch;
use std::sync::LazyLock;

/// Units of one logit. The rows of `data/story/model.tsv` are in 1/1000 of one.
const LOGIT: i64 = 1000;

static MODEL: LazyLock<Model> =
    LazyLock::new(|| Model::read(include_str!("../../data/story/model.tsv")));

/// What is decided of two entries, each 0–1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scores {
    /// Both report one event.
    pub same_event: u16,
    /// One saga, round-up or comment, or the same event.
    pub related: u16,
    /// One text is the other, whole or in part.
    pub reprint: u16,
}

/// From these scores on a thing is held to be so. Measured on `yardsticks/story` and
/// `yardsticks/reprint`; see tests/bench/README.md.
pub const SAME_EVENT: u16 = 500;
pub const RELATED: u16 = 500;
pub const REPRINT: u16 = 500;

/// What is told apart by a formula's place or number, however alike its words, scores this at most.
const TOLD_APART: u16 = 250;

/// With less of the shorter text in the other, in 1/1000, no titles make a reprint.
const LEAST_CONTAINED: i32 = 80;

/// [`SAME_EVENT`] in 1/1000 of a logit.
pub const SAME_EVENT_LOGIT: i64 = 0;

struct Model {
    /// A constant, then a weight for each of [`NAMES`].
    rows: [[i64; COUNT + 1]; 2],
}

impl Model {
    fn read(table: &str) -> Model {
        let mut rows = [[0; COUNT + 1]; 2];
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t');
            let name = fields.next().unwrap_or_default();
            let at = match NAMES.iter().position(|known| *known == name) {
                Some(at) => at + 1,
                None => 0,
            };
            for (row, weight) in rows.iter_mut().zip(fields) {
                row[at] = weight.parse().expect("the shipped table is valid, as a test shows");
            }
        }
        Model { rows }
    }

    /// In 1/1000 of a logit.
    fn logit(&self, row: usize, likeness: &Likeness) -> i64 {
        let [constant, weights @ ..] = &self.rows[row];
        let sum: i64 = weights.iter().zip(likeness).map(|(w, &x)| w * i64::from(x)).sum();
        constant + sum / 1000
    }

    /// What the titles' run adds to a logit at most.
    fn most_by_run(&self, row: usize) -> i64 {
        (self.rows[row][TITLE_RUN + 1] * i64::from(RUN_AT_MOST) / 1000).max(0) + 1
    }
}

/// Scores of two entries, the same for both orders.
pub fn scores(a: &Sketch, b: &Sketch) -> Scores {
    scores_of(a, b, &likeness(a, b))
}

pub fn scores_of(a: &Sketch, b: &Sketch, likeness: &Likeness) -> Scores {
    let [mut same_event, related] = [0, 1].map(|row| probability(MODEL.logit(row, likeness)));
    let titles = [a, b].map(|sketch| sketch.title.len());
    let (contained, of_title) = (likeness[CONTAINED], likeness[TITLE_CONTAINED]);
    let mut reprint = reprint_score(titles, contained, of_title);
    let mut tables = Box::default();
    if reprint >= REPRINT && Compared::of(a, &mut tables).tells_otherwise(b, contained, of_title) {
        reprint = TOLD_APART;
    }
    if are_other_texts(a, b, likeness) {
        reprint = reprint.min(TOLD_APART);
    }
    if are_two_events(a, b, likeness) {
        same_event = same_event.min(TOLD_APART);
    }
    // A reprint tells the same event, and what tells the same event is related.
    let same_event = if reprint >= REPRINT { same_event.max(reprint) } else { same_event };
    Scores { same_event, related: related.max(same_event), reprint }
}

/// As [`scores_of`] says: the score where they are reprints.
pub fn reprint(one: &Compared, other: &Sketch) -> Option<u16> {
    if one.contained_at_most(other) < LEAST_CONTAINED {
        return None;
    }
    let contained = one.contained(other);
    let titles = [one.sketch(), other].map(|sketch| sketch.title.len());
    let of_title = one.title_contained(other);
    let score = reprint_score(titles, contained, of_title);
    let differ = || {
        let mut likeness = one.event(other);
        likeness[TITLE_RUN] = one.title_run(other);
        are_other_texts(one.sketch(), other, &likeness)
    };
    let is_one = || !one.tells_otherwise(other, contained, of_title) && !differ();
    (score >= REPRINT && is_one()).then_some(score)
}

/// As [`scores_of`] says: a score above `least`, in 1/1000 of a logit, where they are of one event.
pub fn same_event(one: &Compared, other: &Sketch, least: i64) -> Option<i64> {
    let mut likeness = one.event(other);
    let without_run = MODEL.logit(0, &likeness);
    if without_run + MODEL.most_by_run(0) <= least {
        return None;
    }
    likeness[TITLE_RUN] = one.title_run(other);
    let score = MODEL.logit(0, &likeness);
    (score > least && !are_two_events(one.sketch(), other, &likeness)).then_some(score)
}

/// From how much of the shorter text is in the other, and of its title in the other's title.
/// Where a title of some length is nearly the same, less of the text will do: a summary.
fn reprint_score(titles: [usize; 2], contained: i32, of_title: i32) -> u16 {
    /// What makes a reprint, measured on `yardsticks/reprint` for a precision of .995.
    const ENOUGH: i32 = 700;
    if contained == 0 {
        return 0;
    }
    let has_title = titles[0].min(titles[1]) >= 8;
    let bonus = if has_title && of_title >= 800 && contained >= LEAST_CONTAINED { 420 } else { 0 };
    let found = contained + of_title / 4 + bonus;
    (found * i32::from(REPRINT) / ENOUGH).min(1000) as u16
}

/// The logistic function in 1/1000, straight between whole logits.
fn probability(logit: i64) -> u16 {
    const WHOLE: [i64; 9] = [500, 731, 881, 953, 982, 993, 998, 999, 1000];
    let size = logit.abs().min(8 * LOGIT - 1);
    let (whole, part) = ((size / LOGIT) as usize, size % LOGIT);
    let up = WHOLE[whole] + (WHOLE[whole + 1] - WHOLE[whole]) * part / LOGIT;
    (if logit < 0 { 1000 - up } else { up }) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_has_a_weight_for_all_that_is_measured() {
        let table = include_str!("../../data/story/model.tsv");
        for name in NAMES.iter().chain(&["constant"]) {
            let row = table.lines().filter(|line| line.split('\t').next() == Some(name));
            assert_eq!(row.count(), 1, "{name}");
        }
        assert!(
            table
                .lines()
                .filter(|line| !line.starts_with('#'))
                .all(|line| line.split('\t').count() == 3)
        );
    }

    #[test]
    fn probabilities_grow_with_the_logit() {
        assert_eq!(
            [i64::MIN + 1, -1000, 0, 1000, i64::MAX].map(probability),
            [1, 269, 500, 731, 999]
        );
        assert!((-9000..9000).map(probability).is_sorted());
    }
}
