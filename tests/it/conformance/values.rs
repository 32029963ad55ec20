//! Dates, numbers, languages, media types and places.

use super::log::{Log, Place};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const ZONES: [&str; 11] =
    ["UT", "GMT", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "Z"];

/// RFC 3339 §5.6 with `T` and `Z` in capitals, as RFC 4287 §3.3 asks.
pub fn rfc3339(log: &mut Log, place: Place<'_>, value: &str) {
    let shape: String = value.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let rest = shape.strip_prefix("0000-00-00T00:00:00").map(|rest| match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches('0'),
        None => rest,
    });
    let has_shape = rest.is_some_and(|rest| matches!(rest, "Z" | "+00:00" | "-00:00"));
    let date =
        has_shape.then(|| NaiveDate::parse_from_str(&value[..10], "%Y-%m-%d").ok()).flatten();
    let within = |range: std::ops::Range<usize>, most: u32| {
        value.get(range).and_then(|part| part.parse().ok()).is_some_and(|part: u32| part <= most)
    };
    let is_time = within(11..13, 23) && within(14..16, 60) && within(17..19, 60);
    match date.filter(|_| is_time) {
        None => log.note_with("InvalidRFC3339Date", place, &[("value", value)]),
        Some(date) => plausible(log, place, value, date),
    }
}

/// No feed is older than the web, or from tomorrow.
fn plausible(log: &mut Log, place: Place<'_>, value: &str, date: NaiveDate) {
    let tomorrow = (Utc::now() + TimeDelta::days(1)).date_naive();
    if date.year() < 1990 || date > tomorrow {
        log.note_with("ImplausibleDate", place, &[("value", value)]);
    }
}

/// RFC 822 with the years of RFC 2822: `Tue, 24 Nov 2026 08:00:00 +0000`.
pub fn rfc822(log: &mut Log, place: Place<'_>, value: &str) {
    let Some(date) = rfc2822(value) else {
        let rule = match is_loose_rfc822(value) {
            true => "ProblematicalRFC822Date",
            false => "InvalidRFC2822Date",
        };
        return log.note_with(rule, place, &[("value", value)]);
    };
    let Some(day) = date else {
        return log.note_with("InvalidRFC2822Date", place, &[("value", value)]);
    };
    let stated = value.split_once(',').map(|(name, _)| name);
    let name = DAYS[day.weekday().num_days_from_monday() as usize];
    if stated.is_some_and(|stated| stated != name) {
        return log.note_with("IncorrectDOW", place, &[("value", value)]);
    }
    match DateTime::parse_from_rfc2822(value) {
        Ok(at) if at.to_utc() > Utc::now() + TimeDelta::minutes(10) => {
            log.note_with("ImplausibleDate", place, &[("value", value)]);
        }
        _ => plausible(log, place, value, day),
    }
}

/// `None`: not the strict form. `Some(None)`: no such day.
fn rfc2822(value: &str) -> Option<Option<NaiveDate>> {
    let rest = match value.split_once(", ") {
        Some((day, rest)) => DAYS.contains(&day).then_some(rest)?,
        None => value,
    };
    let &[day, month, year, time, zone] = rest.split(' ').collect::<Vec<_>>().as_slice() else {
        return None;
    };
    let digits = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    let month = MONTHS.iter().position(|known| *known == month)? as u32 + 1;
    let offset = zone.strip_prefix(['+', '-']).unwrap_or(zone);
    let is_offset = digits(offset, 4..=4) && (offset.ends_with("00") || offset.ends_with("30"));
    let parts: Vec<&str> = time.split(':').collect();
    let fits = digits(day, 1..=2)
        && digits(year, 4..=4)
        && (2..=3).contains(&parts.len())
        && parts.iter().all(|part| digits(part, 2..=2))
        && (is_offset || ZONES.contains(&zone));
    fits.then(|| NaiveDate::from_ymd_opt(year.parse().ok()?, month, day.parse().ok()?))
}

