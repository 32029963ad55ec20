//! What a start makes of many sources that are due.

use super::agenda::{Agenda, Item, Time};
use super::policy::Policy;
use super::queue::{HostLimits, Next};
use crate::model::{Schedule, SourceId, SourceState, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const START: Timestamp = Timestamp(1_800_000_000);
const HOUR: Duration = Duration::from_secs(3_600);
const POLICY: Policy = Policy { shortest: HOUR, longest: HOUR, price: Policy::PRICE };
const LIMITS: HostLimits = HostLimits { spacing: Duration::from_secs(2), concurrency: 1 };

/// So long after the start of the first process.
fn time(since_start: Duration, process: Duration) -> Time {
    Time { wall: START + since_start, passed: since_start - process }
}

/// Sources that were due some time before the start, a second apart; the last one first.
fn overdue(count: u64) -> BTreeMap<SourceId, SourceState> {
    let source = |n: u64| {
        let state = SourceState {
            last_poll_at: Some(Timestamp(START.0 - 86_400)),
            next_poll_at: Some(Timestamp(START.0 - 1 - n as i64)),
            interval_seconds: 3_600,
            ..SourceState::default()
        };
        (SourceId::new(&format!("s{n:05}")), state)
    };
    (0..count).map(source).collect()
}

/// What a process polls in the time given, and when, since its own start.
fn run(
    sources: &BTreeMap<SourceId, SourceState>,
    start: Duration,
    length: Duration,
) -> Vec<(Duration, SourceId)> {
    let begun = time(start, start);
    let mut agenda = Agenda::new(32, begun);
    for (source, state) in sources {
        let item = Item {
            source,
            schedule: &Schedule::Auto,
            cron_next: None,
            state: Some(state),
            host: source.as_str(),
            limits: LIMITS,
        };
        let first = agenda.begin(&POLICY, &item, begun);
        assert!(first.is_overdue, "{first:?}");
    }
    let (mut polled, mut now) = (Vec::new(), Duration::ZERO);
    loop {
        match agenda.next(time(start + now, start)) {
            Next::Poll(number, _) => {
                let source = agenda.queue.source(number).clone();
                agenda.finished(&source, time(start + now, start));
                polled.push((now, source));
            }
            Next::WaitUntil(at) if at < length => now = at,
            _ => return polled,
        }
    }
}

#[test]
fn a_few_missed_polls_come_at_once() {
    let polled = run(&overdue(100), Duration::ZERO, HOUR);
    assert_eq!(polled.len(), 100);
    assert!(polled.iter().all(|(at, _)| *at <= Duration::from_secs(6)), "{polled:?}");
}

#[test]
fn many_missed_polls_are_spread_and_the_most_urgent_come_first() {
    let polled = run(&overdue(10_000), Duration::ZERO, HOUR);
    assert_eq!(polled.len(), 10_000);
    let mut seconds = BTreeMap::<u64, u32>::new();
    polled.iter().for_each(|(at, _)| *seconds.entry(at.as_secs()).or_default() += 1);
    assert!(seconds.values().all(|count| *count < 200), "{seconds:?}");
    assert!((100..=105).contains(seconds.last_key_value().expect("some").0), "{seconds:?}");
    let longest_due: BTreeSet<&str> = polled[..500].iter().map(|(_, id)| id.as_str()).collect();
    assert!(longest_due.contains("s09999") && !longest_due.contains("s05000"));
}

#[test]
fn starts_again_and_again_reach_all_that_were_missed() {
    let (mut left, mut start) = (overdue(5_000), Duration::ZERO);
    let life = Duration::from_secs(20);
    for _ in 0..4 {
        let polled = run(&left, start, life);
        assert!(polled.len() >= left.len().min(1_500), "{} of {}", polled.len(), left.len());
        polled.iter().for_each(|(_, source)| drop(left.remove(source)));
        start += life;
    }
    assert!(left.is_empty(), "{} are left", left.len());
}
