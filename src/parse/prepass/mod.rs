//! The pass between us and feed-rs: makes any text that looks like a feed into XML
//! that feed-rs can read whole, and notes what feed-rs would not pass on.
//!
//! One walk over the tokens. It balances tags, resolves references, caps depth and
//! number of items, mends namespaces and roots, turns markup that stands unescaped in
//! a text into a CDATA section, and takes out what is known to make feed-rs fail. A
//! document without faults is handed on as it is.

mod cut;
mod elements;
mod fields;
mod holders;
mod kept;
mod raw;
mod root;
mod tags;

#[cfg(test)]
mod tests;

pub(super) use cut::Cuts;
pub(super) use fields::plain;
pub(super) use tags::fixed_refs;

use super::edits::{Edits, Place};
use super::extras::Extras;
use super::kinds::Kind;
use super::names::{Ns, Prefixes};
use super::scan::{Scanner, Token};
use super::sniff::{Family, Root};
use super::{Limits, refs};
use crate::model::{Defect, FeedFormat};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;
use url::Url;

/// A document that feed-rs can read.
#[derive(Debug)]
pub(super) struct Prepared<'a> {
    text: &'a str,
    /// Stands for the root's start tag, when that had to change.
    head: Option<String>,
    root_start: usize,
    /// After the root's start tag.
    start: Place,
    end: Place,
    edits: Edits,
    items: Vec<(Place, Place)>,
    /// Ends the elements that hold the items.
    closing: String,
    pub cuts: Cuts,
    pub extras: Extras,
    pub defects: Vec<Defect>,
}

impl<'a> Prepared<'a> {
    pub(super) fn document(&self) -> Cow<'a, str> {
        self.between(self.start, self.end)
    }

    /// The document with one of its items only.
    pub(super) fn with_item(&self, index: usize) -> Option<String> {
        let (first, (from, to)) = (self.items.first()?, *self.items.get(index)?);
        let mut document = self.between(self.start, first.0).into_owned();
        document.push_str(&self.edits.render(self.text, from, to));
        document.push_str(&self.closing);
        Some(document)
    }

    pub(super) fn items(&self) -> usize {
        self.items.len()
    }

    /// How much every document of a single item repeats.
    pub(super) fn prologue_bytes(&self) -> usize {
        self.items.first().map_or(0, |(from, _)| from.at - self.root_start)
    }

    fn between(&self, start: Place, end: Place) -> Cow<'a, str> {
        let body = self.edits.render(self.text, start, end);
        match (&self.head, body) {
            (Some(head), body) => Cow::Owned(format!("{head}{body}")),
            (None, Cow::Borrowed(_)) => Cow::Borrowed(&self.text[self.root_start..end.at]),
            (None, Cow::Owned(body)) => {
                Cow::Owned(format!("{}{body}", &self.text[self.root_start..start.at]))
            }
        }
    }
}

/// An element whose end has not come yet.
#[derive(Debug)]
struct Open<'a> {
    /// As its end tag will name it.
    name: &'a str,
    /// As the prepared document names it.
    written: Cow<'a, str>,
    kind: Kind,
    ns: Ns,
    /// What names without a prefix mean inside.
    default_ns: Ns,
    start: Place,
    content: Place,
    /// Markup was found in its text: how many elements of its own name are open in it.
    raw: Option<usize>,
    /// CDATA sections of its text.
    cdata: Vec<Range<usize>>,
    unwanted: bool,
    has_base: bool,
    /// Declarations of namespaces that end with it.
    declarations: usize,
    /// Its text is base64.
    base64: bool,
    /// Its text may go round feed-rs.
    may_cut: bool,
}

struct Walker<'a> {
    text: &'a str,
    family: Family,
    limits: Limits,
    edits: Edits,
    stack: Vec<Open<'a>>,
    prefixes: Prefixes<'a>,
    /// The document's address, then the `xml:base` of open elements.
    bases: Vec<Url>,
    has_url: bool,
    cuts: Cuts,
    extras: Extras,
    defects: Vec<Defect>,
    items: Vec<(Place, Place)>,
    closing: String,
    has_channel: bool,
    /// Where the last item of RSS begins, once that was asked.
    last_item: OnceCell<Option<usize>>,
    /// What holds items of its own ends here.
    held_until: usize,
    /// How often the end of what is open before an item was looked for.
    looked_ahead: usize,
    /// Elements open below the deepest that is kept.
    too_deep: usize,
    /// Declarations of namespaces in force.
    in_force: usize,
    cut_namespaces: usize,
    cut_attributes: usize,
    /// Items that ended with an end tag of theirs.
    ended_items: usize,
    /// Tags that were closed, dropped or mended.
    mended: usize,
    faults: Faults,
}

/// How often something was mended, by what it was.
#[derive(Debug, Default)]
struct Faults {
    references: usize,
    sections: usize,
    markup: usize,
    declarations: usize,
    bases: usize,
    numbers: usize,
    types: usize,
}

/// Prepares the feed in `text` whose root is `root`.
pub(super) fn prepare<'a>(
    text: &'a str,
    root: &Root,
    url: Option<&Url>,
    limits: Limits,
) -> Prepared<'a> {
    let namespaces = limits.namespaces.min(Limits::MOST_NAMESPACES);
    let mut walker = Walker {
        text,
        family: root.family,
        limits: Limits { namespaces, ..limits },
        edits: Edits::default(),
        stack: Vec::with_capacity(16),
        prefixes: Prefixes::new(namespaces),
        bases: url.cloned().into_iter().collect(),
        has_url: url.is_some(),
        cuts: Cuts::default(),
        extras: Extras { format: root.format, ..Extras::default() },
        defects: Vec::new(),
        items: Vec::new(),
        closing: String::new(),
        has_channel: false,
        last_item: OnceCell::new(),
        held_until: 0,
        looked_ahead: 0,
        too_deep: 0,
        in_force: 0,
        cut_namespaces: 0,
        cut_attributes: 0,
        ended_items: 0,
        mended: 0,
        faults: Faults::default(),
    };
    let mut scanner = Scanner::new(text, root.start);
    let head = walker.open_root(root, &mut scanner);
    let start = walker.edits.place(scanner.position());
    let end = walker.walk(&mut scanner);
    Prepared {
        text,
        head: head.finish(&walker.prefixes),
        root_start: root.start,
        start,
        end: walker.edits.place(end),
        edits: walker.edits,
        items: walker.items,
        closing: walker.closing,
        cuts: walker.cuts,
        extras: walker.extras,
        defects: walker.defects,
    }
}

