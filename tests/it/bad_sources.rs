//! Sources that answer nonsense, too much, or never: a clear error each, and no harm to
//! the others.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::origin::{Document, Origin, Reply};
use crate::support::{eventually_so, http, published};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

/// A source, what it answers, and words of the error that must be shown.
fn bad_answers() -> Vec<(&'static str, Reply, &'static [&'static str])> {
    let html = "<!DOCTYPE html><html><head><title>首页</title></head><body>你好</body></html>";
    let piece = "<item><title>没完没了</title></item>".repeat(2000).into_bytes();
    let half =
        b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<rss><channel><item><title>".to_vec();
    let announced = vec![("Content-Length", (10_u64 << 30).to_string())];
    let packed = vec![("Content-Encoding", "gzip".to_owned())];
    let to = |location: &str| Reply::Status(302, vec![("Location", location.to_owned())]);
    vec![
        ("html", Document::new("text/html", html).into(), &["web page"]),
        ("empty", Document::new("application/rss+xml", "").into(), &["empty"]),
        ("blank", Document::new("application/rss+xml", " \n\n ").into(), &["empty"]),
        ("binary", Document::new("image/png", [0x89, b'P', 0, 1, 2, 3, 0]).into(), &["binary"]),
        ("endless", Reply::Endless { headers: vec![], piece: piece.clone() }, &["exceeds"]),
        ("announced", Reply::Endless { headers: announced, piece }, &["exceeds"]),
        ("bomb", Reply::Endless { headers: packed, piece: zeros_packed() }, &["exceeds"]),
        ("never", Reply::Never, &["no answer within 2s"]),
        ("broken", Reply::Raw(half), &["broke off"]),
        ("missing", Reply::Status(404, vec![]), &["404"]),
        ("down", Reply::Status(503, vec![]), &["503"]),
        ("circle", to("/circle"), &["redirect"]),
        ("private", to("http://127.0.0.9:1/feed"), &["127.0.0.9", "allow_addresses"]),
        ("metadata", to("http://169.254.169.254/latest/"), &["169.254.169.254"]),
        ("spelt", to("http://0x7f000009:1/feed"), &["127.0.0.9", "allow_addresses"]),
        ("file", to("file:///etc/passwd"), &["redirect"]),
    ]
}

/// 64 MiB of zeros as gzip; sent again and again, they never end.
fn zeros_packed() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let zeros = vec![0; 1 << 20];
    for _ in 0..64 {
        encoder.write_all(&zeros).expect("memory");
    }
    encoder.finish().expect("memory")
}

/// The most memory that the process ever had, MiB (`VmHWM` of proc(5)).
fn peak_mib(daemon: &Daemon) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.pid()));
    let status = status.expect("proc is mounted");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.expect("a number of kB") / 1024
}

#[test]
fn each_bad_answer_is_shown_with_its_error_and_harms_nothing_else() {
    let origin = Origin::start();
    let good = Origin::on("127.0.0.2");
    good.set("/feed", Form::Rss20.document(&[News::new("good", 1, "好消息", 1)]));
    let answers = bad_answers();
    let mut settings = Settings::new()
        .poll("timeout = \"2s\"\nconcurrency = 32\nallow_addresses = [\"127.0.0.1/30\"]")
        .tables("[[host]]\nmatch = \"127.0.0.1\"\nconcurrency = 32")
        .source("good", &good.url("/feed"), "region = \"shaanxi/xianyang\"\n");
    for (id, reply, _) in &answers {
        origin.set(&format!("/{id}"), reply.clone());
        settings = settings.source(id, &origin.url(&format!("/{id}")), "");
    }
    // Nobody listens there.
    let closed = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().unwrap();
    settings = settings.source("closed", &format!("http://{closed}/feed"), "");
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    let before = peak_mib(&daemon);

    let started = Instant::now();
    thread::scope(|scope| {
        for (id, ..) in &answers {
            let daemon = &daemon;
            scope.spawn(move || assert_eq!(daemon.poll(id)["outcome"], "failed", "{id}"));
        }
        scope.spawn(|| assert_eq!(daemon.poll("closed")["outcome"], "failed"));
        // Meanwhile the good one is polled, and read, as ever.
        assert_eq!(daemon.poll("good")["entries_new"], 1);
        assert_eq!(published::feed(&daemon, "/r/shaanxi.atom").titles(), ["好消息"]);
    });
    assert!(started.elapsed() < Duration::from_secs(20), "took {:?}", started.elapsed());

    let closed: (&str, &[&str]) = ("closed", &["cannot connect"]);
    let expected = answers.iter().map(|(id, _, words)| (*id, *words)).chain([closed]);
    for (id, words) in expected {
        let row = daemon.source(id);
        let error = row["last_error"].as_str().unwrap_or_default();
        assert_eq!(row["state"], "failing", "{id}");
        assert!(words.iter().all(|word| error.contains(word)), "{id}: {error:?} lacks {words:?}");
        assert!(row["next_reason"].as_str().expect("why").contains("failed once"), "{row}");
        assert_eq!(row["entries"], 0, "{id}");
    }
    let row = daemon.source("good");
    assert_eq!((&row["state"], &row["last_error"]), (&"fine".into(), &serde_json::Value::Null));
    assert_eq!(daemon.status()["ready"], true);
    let grown = peak_mib(&daemon).saturating_sub(before);
    // Three documents of up to 8 MiB (max_body) at once, and what holds them.
    assert!(grown < 64, "{grown} MiB more than before");
    let page = http::get(daemon.admin, "/status").expect(200);
    assert!(page.text().contains("no answer within 2s"));
}

