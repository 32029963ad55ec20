//! Lists of feeds that others wrote: OPML 1.0 to 2.0, whatever is wrong with them.

use super::prepass::fixed_refs;
use super::scan::{Scanner, Token, attributes};
use super::{Limits, Looks, ParseError, decode, entities, mojibake, names, refs, sniff};
use crate::text::clean;
use std::ops::Range;
use std::sync::Arc;

/// Feeds read of one document.
pub const MOST_OUTLINES: usize = 100_000;
/// Outlines within each other whose titles are told.
const MOST_FOLDERS: usize = 16;
/// Characters of a title.
const LONGEST_TITLE: usize = 200;
/// Types of outlines that lead to feeds, in lists that write `url` for `xmlUrl`.
const FEED_TYPES: [&str; 5] = ["rss", "atom", "feed", "json", "rdf"];

/// A feed that the list names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// In the document, from 1 on.
    pub line: usize,
    /// On one line; may be empty.
    pub title: String,
    /// As it is written.
    pub url: String,
    /// Titles of the outlines that it lies in, the outermost first.
    pub folders: Vec<Arc<str>>,
}

/// What a document lists, as far as it goes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct List {
    pub outlines: Vec<Outline>,
    /// Feeds beyond the [`MOST_OUTLINES`] first.
    pub left_out: usize,
    /// It ends before its root element does.
    pub is_cut_off: bool,
}

impl List {
    pub fn is_whole(&self) -> bool {
        self.left_out == 0 && !self.is_cut_off
    }
}

/// Reads a list.
///
/// # Errors
/// The document is something else, or longer than the limits allow.
pub fn list(bytes: &[u8], limits: &Limits) -> Result<List, ParseError> {
    let decoded = decode::decode(bytes, None);
    let limit_bytes = limits.text_bytes;
    if decoded.text.len() > limit_bytes {
        return Err(ParseError::TooLarge { bytes: decoded.text.len(), limit_bytes });
    }
    let text = mojibake::without_controls(decoded.text);
    let text = clean::strip_illegal(&text);
    if text.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}').is_empty() {
        return Err(ParseError::Empty);
    }
    match sniff::sniff(&text, None) {
        sniff::Kind::Other(Looks::Opml) => {}
        sniff::Kind::Other(looks) => return Err(ParseError::NotAFeed { looks }),
        sniff::Kind::Json(_) => return Err(ParseError::NotAFeed { looks: Looks::Json }),
        sniff::Kind::Xml(root) => {
            let root = text[root.name].to_owned();
            return Err(ParseError::NotAFeed { looks: Looks::Xml { root } });
        }
        sniff::Kind::Escaped(_) => {
            return Err(ParseError::NotAFeed { looks: Looks::Html { feed: None } });
        }
    }
    let start = first_element(&text);
    Ok(read(&entities::resolve(&text, start), start, limits))
}

fn first_element(text: &str) -> usize {
    let mut scanner = Scanner::new(text, 0);
    while let Some((token, range)) = scanner.next() {
        if matches!(token, Token::Start { .. }) {
            return range.start;
        }
    }
    text.len()
}

fn read(text: &str, start: usize, limits: &Limits) -> List {
    let mut scanner = Scanner::new(text, start);
    let mut list = List { is_cut_off: true, ..List::default() };
    let mut folders: Vec<Arc<str>> = Vec::new();
    // Open outlines, also those whose titles are not told.
    let mut depth: usize = 0;
    let (mut line, mut counted) = (1, 0);
    while let Some((token, range)) = scanner.next() {
        match token {
            Token::Start { name, attributes, empty, .. } if is(text, name.clone(), "outline") => {
                line += memchr::memchr_iter(b'\n', &text.as_bytes()[counted..range.start]).count();
                counted = range.start;
                let (title, url) = title_and_url(text, attributes, limits);
                match url {
                    Some(_) if list.outlines.len() == MOST_OUTLINES => list.left_out += 1,
                    Some(url) => {
                        let (title, folders) = (title.clone(), folders.clone());
                        list.outlines.push(Outline { line, title, url, folders });
                    }
                    None => {}
                }
                if !empty {
                    depth += 1;
                    if depth <= MOST_FOLDERS {
                        folders.push(title.into());
                    }
                }
            }
            Token::End { name } if is(text, name.clone(), "outline") => {
                depth = depth.saturating_sub(1);
                folders.truncate(depth);
            }
            Token::Start { name, empty: true, .. } | Token::End { name }
                if is(text, name.clone(), "opml") =>
            {
                list.is_cut_off = false;
            }
            _ => {}
        }
    }
    list
}

fn is(text: &str, name: Range<usize>, local: &str) -> bool {
    names::split(&text[name]).1.eq_ignore_ascii_case(local)
}

fn title_and_url(text: &str, range: Range<usize>, limits: &Limits) -> (String, Option<String>) {
    let list = attributes(text, range, limits.attributes).list;
    let value = |wanted: &str| {
        let mut named = list.iter();
        let found = named.find(|a| text[a.name.clone()].eq_ignore_ascii_case(wanted))?;
        clean::non_empty(&resolved(&text[found.value.clone()])).map(str::to_owned)
    };
    let is_feed = || {
        let kind = value("type").unwrap_or_default();
        FEED_TYPES.iter().any(|feed| feed.eq_ignore_ascii_case(&kind))
    };
    let url = value("xmlUrl").or_else(|| value("feedUrl"));
    let url = url.or_else(|| value("url").filter(|_| is_feed()));
    let title = value("title").or_else(|| value("text")).unwrap_or_default();
    (clean::one_line(&title, LONGEST_TITLE), url)
}

fn resolved(value: &str) -> String {
    match fixed_refs(value) {
        Some(fixed) => refs::resolved(&fixed).into_owned(),
        None => refs::resolved(value).into_owned(),
    }
}
