//! Does what the hub decides: asks callbacks, delivers, writes down, until the stop.

mod outcomes;
mod writing;

use super::super::clock::{self, now};
use super::super::content::Site;
use super::super::live::Live;
use super::super::shared::Shared;
use super::delivery::{Delivery, Outcome};
use super::documents::Documents;
use super::file::Ledger;
use super::verifying::{deny, verify};
use super::{Asked, Hub, Topic};
use crate::hub::turns::AtOnce;
use crate::hub::verification::Leases;
use crate::hub::{Held, Id, Note, Step, Subscription, Turns, Wish, book};
use crate::model::Timestamp;
use crate::serve::Public;
use crate::store::Reader;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::{debug, info};
use url::Url;

/// Callbacks of one host at a time, of each kind of request.
pub const OF_HOST: usize = 4;
/// Callbacks that are asked at a time.
const VERIFICATIONS: AtOnce = AtOnce { all: 32, of_host: OF_HOST };
/// Between two looks at leases, and at what is to be written down of deliveries.
const LOOK: Duration = Duration::from_secs(60);

pub struct Courier {
    shared: Arc<Shared>,
    hub: Arc<Hub>,
    reader: Reader,
    asked: mpsc::Receiver<Asked>,
    verifications: Turns<Asked>,
    deliveries: Turns<Id>,
    documents: Documents,
    pauses: BinaryHeap<Reverse<(Timestamp, Id)>>,
    tasks: JoinSet<Done>,
    /// None while it is being written to.
    ledger: Option<Ledger>,
    unwritten: Vec<Note>,
    /// Of whom it is to be written down what they have.
    advanced: BTreeSet<Id>,
    next_look: Timestamp,
}

