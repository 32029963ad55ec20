//! Entries that leave: by the limits of `[store] retain`, and because somebody wants them gone;
//! and such that are filed elsewhere.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::http;
use crate::support::origin::Origin;
use serde_json::Value;
use std::fs;

fn news(numbers: std::ops::RangeInclusive<usize>) -> Vec<News> {
    let of = |n| News::new("paper", n, &format!("来稿{n}"), 4_000 - n as i64);
    numbers.rev().map(of).collect()
}

fn paper(origin: &Origin, limits: &str) -> Home {
    let lines = "region = \"shaanxi/xianyang/xingping\"\nschedule = \"1d\"\n";
    let settings = Settings::new().source("paper", &origin.url("/feed"), lines);
    Home::new(&settings.tables(limits))
}

/// Turns of an order until nothing is left to do; how many entries left.
fn obey(daemon: &Daemon, path: &str) -> u64 {
    let mut removed = 0;
    loop {
        let turn = http::post(daemon.admin, path).expect(200).json();
        removed += turn["entries_removed"].as_u64().expect("a number");
        if turn["more"] == false {
            return removed;
        }
    }
}

fn exported(daemon: &Daemon) -> Vec<Value> {
    let lines = http::get(daemon.admin, "/export?after=0").expect(200);
    lines.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn what_is_beyond_the_limits_leaves_and_does_not_come_back() {
    let origin = Origin::start();
    origin.set("/feed", Form::Rss20.document(&news(1..=1_100)));
    let home = paper(&origin, "[store.retain]\nentries = 1000\nage = \"365d\"\ndisk = \"1GiB\"");
    let daemon = Daemon::start(&home);
    daemon.poll("paper");
    assert_eq!(daemon.status()["entries"], 1_100);
    assert_eq!(obey(&daemon, "/compact"), 100);
    assert_eq!(daemon.status()["entries"], 1_000);
    assert_eq!(daemon.source("paper")["entries"], 1_000, "those that have not left");
    // All are listed still; one is new.
    origin.set("/feed", Form::Rss20.document(&news(1..=1_101)));
    let polled = daemon.poll("paper");
    assert_eq!((&polled["entries_new"], &polled["items"]), (&1.into(), &1_101.into()));
    assert_eq!(daemon.source("paper")["entries"], 1_001);
    let etag = daemon.get("/s/paper.atom").etag();
    assert_eq!(obey(&daemon, "/compact"), 1);
    assert_ne!(daemon.get("/s/paper.atom").etag(), etag, "an entry has left");
    let before = daemon.get("/s/paper.atom").text().to_owned();
    daemon.stop();

    home.run(&["store", "verify"]).expect(0);
    let compacted = home.run(&["store", "compact"]).expect(0);
    assert!(compacted.stdout.starts_with("0 entries removed, "), "{}", compacted.stdout);
    let stats = home.run(&["store", "stats", "--json"]).expect(0).json();
    assert_eq!(stats["entries"], 1_000);
    let sources = home.run(&["sources", "--json"]).expect(0).json();
    assert_eq!(sources[0]["entries"], 1_000);
    home.run(&["store", "verify"]).expect(0);
    let daemon = Daemon::start(&home);
    assert_eq!(daemon.get("/s/paper.atom").text(), before);
    daemon.stop();
}

#[test]
fn what_is_taken_down_is_gone_from_feeds_pages_and_files() {
    let origin = Origin::start();
    origin.set("/feed", Form::Rss20.document(&news(1..=5)));
    let home = paper(&origin, "");
    let daemon = Daemon::start(&home);
    daemon.poll("paper");
    let entry = exported(&daemon).into_iter().find(|entry| entry["title"] == "来稿3");
    let key = entry.expect("there")["key"].as_str().expect("text").to_owned();
    let page = format!("/e/{key}");
    assert_eq!(daemon.get(&page).status, 200);
    assert_eq!(obey(&daemon, &format!("/take-down/{key}")), 1);
    assert_eq!(daemon.get(&page).status, 410);
    assert_eq!(daemon.source("paper")["entries"], 4, "it is gone there, too");
    assert!(!daemon.get("/s/paper.atom").text().contains("来稿3"));
    origin.set("/feed", Form::Rss20.document(&news(1..=6)));
    assert_eq!(daemon.poll("paper")["entries_new"], 1);
    let titles: Vec<String> =
        exported(&daemon).iter().map(|entry| entry["title"].to_string()).collect();
    assert_eq!(titles.len(), 5);
    assert!(!titles.iter().any(|title| title.contains("来稿3")));
    let refused = http::post(daemon.admin, "/take-down/00000000000000000000000000000000");
    assert!(refused.status == 409 && refused.text().contains("there is no entry"));
    assert!(!refused.text().contains("report"), "{}", refused.text());
    daemon.stop();

    let segments = fs::read_dir(home.path().join("store/segments")).expect("there");
    let paths: Vec<_> = segments.map(|name| name.expect("read").path()).collect();
    assert!(paths.len() > 1, "rewritten, and the one that is written to");
    home.run(&["store", "verify"]).expect(0);
    for rest in ["", "/", "?script=hans", ".json?script=hans", "?a=b/c.d", "#top"] {
        let address = format!("http://a.example/e/{key}{rest}");
        let again = home.run(&["remove", &address]).expect(0);
        assert!(again.stdout.starts_with("it was removed before"), "{}", again.stdout);
    }
    let other = exported_offline(&home).remove(0)["key"].as_str().expect("text").to_owned();
    home.run(&["remove", &other]).expect(0);
    assert_eq!(exported_offline(&home).len(), 4);
    let unknown = home.run(&["remove", "xyz"]).expect(1);
    assert!(unknown.stderr.contains("no stored entry has the link"), "{}", unknown.stderr);
}

fn exported_offline(home: &Home) -> Vec<Value> {
    home.run(&["export"]).expect(0).json_lines()
}

#[test]
fn entries_are_filed_anew_when_the_settings_have_changed() {
    let origin = Origin::start();
    origin.set("/feed", Form::Rss20.document(&news(1..=3)));
    let home = paper(&origin, "");
    let daemon = Daemon::start(&home);
    daemon.poll("paper");
    let [county, city] = ["/r/shaanxi/xianyang/xingping.atom", "/r/shaanxi/xianyang.atom"];
    let titles = |path: &str| daemon.get(path).text().matches("<entry>").count();
    assert_eq!((titles(county), titles(city)), (3, 3));
    let refile = || {
        let turn = http::post(daemon.admin, "/reclassify/0").expect(200).json();
        assert_eq!(turn["more"], false);
        turn["entries_refiled"].as_u64().expect("a number")
    };
    assert_eq!(refile(), 0);
    let before = exported(&daemon);
    let settings = fs::read_to_string(home.feeds_toml()).expect("there");
    home.write(&settings.replace("xianyang/xingping\"", "xianyang\""));
    http::post(daemon.admin, "/reload").expect(200);
    assert_eq!(refile(), 3);
    assert_eq!((titles(county), titles(city)), (0, 3));
    let told = |entries: Vec<Value>| -> Vec<[Value; 4]> {
        let told = |e: Value| ["id", "key", "updated", "title"].map(|name| e[name].clone());
        entries.into_iter().map(told).collect()
    };
    assert_eq!(told(exported(&daemon)), told(before));
    assert_eq!(daemon.poll("paper")["entries_changed"], 0);
    daemon.stop();

    home.run(&["store", "verify"]).expect(0);
    home.write(&settings);
    let refiled = home.run(&["reclassify"]).expect(0);
    assert_eq!(refiled.stdout, "3 entries filed elsewhere\n");
    home.run(&["store", "verify"]).expect(0);
    let daemon = Daemon::start(&home);
    assert_eq!(daemon.get(county).text().matches("<entry>").count(), 3);
    daemon.stop();
}

#[test]
fn limits_that_make_no_sense_are_named() {
    let origin = Origin::start();
    let home =
        paper(&origin, "[store.retain]\nentries = 10\nage = \"1h\"\ndisk = \"1MiB\"\nyears = 3");
    let checked = home.run(&["check"]).expect(78);
    for key in
        ["store.retain.entries", "store.retain.age", "store.retain.disk", "store.retain.years"]
    {
        assert!(checked.stderr.contains(key), "{key}: {}", checked.stderr);
    }
}
