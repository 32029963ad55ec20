//! RSS 2.0 (<https://www.rssboard.org/rss-specification>), with the modules that readers
//! know: Atom links, Dublin Core, content, GeoRSS, Media RSS, slash, threading and well-formed web.

use super::GENERATOR;
use super::address::{self, Format};
use super::atom::{HISTORY, MEDIATOPIC, division};
use super::modules::{self, Element, GEORSS, MEDIA, THREADING};
use super::view::{Also, FeedDoc, Item, media_type};
use super::{persons, xml};
use crate::model::Site;
use crate::text::html;
use rss::extension::dublincore::DublinCoreExtension;
use rss::extension::{Extension, ExtensionMap};
use rss::{Category, Channel, Enclosure, Guid, Source};
use std::collections::BTreeMap;

const SPECIFICATION: &str = "https://www.rssboard.org/rss-specification";
const NAMESPACES: [(&str, &str); 9] = [
    ("atom", "http://www.w3.org/2005/Atom"),
    ("content", "http://purl.org/rss/1.0/modules/content/"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("fh", HISTORY),
    ("georss", GEORSS),
    ("media", MEDIA),
    ("slash", "http://purl.org/rss/1.0/modules/slash/"),
    ("thr", THREADING),
    ("wfw", "http://wellformedweb.org/CommentAPI/"),
];
/// What a document with one item takes apart from its content, about; bytes.
const ITEM_BYTES: usize = 2048;

pub fn feed(doc: &FeedDoc<'_>) -> Vec<u8> {
    let (site, info) = (doc.site, doc.channel);
    let language = info.language.as_ref().unwrap_or(&site.language);
    let own = address::url(site, &address::with_format(&info.page, Format::Rss));
    let mut links = vec![atom_link("self", address::with_window(&own, doc.window))];
    links.extend(doc.hub.map(hub_link));
    if let Some(cursor) = doc.next {
        links.push(atom_link("next", address::with_window(&own, doc.window.after(cursor))));
    }
    let parts = doc.chain.links();
    links.extend(parts.map(|(rel, part)| atom_link(rel, part.url(site, Format::Rss))));
    let mark = Element { name: "fh:archive", ..Element::default() };
    links.extend(doc.chain.is_archive.then_some(mark));
    links.extend(info.point.map(modules::point));
    let namespaces = NAMESPACES.map(|(prefix, name)| (prefix.to_owned(), name.to_owned()));
    let channel = Channel {
        title: info.feed_title.clone(),
        link: doc.page_url(),
        description: match info.description.is_empty() {
            true => info.feed_title.clone(),
            false => info.description.clone(),
        },
        language: Some(language.clone()),
        webmaster: persons::webmaster(site),
        last_build_date: (doc.updated != FeedDoc::NEVER).then(|| doc.updated.rfc2822()),
        generator: Some(GENERATOR.to_owned()),
        docs: Some(SPECIFICATION.to_owned()),
        items: doc.items.iter().map(|one| item(site, language, one)).collect(),
        extensions: extensions(links),
        namespaces: BTreeMap::from(namespaces),
        ..Channel::default()
    };
    let content: usize = doc.items.iter().map(|item| item.content().len()).sum();
    let bytes = Vec::with_capacity(content + (doc.items.len() + 1) * ITEM_BYTES);
    let mut bytes = channel.pretty_write_to(bytes, b' ', 1).expect("written to a vector");
    bytes.push(b'\n');
    xml::legalise(xml::unmistakable(bytes))
}

fn item(site: &Site, language: &str, item: &Item<'_>) -> rss::Item {
    let (stored, entry) = (item.stored, &item.stored.entry);
    let page = address::url(site, &address::entry_path(stored.key()));
    let link = item.original().unwrap_or(&page);
    rss::Item {
        title: (!entry.title.is_empty()).then(|| entry.title.clone()),
        link: Some(link.to_owned()),
        description: description(item),
        categories: categories(site, item),
        comments: entry.comments.as_ref().and_then(|comments| comments.link.clone()),
        enclosure: enclosure(item),
        guid: Some(Guid {
            permalink: stored.public_id == link && super::view::web_url(link).is_some(),
            value: stored.public_id.clone(),
        }),
        pub_date: Some(stored.published.rfc2822()),
        source: Some(Source {
            url: item.source.url.clone(),
            title: Some(item.source.title.clone()),
        }),
        content: (!item.content().is_empty()).then(|| item.content().to_owned()),
        extensions: extensions(elements(item)),
        dublin_core_ext: Some(DublinCoreExtension {
            creators: persons::authors(item).iter().map(|who| who.name.to_owned()).collect(),
            languages: entry.language.iter().filter(|own| *own != language).cloned().collect(),
            rights: entry.rights.iter().cloned().collect(),
            ..DublinCoreExtension::default()
        }),
        ..rss::Item::default()
    }
}

/// The summary as HTML, which a description is. An item must have a title or a
/// description, and readers that know no more than that must find the text of one that has some.
fn description(item: &Item<'_>) -> Option<String> {
    let text = match (item.summary(), item.content(), item.stored.entry.title.as_str()) {
        ("", "", "") => html::escape(&item.source.title).into_owned(),
        ("", "", _) => return None,
        ("", content, _) => content.to_owned(),
        (summary, ..) => html::escape(summary).into_owned(),
    };
    Some(text)
}

fn categories(site: &Site, item: &Item<'_>) -> Vec<Category> {
    let topics = item.topics.iter().map(|label| Category {
        name: label.title.to_owned(),
        domain: Some(address::url(site, "/t/")),
    });
    let regions = item.regions.iter().map(|label| Category {
        name: label.region.name.clone(),
        domain: Some(address::url(site, "/r/")),
    });
    let codes = item.medtopics().into_iter().map(|(code, _)| (MEDIATOPIC, code));
    let divisions = item.regions.iter().filter_map(|label| division(&label.region.code));
    let codes = codes
        .chain(divisions)
        .map(|(domain, code)| Category { name: code.to_owned(), domain: Some(domain.to_owned()) });
    let origin = item.stored.entry.categories.iter().map(|category| Category {
        name: category.label.as_ref().unwrap_or(&category.term).clone(),
        domain: category.scheme.clone(),
    });
    topics.chain(regions).chain(codes).chain(origin).collect()
}

/// Readers expect one at most, the others are `media:content`; a length that is not known is 0, as
/// the RSS Advisory Board's profile says.
fn enclosure(item: &Item<'_>) -> Option<Enclosure> {
    item.stored.entry.media.first().map(|media| Enclosure {
        url: media.url.clone(),
        length: media.length.unwrap_or(0).to_string(),
        mime_type: media_type(media).to_owned(),
    })
}

/// The crate's own Atom module brings in three macro crates; a link needs none of it.
fn atom_link(rel: &str, href: String) -> Element {
    let attrs = [("href", href.as_str()), ("rel", rel), ("type", Format::Rss.media_type())];
    Element {
        name: "atom:link",
        attrs: attrs.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..Element::default()
    }
}

/// The hub's own type is none of a document's.
fn hub_link(href: &str) -> Element {
    let mut link = atom_link("hub", href.to_owned());
    link.attrs.remove("type");
    link
}

/// What RSS has no element for: the last change, other places of the text, the feed of its comments
/// and how many there are, media and places.
fn elements(item: &Item<'_>) -> Vec<Element> {
    let stored = item.stored;
    let mut all = modules::of_entry(item);
    if stored.updated != stored.published {
        all.push(Element::of_text("atom:updated", stored.updated.rfc3339()));
    }
    all.extend(item.first.iter().filter_map(|first| copy("via", first)));
    all.extend(item.also.iter().filter_map(|also| copy("related", also)));
    if let Some(comments) = &stored.entry.comments {
        let count = comments.count.map(|count| count.to_string());
        all.extend(count.map(|count| Element::of_text("slash:comments", count)));
        let feed = comments.feed.as_deref();
        all.extend(feed.map(|feed| Element::of_text("wfw:commentRss", feed)));
    }
    all
}

/// As in Atom.
fn copy(rel: &str, also: &Also<'_>) -> Option<Element> {
    let mut link = atom_link(rel, also.original()?.to_owned());
    link.attrs.remove("type");
    link.attrs.insert("title".to_owned(), also.source.title.clone());
    Some(link)
}

fn extensions(elements: Vec<Element>) -> ExtensionMap {
    let mut all = ExtensionMap::new();
    for element in elements {
        let (prefix, name) = element.split_name();
        let of_name = all.entry(prefix.to_owned()).or_default().entry(name.to_owned()).or_default();
        of_name.push(extension(element));
    }
    all
}

fn extension(element: Element) -> Extension {
    let mut children: BTreeMap<String, Vec<Extension>> = BTreeMap::new();
    for child in element.children {
        children.entry(child.name.to_owned()).or_default().push(extension(child));
    }
    let Element { name, attrs, text, .. } = element;
    Extension { name: name.to_owned(), value: text, attrs, children }
}
