//! When a source is polled next, and why, in words. Pure: time is an argument.
//!
//! `auto` learns the rhythm of the source ([`super::rhythm`]) and never asks more often
//! than the server wishes (RFC 9111 §4.2 freshness, RSS `ttl`). A schedule that the admin
//! wrote holds as written. `Retry-After` (RFC 9110 §10.2.3) binds every schedule.

use super::failure::after_failure;
use super::reason::{self, Wish};
use super::rhythm::{self, Pace, Seen};
use super::{restraint, skip};
use crate::model::{Outcome, Rhythm, Schedule, SourceId, SourceState, Timestamp};
use chrono_tz::Tz;
use std::time::Duration;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

pub use super::failure::BACKOFF_MAX;
pub use super::restart::first_poll;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A server may ask for this much silence at most.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(7 * 24 * 3_600);
/// The source is not polled unless somebody asks.
pub const NEVER: Timestamp = Timestamp::NEVER;

/// Jitter is a tenth of the wait, and this at most.
const JITTER_MAX: Duration = HOUR;
pub(super) const CRON_JITTER_MAX: Duration = Duration::from_secs(60);

/// Bounds of the interval that `auto` learns, and what it trades polls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub shortest: Duration,
    pub longest: Duration,
    /// An entry may wait so long in exchange for one poll saved.
    pub price: Duration,
}

impl Policy {
    /// An hour of waiting of one entry for each poll: a source of one entry a day is asked
    /// every 7 h, one of twenty every 1 h 33 min. On the posting times of
    /// `tests/bench/rhythm` that takes a seventh more polls than halving the interval with
    /// news and growing it by half without, and entries wait a third less.
    pub const PRICE: Duration = HOUR;
}

/// What a poll found, as far as it bears on the next one.
#[derive(Debug, Clone)]
pub struct Finding<'a> {
    pub source: &'a SourceId,
    pub schedule: &'a Schedule,
    /// The source's clocks.
    pub zone: Tz,
    /// When a cron schedule matches next after `now`; unused by the others.
    pub cron_next: Option<Timestamp>,
    pub now: Timestamp,
    pub outcome: &'a Outcome,
    /// Items in the document, and how many of them were new.
    pub items: usize,
    pub new_entries: usize,
    /// When new entries say that they came; of a very long document, those at its head.
    pub arrivals: &'a [Option<Timestamp>],
    /// No items were known before: what is new may be old, and nothing can be missing.
    pub is_first: bool,
    /// How long the answer holds: max-age less Age, else Expires.
    pub freshness: Option<Duration>,
    pub retry_after: Option<Duration>,
    /// What a refusal without `Retry-After` asks for all the same.
    pub unsaid_hold: Option<Duration>,
    /// Whether the server gave an ETag or Last-Modified.
    pub has_validators: bool,
    /// The state after this poll, but for what [`NextPoll::settle`] writes.
    pub state: &'a SourceState,
}

