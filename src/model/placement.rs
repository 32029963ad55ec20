//! What `story` decided of an entry; kept with it and never decided again.

use super::{EntryNo, Timestamp};
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
}

/// The first entry known with some text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct FirstPrint {
    #[n(0)]
    pub no: EntryNo,
    #[n(1)]
    pub recorded_at: Timestamp,
}

/// Who decides placements.
pub trait Placing: Send + Sync {
    /// What tells the texts of entries apart; none where one is too short to compare.
    fn text_hash(&self, text: &str) -> Option<[u8; 16]>;

    /// Places an entry whose text has that hash; `first_print`: what was first printed with one.
    fn place(
        &self,
        text_hash: Option<[u8; 16]>,
        recorded_at: Timestamp,
        first_print: &dyn Fn(&[u8; 16]) -> Option<FirstPrint>,
    ) -> Placement;
}
