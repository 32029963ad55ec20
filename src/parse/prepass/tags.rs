//! Start tags as feed-rs can bear them.

use super::super::kinds::{Kind, Markup};
use super::super::names::{self, Ns};
use super::super::refs;
use super::super::scan::{self, Attribute};

pub(super) use super::super::scan::Attributes;
use super::Walker;
use std::borrow::Cow;
use std::ops::Range;
use url::Url;

/// `xml:base` deeper than this is dropped: resolving nested ones is quadratic.
const MOST_BASE_DEPTH: usize = 8;
const MOST_BASE_BYTES: usize = 2048;
/// feed-rs fails on numbers of more digits.
const MOST_DIGITS: usize = 12;

pub(super) fn read(text: &str, range: Range<usize>, most: usize) -> Attributes {
    if text[range.clone()].trim_ascii().is_empty() {
        return Attributes { well_formed: true, ..Attributes::default() };
    }
    scan::attributes(text, range, most)
}

/// Whether an attribute declares a namespace.
pub(super) fn declares(name: &str) -> bool {
    name.strip_prefix("xmlns").is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

pub(super) fn has_long_number(text: &str) -> bool {
    text.as_bytes()
        .chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit())
        .any(|run| run.len() > MOST_DIGITS && run[0].is_ascii_digit())
}

/// What becomes of an attribute.
enum Fate {
    Keep,
    Drop,
    Change(Cow<'static, str>),
}

pub(super) struct Tag<'t> {
    pub name: &'t str,
    pub list: &'t [Attribute],
    pub kind: Kind,
    pub ns: Ns,
    pub empty: bool,
    /// Its `xml:base` counts.
    pub has_base: bool,
    /// Declarations of namespaces that it may have.
    pub declarations: usize,
    /// Its text was found to be markup.
    pub as_html: bool,
    /// The names of its attributes are written in small letters.
    pub lower: bool,
}

impl Tag<'_> {
    pub(super) fn differs(&self, text: &str) -> bool {
        let mut declared = 0;
        self.list.iter().any(|a| {
            !matches!(self.fate(text, a, &mut declared), Fate::Keep)
                || matches!(self.attribute_name(text, a), Cow::Owned(_))
        })
    }

    pub(super) fn write(&self, text: &str) -> String {
        let mut out = format!("<{}", self.name);
        let mut declared = 0;
        for attribute in self.list {
            let value = match self.fate(text, attribute, &mut declared) {
                Fate::Keep => Cow::Borrowed(&text[attribute.value.clone()]),
                Fate::Drop => continue,
                Fate::Change(value) => value,
            };
            push_attribute(&mut out, &self.attribute_name(text, attribute), &value);
        }
        if self.as_html {
            push_attribute(&mut out, "type", "html");
        }
        out.push_str(if self.empty { "/>" } else { ">" });
        out
    }

    fn attribute_name<'t>(&self, text: &'t str, attribute: &Attribute) -> Cow<'t, str> {
        let name = &text[attribute.name.clone()];
        // Prefixes have letters of their own.
        let changes =
            self.lower && name.bytes().any(|b| b.is_ascii_uppercase()) && !name.contains(':');
        if changes { Cow::Owned(name.to_ascii_lowercase()) } else { Cow::Borrowed(name) }
    }

    fn fate(&self, text: &str, attribute: &Attribute, declared: &mut usize) -> Fate {
        let name = &*self.attribute_name(text, attribute);
        let value = &text[attribute.value.clone()];
        if declares(name) {
            *declared += 1;
            if *declared > self.declarations {
                return Fate::Drop;
            }
            return declaration(name, value);
        }
        match (name, self.kind) {
            ("xml:base", _) if !self.has_base => return Fate::Drop,
            ("type", Kind::Markup(markup)) => return self.type_fate(markup, value),
            ("time" | "start" | "end" | "duration", _) if has_long_number(value) => {
                return Fate::Drop;
            }
            _ => {}
        }
        fixed_refs(value).map_or(Fate::Keep, |fixed| Fate::Change(fixed.into()))
    }

    fn type_fate(&self, markup: Markup, value: &str) -> Fate {
        match (markup, self.ns) {
            _ if self.as_html => Fate::Drop,
            (Markup::Media, _) if matches!(value, "plain" | "html") => Fate::Keep,
            (Markup::Media, _) | (_, Ns::Itunes) => Fate::Drop,
            (_, Ns::Atom) => match text_type(value) {
                Some(wanted) if wanted == value => Fate::Keep,
                Some(wanted) => Fate::Change(wanted.into()),
                None => Fate::Change("text".into()),
            },
            _ => Fate::Keep,
        }
    }
}

