//! Polls each source when it is due, kind to its host, until told to stop.

use super::clock::{self, Stopwatch, now, real_now};
use super::known::Known;
use super::live::Live;
use super::moved;
use super::pause::Pause;
use super::poll::Poller;
use super::polled::Polled;
use super::shared::Shared;
use super::standing::Standing;
use super::subscriber::{self, Subscriber};
use crate::fetch::Client;
use crate::journal::{Journal, Membership, SourceStates};
use crate::model::{PollReason, Source, SourceId, SourceState, Timestamp};
use crate::schedule::agenda::{Agenda, Time};
use crate::schedule::policy;
use crate::schedule::queue::{Next, Turn};
use std::collections::HashMap;
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

/// Who asked for a poll, and waits for what it found.
type Asker = oneshot::Sender<Result<Arc<Polled>, String>>;

/// The scheduler looks up at least this often; the watchdog counts on it.
const LONGEST_NAP: Duration = Duration::from_secs(5);
/// After a poll panicked, or its source could not be read of.
const RETRY: Duration = Duration::from_secs(60);
/// Who wants a poll now waits so long for its host's turn.
const WISH_PATIENCE: Duration = Duration::from_secs(60);
/// For polls under way at a stop.
const DRAIN: Duration = Duration::from_secs(4);

/// A poll that is being made.
struct UnderWay {
    source: SourceId,
    /// The host that it asks.
    host: Option<String>,
    /// What was learnt before.
    interval_seconds: u64,
}

pub struct Scheduler<J, M> {
    pub(super) poller: Poller<J>,
    pub(super) membership: M,
    pub(super) agenda: Agenda,
    pub(super) known: Known,
    running: JoinSet<Arc<Polled>>,
    under_way: HashMap<Id, UnderWay>,
    pub(super) askers: HashMap<SourceId, Vec<Asker>>,
    commands: mpsc::Receiver<Command>,
    pub(super) subscriber: Subscriber,
    pause: Pause,
    pub(super) started: Stopwatch,
    heartbeat: Arc<AtomicI64>,
    /// When all polls were planned last: seconds since 1970.
    pub(super) planned_at: Arc<AtomicI64>,
}

impl<J, M> Scheduler<J, M>
where
    J: Journal + Clone + 'static,
    M: Membership,
{
    /// # Errors
    /// In words, when the states cannot be read.
    pub fn new(
        poller: Poller<J>,
        membership: M,
        states: Arc<dyn SourceStates>,
        commands: mpsc::Receiver<Command>,
        subscriber: Subscriber,
        signs: &Shared,
    ) -> Result<Self, String> {
        let started = Stopwatch::start();
        let agenda = Agenda::new(poller.live.config.poll.concurrency, time(&started));
        let mut scheduler = Scheduler {
            poller,
            membership,
            agenda,
            known: Known::new(states, now()),
            running: JoinSet::new(),
            under_way: HashMap::new(),
            askers: HashMap::new(),
            commands,
            subscriber,
            pause: Pause::new(),
            started,
            heartbeat: Arc::clone(&signs.scheduler_beat),
            planned_at: Arc::clone(&signs.planned_at),
        };
        scheduler.queue_all_sources()?;
        scheduler.open_callbacks();
        Ok(scheduler)
    }

    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let nap = self.start_due();
            self.heartbeat.store(real_now().0, Ordering::Relaxed);
            tokio::select! {
                () = stop.cancelled() => break,
                Some(joined) = self.running.join_next_with_id() => self.finish(joined),
                Some(news) = self.subscriber.news() => self.hear(news),
                Some(answer) = self.pause.answer() => self.pause.heard(answer),
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
            if let Err(why) = self.queue_all_sources() {
                error!(why, "the states cannot be read; polls stay planned as they were");
            }
            self.queue_turns();
        }
        if self.pause.is_on() {
            return self.pause.probe(&self.poller.journal).min(LONGEST_NAP);
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
        let state = match self.known.state(id) {
            Ok(state) => state.unwrap_or_default(),
            Err(why) => {
                error!(source_id = %id, why, "the state cannot be read; the poll waits");
                self.agenda.finished(id, self.time());
                self.agenda.again(id, now() + RETRY, 0, self.time());
                return self.subscriber.polled(id);
            }
        };
        if !self.known.may_poll(id, &state) {
            self.agenda.queue.remove(id);
            self.agenda.finished(id, self.time());
            return self.subscriber.polled(id);
        }
        let under_way = UnderWay {
            source: id.clone(),
            host: host_of(&source, Some(&state)),
            interval_seconds: state.interval_seconds,
        };
        let poller = self.poller.clone();
        let put_off = policy::put_off(id, &source.schedule, &state, now());
        if let Some(at) = put_off.filter(|_| reason == PollReason::Scheduled) {
            self.agenda.finished(id, self.time());
            self.agenda.again(id, at, state.interval_seconds, self.time());
            self.subscriber.polled(id);
            return;
        }
        let task =
            self.running.spawn(async move { Arc::new(poller.poll(&source, &state, reason).await) });
        self.under_way.insert(task.id(), under_way);
    }

    fn finish(&mut self, joined: Result<(Id, Arc<Polled>), tokio::task::JoinError>) {
        let (task, polled) = match joined {
            Ok((task, polled)) => (task, Some(polled)),
            Err(problem) => (problem.id(), None),
        };
        let Some(under_way) = self.under_way.remove(&task) else { return };
        let UnderWay { source: id, host, interval_seconds: mut interval } = under_way;
        self.agenda.finished(&id, self.time());
        if let Some((host, asked)) = host.zip(polled.as_ref().and_then(|polled| polled.hold)) {
            // A server that asks for time gets it for all that we poll there.
            self.agenda.hold(&self.poller.live.queue_of(&host), asked, time(&self.started));
        }
        let due = match &polled {
            Some(polled) if polled.refused.is_none() => {
                self.follow(&id, &polled.state);
                self.known.kept(&id, &polled.state);
                interval = polled.state.interval_seconds;
                polled.state.next_poll_at.unwrap_or(policy::NEVER)
            }
            // Not kept: it is asked again when it would be anyway, as its server wants it.
            Some(polled) => polled.planned.unwrap_or(policy::NEVER),
            None => {
                error!(source_id = %id, "a poll panicked; it will be repeated");
                now() + RETRY
            }
        };
        self.agenda.again(&id, due, interval, self.time());
        if let Some(error) = polled.as_ref().and_then(|polled| polled.refused.as_ref()) {
            self.pause.begin(error);
        }
        for asker in self.askers.remove(&id).unwrap_or_default() {
            let answer = polled.clone().ok_or_else(|| "the poll panicked; see the log".to_owned());
            let _ = asker.send(answer);
        }
        self.subscriber.polled(&id);
        self.go_on(&id);
    }

    /// Lets a source that has moved, or moved back, wait with its new host.
    fn follow(&mut self, id: &SourceId, state: &SourceState) {
        let live = &self.poller.live;
        if state.moved.is_none() && !self.known.note(id).has_moved {
            return;
        }
        if let Some(host) = live.source(id).and_then(|source| host_of(source, Some(state)))
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
                    let host = self.host(source);
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
                self.leave_former_ids();
                self.queue_changed_sources(&unchanged);
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

    /// Somebody wants a poll now. Spacing is waited for; whom a server told to stay away is
    /// told so.
    fn wish(&mut self, id: &SourceId) -> Result<(), String> {
        if let Some(why) = self.pause.why() {
            return Err(format!("nobody is polled now: {why}"));
        }
        let time = self.time();
        let own = self.known.state(id)?.and_then(|state| state.retry_at).unwrap_or_default();
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
