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
