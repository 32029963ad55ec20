//! The stages that a source goes through, from one turn to the next.

use super::SlotNo;
use super::hosts::HostNo;
use super::time::Millis;

/// Sorts those that wait: requests by their number, then the others by their deadlines.
pub(super) type Rank = u64;
const SCHEDULED: Rank = 1 << 63;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// A place to be used again.
    Vacant,
    Asleep {
        due: Millis,
        patience_seconds: u32,
    },
    Waiting {
        due: Millis,
        patience_seconds: u32,
    },
    Requested(Rank),
    /// The request is under way; it counts against this host.
    Running(HostNo),
    /// Removed meanwhile: forgotten when it finishes.
    Leaving(HostNo),
    /// The request has ended, or the turn was taken away; the next one is not known yet.
    Settling,
}

impl Stage {
    /// Of a source that waits with its host.
    pub fn rank(self) -> Option<Rank> {
        match self {
            Stage::Waiting { due, patience_seconds } => {
                Some(SCHEDULED | due.saturating_add(1_000 * u64::from(patience_seconds)))
            }
            Stage::Requested(number) => Some(number),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub host: HostNo,
    pub stage: Stage,
}

/// When a source is due that sleeps.
pub(super) fn due_of(slots: &[Slot]) -> impl Fn(SlotNo) -> Option<Millis> {
    |number| match slots[number.0 as usize].stage {
        Stage::Asleep { due, .. } => Some(due),
        _ => None,
    }
}
