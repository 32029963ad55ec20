//! Lists of our feeds, for readers that subscribe to many at once.

use crate::support::counties::{COUNTY, Wire};
use crate::support::daemon::Daemon;
use crate::support::home::{BASE, Home, Settings};
use crate::support::http;
use flate2::read::GzDecoder;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::process::{Command, Stdio};

const CITY: &str = "/r/shaanxi/xianyang";

#[derive(Debug)]
struct Outline {
    /// Titles of the folders that it lies in.
    within: Vec<String>,
    attributes: BTreeMap<String, String>,
}

impl Outline {
    fn feed(&self) -> &str {
        self.attributes["xmlUrl"].strip_prefix(BASE).expect("an absolute address of ours")
    }
}

fn attributes(tag: &BytesStart<'_>) -> BTreeMap<String, String> {
    let attribute = |found: Result<quick_xml::events::attributes::Attribute<'_>, _>| {
        let found = found.expect("well-formed");
        let value = quick_xml::escape::unescape(&found.value).expect("well-formed").into_owned();
        (found.key.as_ref().to_owned(), value)
    };
    tag.attributes().map(attribute).collect()
}

/// The feeds of a list, in its order.
fn read(text: &str) -> Vec<Outline> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let (mut folders, mut feeds, mut elements) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(tag) => {
                let name = tag.name().as_ref().to_owned();
                let found = attributes(&tag);
                if name == "outline" {
                    assert_eq!(elements[..2], ["opml", "body"]);
                    assert!(!found.contains_key("xmlUrl"), "a feed with others in it: {found:?}");
                    assert_eq!(found["text"], found["title"]);
                    folders.push(found["title"].clone());
                } else if name == "opml" {
                    assert_eq!(found["version"], "2.0");
                }
                elements.push(name);
            }
            Event::Empty(tag) => {
                feeds.push(Outline { within: folders.clone(), attributes: attributes(&tag) });
            }
            Event::End(tag) => {
                elements.pop();
                let is_folder = tag.name().as_ref() == "outline";
                folders.truncate(folders.len() - usize::from(is_folder));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(elements.is_empty() && folders.is_empty());
    feeds
}

/// `None`: there is no xmllint on this machine.
fn is_well_formed_to_libxml2(bytes: &[u8]) -> Option<bool> {
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--noout", "-"]).stdin(Stdio::piped()).stderr(Stdio::null());
    let mut child = xmllint.spawn().ok()?;
    child.stdin.take().expect("piped").write_all(bytes).expect("read to its end");
    Some(child.wait().expect("a child of ours").success())
}

#[test]
fn a_list_nests_the_feeds_of_a_region_and_below() {
    let wire = Wire::with(3);
    let answer = wire.daemon.document(&format!("{CITY}/opml"));
    assert_eq!(answer.header("content-type"), Some("text/x-opml; charset=utf-8"));
    assert_ne!(is_well_formed_to_libxml2(&answer.body), Some(false));
    let feeds = read(answer.text());
    let at = |path: &str| feeds.iter().find(|outline| outline.feed() == path);
    let county = at(&format!("{COUNTY}.atom")).expect("listed");
    assert_eq!(county.within, ["咸阳市"]);
    let expected = [
        ("type", "rss".to_owned()),
        ("text", "兴平市 · 县闻".to_owned()),
        ("title", "兴平市 · 县闻".to_owned()),
        ("xmlUrl", format!("{BASE}{COUNTY}.atom")),
        ("htmlUrl", format!("{BASE}{COUNTY}")),
    ];
    let expected = expected.into_iter().map(|(name, value)| (name.to_owned(), value));
    assert_eq!(county.attributes, expected.collect());
    assert_eq!(feeds[0].feed(), format!("{CITY}.atom"), "a folder begins with its own feed");
    assert_eq!(at("/s/sanyuan.atom").expect("listed").within, ["来源"]);
    assert_eq!(at(&format!("{CITY}/t/education.atom")).expect("listed").within, ["主题"]);
    let title = "<title>咸阳市 · 县闻</title>";
    assert!(answer.text().contains(title), "{}", answer.text());

    let own = read(wire.daemon.document(&format!("{COUNTY}/opml")).text());
    assert_eq!(own[0].within, Vec::<String>::new());
    let sources = own.iter().filter(|outline| outline.within == ["来源"]);
    assert_eq!(sources.map(Outline::feed).collect::<Vec<_>>(), ["/s/xingping.atom"]);
}

#[test]
fn the_list_of_everything_holds_what_is_published_and_each_feed_is_there() {
    let wire = Wire::with(3);
    let answer = wire.daemon.document("/opml");
    assert_ne!(is_well_formed_to_libxml2(&answer.body), Some(false));
    let feeds = read(answer.text());
    assert_eq!(feeds[0].feed(), "/index.atom");
    let addresses: BTreeSet<&str> = feeds.iter().map(Outline::feed).collect();
    assert_eq!(addresses.len(), feeds.len(), "a feed is listed twice");
    let regions = feeds.iter().filter(|outline| outline.feed().starts_with("/r/"));
    let [province, city] = ["陕西省", "咸阳市"].map(str::to_owned);
    let county = format!("{COUNTY}.atom");
    for outline in regions {
        assert!(outline.feed().starts_with("/r/shaanxi"), "{outline:?} is not published");
        assert_eq!(outline.within.first(), Some(&province));
        if outline.feed() == county {
            assert_eq!(outline.within, [province.clone(), city.clone()]);
        }
        // A feed and its page.
        for name in ["xmlUrl", "htmlUrl"] {
            let path = outline.attributes[name].strip_prefix(BASE).expect("ours");
            assert_eq!(wire.head(path, &[]).status, 200, "{path}");
        }
    }
    wire.daemon.get("/r/gansu/opml").expect(404);
    wire.daemon.get("/opml.atom").expect(404);
    assert_eq!(wire.daemon.get("/opml/").expect(308).header("location"), Some("/opml"));
}

