//! Requests that are malformed, or might be read in two ways (RFC 9112 §3.2, §6): refused, and
//! nothing that follows on their connection is answered.

use crate::support::counties::Wire;
use crate::support::http::{self, Answer};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// What would be answered as well, if the connection went on.
const NEXT: &str = "GET /style.css HTTP/1.1\r\nHost: a\r\n\r\n";

/// All that is answered until the server closes.
#[track_caller]
fn said(address: SocketAddr, request: &str) -> String {
    let mut stream = http::raw(address);
    stream.write_all(request.as_bytes()).expect("a connection");
    let mut said = Vec::new();
    // A reset is an end as well.
    let _ = stream.read_to_end(&mut said);
    String::from_utf8_lossy(&said).into_owned()
}

#[track_caller]
fn assert_only(address: SocketAddr, request: &str, statuses: &[&str]) -> String {
    let said = said(address, &format!("{request}{NEXT}"));
    let status = said.get(9..12).unwrap_or_default();
    assert!(statuses.contains(&status), "{request:?}: {said}");
    assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{request:?}: {said}");
    said
}

#[test]
fn a_request_names_its_host_and_names_one() {
    let wire = Wire::with(1);
    for (address, path) in [(wire.daemon.public, "/"), (wire.daemon.admin, "/healthz")] {
        for hosts in [
            "",
            "Host: a\r\nHost: a\r\n",
            "Host: a\r\nHOST: b\r\n",
            "Host: a b\r\n",
            "Host: u@a\r\n",
        ] {
            assert_only(address, &format!("GET {path} HTTP/1.1\r\n{hosts}\r\n"), &["400"]);
        }
        // HTTP/1.0 knew no Host, and proxies may send an empty one.
        for request in ["HTTP/1.0\r\n", "HTTP/1.1\r\nConnection: close\r\nHost:\r\n"] {
            let said = said(address, &format!("GET {path} {request}\r\n"));
            assert_eq!(said.get(9..12), Some("200"), "{said}");
        }
    }
    let typed = "GET /index.atom HTTP/1.1\r\nAccept: */*\r\n\r\n";
    let said = assert_only(wire.daemon.public, typed, &["400"]);
    assert!(said.contains("application/problem+json") && said.contains("no Host header"), "{said}");
    assert!(said.contains("connection: close"), "{said}");
    // Also of what was asked for a moment ago.
    wire.daemon.document("/index.atom");
    assert_only(wire.daemon.public, typed, &["400"]);
    let figures = http::get(wire.daemon.admin, "/metrics").expect(200);
    assert!(figures.text().contains("countywire_served_total{status=\"400\"} 7\n"), "counted");
}

#[test]
fn of_a_body_with_two_lengths_no_second_request_is_read() {
    let wire = Wire::with(1);
    let (public, admin) = (wire.daemon.public, wire.daemon.admin);
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let (length, chunked) = ("Content-Length: 5", "Transfer-Encoding: chunked");
    let request = |start: &str, headers: &[&str], body: &str| {
        format!("{start} HTTP/1.1\r\nHost: a\r\n{}\r\n\r\n{body}", headers.join("\r\n"))
    };
    for (address, start) in [
        (public, "POST /hub"),
        (public, "POST /push/x"),
        (public, "GET /"),
        (admin, "POST /nothing"),
    ] {
        for both in [[kind, length, chunked], [kind, chunked, length]] {
            // By the chunks it ends here; by the length, in the midst of what follows.
            assert_only(
                address,
                &request(start, &both, "0\r\n\r\n"),
                &["200", "400", "404", "405", "503"],
            );
        }
        let unlike = [kind, length, "Content-Length: 6"];
        assert_only(address, &request(start, &unlike, "abcde"), &["400"]);
        let packed = [kind, "Transfer-Encoding: gzip"];
        assert_only(address, &request(start, &packed, "0\r\n\r\n"), &["400"]);
        let old = request(start, &[kind, chunked], "0\r\n\r\n").replace("1.1", "1.0");
        assert_only(address, &old, &["400"]);
    }
}

