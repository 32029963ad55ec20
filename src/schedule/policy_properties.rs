//! What holds of every plan, whatever the state, the answer and the clocks.

use super::policy::{Finding, NEVER, NextPoll, Policy, RETRY_AFTER_MAX, first_poll, next_poll};
use super::policy_tests::{DAY, FETCHED, HOUR, MINUTE, NOW, POLICY, finding, seconds};
use crate::chance::{Chance, each};
use crate::model::{Outcome, Rhythm, Schedule, SourceId, SourceState, Timestamp, Wishes};
use chrono_tz::Tz;
use std::time::Duration;

fn some<T>(chance: &mut Chance, value: impl FnOnce(&mut Chance) -> T) -> Option<T> {
    if chance.one_in(2) { None } else { Some(value(chance)) }
}

fn wait(chance: &mut Chance, most: u64) -> Duration {
    seconds(chance.below(most as usize + 1) as u64)
}

fn any_rhythm(chance: &mut Chance, now: Timestamp) -> Box<Rhythm> {
    let mut parts = || {
        let most = 1 << chance.below(17);
        chance.below(most) as u16
    };
    let (hours, days) = (std::array::from_fn(|_| parts()), std::array::from_fn(|_| parts()));
    Box::new(Rhythm {
        hours,
        days,
        watched: chance.below(1 << 20) as u32,
        anchor: chance.below(25_000) as u16,
        until: Timestamp(now.0 - chance.within(-100..1_000_000)),
        recent: chance.below(1 << 18) as u32,
        expected: chance.below(1 << 18) as u32,
    })
}

#[test]
fn no_plan_is_earlier_than_what_was_asked_for_nor_later_than_longest() {
    let zones = [Tz::Asia__Shanghai, Tz::Europe__Berlin, Tz::Australia__Lord_Howe];
    each(4_000, |chance| {
        let now = Timestamp(chance.within(1_700_000_000..1_900_000_000));
        let shortest = seconds(1) + wait(chance, 4 * HOUR);
        let policy = Policy {
            shortest,
            longest: shortest + wait(chance, 3 * DAY),
            price: wait(chance, DAY),
        };
        let source = SourceId::new(&format!("s{}", chance.below(50)));
        let failed = Outcome::Failed { kind: "status".into(), error: String::new() };
        let outcome = chance.pick(&[FETCHED, Outcome::NotModified, failed]).clone();
        let fails = matches!(outcome, Outcome::Failed { .. });
        let wishes = Wishes { ttl_seconds: chance.below(200_000) as u64, ..Wishes::default() };
        let state = SourceState {
            poll_number: chance.below(1_000) as u64,
            last_poll_at: Some(now),
            interval_seconds: chance.below(200_000) as u64,
            failures: u32::from(fails) * (1 + chance.below(9) as u32),
            wishes: if chance.one_in(2) { wishes } else { Wishes::default() },
            rhythm: some(chance, |chance| any_rhythm(chance, now)),
            seen: vec![(0, 0); chance.below(40)],
            ..SourceState::default()
        };
        let new = if outcome == FETCHED { chance.below(21) } else { 0 };
        let date = |chance: &mut Chance| Timestamp(now.0 + chance.within(-2_000_000..2_000));
        let arrivals: Vec<_> = (0..new).map(|_| some(chance, date)).collect();
        let found = Finding {
            schedule: &Schedule::Auto,
            zone: *chance.pick(&zones),
            now,
            new_entries: new,
            arrivals: &arrivals,
            is_first: chance.one_in(4),
            freshness: some(chance, |chance| wait(chance, 4 * DAY)),
            retry_after: some(chance, |chance| wait(chance, 9 * DAY)).filter(|_| fails),
            unsaid_hold: None,
            has_validators: chance.one_in(2),
            ..finding(&source, &Schedule::Auto, &outcome, &state)
        };
        let next = next_poll(&policy, &found);
        let waits = next.at.since(now);
        let freshness = found.freshness.unwrap_or_default();
        let ttl = seconds(state.wishes.ttl_seconds);
        let asked = freshness.max(ttl).min(policy.longest);
        let retry = found.retry_after.unwrap_or_default().min(RETRY_AFTER_MAX);
        assert!(waits >= policy.shortest.max(asked).max(retry), "{waits:?}: {}", next.reason);
        let latest = if fails { policy.longest.max(seconds(DAY)) } else { policy.longest };
        let latest = latest.max(retry);
        let with_jitter = latest + (latest / 10).min(seconds(HOUR)) + seconds(1);
        assert!(waits <= with_jitter, "{waits:?}: {}", next.reason);

        // A restart at any time keeps to it, also under other settings.
        let mut after = state.clone();
        next.clone().settle(&mut after);
        let later = now + wait(chance, 2 * DAY);
        let first = first_poll(&policy, &source, &Schedule::Auto, None, Some(&after), later);
        assert!(first.at >= next.at.min(later), "{} before {}", first.at, next.at);
        let other = Policy { longest: policy.longest * 2, ..policy };
        for schedule in [Schedule::Auto, Schedule::Every(shortest)] {
            let first = first_poll(&other, &source, &schedule, None, Some(&after), later);
            assert!(first.at >= later.min(now + retry), "{}", first.reason);
        }
        let first = first_poll(&other, &source, &Schedule::Auto, None, Some(&after), later);
        assert!(first.at.since(now) >= asked.min(later.since(now)), "{}", first.reason);
    });
}

