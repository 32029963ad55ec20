//! What each filter lets through, what is refused, and what goes with a document.

use super::*;
use crate::support::eventually;
use crate::support::published::{FORMATS, feed, read};

/// Each paper with two pieces.
fn press() -> Press {
    let press = Press::new();
    press.brings(
        "alpha",
        &[
            Piece::new("今年苹果丰收", "果农说今年的苹果又大又甜。", 5),
            Piece::new("县医院新门诊楼启用", "门诊楼有十二层，停车位三百个。", 6),
        ],
    );
    press.brings(
        "beta",
        &[
            Piece::new("Apples ripen early", "Growers of red apples &amp; pears expect more.", 3),
            Piece::new("New clinic opens", "It has twelve floors and 5,000 pineapples.", 4),
        ],
    );
    press.brings(
        "gamma",
        &[
            Piece::new("蘋果價格上漲", "批發市場的蘋果今日每斤三元。", 1),
            Piece::new("无人知道的语言", "这里没有说明语言的文章一篇。", 2),
        ],
    );
    press
}

#[test]
fn each_filter_shows_what_it_names() {
    let press = press();
    let shown = |query: &str| press.titles(&format!("{COUNTY}.json?{query}")).join(" | ");
    let alpha = "今年苹果丰收 | 县医院新门诊楼启用";
    let beta = "Apples ripen early | New clinic opens";
    let gamma = "蘋果價格上漲 | 无人知道的语言";
    for (query, titles) in [
        ("source=alpha", alpha.to_owned()),
        ("source=alpha&source=beta", format!("{beta} | {alpha}")),
        ("source=BETA,alpha", format!("{beta} | {alpha}")),
        ("not_source=alpha", format!("{gamma} | {beta}")),
        ("not_source=gamma,alpha", beta.to_owned()),
        ("source=alpha,beta&not_source=beta", alpha.to_owned()),
        ("lang=zh", alpha.to_owned()),
        ("lang=ZH-cn", alpha.to_owned()),
        ("lang=zh-tw", String::new()),
        ("lang=en,zh", format!("{beta} | {alpha}")),
        ("lang=*", format!("{beta} | {alpha}")),
        ("q=apples", "Apples ripen early".to_owned()),
        ("q=APPLES+growers", "Apples ripen early".to_owned()),
        ("q=%22red+apples%22", "Apples ripen early".to_owned()),
        ("q=%22apples+red%22", String::new()),
        (&format!("q={}", escaped("苹果")), "蘋果價格上漲 | 今年苹果丰收".to_owned()),
        (&format!("q={}", escaped("蘋果 又大又甜")), "今年苹果丰收".to_owned()),
        (&format!("q={}&not_source=gamma", escaped("苹果")), "今年苹果丰收".to_owned()),
        ("q=apples&lang=zh", String::new()),
    ] {
        assert_eq!(shown(query), titles, "{query}");
    }
    // On channels of every kind, in every format.
    for channel in ["/index", "/t/education", "/r/shaanxi/xianyang/t/education", "/r/shaanxi"] {
        for format in FORMATS {
            let titles = feed(&press.daemon, &format!("{channel}{format}?lang=zh"));
            assert_eq!(titles.titles().join(" | "), alpha, "{channel}{format}");
        }
        let page = press.daemon.document(&format!("{}?lang=zh", channel.replace("/index", "/")));
        assert!(
            page.text().contains("今年苹果丰收") && !page.text().contains("ripen"),
            "{channel}"
        );
    }
    assert_eq!(press.titles("/s/beta.json?q=clinic"), ["New clinic opens"]);
    assert!(press.titles("/s/beta.json?source=alpha").is_empty());
}

#[test]
fn an_entry_without_a_language_has_that_of_its_source() {
    let press = press();
    let shown = |tag: &str| press.titles(&format!("{COUNTY}.json?lang={tag}&source=gamma"));
    assert!(shown("fr").is_empty());
    press.home.write(&settings(&press.origin, "language = \"fr-CA\"\n").text());
    press.daemon.signal("HUP");
    eventually("the language to be known", || (shown("fr").len() == 2).then_some(()));
    assert!(shown("zh").is_empty());
}

