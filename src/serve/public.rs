//! The public listener: documents with exact validators, each body rendered and
//! compressed once per change.

use super::bodies::{Bodies, Unmade};
use super::callbacks::{self, Callbacks};
use super::coding::Coding;
use super::conditional::known_as;
use super::cors;
use super::delta::{self, Delta};
use super::gate::Gate;
use super::hub::{self, Hub};
use super::problem;
use super::remembered::{Prepared, Remembered, caching};
use super::server::Handler;
use super::stream::{self, Streams};
use super::{Answer, Answered, answer};
use crate::model::Timestamp;
use bytes::Bytes;
use hyper::body::{Body, Incoming};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tracing::{error, warn};

/// What the listener serves. `find` and `search` say whether a document has changed; `render`
/// makes its bytes.
pub trait Content: Send + Sync + 'static {
    /// While it is the same, everything is found as it was.
    fn version(&self) -> Version;
    /// Cheap, for it runs on the threads that serve everybody. `None`: it takes a search.
    fn find(&self, path: &str, query: &str) -> Option<Found>;
    /// Whether words are searched for there.
    fn is_word_search(&self, path: &str) -> bool;
    /// The same at any cost, on a thread that may be busy for it.
    fn search(&self, path: &str, query: &str) -> Found;
    /// # Errors
    /// In words, when the document cannot be made now.
    fn render(&self, document: &Document) -> Result<Vec<u8>, String>;
    /// What is new in a document since the newest of some versions of it (ETags); `None`: that cannot
    /// be told, or the whole document tells it as well.
    ///
    /// # Errors
    /// In words, when it cannot be made now.
    fn delta(&self, document: &Document, versions: &[String]) -> Result<Option<Delta>, String>;
    /// What a person is shown instead of a document.
    fn error_page(&self, status: u16, message: &str, nearest: &[String]) -> ErrorPage;
    /// The same while what is asked for is being made ready.
    fn waiting_page(&self, percent: u64) -> ErrorPage;
    /// Addresses that may have been meant by a path at which nothing is.
    fn nearest(&self, path: &str) -> Vec<String>;
    fn now(&self) -> Timestamp;
}

/// Of all that is stored, and of the settings.
pub type Version = (u64, u64);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Document(Document),
    /// The address has another canonical form.
    Moved(String),
    NotFound,
    /// What was there is gone for good.
    Gone,
    /// The query cannot be understood: why.
    BadRequest(String),
    /// What is stored of it is damaged, which is told where it is met.
    Damaged,
    /// What it is made of is being made ready: how far that is.
    NotReady {
        percent: u64,
    },
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
    /// No need to ask within them, whoever reloads (RFC 8246).
    pub is_immutable: bool,
    /// `Link` header values (RFC 8288).
    pub links: Vec<String>,
    /// `Content-Security-Policy`, for pages.
    pub policy: Option<&'static str>,
}

/// What is at an address.
#[derive(Debug, Clone)]
pub enum Whole {
    Here(Document, Bytes),
    /// Nothing, any more.
    Gone,
}

/// How often a document that changes while it is made is made again.
const RENDER_TRIES: u32 = 8;
/// Seconds for which a redirect may be kept. An admin may undo what made it.
const MOVED_MAX_AGE: u32 = 3600;
/// Searches at once; more wait, without a thread.
const SEARCHES: usize = 2;
/// How long they wait.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Public<C> {
    content: Arc<C>,
    remembered: Remembered,
    bodies: Bodies,
    searches: Arc<Semaphore>,
    /// For words of readers, which cost the most, so that pages do not wait for them.
    word_searches: Arc<Semaphore>,
    gate: Gate,
    answered: Arc<Answered>,
}

impl<C: Content> Public<C> {
    /// `cache_bytes`: of bodies that are kept; `answered` counts what is answered.
    pub fn new(content: Arc<C>, gate: Gate, cache_bytes: u64, answered: Arc<Answered>) -> Self {
        let [searches, word_searches] = [(); 2].map(|()| Arc::new(Semaphore::new(SEARCHES)));
        let (remembered, bodies) = (Remembered::new(), Bodies::new(cache_bytes));
        Public { content, remembered, bodies, searches, word_searches, gate, answered }
    }

