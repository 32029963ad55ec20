//! What two entries have in common, as integers that a model weighs.

use super::formulas::{MARKET, NOTICE, POST, QUAKE, WEATHER};
use super::lookup::{Hashes, TERMS, Terms};
use super::shared::{Shared, Weight};
use super::sketch::{MOST_TERMS, Sketch};
use super::terms::{Said, table};

/// Names of what is measured, in the order of [`Likeness`]; those of `data/story/model.tsv`.
pub const NAMES: [&str; COUNT] = [
    "cosine",
    "title_cosine",
    "title_held_least",
    "title_held_most",
    "title_rarest_1",
    "title_rarest_3",
    "rarest_5",
    "rarest_15",
    "bursts_5",
    "title_run",
    "numbers_differ",
    "numbers_agree",
    "numbers_held",
    "places",
    "places_differ",
    "places_held",
    "places_missing",
    "days",
    "market",
    "post",
    "text_length",
    "contained",
    "title_contained",
];
pub const COUNT: usize = 23;
pub const TITLE_RUN: usize = 9;
pub const NUMBERS_DIFFER: usize = 10;
pub const NUMBERS_HELD: usize = 12;
pub const DAYS: usize = 17;
pub const CONTAINED: usize = 21;
pub const TITLE_CONTAINED: usize = 22;

/// Cosines and shares are in 1/1000, weights as in the table of terms, the rest are counts.
pub type Likeness = [i32; COUNT];

/// A longer passage of titles says no more.
pub const RUN_AT_MOST: i32 = 12;
const QUARTER_DAY: i64 = 21_600;
/// Letters of a text that may be a formula from one end to the other.
const WHOLE: u16 = 400;

/// Same for both orders of the two.
pub fn likeness(a: &Sketch, b: &Sketch) -> Likeness {
    let mut tables = Box::default();
    let with = Compared::of(a, &mut tables);
    let mut likeness = with.event(b);
    likeness[TITLE_RUN] = with.title_run(b);
    likeness[CONTAINED] = with.contained(b);
    likeness[TITLE_CONTAINED] = with.title_contained(b);
    likeness
}

/// A sketch that others are compared with, one after another.
pub struct Compared<'s> {
    sketch: &'s Sketch,
    tables: &'s Tables,
}

/// What is looked up in it; kept for the next one.
#[derive(Default)]
pub struct Tables {
    terms: Terms,
    /// What each term weighs and says, at the place where it is.
    weighed: Weighed,
    shingles: Hashes,
}

struct Weighed([Weight; TERMS]);

impl Default for Weighed {
    fn default() -> Self {
        Weighed([Weight::default(); TERMS])
    }
}

impl<'s> Compared<'s> {
    pub fn of(sketch: &'s Sketch, tables: &'s mut Tables) -> Self {
        tables.terms.clear();
        let table = table();
        for said in sketch.terms() {
            let term = said.term();
            let (at, place) = tables.terms.place_of(term);
            *place = said;
            let weight = table.weight(term);
            tables.weighed.0[at] = Weight {
                weight,
                value: said.value(weight),
                burst: table.burst(term) as u8,
                is_number: table.is_number(term),
            };
        }
        tables.shingles.fill(sketch.shingles());
        Compared { sketch, tables }
    }