#[test]
fn what_cannot_be_asked_is_refused_with_what_can() {
    let press = press();
    let long = format!("q={}", "a".repeat(201));
    let many = format!("source={}", vec!["alpha"; 21].join(","));
    for (query, words) in [
        ("source=alpa", &["source takes ids", "alpa is none here", "is alpha meant?"][..]),
        ("not_source=gama", &["not_source takes ids", "is gamma meant?"]),
        ("source=alpha&not_source=nothing-like-it", &["not_source takes ids", "none here"]),
        (&many, &["source takes up to 20"]),
        ("source=alpha&not_source=alpha", &["not_source names all that source does"]),
        ("lang=zh_CN", &["lang takes", "zh-Hant"]),
        (&long, &["q is longer than 200 characters"]),
        ("q=%2C", &["q has no word"]),
        ("q=region%3Axingping", &["q takes words and phrases alone here", "/search"]),
        ("q=%22open", &["quotation mark in q is not closed"]),
        ("content=half", &["content is full or summary"]),
        ("script=latn", &["script is hans or hant"]),
    ] {
        for path in [COUNTY.to_owned(), format!("{COUNTY}.atom"), "/s/beta.json".to_owned()] {
            let told = press.refusal(&format!("{path}?{query}"));
            assert!(words.iter().all(|word| told.contains(word)), "{path}?{query}: {told}");
        }
    }
    let told = press.refusal(&format!("{COUNTY}?source=nothing-like-it"));
    assert!(!told.contains("meant"), "{told}");
}

#[test]
fn links_carry_the_parameters_in_one_order_and_equal_meanings_are_one_document() {
    let press = press();
    let own = "source=alpha,beta&lang=en,zh";
    for format in FORMATS.into_iter().chain([""]) {
        let path = |query: &str| format!("{COUNTY}{format}?{query}");
        let query = format!("{own}&limit=1&editions=all&script=hant&content=summary");
        let canonical = press.daemon.document(&path(&query));
        for same in [
            "content=summary&script=hant&editions=all&limit=1&lang=zh&lang=EN&source=beta&source=alpha",
            "lang=zh-cn,en,zh&limit=%31&script=hans&script=hant&content=summary&editions=all\
             &source=alpha,beta,gamma&not_source=gamma&utm_source=x",
        ] {
            let answer = press.daemon.document(&path(same));
            assert_eq!(
                (answer.etag(), &answer.body),
                (canonical.etag(), &canonical.body),
                "{same}"
            );
            assert_eq!(answer.header("link"), canonical.header("link"));
        }
        let links: Vec<&str> = canonical
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("link"))
            .map(|(_, value)| value.as_str())
            .collect();
        let has = |rel: &str, path: &str, query: &str| {
            let start = format!("<http://wire.test{COUNTY}{path}?{query}");
            let is_it =
                |link: &&str| link.starts_with(&start) && link.contains(&format!("rel=\"{rel}\""));
            assert!(links.iter().any(is_it), "{rel} {start}: {links:?}");
        };
        has("self", format, &format!("{query}>"));
        has("next", format, &format!("{own}&limit=1&before="));
        for other in [".atom", ".rss", ".json", ""].into_iter().filter(|other| *other != format) {
            has("alternate", other, &format!("{own}&editions=all&script=hant&content=summary>"));
        }
        for rel in ["rel=\"hub\"", "rel=\"prev-archive\""] {
            assert!(!links.iter().any(|link| link.contains(rel)), "{links:?}");
        }
        let text = canonical.text().replace("&amp;", "&").replace("&#38;", "&");
        for carried in [format!("{query}\""), format!("{own}&limit=1&before=")] {
            let is_page = format.is_empty();
            let carried =
                if is_page { carried.replace("&limit=1&editions", "&editions") } else { carried };
            assert!(text.contains(&carried), "{format} {carried}: {text}");
        }
    }
    // It is a feed of its own, with a name of its own.
    let id = |query: &str| {
        let feed = press.daemon.document(&format!("{COUNTY}.json{query}")).json();
        (feed["_countywire"]["id"].clone(), feed["title"].as_str().expect("a title").to_owned())
    };
    let (whole, filtered) = (id(""), id("?q=Apples&lang=en"));
    assert_ne!(whole.0, filtered.0);
    assert!(filtered.1.contains("lang=en q=apples"), "{}", filtered.1);
    assert_eq!(filtered, id("?q=apples&lang=en&limit=1&content=summary"));
    assert_eq!(whole, id("?limit=1"));
}

