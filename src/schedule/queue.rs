//! Hands out sources that are due, kind to their hosts. Pure: time is an argument,
//! counted from a start of the caller's choice.
//!
//! A host waits in one place only, whatever it has queued: `later` until its spacing
//! has passed and its first source is due, then `ready`. So a busy host never stands
//! in the way of others, and each step costs O(log n).

mod look;

pub use look::{HostQueue, Queues};

use crate::model::{PollReason, SourceId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

/// How a host is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostLimits {
    /// From the start and the end of a poll to the start of the next.
    pub spacing: Duration,
    /// Polls at once; zero means one.
    pub concurrency: usize,
}

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Poll it, then say `finished` and `schedule`.
    Poll(SourceId, PollReason),
    /// Nothing before this time, unless something changes.
    WaitUntil(Duration),
    /// As many polls are running as may: ask again when one has finished.
    Full,
    /// Nothing is waiting, or only for polls that are running.
    Idle,
}

/// What became of a wish to poll now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requested {
    /// It comes before all that are merely due; spacing still holds.
    Queued,
    /// It is being polled already, which will do.
    Running,
    Unknown,
}

/// Orders sources: requested ones first, then by due time, then as they were queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    scheduled: bool,
    due: Duration,
    number: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting(Turn),
    /// The request is under way; it counts against this host.
    Running(usize),
    /// The request has ended; the next due time is not known yet.
    Settling,
}

#[derive(Debug)]
struct Slot {
    host: usize,
    stage: Stage,
    /// Removed while running: forgotten when it finishes.
    removed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Nowhere,
    Later(Duration),
    Ready(Turn),
}

#[derive(Debug)]
struct Host {
    limits: HostLimits,
    waiting: BTreeMap<Turn, SourceId>,
    running: usize,
    free_at: Duration,
    place: Place,
}

#[derive(Debug)]
pub struct Queue {
    concurrency: usize,
    running: usize,
    waiting: usize,
    turns: u64,
    slots: HashMap<SourceId, Slot>,
    /// Kept for good: a host that comes back still knows its spacing.
    hosts: Vec<Host>,
    host_numbers: HashMap<String, usize>,
    /// Hosts that may start now, by the turn of their first source.
    ready: BTreeSet<(Turn, usize)>,
    /// Hosts that may start at a time to come.
    later: BTreeSet<(Duration, usize)>,
}

impl Queue {
    /// `concurrency`: polls at once over all hosts; zero means one.
    pub fn new(concurrency: usize) -> Self {
        Queue {
            concurrency: concurrency.max(1),
            running: 0,
            waiting: 0,
            turns: 0,
            slots: HashMap::new(),
            hosts: Vec::new(),
            host_numbers: HashMap::new(),
            ready: BTreeSet::new(),
            later: BTreeSet::new(),
        }
    }

    pub fn set_concurrency(&mut self, concurrency: usize) {
        self.concurrency = concurrency.max(1);
    }

    /// Polls under way.
    pub fn running(&self) -> usize {
        self.running
    }

