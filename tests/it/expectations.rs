//! feedparser's own test documents: what they expect of the fields that we have.

mod judge;
mod python;

use super::corpus::{NOW, corpus};
use chrono_tz::Tz;
use countywire::parse::{Document, Limits, ParseContext, parse};
use judge::{Reading, Verdict};
use std::collections::BTreeMap;
use url::Url;

/// Where feedparser's tests pretend to have fetched their documents from.
const ADDRESS: &str = "http://127.0.0.1:8097/tests/document.xml";

#[test]
fn the_expectations_of_feedparsers_own_documents_are_met() {
    let Some(corpus) = corpus() else { return };
    let table = corpus.join("conformance/feedparser-expect.tsv");
    let table = std::fs::read_to_string(table).expect("a table");
    let (mut agreeing, mut differing) = (0, Vec::new());
    let mut skipped: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let &[path, _, expectation, ..] = columns.as_slice() else { continue };
        let headers = columns.get(3).copied().unwrap_or("");
        let bytes = std::fs::read(corpus.join(path)).expect("a file");
        match verdict(&bytes, headers, expectation) {
            Verdict::Agrees => agreeing += 1,
            Verdict::Differs(how) => differing.push(format!("{path}: {expectation}\n    {how}")),
            Verdict::Skipped(why) => skipped.entry(why).or_default().push(expectation),
        }
    }
    let evaluated = agreeing + differing.len();
    eprintln!("{agreeing} of {evaluated} expectations agree; the others:");
    eprintln!("{}", differing.join("\n"));
    eprintln!("not evaluated:");
    for (why, list) in &skipped {
        eprintln!("{:5} {why}, such as {}", list.len(), list[0]);
    }
    assert!(evaluated > 900, "{evaluated}");
    assert!(agreeing * 100 >= evaluated * 97, "{agreeing} of {evaluated}");
}

fn verdict(bytes: &[u8], headers: &str, expectation: &str) -> Verdict {
    let Some(expected) = python::parse(expectation) else {
        return Verdict::Skipped("an expression of another kind".to_owned());
    };
    let header = |name: &str| {
        let list = headers.split("; ").chain([headers]);
        let found = list.filter_map(|header| header.split_once(':'));
        found.filter(|(n, _)| n.eq_ignore_ascii_case(name)).last().map(|(_, value)| value.trim())
    };
    let mut url = Url::parse(ADDRESS).expect("an address");
    if let Some(location) = header("Content-Location") {
        url = url.join(location).expect("an address");
    }
    let context = ParseContext { zone: Tz::UTC, polled_at: NOW, limits: Limits::default() };
    let document = Document { bytes, content_type: header("Content-type"), url: Some(&url) };
    match parse(&document, &context) {
        Ok(feed) => Reading::new(&feed, &url, bytes).judge(&expected),
        Err(error) => match expectation {
            "1" | "bozo" => Verdict::Skipped("feedparser's own verdict".to_owned()),
            _ => Verdict::Differs(error.to_string()),
        },
    }
}
