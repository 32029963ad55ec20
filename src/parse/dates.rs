//! The dates of one document.

use super::{MOST_DEFECTS, ParseContext};
use crate::model::{Defect, ParsedDate, ParsedEntry, ParsedFeed, Timestamp};
use crate::text::{clean, dates};

/// How much of a date that cannot be read is shown.
const SHOWN_CHARS: usize = 60;

pub(super) struct Dates<'c> {
    context: &'c ParseContext,
    pub defects: Vec<Defect>,
    /// How often there was no date, also when no more defects were kept.
    pub misses: usize,
}

impl<'c> Dates<'c> {
    pub(super) fn new(context: &'c ParseContext) -> Self {
        Dates { context, defects: Vec::new(), misses: 0 }
    }

    /// The first of the texts that is a date. When none is, that is a defect.
    pub(super) fn first<'t>(
        &mut self,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Option<ParsedDate> {
        let mut faulty = None;
        for text in texts {
            if let Some(date) = dates::parse(text, self.context.zone, self.context.polled_at) {
                return Some(date);
            }
            faulty = faulty.or_else(|| clean::non_empty(text));
        }
        let text = faulty?;
        self.misses += 1;
        if self.defects.len() < MOST_DEFECTS {
            let detail = clean::one_line(text, SHOWN_CHARS);
            self.defects.push(Defect { kind: "bad-date", detail });
        }
        None
    }
}

/// Dates so near to the poll are its own.
const NOW_SECONDS: u64 = 120;
/// A document that a server keeps for a while says when it was made.
const LATELY_SECONDS: u64 = 3600;
/// So many items at least: two may well be news of this minute.
const FEWEST_ITEMS: usize = 3;

/// Notices a feed that dates every item with the time of the request, and takes such
/// dates for what they are: they say nothing of the item.
pub(super) fn mark_the_clocks(feed: &mut ParsedFeed, polled_at: Timestamp) {
    let columns: [fn(&mut ParsedEntry) -> &mut Option<ParsedDate>; 2] =
        [|entry| &mut entry.published, |entry| &mut entry.updated];
    let mut found = false;
    for column in columns {
        let dates: Vec<ParsedDate> =
            feed.entries.iter_mut().filter_map(|entry| *column(entry)).collect();
        if dates.len() == feed.entries.len() && are_a_clock(&dates, polled_at) {
            found = true;
            for date in feed.entries.iter_mut().filter_map(|entry| column(entry).as_mut()) {
                date.relative = true;
            }
        }
    }
    if found {
        let detail = "every item has the time of the request for its date".to_owned();
        feed.defects.push(Defect { kind: "dates-are-now", detail });
    }
}

fn are_a_clock(dates: &[ParsedDate], polled_at: Timestamp) -> bool {
    let age = |date: &ParsedDate| polled_at.0.abs_diff(date.at.0);
    dates.len() >= FEWEST_ITEMS
        && !dates.iter().any(|date| date.relative)
        && (dates.iter().all(|date| age(date) <= NOW_SECONDS)
            || dates.iter().all(|date| date.at == dates[0].at && age(date) <= LATELY_SECONDS))
}