#[test]
fn a_list_changes_with_the_settings_alone() {
    let wire = Wire::with(1);
    let paths = ["/opml".to_owned(), format!("{COUNTY}/opml")];
    let before = paths.clone().map(|path| wire.daemon.document(&path));
    wire.brings("xingping", 5);
    wire.brings("sanyuan", 5);
    for (path, before) in paths.iter().zip(&before) {
        let etag = before.etag();
        wire.assert_not_modified(path, &[("If-None-Match", &etag)]);
        assert_eq!(wire.daemon.document(path).body, before.body);
        let gzip = wire.get(path, &[("Accept-Encoding", "gzip")]);
        assert_eq!(gzip.etag(), format!("{}-gz\"", &etag[..etag.len() - 1]));
        let mut plain = Vec::new();
        GzDecoder::new(gzip.body.as_slice()).read_to_end(&mut plain).expect("gzip");
        assert_eq!(plain, before.body);
    }
    // A source that moves to another region is in no other document than these.
    let Wire { home, daemon, origin } = wire;
    let settings = |region: &str| {
        let lines = format!("region = \"shaanxi/xianyang/{region}\"\ntopics = [\"education\"]\n");
        let settings = Settings::new().poll("first_poll_entries = 1000");
        settings.source("xingping", &origin.url("/xingping"), &lines).text()
    };
    let reload = |text: String| {
        home.write(&text);
        http::post(daemon.admin, "/reload").expect(200);
        daemon.document("/opml").etag()
    };
    let first = reload(settings("xingping"));
    let second = reload(settings("sanyuan"));
    assert_ne!(first, before[0].etag());
    assert_ne!(first, second);
    assert!(!daemon.document(&paths[1]).text().contains("/s/xingping"));
    assert_eq!(reload(settings("xingping")), first, "the same settings, the same list");
}

#[test]
fn a_list_of_feeds_that_are_to_show_entries_otherwise_names_them_so() {
    let wire = Wire::with(1);
    let query = "?editions=all&script=hans&content=summary";
    let same = "?content=summary&script=hans&limit=50&editions=all&utm_source=x";
    let [answer, other] =
        [query, same].map(|query| wire.daemon.document(&format!("{CITY}/opml{query}")));
    assert_eq!((answer.etag(), &answer.body), (other.etag(), &other.body));
    let link = answer.header("link").expect("a link");
    assert!(link.starts_with(&format!("<{BASE}{CITY}/opml{query}>; rel=\"self\"")), "{link}");
    let feeds = read(answer.text());
    assert!(feeds.iter().any(|outline| outline.feed() == format!("{COUNTY}.atom{query}")));
    for outline in &feeds {
        assert!(outline.feed().ends_with(query), "{outline:?}");
        assert!(outline.attributes["htmlUrl"].ends_with(query), "{outline:?}");
        wire.daemon.document(outline.feed());
    }
    let page = wire.daemon.document(&format!("{CITY}{query}"));
    let href = format!("{CITY}/opml{query}").replace('&', "&#38;");
    assert!(page.text().contains(&format!("href=\"{href}\"")), "{}", page.text());
    wire.get("/opml?script=latn", &[]).expect(400);
    let sized = read(wire.daemon.document(&format!("{CITY}/opml?limit=7")).text());
    assert!(sized.iter().all(|outline| outline.feed().ends_with(".atom?limit=7")));
}

#[test]
fn pages_lead_to_their_lists() {
    let wire = Wire::with(1);
    for (page, list) in [("/", "/opml".to_owned()), (COUNTY, format!("{COUNTY}/opml"))] {
        let html = wire.daemon.document(page);
        let link = "<link rel=\"outline\" type=\"text/x-opml\" title=\"";
        assert!(html.text().contains(link), "{page}");
        let shown = format!("<a href=\"{list}\" type=\"text/x-opml\">OPML</a>");
        assert!(html.text().contains(&shown), "{page}");
    }
    assert!(!wire.daemon.document("/s/xingping").text().contains("x-opml"));
}

#[test]
fn hostile_titles_stay_text_and_addresses_keep_the_prefix_of_the_site() {
    let title = "甲 <b>&\\\"乙\\\"' ]]> &amp;";
    let region = format!("[[region]]\npath = \"shaanxi/xianyang/xin\"\nname = \"{title}\"\n");
    let settings = Settings::new().base("https://wire.test/news/").tables(&region);
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    let answer = daemon.document("/news/opml");
    assert_ne!(is_well_formed_to_libxml2(&answer.body), Some(false));
    let address = "https://wire.test/news/r/shaanxi/xianyang/xin";
    let text = answer.text();
    let at = text.find(&format!("xmlUrl=\"{address}.atom\"")).expect("listed");
    let start = text[..at].rfind('<').expect("a tag");
    let found = BytesStart::from_content(&text[start + 1..at], "outline".len());
    assert_eq!(attributes(&found)["title"], "甲 <b>&\"乙\"' ]]> &amp; · 县闻");
}
