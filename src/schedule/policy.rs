//! When a source is polled next, and why, in words. Pure: time is an argument.
//!
//! `auto` learns an interval from what the polls bring and never asks more often than
//! the server wishes (RFC 9111 §4.2 freshness, RSS `ttl`). A schedule that the admin
//! wrote holds as written. `Retry-After` (RFC 9110 §10.2.3) binds every schedule.

use super::{restraint, skip};
use crate::model::{Outcome, Schedule, SourceId, SourceState, Timestamp};
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_64_with_seed;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A server may ask for this much silence at most.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(7 * 24 * 3_600);
/// Waits between failed polls grow up to this.
pub const BACKOFF_MAX: Duration = DAY;
/// 9999-12-31T23:59:59Z: the source is not polled unless somebody asks.
pub const NEVER: Timestamp = Timestamp(253_402_300_799);

/// Jitter is a tenth of the wait, and this at most.
const JITTER_MAX: Duration = HOUR;
const CRON_JITTER_MAX: Duration = Duration::from_secs(60);
/// First polls, and polls missed while we were down, are spread over this.
const SPREAD: Duration = Duration::from_secs(5);
/// Tells a wait that an older schedule set from one that merely began late.
const SLACK: Duration = Duration::from_secs(600);
/// Opens the reason of a wait that a server asked for; [`first_poll`] knows it by this.
const RETRY_AFTER_REASON: &str = "server: Retry-After ";

/// Bounds of the interval that `auto` learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub shortest: Duration,
    pub longest: Duration,
}

/// What a poll found, as far as it bears on the next one.
#[derive(Debug, Clone)]
pub struct Finding<'a> {
    pub source: &'a SourceId,
    pub schedule: &'a Schedule,
    /// When a cron schedule matches next after `now`; unused by the others.
    pub cron_next: Option<Timestamp>,
    pub now: Timestamp,
    pub outcome: &'a Outcome,
    /// Items in the document, and how many of them were new.
    pub items: usize,
    pub new_entries: usize,
    /// How long the answer holds: max-age less Age, else Expires.
    pub freshness: Option<Duration>,
    pub retry_after: Option<Duration>,
    /// Whether the server gave an ETag or Last-Modified.
    pub has_validators: bool,
    /// The state after this poll, but for when the next is.
    pub state: &'a SourceState,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextPoll {
    pub at: Timestamp,
    /// A fragment of a sentence, such as `auto: 3 new of 20, every 45m`.
    pub reason: String,
    /// The interval that `auto` has learnt; belongs into the source's state.
    pub interval_seconds: u64,
}

/// A wait with the room for jitter behind it.
struct Wait {
    least: Duration,
    jitter: Duration,
    reason: String,
}

impl Wait {
    fn new(least: Duration, reason: String) -> Self {
        Wait { least, jitter: jitter_room(least), reason }
    }

    /// The longer of the two, with its reason; `self` when they are equal.
    fn or_longer(self, least: Duration, reason: impl FnOnce() -> String) -> Self {
        if least > self.least { Wait::new(least, reason()) } else { self }
    }
}

/// Decides when to poll after a poll.
///
/// A failing source is asked ever more rarely and never given up; a gone one is not
/// asked again. Jitter depends on the source and the poll number only, and always delays.
pub fn next_poll(policy: &Policy, finding: &Finding<'_>) -> NextPoll {
    let interval = learn(policy, finding);
    let interval_seconds = match finding.schedule {
        Schedule::Auto => interval.as_secs(),
        Schedule::Every(_) | Schedule::Cron(_) => finding.state.interval_seconds,
    };
    let never = |reason: String| NextPoll { at: NEVER, reason, interval_seconds };

    let wait = match finding.outcome {
        Outcome::Gone => return never("gone: the server answered 410".into()),
        Outcome::Failed { kind, .. } => after_failure(policy, finding, interval, kind),
        Outcome::Fetched { .. }
        | Outcome::NotModified
        | Outcome::Pushed { .. }
        | Outcome::Subscription => after_success(policy, finding, interval),
    };
    let Some(mut wait) = wait else { return never(cron_ended(finding.schedule)) };
    if let Some(asked) = finding.retry_after.map(|asked| asked.min(RETRY_AFTER_MAX)) {
        wait = wait.or_longer(asked, || format!("{RETRY_AFTER_REASON}{} s", asked.as_secs()));
    }
    let number = finding.state.poll_number;
    let delay = wait.least.saturating_add(jitter(finding.source, number, wait.jitter));
    let at = later(finding.now, delay);
    let spared = spare(finding.source, finding.schedule, finding.state, at);
    let reason = match spared > at {
        true => format!("{}; feed: skipHours, skipDays until {}", wait.reason, spared.rfc3339()),
        false => wait.reason,
    };
    NextPoll { at: spared, reason, interval_seconds }
}

