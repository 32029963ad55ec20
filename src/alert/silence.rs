//! Silence beyond a source's own rhythm.
//!
//! The longest gap between new entries is remembered and slowly forgotten; twice as long a
//! silence is worth a look. Nights and weekends are in it without being known as such.

use super::{Change, Sight, clear, raise};
use crate::model::{AlertKind, Habits, Outcome, SourceState, Timestamp};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// Nothing is silence that is shorter.
const SHORTEST: Duration = DAY;
/// While a source is new, weekends and holidays of it have not been seen.
const NEW: Duration = Duration::from_secs(21 * 86_400);
const SHORTEST_WHILE_NEW: Duration = Duration::from_secs(10 * 86_400);
/// So many gaps are needed to speak of a rhythm.
const FEWEST_GAPS: u16 = 3;
/// A gap is worth so many of the longest one's.
const PATIENCE: u32 = 2;
/// Gaps that add up to this make the longest forgotten to a third.
const MEMORY_SECONDS: f64 = 60.0 * 86_400.0;

/// How long a silence has to be until it is worth an alert; `None`: no rhythm is known.
pub fn patience(habits: &Habits, now: Timestamp) -> Option<Duration> {
    if habits.gaps < FEWEST_GAPS {
        return None;
    }
    let is_new = now.since(habits.known_since?) < NEW;
    let least = if is_new { SHORTEST_WHILE_NEW } else { SHORTEST };
    Some(least.max(longest(habits) * PATIENCE))
}

fn longest(habits: &Habits) -> Duration {
    Duration::from_secs(habits.longest_gap_seconds.into())
}

/// After a success.
pub fn judge(
    before: &SourceState,
    state: &mut SourceState,
    sight: &Sight<'_>,
    now: Timestamp,
) -> Option<Change> {
    let habits = &mut state.habits;
    match habits.last_new_at {
        None => {
            if sight.new_entries > 0 || matches!(sight.outcome, Outcome::Fetched { items: 1.., .. })
            {
                meet(habits, sight.dates, now);
            }
        }
        Some(last) if sight.new_entries > 0 => {
            let gap = now.since(last);
            if came_in_time(before, gap, now) {
                learn(habits, gap);
            }
            habits.last_new_at = Some(now);
            return clear(state, AlertKind::Silent, now);
        }
        Some(_) => {}
    }
    let (last, patience) = (state.habits.last_new_at?, patience(&state.habits, now)?);
    let silence = now.since(last);
    if silence <= patience {
        return None;
    }
    let usual = longest(&state.habits);
    let cause =
        format!("no new entry for {}; the longest usual gap is {}", words(silence), words(usual));
    raise(state, AlertKind::Silent, last, now, cause)
}

/// Whether a gap is the source's own: we were not down, and neither was it.
fn came_in_time(before: &SourceState, gap: Duration, now: Timestamp) -> bool {
    let late = before.next_poll_at.map_or(Duration::ZERO, |due| now.since(due));
    before.failures == 0 && late <= HOUR.max(gap / 4)
}

fn learn(habits: &mut Habits, gap: Duration) {
    let (longest, gap) = (f64::from(habits.longest_gap_seconds), gap.as_secs_f64());
    let forgotten = longest - (longest - gap) * (gap / MEMORY_SECONDS).min(1.0);
    habits.longest_gap_seconds = forgotten.max(gap).round() as u32;
    habits.gaps = habits.gaps.saturating_add(1);
}

/// The first document: the dates of its items tell what was before. Its longest tenth of
/// gaps does not count, for pinned items are old.
fn meet(habits: &mut Habits, dates: &[Timestamp], now: Timestamp) {
    let mut dates: Vec<Timestamp> = dates.iter().copied().filter(|date| *date <= now).collect();
    dates.sort_unstable();
    let newest = dates.last().copied().unwrap_or(now);
    let gaps = dates.windows(2).map(|pair| pair[1].since(pair[0]));
    // What comes within the hour is one batch.
    let mut gaps: Vec<Duration> = gaps.filter(|gap| *gap >= HOUR).collect();
    gaps.sort_unstable();
    gaps.truncate(gaps.len() - gaps.len() / 10);
    let known: Duration = gaps.iter().sum();
    habits.last_new_at = Some(newest);
    habits.known_since = Some(Timestamp(newest.0 - known.as_secs() as i64));
    habits.gaps = u16::try_from(gaps.len()).unwrap_or(u16::MAX);
    let longest = gaps.last().map_or(0, Duration::as_secs);
    habits.longest_gap_seconds = u32::try_from(longest).unwrap_or(u32::MAX);
}

/// Minutes, or, from two hours on, days and whole hours.
fn words(length: Duration) -> String {
    if length < 2 * HOUR {
        return format!("{}m", length.as_secs() / 60);
    }
    let hours = (length + HOUR / 2).as_secs() / 3_600;
    match (hours / 24, hours % 24) {
        (0, hours) => format!("{hours}h"),
        (days, 0) => format!("{days}d"),
        (days, hours) => format!("{days}d{hours}h"),
    }
}
