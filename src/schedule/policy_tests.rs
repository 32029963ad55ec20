use super::policy::{Finding, NEVER, NextPoll, Policy, first_poll, next_poll, put_off};
use super::reason;
use super::rhythm::without_items;
use crate::model::{Outcome, Restraint, Schedule, SourceId, SourceState, Timestamp, Wishes};
use chrono_tz::Tz;
use std::time::Duration;

pub(super) const NOW: Timestamp = Timestamp(1_800_000_000);
pub(super) const MINUTE: u64 = 60;
pub(super) const HOUR: u64 = 3_600;
pub(super) const DAY: u64 = 24 * HOUR;
pub(super) const POLICY: Policy = Policy {
    shortest: Duration::from_secs(HOUR),
    longest: Duration::from_secs(DAY),
    price: Policy::PRICE,
};
pub(super) const FETCHED: Outcome = Outcome::Fetched { items: 20, defects: 0 };

pub(super) fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn failed() -> Outcome {
    Outcome::Failed { kind: "timeout".into(), error: "no answer within 30 s".into() }
}

pub(super) fn state(interval: u64, failures: u32) -> SourceState {
    SourceState {
        poll_number: 7,
        last_poll_at: Some(NOW),
        last_success_at: Some(NOW),
        interval_seconds: interval,
        failures,
        ..SourceState::default()
    }
}

/// A poll of an `auto` source that brought nothing new; tests change what matters.
pub(super) fn finding<'a>(
    source: &'a SourceId,
    schedule: &'a Schedule,
    outcome: &'a Outcome,
    state: &'a SourceState,
) -> Finding<'a> {
    Finding {
        source,
        schedule,
        zone: Tz::Asia__Shanghai,
        cron_next: None,
        now: NOW,
        outcome,
        items: 20,
        new_entries: 0,
        arrivals: &[],
        is_first: false,
        freshness: None,
        retry_after: None,
        unsaid_hold: None,
        has_validators: true,
        state,
    }
}

#[track_caller]
pub(super) fn assert_wait(next: &NextPoll, least: u64) {
    let wait = next.at.since(NOW).as_secs();
    let most = least + (least / 10).min(HOUR) + 1;
    assert!((least..=most).contains(&wait), "{wait} s is not {least}..={most}: {}", next.reason);
}

#[test]
fn source_without_items_is_asked_ever_more_rarely() {
    let source = SourceId::new("xp");
    let (mut known, mut now) = (state(0, 0), NOW);
    let mut waits = Vec::new();
    for _ in 0..20 {
        let mut finding = finding(&source, &Schedule::Auto, &FETCHED, &known);
        (finding.items, finding.now) = (0, now);
        let next = next_poll(&POLICY, &finding);
        assert_eq!((&next.rhythm, next.awaited_since), (&None, Some(NOW)));
        waits.push(next.interval_seconds);
        now = next.at;
        next.settle(&mut known);
    }
    assert!((4 * HOUR..9 * HOUR).contains(&waits[0]), "{waits:?}");
    assert_eq!(waits[19], DAY, "{waits:?}");
}

#[test]
fn freshness_and_ttl_stretch_auto_up_to_longest() {
    let (source, state) = (SourceId::new("xp"), state(HOUR, 0));
    let mut finding = finding(&source, &Schedule::Auto, &Outcome::NotModified, &state);
    finding.freshness = Some(seconds(15 * HOUR));
    let next = next_poll(&POLICY, &finding);
    assert_wait(&next, 15 * HOUR);
    assert!(next.reason.starts_with("fresh for 15h > no items yet "), "{}", next.reason);
    let wishes = Wishes { ttl_seconds: 365 * DAY, ..Wishes::default() };
    let state = SourceState { wishes, ..state.clone() };
    let next = next_poll(&POLICY, &Finding { state: &state, ..finding });
    assert_wait(&next, DAY);
    let words = "ttl 1d (asked 365d) > fresh for 15h > no items yet ";
    assert!(next.reason.starts_with(words), "{}", next.reason);
    assert_eq!(next.fresh_until, Some(NOW + seconds(DAY)));
}

/// All hours of the day but one are without news.
fn left_alone_but_at(hour: u32) -> Wishes {
    Wishes { skip_hours: ((1 << 24) - 1) & !(1 << hour), ..Wishes::default() }
}

