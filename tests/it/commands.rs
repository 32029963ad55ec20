//! The command line, with and without a daemon that has the store.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{self, Home, Settings};
use crate::support::origin::{Document, Origin};
use crate::support::{keys, words};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU8, Ordering};

/// Settings with an admin listener that other commands can find, on an address that no
/// other test uses.
pub fn settings() -> Settings {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [low, high, ..] = std::process::id().to_le_bytes();
    let last = NEXT.fetch_add(1, Ordering::SeqCst);
    let ip = format!("127.{}.{low}.{last}", 64 + high % 128);
    Settings::new().listen(&format!("public = \"{ip}:18080\"\nadmin = \"{ip}:18081\""))
}

/// A paper with three items, one that answers 304 ever after, and one that fails.
struct Wire {
    origin: Origin,
    home: Home,
}

impl Wire {
    fn new() -> Wire {
        let origin = Origin::start();
        let news: Vec<News> =
            (1..=3).map(|n| News::new("paper", n, &format!("兴平市来稿{n}"), n as i64)).collect();
        origin.set("/paper", Form::Rss20.document(&news).etag("\"3\""));
        origin.set("/bad", Document::new("text/html", "<html><body>首页</body></html>"));
        let lines = "region = \"shaanxi/xianyang\"\ntopics = [\"education\"]\n";
        let settings = settings()
            .source("paper", &origin.url("/paper"), lines)
            .source("bad", &origin.url("/bad"), "")
            .source("off", &origin.url("/off"), "enabled = false\n")
            .source("idle", "rsshub://people/sn", "");
        Wire { home: Home::new(&settings), origin }
    }
}

#[test]
fn check_counts_what_there_is_in_words_and_as_json() {
    let wire = Wire::new();
    let ended = wire.home.run(&["check"]).expect(0);
    assert!(ended.stdout.contains("4 sources (2 active, 1 idle, 1 disabled)"), "{}", ended.stdout);
    assert!(ended.stderr.contains("rsshub"), "idle sources are worth a warning");
    let report = wire.home.run(&["check", "--json"]).expect(0).json();
    assert_eq!(keys(&report), words("ok problems warnings summary"));
    assert_eq!(report["ok"], true);
    assert_eq!(report["problems"], Value::Array(vec![]));
    let summary = &report["summary"];
    assert_eq!((&summary["sources"], &summary["active"]), (&4.into(), &2.into()));
    let number = |key: &str| summary[key].as_u64().expect("a count");
    let published = number("published_regions");
    assert!(published > 100 && published < number("regions"), "only Shaanxi is published");
    let channels = 1 + published + number("topics") * (1 + published) + number("sources");
    assert_eq!(number("channels"), channels);

    let other = wire.home.path().join("other.toml");
    std::fs::write(&other, "[sit]\n").expect("a writable folder");
    let report = wire.home.run(&["check", "--json", "other.toml"]).expect(78).json();
    assert_eq!(report["ok"], false);
    let problem = report["problems"][0].as_str().expect("a problem");
    assert!(problem.starts_with("other.toml:1:2: sit"), "{problem}");
    assert_eq!(report["summary"], Value::Null);
}

#[test]
fn the_shipped_settings_have_no_problem() {
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/feeds.toml");
    let mut command = home::program();
    command.args(["check", "--json", shipped]);
    let report = home::to_end(command, b"").expect(0).json();
    assert!(report["summary"]["active"].as_u64() > Some(10), "{report}");
    assert!(report["summary"]["idle"].as_u64() >= Some(40), "{report}");
}

#[test]
fn poll_tells_what_it_found_and_keeps_it() {
    let wire = Wire::new();
    let ended = wire.home.run(&["poll", "paper", "--json"]).expect(0);
    let [polled, summary] = &ended.json_lines()[..] else { panic!("{}", ended.stdout) };
    assert_eq!((&polled["source"], &polled["outcome"]), (&"paper".into(), &"fetched".into()));
    assert_eq!((&polled["items"], &polled["entries_new"]), (&3.into(), &3.into()));
    assert_eq!((&polled["status"], &polled["kept"]), (&200.into(), &true.into()));
    let reason = polled["next_reason"].as_str().expect("a reason");
    assert!(reason.starts_with("every 1d; jitter "), "{reason}");
    let totals = "sources fetched not_modified gone failed not_kept entries_new entries_changed elapsed_ms cpu_ms";
    assert_eq!(keys(summary), words(totals));
    assert_eq!((&summary["sources"], &summary["entries_new"]), (&1.into(), &3.into()));

    let again = wire.home.run(&["poll", "paper"]).expect(0);
    assert!(again.stdout.contains("paper: not modified (304)"), "{}", again.stdout);
    assert_eq!(wire.origin.asked("/paper")[1].header("if-none-match"), Some("\"3\""));
}

