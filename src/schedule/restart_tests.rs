//! What [`first_poll`] plans at a start and after a change of settings.

use super::mended::mended;
use super::policy::{NEVER, cron_mark, first_poll, next_poll};
use super::policy_tests::{DAY, FETCHED, HOUR, MINUTE, NOW, POLICY, finding, seconds, state};
use super::restart::FirstPoll;
use crate::model::{Schedule, SourceId, SourceState, Timestamp};

fn first(schedule: &Schedule, cron_next: Option<Timestamp>, state: &SourceState) -> FirstPoll {
    first_poll(&POLICY, &SourceId::new("xp"), schedule, cron_next, Some(state), NOW)
}

/// Polled `ago` seconds before now, due `ahead` seconds after it.
fn planned(ago: u64, ahead: i64, reason: &str) -> SourceState {
    SourceState {
        last_poll_at: Some(Timestamp(NOW.0 - ago as i64)),
        next_poll_at: Some(Timestamp(NOW.0 + ahead)),
        next_reason: reason.into(),
        ..state(HOUR, 0)
    }
}

#[test]
fn new_sources_are_spread_over_the_first_seconds() {
    let waits: std::collections::BTreeSet<u64> = (0..100)
        .map(|n| {
            let source = SourceId::new(&format!("source-{n}"));
            let next = first_poll(&POLICY, &source, &Schedule::Auto, None, None, NOW);
            assert_eq!(next.reason, "first poll of a new source");
            next.at.since(NOW).as_secs()
        })
        .collect();
    assert!(waits.len() > 3 && waits.last() <= Some(&5), "{waits:?}");
}

#[test]
fn restart_keeps_the_time_that_was_set() {
    let cron = Schedule::Cron("25 6-22 * * *".into());
    let every = Schedule::Every(seconds(50 * MINUTE));
    let cron_next = Some(NOW + seconds(10 * MINUTE));
    for (schedule, reason, ahead) in [
        (&Schedule::Auto, "auto: 3 new of 20, every 1h", 20 * MINUTE),
        (&every, "every 50m", 12 * MINUTE),
        (&cron, "cron: 25 6-22 * * *", 10 * MINUTE + 17),
        (&Schedule::Auto, "Retry-After 4d", 400_000),
        (&every, "Retry-After 4d", 400_000),
        (&cron, "Retry-After 4d", 400_000),
    ] {
        let mut state = planned(40 * MINUTE, ahead as i64, reason);
        state.cron_mark = cron_mark(schedule);
        state.retry_at = reason.starts_with("Retry").then(|| NOW + seconds(ahead - HOUR));
        let next = first(schedule, cron_next, &state);
        assert_eq!(next.at, NOW + seconds(ahead), "{reason}");
        assert_eq!(next.reason, reason);
    }
}

#[test]
fn a_clock_that_was_ahead_holds_no_source_back_for_longer_than_from_now() {
    let year = 365 * DAY;
    let cron = Schedule::Cron("25 6-22 * * *".into());
    let every = Schedule::Every(seconds(50 * MINUTE));
    let tenth = |wait: u64| wait + wait / 10;
    for (schedule, wait, failures, retry, most) in [
        (&Schedule::Auto, 20 * HOUR, 0, None, tenth(DAY)),
        (&Schedule::Auto, 10 * year, 0, None, tenth(HOUR)),
        (&every, 50 * MINUTE, 0, None, tenth(50 * MINUTE)),
        (&cron, 3 * HOUR, 0, None, 11 * MINUTE),
        (&every, 24 * HOUR, 9, None, tenth(DAY)),
        (&every, 7 * DAY, 1, Some(7 * DAY), 7 * DAY + HOUR),
    ] {
        let last = NOW + seconds(year);
        let state = SourceState {
            last_poll_at: Some(last),
            next_poll_at: Some(last + seconds(wait)),
            retry_at: retry.map(|retry| last + seconds(retry)),
            failures,
            cron_mark: cron_mark(schedule),
            ..state(HOUR, 0)
        };
        let mended = mended(&state, NOW).expect("ahead");
        let next = first(schedule, Some(NOW + seconds(10 * MINUTE)), &mended);
        let waits = next.at.since(NOW).as_secs();
        assert!((1..=most).contains(&waits), "{schedule:?} {wait}: {waits} s, {}", next.reason);
    }
    let gone = SourceState {
        gone: true,
        last_poll_at: Some(NOW + seconds(year)),
        next_poll_at: Some(NEVER),
        ..state(HOUR, 0)
    };
    let mended = mended(&gone, NOW).expect("ahead");
    assert_eq!(first(&Schedule::Auto, None, &mended).at, NEVER);
}

