//! Documents that end feed-rs, its thread or its process, or that it gives up whole. We
//! read all of them, say what was wrong, and the daemon goes on.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::origin::{Document as Answer, Origin};
use crate::support::{http, published};
use chrono_tz::Tz;
use countywire::model::Timestamp;
use countywire::parse::{Document, Limits, ParseContext, parse};
use countywire::text::html;
use encoding_rs::GBK;
use std::thread;
use std::time::{Duration, Instant};

/// What each of them holds.
const TITLES: [&str; 2] = ["甲县新闻", "乙县新闻"];

struct Killer {
    id: String,
    bytes: Vec<u8>,
    /// A defect that must be named; none when the document is a good one.
    defect: Option<&'static str>,
}

/// Two items; `first` stands in the first of them, after its title.
fn items(first: &str) -> String {
    let [a, b] = TITLES;
    format!("<item><title>{a}</title>{first}</item><item><title>{b}</title></item>")
}

fn rss(first: &str) -> String {
    const NAMESPACES: &str = "xmlns:media=\"http://search.yahoo.com/mrss/\" \
        xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" \
        xmlns:podcast=\"https://podcastindex.org/namespace/1.0\"";
    let items = items(first);
    format!("<rss version=\"2.0\" {NAMESPACES}><channel><title>t</title>{items}</channel></rss>")
}

fn atom(first: &str) -> String {
    let [a, b] = TITLES;
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>t</title>\
         <entry><id>tag:1</id><title>{a}</title>{first}</entry>\
         <entry><id>tag:2</id><title>{b}</title></entry></feed>"
    )
}

fn nested(open: &str, close: &str, times: usize) -> String {
    format!("{}{}", open.repeat(times), close.repeat(times))
}