/// The one answer to what is no request, from which on the connection is closed: a problem (RFC 9457).
#[track_caller]
fn assert_problem(address: SocketAddr, request: &str, status: u16) -> Answer {
    let said = assert_only(address, request, &[&status.to_string()]);
    let answer = http::parse(said.as_bytes(), false).expect("a whole answer");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{said}");
    assert_eq!(answer.header("connection"), Some("close"), "{said}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{said}");
    assert!(answer.header("date").is_some(), "{said}");
    let problem = answer.json();
    assert_eq!(problem["status"], status, "{said}");
    let title = said.lines().next().and_then(|line| line.get(13..));
    assert_eq!(problem["title"].as_str(), title, "{said}");
    assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{said}");
    answer
}

#[test]
fn what_is_no_request_is_told_why_in_a_typed_body() {
    let wire = Wire::with(1);
    let long = "x".repeat(17 * 1024);
    let fields = (0..65).map(|n| format!("X-{n}: 1\r\n")).collect::<String>();
    for address in [wire.daemon.public, wire.daemon.admin] {
        for (request, status, why) in [
            ("GET / HTTP/1.1\r\nHost a\r\n\r\n".to_owned(), 400, "no request"),
            ("GET / HTTP/1.1\r\nHost: a\r\nX Y: 1\r\n\r\n".to_owned(), 400, "no request"),
            ("GET /\r\n\r\n".to_owned(), 400, "no request"),
            ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 400, "no request"),
            ("GET nothing/at/all HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 400, "no request"),
            ("\x16\x03\x01\x02".to_owned(), 400, "no request"),
            ("GET / HTTP/1.2\r\nHost: a\r\n\r\n".to_owned(), 505, "1.1 and 1.0"),
            ("GET / HTTP/2.0\r\nHost: a\r\n\r\n".to_owned(), 505, "1.1 and 1.0"),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0".to_owned(), 505, "1.1 and 1.0"),
            (format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n"), 431, "16384 bytes"),
            (format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"), 431, "64 fields"),
            (format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"), 414, "8192 bytes"),
            (format!("GET /{} HTTP/1.1\r\n{fields}\r\n", &long[..8180]), 431, "64 fields"),
            (format!("GET /{} HTTP/1.1\r\n{fields}\r\n", &long[..8192]), 414, "8192 bytes"),
            ("\r\n\nGET / HTTP/1.2\r\nHost: a\r\n\r\n".to_owned(), 505, "1.1 and 1.0"),
        ] {
            let answer = assert_problem(address, &request, status);
            assert!(answer.text().contains(why), "{request:.60?}: {}", answer.text());
        }
        // Also of a connection on which others were answered before.
        let mut stream = http::raw(address);
        stream.write_all(b"GET /style.css HTTP/1.1\r\nHost: a\r\n\r\n").expect("a connection");
        let mut first = [0; 17];
        stream.read_exact(&mut first).expect("an answer");
        assert_eq!(&first, b"HTTP/1.1 200 OK\r\n");
        stream.write_all(b"GET / HTTP/1.2\r\n\r\n").expect("a connection");
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        let rest = String::from_utf8_lossy(&rest).into_owned();
        assert!(rest.contains("HTTP/1.1 505 ") && rest.ends_with("}\n"), "{rest}");
        // What answers HEAD has no body.
        for empty in ["", "\r\n", "\n\n"] {
            let head = said(address, &format!("{empty}HEAD / HTTP/1.2\r\n\r\n"));
            assert!(head.starts_with("HTTP/1.1 505 ") && head.ends_with("\r\n\r\n"), "{head}");
        }
    }
    let figures = http::get(wire.daemon.admin, "/metrics").expect(200);
    for (status, count) in [("400", 6), ("414", 2), ("431", 3), ("other", 8)] {
        let line = format!("countywire_served_total{{status=\"{status}\"}} {count}\n");
        assert!(figures.text().contains(&line), "{line}");
    }
}

/// A connection on which the style was asked for and answered, by GET or HEAD.
#[track_caller]
fn answered(address: SocketAddr, method: &str) -> TcpStream {
    let mut stream = http::raw(address);
    let request = format!("{method} /style.css HTTP/1.1\r\nHost: a\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("a connection");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("an answer");
        head.extend(byte);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = length.and_then(|length| length.parse().ok()).expect("a length");
    if method != "HEAD" {
        stream.read_exact(&mut vec![0; length]).expect("a body");
    }
    stream
}

#[test]
fn what_is_refused_behind_an_answer_is_told_by_its_own_method() {
    let wire = Wire::with(1);
    for address in [wire.daemon.public, wire.daemon.admin] {
        for (first, parts, has_body) in [
            ("GET", &["HEAD / HTTP/1.2\r\n\r\n"][..], false),
            ("GET", &["HE", "AD / HT", "TP/1.2\r", "\n\r\n"], false),
            ("GET", &["\r", "\n", "HEAD / HTTP/1.2\r\n\r\n"], false),
            ("HEAD", &["GET / HTTP/1.2\r\n\r\n"], true),
            ("HEAD", &["\r\n", "G", "ET / HTTP/1.2\r\n\r\n"], true),
        ] {
            let mut stream = answered(address, first);
            stream.set_nodelay(true).expect("a socket option");
            for part in parts {
                stream.write_all(part.as_bytes()).expect("a connection");
            }
            let mut said = Vec::new();
            let _ = stream.read_to_end(&mut said);
            let said = String::from_utf8_lossy(&said).into_owned();
            assert!(said.starts_with("HTTP/1.1 505 "), "{parts:?}: {said}");
            let (_, body) = said.split_once("\r\n\r\n").expect("a head");
            assert_eq!(!body.is_empty(), has_body, "{parts:?}: {said}");
        }
    }
}

#[test]
fn what_is_refused_behind_a_request_announces_no_length_and_ends_with_the_connection() {
    let wire = Wire::with(1);
    let fields = (0..65).map(|n| format!("X-{n}: 1\r\n")).collect::<String>();
    let long = "x".repeat(8_180);
    for address in [wire.daemon.public, wire.daemon.admin] {
        for (first, second, status) in [
            ("HEAD /style.css", "GET / HTTP/1.2\r\n\r\n".to_owned(), "400"),
            ("GET /style.css", "HEAD / HTTP/1.2\r\n\r\n".to_owned(), "400"),
            ("GET /style.css", "\r\nGET /\r\n\r\n".to_owned(), "400"),
            (&format!("HEAD /style.css?{long}"), format!("GET / HTTP/1.1\r\n{fields}\r\n"), "431"),
        ] {
            let said = said(address, &format!("{first} HTTP/1.1\r\nHost: a\r\n\r\n{second}"));
            let (_, last) = said.rsplit_once("HTTP/1.1 ").expect("an answer");
            assert!(last.starts_with(status), "{first:.60}, {second:.60}: {said}");
            assert_eq!(said.matches("HTTP/1.1 ").count(), 2, "{first:.60}, {second:.60}: {said}");
            let (head, body) = last.split_once("\r\n\r\n").expect("a head");
            assert!(!head.contains("content-length"), "{last}");
            assert!(head.contains("\r\nconnection: close"), "{last}");
            assert!(body.starts_with('{') && body.ends_with("}\n"), "{last}");
        }
    }
}

#[test]
fn who_sends_far_more_than_is_read_still_gets_the_answer() {
    let wire = Wire::with(1);
    for address in [wire.daemon.public, wire.daemon.admin] {
        let large = "x".repeat(512 * 1024);
        let mut stream = http::raw(address);
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {large}\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("it is passed over");
        let mut said = Vec::new();
        stream.read_to_end(&mut said).expect("an end, and no reset");
        assert!(said.starts_with(b"HTTP/1.1 431 ") && said.ends_with(b"}\n"));
    }
}

#[test]
fn a_target_has_one_of_the_forms_that_there_are() {
    let wire = Wire::with(1);
    let (public, admin) = (wire.daemon.public, wire.daemon.admin);
    wire.daemon.document("/style.css");
    for (address, path) in [(public, "/style.css"), (admin, "/healthz")] {
        for (start, host, expected) in [
            (format!("GET http://other.example:80{path}"), "a", "200"),
            (format!("GET HTTP://other.example{path}"), "a", "200"),
            (format!("GET https://[2001:db8::1]{path}?x=1"), "a", "200"),
            (format!("GET http://other.example:65536{path}"), "a", "400"),
            (format!("GET http://user@other.example{path}"), "a", "400"),
            (format!("GET ftp://other.example{path}"), "a", "400"),
            (format!("GET http://other.example{path}"), "a:65536", "400"),
            (format!("GET {path}"), "a:65536", "400"),
            (format!("GET {path}#part"), "a", "400"),
            (format!("GET {path}?x#"), "a", "400"),
            (format!("\r\nGET {path}#part"), "a", "400"),
            (format!("\n\r\nGET {path}#part"), "a", "400"),
            (format!("\r\nGET {path}"), "a", "200"),
            (format!("GET http://other.example{path}#part"), "a", "400"),
            (format!("GET {path}"), "a", "200"),
            ("GET *".to_owned(), "a", "400"),
            ("GET other.example:80".to_owned(), "a", "400"),
            (format!("GET {path}?{}", "x".repeat(8 * 1024)), "a", "414"),
        ] {
            let request = format!("{start} HTTP/1.1\r\nHost: {host}\r\n");
            if expected == "200" {
                let said = said(address, &format!("{request}Connection: close\r\n\r\n"));
                assert_eq!(said.get(9..12), Some(expected), "{start}: {said}");
            } else {
                let said = assert_only(address, &format!("{request}\r\n"), &[expected]);
                let (_, body) = said.split_once("\r\n\r\n").expect("a head");
                assert!(!body.is_empty(), "{start}: {said}");
            }
        }
        // A fragment is that of its own request alone.
        let mut stream = http::raw(address);
        let request = format!("GET {path}#x HTTP/1.1\r\nHost: a\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("a connection");
        let _ = stream.read_to_end(&mut Vec::new());
        let cookie = "Host: a\r\nConnection: close\r\nCookie: a#b HTTP/1.1\r\n\r\n";
        let said = said(address, &format!("GET {path} HTTP/1.1\r\n{cookie}"));
        assert_eq!(said.get(9..12), Some("200"), "{said}");
    }
}

#[test]
fn methods_that_are_not_known_are_told_those_that_are() {
    let wire = Wire::with(1);
    let (public, admin) = (wire.daemon.public, wire.daemon.admin);
    for (address, start, status, allowed) in [
        (public, "OPTIONS *", "204", "GET, HEAD, OPTIONS, POST"),
        (public, "CONNECT other.example:443", "405", "GET, HEAD, OPTIONS"),
        (public, "BREW /", "405", "GET, HEAD, OPTIONS"),
        (public, "get /", "405", "GET, HEAD, OPTIONS"),
        (public, "TRACE /hub", "405", "OPTIONS, POST"),
        (admin, "OPTIONS *", "405", "GET, HEAD, POST"),
        (admin, "DELETE /status.json", "405", "GET, HEAD, POST"),
        (admin, "CONNECT other.example:443", "405", "GET, HEAD, POST"),
    ] {
        let request = format!("{start} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let said = said(address, &request);
        assert_eq!(said.get(9..12), Some(status), "{start}: {said}");
        assert!(said.contains(&format!("\r\nallow: {allowed}\r\n")), "{start}: {said}");
    }
}