enum Done {
    Asked { asked: Asked, lease: Option<Duration>, result: Result<(), &'static str> },
    Delivered { id: Id, host: String, owed_at: Option<Instant>, outcome: Outcome },
    Written(Ledger, Result<(), std::io::Error>),
    Denied,
}

impl Courier {
    /// Reads the subscriptions. What changed meanwhile is owed to them.
    ///
    /// # Errors
    /// The disk fails.
    pub fn open(
        shared: &Arc<Shared>,
        public: Arc<Public<Site>>,
        reader: Reader,
        asked: mpsc::Receiver<Asked>,
    ) -> std::io::Result<Courier> {
        let live = shared.live();
        let (ledger, subscriptions) = Ledger::open(&live.config.store.path, reader.newest_epoch())?;
        let mut courier = Courier {
            hub: Arc::clone(&shared.hub),
            shared: Arc::clone(shared),
            reader: reader.clone(),
            asked,
            verifications: Turns::default(),
            deliveries: Turns::default(),
            documents: Documents::new(public, reader),
            pauses: BinaryHeap::new(),
            tasks: JoinSet::new(),
            ledger: Some(ledger),
            unwritten: Vec::new(),
            advanced: BTreeSet::new(),
            next_look: now(),
        };
        for subscription in subscriptions {
            courier.take_over(&live, subscription);
        }
        courier.listen();
        Ok(courier)
    }

    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            self.start();
            let wait = self.next_due().since(now()).max(Duration::from_millis(10));
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.hub.changed.bell.notified() => self.owe(),
                Some(asked) = self.asked.recv() => {
                    let host = book::host(&asked.request.callback);
                    self.verifications.push(&host, asked);
                }
                Some(done) = self.tasks.join_next() => {
                    if let Ok(done) = done {
                        self.finish(done);
                    }
                }
                () = clock::sleep(wait) => {}
            }
            self.look();
        }
        self.hub.set_client(None);
        self.end().await;
    }

    fn take_over(&mut self, live: &Live, subscription: Subscription) {
        if subscription.lease_until <= now() {
            let Subscription { topic, callback, .. } = subscription;
            self.unwritten.push(Note::Left { topic, callback });
            return;
        }
        let Ok(topic) = Topic::resolve(live, &self.reader, &subscription.topic) else {
            if live.config.hub.enabled {
                self.refuse(&subscription, "the feed is not published any more");
            }
            return;
        };
        let reached = self.reader.channel(topic.channel).map_or(0, |head| head.change);
        let is_behind = subscription.change < reached;
        let id = self.hub.book().put(subscription, topic.channel);
        if let Some(id) = id.filter(|_| is_behind) {
            self.owe_one(id, Instant::now());
        }
    }

    /// Drops a subscription, and tells its callback why.
    fn refuse(&mut self, subscription: &Subscription, reason: &'static str) {
        let Subscription { topic, callback, .. } = subscription.clone();
        info!(topic, reason, "a subscription to our feeds has ended");
        self.unwritten.push(Note::Left { topic: topic.clone(), callback: callback.clone() });
        if let (Some(client), Ok(callback)) = (self.client(), Url::parse(&callback)) {
            self.tasks.spawn(async move {
                deny(&client, &callback, &topic, reason).await;
                Done::Denied
            });
        }
    }

    fn client(&self) -> Option<crate::fetch::Client> {
        self.hub.client()
    }

    fn listen(&self) {
        let is_heard = !self.hub.book().is_empty();
        self.hub.changed.is_heard.store(is_heard, Ordering::Relaxed);
    }

    /// Starts what may start now.
    fn start(&mut self) {
        self.write();
        if self.verifications.waiting() + self.deliveries.waiting() == 0 {
            return;
        }
        let live = self.shared.live();
        let Some(client) = self.client().filter(|_| live.config.hub.enabled) else { return };
        while let Some((_, asked)) = self.verifications.next(VERIFICATIONS) {
            self.ask(&live, client.clone(), asked);
        }
        let at_once = AtOnce { all: live.config.hub.concurrency, of_host: OF_HOST };
        while let Some((host, id)) = self.deliveries.next(at_once) {
            self.deliver(&live, client.clone(), host, id);
        }
    }

    fn ask(&mut self, live: &Live, client: crate::fetch::Client, asked: Asked) {
        let hub = &live.config.hub;
        let leases = Leases { usual: hub.lease, longest: hub.longest_lease };
        let lease = match &asked.request.wish {
            Wish::Subscribe { lease, .. } => Some(leases.grant(*lease)),
            Wish::Unsubscribe => None,
        };
        let (callback, topic) = (asked.request.callback.clone(), asked.topic.url.clone());
        let work = async move { verify(&client, &callback, &topic, lease).await };
        let work = AbortOnDropHandle::new(tokio::spawn(work));
        self.tasks.spawn(async move {
            let result = work.await.unwrap_or(Err("panicked"));
            Done::Asked { asked, lease, result }
        });
    }

    fn deliver(&mut self, live: &Live, client: crate::fetch::Client, host: String, id: Id) {
        let mut book = self.hub.book();
        let delivery = book.get_mut(id).and_then(|held| delivery(live, &mut self.documents, held));
        drop(book);
        let Some((delivery, owed_at)) = delivery else {
            self.deliveries.done(&host);
            return;
        };
        let work = AbortOnDropHandle::new(tokio::spawn(delivery.make(client)));
        self.tasks.spawn(async move {
            let outcome = work.await.unwrap_or(Outcome::Failed("panicked"));
            Done::Delivered { id, host, owed_at, outcome }
        });
    }

    /// What has changed is owed to those who subscribe to it.
    fn owe(&mut self) {
        let changed = self.hub.changed.take();
        self.documents.forget();
        for (channel, at) in changed {
            let heard = self.hub.book().of_channel(channel);
            for id in heard {
                self.owe_one(id, at);
            }
        }
    }

    fn owe_one(&mut self, id: Id, at: Instant) {
        self.step(id, |held| {
            held.owed_at.get_or_insert(at);
            held.course.owe(now())
        });
    }

    fn step(&mut self, id: Id, decide: impl FnOnce(&mut Held) -> Step) {
        let mut book = self.hub.book();
        let Some(held) = book.get_mut(id) else { return };
        match decide(held) {
            Step::Nothing => {}
            Step::Queue => self.deliveries.push(&held.host, id),
            Step::Wait(until) => self.pauses.push(Reverse((until, id))),
        }
    }

    fn finish(&mut self, done: Done) {
        match done {
            Done::Asked { asked, lease, result } => {
                self.verifications.done(&book::host(&asked.request.callback));
                self.answered(asked, lease, result);
            }
            Done::Delivered { id, host, owed_at, outcome } => {
                self.deliveries.done(&host);
                self.delivered(id, owed_at, outcome);
            }
            Done::Written(ledger, result) => self.written(ledger, result),
            Done::Denied => {}
        }
    }

    /// When something is to be done by the clock.
    fn next_due(&self) -> Timestamp {
        let pause = self.pauses.peek().map(|Reverse((until, _))| *until);
        pause.map_or(self.next_look, |until| until.min(self.next_look))
    }

    /// What is due by the clock.
    fn look(&mut self) {
        let now = now();
        while let Some(Reverse((until, id))) = self.pauses.peek().copied()
            && until <= now
        {
            self.pauses.pop();
            self.step(id, |held| held.course.resume(now));
        }
        if self.next_look > now && self.next_look <= now + LOOK {
            return;
        }
        self.next_look = now + LOOK;
        let mut book = self.hub.book();
        for id in book.lapsed(now) {
            if let Some(held) = book.remove(id) {
                let Subscription { topic, callback, .. } = held.subscription;
                debug!(topic, host = held.host, "a subscription to our feeds has lapsed");
                self.unwritten.push(Note::Left { topic, callback });
            }
        }
        drop(book);
        self.note_advanced();
        self.listen();
    }
}

/// `None`: it waits no more. With since when it is owed.
fn delivery(
    live: &Live,
    documents: &mut Documents,
    held: &mut Held,
) -> Option<(Delivery, Option<Instant>)> {
    let delivery = Delivery {
        document: documents.of(&held.subscription.topic, held.channel)?,
        callback: Url::parse(&held.subscription.callback).ok()?,
        secret: held.subscription.secret.clone(),
        signature: live.config.hub.signature,
        hub: live.hub_url()?,
        before: held.body_hash,
    };
    held.course.start();
    Some((delivery, held.owed_at.take()))
}
