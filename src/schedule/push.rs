//! Polls of a source whose hub pushes: rare while the hub delivers, and as ever when it
//! does not. Touches `auto` only.

use super::policy::Policy;
use super::skip;
use crate::model::{Schedule, SourceId, SourceState, Subscription, Timestamp};
use std::time::Duration;
use url::Url;
use xxhash_rust::xxh3::xxh3_64;

/// A hub that has been silent for so many of its usual gaps is not waited for any longer,
/// and never longer than `longest`, or less than a quarter of that.
const GAPS: u64 = 4;

/// Whether the source's hub is to be relied on: its lease runs, it has delivered within it
/// and not long ago, and no poll has found first lately what it should have brought.
pub fn delivers(push: &Subscription, longest: Duration, now: Timestamp) -> bool {
    let has_delivered = push.last_push_at.is_some() && push.last_push_at >= push.verified_at;
    push.is_active(now)
        && has_delivered
        && !push.owes_poll
        && push.distrusted_until.is_none_or(|until| until <= now)
        && silent_at(push, longest).is_some_and(|silent| silent > now)
}

fn silent_at(push: &Subscription, longest: Duration) -> Option<Timestamp> {
    let usual = Duration::from_secs(push.gap_seconds.saturating_mul(GAPS));
    Some(push.last_push_at? + usual.clamp(longest / 4, longest))
}

/// Says in the state when the source is polled next, from when it would be without a hub
/// ([`Subscription::plain_at`]) and how the hub does. To be called whenever one of the two
/// has changed.
pub fn replan(policy: &Policy, schedule: &Schedule, state: &mut SourceState, now: Timestamp) {
    let Some(push) = &state.push else { return };
    let (Some(plain_at), Some(last_poll)) = (push.plain_at, state.last_poll_at) else { return };
    let longest = policy.longest.max(policy.shortest);
    let relies = *schedule == Schedule::Auto && state.failures == 0 && !state.gone;
    let relaxed = silent_at(push, longest)
        .filter(|_| relies && delivers(push, longest, now))
        .map(|silent| silent.min(last_poll + longest).min(push.lease_until.unwrap_or(silent)))
        .filter(|at| *at > plain_at);
    let (at, reason) = match relaxed {
        Some(at) => (skip::allowed(&state.wishes, at), reason(push, longest)),
        None => (plain_at, push.plain_reason.clone()),
    };
    (state.next_poll_at, state.next_reason) = (Some(at), reason);
}

fn reason(push: &Subscription, longest: Duration) -> String {
    let hub = Url::parse(&push.hub).ok();
    let host = hub.as_ref().and_then(Url::host_str).unwrap_or("?");
    format!("push: hub {host} delivers; polled every {} to check", super::reason::words(longest))
}

/// After a start, sources whose hubs push are polled within this, if it is time.
const SPREAD_SECONDS: u64 = 600;

/// When a source is due after a start at `now`: what was pushed meanwhile may have been
/// lost, so a poll comes when it would have without a hub.
pub fn at_start(
    source: &SourceId,
    state: Option<&SourceState>,
    due: Timestamp,
    now: Timestamp,
) -> Timestamp {
    let push = state.and_then(|state| state.push.as_ref());
    let Some(plain) = push.and_then(|push| push.plain_at) else { return due };
    let spread = xxh3_64(source.as_str().as_bytes()) % SPREAD_SECONDS;
    due.min(plain.max(now + Duration::from_secs(spread)))
}
