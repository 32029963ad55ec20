//! Documents that are odd and plausible.

use super::*;

fn kinds(feed: &ParsedFeed) -> Vec<&str> {
    feed.defects.iter().map(|defect| defect.kind).collect()
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
