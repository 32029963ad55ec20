//! Entries that were pushed, for the rhythm of their source. It counts time by polls, so that
//! the next poll learns from them as if it had found them itself: each once, with its date.

use crate::model::{Subscription, Timestamp};
use std::iter::repeat_n;

/// Remembered with their dates between two polls.
const DATED: usize = 64;
/// Counted besides.
const MORE: u32 = 10_000;

/// Notes the new entries of a push at `at`.
///
/// `dates`: what they state. `is_first`: no entries were known before, so that these may be
/// old. `watched_until`: when a poll taught something last; `None`: none has. A date that
/// lies outside of these two, or is not stated, is that of the push.
pub fn note(
    push: &mut Subscription,
    dates: &[Option<Timestamp>],
    is_first: bool,
    watched_until: Option<Timestamp>,
    at: Timestamp,
) {
    let may_be_old = is_first && watched_until.is_some();
    for date in dates {
        let stated = date.filter(|date| Some(*date) > watched_until && *date <= at);
        let Some(date) = stated.or((!may_be_old).then_some(at)) else { continue };
        if push.arrivals.len() < DATED {
            push.arrivals.push(date);
        } else {
            push.brought = push.brought.saturating_add(1).min(MORE);
        }
    }
}

/// What has come since the last poll that succeeded: what was pushed, then what this poll
/// has `found`. `is_first`: it has found all there is.
pub fn since_poll(
    push: Option<&Subscription>,
    found: &[Option<Timestamp>],
    is_first: bool,
) -> Vec<Option<Timestamp>> {
    let Some(push) = push.filter(|_| !is_first) else { return found.to_vec() };
    let dated = push.arrivals.iter().copied().map(Some);
    let undated = repeat_n(None, push.brought.min(MORE) as usize);
    dated.chain(undated).chain(found.iter().copied()).collect()
}

/// A poll has learnt from what was noted.
pub fn forget(push: &mut Subscription) {
    push.brought = 0;
    push.arrivals.clear();
}

#[cfg(test)]
mod tests {
    use super::super::rhythm::{Seen, learn};
    use super::*;
    use crate::chance::{Chance, each};
    use crate::model::Rhythm;
    use chrono_tz::Tz;

    const START: Timestamp = Timestamp(1_893_456_000);
    const HOUR: i64 = 3_600;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(START.0 + seconds)
    }

    #[test]
    fn an_entry_came_at_its_date_if_that_can_be_and_else_when_it_was_pushed() {
        let noted = |date: Option<i64>, is_first, watched_until: Option<i64>| {
            let mut push = Subscription::default();
            note(&mut push, &[date.map(at)], is_first, watched_until.map(at), at(HOUR));
            push.arrivals.first().map(|arrival| arrival.0 - START.0)
        };
        assert_eq!(noted(Some(60), false, Some(0)), Some(60));
        assert_eq!(noted(None, false, Some(0)), Some(HOUR));
        assert_eq!(noted(Some(-60), false, Some(0)), Some(HOUR), "the last poll did not see it");
        assert_eq!(noted(Some(2 * HOUR), false, Some(0)), Some(HOUR), "dated ahead");
        assert_eq!(noted(Some(-60), true, Some(0)), None, "as old as it says");
        assert_eq!(noted(None, true, Some(0)), None);
        assert_eq!(noted(Some(-60), true, None), Some(-60), "nothing is known yet");
    }

    #[test]
    fn a_flood_of_pushes_is_counted_and_the_state_stays_small() {
        let mut push = Subscription::default();
        for hour in 1..=300 {
            note(&mut push, &[None; 200], false, Some(START), at(hour * HOUR));
        }
        assert_eq!((push.arrivals.len(), push.brought), (DATED, MORE));
        let bytes = minicbor::to_vec(&push.arrivals).expect("encoded").len();
        assert!(bytes < 400, "{bytes}");
        assert_eq!(since_poll(Some(&push), &[None], false).len(), DATED + MORE as usize + 1);
        assert_eq!(since_poll(Some(&push), &[None], true), [None], "the poll has them all");
        forget(&mut push);
        assert_eq!(since_poll(Some(&push), &[], false), []);
    }

    fn seen(now: Timestamp, arrivals: &[Option<Timestamp>]) -> Seen<'_> {
        Seen { now, zone: Tz::Asia__Shanghai, arrivals, is_first: false, is_gap: false }
    }

    /// Hours of polls, and whether each succeeded; dates of entries, and whether each was
    /// pushed before the next poll that did.
    type Stay = (Vec<(i64, bool)>, Vec<(i64, bool)>);

    fn any_stay(chance: &mut Chance) -> Stay {
        let mut now = 0;
        let polls = (0..30).map(|_| {
            now += chance.within(1..20) * HOUR + chance.within(0..HOUR);
            (now, !chance.one_in(4))
        });
        let polls: Vec<_> = polls.collect();
        let entries = (0..chance.below(100)).map(|_| (chance.within(1..now), chance.one_in(2)));
        (polls, entries.collect())
    }

    #[test]
    fn what_was_pushed_and_what_polls_found_teach_the_same() {
        each(500, |chance| {
            let (polls, entries) = any_stay(chance);
            let known = Rhythm { until: START, anchor: 21_915, ..Rhythm::default() };
            let (mut found_all, mut pushed_to) = (known.clone(), known);
            let mut push = Subscription::default();
            let mut since = 0;
            for (now, succeeds) in polls {
                if !succeeds {
                    continue;
                }
                let new = entries.iter().filter(|(date, _)| (since + 1..=now).contains(date));
                let (mut all, mut found) = (Vec::new(), Vec::new());
                for (date, is_pushed) in new {
                    all.push(Some(at(*date)));
                    if *is_pushed {
                        let pushed_at = at(chance.within(*date..now + 1));
                        note(
                            &mut push,
                            &[Some(at(*date))],
                            false,
                            Some(pushed_to.until),
                            pushed_at,
                        );
                    } else {
                        found.push(Some(at(*date)));
                    }
                }
                found_all = learn(Some(&found_all), &seen(at(now), &all)).expect("known");
                let arrivals = since_poll(Some(&push), &found, false);
                pushed_to = learn(Some(&pushed_to), &seen(at(now), &arrivals)).expect("known");
                forget(&mut push);
                assert_eq!(pushed_to, found_all);
                since = now;
            }
        });
    }
}
