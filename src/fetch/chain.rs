//! What is wrong with a secure connection, in words, with what can be done about it.

use crate::model::Timestamp;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};

/// Names of a certificate that are told at most.
const NAMES_MAX: usize = 4;
/// Characters of one name.
const NAME_MAX: usize = 64;

/// A chain of certificates that leads to no authority known here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error(
        "this machine has no root certificates; install ca-certificates, or name a [poll] ca_file"
    )]
    NoRoots,
    #[error("its certificate is signed by itself; put it into [poll] ca_file if you trust it")]
    SelfSigned,
    #[error(
        "its certificate leads to {0:?}, a root that is not known here; put that into [poll] \
         ca_file if you trust it"
    )]
    UnknownRoot(String),
    #[error(
        "it sends no intermediate certificate, and {0:?}, which issued its own, is not known \
         here; the publisher should send the whole chain, or put that into [poll] ca_file"
    )]
    NoIntermediate(String),
    #[error(
        "its certificates lead to {0:?}, which is not known here: a link of the chain is \
         missing; put that into [poll] ca_file if you trust it"
    )]
    UnknownIssuer(String),
}

/// `None`: the certificates cannot be read.
pub fn fault(leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Option<Fault> {
    let read = |der: &CertificateDer<'_>| {
        let certificate = webpki::EndEntityCert::try_from(der).ok()?;
        Some((certificate.issuer().to_vec(), certificate.subject().to_vec()))
    };
    let (mut issuer, subject) = read(leaf)?;
    if issuer == subject {
        return Some(Fault::SelfSigned);
    }
    let links: Vec<(Vec<u8>, Vec<u8>)> = others.iter().filter_map(read).collect();
    // Each step uses up one link: a circle ends too.
    for _ in 0..links.len() {
        let Some((next, _)) = links.iter().find(|(_, subject)| *subject == issuer) else { break };
        if *next == issuer {
            return Some(Fault::UnknownRoot(name(&issuer)));
        }
        issuer.clone_from(next);
    }
    let issuer = name(&issuer);
    Some(if links.is_empty() {
        Fault::NoIntermediate(issuer)
    } else {
        Fault::UnknownIssuer(issuer)
    })
}

/// The common name, else the organisation, of a distinguished name in DER (X.520 §6.2.2,
/// §6.4.1); without either, it has no name that could be told.
fn name(der: &[u8]) -> String {
    let part = |kind: u8| {
        let start = der.windows(5).position(|bytes| bytes == [6, 3, 0x55, 4, kind])? + 5;
        let (&length, text) = der.get(start + 1..)?.split_first()?;
        text.get(..usize::from(length)).filter(|_| length < 0x80)
    };
    let text = part(3).or_else(|| part(10)).map(String::from_utf8_lossy);
    plain(&text.unwrap_or("an authority without a name".into()))
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(NAME_MAX).collect()
}

/// The server went away during the handshake.
pub const ENDED: &str = "it ended the connection before it was secure; does it speak TLS? write \
     http:// if the publisher serves it so";

/// What rustls found, for a person.
pub fn words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(error) => certificate_words(error),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::Tls12NotOffered,
        )
        | Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            "it speaks an old version of TLS only, and 1.2 or newer is asked for; the publisher \
             should update the server"
                .to_owned()
        }
        Error::PeerIncompatible(_)
        | Error::AlertReceived(
            AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity,
        ) => {
            "it has no cipher in common with ours, or refuses us; the publisher should update the \
             server"
                .to_owned()
        }
        Error::AlertReceived(AlertDescription::UnrecognisedName) => {
            "it does not know the name that the url has; is the url right?".to_owned()
        }
        Error::InvalidMessage(_) => {
            "what listens there does not speak TLS; write http:// if the publisher serves it so"
                .to_owned()
        }
        error => error.to_string(),
    }
}

fn certificate_words(error: &CertificateError) -> String {
    let date = |at: &UnixTime| Timestamp(i64::try_from(at.as_secs()).unwrap_or(0)).rfc3339();
    match error {
        CertificateError::ExpiredContext { not_after, .. } => format!(
            "a certificate of its chain expired on {}; the publisher has to renew it",
            date(not_after)
        ),
        CertificateError::NotValidYetContext { not_before, .. } => format!(
            "a certificate of its chain is not valid before {}; is this machine's clock right?",
            date(not_before)
        ),
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<String> =
                presented.iter().take(NAMES_MAX).map(|name| bare(name)).collect();
            let more = match presented.len().saturating_sub(NAMES_MAX) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let names = if names.is_empty() { "no name".to_owned() } else { names.join(", ") };
            format!("its certificate is for {names}{more}, not for this name; is the url right?")
        }
        CertificateError::Revoked => {
            "its certificate has been revoked; the publisher has to replace it".to_owned()
        }
        CertificateError::Other(other) => other.0.to_string(),
        error => format!("its certificate is not accepted: {error}"),
    }
}

/// `DnsName("a.cn")` → `a.cn`
fn bare(name: &str) -> String {
    let inner = name.split_once('(').map_or(name, |(_, rest)| rest.trim_end_matches(')'));
    plain(inner.trim_matches('"'))
}
