//! What the process has polled and been pushed since its start. Counting never waits.

use super::PushResult;
use crate::model::{Outcome, PollFacts, Timestamp};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Upper bounds of the classes of poll durations, milliseconds.
pub const DURATION_BOUNDS_MS: [u64; 8] = [50, 100, 250, 500, 1_000, 5_000, 15_000, 60_000];

#[derive(Debug, Default)]
pub struct Tally {
    fetched: AtomicU64,
    not_modified: AtomicU64,
    gone: AtomicU64,
    failed: AtomicU64,
    not_kept: AtomicU64,
    /// By the first digit of the HTTP status; the first one: no answer.
    statuses: [AtomicU64; 6],
    wire_bytes: AtomicU64,
    body_bytes: AtomicU64,
    spared_bytes: AtomicU64,
    entries_new: AtomicU64,
    entries_changed: AtomicU64,
    durations: [AtomicU64; DURATION_BOUNDS_MS.len() + 1],
    duration_ms: AtomicU64,
    alerts_raised: AtomicU64,
    alerts_cleared: AtomicU64,
    /// In the order of [`PushResult::ALL`].
    pushes: [AtomicU64; PushResult::ALL.len()],
    /// When the last poll began that succeeded, seconds since 1970.
    last_success_at: AtomicI64,
}

/// A tally at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// With their labels, in a fixed order.
    pub outcomes: [(&'static str, u64); 5],
    pub statuses: [(&'static str, u64); 6],
    pub wire_bytes: u64,
    pub body_bytes: u64,
    pub spared_bytes: u64,
    pub entries_new: u64,
    pub entries_changed: u64,
    /// Polls in each class of duration, not added up.
    pub durations: [u64; DURATION_BOUNDS_MS.len() + 1],
    pub duration_ms: u64,
    pub alerts_raised: u64,
    pub alerts_cleared: u64,
    pub pushes: [(&'static str, u64); PushResult::ALL.len()],
}

impl Counts {
    /// Bytes that compression has spared.
    pub fn compressed_away_bytes(&self) -> u64 {
        self.body_bytes.saturating_sub(self.wire_bytes)
    }
}

impl Tally {
    /// A poll that the store has kept. `document_bytes`: the size of the document that a 304
    /// stood for.
    pub fn kept(
        &self,
        outcome: &Outcome,
        status: Option<u16>,
        facts: &PollFacts,
        document_bytes: u64,
    ) {
        match outcome {
            Outcome::Fetched { .. } => add(&self.fetched, 1),
            Outcome::NotModified => add(&self.not_modified, 1),
            Outcome::Gone => add(&self.gone, 1),
            Outcome::Failed { .. } => add(&self.failed, 1),
            // No polls.
            Outcome::Pushed { .. } | Outcome::Subscription => {}
        }
        if *outcome == Outcome::NotModified {
            add(&self.spared_bytes, document_bytes);
        }
        self.asked(status, facts);
    }

    /// A poll whose report was lost: its traffic counts all the same.
    pub fn not_kept(&self, status: Option<u16>, facts: &PollFacts) {
        add(&self.not_kept, 1);
        self.asked(status, facts);
    }

    fn asked(&self, status: Option<u16>, facts: &PollFacts) {
        let class = usize::from(status.unwrap_or(0) / 100);
        add(&self.statuses[class.min(self.statuses.len() - 1)], 1);
        add(&self.wire_bytes, facts.wire_bytes);
        add(&self.body_bytes, facts.body_bytes);
        let elapsed_ms = u64::from(facts.elapsed_ms);
        add(&self.duration_ms, elapsed_ms);
        let class = DURATION_BOUNDS_MS.iter().position(|bound| elapsed_ms <= *bound);
        add(&self.durations[class.unwrap_or(DURATION_BOUNDS_MS.len())], 1);
    }

    /// A poll of any source succeeded.
    pub fn succeeded(&self, at: Timestamp) {
        self.last_success_at.fetch_max(at.0, Ordering::Relaxed);
    }

    /// Whether a poll of any source has succeeded since then.
    pub fn has_succeeded_since(&self, since: Timestamp) -> bool {
        self.last_success_at.load(Ordering::Relaxed) > since.0
    }

    pub fn entries(&self, new: u32, changed: u32) {
        add(&self.entries_new, new.into());
        add(&self.entries_changed, changed.into());
    }

    pub fn alerts(&self, raised: u64, cleared: u64) {
        add(&self.alerts_raised, raised);
        add(&self.alerts_cleared, cleared);
    }

    /// A push has come.
    pub fn pushed(&self, result: PushResult) {
        add(&self.pushes[result as usize], 1);
    }

    pub fn counts(&self) -> Counts {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut counts = Counts {
            outcomes: [
                ("fetched", get(&self.fetched)),
                ("not_modified", get(&self.not_modified)),
                ("gone", get(&self.gone)),
                ("failed", get(&self.failed)),
                ("not_kept", get(&self.not_kept)),
            ],
            statuses: ["none", "1xx", "2xx", "3xx", "4xx", "5xx"].map(|class| (class, 0)),
            wire_bytes: get(&self.wire_bytes),
            body_bytes: get(&self.body_bytes),
            spared_bytes: get(&self.spared_bytes),
            entries_new: get(&self.entries_new),
            entries_changed: get(&self.entries_changed),
            durations: [0; DURATION_BOUNDS_MS.len() + 1],
            duration_ms: get(&self.duration_ms),
            alerts_raised: get(&self.alerts_raised),
            alerts_cleared: get(&self.alerts_cleared),
            pushes: PushResult::ALL
                .map(|result| (result.label(), get(&self.pushes[result as usize]))),
        };
        for ((_, count), counter) in counts.statuses.iter_mut().zip(&self.statuses) {
            *count = get(counter);
        }
        for (count, counter) in counts.durations.iter_mut().zip(&self.durations) {
            *count = get(counter);
        }
        counts
    }
}

fn add(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Ordering::Relaxed);
}
