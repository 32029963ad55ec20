mod odd;
mod torn;

use super::*;
use crate::model::{FeedFormat, Location};

fn context() -> ParseContext {
    ParseContext {
        zone: Tz::Asia__Shanghai,
        polled_at: Timestamp(1_795_507_200),
        limits: Limits::default(),
    }
}

fn read(bytes: &[u8]) -> Result<ParsedFeed, ParseError> {
    parse(&Document { bytes, content_type: None, url: None }, &context())
}

#[track_caller]
fn feed(text: &str) -> ParsedFeed {
    read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn rss(items: &str) -> String {
    format!(
        "<rss version=\"2.0\"><channel><title>兴平</title><link>http://a.cn/</link>{items}</channel></rss>"
    )
}

#[test]
fn an_rss_item_is_read_whole() {
    let feed = feed(&rss(
        "<item><title>甲</title><link>http://a.cn/1</link><guid isPermaLink=\"false\">g1</guid>\
         <pubDate>2021-09-01 07:59</pubDate><author>a@b.cn（张三）</author><category>民生</category>\
         <description>&lt;p&gt;乙&lt;/p&gt;</description><content:encoded><![CDATA[<p>丙</p>]]></content:encoded>\
         <enclosure url=\"http://a.cn/1.jpg\" type=\"image/jpeg\" length=\"5\"/>\
         <source url=\"http://b.cn/rss\">咸阳日报</source><slash:comments>7</slash:comments>\
         <comments>http://a.cn/1#c</comments></item>",
    ));
    assert_eq!(feed.format, FeedFormat::Rss20);
    assert_eq!(feed.defects, []);
    let entry = &feed.entries[0];
    assert_eq!(entry.guid.as_deref(), Some("g1"));
    assert!(!entry.guid_is_link);
    assert_eq!(entry.link.as_deref(), Some("http://a.cn/1"));
    assert_eq!(entry.published.map(|d| d.at.rfc3339()).as_deref(), Some("2021-08-31T23:59:00Z"));
    assert_eq!(entry.authors[0].name, "张三");
    assert_eq!(entry.summary.as_deref(), Some("<p>乙</p>"));
    assert_eq!(entry.content.as_deref(), Some("<p>丙</p>"));
    assert_eq!(entry.media[0].url, "http://a.cn/1.jpg");
    assert_eq!(entry.source_title.as_deref(), Some("咸阳日报"));
    assert_eq!(entry.categories[0].term, "民生");
    let comments = entry.comments.as_ref().expect("comments");
    assert_eq!((comments.count, comments.link.as_deref()), (Some(7), Some("http://a.cn/1#c")));
}

#[test]
fn a_guid_that_is_an_address_is_marked_so() {
    let entry = &feed(&rss("<item><title>a</title><guid>http://a.cn/2</guid></item>")).entries[0];
    assert!(entry.guid_is_link);
    assert_eq!(entry.link, None);
}

#[test]
fn no_item_can_name_the_text_of_another() {
    let long = "兴平市今年秋粮喜获丰收。".repeat(12);
    for text in ["&#62883;0", "\u{F5A3}0", "&#xF5A3;+0", "0", "cut 0", "cut 0000000000000000 0"] {
        let read = feed(&rss(&format!(
            "<item><guid>1</guid><description>{text}</description></item>\
             <item><guid>2</guid><description>{long}</description></item>"
        )));
        let summary = |at: usize| read.entries[at].summary.as_deref();
        assert_eq!(summary(1), Some(long.as_str()), "{text}");
        assert_ne!(summary(0), Some(long.as_str()), "{text}");
    }
}

#[test]
fn damage_costs_as_little_as_it_can() {
    let cases = [
        // A bare ampersand, unknown references, a `<` that begins nothing.
        (
            "<item><title>R&D &nbsp;1 < 2 &bogus;</title></item>",
            "R&amp;D \u{A0}1 &lt; 2 &amp;bogus;",
            1,
        ),
        // Missing end tags.
        ("<item><title>a</title><link>http://a.cn/1</item><item><title>b</item>", "a", 2),
        ("<item><title>a<link>http://a.cn/1</link></item><item><title>b", "a", 2),
        // End tags of nothing.
        ("<item></b><title>a</title></p></item>", "a", 1),
        // Markup where text belongs.
        ("<item><title>a <b>c</b><br> d</title></item>", "a <b>c</b><br> d", 1),
        ("<item><title>a</title><description>x<p>y<br>z</description></item>", "a", 1),
        // What makes feed-rs panic or fail.
        ("<item><title>a</title><author>a@b.cn（张三）</author></item>", "a", 1),
        (
            "<item><title>a</title><itunes:duration>99999999999999999999</itunes:duration></item>",
            "a",
            1,
        ),
        (
            "<item><title>a</title><media:title/><media:description> </media:description></item>",
            "a",
            1,
        ),
        ("<item><title>a</title><podcast:person role=\"x\">y</podcast:person></item>", "a", 1),
        ("<item><title>a</title><guid>&#0;1</guid>&#xD800;</item>", "a", 1),
        (
            "<item><title>a</title><media:thumbnail url=\"b\" time=\"99999999999999999999\"/></item>",
            "a",
            1,
        ),
        ("<item><title>a</title><enclosure url=b.mp3?x&y='1' length=3></item>", "a", 1),
        ("<item><title>a</title><x:y z:w='1'>q</x:y></item>", "a", 1),
        ("</channel><item><title>a</title></item>", "a", 1),
    ];
    for (items, title, count) in cases {
        let feed = feed(&rss(items));
        assert_eq!(feed.entries.len(), count, "{items}");
        let read = feed.entries[0].title.as_deref().map(html_text);
        assert_eq!(read, Some(html_text(title)), "{items} {:?}", feed.defects);
    }
}

fn html_text(html: &str) -> String {
    crate::text::html::to_text(html, 100)
}

#[test]
fn roots_that_feed_rs_refuses_are_read() {
    let item = "<item><title>a</title><link>http://a.cn/1</link></item>";
    for document in [
        format!("<rss><channel>{item}</channel></rss>"),
        format!("<RSS version='2.0.1'><channel>{item}</channel></RSS>"),
        format!(
            "<rss version=\"2.0\" xmlns=\"http://example.com/x\"><channel>{item}</channel></rss>"
        ),
        format!(
            "<br/>\n<b>Warning</b>: x\n<?xml version=\"1.0\"?><rss version=\"2.0\"><channel>{item}</channel></rss>x"
        ),
        format!("<channel>{item}</channel>"),
        format!("<rss version=\"0.91\">{item}</rss>"),
        format!(
            "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://my.netscape.com/rdf/simple/0.9/\"><channel><title>t</title></channel>{item}</rdf:RDF>"
        ),
        format!(
            "<rdf:RDF xmlns=\"http://purl.org/rss/1.0/\">{}</rdf:RDF>",
            "<item rdf:about=\"http://a.cn/1\"><title>a</title></item>"
        ),
        format!(
            "<rdf:RDF xmlns=\"http://purl.org/rss/1.0/\">{}</rdf:RDF>",
            "<item><title>a</title><link><y>http://a.cn/1</y></link></item>"
        ),
        format!("<channel/>{item}"),
        format!("<rss version=\"2.0\"><channel/>{item}</rss>"),
        format!("<rss version=\"2.0\"><channel></channel>{item}</rss>"),
    ] {
        let feed = feed(&document);
        assert_eq!(feed.entries.len(), 1, "{document}");
        assert_eq!(feed.entries[0].title.as_deref(), Some("a"), "{document}");
        let address = feed.entries[0].link.as_deref().or(feed.entries[0].guid.as_deref());
        assert_eq!(address, Some("http://a.cn/1"), "{document}");
        assert!(feed.defects.iter().all(|defect| defect.kind != "unaligned"), "{document}");
    }
}

#[test]
fn a_prefix_that_cannot_be_declared_names_nothing() {
    for prefix in ["a\\b", "甲", "xml"] {
        let entries = format!("<entry><title>a</title></entry><{prefix}:entry>x</{prefix}:entry>");
        let feed = feed(&format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>t</title>{entries}</feed>"
        ));
        assert_eq!(feed.entries.len(), 1, "{prefix}");
        assert_eq!(feed.entries[0].title.as_deref(), Some("a"), "{prefix}");
    }
}

