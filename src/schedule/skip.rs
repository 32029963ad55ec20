//! Hours and days in which a document wants to be left alone: RSS `skipHours` and
//! `skipDays`, both in UTC.

use crate::model::{Timestamp, Wishes};
use std::time::Duration;

const HOUR: i64 = 3_600;
/// Every hour of the week comes within so many.
const WEEK_HOURS: i64 = 7 * 24;
/// Polls that waited for an hour to end are spread over the beginning of the next.
pub(super) const SPREAD: Duration = Duration::from_secs(15 * 60);

/// The first instant from `at` on that is in no such hour or day; `at` itself where all are.
pub(super) fn allowed(wishes: &Wishes, at: Timestamp) -> Timestamp {
    let hour = at.0.div_euclid(HOUR);
    let starts = (hour + 1..=hour + WEEK_HOURS).map(|hour| hour * HOUR);
    let mut instants = std::iter::once(at.0).chain(starts).map(Timestamp);
    instants.find(|instant| !is_skipped(wishes, *instant)).unwrap_or(at)
}

/// What a poll at an instant was kept off by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Skipped {
    Hours,
    Days,
}

impl Skipped {
    pub fn label(self) -> &'static str {
        match self {
            Skipped::Hours => "skipHours",
            Skipped::Days => "skipDays",
        }
    }
}

/// Which of them passes over `at`.
pub(super) fn what(wishes: &Wishes, at: Timestamp) -> Skipped {
    let hours = Wishes { skip_days: 0, ..*wishes };
    if is_skipped(&hours, at) { Skipped::Hours } else { Skipped::Days }
}

fn is_skipped(wishes: &Wishes, at: Timestamp) -> bool {
    let hour = at.0.div_euclid(HOUR);
    // The first day of 1970 was a Thursday.
    let weekday = (hour.div_euclid(24) + 3).rem_euclid(7);
    wishes.skip_hours >> hour.rem_euclid(24) & 1 != 0 || wishes.skip_days >> weekday & 1 != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::each;

    /// A Wednesday, 22:40 UTC.
    const WEDNESDAY: Timestamp = Timestamp(1_795_646_400);

    fn wishes(hours: &[u32], days: &[u8]) -> Wishes {
        Wishes {
            skip_hours: hours.iter().fold(0, |bits, hour| bits | 1 << hour),
            skip_days: days.iter().fold(0, |bits, day| bits | 1 << day),
            ..Wishes::default()
        }
    }

    #[test]
    fn the_first_hour_that_is_not_skipped_is_found() {
        let cases: [(&[u32], &[u8], &str); 5] = [
            (&[], &[], "2026-11-25T22:40:00Z"),
            (&[22], &[], "2026-11-25T23:00:00Z"),
            (&[22, 23, 0, 1], &[], "2026-11-26T02:00:00Z"),
            (&[0], &[2, 3], "2026-11-27T01:00:00Z"),
            // Always left alone is never meant.
            (&[], &[0, 1, 2, 3, 4, 5, 6], "2026-11-25T22:40:00Z"),
        ];
        for (hours, days, expected) in cases {
            assert_eq!(
                allowed(&wishes(hours, days), WEDNESDAY).rfc3339(),
                expected,
                "{hours:?} {days:?}"
            );
        }
    }

    #[test]
    fn nothing_earlier_was_allowed() {
        each(500, |chance| {
            let wishes = Wishes {
                skip_hours: chance.below(1 << 24) as u32,
                skip_days: chance.below(1 << 7) as u8,
                ..Wishes::default()
            };
            let at = Timestamp(chance.within(0..4_000_000_000));
            let found = allowed(&wishes, at);
            assert!(found >= at);
            let never = wishes.skip_hours == (1 << 24) - 1 || wishes.skip_days == (1 << 7) - 1;
            assert_eq!(is_skipped(&wishes, found), never);
            for before in (at.0..found.0).step_by(600) {
                assert!(is_skipped(&wishes, Timestamp(before)));
            }
        });
    }
}
