//! Heads that hyper refuses before there is a request: it answers them without a body. Here they get one.

use super::head::{FIELDS, HEAD_BYTES, TARGET_BYTES, TOO_LONG};
use super::problem;
use bytes::Bytes;
use hyper::StatusCode;
use std::io::IoSlice;

/// Longer ones are no refusal of hyper's.
const LONGEST_REFUSAL: usize = 256;
/// `HTTP/1.1`, and what may come behind it.
const VERSION_BYTES: usize = 8;
/// The method with which a client begins that takes us for a server of HTTP/2 (RFC 9113 §3.4, §11.1).
const PREFACE: &[u8] = b"PRI ";

/// The first line of a request as it is read, of one that is sent once the one before it is answered.
#[derive(Default)]
pub struct FirstLine {
    state: State,
    length: usize,
    is_head: bool,
    has_hash: bool,
    /// Its last bytes, the newest last.
    end: [u8; VERSION_BYTES],
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Awaited,
    Begun,
    Whole,
}

impl FirstLine {
    /// Something was answered: what is read next begins a line.
    pub fn expect(&mut self) {
        self.state = State::Awaited;
    }

    /// Whether a target with a fragment has just become known.
    pub fn read(&mut self, bytes: &mut [u8]) -> bool {
        match self.state {
            State::Whole => return false,
            _ if bytes.is_empty() => return false,
            State::Begun => {}
            State::Awaited => {
                if bytes.starts_with(PREFACE) {
                    // Else hyper closes without a word.
                    bytes[0] = b'p';
                }
                *self = FirstLine { is_head: bytes.starts_with(b"HEAD "), ..FirstLine::default() };
            }
        }
        let end = memchr::memchr(b'\n', bytes);
        self.state = if end.is_some() { State::Whole } else { State::Begun };
        self.add(&bytes[..end.unwrap_or(bytes.len())]);
        self.has_hash
            && self.state == State::Whole
            && matches!(self.version(), Some(b"1.0" | b"1.1"))
    }

    fn add(&mut self, part: &[u8]) {
        self.length += part.len();
        self.has_hash = self.has_hash || memchr::memchr(b'#', part).is_some();
        let part = part.strip_suffix(b"\r").unwrap_or(part);
        let new = &part[part.len().saturating_sub(VERSION_BYTES)..];
        self.end.copy_within(new.len().., 0);
        self.end[VERSION_BYTES - new.len()..].copy_from_slice(new);
    }

    /// That of HTTP at its end.
    fn version(&self) -> Option<&[u8]> {
        let version = self.end.strip_prefix(b"HTTP/")?;
        let is_one = matches!(version, [a, b'.', b] if a.is_ascii_digit() && b.is_ascii_digit());
        is_one.then_some(version)
    }

    /// The whole answer to this line, where hyper's would be `own` with this status.
    pub fn answer(&self, status: StatusCode, own: &[u8]) -> (StatusCode, Bytes) {
        let (status, why) = self.reason(status);
        let body = problem::text(status, &why, &[]);
        let date = own.split(|byte| *byte == b'\n').find(|line| line.starts_with(b"date: "));
        let date = date.map(|line| String::from_utf8_lossy(line).into_owned() + "\n");
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {}\r\ncontent-length: {}\r\ncache-control: no-store\r\n\
             x-content-type-options: nosniff\r\nconnection: close\r\n{}\r\n",
            problem::CONTENT_TYPE,
            body.len(),
            date.unwrap_or_default()
        );
        let body = if self.is_head { String::new() } else { body };
        (status, Bytes::from(head + &body))
    }

    fn reason(&self, status: StatusCode) -> (StatusCode, String) {
        let is_known = self.version().is_none_or(|version| matches!(version, b"1.0" | b"1.1"));
        match status {
            StatusCode::BAD_REQUEST if !is_known => {
                let why = "only versions 1.1 and 1.0 of HTTP are spoken here";
                (StatusCode::HTTP_VERSION_NOT_SUPPORTED, why.to_owned())
            }
            StatusCode::BAD_REQUEST => {
                (status, "what was sent is no request as HTTP has them (RFC 9112)".to_owned())
            }
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE if self.length <= TARGET_BYTES => {
                let why = format!(
                    "the head of the request is longer than {HEAD_BYTES} bytes, or has more than {FIELDS} fields"
                );
                (status, why)
            }
            _ => (StatusCode::URI_TOO_LONG, TOO_LONG.to_owned()),
        }
    }
}

