//! Stops of every kind: nothing acknowledged is lost, nothing comes twice, nobody is
//! polled early.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::origin::{Gate, Origin, Reply};
use crate::support::published;
use crate::support::{eventually, eventually_so, http};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const REGION: &str = "region = \"shaanxi/xianyang/xingping\"\n";

fn news(count: usize) -> Vec<News> {
    (1..=count).rev().map(|n| News::new("paper", n, &format!("来稿{n}"), 100 - n as i64)).collect()
}

/// Titles in `/s/{source}` and in the county's feed, which must be the same.
#[track_caller]
fn titles(daemon: &Daemon, source: &str) -> Vec<String> {
    let in_feed = |path: &str| {
        let items = published::whole(daemon, path).into_iter();
        items.map(|item| item.title).collect::<Vec<_>>()
    };
    let own = in_feed(&format!("/s/{source}.atom"));
    assert_eq!(own, in_feed("/r/shaanxi/xianyang/xingping.json"));
    own
}

#[test]
fn sigterm_in_the_middle_of_a_poll_ends_in_time_and_the_poll_is_repeated() {
    let origin = Origin::start();
    origin.set("/feed", Form::Rss20.document(&news(2)).etag("\"2\""));
    let lines = format!("{REGION}schedule = \"1s\"\n");
    let home = Home::new(&Settings::new().source("paper", &origin.url("/feed"), &lines));
    let daemon = Daemon::start(&home);
    daemon.poll("paper");
    let gate = Gate::default();
    let document = Form::Rss20.document(&news(3)).etag("\"3\"");
    origin.set("/feed", Reply::Held(gate.clone(), document.clone()));
    eventually_so("a poll that waits for its answer", || gate.is_reached());

    let (code, took) = daemon.terminate();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(10), "the end took {took:?}");
    gate.open();

    origin.set("/feed", document);
    let before = origin.asked("/feed").len();
    let daemon = Daemon::start(&home);
    eventually_so("the abandoned poll to be repeated", || origin.asked("/feed").len() > before);
    let repeated = &origin.asked("/feed")[before];
    assert_eq!(repeated.header("if-none-match"), Some("\"2\""), "validators ran ahead");
    eventually_so("the third item", || daemon.source("paper")["entries"] == 3);
    assert_eq!(titles(&daemon, "paper"), ["来稿3", "来稿2", "来稿1"]);
    daemon.stop();
}

#[test]
fn a_poll_that_ends_during_the_stop_is_kept() {
    let origin = Origin::start();
    let gate = Gate::default();
    origin.set("/feed", Reply::Held(gate.clone(), Form::Atom10.document(&news(2))));
    let home = Home::new(&Settings::new().source("paper", &origin.url("/feed"), REGION));
    let daemon = Daemon::start(&home);
    let admin = daemon.admin;
    let asker = thread::spawn(move || http::try_request(admin, "POST", "/poll/paper", &[]));
    eventually_so("a poll that waits for its answer", || gate.is_reached());
    daemon.signal("TERM");
    eventually_so("the daemon to stop", || daemon.log().contains("waiting for polls under way"));
    gate.open();
    daemon.ended();
    let answered = asker.join().expect("no panic").expect("the asker is answered before the end");
    assert_eq!(answered.expect(200).json()["entries_new"], 2);

    let asked = origin.count();
    let daemon = Daemon::start(&home);
    assert_eq!(titles(&daemon, "paper"), ["来稿2", "来稿1"]);
    assert_eq!(origin.count(), asked, "what was kept must not be fetched again");
}

#[test]
fn a_restart_polls_a_source_no_earlier_than_its_schedule_says() {
    let origin = Origin::start();
    origin.set("/feed", Form::Atom10.document(&news(1)).etag("\"1\""));
    let lines = format!("{REGION}schedule = \"7s\"\n");
    let home = Home::new(&Settings::new().source("paper", &origin.url("/feed"), &lines));
    let daemon = Daemon::start(&home);
    daemon.poll("paper");
    let planned = daemon.source("paper")["next_poll"].clone();
    daemon.stop();
    // A first poll comes within 5 s of the start, so an early one would be seen.
    let daemon = Daemon::start(&home);
    assert_eq!(daemon.source("paper")["next_poll"], planned);
    let times = eventually("the second poll", || {
        let asked = origin.asked("/feed");
        (asked.len() >= 2).then(|| [asked[0].at, asked[1].at])
    });
    let gap = times[1] - times[0];
    // Times of polls are whole seconds.
    assert!(gap > Duration::from_secs(6), "polled again after {gap:?}, which is early");
    assert_eq!(origin.asked("/feed")[1].header("if-none-match"), Some("\"1\""));
}

