//! Pages behind the first: what lies elsewhere changes nothing of them.

use crate::support::counties::{COUNTY, Wire};
use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::http;
use crate::support::published::{FORMATS, below_base, feed, read};
use serde_json::Value;

/// `before` of the second page of eight.
fn place(wire: &Wire, channel: &str) -> String {
    let first = feed(&wire.daemon, &format!("{channel}.json?limit=8"));
    let next = first.next.expect("a second page");
    next.split_once("before=").expect("a place").1.to_owned()
}

fn pages(channel: &str, before: &str) -> Vec<String> {
    let path = |format: &str| match (channel, format) {
        ("/index", "") => format!("/?limit=8&before={before}"),
        _ => format!("{channel}{format}?limit=8&before={before}"),
    };
    FORMATS.iter().chain(&[""]).map(|format| path(format)).collect()
}

fn look(daemon: &Daemon, paths: &[String]) -> Vec<(String, Vec<u8>)> {
    let look = |path: &String| {
        let answer = daemon.document(path);
        assert_eq!(answer.header("last-modified"), None, "nobody knows since when: {path}");
        (answer.etag(), answer.body)
    };
    paths.iter().map(look).collect()
}

/// Feeds are the same; pages for people may count what lies elsewhere.
#[track_caller]
fn assert_same(wire: &Wire, paths: &[String], before: &[(String, Vec<u8>)]) {
    for ((path, (etag, body)), after) in paths.iter().zip(before).zip(look(&wire.daemon, paths)) {
        assert_eq!(*etag == after.0, *body == after.1, "{path}: ETag and bytes disagree");
        assert!(*etag == after.0 || !path.contains('.'), "{path}");
        if *etag == after.0 {
            wire.assert_not_modified(path, &[("If-None-Match", etag)]);
        }
    }
}

#[track_caller]
fn assert_others(wire: &Wire, paths: &[String], before: &[(String, Vec<u8>)]) {
    for ((path, (etag, body)), after) in paths.iter().zip(before).zip(look(&wire.daemon, paths)) {
        assert!(*etag != after.0 && *body != after.1, "{path}");
        wire.assert_modified(path, &[("If-None-Match", etag)]);
    }
}

fn news(number: usize) -> News {
    News::new("xingping", number, &format!("xingping来稿{number}"), 2000 - number as i64)
}

fn revised(news: News) -> News {
    let updated = news.updated + chrono::TimeDelta::hours(1);
    News { text: format!("{}更正如下。", news.text), updated, ..news }
}

/// Lets the paper have the items that `of` makes of their numbers.
fn brings(wire: &Wire, items: usize, of: impl Fn(usize) -> News) {
    let news: Vec<News> = (1..=items).rev().map(of).collect();
    wire.origin.set("/xingping", Form::Atom10.document(&news));
    assert_eq!(wire.daemon.poll("xingping")["outcome"], "fetched");
}

fn take_down(wire: &Wire, title: &str) {
    let all = wire.daemon.document(&format!("{COUNTY}.json?limit=200")).json();
    let mut items = all["items"].as_array().expect("items").iter();
    let item: &Value = items.find(|item| item["title"] == title).expect("there");
    let key = item["_countywire"]["key"].as_str().expect("a key");
    http::post(wire.daemon.admin, &format!("/take-down/{key}")).expect(200);
}