fn killers() -> Vec<Killer> {
    let mut all = Vec::new();
    let mut add = |id: &str, bytes: Vec<u8>, defect| {
        all.push(Killer { id: id.to_owned(), bytes, defect });
    };
    // What kills the process or the thread.
    let deep = Some("too-deep");
    let group = nested("<media:group>", "</media:group>", 5000);
    add("media-group", rss(&group).into(), deep);
    let content = nested("<media:content url=\"http://a.cn/1.jpg\">", "</media:content>", 5000);
    add("media-content", rss(&content).into(), deep);
    let category = nested("<itunes:category text=\"x\">", "</itunes:category>", 100_000);
    add("itunes-category", rss(&category).into(), deep);
    let bases = nested("<x xml:base=\"a/b/c/d/e/\">", "</x>", 28_000);
    add("xml-base", atom(&bases).into(), deep);
    add("author", rss("<author>a@b.cn（张三）</author>").into(), None);
    let declared = |encoding: &str, text: &str| {
        format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>{text}")
    };
    let twice = format!("{}{}", " ".repeat(80), declared("gbk", ""));
    let twice = rss("").replace("<channel>", &format!("<channel>{twice}"));
    add("second-declaration", declared("utf-8", &twice).into(), Some("stray-declaration"));
    let utf16 = declared("utf-16", &rss(""));
    let utf16: Vec<u8> = utf16.encode_utf16().flat_map(u16::to_be_bytes).collect();
    add("utf-16be", utf16, None);
    let number = "9".repeat(24);
    let duration = rss(&format!("<itunes:duration>{number}</itunes:duration>"));
    add("itunes-duration", duration.into(), Some("bad-number"));
    let time = rss(&format!("<media:content url=\"http://a.cn/1.mp3\" duration=\"{number}\"/>"));
    add("media-time", time.into(), Some("bad-number"));

    let attributes: String = (0..10_000).map(|n| format!(" a{n}=\"x\"")).collect();
    let crowded = rss(&format!("<description{attributes}>x</description>"));
    add("attributes", crowded.into(), Some("too-many-attributes"));
    let declared_at = |depth: usize, each: usize| -> String {
        (0..each).map(|n| format!(" xmlns:n{depth}x{n}=\"http://a.cn/{depth}/{n}\"")).collect()
    };
    let crowded = rss("").replacen("<rss", &format!("<rss{}", declared_at(0, 5_000)), 1);
    add("root-namespaces", crowded.into(), Some("too-many-attributes"));
    let nested_each = |each: usize| -> String {
        let open: String = (0..40).map(|n| format!("<x{}>", declared_at(n, each))).collect();
        rss(&(open + &"</x>".repeat(40)))
    };
    add("nested-namespaces", nested_each(6).into(), Some("too-many-namespaces"));
    add("namespaces", nested_each(1).into(), None);

    // What loses the whole feed.
    let reference = Some("bad-reference");
    add("bare-ampersand", rss("<description>R&D & 其他</description>").into(), reference);
    add("ampersand-in-link", rss("<link>http://a.cn/?a=1&b=2</link>").into(), reference);
    add("br", rss("<description>一<br>二</description>").into(), Some("unescaped-markup"));
    add("less-than", rss("<description>1 < 2</description>").into(), reference);
    add("mismatched", rss("<description>一</descripton>").into(), Some("ill-formed"));
    let whole = rss("");
    add("truncated", whole[..whole.len() - 20].into(), Some("truncated"));
    let mut bytes = rss("<description>好坏好</description>").into_bytes();
    let bad = bytes.windows(3).position(|w| w == "坏".as_bytes()).expect("it is there");
    bytes[bad] = 0xFF;
    add("undecodable", bytes, Some("undecodable"));
    add("zero-reference", rss("<description>一&#0;二</description>").into(), reference);
    add("surrogate", rss("<description>&#xD83D;&#xDE00;</description>").into(), reference);
    let long = format!("<?xml version=\"1.0\"{}encoding=\"gbk\"?>{}", " ".repeat(80), rss(""));
    add("long-declaration", GBK.encode(&long).0.into_owned(), None);
    add("gbk-undeclared", GBK.encode(&rss("")).0.into_owned(), Some("wrong-encoding"));
    add("utf-8-as-gbk", declared("gbk", &rss("")).into(), Some("wrong-encoding"));
    add(
        "bom-as-gbk",
        format!("\u{FEFF}{}", declared("gbk", &rss(""))).into(),
        Some("wrong-encoding"),
    );
    let plain = atom("").replace("<title>甲", "<title type=\"text/plain\">甲");
    add("atom-text-plain", plain.into(), Some("bad-type"));
    add("empty-content", atom("<content type=\"text/markdown\"/>").into(), None);
    add("empty-media-title", rss("<media:title></media:title>").into(), None);
    add("podcast-role", rss("<podcast:person role=\"觀眾\">a</podcast:person>").into(), None);
    add("bad-base", atom("<content xml:base=\"http://[\">x</content>").into(), Some("bad-base"));
    for (id, tag, defect) in [
        ("rss-unversioned", "<rss>", Some("bad-version")),
        ("rss-2", "<rss version=\"2\">", Some("bad-version")),
        ("rss-2.0.1", "<rss version=\"2.0.1\">", None),
        ("rss-0.93", "<rss version=\"0.93\">", None),
    ] {
        add(id, format!("{tag}<channel>{}</channel></rss>", items("")).into(), defect);
    }
    let capitals = format!("<RSS version=\"2.0\"><channel>{}</channel></RSS>", items(""));
    add("rss-capitals", capitals.into(), Some("ill-formed"));
    let [a, b] = TITLES;
    let json = |title: &str, id: &str| {
        format!(
            "{{\"version\":\"https://jsonfeed.org/version/1.1\",{title}\"items\":[\
             {{\"id\":{id},\"title\":\"{a}\"}},{{\"id\":\"2\",\"title\":\"{b}\"}}]}}"
        )
    };
    add("json-bom", format!("\u{FEFF}{}", json("\"title\":\"t\",", "\"1\"")).into(), None);
    add("json-number", json("\"title\":\"t\",", "1").into(), Some("bad-type"));
    add("json-untitled", json("", "\"1\"").into(), Some("missing-title"));

    // What is read, but wrongly.
    add(
        "controls",
        rss("<description>\u{1}\u{8}一\u{0}</description>").into(),
        Some("illegal-characters"),
    );
    add("nbsp", rss("<description>一&nbsp;二</description>").into(), reference);
    let quote =
        "<content type=\"xhtml\"><div><a title=\"&quot; onclick=&quot;x\">y</a></div></content>";
    add("xhtml-quotes", atom(quote).into(), None);
    all
}

/// Tokio's threads have as much; a debug build needs more of it than a release.
const STACK_BYTES: usize = 2 * 1024 * 1024;

#[test]
fn each_killer_is_read_whole_with_its_defect() {
    for killer in killers() {
        let id = killer.id.clone();
        let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(move || check(&killer));
        let outcome = thread.expect("a thread").join();
        assert!(outcome.is_ok(), "{id}");
    }
}

fn check(Killer { id, bytes, defect }: &Killer) {
    let context = ParseContext {
        zone: Tz::Asia__Shanghai,
        polled_at: Timestamp(1_795_507_200),
        // The most that an admin may allow.
        limits: Limits { depth: Limits::DEEPEST, ..Limits::default() },
    };
    let started = Instant::now();
    let document = Document { bytes, content_type: None, url: None };
    let feed = parse(&document, &context).unwrap_or_else(|error| panic!("{id}: {error}"));
    assert!(started.elapsed() < Duration::from_secs(10), "{id} took {:?}", started.elapsed());
    let title = |title: &Option<String>| html::to_title(title.as_deref().unwrap_or(""), 99);
    let titles: Vec<String> = feed.entries.iter().map(|entry| title(&entry.title)).collect();
    assert_eq!(titles, TITLES, "{id}");
    let kinds: Vec<&str> = feed.defects.iter().map(|defect| defect.kind).collect();
    match defect {
        Some(kind) => assert!(kinds.contains(kind), "{id}: {kinds:?}"),
        None => assert!(kinds.is_empty(), "{id}: {kinds:?}"),
    }
}

