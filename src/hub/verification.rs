//! What our hub asks callbacks (§5.2, §5.3).

use std::time::Duration;
use url::Url;

/// How long subscriptions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leases {
    /// Where nothing is asked for.
    pub usual: Duration,
    pub longest: Duration,
}

/// A shorter one would have its subscriber ask all the time.
const SHORTEST: Duration = Duration::from_secs(60);

impl Leases {
    /// What is granted of what is asked for.
    pub fn grant(&self, asked: Option<Duration>) -> Duration {
        asked.unwrap_or(self.usual).clamp(SHORTEST, self.longest.max(SHORTEST))
    }
}

/// The address by which it is asked whether a callback wants a topic, or wants it no more
/// (`lease`: none). The callback's own query stays.
pub fn question(callback: &Url, topic: &str, challenge: &str, lease: Option<Duration>) -> Url {
    let mode = if lease.is_some() { "subscribe" } else { "unsubscribe" };
    let mut url = callback.clone();
    let mut pairs = url.query_pairs_mut();
    pairs.append_pair("hub.mode", mode);
    pairs.append_pair("hub.topic", topic).append_pair("hub.challenge", challenge);
    if let Some(lease) = lease {
        pairs.append_pair("hub.lease_seconds", &lease.as_secs().to_string());
    }
    drop(pairs);
    url
}

/// The address by which a callback is told that it gets nothing (§5.2).
pub fn denial(callback: &Url, topic: &str, reason: &str) -> Url {
    let mut url = callback.clone();
    url.query_pairs_mut()
        .append_pair("hub.mode", "denied")
        .append_pair("hub.topic", topic)
        .append_pair("hub.reason", reason);
    url
}

/// Whether an answer says yes: a success that is the challenge and nothing else.
pub fn confirms(status: u16, body: &[u8], challenge: &str) -> bool {
    (200..300).contains(&status) && body == challenge.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::push::intent::Intent;

    #[test]
    fn our_own_subscriber_understands_what_is_asked() {
        let callback = Url::parse("http://s.example/cb?a=b%20c&d").expect("an address");
        let topic = "http://w.cn/r/x.atom?limit=5";
        let (lease, challenge) = (Some(Duration::from_secs(90)), "c+&1".to_owned());
        let asked = question(&callback, topic, &challenge, lease);
        assert!(asked.as_str().starts_with("http://s.example/cb?a=b%20c&d&hub.mode="), "{asked}");
        let topic = topic.to_owned();
        let read = |url: &Url| Intent::read(url.query().expect("a query"));
        let expected =
            Intent::Subscribe { topic: topic.clone(), challenge: challenge.clone(), lease };
        assert_eq!(read(&asked), Some(expected));
        let left = question(&callback, &topic, &challenge, None);
        let expected = Intent::Unsubscribe { topic: topic.clone(), challenge };
        assert_eq!(read(&left), Some(expected));
        let denied = denial(&callback, &topic, "no more room");
        let expected = Intent::Denied { topic, reason: "no more room".to_owned() };
        assert_eq!(read(&denied), Some(expected));
    }

    #[test]
    fn only_the_challenge_itself_confirms() {
        assert!(confirms(200, b"abc", "abc") && confirms(204, b"abc", "abc"));
        for (status, body) in [(200, "abd"), (200, "abc\n"), (200, ""), (302, "abc"), (404, "abc")]
        {
            assert!(!confirms(status, body.as_bytes(), "abc"), "{status} {body}");
        }
    }

    #[test]
    fn leases_are_what_is_asked_for_within_bounds() {
        let hour = Duration::from_secs(3_600);
        let leases = Leases { usual: hour, longest: hour * 24 };
        assert_eq!(leases.grant(None), hour);
        assert_eq!(leases.grant(Some(hour * 3)), hour * 3);
        assert_eq!(leases.grant(Some(hour * 999)), hour * 24);
        assert_eq!(leases.grant(Some(Duration::from_secs(1))), SHORTEST);
    }
}
