//! Answers HTTP from bodies that are rendered and compressed once.
//!
//! Knows the protocol (methods, validators, codings, limits) and nothing of what it
//! serves: [`Content`] and [`Operations`] say that, and `role` joins them.

mod admin;
mod answered;
mod bodies;
mod body;
mod callbacks;
mod client;
mod coding;
mod conditional;
mod connections;
mod content;
mod cors;
mod delta;
mod gate;
mod head;
mod host;
mod hub;
mod problem;
mod public;
mod rate;
mod refused;
mod remembered;
mod server;
mod stream;
mod timed;

pub use admin::{Admin, Operations};
pub use answered::Answered;
pub use callbacks::{Callbacks, Reply};
pub use client::Proxies;
pub use content::{Content, Document, ErrorPage, Found, Version, Whole};
pub use delta::Delta;
pub use gate::Gate;
pub use hub::Hub;
pub use public::Public;
pub use rate::{Rate, Rates};
pub use server::{Handler, Limits, Listening, serve};
pub use stream::{Listener, NoStream, Streams};

use body::Body;
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

pub type Answer = Response<Body>;

/// An answer with a body and its media type.
fn answer(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut response = Response::new(body.into().into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
