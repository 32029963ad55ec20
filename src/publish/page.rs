//! HTML pages, for reading without a feed reader.
//!
//! Templates escape every value; only an entry's content, which `normalise` sanitised, is
//! inserted as it is. Pages hold no script and no style of their own, so that
//! [`CONTENT_SECURITY_POLICY`] can refuse both.

use super::address::{self, Format};
use super::picture;
use super::view::{
    Also, ChannelInfo, ChannelPage, Crumb, EntryPage, Item, Place, PlaceGroup, PortalPage,
    media_type, web_url,
};
use super::words::Words;
use super::xml;
use crate::model::{EvidenceKind, Media, Site, Timestamp};
use askama::Template;
use chrono_tz::Tz;
use std::borrow::Cow;

/// Value of the header that goes with every page.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; img-src *; media-src *; \
     style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What is around every page.
pub(super) struct Shell<'a> {
    pub words: Words,
    pub language: &'a str,
    /// As the window shows it.
    pub title: Cow<'a, str>,
    pub style: String,
    pub crumbs: &'a [Crumb],
    /// Name of the zone in which times are shown.
    pub zone: Option<&'static str>,
}

struct FeedLink {
    label: &'static str,
    media_type: &'static str,
    href: String,
}

/// An instant for people and for machines.
struct When {
    shown: String,
    datetime: String,
}

/// An entry in a list.
struct Teaser<'a> {
    title: &'a str,
    href: String,
    language: Option<&'a str>,
    source: &'a str,
    source_href: String,
    at: When,
    byline: Option<&'a str>,
    summary: &'a str,
    picture: Option<Cow<'a, str>>,
}

struct Pager {
    newest: Option<String>,
    older: Option<String>,
}

#[derive(Template)]
#[template(path = "portal.html")]
struct PortalTemplate<'a> {
    shell: Shell<'a>,
    heading: &'a str,
    feeds: Vec<FeedLink>,
    teasers: Vec<Teaser<'a>>,
    regions: &'a [PlaceGroup],
    topics: &'a [Place],
    pager: Pager,
}

pub fn portal_page(page: &PortalPage<'_>) -> Vec<u8> {
    finish(&PortalTemplate {
        shell: channel_shell(page.site, page.channel),
        heading: &page.channel.title,
        feeds: feed_links(page.site, page.channel),
        teasers: teasers(page.site, page.items, page.channel.zone),
        regions: &page.regions,
        topics: &page.topics,
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
    teasers: Vec<Teaser<'a>>,
    siblings: &'a [Place],
    children: &'a [Place],
    topics: &'a [Place],
    pager: Pager,
}

pub fn channel_page(page: &ChannelPage<'_>) -> Vec<u8> {
    finish(&ChannelTemplate {
        shell: channel_shell(page.site, page.channel),
        heading: &page.channel.title,
        elsewhere: page.channel.elsewhere.as_deref().and_then(web_url),
        feeds: feed_links(page.site, page.channel),
        teasers: teasers(page.site, page.items, page.channel.zone),
        siblings: &page.siblings,
        children: &page.children,
        topics: &page.topics,
        pager: pager(page.site, page.channel, page.window, page.next),
    })
}

fn channel_shell<'a>(site: &'a Site, channel: &'a ChannelInfo) -> Shell<'a> {
    Shell {
        title: Cow::Borrowed(&channel.feed_title),
        crumbs: &channel.breadcrumb,
        zone: Some(channel.zone.name()),
        ..shell(site)
    }
}

pub(super) fn shell(site: &Site) -> Shell<'_> {
    Shell {
        words: Words::of(&site.language),
        language: &site.language,
        title: Cow::Borrowed(&site.title),
        style: address::href(site, address::STYLE_PATH),
        crumbs: &[],
        zone: None,
    }
}

fn feed_links(site: &Site, channel: &ChannelInfo) -> Vec<FeedLink> {
    let link = |format: Format| FeedLink {
        label: format.label(),
        media_type: format.media_type(),
        href: address::href(site, &address::with_format(&channel.page, format)),
    };
    Format::FEEDS.map(link).into()
}

fn pager(
    site: &Site,
    channel: &ChannelInfo,
    window: address::Window,
    next: Option<crate::model::Cursor>,
) -> Pager {
    let page = address::href(site, &channel.page);
    Pager {
        newest: window.before.map(|_| format!("{page}{}", window.newest().query())),
        older: next.map(|cursor| format!("{page}{}", window.after(cursor).query())),
    }
}

fn teasers<'a>(site: &Site, items: &'a [Item<'a>], zone: Tz) -> Vec<Teaser<'a>> {
    let teaser = |item: &'a Item<'a>| {
        let entry = &item.stored.entry;
        Teaser {
            title: title_of(site, &entry.title),
            href: address::href(site, &address::entry_path(item.stored.key())),
            language: other_language(site, entry.language.as_deref()),
            source: &item.source.title,
            source_href: address::href(site, &address::source_path(&item.source.id)),
            at: when(item.stored.published, zone),
            byline: entry.byline.as_deref(),
            summary: &entry.summary,
            picture: picture::lead(entry),
        }
    };
    items.iter().map(teaser).collect()
}

/// A link must have words.
fn title_of<'a>(site: &Site, title: &'a str) -> &'a str {
    if title.is_empty() { Words::of(&site.language).untitled() } else { title }
}

