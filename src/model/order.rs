//! What the journal carries besides reports: what is to be done with what is stored.

use super::{EntryKey, EntryNo, RegionCode, RegionVerdict, SourceId, TopicVerdict};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// One step of removing what is beyond the limits, and of winning back its room.
    Retain(Retain),
    /// One step of removing entries for good, with all that segments have of them.
    TakeDown(TakeDown),
    /// Entries that belong to other regions, topics or outlets than they were filed under.
    Refile(Vec<Refiled>),
    /// One step of making all that is of one source another's, whose id it has now.
    Rename { from: SourceId, to: SourceId },
}

/// What somebody wants gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TakeDown {
    Entry(EntryKey),
    /// All entries that are filed under it now.
    Source(SourceId),
}

/// Where a stored entry belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refiled {
    pub no: EntryNo,
    pub regions: Vec<RegionVerdict>,
    /// Regions of the verdicts with all their ancestors.
    pub places: Vec<RegionCode>,
    pub topics: Vec<TopicVerdict>,
    pub outlet: Option<String>,
}

/// What is kept; `None`: without limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retain {
    /// Since an entry was first seen.
    pub age: Option<Duration>,
    pub entries: Option<u64>,
    /// Of segments and index together.
    pub disk_bytes: Option<u64>,
    /// Room is won back also where there is little to win.
    pub is_thorough: bool,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Obeyed {
    pub entries_removed: u32,
    pub entries_refiled: u32,
    /// Segments that were rewritten, or dropped.
    pub segments_rewritten: u32,
    /// There is another step to take.
    pub more: bool,
}
