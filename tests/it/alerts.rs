//! Alerts: raised once, cleared once, told in the log, on the status page, as a figure and
//! in the admin's feed.

use crate::support::clock::{FastClock, START};
use crate::support::daemon::Daemon;
use crate::support::home::{Home, Settings};
use crate::support::origin::{Document, Origin, Reply};
use crate::support::{eventually, eventually_so, http, keys, words};
use chrono::DateTime;
use serde_json::Value;
use std::fmt::Write;

const HOUR: f64 = 3_600.0;
const DAY: f64 = 86_400.0;

/// An item that came at each of these times, seconds since 1970.
fn feed(times: &[f64]) -> Document {
    let mut body = String::from("<rss version=\"2.0\"><channel><title>t</title>");
    for at in times {
        let date = DateTime::from_timestamp(*at as i64, 0).expect("a time").to_rfc2822();
        let _ = write!(
            body,
            "<item><guid>{at}</guid><title>来稿{at}</title><pubDate>{date}</pubDate></item>"
        );
    }
    body.push_str("</channel></rss>");
    let etag = format!("\"{}\"", times.len());
    Document::new("application/rss+xml", body).etag(&etag)
}

fn page() -> Document {
    Document::new("text/html", "<html><body>首页 &amp; 登录</body></html>")
}

fn start(home: &Home, clock: &FastClock) -> Daemon {
    let mut command = home.command(&["run"]);
    clock.set(&mut command);
    Daemon::from(command)
}

fn raised(daemon: &Daemon, kind: &str) -> Option<Value> {
    let alerts = daemon.status()["alerts"].take();
    alerts.as_array().expect("a list").iter().find(|alert| alert["kind"] == kind).cloned()
}

/// Figures come a little later than the state that the store has kept.
#[track_caller]
fn figure_is(daemon: &Daemon, sample: &str, value: u64) {
    let line = format!("{sample} {value}");
    eventually_so(&line, || {
        let answer = http::get(daemon.admin, "/metrics").expect(200);
        answer.text().lines().any(|found| found == line)
    });
}

fn entries(daemon: &Daemon) -> Vec<feed_rs::model::Entry> {
    let answer = http::get(daemon.admin, "/alerts.atom").expect(200);
    assert_eq!(answer.header("content-type"), Some("application/atom+xml; charset=utf-8"));
    feed_rs::parser::parse(&answer.body[..]).expect("a feed").entries
}

/// The log comes a little later than what it tells.
#[track_caller]
fn told(daemon: &Daemon, raised: usize, cleared: usize) {
    eventually_so(&format!("{raised} raised, {cleared} cleared"), || {
        let count = |what: &str| daemon.log().lines().filter(|line| line.contains(what)).count();
        (count("alert raised"), count("alert cleared")) == (raised, cleared)
    });
}

