//! Where CDATA sections end, also those whose `]]>` is missing.

use memchr::memmem;
use std::ops::Range;

pub(super) const START: &str = "<![CDATA[";
const END: &str = "]]>";
/// How far back the start tag of a section's element is looked for.
const TAG_BYTES: usize = 512;

/// What was found ahead, so that it is not searched for again.
#[derive(Debug, Default)]
pub(super) struct Sections {
    end: Option<usize>,
    no_end: bool,
    item_end: Option<usize>,
}

impl Sections {
    /// The body of the section at `at`, and where the section ends.
    pub(super) fn read(&mut self, text: &str, at: usize) -> (Range<usize>, usize) {
        let body = at + START.len();
        let Some(end) = self.end(text, body) else {
            let end = self.item_end(text, body);
            let end = element_end(text, at, body..end).unwrap_or(end);
            return (body..end, end);
        };
        // The end may be that of a later section.
        let next = memmem::find(&text.as_bytes()[body..end], START.as_bytes());
        let torn = next.map(|next| body + next).and_then(|next| {
            let of_item = || Some(self.item_end(text, body)).filter(|end| *end < next);
            element_end(text, at, body..next).or_else(of_item)
        });
        match torn {
            Some(end) => (body..end, end),
            None => (body..end, end + END.len()),
        }
    }

    fn end(&mut self, text: &str, from: usize) -> Option<usize> {
        if self.end.is_none_or(|end| end < from) && !self.no_end {
            let found = memmem::find(&text.as_bytes()[from..], END.as_bytes());
            self.end = found.map(|end| from + end);
            self.no_end = found.is_none();
        }
        self.end.filter(|end| *end >= from)
    }

    /// Where an item begins or ends next; the end of the text when none does.
    fn item_end(&mut self, text: &str, from: usize) -> usize {
        if let Some(end) = self.item_end.filter(|end| *end >= from) {
            return end;
        }
        let is_item = |at: &usize| {
            let name = text[at + 1..].strip_prefix('/').unwrap_or(&text[at + 1..]);
            let name = name.split_once(['>', ' ', '\n', '\r', '\t', '/', '<']);
            let local = name.map_or("", |(name, _)| name.rsplit(':').next().unwrap_or(""));
            local.eq_ignore_ascii_case("item") || local.eq_ignore_ascii_case("entry")
        };
        let tags = memchr::memchr_iter(b'<', &text.as_bytes()[from..]).map(|at| from + at);
        *self.item_end.insert(tags.into_iter().find(is_item).unwrap_or(text.len()))
    }
}

/// Where within `range` the element ends whose text the section at `at` is.
fn element_end(text: &str, at: usize, range: Range<usize>) -> Option<usize> {
    // Where markup or text stands before the section.
    const TEXTS: [&str; 6] =
        ["title", "description", "content:encoded", "content", "summary", "link"];
    let name = element(&text[..at]);
    let names = name.as_ref().map_or(&TEXTS[..], std::slice::from_ref);
    let ends = memmem::find_iter(&text.as_bytes()[range.clone()], b"</");
    ends.map(|found| range.start + found).find(|found| {
        let end = &text[found + "</".len()..];
        names.iter().any(|name| end.strip_prefix(name).is_some_and(closes))
    })
}

/// Whether an end tag whose name was read ends, and markup follows: what a section shows
/// of XML is mostly followed by more text.
fn closes(rest: &str) -> bool {
    let after = rest.trim_ascii_start().strip_prefix('>').map(str::trim_ascii_start);
    after.is_some_and(|after| after.is_empty() || after.starts_with('<'))
}

/// The element whose start tag a text ends with.
fn element(before: &str) -> Option<&str> {
    let before = before.trim_ascii_end().strip_suffix('>')?;
    let near = before.len().saturating_sub(TAG_BYTES);
    let start = near + memchr::memrchr(b'<', &before.as_bytes()[near..])?;
    let tag = &before[start + 1..];
    let name = &tag[..tag.find(|c: char| c.is_ascii_whitespace()).unwrap_or(tag.len())];
    (!name.is_empty() && !name.starts_with(['/', '!', '?'])).then_some(name)
}
