//! Which entries are the same text (reprints), and which report the same event (stories).
//!
//! Pure: the caller knows which text was printed first; nothing here reads a clock. All that
//! decides is an integer, and no order is that of a hash map.

mod anew;
mod apart;
mod boilerplate;
mod changes;
mod datelines;
mod elsewhere;
mod evidence;
mod fold;
mod formulas;
mod letters;
mod likeness;
mod lookup;
mod model;
mod places;
mod postings;
mod search;
mod shared;
mod shingles;
mod sketch;
mod stories;
mod strength;
mod sums;
mod terms;
#[cfg(test)]
mod tests;
mod window;

pub use evidence::Told;
pub use likeness::{Likeness, NAMES, likeness};
pub use model::{RELATED, REPRINT, SAME_EVENT, Scores, scores};
pub use sketch::Sketch;
pub use stories::{Stories, Traits, sketch_by};
pub use window::{CAPACITY, Place, SPAN_SECONDS, Window};

use crate::model::{Arrived, EntryHead, FirstPrint, Placement, Placing, Timestamp};
use changes::Mark;
use std::time::Duration;

/// Folded characters below which texts are too alike by chance (notices, empty shells).
const SHORTEST_TEXT: usize = 40;

/// Folded characters from which on a text is told by itself, whatever its title.
const OWN_TEXT: usize = 200;

/// A text that comes back later than this is news again.
const REPRINT_WINDOW: Duration = Duration::from_secs(30 * 24 * 3600);

/// Places entries by their folded text alone.
#[derive(Debug, Clone, Copy)]
pub struct ByText;

impl Placing for ByText {
    type Sketch = Option<[u8; 16]>;

    fn sketch(entry: &EntryHead<'_>) -> Option<[u8; 16]> {
        text_hash(entry.title, boilerplate::without(entry.text()).1)
    }

    /// A reprint is one whose first print lies within 30 days.
    fn place(
        &mut self,
        arrived: Arrived<'_>,
        text_hash: &Option<[u8; 16]>,
        first_print: &dyn Fn(&[u8; 16]) -> Option<FirstPrint>,
    ) -> Placement {
        let first = reprinted(text_hash.as_ref(), arrived.recorded_at, first_print);
        let reprint_of = first.map(|first| first.no);
        Placement { text_hash: *text_hash, reprint_of, story: reprint_of, is_near: false }
    }
}

/// The first print of a text, where it lies within 30 days.
fn reprinted(
    text_hash: Option<&[u8; 16]>,
    recorded_at: Timestamp,
    first_print: &dyn Fn(&[u8; 16]) -> Option<FirstPrint>,
) -> Option<FirstPrint> {
    let first = text_hash.and_then(first_print);
    first.filter(|first| recorded_at.since(first.recorded_at) <= REPRINT_WINDOW)
}

/// Hash of the folded text, from which what outlets put round it was taken, and of the title where
/// the text is so short that notices of different things share it.
fn text_hash(title: &str, text: &str) -> Option<[u8; 16]> {
    let mut folded = fold::fold_markup(text);
    let long_enough = folded.chars().nth(SHORTEST_TEXT - 1).is_some();
    if folded.chars().nth(OWN_TEXT - 1).is_none() {
        folded.push('\n');
        folded.push_str(&fold::fold_markup(title));
    }
    long_enough.then(|| xxhash_rust::xxh3::xxh3_128(folded.as_bytes()).to_be_bytes())
}
