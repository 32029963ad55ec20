//! Texts that feed-rs does not pass on, and texts in base64.

use super::super::base64;
use super::super::kinds::{Kept, Kind, Markup};
use super::super::names::Ns;
use super::super::scan::{Attribute, Scanner, Token};
use super::super::sniff::Family;
use super::{Walker, tags};
use crate::text::{clean, html};

/// More texts of one item, or of the feed, are not kept.
const MOST_TEXTS: usize = 8;

impl Walker<'_> {
    /// Whether the text of an Atom element is base64: Atom 0.3 says so, Atom 1.0 lets
    /// the type say it (RFC 4287 §4.1.3.3).
    pub(super) fn is_base64(&self, kind: Kind, ns: Ns, list: &[Attribute]) -> bool {
        if self.family != Family::Atom || ns != Ns::Atom || list.is_empty() {
            return false;
        }
        if !matches!(kind, Kind::Markup(_) | Kind::Field(_)) {
            return false;
        }
        let value = |wanted: &str| {
            let found = list.iter().find(|a| &self.text[a.name.clone()] == wanted)?;
            Some(self.text[found.value.clone()].trim())
        };
        if let Some(mode) = value("mode") {
            return mode.eq_ignore_ascii_case("base64");
        }
        let is_xml = |mime: &str| mime.ends_with("/xml") || mime.ends_with("+xml");
        value("src").is_none()
            && value("type").is_some_and(|mime| {
                mime.contains('/') && tags::text_type(mime).is_none() && !is_xml(mime)
            })
    }

    /// Puts the text that base64 stands for in its place.
    pub(super) fn open_base64(&mut self, at: usize) {
        let Some(open) = self.stack.last_mut() else { return };
        let encoded = self.text.get(open.content.at..at).unwrap_or("");
        match base64::text(encoded) {
            Some(text) => {
                self.edits.rewind(open.content);
                let text = html::escape(&text).into_owned();
                self.edits.replace(open.content.at..at, text);
            }
            // A picture or a lie.
            None if open.kind == Kind::Markup(Markup::AtomContent) => open.unwanted = true,
            None if open.raw.is_some() => self.edits.insert(at, "]]>"),
            None => {}
        }
    }

    /// Keeps what the innermost element holds, as HTML.
    pub(super) fn keep(&mut self, kept: Kept, at: usize) {
        let Some(open) = self.stack.last() else { return };
        let written = self.edits.render(self.text, open.content, self.edits.place(at));
        let html = match (open.raw, written.strip_prefix("<![CDATA[")) {
            (Some(_), Some(markup)) => markup.to_owned(),
            _ => content(&written),
        };
        let html = clean::strip_illegal(html.trim()).into_owned();
        let texts = match self.extras.items.last_mut() {
            Some(item) if self.stack.iter().any(|open| open.kind == Kind::Item) => &mut item.texts,
            _ => &mut self.extras.texts,
        };
        if !html.is_empty() && texts.len() < MOST_TEXTS {
            texts.push((kept, html));
        }
    }
}

/// Character data as it reads: references resolved, sections opened.
fn content(written: &str) -> String {
    let mut out = String::new();
    let mut scanner = Scanner::new(written, 0);
    while let Some((token, range)) = scanner.next() {
        match token {
            Token::Text => out.push_str(&html::decode(&written[range])),
            Token::CData { body } => out.push_str(&written[body]),
            _ => {}
        }
    }
    out
}
