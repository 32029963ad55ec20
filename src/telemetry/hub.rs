//! What our own hub was asked and has delivered since the start.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the classes of delays, milliseconds.
pub const DELAY_BOUNDS_MS: [u64; 8] = [10, 25, 50, 100, 250, 1_000, 10_000, 60_000];

/// What became of a request to the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requested {
    /// Its callback is asked.
    Accepted,
    /// It cannot be granted.
    Refused,
    /// Not now: too many, or no room.
    Limited,
}

/// What a callback said when it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Confirmed,
    /// Or said something else, or nothing.
    NotConfirmed,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    Taken,
    /// The bytes were those that the subscriber has.
    Unchanged,
    Failed,
    /// The callback ended the subscription.
    Left,
}

#[derive(Debug, Default)]
pub struct HubTally {
    requests: [AtomicU64; 3],
    verifications: [AtomicU64; 2],
    deliveries: [AtomicU64; 4],
    delays: [AtomicU64; DELAY_BOUNDS_MS.len() + 1],
    delay_us: AtomicU64,
}

/// A tally at one moment, with its labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubCounts {
    pub requests: [(&'static str, u64); 3],
    pub verifications: [(&'static str, u64); 2],
    pub deliveries: [(&'static str, u64); 4],
    /// Deliveries in each class of delay, not added up.
    pub delays: [u64; DELAY_BOUNDS_MS.len() + 1],
    pub delay_us: u64,
}

impl HubTally {
    pub fn requested(&self, result: Requested) {
        self.requests[result as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub fn asked(&self, result: Asked) {
        self.verifications[result as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub fn delivered(&self, result: Delivered) {
        self.deliveries[result as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// How long after the change its subscriber had it.
    pub fn delayed(&self, delay: Duration) {
        let millis = delay.as_secs_f64() * 1_000.0;
        let class = DELAY_BOUNDS_MS.iter().position(|bound| millis <= *bound as f64);
        self.delays[class.unwrap_or(DELAY_BOUNDS_MS.len())].fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(delay.as_micros()).unwrap_or(u64::MAX);
        self.delay_us.fetch_add(micros, Ordering::Relaxed);
    }

    pub fn counts(&self) -> HubCounts {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let [accepted, refused, limited] = self.requests.each_ref().map(get);
        let [confirmed, not_confirmed] = self.verifications.each_ref().map(get);
        let [taken, unchanged, failed, left] = self.deliveries.each_ref().map(get);
        HubCounts {
            requests: [("accepted", accepted), ("refused", refused), ("limited", limited)],
            verifications: [("confirmed", confirmed), ("not_confirmed", not_confirmed)],
            deliveries: [
                ("taken", taken),
                ("unchanged", unchanged),
                ("failed", failed),
                ("left", left),
            ],
            delays: self.delays.each_ref().map(get),
            delay_us: get(&self.delay_us),
        }
    }
}
