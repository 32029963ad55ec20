//! Documents of the sample site: kept byte for byte, and read back by other readers.

mod admin;

use super::*;
use crate::model::{
    Channel, Comparison, Cursor, EntryNo, Month, RegionCode, RegionTree, Site, SourceInfo,
    StoredEntry, Timestamp, Topic,
};
use std::path::PathBuf;
use std::sync::Arc;

struct Sample {
    site: Site,
    regions: RegionTree,
    topics: Vec<Topic>,
    sources: Vec<SourceInfo>,
    entries: Vec<StoredEntry>,
    comparison: Comparison,
    chain: Chain,
}

impl Sample {
    fn new() -> Self {
        Sample {
            site: sample::site(),
            regions: sample::regions(),
            topics: sample::topics(),
            sources: sample::sources(),
            entries: sample::entries(),
            comparison: sample::comparison(),
            chain: Chain { prev: Some(archive("2026-11", Some(7))), ..Chain::default() },
        }
    }

    fn names(&self) -> Names<'_> {
        Names::new(&self.site, &self.regions, &self.topics, &[])
    }

    /// All entries; the first one has a reprint, which is the second.
    fn items(&self) -> Vec<Item<'_>> {
        let names = self.names();
        let source = |id| self.sources.iter().find(|source| &source.id == id).expect("known");
        let also = |stored| Also { stored, source: source(&stored.source) };
        self.entries
            .iter()
            .enumerate()
            .map(|(index, stored)| {
                let copies = if index == 0 { vec![also(&self.entries[1])] } else { Vec::new() };
                let first = (index == 1).then(|| also(&self.entries[0]));
                names.item(stored, source(&stored.source), first, copies)
            })
            .collect()
    }

    /// That of the first entry.
    fn story(&self) -> Story<'_> {
        let other = Also { stored: &self.entries[2], source: &self.sources[0] };
        let (id, others) = (other.stored.no, vec![(other, 912)]);
        Story { id, others, evidence: Some((other, &self.comparison)) }
    }

    fn channel(&self) -> ChannelInfo {
        let xingping = Channel::Region(RegionCode::new("cn610481"));
        self.names().channel(&xingping).expect("published")
    }
}

/// Of the sample's channel.
fn archive(month: &str, until: Option<u64>) -> Part {
    let month = Month::parse(month).expect("a month");
    let page = "/r/shaanxi/xianyang/xingping";
    Part::archive(page, month, until.map(EntryNo), Window::default())
}

