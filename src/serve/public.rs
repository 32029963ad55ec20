//! The public listener: who answers what, and how often one client is answered.

mod documents;
mod refusing;
mod searching;

use super::Answer;
use super::Answered;
use super::bodies::Bodies;
use super::callbacks::{self, Callbacks};
use super::content::Content;
use super::cors;
use super::gate::Gate;
use super::hub::{self, Hub};
use super::remembered::Remembered;
use super::server::Handler;
use super::stream::{self, Streams};
use hyper::body::{Body, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::{HeaderMap, Method, Request, StatusCode};
use searching::SEARCHES;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What a request asks for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    headers: &'a HeaderMap,
    path: &'a str,
    query: &'a str,
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
        if !is_read || !request.body().is_end_stream() {
            return None;
        }
        let (headers, uri) = (request.headers(), request.uri());
        let asked = Asked { headers, path: uri.path(), query: uri.query().unwrap_or("") };
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
}

impl<C: Content + Callbacks + Hub + Streams> Public<C> {
    /// What hubs bring, and who subscribes, has limits of its own.
    async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Answer {
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

#[cfg(test)]
mod tests;
