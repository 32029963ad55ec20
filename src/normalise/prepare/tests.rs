use super::super::links::Bases;
use super::super::sanitise;
use super::*;
use crate::model::{ParsedEntry, ParsedFeed};

fn clean(html: &str) -> String {
    let (item, feed) = (ParsedEntry::default(), ParsedFeed::default());
    let base = url::Url::parse("http://a.cn/n/").expect("a URL");
    sanitise::clean(html, &Bases::new(&item, &feed, Some(&base)))
}

#[test]
fn pictures_are_shown_once_and_where_they_stand() {
    let cases = [
        (
            "<p>甲<img data-src='1.jpg' src='lazy.gif' width='600' height='400' alt='果园'>乙</p>",
            "<p>甲<img src=\"http://a.cn/n/1.jpg\" alt=\"果园\" width=\"600\" height=\"400\">乙</p>",
        ),
        (
            "<img class=lazy data-original='1.jpg'><noscript><img src='1.jpg'></noscript>",
            "<img src=\"http://a.cn/n/1.jpg\" alt=\"\">",
        ),
        (
            "<img data-src='1-600.jpg'> <noscript><p><img src='1.jpg'>请开启</p></noscript>丙",
            "<img src=\"http://a.cn/n/1-600.jpg\" alt=\"\"> <p>请开启</p>丙",
        ),
        (
            "<noscript><img src='1.jpg'></noscript><img src='data:,' data-src='1.jpg'>",
            "<img src=\"http://a.cn/n/1.jpg\">",
        ),
        (
            "<img src='data:image/gif;base64,R0'><noscript><img src='1.jpg'></noscript>",
            "<img src=\"http://a.cn/n/1.jpg\">",
        ),
        (
            "<noscript><img src='1.jpg'><img src='2.jpg'><style>x</style></noscript>",
            "<img src=\"http://a.cn/n/1.jpg\"><img src=\"http://a.cn/n/2.jpg\">",
        ),
        ("<noscript>请开启脚本</noscript>", "请开启脚本"),
        ("<p>a</p><noscript><p>ns</p></noscript><p>b</p>", "<p>a</p><p>ns</p><p>b</p>"),
        ("<P>a</P><NOSCRIPT><b onclick=x>n</b><script>x</script></NOSCRIPT>b", "<p>a</p><b>n</b>b"),
        ("<p>a</p><noscript><p>ns</p>", "<p>a</p><p>ns</p>"),
        (
            "<img data-src='1.jpg'>图注<noscript>甲<img src='1.jpg'>乙</noscript>",
            "<img src=\"http://a.cn/n/1.jpg\" alt=\"\">图注甲乙",
        ),
        (
            "<img data-src='1-6.jpg'><noscript><p>甲</p><img src='1.jpg'></noscript>",
            "<img src=\"http://a.cn/n/1-6.jpg\" alt=\"\"><p>甲</p>",
        ),
        (
            "<img data-src='1.jpg'><img data-src='2.jpg'><img data-src='3.jpg'>\
             <noscript><img src='1.jpg'><img src='2.jpg'><img src='3.jpg'><img src='4.jpg'></noscript>",
            "<img src=\"http://a.cn/n/1.jpg\" alt=\"\"><img src=\"http://a.cn/n/2.jpg\" alt=\"\">\
             <img src=\"http://a.cn/n/3.jpg\" alt=\"\"><img src=\"http://a.cn/n/4.jpg\">",
        ),
        (
            "<img data-src='1.jpg'>甲<noscript><img src='2.jpg'></noscript>",
            "<img src=\"http://a.cn/n/1.jpg\" alt=\"\">甲<img src=\"http://a.cn/n/2.jpg\">",
        ),
        (
            "<noscript><img src='1.jpg'></noscript><img data-src='1.jpg'><img src='1.jpg'>",
            "<img src=\"http://a.cn/n/1.jpg\"><img src=\"http://a.cn/n/1.jpg\">",
        ),
        (
            "<mip-img src='1.jpg' popup></mip-img><amp-anim src='2.gif'></amp-anim>",
            "<img src=\"http://a.cn/n/1.jpg\" alt=\"\"><img src=\"http://a.cn/n/2.gif\" alt=\"\">",
        ),
        (
            "<ignore_js_op><img id=aimg_1 src='static/image/common/none.gif' \
             zoomfile='data/1.jpg' file='data/1.jpg.thumb.jpg' /></ignore_js_op>",
            "<img src=\"http://a.cn/n/data/1.jpg.thumb.jpg\" alt=\"\">",
        ),
        (
            "<picture><source srcset='1.webp 800w, 2.webp 1600w'><img src='3.jpg' alt='a'></picture>",
            "<picture><img src=\"http://a.cn/n/3.jpg\" alt=\"a\"></picture>",
        ),
        (
            "<picture><source srcset='1.webp 800w, 2.webp 1600w'><img alt='a'></picture>",
            "<picture><img src=\"http://a.cn/n/2.webp\" alt=\"a\"></picture>",
        ),
        (
            "<picture><source data-srcset='1.webp'></picture>",
            "<picture><img src=\"http://a.cn/n/1.webp\" alt=\"\"></picture>",
        ),
        (
            "<amp-img src='1.jpg' width=6 height=4><noscript><img src='1.jpg'></noscript></amp-img>",
            "<img src=\"http://a.cn/n/1.jpg\" alt=\"\" width=\"6\" height=\"4\">",
        ),
        (
            "<IMG SRC='1.jpg'><IMG SRC='1.jpg'>",
            "<img src=\"http://a.cn/n/1.jpg\"><img src=\"http://a.cn/n/1.jpg\">",
        ),
        ("<img src='1.jpg' style='width:1px;height:1px'>", ""),
        ("甲<img src='ftp://b.cn/1.jpg'><IMG alt='x' src='http://['>乙", "甲乙"),
        ("<video controls><source src='file:///1.mp4'></video>乙", "乙"),
        ("<video src='javascript:x'>不支持</video>乙", "不支持乙"),
        ("<picture><source srcset='1.webp'><img src='1.jpg' width=1></picture>乙", "乙"),
    ];
    for (html, expected) in cases {
        assert_eq!(clean(html), expected, "{html}");
    }
}

