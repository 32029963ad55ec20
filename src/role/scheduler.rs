//! Polls each source when it is due, kind to its host, until told to stop.

use super::clock::{self, Stopwatch, now, real_now};
use super::live::Live;
use super::poll::{Polled, Poller, cron_next};
use super::status::{condition, raised};
use crate::fetch::Client;
use crate::journal::{Journal, Membership};
use crate::model::{AlertKind, PollReason, Source, SourceId, SourceState, Timestamp};
use crate::publish::status::SourceCondition;
use crate::schedule::agenda::{Agenda, Item, Time};
use crate::schedule::policy;
use crate::schedule::queue::{HostQueue, Next, Queues};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

pub enum Command {
    Reload(Arc<Live>, Client),
    PollNow(SourceId, Asker),
    /// How does everything stand?
    Look(oneshot::Sender<Standing>),
}

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
}

/// Hosts that are named.
const HOSTS: usize = 50;

/// Who asked for a poll, and waits for what it found.
type Asker = oneshot::Sender<Result<Arc<Polled>, String>>;

/// The scheduler looks up at least this often; the watchdog counts on it.
const LONGEST_NAP: Duration = Duration::from_secs(5);
/// After a report was not kept: the store may have recovered.
const RETRY_UNKEPT: Duration = Duration::from_secs(60);
/// Who wants a poll now waits so long for its host's turn.
const WISH_PATIENCE: Duration = Duration::from_secs(60);
/// For polls under way at a stop.
const DRAIN: Duration = Duration::from_secs(4);

pub struct Scheduler<J, M> {
    poller: Poller<J>,
    membership: M,
    agenda: Agenda,
    states: HashMap<SourceId, SourceState>,
    running: JoinSet<Arc<Polled>>,
    running_ids: HashMap<Id, SourceId>,
    askers: HashMap<SourceId, Vec<Asker>>,
    commands: mpsc::Receiver<Command>,
    started: Stopwatch,
    heartbeat: Arc<AtomicI64>,
}

