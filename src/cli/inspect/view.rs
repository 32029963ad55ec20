//! What `inspect --json` prints.

use crate::model::{Entry, ParsedEntry, ParsedFeed, Timestamp};
use crate::normalise;
use crate::text::html;
use serde::Serialize;

const MOST_TITLE_CHARS: usize = 500;

fn plain(html: Option<&str>) -> Option<String> {
    html.map(|html| html::to_title(html, MOST_TITLE_CHARS)).filter(|text| !text.is_empty())
}

#[derive(Serialize)]
pub(super) struct FeedView<'a> {
    format: &'static str,
    encoding: &'a str,
    title: Option<String>,
    link: Option<&'a str>,
    description: Option<String>,
    language: Option<&'a str>,
    updated: Option<String>,
    defects: Vec<DefectView<'a>>,
    entries: Vec<EntryView<'a>>,
    #[serde(flatten)]
    more: Option<MoreOfFeed<'a>>,
}

/// What is read of a feed and not published.
#[derive(Serialize)]
struct MoreOfFeed<'a> {
    id: Option<&'a str>,
    #[serde(rename = "self")]
    self_link: Option<&'a str>,
    hubs: &'a [String],
    ttl_minutes: Option<u64>,
    /// `sy:updatePeriod` over `sy:updateFrequency`.
    update_minutes: Option<u64>,
    skip_hours: &'a [u8],
    skip_days: &'a [u8],
    cloud: Option<CloudView<'a>>,
    image: Option<&'a str>,
    next: Option<&'a str>,
}

#[derive(Serialize)]
struct CloudView<'a> {
    domain: &'a str,
    port: Option<u16>,
    path: &'a str,
    procedure: &'a str,
    protocol: &'a str,
}

#[derive(Serialize)]
struct DefectView<'a> {
    kind: &'static str,
    detail: &'a str,
}

#[derive(Serialize)]
struct EntryView<'a> {
    id: String,
    guid: Option<&'a str>,
    link: Option<&'a str>,
    title: Option<&'a str>,
    byline: Option<&'a str>,
    authors: Vec<AuthorView<'a>>,
    published: Option<String>,
    updated: Option<String>,
    date_from: Option<&'static str>,
    summary: Option<&'a str>,
    content: Option<&'a str>,
    categories: Vec<CategoryView<'a>>,
    media: Vec<MediaView<'a>>,
    comments: Option<CommentsView<'a>>,
    credit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rights: Option<&'a str>,
    #[serde(flatten)]
    more: Option<MoreOfEntry<'a>>,
}

/// What is read of an item and not published.
#[derive(Serialize)]
struct MoreOfEntry<'a> {
    guid_is_link: bool,
    language: Option<&'a str>,
    base: Option<&'a str>,
    /// Title of the feed that it came from.
    source: Option<&'a str>,
    reply_to: Option<&'a str>,
    comments_feed: Option<&'a str>,
    /// Latitude and longitude.
    location: Option<[f64; 2]>,
}

#[derive(Serialize)]
struct AuthorView<'a> {
    name: Option<&'a str>,
    uri: Option<&'a str>,
    email: Option<&'a str>,
}

#[derive(Serialize)]
struct CategoryView<'a> {
    term: &'a str,
    scheme: Option<&'a str>,
    label: Option<&'a str>,
}

#[derive(Serialize)]
struct MediaView<'a> {
    url: &'a str,
    #[serde(rename = "type")]
    mime: Option<&'a str>,
    length: Option<u64>,
    title: Option<&'a str>,
    width: Option<u32>,
    height: Option<u32>,
    duration: Option<u64>,
}

#[derive(Serialize)]
struct CommentsView<'a> {
    link: Option<&'a str>,
    count: Option<u64>,
}

impl<'a> FeedView<'a> {
    /// `all`: also what is not published.
    pub(super) fn new(feed: &'a ParsedFeed, entries: &'a [(usize, Entry)], all: bool) -> Self {
        let defects = feed.defects.iter();
        FeedView {
            format: feed.format.label(),
            encoding: &feed.encoding,
            title: normalise::feed_title(feed),
            link: feed.link.as_deref(),
            description: plain(feed.description.as_deref()),
            language: feed.language.as_deref(),
            updated: feed.updated.map(Timestamp::rfc3339),
            defects: defects.map(|d| DefectView { kind: d.kind, detail: &d.detail }).collect(),
            entries: entries
                .iter()
                .map(|(index, entry)| {
                    let item = feed.entries.get(*index).filter(|_| all);
                    EntryView::new(entry, item.map(|item| MoreOfEntry::new(item, entry)))
                })
                .collect(),
            more: all.then(|| MoreOfFeed::new(feed)),
        }
    }
}

/// Absent texts are null.
pub(super) fn present(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

impl<'a> EntryView<'a> {
    fn new(entry: &'a Entry, more: Option<MoreOfEntry<'a>>) -> Self {
        let authors = entry.authors.iter().map(|author| AuthorView {
            name: present(&author.name),
            uri: author.uri.as_deref(),
            email: author.email.as_deref(),
        });
        let categories = entry.categories.iter().map(|category| CategoryView {
            term: &category.term,
            scheme: category.scheme.as_deref(),
            label: category.label.as_deref(),
        });
        let media = entry.media.iter().map(|media| MediaView {
            url: &media.url,
            mime: media.mime.as_deref(),
            length: media.length,
            title: media.title.as_deref(),
            width: media.width,
            height: media.height,
            duration: media.duration,
        });
        EntryView {
            id: entry.public_id(),
            guid: entry.guid.as_deref(),
            link: entry.link.as_deref(),
            title: present(&entry.title),
            byline: entry.byline.as_deref(),
            authors: authors.collect(),
            published: entry.published.map(Timestamp::rfc3339),
            updated: entry.updated.map(Timestamp::rfc3339),
            date_from: entry.date_from.label(),
            summary: present(&entry.summary),
            content: present(&entry.content),
            categories: categories.collect(),
            media: media.collect(),
            comments: entry.comments.as_ref().map(|comments| CommentsView {
                link: comments.link.as_deref(),
                count: comments.count,
            }),
            credit: entry.credit.as_deref(),
            rights: entry.rights.as_deref(),
            more,
        }
    }
}

impl<'a> MoreOfFeed<'a> {
    fn new(feed: &'a ParsedFeed) -> Self {
        MoreOfFeed {
            id: feed.id.as_deref(),
            self_link: feed.self_link.as_deref(),
            hubs: &feed.hubs,
            ttl_minutes: feed.ttl_minutes,
            update_minutes: feed.update_minutes,
            skip_hours: &feed.skip_hours,
            skip_days: &feed.skip_days,
            cloud: feed.cloud.as_ref().map(|cloud| CloudView {
                domain: &cloud.domain,
                port: cloud.port,
                path: &cloud.path,
                procedure: &cloud.procedure,
                protocol: &cloud.protocol,
            }),
            image: feed.image.as_deref(),
            next: feed.next_link.as_deref(),
        }
    }
}

impl<'a> MoreOfEntry<'a> {
    fn new(item: &'a ParsedEntry, entry: &'a Entry) -> Self {
        MoreOfEntry {
            guid_is_link: item.guid_is_link,
            language: entry.language.as_deref(),
            base: item.base.as_deref(),
            source: item.source_title.as_deref(),
            reply_to: item.reply_to.as_deref(),
            comments_feed: item.comments.as_ref().and_then(|comments| comments.feed.as_deref()),
            location: item.location.map(|place| [place.latitude, place.longitude]),
        }
    }
}
