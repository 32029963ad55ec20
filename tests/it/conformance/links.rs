//! Links: `atom:link` in Atom and RSS (RFC 4287 §4.2.7).

use super::addresses::{self, Form};
use super::log::{Log, Place};
use super::tree::Node;
use super::{markup, values};

/// The registered relations that feeds use.
const RELATIONS: [&str; 22] = [
    "alternate",
    "current",
    "describedby",
    "edit",
    "edit-media",
    "enclosure",
    "first",
    "hub",
    "last",
    "license",
    "next",
    "next-archive",
    "payment",
    "prev-archive",
    "previous",
    "related",
    "replies",
    "search",
    "self",
    "service",
    "up",
    "via",
];
/// Those of feed paging and archiving (RFC 5005), which are of whole feeds.
const HISTORY: [&str; 7] =
    ["current", "first", "last", "next", "next-archive", "prev-archive", "previous"];
const ATTRIBUTES: [&str; 10] = [
    "type",
    "title",
    "rel",
    "href",
    "length",
    "hreflang",
    "thr:count",
    "thr:updated",
    "xml:lang",
    "xml:base",
];

pub fn relation(node: &Node) -> &str {
    let rel = node.attr("rel").unwrap_or("alternate");
    rel.strip_prefix("http://www.iana.org/assignments/relation/").unwrap_or(rel)
}

pub fn link(log: &mut Log, place: Place<'_>, node: &Node) {
    let rel = relation(node);
    if rel.is_empty() {
        log.note_with("AttrNotBlank", place, &[("attr", "rel")]);
    }
    if !RELATIONS.contains(&rel) && addresses::scheme(rel).is_none() {
        log.note_with("UnregisteredAtomLinkRel", place, &[("attr", "rel"), ("value", rel)]);
    }
    if HISTORY.contains(&rel) && matches!(place.parent, "entry" | "item") {
        log.note_with("FeedHistoryRelInEntry", place, &[("rel", rel)]);
    }
    if let Some(kind) = node.attr("type").filter(|kind| !values::is_media_type(kind)) {
        log.note_with("InvalidMIMEType", place, &[("attr", "type"), ("value", kind)]);
    }
    if let Some(title) = node.attr("title") {
        if title.is_empty() {
            log.note_with("AttrNotBlank", place, &[("attr", "title")]);
        }
        markup::plain(log, place, "ContainsHTML", title, node.has_numbers);
    }
    let of = |element| Place { parent: place.parent, element };
    if let Some(length) = node.attr("length") {
        values::non_negative(log, of("length"), length);
    }
    if let Some(language) = node.attr("hreflang") {
        values::language(log, of("hreflang"), language);
    }
    match node.attr("href") {
        None => log.note_with("MissingHref", place, &[("attr", "href")]),
        Some(href) => {
            let more = [("attr", "href")];
            addresses::check(log, of("href"), Form::Reference, "InvalidIRI", href, &more);
            let is_own = rel == "self" && matches!(place.parent, "feed" | "channel");
            if is_own && addresses::scheme(href).is_none() {
                log.note_with("RelativeSelf", of("href"), &[("value", href)]);
            }
        }
    }
    replies(log, place, node, rel);
    for (name, _) in &node.attrs {
        if !name.contains("*:") && !name.starts_with("rdf:") && !ATTRIBUTES.contains(&name.as_str())
        {
            log.note_with("UnexpectedAttribute", place, &[("attribute", name)]);
        }
    }
    if !node.text.trim().is_empty() {
        log.note("AtomLinkNotEmpty", place);
    }
}

/// How many answers there are (RFC 4685 §4).
fn replies(log: &mut Log, place: Place<'_>, node: &Node, rel: &str) {
    let of = |element| Place { parent: place.parent, element };
    for name in ["thr:count", "thr:updated"] {
        let Some(value) = node.attr(name) else { continue };
        if rel != "replies" {
            log.note_with("UnexpectedAttribute", place, &[("attribute", name)]);
        }
        match name {
            "thr:count" => values::non_negative(log, of(name), value),
            _ => values::rfc3339(log, of(name), value),
        }
    }
}

/// Of one type and language there is one alternate.
pub fn alternates(log: &mut Log, node: &Node) {
    let links: Vec<&Node> = node.all("link").filter(|link| relation(link) == "alternate").collect();
    let of = |link: &Node| {
        [link.attr("type").unwrap_or(""), link.attr("hreflang").unwrap_or("")].map(str::to_owned)
    };
    for (at, link) in links.iter().enumerate() {
        if links[..at].iter().any(|other| of(other) == of(link)) {
            let place = Place { parent: &node.name, element: "link" };
            log.note_with(
                "DuplicateAtomLink",
                place,
                &[("type", &of(link)[0]), ("hreflang", &of(link)[1])],
            );
        }
    }
}
