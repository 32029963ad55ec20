//! The view of entries with pictures, from a publisher's document to readers.

use crate::support::daemon::Daemon;
use crate::support::home::{Home, Settings};
use crate::support::origin::{Document, Origin};
use crate::support::published::{self, FORMATS};
use serde_json::{Value, json};

const COUNTY: &str = "/r/shaanxi/xianyang/xingping";
const RSS: &str = "application/rss+xml";

fn rss(items: &[String]) -> Document {
    let body = format!(
        "<rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\"><channel><title>t</title>\
         <link>http://a.example.cn/</link><image><url>http://a.example.cn/sign.jpg</url></image>{}\
         </channel></rss>",
        items.concat()
    );
    Document::new(RSS, body)
}

fn item(title: &str, inside: &str) -> String {
    format!(
        "<item><title>{title}</title><guid>http://a.example.cn/{title}</guid>\
         <description>兴平市的一条消息，说的是{title}。</description>{inside}</item>"
    )
}

fn media(url: &str, width: u32, height: u32) -> String {
    format!("<media:content url=\"{url}\" medium=\"image\" width=\"{width}\" height=\"{height}\"/>")
}

struct Wire {
    origin: Origin,
    home: Home,
    daemon: Daemon,
}

impl Wire {
    fn new(document: Document) -> Wire {
        Wire::with(document, "")
    }

    /// `poll`: lines of `[poll]`.
    fn with(document: Document, poll: &str) -> Wire {
        let origin = Origin::start();
        origin.set("/a", document);
        let lines = "region = \"shaanxi/xianyang/xingping\"\n";
        let settings = Settings::new().poll(poll).source("a", &origin.url("/a"), lines);
        let home = Home::new(&settings);
        let daemon = Daemon::start(&home);
        daemon.settled();
        Wire { origin, home, daemon }
    }

    #[track_caller]
    fn brings(&self, document: Document) {
        self.origin.set("/a", document);
        assert_eq!(self.daemon.poll("a")["outcome"], "fetched");
    }

    fn titles(&self, path: &str) -> Vec<String> {
        let mut titles: Vec<String> =
            published::feed(&self.daemon, path).items.into_iter().map(|item| item.title).collect();
        titles.sort();
        titles
    }
}

#[test]
fn the_view_is_a_feed_and_a_page_for_everything_and_for_each_region() {
    let content = "<content:encoded xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\
                   <![CDATA[<p><img src=\"/i/deep.jpg\" width=\"640\" height=\"400\"></p>]]></content:encoded>";
    let wire = Wire::new(rss(&[
        item("甲", &media("http://a.example.cn/i/1.jpg", 800, 533)),
        item(
            "乙",
            "<enclosure url=\"http://a.example.cn/i/2.jpg\" type=\"image/jpeg\" length=\"9\"/>",
        ),
        item("丙", content),
        item(
            "丁",
            "<media:thumbnail url=\"http://a.example.cn/i/4.jpg\" width=\"240\" height=\"135\"/>",
        ),
        item("戊", &media("http://a.example.cn/i/5?id=5", 600, 400)),
        item("无图", ""),
        item("小图", &media("http://a.example.cn/i/6.jpg", 120, 80)),
        item(
            "点",
            "<enclosure url=\"http://a.example.cn/pixel.gif\" type=\"image/gif\" length=\"43\"/>",
        ),
        item("头像", "<media:content url=\"https://0.gravatar.com/avatar/7\" medium=\"image\"/>"),
        item(
            "号",
            "<enclosure url=\"http://a.example.cn/sign.jpg\" type=\"image/jpeg\" length=\"9\"/>",
        ),
        item(
            "录音",
            "<enclosure url=\"http://a.example.cn/i/7.mp3\" type=\"audio/mpeg\" length=\"9\"/>",
        ),
    ]));
    let expected = ["丁", "丙", "乙", "戊", "甲"];
    for place in ["", "/r/shaanxi", "/r/shaanxi/xianyang", COUNTY] {
        for format in FORMATS {
            assert_eq!(
                wire.titles(&format!("{place}/pictures{format}")),
                expected,
                "{place}{format}"
            );
        }
        let page = wire.daemon.document(&format!("{place}/pictures"));
        assert_eq!(page.text().matches("<figure>").count(), 5);
        let shown = concat!(
            "<img src=\"http://a.example.cn/i/1.jpg\" alt=\"\" width=\"800\" height=\"533\" ",
            "loading=\"lazy\" referrerpolicy=\"no-referrer\">"
        );
        assert!(page.text().contains(shown), "{}", page.text());
        assert!(!page.text().contains("<script"));
    }
    let feed = wire.daemon.document(&format!("{COUNTY}/pictures.json")).json();
    assert_eq!(feed["title"], "兴平市 · 图片 · 县闻");
    let images: Vec<&Value> =
        feed["items"].as_array().expect("items").iter().map(|item| &item["image"]).collect();
    assert!(images.contains(&&json!("http://a.example.cn/i/deep.jpg")), "{images:?}");
    for format in ["atom", "rss"] {
        let feed = wire.daemon.document(&format!("{COUNTY}/pictures.{format}"));
        let media = concat!(
            "<media:content height=\"533\" medium=\"image\" type=\"image/jpeg\" ",
            "url=\"http://a.example.cn/i/1.jpg\" width=\"800\""
        );
        assert!(feed.text().contains(media), "{}", feed.text());
        assert_eq!(feed.text().matches("<media:content ").count(), 5, "{format}");
    }
    for page in ["/".to_owned(), "/r/shaanxi".to_owned(), COUNTY.to_owned()] {
        let href = format!("href=\"{}/pictures\"", page.trim_end_matches('/'));
        assert!(wire.daemon.document(&page).text().contains(&href), "{page}");
    }
    let region = wire.daemon.document("/r/shaanxi/xianyang/sanyuan");
    assert!(!region.text().contains("/sanyuan/pictures"), "there are none");
    assert!(
        wire.daemon.document("/r/shaanxi/xianyang/sanyuan/pictures").text().contains("还没有新闻")
    );
}

