//! What committing a report takes that needs neither the store nor the report's turn: done by who
//! appends it, it keeps no other report waiting.

use super::bodies::Compressor;
use super::state::Fields;
use crate::model::{Placing, Report, Written};
use std::cell::RefCell;

/// Entries of a report that are prepared, the newest: of a document with more, most are stored
/// already.
const ENTRIES: usize = 200;

/// Of the entries of a report, the last. `S`: what an entry is compared by.
#[derive(Debug)]
pub struct Prepared<S> {
    /// The first entry that was prepared.
    first: usize,
    entries: Vec<PreparedEntry<S>>,
}

#[derive(Debug)]
pub struct PreparedEntry<S> {
    pub sketch: S,
    /// Compressed.
    pub body: Vec<u8>,
}

impl<S> Default for Prepared<S> {
    fn default() -> Self {
        Prepared { first: 0, entries: Vec::new() }
    }
}

thread_local! {
    static COMPRESSOR: RefCell<Compressor> = RefCell::default();
}

impl<S> Prepared<S> {
    /// `report`: encoded. One that cannot be read is told when it is committed.
    pub fn of<P: Placing<Sketch = S>>(report: &[u8]) -> Prepared<S> {
        let Ok(report) = Report::<Written<'_>, Fields<'_>>::from_bytes(report) else {
            return Prepared::default();
        };
        let first = report.entries.len().saturating_sub(ENTRIES);
        let entries = report.entries[first..].iter().map(|entry| PreparedEntry {
            sketch: P::sketch(&entry.head),
            body: COMPRESSOR.with_borrow_mut(|compressor| compressor.bytes(entry.bytes)),
        });
        Prepared { first, entries: entries.collect() }
    }

    /// Of one entry of the report.
    pub fn entry(&self, place: usize) -> Option<&PreparedEntry<S>> {
        self.entries.get(place.checked_sub(self.first)?)
    }
}