fn doc<'a>(sample: &'a Sample, channel: &'a ChannelInfo, items: &'a [Item<'a>]) -> FeedDoc<'a> {
    FeedDoc {
        site: &sample.site,
        channel,
        items,
        updated: Timestamp(sample::NOON + 3600),
        window: Window { limit: Some(3), ..Window::default() },
        next: items.last().map(|item| item.stored.cursor()),
        chain: &sample.chain,
        taken_down: &[],
        nearby: &[],
        hub: Some("https://wire.example.org/hub"),
    }
}

fn render(sample: &Sample, format: Format) -> Vec<u8> {
    let (channel, items) = (sample.channel(), sample.items());
    feed(&doc(sample, &channel, &items), format).expect("a feed")
}

/// Compares with `tests/golden/`; `COUNTYWIRE_BLESS=1` writes it instead.
fn golden(name: &str, bytes: &[u8]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("COUNTYWIRE_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("writable");
        std::fs::write(&path, bytes).expect("writable");
    }
    let kept = std::fs::read(&path).unwrap_or_default();
    assert!(
        kept == bytes,
        "{name} differs from tests/golden/{name}; look, then set COUNTYWIRE_BLESS=1\n{}",
        String::from_utf8_lossy(bytes)
    );
}

#[test]
fn feeds_are_what_they_were() {
    let sample = Sample::new();
    golden("xingping.atom", &render(&sample, Format::Atom));
    golden("xingping.rss", &render(&sample, Format::Rss));
    golden("xingping.json", &render(&sample, Format::Json));
    let items = sample.items();
    let document = json::entry(&sample.site, &items[0], &sample.story(), &onward(&items));
    golden("entry.json", &document);
}

#[test]
fn an_address_of_a_picture_is_escaped_in_each_format() {
    let mut sample = Sample::new();
    let address = "https://a.example/?w=1&h=\"<2>\"";
    let entry = Arc::make_mut(&mut sample.entries[0].entry);
    let picture = entry.picture.expect("chosen") as usize;
    entry.media[picture].url = address.to_owned();
    for format in Format::FEEDS {
        let feed = feed_rs::parser::parse(render(&sample, format).as_slice()).expect("a feed");
        let media = feed.entries[0].media.iter().flat_map(|media| &media.content);
        let mut urls = media.filter_map(|content| content.url.as_ref());
        let is_it = |url: &url::Url| url.query() == Some("w=1&h=%22%3C2%3E%22");
        assert!(format == Format::Json || urls.any(is_it), "{format:?}");
    }
}

#[test]
fn an_archive_is_the_same_feed_and_leads_on() {
    let sample = Sample::new();
    let month = Month::parse("2026-10").expect("a month");
    let channel = sample.names().archive(sample.channel(), month);
    let chain = Chain {
        is_archive: true,
        current: Some(Part::current("/r/shaanxi/xianyang/xingping", Window::default())),
        prev: Some(archive("2026-09", Some(u64::MAX))),
        next: Some(archive("2026-11", None)),
    };
    let items = sample.items();
    let window = Window { until: Some(EntryNo(0xff)), ..Window::default() };
    let doc = FeedDoc { chain: &chain, window, next: None, ..doc(&sample, &channel, &items) };
    let base = "https://wire.example.org/r/shaanxi/xianyang/xingping";
    let text = |format| String::from_utf8(feed(&doc, format).expect("a feed")).expect("UTF-8");
    let (atom, rss, json) = (text(Format::Atom), text(Format::Rss), text(Format::Json));
    let links = [
        ("self", "/2026-10", "?until=ff"),
        ("current", "", ""),
        ("prev-archive", "/2026-09", "?until=end"),
        ("next-archive", "/2026-11", ""),
    ];
    for (rel, path, query) in links {
        for (document, suffix) in [(&atom, ".atom"), (&rss, ".rss")] {
            let href = format!("href=\"{base}{path}{suffix}{query}\"");
            let tag = document.split('<').find(|tag| tag.contains(&href));
            let tag = tag.unwrap_or_else(|| panic!("no {href} in {document}"));
            assert!(tag.contains(&format!("rel=\"{rel}\"")), "{tag}");
        }
    }
    for document in [&atom, &rss] {
        assert!(document.contains("<fh:archive"), "{document}");
    }
    assert!(atom.contains(&sample.channel().id), "the same feed");
    assert!(atom.contains(&format!("{base}/2026-10?until=ff\"")), "its own page");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let history = serde_json::json!({
        "archive": true,
        "current": format!("{base}.json"),
        "prev_archive": format!("{base}/2026-09.json?until=end"),
        "next_archive": format!("{base}/2026-11.json"),
    });
    assert_eq!(json["_countywire"]["history"], history);
    assert_eq!(json["next_url"], history["prev_archive"]);
}

#[test]
fn atom_tells_of_entries_that_were_taken_down_and_no_other_format_does() {
    let sample = Sample::new();
    let (channel, items) = (sample.channel(), sample.items());
    let gone = [("http://a.example/?a&b".to_owned(), Timestamp(sample::NOON))];
    let doc = FeedDoc { taken_down: &gone, ..doc(&sample, &channel, &items) };
    let text = |format| String::from_utf8(feed(&doc, format).expect("a feed")).expect("UTF-8");
    let atom = text(Format::Atom);
    let expected =
        "<at:deleted-entry ref=\"http://a.example/?a&amp;b\" when=\"2026-11-24T08:00:00Z\"";
    assert!(atom.contains(expected), "{atom}");
    assert!(atom.contains("xmlns:at=\"http://purl.org/atompub/tombstones/1.0\""), "{atom}");
    assert!(!text(Format::Rss).contains("a.example/?a"));
    assert!(!text(Format::Json).contains("a.example/?a"));
}

fn region_page(sample: &Sample) -> Vec<u8> {
    let (channel, items) = (sample.channel(), sample.items());
    let names = sample.names();
    let mut page = names.channel_page(&channel, &items, &mut |channel| match channel {
        Channel::RegionTopic(..) => Some(2),
        _ => None,
    });
    page.next = Some(sample.entries[2].cursor());
    channel_page(&page)
}

fn portal(sample: &Sample) -> Vec<u8> {
    let channel = sample.names().channel(&Channel::All).expect("published");
    let items = sample.items();
    portal_page(&sample.names().portal_page(&channel, &items, &mut |channel| match channel {
        Channel::Region(code) if code.as_str().starts_with("us") => Some(0),
        _ => Some(3),
    }))
}

fn onward<'a>(items: &[Item<'a>]) -> Onward<'a> {
    let also = |item: &Item<'a>| Also { stored: item.stored, source: item.source };
    Onward { next: items.get(2).map(also), related: items[1..].iter().map(also).collect() }
}

fn first_entry(sample: &Sample) -> Vec<u8> {
    let items = sample.items();
    entry_page(&sample.names().entry_page(&items[0], &sample.story(), &onward(&items)))
}

