use super::{Pace, Seen, Waits, hours, learn};
use crate::chance::{Chance, each};
use crate::model::{Rhythm, Timestamp};
use chrono_tz::Tz;
use std::time::Duration;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// A Thursday, 00:00 in China.
const NOW: Timestamp = Timestamp(1_795_622_400);
const CHINA: Tz = Tz::Asia__Shanghai;
const PRICE: Duration = Duration::from_secs(3_600);
const LONGEST: Duration = Duration::from_secs(86_400);

fn seen(now: Timestamp, arrivals: &[Option<Timestamp>]) -> Seen<'_> {
    Seen { now, zone: CHINA, arrivals, is_first: false, is_gap: false }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds)
}

/// Polled every hour for so many days, with entries at these hours of each day; the last poll
/// is at a midnight.
fn daily(hours: &[i64], days: i64) -> (Rhythm, Timestamp) {
    let mut rhythm = None;
    let first = [Some(at(-HOUR))];
    for hour in 0..=days * 24 {
        let now = at(hour * HOUR);
        let arrival = [Some(Timestamp(now.0 - HOUR / 2))];
        let is_hour = hour > 0 && hours.contains(&((hour - 1) % 24));
        let arrivals = match hour {
            0 => &first,
            _ if is_hour => &arrival[..],
            _ => &[],
        };
        rhythm = learn(rhythm.as_ref(), &Seen { is_first: hour == 0, ..seen(now, arrivals) });
    }
    (rhythm.expect("there were items"), at(days * DAY))
}

fn waits(rhythm: &Rhythm, now: Timestamp) -> Waits {
    Pace::of(rhythm).waits(now, PRICE, f64::INFINITY, LONGEST, CHINA)
}

#[test]
fn a_source_without_items_has_no_rhythm() {
    assert_eq!(learn(None, &seen(NOW, &[])), None);
}

#[test]
fn dates_of_the_first_document_tell_the_rate_at_once() {
    for (every, hours) in [(HOUR / 2, 0.5..1.6), (6 * HOUR, 2.0..6.0), (4 * DAY, 11.0..25.0)] {
        let dates: Vec<_> = (1..=20).map(|n| Some(at(13 * HOUR - n * every))).collect();
        let now = at(13 * HOUR);
        let rhythm = learn(None, &Seen { is_first: true, ..seen(now, &dates) });
        let learnt = waits(&rhythm.expect("there were items"), now).learnt;
        let found = learnt.as_secs_f64() / 3_600.0;
        assert!(hours.contains(&found), "{found} h for an item every {every} s");
    }
    // Items of years ago tell that nothing is to be expected.
    let old = [Some(at(-900 * DAY)), Some(at(-400 * DAY))];
    let rhythm = learn(None, &Seen { is_first: true, ..seen(NOW, &old) }).expect("items");
    assert!(waits(&rhythm, NOW).learnt > LONGEST);
}

#[test]
fn nights_are_slept_through_and_mornings_awaited() {
    let (rhythm, midnight) = daily(&[8, 9, 10, 11, 12, 13, 14, 15, 16, 17], 28);
    let asleep = waits(&rhythm, midnight).learnt;
    let awake = waits(&rhythm, midnight + Duration::from_secs(10 * 3_600)).learnt;
    assert!(asleep > Duration::from_secs(7 * 3_600), "{asleep:?}");
    assert!(awake < Duration::from_secs(2 * 3_600), "{awake:?}");
}

#[test]
fn weekends_are_learnt() {
    let mut rhythm = Some(Rhythm { until: NOW, anchor: 20_782, ..Rhythm::default() });
    for hour in 1..=8 * 7 * 24 {
        let now = at(hour * HOUR);
        let (_, day) = hours::on_the_clock(Timestamp(now.0 - HOUR / 2), CHINA);
        let arrival = [None];
        let arrivals = if day < 5 { &arrival[..] } else { &[] };
        rhythm = learn(rhythm.as_ref(), &seen(now, arrivals));
    }
    let rhythm = rhythm.expect("there were items");
    let pace = Pace { lively: 1.0, ..Pace::of(&rhythm) };
    let day = |n: i64| pace.expected(at(56 * DAY + n * DAY), at(57 * DAY + n * DAY), CHINA);
    let (thursday, sunday) = (day(0), day(3));
    assert!(thursday > 20.0 && sunday < 6.0, "{thursday} and {sunday}");
}

