//! From a document to entries: parse and normalise together.

use chrono_tz::Tz;
use countywire::model::{DateFrom, Entry, Media, SourceId, Timestamp};
use countywire::normalise::{self, Context, identify};
use countywire::parse::{Document, Limits, ParseContext, parse};
use url::Url;

/// The entry of an RSS item.
fn one(item: &str) -> Entry {
    let text = format!(
        "<rss version=\"2.0\"><channel><title>t</title><link>http://a.cn/news/</link>\
         <item>{item}</item></channel></rss>"
    );
    of_document(&text)
}

/// The first entry of a document.
fn of_document(text: &str) -> Entry {
    let context = ParseContext {
        zone: Tz::Asia__Shanghai,
        polled_at: Timestamp(1_795_507_200),
        limits: Limits::default(),
    };
    let document = Document { bytes: text.as_bytes(), content_type: None, url: None };
    let feed = parse(&document, &context).expect("a feed");
    let source = SourceId::new("s");
    let base = Url::parse("http://a.cn/feed/rss.xml").expect("a URL");
    let context = Context {
        source: &source,
        base: Some(&base),
        language: Some("zh-CN"),
        rung: 0,
        zone: Tz::UTC,
    };
    let identities = identify(&feed, &context);
    normalise::entry(&feed, &identities.items[0], &context)
}

#[test]
fn an_entry_is_made_of_an_item() {
    let entry = one(
        "<title>兴平&amp;amp;咸阳 &lt;b&gt;要闻&lt;/b&gt;</title><link>/1.html?utm_source=rss&amp;id=1</link>\
         <guid isPermaLink=\"false\"> g </guid><pubDate>2021-09-01 07:59</pubDate>\
         <category>民生</category><category>民生</category>\
         <description>&lt;p&gt;（本报记者 高依）今日&lt;img src=\"a.jpg\" alt=\"图\" onerror=\"x\"&gt;&lt;/p&gt;\
         &lt;p style=\"x\"&gt;来源：咸阳日报&lt;/p&gt;&lt;script&gt;x&lt;/script&gt;</description>",
    );
    assert_eq!(entry.title, "兴平&咸阳 要闻");
    assert_eq!(entry.link.as_deref(), Some("http://a.cn/1.html?id=1"));
    assert_eq!(entry.guid.as_deref(), Some("g"));
    assert_eq!(entry.byline.as_deref(), Some("本报记者 高依"));
    assert_eq!(entry.credit.as_deref(), Some("咸阳日报"));
    assert_eq!(entry.date_from, DateFrom::Published);
    assert_eq!(entry.language.as_deref(), Some("zh-CN"));
    assert_eq!(entry.summary, "（本报记者 高依）今日 来源：咸阳日报");
    assert_eq!(
        entry.content,
        "<p>（本报记者 高依）今日<img src=\"http://a.cn/news/a.jpg\" alt=\"图\"></p>\
         <p>来源：咸阳日报</p>"
    );
    assert_eq!(
        entry.media,
        [Media {
            url: "http://a.cn/news/a.jpg".into(),
            mime: Some("image/jpeg".into()),
            title: Some("图".into()),
            ..Media::default()
        }]
    );
    assert_eq!(entry.categories.len(), 1);
}

#[test]
fn a_plain_description_is_a_summary_only() {
    let entry = one("<title>a</title><description>甲 &amp;lt; 乙 R&amp;D</description>");
    assert_eq!((entry.summary.as_str(), entry.content.as_str()), ("甲 < 乙 R&D", ""));
    let long = one(&format!("<title>a</title><description>{}</description>", "长".repeat(900)));
    assert_eq!(long.summary.chars().count(), 500);
    assert!(long.content.starts_with("<p>长") && long.content.len() > 2700);
}

#[test]
fn what_is_missing_is_made_of_what_is_there() {
    let entry = one(
        "<guid>http://a.cn/2021/09/01/2.html</guid><description>兴平苹果熟了。明天开园。</description>",
    );
    assert_eq!(entry.title, "兴平苹果熟了。");
    assert_eq!(entry.link.as_deref(), Some("http://a.cn/2021/09/01/2.html"));
    assert_eq!(entry.date_from, DateFrom::Url);
    let nothing = one("<category>民生</category>");
    assert_eq!((nothing.title.as_str(), nothing.link, nothing.published), ("", None, None));
}

