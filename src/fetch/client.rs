//! The HTTP client: built once, shared by all polls.

use super::error::Phase;
use super::guard::GuardedResolver;
use super::redirect::{Trail, is_redirect, is_same_document};
use super::{AddressGuard, Answer, FetchError, FetchJob, FetchSettings, body, headers};
use crate::model::Timestamp;
use bytes::Bytes;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION, USER_AGENT,
};
use reqwest::{Certificate, Request, Response};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tracing::warn;
use url::Url;

/// Feeds first; servers that look at it at all send what we ask for.
const ACCEPT_FEEDS: &str = "application/atom+xml, application/rss+xml, application/feed+json, \
     application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, \
     */*;q=0.1";

/// What `body` opens. reqwest opens nothing: the bytes that came are counted.
const CODINGS: &str = "gzip, br, zstd, deflate";

/// Long enough for sources of one host that follow each other. Servers close idle
/// connections after five seconds or more; reusing one that is closing loses a poll.
const IDLE: Duration = Duration::from_secs(4);
const CONNECT_TIMEOUT_MAX: Duration = Duration::from_secs(15);

/// Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    guard: Arc<AddressGuard>,
    timeout: Duration,
    max_body_bytes: u64,
    clock: fn() -> Timestamp,
}

/// The last answer of a trail.
struct Arrival {
    trail: Trail,
    response: Response,
    /// Whether validators were sent to where it came from.
    conditional: bool,
}

/// Which body codings we ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codings {
    All,
    Identity,
}

impl Client {
    /// # Errors
    /// `Setup`: `user_agent` is no header value, or TLS cannot be set up. Without root
    /// certificates on the machine it succeeds; then each https fetch fails with `Tls`.
    pub fn new(settings: FetchSettings) -> Result<Self, FetchError> {
        // An earlier call, or another library, may have installed one: as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let guard = Arc::new(AddressGuard::new(settings.allow.clone()));
        let http = match build(&settings, &guard, false) {
            Ok(http) => http,
            Err(error) => {
                warn!(%error, "no root certificates: https sources will fail");
                build(&settings, &guard, true)?
            }
        };
        let FetchSettings { timeout, max_body_bytes, clock, .. } = settings;
        Ok(Client { http, guard, timeout, max_body_bytes, clock })
    }

    /// Fetches once. Asks a second time only when the first body cannot be decompressed,
    /// then without compression.
    ///
    /// # Errors
    /// Every answer but 200, 203 and 304 is a `Status` error.
    pub async fn fetch(&self, job: &FetchJob) -> Result<Answer, FetchError> {
        let deadline = Instant::now() + self.timeout;
        match self.attempt(job, deadline, Codings::All).await {
            Err(FetchError::Decode { .. }) => self.attempt(job, deadline, Codings::Identity).await,
            answer => answer,
        }
    }

    async fn attempt(
        &self,
        job: &FetchJob,
        deadline: Instant,
        codings: Codings,
    ) -> Result<Answer, FetchError> {
        let Arrival { trail, mut response, conditional } =
            self.arrive(job, deadline, codings).await?;
        let now = (self.clock)();
        let retry_after = headers::retry_after(response.headers(), now);
        let freshness = headers::freshness(response.headers(), now);
        let (status, validators, (body, wire_bytes)) = match response.status().as_u16() {
            200 | 203 => {
                let validators = headers::validators(response.headers());
                (200, validators, self.body(&mut response, deadline, codings).await?)
            }
            304 if conditional => {
                let validators = headers::merge_validators(&job.validators, response.headers());
                (304, validators, (Bytes::new(), 0))
            }
            304 => return Err(FetchError::Protocol("304 to an unconditional request".into())),
            status => return Err(FetchError::Status { status, retry_after, freshness }),
        };
        Ok(Answer {
            status,
            url: trail.here().clone(),
            base: headers::base(response.headers(), trail.here()),
            moved_permanently_to: trail.moved_permanently_to(),
            validators,
            content_type: headers::content_type(response.headers()),
            body,
            wire_bytes,
            freshness,
            retry_after,
        })
    }