#[test]
fn a_redirect_into_a_network_that_is_not_allowed_is_never_followed() {
    let outside = Origin::start();
    let inside = Origin::on("127.0.0.9");
    inside.set("/feed", Form::Rss20.document(&[News::new("secret", 1, "内部", 1)]));
    outside.set("/feed", Reply::Status(301, vec![("Location", inside.url("/feed"))]));
    let sources = |allowed: &str| {
        let allowed = format!("allow_addresses = [{allowed}]");
        Settings::new().poll(&allowed).source("paper", &outside.url("/feed"), "")
    };
    let home = Home::new(&sources("\"127.0.0.1\""));
    let daemon = Daemon::start(&home);
    let polled = daemon.poll("paper");
    assert_eq!(polled["error_kind"], "refused_address", "{polled}");
    assert_eq!(inside.count(), 0, "it was asked");

    // The same with the network allowed, so that the refusal above means something.
    home.write(&sources("\"127.0.0.1\", \"127.0.0.9\"").text());
    http::post(daemon.admin, "/reload").expect(200);
    assert_eq!(daemon.poll("paper")["entries_new"], 1);
    assert_eq!(inside.count(), 1);
}

#[test]
fn a_source_that_recovers_is_fine_again_and_lost_nothing() {
    let origin = Origin::start();
    let good = Form::Atom10.document(&[News::new("paper", 1, "来稿", 1)]).etag("\"1\"");
    origin.set("/feed", good.clone());
    let home = Home::new(&Settings::new().source("paper", &origin.url("/feed"), ""));
    let daemon = Daemon::start(&home);
    daemon.poll("paper");
    origin.set("/feed", Document::new("text/html", "<html><body>维护中</body></html>"));
    for failures in 1..=3 {
        assert_eq!(daemon.poll("paper")["outcome"], "failed");
        let row = daemon.source("paper");
        assert_eq!((&row["state"], &row["failures"]), (&"failing".into(), &failures.into()));
        assert_eq!(published::feed(&daemon, "/s/paper.rss").titles(), ["来稿"]);
    }
    origin.set("/feed", good);
    // The last good document's validator still holds.
    assert_eq!(daemon.poll("paper")["outcome"], "not_modified");
    assert_eq!(origin.asked("/feed")[4].header("if-none-match"), Some("\"1\""));
    let row = daemon.source("paper");
    assert_eq!((&row["state"], &row["failures"]), (&"fine".into(), &0.into()));
    assert_eq!(row["last_error"], serde_json::Value::Null);
    assert_eq!(published::feed(&daemon, "/s/paper.rss").titles(), ["来稿"]);
}

#[test]
fn a_gone_source_is_not_asked_again_and_keeps_its_entries() {
    let origin = Origin::start();
    origin.set("/feed", Form::Atom10.document(&[News::new("paper", 1, "来稿", 1)]));
    origin.set("/clock", Form::Atom10.document(&[News::new("clock", 1, "钟", 1)]));
    let lines = "schedule = \"1s\"\n";
    let settings = Settings::new().source("paper", &origin.url("/feed"), lines);
    let home = Home::new(&settings.source("clock", &origin.url("/clock"), lines));
    let daemon = Daemon::start(&home);
    daemon.poll("clock");
    daemon.poll("paper");
    origin.set("/feed", Reply::Status(410, vec![]));
    assert_eq!(daemon.poll("paper")["outcome"], "gone");
    let row = daemon.source("paper");
    assert_eq!((&row["state"], &row["next_poll"]), (&"gone".into(), &serde_json::Value::Null));
    // Both have the same schedule, so the gone one would show up in this time.
    let (asked, ticks) = (origin.asked("/feed").len(), origin.asked("/clock").len());
    eventually_so("time to pass", || origin.asked("/clock").len() >= ticks + 2);
    assert_eq!(origin.asked("/feed").len(), asked);
    assert_eq!(published::feed(&daemon, "/s/paper.json").titles(), ["来稿"]);
}
