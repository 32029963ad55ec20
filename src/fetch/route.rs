//! The connections: how they are made, kept and reused.

use super::client::root_cause;
use super::guard::{GuardedResolver, Names};
use super::reuse::Watch;
use super::{AddressGuard, FetchError, FetchSettings, tls};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderValue, USER_AGENT};
use std::sync::Arc;
use std::time::Duration;

/// Feeds first; servers that look at it at all send what we ask for.
const ACCEPT_FEEDS: &str = "application/atom+xml, application/rss+xml, application/feed+json, \
     application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, \
     */*;q=0.1";

/// What `body` and reqwest open between them.
const CODINGS: &str = "gzip, br, zstd, deflate";

/// Long enough for sources of one host that follow each other. Servers close idle
/// connections after five seconds or more; reusing one that is closing loses a poll.
const IDLE: Duration = Duration::from_secs(4);
const CONNECT_TIMEOUT_MAX: Duration = Duration::from_secs(15);

pub fn client(
    settings: &FetchSettings,
    guard: &Arc<AddressGuard>,
    names: Names,
) -> Result<reqwest::Client, FetchError> {
    let setup = |problem: &dyn std::fmt::Display| FetchError::Setup(problem.to_string());
    let user_agent = HeaderValue::from_str(&settings.user_agent)
        .map_err(|_| setup(&"the user agent is not plain ASCII text"))?;
    let mut headers = HeaderMap::with_capacity(3);
    headers.insert(USER_AGENT, user_agent);
    headers.insert(ACCEPT, HeaderValue::from_static(ACCEPT_FEEDS));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(CODINGS));
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config(&settings.extra_roots)?)
        .default_headers(headers)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .dns_resolver(GuardedResolver { guard: Arc::clone(guard), names })
        .connector_layer(Watch)
        .connect_timeout(connect_timeout(settings.timeout))
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(IDLE)
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true);
    builder.build().map_err(|error| setup(&root_cause(&error)))
}

pub fn connect_timeout(timeout: Duration) -> Duration {
    timeout.min(CONNECT_TIMEOUT_MAX)
}
