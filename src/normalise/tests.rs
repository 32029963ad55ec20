mod content;

use super::*;
use crate::model::{Alike, ParsedDate};

fn items(list: &[(&str, &str, &str)]) -> ParsedFeed {
    let entries = list.iter().map(|(guid, link, title)| ParsedEntry {
        guid: Some((*guid).to_owned()).filter(|g| !g.is_empty()),
        link: Some((*link).to_owned()).filter(|l| !l.is_empty()),
        title: Some((*title).to_owned()),
        ..ParsedEntry::default()
    });
    ParsedFeed { entries: entries.collect(), ..ParsedFeed::default() }
}

fn with_context<T>(rung: u8, act: impl FnOnce(&Context<'_>) -> T) -> T {
    let source = SourceId::new("s");
    let base = Url::parse("http://a.cn/feed/rss.xml").expect("a URL");
    act(&Context {
        source: &source,
        base: Some(&base),
        language: Some("zh-CN"),
        rung,
        zone: Tz::UTC,
    })
}

fn identities(feed: &ParsedFeed, rung: u8) -> Identities {
    with_context(rung, |context| identify(feed, context))
}

fn entries(feed: &ParsedFeed) -> Vec<Entry> {
    with_context(0, |context| {
        let identities = identify(feed, context);
        identities.items.iter().map(|identity| entry(feed, identity, context)).collect()
    })
}

#[test]
fn guids_name_items_until_they_collide() {
    let feed = items(&[("1", "http://a.cn/1", "a"), ("2", "http://a.cn/2", "b")]);
    let first = identities(&feed, 0);
    assert_eq!((first.rung, first.items.len()), (0, 2));
    let colliding = items(&[("1", "http://a.cn/1", "a"), ("1", "http://a.cn/2", "b")]);
    let second = identities(&colliding, 0);
    assert_eq!((second.rung, second.items.len()), (1, 2));
    let worse = items(&[
        ("1", "http://a.cn/all", "a"),
        ("1", "http://a.cn/all", "b"),
        ("1", "http://a.cn/all", "c"),
    ]);
    let third = identities(&worse, 0);
    assert_eq!((third.rung, third.items.len()), (2, 3));
    // The source never moves up again.
    assert_eq!(identities(&feed, 1).rung, 1);
    let ids: Vec<String> = entries(&colliding).iter().map(Entry::public_id).collect();
    assert_ne!(ids[0], ids[1]);
    assert_ne!(identities(&feed, 1).items[0].key, first.items[0].key);
}

#[test]
fn a_site_that_moves_to_https_keeps_its_articles() {
    let keys = |scheme: &str| {
        let link = format!("{scheme}://a.cn/1");
        let feed =
            items(&[("", &link, "a"), (&format!("{link}?p=2"), "", "b"), ("tag:1", &link, "c")]);
        identities(&feed, 0)
            .items
            .iter()
            .map(|item| (item.key, item.mark, item.fingerprint))
            .collect::<Vec<_>>()
    };
    assert_eq!(keys("http"), keys("https"));
}

#[test]
fn two_articles_of_one_guid_without_links_are_both_kept() {
    let found = identities(&items(&[("4", "", "a"), ("4", "", "b")]), 0);
    assert_eq!((found.items.len(), found.rung), (2, 1));
    // With the same link it is one article, before and after an edit.
    let found = identities(&items(&[("4", "http://a.cn/4", "a"), ("4", "http://a.cn/4", "b")]), 0);
    assert_eq!((found.items.len(), found.rung), (1, 0));
}

#[test]
fn two_articles_on_one_link_without_guids_are_both_kept() {
    let mut feed = items(&[
        ("", "http://a.cn/1", "a"),
        ("", "http://a.cn/2", "b"),
        ("", "http://a.cn/2", "c"),
    ]);
    for item in &mut feed.entries {
        item.guid = None;
        item.summary = item.title.clone();
    }
    let found = identities(&feed, 0);
    assert_eq!((found.items.len(), found.rung), (3, 2));
    // The same text under a new title is an edit.
    feed.entries[2].summary = feed.entries[1].summary.clone();
    assert_eq!(identities(&feed, 0).items.len(), 2);
}

#[test]
fn repeats_are_one_item() {
    let repeat = ("1", "http://a.cn/1", "a");
    let found = identities(&items(&[repeat, ("2", "http://a.cn/2", "b"), repeat]), 0);
    assert_eq!((found.rung, found.items.len()), (0, 2));
    let edited =
        items(&[("1", "http://a.cn/1", "a, corrected"), ("1", "http://a.cn/1?utm_source=x", "a")]);
    let found = identities(&edited, 0);
    assert_eq!((found.rung, found.items.len()), (0, 1));
}

/// What a source remembers of a document.
fn remembered(identities: &Identities) -> Vec<Known> {
    identities.items.iter().map(Identity::remembered).collect()
}

#[test]
fn guids_that_change_by_themselves_name_nothing() {
    let again = |feed: &ParsedFeed, known: &[Known]| {
        let past = Past { known, link_polls: 0 };
        with_context(0, |context| identify_again(feed, context, &past))
    };
    let first = items(&[("x1", "http://a.cn/1", "a"), ("x2", "http://a.cn/2", "b")]);
    let known = remembered(&identities(&first, 0));
    let other = items(&[
        ("y0", "http://a.cn/0", "new"),
        ("y1", "http://a.cn/1", "a"),
        ("y2", "http://a.cn/2?utm_source=rss", "b"),
    ]);
    assert_eq!(again(&other, &known).rung, 1);
    // A new item under a new guid, and an old one that was renamed, are nothing special.
    let usual = items(&[
        ("x3", "http://a.cn/3", "a"),
        ("x1", "http://a.cn/1", "a, corrected"),
        ("x2", "http://a.cn/2", "b"),
    ]);
    assert_eq!(again(&usual, &known).rung, 0);
    assert_eq!(again(&usual, &[]).rung, 0);
    // One guid for whatever is the newest.
    let one = remembered(&identities(&items(&[("latest", "http://a.cn/1", "a")]), 0));
    assert_eq!(again(&items(&[("latest", "http://a.cn/2", "b")]), &one).rung, 1);
    assert_eq!(again(&items(&[("latest", "http://a.cn/1", "a, corrected")]), &one).rung, 0);
}

#[test]
fn what_only_tracks_is_part_of_no_name() {
    let with = |query: &str| {
        let address = format!("http://a.cn/1?id=7{query}");
        items(&[(address.as_str(), address.as_str(), "a")])
    };
    let [plain, tracked] = [with(""), with("&utm_source=rss&spm=1.2")];
    let [plain, tracked] = [identities(&plain, 0), identities(&tracked, 0)];
    assert_eq!(plain, tracked);
    assert_ne!(identities(&with("&page=2"), 0).items[0].key, plain.items[0].key);
}

#[test]
fn a_front_page_names_no_article() {
    let mut feed = items(&[("", "http://a.cn", "a"), ("", "/", "b"), ("", "http://a.cn/x/", "c")]);
    feed.link = Some("https://a.cn/x".to_owned());
    let found = identities(&feed, 0);
    assert_eq!((found.rung, found.items.len()), (0, 3));
    assert!(found.items.iter().all(|item| !item.link_is_own));
    let own = items(&[("", "http://a.cn/?p=1", "a"), ("", "b.html", "b"), ("", "/#c", "c")]);
    assert!(identities(&own, 0).items.iter().all(|item| item.link_is_own));
}

#[test]
fn an_alias_is_title_and_date_and_needs_more_to_be_believed() {
    let alike = |list: &[(&str, &str, &str)]| -> Vec<Alike> {
        let entries = entries(&items(list));
        assert!(entries.iter().all(|entry| entry.alias.is_some()));
        entries.iter().map(|entry| entry.alike).collect()
    };
    let own = [("1", "http://a.cn/1", "a"), ("2", "http://a.cn/2", "b")];
    assert_eq!(alike(&own), [Alike::ByBoth; 2]);
    let shared = [("1", "http://a.cn/l", "a"), ("2", "http://a.cn/l", "b")];
    assert_eq!(alike(&shared), [Alike::Never; 2]);
    let mut dated = items(&shared);
    dated.entries[0].published = Some(ParsedDate { at: Timestamp(7), relative: false });
    dated.entries[1].summary = Some("b".to_owned());
    assert!(entries(&dated).iter().all(|entry| entry.alike == Alike::ByText));
    dated.entries[0].link = Some("http://a.cn/1".to_owned());
    assert_eq!(entries(&dated)[0].alike, Alike::ByLink);
    let of = |guid, title| entries(&items(&[(guid, "http://a.cn/1", title)])).remove(0).alias;
    assert_eq!(of("1", "a"), of("2", "a"));
    assert_ne!(of("1", "a"), of("1", "b"));
    assert_eq!(entries(&items(&[("", "", "a")])).remove(0).alias, None);
}

#[test]
fn new_dates_and_comment_counts_are_no_change() {
    let mut feed = items(&[("1", "http://a.cn/1", "a")]);
    let at = |seconds, relative| Some(ParsedDate { at: Timestamp(seconds), relative });
    feed.entries[0].published = at(1_700_000_000, true);
    feed.entries[0].comments = Some(Comments { count: Some(1), ..Comments::default() });
    let before = identities(&feed, 0).items[0];
    feed.entries[0].published = at(1_700_000_900, true);
    feed.entries[0].comments = Some(Comments { count: Some(2), ..Comments::default() });
    assert_eq!(identities(&feed, 0).items[0], before);
    feed.entries[0].published = at(1_700_000_900, false);
    assert_eq!(identities(&feed, 0).items[0].key, before.key);
    assert_eq!(identities(&feed, 0).items[0].fingerprint, before.fingerprint);
    feed.entries[0].title = Some("b".to_owned());
    assert_ne!(identities(&feed, 0).items[0].fingerprint, before.fingerprint);
}
