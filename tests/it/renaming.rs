//! Sources whose ids change in `feeds.toml`, and sources that leave it and come back.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::origin::Origin;
use crate::support::{eventually_so, http};
use serde_json::Value;
use std::collections::BTreeSet;

const PLACE: &str = "region = \"shaanxi/xianyang/xingping\"\n";

/// Guids are no IRIs: keys and public ids are made of the source's id.
fn publish(origin: &Origin, last: usize, etag: &str) {
    let of = |n| News::new("paper", n, &format!("来稿{n}"), 4_000 - n as i64);
    let news: Vec<News> = (1..=last).rev().map(of).collect();
    origin.set("/feed", Form::Rss20.document(&news).etag(etag));
    origin.set("/other", Form::Rss20.document(&[]));
}

fn settings(origin: &Origin, id: &str, lines: &str) -> Settings {
    let other = Settings::new().source("other", &origin.url("/other"), "");
    other.source(id, &origin.url("/feed"), &format!("{PLACE}{lines}"))
}

fn reload(daemon: &Daemon, home: &Home, settings: &Settings) {
    home.write(&settings.text());
    http::post(daemon.admin, "/reload").expect(200);
}

/// All that the store holds.
fn exported(daemon: &Daemon) -> Vec<Value> {
    let mut entries: Vec<Value> = Vec::new();
    loop {
        let after = entries.last().map_or(0, |entry| entry["no"].as_u64().expect("a number"));
        let page = http::get(daemon.admin, &format!("/export?after={after}")).expect(200);
        let before = entries.len();
        entries.extend(page.text().lines().map(|line| serde_json::from_str(line).expect("JSON")));
        if entries.len() == before {
            return entries;
        }
    }
}

/// What is to stay of it.
fn stored(daemon: &Daemon) -> Vec<[Value; 6]> {
    let names = ["no", "id", "key", "published", "updated", "title"];
    exported(daemon).iter().map(|entry| names.map(|name| entry[name].clone())).collect()
}

fn sources(daemon: &Daemon) -> BTreeSet<String> {
    let source = |entry: &Value| entry["source"].as_str().expect("text").to_owned();
    exported(daemon).iter().map(source).collect()
}

fn polls_of(daemon: &Daemon, source: &str) -> Vec<Value> {
    let told = http::get(daemon.admin, &format!("/status/{source}.json")).expect(200).json();
    told["polls"].as_array().expect("a list").clone()
}

fn shown(daemon: &Daemon, path: &str) -> usize {
    daemon.get(path).expect(200).text().matches("<entry>").count()
}

fn documents(daemon: &Daemon) -> Vec<(String, String)> {
    let paths = ["/index.atom", "/s/new.json", "/s/new", "/r/shaanxi/xianyang/xingping.rss"];
    let of = |path: &&str| {
        let answer = daemon.get(path).expect(200);
        (answer.etag(), answer.text().to_owned())
    };
    paths.iter().map(of).collect()
}

#[test]
fn a_source_with_a_new_id_keeps_its_history() {
    let origin = Origin::start();
    publish(&origin, 4, "\"1\"");
    let home = Home::new(&settings(&origin, "old", ""));
    let daemon = Daemon::start(&home);
    daemon.poll("old");
    let before = stored(&daemon);
    let page = format!("/e/{}", before[0][2].as_str().expect("a key"));
    assert!(daemon.get(&page).text().contains("href=\"/s/old\""));
    let polls = polls_of(&daemon, "old").len();

    reload(&daemon, &home, &settings(&origin, "new", "formerly = \"old\"\n"));
    assert_eq!(stored(&daemon), before);
    assert_eq!(sources(&daemon), ["new".to_owned()].into());
    assert!(daemon.get(&page).text().contains("href=\"/s/new\""), "credited by today's name");
    assert_eq!(daemon.poll("new")["outcome"], "not_modified", "its validators are known");
    assert_eq!(origin.asked("/feed").last().expect("asked").header("if-none-match"), Some("\"1\""));
    publish(&origin, 5, "\"2\"");
    let polled = daemon.poll("new");
    assert_eq!((&polled["entries_new"], &polled["entries_changed"]), (&1.into(), &0.into()));
    let mut after = stored(&daemon);
    after.pop();
    assert_eq!(after, before);
    assert_eq!((shown(&daemon, "/index.atom"), shown(&daemon, "/s/new.atom")), (5, 5));
    let told = polls_of(&daemon, "new");
    assert_eq!(told.len(), polls + 2);
    assert!(told.iter().all(|poll| poll["source"] == "new"));
    for (old, new) in [("/s/old", "/s/new"), ("/s/old.rss?limit=2", "/s/new.rss?limit=2")] {
        let moved = daemon.get(old).expect(308);
        assert_eq!(moved.header("location"), Some(new));
    }
    let unknown = http::post(daemon.admin, "/poll/old");
    assert!(unknown.status >= 400, "{}", unknown.status);

    // It need not be written for ever.
    reload(&daemon, &home, &settings(&origin, "new", ""));
    daemon.get("/s/old.atom").expect(308);
    assert_eq!(daemon.poll("new")["entries_new"], 0);
    let documents_before = documents(&daemon);
    daemon.stop();

    home.run(&["store", "verify"]).expect(0);
    let [copy, lines] = ["copy", "lines.jsonl"].map(|name| home.path().join(name));
    let [copy, lines] = [&copy, &lines].map(|path| path.to_str().expect("UTF-8"));
    home.run(&["store", "backup", copy]).expect(0);
    home.run(&["store", "export", "-o", lines]).expect(0);
    for remade in
        [&["store", "rebuild"][..], &["store", "restore", copy], &["store", "import", lines]]
    {
        if remade[1] != "rebuild" {
            std::fs::remove_dir_all(home.path().join("store")).expect("removed");
        }
        let made = home.run(remade).expect(0);
        assert!(!made.stderr.contains("WARN"), "{remade:?} is no fault: {}", made.stderr);
        home.run(&["store", "verify"]).expect(0);
        let daemon = Daemon::start(&home);
        assert_eq!(documents(&daemon), documents_before, "{remade:?}");
        assert_eq!(daemon.poll("new")["entries_new"], 0, "{remade:?}");
        daemon.get("/s/old").expect(308);
        daemon.stop();
    }
}

