//! Heads that hyper refuses before there is a request: it answers them without a body. Here they get one.

mod line;

pub use line::FirstLine;

use super::head::{FIELDS, HEAD_BYTES, TARGET_BYTES, TOO_LONG};
use super::problem;
use bytes::Bytes;
use hyper::StatusCode;
use std::io::IoSlice;

/// Longer ones are no refusal of hyper's.
const LONGEST_REFUSAL: usize = 256;
/// What hyper says before it reads a body that is announced so.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

impl FirstLine {
    /// The whole answer to this line, where hyper's would be `own` with this status.
    pub fn answer(&self, status: StatusCode, own: &[u8]) -> (StatusCode, Bytes) {
        let (status, why) = self.reason(status);
        let body = problem::text(status, &why, &[]);
        let date = own.split(|byte| *byte == b'\n').find(|line| line.starts_with(b"date: "));
        let date = date.map(|line| String::from_utf8_lossy(line).into_owned() + "\n");
        // Of an answer to who knows which method, the end of the connection is the end.
        let length = match self.is_sure() {
            true => format!("content-length: {}\r\n", body.len()),
            false => String::new(),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {}\r\n{length}cache-control: no-store\r\n\
             x-content-type-options: nosniff\r\nconnection: close\r\n{}\r\n",
            problem::CONTENT_TYPE,
            date.unwrap_or_default()
        );
        let body = if self.is_sure() && self.is_head() { String::new() } else { body };
        (status, Bytes::from(head + &body))
    }

    fn reason(&self, status: StatusCode) -> (StatusCode, String) {
        let is_known = self.version().is_none_or(|version| matches!(version, b"1.0" | b"1.1"));
        match status {
            StatusCode::BAD_REQUEST if !self.is_sure() => {
                let why =
                    "what was sent behind another request is none of HTTP 1.1 or 1.0 (RFC 9112)";
                (status, why.to_owned())
            }
            StatusCode::BAD_REQUEST if !is_known => {
                let why = "only versions 1.1 and 1.0 of HTTP are spoken here";
                (StatusCode::HTTP_VERSION_NOT_SUPPORTED, why.to_owned())
            }
            StatusCode::BAD_REQUEST => {
                (status, "what was sent is no request as HTTP has them (RFC 9112)".to_owned())
            }
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
                if !self.is_sure() || self.target_length() <= TARGET_BYTES =>
            {
                let why = format!(
                    "the head of the request is longer than {HEAD_BYTES} bytes, or has more than {FIELDS} fields"
                );
                (status, why)
            }
            _ => (StatusCode::URI_TOO_LONG, TOO_LONG.to_owned()),
        }
    }
}

/// Whether the answer to a request is still to come.
pub fn is_interim(slices: &[IoSlice<'_>]) -> bool {
    slices.first().is_some_and(|first| **first == *CONTINUE)
        && slices[1..].iter().all(|slice| slice.is_empty())
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

    fn line(parts: &[&str]) -> FirstLine {
        let mut line = FirstLine::default();
        parts.iter().for_each(|part| line.read(&mut part.as_bytes().to_vec()));
        line
    }

    fn status(parts: &[&str], status: StatusCode) -> u16 {
        line(parts).reason(status).0.as_u16()
    }

    #[test]
    fn what_is_refused_is_told_by_its_first_line() {
        let (bad, large) = (StatusCode::BAD_REQUEST, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_eq!(status(&["GET / HTTP/1.2\r\nHost: a\r\n\r\n"], bad), 505);
        assert_eq!(status(&["GET / HT", "T", "P/3.0\r", "\n"], bad), 505);
        assert_eq!(status(&["\r\n\nGET / HTTP/1.2\r\n"], bad), 505);
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
        assert_eq!(status(&["GET /", &long], large), 414);
        assert_eq!(status(&["GET ", &long], large), 431);
        assert_eq!(status(&["OPTIONS ", &long, " HTTP/1.1\r\nX: 1\r\n"], large), 431);
        assert_eq!(status(&["OPTIONS ", &long, "x HTTP/1.1\r\nX: 1\r\n"], large), 414);
        assert_eq!(status(&[&long, &long], large), 431);
    }

    fn answer(line: &FirstLine, status: StatusCode) -> String {
        let (_, answer) = line.answer(status, b"HTTP/1.1 400 Bad Request\r\ndate: today\r\n\r\n");
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[test]
    fn an_answer_to_head_has_no_body_and_any_other_has_the_one_it_announces() {
        for (method, is_head) in
            [("HEAD", true), ("GET", false), ("\r\nHEAD", true), ("\nHEADS", false)]
        {
            let line = line(&[&format!("{method} / HTTP/9.9\r\n")]);
            let answer = answer(&line, StatusCode::BAD_REQUEST);
            let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
            assert!(head.starts_with("HTTP/1.1 505 HTTP Version Not Supported\r\n"), "{head}");
            assert_eq!(body.is_empty(), is_head);
            assert!(head.ends_with("\r\ndate: today"), "{head}");
            let announced = format!("content-length: {}\r\n", body.len());
            assert!(is_head || head.contains(&announced), "{answer}");
        }
    }

    #[test]
    fn of_a_request_that_is_not_known_hypers_status_is_told_with_a_body_to_the_end() {
        let long = "x".repeat(2 * TARGET_BYTES);
        let mut line = line(&[&format!("HEAD /{long} HTTP/1.2\r\n\r\nx")]);
        line.expect();
        for (status, code) in [(StatusCode::BAD_REQUEST, 400), (StatusCode::URI_TOO_LONG, 414)]
            .into_iter()
            .chain([(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, 431)])
        {
            let answer = answer(&line, status);
            assert!(answer.starts_with(&format!("HTTP/1.1 {code} ")), "{answer}");
            assert!(!answer.contains("content-length") && answer.ends_with("}\n"), "{answer}");
            assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
        }
    }

    #[test]
    fn a_word_to_go_on_is_no_answer() {
        let is = |parts: &[&[u8]]| {
            is_interim(&parts.iter().map(|part| IoSlice::new(part)).collect::<Vec<_>>())
        };
        assert!(is(&[CONTINUE]) && is(&[CONTINUE, b""]));
        assert!(!is(&[]) && !is(&[b""]) && !is(&[CONTINUE, b"HTTP/1.1 200 OK"]));
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
