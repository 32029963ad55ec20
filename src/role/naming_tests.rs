//! Sources that name their items badly, over several polls and down to the store: each
//! article is one entry, and no two are the same.

use super::{Live, digest};
use crate::config;
use crate::model::report::REPORT_VERSION;
use crate::model::{Entry, Outcome, PollFacts, Report, Source, SourceState, Timestamp};
use crate::parse::Document;
use crate::store::{Applied, Numbered, Settings, Store};
use std::fmt::Write;
use std::sync::Arc;
use tempfile::TempDir;
use url::Url;

/// 2026-11-24T08:00:00Z
const NOW: i64 = 1_795_507_200;

/// An item as a publisher writes it.
#[derive(Debug, Clone, Default)]
pub struct Item {
    pub title: String,
    pub guid: Option<String>,
    pub link: Option<String>,
    /// Seconds before `NOW`.
    pub age: Option<i64>,
    pub text: Option<String>,
}

pub fn item(guid: &str, link: &str, title: &str) -> Item {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Item { title: title.to_owned(), guid: some(guid), link: some(link), ..Item::default() }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn document(items: &[Item]) -> String {
    let mut text = "<rss version=\"2.0\"><channel><title>t</title>".to_owned();
    for item in items {
        write!(text, "<item><title>{}</title>", escaped(&item.title)).expect("a string");
        let guid = item.guid.as_ref().map(|g| ("guid isPermaLink=\"false\"", "guid", escaped(g)));
        let link = item.link.as_ref().map(|link| ("link", "link", escaped(link)));
        let words = item.text.as_ref().map(|t| ("description", "description", escaped(t)));
        let date = item.age.map(|age| ("pubDate", "pubDate", Timestamp(NOW - age).rfc3339()));
        for (open, close, value) in [guid, link, words, date].into_iter().flatten() {
            write!(text, "<{open}>{value}</{close}>").expect("a string");
        }
        text.push_str("</item>");
    }
    text + "</channel></rss>"
}

/// A store, and sources that are polled into it.
pub struct Wire {
    _folder: TempDir,
    store: Store,
    live: Live,
    sequence: u64,
}

/// A source with its state; its polls come from the test.
pub struct Polled {
    source: Source,
    pub state: SourceState,
}

impl Wire {
    pub fn new() -> Wire {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store");
        let settings = Settings {
            path,
            cache_bytes: 1 << 20,
            new_epoch: 7,
            segment_bytes: Settings::SEGMENT_BYTES,
        };
        let store = Store::open(&settings, &mut |_| {}).expect("a new store opens");
        let text = "[[source]]\nid = \"a\"\ntitle = \"a\"\nurl = \"http://a.cn/rss.xml\"\n";
        let config = config::parse("feeds.toml", text, Timestamp(NOW)).expect("a config");
        Wire { _folder: folder, store, live: Live::new(config), sequence: 0 }
    }

    pub fn source(&self, id: &str) -> Polled {
        let source = self.live.config.sources[0].clone();
        let source = Source { id: crate::model::SourceId::new(id), ..source };
        Polled { source, state: SourceState::default() }
    }

    /// Polls a source that offers these items; returns new and changed entries.
    pub fn poll(&mut self, polled: &mut Polled, items: &[Item]) -> (u32, u32) {
        let Polled { source, state } = polled;
        self.sequence += 1;
        // Dates stay behind the polls.
        let polled_at = Timestamp(NOW + 1800 * self.sequence as i64);
        let (bytes, url) = (document(items), Url::parse("http://a.cn/rss.xml").expect("a URL"));
        let document = Document { bytes: bytes.as_bytes(), content_type: None, url: Some(&url) };
        let found = digest(&self.live, source, state, &document, false, polled_at).expect("a feed");
        found.settle(state);
        state.poll_number += 1;
        state.last_success_at = Some(polled_at);
        let report = Report {
            v: REPORT_VERSION,
            source: source.id.clone(),
            polled_at,
            outcome: Outcome::Fetched { items: found.items as u32, defects: 0 },
            entries: found.entries,
            state: state.clone(),
            first_poll_entries: 10,
            facts: PollFacts::default(),
        };
        let report = report.to_bytes();
        let numbered = Numbered {
            sequence: self.sequence,
            recorded_at: polled_at,
            report: &report,
            prepared: None,
        };
        let applied =
            self.store.commit(&[numbered], &mut crate::story::ByText).expect("committed").remove(0);
        let Applied::Kept { entries_new, entries_changed } = applied else {
            panic!("{applied:?}");
        };
        state.entries += u64::from(entries_new);
        (entries_new, entries_changed)
    }

    /// Titles of all entries of a source, in the order of their arrival.
    pub fn titles(&self, polled: &Polled) -> Vec<String> {
        self.entries(polled, |entry| entry.title)
    }

    /// And their texts.
    pub fn texts(&self, polled: &Polled) -> Vec<String> {
        self.entries(polled, |entry| entry.summary)
    }

    fn entries(&self, polled: &Polled, of: impl Fn(Entry) -> String) -> Vec<String> {
        let all = self.store.reader();
        let all = all.entries_after(crate::model::EntryNo(0)).map(|entry| entry.expect("read"));
        let own = all.filter(|stored| stored.source == polled.source.id);
        own.map(|stored| of(Arc::unwrap_or_clone(stored.entry))).collect()
    }
}

fn defects(polled: &Polled) -> Vec<&str> {
    polled.state.defects.iter().map(|defect| defect.kind.as_str()).collect()
}

/// Polls a source; what was new and changed at each poll.
fn polls(wire: &mut Wire, source: &mut Polled, documents: &[Vec<Item>]) -> Vec<(u32, u32)> {
    documents.iter().map(|items| wire.poll(source, items)).collect()
}

#[test]
fn a_guid_per_request_and_one_link_for_all_give_each_article_once() {
    let mut wire = Wire::new();
    for (dated, link) in [(true, "http://a.cn/"), (true, "http://a.cn/l"), (false, "http://a.cn/l")]
    {
        let mut source = wire.source(&format!("one-link-{dated}-{}", link.len()));
        let at = |poll: usize, number: usize| Item {
            age: dated.then_some(900_000 - 3600 * number as i64),
            text: Some(format!("正文{number}")),
            ..item(&format!("{poll}-{number}"), link, &format!("消息{number}"))
        };
        let of = |poll, numbers: &[usize]| numbers.iter().map(|n| at(poll, *n)).collect();
        let documents = [of(1, &[1, 2, 3]), of(2, &[3, 2, 1]), of(3, &[2, 3, 4]), of(4, &[5, 4])];
        assert_eq!(polls(&mut wire, &mut source, &documents), [(3, 0), (0, 0), (1, 0), (1, 0)]);
        // An edit of the text is one.
        let mut edited: Vec<Item> = of(5, &[5, 4]);
        edited[0].text = Some("更正".to_owned());
        assert_eq!(wire.poll(&mut source, &edited), (0, 1));
    }
}

#[test]
fn two_articles_of_one_title_without_dates_are_both_kept() {
    let mut wire = Wire::new();
    let mut source = wire.source("weather");
    let weather = |guid: &str, text: &str| Item {
        text: Some(text.to_owned()),
        ..item(guid, "http://a.cn/", "天气预报")
    };
    let other = |poll: usize| item(&format!("{poll}-9"), "http://a.cn/", "别的");
    let documents = [
        vec![weather("1-1", "晴"), weather("1-2", "雨"), other(1)],
        vec![weather("2-1", "雨"), weather("2-2", "晴"), other(2)],
        vec![weather("3-2", "晴"), other(3)],
        vec![weather("4-1", "雪"), weather("4-2", "晴"), other(4)],
    ];
    assert_eq!(polls(&mut wire, &mut source, &documents), [(3, 0), (0, 0), (0, 0), (1, 0)]);
    let mut source = wire.source("weather-by-guid");
    let documents = [vec![weather("1", "晴")], vec![other(0)], vec![weather("2", "晴转雨")]];
    assert_eq!(polls(&mut wire, &mut source, &documents), [(1, 0), (1, 0), (1, 0)]);
    assert_eq!(source.state.rung, 0);
}

#[test]
fn known_sessions_in_guids_and_links_add_nothing() {
    let mut wire = Wire::new();
    let hash = |poll: usize| format!("{poll:032x}");
    let address = |form: &str, poll: usize, n: usize| match form {
        "php" => format!("http://a.cn/{n}.html?PHPSESSID=s{poll}"),
        "java" => format!("http://a.cn/{n}.jsp;jsessionid=S{poll}.x?id={n}"),
        "sid" => format!("http://a.cn/v.php?id={n}&sid={}", hash(poll)),
        _ => format!("http://a.cn/(S(x{poll}y))/{n}.aspx"),
    };
    for id in ["php", "java", "sid", "asp"] {
        let mut source = wire.source(id);
        for poll in 1..=4 {
            let named = |n: usize| {
                let address = address(id, poll, n);
                item(&address, &address, &format!("消息{n}"))
            };
            let items: Vec<Item> = (1..=3).map(named).collect();
            let expected = if poll == 1 { (3, 0) } else { (0, 0) };
            assert_eq!(wire.poll(&mut source, &items), expected, "{id} at poll {poll}");
        }
        assert_eq!((source.state.rung, source.state.link_polls), (0, 0));
    }
}

#[test]
fn unknown_sessions_are_noticed_and_add_nothing() {
    let mut wire = Wire::new();
    for (id, own_guids, dated, items) in [
        ("all", false, true, 3),
        ("undated", false, false, 3),
        ("single", false, true, 1),
        ("guids", true, true, 3),
    ] {
        let mut source = wire.source(&format!("session-{id}"));
        let named = |poll: usize, n: usize| {
            let link = format!("http://a.cn/{n}.html?visit=v{poll}");
            let guid = if own_guids { n.to_string() } else { link.clone() };
            let age = dated.then_some(900_000 - 3600 * n as i64);
            let text = Some(format!("正文{n}"));
            Item { age, text, ..item(&guid, &link, &format!("消息{n}")) }
        };
        let document =
            |poll, count: usize| -> Vec<Item> { (1..=count).map(|n| named(poll, n)).collect() };
        let count = u32::try_from(items).expect("a few");
        assert_eq!(wire.poll(&mut source, &document(1, items)), (count, 0), "{id}");
        assert!(defects(&source).is_empty());
        // The new link is shown.
        assert_eq!(wire.poll(&mut source, &document(2, items)), (0, count), "{id}");
        assert_eq!(defects(&source), ["links-follow-polls"], "{id}");
        assert_eq!(wire.poll(&mut source, &document(3, items)), (0, 0), "{id}");
        assert_eq!(wire.poll(&mut source, &document(4, items + 1)), (1, 0), "{id}");
        assert_eq!(wire.poll(&mut source, &document(5, items + 1)), (0, 0), "{id}");
        assert_eq!(defects(&source), ["links-follow-polls"], "{id}");
        assert_eq!(source.state.rung, if own_guids { 0 } else { 1 }, "{id}");
    }
}

#[test]
fn a_site_that_moves_its_pages_once_is_believed_afterwards() {
    let mut wire = Wire::new();
    let mut source = wire.source("moves");
    let at = |site: &str, n: usize| Item {
        age: Some(900_000 - 3600 * n as i64),
        ..item("", &format!("http://{site}/{n}.html"), &format!("消息{n}"))
    };
    let of = |site: &str, numbers: std::ops::Range<usize>| numbers.map(|n| at(site, n)).collect();
    let documents =
        [of("a.cn", 1..4), of("b.cn", 1..4), of("b.cn", 1..4), of("b.cn", 2..5), of("c.cn", 2..5)];
    let expected = [(3, 0), (0, 3), (0, 0), (1, 0), (0, 3)];
    assert_eq!(polls(&mut wire, &mut source, &documents), expected);
    assert_eq!((source.state.rung, source.state.link_polls), (0, 1));
}

#[test]
fn a_guid_per_request_and_an_edited_title_are_the_same_entry() {
    let mut wire = Wire::new();
    let mut source = wire.source("edited");
    let at = |poll: usize, n: usize, title: &str| {
        item(&format!("{poll}-{n}"), &format!("http://a.cn/{n}.html"), title)
    };
    let document =
        |poll, first: &str| vec![at(poll, 1, first), at(poll, 2, "乙"), at(poll, 3, "丙")];
    let documents = [
        document(1, "甲"),
        document(2, "甲（更正）"),
        document(3, "甲（更正）"),
        document(4, "甲甲"),
    ];
    assert_eq!(polls(&mut wire, &mut source, &documents), [(3, 0), (0, 1), (0, 0), (0, 1)]);
    assert_eq!(wire.titles(&source), ["丙", "乙", "甲甲"]);
}

#[test]
fn a_new_guid_under_an_old_title_moves_nothing() {
    let mut wire = Wire::new();
    let mut source = wire.source("one-title");
    let documents = [
        vec![item("1", "", "天气预报"), item("2", "", "通知")],
        vec![item("3", "", "天气预报"), item("4", "", "公告")],
        vec![item("5", "", "天气预报"), item("4", "", "公告")],
    ];
    assert_eq!(polls(&mut wire, &mut source, &documents), [(2, 0), (2, 0), (1, 0)]);
    assert_eq!(source.state.rung, 0);
    // Nor under the link of all articles, of which but one is in the document.
    let mut source = wire.source("one-title-and-link");
    let weather = |guid: &str, text: &str| Item {
        text: Some(text.to_owned()),
        ..item(guid, "http://a.cn/list.html", "天气预报")
    };
    let documents = [vec![weather("1", "晴")], vec![weather("2", "雨")]];
    assert_eq!(polls(&mut wire, &mut source, &documents), [(1, 0), (1, 0)]);
}
