//! A parsed item to an [`Entry`]: identity, dates, links, clean text and safe HTML.
//!
//! [`identify`] is cheap and comes first, so that unchanged items cost no sanitising.

mod clocks;
#[cfg(any(test, fuzzing))]
pub mod door;
mod fast;
mod identity;
mod images;
mod leftovers;
mod limits;
mod links;
mod media;
mod moves;
mod names;
mod parts;
mod pictures;
mod players;
mod prepare;
mod prints;
mod repeats;
mod returns;
mod sanitise;
mod sight;
mod srcset;
mod text_date;
mod twins;
mod untracked;
mod words;

#[cfg(test)]
mod html_properties;
#[cfg(test)]
mod identity_properties;
#[cfg(test)]
mod tests;

pub use clocks::{Before, unmask_clocks};
pub use identity::{Identities, Identity, Known, Past, identify, identify_again};
pub use pictures::choose_pictures;

use crate::model::{
    Author, Category, Comments, DateFrom, Entry, ParsedEntry, ParsedFeed, SourceId, Timestamp,
};
use crate::text::{clean, html, sentence};
use chrono_tz::Tz;
use limits::*;
use links::Bases;
use std::borrow::Cow;
use url::Url;

/// What an entry is made in.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub source: &'a SourceId,
    /// Where the document came from.
    pub base: Option<&'a Url>,
    /// The source's setting; what the origin says of an entry goes before it.
    pub language: Option<&'a str>,
    /// The identity rung that the source's state holds.
    pub rung: u8,
    /// Of the source: where a day begins that an address names.
    pub zone: Tz,
}

/// Makes the entry of an item that `identify` named; without regions and topics.
pub fn entry(feed: &ParsedFeed, identity: &Identity, context: &Context<'_>) -> Entry {
    let empty = ParsedEntry::default();
    let item = feed.entries.get(identity.index).unwrap_or(&empty);
    let bases = Bases::new(item, feed, context.base);
    let link = links::of_item(item, &bases);
    let body = Body::of(item, &bases);
    let title = title(item, &body);
    let authors = authors(item, &bases);
    let (published, date_from) = published(item, link.as_deref(), &body.summary, context.zone);
    let media = media::collect(item, &body.content, &bases);
    let source_title =
        item.source_title.as_deref().map(|name| html::to_title(name, MOST_BYLINE_CHARS));
    // Forums give the thread as the source of its first post.
    let source_title = source_title.filter(|name| !name.is_empty() && *name != title);
    Entry {
        key: identity.key,
        // A guid that several items share must not become their public id.
        guid: item.guid.as_deref().filter(|_| !identity.guid_is_void).and_then(guid),
        title,
        byline: body.found.byline.or_else(|| byline(&authors)),
        authors,
        credit: source_title.or(body.found.credit),
        published,
        updated: item.updated.map(|date| date.at),
        date_from,
        language: language(item, feed, context),
        summary: body.summary,
        content: body.content,
        media,
        categories: categories(item),
        comments: comments(item, &bases),
        rights: rights(item, feed),
        fingerprint: identity.fingerprint,
        link_print: identity.mark.0,
        alias: names::alias(item, identity.key, context),
        alike: identity.alike,
        was: identity.was,
        link,
        // Regions and topics are for `classify` to say.
        ..Entry::default()
    }
}

/// What the feed calls itself, as plain text.
pub fn feed_title(feed: &ParsedFeed) -> Option<String> {
    let title = html::to_title(feed.title.as_deref()?, MOST_TITLE_CHARS);
    (!title.is_empty()).then_some(title)
}

/// What an item says at length.
struct Body {
    summary: String,
    /// Safe HTML.
    content: String,
    /// Who wrote it, as the text says.
    found: words::Found,
}

impl Body {
    fn of(item: &ParsedEntry, bases: &Bases<'_>) -> Self {
        let [content, summary] = [&item.content, &item.summary].map(|text| {
            let text = clean::non_empty(text.as_deref()?)?;
            Some(html::unescaped(text).map_or(Cow::Borrowed(text), Cow::Owned))
        });
        let [content, summary] = [&content, &summary].map(Option::as_deref);
        let (html, lead): (Cow<'_, str>, _) = match (content, summary) {
            (Some(content), summary) => (content.into(), summary),
            (None, Some(summary)) if has_tags(summary) => (summary.into(), Some(summary)),
            (None, Some(summary)) => (long_text(summary).into(), Some(summary)),
            (None, None) => ("".into(), None),
        };
        let content = sanitise::clean(&html, bases);
        let mut short =
            lead.map_or_else(String::new, |lead| html::to_summary(lead, MOST_SUMMARY_CHARS));
        if short.is_empty() {
            short = html::to_summary(&content, MOST_SUMMARY_CHARS);
        }
        let mut found = words::find(&html);
        if let Some(lead) = summary.filter(|_| item.content.is_some() || html.is_empty())
            && !found.is_whole()
        {
            found = found.or(words::find(lead));
        }
        Body { summary: short, content, found }
    }
}

fn has_tags(text: &str) -> bool {
    text.contains('<') && html::is_markup(text)
}

/// Plain text that is too long for a summary, as paragraphs.
fn long_text(text: &str) -> String {
    if text.chars().nth(MOST_SUMMARY_CHARS).is_none() {
        return String::new();
    }
    let lines = text.lines().filter_map(clean::non_empty);
    lines.map(|line| format!("<p>{}</p>", line.replace('<', "&lt;"))).collect()
}