#[test]
fn a_page_in_place_of_a_feed_is_told_once_also_over_a_restart_and_is_over_once() {
    let origin = Origin::start();
    origin.set("/paper", feed(&[START - DAY]));
    let settings = Settings::new().poll("schedule = \"2h\"");
    let home = Home::new(&settings.source("paper", &origin.url("/paper"), ""));
    let clock = FastClock::new(START, 8_000.0);
    let daemon = start(&home, &clock);
    eventually_so("a good poll", || daemon.source("paper")["entries"] == 1);
    let none = http::get(daemon.admin, "/alerts.atom").expect(200);
    assert!(!none.text().contains("<entry>"));
    let etag = none.etag();
    let again = [("If-None-Match", etag.as_str())];
    http::request(daemon.admin, "GET", "/alerts.atom", &again).expect(304);

    origin.set("/paper", page());
    let alert = eventually("an alert", || raised(&daemon, "no_feed"));
    assert_eq!(keys(&alert), words("source kind since raised cause remedy"));
    assert!(alert["cause"].as_str().is_some_and(|cause| cause.contains("a web page")), "{alert}");
    assert!(alert["raised"].as_str() > alert["since"].as_str());
    figure_is(&daemon, "countywire_alerts{kind=\"no_feed\"}", 1);
    figure_is(&daemon, "countywire_alerts{kind=\"vanished\"}", 0);
    assert_eq!(daemon.source("paper")["alerts"][0], alert);
    let page = http::get(daemon.admin, "/status").expect(200);
    let place = |text: &str| page.text().find(text);
    let (told_at, table_at) = (place("no feed at its address any more"), place("<table>"));
    assert!(told_at.is_some() && told_at < table_at, "on top: {}", page.text());
    let [entry] = &entries(&daemon)[..] else { panic!("one entry") };
    let (id, updated) = (entry.id.clone(), entry.updated);
    let content = entry.content.as_ref().and_then(|content| content.body.clone());
    let content = content.expect("a content");
    for part in ["a web page", "last good poll 2030-01-01T", "What to do: Open the address"] {
        assert!(content.contains(part), "{part}: {content}");
    }
    http::request(daemon.admin, "GET", "/alerts.atom", &again).expect(200);
    daemon.stop();
    let table = home.run(&["sources"]).expect(0).stdout;
    assert!(table.contains("; ALERT no_feed since 2030-01-0"), "{table}");

    let daemon = start(&home, &clock);
    let polls = origin.asked("/paper").len();
    eventually_so("more of the same", || origin.asked("/paper").len() > polls + 1);
    assert_eq!(raised(&daemon, "no_feed"), Some(alert));
    told(&daemon, 0, 0);

    origin.set("/paper", feed(&[START - DAY, START]));
    eventually_so("the end of the alert", || raised(&daemon, "no_feed").is_none());
    told(&daemon, 0, 1);
    figure_is(&daemon, "countywire_alerts{kind=\"no_feed\"}", 0);
    let [entry] = &entries(&daemon)[..] else { panic!("one entry") };
    assert_eq!(entry.id, id);
    assert!(entry.updated > updated, "a changed entry");
    let title = entry.title.as_ref().map(|title| title.content.as_str());
    assert_eq!(title, Some("来源 paper: over: no feed at its address any more"));
    let history = http::get(daemon.admin, "/status/paper").expect(200);
    assert!(!history.text().contains("class=\"problems"), "{}", history.text());
}

#[test]
fn a_vanished_source_is_told_after_days_and_a_gone_one_at_once() {
    let origin = Origin::start();
    for path in ["/gone", "/missing", "/fine"] {
        origin.set(path, feed(&[START - DAY]));
    }
    let home = Home::new(
        &Settings::new()
            .poll("schedule = \"6h\"\nshortest = \"1h\"")
            .source("gone", &origin.url("/gone"), "")
            .source("missing", &origin.url("/missing"), "")
            .source("fine", &origin.url("/fine"), ""),
    );
    let clock = FastClock::new(START, 40_000.0);
    let daemon = start(&home, &clock);
    for source in ["gone", "missing", "fine"] {
        eventually_so("a good poll", || daemon.source(source)["entries"] == 1);
    }
    let before = clock.now();
    origin.set("/gone", Reply::Status(410, vec![]));
    origin.set("/missing", Reply::Status(404, vec![]));
    let gone = eventually("an alert", || raised(&daemon, "vanished"));
    assert_eq!((&gone["source"], &gone["raised"]), (&"gone".into(), &gone["since"]));
    let both = eventually("two alerts", || {
        let alerts = daemon.status()["alerts"].take();
        alerts.as_array().filter(|alerts| alerts.len() == 2).cloned()
    });
    assert!(clock.now() > before + 3.0 * DAY, "too early");
    assert_eq!((&both[0]["source"], &both[1]["source"]), (&"missing".into(), &"gone".into()));
    assert_eq!(both[0]["cause"], "the server answered 404 Not Found");
    told(&daemon, 2, 0);
    eventually_so("the log to tell it", || daemon.log().contains("alert=\"vanished\""));
    figure_is(&daemon, "countywire_alerts{kind=\"vanished\"}", 2);
    figure_is(&daemon, "countywire_alert_changes_total{change=\"raised\"}", 2);

    // Who switches a source off knows that it is gone.
    let text = std::fs::read_to_string(home.feeds_toml()).expect("there");
    home.write(&text.replacen("/gone\"\n", "/gone\"\nenabled = false\n", 1));
    daemon.signal("HUP");
    eventually_so("one alert less", || {
        daemon.status()["alerts"].as_array().map(Vec::len) == Some(1) && entries(&daemon).len() == 1
    });
}

