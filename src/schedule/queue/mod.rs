//! Hands out sources that are due, kind to their hosts. Pure: time is an argument,
//! counted from a start of the caller's choice.
//!
//! A source sleeps until it is due, then waits with its host; a host with sources that
//! wait rests until its spacing has passed, then stands among those that may start. So a
//! busy host never stands in the way of others, and each step costs O(log n).
//!
//! When more is due than may start, deadlines decide: each source's is the time at which it
//! was due and its patience. Half an hour late is much for an hourly source and little for
//! a daily one, and whoever waits comes first at last.

mod heap;
mod hosts;
mod index;
mod look;
mod names;
mod sleepers;
mod sources;
mod stage;
mod terms;
mod time;

#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod tests;

use crate::model::{PollReason, SourceId};
use hosts::{HostNo, Hosts};
pub use look::{HostQueue, Lateness, Queues};
use sleepers::Sleepers;
use sources::Sources;
use stage::{Rank, Slot, Stage, due_of};
use std::time::Duration;
pub use terms::{HostLimits, Next, Requested, SlotNo, Turn};
use time::{Millis, millis, millis_passed};

#[derive(Debug)]
pub struct Queue {
    concurrency: usize,
    running: usize,
    waiting: usize,
    requests: Rank,
    started: u64,
    late: Duration,
    sources: Sources,
    /// As many as names: apart from them, since each poll needs these several times.
    slots: Vec<Slot>,
    asleep: Sleepers,
    hosts: Hosts,
}

impl Queue {
    /// `concurrency`: polls at once over all hosts; zero means one.
    pub fn new(concurrency: usize) -> Self {
        Queue {
            concurrency: concurrency.max(1),
            running: 0,
            waiting: 0,
            requests: 0,
            started: 0,
            late: Duration::ZERO,
            sources: Sources::default(),
            slots: Vec::new(),
            asleep: Sleepers::default(),
            hosts: Hosts::default(),
        }
    }

    pub fn set_concurrency(&mut self, concurrency: usize) {
        self.concurrency = concurrency.max(1);
    }

    /// Polls under way.
    pub fn running(&self) -> usize {
        self.running
    }

