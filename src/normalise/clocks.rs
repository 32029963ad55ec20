//! Feeds that state the time of each request as the date of every item, told over
//! several polls: an item that stood in the last document cannot have been published
//! after it.

use super::prints::fingerprint;
use crate::model::{Defect, ParsedEntry, ParsedFeed, Timestamp};
use std::collections::HashSet;

/// What the polls before found.
#[derive(Debug, Clone, Copy, Default)]
pub struct Before<'a> {
    /// Key and fingerprint of the items in the last document.
    pub seen: &'a [(u64, u64)],
    /// When that document was last known to be current.
    pub at: Option<Timestamp>,
    /// As this poll's verdict is for the next.
    pub clock_polls: u8,
}

/// So many polls with nothing but moved dates prove it.
const PROOF: u8 = 2;
/// So many unchanged items with moved dates prove it at once; one or two may have been
/// dated anew by somebody.
const MANY_ITEMS: usize = 3;
/// The publisher's clock may differ by so much.
const SKEW_SECONDS: i64 = 60;
/// What lies further ahead of the poll is news of the future, not of now.
const AHEAD_SECONDS: i64 = 120;
/// A document that a server keeps for a while says when it was made.
const LATELY_SECONDS: i64 = 3600;

/// Takes away dates that follow the polls, with a defect. Returns in how many polls in a
/// row they did so, to be given back at the next.
///
/// No date moved: nothing is learnt. One is older than an hour, or stayed while others
/// moved: the dates mean something.
pub fn unmask_clocks(feed: &mut ParsedFeed, before: &Before<'_>, polled_at: Timestamp) -> u8 {
    let Some(since) = before.at else { return 0 };
    let dated = || feed.entries.iter().filter_map(|item| Some((item, date(item)?)));
    let Some(newest) = dated().map(|(_, at)| at.0).max() else { return before.clock_polls };
    let is_lately = |at: Timestamp| {
        (polled_at.0 - LATELY_SECONDS..=polled_at.0 + AHEAD_SECONDS).contains(&at.0)
    };
    if !dated().all(|(_, at)| is_lately(at)) {
        return 0;
    }
    let mut polls = before.clock_polls;
    // Hashing every item costs more than looking at dates.
    if newest > since.0 + SKEW_SECONDS {
        let known: HashSet<u64> = before.seen.iter().map(|(_, fingerprint)| *fingerprint).collect();
        let unchanged = dated().filter(|(item, _)| known.contains(&fingerprint(item)));
        let (moved, stayed): (Vec<_>, Vec<_>) =
            unchanged.map(|(_, at)| at.0 > since.0 + SKEW_SECONDS).partition(|moved| *moved);
        polls = match (moved.len(), stayed.len()) {
            (0, 0) => polls,
            (MANY_ITEMS.., 0) => PROOF,
            (_, 0) => polls.saturating_add(1).min(PROOF),
            _ => 0,
        };
    }
    if polls >= PROOF {
        for item in &mut feed.entries {
            (item.published, item.updated) = (None, None);
        }
        let detail = "items known before have the time of this poll for their date".to_owned();
        feed.defects.push(Defect { kind: "dates-follow-polls", detail });
    }
    polls
}