#[test]
fn poll_all_goes_through_the_active_sources_and_fails_only_when_nothing_works() {
    let wire = Wire::new();
    let ended = wire.home.run(&["poll", "--all", "--json"]).expect(0);
    let lines = ended.json_lines();
    let polled: BTreeSet<&str> = lines.iter().filter_map(|line| line["source"].as_str()).collect();
    assert_eq!(polled, words("paper bad"));
    let bad = lines.iter().find(|line| line["source"] == "bad").expect("a line");
    assert_eq!((&bad["outcome"], &bad["kept"]), (&"failed".into(), &true.into()));
    let summary = lines.last().expect("a summary");
    assert_eq!((&summary["fetched"], &summary["failed"]), (&1.into(), &1.into()));
    assert_eq!(wire.origin.asked("/off").len(), 0);

    let failed = wire.home.run(&["poll", "bad"]).expect(1);
    assert!(failed.stdout.contains("web page"), "{}", failed.stdout);
    for (source, why) in [("idle", "rsshub"), ("nobody", "no source \"nobody\"")] {
        let ended = wire.home.run(&["poll", source]).expect(1);
        assert!(ended.stderr.contains(why), "{}", ended.stderr);
    }
    wire.home.run(&["poll"]).expect(2);
}

#[test]
fn a_dry_run_shows_the_verdicts_and_keeps_nothing() {
    let wire = Wire::new();
    let ended = wire.home.run(&["poll", "paper", "--dry-run", "--json"]).expect(0);
    let entries = ended.json_lines();
    assert_eq!(entries.len(), 3);
    for entry in &entries {
        assert_eq!(keys(entry), words("source id title link published regions topics"));
        let region = &entry["regions"][0];
        assert_eq!(region["region"], "shaanxi/xianyang/xingping");
        assert_eq!((&region["kind"], &region["evidence"]), (&"title".into(), &"兴平市".into()));
        assert_eq!((&region["relation"], &region["rule"]), (&"located".into(), &"name".into()));
        assert_eq!(entry["topics"][0]["kind"], "source");
    }
    let text = wire.home.run(&["poll", "paper", "--dry-run"]).expect(0).stdout;
    assert!(text.contains("3 items; nothing is kept") && text.contains("兴平市来稿2"), "{text}");
    let why = "    shaanxi/xianyang/xingping (located by name; title: 兴平市)\n";
    assert!(text.contains(why) && text.contains("(source: "), "{text}");
    assert!(!wire.home.path().join("store").exists(), "a dry run made a store");
    let failed = wire.home.run(&["poll", "bad", "--dry-run"]).expect(1);
    assert!(failed.stderr.contains("bad: "), "{}", failed.stderr);
    let all = wire.home.run(&["poll", "--all", "--dry-run", "--json"]).expect(0);
    assert_eq!(all.json_lines(), entries, "every active source, and no others");
    assert!(all.stderr.contains("bad: "), "{}", all.stderr);
    let export = wire.home.run(&["export"]).expect(1);
    assert!(export.stderr.contains("no store at"), "{}", export.stderr);
    wire.home.write(&Settings::new().text());
    let nothing = wire.home.run(&["poll", "--all", "--dry-run"]).expect(0);
    assert_eq!(nothing.stdout, "", "no sources, nothing found");
}

