//! Recent entries, and where a new one belongs among them.
//!
//! What is decided depends on the entries given and their order alone.

use super::anew::Anew;
use super::likeness::Compared;
use super::model::{SAME_EVENT_LOGIT, reprint, same_event};
use super::postings::Postings;
use super::search::Search;
use super::sketch::Sketch;
use crate::model::Timestamp;
use std::collections::VecDeque;

/// Entries further apart than this are never compared.
pub const SPAN_SECONDS: i64 = 96 * 3600;
/// Entries that are kept at most.
pub const CAPACITY: usize = 400_000;

/// Of an entry's shingles those with the least hashes are indexed, and later asked for, so that
/// of two texts the same are; the same of its most telling terms.
const INDEXED_SHINGLES: usize = 24;
const INDEXED_TERMS: usize = 24;

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
    pub(super) terms: Postings,
    pub(super) shingles: Postings,
    /// Finds entries that say something else than when they were added.
    pub(super) anew: Anew,
    capacity: usize,
    /// How many of the entries are gone.
    pub(super) gaps: usize,
    /// How many were let go for want of room.
    pub(super) let_go: u64,
    pub(super) sketch_bytes: usize,
    search: Option<Box<Search>>,
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
            search: None,
        }
    }

    /// Decides where an entry belongs, and keeps it. `at`: by what entries are told to be near.
    pub fn add(&mut self, id: Id, sketch: Sketch, at: Timestamp) -> Place<Id> {
        let mut search = self.search.take().unwrap_or_default();
        let place = self.place(&id, &sketch, at, &mut search);
        self.search = Some(search);
        self.keep(id, sketch, at, place.clone());
        place
    }

    /// Keeps an entry of which it was decided before.
    pub fn keep(&mut self, id: Id, sketch: Sketch, at: Timestamp, place: Place<Id>) {
        let Place { story, reprint_of } = place;
        self.put(Known { id, sketch, story, reprint_of }, at);
    }

    fn put(&mut self, known: Known<Id>, at: Timestamp) {
        while self.entries.len() - self.gaps >= self.capacity.max(1) {
            self.let_go += u64::from(self.is_there(0));
            self.drop_oldest();
        }
        let number = self.first + self.entries.len() as u32;
        let (terms, shingles) = indexed(&known.sketch);
        terms.for_each(|term| self.terms.add(term, number));
        shingles.for_each(|shingle| self.shingles.add(shingle, number));
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

    fn place(&self, id: &Id, sketch: &Sketch, at: Timestamp, search: &mut Search) -> Place<Id> {
        self.find_alike(sketch, at, search);
        let one = Compared::of(sketch, &mut search.tables);
        if let Some(known) = self.original(&one, &search.found) {
            let original = known.reprint_of.clone().unwrap_or_else(|| known.id.clone());
            return Place { story: known.story.clone(), reprint_of: Some(original) };
        }
        let event = self.of_event(&one, &search.found);
        let story = event.map_or_else(|| id.clone(), |known| known.story.clone());
        Place { story, reprint_of: None }
    }

    /// The entry that has most of the text, the first of equals: the numbers ascend.
    fn original(&self, one: &Compared, numbers: &[u32]) -> Option<&Known<Id>> {
        let (mut best, mut original) = (0, None);
        for known in numbers.iter().filter_map(|&number| self.known(number)) {
            match reprint(one, &known.sketch) {
                Some(score) if score > best && may_be_reprint(one, &known.sketch) => {
                    (best, original) = (score, Some(known));
                }
                _ => {}
            }
        }
        original
    }

    /// The entry whose event is most surely the same, the first of equals. What is published far
    /// apart is of two.
    fn of_event(&self, one: &Compared, numbers: &[u32]) -> Option<&Known<Id>> {
        let published = one.sketch().published;
        let (mut best, mut event) = (SAME_EVENT_LOGIT - 1, None);
        for known in numbers.iter().filter_map(|&number| self.known(number)) {
            if !are_near(published, known.sketch.published) {
                continue;
            }
            if let Some(score) = same_event(one, &known.sketch, best) {
                (best, event) = (score, Some(known));
            }
        }
        event
    }

    fn known(&self, number: u32) -> Option<&Known<Id>> {
        self.entries.get(number.checked_sub(self.first)? as usize)
    }

    pub(super) fn is_near(&self, number: u32, at: Timestamp) -> bool {
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
            + self.search.as_ref().map_or(0, |search| search.bytes())
    }
}

/// Of entries whose sources are known more is asked. What a source tells twice in nearly the same
/// words is a formula, and a text that holds another one among much else is a report of its own.
fn may_be_reprint(one: &Compared, known: &Sketch) -> bool {
    let new = one.sketch();
    let holds_much_else = || 2 * one.shared_shingles(known) < new.shingles().len();
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
    let terms = sketch.telling().take(INDEXED_TERMS).map(|term| term.0);
    (terms, sketch.shingles().iter().take(INDEXED_SHINGLES).copied())
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
