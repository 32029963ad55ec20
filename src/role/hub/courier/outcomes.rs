//! What callbacks say, and what follows from it for their subscriptions.

use super::super::super::chance;
use super::super::super::clock::now;
use super::super::delivery::Outcome;
use super::super::{Asked, Topic, bounds};
use super::Courier;
use crate::hub::{Id, Note, Subscription, Wish, book};
use crate::telemetry::{self, Delivered};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tracing::debug;

impl Courier {
    /// A callback was asked whether it wants what was asked for.
    pub(super) fn answered(
        &mut self,
        asked: Asked,
        lease: Option<Duration>,
        result: Result<(), &'static str>,
    ) {
        let Asked { request, topic, client, .. } = asked;
        let (Topic { url: topic, channel }, callback) = (topic, request.callback);
        let host = book::host(&callback);
        if let Err(error_kind) = result {
            self.hub.tally.asked(telemetry::Asked::NotConfirmed);
            debug!(topic, host, error_kind, "a callback did not confirm");
            return;
        }
        self.hub.tally.asked(telemetry::Asked::Confirmed);
        let secret = match request.wish {
            Wish::Subscribe { secret, .. } => secret,
            Wish::Unsubscribe => None,
        };
        let Some(lease) = lease else {
            let mut book = self.hub.book();
            if let Some(id) = book.find(&topic, callback.as_str()) {
                book.remove(id);
                debug!(topic, host, "a subscription to our feeds was ended by its subscriber");
                self.unwritten.push(Note::Left { topic, callback: callback.into() });
            }
            drop(book);
            return self.listen();
        };
        // From here on changes are heard, so that none is missed between both.
        self.hub.changed.is_heard.store(true, Ordering::Relaxed);
        let change = self.reader.channel(channel).map_or(0, |head| head.change);
        let (since, lease_until) = (now(), now() + lease);
        let (url, bounds) = (callback.clone(), bounds(&self.shared.live()));
        let callback = callback.into();
        let new = Subscription { topic, callback, secret, since, lease_until, client, change };
        let mut book = self.hub.book();
        // Others were confirmed meanwhile.
        if let Err(reason) = book.admits(&new.topic, &url, client, bounds) {
            drop(book);
            return self.refuse(&new, reason);
        }
        if let Some(held) = book.put(new, channel).and_then(|id| book.get(id)) {
            debug!(topic = held.subscription.topic, host, "a feed of ours is subscribed to");
            self.unwritten.push(Note::Holds(held.subscription.clone()));
        }
        drop(book);
        self.listen();
    }

    /// Something was to be delivered, owed since then.
    pub(super) fn delivered(&mut self, id: Id, owed_at: Option<Instant>, outcome: Outcome) {
        let tally = &self.hub.tally;
        match outcome {
            Outcome::Has { is_sent: false, .. } => tally.delivered(Delivered::Unchanged),
            Outcome::Has { .. } => {
                tally.delivered(Delivered::Taken);
                owed_at.into_iter().for_each(|at| tally.delayed(at.elapsed()));
            }
            Outcome::Left => tally.delivered(Delivered::Left),
            Outcome::Failed(_) => tally.delivered(Delivered::Failed),
            Outcome::NoTopic => {}
        }
        match outcome {
            Outcome::Has { change, body_hash, .. } => {
                self.advanced.insert(id);
                self.step(id, |held| {
                    held.subscription.change = held.subscription.change.max(change);
                    (held.body_hash, held.problem) = (Some(body_hash), None);
                    held.course.succeeded(now())
                });
            }
            Outcome::Failed(error_kind) => self.step(id, |held| {
                held.problem = Some(error_kind);
                held.owed_at = held.owed_at.or(owed_at);
                let step = held.course.failed(now(), chance::fraction());
                let (topic, failures) = (&held.subscription.topic, held.course.failures());
                debug!(topic, host = held.host, error_kind, failures, "a delivery failed");
                step
            }),
            Outcome::Left | Outcome::NoTopic => {
                let removed = self.hub.book().remove(id);
                match removed.map(|held| held.subscription) {
                    Some(gone) if outcome == Outcome::NoTopic => {
                        self.refuse(&gone, "the feed is not published any more");
                    }
                    Some(Subscription { topic, callback, .. }) => {
                        self.unwritten.push(Note::Left { topic, callback });
                    }
                    None => {}
                }
                self.listen();
            }
        }
    }
}
