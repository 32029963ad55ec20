//! `feeds.toml` with faults, at the start and at a reload.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::http::{self, Answer};
use crate::support::origin::Origin;
use crate::support::published;
use crate::support::{eventually, eventually_so};

/// A fault in each table, and a place and a word of what is said of it.
const BROKEN: &str = r#"[site]
titel = "县闻"
[poll]
timeout = 20
shortest = "1"
[[source]]
id = "one"
title = "一"
url = "htp://one.example.cn/"
region = "shaanxi/xianyan"
[[source]]
id = "one"
title = "二"
url = "http://two.example.cn/"
schedule = "61 * * * *"
topics = ["educaton"]
"#;

const PROBLEMS: [(&str, &str); 8] = [
    ("feeds.toml:2:1: site.titel: ", "title"),
    ("feeds.toml:4:11: poll.timeout: ", "15m"),
    ("feeds.toml:5:12: poll.shortest: ", "unit"),
    ("feeds.toml:9:7: source[0].url: ", "http://"),
    ("feeds.toml:10:10: source[0].region: ", "shaanxi/xianyang"),
    ("feeds.toml:12:6: source[1].id: ", "line 7"),
    ("feeds.toml:15:12: source[1].schedule: ", "61"),
    ("feeds.toml:16:11: source[1].topics[0]: ", "education"),
];

/// Each problem on a line of its own, with its place and what to write instead.
#[track_caller]
fn assert_all_problems(text: &str) {
    for (place, word) in PROBLEMS {
        let line = text.lines().find(|line| line.contains(place));
        let line = line.unwrap_or_else(|| panic!("nothing of {place} in:\n{text}"));
        assert!(line.contains(word), "{line} says nothing of {word}");
    }
}

#[test]
fn a_broken_file_ends_the_start_with_78_and_tells_every_problem_and_its_place() {
    let home = Home::new(&Settings::new());
    home.write(BROKEN);
    for args in [&["run"][..], &[], &["check"], &["poll", "--all"], &["sources"], &["export"]] {
        let ended = home.run(args).expect(78);
        assert_all_problems(&ended.stderr);
        assert_eq!(ended.stderr.lines().count(), PROBLEMS.len(), "{}", ended.stderr);
        assert!(!home.path().join("data").exists(), "nothing must be made yet");
    }
}

#[test]
fn a_file_that_is_no_toml_or_not_there_ends_the_start_with_78() {
    let home = Home::new(&Settings::new());
    home.write("[site]\ntitle = \"县闻\nlanguage = \"zh-CN\"\n");
    let ended = home.run(&["run"]).expect(78);
    assert!(ended.stderr.contains("feeds.toml:2:"), "{}", ended.stderr);
    std::fs::remove_file(home.feeds_toml()).expect("a file");
    let ended = home.run(&["run"]).expect(78);
    assert!(ended.stderr.contains("feeds.toml"), "{}", ended.stderr);
    assert!(ended.stderr.contains("No such file"), "{}", ended.stderr);
}

/// A daemon that polls one source every second.
struct Wire {
    origin: Origin,
    home: Home,
    daemon: Daemon,
}

impl Wire {
    fn start() -> Wire {
        let origin = Origin::start();
        for outlet in ["old", "new"] {
            let news = News::new(outlet, 1, &format!("来稿{outlet}"), 1);
            let document = Form::Rss20.document(&[news]).etag("\"1\"");
            origin.set(&format!("/{outlet}"), document);
        }
        let home = Home::new(&Settings::new());
        let wire = Wire { daemon: Daemon::start(&home), home, origin };
        wire.write(&["old"]);
        wire.reload().expect(200);
        assert_eq!(wire.daemon.poll("old")["entries_new"], 1);
        wire
    }

    fn write(&self, sources: &[&str]) {
        let mut settings = Settings::new();
        for id in sources {
            let lines = "region = \"shaanxi/xianyang/xingping\"\nschedule = \"1s\"\n";
            settings = settings.source(id, &self.origin.url(&format!("/{id}")), lines);
        }
        self.home.write(&settings.text());
    }

    fn reload(&self) -> Answer {
        http::post(self.daemon.admin, "/reload")
    }

    fn polls(&self, source: &str) -> usize {
        self.origin.asked(&format!("/{source}")).len()
    }

    #[track_caller]
    fn await_polls(&self, source: &str, more: usize) {
        let enough = self.polls(source) + more;
        eventually_so("further polls", || self.polls(source) >= enough);
    }

    #[track_caller]
    fn problems(&self) -> Vec<String> {
        let status = self.daemon.status();
        let problems = status["config_problems"].as_array().expect("a list").iter();
        problems.map(|problem| problem.as_str().expect("text").to_owned()).collect()
    }

