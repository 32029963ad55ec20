//! What two entries have in common, as integers that a model weighs.

use super::formulas::{MARKET, POST, QUAKE, WEATHER};
use super::shingles::common;
use super::sketch::{Said, Sketch};
use super::terms::table;

/// Names of what is measured, in the order of [`Likeness`]; those of `data/story/model.tsv`.
pub const NAMES: [&str; COUNT] = [
    "early_cosine",
    "cosine",
    "title_cosine",
    "title_held_least",
    "title_held_most",
    "title_early_most",
    "title_rarest_1",
    "title_rarest_3",
    "early_rarest_5",
    "early_rarest_15",
    "rarest_20",
    "rarest_50",
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
    "weather",
    "text_length",
    "contained",
    "title_contained",
    "shared_shingles",
];
pub const COUNT: usize = 28;
const TITLE_RUN: usize = 12;
const NUMBERS_DIFFER: usize = 13;
const PLACES_DIFFER: usize = 17;
pub const CONTAINED: usize = 25;
pub const TITLE_CONTAINED: usize = 26;

/// Cosines and shares are in 1/1000, weights as in the table of terms, the rest are counts.
pub type Likeness = [i32; COUNT];

/// Shared terms that are looked at, by weight.
const RAREST: usize = 50;
const DAY: i64 = 86_400;

/// Same for both orders of the two.
pub fn likeness(a: &Sketch, b: &Sketch) -> Likeness {
    let shared = Shared::of(a, b);
    let cosine = |dot: u64, x: u32, y: u32| share(dot, u64::from(x) * u64::from(y));
    let (x, y) = (&a.lengths, &b.lengths);
    let held =
        [share(shared.a_title_held, x.title_weight), share(shared.b_title_held, y.title_weight)];
    let early =
        [share(shared.a_title_early, x.title_weight), share(shared.b_title_early, y.title_weight)];
    let (least, most) = (|of: [i32; 2]| of[0].min(of[1]), |of: [i32; 2]| of[0].max(of[1]));
    let (mine, other) = (Facts::of(a), Facts::of(b));
    let either = |this: i32, that: i32| i32::from(this > 0) + i32::from(that > 0);
    let numbers_differ =
        mine.title_numbers > 0 && other.title_numbers > 0 && shared.title_numbers == 0;
    let places_differ = mine.title_places > 0 && other.title_places > 0 && shared.title_places == 0;
    let formulas = a.formulas & b.formulas;
    let is = |formula: u8| i32::from(formulas & formula != 0);
    let days = a.published.0.saturating_sub(b.published.0).saturating_abs() * 4 / DAY;
    [
        cosine(shared.early, x.early, y.early),
        cosine(shared.all, x.all, y.all),
        cosine(shared.title, x.title, y.title),
        least(held),
        most(held),
        most(early),
        sum(&shared.title_weights, 0, 1),
        sum(&shared.title_weights, 0, 3),
        sum(&shared.early_weights, 0, 5),
        sum(&shared.early_weights, 0, 15),
        sum(&shared.weights, 0, 20),
        sum(&shared.weights, 20, RAREST),
        longest_run(&a.title, &b.title).min(12),
        i32::from(numbers_differ),
        i32::from(shared.title_numbers > 0),
        either(
            i32::from(mine.title_numbers > 0 && shared.a_numbers_held == mine.title_numbers),
            i32::from(other.title_numbers > 0 && shared.b_numbers_held == other.title_numbers),
        ),
        shared.places.min(3),
        i32::from(places_differ),
        either(
            i32::from(mine.title_places > 0 && shared.a_places_held == mine.title_places),
            i32::from(other.title_places > 0 && shared.b_places_held == other.title_places),
        ),
        either(
            i32::from(mine.title_places > 0 && shared.a_places_held == 0),
            i32::from(other.title_places > 0 && shared.b_places_held == 0),
        ),
        days.min(16) as i32,
        is(MARKET),
        is(POST),
        is(WEATHER),
        (i32::from(a.read.min(b.read)) + 1).ilog2() as i32,
        contained(a, b),
        title_contained(a, b),
        common(&a.shingles, &b.shingles).min(20) as i32,
    ]
}

/// Whether two titles of one formula tell by place or number that they are of different events.
pub fn differ_by_formula(a: &Sketch, b: &Sketch, likeness: &Likeness) -> bool {
    let [numbers_differ, places_differ] =
        [NUMBERS_DIFFER, PLACES_DIFFER].map(|at| likeness[at] > 0);
    let formulas = a.formulas & b.formulas;
    (a.ordinal != 0 && b.ordinal != 0 && a.ordinal != b.ordinal && likeness[TITLE_RUN] >= 3)
        || (formulas & QUAKE != 0 && (numbers_differ || places_differ))
        || (formulas & MARKET != 0 && numbers_differ)
        || (formulas & (WEATHER | POST) != 0 && places_differ)
}

/// In 1/1000; 0 where there is nothing to share.
fn share(of: impl Into<u64>, all: impl Into<u64>) -> i32 {
    (of.into() * 1000).checked_div(all.into()).unwrap_or(0).min(1000) as i32
}

fn sum(ranked: &[u16], from: usize, to: usize) -> i32 {
    ranked.iter().take(to).skip(from).map(|&weight| i32::from(weight)).sum()
}

/// How much of the shorter text is in the other. Of the briefest texts more is asked.
fn contained(a: &Sketch, b: &Sketch) -> i32 {
    let shorter = a.shingles.len().min(b.shingles.len()).max(8);
    share(common(&a.shingles, &b.shingles) as u64, shorter as u64)
}

