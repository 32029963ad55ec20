//! A month of the calendar in UTC: what archives are cut into.

use super::Timestamp;
use chrono::{Datelike, NaiveDate};
use std::fmt;

/// Of the years 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: u16,
    /// From 1.
    month: u8,
}

impl Month {
    const LAST_YEAR: i32 = 9999;

    /// The month that an instant lies in; the first or last one for what lies outside of all.
    pub fn of(at: Timestamp) -> Month {
        let date = at.to_utc();
        let year = date.year().clamp(1970, Month::LAST_YEAR) as u16;
        Month { year, month: date.month() as u8 }
    }

    /// Reads `2026-11`.
    pub fn parse(text: &str) -> Option<Month> {
        let (year, month) = text.split_once('-').filter(|_| text.len() == 7)?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() != 4 || !digits(year) || !digits(month) {
            return None;
        }
        let (year, month): (u16, u8) = (year.parse().ok()?, month.parse().ok()?);
        (year >= 1970 && (1..=12).contains(&month)).then_some(Month { year, month })
    }

    /// Its first instant.
    pub fn start(self) -> Timestamp {
        let first = NaiveDate::from_ymd_opt(self.year.into(), self.month.into(), 1);
        let midnight = first.and_then(|day| day.and_hms_opt(0, 0, 0));
        midnight.expect("a month has a first day").and_utc().into()
    }

    /// The first instant that is not in it any more.
    pub fn end(self) -> Timestamp {
        self.next().map_or(Timestamp(Timestamp::NEVER.0 + 1), Month::start)
    }

    /// The month after it; `None`: there is none.
    pub fn next(self) -> Option<Month> {
        let Month { year, month } = self;
        match month {
            12 if i32::from(year) == Month::LAST_YEAR => None,
            12 => Some(Month { year: year + 1, month: 1 }),
            _ => Some(Month { year, month: month + 1 }),
        }
    }

    /// The month before it; `None`: there is none.
    pub fn before(self) -> Option<Month> {
        let Month { year, month } = self;
        match month {
            1 if year == 1970 => None,
            1 => Some(Month { year: year - 1, month: 12 }),
            _ => Some(Month { year, month: month - 1 }),
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_reads_back_and_meets_the_next() {
        for (text, start) in
            [("1970-01", 0), ("2026-11", 1_793_491_200), ("2024-02", 1_706_745_600)]
        {
            let month = Month::parse(text).expect("a month");
            assert_eq!((month.to_string().as_str(), month.start()), (text, Timestamp(start)));
            assert_eq!(Month::of(month.start()), month);
            assert_eq!(Month::of(Timestamp(month.end().0 - 1)), month);
            assert_eq!(Some(Month::of(month.end())), month.next());
            assert_eq!(month.next().and_then(Month::before), Some(month));
            let before = (start > 0).then(|| Month::of(Timestamp(start - 1)));
            assert_eq!(month.before(), before);
        }
        let last = Month::parse("9999-12").expect("a month");
        assert_eq!((last.next(), last.end()), (None, Timestamp(Timestamp::NEVER.0 + 1)));
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in ["2026-13", "2026-00", "2026-1", "26-11", "+026-11", "2026-+1", "2026/11", ""] {
            assert_eq!(Month::parse(text), None, "{text}");
        }
    }
}
