//! Sources that name their items badly: each item is one entry all the same, however
//! often it is polled and whatever is done to it.

use crate::support::daemon::Daemon;
use crate::support::home::{Home, Settings};
use crate::support::origin::{Document, Origin};
use crate::support::published;
use std::sync::LazyLock;

/// An item: number, title, and the date's age in hours.
type Item = (usize, &'static str, i64);

const FIRST: [Item; 3] = [(1, "一号消息", 30), (2, "二号消息", 20), (3, "三号消息", 10)];
/// One more, and one corrected.
const LATER: [Item; 4] =
    [(1, "一号消息", 30), (2, "二号消息（更正）", 20), (3, "三号消息", 10), (4, "四号消息", 1)];

/// How a source names its items; `poll` counts the requests.
fn item(source: &str, (number, title, hours): Item, poll: usize) -> String {
    static BEGAN: LazyLock<chrono::DateTime<chrono::Utc>> = LazyLock::new(chrono::Utc::now);
    let now = chrono::Utc::now();
    let date = (*BEGAN - chrono::TimeDelta::hours(hours)).format("%Y-%m-%dT%H:00:00Z").to_string();
    let link = format!("<link>http://{source}.example.cn/{number}.html</link>");
    let (link, guid, date) = match source {
        "one-link" => {
            let link = "<link>http://one-link.example.cn/</link>".to_owned();
            (link, format!("<guid isPermaLink=\"false\">{number}</guid>"), date)
        }
        "one-link-only" => {
            ("<link>http://one-link-only.example.cn/</link>".to_owned(), String::new(), date)
        }
        "one-guid" => (link, "<guid isPermaLink=\"false\">same</guid>".to_owned(), date),
        "new-guids" => (link, format!("<guid isPermaLink=\"false\">{poll}-{number}</guid>"), date),
        "new-guids-now" => {
            (link, format!("<guid isPermaLink=\"false\">{poll}-{number}</guid>"), now.to_rfc3339())
        }
        "new-guids-only" => {
            (String::new(), format!("<guid isPermaLink=\"false\">{poll}-{number}</guid>"), date)
        }
        "new-guids-one-link" => {
            let link = "<link>http://new-guids-one-link.example.cn/all.html</link>".to_owned();
            (link, format!("<guid isPermaLink=\"false\">{poll}-{number}</guid>"), date)
        }
        "session" | "odd-session" => {
            let name = if source == "session" { "PHPSESSID" } else { "visit" };
            let link = format!("http://{source}.example.cn/?id={number}&amp;{name}=v{poll}");
            (format!("<link>{link}</link>"), format!("<guid>{link}</guid>"), date)
        }
        "tracked" => {
            let link = format!("http://tracked.example.cn/?id={number}&amp;utm_source=rss{poll}");
            (format!("<link>{link}</link>"), format!("<guid>{link}</guid>"), date)
        }
        _ => (link, String::new(), date),
    };
    format!(
        "<item><title>{title}</title>{link}{guid}<pubDate>{date}</pubDate>\
         <description>{title}：{source}第{number}条的正文。</description></item>"
    )
}

const SOURCES: [&str; 11] = [
    "one-link",
    "one-link-only",
    "one-guid",
    "new-guids",
    "new-guids-now",
    "new-guids-only",
    "new-guids-one-link",
    "session",
    "odd-session",
    "tracked",
    "link-only",
];

fn serve(origin: &Origin, items: &[Item], poll: usize) {
    for source in SOURCES {
        let items: String = items.iter().map(|given| item(source, *given, poll)).collect();
        let text = format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>");
        origin.set(&format!("/{source}"), Document::new("application/rss+xml", text));
    }
}

#[test]
fn badly_named_items_are_one_entry_each_over_many_polls() {
    let origin = Origin::start();
    let mut settings = Settings::new();
    for source in SOURCES {
        settings = settings.source(source, &origin.url(&format!("/{source}")), "enabled = true\n");
    }
    serve(&origin, &FIRST, 0);
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    let expect = |count: usize, what: &str| {
        for source in SOURCES {
            assert_eq!(daemon.poll(source)["outcome"], "fetched", "{source}");
            let row = daemon.source(source);
            assert_eq!(row["entries"], count, "{source} {what}: {row}");
        }
    };
    for poll in 1..=3 {
        serve(&origin, &FIRST, poll);
        expect(3, "as it was");
    }
    for poll in 4..=6 {
        serve(&origin, &LATER, poll);
        let count = |source: &str| {
            // Where nothing but the title names an item, a corrected one is another.
            let by_title = ["one-link-only", "new-guids-only", "new-guids-one-link", "odd-session"]
                .contains(&source);
            if by_title { 5 } else { 4 }
        };
        for source in SOURCES {
            daemon.poll(source);
            let row = daemon.source(source);
            assert_eq!(row["entries"], count(source), "{source} later: {row}");
        }
    }
    let by_name =
        ["one-guid", "new-guids", "new-guids-now", "session", "tracked", "link-only", "one-link"];
    for source in by_name {
        let feed = published::feed(&daemon, &format!("/s/{source}.json"));
        let mut titles = feed.titles();
        titles.sort();
        let mut expected = LATER.map(|(_, title, _)| title);
        expected.sort_unstable();
        assert_eq!(titles, expected, "{source}");
    }
    serve(&origin, &LATER, 7);
    for source in SOURCES {
        let polled = daemon.poll(source);
        let changes = (&polled["entries_new"], &polled["entries_changed"]);
        assert_eq!(changes, (&0.into(), &0.into()), "{source}: {polled}");
    }
    for (source, defect) in
        [("new-guids-now", "dates-are-now"), ("odd-session", "links-follow-polls")]
    {
        let defects = daemon.source(source)["defects"].to_string();
        assert!(defects.contains(defect), "{defects}");
    }
    assert_eq!(daemon.source("session")["defects"], serde_json::json!([]));
    let feed = daemon.get("/s/session.json").expect(200).json();
    for item in feed["items"].as_array().expect("a list") {
        let url = item["url"].as_str().expect("a link");
        assert!(url.contains("?id=") && !url.contains("PHPSESSID"), "{url}");
    }
}
