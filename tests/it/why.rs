//! Asking why: the past polls of a source, on the command line and on the status pages.

use crate::commands::settings;
use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::origin::{Document, Gate, Origin, Reply};
use crate::support::{eventually, http, keys, words};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::io::Write;

fn news(count: usize) -> Vec<News> {
    (1..=count).rev().map(|n| News::new("paper", n, &format!("来稿{n}"), 40 - n as i64)).collect()
}

fn gzipped(document: Document) -> Document {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&document.body).expect("a vector takes all");
    let headers = vec![("Content-Encoding", "gzip".to_owned())];
    Document { body: encoder.finish().expect("a vector takes all"), headers, ..document }
}

/// A paper that has been fetched, not modified, fetched with two more items, and broken.
fn lived() -> (Origin, Home, Vec<u64>) {
    let origin = Origin::start();
    let home = Home::new(&settings().source("paper", &origin.url("/paper"), "").source(
        "paper-two",
        &origin.url("/two"),
        "enabled = false\n",
    ));
    let first = gzipped(Form::Rss20.document(&news(20)).etag("\"1\""));
    let mut second = news(22);
    second[20].text = "改过的正文。".to_owned();
    let second = Form::Rss20.document(&second).etag("\"2\"");
    let sizes = [&first, &second].map(|document| document.body.len() as u64);
    let poll = || home.run(&["poll", "paper"]);
    origin.set("/paper", first);
    poll().expect(0);
    poll().expect(0);
    origin.set("/paper", second);
    poll().expect(0);
    origin.set("/paper", Document::new("text/html", "<html><body>首页</body></html>"));
    poll().expect(1);
    (origin, home, sizes.to_vec())
}

#[test]
fn polls_tell_what_came_and_why_the_next_is_when_it_is() {
    let (_origin, home, sizes) = lived();
    let lines = home.run(&["polls", "paper", "--json"]).expect(0).json_lines();
    let [failed, changed, unchanged, first] = &lines[..] else { panic!("{lines:?}") };
    let all = "source polled asked status outcome error_kind error received_bytes document_bytes \
               items defects entries_new entries_changed elapsed_ms next_poll next_reason";
    assert_eq!(keys(first), words(all));
    let outcomes: Vec<&Value> = lines.iter().map(|line| &line["outcome"]).collect();
    assert_eq!(outcomes, ["failed", "fetched", "not_modified", "fetched"]);
    let statuses: Vec<&Value> = lines.iter().map(|line| &line["status"]).collect();
    assert_eq!(statuses, [200, 200, 304, 200]);
    assert_eq!((&first["items"], &first["entries_new"]), (&20.into(), &20.into()));
    assert_eq!((&changed["entries_new"], &changed["entries_changed"]), (&2.into(), &1.into()));
    assert_eq!(first["received_bytes"], sizes[0]);
    assert!(first["document_bytes"].as_u64() > Some(2 * sizes[0]), "{first}");
    assert_eq!(
        (&changed["received_bytes"], &changed["document_bytes"]),
        (&sizes[1].into(), &sizes[1].into())
    );
    assert_eq!((&unchanged["received_bytes"], &unchanged["items"]), (&0.into(), &Value::Null));
    assert_eq!(
        (&failed["error_kind"], &failed["asked"]),
        (&"not_a_feed".into(), &"requested".into())
    );
    let reason = |line: &Value| line["next_reason"].as_str().unwrap_or_default().to_owned();
    assert!(reason(first).starts_with("every 1d; jitter "), "{first}");
    let failure = "failed once: not_a_feed, backoff 1d; jitter ";
    assert!(reason(failed).starts_with(failure), "{failed}");
    assert!(first["next_poll"].as_str() > first["polled"].as_str());

    let table = home.run(&["polls", "paper"]).expect(0).stdout;
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows.len(), 5, "{table}");
    assert!(
        rows[0].starts_with("WHEN") && rows[0].ends_with("NEXT                  WHY"),
        "{table}"
    );
    assert!(rows[1].contains("200 failed: not_a_feed") && rows[1].contains("web page"), "{table}");
    assert!(rows[3].contains("304 not modified") && rows[3].contains("every 1d; "), "{table}");
    let columns: Vec<usize> = rows.iter().map(|row| row.find("  20").map_or(0, |at| at)).collect();
    assert!(columns.iter().any(|at| *at > 0) && !table.contains('\u{1b}'), "plain text: {table}");

    // A daemon that has the store says the same, and again after a restart.
    let without = [
        &["polls", "paper", "--json"][..],
        &["polls", "paper"],
        &["polls", "paper", "-n", "1", "--json"],
    ]
    .map(|args| home.run(args).expect(0).stdout);
    assert_eq!(without[2].lines().count(), 1);
    for _ in 0..2 {
        let daemon = Daemon::start(&home);
        let with = [
            &["polls", "paper", "--json"][..],
            &["polls", "paper"],
            &["polls", "paper", "-n", "1", "--json"],
        ]
        .map(|args| home.run(args).expect(0).stdout);
        assert_eq!(without, with);
        daemon.stop();
    }
}

