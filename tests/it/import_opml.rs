//! Another reader's list of feeds becomes sources.

use crate::support::counties::Wire;
use crate::support::home::{self, Ended, Home, Settings};
use encoding_rs::GBK;
use std::fs;

fn home() -> Home {
    let known = Settings::new().source("paper", "https://paper.example.cn/rss", "");
    Home::new(&known)
}

fn import(home: &Home, list: &[u8]) -> Ended {
    home::to_end(home.command(&["import-opml", "-"]), list)
}

/// Adds what was printed to the settings, which must be fine then.
#[track_caller]
fn assert_checks(home: &Home, printed: &str, sources: u64) {
    let text = fs::read_to_string(home.feeds_toml()).expect("readable");
    home.write(&(text + printed));
    let report = home.run(&["check", "--json"]).expect(0).json();
    assert_eq!(report["summary"]["sources"], sources, "{printed}");
}

#[test]
fn nested_outlines_become_tables_that_check_accepts() {
    let list = r#"<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>我的订阅</title></head><body>
<outline text="新闻"><outline text="陕西"><outline text="咸阳市">
<outline type="rss" text="咸阳日报 &quot;要闻&quot;" xmlUrl="https://news.example.cn/a.xml?x=1&amp;y=2" htmlUrl="https://news.example.cn/"/>
<outline type="rss" title="Xianyang Daily: News!" text="x" XMLURL='https://www.example.org/rss?a=1&b=2'/>
</outline></outline></outline>
<outline text="known"><outline type="rss" text="Paper" xmlUrl="http://paper.example.cn/rss"/></outline>
<outline type="rss" xmlurl="feed://blog.example.net/feed"/>
<outline type="rss" text="Paper" xmlUrl="https://other.example.cn/rss"/>
<outline type="rss" text="Again" xmlUrl="https://other.example.cn/rss"/>
<outline type="rss" text="route" xmlUrl="rsshub://people/sn"/>
<outline type="link" text="a page" url="https://page.example.cn/"/>
<outline type="rss" text="bad" xmlUrl="ftp://files.example.cn/rss"/>
</body></opml>"#;
    let home = home();
    let ended = import(&home, list.as_bytes()).expect(0);
    let expected = r#"
# 新闻 › 陕西 › 咸阳市
[[source]]
id = "news-example-cn"
title = '咸阳日报 "要闻"'
url = "https://news.example.cn/a.xml?x=1&y=2"
region = "shaanxi/xianyang"

# 新闻 › 陕西 › 咸阳市
[[source]]
id = "xianyang-daily-news"
title = "Xianyang Daily: News!"
url = "https://www.example.org/rss?a=1&b=2"
region = "shaanxi/xianyang"

[[source]]
id = "blog-example-net"
title = "blog.example.net"
url = "http://blog.example.net/feed"

[[source]]
id = "paper-2"
title = "Paper"
url = "https://other.example.cn/rss"

[[source]]
id = "route"
title = "route"
url = "rsshub://people/sn"
"#;
    assert_eq!(ended.stdout, expected);
    let told =
        "standard input:13: \"ftp://files.example.cn/rss\": scheme \"ftp\" is not served; write";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
    let counts = "5 to add, 1 in feeds.toml already, 1 twice in the list, 1 that cannot be polled";
    assert!(ended.stderr.contains(counts), "{}", ended.stderr);
    assert_checks(&home, &ended.stdout, 6);
    let again = import(&home, list.as_bytes()).expect(0);
    assert_eq!(again.stdout, "", "all are known now");
}

#[test]
fn encodings_and_byte_order_marks_are_read() {
    let body = "<opml version='1.0'><body><outline text='县城'>\
        <outline text='兴平新闻' xmlUrl='https://xp.example.cn/rss'/></outline></body></opml>";
    let gbk = format!("<?xml version='1.0' encoding='GBK'?>\n{body}");
    let utf16: Vec<u8> = "\u{FEFF}"
        .chars()
        .chain(body.chars())
        .collect::<String>()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for list in [GBK.encode(&gbk).0.into_owned(), format!("\u{FEFF}{body}").into_bytes(), utf16] {
        let ended = import(&home(), &list).expect(0);
        assert!(ended.stdout.contains("# 县城\n[[source]]"), "{}", ended.stdout);
        assert!(ended.stdout.contains("title = \"兴平新闻\""), "{}", ended.stdout);
    }
}

