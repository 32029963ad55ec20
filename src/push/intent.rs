//! What a hub asks our callback (§5.2, §5.3).

use std::borrow::Cow;
use std::time::Duration;
use url::form_urlencoded;

/// Longest challenge that is sent back, and longest reason that is kept, bytes.
const CHALLENGE_BYTES: usize = 4_096;
const REASON_CHARACTERS: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    Subscribe {
        topic: String,
        challenge: String,
        /// `None`: it does not say, although it must.
        lease: Option<Duration>,
    },
    Unsubscribe {
        topic: String,
        challenge: String,
    },
    Denied {
        topic: String,
        reason: String,
    },
}

impl Intent {
    pub fn topic(&self) -> &str {
        match self {
            Intent::Subscribe { topic, .. }
            | Intent::Unsubscribe { topic, .. }
            | Intent::Denied { topic, .. } => topic,
        }
    }

    /// `None`: no such question.
    pub fn read(query: &str) -> Option<Intent> {
        let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> =
            form_urlencoded::parse(query.as_bytes()).collect();
        let value = |name: &str| {
            let named = pairs.iter().find(|(key, _)| key == name);
            named.map(|(_, value)| value.as_ref())
        };
        let topic = value("hub.topic").filter(|topic| !topic.is_empty())?.to_owned();
        let challenge = || {
            let challenge = value("hub.challenge")?;
            let fits = !challenge.is_empty() && challenge.len() <= CHALLENGE_BYTES;
            fits.then(|| challenge.to_owned())
        };
        Some(match value("hub.mode")? {
            "subscribe" => {
                let seconds = value("hub.lease_seconds").and_then(|lease| lease.parse().ok());
                let lease = seconds.filter(|seconds| *seconds > 0).map(Duration::from_secs);
                Intent::Subscribe { topic, challenge: challenge()?, lease }
            }
            "unsubscribe" => Intent::Unsubscribe { topic, challenge: challenge()? },
            "denied" => {
                let reason = value("hub.reason").unwrap_or("").trim();
                Intent::Denied { topic, reason: reason.to_owned() }
            }
            _ => return None,
        })
    }
}

/// One line, bounded: it goes into the log and on `/status`.
pub fn plain(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(REASON_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_of_hubs_are_understood() {
        let subscribe = |lease| Intent::Subscribe {
            topic: "http://a.cn/feed?x=1".to_owned(),
            challenge: "c+1".to_owned(),
            lease,
        };
        let query = "hub.topic=http%3A%2F%2Fa.cn%2Ffeed%3Fx%3D1&hub.challenge=c%2B1&hub.mode=";
        for (rest, expected) in [
            ("subscribe&hub.lease_seconds=60", Some(subscribe(Some(Duration::from_secs(60))))),
            ("subscribe&hub.lease_seconds=0", Some(subscribe(None))),
            ("subscribe&hub.lease_seconds=-1", Some(subscribe(None))),
            ("subscribe", Some(subscribe(None))),
            ("publish", None),
            ("", None),
        ] {
            assert_eq!(Intent::read(&format!("{query}{rest}")), expected, "{rest}");
        }
        let denied = Intent::read("hub.mode=denied&hub.topic=t&hub.reason=+no+more");
        let expected = Intent::Denied { topic: "t".to_owned(), reason: "no more".to_owned() };
        assert_eq!(denied, Some(expected));
        assert_eq!(plain(" no\n\tmore \u{1b}[0m"), "no more [0m");
        let long = "c".repeat(CHALLENGE_BYTES + 1);
        for query in [
            "hub.mode=subscribe&hub.topic=t".to_owned(),
            "hub.mode=unsubscribe&hub.challenge=c".to_owned(),
            format!("hub.mode=subscribe&hub.topic=t&hub.challenge={long}"),
            "%ff%00&&==&hub.mode".to_owned(),
        ] {
            assert_eq!(Intent::read(&query), None, "{query:.60}");
        }
    }
}
