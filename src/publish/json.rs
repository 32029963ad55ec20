//! JSON Feed 1.1 (<https://www.jsonfeed.org/version/1.1/>).
//!
//! What other formats have no place for is in an object `_countywire` of the feed and of
//! each item.

use super::address::{self, Format};
use super::chain::{Chain, Part};
use super::same_story::{Story, StoryOf, story_of};
use super::view::{Also, FeedDoc, Item, Neighbour, Onward, media_type};
use super::{persons, picture, xml};
use crate::model::{Location, Site};
use serde::Serialize;
use std::borrow::Cow;

const VERSION: &str = "https://jsonfeed.org/version/1.1";

#[derive(Serialize)]
struct Feed<'a> {
    version: &'static str,
    title: &'a str,
    home_page_url: String,
    feed_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<String>,
    authors: Vec<Author<'a>>,
    language: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hubs: Option<[Hub<'a>; 1]>,
    #[serde(rename = "_countywire")]
    countywire: FeedExtension<'a>,
    items: Vec<FeedItem<'a>>,
}

/// Where to subscribe to the document.
#[derive(Serialize)]
struct Hub<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum FeedExtension<'a> {
    Channel {
        id: &'a str,
        updated: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        point: Option<[f64; 2]>,
        #[serde(skip_serializing_if = "History::is_none")]
        history: History,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        nearby: Vec<Nearby<'a>>,
    },
    Entry {
        story: StoryOf<'a>,
        next: Option<CopyOf<'a>>,
        related: Vec<CopyOf<'a>>,
    },
}

/// RFC 5005 §4.
#[derive(Serialize)]
struct History {
    /// The document is part of it.
    archive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev_archive: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_archive: Option<String>,
}

impl History {
    fn of(doc: &FeedDoc<'_>) -> History {
        let url = |part: &Option<Part>| part.as_ref().map(|part| part.url(doc.site, Format::Json));
        let Chain { is_archive, current, prev, next } = doc.chain;
        History {
            archive: *is_archive,
            current: url(current),
            prev_archive: url(prev),
            next_archive: url(next),
        }
    }

    fn is_none(&self) -> bool {
        !self.archive && self.prev_archive.is_none()
    }
}

/// A region beside or above that of the feed.
#[derive(Serialize)]
struct Nearby<'a> {
    title: &'a str,
    home_page_url: String,
    feed_url: String,
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
struct FeedItem<'a> {
    id: &'a str,
    url: Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    summary: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<Cow<'a, str>>,
    date_published: String,
    date_modified: String,
    authors: Vec<Author<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment<'a>>,
    #[serde(rename = "_countywire")]
    countywire: ItemExtension<'a>,
}

#[derive(Serialize)]
struct Attachment<'a> {
    url: &'a str,
    mime_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_in_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_in_seconds: Option<u64>,
}

#[derive(Serialize)]
struct ItemExtension<'a> {
    key: String,
    page_url: String,
    source: SourceOf<'a>,
    regions: Vec<Region<'a>>,
    topics: Vec<Topic<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    byline: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit: Option<&'a str>,
    first_seen: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_from: Option<&'static str>,
    revision: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    comments_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comments: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comments_feed: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rights: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reprint_of: Option<CopyOf<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reprints: Vec<CopyOf<'a>>,
}

#[derive(Serialize)]
struct SourceOf<'a> {
    id: &'a str,
    title: &'a str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    home_page_url: Option<&'a str>,
}

#[derive(Serialize)]
struct Region<'a> {
    code: &'a str,
    path: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    point: Option<[f64; 2]>,
    kind: &'static str,
    evidence: &'a str,
    score: u16,
    relation: &'static str,
    rule: &'static str,
    /// In title or opening, in characters.
    start: u32,
    end: u32,
}

#[derive(Serialize)]
struct Topic<'a> {
    id: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    medtopics: &'a [String],
    kind: &'static str,
    evidence: &'a str,
    score: u16,
}

/// Another entry: the same text or event at another source, or where to read on.
#[derive(Serialize)]
pub(super) struct CopyOf<'a> {
    source: &'a str,
    source_title: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    page_url: String,
}

