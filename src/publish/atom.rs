//! Atom 1.0 (RFC 4287), with comment counts as RFC 4685 has them.

use super::GENERATOR;
use super::address::{self, Format};
use super::modules::{self, Element, GEORSS, MEDIA, THREADING};
use super::view::{Also, FeedDoc, Item, media_type};
use super::{persons, xml};
use crate::model::{Comments, RegionCode, Site, Timestamp};
use crate::text::html;
use atom_syndication::extension::{Extension, ExtensionMap};
use atom_syndication::{
    Category, Content, Entry, Feed, FixedDateTime, Generator, Link, Person, Source, Text,
    WriteConfig,
};
use quick_xml::escape::escape;
use std::collections::BTreeMap;

const DECLARATION: &[u8] = b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
/// Feed paging and archiving (RFC 5005).
pub(super) const HISTORY: &str = "http://purl.org/syndication/history/1.0";
/// Tombstones (RFC 6721).
const TOMBSTONES: &str = "http://purl.org/atompub/tombstones/1.0";
/// What a document with one entry takes apart from its content, about; bytes.
const ENTRY_BYTES: usize = 3072;

pub fn feed(doc: &FeedDoc<'_>) -> Vec<u8> {
    let (site, channel) = (doc.site, doc.channel);
    let language = channel.language.as_ref().unwrap_or(&site.language);
    let own = address::url(site, &address::with_format(&channel.page, Format::Atom));
    let mut links = vec![
        link("self", address::with_window(&own, doc.window), Some(Format::Atom.media_type())),
        link("alternate", doc.page_url(), Some(Format::Html.media_type())),
    ];
    links.extend(doc.hub.map(|hub| link("hub", hub.to_owned(), None)));
    if let Some(cursor) = doc.next {
        let next = address::with_window(&own, doc.window.after(cursor));
        links.push(link("next", next, Some(Format::Atom.media_type())));
    }
    links.extend(doc.chain.links().map(|(rel, part)| {
        link(rel, part.url(site, Format::Atom), Some(Format::Atom.media_type()))
    }));
    links.extend(doc.nearby.iter().map(|neighbour| {
        let feed = address::url(site, &address::with_format(&neighbour.page, Format::Atom));
        let title = Some(neighbour.title.clone());
        Link { title, ..link("related", feed, Some(Format::Atom.media_type())) }
    }));
    let feed = Feed {
        title: text(&channel.feed_title),
        id: channel.id.clone(),
        updated: instant(doc.updated),
        authors: vec![publisher(site)],
        generator: Some(Generator { value: GENERATOR.to_owned(), ..Generator::default() }),
        links,
        subtitle: (!channel.description.is_empty()).then(|| text(&channel.description)),
        entries: doc.items.iter().map(|item| entry(site, language, item)).collect(),
        namespaces: namespaces(!doc.taken_down.is_empty()),
        lang: Some(language.clone()),
        extensions: of_feed(doc),
        ..Feed::default()
    };
    let content: usize = doc.items.iter().map(|item| item.content().len()).sum();
    let mut bytes = Vec::with_capacity(content * 5 / 4 + (doc.items.len() + 1) * ENTRY_BYTES);
    bytes.extend_from_slice(DECLARATION);
    let plain = WriteConfig { write_document_declaration: false, indent_size: Some(1) };
    let mut bytes = feed.write_with_config(bytes, plain).expect("written to a vector");
    bytes.push(b'\n');
    xml::legalise(bytes)
}

fn entry(site: &Site, language: &str, item: &Item<'_>) -> Entry {
    let (stored, entry) = (item.stored, &item.stored.entry);
    let lang = entry.language.clone().filter(|other| other != language);
    let mut extensions = ExtensionMap::new();
    modules::of_entry(item).into_iter().for_each(|element| add(&mut extensions, element));
    let replies = entry.comments.iter().flat_map(replies);
    replies.for_each(|element| add(&mut extensions, element));
    let title = if entry.title.is_empty() { &item.source.title } else { &entry.title };
    // RFC 4287 §4.1.1.1 advises to say something in each entry.
    let summary = match (item.summary(), item.content()) {
        ("", "") => Some(title.as_str()),
        ("", _) => None,
        (summary, _) => Some(summary),
    };
    let spoken = |said: &str| Text { lang: lang.clone(), ..text(said) };
    Entry {
        title: spoken(title),
        id: stored.public_id.clone(),
        updated: instant(stored.updated),
        authors: authors(item),
        categories: categories(site, item),
        links: links(site, item),
        published: Some(instant(stored.published)),
        source: Some(origin(item)),
        summary: summary.map(spoken),
        rights: entry.rights.as_deref().map(spoken),
        // Never xhtml: the writer would pass the markup through as it is.
        content: (!item.content().is_empty()).then(|| Content {
            lang,
            value: Some(item.content().to_owned()),
            content_type: Some("html".to_owned()),
            ..Content::default()
        }),
        extensions,
        ..Entry::default()
    }
}

