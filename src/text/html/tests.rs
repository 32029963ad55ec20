use super::*;

#[test]
fn references_are_resolved_as_html_does() {
    assert_eq!(decode("a &amp; b &lt;i&gt; &nbsp;&copy;&#20852;&#x5e73;"), "a & b <i> \u{A0}©兴平");
    assert_eq!(decode("&#150;&#0;&#xD800;&#99999999999;"), "–\u{FFFD}\u{FFFD}\u{FFFD}");
    assert_eq!(decode("R&D, ?a=1&lt=2&b=3 &unknown; &"), "R&D, ?a=1&lt=2&b=3 &unknown; &");
    assert_eq!(decode("a &amp b"), "a & b");
}

#[test]
fn text_keeps_words_apart_and_drops_scripts() {
    let html = "<p>甲&nbsp;乙<br/>丙</p><script>var a = '<p>x</p>';</script><div>丁<b>戊</b></div><!-- 己 -->";
    assert_eq!(to_text(html, 100), "甲 乙 丙 丁戊");
}

#[test]
fn blocks_and_breaks_are_lines() {
    let html = "<p>本报讯&nbsp;（记者 张三）</p>\n<div>甲<b>乙</b><br>丙</div><script>丁</script>\n\n戊 &amp; 己";
    assert_eq!(to_lines(html, 99), ("本报讯 （记者 张三）\n甲乙\n丙\n戊 & 己".to_owned(), true));
    assert_eq!(to_lines("<p>一二</p><p>三四</p>", 3), ("一二\n三".to_owned(), false));
    let long = "字".repeat(100_000);
    assert_eq!(to_lines(&long, 5), ("字".repeat(5), false));
}

#[test]
fn what_is_no_tag_stays_text() {
    assert_eq!(to_text("1 < 2 且 List<String> 《<兴平>", 100), "1 < 2 且 List<String> 《<兴平>");
    assert_eq!(to_text("a <a href='x>y'>link</a> <b", 100), "a link");
}

#[test]
fn a_title_escaped_twice_is_resolved_twice() {
    assert_eq!(to_title("Q&amp;amp;A &amp;#8220;x&amp;#8221;", 100), "Q&A “x”");
    assert_eq!(to_title("AT&amp;T &amp; R&amp;D", 100), "AT&T & R&D");
}

#[test]
fn what_begins_as_a_tag_and_goes_on_as_text_stays_in_a_title() {
    for title in [
        "a<b and c>d",
        "<u 2 concert>",
        "5 < 6 & 7 > 3",
        "若 a<b",
        "List<String> 与 <COVID-19>",
        "<foo>bar</foo>",
        "The <title> element",
        "<Style guide> for all",
        "a<b and c=d and e>f",
    ] {
        assert_eq!(to_title(title, 100), title);
        assert_eq!(to_title(&escape(title), 100), title);
        assert_eq!(to_title(&escape(&escape(title)), 100), title);
    }
    let cases = [
        ("<b>兴平</b>要闻<br />x", "兴平要闻 x"),
        ("<font color=red>红</font><FONT COLOR=\"#f00\" SIZE=2>字</FONT>", "红字"),
        ("<td nowrap>甲</td><td>乙", "甲 乙"),
        ("<a href=\"x\"\" target=_blank>链</a>", "链"),
        ("<o:p>甲</o:p>", "甲"),
        ("<style>x</style>甲<script>y", "甲"),
        ("甲 <a href=\"http://a.cn", "甲"),
    ];
    for (html, expected) in cases {
        assert_eq!(to_title(html, 100), expected, "{html}");
    }
    let mut thrice = "<b>甲</b> &amp; 乙".to_owned();
    for _ in 0..3 {
        assert_eq!(to_title(&thrice, 100), "甲 & 乙", "{thrice}");
        thrice = escape(&thrice).into_owned();
    }
}

#[test]
fn a_text_escaped_once_too_often_is_told_from_one_that_shows_tags() {
    let escaped = "\n&lt;p&gt;甲&lt;br/&gt;乙 &amp;amp; 丙&lt;/p&gt;";
    assert_eq!(unescaped(escaped).as_deref(), Some("\n<p>甲<br/>乙 &amp; 丙</p>"));
    for text in [
        "&lt;p&gt;",
        "&lt;b 与 a",
        "甲 &lt;b&gt;x&lt;/b&gt;",
        "<p>&lt;b&gt;x&lt;/b&gt;</p>",
        "&lt;兴平&gt;",
        "甲",
    ] {
        assert_eq!(unescaped(text), None, "{text}");
    }
}

#[test]
fn lists_are_sorted_for_their_search() {
    assert!(is_block("P") && is_block("address") && is_block("ul") && is_block("figure"));
    assert!(is_inline("a") && is_inline("WBR") && is_inline("span") && !is_inline("String"));
}

#[test]
fn attributes_are_found_whatever_their_quotes() {
    let attributes = " width=1 HEIGHT='2' alt=\"a > b &amp; c\" checked src=x/y.png /";
    assert_eq!(attribute(attributes, "height").as_deref(), Some("2"));
    assert_eq!(attribute(attributes, "alt").as_deref(), Some("a > b & c"));
    assert_eq!(attribute(attributes, "src").as_deref(), Some("x/y.png"));
    assert_eq!(attribute(attributes, "checked").as_deref(), Some(""));
    assert_eq!(attribute(attributes, "title"), None);
}

#[test]
fn hostile_text_is_read_in_one_pass() {
    for unit in ["<a \"", "<!--", "</", "<script>", "<a b='", "&", "&#", "<"] {
        let html = unit.repeat(20_000);
        let _ = to_text(&html, usize::MAX);
        let _ = to_title(&html, 500);
    }
}
