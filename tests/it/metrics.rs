//! `/metrics`: Prometheus' text format, 0.0.4.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::http;
use crate::support::origin::{Origin, Reply};
use std::collections::{BTreeMap, BTreeSet};

/// The samples of a document by name and labels as written.
///
/// # Panics
/// Where the document departs from the format, or from how figures are named.
fn strictly(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with('\n') && !text.contains('\r'));
    let mut samples = BTreeMap::new();
    let (mut family, mut kind) = (String::new(), String::new());
    let mut families = BTreeSet::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, text) = help.split_once(' ').expect("a help text");
            assert!(is_name(name) && name.starts_with("countywire_"), "{line}");
            assert!(text.ends_with('.') && !text.contains('\\'), "{line}");
            assert!(families.insert(name.to_owned()), "{name} comes twice");
            let typed = lines.next().and_then(|line| line.strip_prefix("# TYPE "));
            let (again, typed) = typed.and_then(|typed| typed.split_once(' ')).expect("a type");
            assert_eq!(again, name);
            assert!(["counter", "gauge", "histogram", "summary"].contains(&typed), "{typed}");
            assert_eq!(typed == "counter", name.ends_with("_total"), "{name} is a {typed}");
            (family, kind) = (name.to_owned(), typed.to_owned());
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, labels.strip_suffix('}').expect("a brace")),
            None => (series, ""),
        };
        let part = name.strip_prefix(family.as_str()).unwrap_or_else(|| panic!("{line}"));
        let parts: &[&str] = match kind.as_str() {
            "histogram" => &["_bucket", "_sum", "_count"],
            "summary" => &["_sum", "_count"],
            _ => &[""],
        };
        assert!(parts.contains(&part), "{line}");
        check_labels(labels);
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
        assert!(value.is_finite() && value >= 0.0, "{line}");
        assert!(samples.insert(series.to_owned(), value).is_none(), "{series} comes twice");
    }
    for family in &families {
        assert!(samples.keys().any(|name| name.starts_with(family.as_str())), "{family} is empty");
    }
    samples
}

fn is_name(name: &str) -> bool {
    let letters = |c: char| c.is_ascii_lowercase() || c == '_';
    name.starts_with(letters) && name.chars().all(|c| letters(c) || c.is_ascii_digit())
}

fn check_labels(labels: &str) {
    let mut rest = labels;
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("{labels}"));
        assert!(is_name(name), "{labels}");
        let end = after.find('"').unwrap_or_else(|| panic!("{labels}"));
        let value = &after[..end];
        assert!(!value.is_empty() && !value.contains(['\\', '\n']), "{labels}");
        rest = &after[end + 1..];
        assert!(rest.is_empty() || rest.starts_with(','), "{labels}");
        rest = rest.trim_start_matches(',');
    }
}

#[test]
fn figures_are_well_formed_and_tell_what_has_happened() {
    let origin = Origin::start();
    let news: Vec<News> =
        (1..=3).map(|n| News::new("paper", n, &format!("来稿{n}"), n as i64)).collect();
    let document = Form::Rss20.document(&news).etag("\"3\"");
    let bytes = document.body.len() as f64;
    origin.set("/paper", document);
    origin.set("/gone", Reply::Status(410, vec![]));
    origin.set("/bad", Reply::Status(500, vec![]));
    origin.set("/circle", Reply::Status(302, vec![("Location", "/circle".to_owned())]));
    let home = Home::new(
        &Settings::new()
            .source("paper", &origin.url("/paper"), "")
            .source("gone", &origin.url("/gone"), "")
            .source("bad", &origin.url("/bad"), "")
            .source("circle", &origin.url("/circle"), "")
            .source("off", &origin.url("/off"), "enabled = false\n"),
    );
    let daemon = Daemon::start(&home);
    let figures = || {
        let answer = http::get(daemon.admin, "/metrics").expect(200);
        let version = "text/plain; version=0.0.4; charset=utf-8";
        assert_eq!(answer.header("content-type"), Some(version));
        strictly(answer.text())
    };
    daemon.settled();
    daemon.poll("paper");
    daemon.get("/");
    daemon.get("/nothing/here");
    let etag = daemon.get("/").etag();
    http::request(daemon.public, "GET", "/", &[("If-None-Match", &etag)]).expect(304);

    let samples = figures();
    let expected = [
        ("countywire_polls_total{outcome=\"fetched\"}", 1.0),
        ("countywire_polls_total{outcome=\"not_modified\"}", 1.0),
        ("countywire_polls_total{outcome=\"gone\"}", 1.0),
        ("countywire_polls_total{outcome=\"failed\"}", 2.0),
        ("countywire_polls_total{outcome=\"not_kept\"}", 0.0),
        ("countywire_poll_answers_total{status=\"2xx\"}", 1.0),
        ("countywire_poll_answers_total{status=\"3xx\"}", 2.0),
        ("countywire_poll_answers_total{status=\"4xx\"}", 1.0),
        ("countywire_poll_answers_total{status=\"5xx\"}", 1.0),
        ("countywire_poll_answers_total{status=\"none\"}", 0.0),
        ("countywire_poll_duration_seconds_count", 5.0),
        ("countywire_poll_duration_seconds_bucket{le=\"+Inf\"}", 5.0),
        ("countywire_received_bytes_total", bytes),
        ("countywire_saved_bytes_total{by=\"not_modified\"}", bytes),
        ("countywire_saved_bytes_total{by=\"compression\"}", 0.0),
        ("countywire_entries_total{change=\"new\"}", 3.0),
        ("countywire_entries_total{change=\"changed\"}", 0.0),
        ("countywire_sources{state=\"fine\"}", 1.0),
        ("countywire_sources{state=\"gone\"}", 1.0),
        ("countywire_sources{state=\"failing\"}", 2.0),
        ("countywire_sources{state=\"off\"}", 1.0),
        ("countywire_alerts{kind=\"vanished\"}", 1.0),
        ("countywire_alerts{kind=\"silent\"}", 0.0),
        ("countywire_queue_sources{state=\"due\"}", 0.0),
        ("countywire_queue_sources{state=\"running\"}", 0.0),
        ("countywire_journal_sequence", 5.0),
        ("countywire_store_entries", 3.0),
        ("countywire_store_entries_damaged", 0.0),
        ("countywire_served_total{status=\"200\"}", 2.0),
        ("countywire_served_total{status=\"304\"}", 1.0),
        ("countywire_served_total{status=\"404\"}", 1.0),
        ("countywire_ready", 1.0),
        (concat!("countywire_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}"), 1.0),
    ];
    for (name, value) in expected {
        assert_eq!(samples.get(name), Some(&value), "{name}: {samples:#?}");
    }
    assert!(samples["countywire_start_time_seconds"] > 1.7e9);
    let mut before = 0.0;
    for bound in ["0.05", "0.1", "0.25", "0.5", "1", "5", "15", "60", "+Inf"] {
        let polls = samples[&format!("countywire_poll_duration_seconds_bucket{{le=\"{bound}\"}}")];
        assert!(polls >= before, "{samples:#?}");
        before = polls;
    }
    // README lists every family, and no other.
    let readme = include_str!("../../README.md");
    let listed: BTreeSet<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `countywire_")?.split(['`', '{']).next())
        .collect();
    let given: BTreeSet<&str> = samples
        .keys()
        .filter_map(|name| {
            let name = name.split('{').next()?.strip_prefix("countywire_")?;
            let of_parts = ["_bucket", "_sum", "_count"];
            Some(of_parts.iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name))
        })
        .collect();
    assert_eq!(listed, given);
}