    /// Sources with a turn.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    pub fn contains(&self, source: &SourceId) -> bool {
        self.slot(source).is_some()
    }

    /// Adds a source, or changes its host and its turn; for all sources of the host,
    /// `limits` hold from now on. `host` names a host or a group of hosts. A source that is
    /// being polled gets its turn by the `schedule` that ends its poll, so a reload never
    /// polls it twice.
    pub fn upsert(&mut self, source: &SourceId, host: &str, limits: HostLimits, turn: Turn) {
        let number = self.number(source);
        let host = self.hosts.number(host, limits);
        let stage = self.slots[number.0 as usize].stage;
        let before = self.slots[number.0 as usize].host;
        self.withdraw(number);
        self.hosts.joined(host);
        if stage != Stage::Vacant {
            self.hosts.left(before);
        }
        let slot = &mut self.slots[number.0 as usize];
        slot.host = host;
        match stage {
            Stage::Running(on) | Stage::Leaving(on) => slot.stage = Stage::Running(on),
            Stage::Settling => {}
            _ => self.put_to_sleep(number, turn),
        }
    }

    /// Forgets a source; one that is being polled, when it finishes.
    pub fn remove(&mut self, source: &SourceId) {
        let Some(number) = self.slot(source) else { return };
        match self.slots[number.0 as usize].stage {
            Stage::Running(on) => self.slots[number.0 as usize].stage = Stage::Leaving(on),
            _ => {
                self.withdraw(number);
                self.vacate(number);
            }
        }
    }

    /// Puts a source before all that are merely due.
    pub fn request_now(&mut self, source: &SourceId) -> Requested {
        let Some(number) = self.slot(source) else { return Requested::Unknown };
        match self.slots[number.0 as usize].stage {
            Stage::Asleep { .. } | Stage::Waiting { .. } => {}
            Stage::Requested(_) => return Requested::Queued,
            _ => return Requested::Running,
        }
        self.withdraw(number);
        self.requests += 1;
        self.wait(number, Stage::Requested(self.requests));
        Requested::Queued
    }

    /// Leaves a host, or a group of hosts, alone until then.
    pub fn hold(&mut self, host: &str, until: Duration) {
        self.hosts.hold(host, millis(until));
    }

    /// Until when the source's host is left alone.
    pub fn free_at(&self, source: &SourceId) -> Option<Duration> {
        let host = self.slots[self.slot(source)?.0 as usize].host;
        Some(Duration::from_millis(self.hosts.free_at(host)))
    }

    /// The source to poll now, earliest deadline first among the hosts that may start.
    pub fn next(&mut self, now: Duration) -> Next {
        let at = millis_passed(now);
        self.wake(at);
        self.hosts.rested(at);
        if self.running >= self.concurrency {
            return if self.waiting == 0 { Next::Idle } else { Next::Full };
        }
        let Some(number) = self.hosts.start(at) else {
            let asleep = self.asleep.first_due(due_of(&self.slots));
            let resting = self.hosts.next_rested();
            let next = asleep.into_iter().chain(resting).min();
            return next.map_or(Next::Idle, |at| Next::WaitUntil(Duration::from_millis(at)));
        };
        let slot = &mut self.slots[number.0 as usize];
        let reason = match slot.stage {
            Stage::Waiting { due, .. } => {
                self.started += 1;
                self.late += Duration::from_millis(at - due);
                PollReason::Scheduled
            }
            _ => PollReason::Requested,
        };
        slot.stage = Stage::Running(slot.host);
        self.running += 1;
        self.waiting -= 1;
        Next::Poll(number, reason)
    }

    /// Of one that was handed out and has not been removed since it finished.
    pub fn source(&self, number: SlotNo) -> &SourceId {
        self.sources.name(number)
    }

    /// The place of a source that was added and not removed, or is still being polled.
    pub fn find(&self, source: &SourceId) -> Option<SlotNo> {
        self.sources.find(source)
    }

    /// The request has ended: its host may be asked again after its spacing.
    pub fn finished(&mut self, number: SlotNo, now: Duration) {
        let stage = self.slots[number.0 as usize].stage;
        let (Stage::Running(host) | Stage::Leaving(host)) = stage else { return };
        self.running -= 1;
        self.hosts.finished(host, millis(now));
        self.slots[number.0 as usize].stage = Stage::Settling;
        if matches!(stage, Stage::Leaving(_)) {
            self.vacate(number);
        }
    }

    /// Sets a source's next turn, once its poll's results are in; before that it has
    /// none. Does nothing for one that was removed or is being polled.
    pub fn schedule(&mut self, number: SlotNo, turn: Turn) {
        let stage = self.slots[number.0 as usize].stage;
        if matches!(stage, Stage::Running(_) | Stage::Leaving(_) | Stage::Vacant) {
            return;
        }
        self.withdraw(number);
        self.put_to_sleep(number, turn);
    }

    /// Lets a source that sleeps do so for longer.
    pub fn put_off(&mut self, source: &SourceId, by: Duration) {
        let Some(number) = self.find(source) else { return };
        let stage = self.slots[number.0 as usize].stage;
        if let Stage::Asleep { due, patience_seconds } = stage {
            let due = Duration::from_millis(due).saturating_add(by);
            let patience = Duration::from_secs(patience_seconds.into());
            self.withdraw(number);
            self.put_to_sleep(number, Turn { due, patience });
        }
    }

    /// Of a source that was not removed.
    fn slot(&self, source: &SourceId) -> Option<SlotNo> {
        let number = self.find(source)?;
        let leaving = matches!(self.slots[number.0 as usize].stage, Stage::Leaving(_));
        (!leaving).then_some(number)
    }

    /// The source's place, made when it has none.
    fn number(&mut self, source: &SourceId) -> SlotNo {
        self.find(source).unwrap_or_else(|| {
            let number = self.sources.add(source);
            if number.0 as usize == self.slots.len() {
                self.slots.push(Slot { host: HostNo(0), stage: Stage::Vacant });
            }
            number
        })
    }

    fn vacate(&mut self, number: SlotNo) {
        let slot = &mut self.slots[number.0 as usize];
        slot.stage = Stage::Vacant;
        self.sources.remove(number);
        self.hosts.left(slot.host);
    }

    fn put_to_sleep(&mut self, number: SlotNo, turn: Turn) {
        let due = millis(turn.due);
        let patience_seconds = u32::try_from(turn.patience.as_secs()).unwrap_or(u32::MAX);
        self.slots[number.0 as usize].stage = Stage::Asleep { due, patience_seconds };
        self.asleep.insert(due, number);
        self.waiting += 1;
    }

    /// `stage`: one that waits with its host.
    fn wait(&mut self, number: SlotNo, stage: Stage) {
        let slot = &mut self.slots[number.0 as usize];
        slot.stage = stage;
        self.waiting += 1;
        self.hosts.queue(slot.host, stage.rank().expect("it waits"), number);
    }

    /// Takes a source's turn away, if it has one.
    fn withdraw(&mut self, number: SlotNo) {
        let slot = &mut self.slots[number.0 as usize];
        let Slot { host, stage } = *slot;
        match (stage, stage.rank()) {
            (Stage::Asleep { .. }, _) => {
                slot.stage = Stage::Settling;
                self.asleep.withdraw(due_of(&self.slots));
            }
            (_, Some(rank)) => {
                slot.stage = Stage::Settling;
                self.hosts.withdraw(host, rank, number);
            }
            _ => return,
        }
        self.waiting -= 1;
    }

    /// Sends those whose time has come to their hosts.
    fn wake(&mut self, now: Millis) {
        while let Some((due, number)) = self.asleep.pop_due(now, due_of(&self.slots)) {
            let stage = self.slots[number.0 as usize].stage;
            let Stage::Asleep { patience_seconds, .. } = stage else { continue };
            self.waiting -= 1;
            self.wait(number, Stage::Waiting { due, patience_seconds });
        }
    }
}
