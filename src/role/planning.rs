//! Gives sources their turns: after a start, a reload, and a jump of the clock.

use super::live::Live;
use super::moved;
use super::poll::cron_next;
use super::scheduler::{Scheduler, host_of};
use crate::journal::{Journal, Membership};
use crate::model::{Source, SourceId, SourceState};
use crate::schedule::agenda::{Agenda, Item, Time};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tracing::{error, warn};

impl<J, M> Scheduler<J, M>
where
    J: Journal + Clone + 'static,
    M: Membership,
{
    /// Gives each source its turn by what is known of it.
    pub(super) fn queue_all_sources(&mut self) -> Result<(), String> {
        let live = Arc::clone(&self.poller.live);
        let active = || live.config.sources.iter().filter(|source| source.is_active());
        let sources: HashMap<&SourceId, &Source> = active().map(|s| (&s.id, s)).collect();
        let mut begun = HashSet::new();
        let now = self.time();
        let (agenda, membership) = (&mut self.agenda, &self.membership);
        self.known.plan_from(now.wall);
        self.planned_at.store(now.wall.0, Ordering::Relaxed);
        let ahead = self.known.each(|id, state| {
            if let Some((id, source)) = sources.get_key_value(id) {
                begin(agenda, membership, &live, source, Some(state), now);
                begun.insert(*id);
            }
        })?;
        if ahead > 0 {
            warn!(
                sources = ahead,
                "the clock was ahead when these sources were polled last, or is behind now: \
                 their waits count from now"
            );
        }
        for source in active().filter(|source| !begun.contains(&source.id)) {
            self.known.is_new(&source.id);
            begin(&mut self.agenda, &self.membership, &live, source, None, now);
        }
        Ok(())
    }

    /// The same for sources that are not as they were before a reload.
    pub(super) fn queue_changed_sources(&mut self, unchanged: &HashSet<SourceId>) {
        let live = Arc::clone(&self.poller.live);
        let now = self.time();
        for source in live.config.sources.iter().filter(|source| source.is_active()) {
            if unchanged.contains(&source.id) && self.agenda.queue.contains(&source.id) {
                continue;
            }
            let state = self.known.begin(&source.id).unwrap_or_else(|why| {
                error!(source_id = %source.id, why, "the state cannot be read; the source is polled like a new one");
                self.known.is_new(&source.id);
                None
            });
            begin(&mut self.agenda, &self.membership, &live, source, state.as_ref(), now);
        }
    }

    /// The host that a source's next poll asks.
    pub(super) fn host(&self, source: &Source) -> Option<String> {
        let state = match self.known.note(&source.id).has_moved {
            true => self.known.state(&source.id).ok().flatten(),
            false => None,
        };
        host_of(source, state.as_ref())
    }
}

/// Gives a source its turn.
fn begin(
    agenda: &mut Agenda,
    membership: &impl Membership,
    live: &Live,
    source: &Source,
    state: Option<&SourceState>,
    now: Time,
) {
    let Some(host) = host_of(source, state).filter(|host| membership.owns(host)) else { return };
    // A new address is a new beginning: an old 410 or backoff says nothing of it.
    let state =
        state.filter(|state| source.url.as_ref().is_none_or(|url| moved::knows(state, url)));
    let item = Item {
        source: &source.id,
        schedule: &source.schedule,
        cron_next: cron_next(source, now.wall),
        state,
        host: &live.queue_of(&host),
        limits: live.host_limits(&host),
    };
    agenda.begin(&live.policy(), &item, now);
}