#[test]
fn players_and_frames_can_be_used() {
    const LINK: &str = " rel=\"noopener noreferrer\">";
    let cases = [
        (
            "<video src='1.mp4' poster='1.jpg' autoplay onplay='x'></video>".to_owned(),
            "<video controls=\"\" src=\"http://a.cn/n/1.mp4\" poster=\"http://a.cn/n/1.jpg\"></video>".to_owned(),
        ),
        (
            "<audio controls><source src='1.mp3' type='audio/mpeg'></audio>".to_owned(),
            "<audio controls=\"\"><source src=\"http://a.cn/n/1.mp3\" type=\"audio/mpeg\"></audio>".to_owned(),
        ),
        (
            "<video data-src='1.mp4' controls></video>".to_owned(),
            "<video src=\"http://a.cn/n/1.mp4\" controls=\"\"></video>".to_owned(),
        ),
        (
            "<iframe src='https://www.youtube.com/embed/x1' title='果园'>不支持<b>框架</b></iframe>后".to_owned(),
            format!("<p><a href=\"https://www.youtube.com/watch?v=x1\"{LINK}果园</a></p>后"),
        ),
        (
            "<p>前<iframe src='//b.cn/embed/p'></iframe>后</p>".to_owned(),
            format!("<p>前<a href=\"https://b.cn/embed/p\"{LINK}b.cn</a>后</p>"),
        ),
        (
            "<embed src='http://b.cn/1.swf'>".to_owned(),
            format!("<p><a href=\"http://b.cn/1.swf\"{LINK}b.cn</a></p>"),
        ),
        (
            "<object data='http://b.cn/1.pdf'><script>x</script>没有<embed src='http://b.cn/2.pdf'></object>后".to_owned(),
            format!("<p><a href=\"http://b.cn/1.pdf\"{LINK}b.cn</a></p>后"),
        ),
        (
            "<object><param name=a><object>甲<embed src='http://b.cn/2.swf'></object>乙</object>后".to_owned(),
            format!("<p><a href=\"http://b.cn/2.swf\"{LINK}b.cn</a></p>后"),
        ),
        (
            "<object type='application/x-shockwave-flash' data='https://www.youtube.com/v/abc'></object>".to_owned(),
            format!("<p><a href=\"https://www.youtube.com/watch?v=abc\"{LINK}youtube.com</a></p>"),
        ),
        (
            "<amp-youtube data-videoid='abc' title='果园' width=4></amp-youtube>后".to_owned(),
            format!("<p><a href=\"https://www.youtube.com/watch?v=abc\"{LINK}果园</a></p>后"),
        ),
        (
            "<amp-vimeo data-videoid='73'></amp-vimeo><amp-iframe src='//b.cn/embed/p'></amp-iframe>".to_owned(),
            format!("<p><a href=\"https://vimeo.com/73\"{LINK}vimeo.com</a></p><p><a href=\"https://b.cn/embed/p\"{LINK}b.cn</a></p>"),
        ),
        (
            "<mip-video src='1.mp4' poster='1.jpg'></mip-video>后".to_owned(),
            "<video controls=\"\" src=\"http://a.cn/n/1.mp4\" poster=\"http://a.cn/n/1.jpg\"></video>后".to_owned(),
        ),
        (
            "<amp-audio controls><source src='1.mp3'></amp-audio>后".to_owned(),
            "<audio controls=\"\"><source src=\"http://a.cn/n/1.mp3\"></audio>后".to_owned(),
        ),
        ("<amp-youtube data-videoid='a b'></amp-youtube><amp-x>乙</amp-x>".to_owned(), "乙".to_owned()),
        ("<iframe src='javascript:x'></iframe><object data='x'>甲</object>乙".to_owned(), "乙".to_owned()),
        ("<iframe width=0 src='http://b.cn/'></iframe>".to_owned(), String::new()),
        (
            "<object data='/v/1.mp4'><embed src='/v/1.mp4'></object>后".to_owned(),
            format!("<p><a href=\"http://a.cn/v/1.mp4\"{LINK}1.mp4</a></p>后"),
        ),
        (
            "<object><param name='movie' value='果 园.swf'></object>后".to_owned(),
            format!("<p><a href=\"http://a.cn/n/%E6%9E%9C%20%E5%9B%AD.swf\"{LINK}果 园.swf</a></p>后"),
        ),
    ];
    for (html, expected) in cases {
        assert_eq!(clean(&html), expected, "{html}");
    }
}