#[test]
fn limits_may_be_raised_and_what_they_cut_is_said() {
    let attributes: String = (0..100).map(|n| format!(" a{n}=\"x\"")).collect();
    let namespaces = |from: usize| -> String {
        (from..from + 50).map(|n| format!(" xmlns:n{n}=\"urn:{n}\"")).collect()
    };
    let items = items(&format!("<description{attributes}>x</description>"));
    let crowded = format!(
        "<rss version=\"2.0\"{}><channel{}>{items}</channel></rss>",
        namespaces(0),
        namespaces(50)
    );
    let origin = Origin::start();
    origin.set("/feed", Answer::new("application/xml", crowded));
    let settings = Settings::new().source("crowded", &origin.url("/feed"), "");
    let raised = settings.clone().poll("max_attributes = 200\nmax_namespaces = 110");
    for (settings, wanted) in [
        (&settings, &["too-many-attributes", "too-many-namespaces"][..]),
        (&settings.clone().poll("max_attributes = 200"), &["too-many-namespaces"]),
        (&raised, &[]),
    ] {
        let home = Home::new(settings);
        let daemon = Daemon::start(&home);
        assert_eq!(daemon.poll("crowded")["outcome"], "fetched");
        let row = daemon.source("crowded");
        let defects = row["defects"].as_array().expect("a list");
        let kinds: Vec<&str> = defects.iter().filter_map(|d| d["kind"].as_str()).collect();
        assert_eq!((&kinds[..], &row["entries"]), (wanted, &2.into()), "{row}");
        // What is inspected is read with the same limits.
        let inspected = home.run(&["inspect", "--json", &origin.url("/feed")]).expect(0).json();
        let defects = inspected["defects"].as_array().expect("a list");
        let kinds: Vec<&str> = defects.iter().filter_map(|d| d["kind"].as_str()).collect();
        assert_eq!(kinds, wanted);
    }
}

#[test]
fn the_daemon_reads_every_killer_and_shows_what_was_wrong() {
    let origin = Origin::start();
    let good = Form::Rss20.document(&[News::new("good", 1, "好消息", 1)]);
    origin.set("/good", good);
    let killers = killers();
    let mut settings = Settings::new().source("good", &origin.url("/good"), "");
    for killer in &killers {
        let path = format!("/{}", killer.id);
        origin.set(&path, Answer::new("application/xml", killer.bytes.clone()));
        settings = settings.source(&killer.id.replace('.', "-"), &origin.url(&path), "");
    }
    // The broken ones are polled beside a feed that is none.
    origin.set("/page", Answer::new("text/html", "<html><body>没有</body></html>"));
    let home = Home::new(&settings.source("page", &origin.url("/page"), ""));
    let daemon = Daemon::start(&home);
    for killer in &killers {
        let id = killer.id.replace('.', "-");
        let polled = daemon.poll(&id);
        assert_eq!(polled["outcome"], "fetched", "{id}");
        let row = daemon.source(&id);
        assert_eq!((&row["state"], &row["entries"]), (&"fine".into(), &2.into()), "{row}");
        let defects = row["defects"].as_array().expect("a list");
        match killer.defect {
            Some(kind) => assert!(defects.iter().any(|defect| defect["kind"] == kind), "{row}"),
            None => assert!(defects.is_empty(), "{row}"),
        }
    }
    assert_eq!(daemon.poll("page")["outcome"], "failed");
    assert_eq!(daemon.poll("good")["outcome"], "fetched");
    assert_eq!(daemon.source("good")["defects"], serde_json::json!([]));
    assert_eq!(published::feed(&daemon, "/s/good.atom").titles(), ["好消息"]);
    assert_eq!(published::feed(&daemon, "/s/mismatched.atom").titles().len(), 2);

    let page = http::get(daemon.admin, "/status").expect(200);
    for kind in ["too-deep", "bad-reference", "wrong-encoding", "undecodable", "truncated"] {
        assert!(page.text().contains(kind), "{kind}");
    }
    assert_eq!(daemon.terminate().0, Some(0));
    let listed = home.run(&["sources"]).expect(0).stdout;
    let line = listed.lines().find(|line| line.starts_with("mismatched")).expect("a line");
    assert!(line.contains("read in spite of ill-formed"), "{line}");
}
