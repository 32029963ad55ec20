//! Keeps us from being sent to addresses inside our own network.

use super::FetchError;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use url::{Host, Url};

/// Which addresses may be asked: public ones and those that the admin allows.
#[derive(Debug, Clone, Default)]
pub struct AddressGuard {
    allow: Vec<IpNet>,
}

impl AddressGuard {
    pub fn new(allow: Vec<IpNet>) -> Self {
        AddressGuard { allow }
    }

    pub fn permits(&self, address: IpAddr) -> bool {
        let plain = address.to_canonical(); // ::ffff:10.0.0.1 is 10.0.0.1
        is_public(plain) || self.allow.iter().any(|net| net.contains(&plain))
    }

    /// Checks the scheme, and an address that stands in for the host's name, in any
    /// spelling (`http://2130706433/`): the resolver never sees those.
    ///
    /// # Errors
    /// `Scheme` and `RefusedAddress`.
    ///
    /// `by_proxy`: names are not resolved here; those that can only mean this machine or its
    /// network are refused then (RFC 6761 §6.3, RFC 6762 §3, RFC 8375, and `.internal`).
    pub fn check(&self, url: &Url, by_proxy: bool) -> Result<(), FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::Scheme { scheme: url.scheme().to_owned() });
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(name)) if by_proxy && is_local(name) => {
                return Err(FetchError::RefusedName { host: name.to_owned() });
            }
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        if self.permits(address) {
            return Ok(());
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        Err(FetchError::RefusedAddress { host, address })
    }
}

fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let within = |zone: &str| {
        name.len() > zone.len()
            && name.get(name.len() - zone.len()..).is_some_and(|end| end.eq_ignore_ascii_case(zone))
    };
    !name.contains('.')
        || [".localhost", ".local", ".internal", ".home.arpa"].into_iter().any(within)
}

/// A name leads only to addresses that may not be asked.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no public address")]
pub(super) struct Refused(pub IpAddr);

/// Resolves names and withholds addresses that may not be asked, so that what is
/// checked is what is connected to.
pub(super) struct GuardedResolver {
    pub guard: Arc<AddressGuard>,
    pub names: Names,
    /// Names of proxies: the admin has chosen them.
    pub trusted: HashSet<String>,
}

#[cfg(test)]
pub(super) type LookUp = dyn Fn(&str) -> Vec<IpAddr> + Send + Sync;

/// Who resolves names.
#[derive(Clone)]
pub(super) enum Names {
    System,
    #[cfg(test)]
    Test(Arc<LookUp>),
}

impl Names {
    async fn look_up(&self, name: &str) -> std::io::Result<Vec<SocketAddr>> {
        match self {
            Names::System => Ok(tokio::net::lookup_host((name, 0)).await?.collect()),
            #[cfg(test)]
            Names::Test(look_up) => {
                Ok(look_up(name).into_iter().map(|address| (address, 0).into()).collect())
            }
        }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, names) = (Arc::clone(&self.guard), self.names.clone());
        let trusted = self.trusted.contains(name.as_str());
        Box::pin(async move {
            let found = names.look_up(name.as_str()).await?;
            let mut refused = None;
            let mut permitted: Vec<SocketAddr> = Vec::new();
            for address in found {
                if trusted || guard.permits(address.ip()) {
                    permitted.push(address);
                } else {
                    refused = Some(Refused(address.ip()));
                }
            }
            match refused {
                Some(refused) if permitted.is_empty() => Err(refused.into()),
                _ => Ok(Box::new(permitted.into_iter()) as Addrs),
            }
        })
    }
}

/// Whether an address can belong to a host on the public internet, by the IANA
/// special-purpose registries (RFC 6890) and multicast.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    match address.octets() {
        [0 | 10 | 127, ..] => false,
        [100, 64..=127, ..] => false, // carrier NAT, and 100.100.100.200: a cloud's metadata
        [169, 254, ..] => false,      // link-local, and 169.254.169.254: metadata
        [172, 16..=31, ..] => false,
        [192, 0, 0 | 2, _] => false,
        [192, 88, 99, _] => false,
        [192, 168, ..] => false,
        [198, 18 | 19, ..] => false,                   // benchmarks
        [198, 51, 100, _] | [203, 0, 113, _] => false, // documentation
        [224..=255, ..] => false,                      // multicast, reserved, broadcast
        _ => true,
    }
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(embedded) = address.to_ipv4_mapped() {
        return is_public_v4(embedded);
    }
    match address.segments() {
        // NAT64 (RFC 6052) reaches the IPv4 address in its last 32 bits.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(join(high, low)),
        [0x2001, 0x0..=0x1ff, ..] => false, // protocols, Teredo among them
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false, // documentation
        [0x2002, high, low, ..] => is_public_v4(join(high, low)), // 6to4
        // Global unicast is 2000::/3; what is outside is local, multicast or not in use.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

fn join(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))
}
