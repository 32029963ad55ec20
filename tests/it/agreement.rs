//! Real feeds as we and another reader (feedparser, or fastfeedparser for JSON) read
//! them. Where we differ, `tests/fixtures/corpus-differences.toml` says why ours is right.

use super::corpus::{NOW, corpus, lines, read};
use chrono_tz::Tz;
use countywire::model::{Entry, ParsedFeed, SourceId, Timestamp};
use countywire::normalise::{self, Context, identify};
use countywire::text::{dates, html};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Titles are compared as text, as far as the expectations hold them.
const TITLE_CHARS: usize = 500;

const LINK_CHARS: usize = 300;

/// Document and field, and what the first difference is.
pub type Differences = BTreeMap<(String, &'static str), String>;

#[derive(Debug, serde::Deserialize)]
struct Listed {
    #[serde(default)]
    difference: Vec<Difference>,
}

#[derive(Debug, serde::Deserialize)]
struct Difference {
    documents: Vec<String>,
    field: String,
    reason: String,
}

#[test]
fn real_feeds_are_read_as_another_reader_reads_them() {
    let Some(corpus) = corpus() else { return };
    let (mut with_entries, mut read_too) = (0, 0);
    let mut found = Differences::new();
    for line in lines(&corpus.join("expected-feedparser.jsonl")) {
        let path = line["path"].as_str().expect("a path");
        let wanted = line["n"].as_u64().unwrap_or(0);
        let bytes = std::fs::read(corpus.join(path)).expect("a file");
        let feed = read(&bytes, None);
        if wanted == 0 {
            continue;
        }
        with_entries += 1;
        match feed {
            Ok(feed) => {
                read_too += usize::from(!feed.entries.is_empty());
                compare(path, &feed, &line, &mut found);
            }
            Err(error) => {
                found.insert((path.to_owned(), "entries"), error.to_string());
            }
        }
    }
    eprintln!("{read_too} of {with_entries} documents with entries give entries here too");
    assert!(with_entries > 500);
    assert!(read_too * 1000 >= with_entries * 995, "{read_too} of {with_entries}");
    both_ways(&found, include_str!("../fixtures/corpus-differences.toml"));
}

/// What differs is listed, and what is listed differs.
pub fn both_ways(found: &Differences, text: &str) {
    let listed: Listed = toml::from_str(text).expect("the list of differences");
    let mut known = BTreeSet::new();
    for difference in &listed.difference {
        assert!(difference.reason.len() > 20, "{difference:?} has no reason");
        for document in &difference.documents {
            let is_new = known.insert((document.clone(), difference.field.clone()));
            assert!(is_new, "{document}: {} is listed twice", difference.field);
        }
    }
    let is_known =
        |(path, field): &(String, &str)| known.contains(&(path.clone(), (*field).to_owned()));
    let unlisted: Vec<String> = found
        .iter()
        .filter(|(place, _)| !is_known(place))
        .map(|((path, field), what)| format!("{field} of {path}: {what}"))
        .collect();
    let fields: BTreeSet<(String, String)> =
        found.keys().map(|(path, field)| (path.clone(), (*field).to_owned())).collect();
    let gone: Vec<_> = known.difference(&fields).collect();
    assert!(unlisted.is_empty(), "{} not listed:\n{}", unlisted.len(), unlisted.join("\n"));
    assert!(gone.is_empty(), "listed, but they agree: {gone:#?}");
}

fn entries(feed: &ParsedFeed) -> BTreeMap<usize, Entry> {
    let source = SourceId::new("corpus");
    let context = Context { source: &source, base: None, language: None, rung: 0, zone: Tz::UTC };
    let identities = identify(feed, &context);
    let entry = |id: &_| normalise::entry(feed, id, &context);
    identities.items.iter().map(|id| (id.index, entry(id))).collect()
}

fn compare(path: &str, feed: &ParsedFeed, line: &Value, found: &mut Differences) {
    let mut note = |field: &'static str, ours: String, theirs: String| {
        if ours != theirs {
            let what = format!("{ours:?}, not {theirs:?}");
            found.entry((path.to_owned(), field)).or_insert(what);
        }
    };
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let title = |value: &Value| html::to_title(value.as_str().unwrap_or(""), TITLE_CHARS);
    note("count", feed.entries.len().to_string(), line["n"].to_string());
    note("feed title", normalise::feed_title(feed).unwrap_or_default(), title(&line["title"]));
    let link = address(feed.link.as_deref().unwrap_or(""));
    note("feed link", link, address(&text(&line["link"])));
    let language = text(&line["language"]);
    note("language", feed.language.clone().unwrap_or_default(), language);
    let own = entries(feed);
    let expected = line["entries"].as_array().map_or(&[][..], Vec::as_slice);
    for (index, wanted) in expected.iter().enumerate() {
        // An item that repeats another is no entry.
        let (Some(entry), Some(parsed)) = (own.get(&index), feed.entries.get(index)) else {
            continue;
        };
        let parsed_title = html::to_title(parsed.title.as_deref().unwrap_or(""), TITLE_CHARS);
        note("title", head(&parsed_title), head(&title(&wanted["title"])));
        // Relative to an address that a file has not got.
        let link = entry.link.as_deref().or(parsed.link.as_deref()).unwrap_or("");
        note("link", head_of_link(&address(link)), head_of_link(&address(&text(&wanted["link"]))));
        note("id", parsed.guid.clone().unwrap_or_default(), text(&wanted["id"]).trim().to_owned());
        let date = |at: Option<Timestamp>| at.map(Timestamp::rfc3339).unwrap_or_default();
        let theirs = |name: &str| {
            let value = text(&wanted[name]);
            dates::parse(&value, Tz::UTC, NOW).map(|date| date.at).filter(|_| !value.is_empty())
        };
        let published = parsed.published.or(parsed.updated).map(|date| date.at);
        let expected = theirs("published").or_else(|| theirs("updated"));
        note("date", date(published), date(expected));
    }
}

/// The expectations hold the beginning of a title.
fn head(title: &str) -> String {
    title.chars().take(100).collect()
}

/// They hold the beginning of a link.
fn head_of_link(link: &str) -> String {
    link.chars().take(LINK_CHARS).collect()
}

/// An address as it is written in full and without what only tracks.
fn address(stated: &str) -> String {
    match url::Url::parse(stated) {
        Ok(url) => String::from(url),
        Err(_) => stated.to_owned(),
    }
}
