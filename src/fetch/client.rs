//! The HTTP client: built once, shared by all polls.

use super::body::{self, Body};
use super::error::Phase;
use super::guard::Names;
use super::redirect::{Trail, is_redirect, is_same_document};
use super::reuse::{self, Connection};
use super::route::{self, Ways};
use super::{AddressGuard, Answer, FetchError, FetchJob, FetchSettings, headers};
use crate::model::Timestamp;
use crate::model::access::{Header, Proxy};
use bytes::Bytes;
use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LOCATION,
};
use reqwest::{Method, Request, Response};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use url::Url;

/// Between a request and the second one for the same, where the spacing has no room.
const SECOND_MIN: Duration = Duration::from_secs(2);
/// For the second one itself.
const SECOND_ROOM: Duration = Duration::from_secs(1);

/// Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    ways: Ways,
    guard: Arc<AddressGuard>,
    pub(super) timeout: Duration,
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
        Client::with_names(settings, Names::System)
    }

    /// `names`: who resolves them.
    pub(super) fn with_names(settings: FetchSettings, names: Names) -> Result<Self, FetchError> {
        let guard = Arc::new(AddressGuard::new(settings.allow.clone()));
        let ways = Ways::new(&settings, &guard, names)?;
        let FetchSettings { timeout, max_body_bytes, clock, .. } = settings;
        Ok(Client { ways, guard, timeout, max_body_bytes, clock })
    }

    /// Fetches once. Asks a second time only when the first body cannot be decompressed, then
    /// without compression, after the host's spacing and if the time-out has room; or when a
    /// connection that was kept open turns out to be closed before any byte of the answer has
    /// come.
    ///
    /// Returns: the answer; of two, the second.
    ///
    /// # Errors
    /// Every answer but 200, 203 and 304 is a `Status` error.
    pub async fn fetch(&self, job: &FetchJob) -> Result<Answer, FetchError> {
        let deadline = Instant::now() + self.timeout;
        if job.uncompressed {
            return self.attempt(job, deadline, Codings::Identity).await;
        }
        let first = match self.attempt(job, deadline, Codings::All).await {
            Err(FetchError::Decode { coding, wire_bytes, .. }) => (coding, wire_bytes),
            answer => return answer,
        };
        let (coding, first_bytes) = first;
        let broken = |wire_bytes, asked_twice| {
            let coding = coding.clone();
            Err(FetchError::Decode { coding, wire_bytes, asked_twice })
        };
        let left = deadline.saturating_duration_since(Instant::now());
        let Some(wait) = before_second(job.spacing, left) else {
            return broken(first_bytes, false);
        };
        tokio::time::sleep(wait).await;
        match self.attempt(job, deadline, Codings::Identity).await {
            Ok(answer) => {
                let wire_bytes = answer.wire_bytes + first_bytes;
                Ok(Answer { broken_coding: Some(coding), wire_bytes, ..answer })
            }
            Err(FetchError::Decode { wire_bytes, .. }) => broken(first_bytes + wire_bytes, true),
            Err(error) if error.is_unsent() => broken(first_bytes, false),
            Err(error) => {
                Err(FetchError::Again { error: Box::new(error), coding, wire_bytes: first_bytes })
            }
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
                (304, validators, (Body::whole(Bytes::new()), 0))
            }
            304 => return Err(FetchError::Unasked304),
            status => return Err(FetchError::Status { status, retry_after, freshness }),
        };
        Ok(Answer {
            status,
            url: open(trail.here()),
            base: open(&headers::base(response.headers(), trail.here())),
            moved_permanently_to: trail.moved_permanently_to(),
            validators,
            content_type: headers::content_type(response.headers()),
            body: body.bytes,
            cut: body.cut,
            wire_bytes,
            broken_coding: None,
            freshness,
            retry_after,
            links: headers::links(response.headers()),
        })
    }

    /// Follows redirects to an answer that is none.
    async fn arrive(
        &self,
        job: &FetchJob,
        deadline: Instant,
        codings: Codings,
    ) -> Result<Arrival, FetchError> {
        let mut trail = Trail::new(&job.url, job.own_url.as_ref().unwrap_or(&job.url));
        loop {
            let url = trail.here();
            let (http, asked) = self.way_to(url)?;
            let validated = job.validated_url.as_ref().unwrap_or(&job.url);
            // The builder turns `user:password@` into an Authorization header.
            let request = http.get(url.clone()).build();
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
            let response = self.send(http, request, &asked, deadline).await;
            let response = response.map_err(|error| trail.after_redirects(error))?;
            let status = response.status().as_u16();
            if !is_redirect(status) {
                return Ok(Arrival { trail, response, conditional });
            }
            let location = response.headers().get(LOCATION).map(HeaderValue::as_bytes);
            trail.follow(status, location)?;
        }
    }

    /// The client for an address that may be asked, and who is asked then, in words.
    pub(super) fn way_to(&self, url: &Url) -> Result<(&reqwest::Client, String), FetchError> {
        let host = url.host_str().unwrap_or_default();
        let (http, proxy) = self.ways.to(host)?;
        self.guard.check(url, proxy.as_ref().is_some_and(Proxy::resolves_names))?;
        let asked = match &proxy {
            Some(proxy) => format!("{host} by the proxy {}", proxy.name()),
            None => host.to_owned(),
        };
        Ok((http, asked))
    }

    /// `asked`: who, in words.
    pub(super) async fn send(
        &self,
        http: &reqwest::Client,
        request: Request,
        asked: &str,
        deadline: Instant,
    ) -> Result<Response, FetchError> {
        // What changes something there is not sent twice.
        let again = request.try_clone().filter(|_| request.method() == Method::GET);
        match (self.exchange(http, request, asked, deadline).await, again) {
            // The server may have closed it just when the request went out.
            ((Err(FetchError::Interrupted { .. }), Connection::Kept), Some(again)) => {
                self.exchange(http, again, asked, deadline).await.0
            }
            ((result, _), _) => result,
        }
    }

    async fn exchange(
        &self,
        http: &reqwest::Client,
        request: Request,
        asked: &str,
        deadline: Instant,
    ) -> (Result<Response, FetchError>, Connection) {
        let exchange = timeout_at(deadline, http.execute(request));
        let (result, connection) = reuse::watched(exchange).await;
        let limit = self.timeout;
        let result = match result {
            Ok(result) => result.map_err(|error| {
                FetchError::before_answer(error, asked, route::connect_timeout(limit))
            }),
            Err(_) => Err(FetchError::Timeout { phase: Phase::Answer, limit }),
        };
        (result, connection)
    }

    /// The body, and how many bytes of it came before it was decompressed.
    async fn body(
        &self,
        response: &mut Response,
        deadline: Instant,
        codings: Codings,
    ) -> Result<(Body, u64), FetchError> {
        let label = response.headers().get(CONTENT_ENCODING).and_then(|label| label.to_str().ok());
        let label = label.map(|label| label.trim().to_owned());
        let host = response.url().host_str().unwrap_or_default().to_owned();
        let reading = body::read(response, &host, self.max_body_bytes);
        let body = timeout_at(deadline, reading)
            .await
            .map_err(|_| FetchError::Timeout { phase: Phase::Body, limit: self.timeout })??;
        let wire_bytes = body.bytes.len() as u64;
        match body::open(body.clone(), label.as_deref(), self.max_body_bytes) {
            // It was asked for without compression and is none, whatever its label says.
            Err(FetchError::Decode { .. })
                if codings == Codings::Identity
                    && matches!(body.bytes.first(), Some(b'<' | b'{')) =>
            {
                Ok((body, wire_bytes))
            }
            // Without compression it may come whole.
            Ok((Body { cut: Some(_), .. }, Some(coding))) if codings == Codings::All => {
                let coding = coding.to_owned();
                Err(FetchError::Decode { coding, wire_bytes, asked_twice: false })
            }
            Err(FetchError::Decode { coding, .. }) => {
                Err(FetchError::Decode { coding, wire_bytes, asked_twice: false })
            }
            opened => Ok((opened?.0, wire_bytes)),
        }
    }
}

/// How long the second request waits: as long as the host is owed between two, else at least
/// two seconds. `None`: no time is left for it.
fn before_second(spacing: Duration, left: Duration) -> Option<Duration> {
    [spacing, SECOND_MIN].into_iter().find(|wait| *wait + SECOND_ROOM < left && *wait <= spacing)
}

pub(super) fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Without user name and password: what is stored and published of an address.
fn open(url: &Url) -> Url {
    let mut url = url.clone();
    // Neither fails where there is a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

fn add_headers(headers: &mut HeaderMap, extra: &[Header]) -> Result<(), FetchError> {
    for (name, value) in extra {
        let invalid = || FetchError::Header { name: name.clone() };
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
        let value = HeaderValue::from_str(value.expose());
        let mut value = value.map_err(|_| invalid())?;
        value.set_sensitive(true);
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
