//! What the queue is told, and what it tells.

use crate::model::PollReason;
use std::time::Duration;

/// How a host, or a group of hosts, is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostLimits {
    /// From the start and the end of a poll to the start of the next; milliseconds count.
    pub spacing: Duration,
    /// Polls at once; zero means one.
    pub concurrency: usize,
}

/// A source's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Not before.
    pub due: Duration,
    /// How much later is as bad as for another source its own patience; seconds count.
    pub patience: Duration,
}

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Poll it, then say `finished` and `schedule`; [`super::Queue::source`] has its name.
    Poll(SlotNo, PollReason),
    /// Nothing before this time, unless something changes.
    WaitUntil(Duration),
    /// As many polls are running as may: ask again when one has finished.
    Full,
    /// Nothing is waiting, or only for polls that are running.
    Idle,
}

/// What became of a wish to poll now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requested {
    /// It comes before all that are merely due; spacing still holds.
    Queued,
    /// It is being polled already, which will do.
    Running,
    Unknown,
}

/// A source's place in the queue; holds until `finished`, or as long as it is not removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotNo(pub u32);
