//! Sources that are not due yet: a calendar of days torn into quarters of a minute. Only
//! those of the page that is open are sorted; the others cost a push each.
//!
//! Who is withdrawn stays until its turn would have come; `due_of` tells when a source is
//! due, of those that sleep, and so which entries hold.

use super::SlotNo;
use super::heap::Heap;
use super::time::Millis;
use std::collections::{BTreeMap, VecDeque};

/// 16,384 ms to a page.
const PAGE_BITS: u32 = 14;
/// Pages that are at hand: 37 hours.
const AT_HAND: u64 = 8_192;

#[derive(Debug, Default)]
pub(super) struct Sleepers {
    /// Of the open page and those before it, the first at the end.
    open: Vec<(Millis, SlotNo)>,
    /// Who came to these pages since.
    late: Heap<(Millis, SlotNo)>,
    /// The pages to come, from `first_far` on.
    at_hand: VecDeque<Vec<SlotNo>>,
    /// Those that were further off when somebody came to them.
    distant: BTreeMap<u64, Vec<SlotNo>>,
    /// The first page that is not open.
    first_far: u64,
    far_count: usize,
    /// Entries that do not hold, about.
    withdrawn: usize,
}

impl Sleepers {
    /// Whether they hold or not.
    pub fn len(&self) -> usize {
        self.open.len() + self.late.len() + self.far_count
    }

    pub fn insert(&mut self, due: Millis, slot: SlotNo) {
        let page = due >> PAGE_BITS;
        let Some(ahead) = page.checked_sub(self.first_far) else {
            return self.late.push((due, slot));
        };
        self.far_count += 1;
        if ahead >= AT_HAND {
            return self.distant.entry(page).or_default().push(slot);
        }
        let ahead = ahead as usize;
        if ahead >= self.at_hand.len() {
            self.at_hand.resize_with(ahead + 1, Vec::new);
        }
        self.at_hand[ahead].push(slot);
    }

    /// To be told when one that sleeps does so no longer, or until another time.
    pub fn withdraw(&mut self, due_of: impl Fn(SlotNo) -> Option<Millis>) {
        self.withdrawn += 1;
        // Reloads withdraw many: they must not pile up.
        if self.withdrawn > 1_024 && self.withdrawn > self.len() / 2 {
            self.tidy(due_of);
        }
    }

    /// Takes the first that is due, if it is due by `now`.
    pub fn pop_due(
        &mut self,
        now: Millis,
        due_of: impl Fn(SlotNo) -> Option<Millis>,
    ) -> Option<(Millis, SlotNo)> {
        self.open_until(now >> PAGE_BITS, &due_of);
        let first = self.first_near(&due_of).filter(|(due, _)| *due <= now)?;
        if self.open.pop_if(|open| *open == first).is_none() {
            self.late.pop();
        }
        Some(first)
    }

    /// When the first is due.
    pub fn first_due(&mut self, due_of: impl Fn(SlotNo) -> Option<Millis>) -> Option<Millis> {
        loop {
            if let Some((due, _)) = self.first_near(&due_of) {
                return Some(due);
            }
            let at_hand = self.at_hand.iter().position(|page| !page.is_empty());
            let at_hand = at_hand.map(|ahead| self.first_far + ahead as u64);
            let distant = self.distant.keys().next().copied();
            self.open_until(at_hand.into_iter().chain(distant).min()?, &due_of);
        }
    }

    /// The first of the open pages.
    fn first_near(
        &mut self,
        due_of: &impl Fn(SlotNo) -> Option<Millis>,
    ) -> Option<(Millis, SlotNo)> {
        let holds = |(due, slot): &(Millis, SlotNo)| due_of(*slot) == Some(*due);
        while self.open.last().is_some_and(|last| !holds(last)) {
            self.open.pop();
            self.withdrawn = self.withdrawn.saturating_sub(1);
        }
        while self.late.peek().is_some_and(|first| !holds(&first)) {
            self.late.pop();
            self.withdrawn = self.withdrawn.saturating_sub(1);
        }
        self.open.last().copied().into_iter().chain(self.late.peek()).min()
    }

    fn open_until(&mut self, page: u64, due_of: &impl Fn(SlotNo) -> Option<Millis>) {
        if page < self.first_far {
            return;
        }
        let is_past = |number: &u64| *number <= page;
        let mut opened = std::mem::take(&mut self.open);
        let mut turn = |slots: Vec<SlotNo>, number| {
            self.far_count -= slots.len();
            opened.reserve(slots.len());
            for slot in slots {
                match due_of(slot).filter(|due| due >> PAGE_BITS == number) {
                    // Twice, where it was withdrawn and came back: the second does not hold.
                    Some(due) => opened.push((due, slot)),
                    None => self.withdrawn = self.withdrawn.saturating_sub(1),
                }
            }
        };
        for number in self.first_far..=page {
            let Some(slots) = self.at_hand.pop_front() else { break };
            turn(slots, number);
        }
        while let Some(first) = self.distant.first_entry().filter(|first| is_past(first.key())) {
            let (number, slots) = first.remove_entry();
            turn(slots, number);
        }
        opened.sort_unstable_by(|a, b| b.cmp(a));
        self.open = opened;
        self.first_far = page + 1;
    }

    /// Throws out what does not hold, and what is there twice.
    fn tidy(&mut self, due_of: impl Fn(SlotNo) -> Option<Millis>) {
        let holds = |(due, slot): (Millis, SlotNo)| due_of(slot) == Some(due);
        self.open.retain(|entry| holds(*entry));
        self.open.dedup();
        self.late.tidy(holds);
        let at_hand = (self.first_far..).zip(&mut self.at_hand);
        let distant = self.distant.iter_mut().map(|(page, slots)| (*page, slots));
        self.far_count = 0;
        for (page, slots) in at_hand.chain(distant) {
            slots.sort_unstable();
            slots.dedup();
            slots.retain(|slot| due_of(*slot).is_some_and(|due| due >> PAGE_BITS == page));
            self.far_count += slots.len();
        }
        self.distant.retain(|_, slots| !slots.is_empty());
        self.withdrawn = 0;
    }
}