fn namespaces(has_tombstones: bool) -> BTreeMap<String, String> {
    let always = [("fh", HISTORY), ("georss", GEORSS), ("media", MEDIA), ("thr", THREADING)];
    let tombstones = has_tombstones.then_some(("at", TOMBSTONES));
    let all = always.into_iter().chain(tombstones);
    all.map(|(prefix, name)| (prefix.to_owned(), name.to_owned())).collect()
}

/// The place of its region, `fh:archive` (RFC 5005 §4) and `at:deleted-entry` (RFC 6721 §3).
fn of_feed(doc: &FeedDoc<'_>) -> ExtensionMap {
    let mut all = ExtensionMap::new();
    let place = doc.channel.point.map(modules::point);
    let mark = Element { name: "fh:archive", ..Element::default() };
    let tombstone = |(id, at): &(String, Timestamp)| {
        let attrs = [("ref", id.clone()), ("when", at.rfc3339())];
        let attrs = attrs.map(|(name, value)| (name.to_owned(), value)).into();
        Element { name: "at:deleted-entry", attrs, ..Element::default() }
    };
    let elements = place.into_iter().chain(doc.chain.is_archive.then_some(mark));
    let elements = elements.chain(doc.taken_down.iter().map(tombstone));
    elements.for_each(|element| add(&mut all, element));
    all
}

/// A text construct (RFC 4287 §3.1). One in which signs of markup are meant as such says so, since
/// many readers take every title for HTML.
fn text(plain: &str) -> Text {
    match html::is_markup(plain) {
        true => Text::html(html::escape(plain)),
        false => Text::plain(plain),
    }
}

fn publisher(site: &Site) -> Person {
    Person {
        name: site.title.clone(),
        email: persons::contact(site).map(str::to_owned),
        uri: Some(site.base_url.to_string()),
        ..Person::default()
    }
}

fn authors(item: &Item<'_>) -> Vec<Person> {
    let person = |author: persons::Author<'_>| Person {
        name: author.name.to_owned(),
        email: author.email.map(str::to_owned),
        uri: author.uri.map(str::to_owned),
        ..Person::default()
    };
    persons::authors(item).into_iter().map(person).collect()
}

/// Who gives the divisions of China their codes (GB/T 2260): the Ministry of Civil Affairs.
const GB2260: &str = "https://dmfw.mca.gov.cn/";
/// Those of the United States (FIPS): the Census Bureau.
const FIPS: &str = "https://www.census.gov/library/reference/code-lists/ansi.html";
/// The address of an IPTC Media Topic, with its eight digits behind.
pub(super) const MEDIATOPIC: &str = "http://cv.iptc.org/newscodes/mediatopic/";

/// What a state's authority calls its divisions: the scheme of a region's code, and its term in it.
pub(super) fn division(code: &RegionCode) -> Option<(&'static str, &str)> {
    let code = code.as_str();
    let states = [("cn", GB2260), ("us", FIPS)];
    let mut found = states.into_iter().filter_map(|(state, scheme)| {
        let term = code.strip_prefix(state)?;
        // What the admin has added has a code of the admin's own.
        term.bytes().all(|b| b.is_ascii_digit()).then_some((scheme, term))
    });
    found.next()
}

/// Topics and regions of ours, whose scheme and term together are the address of their
/// page, the IPTC's codes for the topics, the state's for the regions, then the origin's own.
fn categories(site: &Site, item: &Item<'_>) -> Vec<Category> {
    let topics = item.topics.iter().map(|label| Category {
        term: label.id.to_string(),
        scheme: Some(address::url(site, "/t/")),
        label: Some(label.title.to_owned()),
    });
    let codes = item.medtopics().into_iter().map(|(code, title)| Category {
        term: code.to_owned(),
        scheme: Some(MEDIATOPIC.to_owned()),
        label: Some(title.to_owned()),
    });
    let divisions = item.regions.iter().filter_map(|label| {
        let (scheme, term) = division(&label.region.code)?;
        let label = Some(label.region.name.clone());
        Some(Category { term: term.to_owned(), scheme: Some(scheme.to_owned()), label })
    });
    let regions = item.regions.iter().map(|label| Category {
        term: label.region.path.clone(),
        scheme: Some(address::url(site, "/r/")),
        label: Some(label.region.name.clone()),
    });
    let origin = item.stored.entry.categories.iter().map(|category| Category {
        term: category.term.clone(),
        scheme: category.scheme.clone().filter(|scheme| is_iri(scheme)),
        label: category.label.clone(),
    });
    topics.chain(regions).chain(codes).chain(divisions).chain(origin).collect()
}

