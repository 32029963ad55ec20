use super::*;
use crate::model::Habits;

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// A Monday, midnight.
const START: i64 = 1_795_392_000;

/// A source that is polled, with the alerts that came of it.
struct Life {
    state: SourceState,
    now: i64,
    changes: Vec<(i64, Change)>,
    online: bool,
}

impl Life {
    fn new() -> Life {
        Life { state: SourceState::default(), now: START, changes: Vec::new(), online: true }
    }

    fn poll(&mut self, outcome: &Outcome, new_entries: usize, faulty: usize, dates: &[Timestamp]) {
        let (before, now) = (self.state.clone(), Timestamp(self.now));
        let state = &mut self.state;
        match outcome {
            Outcome::Failed { .. } => state.failures += 1,
            _ => state.failures = 0,
        }
        state.gone = *outcome == Outcome::Gone;
        let sight =
            Sight { outcome, new_entries, faulty_items: faulty, dates, others_answer: self.online };
        let changes = judge(&before, state, &sight, now);
        state.next_poll_at = Some(Timestamp(self.now + HOUR));
        self.changes.extend(changes.into_iter().map(|change| (self.now, change)));
    }

    /// A document of twenty items with so many new ones.
    fn fetched(&mut self, new: usize, faulty: usize) {
        self.poll(&Outcome::Fetched { items: 20, defects: 0 }, new, faulty, &[]);
    }

    fn failed(&mut self, kind: &str) {
        let (kind, error) = (kind.to_owned(), format!("{kind}, in words"));
        self.poll(&Outcome::Failed { kind, error }, 0, 0, &[]);
    }

    /// Hourly polls for so many days; `publishes` says at which hours since the start
    /// something new is there.
    fn days(&mut self, days: i64, publishes: impl Fn(i64) -> bool) {
        for _ in 0..days * 24 {
            self.now += HOUR;
            let new = publishes((self.now - START) / HOUR);
            if new { self.fetched(1, 0) } else { self.poll(&Outcome::NotModified, 0, 0, &[]) }
        }
    }

    fn raised(&self) -> Vec<AlertKind> {
        self.state.alerts.iter().filter(|alert| alert.is_raised()).map(|a| a.kind).collect()
    }
}

fn hourly_by_day(hour: i64) -> bool {
    (7..22).contains(&(hour % 24))
}

#[test]
fn an_hourly_source_is_missed_within_a_day_or_so() {
    let mut life = Life::new();
    life.fetched(20, 0);
    life.days(30, hourly_by_day);
    assert_eq!(life.changes, []);
    let last = life.now - 3 * HOUR;
    life.days(3, |_| false);
    let [(at, Change::Raised(alert))] = &life.changes.clone()[..] else { panic!("not once") };
    assert_eq!((alert.kind, alert.since), (AlertKind::Silent, Timestamp(last)));
    assert_eq!(*at, last + 25 * HOUR, "twice its nights are less than a day");
    assert_eq!(alert.cause, "no new entry for 1d1h; the longest usual gap is 10h");

    // Raised once, cleared once, and the same again takes as long.
    life.days(1, |_| true);
    let [_, (_, Change::Cleared(cleared))] = &life.changes[..] else { panic!() };
    assert_eq!(
        (cleared.since, cleared.cleared_at),
        (alert.since, Some(Timestamp(last + 76 * HOUR)))
    );
    life.days(2, hourly_by_day);
    assert_eq!(life.changes.len(), 2);
}

#[test]
fn weekends_and_weekly_papers_are_no_silence() {
    let weekdays = |hour: i64| hourly_by_day(hour) && hour / 24 % 7 < 5;
    let weekly = |hour: i64| hour % (7 * 24) == 9;
    // Seventy days end on a Monday, when it has been silent for two days, and for nearly seven.
    for (publishes, more_days) in [(weekdays as fn(i64) -> bool, 2), (weekly, 7)] {
        let mut life = Life::new();
        life.fetched(20, 0);
        life.days(70, publishes);
        assert_eq!(life.changes, []);
        life.days(more_days, |_| false);
        assert_eq!(life.changes, []);
        life.days(1, |_| false);
        assert_eq!(life.raised(), [AlertKind::Silent]);
    }
}

#[test]
fn a_source_without_a_rhythm_is_left_alone() {
    let mut life = Life::new();
    life.fetched(20, 0);
    life.days(5, hourly_by_day);
    life.days(9, |_| false);
    assert_eq!(life.changes, [], "new, and its holidays are not known");
    life.days(2, |_| false);
    assert_eq!(life.raised(), [AlertKind::Silent]);
    let mut rare = Life::new();
    rare.fetched(20, 0);
    rare.days(200, |hour| hour % (24 * 90) == 0);
    assert_eq!(rare.changes, [], "two gaps are no rhythm");
}