#[test]
fn hours_without_news_are_waited_for_and_a_restart_keeps_to_them() {
    // 2027-01-15T08:00:00Z
    let source = SourceId::new("xp");
    let mut state = SourceState { wishes: left_alone_but_at(6), ..state(HOUR, 0) };
    let next = next_poll(&POLICY, &finding(&source, &Schedule::Auto, &FETCHED, &state));
    let waits = next.at.since(NOW).as_secs();
    assert!((22 * HOUR..22 * HOUR + 15 * MINUTE).contains(&waits), "{waits}");
    assert!(next.reason.starts_with("no items yet "), "{}", next.reason);
    assert!(next.reason.contains("; skipHours until 06:00 UTC; jitter "), "{}", next.reason);
    // The jitter told is the one between the end of those hours and the poll.
    let told = format!("jitter {}", reason::words(seconds(waits - 22 * HOUR)));
    let early = format!("jitter {}", reason::words(seconds((waits - 22 * HOUR).saturating_sub(1))));
    assert!(next.reason.ends_with(&told) || next.reason.ends_with(&early), "{}", next.reason);
    (state.next_poll_at, state.next_reason) = (Some(next.at), next.reason.clone());
    let first = |state: &SourceState, hours: u64| {
        let now = NOW + seconds(hours * HOUR);
        first_poll(&POLICY, &source, &Schedule::Auto, None, Some(state), now)
    };
    // Before it is due, and after it was missed.
    assert_eq!(first(&state, 5).at, next.at);
    let missed = first(&state, 24).at.since(NOW).as_secs();
    assert!((46 * HOUR..46 * HOUR + 15 * MINUTE).contains(&missed), "{missed}");
    // An admin's own schedule asks when it says.
    let every = Schedule::Every(seconds(2 * HOUR));
    let next = next_poll(&POLICY, &finding(&source, &every, &FETCHED, &state));
    assert_wait(&next, 2 * HOUR);
}

#[test]
fn reason_names_all_that_shortened_and_lengthened_the_wait() {
    let (source, mut state) = (SourceId::new("xp"), state(HOUR, 0));
    state.rhythm = Some(Box::new(without_items(Timestamp(NOW.0 - 5 * DAY as i64), NOW)));
    state.rhythm.as_mut().expect("one").until = Timestamp(NOW.0 - HOUR as i64);
    let bounds = |shortest, longest| Policy {
        shortest: seconds(shortest),
        longest: seconds(longest),
        price: Policy::PRICE,
    };
    let reason = |policy, new_entries| {
        let quiet = finding(&source, &Schedule::Auto, &FETCHED, &state);
        next_poll(&policy, &Finding { new_entries, ..quiet }).reason
    };
    for (policy, new_entries, expected) in [
        (bounds(MINUTE, DAY), 0, "learnt "),
        (bounds(MINUTE, 3 * MINUTE), 0, "longest 3m < learnt "),
        (bounds(20 * DAY, 20 * DAY), 0, "shortest 20d > learnt "),
        (bounds(MINUTE, DAY), 20, "gap: no known item left, 30m < learnt "),
        (bounds(HOUR, DAY), 20, "shortest 1h > gap: no known item left, 30m < learnt "),
        (bounds(MINUTE, 3 * MINUTE), 20, "longest 3m < gap: no known item left, 30m < learnt "),
    ] {
        let reason = reason(policy, new_entries);
        let (words, rest) = reason.split_at(expected.len());
        assert_eq!(words, expected);
        let (learnt, jitter) = rest.split_once("; jitter ").unwrap_or((rest, ""));
        assert!(!learnt.contains(' ') && !jitter.contains(' '), "{reason}");
    }
}

#[test]
fn source_without_validators_is_polled_daily() {
    let (source, state) = (SourceId::new("xp"), state(HOUR, 0));
    let mut finding = finding(&source, &Schedule::Auto, &FETCHED, &state);
    finding.has_validators = false;
    finding.new_entries = 1;
    assert_wait(&next_poll(&POLICY, &finding), DAY);
    let twice_daily = Policy { longest: seconds(12 * HOUR), ..POLICY };
    assert_wait(&next_poll(&twice_daily, &finding), 12 * HOUR);
}

#[test]
fn explicit_schedule_may_be_faster_than_shortest() {
    let (source, state) = (SourceId::new("xp"), state(0, 0));
    let every = Schedule::Every(seconds(15 * MINUTE));
    let mut finding = finding(&source, &every, &FETCHED, &state);
    finding.has_validators = false;
    finding.freshness = Some(seconds(DAY));
    let next = next_poll(&POLICY, &finding);
    assert_wait(&next, 15 * MINUTE);
    assert!(
        next.reason.starts_with("every 15m as you wrote, though fresh for 1d; jitter "),
        "{}",
        next.reason
    );
}

