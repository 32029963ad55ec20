//! What holds of the names of items, whatever the document.

use super::*;
use crate::chance::{Chance, each};
use crate::model::{EntryKey, ParsedDate};
use std::collections::{HashMap, HashSet};

fn context<T>(rung: u8, act: impl FnOnce(&Context<'_>) -> T) -> T {
    let source = SourceId::new("s");
    let base = Url::parse("http://a.cn/feed/rss.xml").expect("a URL");
    act(&Context { source: &source, base: Some(&base), language: None, rung, zone: Tz::UTC })
}

fn named(entries: &[ParsedEntry], rung: u8, known: &[Known]) -> Identities {
    let feed = ParsedFeed { entries: entries.to_vec(), ..ParsedFeed::default() };
    let past = Past { known, link_polls: 0 };
    context(rung, |context| identify_again(&feed, context, &past))
}

fn remembered(named: &Identities) -> Vec<Known> {
    named.items.iter().map(Identity::remembered).collect()
}

/// The keys by the summaries, which are numbers here.
fn keys(entries: &[ParsedEntry], named: &Identities) -> HashMap<String, EntryKey> {
    let number = |id: &Identity| entries[id.index].summary.clone().unwrap_or_default();
    named.items.iter().map(|id| (number(id), id.key)).collect()
}

/// What names the items of a source.
#[derive(Clone, Copy, PartialEq)]
enum By {
    Guid,
    Link,
    Title,
}

/// Items that are told apart by what the source names them by.
fn distinct(chance: &mut Chance, by: By, count: usize) -> Vec<ParsedEntry> {
    let item = |number: usize| {
        let own = format!("http://a.cn/{number}.html?id={number}");
        let link = match by {
            By::Guid if chance.one_in(4) => None,
            By::Title => None,
            _ => Some(own.clone()),
        };
        // What has neither link nor title of its own is taken for an item that came back.
        let title = match link {
            Some(_) => chance.words(),
            None => format!("{} {number}", chance.words()),
        };
        ParsedEntry {
            guid: (by == By::Guid).then(|| match chance.below(3) {
                0 => own.clone(),
                1 => number.to_string(),
                _ => format!("tag:a.cn,2026:{number}"),
            }),
            link,
            title: Some(title),
            summary: Some(number.to_string()),
            content: chance.one_in(2).then(|| format!("<p>{}</p>", chance.words())),
            published: chance.one_in(2).then(|| ParsedDate {
                at: Timestamp(chance.within(1_700_000_000..1_790_000_000)),
                relative: false,
            }),
            ..ParsedEntry::default()
        }
    };
    (0..count).map(item).collect()
}

/// Items that share whatever comes.
fn muddled(chance: &mut Chance) -> Vec<ParsedEntry> {
    let count = chance.below(9);
    let item = |_| {
        let some = |chance: &mut Chance, list: &[&str]| {
            (!chance.one_in(4)).then(|| chance.pick::<&str>(list).to_string())
        };
        ParsedEntry {
            guid: some(chance, &["1", "2", " 2 ", "", "http://a.cn/1", "http://a.cn/1?utm_id=2"]),
            guid_is_link: chance.one_in(2),
            link: some(
                chance,
                &["/1", "http://a.cn/1", "/2?spm=1", "javascript:x", "http://[", ""],
            ),
            title: some(chance, &["a", "b", " a", "", "c"]),
            summary: some(chance, &["x", "y", ""]),
            content: some(chance, &["<p>x</p>", "<p>z</p>"]),
            ..ParsedEntry::default()
        }
    };
    (0..count).map(item).collect()
}

const WAYS: [By; 3] = [By::Guid, By::Link, By::Title];

#[test]
fn the_order_of_a_document_names_nothing() {
    each(600, |chance| {
        let (by, count) = (*chance.pick(&WAYS), chance.below(12));
        let mut entries = distinct(chance, by, count);
        let before = named(&entries, 0, &[]);
        let keys_before = keys(&entries, &before);
        chance.shuffle(&mut entries);
        let after = named(&entries, 0, &remembered(&before));
        assert_eq!((before.rung, after.rung, after.items.len()), (0, 0, count));
        assert_eq!(keys(&entries, &after), keys_before);
        let prints = |named: &Identities| -> HashSet<u64> {
            named.items.iter().map(|id| id.fingerprint).collect()
        };
        assert_eq!(prints(&before), prints(&after));
    });
}

#[test]
fn the_order_of_items_that_collide_decides_nothing() {
    each(4000, |chance| {
        let mut entries = muddled(chance);
        let rung = chance.below(3) as u8;
        let names = |entries: &[ParsedEntry]| -> (u8, HashSet<EntryKey>) {
            let found = named(entries, rung, &[]);
            (found.rung, found.items.iter().map(|id| id.key).collect())
        };
        let before = names(&entries);
        chance.shuffle(&mut entries);
        assert_eq!(names(&entries), before, "{entries:#?}");
    });
}

#[test]
fn what_tracks_readers_names_nothing_and_changes_nothing() {
    each(600, |chance| {
        let (by, count) = (*chance.pick(&WAYS), chance.below(8));
        let plain = distinct(chance, by, count);
        let mut tracked = plain.clone();
        for item in &mut tracked {
            let mark = *chance.pick(&["utm_source=rss", "spm=a.b.c", "utm_medium=x&fbclid=y"]);
            for address in [&mut item.link, &mut item.guid].into_iter().flatten() {
                if address.contains("?id=") {
                    *address = match chance.below(2) {
                        0 => format!("{address}&{mark}"),
                        _ => address.replacen('?', &format!("?{mark}&"), 1),
                    };
                }
            }
        }
        assert_eq!(named(&plain, 0, &[]), named(&tracked, 0, &[]));
    });
}

#[test]
fn old_items_keep_their_names_when_new_ones_come_and_others_go() {
    each(600, |chance| {
        let (by, count) = (*chance.pick(&WAYS), 1 + chance.below(12));
        let all = distinct(chance, by, count);
        let seen = chance.below(count + 1);
        let first = named(&all[..seen], 0, &[]);
        // The newest stand first, and the oldest have left.
        let left = chance.below(seen + 1);
        let mut later: Vec<ParsedEntry> = all[left..].to_vec();
        later.reverse();
        let second = named(&later, first.rung, &remembered(&first));
        assert_eq!((second.rung, second.items.len()), (0, count - left));
        let (before, after) = (keys(&all[..seen], &first), keys(&later, &second));
        for (number, key) in before {
            assert!(after.get(&number).is_none_or(|again| *again == key), "{number}");
        }
    });
}

#[test]
fn an_edit_changes_the_print_and_keeps_the_name() {
    each(600, |chance| {
        let by = *chance.pick(&[By::Guid, By::Link]);
        let entries = distinct(chance, by, 3);
        let before = named(&entries, 0, &[]);
        let mut edited = entries.clone();
        let at = chance.below(3);
        match chance.below(3) {
            0 => edited[at].title = Some("更正".to_owned()),
            1 => edited[at].content = Some("<p>更正</p>".to_owned()),
            _ => edited[at].summary = Some("更正".to_owned()),
        }
        let after = named(&edited, 0, &remembered(&before));
        for (place, (old, new)) in before.items.iter().zip(&after.items).enumerate() {
            assert_eq!(old.key, new.key);
            assert_eq!(old.fingerprint == new.fingerprint, place != at);
        }
    });
}

#[test]
fn names_are_unique_and_a_source_never_moves_up() {
    each(4000, |chance| {
        let (entries, rung) = (muddled(chance), chance.below(4) as u8);
        let found = named(&entries, rung, &[]);
        assert!(found.rung >= rung.min(2) && found.rung <= 2);
        let unique: HashSet<EntryKey> = found.items.iter().map(|id| id.key).collect();
        assert_eq!(unique.len(), found.items.len());
        assert_eq!(found.items.is_empty(), entries.is_empty());
        assert!(found.items.windows(2).all(|pair| pair[0].index < pair[1].index));
        // Polled again, it says nothing new.
        let again = named(&entries, found.rung, &remembered(&found));
        assert_eq!((again.rung, keys(&entries, &again)), (found.rung, keys(&entries, &found)));
        assert!(again.items.iter().all(|id| id.was.is_none()));

        let feed = ParsedFeed { entries: entries.clone(), ..ParsedFeed::default() };
        context(found.rung, |context| {
            for id in &found.items {
                let entry = entry(&feed, id, context);
                assert!(found.rung == 0 || entry.guid.is_none(), "a void guid is published");
                assert!(entry.link.as_deref().is_none_or(|link| link.starts_with("http")));
            }
        });
    });
}

#[test]
fn colliding_names_lead_down_the_ladder() {
    each(600, |chance| {
        let count = 3 + chance.below(6);
        let mut entries = distinct(chance, By::Link, count);
        for (number, item) in entries.iter_mut().enumerate() {
            item.title = Some(format!("{} {number}", chance.words()));
        }
        for item in &mut entries {
            item.guid = Some("latest".to_owned());
        }
        let by_link = named(&entries, 0, &[]);
        assert_eq!((by_link.rung, by_link.items.len()), (1, count), "one guid, many links");
        for item in &mut entries {
            item.link = Some("http://a.cn/all".to_owned());
        }
        let by_title = named(&entries, 0, &[]);
        assert_eq!((by_title.rung, by_title.items.len()), (2, count), "one guid, one link");
        let mut twice = entries.clone();
        twice.extend(entries.iter().cloned());
        assert_eq!(keys(&twice, &named(&twice, 0, &[])), keys(&entries, &by_title));
    });
}
