//! Long texts without markup of their own go round feed-rs: it would copy and check
//! them several times, and that is most of its work. In the document that it reads a
//! short mark stands for each.

use super::super::kinds::{Kind, Markup};
use super::super::names::Ns;
use super::super::refs;
use super::super::scan::Attribute;
use super::super::sniff::Family;
use super::{Open, Walker};
use std::borrow::Cow;

/// Shorter texts are not worth it.
const LEAST_BYTES: usize = 128;
/// Of the private use area: a document that holds one itself is read without cuts.
const MARK: char = '\u{F5A3}';

/// The texts that were cut out, by the number in their mark.
#[derive(Debug, Default)]
pub(in super::super) struct Cuts {
    texts: Vec<String>,
    /// The document holds marks of its own.
    forbidden: bool,
}

impl Cuts {
    pub(super) fn of(text: &str) -> Self {
        let mut mark = [0; 4];
        let mark = MARK.encode_utf8(&mut mark);
        let forbidden = memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
        Cuts { texts: Vec::new(), forbidden }
    }

    fn cut(&mut self, text: String) -> String {
        self.texts.push(text);
        format!("{MARK}{}", self.texts.len() - 1)
    }

    /// Puts the text in the place of its mark.
    pub(in super::super) fn restore(&mut self, text: &mut String) {
        let index = text.strip_prefix(MARK).and_then(|index| index.parse::<usize>().ok());
        if let Some(cut) = index.and_then(|index| self.texts.get_mut(index)) {
            *text = std::mem::take(cut);
        }
    }
}

impl Walker<'_> {
    /// Whether feed-rs would hand on the text of the element as it reads.
    pub(super) fn may_cut(&self, kind: Kind, list: &[Attribute]) -> bool {
        if self.cuts.forbidden
            || !matches!(kind, Kind::Markup(Markup::Body | Markup::AtomContent))
            || !self.stack.last().is_some_and(|parent| parent.kind == Kind::Item)
        {
            return false;
        }
        let is_text = |a: &Attribute| {
            &self.text[a.name.clone()] != "type"
                || matches!(&self.text[a.value.clone()], "text" | "html")
        };
        self.family != Family::Atom || list.iter().all(is_text)
    }

    /// Puts a mark in the place of what the element holds, from `open.content` to `end`.
    pub(super) fn cut(&mut self, open: &Open<'_>, end: usize) {
        let content = open.content.at..end;
        if content.len() < LEAST_BYTES || !self.edits.is_untouched_since(open.content) {
            return;
        }
        let Some(text) = text(&self.text[content.clone()]) else { return };
        // As feed-rs does.
        let text = if open.ns == Ns::Content { text } else { trimmed(text) };
        let mark = self.cuts.cut(text.into_owned());
        self.edits.replace(content, mark);
    }
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// Character data or a single CDATA section as it reads; `None` when there is more.
/// Its references are known to be good.
fn text(content: &str) -> Option<Cow<'_, str>> {
    let Some(at) = memchr::memchr(b'<', content.as_bytes()) else {
        return Some(refs::resolved(content));
    };
    let (before, section) = content.split_at(at);
    let body = section.strip_prefix("<![CDATA[")?;
    let end = memchr::memmem::find(body.as_bytes(), b"]]>")?;
    let (body, after) = (&body[..end], &body[end + 3..]);
    if !before.trim_ascii().is_empty() || !after.trim_ascii().is_empty() {
        return None;
    }
    Some(match (before, after) {
        ("", "") => Cow::Borrowed(body),
        _ => Cow::Owned([before, body, after].concat()),
    })
}
