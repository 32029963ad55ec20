//! Reads published feeds back, with readers that our writers do not share.

use super::daemon::Daemon;
use super::home::BASE;
use chrono::{DateTime, Utc};
use countywire::text::html;
use serde_json::Value;
use std::collections::BTreeSet;

pub const FORMATS: [&str; 3] = [".atom", ".rss", ".json"];

#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub id: String,
    pub title: String,
    pub link: String,
    pub published: DateTime<Utc>,
    pub updated: DateTime<Utc>,
    pub content: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    pub items: Vec<Item>,
    /// Address of the next page, as the feed gives it.
    pub next: Option<String>,
    /// The part of its history before this document.
    pub prev: Option<String>,
    pub is_archive: bool,
}

impl Feed {
    pub fn titles(&self) -> Vec<&str> {
        self.items.iter().map(|item| item.title.as_str()).collect()
    }

    #[track_caller]
    pub fn item(&self, title: &str) -> &Item {
        let mut named = self.items.iter().filter(|item| item.title == title);
        let item = named.next().unwrap_or_else(|| panic!("no {title} in {:?}", self.titles()));
        assert!(named.next().is_none(), "{title} is there twice");
        item
    }
}

pub fn ids_of(feed: &Feed) -> Vec<String> {
    feed.items.iter().map(|item| item.id.clone()).collect()
}

/// A channel's feed: `path` with its suffix and query.
#[track_caller]
pub fn feed(daemon: &Daemon, path: &str) -> Feed {
    read(path, &daemon.document(path).body)
}

/// Every entry of a channel, following its pages.
#[track_caller]
pub fn whole(daemon: &Daemon, path: &str) -> Vec<Item> {
    let mut next = Some(path.to_owned());
    let (mut items, mut seen) = (Vec::new(), BTreeSet::new());
    while let Some(path) = next {
        assert!(seen.insert(path.clone()), "the pages go round in circles at {path}");
        let page = feed(daemon, &path);
        items.extend(page.items);
        next = page.next.map(|url| below_base(&url).to_owned());
    }
    items
}

/// The path of one of our own addresses.
#[track_caller]
pub fn below_base(url: &str) -> &str {
    url.strip_prefix(BASE).unwrap_or_else(|| panic!("{url} is not below {BASE}"))
}

/// Reads the format that the path names.
#[track_caller]
pub fn read(path: &str, bytes: &[u8]) -> Feed {
    let path = path.split('?').next().unwrap_or(path);
    match path.rsplit('.').next() {
        Some("atom") => atom(bytes),
        Some("rss") => rss(bytes),
        Some("json") => json(bytes),
        _ => panic!("{path} is no feed"),
    }
}

fn atom(bytes: &[u8]) -> Feed {
    let feed = atom_syndication::Feed::read_from(bytes).expect("Atom");
    let link = |rel: &str| feed.links.iter().find(|link| link.rel == rel);
    let href = |rel: &str| link(rel).map(|link| link.href.clone());
    let item = |entry: &atom_syndication::Entry| Item {
        id: entry.id.clone(),
        title: match entry.title.r#type {
            atom_syndication::TextType::Html => html::decode(&entry.title.value).into_owned(),
            _ => entry.title.value.clone(),
        },
        link: entry
            .links
            .iter()
            .find(|link| link.rel == "alternate")
            .map(|link| link.href.clone())
            .unwrap_or_default(),
        published: entry.published.expect("a date").to_utc(),
        updated: entry.updated.to_utc(),
        content: entry.content.as_ref().and_then(|c| c.value.clone()).unwrap_or_default(),
    };
    Feed {
        items: feed.entries.iter().map(item).collect(),
        next: href("next"),
        prev: href("prev-archive"),
        is_archive: feed.extensions.get("fh").is_some_and(|fh| fh.contains_key("archive")),
    }
}

fn rss(bytes: &[u8]) -> Feed {
    let channel = rss::Channel::read_from(bytes).expect("RSS");
    let links = channel.extensions.get("atom").and_then(|atom| atom.get("link"));
    let link = |rel: &str| links.into_iter().flatten().find(|link| link.attrs["rel"] == rel);
    let href = |rel: &str| link(rel).map(|link| link.attrs["href"].clone());
    let item = |item: &rss::Item| {
        let date = item.pub_date.as_deref().expect("a date");
        let published = DateTime::parse_from_rfc2822(date).expect("an RSS date").to_utc();
        let updated = item.extensions.get("atom").and_then(|atom| atom.get("updated"));
        let updated = updated.and_then(|values| values.first()?.value.as_deref());
        Item {
            id: item.guid.as_ref().expect("a guid").value.clone(),
            title: item.title.clone().unwrap_or_default(),
            link: item.link.clone().unwrap_or_default(),
            published,
            updated: updated.map_or(published, instant),
            content: item.content.clone().unwrap_or_default(),
        }
    };
    Feed {
        items: channel.items.iter().map(item).collect(),
        next: href("next"),
        prev: href("prev-archive"),
        is_archive: channel.extensions.get("fh").is_some_and(|fh| fh.contains_key("archive")),
    }
}

fn json(bytes: &[u8]) -> Feed {
    let feed: Value = serde_json::from_slice(bytes).expect("JSON");
    assert_eq!(feed["version"], "https://jsonfeed.org/version/1.1");
    let text = |item: &Value, key: &str| item[key].as_str().unwrap_or_default().to_owned();
    let item = |item: &Value| Item {
        id: text(item, "id"),
        title: text(item, "title"),
        link: text(item, "url"),
        published: instant(&text(item, "date_published")),
        updated: instant(&text(item, "date_modified")),
        content: text(item, "content_html"),
    };
    let history = &feed["_countywire"]["history"];
    Feed {
        items: feed["items"].as_array().expect("items").iter().map(item).collect(),
        next: feed["next_url"].as_str().map(str::to_owned),
        prev: history["prev_archive"].as_str().map(str::to_owned),
        is_archive: history["archive"] == true,
    }
}

fn instant(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("an RFC 3339 date").to_utc()
}
