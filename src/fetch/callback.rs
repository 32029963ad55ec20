//! Requests to the callbacks of those who subscribe to our feeds: asked whether they want it, told
//! what is new. Under the bounds of a poll, but for redirects, which nobody follows.

use super::client::root_cause;
use super::{Client, FetchError, body};
use bytes::Bytes;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response};
use tokio::time::{Instant, timeout_at};
use url::Url;

/// What is read of the answer to a delivery, so that its connection can be used again.
const PASSED_OVER: u64 = 4 * 1024;

impl Client {
    /// Whether an address may be asked, as far as that can be told without resolving its name.
    ///
    /// # Errors
    /// Why not.
    pub fn permits(&self, url: &Url) -> Result<(), FetchError> {
        self.way_to(url).map(|_| ())
    }

    /// Asks by GET. Returns the status, and the body of a success.
    ///
    /// # Errors
    /// No answer, a refused address, a body of more than `most` bytes.
    pub async fn ask(&self, url: &Url, most: u64) -> Result<(u16, Bytes), FetchError> {
        let deadline = Instant::now() + self.timeout;
        let mut response = self.to_callback(Method::GET, url, None, deadline).await?;
        let status = response.status().as_u16();
        if !response.status().is_success() {
            return Ok((status, Bytes::new()));
        }
        let host = url.host_str().unwrap_or_default();
        let reading = timeout_at(deadline, body::read(&mut response, host, most)).await;
        let body = reading.map_err(|_| self.too_slow())??;
        Ok((status, body.bytes))
    }

    /// Delivers by POST. Returns the status of the answer.
    ///
    /// # Errors
    /// No answer, or a refused address.
    pub async fn deliver(
        &self,
        url: &Url,
        headers: &[(&'static str, String)],
        body: Bytes,
    ) -> Result<u16, FetchError> {
        let deadline = Instant::now() + self.timeout;
        let sent = Some((headers, body));
        let mut response = self.to_callback(Method::POST, url, sent, deadline).await?;
        let host = url.host_str().unwrap_or_default();
        // The status says it all.
        let _ = timeout_at(deadline, body::read(&mut response, host, PASSED_OVER)).await;
        Ok(response.status().as_u16())
    }

    async fn to_callback(
        &self,
        method: Method,
        url: &Url,
        sent: Option<(&[(&'static str, String)], Bytes)>,
        deadline: Instant,
    ) -> Result<Response, FetchError> {
        let (http, asked) = self.way_to(url)?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let mut request = http.request(method, url.clone());
        if let Some((more, body)) = sent {
            for (name, value) in more {
                let value = HeaderValue::from_str(value)
                    .map_err(|_| FetchError::Header { name: (*name).to_owned() })?;
                headers.append(HeaderName::from_static(name), value);
            }
            request = request.body(body);
        }
        let request = request.headers(headers).build();
        let request = request.map_err(|error| FetchError::Protocol(root_cause(&error)))?;
        self.send(http, request, &asked, deadline).await
    }

    fn too_slow(&self) -> FetchError {
        FetchError::Timeout { phase: super::Phase::Body, limit: self.timeout }
    }
}
