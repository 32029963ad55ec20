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
use std::hash::{BuildHasher, Hasher, RandomState};

/// Shorter texts are not worth it.
const LEAST_BYTES: usize = 128;

/// The texts that were cut out, by the number in their mark.
#[derive(Debug)]
pub(in super::super) struct Cuts {
    texts: Vec<String>,
    /// Begins every mark of this document. Drawn at random, so that no document can hold
    /// a mark of its own, in whatever way it is written.
    mark: String,
}

impl Default for Cuts {
    fn default() -> Self {
        let drawn = RandomState::new().build_hasher().finish();
        Cuts { texts: Vec::new(), mark: format!("cut {drawn:016x} ") }
    }
}

impl Cuts {
    fn cut(&mut self, text: String) -> String {
        self.texts.push(text);
        format!("{}{}", self.mark, self.texts.len() - 1)
    }

    /// Puts the text in the place of its mark.
    pub(in super::super) fn restore(&mut self, text: &mut String) {
        let index = text.strip_prefix(&self.mark).and_then(|index| index.parse::<usize>().ok());
        if let Some(cut) = index.and_then(|index| self.texts.get_mut(index)) {
            *text = std::mem::take(cut);
        }
    }
}

impl Walker<'_> {
    /// Whether feed-rs would hand on the text of the element as it reads.
    pub(super) fn may_cut(&self, kind: Kind, list: &[Attribute]) -> bool {
        if !matches!(kind, Kind::Markup(Markup::Body | Markup::AtomContent))
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
