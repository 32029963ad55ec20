//! Habits of publishers that lost articles once, or doubled them.

use super::naming_tests::{Item, Polled, Wire, item};

const HOUR: i64 = 3600;
/// Of all items here, less an hour for each number.
const OLDEST: i64 = 900_000;
const LIST: &str = "http://a.cn/n";

fn age(number: usize) -> Option<i64> {
    Some(OLDEST - HOUR * number as i64)
}

fn text(number: usize) -> Option<String> {
    Some(format!("正文{number}"))
}

/// An article with everything of its own.
fn own(number: usize) -> Item {
    let link = format!("http://a.cn/{number}.html");
    Item { age: age(number), text: text(number), ..item("", &link, &format!("消息{number}")) }
}

/// Polls a window of eight items, three of them new at each poll.
fn slides(wire: &mut Wire, source: &mut Polled, at: impl Fn(usize, usize) -> Item) {
    for poll in 0..7 {
        let newest = 8 + 3 * poll;
        let items: Vec<Item> = (newest - 8..newest).rev().map(|n| at(poll, n)).collect();
        wire.poll(source, &items);
        assert_eq!(source.state.entries, newest as u64, "poll {poll}: {items:#?}");
    }
    let mut titles = wire.texts(source);
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), 26);
}

/// Polls the documents; after each, so many entries are stored.
fn counts(wire: &mut Wire, id: &str, documents: &[Vec<Item>], expected: &[u64]) {
    let mut source = wire.source(id);
    let mut found = Vec::new();
    for items in documents {
        wire.poll(&mut source, items);
        found.push(source.state.entries);
    }
    assert_eq!(found, expected, "{id}");
}

#[test]
fn one_title_and_one_link_are_those_of_many_articles() {
    let mut wire = Wire::new();
    let weather = |number: usize| Item {
        age: age(24 * number),
        text: text(number),
        ..item("", LIST, "天气")
    };
    counts(&mut wire, "two", &[vec![weather(2), weather(1)]], &[2]);
    let undated = |number: usize| Item { age: None, ..weather(number) };
    counts(&mut wire, "undated", &[vec![undated(2), undated(1)]], &[2]);
    // The same article, dated anew or in another list.
    let again = Item { age: age(30), ..weather(1) };
    counts(&mut wire, "again", &[vec![again, weather(1)]], &[1]);
    let other = Item { text: Some("另一个摘要".to_owned()), ..own(1) };
    counts(&mut wire, "excerpts", &[vec![own(2), other, own(1)]], &[2]);

    let mut source = wire.source("column");
    slides(&mut wire, &mut source, |_, n| match n % 3 {
        0 => weather(n),
        _ => own(n),
    });
    for (id, title, guid) in
        [("all", "天气", ""), ("untitled", "", ""), ("id", "", "x"), ("id-title", "天气", "x")]
    {
        for (kind, age) in
            [("dated", age as fn(usize) -> _), ("day", |_| age(0)), ("none", |_| None)]
        {
            let mut source = wire.source(&format!("{id}-{kind}"));
            let at = |n: usize| Item { age: age(n), text: text(n), ..item(guid, LIST, title) };
            slides(&mut wire, &mut source, |_, n| at(n));
            let unlinked = |n: usize| Item { link: None, ..at(n) };
            let mut source = wire.source(&format!("{id}-{kind}-unlinked"));
            slides(&mut wire, &mut source, |_, n| unlinked(n));
            // What is alone in a document stays what it was.
            assert_eq!(wire.poll(&mut source, &[unlinked(25)]), (0, 0), "{id}-{kind}");
            assert_eq!(wire.poll(&mut source, &[unlinked(26), unlinked(25)]), (1, 0));
        }
    }
}

#[test]
fn a_guid_per_request_under_one_link_and_title_loses_nothing() {
    let mut wire = Wire::new();
    for (id, title, link) in [("title", "快讯", LIST), ("none", "", LIST), ("unlinked", "快讯", "")]
    {
        for (kind, age) in
            [("dated", age as fn(usize) -> _), ("day", |_| age(0)), ("none", |_| None)]
        {
            let mut source = wire.source(&format!("{id}-{kind}"));
            slides(&mut wire, &mut source, |poll, n| Item {
                age: age(n),
                text: text(n),
                ..item(&format!("{poll}-{n}"), link, title)
            });
        }
    }
}

#[test]
fn dates_that_move_make_no_articles() {
    let mut wire = Wire::new();
    let moved =
        |poll: usize, item: Item| Item { age: item.age.map(|a| a - HOUR * poll as i64), ..item };
    let guid = |poll: usize, n: usize| Some(format!("{poll}-{n}"));
    let document = |at: &dyn Fn(usize) -> Item| -> Vec<Item> { (1..=3).map(at).collect() };
    let polls = |at: &dyn Fn(usize, usize) -> Item| -> Vec<Vec<Item>> {
        (0..4).map(|poll| document(&|n| moved(poll, at(poll, n)))).collect()
    };
    let per_request = |poll, n| Item { guid: guid(poll, n), ..own(n) };
    counts(&mut wire, "request", &polls(&per_request), &[3; 4]);
    let bare = |poll, n| Item { text: None, ..per_request(poll, n) };
    counts(&mut wire, "request-bare", &polls(&bare), &[3; 4]);
    let built = |poll, n| Item { age: Some(7200 + 200_000), ..per_request(poll, n) };
    counts(&mut wire, "built", &polls(&built), &[3; 4]);
    let listed = |_, n| Item { link: Some(LIST.to_owned()), ..own(n) };
    counts(&mut wire, "list", &polls(&listed), &[3; 4]);
    let both = |poll, n| Item { guid: guid(poll, n), ..listed(poll, n) };
    counts(&mut wire, "list-request", &polls(&both), &[3; 4]);
    // One of them, under one link.
    let plain = || document(&|n| listed(0, n));
    let with = |change: &dyn Fn(&mut Item)| {
        let mut items = plain();
        change(&mut items[1]);
        [plain(), items, plain()]
    };
    counts(&mut wire, "redated", &with(&|item| item.age = Some(OLDEST)), &[3; 3]);
    counts(&mut wire, "undated", &with(&|item| item.age = None), &[3; 3]);
    counts(&mut wire, "retitled", &with(&|item| item.title.push_str("（更正）")), &[3; 3]);
    // A day later it is another of its kind.
    let next_day = |item: &mut Item| item.age = Some(OLDEST - 26 * HOUR);
    assert_eq!(with(&next_day)[1][1].title, "消息2");
    counts(&mut wire, "next-day", &with(&next_day), &[3, 4, 4]);
}

