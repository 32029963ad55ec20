//! The parser against real feeds and other parsers' test documents. The corpus is not
//! part of the repository: without it these tests say so and pass, unless
//! `COUNTYWIRE_REQUIRE_SHARED=1`.

use crate::shared;
use chrono_tz::Tz;
use countywire::model::{ParsedFeed, Timestamp};
use countywire::parse::{Document, Limits, ParseContext, ParseError, parse};
use countywire::text::{dates, html};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// 2026-11-24T08:00:00Z
pub const NOW: Timestamp = Timestamp(1_795_507_200);

/// The corpus, when it is there.
pub fn corpus() -> Option<PathBuf> {
    shared::material("corpus")
}

pub fn read(bytes: &[u8], content_type: Option<&str>) -> Result<ParsedFeed, ParseError> {
    let context = ParseContext { zone: Tz::UTC, polled_at: NOW, limits: Limits::default() };
    parse(&Document { bytes, content_type, url: None }, &context)
}

pub fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("an expectation file");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

#[test]
fn no_document_of_the_corpus_makes_the_parser_panic() {
    let Some(corpus) = corpus() else { return };
    let mut read_count = BTreeMap::new();
    for file in files_below(&corpus.join("conformance")) {
        let outcome = read(&std::fs::read(&file).expect("a file"), None);
        let folder = file.parent().and_then(Path::file_name).expect("a folder");
        let counts: &mut [usize; 2] = read_count.entry(folder.to_owned()).or_default();
        counts[usize::from(outcome.is_err())] += 1;
        // What the prepass hands on, feed-rs reads.
        assert!(
            !matches!(&outcome, Err(ParseError::Malformed { .. }))
                || file.extension().is_some_and(|e| e == "json"),
            "{}: {outcome:?}",
            file.display()
        );
    }
    eprintln!("{read_count:#?}");
}

#[test]
fn lying_and_missing_labels_are_seen_through() {
    let Some(corpus) = corpus() else { return };
    let table = std::fs::read_to_string(corpus.join("conformance/encodings.tsv")).expect("a table");
    let root = &corpus;
    let titles = |feed: &ParsedFeed| -> Vec<String> {
        feed.entries.iter().map(|e| html::to_text(e.title.as_deref().unwrap_or(""), 500)).collect()
    };
    let (mut all, mut faults) = (0, Vec::new());
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let &[path, source, _, _, content_type, expect] = columns.as_slice() else { continue };
        let bytes = |path: &str| std::fs::read(root.join(path)).expect("a file");
        let content_type = Some(content_type).filter(|c| !c.is_empty());
        let Ok(original) = read(&bytes(source), None) else { continue };
        let original = titles(&original);
        // These came damaged; read as their labels say they come out whole.
        if original.iter().any(|title| title.contains('Ã')) {
            continue;
        }
        all += 1;
        match read(&bytes(path), content_type) {
            Ok(feed) if are_within(&titles(&feed), &original) => {}
            Ok(feed) => faults.push(format!("{path} as {} ({expect})", feed.encoding)),
            Err(error) => faults.push(format!("{path}: {error} ({expect})")),
        }
    }
    eprintln!("{} of {all} differ:\n{}", faults.len(), faults.join("\n"));
    assert!(faults.len() * 100 <= all * 5);
}

/// Whether the texts are the originals, without what the encoding lacks.
fn are_within(texts: &[String], originals: &[String]) -> bool {
    let within = |text: &str, original: &str| {
        let mut rest = original.chars();
        text.chars().all(|c| c.is_whitespace() || c == '?' || rest.any(|other| other == c))
    };
    texts.len() == originals.len()
        && texts.iter().zip(originals).all(|(text, original)| within(text, original))
}

#[test]
fn damaged_feeds_keep_their_items() {
    let Some(corpus) = corpus() else { return };
    let table = corpus.join("conformance/illformed-derived.tsv");
    let table = std::fs::read_to_string(table).expect("a table");
    let (mut all, mut faults) = (0, Vec::new());
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let &[path, source, mutation, ..] = columns.as_slice() else { continue };
        let bytes = |path: &str| std::fs::read(corpus.join(path)).expect("a file");
        let Ok(original) = read(&bytes(source), None) else { continue };
        let wanted = original.entries.len();
        all += 1;
        let found = read(&bytes(path), None).map(|feed| feed.entries.len());
        let enough = match found {
            // Repeats are told by `normalise`.
            Ok(found) if mutation == "duplicate-item" => found >= wanted,
            Ok(found) if mutation.starts_with("truncated") => found * 10 >= wanted * 3,
            Ok(found) => found == wanted,
            Err(_) => false,
        };
        if !enough {
            faults.push(format!("{path}: {found:?} of {wanted}"));
        }
    }
    eprintln!("{} of {all} differ:\n{}", faults.len(), faults.join("\n"));
    assert!(faults.len() * 100 <= all * 5);
}

#[test]
fn dates_of_the_corpus_are_read_as_meant() {
    let Some(corpus) = corpus() else { return };
    let table = std::fs::read_to_string(corpus.join("dates.tsv")).expect("a table");
    let mut faults = Vec::new();
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (raw, has_zone, feedparser, feed_rs) = (columns[2], columns[6], columns[7], columns[8]);
        let found = dates::parse(raw, Tz::UTC, NOW).map(|date| date.at.rfc3339());
        // feedparser reads months for days and forgets zones that it does not know.
        let wrong = ["BST", "AEST", "CEST", " am PST", "/", "24-07:00"];
        let errs = wrong.iter().any(|part| raw.contains(part));
        let second = |text: &str| text.get(..19).map(str::to_owned);
        let expected = match (feed_rs, feedparser) {
            ("", "") => continue,
            ("", feedparser) if errs => {
                if found.is_none() {
                    faults.push(format!("{raw}: none; feedparser {feedparser}"));
                }
                continue;
            }
            ("", feedparser) => second(feedparser),
            (feed_rs, _) => second(feed_rs),
        };
        if found.as_deref().and_then(second) != expected {
            faults.push(format!("{raw} ({has_zone}): {found:?}, expected {expected:?}"));
        }
    }
    assert!(faults.is_empty(), "{} differ:\n{}", faults.len(), faults.join("\n"));
}