impl<'a> Walker<'a> {
    /// Reads the tokens after the root's start tag; returns where the feed ends.
    fn walk(&mut self, scanner: &mut Scanner<'a>) -> usize {
        let mut end = scanner.position();
        while !self.stack.is_empty() {
            let Some((token, range)) = scanner.next() else {
                let detail = "the document ends before its root element does".to_owned();
                self.defect("truncated", detail);
                self.note_cut_item();
                break;
            };
            end = range.start;
            self.token(token, range);
            if self.extras.items.len() > self.limits.items {
                self.extras.items.truncate(self.limits.items);
                let limit = self.limits.items;
                self.defect("too-many-items", format!("only the first {limit} were read"));
                self.close_down_to(0, end);
                self.note_cuts();
                return end;
            }
            end = scanner.position();
        }
        self.close_down_to(0, end);
        if self.mended > 0 {
            let detail = format!("{} tags were added, dropped or mended", self.mended);
            self.defect("ill-formed", detail);
        }
        self.note_faults();
        self.note_cuts();
        end
    }

    /// An item that is open when the document ends was cut off, unless none of this
    /// document's items has an end tag.
    fn note_cut_item(&mut self) {
        // Where all that it holds has ended, an end tag can only be its own.
        let tail = memchr::memrchr(b'<', self.text.as_bytes()).map_or("", |at| &self.text[at..]);
        let innermost = self.stack.last().is_some_and(|open| open.kind == Kind::Item);
        if self.ended_items > 0
            && !(innermost && tail.starts_with("</") && !tail.contains('>'))
            && self.stack.iter().any(|open| open.kind == Kind::Item)
            && let Some(item) = self.extras.items.last_mut()
        {
            item.is_cut = true;
        }
    }

    fn note_cuts(&mut self) {
        let Limits { attributes, namespaces, .. } = self.limits;
        if self.cut_attributes > 0 {
            let detail = format!("{} beyond {attributes} of an element", self.cut_attributes);
            self.defect("too-many-attributes", detail);
        }
        let cut = self.cut_namespaces + self.prefixes.dropped;
        if cut > 0 {
            let detail = format!("{cut} declarations beyond {namespaces} in force were dropped");
            self.defect("too-many-namespaces", detail);
        }
    }

    fn note_faults(&mut self) {
        let faults = std::mem::take(&mut self.faults);
        for (count, kind, what) in [
            (faults.references, "bad-reference", "references unknown to XML"),
            (faults.sections, "unclosed-section", "CDATA sections without an end"),
            (faults.markup, "unescaped-markup", "texts with unescaped markup"),
            (faults.declarations, "stray-declaration", "XML declarations in the middle"),
            (faults.bases, "bad-base", "xml:base that cannot be used"),
            (faults.numbers, "bad-number", "numbers too long"),
            (faults.types, "bad-type", "types of text that Atom does not know"),
        ] {
            if count > 0 {
                self.defect(kind, format!("{what}: {count}"));
            }
        }
    }

    fn defect(&mut self, kind: &'static str, detail: String) {
        self.defects.push(Defect { kind, detail });
    }

    fn token(&mut self, token: Token, range: Range<usize>) {
        if self.stack.last().is_some_and(|open| open.raw.is_some()) {
            return self.raw_token(token, range);
        }
        match token {
            Token::Text => self.character_data(range),
            Token::CData { body } => {
                if body.end == range.end {
                    self.faults.sections += 1;
                    self.edits.insert(range.end, "]]>");
                }
                if let Some(open) = self.stack.last_mut()
                    && matches!(open.kind, Kind::Markup(_))
                {
                    open.cdata.push(range);
                }
            }
            Token::Comment => {}
            Token::Markup => {
                self.faults.declarations +=
                    usize::from(self.text[range.clone()].starts_with("<?xml "));
                self.edits.replace(range, "");
            }
            Token::Start { name, attributes, empty, torn } => {
                self.start_tag(name, attributes, empty, torn, range);
            }
            Token::End { name } => self.end_tag(name, range),
        }
    }

    fn character_data(&mut self, range: Range<usize>) {
        let text = &self.text[range.clone()];
        if memchr::memchr2(b'&', b'<', text.as_bytes()).is_none() {
            return;
        }
        let (edits, references) = (&mut self.edits, &mut self.faults.references);
        // The document type of RSS 0.91 declares the names of HTML.
        let may_name = self.extras.format == FeedFormat::Rss091;
        let mut fix = |range: Range<usize>, instead: String| {
            *references += usize::from(!may_name || instead == "&amp;" || instead == "&lt;");
            edits.replace(range, instead);
        };
        let mut at = range.start;
        for (offset, _) in text.match_indices('<') {
            let lt = range.start + offset;
            refs::each_faulty(self.text, at..lt, &mut fix);
            fix(lt..lt + 1, "&lt;".to_owned());
            at = lt + 1;
        }
        refs::each_faulty(self.text, at..range.end, &mut fix);
    }
}
