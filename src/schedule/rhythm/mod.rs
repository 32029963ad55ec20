//! The rhythm of a source: how many entries are to be expected when, and how long to wait
//! for them.
//!
//! Entries are taken to come at a rate that depends on the hour of the day and the day of
//! the week, by the source's own clocks, and on how lively the last days were. A poll has
//! a price, in entry-hours: so long an entry may wait in exchange for one poll saved. The
//! next poll comes when the entries expected since the last one will have waited that
//! long together, the integral of λ(s)(t − s) ds. At an even rate that is every √(2 price / λ):
//! the square root shares out polls between sources such that the sum of all waits is
//! smallest (Cho and Garcia-Molina, *Effective page refresh policies for web crawlers*,
//! 2003, for another measure of freshness; for this one, the derivative of the sum).
//!
//! All arithmetic is of the kind that IEEE 754 defines to the last bit, so that the same
//! state gives the same plan on every machine.

mod hours;
mod learn;
#[cfg(test)]
mod tests;

use crate::model::{Rhythm, Timestamp};
use chrono_tz::Tz;
use hours::Part;
pub use learn::{Seen, learn, without_items};
use std::time::Duration;

/// The day of a source that has not shown its own, mean 1: that of 125 real feeds, rounded
/// (`tests/bench/rhythm` fits it).
const PRIOR_DAY: [f64; 24] = [
    0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.8, 1.4, 1.4, 1.4, 1.4, 1.4, 1.4, 1.4, 1.4, 1.4, 1.4, 1.4,
    1.4, 1.0, 1.0, 1.0, 0.7,
];
const PRIOR_WEEK: [f64; 7] = [1.08, 1.08, 1.08, 1.08, 1.08, 0.8, 0.8];
/// A source's own day counts as much as that after so many entries: the number under which
/// the differences between those feeds are most likely.
const PRIOR_ENTRIES: f64 = 30.0;
/// The same for its week.
const PRIOR_WEEK_ENTRIES: f64 = 20.0;
/// Before anything was seen: half an entry in half a day.
const PRIOR_RATE_ENTRIES: f64 = 0.5;
const PRIOR_RATE_HOURS: f64 = 12.0;
/// The last days count as much as all before after so many expected entries.
const RECENT_ENTRIES: f64 = 3.0;

/// How many entries an hour of the week brings.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Mean 1.
    day: [f64; 24],
    /// Mean 1.
    week: [f64; 7],
    /// Entries per hour, without regard to the last days.
    usual: f64,
    /// How much livelier than usual the last days were.
    lively: f64,
}

/// For how long nothing need be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// Until the entries to be expected will have waited for the price.
    pub learnt: Duration,
    /// Until as many are to be expected as may be missed; `None`: not within `learnt`.
    pub most_entries: Option<Duration>,
}

impl Pace {
    pub fn of(rhythm: &Rhythm) -> Pace {
        let counts = rhythm.hours.map(entries);
        let (seen, in_week) = (counts.iter().sum::<f64>(), rhythm.days.map(entries));
        let mut day = PRIOR_DAY;
        for (hour, part) in day.iter_mut().enumerate() {
            // Entries come a little before and after where they were counted.
            let beside = counts[(hour + 1) % 24] + counts[(hour + 23) % 24];
            let own = counts[hour] / 2.0 + beside / 4.0;
            *part = (24.0 * own + PRIOR_ENTRIES * *part) / (seen + PRIOR_ENTRIES);
        }
        let counted = in_week.iter().sum::<f64>();
        let mut week = PRIOR_WEEK;
        for (part, own) in week.iter_mut().zip(in_week) {
            *part = (7.0 * own + PRIOR_WEEK_ENTRIES * *part) / (counted + PRIOR_WEEK_ENTRIES);
        }
        let watched = f64::from(rhythm.watched) / 60.0;
        let recent = |parts: u32| f64::from(parts) / f64::from(Rhythm::RECENT) + RECENT_ENTRIES;
        Pace {
            day,
            week,
            usual: (seen + PRIOR_RATE_ENTRIES) / (watched + PRIOR_RATE_HOURS),
            lively: recent(rhythm.recent) / recent(rhythm.expected),
        }
    }

    /// Entries per hour.
    fn rate(&self, part: Part) -> f64 {
        self.usual * self.lively * self.day[part.hour] * self.week[part.day]
    }

    /// Entries to be expected between two instants.
    pub fn expected(&self, from: Timestamp, to: Timestamp, zone: Tz) -> f64 {
        let (mut count, mut end) = (0.0, from.0);
        for part in hours::parts(from, to, zone) {
            count += self.rate(part) * part.hours();
            end = part.to;
        }
        // Beyond a week, weeks are alike.
        count
            + self.usual * self.lively * Timestamp(to.0).since(Timestamp(end)).as_secs_f64()
                / 3600.0
    }

    /// How long to wait after a poll at `now`, looking ahead as far as `longest`.
    ///
    /// `price`: a poll's worth of waiting, of one entry. `most`: entries that may come
    /// before something may be missed.
    ///
    /// O(hours waited), 168 at most.
    pub fn waits(
        &self,
        now: Timestamp,
        price: Duration,
        most: f64,
        longest: Duration,
        zone: Tz,
    ) -> Waits {
        let price = price.as_secs_f64() / 3600.0;
        let (mut waited, mut count, mut hours) = (0.0, 0.0, 0.0);
        let mut most_hours = None;
        // A last part without end stands for all beyond a week.
        let beyond = (self.usual * self.lively, f64::INFINITY);
        let parts = hours::parts(now, now + longest, zone);
        let parts = parts.map(|part| (self.rate(part), part.hours()));
        for (rate, length) in parts.chain([beyond]) {
            if most_hours.is_none() && count + rate * length >= most {
                most_hours = Some(hours + (most - count).max(0.0) / rate);
            }
            let after = waited + count * length + rate * length * length / 2.0;
            if after >= price {
                // Where waited + count x + rate x² / 2 = price.
                let short = (price - waited).max(0.0);
                hours += 2.0 * short / (count + (count * count + 2.0 * rate * short).sqrt());
                break;
            }
            (waited, count, hours) = (after, count + rate * length, hours + length);
        }
        let most_entries = most_hours.filter(|most| *most < hours).map(wait);
        Waits { learnt: wait(hours), most_entries }
    }
}

/// Rounded up to whole seconds.
fn wait(hours: f64) -> Duration {
    // A cast from floating point saturates; what is no number becomes zero.
    Duration::from_secs((hours * 3600.0).ceil() as u64)
}

fn entries(parts: u16) -> f64 {
    f64::from(parts) / f64::from(Rhythm::ENTRY)
}
