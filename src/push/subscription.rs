//! A subscription's life: wanted, asked for, verified, renewed, denied, left.

use super::intent::plain;
use super::request::LEASE_SECONDS;
use crate::model::{Hubs, Leaving, Secret, SourceState, Subscription, Timestamp};
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_64_with_seed;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// A hub is not asked more often, whatever it answers; waits grow up to the second.
const RETRY_MIN: Duration = HOUR;
const RETRY_MAX: Duration = DAY;
/// After `hub.mode=denied`, growing too.
const DENIED_MIN: Duration = DAY;
const DENIED_MAX: Duration = Duration::from_secs(30 * 86_400);
/// A hub may ask for this much silence; one that says 410 is left alone for so long.
const SILENCE_MAX: Duration = Duration::from_secs(7 * 86_400);
/// Longest lease that is believed.
const LEASE_MAX: Duration = Duration::from_secs(90 * 86_400);
/// A hub whose answer was lost asks again; after that it needs another request of ours.
const ASKS_AGAIN: Duration = Duration::from_secs(600);
/// So many failures in a row, and another hub of the document is tried, more patiently.
const ROTATE: u32 = 5;
const ROTATED: u32 = 2;
/// Requests to end a subscription; then its lease ends it.
const LEAVING_TRIES: u32 = 3;
/// What a poll found first that should have been pushed: so long the hub is not believed,
/// doubled each time, till it has done well for the third.
const DISTRUST_MIN: Duration = DAY;
const DISTRUST_MAX: Duration = Duration::from_secs(30 * 86_400);
const FORGIVEN: Duration = Duration::from_secs(30 * 86_400);

/// Whether hub, topic and callback are those that the document and the settings want.
///
/// `base`: what callbacks begin with; `None`: no pushes wanted.
pub fn is_settled(state: &SourceState, base: Option<&str>) -> bool {
    match (&state.push, target(state, base)) {
        (None, None) => true,
        (Some(push), Some((hub, topic, base))) => is_for(push, hub, topic, base),
        _ => false,
    }
}

/// Makes it so: leaves a subscription that is wanted no more, and begins the one that is.
/// `draw`: a fresh secret each time.
pub fn settle(
    state: &mut SourceState,
    base: Option<&str>,
    draw: &mut dyn FnMut() -> Secret,
    now: Timestamp,
) {
    let begun = match target(state, base) {
        Some((hub, topic, base)) => match &state.push {
            Some(push) if is_for(push, hub, topic, base) => return,
            before => {
                let rotates = before.as_ref().is_some_and(|push| {
                    push.topic == topic && push.base == base && push.failures >= ROTATE
                });
                let (hub, topic, base) = (hub.to_owned(), topic.to_owned(), base.to_owned());
                let (token, secret) = (draw(), draw());
                let failures = if rotates { ROTATED } else { 0 };
                let begun = Subscription {
                    token,
                    secret,
                    hub,
                    topic,
                    base,
                    failures,
                    next_at: now,
                    ..Subscription::default()
                };
                Some(Box::new(begun))
            }
        },
        None => None,
    };
    let before = std::mem::replace(&mut state.push, begun).map(|push| *push);
    let Some(before) = before else { return };
    if let Some(push) = &mut state.push {
        // The next poll learns from them all the same.
        (push.brought, push.arrivals) = (before.brought, before.arrivals.clone());
    }
    if let Some(at) = before.plain_at {
        match &mut state.push {
            Some(push) => {
                (push.plain_at, push.plain_reason) = (Some(at), before.plain_reason.clone());
            }
            None => {
                (state.next_poll_at, state.next_reason) = (Some(at), before.plain_reason.clone())
            }
        }
    }
    if before.is_active(now) {
        let Subscription { token, hub, topic, base, .. } = before;
        let leaving = Leaving { token, hub, topic, base, next_at: now, tries: 0 };
        state.leaving = Some(Box::new(leaving));
    }
}

fn is_for(push: &Subscription, hub: &str, topic: &str, base: &str) -> bool {
    push.hub == hub && push.topic == topic && push.base == base
}

