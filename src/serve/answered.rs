//! How often the public listener has answered what.

use hyper::StatusCode;
use std::sync::atomic::{AtomicU64, Ordering};

/// What it answers with; anything else counts as one.
const STATUSES: [u16; 16] =
    [200, 304, 204, 226, 308, 400, 404, 405, 406, 410, 412, 414, 429, 431, 500, 503];

#[derive(Debug, Default)]
pub struct Answered([AtomicU64; STATUSES.len() + 1]);

impl Answered {
    pub(super) fn count(&self, status: StatusCode) {
        let at = STATUSES.iter().position(|known| *known == status.as_u16());
        self.0[at.unwrap_or(STATUSES.len())].fetch_add(1, Ordering::Relaxed);
    }

    /// Answers by status, since the start.
    pub fn counts(&self) -> impl Iterator<Item = (String, u64)> {
        let names = STATUSES.iter().map(u16::to_string).chain(["other".to_owned()]);
        names.zip(self.0.iter().map(|count| count.load(Ordering::Relaxed)))
    }
}
