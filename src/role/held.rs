//! Hosts, or groups of them, that are left alone, by what is stored of their sources: for
//! commands without a daemon and for who asks how sources stand. A daemon's queue keeps the
//! same, from the same states.

use super::clock::now;
use super::known::in_time;
use super::live::Live;
use super::moved;
use super::poll::cron_next;
use super::pushes;
use super::scheduler::host_of;
use crate::model::{Source, SourceId, SourceState, Timestamp};
use crate::schedule::agenda::HOST_HOLD_MAX;
use crate::schedule::policy;
use std::collections::HashMap;

#[derive(Debug, Default)]
pub struct Held {
    /// What a server there has asked for.
    until: HashMap<String, Timestamp>,
    /// When the host may be asked again by its spacing.
    rested_at: HashMap<String, Timestamp>,
}

impl Held {
    pub fn new<'a>(
        live: &Live,
        states: impl IntoIterator<Item = (&'a SourceId, &'a SourceState)>,
    ) -> Held {
        let mut held = Held::default();
        for (id, state) in states {
            if let Some(push) = &state.push
                && let Some(until) = push.retry_at
            {
                held.add(&live.queue_of(&pushes::host(&push.hub)), until);
            }
            let known =
                |source: &&Source| source.url.as_ref().is_some_and(|url| moved::knows(state, url));
            let Some(source) = live.source(id).filter(known) else { continue };
            let Some(host) = host_of(source, Some(state)) else { continue };
            let Some(last) = state.last_poll_at else { continue };
            let queue = live.queue_of(&host);
            if let Some(until) = state.retry_at {
                // The word that one source got holds the others back for a day at most.
                held.add(&queue, until.min(last + HOST_HOLD_MAX));
            }
            let spacing = live.host_limits(&host).spacing;
            if !spacing.is_zero() {
                later(&mut held.rested_at, &queue, last + spacing);
            }
        }
        held
    }

    /// `queue`: the name under which the host's sources wait.
    pub fn add(&mut self, queue: &str, until: Timestamp) {
        later(&mut self.until, queue, until);
    }

    /// Until when a source is left alone; `None`: it may be asked now.
    pub fn until(
        &self,
        live: &Live,
        source: &Source,
        state: Option<&SourceState>,
    ) -> Option<Timestamp> {
        let host = host_of(source, state)?;
        let of_host = self.until.get(&*live.queue_of(&host)).copied();
        let known = source.url.as_ref().zip(state);
        let own = known.filter(|(url, state)| moved::knows(state, url));
        let own = own.and_then(|(_, state)| state.retry_at);
        of_host.max(own).filter(|until| *until > now())
    }

    /// Until when the host of a hub is left alone; `None`: it may be asked now.
    pub fn hub_until(&self, live: &Live, hub: &str) -> Option<Timestamp> {
        let until = self.until.get(&*live.queue_of(&pushes::host(hub))).copied();
        until.filter(|until| *until > now())
    }

    /// When a host may be asked again, by its spacing.
    pub fn rested_at(&self, queue: &str) -> Option<Timestamp> {
        self.rested_at.get(queue).copied()
    }
}

fn later(times: &mut HashMap<String, Timestamp>, queue: &str, at: Timestamp) {
    match times.get_mut(queue) {
        Some(known) => *known = at.max(*known),
        None => drop(times.insert(queue.to_owned(), at)),
    }
}

/// Takes out of a state what a clock has left in it that was ahead, and says when the source
/// is polled instead. `planned_at`: when the daemon planned all polls last, else now.
pub fn put_in_time(live: &Live, id: &SourceId, state: &mut SourceState, planned_at: Timestamp) {
    let Some(mended) = in_time(state, planned_at) else { return };
    *state = mended;
    if let Some(source) = live.source(id) {
        let (policy, cron_next) = (live.policy(), cron_next(source, planned_at));
        let schedule = &source.schedule;
        let first = policy::first_poll(&policy, id, schedule, cron_next, Some(state), planned_at);
        (state.next_poll_at, state.next_reason) = (Some(first.at), first.reason);
    }
}
