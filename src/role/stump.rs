//! Documents that were cut off: an item that their end cuts waits for the next document,
//! for a stump without its guid or link would be an entry of its own beside the whole one.

use crate::model::{Defect, DefectCount, ParsedEntry, ParsedFeed, Stump, Timestamp};
use xxhash_rust::xxh3::xxh3_64;

/// What a document is said to be that ends before it should.
const TRUNCATED: &str = "truncated";
/// What is said of the item within which it ends.
const CUT_ITEM: &str = "cut-item";
/// A stump that stays the same so long, seconds, is all that there will be. Caches may hand
/// out a document that was cut off for hours.
const WAITS: i64 = 6 * 3600;

/// Takes a stump out of the feed unless it is all there is, or [no longer waits](Stump::waits).
///
/// `was_interrupted`: the connection broke off, so that there is more.
/// Returns: the stump that the document ends with.
pub fn hold_back(
    feed: &mut ParsedFeed,
    last: Option<Stump>,
    polled_at: Timestamp,
    was_interrupted: bool,
) -> Option<Stump> {
    let (item, others) = feed.entries.split_last()?;
    if !feed.ends_within_entry || (others.is_empty() && !was_interrupted) {
        return None;
    }
    let mark = mark(item);
    let known = last.filter(|last| last.mark == mark && last.since <= polled_at);
    let stump = known.unwrap_or(Stump { mark, since: polled_at });
    let detail = if stump.waits(polled_at) {
        feed.entries.pop();
        feed.ends_within_entry = false;
        "the document ends within its last item, which waits for the next"
    } else {
        "the document has long ended within its last item"
    };
    // In front: of many kinds the last ones are not remembered.
    feed.defects.insert(0, Defect { kind: CUT_ITEM, detail: detail.to_owned() });
    Some(stump)
}

impl Stump {
    pub fn waits(&self, now: Timestamp) -> bool {
        now.0 - self.since.0 < WAITS
    }
}

/// Whether a document was cut off, and not as the last one, which had the same items, was.
pub fn is_new_cut(defects: &[Defect], last: &[DefectCount], same_items: bool) -> bool {
    let was_cut = last.iter().any(|defect| defect.kind == TRUNCATED);
    defects.iter().any(|defect| defect.kind == TRUNCATED) && !(was_cut && same_items)
}

fn mark(stump: &ParsedEntry) -> u64 {
    let ParsedEntry { guid, link, title, summary, content, .. } = stump;
    let parts = [guid, link, title, summary, content].map(|part| part.as_deref().unwrap_or(""));
    xxh3_64(parts.join("\0").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(titles: &[&str], ends_within_entry: bool) -> ParsedFeed {
        let entry = |title: &&str| {
            let title = Some((*title).to_owned());
            ParsedEntry { title, ..ParsedEntry::default() }
        };
        let entries = titles.iter().map(entry).collect();
        ParsedFeed { entries, ends_within_entry, ..ParsedFeed::default() }
    }

    #[test]
    fn a_stump_waits_until_it_has_stayed_the_same_for_long() {
        let mut last = None;
        let start = Timestamp(1_795_507_200);
        for (title, hours, expected) in [
            ("二", 0, true),
            ("二", 1, true),
            // Cut elsewhere: it begins anew.
            ("二号", 2, true),
            ("二号", 7, true),
            ("二号", 8, false),
            ("二号", 9, false),
            ("二号消", 10, true),
        ] {
            let mut feed = feed(&["一", title], true);
            let now = Timestamp(start.0 + hours * 3600);
            last = hold_back(&mut feed, last, now, false);
            let waits = last.is_some_and(|stump| stump.waits(now));
            assert_eq!(waits, expected, "{title} after {hours} h");
            assert_eq!(feed.entries.len(), if expected { 1 } else { 2 }, "{title}");
            assert_eq!(feed.defects[0].kind, CUT_ITEM);
        }
    }

    #[test]
    fn a_stump_that_came_alone_before_the_connection_broke_off_waits_too() {
        let mut feed = feed(&["一"], true);
        assert!(hold_back(&mut feed, None, Timestamp(0), true).is_some());
        assert!(feed.entries.is_empty());
    }

    #[test]
    fn what_is_whole_or_alone_waits_for_nothing() {
        for (titles, cut) in [(&["一"][..], true), (&[], true), (&["一", "二"], false)] {
            let mut feed = feed(titles, cut);
            assert_eq!(hold_back(&mut feed, None, Timestamp(0), false), None);
            assert_eq!((feed.entries.len(), feed.defects.len()), (titles.len(), 0));
        }
    }
}