/// A scheme is an IRI (RFC 4287 §4.2.2.2); what RSS calls a domain may be any name.
fn is_iri(scheme: &str) -> bool {
    url::Url::parse(scheme).is_ok_and(|url| url.as_str() == scheme)
}

fn links(site: &Site, item: &Item<'_>) -> Vec<Link> {
    let entry = &item.stored.entry;
    let page = address::url(site, &address::entry_path(item.stored.key()));
    let html = Some(Format::Html.media_type());
    let mut links = Vec::with_capacity(2 + entry.media.len() + item.also.len());
    match item.original() {
        Some(original) => {
            links.push(link("alternate", original.to_owned(), None));
            links.push(link("related", page, html));
        }
        None => links.push(link("alternate", page, html)),
    }
    for media in &entry.media {
        links.push(Link {
            length: media.length.map(|bytes| bytes.to_string()),
            title: media.title.clone(),
            ..link("enclosure", media.url.clone(), Some(media_type(media)))
        });
    }
    if let Some(first) = &item.first {
        // RFC 4287 §4.2.7.2: where the information came from.
        links.extend(copy("via", first));
    }
    links.extend(item.also.iter().filter_map(|also| copy("related", also)));
    links
}

/// Where comments are (RFC 4685 §4), whose number the crate's links cannot tell.
fn replies(comments: &Comments) -> impl Iterator<Item = Element> {
    let page = comments.link.as_deref().map(|href| (href, Format::Html));
    let feed = comments.feed.as_deref().map(|href| match href.contains("atom") {
        true => (href, Format::Atom),
        false => (href, Format::Rss),
    });
    page.into_iter().chain(feed).map(|(href, format)| {
        let count = comments.count.map(|count| ("thr:count", count.to_string()));
        let attrs = [
            ("rel", "replies".to_owned()),
            ("type", format.media_type().to_owned()),
            ("href", href.to_owned()),
        ];
        let attrs = attrs.into_iter().chain(count).map(|(name, value)| (name.to_owned(), value));
        Element { name: "link", attrs: attrs.collect(), ..Element::default() }
    })
}

fn copy(rel: &str, also: &Also<'_>) -> Option<Link> {
    let title = Some(also.source.title.clone());
    also.original().map(|original| Link { title, ..link(rel, original.to_owned(), None) })
}

fn link(rel: &str, href: String, mime_type: Option<&str>) -> Link {
    Link { href, rel: rel.to_owned(), mime_type: mime_type.map(str::to_owned), ..Link::default() }
}

/// The feed that the entry came from. Its `updated` is the entry's: the source was at
/// least as new then, and another entry of it must not change this document.
fn origin(item: &Item<'_>) -> Source {
    let source = item.source;
    let mut links = Vec::new();
    if let Some(site) = &source.site_url {
        links.push(link("alternate", site.clone(), None));
    }
    links.push(link("self", source.url.clone(), None));
    Source {
        title: text(&source.title),
        id: source.url.clone(),
        updated: instant(item.stored.updated),
        links,
        ..Source::default()
    }
}

fn add(all: &mut ExtensionMap, element: Element) {
    let (prefix, name) = element.split_name();
    let of_name = all.entry(prefix.to_owned()).or_default().entry(name.to_owned()).or_default();
    of_name.push(extension(element));
}

/// The crate writes attributes of extensions as they are, `&` and quotes, too.
fn extension(element: Element) -> Extension {
    let escaped = |(name, value): (String, String)| (name, escape(&value).into_owned());
    let mut children: BTreeMap<String, Vec<Extension>> = BTreeMap::new();
    for child in element.children {
        children.entry(child.name.to_owned()).or_default().push(extension(child));
    }
    Extension {
        name: element.name.to_owned(),
        value: element.text,
        attrs: element.attrs.into_iter().map(escaped).collect(),
        children,
    }
}

fn instant(at: Timestamp) -> FixedDateTime {
    at.to_utc().fixed_offset()
}
