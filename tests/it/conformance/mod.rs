//! What the W3C feed validator demands, written down anew as far as it concerns what we publish:
//! held against the validator's own cases, then against every kind of document of a daemon.

mod addresses;
mod elements;
mod expect;
mod feeds;
mod json;
mod links;
mod log;
mod markup;
mod persons;
mod rss;
mod tree;
mod values;
mod vocabulary;

use crate::shared::material;
use crate::support::daemon::Daemon;
use crate::support::home::{BASE, Home, Settings};
use crate::support::origin::{Document, Origin};
use crate::support::published::{FORMATS, below_base, read};
use crate::support::{eventually_so, http};
use log::Finding;
use std::collections::BTreeSet;
use std::path::Path;

/// Of the validator's cases about what we write, so many in a thousand are judged as it judges them.
const FLOOR_PER_MILLE: usize = 970;
const COUNTY: &str = "/r/shaanxi/xianyang/xingping";
const LINES: &str = "region = \"shaanxi/xianyang/xingping\"\nschedule = \"1d\"\n";

#[test]
fn the_rules_judge_the_cases_of_the_feed_validator_as_it_does() {
    let Some(corpus) = material("corpus") else { return };
    let list = std::fs::read_to_string(corpus.join("conformance/feedvalidator-expect.tsv"));
    let judged = expect::judge(&corpus, &list.expect("a list"));
    let all = judged.right + judged.wrong.len();
    eprintln!(
        "{} of {all} cases judged as expected, {} of {} faults found; {} cases of other languages and rules",
        judged.right, judged.found, judged.to_find, judged.other
    );
    let wrong = judged.wrong.join("\n");
    eprintln!("{wrong}");
    assert!(all >= 700 && judged.to_find >= 430, "{all} cases, {} with faults", judged.to_find);
    assert!(judged.right * 1000 >= all * FLOOR_PER_MILLE, "{} of {all}\n{wrong}", judged.right);
    assert!(judged.found * 1000 >= judged.to_find * FLOOR_PER_MILLE, "{wrong}");
}

/// What a publisher can write, and strict readers refuse in what is made of it.
fn hostile() -> Vec<u8> {
    let escaped = "&lt;b&gt;粗&lt;/b&gt; &amp;amp; R&amp;D &amp;lt;";
    let items = [
        format!("<title>{escaped}</title><link>http://paper.example.cn/1</link><description>{escaped}</description>"),
        "<title>只有标题</title><guid isPermaLink=\"false\">n-1</guid>".to_owned(),
        "<description></description><link>http://paper.example.cn/3</link>".to_owned(),
        "<title>只有图</title><description>&lt;img src=\"/i/4.jpg\"&gt;</description><link>http://paper.example.cn/4</link>".to_owned(),
        "<title>无名</title><author>desk@paper.example.cn</author><link>/五/?a=1&amp;b=&quot;2&quot; 3</link>".to_owned(),
        "<title>坏邮址</title><author>张三 &lt;zhang@@x&gt;</author><link>http://paper.example.cn/6</link>".to_owned(),
        "<title>域</title><category domain=\"Syndic8 (x)\">甲 &amp;amp; 乙</category><guid>tag:paper.example.cn,2026:7</guid>".to_owned(),
        "<title>文件</title><enclosure url=\"http://paper.example.cn/八.mp3\" length=\"-1\" type=\"mp3\"/>\
         <enclosure url=\"/8.pdf\" length=\"12\" type=\"application/pdf\"/><guid>HTTP://Paper.example.cn/8</guid>".to_owned(),
        "<title>评</title><comments>http://paper.example.cn/9#评</comments><slash:comments>4</slash:comments>\
         <wfw:commentRss>http://paper.example.cn/9/feed</wfw:commentRss><dc:rights>© &lt;i&gt;本报&lt;/i&gt;</dc:rights>\
         <dc:language>zh_tw</dc:language><link>http://paper.example.cn/9</link>".to_owned(),
        "<title>将来</title><pubDate>Fri, 01 Jan 2100 00:00:00 GMT</pubDate><link>http://paper.example.cn/10</link>".to_owned(),
        "<title>从前</title><pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate><link>http://paper.example.cn/11</link>".to_owned(),
    ];
    let items: String = items.map(|item| format!("<item>{item}</item>")).concat();
    format!(
        "<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:slash=\"http://purl.org/rss/1.0/modules/slash/\" \
         xmlns:wfw=\"http://wellformedweb.org/CommentAPI/\"><channel><title>报 &amp;amp; &lt;x&gt;</title>\
         <link>http://paper.example.cn/</link><copyright>(c) 报社 &amp;copy;</copyright>{items}</channel></rss>"
    )
    .into_bytes()
}