#[test]
fn kill_9_between_polls_loses_nothing_and_polls_nobody() {
    let origin = Origin::start();
    origin.set("/feed", Form::Json11.document(&news(3)).etag("\"3\""));
    let home = Home::new(&Settings::new().source("paper", &origin.url("/feed"), REGION));
    let daemon = Daemon::start(&home);
    daemon.poll("paper");
    let document = |daemon: &Daemon| {
        let answer = daemon.document("/r/shaanxi.atom");
        (answer.etag(), answer.body)
    };
    let before = document(&daemon);
    daemon.kill();

    let daemon = Daemon::start(&home);
    assert_eq!(document(&daemon), before);
    assert_eq!(origin.count(), 1, "the poll was acknowledged and must not be repeated");
    assert_eq!(daemon.poll("paper")["outcome"], "not_modified");
    assert_eq!(titles(&daemon, "paper"), ["来稿3", "来稿2", "来稿1"]);
}

/// Sources, and items of each, that are stored while the kill comes.
const SOURCES: usize = 12;
const ITEMS: usize = 40;

#[test]
fn kill_9_while_entries_are_stored_loses_nothing_acknowledged_and_doubles_nothing() {
    let origin = Origin::start();
    let mut settings = Settings::new()
        .poll("concurrency = 12\nfirst_poll_entries = 1000")
        .tables("[[host]]\nmatch = \"127.0.0.1\"\nconcurrency = 12");
    let ids: Vec<String> = (0..SOURCES).map(|n| format!("paper{n}")).collect();
    for id in &ids {
        let title = |n: usize| format!("{id}来稿{n}");
        let items: Vec<News> = (0..ITEMS)
            .map(|n| {
                let mut news = News::new("paper", n, &title(n), n as i64);
                news.text = format!("{id}的第{n}篇。").repeat(40);
                news
            })
            .collect();
        origin.set(&format!("/{id}"), Form::Rss20.document(&items).etag(&format!("\"{id}\"")));
        settings = settings.source(id, &origin.url(&format!("/{id}")), REGION);
    }
    for kill_after in [1, 4, 8] {
        let home = Home::new(&settings);
        let daemon = Daemon::start(&home);
        let kept = poll_all_and_kill(daemon, &ids, kill_after);
        assert!(kept.len() >= kill_after);

        let daemon = Daemon::start(&home);
        for id in &kept {
            assert_whole(&daemon, id);
            assert_ne!(daemon.source(id)["last_success"], serde_json::Value::Null);
        }
        for id in &ids {
            assert_eq!(daemon.poll(id)["kept"], true);
            assert_whole(&daemon, id);
        }
        let all = published::whole(&daemon, "/r/shaanxi/xianyang/xingping.rss?limit=200");
        let distinct: BTreeSet<&str> = all.iter().map(|item| item.title.as_str()).collect();
        assert_eq!((all.len(), distinct.len()), (SOURCES * ITEMS, SOURCES * ITEMS));
        daemon.stop();
        let lines = home.run(&["export"]).expect(0).json_lines();
        assert_eq!(lines.len(), SOURCES * ITEMS, "killed after {kill_after}");
    }
}

/// Polls all sources at once and kills the daemon when `kill_after` polls have been
/// acknowledged. Returns the sources of all polls that were.
fn poll_all_and_kill(daemon: Daemon, ids: &[String], kill_after: usize) -> Vec<String> {
    let (acknowledged, kept) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let askers: Vec<_> = ids
        .iter()
        .map(|id| {
            let (id, admin) = (id.clone(), daemon.admin);
            let (acknowledged, kept) = (Arc::clone(&acknowledged), Arc::clone(&kept));
            thread::spawn(move || {
                let answer = http::try_request(admin, "POST", &format!("/poll/{id}"), &[]);
                // No answer: the kill came first.
                if answer.is_ok_and(|answer| answer.status == 200 && answer.json()["kept"] == true)
                {
                    kept.lock().expect("no holder panics").push(id);
                    acknowledged.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    eventually_so("some polls", || acknowledged.load(Ordering::SeqCst) >= kill_after);
    daemon.kill();
    for asker in askers {
        asker.join().expect("no panic");
    }
    let kept = kept.lock().expect("no holder panics");
    kept.clone()
}

/// All items of a source, each once.
#[track_caller]
fn assert_whole(daemon: &Daemon, id: &str) {
    let items = published::whole(daemon, &format!("/s/{id}.atom?limit=30"));
    let titles: BTreeSet<String> = items.iter().map(|item| item.title.clone()).collect();
    let expected: BTreeSet<String> = (0..ITEMS).map(|n| format!("{id}来稿{n}")).collect();
    assert_eq!(items.len(), ITEMS, "{id}");
    assert_eq!(titles, expected, "{id}");
}
