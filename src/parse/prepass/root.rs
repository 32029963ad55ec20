//! The root's start tag, which decides what feed-rs takes the document for.

use super::super::kinds::Kind;
use super::super::names::{self, Ns, Prefixes};
use super::super::scan::{Scanner, Token};
use super::super::sniff::{Family, Root};
use super::{Open, Walker, tags};
use crate::model::Defect;
use crate::text::clean;
use std::borrow::Cow;

/// A start tag to be written once all prefixes of the document are known.
#[derive(Debug, Default)]
pub(super) struct Head {
    name: String,
    attributes: Vec<(String, String)>,
    /// It cannot stay as it is.
    changed: bool,
}

impl Head {
    /// The tag with declarations of the prefixes that lack one; `None` when it can stay.
    pub(super) fn finish(mut self, prefixes: &Prefixes<'_>) -> Option<String> {
        if !self.changed && prefixes.missing.is_empty() {
            return None;
        }
        for prefix in &prefixes.missing {
            let name = format!("xmlns:{prefix}");
            if !self.attributes.iter().any(|(known, _)| *known == name) && is_plain(prefix) {
                self.attributes.push((name, names::of_prefix(prefix).1.to_owned()));
            }
        }
        let mut out = format!("<{}", self.name);
        for (name, value) in &self.attributes {
            tags::push_attribute(&mut out, name, value);
        }
        out.push('>');
        Some(out)
    }

    fn set(&mut self, name: &str, value: &str) {
        match self.attributes.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) if old == value => {}
            Some((_, old)) => {
                value.clone_into(old);
                self.changed = true;
            }
            None => {
                self.attributes.push((name.to_owned(), value.to_owned()));
                self.changed = true;
            }
        }
    }

    fn drop(&mut self, name: &str) {
        let before = self.attributes.len();
        self.attributes.retain(|(known, _)| known != name);
        self.changed |= self.attributes.len() != before;
    }
}

/// Whether a prefix can be declared, as far as we do that.
pub(super) fn is_plain(prefix: &str) -> bool {
    !matches!(prefix, "" | "xml" | "xmlns")
        && prefix.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

impl<'a> Walker<'a> {
    /// Opens the root; the scanner stands behind its start tag afterwards.
    pub(super) fn open_root(&mut self, root: &Root, scanner: &mut Scanner<'a>) -> Head {
        let mut head = Head { name: "rss".to_owned(), ..Head::default() };
        let mut name = "rss";
        let mut list = Vec::new();
        if root.is_missing && self.family == Family::Atom {
            name = "feed";
            head.name = name.to_owned();
            self.mended += 1;
            self.settle(&mut head);
        } else if root.is_missing {
            head.set("version", "2.0");
        } else if let Some((Token::Start { attributes, empty, torn, .. }, _)) = scanner.next() {
            name = &self.text[root.name.clone()];
            let read = tags::read(self.text, attributes, self.limits.attributes);
            head.changed = empty || torn || !read.well_formed || read.dropped > 0;
            self.cut_attributes += read.dropped;
            list = read.list;
            self.in_force = self.declarations(&list);
            self.declare(&list);
            for attribute in &list {
                let value = &self.text[attribute.value.clone()];
                let fixed = tags::fixed_refs(value);
                head.changed |= fixed.is_some();
                let value = fixed.unwrap_or_else(|| value.to_owned());
                head.attributes.push((self.text[attribute.name.clone()].to_owned(), value));
            }
            head.name = self.root_name(name);
            self.mended += usize::from(head.name != name);
            head.changed |= head.name != name;
            self.settle(&mut head);
        }
        let default_ns = match self.family {
            Family::Atom if head.name.contains(':') => Ns::Other,
            Family::Atom => Ns::Atom,
            Family::Rss | Family::Rdf | Family::Cdf => Ns::Rss,
        };
        let has_base = self.push_base(Kind::Root, name, &list);
        self.count_faults(Kind::Root, default_ns, &list, has_base);
        if !has_base {
            head.drop("xml:base");
        }
        self.extras.language = self.language(&list);
        let kind = if root.lone_entry { Kind::Item } else { Kind::Root };
        if root.lone_entry {
            self.begin_item(&list);
        }
        let place = self.edits.place(scanner.position());
        self.stack.push(Open {
            name,
            written: Cow::Owned(head.name.clone()),
            kind,
            ns: default_ns,
            default_ns,
            start: place,
            content: place,
            raw: None,
            cdata: Vec::new(),
            unwanted: false,
            has_base,
            base64: false,
            may_cut: false,
            declarations: 0,
        });
        head
    }

    /// The name that feed-rs tells the format by.
    fn root_name(&self, name: &str) -> String {
        let (prefix, local) = names::split(name);
        let wanted = match self.family {
            Family::Rss => "rss",
            Family::Rdf => "RDF",
            Family::Atom => match names::atom_name(local) {
                Some(wanted) => wanted,
                None => return name.to_owned(),
            },
            Family::Cdf => return name.to_owned(),
        };
        match prefix {
            _ if local == wanted => name.to_owned(),
            "" => wanted.to_owned(),
            prefix => format!("{prefix}:{wanted}"),
        }
    }

    /// Version and namespaces as feed-rs expects them.
    pub(super) fn settle(&mut self, head: &mut Head) {
        match self.family {
            Family::Rss => {
                head.drop("xmlns");
                let known = ["2.0", "0.91", "0.92"];
                let version = head.attributes.iter().find(|(name, _)| name == "version");
                let known_to_us = ["0.90", "0.93", "0.94", "2.0.1"];
                let stated = version.map_or("", |(_, version)| version.as_str());
                if !known.contains(&stated) && !known_to_us.contains(&stated) {
                    let detail = match clean::head(stated, 20) {
                        "" => "no version is stated".to_owned(),
                        stated => format!("there is no RSS of version \"{stated}\""),
                    };
                    self.defects.push(Defect { kind: "bad-version", detail });
                }
                if !known.contains(&stated) {
                    head.set("version", "2.0");
                }
            }
            Family::Rdf => head.set("xmlns", "http://purl.org/rss/1.0/"),
            Family::Cdf => {}
            Family::Atom if head.name.contains(':') => {}
            Family::Atom => head.set("xmlns", "http://www.w3.org/2005/Atom"),
        }
        let mut declared = 0;
        let before = head.attributes.len();
        head.attributes.retain(|(name, value)| {
            if !tags::declares(name) {
                return true;
            }
            declared += 1;
            let Some(prefix) = name.strip_prefix("xmlns:") else { return true };
            let reserved = value.starts_with("http://www.w3.org/XML/1998/namespace")
                || value.starts_with("http://www.w3.org/2000/xmlns");
            declared <= self.in_force && is_plain(prefix) && !value.is_empty() && !reserved
        });
        head.changed |= head.attributes.len() != before;
        for (name, value) in &mut head.attributes {
            let canonical = names::of_uri(value).1;
            if name.starts_with("xmlns") && !canonical.is_empty() && canonical != *value {
                canonical.clone_into(value);
                head.changed = true;
            }
        }
    }
}
