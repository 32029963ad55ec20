//! What the renderers take: plain data, mostly borrowed from the store and the config.
//!
//! [`super::Names`] makes most of it from the model.

use super::address;
use super::chain::Chain;
use super::same_story::Story;
use super::window::Window;
use crate::model::{
    Channel, Cursor, Location, Region, RegionVerdict, Site, SourceInfo, StoredEntry, Timestamp,
    TopicId, TopicVerdict,
};
use chrono_tz::Tz;

/// A feed of a channel, to be rendered in any of the three formats.
#[derive(Debug, Clone, Copy)]
pub struct FeedDoc<'a> {
    pub site: &'a Site,
    pub channel: &'a ChannelInfo,
    /// Newest first, as they appear.
    pub items: &'a [Item<'a>],
    /// When the newest change among the items happened; without items the date of that, or
    /// [`FeedDoc::NEVER`].
    pub updated: Timestamp,
    pub window: Window,
    /// Last place in the order that is shown, when older entries follow.
    pub next: Option<Cursor>,
    pub chain: &'a Chain,
    /// Public ids of entries that were taken down, and when; the last first.
    pub taken_down: &'a [(String, Timestamp)],
    /// Regions beside and above the channel's own that are recommended.
    pub nearby: &'a [Neighbour],
    /// Where to subscribe to the document (WebSub), if one can.
    pub hub: Option<&'a str>,
}

impl FeedDoc<'_> {
    /// The date of a document in which nothing has ever changed: 2026-01-01T00:00:00Z. Readers find years
    /// before 1990 implausible.
    pub const NEVER: Timestamp = Timestamp(1_767_225_600);
}

/// A region beside or above another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    pub title: String,
    /// Path of its page below the base URL.
    pub page: String,
}

/// What documents say of a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelInfo {
    /// `None`: it is made for one entry.
    pub channel: Option<Channel>,
    /// `urn:uuid:…`, the same wherever we are published.
    pub id: String,
    /// As a heading: `兴平市 · 教育`.
    pub title: String,
    /// As a reader lists it, with the site's title.
    pub feed_title: String,
    pub description: String,
    /// Language of its entries, when it is not the site's.
    pub language: Option<String>,
    /// From the site to the channel itself, which comes last.
    pub breadcrumb: Vec<Crumb>,
    /// Path of its page below the base URL.
    pub page: String,
    /// The zone in which its pages show times.
    pub zone: Tz,
    /// Where its region is.
    pub point: Option<Location>,
    /// A source's own site.
    pub elsewhere: Option<String>,
    /// It is part of a channel: what a filter lets through.
    pub is_filtered: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crumb {
    pub title: String,
    /// `None`: not published here.
    pub href: Option<String>,
}

/// An entry with what its codes stand for.
#[derive(Debug, Clone)]
pub struct Item<'a> {
    pub stored: &'a StoredEntry,
    pub source: &'a SourceInfo,
    pub regions: Vec<RegionLabel<'a>>,
    pub topics: Vec<TopicLabel<'a>>,
    /// The entry whose text this one reprints.
    pub first: Option<Also<'a>>,
    /// Later copies of the text.
    pub also: Vec<Also<'a>>,
    /// What stands for the body, which is left out; none: the body is shown.
    pub brief: Option<&'a str>,
}

#[derive(Debug, Clone, Copy)]
pub struct RegionLabel<'a> {
    pub region: &'a Region,
    pub verdict: &'a RegionVerdict,
    /// Whether it has a page here.
    pub published: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct TopicLabel<'a> {
    pub id: &'a TopicId,
    pub title: &'a str,
    pub medtopics: &'a [String],
    pub verdict: &'a TopicVerdict,
}

/// Another entry that is told of beside one: the same text at another source, or what is related.
#[derive(Debug, Clone, Copy)]
pub struct Also<'a> {
    pub stored: &'a StoredEntry,
    pub source: &'a SourceInfo,
}

/// A link to a channel, with how many entries it holds when that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub title: String,
    pub href: String,
    pub entries: Option<u64>,
    /// The page that it stands on.
    pub here: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceGroup {
    pub place: Place,
    pub below: Vec<Place>,
}

/// What is hot, or has pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewLink {
    pub title: &'static str,
    pub href: String,
}

/// Page of a region, a topic, a topic in a region, a source, or a view.
#[derive(Debug, Clone)]
pub struct ChannelPage<'a> {
    pub site: &'a Site,
    pub channel: &'a ChannelInfo,
    pub items: &'a [Item<'a>],
    /// Regions with the same parent, this one among them.
    pub siblings: Vec<Place>,
    pub children: Vec<Place>,
    /// Regions beside and above this one that have news.
    pub nearby: Vec<Neighbour>,
    pub topics: Vec<Place>,
    /// What else shows the region's entries.
    pub views: Vec<ViewLink>,
    pub window: Window,
    pub next: Option<Cursor>,
    pub chain: Chain,
}