#[test]
fn a_lively_day_shortens_waits_and_a_silence_stretches_them() {
    let (calm, now) = daily(&[9], 28);
    let usual = waits(&calm, now).learnt;
    let burst = [None; 6];
    let then = Timestamp(now.0 + HOUR);
    let lively = learn(Some(&calm), &seen(then, &burst)).expect("there were items");
    assert!(waits(&lively, then).learnt < usual, "{usual:?}");
    let mut silent = calm.clone();
    let later = Timestamp(now.0 + 10 * DAY);
    for hour in 1..=240 {
        silent = learn(Some(&silent), &seen(Timestamp(now.0 + hour * HOUR), &[])).expect("known");
    }
    let daily = |rhythm: &Rhythm| Pace::of(rhythm).expected(later, later + LONGEST, CHINA);
    assert!(daily(&silent) < daily(&calm) / 2.0, "{} of {}", daily(&silent), daily(&calm));
}

#[test]
fn waits_end_before_more_is_to_be_expected_than_a_document_shows() {
    let (rhythm, now) = daily(&(0..24).collect::<Vec<_>>(), 28);
    let pace = Pace::of(&rhythm);
    let price = Duration::from_secs(40 * 3_600);
    let waits = pace.waits(now, price, 3.0, LONGEST, CHINA);
    let most = waits.most_entries.expect("sooner than learnt");
    let expected = pace.expected(now, now + most, CHINA);
    assert!((2.99..3.01).contains(&expected), "{expected}");
    assert!(waits.learnt > most);
}

#[test]
fn what_is_expected_will_have_waited_for_the_price() {
    let (rhythm, now) = daily(&[6, 7, 12, 18, 19], 28);
    let pace = Pace::of(&rhythm);
    for price in [60, 600, 3_600, 36_000] {
        let price = Duration::from_secs(price);
        let wait = pace.waits(now, price, f64::INFINITY, LONGEST * 30, CHINA).learnt;
        let step = wait / 1_000;
        let waited = (0..1_000).map(|n| {
            let from = now + step * n;
            pace.expected(from, now + step * (n + 1), CHINA) * (wait - step * n).as_secs_f64()
        });
        let waited: f64 = waited.sum();
        let wanted = price.as_secs_f64();
        assert!((waited / wanted - 1.0).abs() < 0.03, "{waited} for {wanted} after {wait:?}");
    }
}

#[test]
fn undated_entries_are_counted_whole_within_the_time_watched() {
    let (known, now) = daily(&[9], 7);
    let total = |rhythm: &Rhythm| rhythm.hours.iter().map(|parts| u32::from(*parts)).sum::<u32>();
    let then = Timestamp(now.0 + 5 * HOUR);
    let arrivals = [None; 3];
    let learnt = learn(Some(&known), &seen(then, &arrivals)).expect("there were items");
    let gained = total(&learnt) - total(&known);
    // Each weighs a little more than at the anchor a week before.
    let one = f64::from(Rhythm::ENTRY) * 2_f64.powf(7.2 / 28.0);
    assert!((f64::from(gained) - 3.0 * one).abs() < 3.0, "{gained}");
    assert_eq!(learnt.hours[12..], known.hours[12..]);
}

#[test]
fn a_known_source_at_a_new_address_counts_only_what_is_dated_since() {
    let (known, now) = daily(&[9], 7);
    let then = Timestamp(now.0 + HOUR);
    let arrivals = [Some(at(-DAY)), None, Some(Timestamp(now.0 + 60))];
    let learnt = learn(Some(&known), &Seen { is_first: true, ..seen(then, &arrivals) });
    let learnt = learnt.expect("there were items");
    assert!(learnt.recent < known.recent + Rhythm::RECENT + 1);
    assert!(learnt.hours[0] > known.hours[0]);
}

#[test]
fn clocks_of_the_zone_count_also_when_summer_time_begins_and_ends() {
    let berlin = Tz::Europe__Berlin;
    // 2026-03-29T01:00Z: 02:00 becomes 03:00; 2026-10-25T01:00Z: 03:00 becomes 02:00.
    for (change, hours) in [(1_774_746_000, [0, 1, 3, 4]), (1_792_890_000, [1, 2, 2, 3])] {
        let from = Timestamp(change - 2 * HOUR);
        let parts: Vec<_> = hours::parts(from, Timestamp(change + 2 * HOUR), berlin).collect();
        assert_eq!(parts.iter().map(|part| part.hour).collect::<Vec<_>>(), hours);
        assert!(parts.iter().all(|part| part.to - part.from == HOUR && part.day == 6));
    }
    // Nine in the morning stays nine in the morning.
    let (summer, winter) = (Timestamp(1_792_825_200), Timestamp(1_792_915_200));
    assert_eq!(hours::on_the_clock(summer, berlin), (9, 5));
    assert_eq!(hours::on_the_clock(winter, berlin), (9, 6));
}

