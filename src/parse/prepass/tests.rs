use super::super::sniff::{Kind as Sniffed, sniff};
use super::*;

#[track_caller]
fn prepared(text: &str) -> Prepared<'_> {
    let Sniffed::Xml(root) = sniff(text, None) else { panic!("no feed: {text}") };
    prepare(text, &root, None, Limits::default())
}

#[track_caller]
fn becomes(text: &str, expected: &str) {
    assert_eq!(prepared(text).document(), expected);
}

#[test]
fn a_document_without_faults_is_handed_on_as_it_is() {
    let feed = "<rss version=\"2.0\"><channel><item><title>a &amp; b</title><!-- c -->\
        <description><![CDATA[<p>d & e</p>]]></description></item></channel></rss>";
    let text = format!("<?xml version=\"1.0\"?>\n{feed}\n");
    let prepared = prepared(&text);
    assert!(matches!(prepared.document(), Cow::Borrowed(_)));
    assert_eq!(prepared.document(), feed);
    assert!(prepared.defects.is_empty());
}

#[test]
fn markup_in_a_text_becomes_a_section() {
    becomes(
        "<rss version=\"2.0\"><channel><title>a<b>c</b> ]]> &amp;<br/><x:y/></title></channel></rss>",
        "<rss version=\"2.0\"><channel><title><![CDATA[a<b>c</b> ]]&gt; &amp;<br/><y></y>]]></title>\
         </channel></rss>",
    );
    becomes(
        "<rss version=\"2.0\"><channel><title><![CDATA[<i>a</i>]]><b>c</b></title></channel></rss>",
        "<rss version=\"2.0\"><channel><title><![CDATA[<i>a</i><b>c</b>]]></title></channel></rss>",
    );
    becomes(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title type=\"xhtml\"><div>a</div></title></feed>",
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title type=\"html\"><![CDATA[<div>a</div>]]>\
         </title></feed>",
    );
}

#[test]
fn prefixes_without_a_declaration_get_one() {
    becomes(
        "<rss version=\"2.0\"><channel><media:x>a</media:x><y:title>b</y:title></channel></rss>",
        "<rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\" \
         xmlns:y=\"urn:undeclared\"><channel><media:x>a</media:x><y:title>b</y:title></channel></rss>",
    );
    becomes(
        "<rss version=\"2.0\" xmlns:m=\"http://search.yahoo.com/mrss\"><channel/></rss>",
        "<rss version=\"2.0\" xmlns:m=\"http://search.yahoo.com/mrss/\"><channel/></rss>",
    );
}

#[test]
fn an_item_can_be_read_on_its_own() {
    let text = "<rss version=\"2.0\"><channel><title>t</title><item><title>a&b</title></item>\
        <item><title>c</item></channel></rss>";
    let prepared = prepared(text);
    assert_eq!(prepared.items(), 2);
    assert_eq!(
        prepared.with_item(1).as_deref(),
        Some(
            "<rss version=\"2.0\"><channel><title>t</title><item><title>c</title></item>\
             </channel></rss>"
        )
    );
    assert_eq!(prepared.with_item(2), None);
}

#[test]
fn what_feed_rs_cannot_bear_is_taken_out() {
    becomes(
        "<rss version=\"2.0\"><channel><item><author>a@b.cn（张）</author><x/></item></channel></rss>",
        "<rss version=\"2.0\"><channel><item><x/></item></channel></rss>",
    );
    becomes(
        "<rss version=\"2.0\"><?php a ?><!DOCTYPE x><channel></channel></rss><rss>",
        "<rss version=\"2.0\"><channel></channel></rss>",
    );
    becomes("<rss version=\"2.0\"></rss>", "<rss version=\"2.0\"><channel></channel></rss>");
}

#[test]
fn long_texts_go_round_and_come_back() {
    let long = "兴平市".repeat(40);
    let text = format!(
        "<rss version=\"2.0\"><channel><item><description>{long}&amp;</description></item>\
         <item><description><![CDATA[ {long} ]]></description></item></channel></rss>"
    );
    let mut prepared = prepared(&text);
    let document = prepared.document().into_owned();
    assert!(!document.contains(&long), "long texts are not handed on: {document}");
    let marks: Vec<String> = document
        .split("<description>")
        .skip(1)
        .filter_map(|rest| rest.split('<').next().map(str::to_owned))
        .collect();
    assert_eq!(marks.len(), 2);
    for (mark, expected) in marks.into_iter().zip([format!("{long}&"), long]) {
        let mut text = mark;
        prepared.cuts.restore(&mut text);
        assert_eq!(text, expected);
    }
    let mut other = "cut 0000000000000000 0".to_owned();
    prepared.cuts.restore(&mut other);
    assert_eq!(other, "cut 0000000000000000 0");
}
