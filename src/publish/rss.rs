//! RSS 2.0 (<https://www.rssboard.org/rss-specification>), with the modules that readers
//! know: Atom links, Dublin Core, content, Media RSS and slash.

use super::GENERATOR;
use super::address::{self, Format};
use super::atom::{HISTORY, MEDIA, is_mail};
use super::view::{FeedDoc, Item, media_type};
use super::{picture, xml};
use crate::model::{Site, StoredEntry, Timestamp};
use rss::extension::dublincore::DublinCoreExtension;
use rss::extension::{Extension, ExtensionMap};
use rss::{Category, Channel, Enclosure, Guid, Source};
use std::borrow::Cow;
use std::collections::BTreeMap;

const NAMESPACES: [(&str, &str); 6] = [
    ("atom", "http://www.w3.org/2005/Atom"),
    ("content", "http://purl.org/rss/1.0/modules/content/"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("fh", HISTORY),
    ("media", MEDIA),
    ("slash", "http://purl.org/rss/1.0/modules/slash/"),
];
/// What a document with one item takes apart from its content, about; bytes.
const ITEM_BYTES: usize = 2048;

pub fn feed(doc: &FeedDoc<'_>) -> Vec<u8> {
    let (site, info) = (doc.site, doc.channel);
    let own = address::url(site, &address::with_format(&info.page, Format::Rss));
    let mut links = vec![atom_link("self", address::with_window(&own, doc.window))];
    links.extend(doc.hub.map(hub_link));
    if let Some(cursor) = doc.next {
        links.push(atom_link("next", address::with_window(&own, doc.window.after(cursor))));
    }
    let parts = doc.chain.links();
    links.extend(parts.map(|(rel, part)| atom_link(rel, part.url(site, Format::Rss))));
    let mut of_channel = extensions("atom", "link", links);
    if doc.chain.is_archive {
        let mark = Extension { name: "fh:archive".to_owned(), ..Extension::default() };
        of_channel.extend(extensions("fh", "archive", vec![mark]));
    }
    let namespaces = NAMESPACES.map(|(prefix, name)| (prefix.to_owned(), name.to_owned()));
    let channel = Channel {
        title: info.feed_title.clone(),
        link: doc.page_url(),
        description: match info.description.is_empty() {
            true => info.feed_title.clone(),
            false => info.description.clone(),
        },
        language: Some(info.language.as_ref().unwrap_or(&site.language).clone()),
        webmaster: site
            .contact
            .as_deref()
            .filter(|contact| is_mail(contact))
            .map(|mail| format!("{mail} ({})", site.title)),
        last_build_date: (doc.updated != Timestamp(0)).then(|| doc.updated.rfc2822()),
        generator: Some(GENERATOR.to_owned()),
        items: doc.items.iter().map(|one| item(site, one)).collect(),
        extensions: of_channel,
        namespaces: BTreeMap::from(namespaces),
        ..Channel::default()
    };
    let content: usize = doc.items.iter().map(|item| item.content().len()).sum();
    let bytes = Vec::with_capacity(content + (doc.items.len() + 1) * ITEM_BYTES);
    let mut bytes = channel.pretty_write_to(bytes, b' ', 1).expect("written to a vector");
    bytes.push(b'\n');
    xml::legalise(bytes)
}

fn item(site: &Site, item: &Item<'_>) -> rss::Item {
    let (stored, entry) = (item.stored, &item.stored.entry);
    let page = address::url(site, &address::entry_path(stored.key()));
    let link = item.original().unwrap_or(&page);
    let comments = entry.comments.as_ref();
    let count = comments.and_then(|comments| comments.count);
    rss::Item {
        title: (!entry.title.is_empty()).then(|| entry.title.clone()),
        link: Some(link.to_owned()),
        description: description(item),
        categories: categories(site, item),
        comments: comments.and_then(|comments| comments.link.clone()),
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
        extensions: item_extensions(stored, count),
        dublin_core_ext: Some(DublinCoreExtension {
            creators: creators(item),
            ..DublinCoreExtension::default()
        }),
        ..rss::Item::default()
    }
}

/// The summary as HTML, which a description is. An item must have a title or a
/// description.
fn description(item: &Item<'_>) -> Option<String> {
    match (item.summary(), item.stored.entry.title.is_empty()) {
        ("", true) => Some(item.source.title.clone()),
        ("", false) => None,
        (summary, _) => Some(as_html(summary).into_owned()),
    }
}

fn as_html(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

fn creators(item: &Item<'_>) -> Vec<String> {
    let entry = &item.stored.entry;
    if entry.authors.is_empty() {
        return vec![entry.byline.clone().unwrap_or_else(|| item.source.title.clone())];
    }
    entry.authors.iter().map(|author| author.name.clone()).collect()
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
    let origin = item.stored.entry.categories.iter().map(|category| Category {
        name: category.label.as_ref().unwrap_or(&category.term).clone(),
        domain: category.scheme.clone(),
    });
    topics.chain(regions).chain(origin).collect()
}

/// Readers expect one at most; a length that is not known is 0, as the RSS Advisory
/// Board's profile says.
fn enclosure(item: &Item<'_>) -> Option<Enclosure> {
    item.stored.entry.media.first().map(|media| Enclosure {
        url: media.url.clone(),
        length: media.length.unwrap_or(0).to_string(),
        mime_type: media_type(media).to_owned(),
    })
}

/// The crate's own Atom module brings in three macro crates; a link needs none of it.
fn atom_link(rel: &str, href: String) -> Extension {
    let attrs = [("href", href.as_str()), ("rel", rel), ("type", Format::Rss.media_type())];
    Extension {
        name: "atom:link".to_owned(),
        attrs: attrs.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..Extension::default()
    }
}

/// The hub's own type is none of a document's.
fn hub_link(href: &str) -> Extension {
    let mut link = atom_link("hub", href.to_owned());
    link.attrs.remove("type");
    link
}

/// What RSS has no element for: the last change, the picture, and how many comments there are.
fn item_extensions(stored: &StoredEntry, comments: Option<u64>) -> ExtensionMap {
    let mut all = ExtensionMap::new();
    if stored.updated != stored.published {
        all.extend(extension("atom", "updated", stored.updated.rfc3339()));
    }
    if let Some(count) = comments {
        all.extend(extension("slash", "comments", count.to_string()));
    }
    if let Some(attrs) = picture::media_content(&stored.entry) {
        let content = Extension { name: "media:content".to_owned(), attrs, ..Extension::default() };
        all.extend(extensions("media", "content", vec![content]));
    }
    all
}

fn extension(prefix: &str, name: &str, value: String) -> ExtensionMap {
    let extension =
        Extension { name: format!("{prefix}:{name}"), value: Some(value), ..Extension::default() };
    extensions(prefix, name, vec![extension])
}

fn extensions(prefix: &str, name: &str, values: Vec<Extension>) -> ExtensionMap {
    BTreeMap::from([(prefix.to_owned(), BTreeMap::from([(name.to_owned(), values)]))])
}
