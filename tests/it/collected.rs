//! What feeds say in vocabularies beside their own, each read from the smallest document
//! that says it, through `inspect --json --all`.

use countywire::cli::inspect::{EXIT_FEED, Given, InspectArgs, run};
use countywire::model::Timestamp;
use countywire::parse::{Document, Limits};
use serde_json::{Value, json};
use url::Url;

/// 2026-11-24T08:00:00Z
const NOW: Timestamp = Timestamp(1_795_507_200);

fn inspect(document: &str) -> Value {
    let args = InspectArgs {
        document: "-".to_owned(),
        content_type: None,
        url: None,
        zone: None,
        json: true,
        all: true,
    };
    let url = Url::parse("http://news.example.cn/feed/x.xml").expect("an address");
    let document = Document { bytes: document.as_bytes(), content_type: None, url: Some(&url) };
    let given = Given { document, limits: Limits::default(), now: NOW };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(&args, given, &mut out, &mut err).expect("memory");
    assert_eq!(code, EXIT_FEED, "{}", String::from_utf8_lossy(&err));
    serde_json::from_slice(&out).expect("JSON")
}

const NAMESPACES: &str = "xmlns:atom=\"http://www.w3.org/2005/Atom\" \
    xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
    xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\" \
    xmlns:slash=\"http://purl.org/rss/1.0/modules/slash/\" \
    xmlns:thr=\"http://purl.org/syndication/thread/1.0\" \
    xmlns:wfw=\"http://wellformedweb.org/CommentAPI/\" \
    xmlns:georss=\"http://www.georss.org/georss\" xmlns:gml=\"http://www.opengis.net/gml\" \
    xmlns:geo=\"http://www.w3.org/2003/01/geo/wgs84_pos#\"";

fn in_channel(inner: &str) -> String {
    format!("<rss version=\"2.0\" {NAMESPACES}><channel><title>t</title>{inner}</channel></rss>")
}

fn in_item(inner: &str) -> String {
    in_channel(&format!("<item><title>甲</title>{inner}</item>"))
}

fn in_entry(attributes: &str, inner: &str) -> String {
    format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" {}><title>t</title><entry {attributes}>\
         <id>tag:a.cn,2026:1</id><title>甲</title>{inner}</entry></feed>",
        NAMESPACES.replace("xmlns:atom=\"http://www.w3.org/2005/Atom\"", "")
    )
}

#[track_caller]
fn says(document: &str, pointer: &str, expected: &Value) {
    let found = inspect(document);
    assert_eq!(found.pointer(pointer), Some(expected), "{pointer} of {document}\n{found:#}");
}

#[track_caller]
fn assert_media<const N: usize>(entry: &Value, expected: [&str; N]) {
    let media = entry["media"].as_array().expect("a list");
    for url in expected {
        assert!(media.iter().any(|one| one["url"] == url), "{url} of {entry:#}");
    }
}

#[test]
fn what_rss_says_of_the_feed_is_collected() {
    let rows = [
        ("<ttl>90</ttl>", "/ttl_minutes", json!(90)),
        ("<skipHours><hour>0</hour><hour>23</hour></skipHours>", "/skip_hours", json!([0, 23])),
        ("<skipDays><day>Monday</day><day>sunday</day></skipDays>", "/skip_days", json!([1, 7])),
        (
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            "/update_minutes",
            json!(360),
        ),
        (
            "<cloud domain=\"rpc.a.cn\" port=\"80\" path=\"/RPC2\" registerProcedure=\"ping\" \
             protocol=\"xml-rpc\"/>",
            "/cloud",
            json!({"domain": "rpc.a.cn", "port": 80, "path": "/RPC2", "procedure": "ping",
                   "protocol": "xml-rpc"}),
        ),
        ("<image><url>/logo.png</url></image>", "/image", json!("http://news.example.cn/logo.png")),
        ("<language>zh-cn</language>", "/language", json!("zh-cn")),
        ("<dc:language>zh</dc:language>", "/language", json!("zh")),
        ("<dc:date>2026-11-01T00:00:00Z</dc:date>", "/updated", json!("2026-11-01T00:00:00Z")),
        (
            "<dcterms:modified>2026-11-01T00:00:00Z</dcterms:modified>",
            "/updated",
            json!("2026-11-01T00:00:00Z"),
        ),
        ("<atom:link rel=\"self\" href=\"http://a.cn/feed\"/>", "/self", json!("http://a.cn/feed")),
        (
            "<atom:link rel=\"hub\" href=\"http://hub.cn/\"/>\
             <atom:link rel=\"hub\" href=\"http://hub2.cn/\"/>",
            "/hubs",
            json!(["http://hub.cn/", "http://hub2.cn/"]),
        ),
        (
            "<atom:link rel=\"next\" href=\"http://a.cn/feed?page=2\"/>",
            "/next",
            json!("http://a.cn/feed?page=2"),
        ),
    ];
    for (inner, pointer, expected) in rows {
        says(&in_channel(inner), pointer, &expected);
    }
}

