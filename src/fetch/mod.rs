//! One polite, bounded, conditional HTTP request (RFC 9110, 9111).
//!
//! Bounds: `timeout` over everything including redirects, `max_body_bytes` after
//! decompression, ten redirects. No cookies, no referrer, no proxy. Addresses that are
//! not public are refused unless allowed, at every hop and when connecting.

mod body;
mod callback;
mod chain;
mod client;
mod error;
mod guard;
mod headers;
mod post;
mod redirect;
mod reuse;
mod route;
mod tls;

#[cfg(test)]
mod tests;

pub use body::decode;
pub use client::Client;
pub use error::{FetchError, Phase};
pub use guard::{AddressGuard, is_public};
pub use post::Posted;
pub use route::Route;
pub use tls::read_roots;

use crate::model::access::Header;
use crate::model::{Timestamp, Validators};
use bytes::Bytes;
use ipnet::IpNet;
use std::time::Duration;
use url::Url;

#[derive(Debug, Clone)]
pub struct FetchSettings {
    /// For one fetch as a whole, redirects and body included.
    pub timeout: Duration,
    /// Counted after decompression.
    pub max_body_bytes: u64,
    /// Addresses that may be asked although they are not public.
    pub allow: Vec<IpNet>,
    /// Certificates of authorities (DER) that are trusted beside those of the machine.
    pub extra_roots: Vec<Vec<u8>>,
    /// By which proxy a host is asked; `None`: directly. None from the environment.
    pub route: Route,
    /// Connections to a host that are kept open for what follows.
    pub kept: usize,
    /// Names us, our version and a contact.
    pub user_agent: String,
    /// The time, which dates in answers without a `Date` are measured by.
    pub clock: fn() -> Timestamp,
}

#[derive(Debug, Clone, PartialEq)]
pub struct FetchJob {
    pub url: Url,
    /// Whose host `headers` are for; another one that `url` names, or redirects lead to, does
    /// not get them. `None`: `url`.
    pub own_url: Option<Url>,
    /// Sent back byte for byte, and only to the address that they came from.
    pub validators: Validators,
    /// That address: `Answer::url` of the answer that gave them. `None`: `url`.
    pub validated_url: Option<Url>,
    /// Extra headers.
    pub headers: Vec<Header>,
    /// Compressed bodies of this address cannot be opened: only `identity` is asked for.
    pub uncompressed: bool,
    /// What the host is owed between two requests, if the time-out leaves room for it.
    pub spacing: Duration,
}

impl FetchJob {
    /// An unconditional fetch.
    pub fn new(url: Url) -> Self {
        FetchJob {
            url,
            own_url: None,
            validators: Validators::default(),
            validated_url: None,
            headers: Vec::new(),
            uncompressed: false,
            spacing: Duration::ZERO,
        }
    }
}

/// A success: 200 with its body, or 304.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// 200 or 304.
    pub status: u16,
    /// Where the answer came from, after redirects.
    pub url: Url,
    /// What relative addresses in the body are relative to: `url`, unless the answer has a
    /// `Content-Location` on the same host.
    pub base: Url,
    /// Where permanent redirects (301, 308) from the job's address lead; a temporary one
    /// ends the chain.
    pub moved_permanently_to: Option<Url>,
    /// To be sent next time. A 200 replaces them all, a 304 those that it names.
    pub validators: Validators,
    pub content_type: Option<String>,
    /// Decompressed; empty with a 304.
    pub body: Bytes,
    /// The body ended before its end: why. What there is of it is in `body`.
    pub cut: Option<String>,
    /// Bytes of the body as they came, compressed or not; headers not counted.
    pub wire_bytes: u64,
    /// The coding in which a first body was not, so that it was asked for again without; both
    /// are in `wire_bytes`.
    pub broken_coding: Option<String>,
    /// How long the answer holds: max-age less Age, else Expires (RFC 9111 §4.2).
    pub freshness: Option<Duration>,
    pub retry_after: Option<Duration>,
    /// `Link` headers (RFC 8288), a line each.
    pub links: Vec<String>,
}
