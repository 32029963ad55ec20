//! `schedule = "auto" | "45m" | cron`.

use super::super::problem::{Problems, quote, said};
use super::super::read::{At, Raw};
use super::super::suggest::nearest;
use super::super::units::{format_duration, parse_duration};
use super::values::{DAY, HOUR, SECOND};
use crate::model::{Schedule, Timestamp};
use crate::schedule::cron::CronSchedule;
use std::time::Duration;

/// Longest fixed interval.
const LONGEST: Duration = Duration::from_secs(30 * DAY.as_secs());

/// A schedule; `None` when absent or wrong. One faster than hourly earns a warning.
pub(super) fn schedule(
    raw: &Raw<String>,
    key: &str,
    problems: &mut Problems<'_>,
) -> Option<Schedule> {
    let given = raw.given()?;
    match read(given.value.trim(), problems.now()) {
        Ok((schedule, wait)) => {
            if let Some(wait) = wait.filter(|wait| *wait < HOUR) {
                warn_if_fast(given, key, wait, problems);
            }
            Some(schedule)
        }
        Err((wrong, advice)) => {
            problems.add(given.at, key, format!("{}: {wrong}", quote(&given.value)), advice);
            None
        }
    }
}

pub(super) fn warn_if_fast(
    given: &At<String>,
    key: &str,
    wait: Duration,
    problems: &mut Problems<'_>,
) {
    let wrong = format!(
        "polls every {}, faster than hourly, which publishers may take amiss",
        format_duration(wait)
    );
    problems.warn(given.at, key, wrong, "write \"60m\" or \"auto\" unless they agreed");
}

/// The schedule and the shortest wait that it asks for.
fn read(text: &str, now: Timestamp) -> Result<(Schedule, Option<Duration>), (String, String)> {
    if text == "auto" {
        return Ok((Schedule::Auto, None));
    }
    if text.contains(char::is_whitespace) || text.starts_with('@') {
        let cron = CronSchedule::parse(text).map_err(|error| {
            let (wrong, advice) = error.split_once("; ").unwrap_or((&error, "correct it"));
            (said(wrong), said(advice))
        })?;
        if cron.is_over(now) {
            let advice = "write a year to come, or five fields for every year".to_owned();
            return Err(("its last match is past".to_owned(), advice));
        }
        return Ok((Schedule::Cron(text.to_owned()), cron.shortest_wait()));
    }
    match parse_duration(text) {
        Ok(wait) if (SECOND..=LONGEST).contains(&wait) => Ok((Schedule::Every(wait), Some(wait))),
        Ok(_) => Err(("out of range".to_owned(), "write 1s to 30d".to_owned())),
        Err((wrong, advice)) if text.starts_with(|c: char| c.is_ascii_digit()) => {
            Err((wrong, advice))
        }
        Err(_) => {
            let advice = match nearest(text, ["auto"]) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => "write \"auto\", a duration such as \"45m\", or cron such as \
                         \"25 6-22 * * *\""
                    .to_owned(),
            };
            Err(("no schedule".to_owned(), advice))
        }
    }
}
