//! The admin listener: is it alive, is it ready, what is broken and why.

use super::server::Handler;
use super::{Answer, answer};
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, StatusCode};
use std::future::Future;
use std::sync::Arc;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const LINES: &str = "application/jsonl; charset=utf-8";

/// What the daemon can tell and be asked for.
pub trait Operations: Send + Sync + 'static {
    /// # Errors
    /// Why the daemon is not ready, in words.
    fn ready(&self) -> Result<(), String>;
    fn status_json(&self) -> Vec<u8>;
    fn status_page(&self) -> Vec<u8>;
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

    fn ready(&self) -> Answer {
        match self.operations.ready() {
            Ok(()) => answer(StatusCode::OK, TEXT, "ready\n"),
            Err(why) => {
                answer(StatusCode::SERVICE_UNAVAILABLE, TEXT, format!("not ready: {why}\n"))
            }
        }
    }
}

impl<O: Operations> Handler for Admin<O> {
    async fn handle(&self, request: Request<Incoming>) -> Answer {
        let operations = &self.operations;
        let path = request.uri().path();
        let reading = matches!(*request.method(), Method::GET | Method::HEAD);
        let mut response = match path {
            "/healthz" if reading => answer(StatusCode::OK, TEXT, "alive\n"),
            "/readyz" if reading => self.ready(),
            "/status.json" if reading => answer(StatusCode::OK, JSON, operations.status_json()),
            "/" | "/status" if reading => {
                let wants_json = request.headers().get(header::ACCEPT).is_some_and(|accept| {
                    accept.to_str().is_ok_and(|accept| accept.starts_with(JSON))
                });
                if wants_json {
                    answer(StatusCode::OK, JSON, operations.status_json())
                } else {
                    answer(StatusCode::OK, "text/html; charset=utf-8", operations.status_page())
                }
            }
            "/export" if reading => match operations.export(after(request.uri().query())).await {
                Ok(lines) => answer(StatusCode::OK, LINES, lines),
                Err(why) => answer(StatusCode::SERVICE_UNAVAILABLE, TEXT, format!("{why}\n")),
            },
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
            _ => answer(StatusCode::NOT_FOUND, TEXT, "no such page\n"),
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(self.policy));
        response
    }
}

/// The entry no that `?after=` names; 0, the beginning, without it.
fn after(query: Option<&str>) -> u64 {
    let after = query.and_then(|query| query.strip_prefix("after="));
    after.and_then(|after| after.parse().ok()).unwrap_or(0)
}

async fn post(operations: &impl Operations, path: &str) -> Option<Result<Vec<u8>, String>> {
    if let Some(source) = path.strip_prefix("/poll/") {
        return Some(operations.poll(source).await);
    }
    match path {
        "/reload" => Some(operations.reload().await),
        _ => None,
    }
}
