//! What a person should look at: raised once, cleared once, kept with the source's state.

use super::Timestamp;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// No new entry for much longer than is usual for the source.
    #[n(0)]
    Silent,
    /// The address gives a document that is no feed, such as a web page.
    #[n(1)]
    NoFeed,
    /// More of its items are faulty than used to be.
    #[n(2)]
    Broken,
    /// 410, or no success for days.
    #[n(3)]
    Vanished,
}

impl AlertKind {
    pub const ALL: [AlertKind; 4] =
        [AlertKind::Silent, AlertKind::NoFeed, AlertKind::Broken, AlertKind::Vanished];

    /// A short fixed label for logs, metrics and scripts.
    pub fn label(self) -> &'static str {
        match self {
            AlertKind::Silent => "silent",
            AlertKind::NoFeed => "no_feed",
            AlertKind::Broken => "broken",
            AlertKind::Vanished => "vanished",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Alert {
    #[n(0)]
    pub kind: AlertKind,
    /// Since when it is so, which may be long before it was noticed. With source and kind
    /// it names the alert.
    #[n(1)]
    pub since: Timestamp,
    #[n(2)]
    pub raised_at: Timestamp,
    #[n(3)]
    pub cleared_at: Option<Timestamp>,
    /// What was seen when it was raised: a fragment of a sentence.
    #[n(4)]
    pub cause: String,
    /// Of the failure that raised it: its kind, and the status where that is what failed.
    #[n(5)]
    #[cbor(default)]
    pub fault: String,
    #[n(6)]
    #[cbor(default)]
    pub status: Option<u16>,
}

impl Alert {
    pub fn is_raised(&self) -> bool {
        self.cleared_at.is_none()
    }

    /// Raised or cleared, whichever came last.
    pub fn changed_at(&self) -> Timestamp {
        self.cleared_at.unwrap_or(self.raised_at)
    }
}

/// What is usual for a source, as far as alerts need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct Habits {
    /// When the newest entry came, or was published if it was there before the first poll.
    #[n(0)]
    pub last_new_at: Option<Timestamp>,
    /// From when on its rhythm is known.
    #[n(1)]
    pub known_since: Option<Timestamp>,
    /// Gaps between new entries that were seen; counts up to 65,535.
    #[n(2)]
    pub gaps: u16,
    /// The longest of them; a long one is forgotten over months.
    #[n(3)]
    pub longest_gap_seconds: u32,
    /// Documents read; counts up to 255.
    #[n(4)]
    pub documents: u8,
    /// Faulty items per million that are usual.
    #[n(5)]
    pub faulty_ppm: u32,
    /// Documents in a row with far more than that.
    #[n(6)]
    pub doubtful: u8,
}
