//! Documents that were cut off: an item that their end cuts waits for the next document,
//! for a stump without its guid or link would be an entry of its own beside the whole one.

use crate::model::{Defect, DefectCount, ParsedEntry, ParsedFeed, Timestamp};
use xxhash_rust::xxh3::xxh3_64;

/// What a document is said to be that ends before it should.
const TRUNCATED: &str = "truncated";
/// What is said of the item within which it ends.
const CUT_ITEM: &str = "cut-item";
/// A stump that stays the same so long, seconds, is all that there will be. Caches may hand
/// out a document that was cut off for hours.
const WAITS: i64 = 6 * 3600;

/// Takes a stump out of the feed, unless it is all there is or has come so for long;
/// whether it did. `last`: what was wrong with the last document.
pub fn hold_back(feed: &mut ParsedFeed, last: &[DefectCount], polled_at: Timestamp) -> bool {
    let [.., _, stump] = feed.entries.as_slice() else { return false };
    if !feed.ends_within_entry {
        return false;
    }
    let what =
        format!("the document ends within its last item ({:08x}, so since ", mark(stump) as u32);
    let known = last.iter().find(|defect| defect.kind == CUT_ITEM);
    let since = known.and_then(|defect| {
        let date = defect.detail.strip_prefix(&what)?.strip_suffix(')')?;
        let date = chrono::DateTime::parse_from_rfc3339(date).ok()?;
        Some(Timestamp(date.timestamp()))
    });
    let since = since.filter(|since| *since <= polled_at).unwrap_or(polled_at);
    let waits = polled_at.0 - since.0 < WAITS;
    if waits {
        feed.entries.pop();
        feed.ends_within_entry = false;
    }
    // In front: of many kinds the last ones are not remembered.
    let detail = format!("{what}{})", since.rfc3339());
    feed.defects.insert(0, Defect { kind: CUT_ITEM, detail });
    waits
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
        let mut last = Vec::new();
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
            assert_eq!(hold_back(&mut feed, &last, now), expected, "{title} after {hours} h");
            assert_eq!(feed.entries.len(), if expected { 1 } else { 2 }, "{title}");
            assert_eq!(feed.defects[0].kind, CUT_ITEM);
            last = DefectCount::summary(&feed.defects);
        }
    }

    #[test]
    fn what_is_whole_or_alone_waits_for_nothing() {
        for (titles, cut) in [(&["一"][..], true), (&[], true), (&["一", "二"], false)] {
            let mut feed = feed(titles, cut);
            assert!(!hold_back(&mut feed, &[], Timestamp(0)));
            assert_eq!((feed.entries.len(), feed.defects.len()), (titles.len(), 0));
        }
    }
}
