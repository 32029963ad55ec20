//! The admin listener: is it alive, is it ready, what is broken and why.

use super::callbacks::closing;
use super::coding::Coding;
use super::conditional::known_as;
use super::head;
use super::server::Handler;
use super::{Answer, answer};
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{HeaderMap, Method, Request, StatusCode};
use std::future::Future;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const PAGE: &str = "text/html; charset=utf-8";
const ATOM: &str = "application/atom+xml; charset=utf-8";
/// <https://prometheus.io/docs/instrumenting/exposition_formats/>
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";
/// All that are known here.
const METHODS: &str = "GET, HEAD, POST";
/// What the paths of sources begin with.
const SOURCE: &str = "/status/";
const LINES: &str = "application/jsonl; charset=utf-8";

/// What the daemon can tell and be asked for.
pub trait Operations: Send + Sync + 'static {
    /// # Errors
    /// Why the daemon is not ready, in words.
    fn ready(&self) -> Result<(), String>;
    /// Entries that were found damaged.
    fn damaged(&self) -> usize;
    fn status_json(&self) -> impl Future<Output = Vec<u8>> + Send;
    fn status_page(&self) -> impl Future<Output = Vec<u8>> + Send;
    /// Who subscribes to our feeds, as JSON.
    fn subscribers_json(&self) -> Vec<u8>;
    /// A source with its last polls, as JSON; `None`: it is not known.
    ///
    /// # Errors
    /// In words, when the store cannot be read.
    fn source_json(
        &self,
        source: &str,
        polls: usize,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, String>> + Send;
    /// The same as a page.
    ///
    /// # Errors
    /// In words, when the store cannot be read.
    fn source_page(
        &self,
        source: &str,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, String>> + Send;
    /// What to say of a source that is not known.
    fn no_source(&self, source: &str) -> String;
    /// What needs a person, as an Atom feed.
    fn alerts_feed(&self) -> impl Future<Output = Vec<u8>> + Send;
    /// Figures in Prometheus' text format.
    fn metrics(&self) -> impl Future<Output = Vec<u8>> + Send;
    /// Polls a source now; the answer is JSON.
    ///
    /// # Errors
    /// In words: an unknown source, or a daemon that is stopping.
    fn poll(&self, source: &str) -> impl Future<Output = Result<Vec<u8>, String>> + Send;
    /// Entries after one, as lines of JSON; empty at the end.
    ///
    /// # Errors
    /// In words, when the store cannot be read.
    fn export(&self, after: u64) -> impl Future<Output = Result<Vec<u8>, String>> + Send;
    /// Takes a turn of winning back room in the store; the answer is JSON.
    ///
    /// # Errors
    /// In words, when the store cannot be written.
    fn compact(&self) -> impl Future<Output = Result<Vec<u8>, String>> + Send;
    /// Takes a turn of removing an entry with all that is stored of it; the answer is JSON.
    ///
    /// # Errors
    /// In words: an unknown entry, or the store cannot be written.
    fn take_down(&self, key: &str) -> impl Future<Output = Result<Vec<u8>, String>> + Send;
    /// The same of all entries of a source.
    ///
    /// # Errors
    /// In words, when the store cannot be written.
    fn take_down_source(
        &self,
        source: &str,
    ) -> impl Future<Output = Result<Vec<u8>, String>> + Send;
    /// Stored entries that a query means, as JSON: `entry=`, `link=` or `source=`.
    ///
    /// # Errors
    /// In words: another query, or the store cannot be read.
    fn matches(&self, query: &str) -> impl Future<Output = Result<Vec<u8>, String>> + Send;
    /// Takes a turn of filing stored entries after one by the settings of today; the answer is
    /// JSON.
    ///
    /// # Errors
    /// In words, when the store cannot be read or written.
    fn reclassify(&self, after: u64) -> impl Future<Output = Result<Vec<u8>, String>> + Send;
    /// Reads `feeds.toml` again.
    ///
    /// # Errors
    /// Why the old settings are kept, in words.
    fn reload(&self) -> impl Future<Output = Result<Vec<u8>, String>> + Send;
}

pub struct Admin<O> {
    operations: Arc<O>,
    /// `Content-Security-Policy` of the status page.
    policy: &'static str,
    style: &'static [u8],
}

impl<O: Operations> Admin<O> {
    pub fn new(operations: Arc<O>, policy: &'static str, style: &'static [u8]) -> Self {
        Admin { operations, policy, style }
    }

    /// `source`: its id, with `.json` for JSON.
    async fn source(&self, source: &str, query: Option<&str>, wants_json: bool) -> Answer {
        let (source, as_json) = match source.strip_suffix(".json") {
            Some(source) => (source, true),
            None => (source, wants_json),
        };
        let operations = &self.operations;
        let told = match as_json {
            true => operations.source_json(source, number(query, "polls=", usize::MAX)).await,
            false => operations.source_page(source).await,
        };
        match told {
            Ok(Some(body)) => answer(StatusCode::OK, if as_json { JSON } else { PAGE }, body),
            Ok(None) => {
                let said = format!("{}\n", operations.no_source(source));
                answer(StatusCode::NOT_FOUND, TEXT, said)
            }
            Err(why) => answer(StatusCode::SERVICE_UNAVAILABLE, TEXT, format!("{why}\n")),
        }
    }

    fn ready(&self) -> Answer {
        match self.operations.ready() {
            Ok(()) => match self.operations.damaged() {
                0 => answer(StatusCode::OK, TEXT, "ready\n"),
                entries => {
                    let said = format!(
                        "ready; {entries} entries are damaged on disk, which `countywire store \
                         verify` names\n"
                    );
                    answer(StatusCode::OK, TEXT, said)
                }
            },
            Err(why) => {
                answer(StatusCode::SERVICE_UNAVAILABLE, TEXT, format!("not ready: {why}\n"))
            }
        }
    }
}

impl<O: Operations> Handler for Admin<O> {
    async fn handle(&self, request: Request<Incoming>, _: IpAddr) -> Answer {
        if let Some((status, why)) = head::fault(&request) {
            return closing(answer(status, TEXT, format!("{why}\n")));
        }
        let operations = &self.operations;
        let path = request.uri().path();
        let reading = matches!(*request.method(), Method::GET | Method::HEAD);
        let mut response = match path {
            "/healthz" if reading => answer(StatusCode::OK, TEXT, "alive\n"),
            "/readyz" if reading => self.ready(),
            "/status.json" if reading => {
                answer(StatusCode::OK, JSON, operations.status_json().await)
            }
            "/" | "/status" if reading && wants_json(request.headers()) => {
                answer(StatusCode::OK, JSON, operations.status_json().await)
            }
            "/" | "/status" if reading => {
                answer(StatusCode::OK, PAGE, operations.status_page().await)
            }
            "/subscribers.json" if reading => {
                answer(StatusCode::OK, JSON, operations.subscribers_json())
            }
            "/metrics" if reading => answer(StatusCode::OK, METRICS, operations.metrics().await),
            "/alerts.atom" if reading => feed(request.headers(), operations.alerts_feed().await),
            _ if reading && path.starts_with(SOURCE) => {
                let source = &path[SOURCE.len()..];
                let query = request.uri().query();
                self.source(source, query, wants_json(request.headers())).await
            }
            "/export" if reading => {
                match operations.export(number(request.uri().query(), "after=", 0)).await {
                    Ok(lines) => answer(StatusCode::OK, LINES, lines),
                    Err(why) => answer(StatusCode::SERVICE_UNAVAILABLE, TEXT, format!("{why}\n")),
                }
            }
            "/matches" if reading => {
                match operations.matches(request.uri().query().unwrap_or("")).await {
                    Ok(body) => answer(StatusCode::OK, JSON, body),
                    Err(why) => answer(StatusCode::CONFLICT, TEXT, format!("{why}\n")),
                }
            }
            "/style.css" if reading => {
                answer(StatusCode::OK, "text/css; charset=utf-8", self.style)
            }
            // A page of another site must not make a browser pull levers here.
            _ if *request.method() == Method::POST
                && request.headers().contains_key(header::ORIGIN) =>
            {
                answer(StatusCode::FORBIDDEN, TEXT, "not from a browser\n")
            }
            _ if *request.method() == Method::POST => match post(operations.as_ref(), path).await {
                Some(Ok(body)) => answer(StatusCode::OK, JSON, body),
                Some(Err(why)) => answer(StatusCode::CONFLICT, TEXT, format!("{why}\n")),
                None => answer(StatusCode::NOT_FOUND, TEXT, "no such operation\n"),
            },
            _ if !reading => {
                let mut refused = answer(StatusCode::METHOD_NOT_ALLOWED, TEXT, "no such method\n");
                refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static(METHODS));
                refused
            }
            _ => answer(StatusCode::NOT_FOUND, TEXT, "no such page\n"),
        };
        let headers = response.headers_mut();
        let caching = if headers.contains_key(header::ETAG) { "no-cache" } else { "no-store" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(self.policy));
        response
    }
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.starts_with(JSON))
}

