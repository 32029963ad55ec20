//! The public listener: documents with exact validators, each body rendered and
//! compressed once per change.

use super::bodies::{Bodies, Unmade};
use super::callbacks::{self, Callbacks};
use super::coding::Coding;
use super::conditional::known_as;
use super::cors;
use super::problem;
use super::server::Handler;
use super::{Answer, Answered, answer};
use crate::model::Timestamp;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tracing::{error, warn};

/// What the listener serves. `find` and `search` say whether a document has changed; `render`
/// makes its bytes.
pub trait Content: Send + Sync + 'static {
    /// Cheap, for it runs on the threads that serve everybody. `None`: it takes a search.
    fn find(&self, path: &str, query: &str) -> Option<Found>;
    /// The same at any cost, on a thread that may be busy for it.
    fn search(&self, path: &str, query: &str) -> Found;
    /// # Errors
    /// In words, when the document cannot be made now.
    fn render(&self, document: &Document) -> Result<Vec<u8>, String>;
    /// What a person is shown instead of a document.
    fn error_page(&self, status: u16, message: &str, nearest: &[String]) -> ErrorPage;
    /// Addresses that may have been meant by a path at which nothing is.
    fn nearest(&self, path: &str) -> Vec<String>;
    fn now(&self) -> Timestamp;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Document(Document),
    /// The address has another canonical form.
    Moved(String),
    NotFound,
    /// The query cannot be understood: why.
    BadRequest(String),
    /// What is stored of it is damaged, which is told where it is met.
    Damaged,
    /// It cannot be known now: why.
    Unavailable(String),
    /// It may be asked for later: why not now, for who asks.
    NotNow(String),
}

/// What is said instead of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorPage {
    pub body: Vec<u8>,
    pub content_type: &'static str,
    /// `Content-Security-Policy`.
    pub policy: &'static str,
}

/// What a request asks for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    headers: &'a HeaderMap,
    path: &'a str,
    query: &'a str,
}

/// A document before it is rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Path and canonical query: names the document.
    pub target: String,
    /// Without quotes; changes exactly when the bytes do.
    pub etag: String,
    /// `None`: it cannot be told since when the bytes are these.
    pub last_modified: Option<Timestamp>,
    pub content_type: &'static str,
    /// Seconds that a cache may keep it without asking.
    pub max_age: u32,
    /// `Link` header values (RFC 8288).
    pub links: Vec<String>,
    /// `Content-Security-Policy`, for pages.
    pub policy: Option<&'static str>,
}

/// How often a document that changes while it is made is made again.
const RENDER_TRIES: u32 = 8;
/// Seconds for which a cache may hand out what it has while it asks for newer: nobody waits for us then.
const STALE_WHILE_ASKING: u32 = 60;
/// Seconds for which it may do so while we are broken or away.
const STALE_IF_ERROR: u32 = 24 * 3600;
/// Seconds for which a redirect may be kept. An admin may undo what made it.
const MOVED_MAX_AGE: u32 = 3600;
/// Searches at once; more wait, without a thread.
const SEARCHES: usize = 2;

pub struct Public<C> {
    content: Arc<C>,
    bodies: Bodies,
    searches: Arc<Semaphore>,
    answered: Arc<Answered>,
}

impl<C: Content> Public<C> {
    /// `answered` counts what is answered.
    pub fn new(content: Arc<C>, answered: Arc<Answered>) -> Self {
        let searches = Arc::new(Semaphore::new(SEARCHES));
        Public { content, bodies: Bodies::new(), searches, answered }
    }