#[test]
fn an_enclosure_without_a_type_is_what_its_address_ends_in() {
    let link = |rest: &str| {
        format!("<link xmlns=\"http://www.w3.org/2005/Atom\" rel=\"enclosure\" {rest}/>")
    };
    let mut items = vec![
        item("无后缀", &link("href=\"http://a.example.cn/i/0\"")),
        item("录音", &link("href=\"http://a.example.cn/i/1.mp3\"")),
        item("录音二", "<enclosure url=\"http://a.example.cn/i/2.mp3\"/>"),
        item("文件", &link("type=\"application/octet-stream\" href=\"http://a.example.cn/i/3\"")),
    ];
    let mut expected = Vec::new();
    for ending in ["jpg", "jpeg", "png", "webp", "gif", "avif", "JPG"] {
        // A GIF that is told something may count readers.
        let query = if ending == "gif" { "" } else { "?t=1" };
        let address = |n: u32| format!("http://a.example.cn/i/{n}.{ending}{query}");
        let inside = [
            link(&format!("href=\"{}\"", address(4))),
            link(&format!("href=\"{}\" length=\"9\" type=\"\"", address(5))),
            format!("<enclosure url=\"{}\"/>", address(6)),
            format!("<enclosure url=\"{}\" length=\"9\"/>", address(7)),
        ];
        for (n, inside) in inside.iter().enumerate() {
            items.push(item(&format!("{ending}{n}"), inside));
            expected.push(format!("{ending}{n}"));
        }
    }
    expected.sort();
    let wire = Wire::with(rss(&items), "first_poll_entries = 100");
    assert_eq!(wire.titles("/pictures.atom"), expected);
    let json = wire.daemon.document("/s/a.json").json();
    let types = |title: &str| {
        let item = json["items"].as_array().expect("items").iter();
        let item = item.clone().find(|item| item["title"] == title).expect("published");
        item["attachments"][0]["mime_type"].clone()
    };
    assert_eq!(types("录音"), "audio/mpeg");
    assert_eq!(types("录音二"), "audio/mpeg");
    assert_eq!(types("无后缀"), "application/octet-stream");
    assert_eq!(types("avif0"), "image/avif");
}