/// Decides when to poll a source that this process has not polled yet: at start, and
/// when its settings change.
///
/// A new source is due within seconds. A known one keeps its time, so that a restart
/// never polls early, unless its schedule has changed or a clock was wrong: then its
/// own interval counts from the last poll.
pub fn first_poll(
    policy: &Policy,
    source: &SourceId,
    schedule: &Schedule,
    cron_next: Option<Timestamp>,
    state: Option<&SourceState>,
    now: Timestamp,
) -> NextPoll {
    let interval_seconds = state.map_or(0, |state| state.interval_seconds);
    let answer = |at, reason: &str| NextPoll { at, reason: reason.to_owned(), interval_seconds };
    let soon = later(now, jitter(source, 0, SPREAD));
    let spared = |at: Timestamp| state.map_or(at, |state| spare(source, schedule, state, at));

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

    let last = last.min(now); // a later one tells of a clock that was wrong
    let window = window(policy, schedule, cron_next, state, last, now);
    let kept = window.earliest <= stored && stored <= later(window.latest, SLACK);
    if kept && stored > now {
        return answer(stored, &state.next_reason);
    }
    let own = spared(later(window.own, jitter(source, state.poll_number, window.jitter)));
    let soon = spared(soon);
    match (kept, own > now) {
        (true, _) => answer(soon, &state.next_reason),
        (false, true) => answer(own, &plain_reason(schedule, window.interval)),
        (false, false) => answer(soon, &plain_reason(schedule, window.interval)),
    }
}

/// Until when the server asked to be left alone, in its answer to the last poll.
pub fn asked_until(state: &SourceState) -> Option<Timestamp> {
    state.next_poll_at.filter(|_| state.next_reason.starts_with(RETRY_AFTER_REASON))
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
    last: Timestamp,
    now: Timestamp,
) -> Window {
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
    let (earliest, latest) = if state.next_reason.starts_with(RETRY_AFTER_REASON) {
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
            Schedule::Cron(_) if state.next_reason == plain_reason(schedule, interval) => {
                (last, later(own, CRON_JITTER_MAX))
            }
            Schedule::Cron(_) => (Timestamp(i64::MAX), last),
        }
    };
    Window { earliest, latest, own, jitter, interval }
}

/// The interval of `auto` after this poll: halved by news, grown by half without.
fn learn(policy: &Policy, finding: &Finding<'_>) -> Duration {
    let (shortest, longest) = bounds(policy);
    let known = known_interval(policy, finding.state);
    let grown = (known.saturating_mul(3) / 2).min(longest);
    match finding.outcome {
        // Nothing overlaps with the last document: something may have been missed.
        Outcome::Fetched { .. } if finding.items > 0 && finding.new_entries >= finding.items => {
            shortest
        }
        Outcome::Fetched { .. } if finding.new_entries > 0 => (known / 2).max(shortest),
        Outcome::Fetched { .. } | Outcome::NotModified => grown,
        // A server that asked us to hold back is asked more rarely from then on.
        Outcome::Failed { .. } if finding.retry_after.is_some() => grown,
        Outcome::Failed { .. } | Outcome::Gone | Outcome::Pushed { .. } | Outcome::Subscription => {
            known
        }
    }
}

/// `None`: a cron expression that matches no more.
fn after_success(policy: &Policy, finding: &Finding<'_>, interval: Duration) -> Option<Wait> {
    let reason = plain_reason(finding.schedule, interval);
    match finding.schedule {
        Schedule::Every(every) => Some(Wait::new(*every, reason)),
        Schedule::Cron(_) => {
            let gap = finding.cron_next?.since(finding.now);
            Some(Wait { least: gap, jitter: cron_jitter_room(gap), reason })
        }
        Schedule::Auto => {
            let learnt = match finding.outcome {
                Outcome::NotModified => {
                    format!("auto: not modified, every {}", words(interval))
                }
                _ => format!(
                    "auto: {} new of {}, every {}",
                    finding.new_entries,
                    finding.items,
                    words(interval)
                ),
            };
            Some(server_floors(policy, finding, Wait::new(interval, learnt)))
        }
    }
}

/// Stretches a wait of `auto` to what the server and the document wish.
fn server_floors(policy: &Policy, finding: &Finding<'_>, wait: Wait) -> Wait {
    let (shortest, longest) = bounds(policy);
    let mut wait = wait;
    if let Some(least) = restraint::wait(finding.state.restraint, shortest, finding.now) {
        let least = least.min(longest);
        let since = finding.state.restraint.since;
        wait = wait
            .or_longer(least, || format!("server: refused us on {since}, every {}", words(least)));
    }
    if let Some(fresh) = finding.freshness.map(|fresh| fresh.min(longest)) {
        wait = wait.or_longer(fresh, || format!("server: fresh for {}", words(fresh)));
    }
    let ttl = Duration::from_secs(finding.state.wishes.ttl_seconds).min(longest);
    wait = wait.or_longer(ttl, || format!("feed: ttl {}", words(ttl)));
    if matches!(finding.outcome, Outcome::Fetched { .. }) && !finding.has_validators {
        let daily = DAY.min(longest);
        wait = wait.or_longer(daily, || format!("server: no validators, every {}", words(daily)));
    }
    wait
}