#[test]
fn an_item_listed_twice_under_other_guids_is_one() {
    let mut wire = Wire::new();
    let twice = |poll: usize, at: &dyn Fn(usize) -> Item| -> Vec<Item> {
        let named = |k: usize| Item { guid: Some(format!("{poll}-{k}")), ..at(k / 2 + 1) };
        (0..6).map(named).collect()
    };
    let undated = |n: usize| Item { age: None, ..own(n) };
    let bare = |n: usize| Item { text: None, ..own(n) };
    let shapes: [(&str, &dyn Fn(usize) -> Item); 3] =
        [("whole", &own), ("undated", &undated), ("bare", &bare)];
    for (id, at) in shapes {
        let documents: Vec<_> = (0..3).map(|poll| twice(poll, at)).collect();
        counts(&mut wire, id, &documents, &[3; 3]);
    }
    // Guids of their own, and nothing else.
    let alerts = |_: usize| Item { text: text(0), ..item("", LIST, "快讯") };
    let mut documents = vec![twice(0, &alerts)];
    documents[0].push(Item { text: text(1), ..item("9", LIST, "通知") });
    counts(&mut wire, "alerts", &documents, &[7]);
}

#[test]
fn a_corrected_address_is_that_of_the_same_article() {
    let mut wire = Wire::new();
    for (id, permalink) in [("link", false), ("guid", true)] {
        let with = |slug: &str| -> Vec<Item> {
            let mut items: Vec<Item> = (1..=3).map(own).collect();
            items[1].link = Some(format!("http://a.cn/{slug}.html"));
            for item in items.iter_mut().filter(|_| permalink) {
                item.guid = item.link.clone();
            }
            items
        };
        counts(&mut wire, id, &[with("bridg"), with("bridge"), with("bridge")], &[3; 3]);
    }
    // Another article of that title, date and text, whose like is still there, is one.
    let notice =
        |n: usize| Item { age: age(0), text: text(0), title: "通知".to_owned(), ..own(n) };
    let documents = [vec![notice(1), own(9)], vec![notice(2), notice(1), own(9)]];
    counts(&mut wire, "notices", &documents, &[2, 3]);
}

#[test]
fn hosts_that_take_turns_rename_nothing() {
    let mut wire = Wire::new();
    let bare = |poll: usize, n: usize| {
        let host = (n + poll * (n % 3)) % 3;
        let link = Some(format!("http://cdn{host}.a.cn/a/{n}"));
        Item { link, text: None, ..own(n) }
    };
    let document = |poll: usize| (poll..poll + 6).map(|n| bare(poll, n)).collect();
    let documents: Vec<Vec<Item>> = (0..5).map(document).collect();
    counts(&mut wire, "bare", &documents, &[6, 7, 8, 9, 10]);
    // A single one may be another notice of that day.
    let notice = |n: usize| Item { age: age(0), text: None, title: "通知".to_owned(), ..own(n) };
    let documents = [vec![notice(1), own(9)], vec![notice(2), own(9)]];
    counts(&mut wire, "notices", &documents, &[2, 3]);
    let mut source = wire.source("cdn");
    slides(&mut wire, &mut source, |poll, n| {
        let host = (n * 7 + poll * (n % 3)) % 4;
        Item { link: Some(format!("http://cdn{host}.a.cn/a/{n}")), ..own(n) }
    });
}

#[test]
fn titles_are_compared_as_they_are_shown() {
    let mut wire = Wire::new();
    let titled = |title: &str, date: Option<i64>| {
        vec![
            Item { age: date, ..item("", LIST, title) },
            item("", LIST, "别的"),
            item("", LIST, "又"),
        ]
    };
    for (id, date) in [("dated", age(5)), ("undated", None)] {
        let documents = ["甲 & co", "甲 &amp; co", "甲 &amp;amp; co", "甲 <b>&amp;</b> co"]
            .map(|t| titled(t, date));
        counts(&mut wire, id, &documents, &[3; 4]);
    }
    let seconds = [OLDEST - 37, OLDEST, OLDEST - 37].map(|age| titled("甲", Some(age)));
    counts(&mut wire, "seconds", &seconds, &[3; 3]);
    let texts = [OLDEST - 37, OLDEST + 8 * HOUR].map(|age| {
        let mut items = titled("甲", Some(age));
        items[0].text = text(1);
        items
    });
    counts(&mut wire, "day", &texts, &[3; 2]);
}
