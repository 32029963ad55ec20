//! What a poll adds to the rhythm of its source.

use super::{Pace, hours};
use crate::model::{Rhythm, Timestamp};
use chrono_tz::Tz;

const HOUR: f64 = 3_600.0;
const DAY: i64 = 86_400;
/// Counts fade by half in so many days.
const HALF_LIFE_DAYS: u16 = 28;
/// How lively the last days were is forgotten by half in so long, seconds.
const RECENT_HALF_LIFE: f64 = 72.0 * HOUR;
/// Of a first document's items, older ones tell nothing of today.
const HISTORY: i64 = 56 * DAY;
/// Counts of 2,000 entries an hour are halved early.
const FULL: u16 = u16::MAX - 1_024;

/// What a successful poll saw.
#[derive(Debug, Clone)]
pub struct Seen<'a> {
    pub now: Timestamp,
    /// The source's clocks.
    pub zone: Tz,
    /// Entries that the last document did not have, by the dates that they state.
    pub arrivals: &'a [Option<Timestamp>],
    /// No items were known before: what is new may be old.
    pub is_first: bool,
    /// Nothing of the last document was left: there may have been more.
    pub is_gap: bool,
}

impl Seen<'_> {
    fn dates(&self) -> impl Iterator<Item = Timestamp> {
        self.arrivals.iter().copied().flatten()
    }
}

/// The rhythm after a poll. `None`: the source has never had an item.
pub fn learn(before: Option<&Rhythm>, seen: &Seen<'_>) -> Option<Rhythm> {
    match before {
        Some(before) if seen.now > before.until => Some(watched_on(before, seen)),
        // The clock went back: what was counted till then stays counted.
        Some(before) => Some(Rhythm { until: seen.now, ..before.clone() }),
        None if seen.arrivals.is_empty() => None,
        None => Some(first_document(seen)),
    }
}

/// What is known of a source that has had no item since the first poll.
pub fn without_items(since: Timestamp, now: Timestamp) -> Rhythm {
    let watched = minutes(now.since(since).as_secs_f64());
    Rhythm { watched, until: now, ..Rhythm::default() }
}

/// The dates of the first items tell at once how often there are new ones.
fn first_document(seen: &Seen<'_>) -> Rhythm {
    let now = seen.now.0;
    let since = now.saturating_sub(HISTORY);
    let mut rhythm = Rhythm { anchor: day_of(seen.now), until: seen.now, ..Rhythm::default() };
    let oldest = seen.dates().filter(|date| date.0 <= now).map(|date| date.0).min();
    let Some(oldest) = oldest else { return rhythm };
    let watched_from = oldest.max(since);
    // Weights fall evenly enough for their mean to stand for all.
    let mean = (1.0 + weight(&rhythm, Timestamp(watched_from))) / 2.0;
    rhythm.watched = minutes((now - watched_from) as f64 * mean);
    // The oldest opens the time watched; how long it had been awaited nobody knows.
    let told = |date: &Timestamp| (since..=now).contains(&date.0) && date.0 > oldest;
    for date in seen.dates().filter(told) {
        let parts = weight(&rhythm, date) * f64::from(Rhythm::ENTRY);
        add(&mut rhythm, hours::on_the_clock(date, seen.zone), parts as u16);
    }
    rhythm
}

fn watched_on(before: &Rhythm, seen: &Seen<'_>) -> Rhythm {
    let (from, now) = (before.until, seen.now);
    let mut rhythm = before.clone();
    rhythm.until = now;
    fade(&mut rhythm);
    let mut dates: Vec<Timestamp> =
        seen.dates().filter(|date| *date > from && *date <= now).collect();
    dates.sort_unstable();
    // Of a document that was not seen before only dates tell what is new.
    let undated = if seen.is_first { 0 } else { seen.arrivals.len() - dates.len() };
    let elapsed = now.since(from).as_secs_f64();
    let watched = match dates.first() {
        // What came before these may not have been seen.
        Some(oldest) if seen.is_gap && undated == 0 => now.since(*oldest).as_secs_f64(),
        _ if seen.is_gap => elapsed / 2.0,
        _ => elapsed,
    };
    let pace = Pace { lively: 1.0, ..Pace::of(before) };
    let expected = pace.expected(from, now, seen.zone) * watched / elapsed;
    let count = (dates.len() + undated) as f64;
    let kept = half_power(elapsed / RECENT_HALF_LIFE);
    rhythm.recent = recent(f64::from(before.recent) * kept, count);
    rhythm.expected = recent(f64::from(before.expected) * kept, expected);
    let weight = weight(&rhythm, now);
    rhythm.watched = rhythm.watched.saturating_add(minutes(watched * weight));
    let parts = weight * f64::from(Rhythm::ENTRY);
    for date in &dates {
        add(&mut rhythm, hours::on_the_clock(*date, seen.zone), parts as u16);
    }
    spread(&mut rhythm, &pace, (from, now), seen.zone, undated as f64 * parts);
    rhythm
}