/// `None`: a cron expression that matches no more.
fn after_failure(
    policy: &Policy,
    finding: &Finding<'_>,
    interval: Duration,
    kind: &str,
) -> Option<Wait> {
    let (shortest, _) = bounds(policy);
    let base = match finding.schedule {
        Schedule::Auto => interval,
        Schedule::Every(every) => (*every).max(shortest),
        Schedule::Cron(_) => shortest,
    };
    let failures = finding.state.failures.max(1);
    let doublings = (failures - 1).min(16);
    let backoff = base.saturating_mul(1 << doublings).min(BACKOFF_MAX.max(base));
    let reason = match failures {
        1 => format!("failed once: {kind}"),
        _ => format!("failed {failures} times in a row: {kind}"),
    };
    let wait = Wait::new(backoff, reason);
    match finding.schedule {
        Schedule::Auto => Some(server_floors(policy, finding, wait)),
        Schedule::Every(_) => Some(wait),
        Schedule::Cron(_) => {
            let gap = finding.cron_next?.since(finding.now);
            let least = wait.least.max(gap);
            Some(Wait { least, jitter: cron_jitter_room(gap), reason: wait.reason })
        }
    }
}

/// When a poll of `auto` that would come at `at` comes, by the hours and days that the
/// document wants to be left alone in. Others' polls come when they are to.
fn spare(source: &SourceId, schedule: &Schedule, state: &SourceState, at: Timestamp) -> Timestamp {
    let allowed = match schedule {
        Schedule::Auto => skip::allowed(&state.wishes, at),
        Schedule::Every(_) | Schedule::Cron(_) => at,
    };
    let room = if allowed > at { skip::SPREAD } else { Duration::ZERO };
    later(allowed, jitter(source, state.poll_number, room))
}

/// When a poll may begin that has come late into such an hour or day. `None`: now.
pub fn put_off(
    source: &SourceId,
    schedule: &Schedule,
    state: &SourceState,
    now: Timestamp,
) -> Option<Timestamp> {
    Some(spare(source, schedule, state, now)).filter(|at| *at > now)
}

/// `shortest` and `longest`, neither zero nor crossed.
fn bounds(policy: &Policy) -> (Duration, Duration) {
    let shortest = policy.shortest.max(Duration::from_secs(1));
    (shortest, policy.longest.max(shortest))
}

fn known_interval(policy: &Policy, state: &SourceState) -> Duration {
    let (shortest, longest) = bounds(policy);
    Duration::from_secs(state.interval_seconds).clamp(shortest, longest)
}

fn plain_reason(schedule: &Schedule, interval: Duration) -> String {
    match schedule {
        Schedule::Auto => format!("auto: every {}", words(interval)),
        Schedule::Every(every) => format!("every {}", words(*every)),
        Schedule::Cron(expression) => format!("cron: {expression}"),
    }
}

fn cron_ended(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Cron(expression) => format!("cron: {expression} matches no time to come"),
        Schedule::Auto | Schedule::Every(_) => "never".into(),
    }
}

fn jitter_room(wait: Duration) -> Duration {
    (wait / 10).min(JITTER_MAX)
}

/// Less than the gap, so that a poll never slips past the next one.
fn cron_jitter_room(gap: Duration) -> Duration {
    (gap / 2).min(CRON_JITTER_MAX)
}

/// From zero up to, but not including, `room`; the same for the same source and number.
fn jitter(source: &SourceId, number: u64, room: Duration) -> Duration {
    let share = u128::from(xxh3_64_with_seed(source.as_str().as_bytes(), number) >> 32);
    let millis = (room.as_millis() * share) >> 32;
    Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

/// Rounds up to whole seconds, so that nothing comes early.
fn later(instant: Timestamp, wait: Duration) -> Timestamp {
    let up = Duration::from_secs(u64::from(wait.subsec_nanos() > 0));
    instant + wait.saturating_add(up)
}

/// Two units at most, such as `45m`, `1h30m`, `2d`.
pub(super) fn words(wait: Duration) -> String {
    let seconds = wait.as_secs();
    let units = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
    let largest = units.iter().position(|(_, size)| seconds >= *size).unwrap_or(3);
    let (unit, size) = units[largest];
    let mut text = format!("{}{unit}", seconds / size);
    if let Some((unit, smaller)) = units.get(largest + 1) {
        let rest = seconds % size / smaller;
        if rest > 0 {
            text.push_str(&format!("{rest}{unit}"));
        }
    }
    text
}
