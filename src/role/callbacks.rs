//! Our callbacks: which token is whose, what hubs are told there at once, and what the
//! scheduler then hears of.

use super::clock::now;
use super::pushes::{Delivered, host};
use crate::model::{Secret, SourceId, SourceState, Subscription, Timestamp};
use crate::push::intent::Intent;
use crate::push::{signature, subscription};
use crate::serve::Reply;
use crate::telemetry::{PushResult, Tally};
use bytes::Bytes;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE};
use hyper::{HeaderMap, StatusCode};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tracing::{debug, warn};

/// What hubs have said and the scheduler has not heard yet.
const EVENTS: usize = 64;
/// Bytes of pushes that are read or waiting, over all sources; one push of the longest
/// body that is allowed always has room.
const ROOM: usize = 32 * 1024 * 1024;
/// Pushes of one source that are read or waiting.
const OF_ONE: usize = 4;
/// What hubs are told to wait, seconds, when there is no room.
const RETRY_AFTER: u32 = 60;
const SIGNATURE: &str = "x-hub-signature";

/// Something that a hub has said.
pub enum Event {
    Pushed(SourceId, Secret, Push),
    Verified { source: SourceId, token: Secret, lease: Option<Duration>, at: Timestamp },
    Denied { source: SourceId, token: Secret, reason: String, at: Timestamp },
    Left { source: SourceId, token: Secret },
}

/// A push with the room that it takes until it is applied.
pub struct Push {
    pub delivered: Delivered,
    pub room: Room,
}

pub struct Callbacks {
    doors: RwLock<Doors>,
    events: mpsc::Sender<Event>,
    room: Arc<Semaphore>,
    /// The tokens are known, and somebody hears events.
    open: AtomicBool,
    tally: Arc<Tally>,
}

#[derive(Default)]
struct Doors {
    by_token: HashMap<Secret, Arc<Door>>,
    of_source: HashMap<SourceId, Vec<Secret>>,
}

/// What is behind a callback.
pub struct Door {
    source: SourceId,
    token: Secret,
    wanted: Wanted,
    counts: Arc<Counts>,
}

enum Wanted {
    Subscription(Box<Subscription>),
    /// To be left: the topic.
    Nothing(String),
}

/// Outlives changes of what is behind a callback.
#[derive(Default)]
struct Counts {
    /// When its hub was last asked, seconds since 1970.
    asked_at: AtomicI64,
    waiting: AtomicUsize,
    /// Pushes that were not believed.
    refused: AtomicU64,
}

/// Room for one push.
pub struct Room {
    bytes: OwnedSemaphorePermit,
    counts: Arc<Counts>,
}

