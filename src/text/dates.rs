//! Dates as feeds write them, Chinese ones included.

mod clock;
mod numeric;
mod relative;
mod tokens;
mod zones;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use crate::model::{ParsedDate, Timestamp};
use chrono::{
    DateTime, Datelike, Duration, FixedOffset, LocalResult, NaiveDate, NaiveTime, TimeZone,
};
use chrono_tz::Tz;
use clock::is_hour;
use numeric::full_year;
use tokens::Token;

/// Longer than any date that was ever seen; the rest is not looked at.
const LONGEST_DATE: usize = 120;
/// Entries are not older than the web.
const OLDEST_YEAR: i32 = 1990;
/// A date further ahead than this is a mistake.
const FURTHEST_AHEAD: std::time::Duration = std::time::Duration::from_secs(366 * 86_400);

/// Japanese eras and that of the Republic of China, with the year before their first.
const ERAS: [(&str, i32); 4] = [("令和", 2018), ("平成", 1988), ("民國", 1911), ("民国", 1911)];

/// Reads a date.
///
/// `zone`: where a date without a zone is meant, and whose CST `CST` is.
/// `polled_at`: what `3小时前` counts back from, and what the year of `9月1日` is near to.
/// Returns `None` for what is no date, a day that no month has, a year before 1990 or
/// an instant more than a year after `polled_at`.
pub fn parse(text: &str, zone: Tz, polled_at: Timestamp) -> Option<ParsedDate> {
    let text = super::clean::head(text.trim(), LONGEST_DATE);
    let (at, relative) = match DateTime::parse_from_rfc3339(text) {
        Ok(date) => (date.timestamp(), false),
        Err(_) => match relative::parse(text, polled_at) {
            Some(at) => (at, true),
            None => match relative::day(text, zone, polled_at) {
                Some((day, rest)) => on_day(day, rest, zone, polled_at)?,
                None => (absolute(text, zone, polled_at)?, false),
            },
        },
    };
    let at = Timestamp(at);
    let plausible = at.to_utc().year() >= OLDEST_YEAR && at <= polled_at + FURTHEST_AHEAD;
    plausible.then_some(ParsedDate { at, relative })
}

/// What the tokens of a date have said so far.
#[derive(Debug, Default)]
struct Fields {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    hour: Option<u32>,
    minute: u32,
    second: u32,
    afternoon: Option<bool>,
    noon: bool,
    /// Its twelve is the end of the day, and its one the beginning.
    night: bool,
    /// `AM` and `PM` go with the American order of month and day.
    twelve_hours: bool,
    zone: Option<FixedOffset>,
    /// Of a zone whose clocks are put forward in summer.
    clocks: Option<Tz>,
    /// A `T` stands between day and time.
    iso: bool,
    /// The year before the first of the era that years are counted in.
    before_era: Option<i32>,
    /// The day that a date without a clear year may have at most.
    latest: Option<NaiveDate>,
}

fn absolute(text: &str, zone: Tz, polled_at: Timestamp) -> Option<i64> {
    if let Some(date) = iso_day(text) {
        return Some(in_zone(date.and_time(NaiveTime::MIN), zone));
    }
    // A dash between day and time of day is no sign.
    let dashed = text.replace(" - ", " ");
    let tokens = tokens::read(if text.contains(" - ") { &dashed } else { text });
    // The fraction of a second may follow; JSON of .NET writes `/Date(…)/`.
    let alone = match tokens.as_slice() {
        [number] | [number, Token::Mark('.'), Token::Number { .. }] => Some(number),
        [Token::Mark('/'), Token::Word("Date"), Token::Mark('('), number, ..] => Some(number),
        _ => None,
    };
    if let Some(Token::Number { value, digits }) = alone
        && let Some(at) = epoch(*value, *digits)
    {
        return Some(at);
    }
    fields(text, &tokens, zone, polled_at)?.resolve(zone, polled_at)
}

/// `昨天 08:30`: a time of day; what follows may also state the day itself.
fn on_day(day: NaiveDate, rest: &str, zone: Tz, polled_at: Timestamp) -> Option<(i64, bool)> {
    if rest.is_empty() {
        return Some((in_zone(day.and_time(NaiveTime::MIN), zone), true));
    }
    let mut fields = fields(rest, &tokens::read(rest), zone, polled_at)?;
    let relative = fields.month.is_none();
    if relative {
        fields.hour?;
        fields.year = Some(day.year());
        [fields.month, fields.day] = [Some(day.month()), Some(day.day())];
    }
    Some((fields.resolve(zone, polled_at)?, relative))
}

