//! RSS 2.0 (<https://www.rssboard.org/rss-specification>) and the media in items.

use super::addresses::{self, Form};
use super::elements::{inside, not_blank};
use super::feeds;
use super::log::{Log, Place};
use super::tree::Node;
use super::vocabulary::{Kind, Scope};
use super::{markup, persons, values};

const VERSIONS: [&str; 3] = ["0.91", "0.92", "2.0"];
/// Elements of modules that say again what one of the language says.
const SAME: [(&str, &str); 6] = [
    ("managingEditor", "dc:creator"),
    ("pubDate", "dc:date"),
    ("category", "dc:subject"),
    ("language", "dc:language"),
    ("copyright", "dc:rights"),
    ("webMaster", "dc:publisher"),
];
const SAME_OF_ITEM: [(&str, &str); 6] = [
    ("pubDate", "dc:date"),
    ("pubDate", "atom:published"),
    ("category", "dc:subject"),
    ("author", "dc:creator"),
    ("source", "dc:source"),
    ("guid", "atom:id"),
];

pub fn root(log: &mut Log, rss: &Node, address: Option<&str>) {
    let place = Place { parent: "root", element: "rss" };
    match rss.attr("version") {
        None => log.note_with("MissingAttribute", place, &[("attr", "version")]),
        Some(version) if !VERSIONS.contains(&version) => {
            log.note_with("InvalidRSSVersion", place, &[("value", version)]);
        }
        Some(_) => {}
    }
    let mut channels = rss.all("channel");
    let Some(channel) = channels.next() else {
        return log.note("MissingElement", Place { parent: "rss", element: "channel" });
    };
    if channels.next().is_some() {
        log.note("DuplicateElement", Place { parent: "rss", element: "channel" });
    }
    inside(log, Scope::Channel, channel);
    self::channel(log, channel, rss.attr("version") == Some("2.0"), address);
}

fn channel(log: &mut Log, channel: &Node, is_two: bool, address: Option<&str>) {
    for (rule, name) in
        [("MissingTitle", "title"), ("MissingLink", "link"), ("MissingDescription", "description")]
    {
        if channel.child(name).is_none() {
            log.note(rule, Place { parent: "channel", element: name });
        }
    }
    if is_two && address.is_some() {
        feeds::own_address(log, channel, channel.all("atom:link"), "MissingAtomSelfLink", address);
    }
    feeds::history(log, channel, channel.all("atom:link"), address);
    said_twice(log, channel, &SAME, "DuplicateSemantics");
    let mut guids: Vec<&str> = Vec::new();
    for item in channel.all("item") {
        self::item(log, item, is_two);
        if item.child("slash:comments").is_some() && channel.child("lastBuildDate").is_none() {
            log.note("SlashDate", Place { parent: "channel", element: "item" });
        }
        let Some(guid) = item.child("guid").map(|guid| guid.text.trim()) else { continue };
        if !guid.is_empty() && guids.contains(&guid) {
            log.note_with(
                "DuplicateValue",
                Place { parent: "item", element: "guid" },
                &[("value", guid)],
            );
        }
        guids.push(guid);
    }
}

fn item(log: &mut Log, item: &Node, is_two: bool) {
    let place = Place { parent: "channel", element: "item" };
    if item.child("title").is_none() && item.child("description").is_none() {
        log.note("ItemMustContainTitleOrDescription", place);
    }
    if is_two && item.child("guid").is_none() {
        log.note("MissingGuid", Place { parent: "item", element: "guid" });
    }
    let position = |name: &str| item.children.iter().position(|child| child.name == name);
    if let Some(content) = position("content:encoded")
        && position("description").is_none_or(|description| description > content)
    {
        log.note("NeedDescriptionBeforeContent", place);
    }
    said_twice(log, item, &SAME_OF_ITEM, "DuplicateItemSemantics");
}

fn said_twice(log: &mut Log, node: &Node, same: &[(&str, &str)], rule: &'static str) {
    for (core, other) in same {
        if node.child(core).is_some() && node.child(other).is_some() {
            let place = Place { parent: "", element: &node.name };
            log.note_with(rule, place, &[("core", core), ("ext", other)]);
        }
    }
}

pub fn element(log: &mut Log, place: Place<'_>, kind: Kind, node: &Node) {
    let value = node.text.trim();
    let leaf = !matches!(kind, Kind::Item);
    if leaf && !node.children.is_empty() {
        let child = &node.children[0].name;
        log.note("UndefinedElement", Place { parent: place.element, element: child });
    }
    match kind {
        Kind::Item => inside(log, Scope::Item, node),
        Kind::Title | Kind::Subject => {
            not_blank(log, place, value);
            text(log, place, node);
        }
        Kind::Text => text(log, place, node),
        Kind::Html => markup::html(log, place, value),
        Kind::Uri => {
            addresses::check(log, place, Form::Uri, "InvalidFullLink", value, &[]);
        }
        Kind::Date => values::rfc822(log, place, value),
        Kind::Contact => persons::with_name(log, place, value, node.has_numbers),
        Kind::Guid => guid(log, place, node),
        Kind::Enclosure => enclosure(log, place, node),
        Kind::Origin => origin(log, place, node),
        Kind::Minutes => {
            not_blank(log, place, value);
            values::positive(log, place, value);
        }
        _ => {}
    }
}

