//! What `story` decided of an entry; kept with it and never decided again.

use super::report::EntryHead;
use super::{EntryNo, SourceId, Timestamp};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct Placement {
    /// Hash of the normalised text; none when the text is too short to compare.
    #[cbor(n(0), with = "minicbor::bytes")]
    #[serde(with = "super::hex::option")]
    pub text_hash: Option<[u8; 16]>,
    /// The first entry with the same text, when this one is a reprint.
    #[n(1)]
    pub reprint_of: Option<EntryNo>,
    /// The first entry of the story that this one joined; none where it began one, and in
    /// records of older programs.
    #[n(2)]
    #[serde(default)]
    pub story: Option<EntryNo>,
    /// Of a reprint: its text has a hash of its own, for it is not the first one's to the letter.
    #[n(3)]
    #[cbor(skip_if = "is_to_the_letter")]
    #[serde(default)]
    pub is_near: bool,
}

fn is_to_the_letter(is_near: &bool) -> bool {
    !is_near
}

impl Placement {
    /// The first entry of the story of the entry `no`, which has this placement.
    pub fn story_of(&self, no: EntryNo) -> EntryNo {
        self.story.or(self.reprint_of).unwrap_or(no)
    }

    /// The hash under which the entry's text is looked up: the first print's is enough for all
    /// that have it.
    pub fn printed(&self) -> Option<&[u8; 16]> {
        self.text_hash.as_ref().filter(|_| self.reprint_of.is_none() || self.is_near)
    }
}

/// The first entry known with some text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstPrint {
    /// First of all reprints, when the text is another's but for a few letters.
    pub no: EntryNo,
    /// When the text came.
    pub recorded_at: Timestamp,
    /// Its story's first entry.
    pub story: EntryNo,
}

/// An entry that is to be placed, or was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrived<'a> {
    pub no: EntryNo,
    pub source: &'a SourceId,
    /// Journal time.
    pub recorded_at: Timestamp,
    pub published: Timestamp,
    /// Old news of a new source, in its own channel alone: never of a story.
    pub is_held_back: bool,
}

/// Who decides placements, in the order of the journal.
pub trait Placing {
    /// What an entry is compared by.
    type Sketch: Send + Sync;

    /// Needs neither turn nor memory of others: whoever appends a report has it made.
    fn sketch(entry: &EntryHead<'_>) -> Self::Sketch;

    /// The same, as far as it takes to place what is held back.
    fn brief(entry: &EntryHead<'_>) -> Self::Sketch {
        Self::sketch(entry)
    }

    /// Whether it needs no more than briefs of any entry.
    fn is_brief(&self) -> bool {
        false
    }

    /// Places a new entry; `sketch` may be brief where it is held back. `first_print`: what was first printed with a text hash.
    fn place(
        &mut self,
        arrived: Arrived<'_>,
        sketch: &Self::Sketch,
        first_print: &dyn Fn(&[u8; 16]) -> Option<FirstPrint>,
    ) -> Placement;

    /// An entry says something else now. Its placement stays.
    fn revise(&mut self, _no: EntryNo, _sketch: &Self::Sketch) {}

    /// An entry has left, or is another source's now, which has been renamed.
    fn follow(&mut self, _change: &Departure) {}

    /// What was placed and revised since the last call is kept, or none of it.
    fn settle(&mut self, _is_kept: bool) {}

    /// More has become of entries than can be told.
    fn forget(&mut self) {}

    /// What it wants to know of what is stored before it decides anything: begun anew, and told
    /// whole, until it says that it knows.
    fn wants(&mut self) -> Option<Recent> {
        None
    }

    /// An entry that it wants, in the order in which they came.
    fn keep(&mut self, _arrived: Arrived<'_>, _placement: Placement, _sketch: Self::Sketch) {}

    /// It has been told what it wanted.
    fn know(&mut self) {}
}

/// What becomes of stored entries besides revisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Departure {
    Removed(EntryNo),
    Moved(EntryNo, SourceId),
}

/// The entries that were recorded last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recent {
    /// Before the last report, in seconds of journal time.
    pub seconds: i64,
    /// The newest.
    pub most: usize,
}
