//! What is known of a source's hub (WebSub, W3C Recommendation of 23 January 2018). Plain
//! data, stored with the source's state.

use super::Timestamp;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What nobody but the hub may know. It shows in no output but exports of the whole store: only
/// [`reveal`](Self::reveal) gives it.
#[derive(Clone, PartialEq, Eq, Hash, Default, Encode, Decode, Serialize, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Secret(#[n(0)] String);

impl Secret {
    pub fn new(text: String) -> Self {
        Secret(text)
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What a document names to those who want to be told of its changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct Hubs {
    /// In the order in which they are tried; at least one.
    #[n(0)]
    pub hubs: Vec<String>,
    /// WebSub's topic: the canonical address of the document.
    #[n(1)]
    pub topic: String,
    /// What the document itself gives for its address, where that is not the topic.
    #[n(2)]
    pub self_link: Option<String>,
}

/// A subscription that we want, from the wish to the last push.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct Subscription {
    /// Last segment of the callback's address.
    #[n(0)]
    pub token: Secret,
    /// `hub.secret`: the key of the signatures.
    #[n(1)]
    pub secret: Secret,
    #[n(2)]
    pub hub: String,
    #[n(3)]
    pub topic: String,
    /// What the callback's address begins with: another one needs another subscription.
    #[n(4)]
    pub base: String,
    /// When the hub was last asked.
    #[n(5)]
    pub asked_at: Option<Timestamp>,
    /// Since when the hub has delivered without a gap between leases.
    #[n(6)]
    pub verified_at: Option<Timestamp>,
    #[n(7)]
    pub lease_until: Option<Timestamp>,
    /// When to ask the hub next: for the first time, again, or to renew.
    #[n(8)]
    pub next_at: Timestamp,
    /// Requests in a row that came to nothing.
    #[n(9)]
    pub failures: u32,
    /// Why, in words; empty: nothing is wrong.
    #[n(10)]
    pub problem: String,
    /// When the hub said that it will not have us (`hub.mode=denied`).
    #[n(11)]
    pub denied_at: Option<Timestamp>,
    #[n(12)]
    pub last_push_at: Option<Timestamp>,
    /// Pushes that came, signed as they must be.
    #[n(13)]
    pub pushes: u64,
    /// Between two pushes, on the average; 0: not known yet.
    #[n(14)]
    pub gap_seconds: u64,
    /// How often a poll has found first what should have been pushed.
    #[n(15)]
    pub misses: u32,
    /// Till then the source is polled as if there were no hub.
    #[n(16)]
    pub distrusted_until: Option<Timestamp>,
    /// When the source would be polled if there were no hub, and why.
    #[n(17)]
    pub plain_at: Option<Timestamp>,
    #[n(18)]
    pub plain_reason: String,
    /// When the hub last verified that we ask.
    #[n(19)]
    pub renewed_at: Option<Timestamp>,
    /// A push could not be read by itself: a poll is to bring what it told of.
    #[n(20)]
    pub owes_poll: bool,
    /// New entries pushed since the last poll that succeeded, besides those in `arrivals`.
    #[n(21)]
    pub brought: u32,
    /// When entries came that were pushed since then: the next one learns from them.
    #[n(22)]
    #[cbor(default)]
    pub arrivals: Vec<Timestamp>,
    /// Until then the hub's server has asked to be left alone, whoever wants something of it.
    #[n(23)]
    #[cbor(default)]
    pub retry_at: Option<Timestamp>,
}

/// A subscription that we want no more, until its hub has been told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
pub struct Leaving {
    #[n(0)]
    pub token: Secret,
    #[n(1)]
    pub hub: String,
    #[n(2)]
    pub topic: String,
    #[n(3)]
    pub base: String,
    #[n(4)]
    pub next_at: Timestamp,
    /// Requests so far.
    #[n(5)]
    pub tries: u32,
}

impl Subscription {
    /// Whether the hub has promised to deliver now.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.lease_until.is_some_and(|until| until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_show() {
        let subscription = Subscription {
            token: Secret::new("token-1".to_owned()),
            secret: Secret::new("secret-1".to_owned()),
            ..Subscription::default()
        };
        let shown = format!("{subscription:?}");
        assert!(!shown.contains("token-1") && !shown.contains("secret-1"), "{shown}");
    }
}
