//! Answers HTTP from bodies that are rendered and compressed once.
//!
//! Knows the protocol (methods, validators, codings, limits) and nothing of what it
//! serves: [`Content`] and [`Operations`] say that, and `role` joins them.

mod admin;
mod answered;
mod bodies;
mod callbacks;
mod coding;
mod conditional;
mod cors;
mod delta;
mod problem;
mod public;
mod server;
mod timed;

pub use admin::{Admin, Operations};
pub use answered::Answered;
pub use callbacks::{Callbacks, Reply};
pub use delta::Delta;
pub use public::{Content, Document, ErrorPage, Found, Public};
pub use server::{Handler, Limits, Listening, serve};

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

pub type Answer = Response<Full<Bytes>>;

/// An answer with a body and its media type.
fn answer(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
