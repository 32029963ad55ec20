//! Why a fetch failed.

use super::chain;
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
    #[error(
        "{host} is a name within private networks, which no proxy is asked for; [[host]] proxy = \"none\" and allow_addresses can allow it"
    )]
    RefusedName { host: String },
    #[error(
        "the credential {name:?} is not given to this process; systemd gives it to the service with LoadCredential="
    )]
    Credential { name: String },
    #[error("cannot connect to {host}")]
    Connect { host: String, source: reqwest::Error },
    #[error("no secure connection to {host}: {fault}")]
    Tls { host: String, fault: String },
    #[error("{phase} within {limit:?}")]
    Timeout { phase: Phase, limit: Duration },
    #[error("body exceeds {limit_bytes} bytes")]
    TooLarge { limit_bytes: u64 },
    #[error("the server answered {}", status_words(*status))]
    Status { status: u16, retry_after: Option<Duration>, freshness: Option<Duration> },
    #[error("redirect: {what}")]
    Redirect { what: String, status: u16 },
    /// `status`: of the redirect.
    #[error("after a redirect: {error}")]
    Redirected { error: Box<FetchError>, status: u16 },
    #[error("the connection to {host} broke off")]
    Interrupted { host: String, source: reqwest::Error, in_body: bool },
    #[error("the server answered {0}")]
    Protocol(String),
    #[error("the server answered 304 to an unconditional request")]
    Unasked304,
    #[error("the body is not in its Content-Encoding, {coding}")]
    Decode { coding: String, wire_bytes: u64, asked_twice: bool },
    /// `wire_bytes`: of the first body.
    #[error("asked again without {coding}, in which its body was not: {error}")]
    Again { error: Box<FetchError>, coding: String, wire_bytes: u64 },
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
            FetchError::RefusedAddress { .. } | FetchError::RefusedName { .. } => "refused_address",
            FetchError::Credential { .. } => "credential",
            FetchError::Connect { .. } => "connect",
            FetchError::Tls { .. } => "tls",
            FetchError::Timeout { .. } => "timeout",
            FetchError::TooLarge { .. } => "too_large",
            FetchError::Status { .. } => "status",
            FetchError::Redirect { .. } => "redirect",
            FetchError::Redirected { error, .. } => error.kind(),
            FetchError::Interrupted { .. } => "interrupted",
            FetchError::Protocol(_) | FetchError::Unasked304 => "protocol",
            FetchError::Decode { .. } => "decode",
            FetchError::Again { error, .. } => error.kind(),
        }
    }

    /// The status, when the server answered with one that is no success.
    pub fn status(&self) -> Option<u16> {
        match self {
            FetchError::Status { status, .. } => Some(*status),
            FetchError::Again { error, .. } => error.status(),
            _ => None,
        }
    }

    /// The status of the answer that came, whatever was wrong with it.
    pub fn answered(&self) -> Option<u16> {
        match self {
            FetchError::Status { status, .. }
            | FetchError::Redirect { status, .. }
            | FetchError::Redirected { status, .. } => Some(*status),
            FetchError::Unasked304 => Some(304),
            // The first request was.
            FetchError::Again { error, .. } => error.answered().or(Some(200)),
            FetchError::TooLarge { .. }
            | FetchError::Decode { .. }
            | FetchError::Interrupted { in_body: true, .. }
            | FetchError::Timeout { phase: Phase::Body, .. } => Some(200),
            _ => None,
        }
    }

    /// Bytes of bodies that came all the same.
    pub fn wire_bytes(&self) -> u64 {
        match self {
            FetchError::Decode { wire_bytes, .. } | FetchError::Again { wire_bytes, .. } => {
                *wire_bytes
            }
            _ => 0,
        }
    }

    /// A body could not be opened; with it, whether it was asked for again.
    pub fn broken_body(&self) -> Option<bool> {
        match self {
            FetchError::Decode { asked_twice, .. } => Some(*asked_twice),
            FetchError::Again { .. } => Some(true),
            _ => None,
        }
    }

    /// Whether no request has reached any server.
    pub fn is_unsent(&self) -> bool {
        matches!(
            self,
            FetchError::Dns { .. }
                | FetchError::Connect { .. }
                | FetchError::Tls { .. }
                | FetchError::Timeout { phase: Phase::Connect, .. }
        )
    }

    /// 410: polling should stop.
    pub fn is_gone(&self) -> bool {
        self.status() == Some(410)
    }

    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            FetchError::Status { retry_after, .. } => *retry_after,
            FetchError::Again { error, .. } => error.retry_after(),
            _ => None,
        }
    }

    pub fn freshness(&self) -> Option<Duration> {
        match self {
            FetchError::Status { freshness, .. } => *freshness,
            FetchError::Again { error, .. } => error.freshness(),
            _ => None,
        }
    }

    /// The message and its first cause in one line, for a person.
    pub fn describe(&self) -> String {
        if let FetchError::Redirected { error, .. } = self {
            return format!("after a redirect: {}", error.describe());
        }
        if let FetchError::Again { error, coding, .. } = self {
            return format!(
                "asked again without {coding}, in which its body was not: {}",
                error.describe()
            );
        }
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
            (is_connect, _) => match find::<rustls::Error>(&source) {
                Some(error) => FetchError::Tls { host, fault: chain::words(error) },
                // A connection that is being made ends early in its handshake only.
                None if is_connect && is_eof(&source) => {
                    FetchError::Tls { host, fault: chain::ENDED.to_owned() }
                }
                None if is_connect => FetchError::Connect { host, source },
                None => FetchError::Interrupted { host, source, in_body: false },
            },
        }
    }

    /// An error that came while the body was read.
    pub(super) fn in_body(error: reqwest::Error, host: &str) -> Self {
        let source = error.without_url();
        FetchError::Interrupted { host: host.to_owned(), source, in_body: true }
    }
}

/// Looks for a cause of one type.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    causes(error).find_map(|cause| cause.downcast_ref::<E>())
}

fn is_eof(error: &(dyn Error + 'static)) -> bool {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::UnexpectedEof)
}

/// The error and its causes, also those inside I/O errors, which do not list theirs.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error: &&'a (dyn Error + 'static)| {
        let inner = error.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref());
        match inner {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}

fn status_words(status: u16) -> String {
    let name = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    name.map_or_else(|| status.to_string(), |name| format!("{status} {name}"))
}
