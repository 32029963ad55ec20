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

/// What must survive damage: of each item title, link, id and date.
fn facts(feed: &ParsedFeed) -> Vec<[String; 4]> {
    let text = |text: &Option<String>| html::to_title(text.as_deref().unwrap_or(""), 500);
    let facts = feed.entries.iter().map(|entry| {
        let date = entry.published.or(entry.updated).map(|date| date.at);
        let date = date.map(Timestamp::rfc3339).unwrap_or_default();
        [text(&entry.title), text(&entry.link), text(&entry.guid), date]
    });
    facts.collect()
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
        let original = facts(&read(&bytes(source), None).expect("the source is a feed"));
        let damaged = bytes(path);
        all += 1;
        let fault = match read(&damaged, None).map(|feed| facts(&feed)) {
            Err(error) => Some(error.to_string()),
            // Repeats are told by `normalise`.
            Ok(found) if mutation == "duplicate-item" => {
                let lost = original.iter().find(|item| !found.contains(item));
                lost.map(|lost| format!("{lost:?} is lost"))
            }
            Ok(found) if mutation.starts_with("truncated") => {
                let text = String::from_utf8_lossy(&damaged);
                let whole = text.matches("</item>").count() + text.matches("</entry>").count();
                let kept = found.iter().zip(&original).take_while(|(a, b)| a == b).count();
                (kept < whole).then(|| format!("{kept} of {whole} whole items"))
            }
            Ok(found) if found.len() != original.len() => {
                Some(format!("{} of {} items", found.len(), original.len()))
            }
            Ok(found) => {
                // Two of the mutations add to a title.
                let same = |(found, original): &(&[String; 4], &[String; 4])| {
                    found[0].starts_with(&original[0]) && found[1..] == original[1..]
                };
                let differ = found.iter().zip(&original).find(|pair| !same(pair));
                differ.map(|(found, original)| format!("{found:?}, not {original:?}"))
            }
        };
        faults.extend(fault.map(|fault| format!("{path} ({mutation}): {fault}")));
    }
    assert!(all > 100, "{all}");
    assert!(faults.is_empty(), "{} of {all} differ:\n{}", faults.len(), faults.join("\n"));
}

/// What dates mean that no other reader reads, or that one misreads: it takes months for
/// days and forgets zones that it does not know.
const MEANT: [(&str, &str); 27] = [
    ("Fr, 06 Jan 2017 11:46:00 +0000", "2017-01-06T11:46:00Z"),
    ("January, 29 Jan 2021 17:56:15 +0530", "2021-01-29T12:26:15Z"),
    ("No date found.", ""),
    ("null", ""),
    ("Fri, 18 Jan 2013 19:51:39", "2013-01-18T19:51:39Z"),
    ("Fri, 21 Jun 2013 11:03:25", "2013-06-21T11:03:25Z"),
    ("Mon, 18 Mar 2013 13:20:57", "2013-03-18T13:20:57Z"),
    ("Mon, 22 Jul 2013 19:23:58", "2013-07-22T19:23:58Z"),
    ("05.02.2025", "2025-02-05T00:00:00Z"),
    ("06.02.2025", "2025-02-06T00:00:00Z"),
    ("07.02.2025", "2025-02-07T00:00:00Z"),
    ("08.02.2025", "2025-02-08T00:00:00Z"),
    ("22.11.2022 12:16:00", "2022-11-22T12:16:00Z"),
    ("Friday, January 29, 2021 04:42 PM", "2021-01-29T16:42:00Z"),
    ("03 Apr 02 1500 GMT", "2002-04-03T15:00:00Z"),
    ("Seg, 24 Set 2018 19:18:49 -0300", "2018-09-24T22:18:49Z"),
    ("Seg, 24 Set 2018 19:20:00 -0300", "2018-09-24T22:20:00Z"),
    ("Seg, 24 Set 2018 19:20:08 -0300", "2018-09-24T22:20:08Z"),
    ("Seg, 24 Set 2018 19:21:00 -0300", "2018-09-24T22:21:00Z"),
    ("2020/1/10 14:03:00", "2020-01-10T14:03:00Z"),
    ("2020/1/10 14:06:00", "2020-01-10T14:06:00Z"),
    ("2020/1/10 14:07:00", "2020-01-10T14:07:00Z"),
    ("2020/1/10 14:12:00", "2020-01-10T14:12:00Z"),
    ("Mon, 21 Jan 2008 8:56 am PST", "2008-01-21T16:56:00Z"),
    ("Sun, 20 Apr 2014 8:19 pm CEST", "2014-04-20T18:19:00Z"),
    ("Thu, 04 APR 2013 20:37:27 AEST", "2013-04-04T10:37:27Z"),
    ("2025-07-24-07:00", "2025-07-24T07:00:00Z"),
];

#[test]
fn dates_of_the_corpus_are_read_as_meant() {
    let Some(corpus) = corpus() else { return };
    let table = std::fs::read_to_string(corpus.join("dates.tsv")).expect("a table");
    let (mut all, mut faults) = (0, Vec::new());
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (raw, feedparser, feed_rs) = (columns[2], columns[7], columns[8]);
        all += 1;
        let found = dates::parse(raw, Tz::UTC, NOW).map(|date| date.at.rfc3339());
        let meant = MEANT.iter().find(|(text, _)| *text == raw).map(|(_, meant)| *meant);
        let others = [feed_rs, feedparser].into_iter().find(|date| !date.is_empty());
        let Some(expected) = meant.or(others) else {
            faults.push(format!("{raw}: nobody says what it means"));
            continue;
        };
        let second = |text: &str| text.get(..19).map(str::to_owned);
        if found.as_deref().and_then(second) != second(expected) {
            faults.push(format!("{raw}: {found:?}, expected {expected:?}"));
        }
    }
    assert!(all > 150, "{all}");
    assert!(faults.is_empty(), "{} of {all} differ:\n{}", faults.len(), faults.join("\n"));
}