#[test]
fn atom_texts_keep_their_type() {
    let feed = feed(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"zh-CN\" xml:base=\"http://a.cn/x/\">\
         <title type=\"text/plain\">A &amp; B</title><author><name>社</name></author>\
         <link rel=\"self\" href=\"feed\"/><link href=\"/\"/><link rel=\"hub\" href=\"http://hub.cn/\"/>\
         <entry><id> tag:1 </id><title type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">甲<b>乙</b></div></title>\
         <link rel=\"edit\" href=\"e\"/><link href=\"1\"/><updated>2021-09-01T00:00:00Z</updated>\
         <published>bad</published><content type=\"xhtml\"><x:div xmlns:x=\"http://www.w3.org/1999/xhtml\">\
         <x:a href=\"y?a=1&amp;b='&quot;\"/>]]&gt; &lt;</x:div></content>\
         <source><title>源</title><id>no</id></source></entry>\
         <entry><id>2</id><title>1 &lt; 2</title><content src=\"http://a.cn/2\" type=\"text/html\"/></entry></feed>",
    );
    assert_eq!(feed.title.as_deref(), Some("A &amp; B"));
    assert_eq!(feed.self_link.as_deref(), Some("http://a.cn/x/feed"));
    assert_eq!(feed.hubs, ["http://hub.cn/"]);
    let entry = &feed.entries[0];
    assert_eq!(entry.guid.as_deref(), Some("tag:1"));
    assert_eq!(html_text(entry.title.as_deref().unwrap_or("")), "甲乙");
    assert_eq!(entry.link.as_deref(), Some("http://a.cn/x/1"));
    let content = entry.content.as_deref().unwrap_or("");
    assert!(content.contains("<a href=\"y?a=1&amp;b='&quot;\"></a>]]&gt; &lt;</div>"), "{content}");
    assert_eq!(entry.source_title.as_deref(), Some("源"));
    assert_eq!(entry.authors[0].name, "社");
    assert_eq!(entry.language.as_deref(), Some("zh-CN"));
    assert_eq!(entry.base.as_deref(), Some("http://a.cn/x/"));
    assert_eq!(entry.published, None);
    assert_eq!(feed.entries[1].title.as_deref(), Some("1 &lt; 2"));
    assert_eq!(feed.entries[1].link.as_deref(), Some("http://a.cn/2"));
    assert_eq!(feed.defects.iter().map(|d| d.kind).collect::<Vec<_>>(), ["bad-type", "bad-date"]);
}