fn source_page(sample: &Sample) -> Vec<u8> {
    let channel = sample.names().source_channel(&sample.sources[0]);
    let items = sample.items();
    let mut page = sample.names().channel_page(&channel, &items[..1], &mut |_| None);
    page.window.before = Some(Cursor { sort_at: Timestamp(1), no: EntryNo(1) });
    channel_page(&page)
}

fn pictures(sample: &Sample) -> Vec<u8> {
    let channel = Channel::Pictures(Some(RegionCode::new("cn610481")));
    let channel = sample.names().channel(&channel).expect("published");
    let items = sample.items();
    pictures_page(&sample.names().channel_page(&channel, &items[..1], &mut |_| None))
}

#[test]
fn pages_are_what_they_were() {
    let sample = Sample::new();
    golden("xingping.html", &region_page(&sample));
    golden("pictures.html", &pictures(&sample));
    golden("entry.html", &first_entry(&sample));
    golden("portal.html", &portal(&sample));
    golden("source.html", &source_page(&sample));
    golden("404.html", &error_page(&sample.site, 404, "no such page", &[]));
}

#[test]
fn the_same_data_give_the_same_bytes() {
    let (one, two) = (Sample::new(), Sample::new());
    for format in Format::FEEDS {
        assert_eq!(render(&one, format), render(&two, format));
    }
    assert_eq!(region_page(&one), region_page(&two));
}