#[test]
fn what_rss_says_of_an_item_is_collected() {
    let guid = "<guid isPermaLink=\"false\">http://a.cn/1</guid>";
    let rows = [
        ("<source url=\"http://b.cn/feed\">乙报</source>", "/source", json!("乙报")),
        ("<source url=\"http://b.cn/feed\">乙报</source>", "/credit", json!("乙报")),
        ("<guid>http://a.cn/1</guid>", "/guid_is_link", json!(true)),
        ("<guid>http://a.cn/1</guid>", "/link", json!("http://a.cn/1")),
        (guid, "/guid_is_link", json!(false)),
        (guid, "/link", Value::Null),
        (
            "<guid isPermaLink=\"true\">a/1.html</guid>",
            "/link",
            json!("http://news.example.cn/feed/a/1.html"),
        ),
        ("<atom:link href=\"http://a.cn/1\"/>", "/link", json!("http://a.cn/1")),
        ("<atom:link rel=\"alternate\">http://a.cn/1</atom:link>", "/link", json!("http://a.cn/1")),
        (
            "<atom:link rel=\"replies\" href=\"http://a.cn/1#c\"/>",
            "/comments/link",
            json!("http://a.cn/1#c"),
        ),
        (
            "<atom:link rel=\"enclosure\" href=\"http://a.cn/1.mp3\" type=\"audio/mpeg\"/>",
            "/media/0/url",
            json!("http://a.cn/1.mp3"),
        ),
        ("<slash:comments>7</slash:comments>", "/comments/count", json!(7)),
        ("<thr:total>8</thr:total>", "/comments/count", json!(8)),
        ("<thr:in-reply-to ref=\"tag:a.cn,2026:0\"/>", "/reply_to", json!("tag:a.cn,2026:0")),
        (
            "<wfw:commentRss>http://a.cn/1/feed</wfw:commentRss>",
            "/comments_feed",
            json!("http://a.cn/1/feed"),
        ),
        ("<comments>http://a.cn/1#c</comments>", "/comments/link", json!("http://a.cn/1#c")),
        ("<georss:point>34.3 108.5</georss:point>", "/location", json!([34.3, 108.5])),
        (
            "<georss:where><gml:Point><gml:pos>34.3 108.5</gml:pos></gml:Point></georss:where>",
            "/location",
            json!([34.3, 108.5]),
        ),
        ("<geo:lat>34.3</geo:lat><geo:long>108.5</geo:long>", "/location", json!([34.3, 108.5])),
        ("<dc:subject>农业</dc:subject>", "/categories/0/term", json!("农业")),
        (
            "<category domain=\"http://a.cn/c\">农业</category>",
            "/categories/0",
            json!({"term": "农业", "scheme": "http://a.cn/c", "label": null}),
        ),
        ("<atom:category term=\"农业\"/>", "/categories/0/term", json!("农业")),
        ("<dc:creator>高依</dc:creator>", "/authors/0/name", json!("高依")),
        ("<dc:rights>(c) 报社</dc:rights>", "/rights", json!("(c) 报社")),
        ("<atom:author><name>高依</name></atom:author>", "/authors/0/name", json!("高依")),
        ("<dc:date>2026-11-01</dc:date>", "/published", json!("2026-10-31T16:00:00Z")),
        (
            "<dcterms:issued>2026-11-01T00:00:00Z</dcterms:issued>",
            "/published",
            json!("2026-11-01T00:00:00Z"),
        ),
        (
            "<dcterms:created>2026-11-01T00:00:00Z</dcterms:created>",
            "/published",
            json!("2026-11-01T00:00:00Z"),
        ),
        (
            "<dcterms:modified>2026-11-01T00:00:00Z</dcterms:modified>",
            "/updated",
            json!("2026-11-01T00:00:00Z"),
        ),
        ("<atom:summary>提要</atom:summary>", "/summary", json!("提要")),
        ("<dc:description>提要</dc:description>", "/summary", json!("提要")),
    ];
    for (inner, field, expected) in rows {
        says(&in_item(inner), &format!("/entries/0{field}"), &expected);
    }
}

