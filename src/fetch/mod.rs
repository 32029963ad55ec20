//! One polite, bounded, conditional HTTP request (RFC 9110, 9111).
//!
//! Bounds: `timeout` over everything including redirects, `max_body_bytes` after
//! decompression, ten redirects. No cookies, no referrer, no proxy. Addresses that are
//! not public are refused unless allowed, at every hop and when connecting.

mod body;
mod client;
mod error;
mod guard;
mod headers;
mod redirect;

#[cfg(test)]
mod tests;

pub use body::decode;
pub use client::Client;
pub use error::{FetchError, Phase};
pub use guard::{AddressGuard, is_public};

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
    /// Names us, our version and a contact.
    pub user_agent: String,
    /// The time, which dates in answers without a `Date` are measured by.
    pub clock: fn() -> Timestamp,
}

#[derive(Debug, Clone, PartialEq)]
pub struct FetchJob {
    pub url: Url,
    /// Sent back byte for byte, and only to the address that they came from.
    pub validators: Validators,
    /// That address: `Answer::url` of the answer that gave them. `None`: `url`.
    pub validated_url: Option<Url>,
    /// Extra headers for the host of `url`; another host that it redirects to does
    /// not get them.
    pub headers: Vec<(String, String)>,
}

impl FetchJob {
    /// An unconditional fetch.
    pub fn new(url: Url) -> Self {
        FetchJob {
            url,
            validators: Validators::default(),
            validated_url: None,
            headers: Vec::new(),
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
    /// Bytes of the body as they came, compressed or not; headers not counted.
    pub wire_bytes: u64,
    /// How long the answer holds: max-age less Age, else Expires (RFC 9111 §4.2).
    pub freshness: Option<Duration>,
    pub retry_after: Option<Duration>,
}
