//! Who asks, where a reverse proxy asks for somebody (RFC 7239).

use crate::model::access::ProxyHeader;
use hyper::HeaderMap;
use hyper::header::HeaderName;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proxies {
    pub trusted: Vec<IpNet>,
    pub header: ProxyHeader,
}

impl Proxies {
    pub fn is_trusted(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|net| net.contains(&address))
    }

    /// The last one on the way that is no proxy of ours; `None`: a proxy that asks for nobody else.
    ///
    /// What cannot be read, or names nobody, counts as asked by the proxy that said it.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        if !self.is_trusted(peer) {
            return Some(peer);
        }
        let name = match self.header {
            ProxyHeader::Forwarded => hyper::header::FORWARDED,
            ProxyHeader::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
        };
        let values = headers.get_all(name).iter().rev();
        let (mut said_by, mut is_told) = (peer, false);
        for value in values {
            let value = value.to_str().unwrap_or_default();
            for hop in elements(value).into_iter().rev() {
                is_told = true;
                let hop = match self.header {
                    ProxyHeader::Forwarded => for_of(hop).and_then(address),
                    ProxyHeader::XForwardedFor => address(hop),
                };
                let Some(hop) = hop else { return Some(said_by) };
                if !self.is_trusted(hop) {
                    return Some(hop);
                }
                said_by = hop;
            }
        }
        is_told.then_some(said_by)
    }
}

/// Between commas that stand in no quoted string.
fn elements(value: &str) -> Vec<&str> {
    split(value, ',')
}

fn split(value: &str, at: char) -> Vec<&str> {
    let (mut parts, mut begin, mut is_quoted, mut is_escaped) = (Vec::new(), 0, false, false);
    for (index, letter) in value.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            letter if letter == at && !is_quoted => {
                parts.push(value[begin..index].trim());
                begin = index + at.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(value[begin..].trim());
    parts
}

/// The value of `for=` in an element of `Forwarded`.
fn for_of(element: &str) -> Option<&str> {
    let pairs = split(element, ';').into_iter().filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    values.next().map(|(_, value)| value.trim())
}

/// With or without quotes, brackets and a port. None in `unknown` and in made-up names.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let found = bare.parse::<IpAddr>().ok();
    let found = found.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    found.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn client(header: ProxyHeader, peer: &str, values: &[&'static str]) -> Option<String> {
        let trusted = ["127.0.0.0/8", "10.0.0.0/8", "::1/128"];
        let trusted = trusted.map(|net| net.parse().expect("a net")).to_vec();
        let name = match header {
            ProxyHeader::Forwarded => "forwarded",
            ProxyHeader::XForwardedFor => "x-forwarded-for",
        };
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, HeaderValue::from_static(value));
        }
        let client =
            Proxies { trusted, header }.client(peer.parse().expect("an address"), &headers);
        client.map(|client| client.to_string())
    }

    #[test]
    fn the_client_is_the_last_that_no_proxy_of_ours_is() {
        let forwarded =
            |peer, values: &[&'static str]| client(ProxyHeader::Forwarded, peer, values);
        let cases: [(&str, &[&str], Option<&str>); 14] = [
            ("192.0.2.9", &["for=192.0.2.1"], Some("192.0.2.9")),
            ("::ffff:192.0.2.9", &[], Some("192.0.2.9")),
            ("127.0.0.1", &[], None),
            ("127.0.0.1", &["for=192.0.2.1"], Some("192.0.2.1")),
            ("::1", &["proto=http; For=\"[2001:db8::7]:4711\";by=10.0.0.1"], Some("2001:db8::7")),
            ("127.0.0.1", &["for=198.51.100.1, for=192.0.2.1"], Some("192.0.2.1")),
            ("127.0.0.1", &["for=198.51.100.1", "for=192.0.2.1:80"], Some("192.0.2.1")),
            ("127.0.0.1", &["for=192.0.2.1, for=10.0.0.7"], Some("192.0.2.1")),
            ("127.0.0.1", &["for=10.0.0.9, for=10.0.0.7"], Some("10.0.0.9")),
            ("127.0.0.1", &["for=192.0.2.1, for=unknown"], Some("127.0.0.1")),
            ("127.0.0.1", &["for=192.0.2.1, for=unknown, for=10.0.0.7"], Some("10.0.0.7")),
            ("127.0.0.1", &["for=\"_hidden\""], Some("127.0.0.1")),
            ("127.0.0.1", &["proto=http"], Some("127.0.0.1")),
            ("127.0.0.1", &["for=\"a, for=192.0.2.1"], Some("127.0.0.1")),
        ];
        for (peer, values, expected) in cases {
            assert_eq!(forwarded(peer, values).as_deref(), expected, "{peer} {values:?}");
        }
        let x = |values: &[&'static str]| client(ProxyHeader::XForwardedFor, "127.0.0.1", values);
        assert_eq!(x(&["203.0.113.5, 192.0.2.1"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(x(&["2001:db8::7"]).as_deref(), Some("2001:db8::7"));
        assert_eq!(x(&["for=192.0.2.1"]).as_deref(), Some("127.0.0.1"));
        assert_eq!(x(&[]), None);
    }
}
