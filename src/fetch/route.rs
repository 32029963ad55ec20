//! The connections: how they are made, kept and reused.

use super::client::root_cause;
use super::guard::{GuardedResolver, Names};
use super::reuse::Watch;
use super::{AddressGuard, FetchError, FetchSettings, tls};
use crate::model::access::Proxy;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderValue, USER_AGENT};
use std::collections::HashSet;
use std::fmt;
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

/// By which proxies hosts are asked.
#[derive(Clone)]
pub struct Route {
    choose: Arc<ByHost>,
    proxies: Vec<Proxy>,
}

type ByHost = dyn Fn(&str) -> Option<Proxy> + Send + Sync;

impl Route {
    /// `choose` gives none but `proxies`.
    pub fn new(
        proxies: Vec<Proxy>,
        choose: impl Fn(&str) -> Option<Proxy> + Send + Sync + 'static,
    ) -> Self {
        Route { choose: Arc::new(choose), proxies }
    }

    /// All hosts are asked directly.
    pub fn direct() -> Self {
        Route::new(Vec::new(), |_| None)
    }

    fn hosts(&self) -> HashSet<String> {
        self.proxies.iter().filter_map(|proxy| proxy.url.host_str()).map(str::to_owned).collect()
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route").field("proxies", &self.proxies).finish_non_exhaustive()
    }
}

/// The clients for both ways.
#[derive(Debug, Clone)]
pub struct Ways {
    direct: reqwest::Client,
    /// Only where there are proxies.
    by_proxy: Option<reqwest::Client>,
    route: Route,
}

impl Ways {
    /// # Errors
    /// `Setup`.
    pub fn new(
        settings: &FetchSettings,
        guard: &Arc<AddressGuard>,
        names: Names,
    ) -> Result<Self, FetchError> {
        let route = settings.route.clone();
        let direct = client(settings, guard, names.clone(), None)?;
        let by_proxy = match route.proxies.is_empty() {
            true => None,
            false => Some(client(settings, guard, names, Some(&route))?),
        };
        Ok(Ways { direct, by_proxy, route })
    }

    /// The client for a host, and the proxy that it goes by.
    ///
    /// # Errors
    /// `RefusedName`: the host is the proxy itself.
    pub fn to(&self, host: &str) -> Result<(&reqwest::Client, Option<Proxy>), FetchError> {
        match (&self.by_proxy, (self.route.choose)(host)) {
            // The resolver trusts the names of proxies.
            (Some(_), Some(_)) if self.route.hosts().contains(host) => {
                Err(FetchError::RefusedName { host: host.to_owned() })
            }
            (Some(client), Some(proxy)) => Ok((client, Some(proxy))),
            _ => Ok((&self.direct, None)),
        }
    }
}

/// As the HTTP library wants it; what it makes of it is not shown anywhere.
fn with_password(proxy: &Proxy) -> url::Url {
    let mut url = proxy.url.clone();
    if let Some((user, password)) =
        proxy.credentials.as_ref().and_then(|secret| secret.expose().split_once(':'))
    {
        // It is decoded there, and only what must be is encoded here.
        let escaped = |text: &str| text.replace('%', "%25");
        // Neither fails where there is a host.
        let _ = url.set_username(&escaped(user));
        let _ = url.set_password(Some(&escaped(password)));
    }
    url
}

fn client(
    settings: &FetchSettings,
    guard: &Arc<AddressGuard>,
    names: Names,
    route: Option<&Route>,
) -> Result<reqwest::Client, FetchError> {
    let setup = |problem: &dyn std::fmt::Display| FetchError::Setup(problem.to_string());
    let user_agent = HeaderValue::from_str(&settings.user_agent)
        .map_err(|_| setup(&"the user agent is not plain ASCII text"))?;
    let mut headers = HeaderMap::with_capacity(3);
    headers.insert(USER_AGENT, user_agent);
    headers.insert(ACCEPT, HeaderValue::from_static(ACCEPT_FEEDS));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(CODINGS));
    let trusted = route.map(Route::hosts).unwrap_or_default();
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config(&settings.extra_roots)?)
        .default_headers(headers)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .dns_resolver(GuardedResolver { guard: Arc::clone(guard), names, trusted })
        .connector_layer(Watch)
        .connect_timeout(connect_timeout(settings.timeout))
        .pool_max_idle_per_host(settings.kept)
        .pool_idle_timeout(IDLE)
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true);
    if let Some(route) = route.cloned() {
        builder = builder.proxy(reqwest::Proxy::custom(move |url| {
            (route.choose)(url.host_str()?).map(|proxy| with_password(&proxy))
        }));
    }
    builder.build().map_err(|error| setup(&root_cause(&error)))
}

pub fn connect_timeout(timeout: Duration) -> Duration {
    timeout.min(CONNECT_TIMEOUT_MAX)
}