#[test]
fn atom_0_3_is_read_with_its_own_names() {
    let feed = feed(
        "<feed version=\"0.3\" xmlns=\"http://purl.org/atom/ns#\"><title>t</title><tagline>l</tagline>\
         <entry><title>a</title><link rel=\"alternate\" href=\"http://a.cn/1\"/><id>1</id>\
         <issued>2003-12-13T08:29:29-04:00</issued><content type=\"text/html\" mode=\"escaped\">&lt;p&gt;b&lt;/p&gt;</content></entry></feed>",
    );
    assert_eq!(feed.format, FeedFormat::Atom03);
    assert_eq!(feed.description.as_deref(), Some("l"));
    assert_eq!(feed.entries[0].content.as_deref(), Some("<p>b</p>"));
    assert_eq!(
        feed.entries[0].published.map(|d| d.at.rfc3339()).as_deref(),
        Some("2003-12-13T12:29:29Z")
    );
}

#[test]
fn json_feeds_are_read_with_patience() {
    let feed = feed(
        "\u{FEFF}{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": [\
         {\"id\": 7, \"url\": \"http://a.cn/7\", \"content_text\": \"1 < 2\\n\\n3\", \"tags\": \"x\",\
          \"authors\": [{\"name\": \"张三\"}], \"date_published\": \"2021-09-01T00:00:00Z\"}, null]}",
    );
    assert_eq!(feed.format, FeedFormat::Json11);
    assert_eq!(feed.entries.len(), 1);
    assert_eq!(feed.entries[0].guid.as_deref(), Some("7"));
    assert_eq!(feed.entries[0].content.as_deref(), Some("<p>1 &lt; 2</p><p>3</p>"));
    assert_eq!(feed.entries[0].title, None);
}

#[test]
fn what_is_no_feed_says_what_it_is() {
    assert_eq!(read(b"").expect_err("nothing"), ParseError::Empty);
    assert_eq!(read("\u{FEFF} \n".as_bytes()).expect_err("nothing"), ParseError::Empty);
    let cases: [(&[u8], &str); 6] = [
        (b"<!doctype html><title>x</title><p>y", "a web page"),
        (b"<?xml version='1.0'?><kml/>", "XML with the root element <kml>"),
        (b"{\"error\": 1}", "JSON of another kind"),
        (b"hello", "plain text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "binary data"),
        (b"[1]", "JSON of another kind"),
    ];
    let opml = read(b"<opml><head><title>x</title></head><body/></opml>").expect_err("a list");
    assert!(opml.to_string().starts_with("not a feed: the document is OPML, a list"), "{opml}");
    for (bytes, looks) in cases {
        let error = read(bytes).expect_err(looks);
        assert_eq!(error.to_string(), format!("not a feed: the document is {looks}"));
        assert_eq!(error.kind(), "not_a_feed");
    }
    assert_eq!(read("[".repeat(100_000).as_bytes()).expect_err("deep").kind(), "too_deep");
    assert_eq!(read(b"{\"items\": [").expect_err("cut").kind(), "malformed");
}

#[test]
fn hostile_nesting_and_size_are_bounded() {
    for (open, close) in [
        ("<media:group>", "</media:group>"),
        ("<media:content>", "</media:content>"),
        ("<itunes:category text=\"x\">", "</itunes:category>"),
        ("<x xml:base=\"a/b/c/d/\">", "</x>"),
        ("<x xmlns:a=\"b\" xmlns:c=\"d\">", "</x>"),
        ("<item>", ""),
        ("<description>", "</description>"),
    ] {
        let nested = format!("{}{}", open.repeat(20_000), close.repeat(20_000));
        let document = rss(&format!("<item><title>a</title>{nested}</item>{nested}"));
        assert!(read(document.as_bytes()).is_ok(), "{open}");
    }
    let limits = Limits { items: 3, text_bytes: 1000, ..Limits::default() };
    let context = ParseContext { limits, ..context() };
    let many = rss(&"<item><title>a</title></item>".repeat(9));
    let document = Document { bytes: many.as_bytes(), content_type: None, url: None };
    let feed = parse(&document, &context).expect("three of nine");
    assert_eq!((feed.entries.len(), feed.defects[0].kind), (3, "too-many-items"));
    let large = rss(&"x".repeat(1000));
    let document = Document { bytes: large.as_bytes(), content_type: None, url: None };
    assert_eq!(parse(&document, &context).expect_err("too large").kind(), "too_large");
}

#[test]
fn what_a_feed_says_of_its_rhythm_and_its_places_is_kept() {
    let feed = feed(
        "<rss version=\"2.0\" xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\" \
         xmlns:georss=\"http://www.georss.org/georss\" xmlns:gml=\"http://www.opengis.net/gml\" \
         xmlns:geo=\"http://www.w3.org/2003/01/geo/wgs84_pos#\" \
         xmlns:thr=\"http://purl.org/syndication/thread/1.0\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:wfw=\"http://wellformedweb.org/CommentAPI/\" xmlns:slash=\"http://purl.org/rss/1.0/modules/slash/\">\
         <channel><title>t</title><copyright>(c) 甲</copyright><skipHours><hour>1</hour><hour>24</hour><hour>99</hour></skipHours>\
         <skipDays><day>Saturday</day><day>Sunday</day><day>never</day></skipDays>\
         <sy:updatePeriod> daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>\
         <cloud domain=\"rpc.cn\" port=\"80\" path=\"/RPC2\" registerProcedure=\"p\" protocol=\"http-post\"/>\
         <image><url>http://a.cn/logo.png</url><title>t</title><link>http://a.cn/</link></image>\
         <item><title>a</title><georss:point>34.3 108.5</georss:point><thr:in-reply-to ref=\"tag:0\"/>\
         <wfw:commentRss>http://a.cn/1/feed</wfw:commentRss><slash:comments>3</slash:comments></item>\
         <item><title>b</title><dc:rights>(c) 乙</dc:rights><georss:where><gml:Point><gml:pos>34.3 108.5</gml:pos></gml:Point></georss:where></item>\
         <item><title>c</title><geo:long>108.5</geo:long><geo:lat>34.3</geo:lat></item>\
         <item><title>d</title><georss:point>200 108.5</georss:point></item></channel></rss>",
    );
    assert_eq!((feed.skip_hours.as_slice(), feed.skip_days.as_slice()), (&[1, 0][..], &[6, 7][..]));
    assert_eq!(feed.update_minutes, Some(360));
    let cloud = feed.cloud.expect("a cloud");
    assert_eq!(
        (cloud.domain.as_str(), cloud.port, cloud.path.as_str()),
        ("rpc.cn", Some(80), "/RPC2")
    );
    assert_eq!(feed.image.as_deref(), Some("http://a.cn/logo.png"));
    let place = Location { latitude: 34.3, longitude: 108.5 };
    let places: Vec<Option<Location>> = feed.entries.iter().map(|entry| entry.location).collect();
    assert_eq!(places, [Some(place), Some(place), Some(place), None]);
    let rights: Vec<_> = feed.entries.iter().map(|entry| entry.rights.as_deref()).collect();
    assert_eq!(
        (feed.rights.as_deref(), &rights[..2]),
        (Some("(c) 甲"), &[None, Some("(c) 乙")][..])
    );
    let comments = feed.entries[0].comments.as_ref().expect("comments");
    assert_eq!((comments.count, comments.feed.as_deref()), (Some(3), Some("http://a.cn/1/feed")));
    assert_eq!(feed.entries[0].reply_to.as_deref(), Some("tag:0"));
}

#[test]
fn a_feed_whose_every_date_is_now_is_noticed() {
    let now = context().polled_at;
    let item =
        |at: Timestamp| format!("<item><title>a</title><pubDate>{}</pubDate></item>", at.rfc3339());
    let of = |dates: &[i64]| {
        let items: String = dates.iter().map(|age| item(Timestamp(now.0 - age))).collect();
        feed(&rss(&items))
    };
    let noticed = |feed: &ParsedFeed| feed.defects.iter().any(|d| d.kind == "dates-are-now");
    for dates in [[0, 1, 2], [900, 900, 900]] {
        let feed = of(&dates);
        assert!(noticed(&feed), "{dates:?}");
        assert!(feed.entries.iter().all(|e| e.published.is_some_and(|date| date.relative)));
    }
    for dates in [&[0, 1][..], &[0, 1, 7200], &[900, 900, 1000], &[90_000, 90_000, 90_000]] {
        assert!(!noticed(&of(dates)), "{dates:?}");
    }
}

#[test]
fn atom_inside_rss_says_what_rss_does_not() {
    let feed = feed(
        "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\" \
         xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\"><channel><title>t</title>\
         <item><atom:title>甲</atom:title><atom:author><atom:name>张三</atom:name>\
         <atom:email>z@a.cn</atom:email></atom:author><atom:category term=\"民生\"/>\
         <itunes:keywords>一, 二</itunes:keywords>\
         <atom:content type=\"html\">&lt;p&gt;乙&lt;/p&gt;</atom:content></item></channel></rss>",
    );
    let entry = &feed.entries[0];
    assert_eq!((entry.title.as_deref(), entry.content.as_deref()), (Some("甲"), Some("<p>乙</p>")));
    let author = &entry.authors[0];
    assert_eq!((author.name.as_str(), author.email.as_deref()), ("张三", Some("z@a.cn")));
    let terms: Vec<&str> = entry.categories.iter().map(|c| c.term.as_str()).collect();
    assert_eq!(terms, ["民生", "一", "二"]);
}
