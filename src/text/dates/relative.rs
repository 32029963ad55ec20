//! Dates that count back from now: `3小时前`, `昨天 08:30`, `2 hours ago`.

use super::in_zone;
use super::tokens::DAY_PARTS;
use crate::model::Timestamp;
use chrono::{Duration, NaiveTime};
use chrono_tz::Tz;

const UNITS: [(&str, i64); 23] = [
    ("秒", 1),
    ("分", 60),
    ("小时", 3600),
    ("小時", 3600),
    ("个小时", 3600),
    ("天", 86_400),
    ("日", 86_400),
    ("周", 604_800),
    ("星期", 604_800),
    ("个星期", 604_800),
    ("个月", 2_592_000),
    ("個月", 2_592_000),
    ("月", 2_592_000),
    ("年", 31_536_000),
    ("second", 1),
    ("sec", 1),
    ("minute", 60),
    ("min", 60),
    ("hour", 3600),
    ("hr", 3600),
    ("day", 86_400),
    ("week", 604_800),
    ("month", 2_592_000),
];

pub(super) fn parse(text: &str, zone: Tz, polled_at: Timestamp) -> Option<i64> {
    let text = text.trim();
    if matches!(text, "刚刚" | "剛剛" | "刚才" | "just now" | "now") {
        return Some(polled_at.0);
    }
    let lower = text.to_lowercase();
    if let Some(body) = lower.strip_suffix('前').or_else(|| lower.strip_suffix("ago")) {
        return counted(body.trim()).map(|seconds| polled_at.0.saturating_sub(seconds));
    }
    let (days, rest) = day_word(&lower)?;
    let time = clock(rest.trim())?;
    let today = polled_at.to_utc().with_timezone(&zone).date_naive();
    let day = today.checked_sub_signed(Duration::days(days))?;
    Some(in_zone(day.and_time(time), zone))
}

/// `3 小时`, `半小时`, `an hour`.
fn counted(body: &str) -> Option<i64> {
    if let Some(unit) = body.strip_prefix('半') {
        return unit_seconds(unit.trim()).map(|seconds| seconds / 2);
    }
    if let Some((count, unit)) = numeral(body) {
        return unit_seconds(unit.trim()).map(|seconds| seconds * count);
    }
    let end = body.find(|c: char| !c.is_ascii_digit()).unwrap_or(body.len());
    let (count, unit) = body.split_at(end);
    let (count, unit) = match (count, unit.trim()) {
        ("", unit) => {
            let (word, rest) = unit.split_once(' ')?;
            (matches!(word, "a" | "an" | "one").then_some(1)?, rest)
        }
        (digits, unit) => (digits.parse::<i64>().ok()?, unit),
    };
    unit_seconds(unit).and_then(|seconds| seconds.checked_mul(count))
}

/// A count below a hundred in Chinese, such as `两` or `二十五`, and what follows it.
fn numeral(text: &str) -> Option<(i64, &str)> {
    const DIGITS: &str = "一二三四五六七八九";
    let (mut tens, mut ones, mut rest) = (0, 0, text);
    while let Some(c) = rest.chars().next() {
        match c {
            '两' | '兩' => ones = 2,
            '十' => (tens, ones) = (ones.max(1) * 10, 0),
            c => match DIGITS.chars().position(|digit| digit == c) {
                Some(place) => ones = place as i64 + 1,
                None => break,
            },
        }
        rest = &rest[c.len_utf8()..];
    }
    (tens + ones > 0).then_some((tens + ones, rest))
}

fn unit_seconds(unit: &str) -> Option<i64> {
    let unit = unit.strip_suffix('钟').or_else(|| unit.strip_suffix('鐘')).unwrap_or(unit);
    let unit = unit.strip_suffix('s').unwrap_or(unit);
    UNITS.iter().find(|(name, _)| *name == unit).map(|(_, seconds)| *seconds)
}

fn day_word(lower: &str) -> Option<(i64, &str)> {
    const WORDS: [(&str, i64); 7] = [
        ("今天", 0),
        ("今日", 0),
        ("昨天", 1),
        ("昨日", 1),
        ("前天", 2),
        ("today", 0),
        ("yesterday", 1),
    ];
    WORDS.iter().find_map(|(word, days)| Some((*days, lower.strip_prefix(word)?)))
}

/// The time of day that follows; midnight when nothing does.
fn clock(text: &str) -> Option<NaiveTime> {
    if text.is_empty() {
        return Some(NaiveTime::MIN);
    }
    let part_of_day = DAY_PARTS.iter().find_map(|part| Some((*part, text.strip_prefix(*part)?)));
    let (part_of_day, text) = part_of_day.unwrap_or(("", text));
    let text = text.replace('：', ":").replace(['时', '時', '点', '點'], ":");
    let text = text.trim_start_matches("at ").trim_end_matches('分').trim_end_matches(':');
    let mut parts = text.splitn(3, ':');
    let mut part = || parts.next().unwrap_or("0").trim().parse::<u32>().ok();
    let (hour, minute, second) = (part()?, part()?, part()?);
    let hour = match part_of_day {
        "下午" | "傍晚" | "晚上" if hour < 12 => hour + 12,
        "中午" if hour < 10 => hour + 12,
        "凌晨" | "上午" if hour == 12 => 0,
        _ => hour,
    };
    NaiveTime::from_hms_opt(hour, minute, second)
}
