//! HTML as a sequence of tags and texts.

use super::decode;
use std::borrow::Cow;

/// A stretch of HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// References unresolved.
    Text(&'a str),
    Open {
        name: &'a str,
        /// All between the name and `>`.
        attributes: &'a str,
        /// The whole tag.
        tag: &'a str,
    },
    Close {
        name: &'a str,
    },
    /// A comment, declaration or processing instruction; the text of a script or style.
    Hidden,
}

/// Reads the pieces of HTML in order; linear, whatever comes.
#[derive(Debug, Clone)]
pub struct Pieces<'a> {
    rest: &'a str,
    /// The element whose text is no markup: ends at its own end tag only.
    raw: Option<&'a str>,
}

pub fn pieces(html: &str) -> Pieces<'_> {
    Pieces { rest: html, raw: None }
}

impl<'a> Pieces<'a> {
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// What was not read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Reads what follows the last tag as any other text.
    pub(super) fn read_on(&mut self) {
        self.raw = None;
    }

    /// Whether the last tag began text that is no markup, and nothing ends it. Of a script
    /// nobody wants to read the text.
    pub(super) fn is_unclosed(&self) -> bool {
        self.raw.is_some_and(|raw| {
            let mut ahead = self.clone();
            ahead.take_raw(raw);
            ahead.rest.is_empty() && !raw.eq_ignore_ascii_case("script")
        })
    }

    /// The text up to `</raw`.
    fn take_raw(&mut self, raw: &str) -> Piece<'a> {
        let mut at = 0;
        while let Some(next) = self.rest[at..].find("</") {
            at += next;
            let name = self.rest.as_bytes().get(at + 2..at + 2 + raw.len());
            if name.is_some_and(|name| name.eq_ignore_ascii_case(raw.as_bytes())) {
                break;
            }
            at += 2;
        }
        let end = if self.rest[at..].starts_with("</") { at } else { self.rest.len() };
        self.take(end);
        Piece::Hidden
    }

    fn take_hidden(&mut self) -> Piece<'a> {
        let end = if self.rest.starts_with("<!--") {
            self.rest.find("-->").map(|at| at + 3)
        } else {
            self.rest.find('>').map(|at| at + 1)
        };
        self.take(end.unwrap_or(self.rest.len()));
        Piece::Hidden
    }

    fn take_tag(&mut self, name_at: usize) -> Piece<'a> {
        let bytes = self.rest.as_bytes();
        let name_end = bytes[name_at..]
            .iter()
            .position(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'))
            .map_or(bytes.len(), |length| name_at + length);
        // A tag that never ends hides the rest (HTML §13.2.5, "eof-in-tag").
        let end = tag_end(bytes, name_end).unwrap_or(bytes.len());
        let tag = self.take(end);
        let name = &tag[name_at..name_end];
        if name_at == 2 {
            return Piece::Close { name };
        }
        let attributes = tag[name_end..].trim_end_matches('>');
        if ["script", "style", "iframe", "noembed", "noframes", "xmp", "textarea", "title"]
            .iter()
            .any(|raw| raw.eq_ignore_ascii_case(name))
        {
            self.raw = Some(name);
        }
        Piece::Open { name, attributes, tag }
    }
}

/// Where the tag's `>` is passed, quoted values skipped.
fn tag_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    let mut after_equals = false;
    while let Some(&b) = bytes.get(at) {
        match b {
            b'>' => return Some(at + 1),
            b'"' | b'\'' if after_equals => {
                at += 1 + bytes[at + 1..].iter().position(|&q| q == b)?;
                after_equals = false;
            }
            b'=' => after_equals = true,
            b if b.is_ascii_whitespace() => {}
            _ => after_equals = false,
        }
        at += 1;
    }
    None
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        if let Some(raw) = self.raw.take() {
            return Some(self.take_raw(raw));
        }
        let mut text_end = 0;
        loop {
            let next = memchr::memchr(b'<', &self.rest.as_bytes()[text_end..]);
            let Some(at) = next.map(|at| at + text_end) else {
                return Some(Piece::Text(self.take(self.rest.len())));
            };
            let next = self.rest.as_bytes().get(at + 1).copied().unwrap_or(b' ');
            let after = self.rest.as_bytes().get(at + 2).copied().unwrap_or(b' ');
            let is_tag = next.is_ascii_alphabetic()
                || matches!(next, b'!' | b'?')
                || (next == b'/' && after.is_ascii_alphabetic());
            if !is_tag {
                text_end = at + 1;
                continue;
            }
            if at > 0 {
                return Some(Piece::Text(self.take(at)));
            }
            return Some(match next {
                b'!' | b'?' => self.take_hidden(),
                b'/' => self.take_tag(2),
                _ => self.take_tag(1),
            });
        }
    }
}

/// The value of an attribute, references resolved; names are compared without case.
pub fn attribute<'a>(attributes: &'a str, wanted: &str) -> Option<Cow<'a, str>> {
    attribute_pairs(attributes)
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, value)| decode(value))
}

/// The attributes of a tag, values as written, without their quotes.
pub fn attribute_pairs(attributes: &str) -> impl Iterator<Item = (&str, &str)> {
    let space = |c: char| c.is_ascii_whitespace() || c == '/';
    let mut rest = attributes;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(space);
        if rest.is_empty() {
            return None;
        }
        let length = rest
            .char_indices()
            .skip(1)
            .find(|&(_, c)| space(c) || c == '=')
            .map_or(rest.len(), |(at, _)| at);
        let (name, after) = rest.split_at(length);
        let Some(value) = after.trim_start().strip_prefix('=') else {
            rest = after;
            return Some((name, ""));
        };
        let value = value.trim_start();
        let quote = value.chars().next().filter(|&c| c == '"' || c == '\'');
        let value = match quote {
            Some(quote) => {
                let (value, after) = value[1..].split_once(quote).unwrap_or((&value[1..], ""));
                rest = after;
                value
            }
            None => {
                let end = value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len());
                rest = &value[end..];
                &value[..end]
            }
        };
        Some((name, value))
    })
}
