//! Documents that are odd and plausible.

use super::*;
use crate::text::html;

fn kinds(feed: &ParsedFeed) -> Vec<&str> {
    feed.defects.iter().map(|defect| defect.kind).collect()
}

#[test]
fn a_feed_inside_a_web_page_is_read() {
    let feed_itself = rss("<item><title>甲 &amp; 乙</title><link>http://a.cn/1</link></item>");
    let declared = format!("<?xml version=\"1.0\"?>\n{feed_itself}");
    let escaped = html::escape(&declared);
    for page in [
        format!("<html><body><pre>\njunk\n{declared}</pre></body></html>"),
        format!(
            "<!DOCTYPE html><html><head><title>x</title></head><body>{feed_itself}</body></html>"
        ),
        format!("<html><body><pre>{escaped}</pre></body></html>"),
        format!("<pre style=\"white-space: pre-wrap\">\n{escaped}\n</pre>"),
        escaped.into_owned(),
    ] {
        let feed = feed(&page);
        assert_eq!(feed.title.as_deref(), Some("兴平"), "{page}");
        assert_eq!(feed.entries[0].title.as_deref(), Some("甲 & 乙"), "{page}");
        assert_eq!(kinds(&feed), ["inside-a-page"], "{page}");
    }
    let named =
        "<html><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/rss\"><p>x</p></html>";
    let error = read(named.as_bytes()).expect_err("a page");
    assert_eq!(error.to_string(), "not a feed: the document is a web page whose feed is /rss");
}

#[test]
fn a_section_without_its_end_costs_nothing_of_what_follows() {
    let next = "<item><title>丁</title><description><![CDATA[<p>戊</p>]]></description></item>";
    for item in [
        "<item><title>甲</title><description><![CDATA[<p>乙 & 丙</p></description></item>",
        "<item><title>甲</title><description><![CDATA[<p>乙 & 丙</p></item>",
        "<item><title>甲</title><description>\n<![CDATA[<p>乙 & 丙</p>\n</description>\n</item>",
        "<item><description><![CDATA[<p>乙 & 丙</p></description><title><![CDATA[甲</title></item>",
    ] {
        for next in
            [next, "<item><title>丁</title><description>&lt;p>戊&lt;/p></description></item>"]
        {
            let feed = feed(&rss(&format!("{item}{next}")));
            let texts: Vec<_> = feed
                .entries
                .iter()
                .map(|entry| {
                    [&entry.title, &entry.summary].map(|text| text.as_deref().map(str::trim))
                })
                .collect();
            let expected = [[Some("甲"), Some("<p>乙 & 丙</p>")], [Some("丁"), Some("<p>戊</p>")]];
            assert_eq!(texts, expected, "{item}{next}");
            assert!(kinds(&feed).contains(&"unclosed-section"), "{:?}", feed.defects);
            assert!(!kinds(&feed).contains(&"bad-reference"), "{:?}", feed.defects);
        }
    }
    let cut = feed(
        "<rss version=\"2.0\"><channel><title>t</title><item><title>甲</title><description><![CDATA[<p>乙</p> & 丙",
    );
    assert_eq!(cut.entries[0].summary.as_deref(), Some("<p>乙</p> & 丙"));
    assert_eq!(kinds(&cut), ["truncated", "unclosed-section"]);
}

#[test]
fn a_section_that_is_not_closed_may_stand_beside_markup() {
    let feed = feed(&rss(
        "<item><title>甲</title><description><b>乙</b><![CDATA[<i>丙</i></description></item>",
    ));
    assert_eq!(feed.entries[0].summary.as_deref(), Some("<b>乙</b><i>丙</i>"));
    let feed = super::feed(&rss(
        "<item><title>甲</title><description><![CDATA[<i>丙</i><b>乙</b></description></item>",
    ));
    assert_eq!(feed.entries[0].summary.as_deref(), Some("<i>丙</i><b>乙</b>"));
}