#[test]
fn what_a_browser_would_not_show_is_not_published() {
    let cases = [
        ("<p>甲</p><p style=\"display:none\">x</p>", "<p>甲</p>"),
        ("<p>甲</p><div hidden><p>x</p><div>y</div></div>乙", "<p>甲</p>乙"),
        ("<p>甲<span style='color:red; display: NONE'>x<img src='1.jpg'></span></p>", "<p>甲</p>"),
        ("<template><p>x</p></template><p>甲</p>", "<p>甲</p>"),
        ("<p style=\"display:block\">甲</p>", "<p>甲</p>"),
        // Some hide an article until a script shows it, and never close it.
        ("<div style=\"visibility:hidden\">甲</div><div hidden>乙", "<div>甲</div><div>乙</div>"),
    ];
    for (html, expected) in cases {
        assert_eq!(clean(html), expected, "{html}");
    }
}

#[test]
fn what_looks_right_stays() {
    let cases = [
        "<figure><img src=\"http://a.cn/1.jpg\" alt=\"a\"><figcaption>苹果</figcaption></figure>",
        "<table><caption>产量</caption><thead><tr><th scope=\"col\">县</th><th colspan=\"2\">吨</th></tr></thead>\
         <tbody><tr><td rowspan=\"2\">兴平</td><td>1</td></tr></tbody></table>",
        "<ruby>興<rp>(</rp><rt>xīng</rt><rp>)</rp></ruby>",
        "<ol start=\"3\"><li value=\"5\">a</li></ol><ul><li>b</li></ul><dl><dt>c</dt><dd>d</dd></dl>",
        "<blockquote><p>x<sup>2</sup><br>y</p></blockquote><pre><code>a\n b</code></pre><hr>",
    ];
    for html in cases {
        assert_eq!(clean(html), html);
        // The same by the long way.
        assert_eq!(clean(&format!("<P>前</P>{html}")), format!("<p>前</p>{html}"));
    }
    let gone = "<form action=x><input name=a><button>b</button><select><option>c</select></form>\
                <style>d</style><script>e</script><p onclick=x style='color:red'>f</p>";
    assert_eq!(clean(gone), "<p>f</p>");
}

#[test]
fn hostile_pictures_and_frames_cost_little() {
    for unit in [
        "<noscript>",
        "<noscript><img>",
        "<noscript><img src=x></noscript><img data-src=y.jpg>",
        "<amp-video>",
        "<mip-img src=x>",
        "<object>",
        "<object><embed src=http://b.cn/>",
        "<iframe>",
        "<picture><source srcset=a>",
        "<video>",
        "</noscript>",
        "</object>",
        "<p hidden>",
        "<div hidden><b hidden></div>",
        "<img srcset='a,'>",
        "<img style='a:b;'>",
        "<img data-src=x><noscript><img src=y></noscript>",
    ] {
        let html = unit.repeat(600_000 / unit.len());
        assert!(prepare_images(&html).len() <= 12 * html.len(), "{unit}");
    }
    let html = format!("{}</noscript>", "<noscript>".repeat(60_000));
    assert_eq!(prepare_images(&html), "");
    let set = format!("<img srcset=\"{}\">", "a 1w, ".repeat(100_000));
    assert_eq!(prepare_images(&set), "<img src=\"a\" alt=\"\">");
}
