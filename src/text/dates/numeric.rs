//! Days in figures: which of them is the year, the month, the day.

use super::Fields;
use super::tokens::Token;
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

/// Year 1 of the Republic of China.
const FIRST_OF_THE_REPUBLIC: i32 = 1912;

impl Fields {
    /// `2021-9-1`, `2021/9/1`, `1.9.2021`, `1/9/2021`, `9-1`.
    pub(super) fn take_date(
        &mut self,
        separator: char,
        tokens: &[Token<'_>],
        zone: Tz,
    ) -> Option<usize> {
        let number = |at: usize| match tokens.get(at) {
            Some(&Token::Number { value, digits }) => Some((value, digits)),
            _ => None,
        };
        let (a, a_digits) = number(0)?;
        let (b, _) = number(2)?;
        let c = (tokens.get(3) == Some(&Token::Mark(separator))).then(|| number(4)).flatten();
        let [first, second] = [u32::try_from(a).ok()?, u32::try_from(b).ok()?];
        match c {
            Some((day, 1 | 2)) if a_digits == 3 => {
                // `110-09-01`: what no other count of years could be.
                let year = i32::try_from(a).ok()?.checked_add(FIRST_OF_THE_REPUBLIC - 1)?;
                let latest = self.latest.map_or(i32::MAX, |latest| latest.year());
                self.year = Some(year).filter(|year| *year <= latest);
                self.year?;
                [self.month, self.day] = [Some(second), Some(u32::try_from(day).ok()?)];
                Some(5)
            }
            Some((day, _)) if a_digits == 4 => {
                self.year = Some(full_year(a, 4));
                self.month = Some(second);
                self.day = Some(u32::try_from(day).ok()?);
                Some(5)
            }
            Some((c, digits)) if a_digits <= 2 && digits <= 2 => {
                let last = u32::try_from(c).ok()?;
                let year = full_year(c, digits);
                let [day_first, month_first] = [(second, first), (first, second)]
                    .map(|(month, day)| NaiveDate::from_ymd_opt(year, month, day));
                let usual = match self.is_american(separator, zone) {
                    true => month_first.or(day_first),
                    false => day_first.or(month_first),
                };
                // German days have points; elsewhere the year may come first.
                let may_be_first = separator != '.' || digits == 1;
                let year_first = NaiveDate::from_ymd_opt(full_year(a, a_digits), second, last)
                    .filter(|_| may_be_first || usual.is_none());
                // News is recent: of what it may mean, the latest that is not ahead.
                let is_ahead = |day: &NaiveDate| self.latest.is_some_and(|latest| *day > latest);
                let past = [usual, year_first].into_iter().flatten().filter(|day| !is_ahead(day));
                let found = past.max().or(usual).or(year_first)?;
                self.year = Some(found.year());
                [self.month, self.day] = [Some(found.month()), Some(found.day())];
                Some(5)
            }
            Some((year, digits)) => {
                // Day first nearly everywhere; month first in American zones.
                let american = self.is_american(separator, zone);
                let month_first = second > 12 || (american && first <= 12);
                [self.month, self.day] = if month_first {
                    [Some(first), Some(second)]
                } else {
                    [Some(second), Some(first)]
                };
                self.year = Some(full_year(year, digits));
                Some(5)
            }
            None if a_digits == 4 => {
                [self.month, self.day] = [Some(second), Some(1)];
                self.year = Some(full_year(a, 4));
                Some(3)
            }
            None => {
                [self.month, self.day] = [Some(first), Some(second)];
                Some(3)
            }
        }
    }

    /// Whether the month comes before the day.
    fn is_american(&self, separator: char, zone: Tz) -> bool {
        separator == '/' && (self.twelve_hours || zone.name().starts_with("America/"))
    }
}

/// `24` is 2024, `95` is 1995.
pub(super) fn full_year(value: u64, digits: usize) -> i32 {
    let year = i32::try_from(value).unwrap_or(i32::MAX);
    match digits {
        1 | 2 if year < 70 => year + 2000,
        1 | 2 => year + 1900,
        _ => year,
    }
}