    /// Sources with a due time.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    pub fn contains(&self, source: &SourceId) -> bool {
        self.slots.get(source).is_some_and(|slot| !slot.removed)
    }

    /// Adds a source, or changes its host and due time; for all sources of the host,
    /// `limits` hold from now on. A source that is being polled keeps `due` to the
    /// `schedule` that ends its poll, so a reload never polls it twice.
    pub fn upsert(&mut self, source: &SourceId, host: &str, limits: HostLimits, due: Duration) {
        let host = self.host_number(host, limits);
        match self.slots.get_mut(source) {
            Some(slot) if !matches!(slot.stage, Stage::Waiting(_)) => {
                slot.host = host;
                slot.removed = false;
            }
            _ => {
                self.withdraw(source);
                self.wait(source, host, true, due);
            }
        }
        self.settle_host(host);
    }

    /// Forgets a source; one that is being polled, when it finishes.
    pub fn remove(&mut self, source: &SourceId) {
        match self.slots.get_mut(source) {
            Some(slot) if matches!(slot.stage, Stage::Running(_)) => slot.removed = true,
            _ => {
                self.withdraw(source);
                self.slots.remove(source);
            }
        }
    }

    /// Puts a source before all that are merely due.
    pub fn request_now(&mut self, source: &SourceId) -> Requested {
        let Some(slot) = self.slots.get(source).filter(|slot| !slot.removed) else {
            return Requested::Unknown;
        };
        let host = slot.host;
        if !matches!(slot.stage, Stage::Waiting(_)) {
            return Requested::Running;
        }
        self.withdraw(source);
        self.wait(source, host, false, Duration::ZERO);
        self.settle_host(host);
        Requested::Queued
    }

    /// The source to poll now, earliest turn first among the hosts that may start.
    pub fn next(&mut self, now: Duration) -> Next {
        self.promote(now);
        if self.running >= self.concurrency {
            return if self.waiting == 0 { Next::Idle } else { Next::Full };
        }
        let Some(&(turn, number)) = self.ready.first() else {
            return self.later.first().map_or(Next::Idle, |&(start, _)| Next::WaitUntil(start));
        };
        let host = &mut self.hosts[number];
        let source = host.waiting.remove(&turn).expect("a ready host has its first turn waiting");
        host.running += 1;
        host.free_at = now.saturating_add(host.limits.spacing);
        self.running += 1;
        self.waiting -= 1;
        let slot = self.slots.get_mut(&source).expect("a waiting source has a slot");
        let reason = if turn.scheduled { PollReason::Scheduled } else { PollReason::Requested };
        slot.stage = Stage::Running(number);
        self.settle_host(number);
        Next::Poll(source, reason)
    }

    /// The request has ended: its host may be asked again after its spacing.
    pub fn finished(&mut self, source: &SourceId, now: Duration) {
        let Some(slot) = self.slots.get_mut(source) else { return };
        let Stage::Running(number) = slot.stage else { return };
        slot.stage = Stage::Settling;
        if slot.removed {
            self.slots.remove(source);
        }
        let host = &mut self.hosts[number];
        host.running -= 1;
        host.free_at = host.free_at.max(now.saturating_add(host.limits.spacing));
        self.running -= 1;
        self.settle_host(number);
    }

    /// Sets when a source is due next, once its poll's results are in; before that
    /// it has no turn. Does nothing for one that was removed or is being polled.
    pub fn schedule(&mut self, source: &SourceId, due: Duration) {
        let Some(slot) = self.slots.get(source) else { return };
        let host = slot.host;
        if matches!(slot.stage, Stage::Running(_)) {
            return;
        }
        self.withdraw(source);
        self.wait(source, host, true, due);
        self.settle_host(host);
    }

    fn wait(&mut self, source: &SourceId, host: usize, scheduled: bool, due: Duration) {
        let turn = Turn { scheduled, due, number: self.turns };
        self.turns += 1;
        self.waiting += 1;
        self.hosts[host].waiting.insert(turn, source.clone());
        let slot = Slot { host, stage: Stage::Waiting(turn), removed: false };
        self.slots.insert(source.clone(), slot);
    }

    /// Takes a source's turn away, if it has one.
    fn withdraw(&mut self, source: &SourceId) {
        let Some(slot) = self.slots.get(source) else { return };
        let Stage::Waiting(turn) = slot.stage else { return };
        let number = slot.host;
        self.hosts[number].waiting.remove(&turn);
        self.waiting -= 1;
        self.settle_host(number);
    }

    /// Moves hosts whose time has come to `ready`.
    fn promote(&mut self, now: Duration) {
        while let Some(&(start, number)) = self.later.first() {
            if start > now {
                break;
            }
            self.later.pop_first();
            let host = &mut self.hosts[number];
            let turn = *host.waiting.keys().next().expect("a host in `later` has a turn waiting");
            host.place = Place::Ready(turn);
            self.ready.insert((turn, number));
        }
    }

    /// Puts a host where it belongs after any change to it.
    fn settle_host(&mut self, number: usize) {
        let host = &mut self.hosts[number];
        match host.place {
            Place::Nowhere => {}
            Place::Later(start) => {
                self.later.remove(&(start, number));
            }
            Place::Ready(turn) => {
                self.ready.remove(&(turn, number));
            }
        }
        host.place = match host.waiting.keys().next() {
            Some(turn) if host.running < host.limits.concurrency.max(1) => {
                Place::Later(turn.due.max(host.free_at))
            }
            _ => Place::Nowhere,
        };
        if let Place::Later(start) = host.place {
            self.later.insert((start, number));
        }
    }

    fn host_number(&mut self, key: &str, limits: HostLimits) -> usize {
        if let Some(&number) = self.host_numbers.get(key) {
            self.hosts[number].limits = limits;
            return number;
        }
        let number = self.hosts.len();
        self.host_numbers.insert(key.to_owned(), number);
        self.hosts.push(Host {
            limits,
            waiting: BTreeMap::new(),
            running: 0,
            free_at: Duration::ZERO,
            place: Place::Nowhere,
        });
        number
    }
}