    /// The old settings are in force.
    #[track_caller]
    fn assert_old_settings_hold(&self) {
        assert_eq!(self.daemon.poll("old")["outcome"], "not_modified");
        let sources = self.daemon.status()["sources"].clone();
        assert_eq!(sources.as_array().map(Vec::len), Some(1), "{sources}");
        assert_eq!(http::get(self.daemon.admin, "/readyz").status, 200);
        assert_eq!(published::feed(&self.daemon, "/s/old.atom").titles(), ["来稿old"]);
    }

    /// The file with the new source and without the old one is in force.
    #[track_caller]
    fn assert_new_settings_hold(&self) {
        assert_eq!(self.daemon.poll("new")["entries_new"], 1);
        let refused = http::post(self.daemon.admin, "/poll/old").expect(409);
        assert!(refused.text().contains("old"), "{}", refused.text());
        assert_eq!(self.problems(), [""; 0]);
        assert_eq!(published::feed(&self.daemon, "/s/new.atom").titles(), ["来稿new"]);
        // What was stored of the removed source stays.
        assert_eq!(published::feed(&self.daemon, "/s/old.atom").titles(), ["来稿old"]);
        let county = published::feed(&self.daemon, "/r/shaanxi/xianyang/xingping.json");
        assert_eq!(county.items.len(), 2);
    }
}

#[test]
fn a_broken_file_at_a_reload_by_post_changes_nothing_and_a_good_one_is_taken() {
    let wire = Wire::start();
    let loaded = wire.daemon.status()["config_loaded"].clone();
    wire.home.write(BROKEN);
    let answer = wire.reload().expect(409);
    assert_all_problems(answer.text());
    assert_all_problems(&wire.problems().join("\n"));
    let page = http::get(wire.daemon.admin, "/status").expect(200);
    assert!(page.text().contains("feeds.toml:2:1: site.titel"), "the page says why too");
    assert_eq!(wire.daemon.status()["config_loaded"], loaded);
    wire.assert_old_settings_hold();

    wire.write(&["new"]);
    wire.reload().expect(200);
    wire.assert_new_settings_hold();
}

#[test]
fn a_broken_file_at_a_reload_by_sighup_changes_nothing_and_a_good_one_is_taken() {
    let wire = Wire::start();
    wire.home.write(BROKEN);
    wire.daemon.signal("HUP");
    let problems = eventually("the problems", || {
        Some(wire.problems()).filter(|problems| !problems.is_empty())
    });
    assert_all_problems(&problems.join("\n"));
    assert_all_problems(&wire.daemon.log());
    wire.assert_old_settings_hold();
    wire.await_polls("old", 1);

    std::fs::remove_file(wire.home.feeds_toml()).expect("a file");
    wire.daemon.signal("HUP");
    eventually_so("the next problem", || wire.problems().join("").contains("No such file"));
    wire.assert_old_settings_hold();

    wire.write(&["new"]);
    wire.daemon.signal("HUP");
    eventually_so("the good file", || wire.problems().is_empty());
    wire.assert_new_settings_hold();
    // Both have the same schedule, so the old one would show up in this time.
    let old = wire.polls("old");
    wire.await_polls("new", 2);
    assert_eq!(wire.polls("old"), old, "a removed source is polled");
}

#[test]
fn a_reload_polls_unchanged_sources_no_earlier() {
    let origin = Origin::start();
    for outlet in ["old", "new"] {
        let news = News::new(outlet, 1, &format!("来稿{outlet}"), 1);
        origin.set(&format!("/{outlet}"), Form::Rss20.document(&[news]).etag("\"1\""));
    }
    let settings = Settings::new().source("old", &origin.url("/old"), "");
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    daemon.poll("old");
    let next = daemon.source("old")["next_poll"].clone();
    home.write(&settings.source("new", &origin.url("/new"), "").text());
    http::post(daemon.admin, "/reload").expect(200);
    eventually_so("the first poll of the new source", || origin.asked("/new").len() == 1);
    assert_eq!(origin.asked("/old").len(), 1);
    assert_eq!(daemon.source("old")["next_poll"], next);
}

#[test]
fn a_web_page_cannot_pull_the_levers_of_the_admin_listener() {
    let home = Home::new(&Settings::new());
    let daemon = Daemon::start(&home);
    let origin = [("Origin", "http://evil.example.com")];
    for path in ["/reload", "/poll/any"] {
        http::request(daemon.admin, "POST", path, &origin).expect(403);
        let get = http::get(daemon.admin, path);
        assert_eq!(get.status, 404, "reading must change nothing");
    }
    assert_eq!(http::post(daemon.admin, "/poll/nobody").status, 409);
}