#[test]
fn hostile_lists_are_read_as_far_as_they_go() {
    let deep = "<outline text='&a;'>".repeat(200_000);
    let bomb = "<!DOCTYPE opml [<!ENTITY a \"兴平\"><!ENTITY b \"&a;&a;&a;\">\
        <!ENTITY c SYSTEM \"file:///etc/passwd\">]>";
    let lists = [
        format!("{bomb}<opml><body>{deep}<outline text='&b;&c;' xmlUrl='https://a.example.cn/1'/>"),
        "<opml><body><outline text='a' xmlUrl='https://a.example.cn/1'><outline text='b'>"
            .to_owned(),
        "<opml><body></outline></outline><outline text=a xmlUrl=https://a.example.cn/1 >"
            .to_owned(),
        "<opml><body><outline text='a\u{7}\n\"]]\u{7f}' xmlUrl='https://a.example.cn/1'/></body>"
            .to_owned(),
    ];
    for list in lists {
        let home = home();
        let ended = import(&home, list.as_bytes()).expect(1);
        assert!(ended.stderr.contains("the list ends without </opml>"), "{}", ended.stderr);
        assert!(ended.stdout.contains("url = \"https://a.example.cn/1\""), "{}", ended.stderr);
        assert!(ended.stdout.len() < 4096 && !ended.stdout.contains("root:"));
        assert_checks(&home, &ended.stdout, 2);
    }
    let many: String = (0..20_000)
        .map(|n| format!("<outline text='same' xmlUrl='https://h{n}.example.cn/'/>"))
        .collect();
    let home = home();
    let ended = import(&home, format!("<opml><body>{many}</body></opml>").as_bytes()).expect(0);
    assert_checks(&home, &ended.stdout, 20_001);
}

#[test]
fn what_is_not_read_of_a_list_is_told() {
    let outline = |n: usize| format!("<outline text='t' xmlUrl='https://a.example.cn/{n}'/>\n");
    let many: String = (0..100_003).map(outline).collect();
    let ended = import(&home(), format!("<opml><body>{many}</body></opml>").as_bytes()).expect(1);
    let told = "100000 to add, 0 in feeds.toml already, 0 twice in the list, 0 that cannot be polled; \
        3 left out, for 100000 are read of one list: split it into several\n";
    assert!(ended.stderr.ends_with(told), "{}", ended.stderr);
    assert_eq!(ended.stdout.matches("[[source]]").count(), 100_000);

    let whole = format!("<opml><body>{}{}</body></opml>", outline(1), outline(2));
    import(&home(), whole.as_bytes()).expect(0);
    for cut in ["</opml>", "</body>", "/>\n</body>", ".cn/2"] {
        let upto = whole.rfind(cut).expect("there");
        let ended = import(&home(), &whole.as_bytes()[..upto]).expect(1);
        let told = "that cannot be polled; the list ends without </opml>, perhaps cut off";
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
        assert!(ended.stdout.contains("url = \"https://a.example.cn/1\""), "{}", ended.stdout);
    }
}

#[test]
fn user_names_and_passwords_are_not_told() {
    for (url, wrong) in [
        ("https://user:secret@e.example/feed", "holds a user name or password"),
        ("https://secret@e.example/feed", "holds a user name or password"),
        ("feed:https://user:secret@e.example/feed", "holds a user name or password"),
        ("feed://user:secret@e.example/feed", "holds a user name or password"),
        ("ftp://user:secret@e.example/feed", "scheme \"ftp\" is not served"),
        ("https://user:secret/x@e.example/feed", "no such port"),
        ("https://user:secret?x@e.example/feed", "no such port"),
        ("https://user:secret#x@e.example/feed", "no such port"),
        ("https://user:secret%40e.example/feed", "no such port"),
        ("secret:word@e.example/feed", "no absolute address"),
        ("rsshub://user:secret@e.example", "no RSSHub route"),
        ("https://user name:secret@e.example/feed", "holds a space"),
    ] {
        let list = format!("<opml><body>\n<outline text='t' xmlUrl='{url}'/></body></opml>");
        let ended = import(&home(), list.as_bytes()).expect(0);
        let told = format!("standard input:2: {wrong}");
        assert!(ended.stderr.starts_with(&told), "{url}: {}", ended.stderr);
        assert!(!ended.stderr.contains("secret"), "{url}: {}", ended.stderr);
        assert_eq!(ended.stdout, "", "{url}");
    }
    let list =
        "<opml><body><outline text='t' xmlUrl='ftp://e.example/f?key=secret'/></body></opml>";
    let ended = import(&home(), list.as_bytes()).expect(0);
    let told = "standard input:1: \"ftp://e.example/f\": scheme \"ftp\" is not served";
    assert!(ended.stderr.starts_with(told), "{}", ended.stderr);
}