/// The number that a query such as `after=7` gives, else `default`.
fn number<T: FromStr>(query: Option<&str>, name: &str, default: T) -> T {
    let given = query.and_then(|query| query.strip_prefix(name));
    given.and_then(|digits| digits.parse().ok()).unwrap_or(default)
}

/// A feed that readers ask for again and again: unchanged, it is answered 304.
fn feed(headers: &HeaderMap, body: Vec<u8>) -> Answer {
    let etag = format!("{:016x}", xxh3_64(&body));
    let mut response = match known_as(headers, &etag, None, Coding::Identity) {
        Some(_) => answer(StatusCode::NOT_MODIFIED, ATOM, ""),
        None => answer(StatusCode::OK, ATOM, body),
    };
    let value = HeaderValue::from_str(&format!("\"{etag}\"")).expect("hexadecimal digits");
    response.headers_mut().insert(header::ETAG, value);
    response
}

async fn post(operations: &impl Operations, path: &str) -> Option<Result<Vec<u8>, String>> {
    if let Some(source) = path.strip_prefix("/poll/") {
        return Some(operations.poll(source).await);
    }
    if let Some(source) = path.strip_prefix("/take-down/source/") {
        return Some(operations.take_down_source(source).await);
    }
    if let Some(key) = path.strip_prefix("/take-down/") {
        return Some(operations.take_down(key).await);
    }
    if let Some(after) = path.strip_prefix("/reclassify/") {
        return Some(match after.parse() {
            Ok(after) => operations.reclassify(after).await,
            Err(_) => Err("no entry has such a number".to_owned()),
        });
    }
    match path {
        "/compact" => Some(operations.compact().await),
        "/reload" => Some(operations.reload().await),
        _ => None,
    }
}