    /// Follows redirects to an answer that is none.
    async fn arrive(
        &self,
        job: &FetchJob,
        deadline: Instant,
        codings: Codings,
    ) -> Result<Arrival, FetchError> {
        let mut trail = Trail::new(&job.url);
        loop {
            let url = trail.here();
            self.guard.check(url)?;
            let validated = job.validated_url.as_ref().unwrap_or(&job.url);
            // The builder turns `user:password@` into an Authorization header.
            let request = self.http.get(url.clone()).build();
            let mut request = request.map_err(|error| FetchError::Protocol(root_cause(&error)))?;
            if trail.same_host() {
                add_headers(request.headers_mut(), &job.headers)?;
            }
            let conditional =
                is_same_document(url, validated) && add_validators(request.headers_mut(), job);
            if codings == Codings::Identity {
                let identity = HeaderValue::from_static("identity");
                request.headers_mut().insert(ACCEPT_ENCODING, identity);
            }
            let response = self.send(request, url, deadline).await?;
            let status = response.status().as_u16();
            if !is_redirect(status) {
                return Ok(Arrival { trail, response, conditional });
            }
            let location = response.headers().get(LOCATION).map(HeaderValue::as_bytes);
            trail.follow(status, location)?;
        }
    }

    async fn send(
        &self,
        request: Request,
        url: &Url,
        deadline: Instant,
    ) -> Result<Response, FetchError> {
        let host = url.host_str().unwrap_or_default();
        match timeout_at(deadline, self.http.execute(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => {
                Err(FetchError::before_answer(error, host, connect_timeout(self.timeout)))
            }
            Err(_) => Err(FetchError::Timeout { phase: Phase::Answer, limit: self.timeout }),
        }
    }

    /// The body, and how many bytes of it came before it was decompressed.
    async fn body(
        &self,
        response: &mut Response,
        deadline: Instant,
        codings: Codings,
    ) -> Result<(Bytes, u64), FetchError> {
        let label = response.headers().get(CONTENT_ENCODING).and_then(|label| label.to_str().ok());
        let label = label.map(|label| label.trim().to_owned());
        let host = response.url().host_str().unwrap_or_default().to_owned();
        let reading = body::read(response, &host, self.max_body_bytes);
        let body = timeout_at(deadline, reading)
            .await
            .map_err(|_| FetchError::Timeout { phase: Phase::Body, limit: self.timeout })??;
        let wire_bytes = body.len() as u64;
        match body::decode(body.clone(), label.as_deref(), self.max_body_bytes) {
            // It was asked for without compression and is none, whatever its label says.
            Err(FetchError::Decode { .. })
                if codings == Codings::Identity && matches!(body.first(), Some(b'<' | b'{')) =>
            {
                Ok((body, wire_bytes))
            }
            plain => Ok((plain?, wire_bytes)),
        }
    }
}

fn build(
    settings: &FetchSettings,
    guard: &Arc<AddressGuard>,
    without_roots: bool,
) -> Result<reqwest::Client, FetchError> {
    let setup = |problem: &dyn std::fmt::Display| FetchError::Setup(problem.to_string());
    let user_agent = HeaderValue::from_str(&settings.user_agent)
        .map_err(|_| setup(&"the user agent is not plain ASCII text"))?;
    let mut headers = HeaderMap::with_capacity(3);
    headers.insert(USER_AGENT, user_agent);
    headers.insert(ACCEPT, HeaderValue::from_static(ACCEPT_FEEDS));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(CODINGS));
    let mut builder = reqwest::Client::builder()
        .default_headers(headers)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .dns_resolver(GuardedResolver(Arc::clone(guard)))
        .connect_timeout(connect_timeout(settings.timeout))
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(IDLE)
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true);
    if without_roots {
        builder = builder.tls_certs_only(std::iter::empty::<Certificate>());
    }
    builder.build().map_err(|error| setup(&root_cause(&error)))
}

fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

fn connect_timeout(timeout: Duration) -> Duration {
    timeout.min(CONNECT_TIMEOUT_MAX)
}

fn add_headers(headers: &mut HeaderMap, extra: &[(String, String)]) -> Result<(), FetchError> {
    for (name, value) in extra {
        let invalid = || FetchError::Header { name: name.clone() };
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| invalid())?;
        headers.insert(header, value);
    }
    Ok(())
}

/// Whether there was any to add.
fn add_validators(headers: &mut HeaderMap, job: &FetchJob) -> bool {
    let validators = &job.validators;
    let pairs = [(IF_NONE_MATCH, &validators.etag), (IF_MODIFIED_SINCE, &validators.last_modified)];
    let mut added = false;
    for (name, value) in pairs {
        let value = value.as_ref().map(|value| HeaderValue::from_bytes(value.as_bytes()));
        if let Some(Ok(value)) = value {
            headers.insert(name, value);
            added = true;
        }
    }
    added
}
