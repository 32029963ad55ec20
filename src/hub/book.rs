//! All subscriptions, each once by its topic and callback, within bounds.

use super::{Course, Subscription};
use crate::model::access::network;
use crate::model::{ChannelKey, Timestamp};
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::net::IpAddr;
use std::time::Instant;
use url::Url;

/// Names a subscription in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u64);

/// How many subscriptions there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub all: usize,
    /// With callbacks at one host.
    pub of_host: usize,
    /// Asked for from one address.
    pub of_client: usize,
}

#[derive(Debug, Clone)]
pub struct Held {
    pub subscription: Subscription,
    /// The channel whose changes are the topic's.
    pub channel: ChannelKey,
    pub host: String,
    pub course: Course,
    /// Since when a delivery is owed.
    pub owed_at: Option<Instant>,
    /// Of the bytes that were delivered last by this process.
    pub body_hash: Option<u64>,
    /// Why the last delivery failed.
    pub problem: Option<&'static str>,
}

#[derive(Debug, Default)]
pub struct Book {
    held: HashMap<Id, Held>,
    ids: HashMap<(String, String), Id>,
    of_channel: HashMap<ChannelKey, BTreeSet<Id>>,
    of_host: HashMap<String, usize>,
    of_client: HashMap<IpAddr, usize>,
    last: u64,
}

impl Book {
    pub fn len(&self) -> usize {
        self.held.len()
    }

    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    pub fn find(&self, topic: &str, callback: &str) -> Option<Id> {
        self.ids.get(&(topic.to_owned(), callback.to_owned())).copied()
    }

    pub fn get(&self, id: Id) -> Option<&Held> {
        self.held.get(&id)
    }

    pub fn get_mut(&mut self, id: Id) -> Option<&mut Held> {
        self.held.get_mut(&id)
    }

    pub fn all(&self) -> impl Iterator<Item = (Id, &Held)> {
        self.held.iter().map(|(id, held)| (*id, held))
    }

    /// Those that want to hear of a channel's changes.
    pub fn of_channel(&self, channel: ChannelKey) -> Vec<Id> {
        self.of_channel.get(&channel).into_iter().flatten().copied().collect()
    }

    /// Whether one more may be, or the one that is there be renewed.
    ///
    /// # Errors
    /// Which bound is reached, in words.
    pub fn admits(
        &self,
        topic: &str,
        callback: &Url,
        client: IpAddr,
        bounds: Bounds,
    ) -> Result<(), &'static str> {
        if self.find(topic, callback.as_str()).is_some() {
            return Ok(());
        }
        let count = |counts: Option<&usize>| counts.copied().unwrap_or(0);
        if self.held.len() >= bounds.all {
            Err("this hub has no room for further subscriptions")
        } else if count(self.of_host.get(&host(callback))) >= bounds.of_host {
            Err("there are too many subscriptions with callbacks at this host")
        } else if count(self.of_client.get(&network(client))) >= bounds.of_client {
            Err("too many subscriptions were asked for from your address")
        } else {
            Ok(())
        }
    }

    /// Adds a subscription, or renews the one for the same topic and callback (§5.1), whose
    /// deliveries go on. `None`: its callback is no address.
    pub fn put(&mut self, subscription: Subscription, channel: ChannelKey) -> Option<Id> {
        let host = host(&Url::parse(&subscription.callback).ok()?);
        if let Some(id) = self.find(&subscription.topic, &subscription.callback)
            && let Some(held) = self.held.get_mut(&id)
        {
            let before = &held.subscription;
            let (since, change) = (before.since, before.change);
            less(&mut self.of_client, &network(before.client));
            *self.of_client.entry(network(subscription.client)).or_default() += 1;
            held.subscription = Subscription { since, change, ..subscription };
            return Some(id);
        }
        self.last += 1;
        let id = Id(self.last);
        let Subscription { topic, callback, client, .. } = &subscription;
        self.ids.insert((topic.clone(), callback.clone()), id);
        self.of_channel.entry(channel).or_default().insert(id);
        *self.of_host.entry(host.clone()).or_default() += 1;
        *self.of_client.entry(network(*client)).or_default() += 1;
        let held = Held {
            subscription,
            channel,
            host,
            course: Course::default(),
            owed_at: None,
            body_hash: None,
            problem: None,
        };
        self.held.insert(id, held);
        Some(id)
    }

    pub fn remove(&mut self, id: Id) -> Option<Held> {
        let held = self.held.remove(&id)?;
        let Subscription { topic, callback, client, .. } = &held.subscription;
        self.ids.remove(&(topic.clone(), callback.clone()));
        if let Some(others) = self.of_channel.get_mut(&held.channel) {
            others.remove(&id);
            if others.is_empty() {
                self.of_channel.remove(&held.channel);
            }
        }
        less(&mut self.of_host, &held.host);
        less(&mut self.of_client, &network(*client));
        Some(held)
    }

    /// Those whose leases have ended.
    pub fn lapsed(&self, now: Timestamp) -> Vec<Id> {
        let lapsed = self.all().filter(|(_, held)| held.subscription.lease_until <= now);
        lapsed.map(|(id, _)| id).collect()
    }
}