#[test]
fn a_rename_that_is_cut_off_goes_on_at_the_next_start() {
    let origin = Origin::start();
    publish(&origin, 900, "\"1\"");
    let home = Home::new(&settings(&origin, "old", ""));
    let daemon = Daemon::start(&home);
    daemon.poll("old");
    let before = stored(&daemon);
    assert_eq!(before.len(), 900);
    daemon.stop();
    // From both ids, and one from before them, in one go.
    let settings = settings(&origin, "new", "formerly = [\"ancient\", \"old\"]\n");
    home.write(&settings.text());
    let daemon = Daemon::start(&home);
    daemon.kill();
    home.run(&["store", "verify"]).expect(0);
    let daemon = Daemon::start(&home);
    publish(&origin, 901, "\"2\"");
    assert_eq!(daemon.poll("new")["entries_new"], 1);
    eventually_so("all to be filed", || sources(&daemon) == ["new".to_owned()].into());
    let mut after = stored(&daemon);
    after.pop();
    assert_eq!(after, before);
    daemon.stop();
    home.run(&["store", "verify"]).expect(0);
}

#[test]
fn a_poll_without_a_daemon_knows_former_ids_too() {
    let origin = Origin::start();
    publish(&origin, 3, "\"1\"");
    let home = Home::new(&settings(&origin, "old", ""));
    home.run(&["poll", "old"]).expect(0);
    home.write(&settings(&origin, "new", "formerly = \"old\"\n").text());
    let polled = home.run(&["poll", "new", "--json"]).expect(0).json_lines();
    assert_eq!(polled[0]["outcome"], "not_modified");
    let told = home.run(&["poll", "old"]).expect(1).stderr;
    assert!(told.contains("it is called new now"), "{told}");
    home.run(&["store", "verify"]).expect(0);
}

#[test]
fn another_source_may_get_the_id_that_one_had() {
    let origin = Origin::start();
    publish(&origin, 3, "\"1\"");
    let home = Home::new(&settings(&origin, "old", ""));
    let daemon = Daemon::start(&home);
    daemon.poll("old");
    reload(&daemon, &home, &settings(&origin, "new", "formerly = \"old\"\n"));
    daemon.poll("new");
    // The same guids, and yet other articles.
    let news: Vec<News> = (1..=3).map(|n| News::new("paper", n, &format!("另稿{n}"), 9)).collect();
    origin.set("/another", Form::Rss20.document(&news));
    let both = settings(&origin, "new", "").source("old", &origin.url("/another"), "");
    reload(&daemon, &home, &both);
    daemon.settled();
    assert_eq!(daemon.poll("old")["outcome"], "fetched");
    assert_eq!(daemon.poll("new")["entries_new"], 0);
    assert_eq!(stored(&daemon).len(), 6);
    assert_eq!((shown(&daemon, "/s/old.atom"), shown(&daemon, "/s/new.atom")), (3, 3));
    daemon.stop();
    home.run(&["store", "verify"]).expect(0);
}

#[test]
fn a_removed_source_is_not_polled_keeps_its_entries_and_returns_with_its_history() {
    let origin = Origin::start();
    publish(&origin, 3, "\"1\"");
    let whole = settings(&origin, "paper", "schedule = \"1s\"\n");
    let home = Home::new(&whole);
    let daemon = Daemon::start(&home);
    daemon.settled();
    let before = stored(&daemon);
    let without = Settings::new().source("other", &origin.url("/other"), "schedule = \"1s\"\n");
    reload(&daemon, &home, &without);
    daemon.settled();
    let (asked, others) = (origin.asked("/feed").len(), origin.asked("/other").len());
    eventually_so("others to be polled", || origin.asked("/other").len() >= others + 3);
    assert!(origin.asked("/feed").len() <= asked + 1, "but for a poll that was under way");
    assert_eq!((shown(&daemon, "/s/paper.atom"), shown(&daemon, "/index.atom")), (3, 3));
    daemon.stop();
    let daemon = Daemon::start(&home);
    assert_eq!((shown(&daemon, "/s/paper.atom"), shown(&daemon, "/index.atom")), (3, 3));

    reload(&daemon, &home, &settings(&origin, "paper", ""));
    assert_eq!(daemon.poll("paper")["outcome"], "not_modified");
    publish(&origin, 4, "\"2\"");
    assert_eq!(daemon.poll("paper")["entries_new"], 1);
    assert_eq!(stored(&daemon)[..3], before);
    daemon.stop();
    home.run(&["store", "verify"]).expect(0);
}

#[test]
fn mistakes_in_former_ids_are_told_with_place_and_remedy() {
    let origin = Origin::start();
    let lines = "formerly = [\"other\", \"new\", \"Old\", \"twice\", \"twice\"]\n";
    let home = Home::new(&settings(&origin, "new", lines));
    let told = home.run(&["check"]).expect(78).stderr;
    for words in [
        "\"other\" is still the id of source[0] (line ",
        "\"new\" is its id now; write the id that it had before",
        "\"Old\" is no slug",
        "\"twice\" is a former id of source[1] (line ",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(told.lines().all(|line| line.contains("source[1].formerly: ")), "{told}");
}