/// The status of an answer that is hyper's own: our errors have bodies.
pub fn by_hyper(slices: &[IoSlice<'_>]) -> Option<StatusCode> {
    let (first, rest) = slices.split_first()?;
    let status = match first.get(..13)? {
        b"HTTP/1.1 400 " | b"HTTP/1.0 400 " => StatusCode::BAD_REQUEST,
        b"HTTP/1.1 414 " | b"HTTP/1.0 414 " => StatusCode::URI_TOO_LONG,
        b"HTTP/1.1 431 " | b"HTTP/1.0 431 " => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        _ => return None,
    };
    let is_alone = first.len() <= LONGEST_REFUSAL && first.ends_with(b"\r\n\r\n");
    let is_alone = is_alone && rest.iter().all(|slice| slice.is_empty());
    let is_empty = || memchr::memmem::find(first, b"\r\ncontent-length: 0\r\n").is_some();
    (is_alone && is_empty()).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(parts: &[&str]) -> (FirstLine, bool) {
        let mut line = FirstLine::default();
        let had_fragment = parts.iter().any(|part| line.read(&mut part.as_bytes().to_vec()));
        (line, had_fragment)
    }

    fn status(parts: &[&str], status: StatusCode) -> u16 {
        line(parts).0.reason(status).0.as_u16()
    }

    #[test]
    fn what_is_refused_is_told_by_its_first_line() {
        let (bad, large) = (StatusCode::BAD_REQUEST, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_eq!(status(&["GET / HTTP/1.2\r\nHost: a\r\n\r\n"], bad), 505);
        assert_eq!(status(&["GET / HT", "T", "P/3.0\r", "\n"], bad), 505);
        assert_eq!(status(&["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"], bad), 505);
        for text in
            ["GET / HTTP/1.1\r\nx y: 1\r\n", "", "GET /\r\n", "GET / HTTP/1.12\r\n", "\x16\x03"]
        {
            assert_eq!(status(&[text], bad), 400, "{text}");
        }
        let many = format!("GET / HTTP/1.1\r\n{}", "X: 1\r\n".repeat(4_000));
        assert_eq!(status(&[&many], large), 431);
        let long = "x".repeat(TARGET_BYTES);
        assert_eq!(status(&["GET /", &long, &long], large), 414);
    }

    #[test]
    fn a_fragment_is_seen_in_the_first_line_alone() {
        for parts in [&["GET /a#b HTTP/1.1\r\n"][..], &["GET /#", " HTTP/1.0", "\n"]] {
            assert!(line(parts).1, "{parts:?}");
        }
        for parts in [
            &["GET /a HTTP/1.1\r\nX: #\r\n"][..],
            &["GET /a HTTP/1.1\r\n", "Cookie: #a HTTP/1.1\r\n"],
            &["a#b\r\n"],
            &["GET /a#b HTTP/1.1"],
        ] {
            assert!(!line(parts).1, "{parts:?}");
        }
        let mut next = line(&["GET /a#b HTTP/1.1\r\n"]).0;
        next.expect();
        assert!(!next.read(&mut b"GET /a HTTP/1.1\r\n".to_vec()));
    }

    #[test]
    fn an_answer_to_head_has_no_body_and_any_other_has_the_one_it_announces() {
        for (method, is_head) in [("HEAD", true), ("GET", false)] {
            let (line, _) = line(&[&format!("{method} / HTTP/9.9\r\n")]);
            let own = b"HTTP/1.1 400 Bad Request\r\ndate: today\r\n\r\n";
            let (_, answer) = line.answer(StatusCode::BAD_REQUEST, own);
            let answer = String::from_utf8_lossy(&answer).into_owned();
            let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
            assert!(head.starts_with("HTTP/1.1 505 HTTP Version Not Supported\r\n"), "{head}");
            assert_eq!(body.is_empty(), is_head);
            assert!(head.ends_with("\r\ndate: today"), "{head}");
            let announced = format!("content-length: {}\r\n", body.len());
            assert!(is_head || head.contains(&announced), "{answer}");
        }
    }

    #[test]
    fn what_is_no_refusal_of_hypers_is_left_alone() {
        let own = "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        let of = |parts: &[&str]| {
            let slices: Vec<_> = parts.iter().map(|part| IoSlice::new(part.as_bytes())).collect();
            by_hyper(&slices).map(|status| status.as_u16())
        };
        assert_eq!(of(&[own]), Some(431));
        assert_eq!(of(&[own, ""]), Some(431));
        for parts in [
            &[][..],
            &[""],
            &[own, "x"],
            &["HTTP/1.1 400 Bad Request\r\ncontent-length: 9\r\n\r\n"],
            &["HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"],
            &["HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK"],
        ] {
            assert_eq!(of(parts), None, "{parts:?}");
        }
    }
}