    /// What tells whether two entries are of one event, but for the titles' run.
    pub fn event(&self, other: &Sketch) -> Likeness {
        let (a, b) = (self.sketch, other);
        let shared = self.shared(other);
        let cosine = |dot: u64, x: u32, y: u32| share(dot, u64::from(x) * u64::from(y));
        let (x, y) = (&a.measures, &b.measures);
        let held = [share(shared.a_title, x.title_weight), share(shared.b_title, y.title_weight)];
        let either = |this: bool, that: bool| i32::from(this) + i32::from(that);
        let (numbers, places) =
            ([x.title_numbers, y.title_numbers], [x.title_places, y.title_places]);
        let both_tell = |of: [u8; 2]| of[0] > 0 && of[1] > 0;
        let all_held = |of: u8, held: u8| of > 0 && held == of;
        let formulas = a.formulas & b.formulas;
        let is = |formula: u8| i32::from(formulas & formula != 0);
        let days = a.published.0.saturating_sub(b.published.0).saturating_abs() / QUARTER_DAY;
        [
            cosine(shared.all, x.all, y.all),
            cosine(shared.title, x.title, y.title),
            held[0].min(held[1]),
            held[0].max(held[1]),
            shared.title_rarest.sum(1),
            shared.title_rarest.sum(3),
            shared.rarest.sum(5),
            shared.rarest.sum(15),
            shared.bursts.sum(5),
            0,
            i32::from(both_tell(numbers) && shared.title_numbers == 0),
            i32::from(shared.title_numbers > 0),
            either(
                all_held(x.title_numbers, shared.a_numbers),
                all_held(y.title_numbers, shared.b_numbers),
            ),
            shared.places.min(3),
            i32::from(both_tell(places) && shared.title_places == 0),
            either(
                all_held(x.title_places, shared.a_places),
                all_held(y.title_places, shared.b_places),
            ),
            either(
                x.title_places > 0 && shared.a_places == 0,
                y.title_places > 0 && shared.b_places == 0,
            ),
            days.min(16) as i32,
            is(MARKET),
            is(POST),
            (i32::from(a.read.min(b.read)) + 1).ilog2() as i32,
            0,
            0,
        ]
    }

    /// Letters of the longest passage that two titles share, as far as they count.
    pub fn title_run(&self, other: &Sketch) -> i32 {
        longest_run(&self.sketch.title, &other.title).min(RUN_AT_MOST)
    }

    /// How much of the shorter text is in the other. Of the briefest texts more is asked.
    pub fn contained(&self, other: &Sketch) -> i32 {
        self.of_shorter(other, self.shared_shingles(other))
    }

    /// Passages that both have.
    pub fn shared_shingles(&self, other: &Sketch) -> usize {
        self.tables.shingles.count(other.shingles())
    }

    /// [`contained`](Self::contained) is no more than that.
    pub fn contained_at_most(&self, other: &Sketch) -> i32 {
        self.of_shorter(other, self.tables.shingles.at_most(other.shingles()))
    }

    fn of_shorter(&self, other: &Sketch, shared: usize) -> i32 {
        let shorter = self.sketch.shingles().len().min(other.shingles().len()).max(8);
        share(shared as u64, shorter as u64)
    }

    /// How many pairs of letters of the shorter title are in the other.
    pub fn title_contained(&self, other: &Sketch) -> i32 {
        let (a, b) = (&self.sketch.title, &other.title);
        // Of two of one length the same one, whichever comes first.
        let (short, long) = if (a.len(), a) <= (b.len(), b) { (a, b) } else { (b, a) };
        if short.len() < 4 {
            return 0;
        }
        let is_there = |pair: &&[u16]| long.windows(2).any(|other| other == *pair);
        share(short.windows(2).filter(is_there).count() as u64, short.len() as u64 - 1)
    }

    /// Whether two texts that are made by a formula, and so nearly the same, are of different
    /// events: by their titles, or each by a number or a place that the other lacks. `contained`,
    /// `of_title`: how much of the shorter text and title the other has.
    pub fn tells_otherwise(&self, other: &Sketch, contained: i32, of_title: i32) -> bool {
        let (a, b) = (self.sketch, other);
        // What is longer says more than a formula does.
        if a.read.max(b.read) > WHOLE {
            return false;
        }
        let both = a.formulas & b.formulas;
        let is_report = both & (QUAKE | WEATHER | MARKET | POST) != 0;
        let is_notice = both & NOTICE != 0 || (a.ordinal != 0 && b.ordinal != 0);
        if !is_report && !is_notice {
            return false;
        }
        if of_title < 700 || (is_report && contained < 900) {
            return true;
        }
        let shared = self.shared(other);
        let differ = |a: u16, b: u16, both: i32| i32::from(a.min(b)) > both;
        differ(a.measures.numbers, b.measures.numbers, shared.numbers)
            || differ(a.measures.places, b.measures.places, shared.places)
    }

