//! Sources that are not due yet: a calendar of days torn into quarters of a minute. Only
//! those of the page that is open are sorted; the others cost a push each.

use super::{Millis, SlotNo};
use std::collections::{BTreeMap, BTreeSet};

/// 16,384 ms to a page.
const PAGE_BITS: u32 = 14;

#[derive(Debug, Default)]
pub(super) struct Sleepers {
    /// The open page and all before it.
    near: BTreeSet<(Millis, SlotNo)>,
    /// Pages to come. Those that were withdrawn stay in them until they are opened.
    far: BTreeMap<u64, Vec<SlotNo>>,
    /// The first page that is not open.
    first_far: u64,
    far_count: usize,
    withdrawn: usize,
}

impl Sleepers {
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.near.len() + self.far_count
    }

    pub fn insert(&mut self, due: Millis, slot: SlotNo) {
        let page = due >> PAGE_BITS;
        if page < self.first_far {
            self.near.insert((due, slot));
        } else {
            self.far.entry(page).or_default().push(slot);
            self.far_count += 1;
        }
    }

    /// Takes one out; `due_of` tells when others are due, for those that sleep.
    pub fn withdraw(
        &mut self,
        due: Millis,
        slot: SlotNo,
        due_of: impl Fn(SlotNo) -> Option<Millis>,
    ) {
        if due >> PAGE_BITS < self.first_far {
            self.near.remove(&(due, slot));
            return;
        }
        self.withdrawn += 1;
        // Reloads withdraw many: they must not pile up.
        if self.withdrawn > 1_024 && self.withdrawn > self.far_count / 2 {
            self.tidy(slot, due_of);
        }
    }

    /// The first that is due, if it is due by `now`; `due_of` as above.
    pub fn pop_due(
        &mut self,
        now: Millis,
        due_of: impl Fn(SlotNo) -> Option<Millis>,
    ) -> Option<(Millis, SlotNo)> {
        self.open_until(now >> PAGE_BITS, &due_of);
        self.near.first().filter(|(due, _)| *due <= now)?;
        self.near.pop_first()
    }

    /// When the first is due.
    pub fn first_due(&mut self, due_of: impl Fn(SlotNo) -> Option<Millis>) -> Option<Millis> {
        while self.near.is_empty() {
            let page = *self.far.keys().next()?;
            self.open_until(page, &due_of);
        }
        self.near.first().map(|&(due, _)| due)
    }

    fn open_until(&mut self, page: u64, due_of: &impl Fn(SlotNo) -> Option<Millis>) {
        while let Some(first) = self.far.first_entry().filter(|first| *first.key() <= page) {
            let (number, slots) = first.remove_entry();
            self.far_count -= slots.len();
            for slot in slots {
                match due_of(slot).filter(|due| due >> PAGE_BITS == number) {
                    // Twice, where it was withdrawn and came back: that makes one.
                    Some(due) => drop(self.near.insert((due, slot))),
                    None => self.withdrawn = self.withdrawn.saturating_sub(1),
                }
            }
        }
        self.first_far = self.first_far.max(page + 1);
    }

    /// Throws out what was withdrawn; `slot` is being withdrawn.
    fn tidy(&mut self, slot: SlotNo, due_of: impl Fn(SlotNo) -> Option<Millis>) {
        for (&page, slots) in &mut self.far {
            let belongs = |other: &SlotNo| {
                *other != slot && due_of(*other).is_some_and(|due| due >> PAGE_BITS == page)
            };
            slots.sort_unstable();
            slots.dedup();
            slots.retain(belongs);
        }
        self.far.retain(|_, slots| !slots.is_empty());
        self.far_count = self.far.values().map(Vec::len).sum();
        self.withdrawn = 0;
    }
}
