//! What is kept of entries beside segments and index, on the same disk: the index of search.
//!
//! A limit of disk counts it, and it shrinks when entries leave; but later, when its files are
//! merged. So it is counted by the entry: else more and more would leave for what is on its way out.

use super::read::Reader;
use super::stats::bytes_below;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Its folder in the store's.
pub const SEARCH: &str = "search";
/// What it is counted as at most, in sizes of the segments: the more of it, the less would a
/// removed entry win back.
const MOST: u64 = 4;

/// Bytes of an entry, on average.
#[derive(Debug, Default)]
pub struct Beside(AtomicU64);

impl Beside {
    /// As a store that is being opened finds it.
    pub fn of(store: &Path, entries: u64) -> Beside {
        Beside(AtomicU64::new(bytes(store) / entries.max(1)))
    }

    /// What all entries take; and of that, one.
    pub fn counted(&self, entries: u64, segment_bytes: u64) -> (u64, u64) {
        let of_one = self.0.load(Ordering::Relaxed);
        let of_one = of_one.min((MOST * segment_bytes) / entries.max(1));
        (of_one.saturating_mul(entries), of_one)
    }
}

/// Bytes that it takes now.
pub fn bytes(store: &Path) -> u64 {
    bytes_below(&store.join(SEARCH))
}

impl Reader {
    /// Tells what is kept of an entry beside the store, on average.
    pub fn tell_beside(&self, bytes_of_one: u64) {
        self.beside.0.store(bytes_of_one, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_beside_counts_by_the_entry_and_not_without_bound() {
        let beside = Beside(AtomicU64::new(5_000));
        assert_eq!(beside.counted(100, 300_000), (500_000, 5_000));
        assert_eq!(beside.counted(90, 300_000), (450_000, 5_000));
        assert_eq!(beside.counted(100, 100_000), (400_000, 4_000));
        assert_eq!(beside.counted(0, 0), (0, 0));
    }
}
