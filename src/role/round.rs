//! One round of polls now, kind to hosts as ever: what `countywire poll` does.

use super::clock::{self, Stopwatch, now};
use super::held::Held;
use super::poll::Poller;
use super::polled::Polled;
use super::scheduler::{host_of, left_alone};
use crate::journal::Journal;
use crate::model::{PollReason, Source, SourceId, SourceState};
use crate::schedule::queue::{Next, Queue, Turn};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The sources of a round with their states.
pub struct Round<J> {
    pub poller: Poller<J>,
    pub sources: Vec<Source>,
    pub states: HashMap<SourceId, SourceState>,
}

/// One source is done.
pub struct RoundEvent {
    pub source: Source,
    pub polled: Result<Polled, NotPolled>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotPolled {
    Panicked,
    /// In words until when, and why.
    LeftAlone(String),
}

impl<J: Journal + Clone + 'static> Round<J> {
    /// Polls each source once; `done` hears of each. Ends early, after the polls under
    /// way, when stopped.
    pub async fn run(mut self, stop: CancellationToken, mut done: impl FnMut(RoundEvent)) {
        let live = Arc::clone(&self.poller.live);
        let mut queue = Queue::new(live.config.poll.concurrency);
        let started = Stopwatch::start();
        let mut held = Held::new(&live, &self.states);
        let asked_at = now();
        let (mut sources, mut hosts) = (HashMap::new(), HashMap::new());
        for source in std::mem::take(&mut self.sources) {
            let Some(host) = host_of(&source, self.states.get(&source.id)) else { continue };
            let turn = Turn { due: Duration::ZERO, patience: Duration::ZERO };
            let name = live.queue_of(&host);
            queue.upsert(&source.id, &name, live.host_limits(&host), turn);
            if let Some(at) = held.rested_at(&name) {
                queue.hold(&name, at.since(asked_at));
            }
            hosts.insert(source.id.clone(), host);
            sources.insert(source.id.clone(), source);
        }
        let mut running = JoinSet::new();
        let mut ids = HashMap::new();
        // What is not kept is asked for in vain.
        let mut is_kept = true;
        loop {
            let nap = loop {
                if stop.is_cancelled() || !is_kept {
                    break None;
                }
                match queue.next(started.elapsed()) {
                    Next::Poll(number, _) => {
                        let id = queue.source(number).clone();
                        let Some(source) = sources.get(&id).cloned() else { continue };
                        if let Some(until) = held.until(&live, &source, self.states.get(&id)) {
                            queue.finished(number, started.elapsed());
                            sources.remove(&id);
                            let polled = Err(NotPolled::LeftAlone(left_alone(until)));
                            done(RoundEvent { source, polled });
                            continue;
                        }
                        let state = self.states.remove(&id).unwrap_or_default();
                        let poller = self.poller.clone();
                        let task = running.spawn(async move {
                            poller.poll(&source, &state, PollReason::Requested).await
                        });
                        ids.insert(task.id(), (number, id));
                    }
                    Next::WaitUntil(at) => break Some(at.saturating_sub(started.elapsed())),
                    Next::Full | Next::Idle => break None,
                }
            };
            if running.is_empty() && nap.is_none() {
                break;
            }
            let nap = async {
                match nap {
                    Some(nap) => clock::sleep(nap).await,
                    None => std::future::pending().await,
                }
            };
            let joined = tokio::select! {
                Some(joined) = running.join_next_with_id() => joined,
                () = stop.cancelled(), if running.is_empty() => break,
                () = nap => continue,
            };
            let (task, polled) = match joined {
                Ok((task, polled)) => (task, Ok(polled)),
                Err(problem) => (problem.id(), Err(NotPolled::Panicked)),
            };
            let Some((number, id)) = ids.remove(&task) else { continue };
            queue.finished(number, started.elapsed());
            if let Some(source) = sources.remove(&id) {
                is_kept &= !polled.as_ref().is_ok_and(|polled| polled.refused.is_some());
                let asked = polled.as_ref().ok().and_then(|polled| polled.hold);
                if let Some((host, asked)) = hosts.get(&id).zip(asked) {
                    held.add(&live.queue_of(host), now() + asked);
                }
                done(RoundEvent { source, polled });
            }
        }
    }
}