/// RFC 822 as old software writes it: any case, comments, two digits for a year.
fn is_loose_rfc822(value: &str) -> bool {
    let mut plain = value.to_ascii_lowercase();
    while let Some(end) = plain.find(')') {
        let Some(start) = plain[..end].rfind('(') else { return false };
        plain.replace_range(start..=end, " ");
    }
    let rest = match plain.split_once(',') {
        Some((day, rest)) => {
            let is_day = |known: &str| known.eq_ignore_ascii_case(day.trim());
            if !DAYS.iter().any(|known| is_day(known)) {
                return false;
            }
            rest
        }
        None => &plain,
    };
    let parts: Vec<&str> = rest.split_whitespace().collect();
    let [day, month, year, time, zone @ ..] = parts.as_slice() else { return false };
    let digits = |text: &str, lengths: &[usize]| {
        lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    let is_zone = match zone {
        [] => rest.ends_with(char::is_whitespace),
        [zone] => {
            let offset = zone.strip_prefix(['+', '-']);
            offset.is_some_and(|offset| digits(offset, &[4]))
                || ZONES.iter().any(|known| known.eq_ignore_ascii_case(zone))
                || (zone.len() == 1 && *zone != "j" && zone.bytes().all(|b| b.is_ascii_lowercase()))
        }
        _ => false,
    };
    let times: Vec<&str> = time.split(':').collect();
    digits(day, &[1, 2])
        && MONTHS.iter().any(|known| known.eq_ignore_ascii_case(month))
        && digits(year, &[2, 4])
        && (2..=3).contains(&times.len())
        && times.iter().all(|part| digits(part, &[2]))
        && is_zone
}

pub fn non_negative(log: &mut Log, place: Place<'_>, value: &str) {
    if !value.trim().parse::<i128>().is_ok_and(|number| number >= 0) {
        log.note_with("InvalidNonNegativeInteger", place, &[("value", value)]);
    }
}

pub fn positive(log: &mut Log, place: Place<'_>, value: &str) {
    if !value.trim().parse::<i128>().is_ok_and(|number| number > 0) {
        log.note_with("InvalidPositiveInteger", place, &[("value", value)]);
    }
}

/// BCP 47: a primary tag of two or three letters, subtags of eight at most.
pub fn language(log: &mut Log, place: Place<'_>, value: &str) {
    let mut parts = value.split('-');
    let primary = parts.next().unwrap_or("");
    let is_primary =
        (2..=3).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_alphabetic());
    let is_subtag = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    if !is_primary || !parts.all(is_subtag) {
        log.note_with("InvalidLanguage", place, &[("value", value)]);
    }
}

/// RFC 9110 §8.3.1.
pub fn is_media_type(value: &str) -> bool {
    let is_token = |text: &str| {
        let is_part = |c: char| !c.is_whitespace() && !"()<>,;:\\\"/[]?=".contains(c);
        !text.is_empty() && text.chars().all(is_part)
    };
    let mut parts = value.split(';');
    let essence = parts.next().and_then(|essence| essence.split_once('/'));
    let is_parameter = |part: &str| {
        part.trim_start().split_once('=').is_some_and(|(name, value)| {
            is_token(name)
                && (is_token(value)
                    || (value.len() > 1 && value.starts_with('"') && value.ends_with('"')))
        })
    };
    essence.is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
        && parts.all(is_parameter)
}

/// GeoRSS Simple: latitude, a space, longitude.
pub fn point(log: &mut Log, place: Place<'_>, value: &str) {
    let numbers: Vec<&str> = value.split([' ', ',']).collect();
    let is_number = |text: &&str| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        !whole.is_empty()
            && [whole, fraction].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()))
    };
    if numbers.len() != 2 || !numbers.iter().all(is_number) {
        return log.note_with("InvalidCoord", place, &[("value", value)]);
    }
    let bounds = [90.0, 180.0];
    let fits = |(text, bound): (&&str, f64)| text.parse::<f64>().is_ok_and(|n| n.abs() <= bound);
    if !numbers.iter().zip(bounds).all(fits) {
        log.note_with("InvalidCoord", place, &[("value", value)]);
    }
    if value.contains(',') {
        log.note_with("CoordComma", place, &[("value", value)]);
    }
}