#[test]
fn restart_keeps_the_backoff_of_a_failing_source() {
    let state = SourceState { failures: 5, ..planned(HOUR, 15 * HOUR as i64, "failed 5 times") };
    let every = Schedule::Every(seconds(15 * MINUTE));
    assert_eq!(first(&every, None, &state).at, NOW + seconds(15 * HOUR));
}

#[test]
fn what_restart_plans_is_what_the_poll_planned() {
    let every = Schedule::Every(seconds(5 * HOUR));
    for number in 0..50 {
        let source = SourceId::new("xp");
        let mut state = SourceState { poll_number: number, ..state(HOUR, 0) };
        let planned = next_poll(&POLICY, &finding(&source, &every, &FETCHED, &state));
        let at = planned.at;
        planned.settle(&mut state);
        assert_eq!(first(&every, None, &state).at, at);
    }
}

#[test]
fn missed_poll_takes_place_soon_after_start() {
    let cron = Schedule::Cron("25 6-22 * * *".into());
    let cron_next = Some(NOW + seconds(10 * HOUR));
    for (schedule, reason) in [(&Schedule::Auto, "auto: every 1h"), (&cron, "cron: 25 6-22 * * *")]
    {
        let mut state = planned(3 * HOUR, -(HOUR as i64), reason);
        state.cron_mark = cron_mark(schedule);
        let next = first(schedule, cron_next, &state);
        assert!(next.at >= NOW && next.at <= NOW + seconds(5), "{reason}: {:?}", next.at);
    }
}

#[test]
fn changed_schedule_counts_from_the_last_poll() {
    let daily = planned(10 * MINUTE, 23 * HOUR as i64, "auto: not modified, every 1d");
    let every = Schedule::Every(seconds(30 * MINUTE));
    let next = first(&every, None, &daily);
    let wait = next.at.since(NOW).as_secs();
    assert!((20 * MINUTE..=23 * MINUTE + 1).contains(&wait), "{wait}");
    assert_eq!(next.reason, "every 30m");

    let cron = Schedule::Cron("0 8 * * *".into());
    let next = first(&cron, Some(NOW + seconds(2 * HOUR)), &daily);
    let wait = next.at.since(NOW).as_secs();
    assert!((2 * HOUR..=2 * HOUR + 60).contains(&wait), "{wait}");

    let fast = planned(MINUTE, 4 * MINUTE as i64, "every 5m");
    let wait = first(&Schedule::Auto, None, &fast).at.since(NOW).as_secs();
    assert!(wait >= 59 * MINUTE, "auto is never faster than shortest: {wait}");
}

#[test]
fn schedule_change_does_not_outrun_retry_after() {
    let mut state = planned(10 * MINUTE, 3 * DAY as i64, "Retry-After 3d > learnt 1h");
    state.retry_at = state.next_poll_at;
    let every = Schedule::Every(seconds(30 * MINUTE));
    assert_eq!(first(&every, None, &state).at, NOW + seconds(3 * DAY));
    // Nor does it where another wait decided then.
    (state.next_poll_at, state.retry_at) = (Some(NOW + seconds(DAY)), Some(NOW + seconds(HOUR)));
    let next = first(&every, None, &state);
    assert_eq!(next.at, NOW + seconds(HOUR));
    assert!(next.reason.starts_with("Retry-After until "), "{}", next.reason);
}

#[test]
fn what_server_and_document_asked_for_outlives_a_change_to_auto_and_back() {
    let mut state = planned(10 * MINUTE, 20 * MINUTE as i64, "every 30m; jitter 1m");
    state.fresh_until = Some(NOW + seconds(5 * HOUR));
    assert_eq!(first(&Schedule::Auto, None, &state).at, NOW + seconds(5 * HOUR));
    let every = Schedule::Every(seconds(30 * MINUTE));
    assert_eq!(first(&every, None, &state).at, NOW + seconds(20 * MINUTE));
}

#[test]
fn time_from_a_wrong_clock_is_not_believed() {
    let years = 10 * 365 * DAY;
    for reason in ["learnt 1h", "Retry-After 1m", "failed once: dns"] {
        let mut state = planned(0, years as i64, reason);
        state.retry_at = reason.starts_with("Retry").then_some(NOW + seconds(years));
        state.fresh_until = Some(NOW + seconds(years));
        state.last_poll_at = Some(NOW + seconds(years - HOUR));
        state.failures = u32::from(reason.starts_with("failed"));
        let next = first(&Schedule::Auto, None, &state);
        let wait = next.at.since(NOW).as_secs();
        assert!((HOUR..=HOUR + 6 * MINUTE).contains(&wait), "{wait}");
    }
}

#[test]
fn gone_source_stays_gone_over_a_restart() {
    let state = SourceState { gone: true, ..planned(HOUR, HOUR as i64, "") };
    assert_eq!(first(&Schedule::Auto, None, &state).at, NEVER);
}
