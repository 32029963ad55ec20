//! When a source publishes, as far as its polls have shown; `schedule::rhythm` reads it.

use super::Timestamp;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Decayed counts of a source's entries by the clocks of its zone, and how long it was
/// watched. Integers only; at most 120 bytes when encoded.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct Rhythm {
    /// Entries by hour of the day, in parts of [`Rhythm::ENTRY`].
    #[n(0)]
    pub hours: [u16; 24],
    /// The same by day of the week, Monday first.
    #[n(1)]
    pub days: [u16; 7],
    /// Minutes watched, weighed as the counts are.
    #[n(2)]
    pub watched: u32,
    /// The day since 1970 on which an entry weighs one: later ones weigh more, up to two;
    /// then all counts are halved.
    #[n(3)]
    pub anchor: u16,
    /// Watched until then.
    #[n(4)]
    pub until: Timestamp,
    /// Entries of the last days, in parts of [`Rhythm::RECENT`].
    #[n(5)]
    pub recent: u32,
    /// As many as the counts gave reason to expect, in the same parts.
    #[n(6)]
    pub expected: u32,
}

impl Rhythm {
    /// An entry in `hours` and `days`.
    pub const ENTRY: u16 = 32;
    /// An entry in `recent` and `expected`.
    pub const RECENT: u32 = 4_096;
}
