//! What was searched for since the start.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the classes of durations, milliseconds.
pub const SEARCH_BOUNDS_MS: [u64; 7] = [1, 5, 25, 100, 250, 1_000, 2_000];

/// What became of a search. Answers that are known already are not searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Searched {
    Answered,
    /// The query makes no sense.
    Refused,
    /// There was not enough time.
    TooLong,
    /// The index is being made.
    Unready,
}

#[derive(Debug, Default)]
pub struct SearchTally {
    results: [AtomicU64; 4],
    durations: [AtomicU64; SEARCH_BOUNDS_MS.len() + 1],
    duration_us: AtomicU64,
}

/// A tally at one moment, with its labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchCounts {
    pub results: [(&'static str, u64); 4],
    /// Searches in each class of duration, not added up.
    pub durations: [u64; SEARCH_BOUNDS_MS.len() + 1],
    pub duration_us: u64,
}

impl SearchTally {
    pub fn searched(&self, result: Searched) {
        self.results[result as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// How long the index was asked for.
    pub fn took(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let class = SEARCH_BOUNDS_MS.iter().position(|bound| micros <= bound * 1_000);
        let class = class.unwrap_or(SEARCH_BOUNDS_MS.len());
        self.durations[class].fetch_add(1, Ordering::Relaxed);
        self.duration_us.fetch_add(micros, Ordering::Relaxed);
    }

    pub fn counts(&self) -> SearchCounts {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let [answered, refused, too_long, unready] = self.results.each_ref().map(get);
        SearchCounts {
            results: [
                ("answered", answered),
                ("refused", refused),
                ("too_long", too_long),
                ("unready", unready),
            ],
            durations: self.durations.each_ref().map(get),
            duration_us: get(&self.duration_us),
        }
    }
}
