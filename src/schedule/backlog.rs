//! Sources that a start finds due at once: the most urgent come within seconds, the others
//! one after another. A start in the middle of it goes on with those that are left, which
//! are then the most urgent.

use crate::model::{SourceId, Timestamp};
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_64;

/// So many become due each second: about what 32 polls at once that take a third of a second
/// each get done. 100,000 sources take 17 minutes.
const PER_SECOND: u32 = 100;

#[derive(Debug, Default)]
pub(super) struct Backlog {
    /// With what sorts them: their deadlines, and among new sources chance, so that those of
    /// one host, which lie together in the settings, do not come together.
    due: Vec<(Timestamp, u64, SourceId)>,
}

impl Backlog {
    /// `deadline`: when the poll was due, and the source's patience.
    pub fn add(&mut self, source: &SourceId, deadline: Timestamp) {
        self.due.push((deadline, xxh3_64(source.as_str().as_bytes()), source.clone()));
    }

    /// All of them, with how much later than now each is to come.
    pub fn spread(&mut self) -> impl Iterator<Item = (SourceId, Duration)> + use<> {
        let mut due = std::mem::take(&mut self.due);
        due.sort_unstable();
        let gap = Duration::from_secs(1) / PER_SECOND;
        (0..).zip(due).map(move |(n, (_, _, source))| (source, gap.saturating_mul(n)))
    }
}
