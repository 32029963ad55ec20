//! When hubs are asked: each source's hub has a turn in the queue, beside the source's own.

use super::super::clock::now;
use super::super::pushes::host;
use super::super::scheduler::Scheduler;
use super::Work;
use crate::fetch::Client;
use crate::journal::{Journal, Membership};
use crate::model::{Secret, SourceId, SourceState, Timestamp};
use crate::push::request;
use crate::push::subscription::{self, Refusal, Turn};
use crate::schedule::restraint;
use std::sync::Arc;
use tracing::debug;
use url::Url;

/// Ends the id under which the queue knows the turn of a source's hub: no slug has it.
const TURN: &str = "@hub";

impl<J, M> Scheduler<J, M>
where
    J: Journal + Clone + 'static,
    M: Membership,
{
    /// Tells callbacks and queue how all sources stand with their hubs, after a start, a
    /// reload or a jump of the clock.
    pub(in crate::role) fn queue_turns(&mut self) {
        // Limits of hosts and times of turns may mean something else now.
        self.subscriber.turns.clear();
        for source in self.known.with_hubs() {
            self.queue_turn(&source);
        }
    }

    /// Callbacks and turns go over to the ids that sources have now.
    pub(in crate::role) fn leave_former_ids(&mut self) {
        let live = Arc::clone(&self.poller.live);
        for id in live.former_ids() {
            self.known.forget(id);
            self.subscriber.callbacks.set(id, &SourceState::default());
            if self.subscriber.turns.remove(id).is_some() {
                self.agenda.queue.remove(&turn_of(id));
            }
        }
    }

    /// Tells callbacks and queue how a source stands with its hub.
    pub(super) fn queue_turn(&mut self, source: &SourceId) {
        // Under its new id the source has its hub still.
        if !self.known.note(source).has_hub || self.poller.live.successor(source).is_some() {
            return;
        }
        let Some(state) = &self.state(source) else { return };
        self.subscriber.callbacks.set(source, state);
        let base = self.push_base(source);
        let now = now();
        let turn = match subscription::next_turn(state, now) {
            _ if !subscription::is_settled(state, base.as_deref()) => {
                let hubs = state.hubs.as_ref().and_then(|hubs| hubs.hubs.first());
                let hub = state.push.as_ref().map(|push| &push.hub).or(hubs);
                hub.map(|hub| (host(hub), now))
            }
            turn => turn.map(|turn| (host(turn.hub()), turn.at(now))),
        };
        let id = turn_of(source);
        let Some((host, at)) = turn else {
            if self.subscriber.turns.remove(source).is_some() {
                self.agenda.queue.remove(&id);
            }
            return;
        };
        let is_asking = self.subscriber.asking_ids.values().any(|asking| asking == source);
        if is_asking || self.subscriber.turns.get(source) == Some(&(host.clone(), at)) {
            return;
        }
        let live = Arc::clone(&self.poller.live);
        let limits = live.host_limits(&host);
        self.agenda.ask(&id, &live.queue_of(&host), limits, at, self.time());
        // After a start nothing else knows what the hub has asked for.
        let retry_at = state.push.as_ref().and_then(|push| push.retry_at).filter(|at| *at > now);
        if let Some(until) = retry_at {
            self.agenda.hold(&live.queue_of(&host), until.since(now), self.time());
        }
        self.subscriber.turns.insert(source.clone(), (host, at));
    }

    /// A hub that asks for time gets it for all that we ask its host.
    pub(super) fn hold_hub(&mut self, source: &SourceId, work: &Work) {
        let Work::Answered { answer: Err(refusal), .. } = work else { return };
        let hub = self.subscriber.turns.get(source).map(|(host, _)| host.clone());
        if let Some((asked, hub)) = refusal.retry_after.zip(hub) {
            let live = Arc::clone(&self.poller.live);
            self.agenda.hold(&live.queue_of(&hub), asked, self.time());
        }
    }

    pub(super) fn end_turn(&mut self, source: &SourceId) {
        let id = turn_of(source);
        self.agenda.finished(&id, self.time());
        self.agenda.queue.remove(&id);
        self.subscriber.turns.remove(source);
    }

    /// The queue says that the source's hub may be asked.
    pub(in crate::role) fn take_turn(&mut self, source: &SourceId) {
        let base = self.push_base(source);
        let state = self.state(source).unwrap_or_default();
        if !subscription::is_settled(&state, base.as_deref()) {
            self.end_turn(source);
            return self.do_soon(source, Work::Settle);
        }
        let asked_at = now();
        let turn = subscription::next_turn(&state, asked_at);
        let turn = turn.filter(|turn| turn.at(asked_at) <= asked_at);
        let Some(turn) = turn else {
            self.end_turn(source);
            return self.queue_turn(source);
        };
        let (form, token) = match turn {
            Turn::Subscribe(push) => (request::subscribe(push), push.token.clone()),
            Turn::Unsubscribe(leaving) => (request::unsubscribe(leaving), leaving.token.clone()),
        };
        debug!(source_id = %source, hub = host(turn.hub()), leaving = matches!(turn, Turn::Unsubscribe(_)), "asking the hub");
        self.subscriber.callbacks.asking(&token, asked_at);
        let (client, hub) = (self.poller.client.clone(), turn.hub().to_owned());
        let of = source.clone();
        let task = self.subscriber.asking.spawn(async move {
            let answer = ask(&client, &hub, &form, asked_at).await;
            (of, Work::Answered { token, answer, asked_at })
        });
        self.subscriber.asking_ids.insert(task.id(), source.clone());
    }

    pub(super) fn token_of_turn(&self, source: &SourceId) -> Option<Secret> {
        let state = self.state(source)?;
        let turn = subscription::next_turn(&state, now())?;
        Some(turn.token().clone())
    }

    /// The host of a hub, by the id of its turn.
    pub(in crate::role) fn hub_host(&self, turn: &SourceId) -> Option<&str> {
        let source = source_of_turn(turn)?;
        self.subscriber.turns.get(&source).map(|(host, _)| host.as_str())
    }

    fn push_base(&self, source: &SourceId) -> Option<String> {
        let live = &self.poller.live;
        live.source(source).and_then(|source| live.push_base(source)).map(str::to_owned)
    }
}

async fn ask(client: &Client, hub: &str, form: &str, at: Timestamp) -> Result<(), Refusal> {
    let refused = |status, problem, retry_after| Err(Refusal { status, problem, retry_after });
    let Ok(hub) = Url::parse(hub) else {
        return refused(None, "the hub's address is none".to_owned(), None);
    };
    match client.post(&hub, form, at).await {
        Ok(posted) if posted.is_success() => Ok(()),
        Ok(posted) => {
            let mut problem = format!("the hub answered {}", posted.status);
            if !posted.text.is_empty() {
                problem.push_str(&format!(": {}", posted.text));
            }
            let hold = restraint::hold(Some(posted.status), posted.retry_after);
            refused(Some(posted.status), problem, hold)
        }
        Err(error) => refused(error.status(), error.describe(), error.retry_after()),
    }
}

fn turn_of(source: &SourceId) -> SourceId {
    SourceId::new(&format!("{source}{TURN}"))
}

/// The source whose hub has a turn under this id; `None`: the id is a source's own.
pub(in crate::role) fn source_of_turn(id: &SourceId) -> Option<SourceId> {
    id.as_str().strip_suffix(TURN).map(SourceId::new)
}
