//! The public addresses (ARCHITECTURE.md lists them), written and read in one place.
//!
//! An address is a path below the site's base URL. A feed's address is its page's with
//! `.atom`, `.rss` or `.json` appended; the portal's are `/index.atom` and so on.

mod nearest;

pub use nearest::nearest;

use super::window::Window;
use crate::model::{
    Channel, EntryKey, Month, Region, RegionCode, RegionTree, Site, SourceId, TopicId,
};
use std::fmt::Write;

/// Longer paths are not ours.
const MAX_PATH_BYTES: usize = 1024;
/// Longer names of a source or topic are not ours.
const MAX_NAME_BYTES: usize = 128;
/// Reserved below a region: what follows is a topic.
const TOPIC_SEGMENT: &str = "t";
/// Views, reserved below a region and at the top.
const PICTURES_SEGMENT: &str = "pictures";
const HOT_SEGMENT: &str = "hot";
/// The list of feeds, reserved below a region and at the top.
const OPML_SEGMENT: &str = "opml";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Html,
    Atom,
    Rss,
    Json,
}

impl Format {
    /// The formats that are feeds, in the order in which pages offer them.
    pub const FEEDS: [Format; 3] = [Format::Atom, Format::Rss, Format::Json];

    pub fn suffix(self) -> &'static str {
        match self {
            Format::Html => "",
            Format::Atom => ".atom",
            Format::Rss => ".rss",
            Format::Json => ".json",
        }
    }

    /// As a person reads it.
    pub fn label(self) -> &'static str {
        match self {
            Format::Html => "HTML",
            Format::Atom => "Atom",
            Format::Rss => "RSS",
            Format::Json => "JSON",
        }
    }

    /// Media type without parameters, as links state it.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Html => "text/html",
            Format::Atom => "application/atom+xml",
            Format::Rss => "application/rss+xml",
            Format::Json => "application/feed+json",
        }
    }

    /// Value of the `Content-Type` header.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Html => "text/html; charset=utf-8",
            Format::Atom => "application/atom+xml; charset=utf-8",
            Format::Rss => "application/rss+xml; charset=utf-8",
            Format::Json => "application/feed+json; charset=utf-8",
        }
    }

    /// `xingping.atom` is `xingping` in Atom; a name without one of our suffixes is a page.
    fn split(name: &str) -> (&str, Format) {
        for format in Format::FEEDS {
            if let Some(stem) = name.strip_suffix(format.suffix()) {
                return (stem, format);
            }
        }
        (name, Format::Html)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    Channel(Channel),
    /// `…/2026-11` below a channel: what came to it in that month.
    Archive(Channel, Month),
    /// In HTML and JSON.
    Entry(EntryKey),
    /// What is related to an entry: `/e/{entry}/related`.
    Related(EntryKey),
    /// `/opml`, `/r/{region}/opml`: a list of the feeds of everything, or of a region and below.
    Opml(Option<RegionCode>),
    /// `/search`, with what is looked for in its query.
    Search,
    /// `/opensearch.xml`: how browsers search here.
    OpenSearch,
    /// `/style.css`.
    Style,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    pub target: Target,
    pub format: Format,
}

/// What a requested path means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    Here(Address),
    /// The same thing, spelt otherwise (a slash at the end, needless percent signs):
    /// answer with a permanent redirect to the address.
    Moved(Address),
}

impl Address {
    pub fn channel(channel: &Channel, format: Format) -> Self {
        Address { target: Target::Channel(channel.clone()), format }
    }

    pub fn related(key: EntryKey, format: Format) -> Self {
        Address { target: Target::Related(key), format }
    }

    pub fn entry(key: EntryKey, format: Format) -> Self {
        Address { target: Target::Entry(key), format }
    }

    /// The path below the base URL, starting with a slash.
    ///
    /// `None` when the region is not in the tree.
    pub fn path(&self, tree: &RegionTree) -> Option<String> {
        let stem = match &self.target {
            Target::Channel(channel) => channel_path(channel, tree)?,
            Target::Archive(channel, month) => archive_path(&channel_path(channel, tree)?, *month),
            Target::Entry(key) => entry_path(*key),
            Target::Related(key) => related_path(*key),
            Target::Opml(region) => return opml_path(region.as_ref(), tree),
            Target::Search => SEARCH_PATH.to_owned(),
            Target::OpenSearch => return Some(OPENSEARCH_PATH.to_owned()),
            Target::Style => return Some(STYLE_PATH.to_owned()),
        };
        Some(with_format(&stem, self.format))
    }
}

pub const STYLE_PATH: &str = "/style.css";
/// Where our feeds are subscribed to (WebSub).
pub const HUB_PATH: &str = "/hub";
/// What the path of a channel's stream has before that of its page.
pub const STREAM_PATH: &str = "/stream";
pub const SEARCH_PATH: &str = "/search";
pub const OPENSEARCH_PATH: &str = "/opensearch.xml";

/// Path of a source's history on the admin's listener.
pub fn status_path(source: &SourceId) -> String {
    let mut path = "/status".to_owned();
    push_segment(&mut path, source.as_str());
    path
}