#[test]
fn pictures_are_told_in_every_format() {
    let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>t</title><id>tag:a,2026:f</id>\
         <updated>2026-11-24T00:00:00Z</updated>\
         <entry><title>甲</title><id>tag:a,2026:1</id><updated>2026-11-24T00:00:00Z</updated>\
         <link rel=\"enclosure\" type=\"image/png\" href=\"http://a.example.cn/i/1.png\"/></entry>\
         <entry><title>乙</title><id>tag:a,2026:2</id><updated>2026-11-24T00:00:00Z</updated>\
         <content type=\"html\">&lt;img src=\"http://a.example.cn/i/2.jpg\"&gt;</content></entry>\
         <entry><title>丙</title><id>tag:a,2026:3</id><updated>2026-11-24T00:00:00Z</updated>\
         <content type=\"html\">&lt;img width=\"1\" height=\"1\" src=\"http://a.example.cn/i/3.jpg\"&gt;</content></entry>\
         </feed>";
    let rdf = "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
         xmlns=\"http://purl.org/rss/1.0/\"><channel rdf:about=\"http://a.example.cn/\"><title>t</title>\
         <link>http://a.example.cn/</link><description>d</description></channel>\
         <item rdf:about=\"http://a.example.cn/1\"><title>甲</title><link>http://a.example.cn/1</link>\
         <description>&lt;img src=\"http://a.example.cn/i/1.jpg\"&gt;</description></item>\
         <item rdf:about=\"http://a.example.cn/2\"><title>乙</title><link>http://a.example.cn/2</link>\
         <description>&lt;img src=\"http://a.example.cn/i/2.jpg\" height=\"300\"&gt;</description></item>\
         <item rdf:about=\"http://a.example.cn/3\"><title>丙</title><link>http://a.example.cn/3</link>\
         <description>&lt;img src=\"http://a.example.cn/logo.jpg\"&gt;</description></item></rdf:RDF>";
    let item = |id: &str, field: &str, value: Value| json!({"id": id, "title": id, "content_text": id, field: value});
    let attached = json!([{"url": "http://a.example.cn/i/2", "mime_type": "image/jpeg"}]);
    let json = json!({"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": [
        item("甲", "image", json!("http://a.example.cn/i/1")),
        item("乙", "attachments", attached),
        item("丙", "banner_image", json!("http://a.example.cn/avatar/3.png")),
    ]});
    let documents = [
        Document::new("application/atom+xml", atom),
        Document::new("application/rdf+xml", rdf),
        Document::new("application/feed+json", json.to_string()),
    ];
    for document in documents {
        let kind = document.content_type;
        let wire = Wire::new(document);
        assert_eq!(wire.titles("/s/a.atom").len(), 3, "{kind}");
        assert_eq!(wire.titles("/pictures.atom"), ["乙", "甲"], "{kind}");
    }
}

#[test]
fn a_picture_that_comes_again_with_another_entry_is_a_logo() {
    let head = "<enclosure url=\"http://a.example.cn/head.jpg\" type=\"image/jpeg\" length=\"9\"/>";
    let own = |number: u32| media(&format!("http://a.example.cn/i/{number}.jpg"), 640, 480);
    let shared = [item("甲", head), item("乙", &(head.to_owned() + &own(2)))];
    let wire = Wire::new(rss(&shared));
    assert_eq!(wire.titles("/pictures.rss"), ["乙"], "two items of one document have it");
    let json = wire.daemon.document("/pictures.json").json();
    assert_eq!(json["items"][0]["image"], "http://a.example.cn/i/2.jpg");
    wire.brings(rss(&[item("丙", head), item("丁", &own(4))]));
    assert_eq!(wire.titles("/pictures.rss"), ["丁", "乙"], "an earlier entry had it");
    // What was learnt outlives a restart.
    let Wire { origin, home, daemon } = wire;
    daemon.stop();
    let daemon = Daemon::start(&home);
    let wire = Wire { origin, home, daemon };
    wire.brings(rss(&[item("戊", head), item("己", &own(6))]));
    assert_eq!(wire.titles("/pictures.rss"), ["丁", "乙", "己"]);
}

#[test]
fn the_view_changes_with_what_it_shows_and_with_nothing_else() {
    let shot = |n: u32| {
        item(&format!("图{n}"), &media(&format!("http://a.example.cn/i/{n}.jpg"), 640, 480))
    };
    let mut items: Vec<String> = (1..=9).map(shot).collect();
    let wire = Wire::new(rss(&items));
    let paths: Vec<String> = ["/pictures".to_owned(), format!("{COUNTY}/pictures")]
        .into_iter()
        .flat_map(|page| ["", ".atom", ".rss", ".json"].map(|format| format!("{page}{format}")))
        .collect();
    let look = || paths.iter().map(|path| wire.daemon.document(path)).collect::<Vec<_>>();
    let before = look();
    items.insert(0, item("无图", ""));
    wire.brings(rss(&items));
    for (path, (old, new)) in paths.iter().zip(before.iter().zip(look())) {
        assert_eq!((old.etag(), &old.body), (new.etag(), &new.body), "{path}");
    }
    items.insert(0, shot(10));
    wire.brings(rss(&items));
    for (path, (old, new)) in paths.iter().zip(before.iter().zip(look())) {
        assert!(old.etag() != new.etag() && old.body != new.body, "{path}");
    }
    for format in FORMATS {
        let whole = published::whole(&wire.daemon, &format!("{COUNTY}/pictures{format}?limit=4"));
        assert_eq!(whole.len(), 10, "{format}");
    }
    let verified = {
        let Wire { home, daemon, origin: _origin } = wire;
        daemon.stop();
        home.run(&["store", "verify"])
    };
    verified.expect(0);
}
