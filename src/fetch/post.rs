//! A form sent to an address, such as a hub's, under the same bounds as a poll.

use super::client::root_cause;
use super::redirect::Trail;
use super::{Client, FetchError, body, headers};
use crate::model::Timestamp;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderValue, LOCATION};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use url::Url;

/// What is read of an answer: a few words on what was wrong.
const ANSWER_BYTES: u64 = 4 * 1024;
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// What became of it. A success is any 2xx.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    pub status: u16,
    /// What the server said, as far as it is text; empty after a success.
    pub text: String,
    pub retry_after: Option<Duration>,
}

impl Posted {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Client {
    /// Sends `form`, already encoded. A 307 or 308 sends it on, as WebSub §5.1.2 wants; each
    /// address on the way is checked.
    ///
    /// # Errors
    /// No answer, or a redirect that cannot be followed.
    pub async fn post(&self, url: &Url, form: &str, now: Timestamp) -> Result<Posted, FetchError> {
        let deadline = Instant::now() + self.timeout;
        let mut trail = Trail::new(url);
        let mut response = loop {
            let here = trail.here();
            self.guard.check(here)?;
            let request = self.http.post(here.clone()).body(form.to_owned());
            let request = request.header(CONTENT_TYPE, FORM);
            // Not those of polls: the answer is no feed, and short.
            let request = request.header(ACCEPT, HeaderValue::from_static("*/*"));
            let identity = HeaderValue::from_static("identity");
            let request = request.header(ACCEPT_ENCODING, identity).build();
            let request = request.map_err(|error| FetchError::Protocol(root_cause(&error)))?;
            let response = self.send(request, here, deadline).await?;
            let status = response.status().as_u16();
            if !matches!(status, 307 | 308) {
                break response;
            }
            let location = response.headers().get(LOCATION).map(HeaderValue::as_bytes);
            trail.follow(status, location)?;
        };
        let status = response.status().as_u16();
        let retry_after = headers::retry_after(response.headers(), now);
        let mut posted = Posted { status, text: String::new(), retry_after };
        if !posted.is_success() {
            let host = trail.here().host_str().unwrap_or_default().to_owned();
            // A longer answer, or one that breaks off, tells nothing.
            let reading = body::read(&mut response, &host, ANSWER_BYTES);
            if let Ok(Ok(read)) = timeout_at(deadline, reading).await {
                posted.text = String::from_utf8_lossy(&read).into_owned();
            }
        }
        Ok(posted)
    }
}
