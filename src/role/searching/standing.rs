//! What requests, figures and upkeep see of search.

use crate::search::{Finder, Size};
use crate::store::Reader;
use crate::telemetry::SearchTally;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

/// How far it may be behind for more to be filed anew.
const MOST_BEHIND: Behind = Behind { entries: 1_000, time: Duration::from_secs(2) };

#[derive(Default)]
pub struct Search {
    finder: Mutex<Option<Finder>>,
    pub(super) is_broken: AtomicBool,
    /// It takes in each change as it is told.
    pub(super) follows: AtomicBool,
    /// Counts what it finds anew.
    changes: AtomicU64,
    stop: (Mutex<bool>, Condvar),
    /// Entries that are being taken in, and when the first of them was told.
    doing: Mutex<(usize, Option<Instant>)>,
    size: Mutex<Size>,
    pub tally: SearchTally,
}

/// What has changed and is not found yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Behind {
    pub entries: usize,
    /// Since the first of it changed.
    pub time: Duration,
}

impl Search {
    /// `None`: it is not ready yet.
    pub fn finder(&self) -> Option<Finder> {
        self.finder.lock().expect("no holder panics").clone()
    }

    /// Has the index made anew: it could not be read.
    pub fn tell_broken(&self) {
        self.is_broken.store(true, Ordering::Relaxed);
    }

    pub fn stop(&self) {
        *self.stop.0.lock().expect("no holder panics") = true;
        self.stop.1.notify_all();
    }

    pub(super) fn show(&self, finder: Option<Finder>) {
        *self.finder.lock().expect("no holder panics") = finder;
        self.tell_changed();
    }

    /// While it is the same, the same is found.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    pub(super) fn tell_changed(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// Whether a stop was wanted meanwhile.
    pub(super) fn wait(&self, time: Duration) -> bool {
        let stop = self.stop.0.lock().expect("no holder panics");
        let waited = self.stop.1.wait_timeout_while(stop, time, |stop| !*stop);
        *waited.expect("no holder panics").0
    }

    pub(super) fn tell_behind(&self, entries: usize, since: Option<Instant>) {
        *self.doing.lock().expect("no holder panics") = (entries, since);
    }

    pub(super) fn tell_size(&self, size: Size) {
        *self.size.lock().expect("no holder panics") = size;
    }

    pub fn size(&self) -> Size {
        *self.size.lock().expect("no holder panics")
    }

    pub fn behind(&self, reader: &Reader) -> Behind {
        let (doing, since) = *self.doing.lock().expect("no holder panics");
        let (untold, also_since) = reader.untold();
        let since = since.into_iter().chain(also_since).min();
        let time = since.map_or(Duration::ZERO, |since| since.elapsed());
        Behind { entries: doing + untold, time }
    }

    /// Whether who changes many entries had better let it catch up. Not where it is being made:
    /// that takes long, and all of it.
    pub fn is_overtaken(&self, reader: &Reader) -> bool {
        let Behind { entries, time } = self.behind(reader);
        self.follows.load(Ordering::Relaxed)
            && (entries > MOST_BEHIND.entries || time > MOST_BEHIND.time)
    }
}
