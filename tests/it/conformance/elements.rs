//! Goes through a document and holds each element against what it must be.

use super::addresses::{self, Form};
use super::links;
use super::log::{Finding, Log, Place};
use super::tree::{self, Document, Node};
use super::vocabulary::{self, Kind, Scope};
use super::{feeds, markup, persons, rss, values};

/// What a document breaks. `address`: where it was read, if that is known.
pub fn findings(bytes: &[u8], address: Option<&str>) -> Vec<Finding> {
    let mut log = Log::default();
    match tree::read(bytes) {
        Ok(document) => root(&mut log, &document, address),
        Err(fault) => {
            let place = Place { parent: "", element: "" };
            log.note_with("SAXError", place, &[("value", &fault)]);
        }
    }
    log.findings
}

fn root(log: &mut Log, document: &Document, address: Option<&str>) {
    let root = &document.root;
    let place = Place { parent: "root", element: &root.name };
    everywhere(log, "root", root);
    prefixes(log, document);
    match (root.name.as_str(), document.root_namespace.as_deref()) {
        ("feed", Some(tree::ATOM)) => {
            inside(log, Scope::Feed, root);
            feeds::feed(log, root, address);
        }
        ("rss", None) => rss::root(log, root, address),
        ("feed", None) => log.note("MissingNamespace", place),
        _ => log.note("UndefinedElement", place),
    }
}

fn prefixes(log: &mut Log, document: &Document) {
    let is_atom = document.root.name == "feed";
    for (prefix, namespace) in &document.prefixes {
        let known = tree::prefix_of(namespace);
        let place = Place { parent: "", element: "" };
        let fault = match known {
            Some("atom" | "xhtml") if is_atom && !prefix.is_empty() => "AvoidNamespacePrefix",
            Some(_) => continue,
            None if tree::namespace_of(prefix).is_some() => "ReservedPrefix",
            None => "UnknownNamespace",
        };
        log.note_with(fault, place, &[("prefix", prefix), ("namespace", namespace)]);
    }
}

/// Rules for each element, whatever it is.
fn everywhere(log: &mut Log, parent: &str, node: &Node) {
    let mut open = vec![(parent, node)];
    while let Some((parent, node)) = open.pop() {
        let place = Place { parent, element: &node.name };
        if let Some(language) = node.attr("xml:lang").filter(|language| !language.is_empty()) {
            let place = Place { parent: &node.name, element: "xml:lang" };
            values::language(log, place, language);
        }
        if let Some(base) = node.attr("xml:base") {
            let place = Place { parent: &node.name, element: "xml:base" };
            addresses::check(log, place, Form::Reference, "InvalidIRI", base, &[]);
        }
        markup::characters(log, place, &node.text);
        for (name, value) in &node.attrs {
            let place = Place { parent: &node.name, element: name };
            markup::characters(log, place, value);
        }
        open.extend(node.children.iter().map(|child| (node.name.as_str(), child)));
    }
}

/// The children of an element that is a list of others.
pub fn inside(log: &mut Log, scope: Scope, node: &Node) {
    if !node.text.trim().is_empty() {
        log.note("UnexpectedText", Place { parent: "", element: &node.name });
    }
    for (at, child) in node.children.iter().enumerate() {
        let place = Place { parent: &node.name, element: &child.name };
        let Some((kind, once)) = vocabulary::of(scope, &child.name) else {
            log.note("UndefinedElement", place);
            continue;
        };
        if once && node.children[..at].iter().any(|other| other.name == child.name) {
            let rule =
                if kind == Kind::Enclosure { "DuplicateEnclosure" } else { "DuplicateElement" };
            log.note(rule, place);
        }
        element(log, place, kind, child);
    }
}

fn element(log: &mut Log, place: Place<'_>, kind: Kind, node: &Node) {
    let value = node.text.trim();
    match kind {
        Kind::Free => {}
        Kind::Construct => construct(log, place, node),
        Kind::Content => content(log, place, node),
        Kind::Id => id(log, place, node),
        Kind::Instant => {
            tight(log, place, node);
            values::rfc3339(log, place, value);
        }
        Kind::Person => person(log, place, node),
        Kind::Category => category(log, place, node),
        Kind::Link => links::link(log, place, node),
        Kind::Generator => generator(log, place, node),
        Kind::Reference => {
            tight(log, place, node);
            not_blank(log, place, value);
            addresses::check(log, place, Form::Reference, "InvalidLink", value, &[]);
        }
        Kind::Entry => {
            inside(log, Scope::Entry, node);
            feeds::entry(log, node);
        }
        Kind::Source => {
            inside(log, Scope::Source, node);
            feeds::source(log, node);
        }
        Kind::Tombstone => {
            let inner = Place { parent: place.element, element: "ref" };
            let named = node.attr("ref").unwrap_or("");
            addresses::check(log, inner, Form::Iri, "InvalidFullLink", named, &[]);
            let inner = Place { parent: place.element, element: "when" };
            values::rfc3339(log, inner, node.attr("when").unwrap_or(""));
        }
        Kind::Point => values::point(log, place, value),
        Kind::Count => values::non_negative(log, place, value),
        Kind::Language => values::language(log, place, value),
        Kind::Mark => {
            if !value.is_empty() || !node.children.is_empty() {
                log.note("UnexpectedText", place);
            }
        }
        Kind::Answer => {
            if node.attr("ref").is_none() && node.attr("href").is_none() {
                log.note_with("MissingAttribute", place, &[("attr", "ref")]);
            }
        }
        Kind::Media => rss::media(log, place, node),
        Kind::MediaText => rss::media_text(log, place, node),
        _ => rss::element(log, place, kind, node),
    }
}

