//! `countywire inspect`: its form, its inputs and its exit codes.

use crate::support::documents::{FORMS, Form, News};
use crate::support::home::{self, Ended, Home, Settings};
use crate::support::origin::{Document, Origin, Reply};
use crate::support::{keys, words};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::io::Write;

#[test]
fn inspect_reads_each_format_from_file_standard_input_and_address() {
    let (origin, home) = (Origin::start(), Home::new(&Settings::new()));
    let inspect = |args: &[&str], input: &[u8]| {
        let mut all = vec!["inspect", "--json"];
        all.extend(args);
        home::to_end(home.command(&all), input)
    };
    let names =
        ["rss0.91", "rss0.92", "rss1.0", "rss2.0", "rss2.0", "atom0.3", "atom1.0", "json1.1"];
    for (form, name) in FORMS.into_iter().zip(names) {
        let news = [News::new("paper", 1, "来稿镕", 1), News::new("paper", 2, "来稿乙", 2)];
        let document = form.document(&news);
        let path = home.path().join("document");
        std::fs::write(&path, &document.body).expect("a writable folder");
        origin.set("/document", document.clone());

        let from_file = inspect(&["document"], b"").expect(0).json();
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&document.body).expect("room");
        let packed = packed.finish().expect("room");
        let from_packed = inspect(&["-"], &packed).expect(0).json();
        assert_eq!(from_file, from_packed, "{form:?}");
        let from_stdin = inspect(&["-"], &document.body).expect(0).json();
        let from_web = inspect(&[&origin.url("/document")], b"").expect(0).json();
        assert_eq!(from_file, from_stdin, "{form:?}");
        assert_eq!(from_file["entries"], from_web["entries"], "{form:?}");

        let top = "format encoding title link description language updated defects entries";
        assert_eq!(keys(&from_file), words(top), "{form:?}");
        assert_eq!(from_file["format"], name);
        let encoding = if form == Form::Rss20Gb18030 { "gb18030" } else { "utf-8" };
        assert_eq!(from_file["encoding"], encoding, "{form:?}");
        assert_eq!(from_file["title"], "paper 报", "{form:?}");
        assert_eq!(from_file["defects"], Value::Array(vec![]), "{form:?}");
        let entries = from_file["entries"].as_array().expect("entries");
        assert_eq!(entries.len(), 2, "{form:?}");
        let item = "id guid link title byline authors published updated date_from summary \
                    content categories media comments credit";
        assert_eq!(keys(&entries[0]), words(item), "{form:?}");
        assert_eq!(entries[0]["title"], "来稿镕", "{form:?}");
        assert_eq!(entries[0]["link"], news[0].link(), "{form:?}");
        let dated = !matches!(form, Form::Rss091 | Form::Rss092);
        let date = news[0].published.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let expected = if dated { Value::from(date) } else { Value::Null };
        assert_eq!(entries[0]["published"], expected, "{form:?}");
        assert_eq!(entries[0]["comments"], Value::Null);
    }
}

#[test]
fn inspect_ends_with_65_and_the_reason_when_it_is_no_feed() {
    let (origin, home) = (Origin::start(), Home::new(&Settings::new()));
    let inspect =
        |args: &[&str], input: &[u8]| -> Ended { home::to_end(home.command(args), input) };
    let inputs: [(&[u8], &str); 5] = [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "web page"),
        (b"{\"a\": 1}", "JSON"),
        (b"\x89PNG\r\n\x1a\n\0\0", "binary"),
        (b"just words", "text"),
    ];
    for (input, why) in inputs {
        for args in [&["inspect", "-"][..], &["inspect", "--json", "-"]] {
            let ended = inspect(args, input).expect(65);
            assert!(ended.stderr.contains(why), "{input:?}: {}", ended.stderr);
            assert_eq!(ended.stdout, "", "{input:?}");
        }
    }
    origin.set("/page", Document::new("text/html", "<html><body>首页</body></html>"));
    let ended = inspect(&["inspect", &origin.url("/page")], b"").expect(65);
    assert!(ended.stderr.contains("web page"), "{}", ended.stderr);
    let ended = inspect(&["inspect", "nowhere.xml"], b"").expect(1);
    assert!(ended.stderr.contains("nowhere.xml"), "{}", ended.stderr);
    origin.set("/gone", Reply::Status(500, vec![]));
    let ended = inspect(&["inspect", &origin.url("/gone")], b"").expect(1);
    assert!(ended.stderr.contains("500"), "{}", ended.stderr);
}

#[test]
fn inspect_reads_a_feed_inside_a_web_page() {
    let home = Home::new(&Settings::new());
    let feed = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>三秦都市</title>\
                <item><title>镕基路通车</title><link>http://a.cn/1</link></item></channel></rss>";
    let escaped = feed.replace('<', "&lt;").replace('>', "&gt;");
    for inside in [feed, &escaped] {
        let page = format!("<html><body><pre>{inside}</pre></body></html>");
        let args = ["inspect", "--json", "-"];
        let feed = home::to_end(home.command(&args), page.as_bytes()).expect(0).json();
        assert_eq!(feed["entries"][0]["title"], "镕基路通车", "{inside}");
        assert_eq!(feed["defects"][0]["kind"], "inside-a-page", "{inside}");
    }
}

#[test]
fn inspect_takes_the_word_of_content_type_and_base() {
    let home = Home::new(&Settings::new());
    let text = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>三秦都市</title>\
                <item><title>镕基路通车</title><link>/a/1.html</link></item></channel></rss>";
    let (bytes, ..) = encoding_rs::GB18030.encode(text);
    let args = ["inspect", "--json", "--content-type", "text/xml; charset=gbk"];
    let args = [&args[..], &["--url", "http://news.example.cn/rss/", "-"]].concat();
    let feed = home::to_end(home.command(&args), &bytes).expect(0).json();
    assert_eq!(feed["title"], "三秦都市");
    assert_eq!(feed["entries"][0]["title"], "镕基路通车");
    assert_eq!(feed["entries"][0]["link"], "http://news.example.cn/a/1.html");
}
