//! Requests that are malformed, or might be read in two ways (RFC 9112 §3.2, §6): refused, and
//! nothing that follows on their connection is answered.

use crate::support::counties::Wire;
use crate::support::http;
use std::io::{Read, Write};
use std::net::SocketAddr;

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