#[test]
fn a_rhythm_takes_120_bytes_at_most() {
    let fullest = Rhythm {
        hours: [u16::MAX; 24],
        days: [u16::MAX; 7],
        watched: u32::MAX,
        anchor: u16::MAX,
        until: Timestamp(u32::MAX.into()),
        recent: u32::MAX,
        expected: u32::MAX,
    };
    let bytes = minicbor::to_vec(&fullest).expect("into memory");
    assert!(bytes.len() <= 120, "{}", bytes.len());
    assert!(std::mem::size_of::<Rhythm>() <= 88);
    let (usual, _) = daily(&[7, 9, 12, 18], 40);
    let bytes = minicbor::to_vec(&usual).expect("into memory");
    assert!(bytes.len() <= 80, "{}", bytes.len());
}

fn any_zone(chance: &mut Chance) -> Tz {
    *chance.pick(&[CHINA, Tz::Europe__Berlin, Tz::Australia__Lord_Howe, Tz::America__St_Johns])
}

fn any_instant(chance: &mut Chance) -> Timestamp {
    match chance.below(8) {
        0 => Timestamp(*chance.pick(&[i64::MIN, i64::MAX, 0, -1])),
        _ => Timestamp(chance.within(1_700_000_000..2_000_000_000)),
    }
}

fn any_rhythm(chance: &mut Chance) -> Rhythm {
    let mut number = || match chance.below(4) {
        0 => 0,
        1 => chance.below(100) as u32,
        2 => u32::MAX,
        _ => chance.below(1 << 32) as u32,
    };
    Rhythm {
        hours: std::array::from_fn(|_| number() as u16),
        days: std::array::from_fn(|_| number() as u16),
        watched: number(),
        anchor: number() as u16,
        recent: number(),
        expected: number(),
        until: any_instant(chance),
    }
}

#[test]
fn any_state_and_any_dates_give_a_wait() {
    each(3_000, |chance| {
        let (before, zone) = (any_rhythm(chance), any_zone(chance));
        let now = any_instant(chance);
        let arrivals: Vec<_> = (0..chance.below(30))
            .map(|_| Some(any_instant(chance)).filter(|_| chance.one_in(2)))
            .collect();
        let (is_first, is_gap) = (chance.one_in(2), chance.one_in(3));
        let seen = Seen { now, zone, arrivals: &arrivals, is_first, is_gap };
        let before = Some(before).filter(|_| !chance.one_in(5));
        let Some(after) = learn(before.as_ref(), &seen) else { return };
        assert_eq!(after.until, now);
        let price = Duration::from_secs(1 + chance.below(1 << 40) as u64);
        let longest = Duration::from_secs(chance.below(1 << 23) as u64);
        let most = chance.below(1_000) as f64;
        let pace = Pace::of(&after);
        let waits = pace.waits(now, price, most, longest, zone);
        assert!(waits.learnt > Duration::ZERO, "{after:?}");
        assert!(waits.most_entries.is_none_or(|most| most <= waits.learnt));
        assert!(pace.expected(now, any_instant(chance), zone) >= 0.0);
    });
}

#[test]
fn a_dearer_poll_comes_later_and_a_livelier_source_sooner() {
    each(1_000, |chance| {
        let mut rhythm = any_rhythm(chance);
        let (now, zone) =
            (Timestamp(chance.within(1_700_000_000..2_000_000_000)), any_zone(chance));
        let price = Duration::from_secs(60 + chance.below(100_000) as u64);
        let wait = |rhythm: &Rhythm, price| {
            Pace::of(rhythm).waits(now, price, f64::INFINITY, LONGEST * 40, zone).learnt
        };
        let usual = wait(&rhythm, price);
        assert!(wait(&rhythm, price * 2) >= usual);
        rhythm.recent = rhythm.recent.saturating_add(Rhythm::RECENT * 5);
        assert!(wait(&rhythm, price) <= usual + Duration::from_secs(1));
    });
}