/// Page of the whole site.
#[derive(Debug, Clone)]
pub struct PortalPage<'a> {
    pub site: &'a Site,
    pub channel: &'a ChannelInfo,
    pub items: &'a [Item<'a>],
    pub regions: Vec<PlaceGroup>,
    pub topics: Vec<Place>,
    pub views: Vec<ViewLink>,
    pub window: Window,
    pub next: Option<Cursor>,
}

/// Where to read on from an entry.
#[derive(Debug, Clone, Default)]
pub struct Onward<'a> {
    pub next: Option<Also<'a>>,
    /// The most related first.
    pub related: Vec<Also<'a>>,
}

#[derive(Debug, Clone)]
pub struct EntryPage<'a> {
    pub site: &'a Site,
    pub item: &'a Item<'a>,
    pub story: &'a Story<'a>,
    pub onward: &'a Onward<'a>,
    /// From the site to the entry's first region, or to its source.
    pub breadcrumb: Vec<Crumb>,
    pub zone: Tz,
}

impl FeedDoc<'_> {
    /// Of the page that shows the same.
    pub fn page_url(&self) -> String {
        let page = address::url(self.site, &self.channel.page);
        match self.chain.is_archive {
            true => address::with_window(&page, self.window),
            false => address::with_window(&page, self.window.elsewhere()),
        }
    }
}

impl Place {
    /// The number worth showing.
    pub fn count(&self) -> Option<u64> {
        self.entries.filter(|&entries| entries > 0)
    }

    pub fn is_empty(&self) -> bool {
        self.entries == Some(0)
    }
}

impl Item<'_> {
    /// Plain text.
    pub fn summary(&self) -> &str {
        self.brief.unwrap_or(&self.stored.entry.summary)
    }

    /// HTML; empty where there is none to show.
    pub fn content(&self) -> &str {
        if self.brief.is_some() { "" } else { &self.stored.entry.content }
    }

    /// The byline, unless it only repeats the source.
    pub fn byline(&self) -> Option<&str> {
        self.stored.entry.byline.as_deref().filter(|byline| *byline != self.source.title)
    }

    /// The IPTC's codes for its topics, eight digits, each once with the topic's title.
    pub fn medtopics(&self) -> Vec<(&str, &str)> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        for label in &self.topics {
            for code in label.medtopics.iter().filter_map(|code| code.strip_prefix("medtop:")) {
                if found.iter().all(|(known, _)| *known != code) {
                    found.push((code, label.title));
                }
            }
        }
        found
    }

    /// Address of the original, when it is one that a browser may follow.
    pub fn original(&self) -> Option<&str> {
        self.stored.entry.link.as_deref().and_then(web_url)
    }
}

impl<'a> Also<'a> {
    pub fn original(&self) -> Option<&'a str> {
        self.stored.entry.link.as_deref().and_then(web_url)
    }
}

/// Refuses whatever is not http or https: `javascript:` above all.
pub fn web_url(url: &str) -> Option<&str> {
    let starts = |scheme: &str| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    (starts("https://") || starts("http://")).then_some(url)
}

/// Media type of an enclosure: as stated, else by its name, else unknown bytes.
pub fn media_type(media: &crate::model::Media) -> &str {
    if let Some(stated) = media.mime.as_deref().filter(|mime| mime.contains('/')) {
        return stated;
    }
    let path = media.url.split(['?', '#']).next().unwrap_or("");
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    const KNOWN: [(&str, &str); 11] = [
        ("jpg", "image/jpeg"),
        ("jpeg", "image/jpeg"),
        ("png", "image/png"),
        ("gif", "image/gif"),
        ("webp", "image/webp"),
        ("avif", "image/avif"),
        ("mp3", "audio/mpeg"),
        ("m4a", "audio/mp4"),
        ("mp4", "video/mp4"),
        ("webm", "video/webm"),
        ("pdf", "application/pdf"),
    ];
    let found = KNOWN.iter().find(|(known, _)| extension.eq_ignore_ascii_case(known));
    found.map_or("application/octet-stream", |(_, mime)| mime)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Media;

    #[test]
    fn only_web_addresses_become_links() {
        assert_eq!(web_url("HTTPS://example.cn/a"), Some("HTTPS://example.cn/a"));
        for url in ["javascript:alert(1)", " https://a", "ftp://a", "县", ""] {
            assert_eq!(web_url(url), None, "{url}");
        }
    }

    #[test]
    fn a_media_type_is_stated_or_guessed() {
        let media = |url: &str, mime: Option<&str>| Media {
            url: url.to_owned(),
            mime: mime.map(str::to_owned),
            ..Media::default()
        };
        assert_eq!(media_type(&media("https://a/b.mp3", Some("audio/ogg"))), "audio/ogg");
        assert_eq!(media_type(&media("https://a/b.JPG?x=1.png", Some("image"))), "image/jpeg");
        assert_eq!(media_type(&media("https://a/b", None)), "application/octet-stream");
    }
}
