//! Any bytes to a [`ParsedFeed`]: never a panic, never more than the limits.
//!
//! Bytes become text (`decode`), the text is told by its root (`sniff`), a pass
//! mends it and notes what feed-rs drops (`prepass`), and feed-rs reads the rest
//! (`xml`). JSON Feed and CDF are read directly (`json`, `cdf`), and so are lists of
//! feeds, when somebody asks for them (`opml`).

mod base64;
mod cdf;
mod dates;
mod decode;
mod edits;
mod entities;
mod error;
mod extras;
mod json;
mod kinds;
mod mixed;
mod mojibake;
mod names;
pub mod opml;
mod page;
mod prepass;
mod refs;
mod scan;
mod sniff;
mod xml;

#[cfg(test)]
mod tests;

pub use error::{Looks, ParseError};

use crate::model::{Defect, ParsedFeed, Timestamp};
use crate::text::clean;
use chrono_tz::Tz;
use std::borrow::Cow;
use url::Url;

/// A document as it was fetched.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    pub bytes: &'a [u8],
    pub content_type: Option<&'a str>,
    /// Where it came from: relative addresses are resolved against it.
    pub url: Option<&'a Url>,
}

#[derive(Debug, Clone, Copy)]
pub struct ParseContext {
    /// The zone of dates without one.
    pub zone: Tz,
    pub polled_at: Timestamp,
    pub limits: Limits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Entries read of one document, from its beginning.
    pub items: usize,
    /// Elements open within each other; at most [`Limits::DEEPEST`].
    pub depth: usize,
    /// Attributes of one element.
    pub attributes: usize,
    /// Namespaces declared in force at once; at most [`Limits::MOST_NAMESPACES`].
    pub namespaces: usize,
    /// Bytes of its text.
    pub text_bytes: usize,
}

impl Limits {
    /// feed-rs recurses: 256 levels of `media:group` overflow the 2 MiB stack of a
    /// thread in a debug build.
    pub const DEEPEST: usize = 128;
    /// The XML reader gives up beyond 128 in force; the rest is for prefixes that the
    /// document uses without declaring them.
    pub const MOST_NAMESPACES: usize = 112;
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            items: 5000,
            depth: 64,
            attributes: 64,
            namespaces: 64,
            text_bytes: 32 * 1024 * 1024,
        }
    }
}

/// Defects noted of one document.
const MOST_DEFECTS: usize = 32;

/// Reads a document.
///
/// # Errors
/// When no feed can be made of it; a feed with faults is read as far as it goes and
/// lists them in `defects`.
pub fn parse(document: &Document<'_>, context: &ParseContext) -> Result<ParsedFeed, ParseError> {
    let decoded = decode::decode(document.bytes, document.content_type);
    let limit_bytes = context.limits.text_bytes;
    if decoded.text.len() > limit_bytes {
        return Err(ParseError::TooLarge { bytes: decoded.text.len(), limit_bytes });
    }
    let mut defects = decoded.defects;
    let binary = decoded.text.contains('\0');
    let text = strip_illegal(mojibake::without_controls(decoded.text), &mut defects);
    if text.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}').is_empty() {
        return Err(ParseError::Empty);
    }
    let (text, kind) = match sniff::sniff(&text, document.url) {
        sniff::Kind::Escaped(feed) => {
            let detail = "the feed is written out as the text of a page".to_owned();
            defects.push(Defect { kind: "inside-a-page", detail });
            let feed = strip_illegal(feed.into(), &mut defects);
            let kind = sniff::sniff(&feed, document.url);
            (feed, kind)
        }
        kind => (text, kind),
    };
    let mut feed = match kind {
        sniff::Kind::Xml(root) if root.family == sniff::Family::Cdf => {
            cdf::parse(&text, &root, document.url, context)
        }
        sniff::Kind::Xml(root) => {
            if root.in_page {
                let detail = "the feed stands inside a web page".to_owned();
                defects.push(Defect { kind: "inside-a-page", detail });
            }
            let text = entities::resolve(&text, root.start);
            xml::parse(&text, &root, document.url, context)?
        }
        sniff::Kind::Json(start) => json::parse(&text[start..], document.url, context)?,
        sniff::Kind::Other(Looks::Text | Looks::Xml { .. }) if binary => {
            return Err(ParseError::NotAFeed { looks: Looks::Binary });
        }
        sniff::Kind::Escaped(_) => {
            return Err(ParseError::NotAFeed { looks: Looks::Html { feed: None } });
        }
        sniff::Kind::Other(looks) => return Err(ParseError::NotAFeed { looks }),
    };
    let name = decoded.name.map(str::to_owned);
    dates::mark_the_clocks(&mut feed, context.polled_at);
    feed.encoding = name.unwrap_or_else(|| decode::label(decoded.encoding));
    defects.append(&mut feed.defects);
    defects.truncate(MOST_DEFECTS);
    feed.defects = defects;
    Ok(feed)
}

/// Items that say nothing have no name either: each would take another's place.
fn empty_items(count: usize) -> Option<Defect> {
    let detail = format!("items with nothing in them were dropped: {count}");
    (count > 0).then_some(Defect { kind: "empty-item", detail })
}

fn strip_illegal<'a>(text: Cow<'a, str>, defects: &mut Vec<Defect>) -> Cow<'a, str> {
    if !clean::has_illegal(&text) {
        return text;
    }
    let stripped = clean::strip_illegal(&text).into_owned();
    let count = text.chars().count() - stripped.chars().count();
    let detail = format!("{count} characters that XML forbids were dropped");
    defects.push(Defect { kind: "illegal-characters", detail });
    Cow::Owned(stripped)
}

/// An address as far as it can be resolved.
fn resolve(url: Option<&Url>, address: &str) -> Option<String> {
    let address = clean::non_empty(address)?;
    match url.and_then(|url| url.join(address).ok()) {
        Some(absolute) => Some(absolute.into()),
        None => Some(address.to_owned()),
    }
}
