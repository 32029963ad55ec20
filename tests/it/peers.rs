//! Other readers' test documents, as they and we read them. Where we differ,
//! `tests/fixtures/peer-differences.toml` says why.

mod forms;
mod ours;

use super::agreement::{Differences, both_ways};
use super::corpus::{NOW, corpus, files_below};
use chrono_tz::Tz;
use countywire::parse::{Document, Limits, ParseContext, parse};
use forms::Form;
use ours::Ours;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use url::Url;

/// No document of these takes longer, in a debug build beside other tests.
const LONGEST: Duration = Duration::from_secs(5);

/// A document and what another reader expects of it.
struct Case {
    document: PathBuf,
    expectation: PathBuf,
    form: Form,
    url: Option<Url>,
}

#[test]
fn documents_of_other_readers_are_read_as_they_expect() {
    let Some(corpus) = corpus() else { return };
    let cases = cases(&corpus);
    assert!(cases.len() > 480, "{} cases", cases.len());
    let mut found = Differences::new();
    for case in &cases {
        let path = case.document.strip_prefix(&corpus).expect("below the corpus");
        let path = path.to_string_lossy().into_owned();
        let bytes = std::fs::read(&case.document).expect("a document");
        let wanted = std::fs::read_to_string(&case.expectation).expect("an expectation");
        // Where podcastparser's tests pretend that their documents are.
        let wanted = wanted.replace("file://tests/data/", "");
        let wanted = (case.form)(&serde_json::from_str::<Value>(&wanted).expect("JSON"));
        let name = case.document.file_stem().unwrap_or_default().to_string_lossy();
        let wanted = wanted.without_inventions(&name);
        let context = ParseContext { zone: Tz::UTC, polled_at: NOW, limits: Limits::default() };
        let document = Document { bytes: &bytes, content_type: None, url: case.url.as_ref() };
        let started = Instant::now();
        match parse(&document, &context) {
            Ok(feed) => {
                for (field, how) in Ours::new(&feed, case.url.as_ref()).differences(&wanted) {
                    found.entry((path.clone(), field)).or_insert(how);
                }
            }
            Err(error) => {
                found.insert((path.clone(), "entries"), error.to_string());
            }
        }
        assert!(started.elapsed() < LONGEST, "{path} took {:?}", started.elapsed());
    }
    eprintln!("{} documents of other readers, {} differences", cases.len(), found.len());
    both_ways(&found, include_str!("../fixtures/peer-differences.toml"));
}

/// Every document of the sets whose expectation is there.
fn cases(corpus: &Path) -> Vec<Case> {
    let sets: [(&str, Form); 8] = [
        ("gofeed/parser/atom", forms::gofeed_atom),
        ("gofeed/parser/rss", forms::gofeed_rss),
        ("gofeed/parser/json", forms::json_feed),
        ("gofeed/translator", forms::gofeed),
        ("gofeed/extensions", forms::gofeed),
        ("feed-rs", forms::feed_rs),
        ("podcastparser", forms::podcastparser),
        ("feedsmith", forms::feedsmith),
    ];
    let mut cases = Vec::new();
    for (folder, form) in sets {
        for file in files_below(&corpus.join("conformance").join(folder)) {
            add(&mut cases, file, form);
        }
    }
    for file in files_below(&corpus.join("conformance/fastfeedparser")) {
        add(&mut cases, file, forms::fastfeedparser);
    }
    let real = files_below(&corpus.join("real"));
    for expectation in files_below(&corpus.join("conformance/rowanmanning-snapshots")) {
        let name = expectation.file_stem().expect("a name").to_string_lossy().into_owned();
        let document = real.iter().find(|path| path.to_string_lossy().contains(&name)).cloned();
        if let Some(document) = document {
            let address =
                format!("https://sample-feeds.rowanmanning.com/real-world/{name}/feed.xml");
            let url = Url::parse(&address).ok();
            cases.push(Case { document, expectation, form: forms::rowanmanning, url });
        }
    }
    cases
}

/// The documents stand beside what is expected of them, under names of each set's own.
fn add(cases: &mut Vec<Case>, expectation: PathBuf, form: Form) {
    let path = expectation.to_string_lossy().into_owned();
    let Some(stem) = path.strip_suffix(".json") else { return };
    let beside: Vec<String> = match stem {
        stem if stem.ends_with(".serde") || stem.ends_with(".expected") => {
            let stem = stem.trim_end_matches(".serde").trim_end_matches(".expected");
            vec![format!("{stem}.xml"), format!("{stem}.json")]
        }
        stem if stem.ends_with("_expected") => {
            vec![format!("{}.json", stem.trim_end_matches("_expected"))]
        }
        stem => vec![format!("{stem}.xml"), format!("{stem}.rss")],
    };
    if let Some(document) = beside.into_iter().map(PathBuf::from).find(|path| path.exists()) {
        cases.push(Case { document, expectation, form, url: None });
    }
}
