//! Every format in, each entry once in each of its channels, in every format out; and
//! nothing else over a second poll, a change and a restart.

use crate::support::daemon::Daemon;
use crate::support::documents::{FORMS, Form, News};
use crate::support::formats::{Filed, Wire, snapshot, with_validators};
use crate::support::home::{Home, Settings};
use crate::support::origin::{Document, Origin};
use crate::support::published::{self, FORMATS, Item};
use chrono::TimeDelta;
use std::collections::{BTreeMap, BTreeSet};

/// # Panics
/// Naming the first document that differs.
#[track_caller]
fn assert_same(
    before: &BTreeMap<String, (String, String)>,
    after: &BTreeMap<String, (String, String)>,
) {
    for (path, (etag, body)) in before {
        let (other_etag, other_body) = &after[path];
        assert_eq!(etag, other_etag, "the ETag of {path} has changed");
        assert_eq!(body, other_body, "the bytes of {path} have changed");
    }
}

#[test]
fn each_entry_of_each_format_is_exactly_once_in_each_of_its_channels() {
    let wire = Wire::filled();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for (channel, expected) in wire.expected() {
        let mut first: Option<Vec<Item>> = None;
        for format in FORMATS {
            let path = format!("{channel}{format}");
            let feed = published::feed(&wire.daemon, &path);
            let mut titles = feed.titles();
            titles.sort_unstable();
            assert_eq!(titles, expected.iter().collect::<Vec<_>>(), "{path}");
            for item in &feed.items {
                let id = ids.entry(item.title.clone()).or_insert_with(|| item.id.clone());
                assert_eq!(*id, item.id, "{} has two ids", item.title);
            }
            match &first {
                None => first = Some(feed.items),
                Some(first) => assert_eq!(*first, feed.items, "{path} says something else"),
            }
        }
    }
    let distinct: BTreeSet<&String> = ids.values().collect();
    assert_eq!(distinct.len(), ids.len(), "an id is used twice");
}

#[test]
fn published_items_say_what_the_publisher_said() {
    let wire = Wire::filled();
    for form in FORMS {
        let feed = published::feed(&wire.daemon, &format!("/s/{}.atom", form.id()));
        for Filed { news, .. } in &wire.filed[form.id()] {
            let item = feed.item(&news.title);
            assert_eq!(item.link, news.link());
            match news.iri(form) {
                Some(iri) => assert_eq!(item.id, iri),
                None => assert_ne!(item.id, ""),
            }
            let dated = !matches!(form, Form::Rss091 | Form::Rss092);
            if dated {
                assert_eq!(item.published, news.published, "{} {form:?}", news.title);
            }
            let document = wire.daemon.document(&format!("/s/{}.json", form.id()));
            assert!(document.text().contains(&news.text), "{form:?} has lost its text");
        }
    }
}

#[test]
fn a_second_poll_sends_the_validators_back_byte_for_byte_and_changes_nothing() {
    let wire = Wire::filled();
    let before = snapshot(&wire.daemon);
    for form in FORMS {
        let polled = wire.daemon.poll(form.id());
        assert_eq!(polled["outcome"], "not_modified", "{polled}");
        let asked = wire.origin.asked(&format!("/{}", form.id()));
        let [first, second] = asked.as_slice() else { panic!("{} requests", asked.len()) };
        assert_eq!(first.header("if-none-match"), None);
        assert_eq!(first.header("if-modified-since"), None);
        let sent = with_validators(form, Document::default());
        assert_eq!(second.header("if-none-match"), sent.etag.as_deref(), "{form:?}");
        assert_eq!(second.header("if-modified-since"), sent.last_modified.as_deref(), "{form:?}");
    }
    assert_same(&before, &snapshot(&wire.daemon));
}

#[test]
fn the_same_items_in_a_new_document_change_nothing() {
    let wire = Wire::filled();
    let before = snapshot(&wire.daemon);
    for form in FORMS {
        let news: Vec<News> = wire.filed[form.id()].iter().rev().map(|f| f.news.clone()).collect();
        wire.origin.set(&format!("/{}", form.id()), form.document(&news).etag("\"again\""));
        let polled = wire.daemon.poll(form.id());
        assert_eq!(polled["outcome"], "fetched");
        assert_eq!((&polled["entries_new"], &polled["entries_changed"]), (&0.into(), &0.into()));
    }
    assert_same(&before, &snapshot(&wire.daemon));
}