/// How many pairs of letters of the shorter title are in the other.
fn title_contained(a: &Sketch, b: &Sketch) -> i32 {
    let (short, long) =
        if a.title.len() <= b.title.len() { (&a.title, &b.title) } else { (&b.title, &a.title) };
    if short.len() < 4 {
        return 0;
    }
    let is_there = |pair: &&[u16]| long.windows(2).any(|other| other == *pair);
    share(short.windows(2).filter(is_there).count() as u64, short.len() as u64 - 1)
}

/// Letters of the longest passage that two titles share.
fn longest_run(a: &[u16], b: &[u16]) -> i32 {
    let (mut above, mut longest) = ([0u8; 65], 0);
    for &letter in a {
        let mut diagonal = 0;
        for (at, &other) in b.iter().enumerate().take(64) {
            let run = if letter == other { diagonal + 1 } else { 0 };
            diagonal = above[at + 1];
            above[at + 1] = run;
            longest = longest.max(run);
        }
    }
    i32::from(longest)
}

#[derive(Default)]
struct Facts {
    title_numbers: i32,
    title_places: i32,
}

impl Facts {
    fn of(sketch: &Sketch) -> Facts {
        let mut facts = Facts::default();
        for said in sketch.terms.iter().filter(|said| said.in_title()) {
            facts.title_numbers += i32::from(table().is_number(said.term()));
            facts.title_places += i32::from(said.term().is_place());
        }
        facts
    }
}

/// Sums over the terms that two entries share.
#[derive(Default)]
struct Shared {
    all: u64,
    early: u64,
    title: u64,
    /// Weight of the title's terms that are in the other, and in its title or lead.
    a_title_held: u32,
    b_title_held: u32,
    a_title_early: u32,
    b_title_early: u32,
    /// Descending.
    title_weights: Vec<u16>,
    early_weights: Vec<u16>,
    weights: Vec<u16>,
    title_numbers: i32,
    a_numbers_held: i32,
    b_numbers_held: i32,
    title_places: i32,
    places: i32,
    a_places_held: i32,
    b_places_held: i32,
}

impl Shared {
    fn of(a: &Sketch, b: &Sketch) -> Shared {
        let mut shared = Shared::default();
        let (mut i, mut j) = (0, 0);
        while let (Some(&x), Some(&y)) = (a.terms.get(i), b.terms.get(j)) {
            if x.term() == y.term() {
                shared.add(x, y);
            }
            i += usize::from(x.term() <= y.term());
            j += usize::from(y.term() <= x.term());
        }
        for ranked in [&mut shared.title_weights, &mut shared.early_weights, &mut shared.weights] {
            if ranked.len() > RAREST {
                ranked.select_nth_unstable_by(RAREST, |a, b| b.cmp(a));
                ranked.truncate(RAREST);
            }
            ranked.sort_unstable_by(|a, b| b.cmp(a));
        }
        shared
    }

    fn add(&mut self, x: Said, y: Said) {
        let (table, term) = (table(), x.term());
        let in_titles = i32::from(x.in_title() && y.in_title());
        let (a_held, b_held) = (i32::from(x.in_title()), i32::from(y.in_title()));
        if term.is_place() {
            self.places += 1;
            self.title_places += in_titles;
            self.a_places_held += a_held;
            self.b_places_held += b_held;
            return;
        }
        let weight = table.weight(term);
        if table.is_number(term) {
            self.title_numbers += in_titles;
            self.a_numbers_held += a_held;
            self.b_numbers_held += b_held;
        }
        let product = u64::from(x.value(weight)) * u64::from(y.value(weight));
        self.all += product;
        self.weights.push(weight as u16);
        self.a_title_held += if x.in_title() { weight } else { 0 };
        self.b_title_held += if y.in_title() { weight } else { 0 };
        if x.is_early() && y.is_early() {
            self.early += product;
            self.early_weights.push(weight as u16);
            self.a_title_early += if x.in_title() { weight } else { 0 };
            self.b_title_early += if y.in_title() { weight } else { 0 };
        }
        if in_titles > 0 {
            self.title += u64::from(weight).pow(2);
            self.title_weights.push(weight as u16);
        }
    }
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
        for name in ["early_cosine", "cosine", "title_cosine", "contained", "title_contained"] {
            assert!(named(&same, name) >= 999, "{name} {same:?}");
        }
        assert_eq!(named(&likeness(&a, &b), "numbers_held"), 1);
    }

    #[test]
    fn formula_news_with_other_places_or_numbers_is_other_news() {
        let differ = |a: &str, b: &str| {
            let (a, b) = (of(a, ""), of(b, ""));
            differ_by_formula(&a, &b, &likeness(&a, &b))
        };
        assert!(differ("新疆阿克苏发生3.2级地震", "新疆阿克苏发生4.1级地震"));
        assert!(differ("四川泸定发生3.2级地震", "新疆库车发生3.2级地震"));
        assert!(!differ("四川泸定发生3.2级地震", "泸定县3.2级地震暂无伤亡"));
        assert!(differ("咸阳发布暴雨黄色预警", "宝鸡发布暴雨黄色预警"));
        assert!(differ("文明交通曝光台第3期", "文明交通曝光台第4期"));
        assert!(!differ("文明交通曝光台第3期", "文明交通曝光台"));
    }

    #[test]
    fn nothing_is_like_nothing() {
        let empty = of("", "");
        assert!(likeness(&empty, &empty).iter().all(|&one| one == 0));
    }
}