    async fn find(&self, path: &str, query: &str) -> Found {
        if let Some(found) = self.content.find(path, query) {
            return found;
        }
        let places =
            if self.content.is_word_search(path) { &self.word_searches } else { &self.searches };
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(places).acquire_owned()).await;
        let Ok(permit) = permit else {
            return Found::NotNow(
                "too much is searched for at once; ask again in a while".to_owned(),
            );
        };
        let permit = permit.expect("never closed");
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
            let version = self.content.version();
            if let Some(prepared) = self.remembered.get(path, query, version) {
                if let Some(answer) = self.document(asked, &prepared).await {
                    return answer;
                }
                continue;
            }
            match self.find(path, query).await {
                Found::Document(document) => {
                    let prepared = Arc::new(Prepared::new(document));
                    self.remembered.keep(path, query, version, &prepared);
                    if let Some(answer) = self.document(asked, &prepared).await {
                        return answer;
                    }
                }
                Found::Moved(location) => return moved(&location),
                Found::NotFound => return self.not_found(asked),
                Found::Gone => {
                    let message = "this entry has been taken down";
                    return self.error(asked, StatusCode::GONE, message);
                }
                Found::BadRequest(why) => return self.error(asked, StatusCode::BAD_REQUEST, &why),
                Found::Damaged => {
                    let message = "what is stored of this entry is damaged";
                    return self.error(asked, StatusCode::INTERNAL_SERVER_ERROR, message);
                }
                Found::NotReady { percent } => return self.not_ready(asked, percent),
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
    async fn document(&self, asked: Asked<'_>, prepared: &Prepared) -> Option<Answer> {
        let (headers, document) = (asked.headers, &prepared.document);
        let chosen = Coding::choose(headers);
        let date = prepared.settled_at.filter(|at| *at <= self.content.now());
        let known = known_as(headers, &document.etag, date, chosen.unwrap_or(Coding::Identity));
        if let Some(coding) = known {
            let mut response = Response::new(Bytes::new().into());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.headers_mut() = prepared.head(coding, false, date.is_some());
            return Some(response);
        }
        let Some(coding) = chosen else {
            let message = "there is this document in br, zstd, gzip and as it is";
            return Some(self.error(asked, StatusCode::NOT_ACCEPTABLE, message));
        };
        match self.delta(asked, document, coding).await {
            Ok(Some(answer)) => return Some(answer),
            Err(Unmade::Changed) => return None,
            // The whole document may be kept already.
            Err(Unmade::Failed(why)) => {
                warn!(error = why, target = document.target, "cannot tell what is new");
            }
            Ok(None) => {}
        }
        match self.body(asked, document, coding).await {
            Ok(body) => {
                let mut response = Response::new(body.into());
                *response.headers_mut() = prepared.head(coding, true, date.is_some());
                Some(response)
            }
            Err(Unmade::Changed) => None,
            Err(Unmade::Failed(why)) => {
                error!(error = why, target = document.target, "cannot render");
                let message = "the page cannot be made now";
                Some(self.error(asked, StatusCode::SERVICE_UNAVAILABLE, message))
            }
        }
    }

    /// What is new since the version that the reader has, if it wants that alone.
    async fn delta(
        &self,
        asked: Asked<'_>,
        document: &Document,
        coding: Coding,
    ) -> Result<Option<Answer>, Unmade> {
        let bases = delta::bases(asked.headers);
        if bases.is_empty() || !delta::is_taken(asked.headers) {
            return Ok(None);
        }
        let (content, wanted) = (Arc::clone(&self.content), document.clone());
        let versions: Vec<String> = bases.iter().map(|base| base.etag.clone()).collect();
        let made = self.bodies.make(move || {
            let made = content.delta(&wanted, &versions)?;
            Ok(made.map(|Delta { base, body }| (base, coding.pack(&body.into()))))
        });
        let Some((base, body)) = made.await?.map_err(Unmade::Failed)? else { return Ok(None) };
        match self.find(asked.path, asked.query).await {
            Found::Document(now) if now.etag == document.etag => {}
            _ => return Err(Unmade::Changed),
        }
        let mut response = answer(StatusCode::IM_USED, document.content_type, body);
        let headers = response.headers_mut();
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.append(name, value);
            }
        };
        set(header::ETAG, &format!("\"{}{}\"", document.etag, coding.suffix()));
        set(delta::IM, delta::FEED);
        if let Some(base) = bases.iter().find(|known| known.etag == base) {
            set(delta::DELTA_BASE, &base.named);
        }
        set(header::CACHE_CONTROL, delta::CACHING);
        set(header::VARY, delta::VARY);
        document.links.iter().for_each(|link| set(header::LINK, link));
        if let Some(name) = coding.name() {
            set(header::CONTENT_ENCODING, name);
        }
        set(header::ACCEPT_RANGES, "none");
        set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        Ok(Some(response))
    }

    /// [`Unmade::Changed`]: an entry came while it was made, so that the bytes are not those that
    /// the ETag stands for.
    async fn body(
        &self,
        asked: Asked<'_>,
        document: &Document,
        coding: Coding,
    ) -> Result<Bytes, Unmade> {
        if let Some(body) = self.bodies.kept(document, coding) {
            return Ok(body);
        }
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

    /// A document as it is now, without coding.
    ///
    /// # Errors
    /// Why it cannot be made now, in words.
    pub async fn whole(&self, path: &str, query: &str) -> Result<Whole, String> {
        let headers = HeaderMap::new();
        let asked = Asked { headers: &headers, path, query };
        for _ in 0..RENDER_TRIES {
            let document = match self.find(path, query).await {
                Found::Document(document) => document,
                Found::Unavailable(why) => return Err(why),
                _ => return Ok(Whole::Gone),
            };
            match self.body(asked, &document, Coding::Identity).await {
                Ok(body) => return Ok(Whole::Here(document, body)),
                Err(Unmade::Changed) => {}
                Err(Unmade::Failed(why)) => return Err(why),
            }
        }
        Err("it changes faster than it can be made".to_owned())
    }

    fn not_found(&self, asked: Asked<'_>) -> Answer {
        let nearest = self.content.nearest(asked.path);
        self.refuse(asked, StatusCode::NOT_FOUND, "no such page", &nearest)
    }

    fn error(&self, asked: Asked<'_>, status: StatusCode, message: &str) -> Answer {
        self.refuse(asked, status, message, &[])
    }

    fn not_ready(&self, asked: Asked<'_>, percent: u64) -> Answer {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let message = format!("the store is being made ready: {percent} % are done");
        let problem = || problem::problem(status, &message, &[]);
        refusal(asked, status, problem, || self.content.waiting_page(percent))
    }

    fn refuse(
        &self,
        asked: Asked<'_>,
        status: StatusCode,
        message: &str,
        nearest: &[String],
    ) -> Answer {
        let problem = || problem::problem(status, message, nearest);
        let page = || self.content.error_page(status.as_u16(), message, nearest);
        refusal(asked, status, problem, page)
    }
}

