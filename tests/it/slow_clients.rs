//! Clients that send too much, too slowly, or nothing.

use crate::support::counties::Wire;
use crate::support::http;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn oversized_heads_and_silent_clients_cannot_hold_a_connection() {
    let wire = Wire::with(1);
    let (public, admin) = (wire.daemon.public, wire.daemon.admin);
    let started = Instant::now();
    // Opened together, so that their times run together.
    let slow = [
        (public, ""),
        (public, "GET / HT"),
        (public, "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "),
        (admin, "GET /status.json HTTP/1.1\r\n"),
    ];
    let slow = slow.map(|(address, start)| {
        let mut stream = http::raw(address);
        stream.write_all(start.as_bytes()).expect("a connection");
        (start, stream)
    });
    // One that sends its head byte by byte, for ever.
    let mut drip = http::raw(public);
    let mut dripping = drip.try_clone().expect("a descriptor");
    let dripper = thread::spawn(move || {
        let head = b"GET / HTTP/1.1\r\nX-Drip: ".iter().chain([b'x'].iter().cycle());
        for byte in head {
            if dripping.write_all(&[*byte]).is_err() {
                break;
            }
            thread::sleep(Duration::from_millis(200));
        }
    });
    // An answered client that keeps its connection open and says no more.
    let mut idle = http::raw(public);
    idle.write_all(b"GET /style.css HTTP/1.1\r\nHost: a\r\n\r\n").expect("a connection");

    for address in [public, admin] {
        let large = format!("GET / HTTP/1.1\r\nX-Large: {}", "x".repeat(64 * 1024));
        assert_ended(address, large.as_bytes(), &["431", "400"]);
        let many = (0..500).map(|n| format!("X-{n}: 1\r\n")).collect::<String>();
        let many = format!("GET / HTTP/1.1\r\n{many}\r\n");
        assert_ended(address, many.as_bytes(), &["431", "400"]);
        assert_ended(address, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", &["400"]);
        let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "r/".repeat(40_000));
        assert_ended(address, long.as_bytes(), &["414", "431", "400"]);
        // A body that nobody asked for, and that never comes.
        let body = b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc";
        assert_ended(address, body, &["200"]);
    }
    wire.daemon.document("/");

    for (start, mut stream) in slow {
        let mut rest = Vec::new();
        // Either a 408 or nothing, then the end; a reset is an end as well.
        let _ = stream.read_to_end(&mut rest);
        let took = started.elapsed();
        assert!(took < Duration::from_secs(30), "{start:?} held its connection for {took:?}");
        let answer = String::from_utf8_lossy(&rest);
        assert!(rest.is_empty() || answer.starts_with("HTTP/1.1 408"), "{start:?}: {answer}");
    }
    let _ = drip.read_to_end(&mut Vec::new());
    dripper.join().expect("no panic");
    let mut answer = Vec::new();
    let _ = idle.read_to_end(&mut answer);
    assert!(answer.starts_with(b"HTTP/1.1 200"), "it was answered first");
    assert!(started.elapsed() < Duration::from_secs(30), "an idle connection is kept for ever");
    wire.daemon.document("/");
}

/// The answer must have one of these statuses, or be none at all, and the connection ends.
#[track_caller]
fn assert_ended(address: SocketAddr, request: &[u8], statuses: &[&str]) {
    let mut stream = http::raw(address);
    // The other end may close before all is written.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) => {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "not closed: {error}");
        }
    }
    let status = answer.get(9..12).map(|status| String::from_utf8_lossy(status).into_owned());
    let refused = status.as_deref().is_none_or(|status| statuses.contains(&status));
    assert!(refused, "answered {status:?}");
}
