use super::*;
use crate::model::{Alike, ParsedDate};

fn items(list: &[(&str, &str, &str)]) -> ParsedFeed {
    let entries = list.iter().map(|(guid, link, title)| ParsedEntry {
        guid: Some((*guid).to_owned()).filter(|g| !g.is_empty()),
        link: Some((*link).to_owned()).filter(|l| !l.is_empty()),
        title: Some((*title).to_owned()),
        ..ParsedEntry::default()
    });
    ParsedFeed { entries: entries.collect(), ..ParsedFeed::default() }
}

fn with_context<T>(rung: u8, act: impl FnOnce(&Context<'_>) -> T) -> T {
    let source = SourceId::new("s");
    let base = Url::parse("http://a.cn/feed/rss.xml").expect("a URL");
    act(&Context {
        source: &source,
        base: Some(&base),
        language: Some("zh-CN"),
        rung,
        zone: Tz::UTC,
    })
}

fn identities(feed: &ParsedFeed, rung: u8) -> Identities {
    with_context(rung, |context| identify(feed, context))
}

fn entries(feed: &ParsedFeed) -> Vec<Entry> {
    with_context(0, |context| {
        let identities = identify(feed, context);
        identities.items.iter().map(|identity| entry(feed, identity, context)).collect()
    })
}

#[test]
fn guids_name_items_until_they_collide() {
    let feed = items(&[("1", "http://a.cn/1", "a"), ("2", "http://a.cn/2", "b")]);
    let first = identities(&feed, 0);
    assert_eq!((first.rung, first.items.len()), (0, 2));
    let colliding = items(&[("1", "http://a.cn/1", "a"), ("1", "http://a.cn/2", "b")]);
    let second = identities(&colliding, 0);
    assert_eq!((second.rung, second.items.len()), (1, 2));
    let worse = items(&[
        ("1", "http://a.cn/all", "a"),
        ("1", "http://a.cn/all", "b"),
        ("1", "http://a.cn/all", "c"),
    ]);
    let third = identities(&worse, 0);
    assert_eq!((third.rung, third.items.len()), (2, 3));
    // The source never moves up again.
    assert_eq!(identities(&feed, 1).rung, 1);
    let ids: Vec<String> = entries(&colliding).iter().map(Entry::public_id).collect();
    assert_ne!(ids[0], ids[1]);
    assert_ne!(identities(&feed, 1).items[0].key, first.items[0].key);
}

#[test]
fn a_site_that_moves_to_https_keeps_its_articles() {
    let keys = |scheme: &str| {
        let link = format!("{scheme}://a.cn/1");
        let feed =
            items(&[("", &link, "a"), (&format!("{link}?p=2"), "", "b"), ("tag:1", &link, "c")]);
        identities(&feed, 0)
            .items
            .iter()
            .map(|item| (item.key, item.mark, item.fingerprint))
            .collect::<Vec<_>>()
    };
    assert_eq!(keys("http"), keys("https"));
}

#[test]
fn two_articles_of_one_guid_without_links_are_both_kept() {
    let found = identities(&items(&[("4", "", "a"), ("4", "", "b")]), 0);
    assert_eq!((found.items.len(), found.rung), (2, 1));
    // With the same link it is one article, before and after an edit.
    let found = identities(&items(&[("4", "http://a.cn/4", "a"), ("4", "http://a.cn/4", "b")]), 0);
    assert_eq!((found.items.len(), found.rung), (1, 0));
}

#[test]
fn two_articles_on_one_link_without_guids_are_both_kept() {
    let mut feed = items(&[
        ("", "http://a.cn/1", "a"),
        ("", "http://a.cn/2", "b"),
        ("", "http://a.cn/2", "c"),
    ]);
    for item in &mut feed.entries {
        item.guid = None;
        item.summary = item.title.clone();
    }
    let found = identities(&feed, 0);
    assert_eq!((found.items.len(), found.rung), (3, 2));
    // The same text under a new title is an edit.
    feed.entries[2].summary = feed.entries[1].summary.clone();
    assert_eq!(identities(&feed, 0).items.len(), 2);
}

#[test]
fn repeats_are_one_item() {
    let repeat = ("1", "http://a.cn/1", "a");
    let found = identities(&items(&[repeat, ("2", "http://a.cn/2", "b"), repeat]), 0);
    assert_eq!((found.rung, found.items.len()), (0, 2));
    let edited =
        items(&[("1", "http://a.cn/1", "a, corrected"), ("1", "http://a.cn/1?utm_source=x", "a")]);
    let found = identities(&edited, 0);
    assert_eq!((found.rung, found.items.len()), (0, 1));
}

/// What a source remembers of a document.
fn remembered(identities: &Identities) -> Vec<Known> {
    identities.items.iter().map(Identity::remembered).collect()
}

#[test]
fn guids_that_change_by_themselves_name_nothing() {
    let again = |feed: &ParsedFeed, known: &[Known]| {
        let past = Past { known, link_polls: 0 };
        with_context(0, |context| identify_again(feed, context, &past))
    };
    let first = items(&[("x1", "http://a.cn/1", "a"), ("x2", "http://a.cn/2", "b")]);
    let known = remembered(&identities(&first, 0));
    let other = items(&[
        ("y0", "http://a.cn/0", "new"),
        ("y1", "http://a.cn/1", "a"),
        ("y2", "http://a.cn/2?utm_source=rss", "b"),
    ]);
    assert_eq!(again(&other, &known).rung, 1);
    // A new item under a new guid, and an old one that was renamed, are nothing special.
    let usual = items(&[
        ("x3", "http://a.cn/3", "a"),
        ("x1", "http://a.cn/1", "a, corrected"),
        ("x2", "http://a.cn/2", "b"),
    ]);
    assert_eq!(again(&usual, &known).rung, 0);
    assert_eq!(again(&usual, &[]).rung, 0);
    // One guid for whatever is the newest.
    let one = remembered(&identities(&items(&[("latest", "http://a.cn/1", "a")]), 0));
    assert_eq!(again(&items(&[("latest", "http://a.cn/2", "b")]), &one).rung, 1);
    assert_eq!(again(&items(&[("latest", "http://a.cn/1", "a, corrected")]), &one).rung, 0);
}

#[test]
fn what_only_tracks_is_part_of_no_name() {
    let with = |query: &str| {
        let address = format!("http://a.cn/1?id=7{query}");
        items(&[(address.as_str(), address.as_str(), "a")])
    };
    let [plain, tracked] = [with(""), with("&utm_source=rss&spm=1.2")];
    let [plain, tracked] = [identities(&plain, 0), identities(&tracked, 0)];
    assert_eq!(plain, tracked);
    assert_ne!(identities(&with("&page=2"), 0).items[0].key, plain.items[0].key);
}

#[test]
fn a_front_page_names_no_article() {
    let mut feed = items(&[("", "http://a.cn", "a"), ("", "/", "b"), ("", "http://a.cn/x/", "c")]);
    feed.link = Some("https://a.cn/x".to_owned());
    let found = identities(&feed, 0);
    assert_eq!((found.rung, found.items.len()), (0, 3));
    assert!(found.items.iter().all(|item| !item.link_is_own));
    let own = items(&[("", "http://a.cn/?p=1", "a"), ("", "b.html", "b"), ("", "/#c", "c")]);
    assert!(identities(&own, 0).items.iter().all(|item| item.link_is_own));
}

#[test]
fn an_alias_is_title_and_date_and_needs_more_to_be_believed() {
    let alike = |list: &[(&str, &str, &str)]| -> Vec<Alike> {
        let entries = entries(&items(list));
        assert!(entries.iter().all(|entry| entry.alias.is_some()));
        entries.iter().map(|entry| entry.alike).collect()
    };
    let own = [("1", "http://a.cn/1", "a"), ("2", "http://a.cn/2", "b")];
    assert_eq!(alike(&own), [Alike::ByBoth; 2]);
    let shared = [("1", "http://a.cn/l", "a"), ("2", "http://a.cn/l", "b")];
    assert_eq!(alike(&shared), [Alike::Never; 2]);
    let mut dated = items(&shared);
    dated.entries[0].published = Some(ParsedDate { at: Timestamp(7), relative: false });
    dated.entries[1].summary = Some("b".to_owned());
    assert!(entries(&dated).iter().all(|entry| entry.alike == Alike::ByText));
    dated.entries[0].link = Some("http://a.cn/1".to_owned());
    assert_eq!(entries(&dated)[0].alike, Alike::ByLink);
    let of = |guid, title| entries(&items(&[(guid, "http://a.cn/1", title)])).remove(0).alias;
    assert_eq!(of("1", "a"), of("2", "a"));
    assert_ne!(of("1", "a"), of("1", "b"));
    assert_eq!(entries(&items(&[("", "", "a")])).remove(0).alias, None);
}

#[test]
fn new_dates_and_comment_counts_are_no_change() {
    let mut feed = items(&[("1", "http://a.cn/1", "a")]);
    let at = |seconds, relative| Some(ParsedDate { at: Timestamp(seconds), relative });
    feed.entries[0].published = at(1_700_000_000, true);
    feed.entries[0].comments = Some(Comments { count: Some(1), ..Comments::default() });
    let before = identities(&feed, 0).items[0];
    feed.entries[0].published = at(1_700_000_900, true);
    feed.entries[0].comments = Some(Comments { count: Some(2), ..Comments::default() });
    assert_eq!(identities(&feed, 0).items[0], before);
    feed.entries[0].published = at(1_700_000_900, false);
    assert_eq!(identities(&feed, 0).items[0].key, before.key);
    assert_eq!(identities(&feed, 0).items[0].fingerprint, before.fingerprint);
    feed.entries[0].title = Some("b".to_owned());
    assert_ne!(identities(&feed, 0).items[0].fingerprint, before.fingerprint);
}

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
        "<img data-src=\"a\">",
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