/// What the tokens of a text say.
fn fields(text: &str, tokens: &[Token<'_>], zone: Tz, polled_at: Timestamp) -> Option<Fields> {
    let twelve_hours =
        tokens.iter().any(|t| matches!(t, Token::Word(word) if tokens::half(word).is_some()));
    let latest = latest_day(zone, polled_at);
    let era = ERAS.iter().find(|(name, _)| text.contains(name));
    let before_era = era.map(|(_, before)| *before);
    let mut fields = Fields { twelve_hours, latest, before_era, ..Fields::default() };
    if ["北京时间", "北京時間"].iter().any(|name| text.contains(name)) {
        fields.zone = FixedOffset::east_opt(8 * 3600);
    }
    let mut rest = tokens;
    while !rest.is_empty() {
        let used = fields.take(rest, zone)?;
        rest = rest.get(used.max(1)..).unwrap_or(&[]);
    }
    Some(fields)
}

/// `2021-W35-3` and `2021-244` (ISO 8601 §5.2.2, §5.2.3).
fn iso_day(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_once('-')?;
    if year.len() != 4 || rest.len() > 5 {
        return None;
    }
    let year = year.parse().ok()?;
    if let Some(week) = rest.strip_prefix('W') {
        let (week, day) = week.split_once('-').unwrap_or((week, "1"));
        let day = chrono::Weekday::try_from(day.parse::<u8>().ok()?.checked_sub(1)?).ok()?;
        return NaiveDate::from_isoywd_opt(year, week.parse().ok()?, day);
    }
    let is_day = rest.len() == 3 && rest.bytes().all(|b| b.is_ascii_digit());
    NaiveDate::from_yo_opt(year, rest.parse().ok().filter(|_| is_day)?)
}

/// Seconds have ten digits from 2001 to 2286, milliseconds thirteen.
fn epoch(value: u64, digits: usize) -> Option<i64> {
    match digits {
        10 => i64::try_from(value).ok(),
        13 => i64::try_from(value / 1000).ok(),
        16 => i64::try_from(value / 1_000_000).ok(),
        _ => None,
    }
}

impl Fields {
    /// Reads what `tokens` begins with and returns how many tokens that were;
    /// `None` when this cannot be a date.
    fn take(&mut self, tokens: &[Token<'_>], zone: Tz) -> Option<usize> {
        use Token::{Mark, Number, Word};
        let number = |at: usize| match tokens.get(at) {
            Some(&Number { value, digits }) => Some((value, digits)),
            _ => None,
        };
        let mark = |at: usize| match tokens.get(at) {
            Some(&Mark(c)) => Some(c),
            _ => None,
        };
        match tokens[0] {
            Mark(sign @ ('+' | '-' | '−')) => {
                let Some((value, digits)) = number(1) else { return Some(1) };
                if self.hour.is_none() && !(self.has_date() && mark(2) == Some(':')) {
                    return Some(1);
                }
                let minutes = (mark(2) == Some(':')).then(|| number(3)).flatten();
                // `2021/9/1-07:59`: no zone has such minutes.
                if self.hour.is_none() && minutes.is_some_and(|(minutes, _)| minutes % 15 != 0) {
                    return Some(1);
                }
                if self.zone.is_none() || minutes.is_some() || digits >= 3 {
                    self.zone = zones::offset(sign != '+', value, digits, minutes.map(|m| m.0))?;
                }
                Some(if minutes.is_some() { 4 } else { 2 })
            }
            Mark('(') => {
                // A comment; its zone counts only when no other was given.
                let end = tokens.iter().position(|t| *t == Mark(')')).unwrap_or(tokens.len());
                if self.zone.is_none()
                    && let Some(Word(name)) = tokens.get(1)
                {
                    self.zone = zones::named(name, zone);
                }
                Some(end + 1)
            }
            Mark(_) => Some(1),
            Word(word) => self.take_word(word, tokens, zone),
            Number { value, digits } => {
                let after = mark(1);
                match after {
                    Some('年') => {
                        self.year = Some(match self.before_era {
                            Some(before) => before.checked_add(i32::try_from(value).ok()?)?,
                            None => full_year(value, digits),
                        });
                        Some(2)
                    }
                    Some('月') => {
                        self.month = u32::try_from(value).ok();
                        Some(2)
                    }
                    Some('日' | '号') => {
                        self.day = u32::try_from(value).ok();
                        Some(2)
                    }
                    Some(':' | '时' | '点') if self.hour.is_none() => self.take_time(tokens),
                    Some(':') => self.take_second_time(tokens),
                    Some('.') if self.hour.is_none() && self.is_pointed_time(tokens) => {
                        self.take_time(tokens)
                    }
                    None if self.hour.is_none() && is_hour(tokens) => self.take_time(tokens),
                    Some(separator @ ('-' | '/' | '.'))
                        if !self.has_date() && number(2).is_some() =>
                    {
                        self.take_date(separator, tokens, zone)
                    }
                    _ => self.take_number(value, digits),
                }
            }
        }
    }

    fn has_date(&self) -> bool {
        self.month.is_some() && self.day.is_some()
    }

    fn take_word(&mut self, word: &str, tokens: &[Token<'_>], zone: Tz) -> Option<usize> {
        let lower = word.to_ascii_lowercase();
        if self.take_half(&lower) {
            return Some(1);
        }
        match lower.as_str() {
            "t" => {
                self.iso = true;
                // `2021-09-01T07Z`
                if let [_, Token::Number { value, digits: 2 }, rest @ ..] = tokens
                    && rest.first() != Some(&Token::Mark(':'))
                    && self.hour.is_none()
                    && self.has_date()
                {
                    self.hour = u32::try_from(*value).ok();
                    return Some(2);
                }
            }
            "utc" | "gmt" | "z" | "ut" => {
                self.zone = FixedOffset::east_opt(0);
                // `GMT+8`: the figure says what is meant.
                if let [
                    _,
                    Token::Mark(sign @ ('+' | '-')),
                    Token::Number { value, digits },
                    rest @ ..,
                ] = tokens
                {
                    let minutes = match rest {
                        [Token::Mark(':'), Token::Number { value, .. }, ..] => Some(*value),
                        _ => None,
                    };
                    self.zone = zones::offset(*sign == '-', *value, *digits, minutes)?;
                    return Some(if minutes.is_some() { 5 } else { 3 });
                }
            }
            _ => {
                if let Some(month) = tokens::month(&lower) {
                    self.month = Some(month);
                } else if self.hour.is_some()
                    && let Some(clocks) = zones::of_clocks(word)
                {
                    self.clocks = Some(clocks);
                } else if self.zone.is_none()
                    && let Some(offset) = zones::named(&lower, zone)
                {
                    self.zone = Some(offset);
                }
            }
        }
        Some(1)
    }

    /// A number that nothing explains: by its length and by what is still missing.
    fn take_number(&mut self, value: u64, digits: usize) -> Option<usize> {
        let part = u32::try_from(value).ok()?;
        match digits {
            14 | 12 | 8 if self.year.is_none() => {}
            4 if self.year.is_none() && (1900..2200).contains(&part) => {
                self.year = Some(full_year(value, 4));
            }
            // RFC 2822 §4.3.
            3 if self.year.is_none() && self.has_date() && part >= 100 => {
                self.year = Some(full_year(value, 3) + 1900);
            }
            // A year that no entry has is not a year that is missing.
            3.. if self.year.is_none() => return None,
            1 | 2 if self.day.is_none() => self.day = Some(part),
            2 if self.year.is_none() => self.year = Some(full_year(value, 2)),
            4 | 6 if self.hour.is_none() && self.year.is_some() => {
                let clock = if digits == 4 { part * 100 } else { part };
                self.hour = Some(clock / 10_000);
                [self.minute, self.second] = [clock / 100 % 100, clock % 100];
            }
            _ => {}
        }
        Some(1)
    }

    fn resolve(&self, zone: Tz, polled_at: Timestamp) -> Option<i64> {
        let month = self.month?;
        // `2021年9月` is its first day, as `2021-09` is.
        let day = self.day.or(self.year.filter(|_| self.hour.is_none()).map(|_| 1))?;
        let mut hour = self.hour.unwrap_or(0);
        match self.afternoon {
            // 11:50 is noon as well as 12:10.
            Some(true) if self.noon && hour >= 10 => {}
            // 晚上12点, 半夜1点
            Some(true) if self.night && hour == 12 => hour = 24,
            Some(true) if self.night && hour < 5 => {}
            Some(true) if hour < 12 => hour += 12,
            Some(false) if hour == 12 => hour = 0,
            _ => {}
        }
        // 24:00 is the end of the day; a leap second is its minute's last.
        let next_day = hour == 24 && (self.night || self.minute == 0 && self.second == 0);
        let hour = if next_day { 0 } else { hour };
        let time = NaiveTime::from_hms_opt(hour, self.minute, self.second.min(59))?;
        if self.second > 60 {
            return None;
        }
        let date = match self.year {
            Some(year) => NaiveDate::from_ymd_opt(year, month, day)?,
            None => nearest_past(month, day, zone, polled_at)?,
        };
        let date = if next_day { date.checked_add_signed(Duration::days(1))? } else { date };
        let local = date.and_time(time);
        match self.zone {
            Some(offset) => Some(local.and_utc().timestamp() - i64::from(offset.local_minus_utc())),
            None => Some(in_zone(local, self.clocks.unwrap_or(zone))),
        }
    }
}

/// A day without a year is the last one that is not after tomorrow.
fn nearest_past(month: u32, day: u32, zone: Tz, polled_at: Timestamp) -> Option<NaiveDate> {
    let latest = latest_day(zone, polled_at)?;
    (0..5)
        .filter_map(|back| NaiveDate::from_ymd_opt(latest.year() - back, month, day))
        .find(|date| *date <= latest)
}

/// Tomorrow there: clocks differ.
fn latest_day(zone: Tz, polled_at: Timestamp) -> Option<NaiveDate> {
    let today = polled_at.to_utc().with_timezone(&zone).date_naive();
    today.checked_add_signed(Duration::days(1))
}

/// The instant of a local time; the earlier one when the clock was put back, an
/// hour later when it was put forward over it.
pub(crate) fn in_zone(local: chrono::NaiveDateTime, zone: Tz) -> i64 {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.timestamp(),
        LocalResult::None => match zone.from_local_datetime(&(local + Duration::hours(1))) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.timestamp(),
            LocalResult::None => local.and_utc().timestamp(),
        },
    }
}
