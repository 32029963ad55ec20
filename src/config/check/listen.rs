//! Checks of `[listen]`.

use super::super::Listen;
use super::super::problem::{Problems, quote};
use super::super::raw::RawListen;
use super::super::read::Raw;
use super::values::{MIB, networks, number, size};
use crate::model::access::ProxyHeader;
use std::net::SocketAddr;

const CONNECTIONS: usize = 8192;
const CONNECTIONS_PER_CLIENT: usize = 256;
/// Requests a second: of who looks at 3,000 counties once a minute.
const RATE: u32 = 50;
const BURST: u32 = 1000;
const CACHE_BYTES: u64 = 32 * MIB;
/// A proxy on it, which nobody else can be.
const THIS_MACHINE: [&str; 2] = ["127.0.0.0/8", "::1/128"];

pub(in crate::config) fn listen(raw: &RawListen, problems: &mut Problems<'_>) -> Listen {
    let public = socket(&raw.public, "listen.public", 8080, problems);
    let admin = socket(&raw.admin, "listen.admin", 8081, problems);
    let admin_given = raw.admin.given().map(|given| (given, "listen.admin", "listen.public"));
    let public_given = raw.public.given().map(|given| (given, "listen.public", "listen.admin"));
    if let Some((given, key, other)) = admin_given.or(public_given)
        && public == admin
        && public.port() != 0
    {
        let wrong = format!("{admin} is the address of {other} too");
        problems.add(given.at, key, wrong, "write another port");
    }
    if let Some(given) = raw.admin.given().filter(|_| !admin.ip().is_loopback()) {
        let wrong = format!("{admin} can be reached from other machines");
        problems.warn(
            given.at,
            "listen.admin",
            wrong,
            "write 127.0.0.1 unless a firewall guards it",
        );
    }
    let most = i64::from(u32::MAX);
    let mut limit =
        |raw: &Raw<i64>, key: &str, least: i64, most: i64| number(raw, key, least..=most, problems);
    let connections = limit(&raw.connections, "listen.connections", 16, 1_000_000);
    let per_client =
        limit(&raw.connections_per_client, "listen.connections_per_client", 1, 1_000_000);
    let rate = limit(&raw.rate, "listen.rate", 0, most);
    let burst = limit(&raw.burst, "listen.burst", 1, most);
    let trusted_proxies = match raw.trusted_proxies.given() {
        Some(_) => networks(&raw.trusted_proxies, "listen.trusted_proxies", problems),
        None => THIS_MACHINE.map(|net| net.parse().expect("a range of addresses")).to_vec(),
    };
    Listen {
        public,
        admin,
        connections: connections.map_or(CONNECTIONS, |most| most as usize),
        connections_per_client: per_client.map_or(CONNECTIONS_PER_CLIENT, |most| most as usize),
        rate: rate.map_or(RATE, |rate| rate as u32),
        burst: burst.map_or(BURST, |burst| burst as u32),
        trusted_proxies,
        proxy_header: proxy_header(&raw.proxy_header, problems),
        cache_bytes: size(&raw.cache, "listen.cache", MIB..=64 << 30, problems)
            .unwrap_or(CACHE_BYTES),
    }
}

fn socket(raw: &Raw<String>, key: &str, port: u16, problems: &mut Problems<'_>) -> SocketAddr {
    let default = SocketAddr::from(([127, 0, 0, 1], port));
    let Some(given) = raw.given() else { return default };
    given.value.parse().unwrap_or_else(|_| {
        let wrong = format!("{} is no IP address with a port", quote(&given.value));
        let advice = format!("write such as \"127.0.0.1:{port}\" or \"[::]:{port}\"");
        problems.add(given.at, key, wrong, advice);
        default
    })
}

fn proxy_header(raw: &Raw<String>, problems: &mut Problems<'_>) -> ProxyHeader {
    let Some(given) = raw.given() else { return ProxyHeader::default() };
    let is = |name: &str| given.value.eq_ignore_ascii_case(name);
    if is("X-Forwarded-For") {
        return ProxyHeader::XForwardedFor;
    }
    if !is("Forwarded") {
        let wrong = format!("{} is no header that names a client", quote(&given.value));
        let advice = "write \"Forwarded\" or \"X-Forwarded-For\"";
        problems.add(given.at, "listen.proxy_header", wrong, advice);
    }
    ProxyHeader::Forwarded
}
