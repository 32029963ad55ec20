//! The public addresses (ARCHITECTURE.md lists them), written and read in one place.
//!
//! An address is a path below the site's base URL. A feed's address is its page's with
//! `.atom`, `.rss` or `.json` appended; the portal's are `/index.atom` and so on.

mod format;
mod nearest;
mod reading;

pub use format::Format;
pub use nearest::{Known, nearest, nearest_regions};
pub use reading::parse;
pub(super) use reading::{is_reserved, segments};

use super::window::Window;
use crate::model::{
    Channel, EntryKey, Month, Region, RegionCode, RegionTree, Site, SourceId, TopicId,
};
use std::fmt::Write;

/// Longer paths are not ours.
const MAX_PATH_BYTES: usize = 1024;
/// Reserved below a region: what follows is a topic.
const TOPIC_SEGMENT: &str = "t";
/// Views, reserved below a region and at the top.
const PICTURES_SEGMENT: &str = "pictures";
const HOT_SEGMENT: &str = "hot";
/// The list of feeds, reserved below a region and at the top.
const OPML_SEGMENT: &str = "opml";

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

#[cfg(test)]
mod tests;
