//! What `parse` made of a document: still the origin's own words.

use super::{Author, Category, Comments, Media, Timestamp};

#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParsedFeed {
    pub format: FeedFormat,
    /// The encoding that was read, such as `gb18030` or `utf-8`.
    pub encoding: String,
    pub id: Option<String>,
    pub title: Option<String>,
    /// The feed's site.
    pub link: Option<String>,
    /// The feed's own address, when it states one.
    pub self_link: Option<String>,
    /// WebSub hubs.
    pub hubs: Vec<String>,
    pub description: Option<String>,
    /// Who holds the rights: RSS `copyright`, `atom:rights`, `dc:rights`.
    pub rights: Option<String>,
    pub language: Option<String>,
    pub updated: Option<Timestamp>,
    /// RSS `ttl`, minutes.
    pub ttl_minutes: Option<u64>,
    /// `sy:updatePeriod` over `sy:updateFrequency`, minutes.
    pub update_minutes: Option<u64>,
    /// RSS `skipHours`: hours of UTC without news, 0–23.
    pub skip_hours: Vec<u8>,
    /// RSS `skipDays`: days without news, 1 Monday to 7 Sunday.
    pub skip_days: Vec<u8>,
    /// RSS `cloud`: where to ask for notice of changes.
    pub cloud: Option<Cloud>,
    /// A picture that stands for the feed.
    pub image: Option<String>,
    /// Where older entries are (RFC 5005, JSON Feed `next_url`).
    pub next_link: Option<String>,
    pub entries: Vec<ParsedEntry>,
    /// The document was cut off within the last of its entries.
    pub ends_within_entry: bool,
    /// Items that could not be read, had nothing in them, or whose dates are none: about.
    pub faulty_items: usize,
    pub defects: Vec<Defect>,
}

/// RSS `cloud` (rssCloud).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cloud {
    pub domain: String,
    pub port: Option<u16>,
    pub path: String,
    pub procedure: String,
    /// `xml-rpc`, `soap` or `http-post`.
    pub protocol: String,
}

/// A place on earth, degrees (WGS 84): GeoRSS, GML or W3C Geo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Location {
    pub latitude: f64,
    pub longitude: f64,
}

/// What was wrong with a document and was read all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// A short fixed label, such as `undecodable` or `bad-date`.
    pub kind: &'static str,
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FeedFormat {
    #[default]
    Unknown,
    Rss090,
    Rss091,
    Rss092,
    Rss093,
    Rss094,
    Rss10,
    Rss20,
    Atom03,
    Atom10,
    Json10,
    Json11,
    Cdf,
}

impl FeedFormat {
    pub fn label(self) -> &'static str {
        match self {
            FeedFormat::Unknown => "unknown",
            FeedFormat::Rss090 => "rss0.90",
            FeedFormat::Rss091 => "rss0.91",
            FeedFormat::Rss092 => "rss0.92",
            FeedFormat::Rss093 => "rss0.93",
            FeedFormat::Rss094 => "rss0.94",
            FeedFormat::Rss10 => "rss1.0",
            FeedFormat::Rss20 => "rss2.0",
            FeedFormat::Atom03 => "atom0.3",
            FeedFormat::Atom10 => "atom1.0",
            FeedFormat::Json10 => "json1.0",
            FeedFormat::Json11 => "json1.1",
            FeedFormat::Cdf => "cdf",
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParsedEntry {
    pub guid: Option<String>,
    /// RSS `isPermaLink`; true unless the origin denies it.
    pub guid_is_link: bool,
    pub link: Option<String>,
    /// May hold markup and character references.
    pub title: Option<String>,
    pub authors: Vec<Author>,
    pub published: Option<ParsedDate>,
    pub updated: Option<ParsedDate>,
    pub summary: Option<String>,
    /// HTML, unsafe.
    pub content: Option<String>,
    pub base: Option<String>,
    pub language: Option<String>,
    pub categories: Vec<Category>,
    pub media: Vec<Media>,
    pub comments: Option<Comments>,
    /// RSS `source` or `atom:source`: title of the feed it came from.
    pub source_title: Option<String>,
    pub location: Option<Location>,
    /// The rights in it, where it says so itself.
    pub rights: Option<String>,
    /// `thr:in-reply-to` (RFC 4685): id of the entry that this one answers.
    pub reply_to: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParsedDate {
    pub at: Timestamp,
    /// Counted back from the poll (`3小时前`): never counts as a change.
    pub relative: bool,
}
