//! How often the public listener has answered what.

use hyper::StatusCode;
use std::sync::atomic::{AtomicU64, Ordering};

/// What it answers with; anything else counts as one.
const STATUSES: [&str; 10] =
    ["200", "226", "304", "308", "400", "404", "405", "410", "503", "other"];

#[derive(Debug, Default)]
pub struct Answered([AtomicU64; STATUSES.len()]);

impl Answered {
    pub(super) fn count(&self, status: StatusCode) {
        let at = STATUSES.iter().position(|known| *known == status.as_str());
        self.0[at.unwrap_or(STATUSES.len() - 1)].fetch_add(1, Ordering::Relaxed);
    }

    /// Answers by status, since the start.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        STATUSES.iter().copied().zip(self.0.iter().map(|count| count.load(Ordering::Relaxed)))
    }
}