#[test]
fn validators_change_exactly_with_what_is_shown_and_outlive_restarts() {
    let press = press();
    let paths: Vec<String> = FORMATS
        .iter()
        .chain(&[""])
        .flat_map(|format| {
            ["lang=en", "q=apples&content=summary", "source=beta&limit=1", "not_source=alpha,gamma"]
                .map(|query| format!("{COUNTY}{format}?{query}"))
        })
        .chain(["/index.json", "/"].map(|page| format!("{page}?lang=en")))
        .collect();
    let look = |daemon: &Daemon| -> Vec<(String, Vec<u8>)> {
        let documents = paths.iter().map(|path| daemon.document(path));
        documents.map(|answer| (answer.etag(), answer.body)).collect()
    };
    let before = look(&press.daemon);
    for (path, (etag, _)) in paths.iter().zip(&before) {
        let answer = press.ask(path, &[("If-None-Match", etag)]);
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{path}");
    }
    // Of another paper: nothing of it is shown, but beside pages it may be counted.
    let other = [Piece::new("另一篇新闻稿件", "县里今天开了会，讨论供暖。", 0)];
    press.brings("alpha", &other);
    for ((path, before), after) in paths.iter().zip(&before).zip(look(&press.daemon)) {
        let is_feed = path.contains('.');
        assert!(!is_feed || *before == after, "{path}");
        assert_eq!(before.0 == after.0, before.1 == after.1, "{path}");
    }
    press.brings("beta", &[Piece::new("More apples", "Red ones again, from the north.", 0)]);
    let after = look(&press.daemon);
    for ((path, (etag, body)), (now, bytes)) in paths.iter().zip(&before).zip(&after) {
        assert!(etag != now && body != bytes, "{path}");
        press.ask(path, &[("If-None-Match", etag)]).expect(200);
    }
    let Press { origin: _origin, home, daemon } = press;
    daemon.stop();
    let daemon = Daemon::start(&home);
    assert_eq!(look(&daemon), after, "the same bytes and ETags");
    for path in paths {
        let date = eventually("Last-Modified", || {
            daemon.document(&path).header("last-modified").map(str::to_owned)
        });
        let since = [("If-Modified-Since", date.as_str())];
        assert_eq!(http::request(daemon.public, "GET", &path, &since).status, 304, "{path}");
    }
}

#[test]
fn what_is_taken_down_leaves_filtered_feeds_and_is_told_there() {
    let press = press();
    let path = format!("{COUNTY}.atom?source=beta");
    let (etag, items) =
        (press.daemon.document(&path).etag(), press.items(&path.replace("atom", "json")));
    // Shows nothing, before and after.
    let empty = FORMATS.map(|format| format!("{COUNTY}{format}?lang=fr"));
    let look = || {
        let documents = empty.each_ref().map(|path| press.daemon.document(path));
        documents.map(|answer| (answer.etag(), answer.body))
    };
    let before = look();
    // Could never show it.
    let others = ["source=alpha", "not_source=beta", "source=gamma,beta&not_source=beta"]
        .map(|query| format!("{COUNTY}.atom?{query}"));
    let of_others = || {
        let documents = others.each_ref().map(|path| press.daemon.document(path));
        documents.map(|answer| (answer.etag(), answer.body))
    };
    let other_papers = of_others();
    let key = items[0]["_countywire"]["key"].as_str().expect("a key");
    http::post(press.daemon.admin, &format!("/take-down/{key}")).expect(200);
    let answer = press.ask(&path, &[("If-None-Match", &etag)]).expect(200);
    assert_eq!(read(&path, &answer.body).titles(), ["New clinic opens"]);
    for ((path, before), after) in empty.iter().zip(before).zip(look()) {
        assert_eq!(before.0 == after.0, before.1 == after.1, "{path}");
        assert_eq!(before.0 == after.0, !path.contains(".atom"), "{path}");
    }
    let id = items[0]["id"].as_str().expect("an id");
    let tombstone = format!("deleted-entry ref=\"{id}\"");
    assert!(answer.text().contains(&tombstone), "{}", answer.text());
    assert_eq!(of_others(), other_papers, "another paper's");
    // What it said nobody knows any more, so it may have been wanted.
    for query in ["lang=fr", "q=clinic", "not_source=alpha&lang=zh"] {
        let told = press.daemon.document(&format!("{COUNTY}.atom?{query}"));
        assert!(told.text().contains(&tombstone), "{query}: {}", told.text());
    }
    let further = feed(&press.daemon, &format!("{COUNTY}.atom?not_source=alpha&limit=1")).next;
    let further = press.daemon.document(below_base(&further.expect("a second page")));
    assert!(!further.text().contains("deleted-entry"), "{}", further.text());
}

#[test]
fn a_filtered_feed_that_is_empty_has_a_date_that_stays() {
    let press = press();
    let paths = FORMATS.map(|format| format!("{COUNTY}{format}?lang=fr"));
    let look = || {
        let documents = paths.each_ref().map(|path| press.daemon.document(path));
        documents.map(|answer| (answer.etag(), answer.text().to_owned()))
    };
    let before = look();
    let month = chrono::Utc::now().format("%Y-%m-01T00:00:00Z").to_string();
    let updated = |text: &str| {
        let json: Value = serde_json::from_str(text).expect("JSON");
        json["_countywire"]["updated"].as_str().expect("a date").to_owned()
    };
    let told = updated(&before[2].1);
    assert!(told <= month && told.ends_with("-01T00:00:00Z"), "{told}: its first month began");
    assert!(before[0].1.contains(&format!("<updated>{}", &told[..19])), "{}", before[0].1);
    assert!(before[1].1.contains("<lastBuildDate>"), "{}", before[1].1);
    press.brings("beta", &[Piece::new("More apples", "Red ones again, from the north.", 0)]);
    assert_eq!(look(), before);
}