fn title(item: &ParsedEntry, body: &Body) -> String {
    let raw = item.title.as_deref().unwrap_or("").trim();
    let whole = html::to_title(raw, MOST_TITLE_CHARS);
    // Some put the lead below the headline, in the title.
    let headline = raw.lines().next().map(|line| html::to_title(line, MOST_TITLE_CHARS));
    if let Some(headline) = headline
        && whole.chars().nth(LONG_TITLE_CHARS).is_some()
        && headline.chars().nth(SHORT_TITLE_CHARS).is_some()
    {
        return headline;
    }
    if !whole.is_empty() {
        return whole;
    }
    // Short messages have no title: their first sentence is one.
    clean::one_line(sentence::first(&body.summary), MADE_TITLE_CHARS)
}

fn guid(guid: &str) -> Option<String> {
    let guid: String =
        guid.trim().chars().filter(|c| !c.is_control() && clean::is_xml_char(*c)).collect();
    clean::non_empty(clean::head(&guid, MOST_GUID_BYTES)).map(str::to_owned)
}

fn authors(item: &ParsedEntry, bases: &Bases<'_>) -> Vec<Author> {
    let mut found: Vec<Author> = Vec::new();
    for author in item.authors.iter().take(MOST_AUTHORS) {
        let name = html::to_title(&author.name, MOST_AUTHOR_CHARS);
        let email = author.email.as_deref().map(|email| clean::one_line(email, MOST_AUTHOR_CHARS));
        let uri = author.uri.as_deref().and_then(|uri| bases.absolute(uri));
        let email = email.filter(|email| email.contains('@'));
        let is_known =
            |known: &Author| known.name == name && (!name.is_empty() || known.email == email);
        if (!name.is_empty() || email.is_some()) && !found.iter().any(is_known) {
            found.push(Author { name, uri, email });
        }
    }
    found
}

fn byline(authors: &[Author]) -> Option<String> {
    const NOBODY: [&str; 7] =
        ["admin", "administrator", "webmaster", "editor", "root", "unknown", "rss"];
    let is_someone = |name: &&str| !NOBODY.iter().any(|nobody| nobody.eq_ignore_ascii_case(name));
    let names: Vec<&str> = authors
        .iter()
        .map(|author| author.name.as_str())
        .filter(|name| !name.is_empty())
        .filter(is_someone)
        .collect();
    let chinese = names.iter().any(|name| !name.is_ascii());
    let line = clean::one_line(&names.join(if chinese { "、" } else { ", " }), MOST_BYLINE_CHARS);
    (!line.is_empty()).then_some(line)
}

fn published(
    item: &ParsedEntry,
    link: Option<&str>,
    text: &str,
    zone: Tz,
) -> (Option<Timestamp>, DateFrom) {
    if let Some(date) = item.published {
        return (Some(date.at), DateFrom::Published);
    }
    if let Some(date) = item.updated {
        return (Some(date.at), DateFrom::Updated);
    }
    let of_link = link.and_then(|link| links::date_in(link, zone));
    let of_text = text_date::find(text, zone);
    // The text knows the hour, the address the day.
    match (of_link, of_text) {
        (_, Some(at)) => (Some(at), DateFrom::Text),
        (Some(at), None) => (Some(at), DateFrom::Url),
        (None, None) => (None, DateFrom::None),
    }
}

/// BCP 47 as far as feeds get it right: `zh_cn` is `zh-CN`.
fn language(item: &ParsedEntry, feed: &ParsedFeed, context: &Context<'_>) -> Option<String> {
    let stated = [item.language.as_deref(), feed.language.as_deref(), context.language];
    stated.into_iter().flatten().find_map(|tag| {
        let tag = tag.trim();
        let parts: Vec<&str> = tag.split(['-', '_']).collect();
        let is_tag = parts.iter().all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        }) && (2..=3).contains(&parts[0].len())
            && parts[0].bytes().all(|b| b.is_ascii_alphabetic());
        let cased = parts.iter().enumerate().map(|(at, part)| match (at, part.len()) {
            (1.., 2) => part.to_ascii_uppercase(),
            (1.., 4) => part[..1].to_ascii_uppercase() + &part[1..].to_ascii_lowercase(),
            _ => part.to_ascii_lowercase(),
        });
        is_tag.then(|| cased.collect::<Vec<_>>().join("-"))
    })
}

fn categories(item: &ParsedEntry) -> Vec<Category> {
    let mut found: Vec<Category> = Vec::new();
    for category in &item.categories {
        let term = html::to_title(&category.term, MOST_CATEGORY_CHARS);
        if term.is_empty() || found.iter().any(|known| known.term == term) {
            continue;
        }
        if found.len() == MOST_CATEGORIES {
            break;
        }
        let line = |text: &Option<String>| {
            let line = text.as_deref().map(|text| clean::one_line(text, MOST_CATEGORY_CHARS));
            line.filter(|line| !line.is_empty())
        };
        found.push(Category { term, scheme: line(&category.scheme), label: line(&category.label) });
    }
    found
}

/// Not part of the fingerprint: another year in a notice is no news.
fn rights(item: &ParsedEntry, feed: &ParsedFeed) -> Option<String> {
    let stated = [&item.rights, &feed.rights].into_iter().flatten();
    let mut lines = stated.map(|text| html::to_title(text, MOST_RIGHTS_CHARS));
    lines.find(|line| !line.is_empty())
}

fn comments(item: &ParsedEntry, bases: &Bases<'_>) -> Option<Comments> {
    let stated = item.comments.as_ref()?;
    let link = stated.link.as_deref().and_then(|link| bases.absolute(link));
    let feed = stated.feed.as_deref().and_then(|feed| bases.absolute(feed));
    let says = link.is_some() || stated.count.is_some() || feed.is_some();
    says.then_some(Comments { link, count: stated.count, feed })
}
