//! HTML pages, for reading without a feed reader.
//!
//! Templates escape every value; only an entry's content, which `normalise` sanitised, is
//! inserted as it is. Pages hold no script and no style of their own, so that
//! [`CONTENT_SECURITY_POLICY`] can refuse both.

use super::address::{self, Format};
use super::chain::{Chain, Part};
use super::opml;
use super::picture;
use super::view::{
    ChannelInfo, ChannelPage, Crumb, Item, Neighbour, Place, PlaceGroup, PortalPage, ViewLink,
    web_url,
};
use super::window::Window;
use super::words::Words;
use super::xml;
use crate::model::{Channel, Cursor, Site, Timestamp};
use askama::Template;
use chrono_tz::Tz;
use std::borrow::Cow;

/// Value of the header that goes with every page.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; img-src *; media-src *; \
     style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What is around every page.
pub(super) struct Shell<'a> {
    pub words: Words,
    pub language: &'a str,
    /// Its title.
    pub site: &'a str,
    /// As the window shows it.
    pub title: Cow<'a, str>,
    pub style: String,
    pub crumbs: &'a [Crumb],
    /// Name of the zone in which times are shown.
    pub zone: Option<&'static str>,
    pub search: Option<SearchBox<'a>>,
}

/// Where something can be looked for.
pub(super) struct SearchBox<'a> {
    pub action: String,
    /// Address of what tells browsers of it.
    pub description: String,
    /// What was looked for.
    pub q: &'a str,
}

pub(super) struct FeedLink {
    pub label: &'static str,
    pub media_type: &'static str,
    pub href: String,
}

/// An instant for people and for machines.
pub(super) struct When {
    pub shown: String,
    pub datetime: String,
}

/// An entry in a list.
pub(super) struct Teaser<'a> {
    pub title: &'a str,
    pub href: String,
    pub language: Option<&'a str>,
    pub source: &'a str,
    pub source_href: String,
    pub at: When,
    pub byline: Option<&'a str>,
    pub summary: &'a str,
    pub picture: Option<Cow<'a, str>>,
}

pub(super) struct Pager {
    pub newest: Option<String>,
    pub older: Option<String>,
}

#[derive(Template)]
#[template(path = "portal.html")]
struct PortalTemplate<'a> {
    shell: Shell<'a>,
    heading: &'a str,
    feeds: Vec<FeedLink>,
    outline: Option<FeedLink>,
    teasers: Vec<Teaser<'a>>,
    regions: &'a [PlaceGroup],
    topics: &'a [Place],
    views: &'a [ViewLink],
    pager: Pager,
}

pub fn portal_page(page: &PortalPage<'_>) -> Vec<u8> {
    finish(&PortalTemplate {
        shell: channel_shell(page.site, page.channel),
        // The site's title stands above it already.
        heading: Words::of(&page.site.language).latest(),
        feeds: feed_links(page.site, page.channel, page.window),
        outline: outline_link(page.site, page.channel, page.window),
        teasers: teasers(page.site, page.items, page.channel.zone),
        regions: &page.regions,
        topics: &page.topics,
        views: &page.views,
        pager: pager(page.site, page.channel, page.window, page.next),
    })
}

#[derive(Template)]
#[template(path = "channel.html")]
struct ChannelTemplate<'a> {
    shell: Shell<'a>,
    heading: &'a str,
    elsewhere: Option<&'a str>,
    feeds: Vec<FeedLink>,
    outline: Option<FeedLink>,
    teasers: Vec<Teaser<'a>>,
    siblings: &'a [Place],
    children: &'a [Place],
    nearby: Vec<Place>,
    topics: &'a [Place],
    views: &'a [ViewLink],
    pager: Pager,
}

pub fn channel_page(page: &ChannelPage<'_>) -> Vec<u8> {
    finish(&ChannelTemplate {
        shell: channel_shell(page.site, page.channel),
        heading: &page.channel.title,
        elsewhere: page.channel.elsewhere.as_deref().and_then(web_url),
        feeds: feed_links(page.site, page.channel, page.window),
        outline: outline_link(page.site, page.channel, page.window),
        teasers: teasers(page.site, page.items, page.channel.zone),
        siblings: &page.siblings,
        children: &page.children,
        nearby: page.nearby.iter().map(|neighbour| place(page.site, neighbour)).collect(),
        topics: &page.topics,
        views: &page.views,
        pager: match page.chain.is_archive {
            true => chain_pager(page.site, &page.chain),
            false => pager(page.site, page.channel, page.window, page.next),
        },
    })
}

fn place(site: &Site, neighbour: &Neighbour) -> Place {
    let href = address::href(site, &neighbour.page);
    Place { title: neighbour.title.clone(), href, entries: None, here: false }
}

pub(super) fn channel_shell<'a>(site: &'a Site, channel: &'a ChannelInfo) -> Shell<'a> {
    Shell {
        title: Cow::Borrowed(&channel.feed_title),
        crumbs: &channel.breadcrumb,
        zone: Some(channel.zone.name()),
        search: search_box(site, ""),
        ..shell(site)
    }
}

pub(super) fn shell(site: &Site) -> Shell<'_> {
    Shell {
        words: Words::of(&site.language),
        language: &site.language,
        site: &site.title,
        title: Cow::Borrowed(&site.title),
        style: address::href(site, address::STYLE_PATH),
        crumbs: &[],
        zone: None,
        search: None,
    }
}

