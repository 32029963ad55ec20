//! Markup that stands unescaped in a text: made into a CDATA section, so that
//! feed-rs hands it on as it is.

use super::super::kinds::{self, Kind};
use super::super::names::{self, Ns};
use super::super::scan::Token;
use super::super::sniff::Family;
use super::{Walker, tags};
use crate::text::html;
use std::ops::Range;

/// HTML elements that have no end tag.
const VOID: [&str; 16] = [
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input",
    "link", "meta", "source", "track", "wbr",
];

impl<'a> Walker<'a> {
    /// The first tag inside a text.
    pub(super) fn begin_raw(&mut self, name: Range<usize>, empty: bool, range: Range<usize>) {
        let Some(open) = self.stack.last_mut() else { return };
        open.raw = Some(0);
        let (start, content, ns) = (open.start, open.content, open.ns);
        let cdata = std::mem::take(&mut open.cdata);
        self.faults.markup += usize::from(self.family != Family::Atom);
        if ns == Ns::Atom && self.family == Family::Atom {
            // What was a text is HTML now.
            let (kind, written, has_base) = (open.kind, open.written.clone(), open.has_base);
            self.edits.rewind(start);
            let name_end = start.at + 1 + open.name.len();
            let tag = self.text[name_end..content.at].trim_end_matches('>');
            let declarations = open.declarations;
            let attributes = name_end..name_end + tag.len();
            let list = tags::read(self.text, attributes, self.limits.attributes).list;
            let tag = tags::Tag {
                name: &written,
                list: &list,
                kind,
                ns,
                empty: false,
                has_base,
                declarations,
                as_html: true,
                lower: true,
            };
            self.edits.replace(start.at..content.at, tag.write(self.text));
        } else {
            self.edits.rewind(content);
        }
        self.edits.insert(content.at, "<![CDATA[");
        let mut at = content.at;
        for section in cdata {
            self.raw_text(at..section.start);
            at = section.end;
            let written = &self.text[section.clone()];
            let body = written.strip_suffix("]]>").unwrap_or(written).len();
            let body = section.start + "<![CDATA[".len()..section.start + body;
            self.raw_cdata(section, body);
        }
        self.raw_text(at..range.start);
        self.raw_start(name, empty, range);
    }

    pub(super) fn raw_token(&mut self, token: Token, range: Range<usize>) {
        match token {
            Token::Text | Token::Comment => self.raw_text(range),
            // Not nothing: `]]` and `>` may stand around it.
            Token::Markup => self.edits.replace(range, " "),
            Token::CData { body } => {
                self.faults.sections += usize::from(body.end == range.end);
                self.raw_cdata(range, body);
            }
            Token::Start { name, attributes, empty, torn } => {
                if self.ends_raw(&name) {
                    let depth = self.stack.len() - 1;
                    self.mended += 1;
                    self.close_down_to(depth, range.start);
                    self.start_tag(name, attributes, empty, torn, range);
                } else {
                    self.raw_start(name, empty, range);
                }
            }
            Token::End { name } => self.raw_end(name, range),
        }
    }

    /// Whether an element begins that no text holds.
    fn ends_raw(&self, name: &Range<usize>) -> bool {
        let (prefix, local) = names::split(&self.text[name.clone()]);
        let Some(open) = self.stack.last() else { return true };
        let Kind::Markup(markup) = open.kind else { return true };
        let ns = match prefix {
            "" => open.default_ns,
            prefix => self.prefixes.meaning(prefix),
        };
        match self.family {
            Family::Atom => ns == Ns::Atom && local == "entry",
            Family::Rss | Family::Rdf | Family::Cdf => kinds::ends_text(markup, ns, local),
        }
    }

    fn raw_start(&mut self, name: Range<usize>, empty: bool, range: Range<usize>) {
        let full = &self.text[name.clone()];
        let (prefix, local) = names::split(full);
        if let Some(open) = self.stack.last_mut()
            && open.name == full
            && !empty
        {
            open.raw = open.raw.map(|depth| depth + 1);
        }
        if self.text[range.clone()].contains("]]>") {
            return self.raw_text(range);
        }
        if !prefix.is_empty() {
            self.edits.replace(name.start..name.start + prefix.len() + 1, "");
        }
        if empty && !VOID.iter().any(|void| void.eq_ignore_ascii_case(local)) {
            // HTML knows no empty-element tags.
            self.edits.replace(range.end - 2..range.end, format!("></{local}>"));
        }
    }

    fn raw_end(&mut self, name: Range<usize>, range: Range<usize>) {
        let full = &self.text[name.clone()];
        let holder = |kind| matches!(kind, Kind::Root | Kind::Channel | Kind::Item);
        let ends_holder = self.stack.iter().any(|open| holder(open.kind) && open.name == full);
        let own = self.stack.last().is_some_and(|open| open.name == full);
        if own && let Some(depth @ 1..) = self.stack.last().and_then(|open| open.raw) {
            if let Some(open) = self.stack.last_mut() {
                open.raw = Some(depth - 1);
            }
        } else if own || ends_holder {
            return self.end_tag(name, range);
        }
        if self.text[range.clone()].contains("]]>") {
            return self.raw_text(range);
        }
        let (prefix, _) = names::split(full);
        if !prefix.is_empty() {
            self.edits.replace(name.start..name.start + prefix.len() + 1, "");
        }
    }

    /// The end of a CDATA section may not stand in one.
    fn raw_text(&mut self, range: Range<usize>) {
        for (offset, _) in self.text[range.clone()].match_indices("]]>") {
            let at = range.start + offset + 2;
            self.edits.replace(at..at + 1, "&gt;");
        }
    }

    /// A section in RSS holds markup too; one in XHTML holds text.
    fn raw_cdata(&mut self, section: Range<usize>, body: Range<usize>) {
        if self.family == Family::Atom {
            let text = html::escape(&self.text[body]).into_owned();
            self.edits.replace(section, text);
        } else {
            self.edits.replace(section.start..body.start, "");
            self.edits.replace(body.end..section.end, "");
        }
    }
}