/// Path of a channel's page; `None` when its region is not in the tree.
pub fn channel_path(channel: &Channel, tree: &RegionTree) -> Option<String> {
    Some(match channel {
        Channel::All => "/".to_owned(),
        Channel::Region(code) => region_path(tree.get(code)?),
        Channel::Topic(topic) => topic_path(topic),
        Channel::RegionTopic(code, topic) => region_topic_path(tree.get(code)?, topic),
        Channel::Source(source) => source_path(source),
        Channel::Pictures(region) => view_path(region.as_ref(), PICTURES_SEGMENT, tree)?,
        Channel::Hot(region) => view_path(region.as_ref(), HOT_SEGMENT, tree)?,
    })
}

pub fn region_path(region: &Region) -> String {
    let mut path = String::with_capacity(region.path.len() + 3);
    path.push_str("/r");
    for segment in region.path.split('/') {
        push_segment(&mut path, segment);
    }
    path
}

pub fn topic_path(topic: &TopicId) -> String {
    let mut path = "/t".to_owned();
    push_segment(&mut path, topic.as_str());
    path
}

pub fn region_topic_path(region: &Region, topic: &TopicId) -> String {
    region_path(region) + &topic_path(topic)
}

/// Path of the list of feeds; `None` when the region is not in the tree.
fn opml_path(region: Option<&RegionCode>, tree: &RegionTree) -> Option<String> {
    view_path(region, OPML_SEGMENT, tree)
}

/// Path of the list of feeds below a region's page, or below nothing.
pub(super) fn opml_of(page: &str) -> String {
    let (page, _query) = page.split_at(page.find('?').unwrap_or(page.len()));
    format!("{page}/{OPML_SEGMENT}")
}

/// `region`: none for a view of everything.
fn view_path(region: Option<&RegionCode>, view: &str, tree: &RegionTree) -> Option<String> {
    let mut path = match region {
        Some(code) => region_path(tree.get(code)?),
        None => String::new(),
    };
    push_segment(&mut path, view);
    Some(path)
}

pub fn source_path(source: &SourceId) -> String {
    let mut path = "/s".to_owned();
    push_segment(&mut path, source.as_str());
    path
}

/// Path of what came in a month to the channel with that page.
pub fn archive_path(page: &str, month: Month) -> String {
    format!("{}/{month}", page.trim_end_matches('/'))
}

pub fn entry_path(key: EntryKey) -> String {
    format!("/e/{}", key.hex())
}

pub fn related_path(key: EntryKey) -> String {
    entry_path(key) + "/related"
}

/// Page of a search; `q` as its reader wrote it.
pub fn search_path(q: &str) -> String {
    let mut path = format!("{SEARCH_PATH}?q=");
    push_escaped(&mut path, q);
    path
}

/// Path of a page in another format.
pub fn with_format(page: &str, format: Format) -> String {
    let (stem, query) = page.split_at(page.find('?').unwrap_or(page.len()));
    match (stem, format) {
        (_, Format::Html) => page.to_owned(),
        ("/", _) => format!("/index{}{query}", format.suffix()),
        _ => format!("{stem}{}{query}", format.suffix()),
    }
}

/// Path of a window on a document that may have a query of its own.
pub fn with_window(path: &str, window: Window) -> String {
    match window.query() {
        query if path.contains('?') => format!("{path}{}", query.replacen('?', "&", 1)),
        query => format!("{path}{query}"),
    }
}

/// A link for our own pages: keeps the base URL's path, leaves out scheme and host.
pub fn href(site: &Site, path: &str) -> String {
    format!("{}{}", site.base_url.path(), path.trim_start_matches('/'))
}

/// The absolute URL, as feeds state it.
pub fn url(site: &Site, path: &str) -> String {
    format!("{}{}", site.base_url, path.trim_start_matches('/'))
}

/// What is left of a requested path below the base URL's own path; `None` when it is
/// outside of it.
pub fn below_base<'p>(site: &Site, path: &'p str) -> Option<&'p str> {
    let prefix = site.base_url.path().trim_end_matches('/');
    let rest = path.strip_prefix(prefix)?;
    match rest {
        "" => Some("/"),
        _ => rest.starts_with('/').then_some(rest),
    }
}

/// Reads a path below the base URL. `None`: no such address.
///
/// Regions are looked up in the tree; sources, topics and entries are for the caller to
/// find. An encoded slash, an empty segment and a longer path than ours are refused.
pub fn parse(path: &str, tree: &RegionTree) -> Option<Route> {
    let rest = path.strip_prefix('/')?;
    if path.len() > MAX_PATH_BYTES || path.contains("//") {
        return None;
    }
    let address = read(rest.strip_suffix('/').unwrap_or(rest), tree)?;
    let canonical = address.path(tree)? == path;
    Some(if canonical { Route::Here(address) } else { Route::Moved(address) })
}

/// The segments of a path, decoded, and the format that it names.
pub(super) fn segments(path: &str) -> Option<(Vec<String>, Format)> {
    let rest = path.strip_prefix('/').filter(|_| path.len() <= MAX_PATH_BYTES)?;
    decode(rest.strip_suffix('/').unwrap_or(rest))
}