/// `text` or `html` for a type of text (RFC 4287 §3.1.1, and what is written instead);
/// `None` for anything else.
pub(super) fn text_type(value: &str) -> Option<&'static str> {
    let lower = value.trim().to_ascii_lowercase();
    match lower.as_str() {
        "html" | "text/html" | "xhtml" | "application/xhtml+xml" | "application/html" => {
            Some("html")
        }
        "" | "text" | "plain" => Some("text"),
        other if other.starts_with("text/") && other != "text/xml" => Some("text"),
        _ => None,
    }
}

/// Namespaces by the names that feed-rs knows; those that XML reserves are dropped.
fn declaration(name: &str, value: &str) -> Fate {
    let prefix = name.strip_prefix("xmlns:");
    let reserved = matches!(prefix, Some("xml" | "xmlns" | ""))
        || (prefix.is_some() && value.is_empty())
        || value.starts_with("http://www.w3.org/XML/1998/namespace")
        || value.starts_with("http://www.w3.org/2000/xmlns");
    match names::of_uri(value).1 {
        _ if reserved => Fate::Drop,
        "" => Fate::Keep,
        canonical if canonical == value => Fate::Keep,
        canonical => Fate::Change(canonical.into()),
    }
}

pub(in crate::parse) fn fixed_refs(value: &str) -> Option<String> {
    let mut out = String::new();
    let mut at = 0;
    refs::each_faulty(value, 0..value.len(), |range, instead| {
        out.push_str(&value[at..range.start]);
        out.push_str(&instead);
        at = range.end;
    });
    (at > 0).then(|| out + &value[at..])
}

pub(super) fn push_attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    if value.contains(['"', '<']) {
        out.push_str(&value.replace('"', "&quot;").replace('<', "&lt;"));
    } else {
        out.push_str(value);
    }
    out.push('"');
}

impl<'a> Walker<'a> {
    /// How many declarations of namespaces a tag keeps: those that lie beyond the most
    /// that may be in force are dropped.
    pub(super) fn declarations(&mut self, list: &[Attribute]) -> usize {
        let stated = list.iter().filter(|a| declares(&self.text[a.name.clone()])).count();
        let kept = stated.min(self.limits.namespaces - self.in_force);
        self.cut_namespaces += stated - kept;
        kept
    }

    /// Notes the prefixes that a tag declares.
    pub(super) fn declare(&mut self, list: &[Attribute]) {
        for attribute in list {
            if let Some(prefix) = self.text[attribute.name.clone()].strip_prefix("xmlns:") {
                let ns = names::of_uri(&self.text[attribute.value.clone()]).0;
                self.prefixes.declare(prefix, ns);
            }
        }
    }

    /// What a name without a prefix means in this tag and below it.
    pub(super) fn default_ns(&self, list: &[Attribute]) -> Ns {
        let inherited = self.stack.last().map_or(Ns::Other, |open| open.default_ns);
        match list.iter().find(|a| &self.text[a.name.clone()] == "xmlns") {
            Some(own) if own.value.is_empty() => {
                self.stack.first().map_or(inherited, |r| r.default_ns)
            }
            Some(own) => names::of_uri(&self.text[own.value.clone()]).0,
            None => inherited,
        }
    }

    /// Puts the tag's `xml:base` in force; whether it had one that counts.
    pub(super) fn push_base(&mut self, kind: Kind, local: &str, list: &[Attribute]) -> bool {
        let Some(own) = list.iter().find(|a| &self.text[a.name.clone()] == "xml:base") else {
            return false;
        };
        let value = crate::text::html::decode(self.text[own.value.clone()].trim());
        if self.stack.len() > MOST_BASE_DEPTH || value.len() > MOST_BASE_BYTES {
            return false;
        }
        let base = match self.bases.last() {
            Some(base) => base.join(&value),
            None => Url::parse(&value),
        };
        let Some(base) = base.ok().filter(|base| !base.cannot_be_a_base()) else { return false };
        self.bases.push(base);
        let base = self.base();
        let in_item = self.stack.last().is_some_and(|parent| parent.kind == Kind::Item);
        match (kind, self.extras.items.last_mut()) {
            (Kind::Root | Kind::Channel, _) => self.extras.base = base,
            (Kind::Item | Kind::Markup(Markup::AtomContent), Some(item)) => item.base = base,
            (Kind::Markup(Markup::Body | Markup::Kept(_)), Some(item)) if in_item => {
                let is_summary = matches!(local, "description" | "summary" | "subtitle");
                item.text_bases[usize::from(!is_summary)] = base;
            }
            _ => {}
        }
        true
    }
}
