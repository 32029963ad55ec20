//! Cron expressions: when the next wall-clock match comes.
//!
//! Five fields mean what crontab(5) says. The `cron` crate thinks differently of them
//! (weekdays count from 1 = Sunday, and both day fields must match), so the fields are
//! read here, written out as plain lists with weekday names, and a day-of-month OR
//! weekday becomes two schedules of which the earlier match counts. Six or seven fields
//! (seconds first, year last) go to the crate as they are, weekdays by name only.
//!
//! The crate is asked in wall-clock time; this module turns that into instants, so that
//! summer time neither repeats nor reorders a match.

mod fields;
#[cfg(test)]
mod tests;

use crate::model::Timestamp;
use chrono::{
    DateTime, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;
use std::str::FromStr;
use std::time::Duration;

/// Longest accepted expression, bytes.
const MAX_LENGTH: usize = 256;
/// Clocks show at most so much less than UTC.
const MOST_BEHIND: TimeDelta = TimeDelta::hours(12);
/// Matches looked at to find the shortest wait.
const SAMPLED_MATCHES: usize = 1_500;

/// A checked expression; matches until the year 2100, where the `cron` crate ends.
#[derive(Debug, Clone, PartialEq)]
pub struct CronSchedule {
    first: cron::Schedule,
    /// The weekday half when crontab(5) asks for day-of-month OR weekday.
    or_weekday: Option<cron::Schedule>,
}

impl CronSchedule {
    /// Reads five fields (crontab(5)), six or seven (the `cron` crate), or a crontab(5)
    /// nickname such as `@hourly`.
    ///
    /// # Errors
    /// What is wrong and what to write instead, joined by `; `.
    pub fn parse(expr: &str) -> Result<CronSchedule, String> {
        let expr = expr.trim();
        if expr.len() > MAX_LENGTH {
            return Err(format!("longer than {MAX_LENGTH} bytes; write fewer list members"));
        }
        let expr = fields::nickname(expr).unwrap_or(expr);
        let list: Vec<&str> = expr.split_whitespace().collect();
        let schedule = match list.as_slice() {
            [minute, hour, day, month, weekday] => {
                five_fields([minute, hour, day, month, weekday])?
            }
            [_, _, _, _, _, weekday] | [_, _, _, _, _, weekday, _] => {
                fields::require_weekday_names(weekday)?;
                CronSchedule { first: crate_schedule(&list.join(" "))?, or_weekday: None }
            }
            other => {
                return Err(format!(
                    "{} fields; write five: minute hour day-of-month month weekday, \
                     such as \"25 6-22 * * *\"",
                    other.len()
                ));
            }
        };
        match schedule.next_wall(DateTime::UNIX_EPOCH.naive_utc()) {
            Some(_) => Ok(schedule),
            None => Err("no such date ever comes; write a day that the month has".to_owned()),
        }
    }

    /// The first match later than `after`, by the clocks of `zone`; `None` when the
    /// expression names only years that are past.
    ///
    /// A wall-clock time that comes twice (clocks go back) counts the first time only;
    /// one that is skipped (clocks go forward) counts at the end of the gap.
    pub fn next_after(&self, after: Timestamp, zone: Tz) -> Option<Timestamp> {
        let after_utc = after.to_utc();
        let mut wall = after_utc.with_timezone(&zone).naive_local();
        loop {
            wall = self.next_wall(wall)?;
            // Not later than `after` only while the clocks repeat an hour already served.
            let instant = instant_of(wall, zone);
            if instant > after_utc {
                return Some(Timestamp::from(instant));
            }
        }
    }

    /// Whether no match comes any more, wherever its clocks are.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.next_wall((now.to_utc() - MOST_BEHIND).naive_utc()).is_none()
    }

    /// The shortest wait between two matches, found among the first 1,500 from 2026 on;
    /// `None` when there is at most one.
    pub fn shortest_wait(&self) -> Option<Duration> {
        let mut wall = NaiveDate::from_ymd_opt(2026, 1, 1)?.and_time(NaiveTime::MIN);
        let mut shortest: Option<TimeDelta> = None;
        let mut previous: Option<NaiveDateTime> = None;
        for _ in 0..SAMPLED_MATCHES {
            let Some(next) = self.next_wall(wall) else { break };
            if let Some(previous) = previous {
                let wait = next - previous;
                shortest = Some(shortest.map_or(wait, |s| s.min(wait)));
            }
            (wall, previous) = (next, Some(next));
        }
        shortest.and_then(|wait| wait.to_std().ok())
    }

    fn next_wall(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        let next = |schedule: &cron::Schedule| {
            schedule.after(&after.and_utc()).next().map(|at| at.naive_utc())
        };
        let first = next(&self.first);
        match self.or_weekday.as_ref().and_then(next) {
            Some(weekday) => Some(first.map_or(weekday, |first| first.min(weekday))),
            None => first,
        }
    }
}

fn five_fields(list: [&str; 5]) -> Result<CronSchedule, String> {
    let [minute, hour, day, month, weekday] = list;
    let minute = fields::MINUTE.numbers(minute)?;
    let hour = fields::HOUR.numbers(hour)?;
    let day_list = fields::DAY.numbers(day)?;
    let month = fields::MONTH.numbers(month)?;
    let weekday_list = fields::WEEKDAY.weekday_names(weekday)?;
    let schedule = |day: &str, weekday: &str| {
        crate_schedule(&format!("0 {minute} {hour} {day} {month} {weekday}"))
    };
    // crontab(5): either may match when both fields are restricted (hold no `*`).
    if day.contains('*') || weekday.contains('*') {
        return Ok(CronSchedule { first: schedule(&day_list, &weekday_list)?, or_weekday: None });
    }
    Ok(CronSchedule {
        first: schedule(&day_list, "*")?,
        or_weekday: Some(schedule("*", &weekday_list)?),
    })
}

fn crate_schedule(expr: &str) -> Result<cron::Schedule, String> {
    cron::Schedule::from_str(expr).map_err(|error| {
        let text = error.to_string();
        let reason = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("");
        let reason = reason.trim_matches(|c: char| c.is_whitespace() || c == '^' || c == '.');
        let reason = if reason.is_empty() { "not understood" } else { reason };
        format!(
            "{reason}; write second minute hour day-of-month month weekday [year], \
             such as \"0 25 6-22 * * Mon-Fri\""
        )
    })
}

/// The instant at which the clocks of `zone` first show `wall`, or pass it.
fn instant_of(wall: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    match zone.from_local_datetime(&wall) {
        MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => at.with_timezone(&Utc),
        MappedLocalTime::None => end_of_gap(wall, zone),
    }
}

/// The instant at which the clocks jump over `wall`.
fn end_of_gap(wall: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    // Offsets lie between -12 h and +14 h, so the jump lies between these two.
    let seconds = wall.and_utc().timestamp();
    let (mut before, mut after) = (seconds - 15 * 3600, seconds + 13 * 3600);
    let shown = |at: i64| Timestamp(at).to_utc().with_timezone(&zone).naive_local();
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if shown(middle) > wall { after = middle } else { before = middle }
    }
    Timestamp(after).to_utc()
}
