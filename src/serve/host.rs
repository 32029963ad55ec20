//! Whether a request says for which host it is (RFC 9112 §3.2).
//!
//! Of bodies that give two lengths hyper sees to it: it goes by the chunks, and closes (§6.3).

use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Version};

/// Why it must be answered 400.
pub fn fault<B>(request: &Request<B>) -> Option<&'static str> {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        // Earlier versions knew no such header.
        (None, _) if request.version() == Version::HTTP_11 => {
            Some("the request has no Host header; send the one of this site")
        }
        (None, _) => None,
        (Some(_), Some(_)) => Some("the request has several Host headers; send one"),
        (Some(host), None) if !is_authority(host) => {
            Some("the Host header is none; send a name or address, and a port if need be")
        }
        (Some(_), None) => None,
    }
}

/// Letters that a host and its port may have (RFC 3986 §3.2); it may be empty.
fn is_authority(host: &HeaderValue) -> bool {
    let is_fit = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(byte);
    host.as_bytes().iter().all(is_fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_wrong(version: Version, hosts: &[&str]) -> bool {
        let mut request = Request::builder().version(version);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        fault(&request.body(()).expect("a request")).is_some()
    }

    #[test]
    fn one_host_is_named_and_only_once() {
        let new = |hosts: &[&str]| is_wrong(Version::HTTP_11, hosts);
        for host in
            ["a", "news.example.org:8080", "[2001:db8::1]:80", "a_b.example", "127.0.0.1", ""]
        {
            assert!(!new(&[host]), "{host}");
        }
        for host in ["a b", "a/b", "user@a", "a, b", "兴平", "a?b", "a#b"] {
            assert!(new(&[host]), "{host}");
        }
        assert!(new(&[]) && new(&["a", "a"]));
        let old = |hosts: &[&str]| is_wrong(Version::HTTP_10, hosts);
        assert!(!old(&[]) && !old(&["a"]) && old(&["a", "b"]));
    }
}
