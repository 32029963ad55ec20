//! Atom 1.0 (RFC 4287), with comment counts as RFC 4685 has them.

use super::GENERATOR;
use super::address::{self, Format};
use super::view::{Also, FeedDoc, Item, media_type};
use super::{picture, xml};
use crate::model::{Site, Timestamp};
use atom_syndication::extension::{Extension, ExtensionMap};
use atom_syndication::{
    Category, Content, Entry, Feed, FixedDateTime, Generator, Link, Person, Source, Text,
    WriteConfig,
};
use quick_xml::escape::escape;
use std::collections::BTreeMap;

const DECLARATION: &[u8] = b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
/// Media RSS (<https://www.rssboard.org/media-rss>).
pub(super) const MEDIA: &str = "http://search.yahoo.com/mrss/";
/// Feed paging and archiving (RFC 5005).
pub(super) const HISTORY: &str = "http://purl.org/syndication/history/1.0";
/// Tombstones (RFC 6721).
const TOMBSTONES: &str = "http://purl.org/atompub/tombstones/1.0";
const THREADING: &str = "http://purl.org/syndication/thread/1.0";
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
        title: Text::plain(channel.feed_title.as_str()),
        id: channel.id.clone(),
        updated: instant(doc.updated),
        authors: vec![publisher(site)],
        generator: Some(Generator { value: GENERATOR.to_owned(), ..Generator::default() }),
        links,
        subtitle: (!channel.description.is_empty())
            .then(|| Text::plain(channel.description.as_str())),
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
    let comments = entry.comments.as_ref().and_then(|comments| comments.count);
    let mut extensions = comments.map(total).unwrap_or_default();
    if let Some(attrs) = picture::media_content(entry) {
        let content = with_attributes("media:content", attrs);
        let of_media = BTreeMap::from([("content".to_owned(), vec![content])]);
        extensions.insert("media".to_owned(), of_media);
    }
    Entry {
        title: Text { lang: lang.clone(), ..Text::plain(entry.title.as_str()) },
        id: stored.public_id.clone(),
        updated: instant(stored.updated),
        authors: authors(item),
        categories: categories(site, item),
        links: links(site, item),
        published: Some(instant(stored.published)),
        source: Some(origin(item)),
        summary: (!item.summary().is_empty())
            .then(|| Text { lang: lang.clone(), ..Text::plain(item.summary()) }),
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
    let always = [("fh", HISTORY), ("media", MEDIA), ("thr", THREADING)];
    let tombstones = has_tombstones.then_some(("at", TOMBSTONES));
    let all = always.into_iter().chain(tombstones);
    all.map(|(prefix, name)| (prefix.to_owned(), name.to_owned())).collect()
}

/// `fh:archive` (RFC 5005 §4) and `at:deleted-entry` (RFC 6721 §3).
fn of_feed(doc: &FeedDoc<'_>) -> ExtensionMap {
    let mut all = ExtensionMap::new();
    let mut add = |prefix: &str, name: &str, elements: Vec<Extension>| {
        all.insert(prefix.to_owned(), BTreeMap::from([(name.to_owned(), elements)]));
    };
    if doc.chain.is_archive {
        let mark = Extension { name: "fh:archive".to_owned(), ..Extension::default() };
        add("fh", "archive", vec![mark]);
    }
    if !doc.taken_down.is_empty() {
        let tombstone = |(id, at): &(String, Timestamp)| {
            let attrs = [("ref", id.clone()), ("when", at.rfc3339())];
            let attrs = attrs.map(|(name, value)| (name.to_owned(), value));
            with_attributes("at:deleted-entry", BTreeMap::from(attrs))
        };
        add("at", "deleted-entry", doc.taken_down.iter().map(tombstone).collect());
    }
    all
}

fn publisher(site: &Site) -> Person {
    let mail = site.contact.clone().filter(|contact| is_mail(contact));
    Person {
        name: site.title.clone(),
        email: mail,
        uri: Some(site.base_url.to_string()),
        ..Person::default()
    }
}

/// Whether the site's contact is an e-mail address and no web page.
pub(super) fn is_mail(contact: &str) -> bool {
    contact.contains('@') && !contact.contains(['/', ':', ' '])
}

/// RFC 4287 §4.2.1 wants an author in every entry: the named ones, else the byline, else
/// the source.
fn authors(item: &Item<'_>) -> Vec<Person> {
    let entry = &item.stored.entry;
    if entry.authors.is_empty() {
        let name = entry.byline.clone().unwrap_or_else(|| item.source.title.clone());
        return vec![Person { name, ..Person::default() }];
    }
    let person = |author: &crate::model::Author| Person {
        name: author.name.clone(),
        email: author.email.clone(),
        uri: author.uri.clone(),
        ..Person::default()
    };
    entry.authors.iter().map(person).collect()
}

/// The address of an IPTC Media Topic, with its eight digits behind.
const MEDIATOPIC: &str = "http://cv.iptc.org/newscodes/mediatopic/";

/// Topics and regions of ours, whose scheme and term together are the address of their
/// page, the IPTC's codes for the topics, then the origin's own.
fn categories(site: &Site, item: &Item<'_>) -> Vec<Category> {
    let topics = item.topics.iter().map(|label| Category {
        term: label.id.to_string(),
        scheme: Some(address::url(site, "/t/")),
        label: Some(label.title.to_owned()),
    });
    let mut codes: Vec<Category> = Vec::new();
    for label in &item.topics {
        for code in label.medtopics.iter().filter_map(|code| code.strip_prefix("medtop:")) {
            if codes.iter().all(|known| known.term != code) {
                codes.push(Category {
                    term: code.to_owned(),
                    scheme: Some(MEDIATOPIC.to_owned()),
                    label: Some(label.title.to_owned()),
                });
            }
        }
    }
    let regions = item.regions.iter().map(|label| Category {
        term: label.region.path.clone(),
        scheme: Some(address::url(site, "/r/")),
        label: Some(label.region.name.clone()),
    });
    let origin = item.stored.entry.categories.iter().map(|category| Category {
        term: category.term.clone(),
        scheme: category.scheme.clone(),
        label: category.label.clone(),
    });
    topics.chain(regions).chain(codes).chain(origin).collect()
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
    if let Some(replies) = entry.comments.as_ref().and_then(|comments| comments.link.as_ref()) {
        links.push(link("replies", replies.clone(), html));
    }
    links
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
        title: Text::plain(source.title.as_str()),
        id: source.url.clone(),
        updated: instant(item.stored.updated),
        links,
        ..Source::default()
    }
}

/// `thr:total` (RFC 4685 §5).
fn total(comments: u64) -> ExtensionMap {
    let total = Extension {
        name: "thr:total".to_owned(),
        value: Some(comments.to_string()),
        ..Extension::default()
    };
    BTreeMap::from([("thr".to_owned(), BTreeMap::from([("total".to_owned(), vec![total])]))])
}

/// The crate writes attributes of extensions as they are, `&` and quotes, too.
fn with_attributes(name: &str, attrs: BTreeMap<String, String>) -> Extension {
    let escaped = attrs.into_iter().map(|(name, value)| (name, escape(&value).into_owned()));
    Extension { name: name.to_owned(), attrs: escaped.collect(), ..Extension::default() }
}

fn instant(at: Timestamp) -> FixedDateTime {
    at.to_utc().fixed_offset()
}