#[test]
fn retry_after_binds_every_schedule_and_every_outcome() {
    let (source, state) = (SourceId::new("xp"), state(HOUR, 1));
    let schedules = [
        Schedule::Auto,
        Schedule::Every(seconds(15 * MINUTE)),
        Schedule::Cron("*/10 * * * *".into()),
    ];
    for schedule in &schedules {
        for outcome in [FETCHED, Outcome::NotModified, failed()] {
            let mut finding = finding(&source, schedule, &outcome, &state);
            finding.cron_next = Some(NOW + seconds(10 * MINUTE));
            finding.retry_after = Some(seconds(2 * DAY));
            let next = next_poll(&POLICY, &finding);
            assert_wait(&next, 2 * DAY);
            assert!(next.reason.starts_with("Retry-After 2d > "), "{}", next.reason);
            assert_eq!(next.retry_at, Some(NOW + seconds(2 * DAY)));
            finding.retry_after = Some(seconds(365 * DAY));
            let next = next_poll(&POLICY, &finding);
            assert_wait(&next, 7 * DAY);
            let words = "Retry-After 7d (asked 365d) > ";
            assert!(next.reason.starts_with(words), "{}", next.reason);
        }
    }
}

#[test]
fn a_429_that_does_not_say_how_long_is_kept_over_restarts() {
    let (source, state) = (SourceId::new("xp"), state(HOUR, 1));
    let (outcome, schedule) = (failed(), Schedule::Every(seconds(5 * MINUTE)));
    let mut finding = finding(&source, &schedule, &outcome, &state);
    finding.unsaid_hold = Some(seconds(15 * MINUTE));
    let next = next_poll(&POLICY, &finding);
    assert_eq!(next.retry_at, Some(NOW + seconds(15 * MINUTE)));
    finding.retry_after = Some(seconds(MINUTE));
    assert_eq!(next_poll(&POLICY, &finding).retry_at, Some(NOW + seconds(MINUTE)));
}

#[test]
fn failures_back_off_to_a_day_and_never_give_up() {
    let source = SourceId::new("xp");
    let outcome = failed();
    for (failures, hours) in [(1, 1), (2, 2), (3, 4), (5, 16), (6, 24), (1_000, 24)] {
        let state = state(HOUR, failures);
        let finding = finding(&source, &Schedule::Auto, &outcome, &state);
        assert_wait(&next_poll(&POLICY, &finding), hours * HOUR);
    }
    let state = state(HOUR, 2);
    let next = next_poll(&POLICY, &finding(&source, &Schedule::Auto, &outcome, &state));
    let words = "failed 2 times in a row: timeout, backoff 2h; jitter ";
    assert!(next.reason.starts_with(words), "{}", next.reason);
    assert_eq!(next.interval_seconds, HOUR, "a failure says nothing about the rhythm");
}

#[test]
fn server_that_no_request_has_reached_is_tried_again_within_the_hour() {
    let id = SourceId::new("a");
    let cron = Schedule::Cron("0 6 * * *".into());
    for (schedule, cron_next) in [
        (Schedule::Auto, None),
        (Schedule::Every(seconds(12 * HOUR)), None),
        (cron, Some(NOW + seconds(12 * HOUR))),
    ] {
        let normal = if schedule == Schedule::Auto { HOUR } else { 12 * HOUR };
        let waits = [5 * MINUTE, 10 * MINUTE, 20 * MINUTE, normal];
        for (failures, least) in (1..).zip(waits) {
            let state = SourceState { unsent: failures, ..state(HOUR, failures) };
            let outcome = failed();
            let finding = Finding { cron_next, ..finding(&id, &schedule, &outcome, &state) };
            assert_wait(&next_poll(&POLICY, &finding), least);
        }
    }
    // A schedule that is faster still keeps its pace; a request that arrived ends the haste.
    let second = Policy { shortest: seconds(1), ..POLICY };
    let every = Schedule::Every(seconds(1));
    for (policy, schedule, unsent, least) in
        [(second, every, 1, 1), (POLICY, Schedule::Auto, 0, 2 * HOUR)]
    {
        let failures = if unsent == 0 { 2 } else { 1 };
        let state = SourceState { unsent, ..state(HOUR, failures) };
        let outcome = failed();
        assert_wait(&next_poll(&policy, &finding(&id, &schedule, &outcome, &state)), least);
    }
}

#[test]
fn failing_fast_schedule_backs_off_from_shortest() {
    let (source, outcome, state) = (SourceId::new("xp"), failed(), state(0, 1));
    let every = Schedule::Every(seconds(5 * MINUTE));
    assert_wait(&next_poll(&POLICY, &finding(&source, &every, &outcome, &state)), HOUR);
    let weekly = Schedule::Every(seconds(7 * DAY));
    assert_wait(&next_poll(&POLICY, &finding(&source, &weekly, &outcome, &state)), 7 * DAY);
}