#[test]
fn deltas_streams_and_archives_take_no_filters() {
    let press = press();
    let path = format!("{COUNTY}.atom?lang=en");
    let etag = press.daemon.document(&path).etag();
    press.brings("beta", &[Piece::new("More apples", "Red ones again, from the north.", 0)]);
    // All of it: no entry is left out.
    let headers = [("A-IM", "feed"), ("If-None-Match", etag.as_str())];
    let answer = press.ask(&path, &headers).expect(200);
    assert_eq!(read(&path, &answer.body).items.len(), 3);
    let refused = press.ask(&format!("/stream{COUNTY}?q=apples"), &[]).expect(400);
    assert!(refused.text().contains("a stream has no filters"), "{}", refused.text());
    let whole = feed(&press.daemon, &format!("{COUNTY}.json?content=summary"));
    let archive = below_base(&whole.prev.expect("a history")).to_owned();
    assert!(archive.contains("content=summary"), "{archive}");
    assert_eq!(read(".json", &press.daemon.document(&archive).body).items.len(), 7);
    for (query, name) in [("source=beta", "source"), ("lang=en", "lang"), ("q=apples", "q")] {
        let told = press.refusal(&format!("{archive}&{query}"));
        assert!(told.starts_with(&format!("{name} is not taken here: a month takes")), "{told}");
    }
}

#[test]
fn a_page_looks_at_so_many_entries_and_leads_on() {
    let press = Press::new();
    press.brings("beta", &[Piece::new("Oldest", "Nothing is older than this.", 9_000)]);
    for round in 0..3 {
        let pieces: Vec<Piece> = (0..750)
            .map(|n| Piece::new(&format!("稿件{round}x{n}"), &format!("{n}号{round}").repeat(9), n))
            .collect();
        press.brings("alpha", &pieces);
    }
    press.brings("gamma", &[Piece::new("Newest", "Nothing is newer than this.", 0)]);
    for query in ["not_source=alpha", "lang=fr,en-us&limit=1", "q=nothing"] {
        let pages = press.pages(&format!("/index.json?{query}&editions=all"));
        let sizes: Vec<usize> = pages.iter().map(Vec::len).collect();
        let newest = usize::from(!query.starts_with("lang"));
        assert_eq!(sizes, [newest, 1], "{query}: the second page goes on where the first ended");
    }
    let page = press.daemon.document("/?source=beta");
    assert!(
        page.text().contains("rel=\"next\" class=\"older\" href=\"/?source=beta&#38;before="),
        "{}",
        page.text()
    );
    for format in FORMATS {
        let path = format!("/index{format}?source=beta");
        let first = feed(&press.daemon, &path);
        assert!(first.items.is_empty(), "{path}");
        let next = first.next.expect("older ones are left");
        assert_eq!(feed(&press.daemon, below_base(&next)).titles(), ["Oldest"], "{path}");
    }
}

#[test]
fn summaries_stand_for_bodies_in_every_format() {
    let press = press();
    for format in FORMATS {
        let path = |query: &str| format!("/s/beta{format}{query}");
        let full = press.daemon.document(&path(""));
        let brief = press.daemon.document(&path("?content=summary"));
        let [full, brief] = [full, brief].map(|answer| answer.text().to_owned());
        assert!(full.contains("&lt;p&gt;") || full.contains("<p>"), "{full}");
        assert!(!brief.contains("&lt;p&gt;") && !brief.contains("<p>"), "{brief}");
        assert!(brief.contains("apples") && brief.contains("pears expect more."), "{brief}");
        assert_eq!(full, press.daemon.document(&path("?content=full")).text());
    }
    let json = press.daemon.document("/s/beta.json?content=summary").json();
    let item = &json["items"][0];
    assert_eq!(item["content_text"], "Growers of red apples & pears expect more.");
    assert_eq!(item.get("content_html"), None);
    let found = eventually("what is searched for", || {
        let found = press.daemon.document("/search.json?q=apples&content=summary").json();
        found["items"].as_array().filter(|items| !items.is_empty()).cloned()
    });
    assert_eq!((found.len(), found[0].get("content_html")), (1, None));
}
