//! What opens doors, and who stands before them: secrets, proxies, clients.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use url::Url;

/// A text that is only ever sent: it does not show in what is printed, logged or stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// For sending.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A request header of the admin's: its name and value.
pub type Header = (String, Secret);

/// A server that passes requests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// `http`, `https`, `socks5` (names are resolved here) or `socks5h` (there); without user
    /// name and password.
    pub url: Url,
    /// `user:password`
    pub credentials: Option<Secret>,
}

impl Proxy {
    /// Whether it is given names, and addresses only where a url has one.
    pub fn resolves_names(&self) -> bool {
        self.url.scheme() != "socks5"
    }

    /// `proxy.example.org:3128`
    pub fn name(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port_or_known_default().map_or(host.to_owned(), |port| format!("{host}:{port}"))
    }
}

/// What a reverse proxy in front of us names its client in. The other header is not looked at: a
/// proxy that sets one may hand on what its client wrote into the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProxyHeader {
    /// RFC 7239.
    #[default]
    Forwarded,
    XForwardedFor,
}

/// Whom an address counts as: of IPv6, whoever has one address has 2^64.
pub fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => {
            let bits = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(bits))
        }
        other => other,
    }
}