impl Finding<'_> {
    /// Nothing of the last document was left: something may have been missed.
    fn is_gap(&self) -> bool {
        !self.is_first && self.items > 0 && self.new_entries >= self.items
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextPoll {
    pub at: Timestamp,
    /// What decided, the winner first, such as `ttl 1h > learnt 22m; jitter 3m`.
    pub reason: String,
    /// The interval that `auto` has learnt.
    pub interval_seconds: u64,
    pub rhythm: Option<Box<Rhythm>>,
    /// See [`SourceState::retry_at`], [`SourceState::fresh_until`], [`SourceState::cron_mark`].
    pub retry_at: Option<Timestamp>,
    pub fresh_until: Option<Timestamp>,
    pub cron_mark: u32,
    pub awaited_since: Option<Timestamp>,
}

impl NextPoll {
    /// Writes what is to be known until then into the state.
    pub fn settle(self, state: &mut SourceState) {
        state.next_poll_at = Some(self.at);
        state.next_reason = self.reason;
        state.interval_seconds = self.interval_seconds;
        state.rhythm = self.rhythm;
        state.retry_at = self.retry_at;
        state.fresh_until = self.fresh_until;
        state.cron_mark = self.cron_mark;
        state.awaited_since = self.awaited_since;
    }
}

/// Decides when to poll after a poll.
///
/// A failing source is asked ever more rarely and never given up; a gone one is not
/// asked again. Jitter depends on the source and the poll number only, and always delays.
pub fn next_poll(policy: &Policy, finding: &Finding<'_>) -> NextPoll {
    let (now, state) = (finding.now, finding.state);
    let floors = server_floors(policy, finding);
    let retry = match (finding.retry_after, finding.unsaid_hold) {
        (Some(asked), _) => Some(Wish::capped("Retry-After", asked, RETRY_AFTER_MAX)),
        (None, Some(hold)) => Some(Wish::capped("429 without Retry-After,", hold, hold)),
        (None, None) => None,
    };
    let mut next = NextPoll {
        at: NEVER,
        reason: String::new(),
        interval_seconds: state.interval_seconds,
        rhythm: None,
        retry_at: retry.as_ref().map(|retry| later(now, retry.wait)),
        fresh_until: floors.iter().map(|floor| later(now, floor.wait)).max(),
        cron_mark: cron_mark(finding.schedule),
        awaited_since: state.awaited_since,
    };
    let own = match finding.outcome {
        Outcome::Gone => {
            next.rhythm = state.rhythm.clone();
            next.reason = "gone: the server answered 410".to_owned();
            return next;
        }
        Outcome::Failed { kind, .. } => {
            next.rhythm = state.rhythm.clone();
            after_failure(policy, finding, kind)
        }
        Outcome::Fetched { .. }
        | Outcome::NotModified
        | Outcome::Pushed { .. }
        | Outcome::Subscription => {
            let rhythm = rhythm::learn(state.rhythm.as_deref(), &seen(finding));
            next.rhythm = rhythm.map(Box::new);
            let since = state.awaited_since.unwrap_or(now).min(now);
            next.awaited_since = next.rhythm.is_none().then_some(since);
            after_success(policy, finding, &mut next)
        }
    };
    let Some(own) = own else {
        next.reason = cron_ended(finding.schedule);
        return next;
    };
    let mut floors = if *finding.schedule == Schedule::Auto { floors } else { Vec::new() };
    floors.extend(retry);
    let least = floors.iter().map(|floor| floor.wait).fold(own.wait, Duration::max);
    let room = if least > own.wait { jitter_room(least) } else { own.jitter };
    let jitter = jitter(finding.source, state.poll_number, room);
    let at = later(now, least.saturating_add(jitter));
    let spared = spare(finding.source, finding.schedule, state, at);
    let skipped = (spared.0 > at).then(|| (spared.0, skip::what(&state.wishes, at)));
    next.at = spared.0;
    let jitter = if skipped.is_some() { spared.1 } else { jitter };
    next.reason = reason::in_full(own.words, own.wait, floors, skipped, jitter, now);
    next
}

/// What the schedule itself wants.
pub(super) struct Own {
    pub wait: Duration,
    pub jitter: Duration,
    pub words: String,
}

impl Own {
    pub fn new(wait: Duration, words: String) -> Own {
        Own { wait, jitter: jitter_room(wait), words }
    }
}

fn seen<'a>(finding: &Finding<'a>) -> Seen<'a> {
    Seen {
        now: finding.now,
        zone: finding.zone,
        arrivals: finding.arrivals,
        is_first: finding.is_first,
        is_gap: finding.is_gap(),
    }
}

/// `None`: a cron expression that matches no more.
fn after_success(policy: &Policy, finding: &Finding<'_>, next: &mut NextPoll) -> Option<Own> {
    match finding.schedule {
        Schedule::Every(every) => {
            let words = plain_reason(finding.schedule, *every) + &set_aside(finding, *every);
            Some(Own::new(*every, words))
        }
        Schedule::Cron(_) => {
            let gap = finding.cron_next?.since(finding.now);
            let words = plain_reason(finding.schedule, gap) + &set_aside(finding, gap);
            Some(Own { wait: gap, jitter: cron_jitter_room(gap), words })
        }
        Schedule::Auto => {
            let (wait, words) = learnt(policy, finding, next);
            next.interval_seconds = wait.as_secs();
            Some(Own::new(wait, words))
        }
    }
}

/// That a schedule which the admin wrote goes before what the server says, in words.
fn set_aside(finding: &Finding<'_>, wait: Duration) -> String {
    let fresh = finding.freshness.filter(|fresh| *fresh > wait);
    fresh.map_or_else(String::new, |fresh| {
        format!(" as you wrote, though fresh for {}", reason::words(fresh))
    })
}

/// The wait of `auto` by what was learnt, within its bounds, and how it came about.
fn learnt(policy: &Policy, finding: &Finding<'_>, next: &NextPoll) -> (Duration, String) {
    let (shortest, longest) = bounds(policy);
    let (pace, name) = match &next.rhythm {
        Some(rhythm) => (Pace::of(rhythm), "learnt"),
        None => {
            let since = next.awaited_since.unwrap_or(finding.now);
            (Pace::of(&rhythm::without_items(since, finding.now)), "no items yet")
        }
    };
    let window = finding.items.max(finding.state.seen.len());
    // Half a document may be new: the other half shows that nothing was missed.
    let most = if window == 0 { f64::INFINITY } else { window as f64 / 2.0 };
    let waits = pace.waits(finding.now, policy.price, most, longest, finding.zone);
    let gap = finding.is_gap().then(|| {
        let since = finding.state.rhythm.as_ref().map(|before| before.until);
        since.map_or(shortest, |since| finding.now.since(since) / 2)
    });
    let mut wait = waits.learnt;
    let caps = [
        ("gap: no known item left,", gap),
        ("half a document of news in", waits.most_entries),
        ("longest", Some(longest)),
    ];
    let caps = caps.map(|(name, cap)| {
        let cap = cap.filter(|cap| *cap < wait)?;
        wait = cap;
        Some((name, cap))
    });
    let mut words = reason::with_room();
    if shortest > wait {
        wait = shortest;
        reason::push(&mut words, "shortest", wait, " > ");
    }
    for (name, cap) in caps.into_iter().rev().flatten() {
        reason::push(&mut words, name, cap, " < ");
    }
    reason::push(&mut words, name, waits.learnt, "");
    (wait, words)
}

