//! When a source is polled that this process has not polled yet: at start, and when its
//! settings change.

use super::policy::{
    BACKOFF_MAX, CRON_JITTER_MAX, NEVER, Policy, RETRY_AFTER_MAX, bounds, cron_ended,
    cron_jitter_room, cron_mark, jitter, jitter_room, known_interval, later, plain_reason, spare,
};
use super::skip;
use crate::model::{Schedule, SourceId, SourceState, Timestamp};
use std::time::Duration;

/// First polls, and polls missed while we were down, are spread over this; where they are
/// many, the agenda spreads them further.
const SPREAD: Duration = Duration::from_secs(5);
/// Tells a wait that an older schedule set from one that merely began late.
const SLACK: Duration = Duration::from_secs(600);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstPoll {
    pub at: Timestamp,
    pub reason: String,
    /// It is due now, but for being spread over the first seconds.
    pub is_overdue: bool,
}

/// Decides when to poll a source first.
///
/// A new source is due within seconds. A known one keeps its time, so that a restart
/// never polls early, unless its schedule has changed or a clock was wrong: then its
/// own interval counts from the last poll, and what the server asked for still holds.
pub fn first_poll(
    policy: &Policy,
    source: &SourceId,
    schedule: &Schedule,
    cron_next: Option<Timestamp>,
    state: Option<&SourceState>,
    now: Timestamp,
) -> FirstPoll {
    let soon = later(now, jitter(source, 0, SPREAD));
    let plan = |at, reason| FirstPoll { at, reason, is_overdue: at == soon };
    let answer = |at, reason: &str| plan(at, reason.to_owned());
    let Some(state) = state else { return answer(soon, "first poll of a new source") };
    if state.gone {
        return answer(NEVER, "gone: the server answered 410");
    }
    let (Some(last), Some(stored)) = (state.last_poll_at, state.next_poll_at) else {
        return answer(soon, "first poll of a new source");
    };
    if matches!(schedule, Schedule::Cron(_)) && cron_next.is_none() {
        return answer(NEVER, &cron_ended(schedule));
    }

    let window = window(policy, schedule, cron_next, state, now);
    let kept = window.earliest <= stored && stored <= later(window.latest, SLACK);
    if kept && stored > now {
        return answer(stored, &state.next_reason);
    }
    let own = later(window.own, jitter(source, state.poll_number, window.jitter));
    let (at, reason) = match (kept, own > now) {
        (true, _) => (soon, state.next_reason.clone()),
        (false, true) => (own, plain_reason(schedule, window.interval)),
        (false, false) => (soon, plain_reason(schedule, window.interval)),
    };
    let floor = floor(policy, schedule, state, last, now);
    let (at, reason) = match floor.filter(|(until, _)| *until > at) {
        Some((until, what)) => (until, format!("{what} until {until} > {reason}")),
        None => (at, reason),
    };
    plan(spare(source, schedule, state, at).0, reason)
}

/// What the server asked for at the last poll, whatever the schedule is now. `None` also
/// where the last poll has a date to come: a clock was wrong then.
fn floor(
    policy: &Policy,
    schedule: &Schedule,
    state: &SourceState,
    last: Timestamp,
    now: Timestamp,
) -> Option<(Timestamp, &'static str)> {
    let at_most = |until: Timestamp, longest| until.min(later(last, longest));
    let retry = state.retry_at.map(|until| (at_most(until, RETRY_AFTER_MAX), "Retry-After"));
    let fresh = state.fresh_until.filter(|_| *schedule == Schedule::Auto);
    let fresh = fresh.map(|until| (at_most(until, bounds(policy).1), "fresh"));
    retry.into_iter().chain(fresh).filter(|_| last <= now).max_by_key(|(until, _)| *until)
}

/// Between which instants a stored time agrees with the schedule, and the schedule's
/// own time in case it does not.
struct Window {
    earliest: Timestamp,
    latest: Timestamp,
    own: Timestamp,
    jitter: Duration,
    interval: Duration,
}

fn window(
    policy: &Policy,
    schedule: &Schedule,
    cron_next: Option<Timestamp>,
    state: &SourceState,
    now: Timestamp,
) -> Window {
    // A later one tells of a clock that was wrong.
    let last = state.last_poll_at.unwrap_or(now).min(now);
    let (shortest, longest) = bounds(policy);
    let interval = match schedule {
        Schedule::Auto => known_interval(policy, state),
        Schedule::Every(every) => *every,
        Schedule::Cron(_) => shortest,
    };
    let (own, jitter) = match (schedule, cron_next) {
        (Schedule::Cron(_), Some(next)) => (next, cron_jitter_room(next.since(now))),
        _ => (later(last, interval), jitter_room(interval)),
    };
    let up_to = |wait: Duration| later(last, wait.saturating_add(jitter_room(wait)));
    let (earliest, latest) = if was_asked(state, last) {
        (last, up_to(RETRY_AFTER_MAX))
    } else if state.failures > 0 {
        (last, up_to(BACKOFF_MAX.max(interval).max(shortest)).max(own))
    } else {
        match schedule {
            Schedule::Auto => {
                let latest = skip::allowed(&state.wishes, up_to(longest));
                (later(last, shortest), later(latest, skip::SPREAD))
            }
            Schedule::Every(every) => (later(last, *every), up_to(*every)),
            // A time that this same expression set holds, also when we missed it.
            Schedule::Cron(_) if state.cron_mark == cron_mark(schedule) => {
                (last, later(own, CRON_JITTER_MAX))
            }
            Schedule::Cron(_) => (Timestamp(i64::MAX), last),
        }
    };
    Window { earliest, latest, own, jitter, interval }
}

/// Whether the stored time is what a server asked for.
fn was_asked(state: &SourceState, last: Timestamp) -> bool {
    let (Some(retry_at), Some(stored)) = (state.retry_at, state.next_poll_at) else { return false };
    let latest = later(retry_at, jitter_room(retry_at.since(last)));
    retry_at <= stored && stored <= latest
}
