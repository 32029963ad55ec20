//! The public listener: who answers what, and how often one client is answered.

mod documents;
mod refusing;
mod searching;

use super::bodies::Bodies;
use super::callbacks::{self, Callbacks, Reply, closing};
use super::content::Content;
use super::cors;
use super::gate::Gate;
use super::head;
use super::hub::{self, Hub};
use super::remembered::Remembered;
use super::server::Handler;
use super::stream::{self, NoStream, Streams};
use super::{Answer, Answered};
use hyper::body::{Body, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::{HeaderMap, Method, Request, StatusCode, Uri};
use refusing::moved;
use searching::SEARCHES;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;

const HUB_METHODS: &str = "OPTIONS, POST";
/// Of all that there is.
const ALL_METHODS: &str = "GET, HEAD, OPTIONS, POST";

/// What a request asks for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    headers: &'a HeaderMap,
    path: &'a str,
    query: &'a str,
    /// Who does not say what it accepts is a program there.
    is_for_programs: bool,
}

impl<'a> Asked<'a> {
    /// A document.
    fn new(headers: &'a HeaderMap, uri: &'a Uri) -> Self {
        let (path, query) = (uri.path(), uri.query().unwrap_or(""));
        Asked { headers, path, query, is_for_programs: false }
    }
}

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
}

impl<C: Content + Callbacks + Hub + Streams> Handler for Public<C> {
    /// What was asked for a moment ago, and has not changed.
    fn at_once(&self, request: &Request<Incoming>, peer: IpAddr) -> Option<Answer> {
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        if !is_read || !request.body().is_end_stream() || head::fault(request).is_some() {
            return None;
        }
        let headers = request.headers();
        let asked = Asked::new(headers, request.uri());
        let version = self.content.version();
        let prepared = self.remembered.get(asked.path, asked.query, version)?;
        let answer = self.at_hand(asked, &prepared)?;
        self.gate.admit(peer, headers).ok()?;
        self.answered.count(answer.status());
        Some(answer)
    }

    async fn handle(&self, request: Request<Incoming>, peer: IpAddr) -> Answer {
        let answer = self.answer(request, peer).await;
        self.answered.count(answer.status());
        answer
    }

    fn refused(&self, status: StatusCode) {
        self.answered.count(status);
    }
}

impl<C: Content + Callbacks + Hub + Streams> Public<C> {
    /// What hubs bring, and who subscribes, has limits of its own.
    async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Answer {
        if let Some((status, why)) = head::fault(&request) {
            return self.malformed(&request, peer, status, why);
        }
        let path = request.uri().path();
        if let Some(door) = self.content.door(path) {
            return self.call_back(door, request, peer).await;
        }
        if self.content.is_hub(path) && request.method() == Method::POST {
            return cors::open(self.subscribe(request, peer).await);
        }
        if let Err(wait) = self.gate.admit(peer, request.headers()) {
            return cors::open(self.too_many(self.asked(request.headers(), request.uri()), wait));
        }
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        cors::open(if is_read && self.content.has_stream(path) {
            self.listen(&request, peer)
        } else {
            self.read(request).await
        })
    }

    fn asked<'a>(&self, headers: &'a HeaderMap, uri: &'a Uri) -> Asked<'a> {
        let is_for_programs =
            self.content.is_hub(uri.path()) || self.content.has_stream(uri.path());
        Asked { is_for_programs, ..Asked::new(headers, uri) }
    }

    /// What was no request at all (RFC 9112 §3).
    fn malformed(
        &self,
        request: &Request<Incoming>,
        peer: IpAddr,
        status: StatusCode,
        why: &str,
    ) -> Answer {
        let asked = self.asked(request.headers(), request.uri());
        cors::open(closing(match self.gate.admit(peer, request.headers()) {
            Ok(()) => self.error(asked, status, why),
            Err(wait) => self.too_many(asked, wait),
        }))
    }

    /// Pushes to a callback that we have given have limits of their own.
    async fn call_back(
        &self,
        door: Result<C::Door, Reply>,
        request: Request<Incoming>,
        peer: IpAddr,
    ) -> Answer {
        let is_push = door.is_ok() && request.method() == Method::POST;
        let admitted = if is_push { Ok(()) } else { self.gate.admit(peer, request.headers()) };
        let admitted = admitted.map_err(|wait| {
            let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
            Reply::later(StatusCode::TOO_MANY_REQUESTS, "too many requests", seconds)
        });
        callbacks::handle(self.content.as_ref(), admitted.and(door), request).await
    }

    /// Forms have limits of their own.
    async fn subscribe(&self, request: Request<Incoming>, peer: IpAddr) -> Answer {
        let (head, body) = request.into_parts();
        let asked = self.asked(&head.headers, &head.uri);
        match hub::taken(self.content.as_ref(), peer, &head.headers, body).await {
            Ok(reply) => self.said(asked, reply),
            Err(reply) => closing(self.said(asked, reply)),
        }
    }

    fn listen(&self, request: &Request<Incoming>, peer: IpAddr) -> Answer {
        match stream::begin(self.content.as_ref(), request, peer) {
            Ok(answer) => answer,
            Err(NoStream::Moved(location)) => {
                let query = request.uri().query().map(|query| format!("?{query}"));
                moved(&(location + &query.unwrap_or_default()))
            }
            Err(NoStream::Refused(reply)) => {
                self.said(self.asked(request.headers(), request.uri()), reply)
            }
        }
    }

    async fn read(&self, request: Request<Incoming>) -> Answer {
        let asked = self.asked(request.headers(), request.uri());
        let mut response = match *request.method() {
            Method::OPTIONS if self.content.is_hub(asked.path) => cors::preflight(HUB_METHODS),
            Method::OPTIONS if head::is_asterisk(request.uri()) => cors::preflight(ALL_METHODS),
            Method::OPTIONS => cors::preflight(cors::METHODS),
            _ if self.content.is_hub(asked.path) => {
                let message = "this is a WebSub hub for the feeds here: subscribe by POST \
                               (W3C Recommendation, §5.1)";
                self.wrong_method(asked, message, HUB_METHODS)
            }
            Method::GET | Method::HEAD => self.get(asked).await,
            _ => self.wrong_method(asked, "only GET and HEAD are answered here", cors::METHODS),
        };
        if !request.body().is_end_stream() {
            // What comes as a body is not read.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

#[cfg(test)]
mod tests;