/// Of a callback, as bounds count it.
pub fn host(callback: &Url) -> String {
    callback.host_str().unwrap_or_default().trim_end_matches('.').to_owned()
}

fn less<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { all: 4, of_host: 2, of_client: 3 };
    const CHANNEL: ChannelKey = ChannelKey(7);

    fn subscription(topic: &str, callback: &str, client: [u8; 4]) -> Subscription {
        Subscription {
            topic: topic.to_owned(),
            callback: callback.to_owned(),
            secret: None,
            since: Timestamp(10),
            lease_until: Timestamp(100),
            client: client.into(),
            change: 3,
        }
    }

    fn admits(book: &Book, topic: &str, callback: &str, client: [u8; 4]) -> bool {
        let callback = Url::parse(callback).expect("an address");
        book.admits(topic, &callback, client.into(), BOUNDS).is_ok()
    }

    #[test]
    fn h103_asking_again_renews_and_makes_no_second_one() {
        let mut book = Book::default();
        let first = book.put(subscription("t", "http://a.cn/1", [1; 4]), CHANNEL);
        let renewed = Subscription {
            since: Timestamp(50),
            lease_until: Timestamp(900),
            change: 9,
            ..subscription("t", "http://a.cn/1", [2; 4])
        };
        assert_eq!(book.put(renewed, CHANNEL), first);
        assert_eq!(book.len(), 1);
        let held = book.get(first.expect("put")).expect("held");
        assert_eq!(held.subscription.lease_until, Timestamp(900));
        assert_eq!((held.subscription.since, held.subscription.change), (Timestamp(10), 3));
        assert_eq!(book.of_client.get(&IpAddr::from([1; 4])), None);
        assert_eq!(book.of_channel(CHANNEL).len(), 1);
    }

    #[test]
    fn bounds_hold_for_all_for_hosts_and_for_clients_but_not_for_renewals() {
        let mut book = Book::default();
        let mut put =
            |topic, callback, client| book.put(subscription(topic, callback, client), CHANNEL);
        put("t", "http://a.cn/1", [1; 4]);
        let second = put("t", "http://a.cn:81/2", [1; 4]).expect("put");
        assert!(!admits(&book, "t", "http://a.cn/3", [2; 4]), "of a host");
        assert!(admits(&book, "t", "http://b.cn/3", [1; 4]));
        book.put(subscription("t", "http://b.cn/3", [1; 4]), CHANNEL);
        assert!(!admits(&book, "t", "http://c.cn/4", [1; 4]), "of a client");
        assert!(admits(&book, "t", "http://c.cn/4", [2; 4]));
        book.put(subscription("u", "http://c.cn/4", [2; 4]), ChannelKey(8));
        assert!(!admits(&book, "t", "http://d.cn/5", [3; 4]), "of all");
        assert!(admits(&book, "t", "http://a.cn/1", [9; 4]), "a renewal");
        assert!(book.remove(second).is_some() && book.remove(second).is_none());
        assert!(admits(&book, "t", "http://a.cn./3", [2; 4]));
        assert_eq!((book.of_channel(CHANNEL).len(), book.of_channel(ChannelKey(8)).len()), (2, 1));
        assert_eq!(book.lapsed(Timestamp(99)).len(), 0);
        for id in book.lapsed(Timestamp(100)) {
            book.remove(id);
        }
        assert!(book.is_empty() && book.ids.is_empty() && book.of_channel.is_empty());
        assert!(book.of_host.is_empty() && book.of_client.is_empty());
    }
}