#[test]
fn a_changed_item_keeps_its_id_and_is_shown_once_with_its_revision() {
    let wire = Wire::filled();
    for form in FORMS {
        let id = form.id();
        let path = format!("/s/{id}.json");
        let old = &wire.filed[id][0].news;
        let before = published::feed(&wire.daemon, &path).item(&old.title).clone();
        let mut news: Vec<News> = wire.filed[id].iter().map(|filed| filed.news.clone()).collect();
        news[0].title.push_str("（更正）");
        news[0].text.push_str("更正：人数为十二。");
        news[0].updated += TimeDelta::minutes(10);
        wire.origin.set(&format!("/{id}"), form.document(&news).etag("\"changed\""));

        let polled = wire.daemon.poll(id);
        assert_eq!(
            (&polled["entries_new"], &polled["entries_changed"]),
            (&0.into(), &1.into()),
            "{form:?}: {polled}"
        );
        for format in FORMATS {
            let feed = published::feed(&wire.daemon, &format!("/s/{id}{format}"));
            assert_eq!(feed.items.len(), news.len(), "{form:?} {format}: {:?}", feed.titles());
            let after = feed.item(&news[0].title);
            assert_eq!(after.id, before.id, "{form:?} {format}");
            assert_eq!(after.published, before.published, "{form:?} {format}");
            assert!(after.updated >= before.updated, "{form:?} {format}");
            if matches!(form, Form::Atom03 | Form::Atom10 | Form::Json11) {
                assert!(after.updated > before.updated, "{form:?} {format}: updated must move");
            }
        }
        let feed = wire.daemon.document(&path).json();
        let items = feed["items"].as_array().expect("items");
        let revision_of = |title: &str| {
            let item = items.iter().find(|item| item["title"] == title).expect("shown");
            item["_countywire"]["revision"].clone()
        };
        assert_eq!(revision_of(&news[0].title), 1, "{form:?}");
        assert_eq!(revision_of(&news[1].title), 0, "{form:?}");
    }
    let all = published::whole(&wire.daemon, "/index.atom");
    let count: usize = wire.filed.values().map(Vec::len).sum();
    assert_eq!(all.len(), count, "a changed item must not come a second time");
}

#[test]
fn an_item_that_changes_its_place_leaves_the_old_channels_for_the_new() {
    let wire = Wire::filled();
    let mut news: Vec<News> = wire.filed["rss20"].iter().map(|filed| filed.news.clone()).collect();
    news[0].title = "礼泉县来稿甲".to_owned();
    wire.origin.set("/rss20", Form::Rss20.document(&news).etag("\"moved\""));
    assert_eq!(wire.daemon.poll("rss20")["entries_changed"], 1);
    let titles = |channel: &str| {
        let feed = published::feed(&wire.daemon, &format!("/r/shaanxi/xianyang{channel}.rss"));
        feed.items.into_iter().map(|item| item.title).collect::<Vec<_>>()
    };
    assert_eq!(titles("/liquan"), ["礼泉县来稿甲"]);
    assert_eq!(titles("/sanyuan"), [""; 0]);
    assert_eq!(titles("").iter().filter(|title| *title == "礼泉县来稿甲").count(), 1);
}

#[test]
fn a_restart_brings_nothing_new_and_the_same_bytes_and_etags() {
    let wire = Wire::filled();
    let before = snapshot(&wire.daemon);
    let asked = wire.origin.count();
    wire.daemon.stop();
    let daemon = Daemon::start(&wire.home);
    assert_same(&before, &snapshot(&daemon));
    assert_eq!(wire.origin.count(), asked, "a restart must not poll early");
    daemon.stop();
}

