//! A publisher with faults, one source for each: nothing read before is lost, nobody is
//! asked more than once more, the fault is shown by its kind, and a good answer heals all.

use crate::support::authority::{Authority, NOW};
use crate::support::clock::{FastClock, START};
use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::origin::{Document, Origin, Reply};
use crate::support::tls::TlsFront;
use crate::support::{eventually_so, http, published};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::thread;

/// What a poll of a faulty answer comes to.
enum Seen {
    /// An error of this kind.
    Failed(&'static str),
    /// Read as far as it goes, with a defect of this kind; validators are not believed.
    Cut(&'static str),
    /// A reset may take away what was sent before it.
    CutOrFailed,
    NotModified,
    /// Read whole.
    Fetched,
}

struct Fault {
    id: &'static str,
    reply: Reply,
    seen: Seen,
    /// Requests for the source in this poll.
    requests: usize,
}

fn fault(id: &'static str, reply: Reply, seen: Seen, requests: usize) -> Fault {
    Fault { id, reply, seen, requests }
}

/// The newest `count` of the same items.
fn document(count: usize) -> Document {
    let titles = ["一号消息", "二号消息", "三号消息", "四号消息"];
    let news: Vec<News> = (1..=count)
        .rev()
        .map(|number| News::new("paper", number, titles[number - 1], 100 - number as i64))
        .collect();
    // No connection is kept, so that each request is its own.
    Document {
        headers: vec![("Connection", "close".to_owned())],
        ..Form::Rss20.document(&news).etag("\"1\"")
    }
}

/// A whole answer with a new ETag, but for what the caller changes in it.
fn answer(headers: &[&str], length: usize, body: &[u8]) -> Vec<u8> {
    let mut head = "HTTP/1.1 200 OK\r\nConnection: close\r\nETag: \"2\"\r\n".to_owned();
    for header in headers {
        head.push_str(&format!("{header}\r\n"));
    }
    head.push_str(&format!("Content-Length: {length}\r\n\r\n"));
    [head.as_bytes(), body].concat()
}

fn to(status: u16, location: &str) -> Reply {
    Reply::Status(status, vec![("Location", location.to_owned())])
}

/// Within the last item of three.
fn half() -> Vec<u8> {
    let body = document(3).body;
    let item = b"<item>";
    let starts: Vec<usize> = (0..body.len()).filter(|at| body[*at..].starts_with(item)).collect();
    body[..starts[2] + 20].to_vec()
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(plain).expect("memory");
    encoder.finish().expect("memory")
}

fn faults() -> Vec<Fault> {
    use Seen::*;
    let (whole, half) = (document(3).body, half());
    let packed = gzip(&whole);
    let packed = &packed[..packed.len() - whole.len() / 4];
    let chunked = "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    let size = format!("{:x}\r\n", half.len());
    let chunks = [chunked.as_bytes(), size.as_bytes(), &half, b"\r\n"];
    let raw = |headers: &[&str], length, body: &[u8]| Reply::Raw(answer(headers, length, body));
    vec![
        fault("silent", Reply::Never, Failed("timeout"), 1),
        fault(
            "slow-head",
            Reply::Drip(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X: y\r\n".to_vec()),
            Failed("timeout"),
            1,
        ),
        fault(
            "slow-body",
            Reply::Drip(answer(&[], 100_000, &half), b" ".to_vec()),
            Failed("timeout"),
            1,
        ),
        fault("reset", Reply::Reset(Vec::new()), Failed("interrupted"), 1),
        fault("reset-body", Reply::Reset(answer(&[], whole.len(), &half)), CutOrFailed, 1),
        fault(
            "gzip-cut",
            raw(&["Content-Encoding: gzip"], packed.len(), packed),
            Cut("cut-body"),
            2,
        ),
        fault("too-long", raw(&[], whole.len() + 9, &whole), Cut("cut-body"), 1),
        fault("too-short", raw(&[], half.len(), &whole), Cut("truncated"), 1),
        fault("broken-off", raw(&[], whole.len(), &half), Cut("cut-body"), 1),
        fault("chunks-cut", Reply::Raw(chunks.concat()), Cut("cut-body"), 1),
        fault("nothing", raw(&[], whole.len(), b""), Failed("interrupted"), 1),
        fault("no-http", Reply::Raw(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), Failed("interrupted"), 1),
        fault("circle", to(301, "/circle"), Failed("redirect"), 1),
        fault("private", to(302, "http://127.0.0.9:1/feed"), Failed("refused_address"), 1),
        fault("decimal", to(302, "http://2130706441/"), Failed("refused_address"), 1),
        fault("octal", to(302, "http://0177.0.0.011/"), Failed("refused_address"), 1),
        fault("hex", to(302, "http://0x7f000009/"), Failed("refused_address"), 1),
        fault("short", to(302, "http://127.9/"), Failed("refused_address"), 1),
        fault("mapped", to(302, "http://[::ffff:7f00:9]/"), Failed("refused_address"), 1),
        fault("nat64", to(302, "http://[64:ff9b::7f00:9]/"), Failed("refused_address"), 1),
        fault("zone", to(302, "http://[fe80::1%25lo]/"), Failed("redirect"), 1),
        fault("scheme", to(302, "file:///etc/passwd"), Failed("redirect"), 1),
        fault("nowhere", Reply::Status(302, vec![]), Failed("redirect"), 1),
        fault("unchanged", Reply::Status(304, vec![]), NotModified, 1),
        fault(
            "same-tag",
            Reply::Raw(
                String::from_utf8(answer(&[], whole.len(), &whole))
                    .expect("UTF-8")
                    .replace("\"2\"", "\"1\"")
                    .into_bytes(),
            ),
            Fetched,
            1,
        ),
        fault("down", Reply::Status(503, vec![]), Failed("status"), 1),
        fault("fault", Reply::Status(500, vec![]), Failed("status"), 1),
        fault("forbidden", Reply::Status(403, vec![]), Failed("status"), 1),
        fault("missing", Reply::Status(404, vec![]), Failed("status"), 1),
        fault("no-brotli", raw(&["Content-Encoding: br"], whole.len(), &whole), Fetched, 2),
        fault(
            "garbled",
            raw(&["Content-Encoding: br"], 8, b"\xff\xfe\xfd\xfc\x01\x02\x03\x04"),
            Failed("decode"),
            2,
        ),
        fault("no-gzip", raw(&["Content-Encoding: gzip"], whole.len(), &whole), Fetched, 1),
        fault(
            "page",
            Document::new("text/html", "<!DOCTYPE html><html><body>维护中</body></html>").into(),
            Failed("not_a_feed"),
            1,
        ),
        fault("empty", raw(&[], 0, b""), Failed("empty"), 1),
    ]
}

#[test]
fn each_fault_is_shown_by_its_kind_loses_nothing_and_hammers_nobody() {
    let origin = Origin::start();
    let inside = Origin::on("127.0.0.9");
    let faults = faults();
    let mut settings = Settings::new()
        .poll("timeout = \"2s\"\nconcurrency = 64\nallow_addresses = [\"127.0.0.1\"]");
    settings = settings.tables("[[host]]\nmatch = \"127.0.0.1\"\nconcurrency = 64");
    for Fault { id, .. } in &faults {
        origin.set(&format!("/{id}"), document(2));
        settings = settings.source(id, &origin.url(&format!("/{id}")), "");
    }
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    let (daemon, origin) = (&daemon, &origin);
    let each = |check: &(dyn Fn(&Fault) + Sync)| {
        thread::scope(|scope| {
            faults.iter().for_each(|fault| drop(scope.spawn(move || check(fault))))
        });
    };
    each(&|Fault { id, .. }| {
        daemon.poll(id);
        assert_eq!(daemon.source(id)["entries"], 2, "{id}");
    });
    for Fault { id, reply, .. } in &faults {
        origin.set(&format!("/{id}"), reply.clone());
    }
    let page_before = http::get(daemon.admin, "/status").expect(200).text().len();
    each(&|Fault { id, seen, requests, .. }| {
        let path = format!("/{id}");
        let before = origin.asked(&path).into_iter().filter(|asked| asked.path == path).count();
        let polled = daemon.poll(id);
        let asked: Vec<_> =
            origin.asked(&path).into_iter().filter(|asked| asked.path == path).collect();
        assert_eq!(asked.len() - before, *requests, "{id}: {polled}");
        assert_eq!(asked[before].header("if-none-match"), Some("\"1\""), "{id}");
        let row = daemon.source(id);
        let defects = row["defects"].to_string();
        let cut = |kind: &str| {
            assert_eq!(polled["outcome"], "fetched", "{polled}");
            assert!(defects.contains(&format!("\"kind\":\"{kind}\"")), "{id}: {defects}");
        };
        match seen {
            Seen::Failed(kind) => {
                assert_eq!(polled["error_kind"], *kind, "{polled}");
                assert_eq!(row["last_error_kind"], *kind, "{row}");
                assert_eq!(
                    (&row["state"], &row["failures"]),
                    (&"failing".into(), &1.into()),
                    "{row}"
                );
            }
            Seen::Cut(kind) => cut(kind),
            Seen::CutOrFailed if polled["error_kind"] == "interrupted" => {}
            Seen::CutOrFailed => cut("cut-body"),
            Seen::NotModified => assert_eq!(polled["outcome"], "not_modified", "{polled}"),
            Seen::Fetched => assert_eq!(polled["outcome"], "fetched", "{polled}"),
        }
        let entries = row["entries"].as_u64().expect("a number");
        assert!((2..=3).contains(&entries), "{row}");
        let titles = published::feed(daemon, &format!("/s/{id}.rss")).items.len();
        assert_eq!(titles as u64, entries, "{id}");
    });
    let page = http::get(daemon.admin, "/status").expect(200);
    assert!(page.text().len() > page_before && page.text().contains("no answer within 2s"));
    assert_eq!(inside.count(), 0, "nothing inside was asked");

    // And then all is well.
    for Fault { id, .. } in &faults {
        origin.set(&format!("/{id}"), document(4).etag("\"3\""));
    }
    each(&|Fault { id, seen, .. }| {
        let path = format!("/{id}");
        assert_eq!(daemon.poll(id)["outcome"], "fetched", "{id}");
        let asked = origin.asked(&path).into_iter().rfind(|asked| asked.path == path);
        let sent = asked.expect("a request").header("if-none-match").map(str::to_owned);
        // What a document gave that did not come whole is not sent back.
        let known = match (seen, *id) {
            (Seen::Fetched, "no-gzip" | "no-brotli") => "\"2\"",
            _ => "\"1\"",
        };
        assert_eq!(sent.as_deref(), Some(known), "{id}");
        let row = daemon.source(id);
        assert_eq!((&row["state"], &row["entries"]), (&"fine".into(), &4.into()), "{row}");
        assert_eq!(row["last_error_kind"], serde_json::Value::Null);
    });
}

#[test]
fn a_304_that_was_not_asked_for_is_no_success() {
    let origin = Origin::start();
    origin.set("/feed", Document { etag: None, ..document(2) });
    let home = Home::new(&Settings::new().source("paper", &origin.url("/feed"), ""));
    let daemon = Daemon::start(&home);
    daemon.poll("paper");
    origin.set("/feed", Reply::Status(304, vec![("ETag", "\"9\"".to_owned())]));
    assert_eq!(daemon.poll("paper")["error_kind"], "protocol");
    // And what it gave is not believed.
    origin.set("/feed", document(3));
    assert_eq!(daemon.poll("paper")["entries_new"], 1);
    assert_eq!(origin.asked("/feed").last().expect("a request").header("if-none-match"), None);
}

#[test]
fn a_redirect_from_https_to_http_is_not_followed() {
    let origin = Origin::start();
    let root = Authority::root("Loopback Root");
    let front = TlsFront::before(origin.address, root.issue("127.0.0.1", NOW));
    origin.set("/feed", to(301, &origin.url("/plain")));
    origin.set("/plain", document(2));
    let settings = Settings::new().poll("ca_file = \"root.pem\"");
    let home = Home::new(&settings.source("paper", &front.url("/feed"), ""));
    std::fs::write(home.path().join("root.pem"), root.pem()).expect("a writable folder");
    let daemon = Daemon::start(&home);
    let polled = daemon.poll("paper");
    assert_eq!(polled["error_kind"], "redirect", "{polled}");
    assert!(polled["error"].as_str().expect("why").contains("from https to http"), "{polled}");
    assert_eq!(origin.count_below("/plain"), 0);
}

/// A day and a half in eleven seconds.
const SPEED: f64 = 12_000.0;
const HOUR: f64 = 3_600.0;

#[test]
fn servers_in_trouble_are_left_alone_more_and_more() {
    let hold_back = |status| Reply::Status(status, vec![("Retry-After", "14400".to_owned())]);
    let troubles = [
        ("storm", Reply::Status(429, vec![])),
        ("storm-until", hold_back(429)),
        ("down", Reply::Status(503, vec![])),
        ("down-until", hold_back(503)),
        ("missing", Reply::Status(404, vec![])),
        ("forbidden", Reply::Status(403, vec![])),
        ("reset", Reply::Reset(Vec::new())),
        ("circle", to(301, "/circle")),
    ];
    // Each its own host: what one asks for holds for all of a host.
    let address = |number: usize| format!("127.0.0.{}", 20 + number);
    let hosts: Vec<Origin> = (0..troubles.len()).map(|n| Origin::on(&address(n))).collect();
    let mut settings = Settings::new().poll("schedule = \"auto\"\nshortest = \"1h\"");
    for ((id, reply), origin) in troubles.iter().zip(&hosts) {
        origin.set(&format!("/{id}"), reply.clone());
        settings = settings.source(id, &origin.url(&format!("/{id}")), "");
    }
    let home = Home::new(&settings);
    let clock = FastClock::new(START, SPEED);
    let mut command = home.command(&["run"]);
    clock.set(&mut command);
    let daemon = Daemon::from(command);
    eventually_so("a day and a half", || clock.now() - START > 36.0 * HOUR);
    for ((id, _), origin) in troubles.iter().zip(&hosts) {
        let path = format!("/{id}");
        let times: Vec<f64> = origin
            .asked(&path)
            .iter()
            .filter(|asked| asked.path == path)
            .map(|asked| asked.at.elapsed().as_secs_f64() * SPEED / HOUR)
            .collect();
        let gaps: Vec<f64> = times.windows(2).map(|pair| pair[0] - pair[1]).collect();
        // 1, 2, 4, 8 and 16 hours, and more after refusals.
        assert!((2..=7).contains(&times.len()), "{id}: {gaps:?}");
        let least = if id.ends_with("until") { 4.0 } else { 1.0 };
        // One that reached a busy origin late makes the next seem early: seconds count for
        // hours here.
        let slack = 0.15 * SPEED / HOUR;
        assert!(gaps.iter().all(|gap| *gap >= least - slack), "{id}: {gaps:?}");
        assert_eq!(daemon.source(id)["state"], "failing");
    }
}