impl<J, M> Scheduler<J, M>
where
    J: Journal + Clone + 'static,
    M: Membership,
{
    pub fn new(
        poller: Poller<J>,
        membership: M,
        states: Vec<(SourceId, SourceState)>,
        commands: mpsc::Receiver<Command>,
        heartbeat: Arc<AtomicI64>,
    ) -> Self {
        let started = Stopwatch::start();
        let agenda = Agenda::new(poller.live.config.poll.concurrency, time(&started));
        let mut scheduler = Scheduler {
            poller,
            membership,
            agenda,
            states: states.into_iter().collect(),
            running: JoinSet::new(),
            running_ids: HashMap::new(),
            askers: HashMap::new(),
            commands,
            started,
            heartbeat,
        };
        scheduler.queue_sources(&HashSet::new());
        scheduler
    }

    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let nap = self.start_due();
            self.heartbeat.store(real_now().0, Ordering::Relaxed);
            tokio::select! {
                () = stop.cancelled() => break,
                Some(joined) = self.running.join_next_with_id() => self.finish(joined),
                Some(command) = self.commands.recv() => self.obey(command),
                () = tokio::time::sleep(nap) => {}
            }
        }
        let under_way = self.running.len();
        if under_way > 0 {
            info!(polls = under_way, "waiting for polls under way");
        }
        let drained = tokio::time::timeout(DRAIN, async {
            while let Some(joined) = self.running.join_next_with_id().await {
                self.finish(joined);
            }
        });
        if drained.await.is_err() {
            warn!(
                polls = self.running.len(),
                "polls abandoned; they will be repeated after the next start"
            );
            self.running.shutdown().await;
        }
    }

    /// Starts what is due; returns how long, really, nothing else will be.
    fn start_due(&mut self) -> Duration {
        if let Some(seconds) = self.agenda.jumped(self.time()) {
            warn!(seconds, "the clock has jumped: polls are planned anew");
            self.queue_sources(&HashSet::new());
        }
        loop {
            match self.agenda.next(self.time()) {
                Next::Poll(number, reason) => {
                    let id = self.agenda.queue.source(number).clone();
                    self.start(&id, reason);
                }
                Next::WaitUntil(at) => {
                    let nap = at.saturating_sub(self.started.elapsed());
                    return clock::real(nap).min(LONGEST_NAP);
                }
                Next::Full | Next::Idle => return LONGEST_NAP,
            }
        }
    }

    fn start(&mut self, id: &SourceId, reason: PollReason) {
        let Some(source) = self.poller.live.source(id).cloned() else {
            self.agenda.queue.remove(id);
            self.agenda.finished(id, self.time());
            return;
        };
        let (poller, state) =
            (self.poller.clone(), self.states.get(id).cloned().unwrap_or_default());
        let put_off = policy::put_off(id, &source.schedule, &state, now());
        if let Some(at) = put_off.filter(|_| reason == PollReason::Scheduled) {
            self.agenda.finished(id, self.time());
            self.agenda.again(id, at, state.interval_seconds, self.time());
            return;
        }
        let task =
            self.running.spawn(async move { Arc::new(poller.poll(&source, &state, reason).await) });
        self.running_ids.insert(task.id(), id.clone());
    }

    fn finish(&mut self, joined: Result<(Id, Arc<Polled>), tokio::task::JoinError>) {
        let (task, polled) = match joined {
            Ok((task, polled)) => (task, Some(polled)),
            Err(problem) => (problem.id(), None),
        };
        let Some(id) = self.running_ids.remove(&task) else { return };
        self.agenda.finished(&id, self.time());
        let due = match &polled {
            Some(polled) if polled.refused.is_none() => {
                self.states.insert(id.clone(), polled.state.clone());
                polled.state.next_poll_at.unwrap_or(policy::NEVER)
            }
            Some(_) => now() + RETRY_UNKEPT,
            None => {
                error!(source_id = %id, "a poll panicked; it will be repeated");
                now() + RETRY_UNKEPT
            }
        };
        if let Some(polled) = &polled {
            self.hold_host(&id, polled);
        }
        let interval = self.states.get(&id).map_or(0, |state| state.interval_seconds);
        self.agenda.again(&id, due, interval, self.time());
        for asker in self.askers.remove(&id).unwrap_or_default() {
            let answer = polled.clone().ok_or_else(|| "the poll panicked; see the log".to_owned());
            let _ = asker.send(answer);
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Reload(live, client) => {
                let before = std::mem::replace(&mut self.poller.live, live);
                self.poller.client = client;
                self.agenda.queue.set_concurrency(self.poller.live.config.poll.concurrency);
                let unchanged = before.config.sources.iter().filter(|source| {
                    self.poller.live.source(&source.id) == Some(source)
                        && host_of(source).is_some_and(|host| {
                            let live = &self.poller.live;
                            before.host_limits(host) == live.host_limits(host)
                                && before.queue_of(host) == live.queue_of(host)
                        })
                });
                let unchanged = unchanged.map(|source| source.id.clone()).collect();
                for source in &before.config.sources {
                    if !self.poller.live.source(&source.id).is_some_and(Source::is_active) {
                        self.agenda.queue.remove(&source.id);
                    }
                }
                self.queue_sources(&unchanged);
            }
            Command::PollNow(id, asker) => match self.wish(&id) {
                Err(why) => {
                    let _ = asker.send(Err(why));
                }
                Ok(()) => self.askers.entry(id).or_default().push(asker),
            },
            Command::Look(asker) => {
                let _ = asker.send(self.look());
            }
        }
    }

    fn look(&self) -> Standing {
        let live = &self.poller.live;
        let mut queues = self.agenda.queue.look(self.started.elapsed(), HOSTS);
        let hosts = std::mem::take(&mut queues.hosts).into_iter().map(|queue| {
            let host = live.source(&queue.source).and_then(host_of);
            // A source that was removed meanwhile is still being polled.
            let name = host.map_or(queue.source.as_str().into(), |host| live.queue_of(host));
            (name.into_owned(), queue)
        });
        let mut standing = Standing {
            hosts: hosts.collect(),
            queues,
            conditions: SourceCondition::LABELS.map(|label| (label, 0)).into(),
            alerts: AlertKind::ALL.map(|kind| (kind, 0)).into(),
        };
        let unknown = SourceState::default();
        for source in &live.config.sources {
            let state = self.states.get(&source.id).unwrap_or(&unknown);
            *standing.conditions.entry(condition(source, state).label()).or_default() += 1;
            for alert in raised(source, state) {
                *standing.alerts.entry(alert.kind).or_default() += 1;
            }
        }
        standing
    }

    /// Somebody wants a poll now. Spacing is waited for; whom a server told to stay away is
    /// told so.
    fn wish(&mut self, id: &SourceId) -> Result<(), String> {
        let time = self.time();
        let own = self.states.get(id).and_then(|state| state.retry_at).unwrap_or_default();
        match self.agenda.free_at(id, time).map(|free_at| free_at.max(own)) {
            None => Err(format!("no active source {id:?}", id = id.as_str())),
            Some(until) if until.since(time.wall) > WISH_PATIENCE => {
                Err(format!("{id}: {}", left_alone(until)))
            }
            Some(_) => {
                self.agenda.queue.request_now(id);
                Ok(())
            }
        }
    }

    fn queue_sources(&mut self, leave: &HashSet<SourceId>) {
        let live = Arc::clone(&self.poller.live);
        let (policy, now) = (live.policy(), self.time());
        for source in live.config.sources.iter().filter(|source| source.is_active()) {
            let Some(host) = host_of(source) else { continue };
            if (leave.contains(&source.id) && self.agenda.queue.contains(&source.id))
                || !self.membership.owns(host)
            {
                continue;
            }
            let state = self.states.get(&source.id);
            let moved = state.is_some_and(|state| {
                source.url.as_ref().is_some_and(|url| state.url != url.as_str())
            });
            // A new address is a new beginning: an old 410 or backoff says nothing of it.
            let state = state.filter(|_| !moved);
            let item = Item {
                source: &source.id,
                schedule: &source.schedule,
                cron_next: cron_next(source, now.wall),
                state,
                host: &live.queue_of(host),
                limits: live.host_limits(host),
            };
            self.agenda.begin(&policy, &item, now);
        }
    }

    /// A server that asks for time gets it for all that we poll there.
    fn hold_host(&mut self, id: &SourceId, polled: &Polled) {
        let Some(asked) = polled.hold else { return };
        let live = Arc::clone(&self.poller.live);
        let host = live.source(id).and_then(host_of);
        if let Some(host) = host {
            self.agenda.hold(&live.queue_of(host), asked, self.time());
        }
    }

    fn time(&self) -> Time {
        time(&self.started)
    }
}

/// The two clocks at one instant, however fast they are made to run.
fn time(started: &Stopwatch) -> Time {
    loop {
        let (passed, wall) = (started.elapsed(), now());
        if started.elapsed() - passed < Duration::from_secs(30) {
            return Time { wall, passed };
        }
    }
}

/// Why a poll that somebody wants is not made.
pub fn left_alone(until: Timestamp) -> String {
    format!("its host is left alone until {until} (Retry-After, 429 or host_spacing)")
}

pub fn host_of(source: &Source) -> Option<&str> {
    source.url.as_ref().and_then(|url| url.host_str())
}
