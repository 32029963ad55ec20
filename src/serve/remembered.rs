//! Documents that were found, with the heads of their answers, until anything changes: most
//! requests are for what was asked for a moment ago.

use super::coding::Coding;
use super::content::{Document, Version};
use super::cors;
use crate::model::Timestamp;
use hyper::HeaderMap;
use hyper::header::{self, HeaderName, HeaderValue};
use quick_cache::Equivalent;
use quick_cache::sync::Cache;
use std::sync::{Arc, OnceLock};

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
    /// What is told as the date of the bytes, from then on.
    pub settled_at: Option<Timestamp>,
    /// By coding, of an answer that has nothing new and of one with a body; made when it is asked for.
    heads: [[OnceLock<HeaderMap>; 2]; Coding::ALL.len()],
}

impl Prepared {
    pub fn new(document: Document) -> Prepared {
        let settled_at = document.last_modified.map(|at| Timestamp(at.0 + SETTLED_AFTER));
        Prepared { document, settled_at, heads: Default::default() }
    }

    /// `is_dated`: it may be told since when the bytes are these.
    pub fn head(&self, coding: Coding, with_body: bool, is_dated: bool) -> HeaderMap {
        let at = Coding::ALL.iter().position(|known| *known == coding).unwrap_or(0);
        let made = self.heads[at][usize::from(with_body)].get_or_init(|| {
            let mut head = HeaderMap::new();
            self.describe(coding, with_body, &mut head);
            head
        });
        let mut head = made.clone();
        if !is_dated {
            head.remove(header::LAST_MODIFIED);
        }
        head
    }

    fn describe(&self, coding: Coding, with_body: bool, head: &mut HeaderMap) {
        let document = &self.document;
        let immutable = if document.is_immutable { ", immutable" } else { "" };
        set(head, header::CACHE_CONTROL, &(caching(document.max_age) + immutable));
        set(head, header::VARY, "Accept-Encoding");
        set(head, header::ETAG, &format!("\"{}{}\"", document.etag, coding.suffix()));
        if let Some(date) = self.settled_at {
            set(head, header::LAST_MODIFIED, &date.http_date());
        }
        cors::expose(head);
        if !with_body {
            return;
        }
        for link in &document.links {
            set(head, header::LINK, link);
        }
        set(head, header::CONTENT_TYPE, document.content_type);
        if let Some(name) = coding.name() {
            set(head, header::CONTENT_ENCODING, name);
        }
        set(head, header::ACCEPT_RANGES, "none");
        set(head, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        if let Some(policy) = document.policy {
            set(head, header::CONTENT_SECURITY_POLICY, policy);
            set(head, header::REFERRER_POLICY, "no-referrer");
        }
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
