//! Links of feeds and entries: which of them is the page, and what else they lead to.

use super::super::extras::ItemExtras;
use super::super::resolve;
use super::super::sniff::Family;
use crate::model::{Comments, Media};
use crate::text::clean;
use feed_rs::model as read;
use url::Url;

pub(super) fn is_address(id: &str) -> bool {
    let scheme = id.split("://").next().unwrap_or("");
    scheme.len() < id.len()
        && (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
}

/// The site: RSS `<link>`, else an alternate that is a page.
pub(super) fn feed_link(links: &[read::Link]) -> Option<&str> {
    let plain = links.iter().find(|link| link.rel.is_none() && !link.href.trim().is_empty());
    plain.or_else(|| alternate(links)).map(|link| link.href.as_str())
}

fn alternate(links: &[read::Link]) -> Option<&read::Link> {
    let alternates = || links.iter().filter(|link| link.rel.as_deref() == Some("alternate"));
    let is_page =
        |link: &&read::Link| link.media_type.as_deref().is_none_or(|t| t.contains("html"));
    alternates().find(is_page).or_else(|| alternates().next())
}

/// What an entry points to outside its text.
pub(super) struct Addresses {
    pub link: Option<String>,
    pub comments: Option<Comments>,
    pub media: Vec<Media>,
}

impl Addresses {
    pub(super) fn of(read: &read::Entry, item: &ItemExtras, family: Family) -> Self {
        Addresses {
            link: entry_link(&read.links, item, family),
            comments: comments(&read.links, item),
            media: media(read, item),
        }
    }

    pub(super) fn resolve(&mut self, base: Option<&Url>) {
        let pages = self.comments.iter_mut().flat_map(|c| [&mut c.link, &mut c.feed]);
        let media = self.media.iter_mut().map(|media| &mut media.url);
        for address in self.link.iter_mut().chain(pages.flatten()).chain(media) {
            if let Some(absolute) = resolve(base, address) {
                *address = absolute;
            }
        }
    }
}

fn entry_link(links: &[read::Link], item: &ItemExtras, family: Family) -> Option<String> {
    let found = if family == Family::Atom {
        const NOT_THE_ENTRY: [&str; 7] =
            ["self", "edit", "enclosure", "replies", "license", "hub", "edit-media"];
        let other = || {
            let is_other = |l: &&read::Link| {
                l.rel.as_deref().is_some_and(|rel| !NOT_THE_ENTRY.contains(&rel))
                    && l.target.is_none()
            };
            links.iter().find(is_other)
        };
        let of_text = || item.links.iter().find(|(rel, _)| rel == "alternate");
        let of_text = || of_text().map(|(_, address)| address.as_str());
        let link = alternate(links).map(|link| link.href.as_str()).or_else(of_text);
        let link = link.or_else(|| other().map(|link| link.href.as_str()));
        let id = || item.guid.as_deref().filter(|id| is_address(id));
        link.or(item.content_src.as_deref()).or_else(id)
    } else {
        let of_atom = || item.links.iter().find(|(rel, _)| rel == "alternate");
        let read = || links.iter().find(|link| link.rel.is_none() && link.target.is_none());
        let link = item.link.as_deref().or_else(|| of_atom().map(|(_, href)| href.as_str()));
        link.or_else(|| read().map(|link| link.href.as_str()).filter(|href| *href != "about:blank"))
    };
    found.and_then(clean::non_empty).map(str::to_owned)
}

fn comments(links: &[read::Link], item: &ItemExtras) -> Option<Comments> {
    let is_comments = |link: &&read::Link| {
        link.target == Some(read::LinkTarget::Comments) || link.rel.as_deref() == Some("replies")
    };
    let of_atom =
        || item.links.iter().find(|(rel, _)| rel == "replies").map(|(_, href)| href.clone());
    let is_feed =
        |link: &&read::Link| link.media_type.as_deref().is_some_and(|t| t.ends_with("+xml"));
    let found = || links.iter().filter(is_comments);
    let page = found().find(|link| !is_feed(link)).map(|link| link.href.clone()).or_else(of_atom);
    let feed = item.comments_feed.clone();
    let feed = feed.or_else(|| found().find(is_feed).map(|link| link.href.clone()));
    let count = item.comments_count;
    let says = page.is_some() || count.is_some() || feed.is_some();
    says.then_some(Comments { link: page, count, feed })
}

/// What was noted, with the title and duration that feed-rs found for it.
fn media(read: &read::Entry, item: &ItemExtras) -> Vec<Media> {
    let is_linked =
        |url: &str| item.links.iter().any(|(rel, href)| rel == "enclosure" && href == url);
    let mut list = item.media.clone();
    for media in &mut list {
        let is_it = |content: &&read::MediaContent| {
            content.url.as_ref().is_some_and(|url| url.as_str() == media.url)
        };
        let object = read.media.iter().find(|object| object.content.iter().any(|c| is_it(&c)));
        // An audio enclosure's title and length stand beside it.
        if let Some(object) = object {
            media.title = object.title.as_ref().map(|title| title.content.clone());
            media.duration = media.duration.or(object.duration.map(|d| d.as_secs()));
        }
        let is_thumbnail = media.length.is_none() && object.is_none() && !is_linked(&media.url);
        if media.mime.is_none() && is_thumbnail {
            media.mime = Some(image_type(&media.url).to_owned());
        }
    }
    for link in read.links.iter().filter(|link| link.rel.as_deref() == Some("enclosure")) {
        list.push(Media {
            url: link.href.clone(),
            mime: link.media_type.clone(),
            length: link.length,
            title: link.title.clone(),
            ..Media::default()
        });
    }
    list
}

/// The media type of an image that states none, by its address.
pub fn image_type(address: &str) -> &'static str {
    let path = address.split(['?', '#']).next().unwrap_or("").to_ascii_lowercase();
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("png") => "image/png",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("svg") => "image/svg+xml",
        _ => "image/jpeg",
    }
}