/// Whether no region has it for a segment of its address.
pub(super) fn is_reserved(segment: &str) -> bool {
    [TOPIC_SEGMENT, PICTURES_SEGMENT, HOT_SEGMENT, OPML_SEGMENT].contains(&segment)
        || Month::parse(segment).is_some()
}

fn decode(rest: &str) -> Option<(Vec<String>, Format)> {
    let (before, last) = match rest.rsplit_once('/') {
        Some((before, last)) => (Some(before), last),
        None => (None, rest),
    };
    // The suffix goes before decoding: an encoded dot belongs to the name.
    let (stem, format) = Format::split(last);
    let mut segments = Vec::new();
    for segment in before.into_iter().flat_map(|text| text.split('/')).chain([stem]) {
        segments.push(decode_segment(segment)?);
    }
    Some((segments, format))
}

fn read(rest: &str, tree: &RegionTree) -> Option<Address> {
    if rest.is_empty() {
        return Some(Address::channel(&Channel::All, Format::Html));
    }
    let (segments, format) = decode(rest)?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let target = match segments.as_slice() {
        ["index"] if format != Format::Html => Target::Channel(Channel::All),
        ["search"] => Target::Search,
        ["opensearch.xml"] if format == Format::Html => Target::OpenSearch,
        ["style.css"] if format == Format::Html => Target::Style,
        [OPML_SEGMENT] if format == Format::Html => Target::Opml(None),
        ["e", key] if matches!(format, Format::Html | Format::Json) => {
            Target::Entry(EntryKey::from_hex(key)?)
        }
        ["e", key, "related"] => Target::Related(EntryKey::from_hex(key)?),
        ["r", region @ .., OPML_SEGMENT] if format == Format::Html && !region.is_empty() => {
            Target::Opml(Some(tree.by_path(&region.join("/"))?.code.clone()))
        }
        segments => match channel_of(segments, tree) {
            Some(channel) => Target::Channel(channel),
            None => archive_of(segments, tree)?,
        },
    };
    Some(Address { target, format })
}

fn channel_of(segments: &[&str], tree: &RegionTree) -> Option<Channel> {
    let region = |path: &[&str]| Some(tree.by_path(&path.join("/"))?.code.clone());
    Some(match segments {
        ["s", source] => Channel::Source(SourceId::new(name(source)?)),
        ["t", topic] => Channel::Topic(TopicId::new(name(topic)?)),
        ["r", path @ .., TOPIC_SEGMENT, topic] if !path.is_empty() => {
            Channel::RegionTopic(region(path)?, TopicId::new(name(topic)?))
        }
        [view] => view_of(view, None)?,
        ["r", path @ .., view @ (PICTURES_SEGMENT | HOT_SEGMENT)] if !path.is_empty() => {
            view_of(view, Some(region(path)?))?
        }
        ["r", path @ ..] => Channel::Region(region(path)?),
        _ => return None,
    })
}

/// What is hot is an order of stories, and has no months.
fn archive_of(segments: &[&str], tree: &RegionTree) -> Option<Target> {
    let (month, page) = segments.split_last()?;
    let month = Month::parse(month)?;
    let channel = if page.is_empty() { Channel::All } else { channel_of(page, tree)? };
    let has_months = !matches!(channel, Channel::Hot(_));
    has_months.then_some(Target::Archive(channel, month))
}

fn view_of(segment: &str, region: Option<RegionCode>) -> Option<Channel> {
    match segment {
        PICTURES_SEGMENT => Some(Channel::Pictures(region)),
        HOT_SEGMENT => Some(Channel::Hot(region)),
        _ => None,
    }
}

fn name(text: &str) -> Option<&str> {
    (text.len() <= MAX_NAME_BYTES).then_some(text)
}

/// Appends a slash and the segment, with everything but RFC 3986 §2.3's unreserved
/// characters encoded.
fn push_segment(path: &mut String, segment: &str) {
    path.push('/');
    let (stem, format) = Format::split(segment);
    for &byte in stem.as_bytes() {
        push_byte(path, byte);
    }
    // A name that ends like a feed would otherwise be read as one.
    if format != Format::Html {
        path.push_str("%2E");
        path.push_str(&format.suffix()[1..]);
    }
}

/// Appends a value of a parameter.
pub(super) fn push_escaped(query: &mut String, value: &str) {
    value.bytes().for_each(|byte| push_byte(query, byte));
}

fn push_byte(path: &mut String, byte: u8) {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            path.push(char::from(byte));
        }
        _ => {
            let _infallible = write!(path, "%{byte:02X}");
        }
    }
}

fn decode_segment(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex_digit(rest.next()?)? << 4 | hex_digit(rest.next()?)?,
            plain => plain,
        });
    }
    let text = String::from_utf8(bytes).ok()?;
    let refused = matches!(text.as_str(), "" | "." | "..")
        || text.contains('/')
        || text.chars().any(char::is_control);
    (!refused).then_some(text)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests;