/// A daemon that has polled all fixtures and what is hostile.
fn wire(origin: &Origin) -> (Home, Daemon, Vec<String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/feeds");
    let mut documents = vec![("hostile".to_owned(), hostile())];
    for file in std::fs::read_dir(folder).expect("the fixtures").flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".expected.json") && !name.ends_with(".md") {
            let bytes = std::fs::read(file.path()).expect("a fixture");
            documents.push((name.replace('.', "-"), bytes));
        }
    }
    let mut settings = Settings::new().poll("first_poll_entries = 1000");
    for (id, bytes) in &documents {
        origin.set(&format!("/{id}"), Document::new("application/xml", bytes.clone()));
        settings = settings.source(id, &origin.url(&format!("/{id}")), LINES);
    }
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    daemon.settled();
    let ids = documents.into_iter().map(|(id, _)| id).collect();
    (home, daemon, ids)
}

/// All kinds of documents, and of each the pages and parts of the history that it leads to.
fn documents(daemon: &Daemon, sources: &[String]) -> Vec<String> {
    let export = http::get(daemon.admin, "/export?after=0").expect(200);
    let keys = export.text().lines().map(|line| {
        let entry: serde_json::Value = serde_json::from_str(line).expect("JSON");
        entry["key"].as_str().expect("a key").to_owned()
    });
    let mut paths: Vec<String> = Vec::new();
    let mut places: Vec<String> =
        ["/index", "/r/shaanxi", COUNTY, "/t/education", "/hot", "/pictures"]
            .map(str::to_owned)
            .to_vec();
    places.push(format!("{COUNTY}/t/education"));
    places.push(format!("{COUNTY}/hot"));
    places.push(format!("{COUNTY}/pictures"));
    places.push("/r/shaanxi/baoji".to_owned());
    places.extend(sources.iter().map(|source| format!("/s/{source}")));
    places.extend(keys.map(|key| format!("/e/{key}/related")));
    for format in FORMATS {
        for place in &places {
            paths.push(format!("{place}{format}"));
        }
        paths.push(format!("/search{format}?q=%E5%85%B4%E5%B9%B3"));
        paths.push(format!("/search{format}?q=%E6%97%A0%3Cb%3E&limit=2"));
        paths.push(format!("{COUNTY}{format}?limit=200&editions=all&script=hans"));
        for filter in ["content=summary", "script=hant", "lang=zh", "q=%E5%85%B4%E5%B9%B3"] {
            paths.push(format!("{COUNTY}{format}?{filter}"));
        }
        let mut next = Some(format!("/index{format}?limit=3"));
        while let Some(path) = next.take() {
            let page = read(&path, &daemon.document(&path).body);
            next = page.next.as_deref().map(|url| below_base(url).to_owned());
            paths.push(path);
        }
        let mut part = read(format, &daemon.document(&format!("{COUNTY}{format}")).body).prev;
        assert!(part.is_some(), "there is a history");
        while let Some(url) = part.take() {
            let path = below_base(&url).to_owned();
            part = read(&path, &daemon.document(&path).body).prev;
            paths.push(path);
        }
    }
    paths
}

fn findings(path: &str, bytes: &[u8]) -> Vec<Finding> {
    let address = format!("{BASE}{path}");
    let is_json = path.split('?').next().is_some_and(|path| path.ends_with(".json"));
    match is_json {
        true => json::findings(bytes, Some(&address)),
        false => elements::findings(bytes, Some(&address)),
    }
}

#[test]
fn no_document_breaks_a_rule_whatever_the_sources_send() {
    let origin = Origin::start();
    let (home, daemon, sources) = wire(&origin);
    eventually_so("search answers", || daemon.get("/search.json?q=x").status == 200);
    let link = "http://paper.example.cn/6";
    let mut found: BTreeSet<String> = BTreeSet::new();
    let mut looked_at = 0;
    for round in ["as polled", "one taken down"] {
        for path in documents(&daemon, &sources) {
            let answer = daemon.document(&path);
            looked_at += 1;
            for finding in findings(&path, &answer.body) {
                if !is_meant(&path, &finding) {
                    found.insert(format!("{round}: {path}: {} {:?}", finding.rule, finding.facts));
                }
            }
        }
        if round == "as polled" {
            home.run_asking(daemon.admin, &["remove", link]).expect(0);
            let atom = daemon.document(&format!("{COUNTY}.atom"));
            assert!(atom.text().contains("<at:deleted-entry "), "{}", atom.text());
        }
    }
    daemon.stop();
    let listed: Vec<&String> = found.iter().collect();
    assert!(found.is_empty(), "{} findings in {looked_at} documents:\n{listed:#?}", found.len());
    eprintln!("{looked_at} documents, no findings");
}

/// Findings in what is right, or not ours to change: the only part of a history leads to no other;
/// the id of an origin is published as it is (RFC 4287 §4.2.6); and in the plain text of RSS a title
/// that shows tags looks like one that has them.
fn is_meant(path: &str, finding: &Finding) -> bool {
    let element = finding.fact("element");
    match finding.rule {
        "NonCanonicalURI" | "InvalidTAG" | "InvalidUUID" => element == Some("id"),
        "ArchiveIncomplete" => true,
        "ContainsHTML" => path.contains(".rss") && matches!(element, Some("title" | "category")),
        _ => false,
    }
}
