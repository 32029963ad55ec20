//! Placing entries as they are stored: the daemon's way, in the order of the journal.

use super::boilerplate::without;
use super::sketch::Sketch;
use super::window::{CAPACITY, Place, SPAN_SECONDS, Window};
use super::{Mark, reprinted, text_hash};
use crate::model::{
    Arrived, Departure, EntryHead, EntryNo, FirstPrint, Placement, Placing, Recent, Timestamp,
};

/// Passages that a text has at least which is told again in other words: some forty letters have
/// eleven, and few where they say one thing over and over.
const FEWEST_SHINGLES: usize = 8;
/// One gap for so many entries of the window: with more, which are of entries that were not kept,
/// it is filled anew.
const ENTRIES_TO_A_GAP: usize = 16;

/// What is compared of an entry: its text to the letter, and what of it is like others'.
#[derive(Debug, Clone)]
pub struct Traits {
    text_hash: Option<[u8; 16]>,
    /// None where it is brief.
    sketch: Option<Sketch>,
}

/// Places entries by their text and by the event that they report.
///
/// What is decided follows from the entries that are stored, their order and their dates, in
/// journal time: it is the same for one that was there all the time, and for one that was told
/// of the entries of the last 96 hours.
#[derive(Debug)]
pub struct Stories {
    window: Window<EntryNo>,
    capacity: usize,
    /// Whether it was told what is stored.
    knows: bool,
    /// What is not settled: where it begins, and what entries said before.
    begun: Option<Mark>,
    revised: Vec<(EntryNo, Sketch)>,
}

impl Default for Stories {
    fn default() -> Self {
        Stories::with_capacity(CAPACITY)
    }
}

impl Stories {
    /// `capacity`: entries that are compared at most, the newest; 0: a text is a reprint, and of a
    /// story, where it was printed before to the letter.
    pub fn with_capacity(capacity: usize) -> Self {
        Stories {
            window: Window::with_capacity(capacity),
            capacity,
            knows: capacity == 0,
            begun: None,
            revised: Vec::new(),
        }
    }

    /// Memory that it takes, about.
    pub fn bytes(&self) -> usize {
        self.window.bytes()
    }
}

/// What is compared of an entry by a source that is named: as in the daemon, more is asked of its
/// reprints.
pub fn sketch_by(source: &str, title: &str, text: &str, published: Timestamp) -> Sketch {
    let (head, text) = without(text);
    let mut sketch = Sketch::of(title, (head, text), published);
    sketch.is_brief = is_brief(text_hash(title, text).is_some(), &sketch);
    sketch.origin = origin(source);
    sketch
}

fn is_brief(has_hash: bool, sketch: &Sketch) -> bool {
    !has_hash || sketch.shingles().len() < FEWEST_SHINGLES
}

fn placed(mut sketch: Sketch, arrived: Arrived<'_>) -> Sketch {
    (sketch.published, sketch.origin) = (arrived.published, origin(arrived.source.as_str()));
    sketch
}

/// The place of what was printed before to the letter.
fn printed(first: FirstPrint) -> Place<EntryNo> {
    Place { story: first.story, reprint_of: Some(first.no) }
}

fn origin(source: &str) -> u32 {
    xxhash_rust::xxh3::xxh3_64(source.as_bytes()) as u32 | 1
}

fn of(place: Place<EntryNo>, no: EntryNo, text_hash: Option<[u8; 16]>, is_near: bool) -> Placement {
    let Place { story, reprint_of } = place;
    Placement { text_hash, reprint_of, story: Some(story).filter(|story| *story != no), is_near }
}

impl Placing for Stories {
    type Sketch = Traits;

    fn sketch(entry: &EntryHead<'_>) -> Traits {
        let (head, text) = without(entry.text());
        // Date and source are known once it is placed.
        let mut sketch = Sketch::of(entry.title, (head, text), Timestamp(0));
        let text_hash = text_hash(entry.title, text);
        sketch.is_brief = is_brief(text_hash.is_some(), &sketch);
        Traits { text_hash, sketch: Some(sketch) }
    }

    fn brief(entry: &EntryHead<'_>) -> Traits {
        Traits { text_hash: text_hash(entry.title, without(entry.text()).1), sketch: None }
    }

    fn is_brief(&self) -> bool {
        self.capacity == 0
    }

    /// The same text to the letter within 30 days goes first, then the same text but for a few
    /// letters, then the same event, both within 96 hours.
    fn place(
        &mut self,
        arrived: Arrived<'_>,
        traits: &Traits,
        first_print: &dyn Fn(&[u8; 16]) -> Option<FirstPrint>,
    ) -> Placement {
        let Arrived { no, recorded_at: at, .. } = arrived;
        self.begun.get_or_insert_with(|| self.window.mark());
        self.window.forget_before(Timestamp(at.0.saturating_sub(SPAN_SECONDS)));
        let text_hash = traits.text_hash;
        let reprinted = reprinted(text_hash.as_ref(), at, first_print);
        let is_brief = arrived.is_held_back || self.is_brief();
        let Some(sketch) = traits.sketch.as_ref().filter(|_| !is_brief) else {
            let place = reprinted.map_or(Place { story: no, reprint_of: None }, printed);
            return of(place, no, text_hash, false);
        };
        let sketch = placed(sketch.clone(), arrived);
        match reprinted.map(printed) {
            Some(place) => {
                self.window.keep(no, sketch, at, place.clone());
                of(place, no, text_hash, false)
            }
            None => {
                let place = self.window.add(no, sketch, at);
                let is_near = text_hash.is_some() && place.reprint_of.is_some();
                of(place, no, text_hash, is_near)
            }
        }
    }

    fn revise(&mut self, no: EntryNo, traits: &Traits) {
        let Some(sketch) = &traits.sketch else { return };
        self.begun.get_or_insert_with(|| self.window.mark());
        let old = self.window.replace(&no, sketch.clone());
        self.revised.extend(old.map(|old| (no, old)));
    }

    fn follow(&mut self, change: &Departure) {
        match change {
            Departure::Moved(no, source) => self.window.set_origin(no, origin(source.as_str())),
            // In its place one may be known that was let go for want of room.
            Departure::Removed(no) if self.window.remove(no) => {
                self.knows &= self.window.count() + 1 < self.capacity;
            }
            Departure::Removed(_) => {}
        }
    }

    fn forget(&mut self) {
        self.knows = self.is_brief();
    }

    fn settle(&mut self, is_kept: bool) {
        let revised = std::mem::take(&mut self.revised);
        let Some(mark) = self.begun.take() else { return };
        if is_kept {
            return;
        }
        for (no, old) in revised.into_iter().rev() {
            self.window.replace(&no, old);
        }
        self.window.take_back(mark);
        let is_whole = self.window.mark().let_go == mark.let_go;
        self.knows &= is_whole && self.window.gaps() <= self.capacity / ENTRIES_TO_A_GAP;
    }

    fn wants(&mut self) -> Option<Recent> {
        if self.knows {
            return None;
        }
        *self = Stories::with_capacity(self.capacity);
        Some(Recent { seconds: SPAN_SECONDS, most: self.capacity })
    }

    fn keep(&mut self, arrived: Arrived<'_>, placement: Placement, traits: Traits) {
        let Arrived { no, recorded_at, .. } = arrived;
        let Some(sketch) = traits.sketch else { return };
        let sketch = placed(sketch, arrived);
        let Placement { reprint_of, .. } = placement;
        let place = Place { story: placement.story_of(no), reprint_of };
        self.window.keep(no, sketch, recorded_at, place);
    }

    fn know(&mut self) {
        self.knows = true;
    }
}
