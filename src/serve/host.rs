//! Whether a request says for which host it is (RFC 9112 §3.2).
//!
//! Of bodies that give two lengths hyper sees to it: it goes by the chunks, and closes (§6.3).

use hyper::header::HOST;
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
        (Some(host), None) if !host.to_str().is_ok_and(is_authority) => {
            Some("the Host header is none; send a name or address, and a port if need be")
        }
        (Some(_), None) => None,
    }
}

/// Whether it is a host, which may be empty, with or without a port (RFC 3986 §3.2).
pub fn is_authority(text: &str) -> bool {
    let place = |sign: u8| text.bytes().position(|byte| byte == sign);
    let end = match text.starts_with('[') {
        true => place(b']').map(|end| end + 1),
        false => place(b':'),
    };
    let (host, rest) = text.split_at(end.unwrap_or(text.len()));
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&byte);
    let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.bytes().all(|byte| is_fit(byte) || byte == b':'),
        None => host.bytes().all(is_fit),
    };
    is_host && (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port))
}

/// It may be empty, too.
fn is_port(digits: &str) -> bool {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number && (digits.is_empty() || digits.parse::<u16>().is_ok())
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
        for host in [
            "a",
            "news.example.org:65535",
            "[2001:db8::1]:80",
            "[::1]",
            "a_b.example",
            "127.0.0.1:",
            "",
        ] {
            assert!(!new(&[host]), "{host}");
        }
        for host in [
            "a b", "a/b", "user@a", "a, b", "兴平", "a?b", "a#b", "a:65536", "a:b", "a:1:2", "::1",
            "[::1", "[::1]80", "a]",
        ] {
            assert!(new(&[host]), "{host}");
        }
        assert!(new(&[]) && new(&["a", "a"]));
        let old = |hosts: &[&str]| is_wrong(Version::HTTP_10, hosts);
        assert!(!old(&[]) && !old(&["a"]) && old(&["a", "b"]));
    }
}
