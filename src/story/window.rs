//! Recent entries, and where a new one belongs among them.
//!
//! What is decided depends on the entries given and their order alone.

use super::anew::Anew;
use super::likeness::likeness;
use super::model::{REPRINT, SAME_EVENT, Scores, scores_of};
use super::postings::Postings;
use super::shingles::common;
use super::sketch::Sketch;
use super::terms::{Term, table};
use crate::model::Timestamp;
use std::collections::VecDeque;

/// Entries further apart than this are never compared.
pub const SPAN_SECONDS: i64 = 96 * 3600;
/// Entries that are kept at most.
pub const CAPACITY: usize = 400_000;

/// Of an entry's shingles those with the least hashes are indexed, and later asked for, so that
/// of two texts the same are; more are asked for, so that a short text is found in a long one.
const INDEXED_SHINGLES: usize = 40;
const ASKED_SHINGLES: usize = 80;
/// The same of its most telling terms.
const INDEXED_TERMS: usize = 24;
const ASKED_TERMS: usize = 32;
/// Of the entries with a term, the newest that are looked at.
pub(super) const NEWEST: usize = 24;
/// Entries that are compared in full: by shingles, by terms; none with less than this part of
/// what the best one shares.
const COMPARED_BY_TEXT: usize = 6;
const COMPARED_BY_TERMS: usize = 12;
const PART_OF_BEST: u32 = 2;
/// Weight that entries share at least: that of two rare terms.
const LEAST_WEIGHT: u32 = 800;

/// When an entry was that is there no more, or is found [`Anew`]: near to none.
pub(super) const GONE: Timestamp = Timestamp(i64::MIN);
/// All others were later.
const EARLIEST: Timestamp = Timestamp(i64::MIN + 1);

/// `Id`: what the caller calls an entry.
#[derive(Debug)]
pub struct Window<Id> {
    pub(super) entries: VecDeque<Known<Id>>,
    /// When each of them was, apart: asked of all that has a term.
    pub(super) times: VecDeque<Timestamp>,
    /// Number of the first of them.
    pub(super) first: u32,
    terms: Postings,
    shingles: Postings,
    /// Finds entries that say something else than when they were added.
    pub(super) anew: Anew,
    capacity: usize,
    /// How many of the entries are gone.
    pub(super) gaps: usize,
    /// How many were let go for want of room.
    pub(super) let_go: u64,
    pub(super) sketch_bytes: usize,
}

#[derive(Debug)]
pub(super) struct Known<Id> {
    pub(super) id: Id,
    pub(super) sketch: Sketch,
    story: Id,
    reprint_of: Option<Id>,
}

/// Where an entry belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place<Id> {
    /// The story's first entry; the entry itself where it begins one.
    pub story: Id,
    /// The first entry with the text.
    pub reprint_of: Option<Id>,
}

impl<Id: Clone> Default for Window<Id> {
    fn default() -> Self {
        Window::with_capacity(CAPACITY)
    }
}

impl<Id: Clone> Window<Id> {
    /// `capacity`: entries that are kept at most, the newest.
    pub fn with_capacity(capacity: usize) -> Self {
        Window {
            entries: VecDeque::new(),
            times: VecDeque::new(),
            first: 0,
            terms: Postings::default(),
            shingles: Postings::default(),
            anew: Anew::default(),
            capacity,
            gaps: 0,
            let_go: 0,
            sketch_bytes: 0,
        }
    }

    /// Decides where an entry belongs, and keeps it. `at`: by what entries are told to be near.
    pub fn add(&mut self, id: Id, sketch: Sketch, at: Timestamp) -> Place<Id> {
        let telling = sketch.telling(ASKED_TERMS);
        let place = self.place(&id, &sketch, &telling, at);
        let Place { story, reprint_of } = place.clone();
        self.put(Known { id, sketch, story, reprint_of }, at, &telling);
        place
    }

    /// Keeps an entry of which it was decided before.
    pub fn keep(&mut self, id: Id, sketch: Sketch, at: Timestamp, place: Place<Id>) {
        let Place { story, reprint_of } = place;
        let telling = sketch.telling(INDEXED_TERMS);
        self.put(Known { id, sketch, story, reprint_of }, at, &telling);
    }

    fn put(&mut self, known: Known<Id>, at: Timestamp, telling: &[Term]) {
        while self.entries.len() - self.gaps >= self.capacity.max(1) {
            self.let_go += u64::from(self.is_there(0));
            self.drop_oldest();
        }
        let number = self.first + self.entries.len() as u32;
        for term in telling.iter().take(INDEXED_TERMS) {
            self.terms.add(term.0, number);
        }
        for &shingle in known.sketch.shingles.iter().take(INDEXED_SHINGLES) {
            self.shingles.add(shingle, number);
        }
        self.sketch_bytes += known.sketch.bytes();
        self.entries.push_back(known);
        self.times.push_back(at.max(EARLIEST));
    }