#[test]
fn folders_that_may_be_subjects_are_no_regions() {
    let home = Home::new(&Settings::new().tables("gazetteer = [\"cn\", \"us\"]"));
    for (folders, line) in [
        (&["Mobile"][..], "# region = \"us/al/mobile\""),
        (&["DC"], "# region = \"us/dc\""),
        (&["Price", "News"], "# region = \"us/wi/price\""),
        (&["Mobile County"], "region = \"us/al/mobile\""),
        (&["Alabama", "Mobile"], "region = \"us/al/mobile\""),
        (&["Mobile", "Wisconsin", "Price"], "region = \"us/wi/price\""),
        (&["Wisconsin", "Mobile"], "region = \"us/wi\""),
        (&["New York"], "region = \"us/ny\""),
        (&["兴平"], "region = \"shaanxi/xianyang/xingping\""),
        (&["Technology"], ""),
    ] {
        let opened: String =
            folders.iter().map(|folder| format!("<outline text='{folder}'>")).collect();
        let closed = "</outline>".repeat(folders.len());
        let feed = "<outline text='t' xmlUrl='https://e.example/feed'/>";
        let list = format!("<opml><body>{opened}{feed}{closed}</body></opml>");
        let ended = import(&home, list.as_bytes()).expect(0);
        let last = ended.stdout.lines().last().filter(|last| last.contains("region = "));
        assert_eq!(last.unwrap_or_default(), line, "{folders:?}");
    }
}

#[test]
fn what_is_no_list_is_refused_with_its_name_and_a_remedy() {
    let home = home();
    for (document, told) in [
        ("<html><body>首页</body></html>", "a web page"),
        ("<rss version='2.0'><channel/></rss>", "<rss>"),
        ("{\"feeds\": []}", "JSON"),
        ("", "empty"),
    ] {
        let path = home.path().join("subs.opml");
        fs::write(&path, document).expect("writable");
        let ended = home.run(&["import-opml", "subs.opml"]).expect(65);
        assert!(ended.stderr.starts_with("subs.opml:1: no list of feeds: "), "{}", ended.stderr);
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
        assert!(ended.stderr.contains("export the subscriptions of your reader as OPML"));
        assert_eq!(ended.stdout, "");
    }
    let ended = home.run(&["import-opml", "absent.opml"]).expect(1);
    assert!(ended.stderr.contains("cannot read absent.opml"), "{}", ended.stderr);
    home.write("[sit]\n");
    fs::write(home.path().join("subs.opml"), "<opml/>").expect("writable");
    home.run(&["import-opml", "subs.opml"]).expect(78);
    fs::remove_file(home.feeds_toml()).expect("there");
    let ended = home.run(&["import-opml", "subs.opml"]).expect(0);
    assert!(ended.stderr.contains("not there"), "{}", ended.stderr);
}

#[test]
fn our_own_lists_can_be_imported() {
    let wire = Wire::with(1);
    let list = wire.daemon.document("/r/shaanxi/xianyang/opml");
    let home = home();
    let ended = import(&home, &list.body).expect(0);
    let table = "title = \"兴平市 · 县闻\"\nurl = \"http://wire.test/r/shaanxi/xianyang/xingping.atom\"\nregion = \"shaanxi/xianyang\"";
    assert!(ended.stdout.contains(table), "{}", ended.stdout);
    let feeds = list.text().matches("xmlUrl").count() as u64;
    assert_checks(&home, &ended.stdout, 1 + feeds);
}
