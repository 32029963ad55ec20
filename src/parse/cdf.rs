//! Channel Definition Format: what a feed was before RSS. feed-rs does not know it, so
//! it is read here, as flatly as it is written.

use super::dates::Dates;
use super::prepass::plain;
use super::scan::{Scanner, Token, attributes};
use super::sniff::Root;
use super::{ParseContext, resolve};
use crate::model::{Defect, FeedFormat, ParsedEntry, ParsedFeed};
use crate::text::html;
use std::ops::Range;
use url::Url;

pub(super) fn parse(
    text: &str,
    root: &Root,
    url: Option<&Url>,
    context: &ParseContext,
) -> ParsedFeed {
    let mut reader = Reader {
        text,
        dates: Dates::new(context),
        url: url.cloned(),
        feed: ParsedFeed { format: FeedFormat::Cdf, ..ParsedFeed::default() },
        item: None,
        open: None,
    };
    let mut scanner = Scanner::new(text, root.start);
    while let Some((token, range)) = scanner.next() {
        match token {
            Token::Start { name, attributes, empty, .. } => {
                reader.start(&text[name.clone()], attributes, range.end);
                if empty {
                    reader.end(&text[name], range.end);
                }
            }
            Token::End { name } => reader.end(&text[name], range.start),
            Token::Text | Token::CData { .. } | Token::Comment | Token::Markup => {}
        }
        if reader.feed.entries.len() == context.limits.items && reader.item.is_some() {
            let detail = format!("only the first {} were read", context.limits.items);
            reader.feed.defects.push(Defect { kind: "too-many-items", detail });
            reader.item = None;
            break;
        }
    }
    reader.finish()
}

struct Reader<'a> {
    text: &'a str,
    dates: Dates<'a>,
    url: Option<Url>,
    feed: ParsedFeed,
    item: Option<ParsedEntry>,
    /// A title or abstract: its name, and where its content begins.
    open: Option<(&'a str, usize)>,
}

/// Attributes of an element that are looked at.
const MOST_ATTRIBUTES: usize = 64;

impl<'a> Reader<'a> {
    fn start(&mut self, name: &'a str, range: Range<usize>, end: usize) {
        let list = attributes(self.text, range, MOST_ATTRIBUTES).list;
        let value = |wanted: &str| {
            let found =
                list.iter().find(|a| self.text[a.name.clone()].eq_ignore_ascii_case(wanted));
            found.map(|a| plain(&self.text[a.value.clone()])).filter(|value| !value.is_empty())
        };
        let (href, base, modified) = (value("HREF"), value("BASE"), value("LASTMOD"));
        match name.to_ascii_uppercase().as_str() {
            "CHANNEL" if self.item.is_none() => {
                if let Some(base) = base {
                    self.url = match &self.url {
                        Some(url) => url.join(&base).ok(),
                        None => Url::parse(&base).ok(),
                    };
                }
                if self.feed.link.is_none() {
                    self.feed.link = href.and_then(|href| resolve(self.url.as_ref(), &href));
                    self.feed.updated = self.dates.first(modified.as_deref()).map(|date| date.at);
                }
            }
            "ITEM" => {
                self.end("ITEM", end);
                self.item = Some(ParsedEntry {
                    link: href,
                    updated: self.dates.first(modified.as_deref()),
                    base: self.url.as_ref().map(|url| url.as_str().to_owned()),
                    ..ParsedEntry::default()
                });
            }
            "A" => {
                if let Some(item) = &mut self.item {
                    item.link = item.link.take().or(href);
                } else {
                    let link = href.and_then(|href| resolve(self.url.as_ref(), &href));
                    self.feed.link = self.feed.link.take().or(link);
                }
            }
            // Some write it as an attribute.
            "TITLE" | "ABSTRACT" => match value("VALUE") {
                Some(said) => self.say(name, &said),
                None => self.open = Some((name, end)),
            },
            _ => {}
        }
    }

    fn end(&mut self, name: &str, at: usize) {
        if name.eq_ignore_ascii_case("ITEM") {
            self.open = None;
            self.feed.entries.extend(self.item.take());
            return;
        }
        let Some((open, start)) = self.open.take_if(|(open, _)| open.eq_ignore_ascii_case(name))
        else {
            return;
        };
        let said = plain(self.text.get(start..at).unwrap_or(""));
        self.say(open, &said);
    }

    /// Notes what a title or abstract says.
    fn say(&mut self, name: &str, said: &str) {
        let said = Some(html::escape(said).into_owned()).filter(|said| !said.is_empty());
        let slot = match (&mut self.item, name.eq_ignore_ascii_case("TITLE")) {
            (Some(item), true) => &mut item.title,
            (Some(item), false) => &mut item.summary,
            (None, true) => &mut self.feed.title,
            (None, false) => &mut self.feed.description,
        };
        *slot = slot.take().or(said);
    }

    fn finish(mut self) -> ParsedFeed {
        if let Some((open, _)) = self.open {
            self.end(open, self.text.len());
        }
        self.feed.entries.extend(self.item.take());
        self.feed.defects.append(&mut self.dates.defects);
        self.feed.faulty_items = self.dates.misses;
        self.feed
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Document, Limits, ParseContext};
    use crate::model::{FeedFormat, Timestamp};

    #[test]
    fn a_channel_of_items_is_read() {
        let text = "<?XML VERSION=\"1.0\"?><CHANNEL HREF=\"http://a.cn/\" BASE=\"http://b.cn/x/\">\
            <TITLE>频道 &amp; 1</TITLE><ITEM HREF=\"1.htm\" LASTMOD=\"2004-04-06T23:05-05:00\">\
            <TITLE>甲</TITLE><ABSTRACT>乙</ABSTRACT></ITEM><ITEM><A HREF=\"2\"/><Title VALUE=\"丙\"/>";
        let context = ParseContext {
            zone: chrono_tz::Tz::UTC,
            polled_at: Timestamp(1_795_507_200),
            limits: Limits::default(),
        };
        let document = Document { bytes: text.as_bytes(), content_type: None, url: None };
        let feed = super::super::parse(&document, &context).expect("a feed");
        assert_eq!((feed.format, feed.title.as_deref()), (FeedFormat::Cdf, Some("频道 &amp; 1")));
        let [first, second] = feed.entries.as_slice() else { panic!("{feed:?}") };
        assert_eq!(first.link.as_deref(), Some("1.htm"));
        assert_eq!(first.base.as_deref(), Some("http://b.cn/x/"));
        assert_eq!(first.updated.map(|d| d.at.rfc3339()).as_deref(), Some("2004-04-07T04:05:00Z"));
        assert_eq!(first.summary.as_deref(), Some("乙"));
        assert_eq!((second.title.as_deref(), second.link.as_deref()), (Some("丙"), Some("2")));
        let limits = Limits { items: 1, ..Limits::default() };
        let feed = super::super::parse(&document, &ParseContext { limits, ..context });
        assert_eq!(feed.expect("a feed").entries.len(), 1);
    }
}
