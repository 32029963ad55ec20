//! Changes to a text, made in one go; a text without changes is handed on as it is.

use std::borrow::Cow;
use std::ops::Range;

#[derive(Debug, Clone)]
struct Edit {
    range: Range<usize>,
    text: Cow<'static, str>,
}

/// Replacements in the order of their places.
#[derive(Debug, Default)]
pub(super) struct Edits {
    list: Vec<Edit>,
}

/// A place in a text and in the list of its edits.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub at: usize,
    edit: usize,
}

impl Edits {
    /// `range` must not begin before the last edit's end.
    pub(super) fn replace(&mut self, range: Range<usize>, text: impl Into<Cow<'static, str>>) {
        debug_assert!(self.list.last().is_none_or(|last| last.range.end <= range.start));
        self.list.push(Edit { range, text: text.into() });
    }

    pub(super) fn insert(&mut self, at: usize, text: impl Into<Cow<'static, str>>) {
        self.replace(at..at, text);
    }

    pub(super) fn place(&self, at: usize) -> Place {
        Place { at, edit: self.list.len() }
    }

    /// Whether nothing was changed since `place`.
    pub(super) fn is_untouched_since(&self, place: Place) -> bool {
        self.list.len() == place.edit
    }

    /// Takes back what was done since `place`.
    pub(super) fn rewind(&mut self, place: Place) {
        self.list.truncate(place.edit);
    }

    /// The text between two places as changed.
    pub(super) fn render<'a>(&self, text: &'a str, from: Place, to: Place) -> Cow<'a, str> {
        let edits = self.list.get(from.edit..to.edit).unwrap_or(&[]);
        if edits.is_empty() {
            return Cow::Borrowed(&text[from.at..to.at]);
        }
        let mut out = String::with_capacity(to.at - from.at + 64);
        let mut at = from.at;
        for edit in edits {
            out.push_str(&text[at..edit.range.start]);
            out.push_str(&edit.text);
            at = edit.range.end;
        }
        out.push_str(&text[at..to.at.max(at)]);
        Cow::Owned(out)
    }
}
