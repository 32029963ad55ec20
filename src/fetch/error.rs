//! Why a fetch failed.

use super::guard::Refused;
use reqwest::StatusCode;
use std::error::Error;
use std::net::IpAddr;
use std::time::Duration;

/// [`FetchError::describe`] stays within this many characters.
const DESCRIPTION_MAX: usize = 300;

#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("cannot set up the HTTP client: {0}")]
    Setup(String),
    #[error("only http and https addresses can be polled, not {scheme}")]
    Scheme { scheme: String },
    #[error("request header {name:?} is not valid")]
    Header { name: String },
    #[error("cannot resolve {host}")]
    Dns { host: String, source: reqwest::Error },
    #[error("{host} is at {address}, which is no public address; allow_addresses can allow it")]
    RefusedAddress { host: String, address: IpAddr },
    #[error("cannot connect to {host}")]
    Connect { host: String, source: reqwest::Error },
    #[error("no secure connection to {host}")]
    Tls { host: String, source: reqwest::Error },
    #[error("{phase} within {limit:?}")]
    Timeout { phase: Phase, limit: Duration },
    #[error("body exceeds {limit_bytes} bytes")]
    TooLarge { limit_bytes: u64 },
    #[error("the server answered {}", status_words(*status))]
    Status { status: u16, retry_after: Option<Duration>, freshness: Option<Duration> },
    #[error("redirect: {0}")]
    Redirect(String),
    #[error("the connection to {host} broke off")]
    Interrupted { host: String, source: reqwest::Error },
    #[error("the server answered {0}")]
    Protocol(String),
    #[error("the body is not in its Content-Encoding, {coding}")]
    Decode { coding: String },
}

/// How far a fetch had come when its time ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Connect,
    Answer,
    Body,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Phase::Connect => "no connection",
            Phase::Answer => "no answer",
            Phase::Body => "no whole body",
        })
    }
}

impl FetchError {
    /// A short fixed label for logs, metrics and reports.
    pub fn kind(&self) -> &'static str {
        match self {
            FetchError::Setup(_) => "setup",
            FetchError::Scheme { .. } => "scheme",
            FetchError::Header { .. } => "header",
            FetchError::Dns { .. } => "dns",
            FetchError::RefusedAddress { .. } => "refused_address",
            FetchError::Connect { .. } => "connect",
            FetchError::Tls { .. } => "tls",
            FetchError::Timeout { .. } => "timeout",
            FetchError::TooLarge { .. } => "too_large",
            FetchError::Status { .. } => "status",
            FetchError::Redirect(_) => "redirect",
            FetchError::Interrupted { .. } => "interrupted",
            FetchError::Protocol(_) => "protocol",
            FetchError::Decode { .. } => "decode",
        }
    }

    /// The status, when the server answered with one that is no success.
    pub fn status(&self) -> Option<u16> {
        match self {
            FetchError::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// 410: polling should stop.
    pub fn is_gone(&self) -> bool {
        self.status() == Some(410)
    }

    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            FetchError::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    pub fn freshness(&self) -> Option<Duration> {
        match self {
            FetchError::Status { freshness, .. } => *freshness,
            _ => None,
        }
    }

    /// The message and its first cause in one line, for a person.
    pub fn describe(&self) -> String {
        let message = self.to_string();
        let Some(mut cause) = self.source() else { return message };
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        format!("{message}: {cause}").chars().take(DESCRIPTION_MAX).collect()
    }

    /// Sorts an error that came before the head of an answer.
    pub(super) fn before_answer(error: reqwest::Error, host: &str, limit: Duration) -> Self {
        let source = error.without_url();
        let host = host.to_owned();
        if let Some(refused) = find::<Refused>(&source) {
            return FetchError::RefusedAddress { host, address: refused.0 };
        }
        match (source.is_connect(), source.is_timeout()) {
            (true, true) => FetchError::Timeout { phase: Phase::Connect, limit },
            (false, true) => FetchError::Timeout { phase: Phase::Answer, limit },
            _ if source.is_dns() => FetchError::Dns { host, source },
            _ if find::<rustls::Error>(&source).is_some() => FetchError::Tls { host, source },
            (true, _) => FetchError::Connect { host, source },
            _ => FetchError::Interrupted { host, source },
        }
    }

    /// An error that came while the body was read.
    pub(super) fn in_body(error: reqwest::Error, host: &str) -> Self {
        FetchError::Interrupted { host: host.to_owned(), source: error.without_url() }
    }
}

/// Looks for a cause of one type, also inside I/O errors, which do not list theirs.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref());
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

fn status_words(status: u16) -> String {
    let name = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    name.map_or_else(|| status.to_string(), |name| format!("{status} {name}"))
}