/// Counts entries of which only the time of the poll is known, by what is usual.
fn spread(rhythm: &mut Rhythm, pace: &Pace, within: (Timestamp, Timestamp), zone: Tz, parts: f64) {
    if parts <= 0.0 {
        return;
    }
    let (from, to) = within;
    let from = from.max(Timestamp(to.0.saturating_sub(hours::MOST as i64 * 3_600)));
    let total = pace.expected(from, to, zone);
    let (mut share, mut given) = (0.0, 0.0);
    for part in hours::parts(from, to, zone) {
        share += pace.rate(part) * part.hours() / total;
        // Rounded as a sum, so that nothing is lost.
        let due = (share.min(1.0) * parts).round() - given;
        given += due;
        add(rhythm, (part.hour, part.day), due as u16);
    }
}

fn add(rhythm: &mut Rhythm, (hour, day): (usize, usize), parts: u16) {
    rhythm.hours[hour] = rhythm.hours[hour].saturating_add(parts);
    rhythm.days[day] = rhythm.days[day].saturating_add(parts);
    if rhythm.hours[hour].max(rhythm.days[day]) > FULL {
        halve(rhythm);
    }
}

/// Moves the anchor to within a half-life of now.
fn fade(rhythm: &mut Rhythm) {
    let today = day_of(rhythm.until);
    if rhythm.anchor > today {
        // It was set while a clock was wrong.
        rhythm.anchor = today;
    }
    let times = (today - rhythm.anchor) / HALF_LIFE_DAYS;
    // Nothing is left of a count after 32 times.
    (0..times.min(32)).for_each(|_| halve(rhythm));
    rhythm.anchor += times * HALF_LIFE_DAYS;
}

fn halve(rhythm: &mut Rhythm) {
    let counts = rhythm.hours.iter_mut().chain(&mut rhythm.days);
    counts.for_each(|count| *count /= 2);
    rhythm.watched /= 2;
}

/// What an entry of `at` weighs: one at the anchor, twice as much a half-life later.
fn weight(rhythm: &Rhythm, at: Timestamp) -> f64 {
    let since = at.0.saturating_sub(i64::from(rhythm.anchor) * DAY) as f64;
    let half_lives = since / (f64::from(HALF_LIFE_DAYS) * DAY as f64);
    if half_lives < 0.0 {
        half_power(-half_lives)
    } else {
        // The anchor is never further away.
        1.0 / half_power(half_lives.min(1.0))
    }
}

/// 2^-x, for x ≥ 0; without a library's own idea of the last bit.
fn half_power(x: f64) -> f64 {
    if x >= 60.0 {
        return 0.0;
    }
    let whole = x.floor();
    let y = (x - whole) * std::f64::consts::LN_2;
    // The series of e^-y, to 1e-9 for y < 0.7.
    let series = (1..=10).rev().fold(1.0, |sum, n| 1.0 - y / f64::from(n) * sum);
    series / (1_u64 << whole as u32) as f64
}

fn recent(before: f64, entries: f64) -> u32 {
    (before + entries * f64::from(Rhythm::RECENT)).round() as u32
}

fn minutes(seconds: f64) -> u32 {
    (seconds / 60.0).round() as u32
}

fn day_of(at: Timestamp) -> u16 {
    u16::try_from(at.0.div_euclid(DAY).max(0)).unwrap_or(u16::MAX)
}
