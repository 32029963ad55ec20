//! Who subscribes to our feeds, for the admin. Secrets are no part of it.

use super::Hub;
use serde::Serialize;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Subscriber {
    pub topic: String,
    pub callback: String,
    /// Where it was asked from.
    pub client: String,
    /// RFC 3339, as all instants here.
    pub since: String,
    pub lease_until: String,
    /// It gave a secret.
    pub signed: bool,
    /// A delivery waits, or is under way.
    pub owed: bool,
    /// Deliveries that failed in a row.
    pub failures: u32,
    /// A fixed word, such as `timeout`: why the last one failed.
    pub problem: Option<&'static str>,
}

impl Hub {
    /// By topic, then by callback.
    pub fn subscribers(&self) -> Vec<Subscriber> {
        let book = self.book();
        let held = book.all().map(|(_, held)| Subscriber {
            topic: held.subscription.topic.clone(),
            callback: held.subscription.callback.clone(),
            client: held.subscription.client.to_string(),
            since: held.subscription.since.rfc3339(),
            lease_until: held.subscription.lease_until.rfc3339(),
            signed: held.subscription.secret.is_some(),
            owed: held.course.is_owed(),
            failures: held.course.failures(),
            problem: held.problem,
        });
        let mut subscribers: Vec<Subscriber> = held.collect();
        drop(book);
        subscribers.sort_unstable();
        subscribers
    }
}
