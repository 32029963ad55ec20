//! The page of one entry.

use super::address::Format;
use super::page::{Shell, When, finish, other_language, search_box, shell, title_of, when};
use super::same_story::{Why, why};
use super::view::{Also, EntryPage, Item, media_type, web_url};
use super::words::Words;
use super::{address, picture};
use crate::model::{EvidenceKind, Media, Relation, Site};
use askama::Template;
use std::borrow::Cow;

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
    next: Option<CopyLink<'a>>,
    related: Vec<CopyLink<'a>>,
    related_href: String,
    first: Option<CopyLink<'a>>,
    also: Vec<CopyLink<'a>>,
    same_event: Vec<CopyLink<'a>>,
    enclosures: Vec<Enclosure<'a>>,
    comments: Option<&'a str>,
    comment_count: Option<u64>,
    verdicts: Vec<Verdict<'a>>,
    why: Option<Why<'a>>,
}

/// Another entry: the same text or event at another source, or where to read on.
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
    /// Of a region: what the entry has to do with it.
    relation: Option<&'static str>,
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
            search: search_box(site, ""),
            ..shell(site)
        },
        heading,
        language: other_language(site, entry.language.as_deref()),
        json: address::href(site, &address::with_format(&path, Format::Json)),
        source: &item.source.title,
        source_href: address::href(site, &address::source_path(&item.source.id)),
        published: when(stored.published, page.zone),
        updated: (stored.revision > 0).then(|| when(stored.updated, page.zone)),
        byline: item.byline(),
        authors: match entry.byline {
            Some(_) => Vec::new(),
            None => entry.authors.iter().map(|author| author.name.as_str()).collect(),
        },
        credit: entry.credit.as_deref().filter(|&credit| credit != item.source.title),
        picture: picture::lead(entry).filter(|_| !picture::is_in_content(entry)),
        content: picture::load_lazily(&entry.content),
        summary: &entry.summary,
        original: item.original(),
        next: page.onward.next.as_ref().map(|next| copy_link(site, next)),
        related: page.onward.related.iter().map(|also| copy_link(site, also)).collect(),
        related_href: address::href(site, &address::related_path(stored.key())),
        first: item.first.as_ref().map(|also| copy_link(site, also)),
        also: item.also.iter().map(|also| copy_link(site, also)).collect(),
        same_event: page.story.others.iter().map(|(also, _)| copy_link(site, also)).collect(),
        enclosures: entry.media.iter().filter_map(enclosure).collect(),
        comments: comments.and_then(|comments| comments.link.as_deref()).and_then(web_url),
        comment_count: comments.and_then(|comments| comments.count),
        verdicts: verdicts(site, item),
        why: why(site, page.story, stored.reprint_of.is_some()),
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
    let relation = |relation: Relation| match relation {
        Relation::Located => words.located(),
        Relation::About => words.about(),
        Relation::Home => words.own_region(),
    };
    let regions = item.regions.iter().map(|label| Verdict {
        title: &label.region.name,
        relation: Some(relation(label.verdict.relation)),
        href: label.published.then(|| address::href(site, &address::region_path(label.region))),
        kind: kind(label.verdict.kind),
        evidence: &label.verdict.evidence,
        score: label.verdict.score,
    });
    let topics = item.topics.iter().map(|label| Verdict {
        title: label.title,
        relation: None,
        href: Some(address::href(site, &address::topic_path(label.id))),
        kind: kind(label.verdict.kind),
        evidence: &label.verdict.evidence,
        score: label.verdict.score,
    });
    regions.chain(topics).collect()
}