/// Hub, topic and base of the subscription to have.
fn target<'a>(
    state: &'a SourceState,
    base: Option<&'a str>,
) -> Option<(&'a str, &'a str, &'a str)> {
    let hubs = state.hubs.as_ref().filter(|_| !state.gone)?;
    Some((choose(hubs, state.push.as_deref())?, &hubs.topic, base?))
}

/// The hub in use while it is named and works, else the one after it.
fn choose<'a>(hubs: &'a Hubs, push: Option<&Subscription>) -> Option<&'a str> {
    let at = push.and_then(|push| hubs.hubs.iter().position(|hub| *hub == push.hub));
    let chosen = match (at, push) {
        (Some(at), Some(push)) if push.failures >= ROTATE => (at + 1) % hubs.hubs.len(),
        (Some(at), _) => at,
        (None, _) => 0,
    };
    hubs.hubs.get(chosen).map(String::as_str)
}

/// What is to be asked next, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn<'a> {
    Subscribe(&'a Subscription),
    Unsubscribe(&'a Leaving),
}

impl Turn<'_> {
    /// Not after `now` where a request or an answer is: then a clock was wrong.
    pub fn at(&self, now: Timestamp) -> Timestamp {
        match self {
            Turn::Subscribe(push) => {
                let was_wrong =
                    push.asked_at.max(push.renewed_at).max(push.denied_at) > Some(now + HOUR);
                if was_wrong { now } else { push.next_at }
            }
            Turn::Unsubscribe(leaving) => leaving.next_at,
        }
    }

    pub fn hub(&self) -> &str {
        match self {
            Turn::Subscribe(push) => &push.hub,
            Turn::Unsubscribe(leaving) => &leaving.hub,
        }
    }

    pub fn token(&self) -> &Secret {
        match self {
            Turn::Subscribe(push) => &push.token,
            Turn::Unsubscribe(leaving) => &leaving.token,
        }
    }
}

/// The earlier of the two things that a source's hubs may have to be asked.
pub fn next_turn(state: &SourceState, now: Timestamp) -> Option<Turn<'_>> {
    let subscribe = state.push.as_deref().map(Turn::Subscribe);
    let unsubscribe = state.leaving.as_deref().map(Turn::Unsubscribe);
    subscribe.into_iter().chain(unsubscribe).min_by_key(|turn| turn.at(now))
}

/// Why a hub did not take a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// When it answered.
    pub status: Option<u16>,
    pub problem: String,
    pub retry_after: Option<Duration>,
}

/// Notes what the hub answered to a request of the subscription with this token.
pub fn answered(
    state: &mut SourceState,
    token: &Secret,
    answer: &Result<(), Refusal>,
    asked_at: Timestamp,
) {
    if let Some(push) = state.push.as_deref_mut().filter(|push| push.token == *token) {
        push.asked_at = Some(asked_at);
        for at in [&mut push.renewed_at, &mut push.denied_at] {
            // By a clock that was wrong.
            *at = at.filter(|at| *at <= asked_at + HOUR);
        }
        // Some hubs verify or deny before they answer, or before that is heard.
        if push.renewed_at.max(push.denied_at) >= Some(asked_at) {
            return;
        }
        push.failures = push.failures.saturating_add(1);
        push.denied_at = None;
        let mut wait = grown(RETRY_MIN, RETRY_MAX, push.failures);
        match answer {
            Ok(()) => {
                push.retry_at = None;
                push.problem = "asked; the hub has not verified it yet".to_owned();
            }
            Err(refusal) => {
                push.problem = shown(push, &refusal.problem);
                let asked = refusal.retry_after.unwrap_or_default().min(SILENCE_MAX);
                push.retry_at = refusal.retry_after.map(|_| asked_at + asked);
                let gone = if refusal.status == Some(410) { SILENCE_MAX } else { Duration::ZERO };
                wait = wait.max(asked).max(gone);
            }
        }
        push.next_at = asked_at + wait + share(token, asked_at, wait / 10);
    } else if let Some(leaving) = state.leaving.as_deref_mut().filter(|l| l.token == *token) {
        leaving.tries += 1;
        leaving.next_at = asked_at + grown(RETRY_MIN, RETRY_MAX, leaving.tries);
        // What the hub does not know need not be ended.
        let unknown = matches!(answer, Err(Refusal { status: Some(400..=499), .. }));
        if leaving.tries >= LEAVING_TRIES || unknown {
            state.leaving = None;
        }
    }
}

