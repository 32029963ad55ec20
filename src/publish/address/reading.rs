//! What a requested path means.

use super::{
    Address, Format, HOT_SEGMENT, MAX_PATH_BYTES, OPML_SEGMENT, PICTURES_SEGMENT, Route,
    TOPIC_SEGMENT, Target,
};
use crate::model::{Channel, EntryKey, Month, RegionCode, RegionTree, SourceId, TopicId};

/// Longer names of a source or topic are not ours.
const MAX_NAME_BYTES: usize = 128;

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
pub(in crate::publish) fn segments(path: &str) -> Option<(Vec<String>, Format)> {
    let rest = path.strip_prefix('/').filter(|_| path.len() <= MAX_PATH_BYTES)?;
    decode(rest.strip_suffix('/').unwrap_or(rest))
}

/// Whether no region has it for a segment of its address.
pub(in crate::publish) fn is_reserved(segment: &str) -> bool {
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

pub(super) fn decode_segment(segment: &str) -> Option<String> {
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
