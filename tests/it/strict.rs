//! Documents whose expectations are about other things (the feed validator's verdicts,
//! the getters of laminas-feed): what a plain XML reader counts in them, we count too.
//!
//! The plain reader knows only where items stand in each format, and the text of an
//! element without children.

use super::agreement::{Differences, both_ways};
use super::corpus::{NOW, corpus, files_below};
use chrono_tz::Tz;
use countywire::model::ParsedFeed;
use countywire::normalise;
use countywire::parse::{Document, Limits, ParseContext, parse};
use countywire::text::html;
use quick_xml::escape::unescape;
use quick_xml::events::Event;
use quick_xml::reader::NsReader;
use std::time::{Duration, Instant};

const TITLE_CHARS: usize = 500;
/// No document of these takes longer, in a debug build beside other tests.
const LONGEST: Duration = Duration::from_secs(5);

#[derive(Debug, Default, PartialEq)]
struct Plain {
    title: Option<String>,
    items: Vec<PlainItem>,
}

#[derive(Debug, Default, PartialEq)]
struct PlainItem {
    title: Option<String>,
    link: Option<String>,
    id: Option<String>,
}

#[test]
fn every_document_for_other_checks_keeps_its_items() {
    let Some(corpus) = corpus() else { return };
    let (mut strict, mut all) = (0, 0);
    let mut found = Differences::new();
    for folder in ["feedvalidator", "laminas-reader", "discovery-feedfinder", "listparser"] {
        for file in files_below(&corpus.join("conformance").join(folder)) {
            let path = file.strip_prefix(&corpus).expect("below the corpus");
            let path = path.to_string_lossy().into_owned();
            let bytes = std::fs::read(&file).expect("a document");
            all += 1;
            let context = ParseContext { zone: Tz::UTC, polled_at: NOW, limits: Limits::default() };
            let document = Document { bytes: &bytes, content_type: None, url: None };
            let started = Instant::now();
            let feed = parse(&document, &context);
            assert!(started.elapsed() < LONGEST, "{path} took {:?}", started.elapsed());
            let Some(plain) = std::str::from_utf8(&bytes).ok().and_then(plain) else { continue };
            strict += 1;
            match feed {
                Ok(feed) => compare(&path, &feed, &plain, &mut found),
                Err(error) => {
                    found.insert((path, "entries"), error.to_string());
                }
            }
        }
    }
    eprintln!("{strict} of {all} documents are feeds to a strict reader");
    assert!(strict > 1_000, "{strict} of {all}");
    both_ways(&found, include_str!("../fixtures/strict-differences.toml"));
}

fn compare(path: &str, feed: &ParsedFeed, plain: &Plain, found: &mut Differences) {
    let mut note = |field: &'static str, ours: Option<&str>, theirs: Option<&str>| {
        if ours.map(str::trim) != theirs.map(str::trim) && theirs.is_some() {
            let how = format!("{ours:?}, not {theirs:?}");
            found.entry((path.to_owned(), field)).or_insert(how);
        }
    };
    let count = |count: usize| count.to_string();
    note("count", Some(&count(feed.entries.len())), Some(&count(plain.items.len())));
    note("feed title", normalise::feed_title(feed).as_deref(), as_title(&plain.title).as_deref());
    if feed.entries.len() != plain.items.len() {
        return;
    }
    for (entry, item) in feed.entries.iter().zip(&plain.items) {
        note("title", as_title(&entry.title).as_deref(), as_title(&item.title).as_deref());
        note("link", entry.link.as_deref(), item.link.as_deref());
        note("id", entry.guid.as_deref(), item.id.as_deref());
    }
}

fn as_title(text: &Option<String>) -> Option<String> {
    let text = html::to_title(text.as_deref()?, TITLE_CHARS);
    (!text.is_empty()).then_some(text)
}

/// The feed as a strict reader sees it; `None` when it is not well-formed, or no feed.
fn plain(text: &str) -> Option<Plain> {
    let mut reader = NsReader::from_str(text);
    let mut plain = Plain::default();
    let mut names: Vec<String> = Vec::new();
    // Text of the innermost element, while it has no children.
    let mut content: Option<String> = None;
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                let name = tag.local_name().as_ref().to_owned();
                let prefixed = tag.name().prefix().is_some();
                names.push(if prefixed { format!("*{name}") } else { name });
                begin(&names, &mut plain);
                content = Some(String::new());
            }
            Event::Empty(tag) => {
                let name = tag.local_name().as_ref().to_owned();
                let prefixed = tag.name().prefix().is_some();
                names.push(if prefixed { format!("*{name}") } else { name });
                begin(&names, &mut plain);
                names.pop();
                content = None;
            }
            Event::Text(text) => {
                let text = text.as_ref();
                content = content.map(|content| content + text);
            }
            Event::GeneralRef(name) => {
                let name = format!("&{};", name.as_ref());
                let text = unescape(&name).ok()?;
                content = content.map(|content| content + &text);
            }
            Event::CData(text) => {
                let text = text.as_ref();
                content = content.map(|content| content + text);
            }
            Event::End(_) => {
                if let Some(text) = content.take().filter(|text| !text.trim().is_empty()) {
                    end(&names, text.trim().to_owned(), &mut plain);
                }
                names.pop();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let is_feed = names.is_empty() && plain != Plain::default();
    is_feed.then_some(plain)
}

fn begin(names: &[String], plain: &mut Plain) {
    if matches!(item_path(names), Some([])) {
        plain.items.push(PlainItem::default());
    }
}

/// What of the path is below an item.
fn item_path(names: &[String]) -> Option<&[String]> {
    let head: Vec<&str> = names.iter().take(3).map(String::as_str).collect();
    match head.as_slice() {
        ["feed", "entry", ..] | ["*RDF", "item", ..] => Some(&names[2..]),
        ["rss", "channel", "item"] => Some(&names[3..]),
        _ => None,
    }
}

fn end(names: &[String], text: String, plain: &mut Plain) {
    let path: Vec<&str> = names.iter().map(String::as_str).collect();
    if let ["feed", "title"] | ["rss" | "*RDF", "channel", "title"] = path.as_slice() {
        plain.title.get_or_insert(text);
    } else if let (Some([field]), Some(item)) = (item_path(names), plain.items.last_mut()) {
        let is_atom = names[0] == "feed";
        let slot = match field.as_str() {
            "title" => &mut item.title,
            "link" if !is_atom => &mut item.link,
            "guid" if !is_atom => &mut item.id,
            "id" if is_atom => &mut item.id,
            _ => return,
        };
        slot.get_or_insert(text);
    }
}