    /// Lets go of entries that were kept first, as long as they are from before `at`.
    pub fn forget_before(&mut self, at: Timestamp) {
        while self.time_of_oldest().is_some_and(|time| time < at) {
            self.drop_oldest();
        }
    }

    pub(super) fn drop_oldest(&mut self) {
        let was_there = self.is_there(0);
        self.times.pop_front();
        if let Some(known) = self.entries.pop_front() {
            self.gaps -= usize::from(!was_there);
            self.forget_changes(self.first, &known.sketch);
            self.sketch_bytes -= known.sketch.bytes();
            self.first += 1;
            self.terms.forget_before(self.first);
            self.shingles.forget_before(self.first);
        }
    }

    fn place(&self, id: &Id, sketch: &Sketch, telling: &[Term], at: Timestamp) -> Place<Id> {
        let mut numbers = self.with_shared_text(sketch, at);
        numbers.extend(self.with_shared_terms(telling, at));
        numbers.sort_unstable();
        numbers.dedup();
        // The first of equals: they ascend.
        let (mut original, mut event) = ((REPRINT - 1, None), (SAME_EVENT - 1, None));
        for known in numbers.iter().filter_map(|&number| self.known(number)) {
            let Scores { same_event, reprint, .. } =
                scores_of(sketch, &known.sketch, &likeness(sketch, &known.sketch));
            if reprint > original.0 && may_be_reprint(sketch, &known.sketch) {
                original = (reprint, Some(known));
            }
            if same_event > event.0 && are_near(sketch.published, known.sketch.published) {
                event = (same_event, Some(known));
            }
        }
        let of_original = |known: &Known<Id>| Place {
            story: known.story.clone(),
            reprint_of: Some(known.reprint_of.clone().unwrap_or_else(|| known.id.clone())),
        };
        let of_event = |known: &Known<Id>| Place { story: known.story.clone(), reprint_of: None };
        let found = original.1.map(of_original).or_else(|| event.1.map(of_event));
        found.unwrap_or_else(|| Place { story: id.clone(), reprint_of: None })
    }

    /// Entries with most shingles in common.
    fn with_shared_text(&self, sketch: &Sketch, at: Timestamp) -> Vec<u32> {
        let mut numbers = Vec::new();
        for &shingle in sketch.shingles.iter().take(ASKED_SHINGLES) {
            let near = self.shingles.get(shingle).filter(|&number| self.is_near(number, at));
            let newest = self.with_changed(near.take(NEWEST), self.anew.with_shingle(shingle), at);
            numbers.extend(newest.map(|number| (number, 1)));
        }
        best(numbers, 1, COMPARED_BY_TEXT)
    }

    /// Entries with most weight of terms in common.
    fn with_shared_terms(&self, telling: &[Term], at: Timestamp) -> Vec<u32> {
        let table = table();
        let mut numbers = Vec::new();
        for &term in telling {
            let weight = table.weight(term);
            let near = self.terms.get(term.0).filter(|&number| self.is_near(number, at));
            let newest = self.with_changed(near.take(NEWEST), self.anew.with_term(term.0), at);
            numbers.extend(newest.map(|number| (number, weight)));
        }
        best(numbers, LEAST_WEIGHT, COMPARED_BY_TERMS)
    }

    fn known(&self, number: u32) -> Option<&Known<Id>> {
        self.entries.get(number.checked_sub(self.first)? as usize)
    }

    fn is_near(&self, number: u32, at: Timestamp) -> bool {
        let place = number.checked_sub(self.first).map(|place| place as usize);
        let time = place.and_then(|place| self.times.get(place));
        time.is_some_and(|&time| are_near(time, at))
    }

    /// Memory that it takes, about.
    pub fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Known<Id>>()
            + self.times.capacity() * size_of::<Timestamp>()
            + self.sketch_bytes
            + self.terms.bytes()
            + self.shingles.bytes()
            + self.anew.bytes()
    }
}

/// Of entries whose sources are known more is asked. What a source tells twice in nearly the same
/// words is a formula, and a text that holds another one among much else is a report of its own.
fn may_be_reprint(new: &Sketch, known: &Sketch) -> bool {
    let holds_much_else = || 2 * common(&new.shingles, &known.shingles) < new.shingles.len();
    match (new.origin, known.origin) {
        (0, _) | (_, 0) => true,
        (one, other) => one != other && !new.is_brief && !known.is_brief && !holds_much_else(),
    }
}

pub(super) fn are_near(one: Timestamp, other: Timestamp) -> bool {
    one.0.saturating_sub(other.0).saturating_abs() <= SPAN_SECONDS
}

