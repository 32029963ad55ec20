//! Opening and closing of elements: the tree stays balanced whatever comes.

use super::super::Limits;
use super::super::extras::ItemExtras;
use super::super::kinds::{self, Field, Kind, Markup};
use super::super::names::{self, Ns};
use super::super::scan::Attribute;
use super::super::sniff::Family;
use super::{Open, Walker, fields, root, tags};
use crate::model::FeedFormat;
use crate::text::{clean, html};
use memchr::memmem;
use std::borrow::Cow;
use std::ops::Range;

/// An item that is longer has something in it.
const EMPTY_BYTES: usize = 256;

impl<'a> Walker<'a> {
    pub(super) fn start_tag(
        &mut self,
        name: Range<usize>,
        attributes: Range<usize>,
        empty: bool,
        torn: bool,
        range: Range<usize>,
    ) {
        let full = &self.text[name.clone()];
        let (prefix, local) = names::split(full);
        let tags::Attributes { list, well_formed, dropped } =
            tags::read(self.text, attributes, self.limits.attributes);
        self.cut_attributes += dropped;
        self.declare(&list);
        let default_ns = self.default_ns(&list);
        let ns = if prefix.is_empty() { default_ns } else { self.prefixes.resolve(prefix) };
        let renamed = self.renamed(ns, local);
        let local = renamed.unwrap_or(local);

        if let Some(Kind::Markup(markup)) = self.stack.last().map(|open| open.kind) {
            let ends = match self.family {
                Family::Atom => self.begins_item(ns, local),
                Family::Rss | Family::Rdf | Family::Cdf => kinds::ends_text(markup, ns, local),
            };
            if !ends {
                return self.begin_raw(name, empty, range);
            }
            self.close_missing(self.stack.len() - 1, range.start);
        }
        if empty && list.is_empty() && self.begins_item(ns, local) && self.is_in_item() {
            // It says nothing, least of all that the item around it has ended.
            self.mended += 1;
            return self.edits.replace(range, "");
        }
        self.close_unfinished(ns, local, range.start);

        let most = self.limits.depth.min(Limits::DEEPEST);
        if self.stack.len() >= most {
            if self.too_deep == 0 {
                self.defect("too-deep", format!("tags below depth {most} were dropped"));
            }
            self.too_deep += usize::from(!empty);
            return self.edits.replace(range, "");
        }
        let in_item = self.is_in_item();
        let parent = self.stack.last().map_or(Kind::Other, |open| open.kind);
        let kind = kinds::kind(self.family, parent, in_item, ns, local);
        if self.family == Family::Rss
            && parent == Kind::Channel
            && matches!(local, "channel" | "rss")
        {
            // A second channel, or a second feed: its items join the first.
            return self.edits.replace(range, "");
        }
        if self.family == Family::Rss && parent == Kind::Root && kind == Kind::Item {
            self.open_missing_channel(range.start);
        }
        if kind == Kind::Item {
            self.begin_item(&list);
            if self.extras.items.len() > self.limits.items {
                return;
            }
        }
        self.has_channel |= kind == Kind::Channel;
        // Items beside an empty channel belong to it all the same.
        let stays_open = empty && kind == Kind::Channel && self.items_follow(range.end);
        self.mended += usize::from(stays_open);
        let empty = empty && !stays_open;
        // feed-rs takes an element whose prefix is not bound for one of its own.
        let unbindable = !prefix.is_empty() && !root::is_plain(prefix);
        let written = match renamed {
            _ if unbindable => Cow::Borrowed("unnamed"),
            None => Cow::Borrowed(full),
            Some(local) if prefix.is_empty() => Cow::Borrowed(local),
            Some(local) => Cow::Owned(format!("{prefix}:{local}")),
        };
        let start = self.edits.place(range.start);
        let base64 = self.is_base64(kind, ns, &list);
        let again = kind == Kind::Markup(Markup::Title) && *self.titled(parent);
        let unwanted = self.note_attributes(kind, &list) && !base64 || again;
        let has_base = self.push_base(kind, local, &list);
        self.count_faults(kind, ns, &list, has_base);
        let declarations = self.declarations(&list);
        self.in_force += declarations;
        // An item gets an end tag, so that something can be put before it.
        let ends_later = empty && kind == Kind::Item;
        let tag = tags::Tag {
            name: &written,
            list: &list,
            kind,
            ns,
            empty: empty && !ends_later,
            has_base,
            declarations,
            as_html: base64 && matches!(kind, Kind::Markup(_)),
            lower: self.family == Family::Atom && ns == Ns::Atom,
        };
        if torn
            || base64
            || ends_later
            || stays_open
            || unbindable
            || !well_formed
            || dropped > 0
            || renamed.is_some()
            || tag.differs(self.text)
        {
            self.mended += usize::from(torn || !well_formed);
            self.edits.replace(range.clone(), tag.write(self.text));
        }
        self.stack.push(Open {
            name: full,
            written,
            kind,
            ns,
            default_ns,
            start,
            content: self.edits.place(range.end),
            raw: None,
            cdata: Vec::new(),
            unwanted: unwanted || matches!(kind, Kind::Unwanted | Kind::Markup(Markup::Kept(_))),
            has_base,
            declarations,
            base64,
            may_cut: !base64 && self.may_cut(kind, &list),
        });
        if ends_later {
            self.close_down_to(self.stack.len() - 1, range.end);
        } else if empty {
            self.finish(range.end, range.end);
        }
    }