/// What no cache may keep: a problem for programs, a page for people.
fn refusal(
    asked: Asked<'_>,
    status: StatusCode,
    problem: impl FnOnce() -> Answer,
    page: impl FnOnce() -> ErrorPage,
) -> Answer {
    let mut response = if problem::is_wanted(asked.path, asked.headers) {
        problem()
    } else {
        let page = page();
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

impl<C: Content + Callbacks + Hub + Streams> Handler for Public<C> {
    async fn handle(&self, request: Request<Incoming>, peer: IpAddr) -> Answer {
        let answer = self.answer(request, peer).await;
        self.answered.count(answer.status());
        answer
    }
}

impl<C: Content + Callbacks + Hub + Streams> Public<C> {
    /// What hubs bring, and who subscribes, has limits of its own.
    async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Answer {
        if let Some(answer) = self.again(&request, peer).await {
            return answer;
        }
        let content = self.content.as_ref();
        let request = match callbacks::handle(content, request).await {
            Ok(answer) => return answer,
            Err(request) => request,
        };
        let request = match hub::handle(content, request, peer).await {
            Ok(answer) => return answer,
            Err(request) => request,
        };
        if let Err(wait) = self.gate.admit(peer, request.headers()) {
            return cors::open(self.too_many(&request, wait));
        }
        match stream::handle(content, request, peer) {
            Ok(answer) => answer,
            Err(request) => cors::open(self.read(*request).await),
        }
    }

    /// What was asked for a moment ago, and has not changed; `None`: all else.
    async fn again(&self, request: &Request<Incoming>, peer: IpAddr) -> Option<Answer> {
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        if !is_read || !request.body().is_end_stream() {
            return None;
        }
        let (headers, uri) = (request.headers(), request.uri());
        let asked = Asked { headers, path: uri.path(), query: uri.query().unwrap_or("") };
        let version = self.content.version();
        let prepared = self.remembered.get(asked.path, asked.query, version)?;
        match self.gate.admit(peer, headers) {
            Ok(()) => Some(cors::open(match self.document(asked, &prepared).await {
                Some(answer) => answer,
                None => self.get(asked).await,
            })),
            Err(wait) => Some(cors::open(self.too_many(request, wait))),
        }
    }

    fn too_many(&self, request: &Request<Incoming>, wait: Duration) -> Answer {
        let (headers, uri) = (request.headers(), request.uri());
        let asked = Asked { headers, path: uri.path(), query: "" };
        let message =
            "too many requests; `Retry-After` says in how many seconds the next is answered";
        let mut response = self.error(asked, StatusCode::TOO_MANY_REQUESTS, message);
        let seconds = HeaderValue::from(wait.as_secs() + 1);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
        response
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
