//! How everything stands at a moment, for people and machines that ask.

use super::clock::now;
use super::push_status;
use super::scheduler::Scheduler;
use super::status::condition;
use crate::journal::{Journal, Membership};
use crate::model::AlertKind;
use crate::publish::status::SourceCondition;
use crate::schedule::queue::{HostQueue, Queues};
use std::collections::BTreeMap;

/// How the sources and their queue stand.
#[derive(Debug, Clone)]
pub struct Standing {
    pub queues: Queues,
    /// With their names, or those of their groups.
    pub hosts: Vec<(String, HostQueue)>,
    /// Sources of the settings by their condition.
    pub conditions: BTreeMap<&'static str, u64>,
    /// Raised alerts of sources that are polled.
    pub alerts: BTreeMap<AlertKind, u64>,
    /// Sources whose documents name a hub, by how they stand with it.
    pub subscriptions: BTreeMap<&'static str, u64>,
}

/// Hosts that are named.
const HOSTS: usize = 50;

impl<J, M> Scheduler<J, M>
where
    J: Journal + Clone + 'static,
    M: Membership,
{
    pub(super) fn look(&self) -> Standing {
        let live = &self.poller.live;
        let mut queues = self.agenda.queue.look(self.started.elapsed(), HOSTS);
        let hosts = std::mem::take(&mut queues.hosts).into_iter().map(|queue| {
            let host = live.source(&queue.source).and_then(|source| self.host(source));
            let host = host.or_else(|| self.hub_host(&queue.source).map(str::to_owned));
            // A source that was removed meanwhile is still being polled.
            let name = host.map(|host| live.queue_of(&host).into_owned());
            (name.unwrap_or_else(|| queue.source.to_string()), queue)
        });
        let mut standing = Standing {
            hosts: hosts.collect(),
            queues,
            conditions: SourceCondition::LABELS.map(|label| (label, 0)).into(),
            alerts: AlertKind::ALL.map(|kind| (kind, 0)).into(),
            subscriptions: push_status::CONDITIONS.map(|condition| (condition, 0)).into(),
        };
        for source in &live.config.sources {
            let note = self.known.note(&source.id);
            *standing.conditions.entry(condition(source, note.health).label()).or_default() += 1;
            for kind in note.raised().filter(|_| source.is_active()) {
                *standing.alerts.entry(kind).or_default() += 1;
            }
            let state = if note.has_hub { self.state(&source.id) } else { None };
            if let Some(condition) = state.and_then(|state| push_status::condition(&state, now())) {
                *standing.subscriptions.entry(condition).or_default() += 1;
            }
        }
        standing
    }
}
