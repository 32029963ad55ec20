//! Reading from web pages of other sites (CORS, Fetch standard §3.2). All may: what the public listener
//! has is for everybody, and neither a cookie nor an address decides what it answers.

use super::{Answer, answer};
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CONTENT_TYPE, HeaderValue,
};
use hyper::{HeaderMap, StatusCode};

pub const METHODS: &str = "GET, HEAD, OPTIONS";
/// What a script may say beyond what any page may.
const TAKEN: &str = "A-IM, Accept, Cache-Control, If-Modified-Since, If-None-Match, Last-Event-ID";
/// What a script may see beyond what any page may.
const SHOWN: &str =
    "Content-Encoding, Date, Delta-Base, ETag, IM, Last-Modified, Link, Retry-After, Vary";
/// Seconds for which a browser need not ask again; none remembers for longer.
const REMEMBERED: &str = "86400";
const ANYBODY: &str = "*";

/// The answer to OPTIONS, of an address that knows these methods.
pub fn preflight(methods: &'static str) -> Answer {
    let mut response = answer(StatusCode::NO_CONTENT, "text/plain", "");
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    headers.insert(ALLOW, HeaderValue::from_static(methods));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static(ANYBODY));
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(TAKEN));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(REMEMBERED));
    response
}

/// Lets scripts of any page read the answer.
pub fn open(mut answer: Answer) -> Answer {
    expose(answer.headers_mut());
    answer
}

/// The same of an answer's head.
pub fn expose(head: &mut HeaderMap) {
    head.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static(ANYBODY));
    head.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(SHOWN));
}
