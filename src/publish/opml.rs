//! Lists of our feeds in OPML 2.0, for readers that subscribe to many at once.
//!
//! A region with others below it is a folder that begins with its own feed: most readers
//! pass over what lies within an outline that is a feed itself. Topics and sources are
//! folders of their own behind it. What is listed follows from the settings alone.

use super::address::{self, Format};
use super::names::Names;
use super::view::ChannelInfo;
use super::window::Window;
use super::xml;
use crate::model::{Channel, Region, RegionCode, SourceInfo};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// Without parameters, as links state it.
pub const MEDIA_TYPE: &str = "text/x-opml";
/// Value of the `Content-Type` header.
pub const CONTENT_TYPE: &str = "text/x-opml; charset=utf-8";
/// As a person reads it.
pub const LABEL: &str = "OPML";
/// What readers take for a feed, in whatever format.
const FEED_TYPE: &str = "rss";
const SPECIFICATION: &str = "http://opml.org/spec2.opml";

/// The feeds of a region and of all below it, or of everything, with those of `sources`.
///
/// `window`: how each is to show its entries. `None`: the region is not published.
pub fn outlines(
    names: &Names<'_>,
    region: Option<&RegionCode>,
    sources: &[SourceInfo],
    window: Window,
) -> Option<Vec<u8>> {
    let own = match region {
        None => Channel::All,
        Some(code) => Channel::Region(code.clone()),
    };
    let info = names.channel(&own)?;
    let writer = Writer::new_with_indent(Vec::new(), b' ', 1);
    let mut list = List { names, window, writer };
    list.writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None))).ok()?;
    let mut opml = BytesStart::new("opml");
    opml.push_attribute(("version", "2.0"));
    list.write(Event::Start(opml));
    list.head(&info);
    list.write(Event::Start(BytesStart::new("body")));
    match region.and_then(|code| names.regions.get(code)) {
        Some(region) => list.region(region),
        None => {
            list.feed(&info);
            names.top().into_iter().for_each(|region| list.region(region));
        }
    }
    let topics = names.topics.iter().filter_map(|topic| {
        let id = topic.id.clone();
        names.channel(&match region {
            None => Channel::Topic(id),
            Some(code) => Channel::RegionTopic(code.clone(), id),
        })
    });
    list.folder(names.words().topics(), topics);
    list.folder(names.words().sources(), sources.iter().map(|info| names.source_channel(info)));
    list.write(Event::End(BytesEnd::new("body")));
    list.write(Event::End(BytesEnd::new("opml")));
    let mut document = list.writer.into_inner();
    document.push(b'\n');
    Some(xml::legalise(document))
}

struct List<'a> {
    names: &'a Names<'a>,
    window: Window,
    writer: Writer<Vec<u8>>,
}

impl List<'_> {
    fn write(&mut self, event: Event<'_>) {
        self.writer.write_event(event).expect("writing to a vector cannot fail");
    }

    fn head(&mut self, info: &ChannelInfo) {
        self.write(Event::Start(BytesStart::new("head")));
        let home = self.names.site.base_url.to_string();
        for (name, text) in
            [("title", info.feed_title.as_str()), ("ownerId", &home), ("docs", SPECIFICATION)]
        {
            self.write(Event::Start(BytesStart::new(name)));
            self.write(Event::Text(BytesText::new(text)));
            self.write(Event::End(BytesEnd::new(name)));
        }
        self.write(Event::End(BytesEnd::new("head")));
    }

    fn region(&mut self, region: &Region) {
        let Some(info) = self.names.channel(&Channel::Region(region.code.clone())) else { return };
        let below: Vec<&Region> = self.names.regions.children(Some(&region.code)).collect();
        if below.is_empty() {
            return self.feed(&info);
        }
        self.open(&region.name);
        self.feed(&info);
        below.into_iter().for_each(|region| self.region(region));
        self.close();
    }

    fn folder(&mut self, title: &str, feeds: impl Iterator<Item = ChannelInfo>) {
        let mut feeds = feeds.peekable();
        if feeds.peek().is_some() {
            self.open(title);
            feeds.for_each(|info| self.feed(&info));
            self.close();
        }
    }

    fn open(&mut self, title: &str) {
        let mut outline = BytesStart::new("outline");
        outline.push_attribute(("text", title));
        outline.push_attribute(("title", title));
        self.write(Event::Start(outline));
    }

    fn close(&mut self) {
        self.write(Event::End(BytesEnd::new("outline")));
    }

    fn feed(&mut self, info: &ChannelInfo) {
        let site = self.names.site;
        let path = |format: Format| {
            address::with_window(&address::with_format(&info.page, format), self.window)
        };
        let [feed, page] = [Format::Atom, Format::Html].map(|f| address::url(site, &path(f)));
        let mut outline = BytesStart::new("outline");
        for attribute in [
            ("type", FEED_TYPE),
            ("text", &info.feed_title),
            ("title", &info.feed_title),
            ("xmlUrl", &feed),
            ("htmlUrl", &page),
        ] {
            outline.push_attribute(attribute);
        }
        self.write(Event::Empty(outline));
    }
}
