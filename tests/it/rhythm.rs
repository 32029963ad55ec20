//! `auto`: what a source's rhythm does to its polls, and the reason that is given for it.

use crate::support::clock::{FastClock, START};
use crate::support::daemon::Daemon;
use crate::support::home::{Home, Settings};
use crate::support::http;
use crate::support::origin::{Document, Origin};
use chrono::{DateTime, TimeDelta, Utc};

/// A document of items with these dates, newest first.
fn dated(dates: &[DateTime<Utc>]) -> Document {
    let items: String = dates
        .iter()
        .map(|date| {
            let (id, date) = (date.timestamp(), date.to_rfc2822());
            format!(
                "<item><title>消息{id}</title><guid>http://a.example.cn/{id}</guid>\
                 <pubDate>{date}</pubDate></item>"
            )
        })
        .collect();
    let body = format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>");
    let etag = format!("\"{}\"", dates.first().map_or(0, DateTime::timestamp));
    Document::new("application/rss+xml", body).etag(&etag)
}

/// The next poll of a source, by its row.
fn next_poll(row: &serde_json::Value) -> DateTime<Utc> {
    let text = row["next_poll"].as_str().expect("a next poll");
    text.parse().expect("RFC 3339")
}

fn reason(row: &serde_json::Value) -> &str {
    row["next_reason"].as_str().expect("a reason")
}

struct Night {
    home: Home,
    origin: Origin,
    clock: FastClock,
    began: DateTime<Utc>,
}

impl Night {
    /// A clock that begins at ten in the evening in China.
    fn new(documents: &[(&str, Document)]) -> Night {
        let day = DateTime::from_timestamp(START as i64, 0).expect("in range").date_naive();
        let began = day.and_hms_opt(14, 0, 0).expect("a time of day").and_utc();
        let origin = Origin::start();
        let mut settings = Settings::new().poll("schedule = \"auto\"\nshortest = \"1h\"");
        for (source, document) in documents {
            let path = format!("/{source}");
            origin.set(&path, document.clone());
            settings = settings.source(source, &origin.url(&path), "zone = \"Asia/Shanghai\"\n");
        }
        let clock = FastClock::new(began.timestamp() as f64, 1.0);
        Night { home: Home::new(&settings), origin, clock, began }
    }

    fn start(&self) -> Daemon {
        let mut command = self.home.command(&["run"]);
        self.clock.set(&mut command);
        Daemon::from(command)
    }
}

/// Every so many hours before that instant.
fn every(hours: i64, before: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    (0..20).map(|n| before - TimeDelta::hours(n * hours)).collect()
}

#[test]
fn the_first_document_sets_the_pace_and_the_night_is_slept_through() {
    let day = DateTime::from_timestamp(START as i64, 0).expect("in range").date_naive();
    let ten = day.and_hms_opt(13, 40, 0).expect("a time of day").and_utc();
    // Six entries a day for four weeks: at any hour, and in the mornings of China alone.
    let hours = |each: i64| (0..28 * 24 / each).map(move |n| ten - TimeDelta::hours(n * each));
    let even: Vec<_> = hours(4).collect();
    let mornings = |at: &DateTime<Utc>| at.timestamp() / 3600 % 24 < 6;
    let office: Vec<_> = hours(1).filter(mornings).collect();
    let names = ["busy", "monthly", "even", "office"];
    let documents = [dated(&every(1, ten)), dated(&every(700, ten)), dated(&even), dated(&office)];
    let night = Night::new(&names.into_iter().zip(documents).collect::<Vec<_>>());
    let daemon = night.start();
    let rows = names.map(|source| {
        daemon.poll(source);
        daemon.source(source)
    });
    let [busy, monthly, even, office] =
        rows.each_ref().map(|row| (next_poll(row) - night.began).num_minutes());
    assert!((60..180).contains(&busy), "{rows:?}");
    assert!((1440..1510).contains(&monthly), "{rows:?}");
    assert!(busy * 3 / 2 < even && even < 300, "{rows:?}");
    // Till the morning, nearly.
    assert!((420..720).contains(&office), "{rows:?}");
    assert!(reason(&rows[1]).starts_with("longest 1d < learnt "), "{rows:?}");
    assert!(reason(&rows[3]).starts_with("learnt "), "{rows:?}");
    assert!(rows.iter().all(|row| reason(row).contains("; jitter ")), "{rows:?}");
}

#[test]
fn a_rhythm_outlives_a_restart_and_a_document_without_any_known_item_is_a_gap() {
    let day = DateTime::from_timestamp(START as i64, 0).expect("in range").date_naive();
    let ten = day.and_hms_opt(13, 40, 0).expect("a time of day").and_utc();
    let night = Night::new(&[("paper", dated(&every(5, ten)))]);
    let daemon = night.start();
    daemon.poll("paper");
    let planned = daemon.source("paper");
    daemon.stop();
    let daemon = night.start();
    assert_eq!(daemon.source("paper")["next_poll"], planned["next_poll"]);
    assert_eq!(daemon.source("paper")["next_reason"], planned["next_reason"]);
    // The same document, not modified: still what was learnt from it.
    daemon.poll("paper");
    assert!(reason(&daemon.source("paper")).contains("learnt "), "{}", daemon.source("paper"));
    assert_eq!(daemon.source("paper")["defects"], serde_json::json!([]));

    night.origin.set("/paper", dated(&every(1, ten + TimeDelta::minutes(11))));
    let polled = daemon.poll("paper");
    assert_eq!((&polled["items"], &polled["entries_new"]), (&20.into(), &20.into()), "{polled}");
    let row = daemon.source("paper");
    assert_eq!(row["defects"][0]["kind"], "gap", "{row}");
    assert!(reason(&row).starts_with("shortest 1h > gap: no known item left, "), "{row}");
    let page = http::get(daemon.admin, "/status").expect(200);
    assert!(page.text().contains("none of the 20 items was in the last document"));
    // Once the next document has a known item, nothing is missed any more.
    let mut next = every(1, ten + TimeDelta::minutes(11));
    next.insert(0, ten + TimeDelta::minutes(15));
    night.origin.set("/paper", dated(&next));
    daemon.poll("paper");
    assert_eq!(daemon.source("paper")["defects"], serde_json::json!([]));
}