fn other_language<'a>(site: &Site, language: Option<&'a str>) -> Option<&'a str> {
    language.filter(|language| !language.eq_ignore_ascii_case(&site.language))
}

fn when(at: Timestamp, zone: Tz) -> When {
    When { shown: shown(at, zone), datetime: at.rfc3339() }
}

/// `2026-11-24 16:00` as a clock in the zone shows it.
pub(super) fn shown(at: Timestamp, zone: Tz) -> String {
    at.to_utc().with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string()
}

#[derive(Template)]
#[template(path = "entry.html")]
struct EntryTemplate<'a> {
    shell: Shell<'a>,
    heading: &'a str,
    language: Option<&'a str>,
    json: String,
    source: &'a str,
    source_href: String,
    published: When,
    updated: Option<When>,
    byline: Option<&'a str>,
    authors: Vec<&'a str>,
    credit: Option<&'a str>,
    picture: Option<Cow<'a, str>>,
    /// Sanitised HTML.
    content: Cow<'a, str>,
    summary: &'a str,
    original: Option<&'a str>,
    first: Option<CopyLink<'a>>,
    also: Vec<CopyLink<'a>>,
    enclosures: Vec<Enclosure<'a>>,
    comments: Option<&'a str>,
    comment_count: Option<u64>,
    verdicts: Vec<Verdict<'a>>,
}

/// The same text at another source.
struct CopyLink<'a> {
    source: &'a str,
    title: &'a str,
    href: String,
}

struct Enclosure<'a> {
    href: &'a str,
    title: &'a str,
    media_type: &'a str,
    kind: EnclosureKind,
}

#[derive(PartialEq)]
enum EnclosureKind {
    Audio,
    Video,
    Other,
}

struct Verdict<'a> {
    title: &'a str,
    href: Option<String>,
    kind: &'static str,
    evidence: &'a str,
    score: u16,
}