#[test]
fn a_page_behind_the_first_changes_with_its_own_entries_alone() {
    let wire = Wire::with(20);
    let channels = [COUNTY, "/index", "/s/xingping", "/r/shaanxi/xianyang/t/education"];
    let paths: Vec<String> =
        channels.iter().flat_map(|channel| pages(channel, &place(&wire, channel))).collect();
    let before = look(&wire.daemon, &paths);
    let titles = read(&paths[0], &before[0].1).titles().join(" ");
    assert!(titles.starts_with("xingping来稿12 ") && titles.ends_with("来稿5"), "{titles}");
    // New on top, in another county, and on the pages beside it.
    wire.brings("xingping", 21);
    wire.brings("sanyuan", 2);
    brings(&wire, 21, |n| if [3, 13, 20].contains(&n) { revised(news(n)) } else { news(n) });
    take_down(&wire, "xingping来稿20");
    take_down(&wire, "xingping来稿2");
    assert_same(&wire, &paths, &before);

    brings(&wire, 21, |n| if [3, 7, 13].contains(&n) { revised(news(n)) } else { news(n) });
    assert_others(&wire, &paths, &before);
    let before = look(&wire.daemon, &paths);
    take_down(&wire, "xingping来稿9");
    assert_others(&wire, &paths, &before);
    let before = look(&wire.daemon, &paths);
    let titles = read(&paths[0], &before[0].1).titles().join(" ");
    assert!(titles.ends_with("来稿4") && !titles.contains("来稿9"), "{titles}");
    assert!(!String::from_utf8_lossy(&before[0].1).contains("deleted-entry"), "the first tells it");

    let Wire { origin: _origin, home, daemon } = wire;
    daemon.stop();
    let daemon = Daemon::start(&home);
    assert_eq!(look(&daemon, &paths), before, "over a restart");
    daemon.stop();
}

#[test]
fn a_page_that_is_empty_has_a_date_that_stays() {
    let wire = Wire::with(3);
    let last = wire.daemon.document(&format!("{COUNTY}.json?limit=2")).json();
    let [last, next] = [&last["items"][1]["date_published"], &last["next_url"]];
    let (last, next) = (last.as_str().expect("a date"), next.as_str().expect("a page"));
    let paths = pages(COUNTY, next.split_once("before=").expect("a place").1);
    // All that it had goes.
    take_down(&wire, "xingping来稿1");
    let before = look(&wire.daemon, &paths);
    let [atom, rss, json] = [0, 1, 2].map(|at| String::from_utf8_lossy(&before[at].1).into_owned());
    assert!(atom.contains(&format!("<updated>{}", &last[..19])), "{last} {atom}");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (&json["items"], &json["_countywire"]["updated"]),
        (&Value::Array([].into()), &last.into())
    );
    assert!(rss.contains("<lastBuildDate>"), "{rss}");
    wire.brings("xingping", 5);
    wire.brings("sanyuan", 2);
    assert_same(&wire, &paths, &before);
    // A place that no link has: when the first month began.
    for before in ["8000000000000000-1", "8000000000000001-1", "0-1"] {
        let page = wire.daemon.document(&format!("{COUNTY}.json?limit=3&before={before}")).json();
        let updated = page["_countywire"]["updated"].as_str().expect("a date");
        assert!(updated >= "2026" && updated.ends_with("-01T00:00:00Z"), "{before}: {updated}");
    }
    // Where never anything was.
    let never = wire.daemon.document("/r/shaanxi/xianyang/wugong.json").json();
    assert_eq!(never["_countywire"]["updated"], "2026-01-01T00:00:00Z");
}

#[test]
fn a_page_behind_the_first_is_no_version_of_it() {
    let wire = Wire::with(20);
    let path = format!("{COUNTY}.atom?limit=8");
    let first = wire.daemon.document(&path).etag();
    let next = feed(&wire.daemon, &path).next.expect("a second page");
    let further = wire.daemon.document(below_base(&next)).etag();
    wire.brings("xingping", 21);
    let since = |etags: &str| wire.get(&path, &[("A-IM", "feed"), ("If-None-Match", etags)]);
    assert_eq!(read(&path, &since(&further).expect(200).body).items.len(), 8);
    let delta = since(&format!("{further}, {first}")).expect(226);
    assert_eq!(delta.header("delta-base"), Some(first.as_str()));
    assert_eq!(read(&path, &delta.body).titles(), ["xingping来稿21"]);
}
