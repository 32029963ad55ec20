//! What committing a report takes that needs neither the store nor the report's turn: done by who
//! appends it, it keeps no other report waiting.

use super::bodies::Compressor;
use super::state::Fields;
use crate::model::{Placing, Report, Written};
use std::cell::RefCell;

/// Entries of a report that are prepared, the newest: of a document with more, most are stored
/// already.
const ENTRIES: usize = 200;

/// Of the entries of a report, the last.
#[derive(Debug, Default)]
pub struct Prepared {
    /// The first entry that was prepared.
    first: usize,
    entries: Vec<PreparedEntry>,
}

#[derive(Debug)]
pub struct PreparedEntry {
    pub text_hash: Option<[u8; 16]>,
    /// Compressed.
    pub body: Vec<u8>,
}

thread_local! {
    static COMPRESSOR: RefCell<Compressor> = RefCell::default();
}

impl Prepared {
    /// `report`: encoded. One that cannot be read is told when it is committed.
    pub fn of(report: &[u8], placing: &dyn Placing) -> Prepared {
        let Ok(report) = Report::<Written<'_>, Fields<'_>>::from_bytes(report) else {
            return Prepared::default();
        };
        let first = report.entries.len().saturating_sub(ENTRIES);
        let entries = report.entries[first..].iter().map(|entry| PreparedEntry {
            text_hash: placing.text_hash(entry.head.text()),
            body: COMPRESSOR.with_borrow_mut(|compressor| compressor.bytes(entry.bytes)),
        });
        Prepared { first, entries: entries.collect() }
    }

    /// Of one entry of the report.
    pub fn entry(&self, place: usize) -> Option<&PreparedEntry> {
        self.entries.get(place.checked_sub(self.first)?)
    }

    /// Memory that it takes, about.
    pub fn bytes(&self) -> usize {
        self.entries.iter().map(|entry| size_of::<PreparedEntry>() + entry.body.len()).sum()
    }
}