pub fn entry_page(page: &EntryPage<'_>) -> Vec<u8> {
    let (site, item) = (page.site, page.item);
    let (stored, entry) = (item.stored, &item.stored.entry);
    let words = Words::of(&site.language);
    let heading = title_of(site, &entry.title);
    let path = address::entry_path(stored.key());
    let comments = entry.comments.as_ref();
    finish(&EntryTemplate {
        shell: Shell {
            title: Cow::Owned(format!("{heading}{}{}", words.joint(), site.title)),
            crumbs: &page.breadcrumb,
            zone: Some(page.zone.name()),
            ..shell(site)
        },
        heading,
        language: other_language(site, entry.language.as_deref()),
        json: address::href(site, &address::with_format(&path, Format::Json)),
        source: &item.source.title,
        source_href: address::href(site, &address::source_path(&item.source.id)),
        published: when(stored.published, page.zone),
        updated: (stored.revision > 0).then(|| when(stored.updated, page.zone)),
        byline: entry.byline.as_deref(),
        authors: match entry.byline {
            Some(_) => Vec::new(),
            None => entry.authors.iter().map(|author| author.name.as_str()).collect(),
        },
        credit: entry.credit.as_deref(),
        picture: picture::lead(entry).filter(|_| !picture::is_in_content(entry)),
        content: picture::load_lazily(&entry.content),
        summary: &entry.summary,
        original: item.original(),
        first: item.first.as_ref().map(|also| copy_link(site, also)),
        also: item.also.iter().map(|also| copy_link(site, also)).collect(),
        enclosures: entry.media.iter().filter_map(enclosure).collect(),
        comments: comments.and_then(|comments| comments.link.as_deref()).and_then(web_url),
        comment_count: comments.and_then(|comments| comments.count),
        verdicts: verdicts(site, item),
    })
}

fn copy_link<'a>(site: &Site, also: &Also<'a>) -> CopyLink<'a> {
    CopyLink {
        source: &also.source.title,
        title: title_of(site, &also.stored.entry.title),
        href: address::href(site, &address::entry_path(also.stored.key())),
    }
}

fn enclosure(media: &Media) -> Option<Enclosure<'_>> {
    let (href, media_type) = (web_url(&media.url)?, media_type(media));
    let name = || href.split(['?', '#']).next()?.rsplit('/').next().filter(|n| !n.is_empty());
    let kind = match media_type.split('/').next() {
        // Pictures are shown, not listed.
        Some("image") => return None,
        Some("audio") => EnclosureKind::Audio,
        Some("video") => EnclosureKind::Video,
        _ => EnclosureKind::Other,
    };
    let title = media.title.as_deref().or_else(name).unwrap_or(href);
    Some(Enclosure { href, title, media_type, kind })
}

fn verdicts<'a>(site: &Site, item: &'a Item<'a>) -> Vec<Verdict<'a>> {
    let words = Words::of(&site.language);
    let kind = |kind: EvidenceKind| match kind {
        EvidenceKind::Source => words.by_source(),
        EvidenceKind::Title => words.by_title(),
        EvidenceKind::Lead => words.by_lead(),
    };
    let regions = item.regions.iter().map(|label| Verdict {
        title: &label.region.name,
        href: label.published.then(|| address::href(site, &address::region_path(label.region))),
        kind: kind(label.verdict.kind),
        evidence: &label.verdict.evidence,
        score: label.verdict.score,
    });
    let topics = item.topics.iter().map(|label| Verdict {
        title: label.title,
        href: Some(address::href(site, &address::topic_path(label.id))),
        kind: kind(label.verdict.kind),
        evidence: &label.verdict.evidence,
        score: label.verdict.score,
    });
    regions.chain(topics).collect()
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate<'a> {
    shell: Shell<'a>,
    status: u16,
    heading: &'static str,
    sentence: &'static str,
    home: String,
}

/// A page for an answer that is no success. Says nothing of what went wrong inside.
pub fn error_page(site: &Site, status: u16) -> Vec<u8> {
    let words = Words::of(&site.language);
    let (heading, sentence) = words.error(status);
    let home = address::href(site, "/");
    let crumbs = [Crumb { title: site.title.clone(), href: Some(home.clone()) }];
    finish(&ErrorTemplate {
        shell: Shell {
            title: Cow::Owned(format!("{heading}{}{}", words.joint(), site.title)),
            crumbs: &crumbs,
            ..shell(site)
        },
        status,
        heading,
        sentence,
        home,
    })
}

pub(super) fn finish(template: &impl Template) -> Vec<u8> {
    let mut html = template.render().expect("written to a string");
    html.push('\n');
    xml::legalise(html.into_bytes())
}
