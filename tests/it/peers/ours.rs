//! Our reading of a document under the names of `forms`.

use super::forms::{Fields, Wanted};
use crate::corpus::NOW;
use chrono_tz::Tz;
use countywire::model::{Entry, ParsedEntry, ParsedFeed, SourceId, Timestamp};
use countywire::normalise::{self, Context, identify};
use countywire::text::{dates, html};
use std::collections::BTreeSet;
use url::Url;

const TITLE_CHARS: usize = 500;
const TEXT_CHARS: usize = 400;

pub struct Ours<'a> {
    feed: &'a ParsedFeed,
    entries: Vec<(&'a ParsedEntry, Entry)>,
}

impl<'a> Ours<'a> {
    pub fn new(feed: &'a ParsedFeed, url: Option<&Url>) -> Self {
        let source = SourceId::new("peers");
        let context =
            Context { source: &source, base: url, language: None, rung: 0, zone: Tz::UTC };
        // One by one: repeats count here.
        let entry = |parsed: &'a ParsedEntry| {
            let alone = ParsedFeed { entries: vec![parsed.clone()], ..feed.clone() };
            let id = identify(&alone, &context).items[0];
            (parsed, normalise::entry(&alone, &id, &context))
        };
        Ours { feed, entries: feed.entries.iter().map(entry).collect() }
    }

    /// The first difference of each field.
    pub fn differences(&self, wanted: &Wanted) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        if self.entries.len() != wanted.entries.len() {
            let how = format!("{}, not {}", self.entries.len(), wanted.entries.len());
            found.push(("count", how));
        }
        for (name, theirs) in &wanted.feed {
            let (field, ours) = self.of_feed(name);
            note(&mut found, field, &ours, theirs);
        }
        if self.entries.len() == wanted.entries.len() {
            for ((parsed, entry), fields) in self.entries.iter().zip(&wanted.entries) {
                compare(&mut found, parsed, entry, fields);
            }
        }
        found
    }

    fn of_feed(&self, name: &str) -> (&'static str, String) {
        let feed = self.feed;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        match name {
            "title" => ("feed title", normalise::feed_title(feed).unwrap_or_default()),
            "description" => ("feed description", text(&feed.description)),
            "link" => ("feed link", text(&feed.link)),
            "language" => ("language", text(&feed.language)),
            "image" => ("image", text(&feed.image)),
            "next" => ("next", text(&feed.next_link)),
            "cloud" => {
                ("cloud", feed.cloud.as_ref().map_or_else(String::new, |c| c.domain.clone()))
            }
            "ttl" => ("ttl", feed.ttl_minutes.map(|m| m.to_string()).unwrap_or_default()),
            "hours" => ("hours", feed.skip_hours.len().to_string()),
            other => panic!("no field {other}"),
        }
    }
}

fn compare(
    found: &mut Vec<(&'static str, String)>,
    parsed: &ParsedEntry,
    entry: &Entry,
    fields: &Fields,
) {
    let date = |at: Option<Timestamp>| at.map(Timestamp::rfc3339).unwrap_or_default();
    let raw = |text: &Option<String>| text.clone().unwrap_or_default();
    for (name, theirs) in fields {
        let ours = match *name {
            "title" => raw(&parsed.title),
            "link" => entry.link.clone().or_else(|| parsed.link.clone()).unwrap_or_default(),
            "id" => raw(&parsed.guid),
            "published" => date(parsed.published.or(parsed.updated).map(|date| date.at)),
            "updated" => date(parsed.updated.map(|date| date.at)),
            "text" => {
                let texts = [&parsed.content, &parsed.summary];
                texts.into_iter().find_map(Clone::clone).unwrap_or_default()
            }
            "authors" => {
                parsed.authors.iter().map(|a| a.name.as_str()).collect::<Vec<_>>().join("\n")
            }
            "categories" => {
                parsed.categories.iter().map(|c| c.term.as_str()).collect::<Vec<_>>().join("\n")
            }
            "media" => parsed.media.iter().map(|m| m.url.as_str()).collect::<Vec<_>>().join("\n"),
            "comments" => parsed.comments.as_ref().and_then(|c| c.link.clone()).unwrap_or_default(),
            other => panic!("no field {other}"),
        };
        note(found, name, &ours, theirs);
    }
}

fn note(found: &mut Vec<(&'static str, String)>, field: &'static str, ours: &str, theirs: &str) {
    let (ours, theirs) = (same(field, ours), same(field, theirs));
    let agrees = match field {
        // We keep more of them.
        "media" | "categories" | "authors" => {
            let own: BTreeSet<&str> = ours.lines().collect();
            theirs.lines().all(|line| own.contains(line))
        }
        // These others have and we fall back for.
        "text" | "image" | "next" | "ttl" | "language" | "comments" | "updated"
            if theirs.is_empty() =>
        {
            true
        }
        _ => ours == theirs,
    };
    if !agrees && !found.iter().any(|(known, _)| *known == field) {
        found.push((field, format!("{ours:?}, not {theirs:?}")));
    }
}

/// What the field says, however it is written.
fn same(field: &str, value: &str) -> String {
    let value = value.trim();
    match field {
        "title" | "feed title" => html::to_title(value, TITLE_CHARS),
        "text" | "feed description" => {
            let text = html::to_text(value, TEXT_CHARS * 2);
            text.chars().filter(|c| !c.is_whitespace()).take(TEXT_CHARS).collect()
        }
        "link" | "feed link" | "image" | "next" | "comments" => address(value),
        "media" => value.lines().map(address).collect::<Vec<_>>().join("\n"),
        "authors" | "categories" => value
            .lines()
            .map(|line| html::to_title(line, TITLE_CHARS))
            .collect::<Vec<_>>()
            .join("\n"),
        "published" | "updated" => {
            let date = dates::parse(value, Tz::UTC, NOW).map(|date| date.at.rfc3339());
            date.unwrap_or_else(|| value.to_owned())
        }
        "language" => value.to_ascii_lowercase(),
        _ => value.to_owned(),
    }
}

fn address(stated: &str) -> String {
    match Url::parse(stated) {
        Ok(url) => String::from(url),
        Err(_) => stated.to_owned(),
    }
}