#[test]
fn sources_and_export_say_the_same_with_and_without_a_daemon() {
    let wire = Wire::new();
    wire.home.run(&["poll", "--all"]).expect(0);
    let outputs = || {
        [&["sources", "--json"][..], &["sources"], &["export"]]
            .map(|args| wire.home.run(args).expect(0).stdout)
    };
    let without = outputs();
    let daemon = Daemon::start(&wire.home);
    let with = outputs();
    assert_eq!(without, with);

    let [json, table, lines] = &with;
    let rows: Value = serde_json::from_str(json).expect("JSON");
    let rows = rows.as_array().expect("an array");
    let states: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| (row["id"].as_str().expect("an id"), row["state"].as_str().expect("a state")))
        .collect();
    assert_eq!(states, [("paper", "fine"), ("bad", "failing"), ("off", "off"), ("idle", "idle")]);
    assert_eq!(rows[0]["entries"], 3);
    assert_eq!(Value::Array(rows.clone()), daemon.status()["sources"]);
    assert!(table.lines().count() == 5 && table.contains("failing x1"), "{table}");

    let lines: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let titles: Vec<&str> =
        lines.iter().map(|line| line["title"].as_str().expect("a title")).collect();
    // In the order of arrival, oldest first.
    assert_eq!(titles, ["兴平市来稿3", "兴平市来稿2", "兴平市来稿1"]);
    assert_eq!(lines[0]["source"], "paper");
    assert_eq!(lines[0]["guid"], "paper-3");

    let failing = wire.home.run(&["sources", "--json", "--state", "failing"]).expect(0).json();
    assert_eq!(failing.as_array().map(Vec::len), Some(1));
    wire.home.run(&["export", "-o", "out.jsonl"]).expect(0);
    let file = std::fs::read_to_string(wire.home.path().join("out.jsonl")).expect("a file");
    assert_eq!(file, with[2]);
    assert!(!wire.home.path().join("out.jsonl.part").exists());
}

#[test]
fn an_export_of_many_entries_is_the_same_from_a_daemon_page_by_page() {
    let origin = Origin::start();
    let mut settings = settings();
    for paper in 0..3 {
        let news: Vec<News> = (0..400)
            .map(|n| News::new("paper", n, &format!("{paper}报来稿{n}"), n as i64))
            .collect();
        origin.set(&format!("/{paper}"), Form::Json11.document(&news));
        let id = format!("paper{paper}");
        settings = settings.source(&id, &origin.url(&format!("/{paper}")), "");
    }
    let home = Home::new(&settings);
    home.run(&["poll", "--all"]).expect(0);
    let without = home.run(&["export"]).expect(0).stdout;
    assert_eq!(without.lines().count(), 1200);
    let _daemon = Daemon::start(&home);
    assert!(home.run(&["export"]).expect(0).stdout == without, "the lines differ");
}

#[test]
fn poll_asks_a_running_daemon_to_do_it() {
    let wire = Wire::new();
    let daemon = Daemon::start(&wire.home);
    let polled = wire.home.run(&["poll", "paper", "--json"]).expect(0);
    let line = &polled.json_lines()[0];
    assert_eq!((&line["source"], &line["kept"]), (&"paper".into(), &true.into()));
    assert_eq!(daemon.source("paper")["entries"], 3);
    let again = wire.home.run(&["poll", "paper"]).expect(0);
    assert!(again.stdout.contains("not modified (304)"), "{}", again.stdout);
}

#[test]
fn man_page_completions_help_and_version_are_printed() {
    let run = |args: &[&str]| {
        let mut command = home::program();
        command.args(args);
        home::to_end(command, b"").expect(0).stdout
    };
    let commands = [
        "run",
        "check",
        "demo",
        "poll",
        "polls",
        "inspect",
        "sources",
        "export",
        "man",
        "completions",
    ];
    let man = run(&["man"]);
    assert!(man.contains(".TH countywire 1"), "{man}");
    let help = run(&["--help"]);
    let shells = ["bash", "zsh", "fish", "elvish", "powershell"];
    let completions = shells.map(|shell| run(&["completions", shell]));
    for command in commands {
        assert!(man.contains(&format!("COUNTYWIRE {}", command.to_uppercase())), "{command}");
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
        assert!(completions.iter().all(|script| script.contains(command)), "{command}");
    }
    assert!(run(&["--version"]).starts_with("countywire "));
    let mut wrong = home::program();
    wrong.arg("--nonsense");
    home::to_end(wrong, b"").expect(2);
}

