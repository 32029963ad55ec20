//! The scheduler's part in WebSub: applies what hubs say, never while the same source is
//! being polled, and asks them when it is time.

mod turns;

pub(super) use turns::source_of_turn;

use super::callbacks::{Callbacks, Event, Push};
use super::clock::now;
use super::pushes::{self, host};
use super::scheduler::Scheduler;
use crate::journal::{Journal, Membership};
use crate::model::{PollReason, Secret, SourceId, SourceState, Timestamp};
use crate::push::subscription::{self, Refusal};
use crate::schedule::push as schedule;
use crate::telemetry::PushResult;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tracing::{error, info, warn};

/// What may wait for one source. Hubs say the same again when they were not heard.
const WAITING: usize = 16;

/// What is waiting for a source, or is being done with it.
pub struct Subscriber {
    callbacks: Arc<Callbacks>,
    events: mpsc::Receiver<Event>,
    waiting: HashMap<SourceId, VecDeque<Work>>,
    /// Sources with a poll or a piece of work under way: never both.
    busy: HashSet<SourceId>,
    /// Sources whose poll waits for the work under way.
    held: HashMap<SourceId, PollReason>,
    working: JoinSet<Worked>,
    /// With when its next poll was to be before.
    working_ids: HashMap<Id, (SourceId, Option<Timestamp>)>,
    asking: JoinSet<(SourceId, Work)>,
    asking_ids: HashMap<Id, SourceId>,
    /// Turns as the queue has them: host and time.
    turns: HashMap<SourceId, (String, Timestamp)>,
    stopping: bool,
}

pub enum Work {
    Push(Secret, Push),
    /// Subscribe or leave, as settings and document want it.
    Settle,
    Answered {
        token: Secret,
        answer: Result<(), Refusal>,
        asked_at: Timestamp,
    },
    Verified {
        token: Secret,
        lease: Option<Duration>,
        at: Timestamp,
    },
    Denied {
        token: Secret,
        reason: String,
        at: Timestamp,
    },
    Left {
        token: Secret,
    },
}

/// The state after a piece of work.
pub enum Worked {
    Kept(Box<SourceState>),
    /// It holds although the store has not taken it.
    NotKept(Box<SourceState>),
    /// Of a push: it is with its publisher still.
    Lost,
}

/// What the scheduler is to hear.
pub enum News {
    Said(Event),
    Worked(Result<(Id, Worked), JoinError>),
    Asked(Result<(Id, (SourceId, Work)), JoinError>),
}

impl Subscriber {
    pub fn new(callbacks: Arc<Callbacks>, events: mpsc::Receiver<Event>) -> Self {
        Subscriber {
            callbacks,
            events,
            waiting: HashMap::new(),
            busy: HashSet::new(),
            held: HashMap::new(),
            working: JoinSet::new(),
            working_ids: HashMap::new(),
            asking: JoinSet::new(),
            asking_ids: HashMap::new(),
            turns: HashMap::new(),
            stopping: false,
        }
    }

    /// Whether a poll may start now; if not, it is held until it may.
    pub(super) fn may_poll(&mut self, source: &SourceId, reason: PollReason) -> bool {
        let free = self.busy.insert(source.clone());
        if !free {
            self.held.insert(source.clone(), reason);
        }
        free
    }

    /// The poll has ended.
    pub(super) fn polled(&mut self, source: &SourceId) {
        self.busy.remove(source);
    }

    pub(super) async fn news(&mut self) -> Option<News> {
        tokio::select! {
            Some(event) = self.events.recv() => Some(News::Said(event)),
            Some(worked) = self.working.join_next_with_id() => Some(News::Worked(worked)),
            Some(asked) = self.asking.join_next_with_id() => Some(News::Asked(asked)),
            else => None,
        }
    }

    /// As [`news`](Self::news), of what is to be finished before the end.
    pub(super) async fn last_news(&mut self) -> Option<News> {
        tokio::select! {
            Some(worked) = self.working.join_next_with_id() => Some(News::Worked(worked)),
            Some(asked) = self.asking.join_next_with_id() => Some(News::Asked(asked)),
            else => None,
        }
    }