    async fn find(&self, path: &str, query: &str) -> Found {
        if let Some(found) = self.content.find(path, query) {
            return found;
        }
        let permit = Arc::clone(&self.searches).acquire_owned().await.expect("never closed");
        let content = Arc::clone(&self.content);
        let (path, query) = (path.to_owned(), query.to_owned());
        let found = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            content.search(&path, &query)
        });
        found.await.unwrap_or_else(|_| Found::Unavailable("searching panicked".to_owned()))
    }

    async fn get(&self, asked: Asked<'_>) -> Answer {
        let Asked { path, query, .. } = asked;
        for _ in 0..RENDER_TRIES {
            match self.find(path, query).await {
                Found::Document(document) => {
                    let answer = self.document(asked, &document).await;
                    if let Some(answer) = answer {
                        return answer;
                    }
                }
                Found::Moved(location) => return moved(&location),
                Found::NotFound => return self.not_found(asked),
                Found::BadRequest(why) => return self.error(asked, StatusCode::BAD_REQUEST, &why),
                Found::Damaged => {
                    let message = "what is stored of this entry is damaged";
                    return self.error(asked, StatusCode::INTERNAL_SERVER_ERROR, message);
                }
                Found::NotNow(why) => {
                    return self.error(asked, StatusCode::SERVICE_UNAVAILABLE, &why);
                }
                Found::Unavailable(why) => {
                    error!(error = why, path, "cannot answer");
                    let message = "the store cannot be read now";
                    return self.error(asked, StatusCode::SERVICE_UNAVAILABLE, message);
                }
            }
        }
        warn!(path, "a document changes faster than it can be made");
        self.error(asked, StatusCode::SERVICE_UNAVAILABLE, "the page cannot be made now")
    }

    /// `None`: it changed while it was made; ask again.
    async fn document(&self, asked: Asked<'_>, document: &Document) -> Option<Answer> {
        let headers = asked.headers;
        let chosen = Coding::choose(headers);
        // A second change within the same second would carry the same date (RFC 9110 §8.8.2.2).
        let is_settled = |at: &Timestamp| self.content.now() > Timestamp(at.0 + 1);
        let date = document.last_modified.filter(is_settled);
        let known = known_as(
            headers,
            &document.etag,
            document.last_modified,
            chosen.unwrap_or(Coding::Identity),
        );
        let (mut response, coding) = if let Some(coding) = known {
            let mut response = Response::new(Full::new(Bytes::new()));
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            (response, coding)
        } else {
            let Some(coding) = chosen else {
                let message = "there is this document in br, zstd, gzip and as it is";
                return Some(self.error(asked, StatusCode::NOT_ACCEPTABLE, message));
            };
            match self.body(asked, document, coding).await {
                Ok(body) => (answer(StatusCode::OK, document.content_type, body), coding),
                Err(Unmade::Changed) => return None,
                Err(Unmade::Failed(why)) => {
                    error!(error = why, target = document.target, "cannot render");
                    let message = "the page cannot be made now";
                    return Some(self.error(asked, StatusCode::SERVICE_UNAVAILABLE, message));
                }
            }
        };
        let with_body = response.status() == StatusCode::OK;
        let headers = response.headers_mut();
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.append(name, value);
            }
        };
        set(header::ETAG, &format!("\"{}{}\"", document.etag, coding.suffix()));
        if let Some(date) = date {
            set(header::LAST_MODIFIED, &date.http_date());
        }
        set(header::CACHE_CONTROL, &caching(document.max_age));
        set(header::VARY, "Accept-Encoding");
        for link in &document.links {
            set(header::LINK, link);
        }
        if with_body {
            if let Some(name) = coding.name() {
                set(header::CONTENT_ENCODING, name);
            }
            set(header::ACCEPT_RANGES, "none");
            set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
            if let Some(policy) = document.policy {
                set(header::CONTENT_SECURITY_POLICY, policy);
                set(header::REFERRER_POLICY, "no-referrer");
            }
        }
        Some(response)
    }

    /// [`Unmade::Changed`]: an entry came while it was made, so that the bytes are not those that
    /// the ETag stands for.
    async fn body(
        &self,
        asked: Asked<'_>,
        document: &Document,
        coding: Coding,
    ) -> Result<Bytes, Unmade> {
        let render = async {
            let (content, rendered) = (Arc::clone(&self.content), document.clone());
            let plain = self.bodies.make(move || content.render(&rendered)).await?;
            let plain = plain.map_err(Unmade::Failed)?;
            match self.find(asked.path, asked.query).await {
                Found::Document(now) if now.etag == document.etag => Ok(plain.into()),
                _ => Err(Unmade::Changed),
            }
        };
        self.bodies.get(document, coding, render).await
    }

    fn not_found(&self, asked: Asked<'_>) -> Answer {
        let nearest = self.content.nearest(asked.path);
        self.refuse(asked, StatusCode::NOT_FOUND, "no such page", &nearest)
    }

    fn error(&self, asked: Asked<'_>, status: StatusCode, message: &str) -> Answer {
        self.refuse(asked, status, message, &[])
    }

    fn refuse(
        &self,
        asked: Asked<'_>,
        status: StatusCode,
        message: &str,
        nearest: &[String],
    ) -> Answer {
        let mut response = if problem::is_wanted(asked.path, asked.headers) {
            problem::problem(status, message, nearest)
        } else {
            let page = self.content.error_page(status.as_u16(), message, nearest);
            let mut response = answer(status, page.content_type, page.body);
            let policy = HeaderValue::from_static(page.policy);
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
            response
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        }
        response
    }
}

impl<C: Content + Callbacks> Handler for Public<C> {
    async fn handle(&self, request: Request<Incoming>) -> Answer {
        let answer = self.answer(request).await;
        self.answered.count(answer.status());
        answer
    }
}

impl<C: Content + Callbacks> Public<C> {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        match callbacks::handle(self.content.as_ref(), request).await {
            Ok(answer) => answer,
            Err(request) => cors::open(self.read(request).await),
        }
    }

    async fn read(&self, request: Request<Incoming>) -> Answer {
        let (headers, uri) = (request.headers(), request.uri());
        let asked = Asked { headers, path: uri.path(), query: uri.query().unwrap_or("") };
        let mut response = match *request.method() {
            Method::GET | Method::HEAD => self.get(asked).await,
            Method::OPTIONS => cors::preflight(),
            _ => {
                let message = "only GET and HEAD are answered here";
                let mut refused = self.error(asked, StatusCode::METHOD_NOT_ALLOWED, message);
                refused
                    .headers_mut()
                    .insert(header::ALLOW, HeaderValue::from_static(cors::METHODS));
                refused
            }
        };
        if !request.body().is_end_stream() {
            // What comes as a body is not read.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// `Cache-Control` of what anybody may keep for so many seconds (RFC 9111 §5.2, RFC 5861).
fn caching(max_age: u32) -> String {
    format!(
        "public, max-age={max_age}, stale-while-revalidate={STALE_WHILE_ASKING}, \
         stale-if-error={STALE_IF_ERROR}"
    )
}

fn moved(location: &str) -> Answer {
    let mut response =
        answer(StatusCode::PERMANENT_REDIRECT, "text/plain; charset=utf-8", "moved\n");
    match HeaderValue::from_str(location) {
        Ok(location) => {
            response.headers_mut().insert(header::LOCATION, location);
            let caching = HeaderValue::try_from(caching(MOVED_MAX_AGE)).expect("words and digits");
            response.headers_mut().insert(header::CACHE_CONTROL, caching);
        }
        Err(_) => *response.status_mut() = StatusCode::NOT_FOUND,
    }
    response
}

#[cfg(test)]
mod tests;
