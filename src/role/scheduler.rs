//! Polls each source when it is due, kind to its host, until told to stop.

use super::clock::{self, Stopwatch, now, real_now};
use super::live::Live;
use super::moved;
use super::poll::{Polled, Poller, cron_next};
use super::push_status;
use super::status::{condition, raised};
use super::subscriber::{self, Subscriber};
use crate::fetch::Client;
use crate::journal::{Journal, Membership};
use crate::model::{AlertKind, PollReason, Source, SourceId, SourceState, Timestamp};
use crate::publish::status::SourceCondition;
use crate::schedule::agenda::{Agenda, Item, Time};
use crate::schedule::policy;
use crate::schedule::queue::{HostQueue, Next, Queues, Turn};
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
    /// Sources whose documents name a hub, by how they stand with it.
    pub subscriptions: BTreeMap<&'static str, u64>,
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
    pub(super) poller: Poller<J>,
    membership: M,
    pub(super) agenda: Agenda,
    pub(super) states: HashMap<SourceId, SourceState>,
    running: JoinSet<Arc<Polled>>,
    running_ids: HashMap<Id, SourceId>,
    pub(super) askers: HashMap<SourceId, Vec<Asker>>,
    commands: mpsc::Receiver<Command>,
    pub(super) subscriber: Subscriber,
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
        subscriber: Subscriber,
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
            subscriber,
            started,
            heartbeat,
        };
        scheduler.queue_sources(&HashSet::new());
        scheduler.open_callbacks();
        scheduler
    }

    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let nap = self.start_due();
            self.heartbeat.store(real_now().0, Ordering::Relaxed);
            tokio::select! {
                () = stop.cancelled() => break,
                Some(joined) = self.running.join_next_with_id() => self.finish(joined),
                Some(news) = self.subscriber.news() => self.hear(news),
                Some(command) = self.commands.recv() => self.obey(command),
                () = tokio::time::sleep(nap) => {}
            }
        }
        let under_way = self.running.len();
        if under_way > 0 {
            info!(polls = under_way, "waiting for polls under way");
        }
        self.close_callbacks();
        let drained = tokio::time::timeout(DRAIN, async {
            loop {
                tokio::select! {
                    Some(joined) = self.running.join_next_with_id() => self.finish(joined),
                    Some(news) = self.subscriber.last_news() => self.hear(news),
                    else => break,
                }
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
            self.queue_turns();
        }
        loop {
            match self.agenda.next(self.time()) {
                Next::Poll(number, reason) => {
                    let id = self.agenda.queue.source(number).clone();
                    match subscriber::source_of_turn(&id) {
                        Some(source) => self.take_turn(&source),
                        None => self.start(&id, reason),
                    }
                }
                Next::WaitUntil(at) => {
                    let nap = at.saturating_sub(self.started.elapsed());
                    return clock::real(nap).min(LONGEST_NAP);
                }
                Next::Full | Next::Idle => return LONGEST_NAP,
            }
        }
    }

    pub(super) fn start(&mut self, id: &SourceId, reason: PollReason) {
        if !self.subscriber.may_poll(id, reason) {
            return;
        }
        let Some(source) = self.poller.live.source(id).cloned() else {
            self.agenda.queue.remove(id);
            self.agenda.finished(id, self.time());
            self.subscriber.polled(id);
            return;
        };
        let (poller, state) =
            (self.poller.clone(), self.states.get(id).cloned().unwrap_or_default());
        let put_off = policy::put_off(id, &source.schedule, &state, now());
        if let Some(at) = put_off.filter(|_| reason == PollReason::Scheduled) {
            self.agenda.finished(id, self.time());
            self.agenda.again(id, at, state.interval_seconds, self.time());
            self.subscriber.polled(id);
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
        if let Some(polled) = &polled {
            // Before a move is followed: it was the old host that asked for it.
            self.hold_host(&id, polled);
        }
        let due = match &polled {
            Some(polled) if polled.refused.is_none() => {
                let before = self.states.insert(id.clone(), polled.state.clone());
                self.follow(&id, before.as_ref());
                polled.state.next_poll_at.unwrap_or(policy::NEVER)
            }
            Some(_) => now() + RETRY_UNKEPT,
            None => {
                error!(source_id = %id, "a poll panicked; it will be repeated");
                now() + RETRY_UNKEPT
            }
        };
        let interval = self.states.get(&id).map_or(0, |state| state.interval_seconds);
        self.agenda.again(&id, due, interval, self.time());
        for asker in self.askers.remove(&id).unwrap_or_default() {
            let answer = polled.clone().ok_or_else(|| "the poll panicked; see the log".to_owned());
            let _ = asker.send(answer);
        }
        self.subscriber.polled(&id);
        self.go_on(&id);
    }

    /// Lets a source that has moved wait with its new host.
    fn follow(&mut self, id: &SourceId, before: Option<&SourceState>) {
        let state = self.states.get(id);
        let moved = |state: Option<&SourceState>| state.and_then(|state| state.moved.clone());
        let live = &self.poller.live;
        if moved(before).map(|moved| moved.url) == moved(state).map(|moved| moved.url) {
            return;
        }
        if let Some(host) = live.source(id).and_then(|source| host_of(source, state))
            && self.agenda.queue.contains(id)
        {
            // When it is due is told next.
            let turn = Turn { due: Duration::MAX, patience: Duration::ZERO };
            let (queue, limits) = (live.queue_of(&host), live.host_limits(&host));
            self.agenda.queue.upsert(id, &queue, limits, turn);
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Reload(live, client) => {
                let before = std::mem::replace(&mut self.poller.live, live);
                self.poller.client = client;
                self.agenda.queue.set_concurrency(self.poller.live.config.poll.concurrency);
                let unchanged = before.config.sources.iter().filter(|source| {
                    let host = host_of(source, self.states.get(&source.id));
                    self.poller.live.source(&source.id) == Some(source)
                        && host.is_some_and(|host| {
                            let live = &self.poller.live;
                            before.host_limits(&host) == live.host_limits(&host)
                                && before.queue_of(&host) == live.queue_of(&host)
                        })
                });
                let unchanged = unchanged.map(|source| source.id.clone()).collect();
                for source in &before.config.sources {
                    if !self.poller.live.source(&source.id).is_some_and(Source::is_active) {
                        self.agenda.queue.remove(&source.id);
                    }
                }
                self.queue_sources(&unchanged);
                self.queue_turns();
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
            let (state, hub) = (self.states.get(&queue.source), self.hub_host(&queue.source));
            let host = live.source(&queue.source).and_then(|source| host_of(source, state));
            let host = host.or(hub.map(str::to_owned));
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
        let unknown = SourceState::default();
        for source in &live.config.sources {
            let state = self.states.get(&source.id).unwrap_or(&unknown);
            *standing.conditions.entry(condition(source, state).label()).or_default() += 1;
            for alert in raised(source, state) {
                *standing.alerts.entry(alert.kind).or_default() += 1;
            }
            if let Some(condition) = push_status::condition(state, now()) {
                *standing.subscriptions.entry(condition).or_default() += 1;
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
            let state = self.states.get(&source.id);
            let Some(host) = host_of(source, state) else { continue };
            if (leave.contains(&source.id) && self.agenda.queue.contains(&source.id))
                || !self.membership.owns(&host)
            {
                continue;
            }
            // A new address is a new beginning: an old 410 or backoff says nothing of it.
            let state = state
                .filter(|state| source.url.as_ref().is_none_or(|url| moved::knows(state, url)));
            let item = Item {
                source: &source.id,
                schedule: &source.schedule,
                cron_next: cron_next(source, now.wall),
                state,
                host: &live.queue_of(&host),
                limits: live.host_limits(&host),
            };
            self.agenda.begin(&policy, &item, now);
        }
    }

    /// A server that asks for time gets it for all that we poll there.
    fn hold_host(&mut self, id: &SourceId, polled: &Polled) {
        let Some(asked) = polled.hold else { return };
        let live = Arc::clone(&self.poller.live);
        let host = live.source(id).and_then(|source| host_of(source, self.states.get(id)));
        if let Some(host) = host {
            self.agenda.hold(&live.queue_of(&host), asked, self.time());
        }
    }

    pub(super) fn time(&self) -> Time {
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

/// The host that a source's next poll asks.
pub fn host_of(source: &Source, state: Option<&SourceState>) -> Option<String> {
    moved::address(source, state)?.host_str().map(str::to_owned)
}