/// Whether the hub may be told that we ask for this (§5.3).
pub fn awaits_verification(
    push: &Subscription,
    asked_at: Option<Timestamp>,
    now: Timestamp,
) -> bool {
    let lately = |at: Option<Timestamp>| at.is_some_and(|at| now.since(at) < ASKS_AGAIN);
    let renewing = asked_at.max(push.asked_at) > push.renewed_at;
    !push.is_active(now) || renewing || lately(push.renewed_at)
}

/// The hub has verified that we ask, and says for how long it will deliver.
pub fn verified(
    state: &mut SourceState,
    token: &Secret,
    lease: Option<Duration>,
    now: Timestamp,
) -> bool {
    let Some(push) = state.push.as_deref_mut().filter(|push| push.token == *token) else {
        return false;
    };
    let lease = lease.unwrap_or(Duration::from_secs(LEASE_SECONDS)).min(LEASE_MAX);
    if !push.is_active(now) {
        push.verified_at = Some(now);
    }
    (push.renewed_at, push.lease_until) = (Some(now), Some(now + lease));
    (push.failures, push.denied_at) = (0, None);
    push.problem.clear();
    // Between 70 and 85 % of the lease, so that a hub that is down for a while has time.
    let renew = now + lease * 7 / 10 + share(token, now, lease * 3 / 20);
    push.next_at = renew.max(push.asked_at.unwrap_or(now) + RETRY_MIN);
    true
}

/// The hub will not, or no longer, deliver.
pub fn denied(state: &mut SourceState, token: &Secret, reason: &str, now: Timestamp) -> bool {
    let Some(push) = state.push.as_deref_mut().filter(|push| push.token == *token) else {
        return false;
    };
    push.failures = push.failures.saturating_add(1);
    push.denied_at = Some(now);
    push.problem = match reason {
        "" => "denied by the hub".to_owned(),
        reason => format!("denied by the hub: {}", shown(push, reason)),
    };
    (push.lease_until, push.verified_at) = (None, None);
    push.next_at = now + grown(DENIED_MIN, DENIED_MAX, push.failures);
    true
}

/// The hub has verified that we want to be told no more.
pub fn left(state: &mut SourceState, token: &Secret) -> bool {
    let is_left = state.leaving.as_ref().is_some_and(|leaving| leaving.token == *token);
    if is_left {
        state.leaving = None;
    }
    is_left
}

/// A push has come.
pub fn pushed(push: &mut Subscription, now: Timestamp) {
    if let Some(before) = push.last_push_at.replace(now) {
        let gap = now.since(before).as_secs();
        push.gap_seconds = match push.gap_seconds {
            0 => gap,
            known => (known * 3 + gap) / 4,
        };
    }
    push.pushes += 1;
}

/// A poll found first what should have been pushed.
pub fn missed(push: &mut Subscription, now: Timestamp) {
    if push.distrusted_until.is_some_and(|until| now.since(until) > FORGIVEN) {
        push.misses = 0;
    }
    push.misses = push.misses.saturating_add(1);
    push.distrusted_until = Some(now + grown(DISTRUST_MIN, DISTRUST_MAX, push.misses));
}

/// What a hub said, without what it must not tell others.
fn shown(push: &Subscription, text: &str) -> String {
    let secrets = [push.token.reveal(), push.secret.reveal()];
    plain(&secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "…")))
}

/// `least`, doubled for each time after the first.
fn grown(least: Duration, most: Duration, times: u32) -> Duration {
    least.saturating_mul(1 << times.saturating_sub(1).min(16)).min(most)
}

/// A share of `room` that differs from source to source, and from time to time.
fn share(token: &Secret, at: Timestamp, room: Duration) -> Duration {
    let seed = at.0.unsigned_abs();
    let part = xxh3_64_with_seed(token.reveal().as_bytes(), seed) >> 32;
    let seconds = (u128::from(room.as_secs()) * u128::from(part)) >> 32;
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

#[cfg(test)]
#[path = "subscription_tests.rs"]
mod tests;