/// The terms and shingles under which an entry is found.
pub(super) fn indexed(sketch: &Sketch) -> (impl Iterator<Item = u32>, impl Iterator<Item = u32>) {
    let terms = sketch.telling(INDEXED_TERMS).into_iter().map(|term| term.0);
    (terms, sketch.shingles.iter().take(INDEXED_SHINGLES).copied())
}

/// The entries with the largest sums, at most `most`; the newest of equals.
fn best(mut weighted: Vec<(u32, u32)>, least: u32, most: usize) -> Vec<u32> {
    weighted.sort_unstable_by_key(|(number, _)| *number);
    let mut sums: Vec<(u32, u32)> = Vec::new();
    for (number, weight) in weighted {
        match sums.last_mut() {
            Some((sum, last)) if *last == number => *sum += weight,
            _ => sums.push((weight, number)),
        }
    }
    let largest = sums.iter().map(|(sum, _)| *sum).max().unwrap_or_default();
    sums.retain(|(sum, _)| *sum >= least.max(largest / PART_OF_BEST));
    if sums.len() > most {
        sums.select_nth_unstable_by(most, |a, b| b.cmp(a));
        sums.truncate(most);
    }
    sums.into_iter().map(|(_, number)| number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{self, Chance};

    const HOUR: i64 = 3600;

    /// Few words, so that much is alike: events of places, told again and anew.
    fn news(chance: &mut Chance) -> (String, String) {
        let place = *chance.pick(&["兴平市", "武功县", "库车市", "泸定县", "乾县"]);
        let event = *chance.pick(&[
            "苹果丰收果农忙采摘",
            "化工厂火灾扑灭无人伤亡",
            "发生3.2级地震",
            "通报小学食堂食材变质",
        ]);
        let told =
            *chance.pick(&["记者在现场看到", "据市里通报", "有关部门表示", "目击者告诉记者"]);
        let title = format!("{place}{event}");
        let text = format!(
            "{told}，{place}{event}，{}。事情发生在{place}，{}。",
            chance.text(&[], 40),
            event.repeat(2)
        );
        (title, text)
    }

    fn stream(chance: &mut Chance, entries: usize) -> Vec<(Sketch, Timestamp)> {
        let mut at = 0;
        let mut next = |chance: &mut Chance| {
            at += chance.below(3 * HOUR as usize) as i64;
            let (title, text) = news(chance);
            (Sketch::new(&title, &text, Timestamp(at)), Timestamp(at))
        };
        (0..entries).map(|_| next(chance)).collect()
    }

    #[test]
    fn a_window_filled_anew_from_what_was_decided_goes_on_the_same() {
        chance::each(10, |chance| {
            let stream = stream(chance, 120);
            let mut whole = Window::with_capacity(1000);
            let mut places = Vec::new();
            for (id, (sketch, at)) in stream.iter().enumerate() {
                whole.forget_before(Timestamp(at.0 - SPAN_SECONDS));
                places.push(whole.add(id, sketch.clone(), *at));
            }
            assert!(places.iter().enumerate().any(|(id, place)| place.story != id));
            let split = chance.below(stream.len());
            let since = Timestamp(stream[split].1.0 - SPAN_SECONDS);
            let mut again = Window::with_capacity(1000);
            for (id, (sketch, at)) in stream.iter().enumerate() {
                if id >= split {
                    again.forget_before(Timestamp(at.0 - SPAN_SECONDS));
                    assert_eq!(again.add(id, sketch.clone(), *at), places[id]);
                } else if *at >= since {
                    again.keep(id, sketch.clone(), *at, places[id].clone());
                }
            }
        });
    }

    #[test]
    fn what_is_kept_has_a_bound_and_is_let_go() {
        chance::each(1, |chance| {
            let mut window = Window::with_capacity(50);
            let mut most = 0;
            for (id, (sketch, at)) in stream(chance, 2000).into_iter().enumerate() {
                window.add(id, sketch, at);
                most = if id == 200 { window.bytes() } else { most };
            }
            assert_eq!(window.entries.len(), 50);
            assert!(window.bytes() <= most * 2, "{} {most}", window.bytes());
            window.forget_before(Timestamp(i64::MAX));
            assert_eq!((window.entries.len(), window.sketch_bytes), (0, 0));
        });
    }

    #[test]
    fn entries_four_days_apart_never_meet() {
        let (title, text) = (
            "兴平市苹果丰收",
            "今年全市苹果种植面积达到三十万亩，预计总产量五十万吨，果农忙着采摘。",
        );
        let add = |window: &mut Window<i64>, at: i64| {
            window.add(at, Sketch::new(title, text, Timestamp(at)), Timestamp(at))
        };
        let mut window = Window::default();
        add(&mut window, 0);
        let late = SPAN_SECONDS + 1;
        assert_eq!(add(&mut window, late), Place { story: late, reprint_of: None });
        let near = SPAN_SECONDS;
        assert_eq!(add(&mut window, near), Place { story: 0, reprint_of: Some(0) });
    }
}