    fn shared(&self, other: &Sketch) -> Shared {
        let mut shared = Shared::default();
        let mut likely = [Said::NONE; MOST_TERMS];
        let count = self.tables.terms.likely(other.terms(), &mut likely);
        for &that in &likely[..count] {
            let (at, this) = self.tables.terms.find(that.term());
            if this != Said::NONE {
                shared.add(this, that, self.tables.weighed.0[at]);
            }
        }
        shared
    }

    pub fn sketch(&self) -> &Sketch {
        self.sketch
    }
}

/// In 1/1000; 0 where there is nothing to share.
fn share(of: impl Into<u64>, all: impl Into<u64>) -> i32 {
    (of.into() * 1000).checked_div(all.into()).unwrap_or(0).min(1000) as i32
}

fn longest_run(a: &[u16], b: &[u16]) -> i32 {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    match short.len() {
        0..=16 => run::<17>(long, short),
        17..=24 => run::<25>(long, short),
        25..=32 => run::<33>(long, short),
        _ => run::<65>(long, short),
    }
}

/// `b`: fewer letters than `PLACES`. A longer run than [`RUN_AT_MOST`] need not be measured.
fn run<const PLACES: usize>(a: &[u16], b: &[u16]) -> i32 {
    let (mut other, mut above) = ([0; PLACES], [0u16; PLACES]);
    let many = b.len().min(PLACES - 1);
    other[1..=many].copy_from_slice(&b[..many]);
    let mut longest = 0;
    for &letter in a {
        // The run that ends at each letter of the other; all at once.
        let mut runs = [0; PLACES];
        for at in 1..PLACES {
            runs[at] = if other[at] == letter { above[at - 1] + 1 } else { 0 };
        }
        longest = runs.iter().copied().fold(longest, u16::max);
        if i32::from(longest) >= RUN_AT_MOST {
            break;
        }
        above = runs;
    }
    i32::from(longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    fn of(title: &str, text: &str) -> Sketch {
        Sketch::new(title, text, Timestamp(0))
    }

    fn named(likeness: &Likeness, name: &str) -> i32 {
        likeness[NAMES.iter().position(|known| *known == name).expect("known")]
    }

    #[test]
    fn the_order_of_two_entries_does_not_matter() {
        let a = of(
            "兴平市发生3.2级地震",
            "中国地震台网测定，5日8时兴平市发生3.2级地震，深度10公里，震中附近的居民感到轻微晃动，房屋没有损坏。",
        );
        let b =
            of("陕西兴平地震，暂无伤亡", "记者从兴平市应急局获悉，此次3.2级地震没有造成人员伤亡。");
        assert_eq!(likeness(&a, &b), likeness(&b, &a));
        let same = likeness(&a, &a);
        for name in ["cosine", "title_cosine", "contained", "title_contained"] {
            assert!(named(&same, name) >= 999, "{name} {same:?}");
        }
        assert_eq!(named(&likeness(&a, &b), "numbers_held"), 1);
    }

    #[test]
    fn the_order_does_not_matter_of_odd_titles_and_dates_either() {
        let pairs = [
            ("地震了地震了地震了吗", "今天地震今天地震今天"),
            ("1.2.3.4".repeat(30).as_str(), "北京1.2.3.4"),
        ]
        .map(|(a, b)| (of(a, ""), of(b, "")));
        for (a, b) in &pairs {
            assert_eq!(likeness(a, b), likeness(b, a));
            assert!(a.title.len() <= 64);
        }
        let [early, late] = [i64::MIN, i64::MAX].map(|at| Sketch::new("地震", "", Timestamp(at)));
        assert_eq!(named(&likeness(&early, &late), "days"), 16);
        assert_eq!(likeness(&early, &late), likeness(&late, &early));
    }

    #[test]
    fn nothing_is_like_nothing() {
        let empty = of("", "");
        assert!(likeness(&empty, &empty).iter().all(|&one| one == 0));
    }
}
