//! What becomes of HTML.

use super::*;

#[test]
fn unsafe_html_is_made_safe_whichever_way_it_takes() {
    let cases = [
        "<p onclick=\"x\">a</p>",
        "<a href=\"javascript:alert(1)\">a</a>",
        "<a href=\"java&#10;script:alert(1)\">a</a>",
        "<img src=\"x\" onerror=alert(1)>",
        "<img src=\"data:image/svg+xml,<svg onload=x>\">",
        "<svg><script>alert(1)</script></svg>",
        "<iframe src=\"http://a.cn/\"></iframe><object data=x></object>",
        "<p>a<script>alert(1)</script></p><style>b{}</style>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<a href=\"http://a.cn/\" title=\"&quot; onmouseover=&quot;x\">a</a>",
    ];
    for html in cases {
        let mut feed = items(&[("1", "http://a.cn/1", "a")]);
        feed.entries[0].content = Some(html.to_owned());
        let content = entries(&feed).remove(0).content;
        for word in ["script", "onclick=", "onerror", "onload", "iframe", "<svg", "<style", "data:"]
        {
            assert!(!content.contains(word), "{html} gave {content}");
        }
        assert!(!content.contains("\" onmouseover"), "{html} gave {content}");
    }
}

#[test]
fn trackers_go_and_waiting_pictures_are_shown() {
    let mut feed = items(&[("1", "http://a.cn/1", "a")]);
    feed.entries[0].content = Some(
        "<P>甲</P><img src=\"http://t.cn/x.gif\" width=\"1\" height=\"1\"/>\
         <img data-src=\"http://b.cn/1.jpg\" src=\"data:x\"><img src=\"http://feeds.feedburner.com/~r/a\">"
            .to_owned(),
    );
    let entry = entries(&feed).remove(0);
    assert_eq!(entry.content, "<p>甲</p><img src=\"http://b.cn/1.jpg\" alt=\"\">");
}

#[test]
fn pictures_of_the_text_are_addresses_of_the_web_in_full() {
    let pictures = |html: &str| -> Vec<String> {
        let mut feed = items(&[("1", "http://a.cn/1", "a")]);
        feed.entries[0].content = Some(html.to_owned());
        entries(&feed).remove(0).media.into_iter().map(|media| media.url).collect()
    };
    assert_eq!(pictures("<img src=\"http:/b.cn/图.jpg\">"), ["http://b.cn/%E5%9B%BE.jpg"]);
    assert_eq!(pictures("<P><img src=\" http://b.cn/1.jpg\">"), ["http://b.cn/1.jpg"]);
    let long = format!("<img src=\"http://b.cn/{}.jpg\">", "1".repeat(MOST_LINK_BYTES));
    for html in ["<img src=\"mailto:a@b.cn\">", "<img src=\"tel:1\">", &long] {
        assert_eq!(pictures(html), [""; 0], "{html}");
    }
}

#[test]
fn what_is_for_readers_without_scripts_is_read_as_html() {
    let mut feed = items(&[("1", "http://a.cn/1", "a")]);
    feed.entries[0].content =
        Some("<p>甲</p><noscript><p>乙 <b>丙</b></p></noscript><p>丁</p>".to_owned());
    let entry = entries(&feed).remove(0);
    assert_eq!(entry.content, "<p>甲</p><p>乙 <b>丙</b></p><p>丁</p>");
    assert_eq!(entry.summary, "甲 乙 丙 丁");
}

#[test]
fn hostile_html_costs_little() {
    let mut feed = items(&[("1", "http://a.cn/1", "a")]);
    for unit in [
        "<div>",
        "<b a=1><p>",
        "<a href=\"x\">",
        "<table><tr><td>",
        "<li><ul>",
        "&amp;",
        "<p",
        "<x",
    ] {
        feed.entries[0].content = Some(unit.repeat(100_000));
        let entry = entries(&feed).remove(0);
        assert!(entry.content.len() <= MOST_CONTENT_BYTES);
    }
}

/// HTML inside the grammar of the short way.
const SIMPLE: [&str; 7] = [
    "<p>甲&nbsp;乙\u{A0}&lt;b&gt; &#39;&ldquo;x&rdquo; &copy; > \"</p>\r\n<p style=\"a\" class='b'>丙<br/>丁</p>",
    "<div><h2>a</h2><ul>\n<li>b</li> <li><p>c <a href=\"/d?e=1&amp;f=2&g=3\" target=\"_blank\" title=\"'&quot;\">h</a></p></li>\n</ul><hr></div>",
    "<figure><img src=\"i.png\" alt=\"a &amp; b > c\" width=\"3\" data-x=\"1\"><figcaption>t</figcaption></figure>",
    "<p><span style=\"x\"><font color=\"red\">a</font></span><strong>b<em>c</em></strong></p>text &amp; more",
    "<blockquote cite=\"http://b.cn/\">a</blockquote><a href=\"ftp://a.cn/\">b</a><a>c</a>",
    "<p title=\"x\" lang=\"zh\">a</p><p></p>",
    "<a href=\"mailto:a@b.cn\">m</a><a href=\"//b.cn/1\">n</a><a href=\"#top\">o</a>",
];

