//! Server-sent events (HTML standard §9.2): answers that go on while something new comes.

use super::body::Body;
use super::callbacks::Reply;
use super::{Answer, answer};
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::{HeaderMap, Method, Request, StatusCode};
use std::net::IpAddr;
use tokio::sync::mpsc;

const EVENTS: &str = "text/event-stream";
/// nginx passes on at once what has it.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
const LAST_EVENT_ID: &str = "last-event-id";
/// For clients that cannot set the header.
const PARAMETER: &str = "last_event_id";

/// Who asks for a stream.
#[derive(Debug, Clone, Copy)]
pub struct Listener<'a> {
    pub path: &'a str,
    pub query: &'a str,
    /// The last event that it has.
    pub last_event: Option<&'a str>,
    /// At the other end of the connection.
    pub peer: IpAddr,
    pub headers: &'a HeaderMap,
}

/// Who feeds streams.
pub trait Streams: Send + Sync + 'static {
    /// Whether streams are at such paths.
    fn has_stream(&self, path: &str) -> bool;
    /// # Errors
    /// No such stream, or not here, or not now.
    fn stream(&self, listener: Listener<'_>) -> Result<mpsc::Receiver<Bytes>, NoStream>;
}

/// Why there is no stream at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoStream {
    /// It has another address.
    Moved(String),
    Refused(Reply),
}

impl From<Reply> for NoStream {
    fn from(reply: Reply) -> Self {
        NoStream::Refused(reply)
    }
}

/// Begins what is asked for.
///
/// # Errors
/// No such stream, or not here, or not now.
pub fn begin<S: Streams>(
    streams: &S,
    request: &Request<Incoming>,
    peer: IpAddr,
) -> Result<Answer, NoStream> {
    let headers = request.headers();
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or(""));
    let of_query = query.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        (name == PARAMETER).then_some(value)
    });
    let last_event = headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok());
    let last_event = last_event.or(of_query).filter(|id| !id.is_empty());
    let events = streams.stream(Listener { path, query, last_event, peer, headers })?;
    let mut response = answer(StatusCode::OK, EVENTS, Bytes::new());
    if request.method() == Method::GET {
        *response.body_mut() = Body::Stream { events, asked: None };
    }
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(BUFFERING, HeaderValue::from_static("no"));
    Ok(response)
}
