//! Dates that count back from now: `3小时前`, `昨天 08:30`, `2 hours ago`.

use super::tokens::day_part;
use crate::model::Timestamp;
use chrono::{Duration, NaiveDate};
use chrono_tz::Tz;

const UNITS: [(&str, i64); 25] = [
    ("秒", 1),
    ("分", 60),
    ("小时", 3600),
    ("小時", 3600),
    ("钟头", 3600),
    ("鐘頭", 3600),
    ("天", 86_400),
    ("日", 86_400),
    ("周", 604_800),
    ("週", 604_800),
    ("星期", 604_800),
    ("月", 2_592_000),
    ("年", 31_536_000),
    ("second", 1),
    ("sec", 1),
    ("minute", 60),
    ("min", 60),
    ("hour", 3600),
    ("hr", 3600),
    ("h", 3600),
    ("day", 86_400),
    ("d", 86_400),
    ("week", 604_800),
    ("month", 2_592_000),
    ("year", 31_536_000),
];
/// `1 day, 2 hours, 20 minutes`
const MOST_PARTS: usize = 4;

/// The instant that a text counts back to.
pub(super) fn parse(text: &str, polled_at: Timestamp) -> Option<i64> {
    if matches!(text, "刚刚" | "剛剛" | "刚才" | "剛才" | "just now" | "Just now" | "now") {
        return Some(polled_at.0);
    }
    let ends = ["以前", "之前", "前", "ago", "Ago", "AGO"];
    let body = ends.iter().find_map(|end| text.strip_suffix(end))?;
    let seconds = counted(&body.trim().to_lowercase())?;
    Some(polled_at.0.saturating_sub(seconds))
}

/// `3 小时`, `1小时20分钟`, `半小时`, `about an hour`.
fn counted(body: &str) -> Option<i64> {
    let about = ["大约", "大約", "约", "約", "about ", "over "];
    let mut rest = about.iter().find_map(|about| body.strip_prefix(about)).unwrap_or(body).trim();
    let mut sum = 0i64;
    for _ in 0..MOST_PARTS {
        let (seconds, after) = part(rest)?;
        sum = sum.checked_add(seconds)?;
        rest = after.trim_start_matches([' ', ',', '，']);
        if rest.is_empty() {
            return Some(sum);
        }
    }
    None
}

/// One count with its unit, and what follows: what comes after it is counted, too.
fn part(text: &str) -> Option<(i64, &str)> {
    let half = ["半", "half an ", "half a "].iter().find_map(|half| text.strip_prefix(half));
    if let Some(unit) = half {
        return unit_seconds(unit.trim()).map(|seconds| (seconds / 2, ""));
    }
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (count, rest) = match text.split_at(digits) {
        ("", _) => match numeral(text) {
            Some(found) => found,
            None => {
                let (word, rest) = text.split_once(' ')?;
                (matches!(word, "a" | "an" | "one").then_some(1)?, rest)
            }
        },
        (digits, rest) => (digits.parse().ok()?, rest),
    };
    let rest = rest.trim_start();
    let end = rest.find(|c: char| c.is_ascii_digit() || c == ',' || c == ' ').unwrap_or(rest.len());
    let (unit, after) = rest.split_at(end);
    Some((unit_seconds(unit)?.checked_mul(count)?, after))
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
    let unit = unit.strip_prefix(['个', '個']).unwrap_or(unit);
    let unit = unit.strip_suffix(['钟', '鐘']).unwrap_or(unit);
    let unit = unit.strip_suffix('s').filter(|unit| !unit.is_empty()).unwrap_or(unit);
    UNITS.iter().find(|(name, _)| *name == unit).map(|(_, seconds)| *seconds)
}

/// The day that a text begins with in words, and what follows: the time of day.
///
/// A time of day alone is today's, when it says which half is meant.
pub(super) fn day(text: &str, zone: Tz, polled_at: Timestamp) -> Option<(NaiveDate, &str)> {
    const WORDS: [(&str, i64); 8] = [
        ("今天", 0),
        ("今日", 0),
        ("昨天", 1),
        ("昨日", 1),
        ("大前天", 3),
        ("前天", 2),
        ("today", 0),
        ("yesterday", 1),
    ];
    // The second character goes with what follows.
    const SHORT: [(&str, i64); 7] =
        [("今早", 0), ("今晨", 0), ("今晚", 0), ("昨晚", 1), ("昨夜", 1), ("昨晨", 1), ("前晚", 2)];
    let starts =
        |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let whole = WORDS.iter().find(|(word, _)| starts(word));
    let (days, from) = if let Some((word, days)) = whole {
        (*days, word.len())
    } else if let Some((_, days)) = SHORT.iter().find(|(word, _)| starts(word)) {
        (*days, '今'.len_utf8())
    } else {
        day_part(text)?;
        (0, 0)
    };
    let today = polled_at.to_utc().with_timezone(&zone).date_naive();
    Some((today.checked_sub_signed(Duration::days(days))?, text[from..].trim()))
}
