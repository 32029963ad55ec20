//! Brings the wall clock, by which polls are planned, and the time that passes, by which
//! the queue waits, together: after a start, a reload, and when the wall clock was set or
//! the machine slept. Pure: both times are arguments.

use super::backlog::Backlog;
use super::policy::{self, Policy};
use super::push;
use super::queue::{HostLimits, Next, Queue, Turn};
use super::restart::FirstPoll;
use crate::model::{Schedule, SourceId, SourceState, Timestamp};
use std::time::Duration;

/// Now.
#[derive(Debug, Clone, Copy)]
pub struct Time {
    /// What the clock on the wall shows; may be set.
    pub wall: Timestamp,
    /// Since the start of the process; stands still while the machine sleeps.
    pub passed: Duration,
}

/// A source to be put on the agenda.
pub struct Item<'a> {
    pub source: &'a SourceId,
    pub schedule: &'a Schedule,
    /// When a cron schedule matches next.
    pub cron_next: Option<Timestamp>,
    /// `None`: it was never polled at this address.
    pub state: Option<&'a SourceState>,
    /// Names its host, or the group that this belongs to.
    pub host: &'a str,
    pub limits: HostLimits,
}

/// A step of the wall clock beyond this is one that somebody made: clocks that run fast or
/// slow are corrected in smaller ones.
const JUMP: i64 = 60;
/// One source's answer holds the others of its host back for so long at most.
pub const HOST_HOLD_MAX: Duration = Duration::from_secs(24 * 3_600);
/// Nobody yields to others for longer.
const PATIENCE_MAX: Duration = Duration::from_secs(6 * 3_600);

#[derive(Debug)]
pub struct Agenda {
    pub queue: Queue,
    /// Sources that were begun and found due since the last turn was given.
    backlog: Backlog,
    /// When they last agreed.
    seen: Time,
}

impl Agenda {
    /// `concurrency`: polls at once over all hosts.
    pub fn new(concurrency: usize, now: Time) -> Self {
        Agenda { queue: Queue::new(concurrency), backlog: Backlog::default(), seen: now }
    }

    /// By how many seconds the wall clock has moved otherwise than the time that passed
    /// since the last call, if it is a jump: then all sources need to be begun anew, as
    /// after a start.
    pub fn jumped(&mut self, now: Time) -> Option<i64> {
        let passed = now.passed.saturating_sub(self.seen.passed);
        let expected = self.seen.wall + passed;
        let step = now.wall.0 - expected.0;
        if step.abs() > JUMP {
            self.seen = now;
            return Some(step);
        }
        // Small steps add up to no jump.
        if passed.as_secs() > JUMP as u64 {
            self.seen = now;
        }
        None
    }

    /// Gives a source its turn: a new one, a changed one, or any after a start. Of those
    /// that are due at once, [`Agenda::next`] lets the most urgent come first.
    pub fn begin(&mut self, policy: &Policy, item: &Item<'_>, now: Time) -> FirstPoll {
        let Item { source, schedule, cron_next, state, host, limits } = *item;
        let first = policy::first_poll(policy, source, schedule, cron_next, state, now.wall);
        let at = push::at_start(source, state, first.at, now.wall);
        let turn = turn(at, state.map_or(0, |state| state.interval_seconds), now);
        self.queue.upsert(source, host, limits, turn);
        if first.is_overdue && at == first.at {
            let due = state.and_then(|state| state.next_poll_at).unwrap_or(now.wall).min(now.wall);
            self.backlog.add(source, due + turn.patience);
        }
        let asked = state.and_then(|state| state.retry_at).zip(state.and_then(|s| s.last_poll_at));
        if let Some((until, last)) = asked {
            let until = until.min(last + HOST_HOLD_MAX);
            self.queue.hold(host, now.passed.saturating_add(until.since(now.wall)));
        }
        first
    }

    /// Gives a request that is no poll its turn, under an id that is no source's: others
    /// go before it.
    pub fn ask(&mut self, id: &SourceId, host: &str, limits: HostLimits, at: Timestamp, now: Time) {
        self.queue.upsert(id, host, limits, turn(at, PATIENCE_MAX.as_secs(), now));
    }

    pub fn next(&mut self, now: Time) -> Next {
        for (source, by) in self.backlog.spread() {
            self.queue.put_off(&source, by);
        }
        self.queue.next(now.passed)
    }

    /// The request has ended.
    pub fn finished(&mut self, source: &SourceId, now: Time) {
        if let Some(number) = self.queue.find(source) {
            self.queue.finished(number, now.passed);
        }
    }

    /// A source's next turn, once its poll's results are in; `interval_seconds`: what is
    /// learnt of it.
    pub fn again(&mut self, source: &SourceId, at: Timestamp, interval_seconds: u64, now: Time) {
        if let Some(number) = self.queue.find(source) {
            self.queue.schedule(number, turn(at, interval_seconds, now));
        }
    }

    /// Until when nobody may be asked for a source, by its host's spacing or by what a
    /// server there has asked for. `None`: it is not on the agenda.
    pub fn free_at(&self, source: &SourceId, now: Time) -> Option<Timestamp> {
        let free_at = self.queue.free_at(source)?;
        Some(now.wall + free_at.saturating_sub(now.passed))
    }

    /// A server has asked to be left alone for so long: all that is polled there waits,
    /// though not longer than a day for the word that one source got.
    pub fn hold(&mut self, host: &str, asked: Duration, now: Time) {
        self.queue.hold(host, now.passed.saturating_add(asked.min(HOST_HOLD_MAX)));
    }
}

/// Being late by the interval learnt is as bad for each source.
fn turn(at: Timestamp, interval_seconds: u64, now: Time) -> Turn {
    let patience = Duration::from_secs(interval_seconds).min(PATIENCE_MAX);
    Turn { due: now.passed.saturating_add(at.since(now.wall)), patience }
}