/// How long server and document want `auto` to wait.
fn server_floors(policy: &Policy, finding: &Finding<'_>) -> Vec<Wish> {
    let (shortest, longest) = bounds(policy);
    let mut floors = Vec::new();
    let mut wish = |name, wait: Duration| {
        if !wait.is_zero() {
            floors.push(Wish::capped(name, wait, longest));
        }
    };
    if let Some(least) = restraint::wait(finding.state.restraint, shortest, finding.now) {
        wish("slowed after a refusal", least);
    }
    if let Some(fresh) = finding.freshness {
        wish("fresh for", fresh);
    }
    wish("ttl", Duration::from_secs(finding.state.wishes.ttl_seconds));
    if matches!(finding.outcome, Outcome::Fetched { .. }) && !finding.has_validators {
        wish("no validators", DAY);
    }
    floors
}

/// When a poll of `auto` that would come at `at` comes, by the hours and days that the
/// document wants to be left alone in, and the jitter of it. Others' polls come when they
/// are to.
pub(super) fn spare(
    source: &SourceId,
    schedule: &Schedule,
    state: &SourceState,
    at: Timestamp,
) -> (Timestamp, Duration) {
    let allowed = match schedule {
        Schedule::Auto => skip::allowed(&state.wishes, at),
        Schedule::Every(_) | Schedule::Cron(_) => at,
    };
    let room = if allowed > at { skip::SPREAD } else { Duration::ZERO };
    let jitter = jitter(source, state.poll_number, room);
    (later(allowed, jitter), jitter)
}

/// When a poll may begin that has come late into such an hour or day. `None`: now.
pub fn put_off(
    source: &SourceId,
    schedule: &Schedule,
    state: &SourceState,
    now: Timestamp,
) -> Option<Timestamp> {
    Some(spare(source, schedule, state, now).0).filter(|at| *at > now)
}

/// `shortest` and `longest`, neither zero nor crossed.
pub(super) fn bounds(policy: &Policy) -> (Duration, Duration) {
    let shortest = policy.shortest.max(Duration::from_secs(1));
    (shortest, policy.longest.max(shortest))
}

pub(super) fn known_interval(policy: &Policy, state: &SourceState) -> Duration {
    let (shortest, longest) = bounds(policy);
    Duration::from_secs(state.interval_seconds).clamp(shortest, longest)
}

pub(super) fn plain_reason(schedule: &Schedule, interval: Duration) -> String {
    let (name, wait) = match schedule {
        Schedule::Auto => ("learnt", interval),
        Schedule::Every(every) => ("every", *every),
        Schedule::Cron(expression) => return format!("cron: {expression}"),
    };
    let mut text = reason::with_room();
    reason::push(&mut text, name, wait, "");
    text
}

pub(super) fn cron_ended(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Cron(expression) => format!("cron: {expression} matches no time to come"),
        Schedule::Auto | Schedule::Every(_) => "never".into(),
    }
}

/// Tells by which expression a time was set; 0 for other schedules.
pub(super) fn cron_mark(schedule: &Schedule) -> u32 {
    match schedule {
        Schedule::Cron(expression) => xxh3_64(expression.as_bytes()) as u32 | 1,
        Schedule::Auto | Schedule::Every(_) => 0,
    }
}

pub(super) fn jitter_room(wait: Duration) -> Duration {
    (wait / 10).min(JITTER_MAX)
}

/// Less than the gap, so that a poll never slips past the next one.
pub(super) fn cron_jitter_room(gap: Duration) -> Duration {
    (gap / 2).min(CRON_JITTER_MAX)
}

/// From zero up to, but not including, `room`; the same for the same source and number.
pub(super) fn jitter(source: &SourceId, number: u64, room: Duration) -> Duration {
    let share = u128::from(xxh3_64_with_seed(source.as_str().as_bytes(), number) >> 32);
    let millis = (room.as_millis() * share) >> 32;
    Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

/// Rounds up to whole seconds, so that nothing comes early.
pub(super) fn later(instant: Timestamp, wait: Duration) -> Timestamp {
    let up = Duration::from_secs(u64::from(wait.subsec_nanos() > 0));
    instant + wait.saturating_add(up)
}