/// Learnt from polls every hour of a source that posts at nine in the morning, in China.
fn at_nine() -> SourceState {
    let source = SourceId::new("xp");
    let mut state = SourceState::default();
    let begin = NOW.0 - 30 * DAY as i64;
    for hour in 0..=30 * 24 {
        let now = Timestamp(begin + hour * HOUR as i64);
        let nine = (now.0 / HOUR as i64 + 8) % 24 == 10;
        let arrivals = [Some(Timestamp(now.0 - 30 * MINUTE as i64))];
        let new = usize::from(nine || hour == 0);
        let outcome = if new > 0 { FETCHED } else { Outcome::NotModified };
        state.poll_number += 1;
        state.seen = vec![(0, 0); 20];
        let next = next_poll(
            &POLICY,
            &Finding {
                now,
                new_entries: new,
                arrivals: &arrivals[..new],
                is_first: hour == 0,
                ..finding(&source, &Schedule::Auto, &outcome, &state)
            },
        );
        next.settle(&mut state);
    }
    state
}

fn plan<'a>(
    source: &'a SourceId,
    state: &'a SourceState,
    change: impl FnOnce(&mut Finding<'a>),
) -> NextPoll {
    let mut finding = finding(source, &Schedule::Auto, &FETCHED, state);
    change(&mut finding);
    next_poll(&POLICY, &finding)
}

#[test]
fn all_that_decided_is_told_the_winner_first() {
    let (source, mut state) = (SourceId::new("xp"), at_nine());
    let hour = seconds(HOUR);
    let plain = plan(&source, &state, |_| ());
    assert!(plain.reason.starts_with("learnt "), "{}", plain.reason);
    state.wishes.ttl_seconds = 22 * HOUR;
    let ended = |next: &NextPoll, words: &str| {
        assert!(next.reason.starts_with(words), "{} for {words}", next.reason);
        assert!(next.reason.contains("; jitter "), "{}", next.reason);
    };
    ended(&plan(&source, &state, |_| ()), "ttl 22h > learnt ");
    ended(
        &plan(&source, &state, |f| f.freshness = Some(hour * 23)),
        "fresh for 23h > ttl 22h > learnt ",
    );
    ended(&plan(&source, &state, |f| f.freshness = Some(hour)), "ttl 22h > learnt ");
    ended(
        &plan(&source, &state, |f| f.has_validators = false),
        "no validators 1d > ttl 22h > learnt ",
    );
    ended(
        &plan(&source, &state, |f| f.retry_after = Some(hour * 50)),
        "Retry-After 2d2h > ttl 22h > learnt ",
    );
    let failed = Outcome::Failed { kind: "timeout".into(), error: String::new() };
    state.failures = 1;
    state.interval_seconds = 2 * HOUR;
    let next = next_poll(&POLICY, &finding(&source, &Schedule::Auto, &failed, &state));
    ended(&next, "ttl 22h > failed once: timeout, backoff 2h");
    assert_eq!(next.rhythm, state.rhythm, "a failure says nothing about the rhythm");
}

#[test]
fn a_document_without_a_known_item_shortens_the_wait_to_half_the_last_one() {
    let (source, state) = (SourceId::new("xp"), at_nine());
    let later = NOW + seconds(6 * HOUR);
    const ARRIVALS: [Option<Timestamp>; 20] = [None; 20];
    let next = plan(&source, &state, |finding| {
        finding.now = later;
        finding.new_entries = 20;
        finding.arrivals = &ARRIVALS;
    });
    let waits = next.at.since(later);
    assert!(waits <= seconds(3 * HOUR + 19 * MINUTE), "{waits:?}: {}", next.reason);
    let none_known = next.reason.contains("gap: no known item left, 3h < ");
    // Twenty at once may already be reason enough for less.
    assert!(none_known || waits < seconds(3 * HOUR), "{}", next.reason);
}

#[test]
fn a_short_document_is_asked_for_before_half_of_it_is_new() {
    let (source, mut state) = (SourceId::new("xp"), at_nine());
    // One item is shown, and one comes a day.
    state.seen = vec![(0, 0)];
    let next = plan(&source, &state, |finding| finding.items = 1);
    let long = Policy { price: seconds(40 * HOUR), ..POLICY };
    let mut found = finding(&source, &Schedule::Auto, &Outcome::NotModified, &state);
    found.items = 0;
    let patient = next_poll(&long, &found);
    assert!(patient.reason.starts_with("half a document of news in "), "{}", patient.reason);
    assert!(next.at <= patient.at);
    assert_ne!(patient.at, NEVER);
}
