//! The admin's own feed of alerts, as Atom 1.0: one entry for each, changed when it is over.

use super::address;
use super::xml;
use crate::model::{Alert, EntryKey, Site, SourceId, Timestamp};
use crate::text::html;
use atom_syndication::{
    Category, Content, Entry, Feed, FixedDateTime, Generator, Link, Person, Text, WriteConfig,
};

/// Where the feed is on the admin's listener.
pub const PATH: &str = "/alerts.atom";

#[derive(Debug, Clone)]
pub struct AlertsFeed<'a> {
    pub site: &'a Site,
    /// Of the store itself.
    pub store: Vec<StoreAlert>,
    /// The latest change first.
    pub alerts: Vec<AlertEntry<'a>>,
    /// For a feed without alerts.
    pub since: Timestamp,
}

#[derive(Debug, Clone)]
pub struct StoreAlert {
    /// With `since` it names the alert.
    pub kind: &'static str,
    pub since: Timestamp,
    pub heading: &'static str,
    pub cause: String,
    pub remedy: &'static str,
}

#[derive(Debug, Clone)]
pub struct AlertEntry<'a> {
    pub source: &'a SourceId,
    /// What its id in the feed is made of: the same when the source has another.
    pub named: &'a SourceId,
    pub url: String,
    pub alert: &'a Alert,
    /// What is the matter, with the source's title.
    pub heading: String,
    pub remedy: &'a str,
    pub last_success_at: Option<Timestamp>,
}

pub fn alerts_feed(feed: &AlertsFeed<'_>) -> Vec<u8> {
    let site = feed.site;
    let changes = feed.alerts.iter().map(|entry| entry.alert.changed_at());
    let updated = changes.chain(feed.store.iter().map(|alert| alert.since)).max();
    let document = Feed {
        title: Text::plain(format!("{}: alerts", site.title)),
        id: EntryKey::hash_of(&[b"alerts", site.base_url.as_str().as_bytes()]).urn(),
        updated: instant(updated.unwrap_or(feed.since)),
        authors: vec![Person { name: super::GENERATOR.to_owned(), ..Person::default() }],
        generator: Some(Generator { value: super::GENERATOR.to_owned(), ..Generator::default() }),
        // The reader's own way to this listener is not known here.
        links: vec![
            link("self", PATH.to_owned(), "application/atom+xml"),
            link("alternate", "/status".to_owned(), "text/html"),
        ],
        lang: Some("en".to_owned()),
        entries: feed.store.iter().map(of_store).chain(feed.alerts.iter().map(entry)).collect(),
        ..Feed::default()
    };
    let bytes = b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n".to_vec();
    let plain = WriteConfig { write_document_declaration: false, indent_size: Some(1) };
    let mut bytes = document.write_with_config(bytes, plain).expect("written to a vector");
    bytes.push(b'\n');
    xml::legalise(bytes)
}

/// The id of an alert: the same while it lasts and once it is over.
fn id(source: &SourceId, alert: &Alert) -> String {
    let (kind, since) = (alert.kind.label().as_bytes(), alert.since.0.to_be_bytes());
    EntryKey::hash_of(&[b"alert", source.as_str().as_bytes(), kind, &since]).urn()
}

fn entry(entry: &AlertEntry<'_>) -> Entry {
    let alert = entry.alert;
    Entry {
        title: Text::plain(entry.heading.as_str()),
        id: id(entry.named, alert),
        updated: instant(alert.changed_at()),
        published: Some(instant(alert.raised_at)),
        categories: vec![Category { term: alert.kind.label().to_owned(), ..Category::default() }],
        links: vec![link("alternate", address::status_path(entry.source), "text/html")],
        content: Some(Content {
            value: Some(content(entry)),
            content_type: Some("html".to_owned()),
            ..Content::default()
        }),
        ..Entry::default()
    }
}

fn of_store(alert: &StoreAlert) -> Entry {
    let StoreAlert { kind, since, heading, cause, remedy } = alert;
    let content =
        format!("<p>{}.</p><p>What to do: {}.</p>", html::escape(cause), html::escape(remedy));
    Entry {
        title: Text::plain(*heading),
        id: EntryKey::hash_of(&[b"alert", b"", kind.as_bytes(), &since.0.to_be_bytes()]).urn(),
        updated: instant(*since),
        published: Some(instant(*since)),
        categories: vec![Category { term: (*kind).to_owned(), ..Category::default() }],
        links: vec![link("alternate", "/status".to_owned(), "text/html")],
        content: Some(Content {
            value: Some(content),
            content_type: Some("html".to_owned()),
            ..Content::default()
        }),
        ..Entry::default()
    }
}

fn content(entry: &AlertEntry<'_>) -> String {
    let AlertEntry { source, url, alert, remedy, last_success_at, .. } = entry;
    let escape = html::escape;
    let cause = escape(&alert.cause);
    let good = last_success_at.map_or_else(|| "never".to_owned(), Timestamp::rfc3339);
    let over = alert.cleared_at.map(|at| format!("<p>Over since {}.</p>", at.rfc3339()));
    let remedy = match over {
        Some(_) => String::new(),
        None => format!("<p>What to do: {}.</p>", escape(remedy)),
    };
    format!(
        "{}<p>{cause}</p><p>Source {source}, {}. Since {}; noticed {}; last good poll {good}.</p>{remedy}",
        over.unwrap_or_default(),
        escape(url),
        alert.since.rfc3339(),
        alert.raised_at.rfc3339(),
    )
}

fn link(rel: &str, href: String, mime_type: &str) -> Link {
    Link { rel: rel.to_owned(), href, mime_type: Some(mime_type.to_owned()), ..Link::default() }
}

fn instant(at: Timestamp) -> FixedDateTime {
    at.to_utc().fixed_offset()
}
