//! What is kept of each poll, so that it can be explained later.

use super::{Outcome, Timestamp};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// Why a poll takes place, or what has made a report without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PollReason {
    /// It was due.
    #[n(0)]
    #[default]
    Scheduled,
    /// The admin wanted it at once.
    #[n(1)]
    Requested,
    /// None: the source's hub pushed.
    #[n(2)]
    Pushed,
    /// None: something changed between us and the source's hub.
    #[n(3)]
    Subscription,
}

impl PollReason {
    /// A word for tables and scripts.
    pub fn label(self) -> &'static str {
        match self {
            PollReason::Scheduled => "scheduled",
            PollReason::Requested => "requested",
            PollReason::Pushed => "pushed",
            PollReason::Subscription => "subscription",
        }
    }
}

/// What a poll took, besides what it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct PollFacts {
    #[n(0)]
    pub reason: PollReason,
    /// Bytes of the answer's body as they came, compressed or not.
    #[n(1)]
    pub wire_bytes: u64,
    /// The same after decompression.
    #[n(2)]
    pub body_bytes: u64,
    /// For request and reading; the wait for the store is not in it.
    #[n(3)]
    pub elapsed_ms: u32,
}

/// A poll of the past.
#[derive(Debug, Clone, PartialEq)]
pub struct PastPoll {
    /// Of its report in the journal.
    pub sequence: u64,
    pub polled_at: Timestamp,
    pub facts: PollFacts,
    /// HTTP status; none when no answer came.
    pub status: Option<u16>,
    pub outcome: Outcome,
    pub entries_new: u32,
    pub entries_changed: u32,
    /// When the next one was to be, and why then.
    pub next_poll_at: Option<Timestamp>,
    pub next_reason: String,
}

impl PastPoll {
    /// What came, in a few words: `200 fetched`, `304 not modified`, `failed: timeout`.
    pub fn answer(&self) -> String {
        let what = match &self.outcome {
            Outcome::Fetched { .. } => "fetched",
            Outcome::NotModified => "not modified",
            Outcome::Gone => "gone",
            // The status says it.
            Outcome::Failed { kind, .. } if kind == "status" => "failed",
            Outcome::Failed { kind, .. } => &format!("failed: {kind}"),
            Outcome::Pushed { .. } => return "pushed".to_owned(),
            Outcome::Subscription => return "subscription changed".to_owned(),
        };
        match self.status {
            Some(status) => format!("{status} {what}"),
            None => what.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_stored_under_numbers_that_stay() {
        let all = [
            (PollReason::Scheduled, 0),
            (PollReason::Requested, 1),
            (PollReason::Pushed, 2),
            (PollReason::Subscription, 3),
        ];
        for (reason, number) in all {
            // CBOR: the number, and no fields.
            let bytes = [0x82, number, 0x80];
            assert_eq!(minicbor::to_vec(reason).expect("encoded"), bytes);
            assert_eq!(minicbor::decode::<PollReason>(&bytes).expect("decoded"), reason);
        }
    }
}