#[test]
fn what_atom_says_of_an_entry_is_collected() {
    let rows = [
        ("xml:lang=\"zh-CN\"", "", "/language", json!("zh-CN")),
        (
            "xml:base=\"http://b.cn/x/\"",
            "<link href=\"1.html\"/>",
            "/link",
            json!("http://b.cn/x/1.html"),
        ),
        ("xml:base=\"/x/\"", "", "/base", json!("http://news.example.cn/x/")),
        ("", "<source><title>乙报</title></source>", "/source", json!("乙报")),
        (
            "",
            "<thr:in-reply-to ref=\"tag:0\" href=\"http://a.cn/0\"/>",
            "/reply_to",
            json!("tag:0"),
        ),
        ("", "<thr:total>8</thr:total>", "/comments/count", json!(8)),
        (
            "",
            "<link rel=\"replies\" type=\"application/atom+xml\" href=\"http://a.cn/1/feed\"/>",
            "/comments_feed",
            json!("http://a.cn/1/feed"),
        ),
        ("", "<georss:point>34.3 108.5</georss:point>", "/location", json!([34.3, 108.5])),
        ("", "<dc:subject>农业</dc:subject>", "/categories/0/term", json!("农业")),
        ("", "<dc:creator>高依</dc:creator>", "/authors/0/name", json!("高依")),
        ("", "<rights type=\"html\">&amp;copy; 报社</rights>", "/rights", json!("© 报社")),
        (
            "",
            "<content xml:base=\"http://c.cn/y/\" type=\"html\">&lt;img src=\"1.jpg\">一</content>",
            "/media/0/url",
            json!("http://c.cn/y/1.jpg"),
        ),
    ];
    for (attributes, inner, field, expected) in rows {
        says(&in_entry(attributes, inner), &format!("/entries/0{field}"), &expected);
    }
}

#[test]
fn media_rss_is_read_under_each_of_its_names() {
    for namespace in [
        "http://search.yahoo.com/mrss/",
        "http://search.yahoo.com/mrss",
        "https://search.yahoo.com/mrss/",
        "http://www.rssboard.org/media-rss",
        "http://www.rssboard.org/media-rss/",
        "http://video.search.yahoo.com/mrss",
        "http://video.search.yahoo.com/mrss/",
    ] {
        let item = "<item><title>甲</title><m:group><m:content url=\"http://a.cn/1.mp4\" \
            type=\"video/mp4\"/></m:group><m:thumbnail url=\"http://a.cn/1.jpg\"/>\
            <m:category>农业</m:category></item>";
        let document = format!(
            "<rss version=\"2.0\" xmlns:m=\"{namespace}\"><channel><title>t</title>{item}\
             </channel></rss>"
        );
        let entry = &inspect(&document)["entries"][0];
        assert_media(entry, ["http://a.cn/1.mp4", "http://a.cn/1.jpg"]);
        assert_eq!(entry["categories"][0]["term"], "农业", "{namespace}");
    }
}

#[test]
fn what_json_feed_says_is_collected() {
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": "t",
        "feed_url": "http://a.cn/feed.json",
        "home_page_url": "http://a.cn/",
        "next_url": "http://a.cn/feed.json?page=2",
        "icon": "http://a.cn/icon.png",
        "language": "zh-CN",
        "hubs": [{"type": "WebSub", "url": "http://hub.cn/"}],
        "items": [{
            "id": "1",
            "url": "http://a.cn/1",
            "title": "甲",
            "image": "http://a.cn/1.jpg",
            "banner_image": "http://a.cn/2.jpg",
            "tags": ["农业", "县域"],
            "language": "en",
            "content_text": "一",
            "attachments": [{"url": "http://a.cn/1.mp3", "mime_type": "audio/mpeg"}]
        }]
    });
    let text = feed.to_string();
    for document in [text.clone(), format!("\u{FEFF}{text}"), format!("  \n{text}\n")] {
        let rows = [
            ("/self", json!("http://a.cn/feed.json")),
            ("/next", json!("http://a.cn/feed.json?page=2")),
            ("/image", json!("http://a.cn/icon.png")),
            ("/hubs", json!(["http://hub.cn/"])),
            ("/entries/0/language", json!("en")),
            ("/entries/0/categories/1/term", json!("县域")),
        ];
        for (pointer, expected) in rows {
            says(&document, pointer, &expected);
        }
        assert_media(&inspect(&document)["entries"][0], ["http://a.cn/1.mp3", "http://a.cn/1.jpg"]);
    }
}

#[test]
fn feeds_behind_junk_are_read() {
    let feed = in_item("<link>http://a.cn/1</link>");
    for junk in [
        "\n\n\t",
        "<br />\n<b>Warning</b>: mysql_connect() in <b>/www/x.php</b> on line <b>3</b><br />",
        "<!-- cached -->",
        "<?php echo 1; ?>",
        "<?xml version=\"1.0\"?><?xml version=\"1.0\"?>",
        "Notice: undefined index & so on\n",
    ] {
        says(&format!("{junk}{feed}"), "/entries/0/link", &json!("http://a.cn/1"));
    }
}
