//! Who waits at a host: mostly nobody or one, so that takes no memory of its own.

use super::{Rank, SlotNo};
use std::collections::BTreeSet;

#[derive(Debug, Default)]
pub(super) enum Line {
    #[default]
    Empty,
    One((Rank, SlotNo)),
    Many(BTreeSet<(Rank, SlotNo)>),
}

impl Line {
    pub fn first(&self) -> Option<(Rank, SlotNo)> {
        match self {
            Line::Empty => None,
            Line::One(only) => Some(*only),
            Line::Many(waiting) => waiting.first().copied(),
        }
    }

    pub fn insert(&mut self, next: (Rank, SlotNo)) {
        match self {
            Line::Empty => *self = Line::One(next),
            Line::One(only) => *self = Line::Many(BTreeSet::from([*only, next])),
            Line::Many(waiting) => drop(waiting.insert(next)),
        }
    }

    pub fn remove(&mut self, gone: (Rank, SlotNo)) {
        match self {
            Line::One(only) if *only == gone => *self = Line::Empty,
            Line::Many(waiting) => {
                waiting.remove(&gone);
                if waiting.is_empty() {
                    *self = Line::Empty;
                }
            }
            Line::Empty | Line::One(_) => {}
        }
    }
}