#[test]
fn an_unknown_source_is_told_with_those_that_may_be_meant() {
    let (_origin, home, _) = lived();
    let ask = |source: &str| home.run(&["polls", source]).expect(1).stderr;
    let check = || {
        assert!(ask("papr").contains("no source \"papr\"; did you mean paper?"), "{}", ask("papr"));
        assert!(ask("two").contains("did you mean paper-two?"), "{}", ask("two"));
        assert!(ask("xxxxxxxxxx").contains("`countywire sources` lists them"));
        assert!(ask("a/../b").contains("no source"));
        let never = home.run(&["polls", "paper-two"]).expect(0);
        assert_eq!(never.stdout, "paper-two has no polls yet; next: enabled = false\n");
        assert_eq!(home.run(&["polls", "paper-two", "--json"]).expect(0).stdout, "");
    };
    check();
    let daemon = Daemon::start(&home);
    check();
    let missing = http::get(daemon.admin, "/status/papr").expect(404);
    assert_eq!(missing.text(), "no source \"papr\"; did you mean paper?\n");
    home.run(&["polls", "paper", "-n", "0"]).expect(2);
    home.run(&["polls", "paper", "-n", "33"]).expect(2);
    daemon.stop();
    let empty = Home::new(&settings().source("paper", "http://127.0.0.1:9/", ""));
    let said = empty.run(&["polls", "paper"]).expect(0).stdout;
    assert_eq!(said, "paper has no polls yet; next: first poll of a new source\n");
    assert!(!empty.path().join("store").exists(), "asking made a store");
}

#[test]
fn a_source_that_was_removed_keeps_its_history() {
    let (_origin, home, _) = lived();
    home.write(&settings().text());
    let lines = home.run(&["polls", "paper", "--json"]).expect(0).json_lines();
    assert_eq!(lines.len(), 4);
}

#[test]
fn the_status_page_leads_to_each_sources_history() {
    let (origin, home, _) = lived();
    let daemon = Daemon::start(&home);
    let page = http::get(daemon.admin, "/status").expect(200);
    assert!(page.is_page() && page.text().contains("<a href=\"/status/paper\">paper</a>"));
    assert!(page.text().contains("failed once: not_a_feed"), "{}", page.text());
    let history = http::get(daemon.admin, "/status/paper").expect(200);
    let text = history.text();
    assert!(history.is_page() && text.contains("304 not modified"), "{text}");
    assert_eq!(text.matches("every 1d").count(), 3, "{text}");
    assert!(!text.contains(&origin.url("/two")));
    let data = http::get(daemon.admin, "/status/paper.json?polls=2").expect(200).json();
    assert_eq!(keys(&data), words("source polls problem"));
    assert_eq!(data["polls"].as_array().map(Vec::len), Some(2));
    assert_eq!(data["source"], daemon.source("paper"));
    let accept = [("Accept", "application/json")];
    let same = http::request(daemon.admin, "GET", "/status/paper", &accept).expect(200).json();
    assert_eq!(same["polls"].as_array().map(Vec::len), Some(4));
    for path in ["/status/", "/status/%2e%2e", "/status/paper/x", "/status/.json"] {
        http::get(daemon.admin, path).expect(404);
    }
}

#[test]
fn the_status_tells_what_was_spared_and_who_waits_for_which_host() {
    let origin = Origin::start();
    let plain = Form::Rss20.document(&news(20)).etag("\"1\"");
    let packed = gzipped(plain.clone());
    let (full, small) = (plain.body.len() as u64, packed.body.len() as u64);
    origin.set("/paper", packed);
    let gate = Gate::default();
    let mut settings = Settings::new().source("paper", &origin.url("/paper"), "");
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    daemon.settled();
    daemon.poll("paper");
    daemon.poll("paper");
    let traffic = daemon.status()["traffic"].take();
    assert_eq!(traffic["received_bytes"], small);
    assert_eq!(traffic["saved_by_304_bytes"], 2 * small);
    assert_eq!(traffic["saved_by_compression_bytes"], full - small);
    assert_eq!(
        (&traffic["polls"]["not_modified"], &traffic["polls"]["fetched"]),
        (&2.into(), &1.into())
    );
    let page = http::get(daemon.admin, "/status").expect(200);
    assert!(page.text().contains("<dt>saved by 304</dt>"), "{}", page.text());

    // Two more on the host; one is held, so that the other waits, and is ever more behind.
    for path in ["/held0", "/held1"] {
        origin.set(path, Reply::Held(gate.clone(), Form::Rss20.document(&news(1))));
        settings = settings.source(&path[1..], &origin.url(path), "");
    }
    home.write(&settings.text());
    daemon.signal("HUP");
    let queue = eventually("a source that is due and waits", || {
        let queue = daemon.status()["queue"].take();
        let waits = queue["due"] == 1 && queue["running"] == 1;
        (waits && queue["behind_seconds"].as_f64() > Some(0.2)).then_some(queue)
    });
    let host = &queue["hosts"][0];
    assert_eq!(keys(host), words("host due later running free_in_seconds behind_seconds"));
    assert_eq!((&host["host"], &host["due"]), (&"127.0.0.1".into(), &1.into()));
    assert_eq!((&host["running"], &host["later"]), (&1.into(), &1.into()));
    let page = http::get(daemon.admin, "/status").expect(200);
    assert!(page.text().contains("<th scope=\"row\">127.0.0.1</th>"), "{}", page.text());
    gate.open();
    eventually("an empty queue", || (daemon.status()["queue"]["due"] == 0).then_some(()));
}