/// None where nothing is searched.
pub(super) fn search_box<'a>(site: &Site, q: &'a str) -> Option<SearchBox<'a>> {
    site.search.then(|| SearchBox {
        action: address::href(site, address::SEARCH_PATH),
        description: address::href(site, address::OPENSEARCH_PATH),
        q,
    })
}

/// Feeds of what a page shows, as it shows it.
pub(super) fn feed_links(site: &Site, channel: &ChannelInfo, window: Window) -> Vec<FeedLink> {
    let path = |format: Format| {
        address::with_window(&address::with_format(&channel.page, format), window.elsewhere())
    };
    let link = |format: Format| FeedLink {
        label: format.label(),
        media_type: format.media_type(),
        href: address::href(site, &path(format)),
    };
    Format::FEEDS.map(link).into()
}

/// The list of the feeds here and below, where there is one.
pub(super) fn outline_link(site: &Site, channel: &ChannelInfo, window: Window) -> Option<FeedLink> {
    let page = match channel.channel {
        Some(Channel::All) => "",
        Some(Channel::Region(_)) => channel.page.as_str(),
        _ => return None,
    };
    let path = address::with_window(&address::opml_of(page), window.elsewhere());
    let href = address::href(site, &path);
    Some(FeedLink { label: opml::LABEL, media_type: opml::MEDIA_TYPE, href })
}

pub(super) fn pager(
    site: &Site,
    channel: &ChannelInfo,
    window: Window,
    next: Option<Cursor>,
) -> Pager {
    let page = address::href(site, &channel.page);
    Pager {
        newest: window.before.map(|_| address::with_window(&page, window.newest())),
        older: next.map(|cursor| address::with_window(&page, window.after(cursor))),
    }
}

fn chain_pager(site: &Site, chain: &Chain) -> Pager {
    let href = |part: &Part| part.href(site);
    Pager { newest: chain.current.as_ref().map(href), older: chain.prev.as_ref().map(href) }
}

pub(super) fn teasers<'a>(site: &Site, items: &'a [Item<'a>], zone: Tz) -> Vec<Teaser<'a>> {
    let teaser = |item: &'a Item<'a>| {
        let entry = &item.stored.entry;
        Teaser {
            title: title_of(site, &entry.title),
            href: address::href(site, &address::entry_path(item.stored.key())),
            language: other_language(site, entry.language.as_deref()),
            source: &item.source.title,
            source_href: address::href(site, &address::source_path(&item.source.id)),
            at: when(item.stored.published, zone),
            byline: item.byline(),
            summary: item.summary(),
            picture: picture::lead(entry),
        }
    };
    items.iter().map(teaser).collect()
}

/// A link must have words.
pub(super) fn title_of<'a>(site: &Site, title: &'a str) -> &'a str {
    if title.is_empty() { Words::of(&site.language).untitled() } else { title }
}

pub(super) fn other_language<'a>(site: &Site, language: Option<&'a str>) -> Option<&'a str> {
    language.filter(|language| !language.eq_ignore_ascii_case(&site.language))
}

pub(super) fn when(at: Timestamp, zone: Tz) -> When {
    When { shown: shown(at, zone), datetime: at.rfc3339() }
}

/// `2026-11-24 16:00` as a clock in the zone shows it.
pub(super) fn shown(at: Timestamp, zone: Tz) -> String {
    at.to_utc().with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate<'a> {
    shell: Shell<'a>,
    status: u16,
    heading: &'static str,
    sentence: Cow<'static, str>,
    /// What is right, of a request that is wrong.
    remedy: Option<&'a str>,
    nearest: &'a [String],
    home: String,
}

/// A page for an answer that is no success. Says nothing of what went wrong inside. `nearest`: paths
/// that may have been meant.
pub fn error_page(site: &Site, status: u16, remedy: &str, nearest: &[String]) -> Vec<u8> {
    let sentence = Words::of(&site.language).error(status).1.into();
    let remedy = matches!(status, 400 | 405 | 406 | 412).then_some(remedy);
    no_success(site, status, sentence, remedy, nearest)
}

/// The same while the store is being made ready.
pub fn waiting_page(site: &Site, percent: u64) -> Vec<u8> {
    let sentence = Words::of(&site.language).waiting(percent).into();
    no_success(site, 503, sentence, None, &[])
}

fn no_success(
    site: &Site,
    status: u16,
    sentence: Cow<'static, str>,
    remedy: Option<&str>,
    nearest: &[String],
) -> Vec<u8> {
    let words = Words::of(&site.language);
    let (heading, _) = words.error(status);
    let home = address::href(site, "/");
    let crumbs = [Crumb { title: site.title.clone(), href: Some(home.clone()) }];
    finish(&ErrorTemplate {
        shell: Shell {
            title: Cow::Owned(format!("{heading}{}{}", words.joint(), site.title)),
            crumbs: &crumbs,
            search: search_box(site, ""),
            ..shell(site)
        },
        status,
        heading,
        sentence,
        remedy,
        nearest,
        home,
    })
}

pub(super) fn finish(template: &impl Template) -> Vec<u8> {
    let mut html = template.render().expect("written to a string");
    html.push('\n');
    xml::legalise(html.into_bytes())
}