impl Room {
    /// Gives back what the body did not take.
    fn shrink(&mut self, length: usize) {
        let left = self.bytes.num_permits().saturating_sub(length.max(1));
        drop(self.bytes.split(left));
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.counts.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Callbacks {
    pub fn new(tally: Arc<Tally>) -> (Callbacks, mpsc::Receiver<Event>) {
        let (events, heard) = mpsc::channel(EVENTS);
        let callbacks = Callbacks {
            doors: RwLock::default(),
            events,
            room: Arc::new(Semaphore::new(ROOM)),
            open: AtomicBool::new(false),
            tally,
        };
        (callbacks, heard)
    }

    /// From now on, unknown tokens are unknown; before and after, it is too early to tell.
    pub fn set_open(&self, open: bool) {
        self.open.store(open, Ordering::Relaxed);
    }

    /// Takes over what a source's state says of its callbacks.
    pub fn set(&self, source: &SourceId, state: &SourceState) {
        if state.push.is_none() && state.leaving.is_none() {
            let known = self.doors.read().expect("no holder panics").of_source.contains_key(source);
            if !known {
                return;
            }
        }
        let mut doors = self.doors.write().expect("no holder panics");
        let mut before = HashMap::new();
        for token in doors.of_source.remove(source).unwrap_or_default() {
            if let Some(door) = doors.by_token.remove(&token) {
                before.insert(token, Arc::clone(&door.counts));
            }
        }
        let push = state.push.as_ref();
        let push = push.map(|push| (push.token.clone(), Wanted::Subscription(push.clone())));
        let leaving = state.leaving.as_ref();
        let leaving = leaving.map(|left| (left.token.clone(), Wanted::Nothing(left.topic.clone())));
        let mut tokens = Vec::new();
        for (token, wanted) in push.into_iter().chain(leaving) {
            let counts = before.remove(&token).unwrap_or_default();
            let door = Door { source: source.clone(), token: token.clone(), wanted, counts };
            doors.by_token.insert(token.clone(), Arc::new(door));
            tokens.push(token);
        }
        if !tokens.is_empty() {
            doors.of_source.insert(source.clone(), tokens);
        }
    }

    /// The hub is about to be asked: it may verify before it answers.
    pub fn asking(&self, token: &Secret, at: Timestamp) {
        let doors = self.doors.read().expect("no holder panics");
        if let Some(door) = doors.by_token.get(token) {
            door.counts.asked_at.store(at.0, Ordering::Relaxed);
        }
    }

    /// Pushes of a source that were not believed since the start.
    pub fn refused(&self, source: &SourceId) -> u64 {
        let doors = self.doors.read().expect("no holder panics");
        let tokens = doors.of_source.get(source).into_iter().flatten();
        let counts = tokens.filter_map(|token| doors.by_token.get(token));
        counts.map(|door| door.counts.refused.load(Ordering::Relaxed)).sum()
    }

    /// What is behind a token.
    ///
    /// # Errors
    /// Nothing, or it cannot be known now.
    pub fn door(&self, token: &str) -> Result<Arc<Door>, Reply> {
        if !self.open.load(Ordering::Relaxed) {
            return Err(busy("starting or stopping"));
        }
        let doors = self.doors.read().expect("no holder panics");
        let door = doors.by_token.get(&Secret::new(token.to_owned()));
        door.cloned().ok_or_else(unknown)
    }

    /// Answers a hub that asks whether we want what it was asked (§5.2, §5.3).
    pub fn ask(&self, door: &Door, query: &str) -> Reply {
        let Some(intent) = Intent::read(query).filter(|intent| intent.topic() == door.topic())
        else {
            return unknown();
        };
        let (source, token, at) = (door.source.clone(), door.token.clone(), now());
        let (event, answer) = match (intent, &door.wanted) {
            (Intent::Subscribe { challenge, lease, .. }, Wanted::Subscription(push))
                if subscription::awaits_verification(push, door.counts.asked_at(), at) =>
            {
                (Event::Verified { source, token, lease, at }, challenge)
            }
            (Intent::Unsubscribe { challenge, .. }, Wanted::Nothing(_)) => {
                (Event::Left { source, token }, challenge)
            }
            (Intent::Denied { reason, .. }, Wanted::Subscription(_)) => {
                (Event::Denied { source, token, reason, at }, String::new())
            }
            _ => {
                debug!(source_id = %door.source, "a hub asks for what we have not asked it");
                return unknown();
            }
        };
        match self.events.try_send(event) {
            Ok(()) => Reply::new(StatusCode::OK, answer),
            Err(_) => busy("too much is waiting"),
        }
    }

    /// Room for a push, and how long it may be; see [`crate::serve::Callbacks::admit`].
    ///
    /// # Errors
    /// What a hub is told that is to come later, or not at all.
    pub fn admit(
        &self,
        door: &Door,
        length: Option<u64>,
        most: u64,
    ) -> Result<(Room, usize), Reply> {
        let admitted = self.room_for(door, length, most);
        if admitted.is_err() {
            self.tally.pushed(PushResult::Refused);
        }
        admitted
    }

    fn room_for(
        &self,
        door: &Door,
        length: Option<u64>,
        most: u64,
    ) -> Result<(Room, usize), Reply> {
        if matches!(door.wanted, Wanted::Nothing(_)) {
            return Err(Reply::new(StatusCode::GONE, "the subscription has ended"));
        }
        if length.is_some_and(|length| length > most) {
            let text = format!("longer than {most} bytes");
            return Err(Reply::new(StatusCode::PAYLOAD_TOO_LARGE, text));
        }
        let limit = usize::try_from(length.unwrap_or(most)).unwrap_or(usize::MAX);
        let taken = u32::try_from(limit.clamp(1, ROOM)).unwrap_or(u32::MAX);
        let Ok(bytes) = Arc::clone(&self.room).try_acquire_many_owned(taken) else {
            return Err(busy("too much is waiting"));
        };
        let counts = Arc::clone(&door.counts);
        let waiting = counts.waiting.fetch_add(1, Ordering::Relaxed);
        let room = Room { bytes, counts };
        if waiting >= OF_ONE {
            let status = StatusCode::TOO_MANY_REQUESTS;
            return Err(Reply::later(status, "too many pushes of this topic", RETRY_AFTER));
        }
        Ok((room, limit))
    }

    /// Takes a push. One that the hub did not sign is dropped, and its sender not told
    /// (§7.1.2).
    pub fn take(&self, door: &Door, mut room: Room, headers: &HeaderMap, body: Bytes) -> Reply {
        let Wanted::Subscription(push) = &door.wanted else {
            return Reply::new(StatusCode::GONE, "the subscription has ended");
        };
        let taken = Reply::new(StatusCode::ACCEPTED, "");
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let Err(fault) = signature::verify(text(SIGNATURE), push.secret.reveal(), &body) {
            self.tally.pushed(PushResult::Unsigned);
            let refused = door.counts.refused.fetch_add(1, Ordering::Relaxed) + 1;
            // Each time twice as many: a flood of them does not fill the log.
            if refused.is_power_of_two() {
                let (source_id, hub) = (&door.source, host(&push.hub));
                warn!(%source_id, hub, refused, error_kind = fault.kind(), "a push is dropped: {fault}");
            }
            return taken;
        }
        room.shrink(body.len());
        let delivered = Delivered {
            body,
            content_type: text(CONTENT_TYPE.as_str()).map(str::to_owned),
            content_encoding: text(CONTENT_ENCODING.as_str()).map(str::to_owned),
        };
        let pushed = Push { delivered, room };
        let sent =
            self.events.try_send(Event::Pushed(door.source.clone(), door.token.clone(), pushed));
        if sent.is_err() {
            self.tally.pushed(PushResult::Refused);
        }
        match sent {
            Ok(()) => taken,
            Err(TrySendError::Full(_)) => busy("too much is waiting"),
            Err(TrySendError::Closed(_)) => busy("stopping"),
        }
    }
}

impl Door {
    fn topic(&self) -> &str {
        match &self.wanted {
            Wanted::Subscription(push) => &push.topic,
            Wanted::Nothing(topic) => topic,
        }
    }
}

impl Counts {
    fn asked_at(&self) -> Option<Timestamp> {
        let at = self.asked_at.load(Ordering::Relaxed);
        (at > 0).then_some(Timestamp(at))
    }
}

fn unknown() -> Reply {
    Reply::new(StatusCode::NOT_FOUND, "no such subscription")
}

fn busy(why: &str) -> Reply {
    Reply::later(StatusCode::SERVICE_UNAVAILABLE, why, RETRY_AFTER)
}