pub fn feed(doc: &FeedDoc<'_>) -> Vec<u8> {
    let (site, channel) = (doc.site, doc.channel);
    let own = address::url(site, &address::with_format(&channel.page, Format::Json));
    let history = History::of(doc);
    let next = doc.next.map(|cursor| address::with_window(&own, doc.window.after(cursor)));
    write(&Feed {
        version: VERSION,
        title: &channel.feed_title,
        home_page_url: doc.page_url(),
        next_url: next.or_else(|| history.prev_archive.clone().filter(|_| history.archive)),
        feed_url: address::with_window(&own, doc.window),
        description: Some(channel.description.as_str()).filter(|text| !text.is_empty()),
        authors: vec![publisher(site)],
        language: channel.language.as_deref().unwrap_or(&site.language),
        hubs: doc.hub.map(|url| [Hub { kind: "WebSub", url }]),
        countywire: FeedExtension::Channel {
            id: &channel.id,
            updated: doc.updated.rfc3339(),
            point: channel.point.map(degrees),
            history,
            nearby: doc.nearby.iter().map(|neighbour| nearby(site, neighbour)).collect(),
        },
        items: doc.items.iter().map(|item| feed_item(site, item)).collect(),
    })
}

/// The document at `/e/{entry}.json`: a feed of one item.
pub fn entry(site: &Site, item: &Item<'_>, story: &Story<'_>, onward: &Onward<'_>) -> Vec<u8> {
    let page = address::entry_path(item.stored.key());
    let entry = &item.stored.entry;
    write(&Feed {
        version: VERSION,
        title: if entry.title.is_empty() { &item.source.title } else { &entry.title },
        home_page_url: address::url(site, &page),
        feed_url: address::url(site, &address::with_format(&page, Format::Json)),
        description: None,
        next_url: None,
        authors: vec![publisher(site)],
        language: entry.language.as_deref().unwrap_or(&site.language),
        hubs: None,
        countywire: FeedExtension::Entry {
            story: story_of(site, item, story),
            next: onward.next.as_ref().map(|next| copy_of(site, next)),
            related: onward.related.iter().map(|also| copy_of(site, also)).collect(),
        },
        items: vec![feed_item(site, item)],
    })
}

/// An item alone, in one line.
pub fn item(site: &Site, item: &Item<'_>) -> Vec<u8> {
    let bytes = serde_json::to_vec(&feed_item(site, item));
    xml::legalise(bytes.expect("string keys, written to a vector"))
}

fn write(feed: &Feed<'_>) -> Vec<u8> {
    let content: usize =
        feed.items.iter().map(|item| item.content_html.map_or(0, str::len) + 2048).sum();
    let mut bytes = Vec::with_capacity(content + 1024);
    serde_json::to_writer(&mut bytes, feed).expect("string keys, written to a vector");
    bytes.push(b'\n');
    xml::legalise(bytes)
}

fn nearby<'a>(site: &Site, neighbour: &'a Neighbour) -> Nearby<'a> {
    Nearby {
        title: &neighbour.title,
        home_page_url: address::url(site, &neighbour.page),
        feed_url: address::url(site, &address::with_format(&neighbour.page, Format::Json)),
    }
}

fn publisher(site: &Site) -> Author<'_> {
    Author { name: &site.title, url: Some(Cow::Borrowed(site.base_url.as_str())) }
}

fn feed_item<'a>(site: &Site, item: &'a Item<'a>) -> FeedItem<'a> {
    let (stored, entry) = (item.stored, &item.stored.entry);
    let page_url = address::url(site, &address::entry_path(stored.key()));
    // An item must have one of the two; an empty text is allowed.
    let (html, text) = match item.content() {
        "" => (None, Some(item.summary())),
        html => (Some(html), None),
    };
    FeedItem {
        id: &stored.public_id,
        url: item.original().map_or_else(|| Cow::Owned(page_url.clone()), Cow::Borrowed),
        title: &entry.title,
        content_html: html,
        content_text: text,
        summary: if html.is_some() { item.summary() } else { "" },
        image: picture::lead(entry),
        date_published: stored.published.rfc3339(),
        date_modified: stored.updated.rfc3339(),
        authors: authors(item),
        tags: tags(item),
        language: entry.language.as_deref(),
        attachments: attachments(item),
        countywire: extension(site, item, page_url),
    }
}