#[test]
fn silence_beyond_a_sources_own_rhythm_is_told_and_not_that_of_a_weekly_paper() {
    let origin = Origin::start();
    // Both had something new the day before.
    let every =
        |step: f64| (0..30).map(|n| START - DAY - f64::from(n) * step).collect::<Vec<f64>>();
    let daily = every(DAY);
    origin.set("/daily", feed(&daily));
    origin.set("/weekly", feed(&every(7.0 * DAY)));
    let home = Home::new(
        &Settings::new()
            .poll("schedule = \"3h\"")
            .source("daily", &origin.url("/daily"), "")
            .source("weekly", &origin.url("/weekly"), ""),
    );
    let clock = FastClock::new(START, 30_000.0);
    let daemon = start(&home, &clock);
    let alert = eventually("an alert", || raised(&daemon, "silent"));
    assert_eq!(
        (&alert["source"], &alert["since"]),
        (&"daily".into(), &"2029-12-31T00:00:00Z".into())
    );
    assert!(alert["raised"].as_str() > Some("2030-01-02T00:00:00Z"), "{alert}");
    let cause = alert["cause"].as_str().expect("words");
    assert!(cause.ends_with("; the longest usual gap is 1d"), "{cause}");
    eventually_so("a week without news", || clock.now() > START + 8.0 * DAY + 6.0 * HOUR);
    assert_eq!(daemon.status()["alerts"].as_array().map(Vec::len), Some(1));

    let newest = [&[clock.now()], &daily[..29]].concat();
    origin.set("/daily", Document { etag: Some("\"new\"".to_owned()), ..feed(&newest) });
    eventually_so("news", || raised(&daemon, "silent").is_none());
    told(&daemon, 1, 1);
}

#[test]
fn a_rising_share_of_faulty_items_is_told() {
    let origin = Origin::start();
    let home = Home::new(&Settings::new().source("paper", &origin.url("/paper"), ""));
    let document = |poll: usize, faulty: usize| {
        let mut body = String::from("<rss version=\"2.0\"><channel><title>t</title>");
        for n in 0..10 {
            let date = if n < faulty { "irgendwann" } else { "Thu, 01 Jan 2026 00:00:00 GMT" };
            let _ = write!(
                body,
                "<item><guid>{poll}-{n}</guid><title>来稿{poll}-{n}</title><pubDate>{date}</pubDate></item>"
            );
        }
        body.push_str("</channel></rss>");
        Document::new("application/rss+xml", body)
    };
    origin.set("/paper", document(0, 1));
    let daemon = Daemon::start(&home);
    daemon.settled();
    let poll = |poll: usize, faulty: usize| {
        origin.set("/paper", document(poll, faulty));
        assert_eq!(daemon.poll("paper")["outcome"], "fetched");
        raised(&daemon, "broken")
    };
    for n in 1..10 {
        assert_eq!(poll(n, 1), None);
    }
    assert_eq!(poll(10, 8), None, "once is no rise");
    let alert = poll(11, 8).expect("an alert");
    assert_eq!(alert["cause"], "8 faulty items beside 10: 80 %, where 10 % is usual");
    assert!(poll(12, 4).is_some());
    assert_eq!(poll(13, 1), None);
    told(&daemon, 1, 1);
}