#[test]
fn public_ids_are_the_origins_when_they_are_iris() {
    let mut entry = one("<title>a</title><guid>tag:a.cn,2021:1</guid>");
    assert_eq!(entry.public_id(), "tag:a.cn,2021:1");
    for guid in ["12345", "a b:c", "标题:1", "", "x", "http://a.cn/ 1"] {
        entry.guid = Some(guid.to_owned());
        assert!(entry.public_id().starts_with("urn:uuid:"), "{guid}");
    }
    let first = entry.public_id();
    entry.title = "b".to_owned();
    assert_eq!(entry.public_id(), first);
}

#[test]
fn a_summary_ends_with_a_sentence() {
    let sentence = "兴平市今年的苹果又丰收了，果农们都说好。";
    let long = format!("{}{}", sentence.repeat(24), "最后一句特别长，一直说到限度以外".repeat(9));
    let of =
        |text: &str| one(&format!("<title>a</title><description>{text}</description>")).summary;
    assert_eq!(of(&long), sentence.repeat(24));
    assert_eq!(of(&format!("&lt;p&gt;{long}&lt;/p&gt;")), sentence.repeat(24));
    assert_eq!(
        of("Fruit is ripe in Xingping... &lt;a href='/1'&gt;Read more&lt;/a&gt;"),
        "Fruit is ripe in Xingping…"
    );
    assert_eq!(of(sentence), sentence);
}

#[test]
fn names_and_outlets_are_taken_and_texts_stay_as_they_are() {
    let cases = [
        ("（記者 張三 通訊員 李四）", "記者 張三 通訊員 李四", ""),
        ("新华社北京9月1日电（记者张三）今日", "记者张三", "新华社"),
        ("中新网西安9月1日电 今日", "", "中新网"),
        ("作者：张三　来源：咸阳日报", "张三", "咸阳日报"),
        (
            "By Jane Doe and John Roe, The Associated Press",
            "Jane Doe and John Roe",
            "The Associated Press",
        ),
        ("责任编辑：张三 图片来源：视觉中国", "", ""),
    ];
    for (line, byline, credit) in cases {
        let html =
            format!("&lt;p&gt;{line}&lt;/p&gt;&lt;p&gt;兴平的苹果熟了，记者在现场看到。&lt;/p&gt;");
        let entry =
            one(&format!("<title>标题（记者 王五）</title><description>{html}</description>"));
        assert_eq!(entry.byline.as_deref().unwrap_or(""), byline, "{line}");
        assert_eq!(entry.credit.as_deref().unwrap_or(""), credit, "{line}");
        assert_eq!(entry.title, "标题（记者 王五）");
        assert!(entry.content.contains(line), "{}", entry.content);
    }
}

#[test]
fn a_title_is_plain_text_whatever_it_was_escaped_as() {
    let cases = [
        ("&lt;b&gt;要闻&lt;/b&gt;", "要闻"),
        ("&amp;lt;b&amp;gt;要闻&amp;lt;/b&amp;gt;", "要闻"),
        ("<![CDATA[<em>要闻</em>]]>", "要闻"),
        ("<![CDATA[&lt;em&gt;要闻&lt;/em&gt;]]>", "要闻"),
        ("<![CDATA[&amp;lt;em&amp;gt;要闻&amp;lt;/em&amp;gt;]]>", "要闻"),
        ("<b>要闻</b>", "要闻"),
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("AT&amp;amp;amp;T", "AT&T"),
        ("<![CDATA[AT&T]]>", "AT&T"),
        ("<![CDATA[AT&amp;T]]>", "AT&T"),
        ("5 &lt; 6", "5 < 6"),
        ("5 &amp;lt; 6", "5 < 6"),
        ("<![CDATA[5 < 6 & 7 > 6]]>", "5 < 6 & 7 > 6"),
        ("List&lt;String&gt;", "List<String>"),
        ("List&amp;lt;String&amp;gt;", "List<String>"),
        ("上&lt;br/&gt;下", "上 下"),
        ("上&amp;lt;br&amp;gt;下", "上 下"),
        ("兴平&amp;nbsp;新闻&amp;#8220;好&amp;#x201D;", "兴平 新闻“好”"),
        ("&amp;ldquo;好&amp;rdquo; R&amp;D &amp;unknown;", "“好” R&D &unknown;"),
        ("一\n  二\t三", "一 二 三"),
        ("坏&#1;字&#xFFFE;\u{200B}符&amp;#0;", "坏字符"),
        ("要闻&lt;script&gt;x()&lt;/script&gt;", "要闻"),
        ("&lt;a href=\"http://a.cn/\" onclick=\"x\"&gt;要闻&lt;/a&gt;", "要闻"),
    ];
    for (title, expected) in cases {
        let title_of = one(&format!("<title>{title}</title><link>/1</link>")).title;
        assert_eq!(title_of.replace('\u{FFFD}', ""), expected, "{title}");
    }
    let atom = [
        ("<title>5 &lt; 6</title>", "5 < 6"),
        ("<title type=\"text\">the &lt;b&gt; tag</title>", "the <b> tag"),
        ("<title type=\"text\">AT&amp;T &amp; List&lt;String&gt;</title>", "AT&T & List<String>"),
        ("<title type=\"text\">AT&amp;amp;T</title>", "AT&T"),
        ("<title type=\"html\">the &amp;lt;b&amp;gt; tag</title>", "the <b> tag"),
        ("<title type=\"html\">&lt;b&gt;要闻&lt;/b&gt; 5 &amp;lt; 6</title>", "要闻 5 < 6"),
        (
            "<title type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">要<b>闻</b> 5 &lt; 6</div></title>",
            "要闻 5 < 6",
        ),
    ];
    for (title, expected) in atom {
        let document = format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>tag:a.cn,2026:0</id><title>t</title>\
             <entry><id>tag:a.cn,2026:1</id>{title}<link href=\"http://a.cn/1\"/></entry></feed>"
        );
        assert_eq!(of_document(&document).title, expected, "{title}");
    }
}