pub fn not_blank(log: &mut Log, place: Place<'_>, value: &str) {
    if value.is_empty() {
        log.note("NotBlank", place);
    }
}

/// Where what is written is compared character by character.
fn tight(log: &mut Log, place: Place<'_>, node: &Node) {
    if node.text != node.text.trim() {
        log.note("UnexpectedWhitespace", place);
    }
}

/// RFC 4287 §3.1.
fn construct(log: &mut Log, place: Place<'_>, node: &Node) {
    let kind = node.attr("type").unwrap_or("text");
    if kind.is_empty() {
        log.note_with("AttrNotBlank", place, &[("attr", "type")]);
    } else if kind.contains('/') {
        log.note_with("InvalidTextType", place, &[("attr", "type"), ("value", kind)]);
    } else if !["text", "html", "xhtml"].contains(&kind) {
        log.note_with("InvalidMIMEType", place, &[("attr", "type"), ("value", kind)]);
    }
    said(log, place, kind, node);
}

/// RFC 4287 §4.1.3.
fn content(log: &mut Log, place: Place<'_>, node: &Node) {
    let kind = node.attr("type").unwrap_or("text");
    let source = node.attr("src");
    let own = ["text", "html", "xhtml"].contains(&kind) && source.is_none();
    if kind.is_empty() {
        log.note_with("AttrNotBlank", place, &[("attr", "type")]);
    } else if !own && !values::is_media_type(kind) && node.attr("type").is_some() {
        log.note_with("InvalidMIMEType", place, &[("attr", "type"), ("value", kind)]);
    }
    if let Some(source) = source {
        let more = [("attr", "src")];
        addresses::check(log, place, Form::Reference, "InvalidURIAttribute", source, &more);
        if node.attr("type").is_none() {
            log.note_with("MissingTypeAttr", place, &[("attr", "type")]);
        }
        for child in &node.children {
            log.note("UndefinedElement", Place { parent: place.element, element: &child.name });
        }
        return;
    }
    said(log, place, kind, node);
}

fn said(log: &mut Log, place: Place<'_>, kind: &str, node: &Node) {
    let is_markup = kind == "xhtml" || kind.ends_with("+xml") || kind.ends_with("/xml");
    if !is_markup {
        for child in &node.children {
            log.note("UndefinedElement", Place { parent: place.element, element: &child.name });
        }
    }
    if kind == "xhtml" && node.child("xhtml:div").is_none() {
        log.note("MissingXhtmlDiv", place);
    }
    match kind {
        "text" => {
            markup::plain(log, place, "ContainsUndeclaredHTML", &node.text, node.has_numbers);
        }
        "html" | "text/html" => markup::html(log, place, &node.text),
        kind if kind.starts_with("text/") => {
            markup::plain(log, place, "ContainsUndeclaredHTML", &node.text, node.has_numbers);
        }
        _ => {}
    }
    if node.text.is_empty() && node.children.is_empty() {
        log.note("NotBlank", place);
    }
}

fn id(log: &mut Log, place: Place<'_>, node: &Node) {
    let value = node.text.trim();
    tight(log, place, node);
    if value.is_empty() {
        return log.note("NotBlank", place);
    }
    let is_address = addresses::check(log, place, Form::Iri, "InvalidFullLink", value, &[]);
    if is_address && !addresses::is_canonical(value) {
        log.note_with("NonCanonicalURI", place, &[("value", value)]);
    }
}

/// RFC 4287 §3.2.
fn person(log: &mut Log, place: Place<'_>, node: &Node) {
    let parent = place.element;
    let local = |name: &str| name.strip_prefix("atom:").unwrap_or(name).to_owned();
    for (at, child) in node.children.iter().enumerate() {
        let (name, value) = (local(&child.name), child.text.trim());
        let place = Place { parent, element: &name };
        if node.children[..at].iter().any(|other| other.name == child.name) {
            log.note("DuplicateElement", place);
        }
        match name.as_str() {
            "name" => {
                not_blank(log, place, value);
                markup::plain(log, place, "ContainsHTML", value, child.has_numbers);
                persons::name(log, place, value);
            }
            "email" => persons::address(log, place, value),
            "uri" => {
                tight(log, place, child);
                not_blank(log, place, value);
                addresses::check(log, place, Form::Reference, "InvalidIRI", value, &[]);
            }
            other if !other.contains(':') => log.note("UndefinedElement", place),
            _ => {}
        }
    }
    if !node.children.iter().any(|child| local(&child.name) == "name") {
        log.note("MissingElement", Place { parent, element: "name" });
    }
}

/// RFC 4287 §4.2.2.
fn category(log: &mut Log, place: Place<'_>, node: &Node) {
    let of = |element| Place { parent: place.element, element };
    match node.attr("term") {
        None => log.note_with("MissingAttribute", place, &[("attr", "term")]),
        Some(term) => not_blank(log, of("term"), term),
    }
    if let Some(scheme) = node.attr("scheme") {
        addresses::check(log, of("scheme"), Form::Iri, "InvalidFullLink", scheme, &[]);
    }
    if let Some(label) = node.attr("label") {
        markup::plain(log, of("label"), "ContainsHTML", label, node.has_numbers);
    }
}

fn generator(log: &mut Log, place: Place<'_>, node: &Node) {
    if let Some(uri) = node.attr("uri") {
        addresses::check(log, place, Form::Reference, "InvalidLink", uri, &[("attr", "uri")]);
    }
    for child in &node.children {
        log.note("UndefinedElement", Place { parent: place.element, element: &child.name });
    }
    not_blank(log, place, node.text.trim());
    markup::plain(log, place, "ContainsHTML", node.text.trim(), node.has_numbers);
}