#[test]
fn store_tells_what_it_holds_is_verified_and_gets_a_new_index() {
    let wire = Wire::new();
    wire.home.run(&["store", "stats"]).expect(1);
    wire.home.run(&["poll", "paper"]).expect(0);
    let stats = wire.home.run(&["store", "stats", "--json"]).expect(0).json();
    assert_eq!(
        (&stats["entries"], &stats["sources"], &stats["segments"]),
        (&3.into(), &1.into(), &1.into())
    );
    let sound = wire.home.run(&["store", "verify"]).expect(0);
    assert!(sound.stdout.starts_with("0 faults in 1 segments"), "{}", sound.stdout);

    let segment = wire.home.path().join("store/segments/0000000000000001.seg");
    let mut bytes = std::fs::read(&segment).expect("a segment");
    bytes[100] ^= 1;
    std::fs::write(&segment, bytes).expect("written");
    let verified = wire.home.run(&["store", "verify", "--json"]).expect(1).json();
    let fault = |at: usize, part: &str| verified["faults"][at][part].as_str().expect("a text");
    assert!(fault(0, "place").starts_with("entry "), "{verified}");
    assert!(fault(0, "problem").contains("segment 0000000000000001, byte 16"), "{verified}");
    assert_eq!(fault(1, "place"), "segment 0000000000000001, byte 16");
    let rebuilt = wire.home.run(&["store", "rebuild"]).expect(0);
    assert!(rebuilt.stdout.contains("from what is sound"), "{}", rebuilt.stdout);
    let stats = wire.home.run(&["store", "stats", "--json"]).expect(0).json();
    assert_eq!(stats["entries"], 2);

    let daemon = Daemon::start(&wire.home);
    let refused = wire.home.run(&["store", "rebuild"]).expect(1);
    assert!(refused.stderr.contains("in use by a daemon"), "{}", refused.stderr);
    daemon.stop();
}

#[test]
fn what_a_daemon_knows_is_told_by_it_also_when_its_settings_have_a_fault_since() {
    let origin = Origin::start();
    origin.set("/paper", Form::Rss20.document(&[]));
    let home = Home::new(&Settings::new().source("paper", &origin.url("/paper"), ""));
    let daemon = Daemon::start(&home);
    daemon.settled();
    let ask = |args: &[&str]| home.run_asking(daemon.admin, args);
    let commands =
        [&["sources", "--json"][..], &["polls", "paper", "--json"], &["subscribers", "--json"]];
    let before = commands.map(|args| ask(args).expect(0).stdout);
    let settings = std::fs::read_to_string(home.feeds_toml()).expect("there");
    for (fault, told) in [
        (settings.replace("schedule = \"1d\"", "schedule = \"soon\""), "poll.schedule"),
        (settings.replace("[poll]", "polls =\n[poll]"), "syntax"),
    ] {
        home.write(&fault);
        for (args, before) in commands.iter().zip(&before) {
            let ended = ask(args).expect(0);
            assert_eq!(ended.stdout, *before, "{args:?}");
            assert!(ended.stderr.contains(told), "{}", ended.stderr);
            let from = format!("told by the daemon at {}, which goes on", daemon.admin);
            assert!(ended.stderr.contains(&from), "{}", ended.stderr);
        }
        for source in ["nobody", "no body"] {
            let ended = ask(&["polls", source]).expect(1);
            assert!(ended.stderr.contains(&format!("no source {source:?}")), "{}", ended.stderr);
        }
    }
    let admin = daemon.admin;
    daemon.stop();
    for args in commands {
        let alone = home.run_asking(admin, args).expect(78);
        assert!(alone.stderr.contains("syntax") && alone.stdout.is_empty(), "{}", alone.stderr);
    }
}

#[test]
fn whoever_asks_for_subscribers_is_told_whether_there_is_a_daemon_or_a_store() {
    let origin = Origin::start();
    origin.set("/paper", Form::Rss20.document(&[]));
    let home = Home::new(&Settings::new().source("paper", &origin.url("/paper"), ""));
    let free =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let free = free.expect("a port");
    let nothing = home.run_asking(free, &["subscribers"]).expect(1).stderr;
    assert!(nothing.contains(&format!("neither a daemon at {free}")), "{nothing}");
    home.run(&["poll", "paper"]).expect(0);
    let store = home.run_asking(free, &["subscribers"]).expect(1).stderr;
    assert!(store.contains(&format!("no daemon answers at {free}")), "{store}");
    assert!(store.contains("none has the store"), "{store}");
    let daemon = Daemon::start(&home);
    let elsewhere = home.run_asking(free, &["subscribers"]).expect(1).stderr;
    assert!(elsewhere.contains("it has the store"), "{elsewhere}");
    daemon.stop();
}
