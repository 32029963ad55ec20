//! Documents that were found, with the heads of their answers, until anything changes: most
//! requests are for what was asked for a moment ago.

use super::coding::Coding;
use super::content::{Document, Version};
use crate::model::Timestamp;
use hyper::HeaderMap;
use hyper::header::{self, HeaderName, HeaderValue};
use quick_cache::Equivalent;
use quick_cache::sync::Cache;
use std::sync::Arc;

/// Addresses that are remembered.
const ADDRESSES: usize = 4096;
/// Longer ones, with their query, are not.
const MAX_ADDRESS: usize = 512;
/// Seconds for which a cache may hand out what it has while it asks for newer: nobody waits for us then.
const STALE_WHILE_ASKING: u32 = 60;
/// Seconds for which it may do so while we are broken or away.
const STALE_IF_ERROR: u32 = 24 * 3600;

/// Seconds from the date of a change to the one that is told of it. A second change may follow under
/// the same date, and come to light a second late; who was answered before it may send the `Date`
/// of that answer (RFC 9110 §8.8.2.2, §13.1.3). In the second that is told, there was one version alone.
const SETTLED_AFTER: i64 = 2;

pub struct Remembered {
    kept: Cache<Address, Known>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Address {
    path: String,
    query: String,
}

#[derive(Hash)]
struct Asked<'a> {
    path: &'a str,
    query: &'a str,
}

impl Equivalent<Address> for Asked<'_> {
    fn equivalent(&self, address: &Address) -> bool {
        self.path == address.path && self.query == address.query
    }
}

#[derive(Clone)]
struct Known {
    version: Version,
    prepared: Arc<Prepared>,
}

impl Remembered {
    pub fn new() -> Remembered {
        Remembered { kept: Cache::new(ADDRESSES) }
    }

    /// `None`: not known, or anything has changed since.
    pub fn get(&self, path: &str, query: &str, version: Version) -> Option<Arc<Prepared>> {
        let known = self.kept.get(&Asked { path, query })?;
        (known.version == version).then_some(known.prepared)
    }

    /// `version`: that before it was looked for.
    pub fn keep(&self, path: &str, query: &str, version: Version, prepared: &Arc<Prepared>) {
        if path.len() + query.len() <= MAX_ADDRESS {
            let address = Address { path: path.to_owned(), query: query.to_owned() };
            self.kept.insert(address, Known { version, prepared: Arc::clone(prepared) });
        }
    }
}

/// A document with what its answers say beside the body.
pub struct Prepared {
    pub document: Document,
    /// Of an answer that has nothing new, without the ETag.
    unchanged: HeaderMap,
    /// Of one with a body, without what depends on the coding.
    full: HeaderMap,
    etags: [HeaderValue; Coding::ALL.len()],
    /// What is told as the date of the bytes, from then on.
    pub settled_at: Option<Timestamp>,
    last_modified: Option<HeaderValue>,
}

impl Prepared {
    pub fn new(document: Document) -> Prepared {
        let mut unchanged = HeaderMap::new();
        let immutable = if document.is_immutable { ", immutable" } else { "" };
        set(&mut unchanged, header::CACHE_CONTROL, &(caching(document.max_age) + immutable));
        set(&mut unchanged, header::VARY, "Accept-Encoding");
        let mut full = unchanged.clone();
        for link in &document.links {
            set(&mut full, header::LINK, link);
        }
        set(&mut full, header::CONTENT_TYPE, document.content_type);
        set(&mut full, header::ACCEPT_RANGES, "none");
        set(&mut full, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        if let Some(policy) = document.policy {
            set(&mut full, header::CONTENT_SECURITY_POLICY, policy);
            set(&mut full, header::REFERRER_POLICY, "no-referrer");
        }
        let etag = |coding: Coding| {
            let etag = format!("\"{}{}\"", document.etag, coding.suffix());
            HeaderValue::from_str(&etag).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
        };
        let settled_at = document.last_modified.map(|at| Timestamp(at.0 + SETTLED_AFTER));
        let date = settled_at.map(|at| at.http_date());
        let last_modified = date.and_then(|date| HeaderValue::from_str(&date).ok());
        let etags = Coding::ALL.map(etag);
        Prepared { unchanged, full, etags, settled_at, last_modified, document }
    }

    /// `is_dated`: it may be told since when the bytes are these.
    pub fn head(&self, coding: Coding, with_body: bool, is_dated: bool) -> HeaderMap {
        let mut head = if with_body { self.full.clone() } else { self.unchanged.clone() };
        let at = Coding::ALL.iter().position(|known| *known == coding);
        head.insert(header::ETAG, self.etags[at.unwrap_or(0)].clone());
        if let Some(date) = self.last_modified.as_ref().filter(|_| is_dated) {
            head.insert(header::LAST_MODIFIED, date.clone());
        }
        if let Some(name) = coding.name().filter(|_| with_body) {
            head.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        head
    }
}

fn set(head: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        head.append(name, value);
    }
}

/// `Cache-Control` of what anybody may keep for so many seconds (RFC 9111 §5.2, RFC 5861).
pub fn caching(max_age: u32) -> String {
    format!(
        "public, max-age={max_age}, stale-while-revalidate={STALE_WHILE_ASKING}, \
         stale-if-error={STALE_IF_ERROR}"
    )
}