#[test]
fn a_source_that_is_the_title_credits_nobody() {
    let credit = |title: &str| {
        let source = "<source url=\"http://b.cn/\">兴平&amp;amp;咸阳</source>";
        one(&format!("<title>{title}</title>{source}<description>甲</description>")).credit
    };
    assert_eq!(credit("苹果熟了").as_deref(), Some("兴平&咸阳"));
    assert_eq!(credit("兴平&amp;amp;咸阳"), None);
}

#[test]
fn content_is_safe_and_still_looks_right() {
    let html = "<p onclick=\"x()\">兴平<script>x()</script><style>p{}</style></p>\
        <figure><img data-src=\"1.jpg\" src=\"lazy.gif\"><noscript><img src=\"1.jpg\"></noscript>\
        <figcaption>果园</figcaption></figure>\
        <img src=\"http://t.cn/x.gif\" width=\"1\" height=\"1\"><form><input name=\"a\"></form>\
        <table><tr><td colspan=\"2\">甲</td></tr></table><ruby>興<rt>xīng</rt></ruby>\
        <video src=\"1.mp4\"></video><iframe src=\"https://player.bilibili.com/player.html?bvid=BV1x\"></iframe>";
    let escaped = html.replace('<', "&lt;").replace('>', "&gt;");
    let entry =
        one(&format!("<title>a</title><link>/1</link><description>{escaped}</description>"));
    assert_eq!(
        entry.content,
        "<p>兴平</p><figure><img src=\"http://a.cn/news/1.jpg\" alt=\"\"><figcaption>果园</figcaption></figure>\
         <table><tbody><tr><td colspan=\"2\">甲</td></tr></tbody></table><ruby>興<rt>xīng</rt></ruby>\
         <video controls=\"\" src=\"http://a.cn/news/1.mp4\"></video>\
         <p><a href=\"https://www.bilibili.com/video/BV1x/\" rel=\"noopener noreferrer\">player.bilibili.com</a></p>"
    );
    assert_eq!(entry.media.len(), 1);
}

#[test]
fn characters_that_xml_forbids_never_get_through() {
    // As they stand, as references of XML, and as references of HTML inside.
    let bad = "\u{1}\u{B}\u{FFFE}&#2;&#xFFFF;&#xD800;&amp;#3;&amp;#xFFFE;&amp;#x1F;";
    let entry = one(&format!(
        "<title>甲{bad}乙</title><link>http://a.cn/{bad}1</link><guid>g{bad}1</guid>\
         <author>张{bad}三</author><category domain=\"d{bad}\">民{bad}生</category>\
         <enclosure url=\"http://a.cn/{bad}1.mp3\" type=\"audio/mpeg\" length=\"1\"/>\
         <description>&lt;p title=\"a{bad}\"&gt;丙{bad}丁&lt;/p&gt;&lt;table&gt;&lt;td&gt;戊{bad}&lt;/table&gt;\
         来源：咸阳{bad}日报</description>"
    ));
    let shown = format!("{entry:?}");
    let forbidden = |c: char| matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}');
    for text in [&entry.title, &entry.summary, &entry.content, &entry.public_id()] {
        assert!(!text.is_empty() && !text.contains(forbidden), "{text:?}");
    }
    // Whatever field it is in, Debug writes such a character as an escape.
    for escape in
        ["\\u{1}", "\\u{2}", "\\u{3}", "\\u{b}", "\\u{1f}", "\\u{fffe}", "\\u{ffff}", "\\0"]
    {
        assert!(!shown.contains(escape), "{escape} in {shown}");
    }
}