#[test]
fn rss_may_say_what_its_addresses_are_relative_to() {
    let feed = feed(
        "<rss version=\"2.0\" xml:base=\"http://a.cn/x/\"><channel xml:base=\"y/\"><title>t</title>\
         <link>home/</link><image><url>logo.png</url></image>\
         <item xml:base=\"z/\"><title>甲</title><link>1.html</link>\
         <description xml:base=\"img/\">&lt;img src=\"p.jpg\"&gt;</description>\
         <enclosure url=\"v.mp4\" type=\"video/mp4\" length=\"1\"/></item>\
         <item><title>乙</title><link>2.html</link><description xml:base=\"s/\">s</description>\
         <content:encoded>&lt;p&gt;c&lt;/p&gt;</content:encoded></item></channel></rss>",
    );
    assert_eq!(feed.link.as_deref(), Some("http://a.cn/x/y/home/"));
    assert_eq!(feed.image.as_deref(), Some("http://a.cn/x/y/logo.png"));
    let [first, second] = &feed.entries[..] else { panic!("two entries") };
    assert_eq!(first.link.as_deref(), Some("http://a.cn/x/y/z/1.html"));
    assert_eq!(first.base.as_deref(), Some("http://a.cn/x/y/z/img/"));
    assert_eq!(first.media[0].url, "http://a.cn/x/y/z/v.mp4");
    // The text that is shown decides.
    assert_eq!(second.base.as_deref(), Some("http://a.cn/x/y/"));
    assert_eq!(feed.defects, []);
}

#[test]
fn items_that_say_nothing_are_dropped() {
    let items =
        "<item/><item><title>甲</title></item><item> </item><item><title/><link></link></item>";
    let feed = feed(&rss(items));
    assert_eq!(feed.entries.len(), 1);
    assert_eq!(kinds(&feed), ["empty-item"]);
    assert!(feed.defects[0].detail.ends_with(": 3"), "{:?}", feed.defects);
    let feed = super::feed(
        "{\"version\": \"https://jsonfeed.org/version/1.1\", \"title\": \"t\", \
         \"items\": [1, null, {\"id\": \"1\", \"content_text\": \"a\"}, {}, []]}",
    );
    assert_eq!(feed.entries.len(), 1);
    assert_eq!(kinds(&feed), ["unreadable-item", "empty-item"]);
}

#[test]
fn items_are_found_wherever_they_stand() {
    let item = |name: &str| format!("<item><title>{name}</title></item>");
    let [a, b] = ["甲", "乙"].map(item);
    for document in [
        // Something around them, or fields of the channel without their ends.
        format!(
            "<rss version=\"2.0\"><channel><title>t</title><items>{a}{b}</items></channel></rss>"
        ),
        format!("<rss version=\"2.0\"><channel><title>t<link>http://a.cn/<description>d{a}{b}"),
        format!("<rss version=\"2.0\"><items>{a}{b}</items></rss>"),
        // Behind the end, or in a second feed.
        format!("<rss version=\"2.0\"><channel><title>t</title></channel></rss>{a}{b}"),
        format!(
            "<rss version=\"2.0\"><channel><title>t</title>{a}</channel></rss>\n\
             <?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>u</title>{b}</channel></rss>"
        ),
        format!(
            "<RSS VERSION=\"2.0\"><CHANNEL>{a}</CHANNEL></RSS><RSS><CHANNEL>{b}</CHANNEL></RSS>"
        ),
    ] {
        let feed = feed(&document);
        let titles: Vec<_> = feed.entries.iter().map(|entry| entry.title.as_deref()).collect();
        assert_eq!(titles, [Some("甲"), Some("乙")], "{document}");
        assert!(kinds(&feed).contains(&"ill-formed"), "{document}: {:?}", feed.defects);
        assert!(feed.title.is_none_or(|title| title == "t"), "{document}");
    }
    let nested = rss("<item><description>x</description><item/><title>甲</title></item>");
    assert_eq!(feed(&nested).entries[0].title.as_deref(), Some("甲"));
    // What an extension calls an item is none of the feed.
    let list = rss(&format!("<x:list xmlns:x=\"urn:x\"><x:of>{a}</x:of></x:list>{b}"));
    assert_eq!(feed(&list).entries.len(), 1);
}

#[test]
fn atom_in_capital_letters_is_read() {
    for feed_name in ["FEED", "Feed", "feed"] {
        let feed = feed(&format!(
            "<{feed_name} xmlns=\"http://www.w3.org/2005/Atom\"><TITLE>t</TITLE><ENTRY><Title TYPE=\"html\">甲 &lt;b&gt;乙&lt;/b&gt;</Title>\
             <LINK REL=\"alternate\" HREF=\"http://a.cn/1\"/><ID>1</ID><Updated>2021-09-01T00:00:00Z</Updated>\
             <AUTHOR><NAME>张三</NAME></AUTHOR></ENTRY></{feed_name}>"
        ));
        assert_eq!(feed.title.as_deref(), Some("t"));
        let entry = &feed.entries[0];
        assert_eq!(entry.title.as_deref(), Some("甲 <b>乙</b>"));
        assert_eq!(entry.link.as_deref(), Some("http://a.cn/1"));
        assert_eq!((entry.guid.as_deref(), entry.authors[0].name.as_str()), (Some("1"), "张三"));
        assert!(entry.updated.is_some());
    }
}
