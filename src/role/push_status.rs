//! How a source stands with its hub, for `/status` and `countywire sources`. Tokens and
//! secrets are no part of it.

use super::pushes::host;
use crate::model::{SourceState, Subscription, Timestamp};
use serde::Serialize;

/// `off`: the document names a hub that is not to push; `wanted`: not asked yet; `asked`;
/// `active`: it has promised to push; `denied`; `failing`; `lapsed`.
pub const CONDITIONS: [&str; 7] =
    ["off", "wanted", "asked", "active", "denied", "failing", "lapsed"];

#[derive(Debug, Clone, Serialize)]
pub struct PushStatus {
    /// One of [`CONDITIONS`].
    pub state: &'static str,
    pub hub: String,
    pub topic: String,
    /// Polls are put off, for it brings what is new.
    pub delivers: bool,
    /// RFC 3339, as all instants here.
    pub lease_until: Option<String>,
    /// When the hub is asked next: when it is time, and its host is not left alone any more.
    pub next_request: Option<String>,
    pub last_push: Option<String>,
    /// So far, signed as they must be.
    pub pushes: u64,
    /// Dropped since the start, for the hub had not signed them.
    pub dropped: u64,
    /// A poll found first what should have been pushed: polled as without the hub till then.
    pub distrusted_until: Option<String>,
    pub problem: Option<String>,
}

/// How a source stands with its hub; `None`: its document names none.
pub fn condition(state: &SourceState, now: Timestamp) -> Option<&'static str> {
    let off = state.hubs.as_ref().map(|_| "off");
    state.push.as_deref().map(|push| label(push, now)).or(off)
}

/// `None`: the source's document names no hub. `held`: until when the hub's host is left alone.
pub fn push_status(
    state: &SourceState,
    now: Timestamp,
    held: Option<Timestamp>,
) -> Option<PushStatus> {
    let time = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
    let Some(push) = state.push.as_deref() else {
        let hubs = state.hubs.as_ref()?;
        return Some(PushStatus {
            state: "off",
            hub: hubs.hubs.first()?.clone(),
            topic: hubs.topic.clone(),
            delivers: false,
            lease_until: None,
            next_request: None,
            last_push: None,
            pushes: 0,
            dropped: 0,
            distrusted_until: None,
            problem: None,
        });
    };
    Some(PushStatus {
        state: label(push, now),
        hub: push.hub.clone(),
        topic: push.topic.clone(),
        delivers: push.plain_at.is_some_and(|plain| state.next_poll_at > Some(plain)),
        lease_until: time(push.lease_until),
        next_request: Some(held.map_or(push.next_at, |held| held.max(push.next_at)).rfc3339()),
        last_push: time(push.last_push_at),
        pushes: push.pushes,
        dropped: 0,
        distrusted_until: time(push.distrusted_until.filter(|until| *until > now)),
        problem: Some(push.problem.clone()).filter(|problem| !problem.is_empty()),
    })
}

fn label(push: &Subscription, now: Timestamp) -> &'static str {
    if push.is_active(now) {
        "active"
    } else if push.denied_at.is_some() {
        "denied"
    } else if push.asked_at.is_none() {
        "wanted"
    } else if push.lease_until.is_some() {
        "lapsed"
    } else if push.failures > 1 || !push.problem.starts_with("asked") {
        "failing"
    } else {
        "asked"
    }
}

impl PushStatus {
    /// One line for a person.
    pub fn sentence(&self) -> String {
        let mut line = format!("push: {} at {}", self.state, host(&self.hub));
        let mut add = |what: &str, of: &Option<String>| {
            if let Some(of) = of {
                line.push_str(&format!("{what}{of}"));
            }
        };
        add(" until ", &self.lease_until);
        add("; last push ", &self.last_push);
        add("; distrusted until ", &self.distrusted_until);
        add("; ", &self.problem);
        line
    }
}