#[test]
fn only_the_newest_entries_of_a_new_source_go_to_the_merged_channels() {
    let origin = Origin::start();
    let news: Vec<News> =
        (1..=25).map(|n| News::new("backlog", n, &format!("旧闻{n}"), n as i64)).collect();
    origin.set("/feed", Form::Atom10.document(&news));
    let settings = Settings::new().poll("first_poll_entries = 5").source(
        "backlog",
        &origin.url("/feed"),
        "region = \"shaanxi/xianyang\"\n",
    );
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    assert_eq!(daemon.poll("backlog")["entries_new"], 25);
    let newest: Vec<&str> = news[..5].iter().map(|news| news.title.as_str()).collect();
    for channel in ["/index.json", "/r/shaanxi.json", "/r/shaanxi/xianyang.json"] {
        assert_eq!(published::feed(&daemon, channel).titles(), newest, "{channel}");
    }
    assert_eq!(published::feed(&daemon, "/s/backlog.json").items.len(), 25);
}

#[test]
fn a_reprint_is_shown_once_and_both_editions_on_demand() {
    let origin = Origin::start();
    let body = "兴平市农业农村局昨日公布，今年全市秋粮播种面积四十一万亩，总产量三十二万吨，创历史新高，农户增收。";
    let mut settings = Settings::new();
    for (id, form) in [("first", Form::Rss20), ("second", Form::Json11)] {
        let outlet = if id == "first" { "first" } else { "second" };
        let mut news = vec![News::new(outlet, 1, &format!("秋粮丰收，{outlet}"), 2)];
        news[0].text = body.to_owned();
        news.push(News::new(outlet, 2, &format!("另一则{outlet}"), 1));
        origin.set(&format!("/{id}"), form.document(&news));
        let lines = "region = \"shaanxi/xianyang/xingping\"\n";
        settings = settings.source(id, &origin.url(&format!("/{id}")), lines);
    }
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    daemon.poll("first");
    daemon.poll("second");
    let sorted = |path: &str| {
        let mut titles: Vec<String> =
            published::feed(&daemon, path).items.into_iter().map(|item| item.title).collect();
        titles.sort_unstable();
        titles
    };
    for format in FORMATS {
        let path = format!("/r/shaanxi/xianyang/xingping{format}");
        assert_eq!(sorted(&path), ["另一则first", "另一则second", "秋粮丰收，first"], "{format}");
        let all = sorted(&format!("{path}?editions=all"));
        assert_eq!(
            all,
            ["另一则first", "另一则second", "秋粮丰收，first", "秋粮丰收，second"],
            "{format}"
        );
        // A source's own feed is whole.
        assert_eq!(sorted(&format!("/s/second{format}")), ["另一则second", "秋粮丰收，second"]);
    }
}

#[test]
fn a_traditional_reprint_joins_the_first_print_and_its_headline_goes_to_its_county() {
    let origin = Origin::start();
    let mut settings = Settings::new();
    for (id, title, body) in [
        (
            "first",
            "兴平市秋粮丰收",
            "兴平市农业农村局昨日公布，今年全市秋粮播种面积四十一万亩，总产量三十二万吨，创历史新高，农户增收。",
        ),
        (
            "second",
            "陝西興平市秋糧豐收",
            "興平市農業農村局昨日公布，今年全市秋糧播種面積四十一萬畝，總產量三十二萬噸，創歷史新高，農戶增收。",
        ),
    ] {
        let mut news = vec![News::new(id, 1, title, 2)];
        news[0].text = body.to_owned();
        news.push(News::new(id, 2, &format!("興平另一則{id}"), 1));
        origin.set(&format!("/{id}"), Form::Rss20.document(&news));
        settings = settings.source(id, &origin.url(&format!("/{id}")), "");
    }
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    daemon.poll("first");
    daemon.poll("second");
    let titles = |path: &str| published::feed(&daemon, path).titles().len();
    let county = "/r/shaanxi/xianyang/xingping.json";
    let shown = published::feed(&daemon, county);
    shown.item("兴平市秋粮丰收");
    shown.item("興平另一則second");
    assert_eq!((shown.items.len(), titles(&format!("{county}?editions=all"))), (3, 4));
    // What is shown stays as it was printed.
    published::feed(&daemon, "/s/second.json").item("陝西興平市秋糧豐收");
}
