//! Feeds that state the time of each request for a date, and feeds that only look so.

use crate::support::daemon::Daemon;
use crate::support::home::{Home, Settings};
use crate::support::origin::{Document, Origin};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

const SOURCES: [&str; 4] = ["follows", "fresh", "breaking", "old"];

/// What a source offers at a poll: titles and dates.
fn items(source: &str, poll: usize, began: DateTime<Utc>) -> Vec<(String, DateTime<Utc>)> {
    let after = |seconds: i64| began + TimeDelta::seconds(seconds);
    // As if the publisher's clock were ahead, so that polls need not be minutes apart.
    let clock = after(100 + poll as i64);
    let old = ("旧闻".to_owned(), after(-86_400));
    let new = |number: usize, at| (format!("新闻{number}"), at);
    match source {
        // A second item from the third poll on.
        "follows" => (1..=if poll < 3 { 1 } else { 2 }).map(|n| new(n, clock)).collect(),
        "fresh" => vec![new(1, after(-30))],
        "breaking" => (1..=poll).rev().map(|n| new(n, after(n as i64 - 20))).collect(),
        _ => vec![new(1, clock), old],
    }
}

fn serve(origin: &Origin, poll: usize, began: DateTime<Utc>) {
    for source in SOURCES {
        let item = |(title, date): (String, DateTime<Utc>)| {
            let (guid, date) = (format!("{source}-{title}"), date.to_rfc2822());
            format!(
                "<item><title>{title}</title><guid isPermaLink=\"false\">{guid}</guid>\
                 <pubDate>{date}</pubDate></item>"
            )
        };
        let items: String = items(source, poll, began).into_iter().map(item).collect();
        let text = format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>");
        origin.set(&format!("/{source}"), Document::new("application/rss+xml", text));
    }
}

#[test]
fn dates_that_follow_the_polls_are_noticed_and_not_believed() {
    let origin = Origin::start();
    let mut settings = Settings::new();
    for source in SOURCES {
        settings = settings.source(source, &origin.url(&format!("/{source}")), "");
    }
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    let began = Utc::now();
    for poll in 1..=4 {
        serve(&origin, poll, began);
        for source in SOURCES {
            assert_eq!(daemon.poll(source)["outcome"], "fetched", "{source}");
            let noticed =
                daemon.source(source)["defects"].to_string().contains("dates-follow-polls");
            assert_eq!(noticed, source == "follows" && poll >= 3, "{source} at poll {poll}");
        }
    }
    daemon.stop();
    let lines = home.run(&["export"]).expect(0).json_lines();
    let of =
        |source: &str| lines.iter().filter(|line| line["source"] == source).collect::<Vec<_>>();
    let follows = of("follows");
    assert_eq!(follows.len(), 2, "one entry each: {follows:?}");
    // The one that came when the dates were known for what they are.
    assert_eq!((&follows[1]["title"], &follows[1]["date_from"]), (&"新闻2".into(), &Value::Null));
    assert_eq!(follows[1]["published"], follows[1]["first_seen"]);
    for source in ["fresh", "breaking", "old"] {
        assert!(of(source).iter().all(|line| line["date_from"] == "published"), "{source}");
    }
}