fn text(log: &mut Log, place: Place<'_>, node: &Node) {
    let value = node.text.trim();
    if markup::plain(log, place, "ContainsHTML", value, node.has_numbers) {
        markup::profile(log, place, value, node.has_numbers);
    }
}

/// A permanent link unless it says otherwise.
fn guid(log: &mut Log, place: Place<'_>, node: &Node) {
    let value = node.text.trim();
    let stated = node.attr("isPermaLink");
    if stated.is_some_and(|stated| stated != "true" && stated != "false") {
        log.note_with("InvalidBooleanAttribute", place, &[("attr", "isPermaLink")]);
    }
    if stated != Some("false") {
        let scheme = addresses::scheme(value).map(str::to_ascii_lowercase);
        if scheme.as_deref() == Some("tag") || value.to_ascii_lowercase().starts_with("urn:uuid:") {
            return log.note("InvalidPermalink", place);
        }
        addresses::check(log, place, Form::Uri, "InvalidHttpGUID", value, &[]);
    } else if value.len() < 9 && value.bytes().all(|b| b.is_ascii_digit()) {
        log.note_with("NotSufficientlyUnique", place, &[("value", value)]);
    }
}

fn enclosure(log: &mut Log, place: Place<'_>, node: &Node) {
    match node.attr("length") {
        None => log.note_with("MissingAttribute", place, &[("attr", "length")]),
        Some(length) => match length.trim().parse::<i128>() {
            Err(_) => log.note_with("InvalidIntegerAttribute", place, &[("attr", "length")]),
            Ok(length) if length < 0 => {
                let place = Place { parent: place.element, element: "length" };
                log.note("InvalidNonNegativeInteger", place);
            }
            Ok(_) => {}
        },
    }
    match node.attr("type") {
        None => log.note_with("MissingAttribute", place, &[("attr", "type")]),
        Some(kind) if !values::is_media_type(kind) => {
            log.note_with("InvalidMIMEAttribute", place, &[("attr", "type"), ("value", kind)]);
        }
        Some(_) => {}
    }
    match node.attr("url") {
        None => log.note_with("MissingAttribute", place, &[("attr", "url")]),
        Some(url) if !addresses::is_http(url) => {
            let place = Place { parent: place.element, element: "url" };
            log.note_with("InvalidURLAttribute", place, &[("value", url)]);
        }
        Some(_) => {}
    }
}

/// The feed that an item came from.
fn origin(log: &mut Log, place: Place<'_>, node: &Node) {
    match node.attr("url") {
        None => log.note_with("MissingAttribute", place, &[("attr", "url")]),
        Some(url) => {
            let place = Place { parent: place.element, element: "url" };
            addresses::check(log, place, Form::Uri, "InvalidFullLink", url, &[]);
        }
    }
    text(log, place, node);
}

/// `media:content` (<https://www.rssboard.org/media-rss>).
pub fn media(log: &mut Log, place: Place<'_>, node: &Node) {
    let of = |element| Place { parent: place.parent, element };
    if let Some(url) = node.attr("url") {
        addresses::check(log, of("url"), Form::Uri, "InvalidFullLink", url, &[]);
    }
    for name in ["fileSize", "width", "height", "duration"] {
        if let Some(number) = node.attr(name) {
            values::positive(log, of(name), number);
        }
    }
    if let Some(kind) = node.attr("type").filter(|kind| !values::is_media_type(kind)) {
        log.note_with("InvalidMIMEType", place, &[("attr", "type"), ("value", kind)]);
    }
    let mediums = ["image", "audio", "video", "document", "executable"];
    if let Some(medium) = node.attr("medium").filter(|medium| !mediums.contains(medium)) {
        log.note_with("InvalidMediaMedium", place, &[("attr", "medium"), ("value", medium)]);
    }
    for (at, child) in node.children.iter().enumerate() {
        let inner = Place { parent: &node.name, element: &child.name };
        if !child.name.contains(':') {
            log.note("UndefinedElement", inner);
        }
        if child.name == "media:title" {
            if node.children[..at].iter().any(|other| other.name == child.name) {
                log.note("DuplicateElement", inner);
            }
            media_text(log, inner, child);
        }
    }
}

pub fn media_text(log: &mut Log, place: Place<'_>, node: &Node) {
    match node.attr("type") {
        Some("html") => markup::html(log, place, node.text.trim()),
        Some("plain") | None => {
            markup::plain(log, place, "ContainsUndeclaredHTML", node.text.trim(), node.has_numbers);
        }
        Some(kind) => {
            log.note_with("InvalidMediaTextType", place, &[("attr", "type"), ("value", kind)]);
        }
    }
}
