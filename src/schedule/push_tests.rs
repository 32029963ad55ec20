use super::push::{at_start, delivers, replan};
use crate::model::{Schedule, SourceId, SourceState, Subscription, Timestamp};
use crate::schedule::policy::Policy;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const START: Timestamp = Timestamp(1_893_456_000);
const POLICY: Policy = Policy { shortest: HOUR, longest: DAY, price: Policy::PRICE };

/// Polled and verified at `START`, to be polled again after two hours; pushed after one,
/// as every hour.
fn delivering() -> SourceState {
    let push = Subscription {
        hub: "https://h.example/hub?x=1".to_owned(),
        verified_at: Some(START),
        renewed_at: Some(START),
        lease_until: Some(START + DAY * 10),
        last_push_at: Some(START + HOUR),
        gap_seconds: 3_600,
        plain_at: Some(START + HOUR * 2),
        plain_reason: "auto: every 2h".to_owned(),
        ..Subscription::default()
    };
    SourceState {
        last_poll_at: Some(START),
        next_poll_at: Some(START + HOUR * 2),
        next_reason: "auto: every 2h".to_owned(),
        push: Some(Box::new(push)),
        ..SourceState::default()
    }
}

/// When the source is polled next, hours after `START`, and whether for the hub's sake.
fn planned(
    schedule: &Schedule,
    change: impl FnOnce(&mut SourceState),
    now: Timestamp,
) -> (u64, bool) {
    let mut state = delivering();
    change(&mut state);
    replan(&POLICY, schedule, &mut state, now);
    let at = state.next_poll_at.expect("planned").since(START).as_secs() / 3_600;
    assert_eq!(state.next_reason.starts_with("push: hub h.example delivers"), at != 2);
    (at, at != 2)
}

#[test]
fn a_hub_that_delivers_spares_polls_until_it_falls_silent_or_a_day_has_passed() {
    let now = START + HOUR;
    let push = |state: &mut SourceState, change: fn(&mut Subscription)| {
        change(state.push.as_mut().expect("subscribed"));
    };
    assert_eq!(planned(&Schedule::Auto, |_| {}, now), (7, true), "six hours of silence");
    let rare = |state: &mut SourceState| push(state, |push| push.gap_seconds = 5 * 3_600);
    assert_eq!(planned(&Schedule::Auto, rare, now), (21, true), "four gaps");
    let rarer = |state: &mut SourceState| push(state, |push| push.gap_seconds = 10 * 86_400);
    assert_eq!(planned(&Schedule::Auto, rarer, now), (24, true), "a day after the last poll");
    let short = |state: &mut SourceState| {
        push(state, |push| push.lease_until = Some(START + HOUR * 4));
    };
    assert_eq!(planned(&Schedule::Auto, short, now), (4, true), "the end of the lease");
}

#[test]
fn without_a_hub_that_can_be_relied_on_polls_come_as_ever() {
    let (auto, now) = (Schedule::Auto, START + HOUR);
    type Change = fn(&mut SourceState, &mut Subscription);
    let changes: [(&str, Change); 7] = [
        ("lapsed", |_, push| push.lease_until = Some(START + HOUR)),
        ("nothing delivered yet", |_, push| push.last_push_at = None),
        ("delivered before the gap between leases", |_, push| {
            push.verified_at = push.last_push_at.map(|at| at + HOUR);
        }),
        ("distrusted", |_, push| push.distrusted_until = Some(START + DAY)),
        ("a push could not be read", |_, push| push.owes_poll = true),
        ("failing", |state, _| state.failures = 1),
        ("gone", |state, _| state.gone = true),
    ];
    for (what, change) in changes {
        let of = |state: &mut SourceState| {
            let mut push = state.push.take().expect("subscribed");
            change(state, &mut push);
            state.push = Some(push);
        };
        assert_eq!(planned(&auto, of, now), (2, false), "{what}");
    }
    assert_eq!(planned(&auto, |_| {}, START + HOUR * 7), (2, false), "silent");
    for schedule in [Schedule::Every(HOUR * 2), Schedule::Cron("0 * * * *".to_owned())] {
        assert_eq!(planned(&schedule, |_| {}, now), (2, false));
    }
    let push = *delivering().push.expect("subscribed");
    assert!(delivers(&push, DAY, now) && !delivers(&push, DAY, START + HOUR * 7));
}

#[test]
fn a_poll_is_never_earlier_for_a_hub() {
    for gap in [0, 1, 60, 3_600, 86_400, u64::MAX] {
        for plain in [1, 2, 7, 23, 30, 100] {
            let mut state = delivering();
            let push = state.push.as_mut().expect("subscribed");
            (push.gap_seconds, push.plain_at) = (gap, Some(START + HOUR * plain));
            replan(&POLICY, &Schedule::Auto, &mut state, START + HOUR);
            assert!(state.next_poll_at >= Some(START + HOUR * plain), "{gap} {plain}");
        }
    }
}

#[test]
fn after_a_start_polls_come_as_without_a_hub_but_not_all_at_once() {
    let state = delivering();
    let (source, due) = (SourceId::new("a"), START + HOUR * 7);
    let at = |state: Option<&SourceState>, due, now| at_start(&source, state, due, now);
    assert_eq!(at(Some(&state), due, START + HOUR), START + HOUR * 2);
    assert_eq!(at(Some(&state), START, START + HOUR), START);
    assert_eq!(at(Some(&SourceState::default()), due, START), due);
    assert_eq!(at(None, due, START), due);
    let late: Vec<u64> = ["a", "b", "c", "d"]
        .map(|id| at_start(&SourceId::new(id), Some(&state), due, START + HOUR * 5))
        .map(|at| at.since(START + HOUR * 5).as_secs())
        .into();
    assert!(late.iter().all(|late| *late < 600), "{late:?}");
    assert!(late.iter().collect::<std::collections::HashSet<_>>().len() > 2, "{late:?}");
}