    pub(super) fn count_faults(&mut self, kind: Kind, ns: Ns, list: &[Attribute], has_base: bool) {
        for attribute in list {
            let value = &self.text[attribute.value.clone()];
            match &self.text[attribute.name.clone()] {
                "xml:base" => self.faults.bases += usize::from(!has_base),
                "type" if ns == Ns::Atom && matches!(kind, Kind::Markup(_)) => {
                    let is_known = match self.extras.format {
                        FeedFormat::Atom03 => tags::text_type(value).is_some(),
                        _ => matches!(value, "text" | "html" | "xhtml"),
                    };
                    let may_be_any = kind == Kind::Markup(Markup::AtomContent);
                    self.faults.types += usize::from(!is_known && !may_be_any);
                }
                "time" | "start" | "end" | "duration" => {
                    self.faults.numbers += usize::from(tags::has_long_number(value));
                }
                _ => self.faults.references += usize::from(tags::fixed_refs(value).is_some()),
            }
        }
    }

    fn open_missing_channel(&mut self, at: usize) {
        let start = self.edits.place(at);
        self.edits.insert(at, "<channel>");
        self.mended += 1;
        self.has_channel = true;
        self.stack.push(Open {
            name: "channel",
            written: Cow::Borrowed("channel"),
            kind: Kind::Channel,
            ns: Ns::Rss,
            default_ns: Ns::Rss,
            start,
            content: self.edits.place(at),
            raw: None,
            cdata: Vec::new(),
            unwanted: false,
            has_base: false,
            declarations: 0,
            base64: false,
            may_cut: false,
        });
    }

