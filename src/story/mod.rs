//! Which entries are the same text (reprints), and which report the same event (stories).
//!
//! Pure: the caller knows which text was printed first; nothing here reads a clock. All that
//! decides is an integer, and no order is that of a hash map.

mod fold;
mod formulas;
mod letters;
mod likeness;
mod model;
mod places;
mod postings;
mod shingles;
mod sketch;
mod terms;
#[cfg(test)]
mod tests;
mod window;

pub use likeness::{Likeness, NAMES, likeness};
pub use model::{RELATED, REPRINT, SAME_EVENT, Scores, scores};
pub use sketch::Sketch;
pub use window::{CAPACITY, Place, SPAN_SECONDS, Window};

use crate::model::{FirstPrint, Placement, Placing, Timestamp};
use std::time::Duration;

/// Folded characters below which texts are too alike by chance (notices, empty shells).
const SHORTEST_TEXT: usize = 40;

/// A text that comes back later than this is news again.
const REPRINT_WINDOW: Duration = Duration::from_secs(30 * 24 * 3600);

/// Places entries by their folded text.
#[derive(Debug, Clone, Copy)]
pub struct ByText;

impl Placing for ByText {
    fn text_hash(&self, text: &str) -> Option<[u8; 16]> {
        text_hash(text)
    }

    /// A reprint is one whose first print lies within 30 days.
    fn place(
        &self,
        text_hash: Option<[u8; 16]>,
        recorded_at: Timestamp,
        first_print: &dyn Fn(&[u8; 16]) -> Option<FirstPrint>,
    ) -> Placement {
        let reprint_of = text_hash
            .as_ref()
            .and_then(first_print)
            .filter(|first| recorded_at.since(first.recorded_at) <= REPRINT_WINDOW)
            .map(|first| first.no);
        Placement { text_hash, reprint_of }
    }
}

/// Hash of the folded text.
fn text_hash(text: &str) -> Option<[u8; 16]> {
    let folded = fold::fold_markup(text);
    let long_enough = folded.chars().nth(SHORTEST_TEXT - 1).is_some();
    long_enough.then(|| xxhash_rust::xxh3::xxh3_128(folded.as_bytes()).to_be_bytes())
}