fn authors<'a>(item: &'a Item<'a>) -> Vec<Author<'a>> {
    let author = |author: persons::Author<'a>| {
        let mail = || author.email.map(|mail| Cow::Owned(format!("mailto:{mail}")));
        Author { name: author.name, url: author.uri.map(Cow::Borrowed).or_else(mail) }
    };
    persons::authors(item).into_iter().map(author).collect()
}

/// Latitude and longitude.
fn degrees(point: Location) -> [f64; 2] {
    [point.latitude, point.longitude]
}

/// Topics, regions and the origin's own categories, each once.
fn tags<'a>(item: &'a Item<'a>) -> Vec<&'a str> {
    let mut tags: Vec<&str> = Vec::new();
    let topics = item.topics.iter().map(|label| label.title);
    let regions = item.regions.iter().map(|label| label.region.name.as_str());
    let categories = item.stored.entry.categories.iter();
    let origin = categories.map(|category| category.label.as_deref().unwrap_or(&category.term));
    for tag in topics.chain(regions).chain(origin) {
        if !tag.is_empty() && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

fn attachments<'a>(item: &'a Item<'a>) -> Vec<Attachment<'a>> {
    let media = item.stored.entry.media.iter();
    media
        .map(|media| Attachment {
            url: &media.url,
            mime_type: media_type(media),
            title: media.title.as_deref(),
            size_in_bytes: media.length,
            duration_in_seconds: media.duration,
        })
        .collect()
}

pub(super) fn copy_of<'a>(site: &Site, also: &Also<'a>) -> CopyOf<'a> {
    CopyOf {
        source: also.source.id.as_str(),
        source_title: &also.source.title,
        title: &also.stored.entry.title,
        url: also.original(),
        page_url: address::url(site, &address::entry_path(also.stored.key())),
    }
}

fn extension<'a>(site: &Site, item: &'a Item<'a>, page_url: String) -> ItemExtension<'a> {
    let (stored, entry, source) = (item.stored, &item.stored.entry, item.source);
    let copy = |also: &Also<'a>| copy_of(site, also);
    ItemExtension {
        key: stored.key().hex(),
        source: SourceOf {
            id: source.id.as_str(),
            title: &source.title,
            url: &source.url,
            home_page_url: source.site_url.as_deref(),
        },
        regions: item
            .regions
            .iter()
            .map(|label| Region {
                code: label.region.code.as_str(),
                path: &label.region.path,
                name: &label.region.name,
                point: label.region.point.map(degrees),
                kind: label.verdict.kind.label(),
                evidence: &label.verdict.evidence,
                score: label.verdict.score,
                relation: label.verdict.relation.label(),
                rule: label.verdict.rule.label(),
                start: label.verdict.start,
                end: label.verdict.end,
            })
            .collect(),
        topics: item
            .topics
            .iter()
            .map(|label| Topic {
                id: label.id.as_str(),
                title: label.title,
                medtopics: label.medtopics,
                kind: label.verdict.kind.label(),
                evidence: &label.verdict.evidence,
                score: label.verdict.score,
            })
            .collect(),
        byline: entry.byline.as_deref(),
        credit: entry.credit.as_deref(),
        first_seen: stored.first_seen.rfc3339(),
        date_from: entry.date_from.label(),
        revision: stored.revision,
        comments_url: entry.comments.as_ref().and_then(|comments| comments.link.as_deref()),
        comments: entry.comments.as_ref().and_then(|comments| comments.count),
        comments_feed: entry.comments.as_ref().and_then(|comments| comments.feed.as_deref()),
        rights: entry.rights.as_deref(),
        reprint_of: item.first.as_ref().map(copy),
        reprints: item.also.iter().map(copy).collect(),
        page_url,
    }
}