#[test]
fn the_short_way_gives_what_ammonia_gives() {
    let bases_feed = ParsedFeed { link: Some("http://a.cn/news/".into()), ..ParsedFeed::default() };
    let item = ParsedEntry::default();
    let bases = Bases::new(&item, &bases_feed, None);
    for html in SIMPLE {
        let fast = fast::clean(html, &bases).unwrap_or_else(|| panic!("not simple: {html}"));
        assert_eq!(fast, sanitise::with_ammonia(html, &bases), "{html}");
    }
    let not_simple = [
        "<p>a<p>b</p>",
        "<b><p>a</p></b>",
        "<p><div>a</div></p>",
        "<a href=x>b</a>",
        "<P>a</P>",
        "a & b",
        "<ul>a</ul>",
        "<table></table>",
        "<p>a</p",
        "</p>",
        "<a><a>b</a></a>",
        "<p a=\"1\"a=\"2\">b</p>",
        "<!-- a -->",
        "<p/>",
        "<a href=\"j\tavascript:x\">b</a>",
        "<img data-src=\"a.jpg\">",
        "<p>&#0;</p>",
        "<script>a</script>",
        "<li>a</li>",
        "<p a>b</p>",
    ];
    for html in not_simple {
        assert_eq!(fast::clean(html, &bases), None, "{html}");
    }
}

#[test]
fn changed_html_never_parts_the_two_ways() {
    const PIECES: [&str; 24] = [
        "<",
        ">",
        "&",
        "\"",
        "'",
        "/",
        "=",
        " ",
        "\t",
        "\r",
        "\u{A0}",
        "&#13;",
        "&lt",
        "&amp;",
        "</p>",
        "<p>",
        "<b>",
        "</b>",
        "<a>",
        "<img src=\"x\">",
        "<table>",
        "<!--",
        "javascript:",
        "\u{C}",
    ];
    let feed = ParsedFeed { link: Some("http://a.cn/".into()), ..ParsedFeed::default() };
    let item = ParsedEntry::default();
    let bases = Bases::new(&item, &feed, None);
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move |below: usize| {
        // xorshift64: the same changes in every run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below.max(1) as u64).expect("below a usize")
    };
    let mut short = 0;
    for round in 0..6000 {
        let mut html = SIMPLE[round % SIMPLE.len()].to_owned();
        for _ in 0..=random(3) {
            let at = html.floor_char_boundary(random(html.len()));
            let end = html.floor_char_boundary((at + random(12)).min(html.len())).max(at);
            match random(3) {
                0 => html.replace_range(at..end, ""),
                1 => html.insert_str(at, PIECES[random(PIECES.len())]),
                _ => html = format!("{}{}{}", &html[..end], &html[at..end], &html[end..]),
            }
        }
        if let Some(fast) = fast::clean(&html, &bases) {
            short += 1;
            let slow = sanitise::with_ammonia(&sanitise::prepare_images(&html), &bases);
            assert_eq!(fast, slow, "{html:?}");
        }
    }
    assert!(short > 500, "{short}");
}

#[test]
fn the_short_way_agrees_with_ammonia_on_the_corpus() {
    let Some(folder) = crate::shared::material("corpus/real") else { return };
    let files = std::fs::read_dir(folder).expect("a folder");
    let feed = ParsedFeed { link: Some("http://a.cn/".into()), ..ParsedFeed::default() };
    let item = ParsedEntry::default();
    let bases = Bases::new(&item, &feed, None);
    let (mut all, mut short) = (0, 0);
    for file in files.flatten().filter(|file| file.path().is_file()) {
        let bytes = std::fs::read(file.path()).expect("a file");
        let text = String::from_utf8_lossy(&bytes);
        // HTML stands in CDATA sections, or escaped between tags.
        let sections = text.split("<![CDATA[").skip(1).filter_map(|part| part.split("]]>").next());
        let escaped = text.split('>').filter_map(|part| part.split('<').next());
        let escaped = escaped.filter(|part| part.contains("&lt;")).map(html::decode);
        for html in sections.map(Cow::Borrowed).chain(escaped).filter(|html| html.contains('<')) {
            all += 1;
            let Some(fast) = fast::clean(html.trim(), &bases) else { continue };
            short += 1;
            // Pictures that only count readers go on both ways, but ammonia knows none.
            let slow = sanitise::with_ammonia(&sanitise::prepare_images(html.trim()), &bases);
            assert_eq!(fast, slow, "{}", file.path().display());
        }
    }
    let Some(vectors) = crate::shared::material("corpus/conformance/xss") else { return };
    for file in std::fs::read_dir(vectors).expect("vectors").flatten() {
        let text = std::fs::read_to_string(file.path()).unwrap_or_default();
        // Every text of a JSON file, wherever it stands.
        for html in text.split('"').filter_map(|part| {
            serde_json::from_str::<String>(&format!("\"{}\"", part.trim_end_matches('\\'))).ok()
        }) {
            let html = clean::strip_illegal(&html);
            if let Some(fast) = fast::clean(&html, &bases) {
                let slow = sanitise::with_ammonia(&sanitise::prepare_images(&html), &bases);
                assert_eq!(fast, slow, "{html}");
            }
        }
    }
    eprintln!("{short} of {all} texts took the short way");
    assert!(all > 5000 && short * 2 > all);
}
