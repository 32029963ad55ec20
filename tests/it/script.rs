//! `?script=`: a feed in Simplified or in Traditional characters, whatever its sources write.

use crate::support::daemon::Daemon;
use crate::support::home::{Home, Settings};
use crate::support::http;
use crate::support::origin::{Document, Origin};
use crate::support::published::FORMATS;

#[test]
fn a_feed_is_shown_in_simplified_characters_where_it_is_asked_for() {
    let origin = Origin::start();
    let body = "<rss version=\"2.0\"><channel><title>t</title><language>zh-TW</language><item>\
        <title>陝西興平蘋果豐收</title><link>http://a.example.tw/蘋果</link><guid>http://a.example.tw/1</guid>\
        <description><![CDATA[<p>果農說<a href=\"http://a.example.tw/蘋果\">今年</a>豐收。</p>]]></description>\
        </item></channel></rss>";
    origin.set("/a", Document::new("application/rss+xml", body));
    let home = Home::new(&Settings::new().source("a", &origin.url("/a"), "enabled = true\n"));
    let daemon = Daemon::start(&home);
    daemon.poll("a");
    let get = |path: &str| http::get(daemon.public, path);
    for format in FORMATS.iter().copied().chain([""]) {
        let path = format!("/s/a{format}");
        let written = get(&path).expect(200);
        let written = written.text();
        assert!(written.contains("陝西興平蘋果豐收") && written.contains("豐收。"), "{written}");
        let shown = get(&format!("{path}?script=hans")).expect(200);
        let shown = shown.text();
        assert!(shown.contains("陕西兴平苹果丰收") && !shown.contains("豐收。"), "{shown}");
        // Addresses and ids stay.
        if !format.is_empty() {
            for kept in ["script=hans", "%E8%98%8B%E6%9E%9C", "http://a.example.tw/1"] {
                assert!(shown.contains(kept), "{kept}: {shown}");
            }
        }
        get(&format!("{path}?script=latn")).expect(400);
    }
}

#[test]
fn a_feed_is_shown_in_traditional_characters_where_it_is_asked_for() {
    let origin = Origin::start();
    let item = |title: &str, text: &str| {
        format!(
            "<item><title>{title}</title><link>http://a.example.cn/苹果{title}</link><guid>{title}</guid>\
             <description><![CDATA[<p>{text}<b>丰收</b>。</p>]]></description></item>"
        )
    };
    let items =
        item("陕西兴平苹果", "三分钟后，果农说") + &item("慈禧太后離宮", "離宮十里，陳列開放");
    let body = format!(
        "<rss version=\"2.0\"><channel><title>t</title><language>zh-CN</language>{items}</channel></rss>"
    );
    origin.set("/a", Document::new("application/rss+xml", body));
    let home = Home::new(&Settings::new().source("a", &origin.url("/a"), "enabled = true\n"));
    let daemon = Daemon::start(&home);
    daemon.poll("a");
    let get = |path: &str| http::get(daemon.public, path).expect(200).text().to_owned();
    for format in FORMATS.iter().copied().chain([""]) {
        let (written, shown) =
            (get(&format!("/s/a{format}")), get(&format!("/s/a{format}?script=hant")));
        assert!(written.contains("陕西兴平苹果") && !written.contains("陝西"), "{written}");
        for traditional in ["陝西興平蘋果", "三分鐘後，果農說", "慈禧太后離宮", "離宮十里"]
        {
            assert!(shown.contains(traditional), "{traditional}: {shown}");
        }
        if !format.is_empty() {
            // Addresses stay; the document says where it is, and in which characters.
            for kept in ["script=hant", "%E8%8B%B9%E6%9E%9C"] {
                assert!(shown.contains(kept), "{kept}: {shown}");
            }
        }
    }
    let json: serde_json::Value =
        serde_json::from_str(&get("/s/a.json?script=hant")).expect("JSON");
    assert_eq!(json["items"][0]["language"], "zh-Hant");
}