    fn wait(&mut self, source: &SourceId, work: Work) {
        let waiting = self.waiting.entry(source.clone()).or_default();
        if waiting.len() < WAITING {
            waiting.push_back(work);
        }
    }

    fn next_work(&mut self, source: &SourceId) -> Option<Work> {
        let waiting = self.waiting.get_mut(source)?;
        let work = waiting.pop_front();
        if waiting.is_empty() {
            self.waiting.remove(source);
        }
        work
    }
}

impl<J, M> Scheduler<J, M>
where
    J: Journal + Clone + 'static,
    M: Membership,
{
    pub(super) fn open_callbacks(&mut self) {
        self.queue_turns();
        self.subscriber.callbacks.set_open(true);
    }

    /// Hubs are told to come later; what they have said is still heard.
    pub(super) fn close_callbacks(&mut self) {
        self.subscriber.callbacks.set_open(false);
        self.subscriber.stopping = true;
        while let Ok(event) = self.subscriber.events.try_recv() {
            self.hear(News::Said(event));
        }
    }

    pub(super) fn hear(&mut self, news: News) {
        match news {
            News::Said(event) => {
                let (source, work) = match event {
                    Event::Pushed(source, token, push) => (source, Work::Push(token, push)),
                    Event::Verified { source, token, lease, at } => {
                        (source, Work::Verified { token, lease, at })
                    }
                    Event::Denied { source, token, reason, at } => {
                        (source, Work::Denied { token, reason, at })
                    }
                    Event::Left { source, token } => (source, Work::Left { token }),
                };
                self.do_soon(&self.id_now(source), work);
            }
            News::Worked(worked) => self.finish_work(worked),
            News::Asked(Ok((id, (source, work)))) => {
                self.subscriber.asking_ids.remove(&id);
                self.hold_hub(&source, &work);
                self.end_turn(&source);
                self.do_soon(&self.id_now(source), work);
            }
            News::Asked(Err(problem)) => {
                error!(error = %problem, "a request to a hub panicked");
                if let Some(source) = self.subscriber.asking_ids.remove(&problem.id()) {
                    let (token, asked_at) = (self.token_of_turn(&source), now());
                    let problem = "the request panicked; see the log".to_owned();
                    let answer = Err(Refusal { status: None, problem, retry_after: None });
                    self.end_turn(&source);
                    if let Some(token) = token {
                        self.do_soon(
                            &self.id_now(source),
                            Work::Answered { token, answer, asked_at },
                        );
                    }
                }
            }
        }
    }

    /// Of a source that may have got another one since.
    fn id_now(&self, source: SourceId) -> SourceId {
        self.poller.live.successor(&source).cloned().unwrap_or(source)
    }

    fn do_soon(&mut self, source: &SourceId, work: Work) {
        self.subscriber.wait(source, work);
        self.go_on(source);
    }

    /// Does what waits for a source, if nothing is being done: a poll goes first, so that
    /// no flood of pushes holds it up.
    pub(super) fn go_on(&mut self, source: &SourceId) {
        while !self.subscriber.busy.contains(source) {
            let held = self.subscriber.held.remove(source);
            if let Some(reason) = held.filter(|_| !self.subscriber.stopping) {
                self.start(source, reason);
            } else if let Some(work) = self.subscriber.next_work(source) {
                self.work(source, work);
            } else {
                return self.queue_turn(source);
            }
        }
    }

    fn work(&mut self, source: &SourceId, work: Work) {
        let state = self.state(source).unwrap_or_default();
        let (poller, id) = (self.poller.clone(), source.clone());
        let next_poll_at = state.next_poll_at;
        let task = match work {
            Work::Push(token, push) => {
                let wanted = state.push.as_ref().is_some_and(|push| push.token == token);
                let known = self.poller.live.source(source).filter(|_| wanted).cloned();
                let Some(of) = known else {
                    return self.poller.tally.pushed(PushResult::NotKept);
                };
                let Push { delivered, room } = push;
                self.subscriber.working.spawn(async move {
                    let state = poller.push(&of, &state, delivered).await;
                    drop(room);
                    state.map_or(Worked::Lost, |state| Worked::Kept(Box::new(state)))
                })
            }
            change => {
                let mut next = state.clone();
                self.change(source, &mut next, change);
                if next == state {
                    return;
                }
                self.subscriber.working.spawn(async move { poller.record(&id, next).await })
            }
        };
        self.subscriber.working_ids.insert(task.id(), (source.clone(), next_poll_at));
        self.subscriber.busy.insert(source.clone());
    }

    /// Notes a change of the subscription in a state.
    fn change(&self, source_id: &SourceId, state: &mut SourceState, work: Work) {
        let (live, at) = (&self.poller.live, now());
        let source = live.source(source_id);
        match work {
            Work::Push(..) => {}
            Work::Settle => pushes::settle(live, source, state, at),
            Work::Answered { token, answer, asked_at } => {
                subscription::answered(state, &token, &answer, asked_at);
                if let (Err(refusal), Some(push)) = (&answer, &state.push) {
                    let (status, error) = (refusal.status, &push.problem);
                    warn!(%source_id, hub = host(&push.hub), status, error, "the hub has not taken a request");
                }
            }
            Work::Verified { token, lease, at } => {
                if subscription::verified(state, &token, lease, at)
                    && let Some(push) = &state.push
                {
                    let until = push.lease_until.map(Timestamp::rfc3339);
                    info!(%source_id, hub = host(&push.hub), until, "the hub pushes");
                }
            }
            Work::Denied { token, reason, at } => {
                if subscription::denied(state, &token, &reason, at)
                    && let Some(push) = &state.push
                {
                    warn!(%source_id, hub = host(&push.hub), error = push.problem, "no pushes");
                }
            }
            Work::Left { token } => {
                if subscription::left(state, &token) {
                    info!(%source_id, "the hub pushes no more, as asked");
                }
            }
        }
        if let Some(source) = source {
            schedule::replan(&live.policy(), &source.schedule, state, at);
        }
    }

    fn finish_work(&mut self, worked: Result<(Id, Worked), JoinError>) {
        let (id, worked) = match worked {
            Ok(worked) => worked,
            Err(problem) => {
                error!(error = %problem, "applying what a hub said panicked");
                (problem.id(), Worked::Lost)
            }
        };
        let Some((source, before)) = self.subscriber.working_ids.remove(&id) else { return };
        self.subscriber.busy.remove(&source);
        let plan = |state: &SourceState| (state.next_poll_at, state.interval_seconds);
        let (due, interval) = match worked {
            Worked::Kept(state) => {
                self.known.kept(&source, &state);
                plan(&state)
            }
            Worked::NotKept(state) => {
                let plan = plan(&state);
                self.known.not_kept(&source, *state);
                plan
            }
            Worked::Lost => self.poll_instead(&source).unwrap_or_default(),
        };
        // Whoever asked for a poll now gets it now.
        if let Some(due) = due.filter(|_| due != before && !self.askers.contains_key(&source)) {
            self.agenda.again(&source, due, interval, self.time());
        }
        self.go_on(&source);
    }

    /// `None`: never polled, or not to be read, which the log has.
    pub(super) fn state(&self, source: &SourceId) -> Option<SourceState> {
        self.known.state(source).unwrap_or_else(|why| {
            error!(source_id = %source, why, "the state cannot be read");
            None
        })
    }

    /// A push was lost: the source is polled as without its hub. When, and its interval.
    fn poll_instead(&mut self, source: &SourceId) -> Option<(Option<Timestamp>, u64)> {
        let mut state = self.state(source)?;
        let push = state.push.as_mut()?;
        push.owes_poll = true;
        let plan = (push.plain_at, state.interval_seconds);
        self.known.not_kept(source, state);
        Some(plan)
    }
}