/// The date that counts; one counted back from the poll (`3小时前`) says so itself.
fn date(item: &ParsedEntry) -> Option<Timestamp> {
    let date = item.published.or(item.updated)?;
    (!date.relative).then_some(date.at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ParsedDate;

    const HOUR: i64 = 3600;

    fn item(title: &str, at: i64) -> ParsedEntry {
        ParsedEntry {
            title: Some(title.to_owned()),
            published: Some(ParsedDate { at: Timestamp(at), relative: false }),
            ..ParsedEntry::default()
        }
    }

    /// When a poll takes place, and the items that it finds: title and date.
    type Poll<'a> = (i64, &'a [(&'a str, i64)]);

    /// Polls a feed whose items at each time are as given; the defects of each poll.
    fn polled(polls: &[Poll<'_>]) -> Vec<bool> {
        let (mut seen, mut since, mut clock_polls) = (Vec::new(), None, 0);
        let mut verdicts = Vec::new();
        for (at, items) in polls {
            let entries = items.iter().map(|(title, at)| item(title, *at)).collect();
            let mut feed = ParsedFeed { entries, ..ParsedFeed::default() };
            let before = Before { seen: &seen, at: since, clock_polls };
            clock_polls = unmask_clocks(&mut feed, &before, Timestamp(*at));
            seen = feed.entries.iter().map(|item| (0, fingerprint(item))).collect();
            since = Some(Timestamp(*at));
            let noticed = feed.defects.iter().any(|d| d.kind == "dates-follow-polls");
            let believed = feed.entries.iter().all(|item| item.published.is_some());
            assert_eq!(noticed, !believed);
            verdicts.push(noticed);
        }
        verdicts
    }

    #[test]
    fn dates_that_move_with_the_polls_are_taken_away() {
        let now = 1_000 * HOUR;
        // Three items prove it at the second poll, a single one at the third.
        let three = |at: i64| [("a", at - 900), ("b", at - 800), ("c", at - 700)];
        let later = now + HOUR;
        assert_eq!(polled(&[(now, &three(now)), (later, &three(later))]), [false, true]);
        let one = |at: i64| (at, vec![("a", at - 5)]);
        let polls: Vec<_> = (0..4).map(|n| one(now + n * HOUR)).collect();
        let polls: Vec<_> = polls.iter().map(|(at, items)| (*at, items.as_slice())).collect();
        assert_eq!(polled(&polls), [false, false, true, true]);
        // A new item among them, and a document that was kept for a while.
        let mixed: [(i64, &[_]); 4] = [
            (now, &three(now)),
            (now + HOUR, &three(now + HOUR)),
            (now + HOUR + 600, &three(now + HOUR)),
            (now + 2 * HOUR, &[("d", now + 2 * HOUR), ("a", now + 2 * HOUR)]),
        ];
        assert_eq!(polled(&mixed), [false, true, true, true]);
    }

    #[test]
    fn dates_that_mean_something_are_believed() {
        let now = 1_000 * HOUR;
        let day = 24 * HOUR;
        let cases: [&[Poll<'_>]; 6] = [
            // One fresh item.
            &[(now, &[("a", now - 60)]), (now + 600, &[("a", now - 60)])],
            // Really new items at each poll.
            &[
                (now, &[("a", now - 9), ("b", now - 8), ("c", now - 7)]),
                (now + 900, &[("d", now + 890), ("e", now + 880), ("a", now - 9)]),
                (now + 1800, &[("f", now + 1790), ("d", now + 890), ("e", now + 880)]),
            ],
            // One of many is dated anew.
            &[
                (now, &[("a", now - 9), ("b", now - 2 * day), ("c", now - day)]),
                (now + 900, &[("a", now + 880), ("b", now - 2 * day), ("c", now - day)]),
                (now + 1800, &[("a", now + 1790), ("b", now - 2 * day), ("c", now - day)]),
            ],
            // Events of the future, and then one of today.
            &[(now, &[("a", now + day)]), (now + HOUR, &[("a", now + day)])],
            // An article that goes on: its text changes with its date.
            &[(now, &[("a", now - 9)]), (now + 900, &[("a+", now + 880)])],
            // Dated anew once.
            &[
                (now, &[("a", now - 9)]),
                (now + 900, &[("a", now + 880)]),
                (now + 1800, &[("a", now + 880)]),
                (now + 2 * HOUR, &[("a", now + 880)]),
            ],
        ];
        for polls in cases {
            assert!(polled(polls).iter().all(|noticed| !noticed), "{polls:?}");
        }
    }
}