#[test]
fn gone_source_has_no_next_poll() {
    let (source, state) = (SourceId::new("xp"), state(HOUR, 0));
    let next = next_poll(&POLICY, &finding(&source, &Schedule::Auto, &Outcome::Gone, &state));
    assert_eq!(next.at, NEVER);
    assert_eq!(next.reason, "gone: the server answered 410");
}

#[test]
fn cron_polls_at_its_time_or_little_later() {
    let (source, state) = (SourceId::new("xp"), state(0, 0));
    let cron = Schedule::Cron("25 6-22 * * *".into());
    let mut finding = finding(&source, &cron, &FETCHED, &state);
    for gap in [1, 20, 60, 40 * MINUTE] {
        finding.cron_next = Some(NOW + seconds(gap));
        let wait = next_poll(&POLICY, &finding).at.since(NOW).as_secs();
        assert!(wait >= gap && wait <= gap + 60 && wait < 2 * gap + 1, "{wait} s after {gap} s");
    }
    let reason = next_poll(&POLICY, &finding).reason;
    assert!(reason.starts_with("cron: 25 6-22 * * *; jitter "), "{reason}");
    finding.cron_next = None;
    assert_eq!(next_poll(&POLICY, &finding).at, NEVER);
}

#[test]
fn jitter_is_the_same_again_and_differs_between_sources_and_polls() {
    let every = Schedule::Every(seconds(10 * HOUR));
    let wait = |name: &str, number: u64| {
        let (source, mut state) = (SourceId::new(name), state(0, 0));
        state.poll_number = number;
        next_poll(&POLICY, &finding(&source, &every, &FETCHED, &state)).at
    };
    assert_eq!(wait("xp", 1), wait("xp", 1));
    assert_ne!(wait("xp", 1), wait("xp", 2));
    assert_ne!(wait("xp", 1), wait("wg", 1));
}

#[test]
fn odd_bounds_do_no_harm() {
    let (source, outcome) = (SourceId::new("xp"), failed());
    let same = |bound| Policy { shortest: bound, longest: bound, price: bound };
    let (zero, huge) = (same(Duration::ZERO), same(Duration::MAX));
    let known = SourceState { interval_seconds: u64::MAX, failures: u32::MAX, ..state(0, 0) };
    for policy in [zero, huge] {
        for outcome in [&outcome, &FETCHED] {
            let mut finding = finding(&source, &Schedule::Auto, outcome, &known);
            finding.freshness = Some(Duration::MAX);
            finding.retry_after = Some(Duration::MAX);
            assert!(next_poll(&policy, &finding).at > NOW);
            let every = Schedule::Every(Duration::MAX);
            first_poll(&policy, &source, &every, None, Some(&known), NOW);
            finding.schedule = &every;
            assert!(next_poll(&policy, &finding).at > NOW);
        }
    }
}

#[test]
fn a_server_that_refused_us_is_asked_more_rarely_for_days() {
    let (source, mut state) = (SourceId::new("xp"), state(0, 0));
    state.restraint = Restraint { level: 6, since: NOW };
    let mut finding = finding(&source, &Schedule::Auto, &FETCHED, &state);
    let next = next_poll(&POLICY, &finding);
    assert_wait(&next, 41_006);
    let words = "slowed after a refusal 11h23m > no items yet ";
    assert!(next.reason.starts_with(words), "{}", next.reason);
    let schedule = Schedule::Every(seconds(HOUR));
    finding.schedule = &schedule;
    let reason = next_poll(&POLICY, &finding).reason;
    assert!(reason.starts_with("every 1h; jitter "), "the admin's own holds: {reason}");
}

#[test]
fn a_poll_that_is_late_into_an_hour_to_be_skipped_waits_for_its_end() {
    let (source, mut state) = (SourceId::new("xp"), state(HOUR, 0));
    // 08:00 UTC.
    assert_eq!(put_off(&source, &Schedule::Auto, &state, NOW), None);
    state.wishes = Wishes { skip_hours: 0b11 << 8, ..Wishes::default() };
    let at = put_off(&source, &Schedule::Auto, &state, NOW).expect("not now");
    assert!((2 * HOUR..2 * HOUR + 15 * MINUTE).contains(&at.since(NOW).as_secs()), "{at}");
    assert_eq!(put_off(&source, &Schedule::Every(seconds(HOUR)), &state, NOW), None);
}
