//! Documents that come cut off in one poll and whole in the next.

use crate::support::daemon::Daemon;
use crate::support::home::{Home, Settings};
use crate::support::origin::{Document, Origin};
use serde_json::Value;

const NAMES: [&str; 3] = ["一号消息", "二号消息", "三号消息"];

fn rss() -> String {
    let item = |(n, name): (usize, &&str)| {
        format!(
            "<item><title>{name}</title><link>http://a.example.cn/{n}.html</link>\
             <guid isPermaLink=\"false\">g{n}</guid><description>{name}的正文。</description></item>"
        )
    };
    let items: String = NAMES.iter().enumerate().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>")
}

fn json() -> String {
    let item = |(n, name): (usize, &&str)| {
        format!(
            "{{\"title\":\"{name}\",\"url\":\"http://a.example.cn/{n}.html\",\"id\":\"g{n}\",\
             \"content_text\":\"{name}的正文。\"}}"
        )
    };
    let items: Vec<String> = NAMES.iter().enumerate().map(item).collect();
    let items = items.join(",");
    format!(
        "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"t\",\"items\":[{items}]}}"
    )
}

#[test]
fn an_item_that_is_cut_off_is_stored_once_and_whole() {
    let origin = Origin::start();
    let mut sources = Vec::new();
    for (kind, mime, whole) in
        [("rss", "application/rss+xml", rss()), ("json", "application/feed+json", json())]
    {
        let last = whole.rfind("三号消息").expect("the last");
        let last = whole[..last].rfind("三号消息").expect("its title");
        for cut in (last - 8..whole.len()).step_by(4) {
            sources.push((format!("{kind}-{cut}"), mime, whole.clone(), cut));
        }
    }
    let mut settings = Settings::new();
    for (source, mime, whole, cut) in &sources {
        let document = Document::new(mime, &whole.as_bytes()[..*cut]).etag("\"1\"");
        origin.set(&format!("/{source}"), document);
        settings = settings.source(source, &origin.url(&format!("/{source}")), "enabled = true\n");
    }
    let home = Home::new(&settings);
    let poll = || home.run(&["poll", "--all", "--json"]).expect(0).json_lines();
    let all_fetched = |polled: &[Value]| {
        let polled: Vec<&Value> = polled.iter().filter(|line| line["source"].is_string()).collect();
        assert_eq!(polled.len(), sources.len());
        for line in polled {
            assert_eq!(line["outcome"], "fetched", "{line}");
        }
    };
    all_fetched(&poll());
    for (source, mime, whole, _) in &sources {
        // The server kept the tag of what it had not written whole.
        origin.set(&format!("/{source}"), Document::new(mime, whole.as_bytes()).etag("\"1\""));
    }
    all_fetched(&poll());
    let rows = home.run(&["sources", "--json"]).expect(0).json();
    for row in rows.as_array().expect("a list") {
        assert_eq!(row["entries"], 3, "{row}");
    }
}

#[test]
fn a_document_that_always_lacks_its_end_is_asked_for_conditionally() {
    let origin = Origin::start();
    let body = rss().replace("</channel></rss>", "");
    origin.set("/a", Document::new("application/rss+xml", body).etag("\"1\""));
    let home = Home::new(&Settings::new().source("a", &origin.url("/a"), "enabled = true\n"));
    let daemon = Daemon::start(&home);
    for _ in 0..2 {
        daemon.poll("a");
    }
    assert_eq!(daemon.poll("a")["outcome"], "not_modified");
    assert_eq!(daemon.source("a")["entries"], 3);
}
