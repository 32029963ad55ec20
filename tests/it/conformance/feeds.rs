//! What an Atom feed must have as a whole, each entry and each source in it.

use super::links::{self, relation};
use super::log::{Log, Place};
use super::tree::Node;

pub fn feed(log: &mut Log, feed: &Node, address: Option<&str>) {
    let place = Place { parent: "root", element: "feed" };
    required(log, feed, "MissingElement", &["title", "id", "updated"]);
    links::alternates(log, feed);
    own_address(log, feed, feed.all("link"), "MissingSelf", address);
    history(log, feed, feed.all("link"), address);
    let first = feed.children.iter().position(|child| child.name == "entry");
    let behind = feed.children.iter().skip(first.unwrap_or(feed.children.len()));
    for child in behind.filter(|child| child.name != "entry" && !child.name.contains(':')) {
        log.note("MisplacedMetadata", Place { parent: "feed", element: &child.name });
    }
    let has_author = feed.child("author").is_some();
    let mut ids: Vec<&str> = Vec::new();
    let entries: Vec<&Node> = feed.all("entry").collect();
    for entry in &entries {
        let source = entry.child("source").and_then(|source| source.child("author"));
        if !has_author && source.is_none() && entry.child("author").is_none() {
            log.note("MissingElement", Place { parent: "entry", element: "author" });
        }
        let id = entry.child("id").map_or("", |id| id.text.trim());
        if !id.is_empty() && ids.contains(&id) {
            log.note_with(
                "DuplicateEntries",
                Place { parent: "entry", element: "id" },
                &[("value", id)],
            );
        }
        ids.push(id);
    }
    if entries.len() > 9 && ids.iter().all(|id| *id == ids[0]) {
        log.findings.retain(|finding| finding.rule != "DuplicateEntries");
        log.note("DuplicateIds", place);
    }
}

pub fn entry(log: &mut Log, entry: &Node) {
    required(log, entry, "MissingElement", &["title", "id", "updated"]);
    links::alternates(log, entry);
    let place = Place { parent: "feed", element: "entry" };
    let has_summary = entry.child("summary").is_some();
    match entry.child("content") {
        Some(content) => {
            let kind = content.attr("type").unwrap_or("text");
            let is_text = !kind.contains('/')
                || kind.starts_with("text/")
                || kind.ends_with("+xml")
                || kind.ends_with("/xml");
            if !has_summary && (content.attr("src").is_some() || !is_text) {
                log.note("MissingSummary", place);
            }
        }
        None => {
            if !has_summary {
                log.note("MissingTextualContent", place);
            }
            if !entry.all("link").any(|link| relation(link) == "alternate") {
                log.note("MissingContentOrAlternate", place);
            }
        }
    }
}

pub fn source(log: &mut Log, source: &Node) {
    required(log, source, "MissingSourceElement", &["title", "id", "updated"]);
    links::alternates(log, source);
}

fn required(log: &mut Log, node: &Node, rule: &'static str, names: &[&str]) {
    for name in names.iter().filter(|name| node.child(name).is_none()) {
        log.note(rule, Place { parent: &node.name, element: name });
    }
}

/// Where the document says that it is read.
pub fn own_address<'a>(
    log: &mut Log,
    node: &Node,
    mut links: impl Iterator<Item = &'a Node>,
    missing: &'static str,
    address: Option<&str>,
) {
    let own = links.find(|link| relation(link) == "self");
    match (own, address) {
        (None, _) => log.note(missing, Place { parent: "root", element: &node.name }),
        (Some(own), Some(address)) if own.attr("href") != Some(address) => {
            let more = [("value", own.attr("href").unwrap_or(""))];
            log.note_with(
                "SelfDoesntMatchLocation",
                Place { parent: &node.name, element: "href" },
                &more,
            );
        }
        _ => {}
    }
}

/// RFC 5005: what a part of a history, or a complete feed, links to.
pub fn history<'a>(
    log: &mut Log,
    node: &Node,
    links: impl Iterator<Item = &'a Node>,
    address: Option<&str>,
) {
    let links: Vec<(&str, &str)> =
        links.map(|link| (relation(link), link.attr("href").unwrap_or(""))).collect();
    let place = Place { parent: "", element: &node.name };
    let has = |wanted: &str| links.iter().any(|(rel, _)| *rel == wanted);
    let is_complete = node.child("fh:complete").is_some();
    if is_complete {
        for rel in ["first", "last", "next", "next-archive", "prev-archive", "previous"] {
            if has(rel) {
                log.note_with("FeedRelInCompleteFeed", place, &[("rel", rel)]);
            }
        }
    } else if node.child("fh:archive").is_some() {
        if !has("prev-archive") && !has("next-archive") {
            log.note("ArchiveIncomplete", place);
        }
        if !has("current") {
            log.note("MissingCurrentInArchive", place);
        }
    }
    let own = links.iter().find(|(rel, _)| *rel == "self").map(|(_, href)| *href);
    let here = address.or(own);
    let leads_here =
        |wanted: &str| links.iter().any(|(rel, href)| *rel == wanted && Some(*href) == here);
    for (end, beyond) in [("first", "previous"), ("last", "next")] {
        if leads_here(end) && has(beyond) {
            log.note_with("LinkPastEnd", place, &[("self", end), ("rel", beyond)]);
        }
    }
}
