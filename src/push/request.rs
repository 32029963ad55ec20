//! What we ask a hub (§5.1).

use super::callback;
use crate::model::{Leaving, Subscription};
use url::form_urlencoded::Serializer;

/// What we ask for, seconds: ten days, as §8.1 recommends. The hub decides.
pub const LEASE_SECONDS: u64 = 10 * 86_400;

/// A form for the hub, `application/x-www-form-urlencoded`.
///
/// The secret goes to hubs without https, too, against the advice of §5.1: who reads it on
/// the way could read the callback's address as well, and a push that nobody signed would be
/// worth less still.
pub fn subscribe(subscription: &Subscription) -> String {
    let Subscription { token, secret, topic, base, .. } = subscription;
    Serializer::new(String::new())
        .append_pair("hub.mode", "subscribe")
        .append_pair("hub.topic", topic)
        .append_pair("hub.callback", &callback(base, token.reveal()))
        .append_pair("hub.lease_seconds", &LEASE_SECONDS.to_string())
        .append_pair("hub.secret", secret.reveal())
        .finish()
}

pub fn unsubscribe(leaving: &Leaving) -> String {
    let Leaving { token, topic, base, .. } = leaving;
    Serializer::new(String::new())
        .append_pair("hub.mode", "unsubscribe")
        .append_pair("hub.topic", topic)
        .append_pair("hub.callback", &callback(base, token.reveal()))
        .finish()
}