    /// Atom 0.3's names as Atom 1.0 has them, and RSS's in its own letters.
    fn renamed(&self, ns: Ns, local: &str) -> Option<&'static str> {
        if ns == Ns::Rss {
            return names::rss_name(local);
        }
        if ns != Ns::Atom || self.family != Family::Atom {
            return None;
        }
        let lower = names::atom_name(local);
        match lower.unwrap_or(local) {
            "url" | "homepage" => Some("uri"),
            _ if self.extras.format != FeedFormat::Atom03 => lower,
            "tagline" => Some("subtitle"),
            "copyright" => Some("rights"),
            _ => lower,
        }
    }

    /// Ends what must have ended before this element can begin: a field before the
    /// next, an item before the next.
    fn close_unfinished(&mut self, ns: Ns, local: &str, at: usize) {
        let depth = self.stack.len();
        if let [.., parent, open] = self.stack.as_slice()
            && matches!(open.kind, Kind::Field(field) if !matches!(field, Field::Contact | Field::Author))
        {
            let kind = kinds::kind(self.family, parent.kind, parent.kind == Kind::Item, ns, local);
            if matches!(kind, Kind::Field(_) | Kind::Markup(_)) {
                self.close_missing(depth - 1, at);
            }
        }
        if !self.begins_item(ns, local) {
            return;
        }
        match self.stack.iter().position(|open| open.kind == Kind::Item) {
            Some(depth) => {
                self.too_deep = 0;
                self.close_missing(depth, at);
            }
            None => self.close_before_item(at),
        }
    }

    fn begins_item(&self, ns: Ns, local: &str) -> bool {
        match self.family {
            Family::Atom => ns == Ns::Atom && local == "entry",
            Family::Rss | Family::Rdf | Family::Cdf => ns == Ns::Rss && local == "item",
        }
    }

    fn is_in_item(&self) -> bool {
        self.stack.iter().any(|open| open.kind == Kind::Item)
    }

    pub(super) fn close_missing(&mut self, depth: usize, at: usize) {
        self.mended += self.stack.len() - depth;
        self.close_down_to(depth, at);
    }

    pub(super) fn end_tag(&mut self, name: Range<usize>, range: Range<usize>) {
        let wanted = &self.text[name.clone()];
        let same = |open: &Open<'_>| open.name == wanted;
        let alike = |open: &Open<'_>| open.name.eq_ignore_ascii_case(wanted);
        let found =
            self.stack.iter().rposition(same).or_else(|| self.stack.iter().rposition(alike));
        if self.too_deep > 0 {
            let holds_items = |kind| matches!(kind, Kind::Root | Kind::Channel | Kind::Item);
            if found.is_none_or(|at| !holds_items(self.stack[at].kind)) {
                self.too_deep -= 1;
                return self.edits.replace(range, "");
            }
            self.too_deep = 0;
        }
        let Some(found) = found else {
            self.mended += 1;
            return self.edits.replace(range, "");
        };
        if matches!(self.stack[found].kind, Kind::Channel | Kind::Root)
            && self.items_follow(range.end)
        {
            // Items beside the channel, or after the root, belong to it all the same.
            self.mended += usize::from(self.stack[found].kind == Kind::Root);
            return self.edits.replace(range, "");
        }
        self.close_missing(found + 1, range.start);
        self.before_end(range.start);
        if let Some(open) = self.stack.last()
            && (self.text[name.clone()] != *open.written
                || self.text[name.end..range.end].trim_ascii_start() != ">")
        {
            let tag = format!("</{}>", open.written);
            self.edits.replace(range.clone(), tag);
        }
        let ends_item = self.stack.last().is_some_and(|open| open.kind == Kind::Item);
        self.ended_items += usize::from(ends_item);
        self.finish(range.start, range.end);
    }

    /// Whether items of RSS begin at or after a place.
    fn items_follow(&self, at: usize) -> bool {
        let last_item = || memmem::rfind(self.text.as_bytes(), b"<item");
        self.family == Family::Rss && self.last_item.get_or_init(last_item).is_some_and(|i| i >= at)
    }

    /// Ends elements whose end tags are missing until `depth` are left.
    pub(super) fn close_down_to(&mut self, depth: usize, at: usize) {
        while self.stack.len() > depth {
            self.before_end(at);
            if let Some(open) = self.stack.last() {
                let tag = format!("</{}>", open.written);
                self.edits.insert(at, tag);
            }
            self.finish(at, at);
        }
    }

    /// Writes what must stand before the end tag of the innermost element.
    fn before_end(&mut self, at: usize) {
        let Some(open) = self.stack.last() else { return };
        match open.kind {
            Kind::Markup(Markup::Kept(kept)) => return self.keep(kept, at),
            Kind::Markup(_) if open.base64 => return self.open_base64(at),
            _ => {}
        }
        if open.raw.is_some() {
            self.edits.insert(at, "]]>");
        }
        // feed-rs wants a channel, empty or not.
        if self.family == Family::Rss && open.kind == Kind::Root && !self.has_channel {
            self.edits.insert(at, "<channel></channel>");
        }
        // feed-rs drops an item of RSS 1.0 without a link.
        if self.family == Family::Rdf
            && open.kind == Kind::Item
            && let Some(item) = self.extras.items.last()
            && (item.link.is_none() || item.link_is_hidden)
        {
            let about = html::escape(item.about.as_deref().unwrap_or("about:blank"));
            let link = format!("<link xmlns=\"http://purl.org/rss/1.0/\">{about}</link>");
            self.edits.insert(at, link);
        }
    }

    /// Takes the innermost element off the stack: its content ended at `content_end`,
    /// its end tag at `end`.
    pub(super) fn finish(&mut self, content_end: usize, end: usize) {
        let Some(open) = self.stack.pop() else { return };
        self.in_force -= open.declarations;
        let content = self.text.get(open.content.at..content_end).unwrap_or("");
        let wanted = self.note(&open, content);
        if open.kind == Kind::Markup(Markup::Title) && !content.trim().is_empty() {
            let parent = self.stack.last().map_or(Kind::Other, |open| open.kind);
            *self.titled(parent) = true;
        }
        if open.kind == Kind::Item
            && content.len() <= EMPTY_BYTES
            && !content.contains('=')
            && let Some(item) = self.extras.items.last_mut()
        {
            item.is_empty = item.about.is_none() && fields::plain(content).is_empty();
        }
        if open.unwanted || !wanted {
            self.edits.rewind(open.start);
            self.edits.replace(open.start.at..end, "");
        } else if open.may_cut && open.raw.is_none() {
            self.cut(&open, content_end);
        } else if open.kind == Kind::Item {
            self.items.push((open.start, self.edits.place(end)));
        }
        if open.has_base {
            self.bases.pop();
        }
    }

    /// Whether what a title stands in has one.
    fn titled(&mut self, parent: Kind) -> &mut bool {
        match self.extras.items.last_mut() {
            Some(item) if parent == Kind::Item => &mut item.titled,
            _ => &mut self.extras.titled,
        }
    }

    pub(super) fn begin_item(&mut self, list: &[Attribute]) {
        if self.closing.is_empty() {
            for open in self.stack.iter().rev() {
                self.closing.push_str(&format!("</{}>", open.written));
            }
        }
        let value = |local: &str| {
            let found =
                list.iter().find(|a| names::split(&self.text[a.name.clone()]).1 == local)?;
            Some(fields::plain(&self.text[found.value.clone()]))
        };
        let item = ItemExtras {
            about: value("about").filter(|about| !about.is_empty()),
            language: self.language(list).or_else(|| self.extras.language.clone()),
            base: self.base(),
            ..ItemExtras::default()
        };
        self.extras.items.push(item);
    }

    pub(super) fn language(&self, list: &[Attribute]) -> Option<String> {
        let found = list.iter().find(|a| &self.text[a.name.clone()] == "xml:lang")?;
        clean::non_empty(&self.text[found.value.clone()]).map(str::to_owned)
    }

    /// The `xml:base` in force, if any is.
    pub(super) fn base(&self) -> Option<String> {
        let own = self.bases.len() > usize::from(self.has_url);
        own.then(|| self.bases.last().map(|base| base.as_str().to_owned()))?
    }
}