#[test]
fn the_first_document_tells_the_rhythm_and_an_old_pinned_item_does_not() {
    let first = |dates: &[i64]| {
        let mut life = Life::new();
        let dates: Vec<Timestamp> = dates.iter().map(|at| Timestamp(*at)).collect();
        life.poll(&Outcome::Fetched { items: 20, defects: 0 }, 20, 0, &dates);
        life
    };
    let daily: Vec<i64> = (1..=40).map(|day| START - day * DAY).collect();
    let mut life = first(&daily);
    assert_eq!(life.changes, []);
    life.days(1, |_| false);
    assert_eq!(life.changes, []);
    life.days(1, |_| false);
    assert_eq!(life.raised(), [AlertKind::Silent], "two days after a daily source's last entry");

    let dead: Vec<i64> = daily.iter().map(|at| at - 900 * DAY).collect();
    assert_eq!(first(&dead).raised(), [AlertKind::Silent], "a source that stands still for years");

    let mut pinned = daily;
    pinned.push(START - 3_000 * DAY);
    let mut life = first(&pinned);
    life.days(3, |_| false);
    assert_eq!(life.raised(), [AlertKind::Silent]);

    let mut batch = first(&[START - 60; 20]);
    batch.days(40, |_| false);
    assert_eq!(batch.changes, [], "one batch is no rhythm");
}

#[test]
fn our_own_absence_teaches_nothing() {
    let mut life = Life::new();
    life.fetched(20, 0);
    life.days(30, hourly_by_day);
    let longest = life.state.habits.longest_gap_seconds;
    life.now += 40 * DAY;
    life.fetched(20, 0);
    assert_eq!(life.state.habits.longest_gap_seconds, longest);
    let failing_from = life.now;
    for _ in 0..50 {
        life.now += HOUR;
        life.failed("timeout");
    }
    life.fetched(1, 0);
    assert_eq!(life.state.habits.longest_gap_seconds, longest);
    assert_eq!(life.state.habits.last_new_at, Some(Timestamp(failing_from + 50 * HOUR)));
    assert_eq!(life.changes, []);
}

#[test]
fn a_long_holiday_is_forgotten_in_the_end() {
    let mut life = Life::new();
    life.fetched(20, 0);
    life.days(40, hourly_by_day);
    life.days(8, |_| false);
    life.days(1, |_| true);
    let holiday = life.state.habits.longest_gap_seconds;
    assert!(holiday > 8 * 86_400, "{holiday}");
    life.days(200, hourly_by_day);
    assert!(life.state.habits.longest_gap_seconds < 86_400 * 3 / 4);
}

#[test]
fn a_page_in_place_of_the_feed_raises_once_and_clears_once() {
    let mut life = Life::new();
    life.fetched(20, 0);
    life.now += HOUR;
    let since = life.now;
    life.failed("not_a_feed");
    life.now += 60;
    life.failed("not_a_feed");
    assert_eq!(life.changes, [], "two within a minute, as when somebody asks");
    for _ in 0..100 {
        life.now += HOUR;
        life.failed("not_a_feed");
    }
    let [(_, Change::Raised(alert))] = &life.changes[..] else { panic!("{:?}", life.changes) };
    assert_eq!((alert.kind, alert.since), (AlertKind::NoFeed, Timestamp(since)));
    assert_eq!(alert.cause, "not_a_feed, in words");
    life.now += HOUR;
    life.fetched(0, 0);
    assert_eq!(life.raised(), []);
    life.fetched(0, 0);
    assert_eq!(life.changes.len(), 2);
}

#[test]
fn a_vanished_source_is_told_after_days_and_a_gone_one_at_once() {
    let mut life = Life::new();
    life.fetched(20, 0);
    let since = life.now + DAY / 2;
    for _ in 0..7 {
        assert_eq!(life.changes, []);
        life.now += DAY / 2;
        life.failed("status");
    }
    let [(at, Change::Raised(alert))] = &life.changes[..] else { panic!("{:?}", life.changes) };
    assert_eq!((alert.kind, alert.since), (AlertKind::Vanished, Timestamp(since)));
    assert_eq!(*at, since + 3 * DAY);
    life.poll(&Outcome::Gone, 0, 0, &[]);
    assert_eq!(life.changes.len(), 1, "the same alert");
    life.poll(&Outcome::NotModified, 0, 0, &[]);
    assert!(matches!(life.changes[1].1, Change::Cleared(_)));
    life.poll(&Outcome::Gone, 0, 0, &[]);
    assert_eq!(life.raised(), [AlertKind::Vanished]);
    assert_eq!(life.state.alerts.len(), 1, "one of a kind");
}

