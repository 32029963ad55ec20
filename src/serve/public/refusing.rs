//! What is answered instead of a document: a problem for programs, a page for people.

use super::super::callbacks::{Reply, said};
use super::super::content::{Content, ErrorPage};
use super::super::problem;
use super::super::remembered::caching;
use super::super::{Answer, answer};
use super::{Asked, Public};
use hyper::StatusCode;
use hyper::header::{self, HeaderValue};
use std::time::Duration;

/// Seconds for which a redirect may be kept. An admin may undo what made it.
const MOVED_MAX_AGE: u32 = 3600;

impl<C: Content> Public<C> {
    pub(super) fn not_found(&self, asked: Asked<'_>) -> Answer {
        let nearest = self.content.nearest(asked.path, asked.query);
        self.refuse(asked, StatusCode::NOT_FOUND, "no such page", &nearest)
    }

    pub(super) fn error(&self, asked: Asked<'_>, status: StatusCode, message: &str) -> Answer {
        self.refuse(asked, status, message, &[])
    }

    /// What the hub or a stream says: in the form of all errors, if it is one.
    pub(super) fn said(&self, asked: Asked<'_>, reply: Reply) -> Answer {
        if reply.status.is_success() {
            return said(reply);
        }
        let nearest = match reply.status {
            StatusCode::NOT_FOUND if reply.nearest.is_empty() => {
                self.content.nearest(asked.path, asked.query)
            }
            _ => reply.nearest,
        };
        let mut response = self.refuse(asked, reply.status, &reply.text, &nearest);
        if let Some(seconds) = reply.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    /// `allowed`: what may be asked there.
    pub(super) fn wrong_method(
        &self,
        asked: Asked<'_>,
        message: &str,
        allowed: &'static str,
    ) -> Answer {
        let mut response = self.error(asked, StatusCode::METHOD_NOT_ALLOWED, message);
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
        response
    }

    pub(super) fn not_ready(&self, asked: Asked<'_>, percent: u64) -> Answer {
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

    pub(super) fn too_many(&self, asked: Asked<'_>, wait: Duration) -> Answer {
        let message =
            "too many requests; `Retry-After` says in how many seconds the next is answered";
        let mut response = self.error(asked, StatusCode::TOO_MANY_REQUESTS, message);
        let seconds = HeaderValue::from(wait.as_secs() + 1);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
        response
    }
}

/// What no cache may keep: a problem for programs, a page for people.
fn refusal(
    asked: Asked<'_>,
    status: StatusCode,
    problem: impl FnOnce() -> Answer,
    page: impl FnOnce() -> ErrorPage,
) -> Answer {
    let mut response = if problem::is_wanted(asked.path, asked.headers, asked.is_for_programs) {
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

pub(super) fn moved(location: &str) -> Answer {
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
