//! What committing a report takes that needs neither the store nor the report's turn: done by who
//! appends it, it keeps no other report waiting.

use super::bodies::Compressor;
use super::state::{self, Fields};
use crate::model::{EntryHead, Placing, Report, Timestamp, Written};
use std::cell::RefCell;
use std::cmp::Reverse;

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
    /// The sketch is: no more is needed, or the entry will be held back by what the report tells.
    pub is_brief: bool,
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
    /// `report`: encoded. One that cannot be read is told when it is committed. `is_brief`: who
    /// places its entries needs no more.
    pub fn of<P: Placing<Sketch = S>>(report: &[u8], is_brief: bool) -> Prepared<S> {
        let Ok(report) = Report::<Written<'_>, Fields<'_>>::from_bytes(report) else {
            return Prepared::default();
        };
        let first = report.entries.len().saturating_sub(ENTRIES);
        let held_back = held_back(&report);
        let entries = report.entries.iter().zip(held_back).skip(first);
        let entries = entries.map(|(Written { head, bytes }, is_held_back)| {
            let is_brief = is_brief || is_held_back;
            PreparedEntry {
                sketch: if is_brief { P::brief(head) } else { P::sketch(head) },
                is_brief,
                body: COMPRESSOR.with_borrow_mut(|compressor| compressor.bytes(bytes)),
            }
        });
        Prepared { first, entries: entries.collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Of one entry of the report.
    pub fn entry(&self, place: usize) -> Option<&PreparedEntry<S>> {
        self.entries.get(place.checked_sub(self.first)?)
    }
}

/// Which entries are old news of a new source, as far as it can be told before their turn.
fn held_back(report: &Report<Written<'_>, Fields<'_>>) -> Vec<bool> {
    let Report { entries, state, first_poll_entries, polled_at, .. } = report;
    let mut is_held_back = vec![false; entries.len()];
    if is_first_poll(state) {
        let dates = entries.iter().map(|entry| published(&entry.head, *polled_at));
        for place in old_news(&dates.collect::<Vec<_>>(), *first_poll_entries) {
            is_held_back[place] = true;
        }
    }
    is_held_back
}

/// Whether a source has no entry stored, nor ever had one, as far as its state tells.
pub fn is_first_poll(before: &Fields<'_>) -> bool {
    before.get::<u64>(state::ENTRIES).unwrap_or_default() == 0
        && before.get::<Timestamp>(state::LAST_ENTRY_AT).is_none()
}

/// All but the newest `keep`, of which the last ones are newer where dates are the same.
pub fn old_news(dates: &[Timestamp], keep: u32) -> impl Iterator<Item = usize> {
    let mut newest_first: Vec<usize> = (0..dates.len()).rev().collect();
    newest_first.sort_by_key(|&place| Reverse(dates[place]));
    newest_first.into_iter().skip(keep as usize)
}

pub fn published(entry: &EntryHead<'_>, first_seen: Timestamp) -> Timestamp {
    entry.published.unwrap_or(first_seen).min(first_seen)
}
