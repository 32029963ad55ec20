//! What becomes of entries that a window keeps: they leave, say something else, or were never
//! to be there.
//!
//! An entry that leaves stays behind as a gap without a date, which is near to nothing: so a
//! window in which entries changed decides as one that was filled with what is there now.

use super::sketch::Sketch;
use super::window::{GONE, Window, indexed};
use crate::model::Timestamp;

/// Up to where a window was filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    next: u32,
    pub let_go: u64,
}

/// For entries that are added in the order of their ids.
impl<Id: Clone + Ord> Window<Id> {
    pub fn mark(&self) -> Mark {
        Mark { next: self.first + self.entries.len() as u32, let_go: self.let_go }
    }

    /// Takes out what was added since; their ids may come again. What was let go since to make
    /// room does not come back.
    pub fn take_back(&mut self, mark: Mark) {
        let from = mark.next.saturating_sub(self.first) as usize;
        // Their ids must not stand in the way of those that come.
        let Some(before) = from.checked_sub(1).map(|last| self.entries[last].id.clone()) else {
            while !self.entries.is_empty() {
                self.drop_oldest();
            }
            return;
        };
        for place in from..self.entries.len() {
            self.leave(place);
            self.entries[place].id = before.clone();
        }
    }

    /// Takes out an entry; whether it was there.
    pub fn remove(&mut self, id: &Id) -> bool {
        let place = self.find(id);
        place.into_iter().for_each(|place| self.leave(place));
        place.is_some()
    }

    /// An entry says something else; its date and origin stay. Returns what it said, if it is there.
    pub fn replace(&mut self, id: &Id, mut sketch: Sketch) -> Option<Sketch> {
        let place = self.find(id)?;
        let number = self.first + place as u32;
        let at = self.anew.time(number).unwrap_or(self.times[place]);
        let known = &mut self.entries[place];
        let Sketch { published, origin, .. } = known.sketch;
        (sketch.published, sketch.origin) = (published, origin);
        self.sketch_bytes += sketch.bytes();
        let old = std::mem::replace(&mut known.sketch, sketch);
        self.sketch_bytes -= old.bytes();
        self.forget_changes(number, &old);
        let (terms, shingles) = indexed(&self.entries[place].sketch);
        self.anew.put(number, at, terms, shingles);
        self.times[place] = GONE;
        Some(old)
    }

    /// An entry is of another source.
    pub fn set_origin(&mut self, id: &Id, origin: u32) {
        if let Some(place) = self.find(id) {
            self.entries[place].sketch.origin = origin;
        }
    }

    /// Entries that are there.
    pub fn count(&self) -> usize {
        self.entries.len() - self.gaps
    }

    /// Entries that left, and whose gaps are still there.
    pub fn gaps(&self) -> usize {
        self.gaps
    }

    fn find(&self, id: &Id) -> Option<usize> {
        // The first with the id: gaps behind it may have it, too.
        let place = self.entries.partition_point(|known| known.id < *id);
        let known = self.entries.get(place)?;
        (known.id == *id && self.is_there(place)).then_some(place)
    }

    fn leave(&mut self, place: usize) {
        if !self.is_there(place) {
            return;
        }
        self.gaps += 1;
        self.times[place] = GONE;
        let nothing = Sketch::new("", "", Timestamp(0));
        let known = &mut self.entries[place];
        let old = std::mem::replace(&mut known.sketch, nothing);
        self.sketch_bytes += known.sketch.bytes();
        self.sketch_bytes -= old.bytes();
        self.forget_changes(self.first + place as u32, &old);
    }
}

impl<Id> Window<Id> {
    pub(super) fn is_there(&self, place: usize) -> bool {
        let is_changed = || self.anew.time(self.first + place as u32).is_some();
        self.times.get(place).is_some_and(|time| *time != GONE || is_changed())
    }

    /// [`GONE`] for a gap.
    pub(super) fn time_of_oldest(&self) -> Option<Timestamp> {
        let time = self.times.front().copied();
        time.map(
            |time| if time == GONE { self.anew.time(self.first).unwrap_or(time) } else { time },
        )
    }

    /// `sketch`: what the entry said last.
    pub(super) fn forget_changes(&mut self, number: u32, sketch: &Sketch) {
        if self.anew.time(number).is_some() {
            let (terms, shingles) = indexed(sketch);
            self.anew.take(number, terms, shingles);
        }
    }
}