/// Reads to the end with names checked.
fn assert_well_formed(xml: &[u8]) {
    let text = std::str::from_utf8(xml).expect("UTF-8");
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"), "{text}");
    let legal = |c: char| !matches!(c, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    assert!(text.chars().all(legal));
    let mut reader = quick_xml::NsReader::from_str(text);
    reader.config_mut().check_end_names = true;
    loop {
        match reader.read_resolved_event().expect("well-formed") {
            (_, quick_xml::events::Event::Eof) => break,
            (resolved, event @ quick_xml::events::Event::Start(_)) => {
                let unknown = matches!(resolved, quick_xml::name::ResolveResult::Unknown(_));
                assert!(!unknown, "undeclared prefix: {event:?}");
            }
            _ => {}
        }
    }
}

#[test]
fn another_reader_reads_back_what_was_stored() {
    let sample = Sample::new();
    for format in Format::FEEDS {
        let bytes = render(&sample, format);
        if format != Format::Json {
            assert_well_formed(&bytes);
        }
        let parsed = feed_rs::parser::parse(bytes.as_slice()).expect("a feed");
        assert_eq!(parsed.title.expect("a title").content, "兴平市 · 县闻", "{format:?}");
        assert_eq!(parsed.entries.len(), sample.entries.len());
        for (read, stored) in parsed.entries.iter().zip(&sample.entries) {
            let entry = &stored.entry;
            assert_eq!(read.id, stored.public_id, "{format:?}");
            assert_eq!(read.title.as_ref().expect("a title").content, entry.title, "{format:?}");
            let link = entry
                .link
                .clone()
                .unwrap_or_else(|| address::url(&sample.site, &address::entry_path(stored.key())));
            assert!(read.links.iter().any(|read| read.href == link), "{format:?} {link}");
            let published = read.published.expect("a date");
            assert_eq!(Timestamp::from(published), stored.published, "{format:?}");
            if format != Format::Rss {
                let updated = read.updated.expect("a date");
                assert_eq!(Timestamp::from(updated), stored.updated, "{format:?}");
            }
            let content = read.content.as_ref().and_then(|content| content.body.as_deref());
            assert_eq!(content.unwrap_or(""), entry.content, "{format:?}");
        }
    }
}

#[test]
fn rss_says_of_a_guid_what_is_true() {
    let sample = Sample::new();
    let rss = String::from_utf8(render(&sample, Format::Rss)).expect("UTF-8");
    let link = "https://xianyang-daily.example.cn/a/1?x=1&amp;y=2";
    assert!(
        rss.contains(&format!("<guid>{link}</guid>"))
            || rss.contains(&format!("<guid isPermaLink=\"true\">{link}</guid>")),
        "{rss}"
    );
    for id in [&sample.entries[1].public_id, &sample.entries[2].public_id] {
        assert!(rss.contains(&format!("<guid isPermaLink=\"false\">{id}</guid>")), "{rss}");
    }
}

#[test]
fn illegal_characters_reach_no_document() {
    let mut sample = Sample::new();
    let entry = Arc::make_mut(&mut sample.entries[0].entry);
    entry.title = "坏\u{0}字\u{FFFE}符".to_owned();
    entry.content = "<p>]]\u{0}>]]></p>\u{1f}".to_owned();
    entry.byline = Some("\u{8}\u{FFFF}".to_owned());
    for format in [Format::Atom, Format::Rss] {
        let bytes = render(&sample, format);
        assert_well_formed(&bytes);
        let parsed = feed_rs::parser::parse(bytes.as_slice()).expect("a feed");
        let title = parsed.entries[0].title.as_ref().expect("a title");
        assert_eq!(title.content, "坏 字\u{FFFD}符");
        let content = parsed.entries[0].content.as_ref().and_then(|content| content.body.clone());
        assert_eq!(content.as_deref().map(str::trim_end), Some("<p>]] >]]></p>"), "{format:?}");
    }
    let page = first_entry(&sample);
    assert!(!page.contains(&0));
}

#[test]
fn markup_in_plain_text_stays_text() {
    let mut sample = Sample::new();
    let evil = "\"><script>alert(1)</script>";
    let entry = Arc::make_mut(&mut sample.entries[0].entry);
    entry.title = evil.to_owned();
    entry.summary = evil.to_owned();
    entry.byline = Some(evil.to_owned());
    entry.credit = Some(evil.to_owned());
    entry.language = Some(evil.to_owned());
    entry.regions[0].evidence = evil.to_owned();
    entry.link = Some("javascript:alert(1)".to_owned());
    entry.media[0].title = Some(evil.to_owned());
    entry.media[1].url = "JavaScript:alert(1)".to_owned();
    entry.comments.as_mut().expect("given").link = Some("data:text/html,x".to_owned());
    sample.sources[0].title = evil.to_owned();
    sample.sources[0].site_url = Some("javascript:alert(2)".to_owned());
    let pages = [first_entry(&sample), region_page(&sample), portal(&sample), source_page(&sample)];
    for page in pages.into_iter().chain([pictures(&sample)]) {
        let page = String::from_utf8(page).expect("UTF-8");
        assert!(!page.contains("<script"), "{page}");
        for scheme in ["javascript:", "JavaScript:", "data:"] {
            assert!(!page.contains(&format!("=\"{scheme}")), "{page}");
        }
    }
}

#[test]
fn links_of_pages_respect_a_path_in_the_base_url() {
    let mut sample = Sample::new();
    sample.site.base_url = url::Url::parse("https://example.org/news/").expect("valid");
    let pages = [
        first_entry(&sample),
        region_page(&sample),
        portal(&sample),
        source_page(&sample),
        pictures(&sample),
        error_page(&sample.site, 404, "no such page", &[]),
    ];
    for page in pages {
        let page = String::from_utf8(page).expect("UTF-8");
        for href in page.split("href=\"").skip(1) {
            let kept = ["/news/", "https://", "#"].iter().any(|start| href.starts_with(start));
            assert!(kept, "{href}");
        }
    }
    let atom = String::from_utf8(render(&sample, Format::Atom)).expect("UTF-8");
    let own = "https://example.org/news/r/shaanxi/xianyang/xingping.atom?limit=3";
    assert!(atom.contains(&format!("href=\"{own}\" rel=\"self\"")), "{atom}");
}

#[test]
fn pages_carry_nothing_that_the_policy_refuses() {
    let sample = Sample::new();
    for page in
        [first_entry(&sample), region_page(&sample), portal(&sample), admin::status(&sample)]
    {
        let page = String::from_utf8(page).expect("UTF-8");
        for refused in ["<script", "<style", " style=", " onclick", "<iframe"] {
            assert!(!page.contains(refused), "{refused}");
        }
    }
    assert!(page::CONTENT_SECURITY_POLICY.is_ascii());
    assert!(!page::CONTENT_SECURITY_POLICY.contains("  "));
}

#[test]
fn pages_speak_the_language_of_the_site() {
    let mut sample = Sample::new();
    sample.site.language = "en".to_owned();
    let page = String::from_utf8(first_entry(&sample)).expect("UTF-8");
    assert!(page.contains("<html lang=\"en\">") && page.contains("Read the original"), "{page}");
    let page =
        String::from_utf8(error_page(&sample.site, 410, "no such page", &[])).expect("UTF-8");
    assert!(page.contains("This report has been taken down."), "{page}");
}

#[test]
fn an_empty_channel_is_still_a_document() {
    let sample = Sample::new();
    let channel = sample.channel();
    let empty = FeedDoc { updated: FeedDoc::NEVER, next: None, ..doc(&sample, &channel, &[]) };
    for format in Format::FEEDS {
        let bytes = feed(&empty, format).expect("a feed");
        let parsed = feed_rs::parser::parse(bytes.as_slice()).expect("a feed");
        assert!(parsed.entries.is_empty());
        let told = String::from_utf8_lossy(&bytes).contains("2026-01-01T00:00:00");
        assert_eq!(told, format != Format::Rss, "{format:?}: where a date must be");
    }
    let page = channel_page(&sample.names().channel_page(&channel, &[], &mut |_| Some(0)));
    assert!(String::from_utf8_lossy(&page).contains("还没有新闻"));
}
