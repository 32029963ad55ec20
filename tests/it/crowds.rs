//! Many clients at once, and one that asks too much.

use crate::support::daemon::Daemon;
use crate::support::eventually_so;
use crate::support::home::{Home, Settings};
use crate::support::http::{self, Answer};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn daemon(listen: &str) -> (Daemon, Home) {
    let ports = "public = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n";
    // Streams have connections of their own.
    let home = Home::new(
        &Settings::new().listen(&format!("{ports}{listen}")).tables("[hub]\nstreams = 0"),
    );
    (Daemon::start(&home), home)
}

fn ask(daemon: &Daemon, headers: &[(&str, &str)]) -> Answer {
    http::request(daemon.public, "GET", "/index.json", headers)
}

#[test]
fn one_client_has_its_rate_and_a_trusted_proxy_says_who_asks() {
    let (daemon, _home) = daemon("rate = 1\nburst = 3\n");
    let statuses = |who: &str| -> Vec<u16> {
        (0..5).map(|_| ask(&daemon, &[("Forwarded", who)]).status).collect()
    };
    let first = statuses("for=192.0.2.1");
    assert_eq!(first[..3], [200, 200, 200]);
    assert!(first[3..].contains(&429), "{first:?}");
    let refused = loop {
        let answer = ask(&daemon, &[("Forwarded", "for=192.0.2.1;proto=https")]);
        if answer.status == 429 {
            break answer;
        }
    };
    let wait: u64 = refused.header("retry-after").expect("told").parse().expect("seconds");
    assert!((1..=4).contains(&wait), "{wait}");
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    assert_eq!(refused.header("cache-control"), Some("no-store"));
    assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
    // Others are not hindered, nor is who looks whether we are there.
    assert_eq!(statuses("for=192.0.2.2")[..3], [200, 200, 200]);
    assert_eq!((0..9).map(|_| ask(&daemon, &[]).status).max(), Some(200));
    // What the client itself wrote before the proxy's word, and the other header, change nothing.
    let forged = ask(&daemon, &[("Forwarded", "for=203.0.113.9, for=192.0.2.1")]);
    assert_eq!(forged.status, 429);
    let other = [("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=192.0.2.1")];
    assert_eq!(ask(&daemon, &other).status, 429);
    let metrics = http::get(daemon.admin, "/metrics").expect(200);
    let counted = metrics.text().lines().find(|line| line.contains("served_total{status=\"429\"}"));
    let counted: f64 =
        counted.and_then(|line| line.rsplit(' ').next()?.parse().ok()).expect("told");
    assert!(counted >= 4.0, "{counted}");
}

#[test]
fn what_is_asked_at_the_hub_and_at_callbacks_takes_of_the_rate_and_is_counted() {
    let (daemon, _home) = daemon("rate = 1\nburst = 3\n");
    let push = format!("/push/{}", "0".repeat(64));
    // Before that it is too early to tell.
    eventually_so("callbacks to be known", || daemon.get(&push).status == 404);
    let counted = |status: u16| -> usize {
        let metrics = http::get(daemon.admin, "/metrics").expect(200);
        let name = format!("countywire_served_total{{status=\"{status}\"}} ");
        let line = metrics.text().lines().find_map(|line| line.strip_prefix(&name));
        line.and_then(|count| count.parse().ok()).unwrap_or(0)
    };
    let before = counted(404);
    let mut refused = 0;
    let asked = [
        ("GET", "/hub", 405),
        ("PUT", "/hub", 405),
        ("GET", push.as_str(), 404),
        ("HEAD", &push, 404),
        ("POST", &push, 404),
    ];
    for (n, (method, path, status)) in asked.into_iter().enumerate() {
        // Each kind of request is a client of its own.
        let client = format!("for=192.0.2.{n}");
        let ask = || http::request(daemon.public, method, path, &[("Forwarded", &client)]);
        let statuses: Vec<u16> = (0..6).map(|_| ask().status).collect();
        assert_eq!(statuses[..3], [status; 3], "{method} {path}");
        assert!(statuses[3..].contains(&429), "{method} {path}: {statuses:?}");
        refused += statuses.iter().filter(|status| **status == 429).count();
        // Forms have a rate of their own.
        let form = [("Content-Type", "application/x-www-form-urlencoded"), ("Forwarded", &*client)];
        let posted = http::try_send(daemon.public, "POST", "/hub", &form, Some(b""));
        assert_eq!(posted.expect("an answer").status, 400, "{method} {path}");
    }
    assert_eq!((counted(429), counted(400)), (refused, 5));
    assert_eq!(counted(405) + counted(404) - before + refused, 6 * 5);
}

#[test]
fn who_is_no_trusted_proxy_is_limited_by_its_own_address() {
    let (daemon, _home) = daemon("rate = 1\nburst = 3\ntrusted_proxies = []\n");
    let spoofed = |n: u32| ask(&daemon, &[("Forwarded", &format!("for=192.0.2.{n}"))]).status;
    let statuses: Vec<u16> = (0..6).map(spoofed).collect();
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[test]
fn idle_connections_make_room_for_whoever_asks() {
    let (daemon, _home) = daemon("connections = 16\n");
    let mut idle: Vec<TcpStream> = (0..100).map(|_| http::raw(daemon.public)).collect();
    // Half of them with a head that never ends.
    for stream in idle.iter_mut().step_by(2) {
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nX-Slow: ");
    }
    let mut worst = Duration::ZERO;
    for _ in 0..50 {
        let started = Instant::now();
        assert_eq!(ask(&daemon, &[]).status, 200);
        worst = worst.max(started.elapsed());
    }
    assert!(worst < Duration::from_secs(5), "{worst:?}");
    // Those that made room have been closed.
    let mut closed = 0;
    for stream in &mut idle {
        stream.set_read_timeout(Some(Duration::from_millis(20))).expect("a socket option");
        closed += usize::from(match stream.read(&mut [0; 512]) {
            Ok(read) => read == 0,
            Err(error) => error.kind() == ErrorKind::ConnectionReset,
        });
    }
    assert!(closed >= 80, "{closed}");
}

#[test]
fn one_client_has_its_share_of_connections() {
    let (daemon, _home) = daemon("connections_per_client = 4\ntrusted_proxies = []\n");
    let idle: Vec<TcpStream> = (0..20).map(|_| http::raw(daemon.public)).collect();
    assert_eq!(ask(&daemon, &[]).status, 200, "its own idle ones go");
    drop(idle);
}

#[test]
fn requests_sent_in_one_go_are_answered_in_order() {
    let (daemon, _home) = daemon("");
    let mut stream = http::raw(daemon.public);
    let paths = ["/index.json", "/nowhere", "/style.css", "/opml", "/index.atom"];
    let mut requests: String =
        paths.iter().map(|path| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")).collect();
    requests.push_str("GET /index.rss HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    stream.write_all(requests.as_bytes()).expect("a connection");
    let mut said = String::new();
    stream.read_to_string(&mut said).expect("answers");
    let types = [
        "application/feed+json",
        "text/html",
        "text/css",
        "text/x-opml",
        "application/atom",
        "application/rss",
    ];
    let places = types.map(|kind| said.find(&format!("content-type: {kind}")));
    assert!(places.iter().all(Option::is_some), "{said}");
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(said.matches("HTTP/1.1 200").count(), 5);
}