#[test]
fn a_server_that_wants_days_of_silence_has_vanished_after_two_failures_in_six() {
    let mut life = Life::new();
    life.fetched(20, 0);
    life.failed("status");
    life.now += 7 * DAY;
    life.failed("status");
    assert_eq!(life.raised(), [AlertKind::Vanished]);
    let mut once = Life::new();
    once.fetched(20, 0);
    once.now += 7 * DAY;
    once.failed("status");
    assert_eq!(once.changes, [], "it may have come just now");
}

#[test]
fn while_our_own_line_is_down_nobody_has_vanished() {
    let mut life = Life::new();
    life.fetched(20, 0);
    life.online = false;
    for _ in 0..10 {
        life.now += DAY;
        life.failed("dns");
    }
    assert_eq!(life.changes, []);
    life.online = true;
    life.failed("dns");
    assert_eq!(life.raised(), [AlertKind::Vanished], "others answer, it does not");
}

#[test]
fn faulty_items_are_seen_against_the_sources_own_past() {
    let documents = |life: &mut Life, count: usize, faulty: usize| {
        for _ in 0..count {
            life.now += HOUR;
            life.fetched(1, faulty);
        }
    };
    let mut careless = Life::new();
    documents(&mut careless, 200, 18);
    assert_eq!(careless.changes, [], "it has always been so");

    let mut life = Life::new();
    documents(&mut life, 30, 1);
    documents(&mut life, 1, 18);
    documents(&mut life, 5, 1);
    assert_eq!(life.changes, [], "once is no rise");
    documents(&mut life, 40, 18);
    let [(_, Change::Raised(alert))] = &life.changes[..] else { panic!("{:?}", life.changes) };
    assert_eq!(alert.kind, AlertKind::Broken);
    assert!(alert.cause.starts_with("18 faulty items beside 20: 90 %, where "), "{}", alert.cause);
    documents(&mut life, 5, 5);
    assert_eq!(life.raised(), [AlertKind::Broken], "better, and not over");
    documents(&mut life, 1, 1);
    assert_eq!(life.raised(), []);

    documents(&mut life, 31 * 24, 18);
    assert_eq!(life.raised(), [], "after a month it is usual");
    assert_eq!(life.changes.len(), 4);
}

#[test]
fn cleared_alerts_are_forgotten_after_a_month_and_the_state_stays_small() {
    let mut life = Life::new();
    life.fetched(20, 0);
    life.poll(&Outcome::Gone, 0, 0, &[]);
    life.days(29, hourly_by_day);
    assert_eq!(life.state.alerts.len(), 1);
    let bytes = |state: &SourceState| minicbor::to_vec(state).expect("encoded").len();
    life.days(3, hourly_by_day);
    assert_eq!(life.state.alerts, []);
    let without = SourceState { habits: Habits::default(), ..life.state.clone() };
    assert!(bytes(&life.state) - bytes(&without) < 24, "of what is learnt");
}

#[test]
fn any_order_of_outcomes_keeps_one_alert_of_a_kind_and_tells_each_change() {
    use crate::chance;
    chance::each(200, |chance| {
        let mut life = Life::new();
        for _ in 0..200 {
            life.now += chance.below(3 * DAY as usize) as i64;
            match chance.below(6) {
                0 => life.poll(&Outcome::NotModified, 0, 0, &[]),
                1 => life.poll(&Outcome::Gone, 0, 0, &[]),
                2 => life.failed("not_a_feed"),
                3 => life.failed("timeout"),
                _ => life.fetched(chance.below(3), chance.below(21)),
            }
        }
        for kind in AlertKind::ALL {
            let of_kind = life.changes.iter().filter_map(|(_, change)| match change {
                Change::Raised(alert) => (alert.kind == kind).then_some(true),
                Change::Cleared(alert) => (alert.kind == kind).then_some(false),
            });
            let told: Vec<bool> = of_kind.collect();
            assert!(told.iter().enumerate().all(|(at, raised)| *raised == (at % 2 == 0)));
            let raised = life.raised().contains(&kind);
            assert_eq!(told.last().copied().unwrap_or(false), raised);
        }
        assert!(life.state.alerts.len() <= AlertKind::ALL.len());
    });
}
