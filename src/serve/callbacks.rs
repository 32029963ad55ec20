//! Addresses that other servers were given to tell us things (WebSub callbacks): asked by
//! GET, told by POST. Bodies are bounded in size and time, and all of them together in
//! size; nothing of one is read for an address that nobody was given.

use super::{Answer, answer};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::{HeaderMap, Method, Request, StatusCode};
use std::time::Duration;
use tokio::time::timeout;

/// For the whole body of a POST.
const BODY_TIME: Duration = Duration::from_secs(30);
/// Bytes of a body that nobody wants now.
const PASSED_OVER: usize = 8 * 1024 * 1024;
const TEXT: &str = "text/plain; charset=utf-8";

/// What is said to whom knows such an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: StatusCode,
    pub text: String,
    /// Seconds.
    pub retry_after: Option<u32>,
    /// Addresses that may have been meant, the likeliest first.
    pub nearest: Vec<String>,
}

impl Reply {
    pub fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Reply { status, text: text.into(), retry_after: None, nearest: Vec::new() }
    }

    pub fn later(status: StatusCode, text: &str, seconds: u32) -> Self {
        Reply { retry_after: Some(seconds), ..Reply::new(status, text) }
    }
}

/// Who knows the addresses and takes what comes in.
pub trait Callbacks: Send + Sync + 'static {
    type Door: Send + Sync;
    /// Held while a body is read, and for as long as it is needed after.
    type Room: Send;

    /// `None`: no callbacks are at such paths. An error: there, but not this one, or not now.
    fn door(&self, path: &str) -> Option<Result<Self::Door, Reply>>;
    /// The answer to a GET.
    fn ask(&self, door: &Self::Door, query: &str) -> Reply;
    /// Room for a body of `length` bytes, as announced, and how long it may become.
    ///
    /// # Errors
    /// Too long, or too much is waiting.
    fn admit(&self, door: &Self::Door, length: Option<u64>) -> Result<(Self::Room, usize), Reply>;
    /// Takes a body. Is not to wait.
    fn take(&self, door: &Self::Door, room: Self::Room, headers: &HeaderMap, body: Bytes) -> Reply;
}

/// Answers what is asked or told at a callback. `door`: what is behind its path.
pub async fn handle<C: Callbacks>(
    callbacks: &C,
    door: Result<C::Door, Reply>,
    request: Request<Incoming>,
) -> Answer {
    let door = match door {
        Err(reply) => return closing(said(reply)),
        Ok(door) => door,
    };
    if request.method() == Method::GET {
        return said(callbacks.ask(&door, request.uri().query().unwrap_or("")));
    }
    if request.method() != Method::POST {
        let mut refused = said(Reply::new(StatusCode::METHOD_NOT_ALLOWED, "only GET and POST"));
        refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
        return closing(refused);
    }
    let (head, body) = request.into_parts();
    match receive(callbacks, &door, &head.headers, body).await {
        Ok(reply) => said(reply),
        // What is left of the body is not read.
        Err(reply) => closing(said(reply)),
    }
}

async fn receive<C: Callbacks>(
    callbacks: &C,
    door: &C::Door,
    headers: &HeaderMap,
    body: Incoming,
) -> Result<Reply, Reply> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let announced = announced.and_then(|length| length.parse().ok());
    let (room, limit) = match callbacks.admit(door, announced) {
        Ok(admitted) => admitted,
        // Whoever is closed upon while sending does not hear when to come back.
        Err(reply) if reply.retry_after.is_some() => {
            return if pass_over(body).await { Ok(reply) } else { Err(reply) };
        }
        Err(reply) => return Err(reply),
    };
    let body = whole(body, limit).await?;
    Ok(callbacks.take(door, room, headers, body))
}

/// A body of `limit` bytes at most.
///
/// # Errors
/// It is longer, breaks off, or takes too long.
pub(super) async fn whole(body: Incoming, limit: usize) -> Result<Bytes, Reply> {
    match timeout(BODY_TIME, Limited::new(body, limit).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Reply::new(StatusCode::PAYLOAD_TOO_LARGE, "too long"))
        }
        Ok(Err(_)) => Err(Reply::new(StatusCode::BAD_REQUEST, "the body broke off")),
        Err(_) => Err(Reply::new(StatusCode::REQUEST_TIMEOUT, "the body took too long")),
    }
}

/// Whether the body has ended.
async fn pass_over(body: Incoming) -> bool {
    let mut body = Limited::new(body, PASSED_OVER);
    let reading = async { while let Some(Ok(_)) = body.frame().await {} };
    timeout(BODY_TIME, reading).await.is_ok() && body.is_end_stream()
}

pub(super) fn said(reply: Reply) -> Answer {
    let mut response = answer(reply.status, TEXT, reply.text);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(seconds) = reply.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

pub(super) fn closing(mut answer: Answer) -> Answer {
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}
