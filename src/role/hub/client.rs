//! Which address asks: the peer's, or what a proxy of ours says of whom it passes on.

use crate::fetch::is_public;
use hyper::HeaderMap;
use hyper::header::FORWARDED;
use std::net::{IpAddr, SocketAddr};

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// A peer that is no address of the internet is a proxy on this machine or in its network, whose
/// word counts: the last address in `Forwarded` (RFC 7239), else in `X-Forwarded-For`, for what
/// comes before that anybody may have written.
pub fn address(peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let peer = peer.to_canonical();
    if is_public(peer) {
        return peer;
    }
    let last = |name: &str| {
        let line = headers.get_all(name).iter().next_back()?.to_str().ok()?;
        line.rsplit(',').next().map(str::trim)
    };
    let forwarded = last(FORWARDED.as_str()).and_then(|element| {
        let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
        let mut named = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
        named.next().map(|(_, value)| value.trim().trim_matches('"'))
    });
    let told = forwarded.or_else(|| last(X_FORWARDED_FOR));
    told.and_then(read).map_or(peer, |address| address.to_canonical())
}

/// With or without a port, IPv6 in brackets or not.
fn read(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::{HeaderName, HeaderValue};

    #[test]
    fn the_word_of_a_proxy_of_ours_counts_and_of_nobody_else() {
        let told = |peer: &str, headers: &[(&str, &str)]| {
            let pair = |(name, value): &(&str, &str)| {
                let name = HeaderName::try_from(*name).expect("a name");
                (name, HeaderValue::try_from(*value).expect("a value"))
            };
            let mut map = HeaderMap::new();
            for (name, value) in headers.iter().map(pair) {
                map.append(name, value);
            }
            address(peer.parse().expect("an address"), &map).to_string()
        };
        for (peer, headers, expected) in [
            ("8.8.8.8", &[("x-forwarded-for", "9.9.9.9")][..], "8.8.8.8"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &[("x-forwarded-for", "1.1.1.1, 9.9.9.9")], "9.9.9.9"),
            (
                "::ffff:10.0.0.1",
                &[("forwarded", "for=1.1.1.1;proto=http, for=\"9.9.9.9:80\"")],
                "9.9.9.9",
            ),
            ("10.0.0.1", &[("forwarded", "by=x;For=\"[2001:db8::7]:443\"")], "2001:db8::7"),
            ("10.0.0.1", &[("forwarded", "for=\"[2001:db8::7]\"")], "2001:db8::7"),
            ("10.0.0.1", &[("forwarded", "for=_hidden")], "10.0.0.1"),
            (
                "10.0.0.1",
                &[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "9.9.9.9")],
                "9.9.9.9",
            ),
        ] {
            assert_eq!(told(peer, headers), expected, "{peer} {headers:?}");
        }
    }
}
