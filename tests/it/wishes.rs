//! What a document asks of those who poll it.

use crate::support::daemon::Daemon;
use crate::support::home::{Home, Settings};
use crate::support::origin::{Document, Origin};
use std::time::{SystemTime, UNIX_EPOCH};

#[test]
fn hours_and_waits_that_a_document_asks_for_hold_also_when_it_has_not_changed() {
    let origin = Origin::start();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    // Later than what is learnt of one item, 8 hours and a tenth.
    let allowed = (now / 3600 + 12) % 24;
    let hours: String = (0..24)
        .filter(|hour| *hour != allowed)
        .map(|hour| format!("<hour>{hour}</hour>"))
        .collect();
    let document = |wish: &str| {
        let body = format!(
            "<rss version=\"2.0\"><channel><title>t</title>{wish}\
             <item><title>一号消息</title><link>http://a.example.cn/1</link></item></channel></rss>"
        );
        Document::new("application/rss+xml", body).etag("\"1\"")
    };
    origin.set("/hours", document(&format!("<skipHours>{hours}</skipHours>")));
    origin.set("/ttl", document("<ttl>1200</ttl>"));
    let mut settings = Settings::new();
    for source in ["hours", "ttl"] {
        let url = origin.url(&format!("/{source}"));
        settings = settings.source(source, &url, "schedule = \"auto\"\n");
    }
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    let until = format!("; skipHours until {allowed:02}:00 UTC; jitter ");
    let reason = |source: &str, outcome: &str| {
        let polled = daemon.poll(source);
        assert_eq!(polled["outcome"], outcome, "{polled}");
        polled["next_reason"].as_str().expect("a reason").to_owned()
    };
    // Polled once at the start already.
    for source in ["hours", "ttl"] {
        daemon.poll(source);
    }
    let hours = reason("hours", "not_modified");
    assert!(hours.contains(&until), "{hours}");
    let ttl = reason("ttl", "not_modified");
    assert!(ttl.starts_with("ttl 20h > learnt "), "{ttl}");
}
