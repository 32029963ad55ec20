//! One round of polls now, kind to hosts as ever: what `countywire poll` does.

use super::clock::{self, Stopwatch};
use super::poll::{Polled, Poller};
use crate::journal::Journal;
use crate::model::{Source, SourceId, SourceState};
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
    /// `None`: the poll panicked.
    pub polled: Option<Polled>,
}

impl<J: Journal + Clone + 'static> Round<J> {
    /// Polls each source once; `done` hears of each. Ends early, after the polls under
    /// way, when stopped.
    pub async fn run(mut self, stop: CancellationToken, mut done: impl FnMut(RoundEvent)) {
        let live = Arc::clone(&self.poller.live);
        let mut queue = Queue::new(live.config.poll.concurrency);
        let started = Stopwatch::start();
        let mut sources = HashMap::new();
        for source in std::mem::take(&mut self.sources) {
            let Some(host) = source.url.as_ref().and_then(|url| url.host_str()) else { continue };
            let turn = Turn { due: Duration::ZERO, patience: Duration::ZERO };
            queue.upsert(&source.id, &live.queue_of(host), live.host_limits(host), turn);
            sources.insert(source.id.clone(), source);
        }
        let mut running = JoinSet::new();
        let mut ids = HashMap::new();
        loop {
            let nap = loop {
                if stop.is_cancelled() {
                    break None;
                }
                match queue.next(started.elapsed()) {
                    Next::Poll(id, _) => {
                        let Some(source) = sources.get(&id).cloned() else { continue };
                        let state = self.states.remove(&id).unwrap_or_default();
                        let poller = self.poller.clone();
                        let task = running.spawn(async move { poller.poll(&source, &state).await });
                        ids.insert(task.id(), id);
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
                Ok((task, polled)) => (task, Some(polled)),
                Err(problem) => (problem.id(), None),
            };
            let Some(id) = ids.remove(&task) else { continue };
            queue.finished(&id, started.elapsed());
            if let Some(source) = sources.remove(&id) {
                done(RoundEvent { source, polled });
            }
        }
    }
}
