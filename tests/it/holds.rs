//! Hosts that want to be left alone are, by every command, and over the ends of processes.

use crate::commands::settings;
use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{self, Home};
use crate::support::origin::{Gate, Origin, Reply};
use crate::support::{eventually_so, http};
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

fn document() -> Reply {
    Form::Rss20.document(&[News::new("a", 1, "来稿", 1)]).into()
}

#[test]
fn a_429_without_retry_after_holds_whoever_asks_and_how() {
    let origin = Origin::start();
    origin.set("/busy", Reply::Status(429, vec![]));
    origin.set("/beside", document());
    let settings = settings().source("busy", &origin.url("/busy"), "");
    let home = Home::new(&settings.clone().source("third", &origin.url("/beside"), ""));
    // Nothing is kept of a dry run; it spares the host from the refusal on all the same.
    let dry = home.run(&["poll", "--all", "--dry-run"]).expect(1);
    assert!(dry.stderr.contains("third: its host is left alone"), "{}", dry.stderr);
    assert_eq!(origin.count(), 1);
    home.write(&settings.text());
    home.run(&["poll", "busy"]).expect(1);
    assert_eq!(origin.count(), 2);
    // One more of the host, which was never polled.
    home.write(&settings.source("beside", &origin.url("/beside"), "").text());
    let refused = |args: &[&str]| {
        let ended = home.run(args).expect(1);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(said.contains("left alone until 20"), "{args:?}: {said}");
    };
    let all = || {
        refused(&["poll", "--all", "--dry-run"]);
        for source in ["busy", "beside"] {
            refused(&["poll", source]);
            refused(&["poll", source, "--dry-run"]);
        }
        let rows = home.run(&["sources", "--json"]).expect(0).json();
        for row in rows.as_array().expect("rows") {
            assert!(row["held_until"].as_str().is_some(), "{row}");
            assert!(row["next_poll"].as_str() >= row["held_until"].as_str(), "{row}");
        }
        let new = &rows[1]["next_reason"];
        let new = new.as_str().expect("a reason");
        assert!(new.contains("left alone until") && new.ends_with("first poll of a new source"));
    };
    refused(&["poll", "--all"]);
    all();
    let daemon = Daemon::start(&home);
    all();
    let reason = daemon.source("busy")["next_reason"].to_string();
    assert!(reason.contains("backoff 1d"), "{reason}");
    daemon.stop();
    all();
    assert_eq!(origin.count(), 2);
}

#[test]
fn commands_one_after_another_keep_the_spacing_of_a_host() {
    let origin = Origin::start();
    let mut settings = settings().poll("host_spacing = \"2s\"");
    for id in ["a", "b"] {
        origin.set(&format!("/{id}"), document());
        settings = settings.source(id, &origin.url(&format!("/{id}")), "");
    }
    let home = Home::new(&settings);
    home.run(&["poll", "a"]).expect(0);
    home.run(&["poll", "b"]).expect(0);
    home.run(&["poll", "a", "--dry-run"]).expect(0);
    let asked = origin.asked_below("/");
    assert_eq!(asked.len(), 3);
    for pair in asked.windows(2) {
        assert!(pair[1].at - pair[0].at >= Duration::from_secs(2), "{pair:?}");
    }
}

#[test]
fn a_poll_that_failed_ends_with_1_with_and_without_a_daemon() {
    let origin = Origin::start();
    origin.set("/good", document());
    let settings =
        settings().source("good", &origin.url("/good"), "").source("bad", &origin.url("/bad"), "");
    let home = Home::new(&settings);
    let codes = || {
        for as_json in [false, true] {
            let args =
                |source| [&["poll", source][..], &["--json"][..usize::from(as_json)]].concat();
            home.run(&args("good")).expect(0);
            home.run(&args("bad")).expect(1);
        }
    };
    codes();
    let daemon = Daemon::start(&home);
    codes();
    daemon.stop();
}

#[test]
fn a_source_that_is_gone_has_no_next_poll() {
    let origin = Origin::start();
    origin.set("/gone", Reply::Status(410, vec![]));
    let home = Home::new(&settings().source("gone", &origin.url("/gone"), ""));
    let none = |args: &[&str]| {
        let said = home.run(args).expect(0).stdout;
        assert!(!said.contains("9999") && !said.contains("10000-01-01"), "{said}");
        assert!(!said.contains("next 20"), "{said}");
    };
    none(&["poll", "gone"]);
    none(&["polls", "gone"]);
    let daemon = Daemon::start(&home);
    none(&["polls", "gone"]);
    none(&["sources"]);
    let answer = http::get(daemon.admin, "/status/gone").expect(200);
    let page = answer.text();
    assert!(!page.contains("9999") && !page.contains("10000-01-01"), "{page}");
    daemon.stop();
}

/// `| head -1`: what is under way is finished and kept.
#[test]
fn a_round_whose_reader_goes_away_keeps_what_is_under_way() {
    let origin = Origin::start();
    let gate = Gate::default();
    let slow = Form::Rss20.document(&[News::new("slow", 1, "慢稿", 1)]);
    origin.set("/quick", document());
    origin.set("/slow", Reply::Held(gate.clone(), slow));
    let host = "[[host]]\nmatch = \"127.0.0.1\"\nconcurrency = 8";
    let settings = settings().tables(host).source("quick", &origin.url("/quick"), "").source(
        "slow",
        &origin.url("/slow"),
        "",
    );
    let home = Home::new(&settings);
    let mut command = home.command(&["poll", "--all"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts");
    let mut line = String::new();
    let mut reader = BufReader::new(child.stdout.take().expect("piped"));
    reader.read_line(&mut line).expect("a line");
    assert!(line.starts_with("quick: 1 items"), "{line}");
    drop(reader);
    eventually_so("the slow request", || gate.is_reached());
    gate.open();
    home::wait(&mut child);
    let rows = home.run(&["sources", "--json"]).expect(0).json();
    assert_eq!((&rows[1]["id"], &rows[1]["entries"]), (&"slow".into(), &1.into()), "{rows}");
}
