//! Signatures of what is pushed (§7.1): whether a push comes from the hub that we gave our secret
//! to, and what our own hub signs with.

use ring::hmac;
use std::fmt::Write;

/// Why a push is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("it carries no X-Hub-Signature")]
    Missing,
    #[error("its X-Hub-Signature has another form than sha256=…")]
    Malformed,
    #[error("its X-Hub-Signature is of an algorithm that WebSub does not know")]
    Algorithm,
    #[error("its X-Hub-Signature is not that of our secret")]
    Wrong,
}

impl Fault {
    /// A short fixed label.
    pub fn kind(self) -> &'static str {
        match self {
            Fault::Missing => "unsigned",
            Fault::Malformed => "malformed",
            Fault::Algorithm => "algorithm",
            Fault::Wrong => "wrong_signature",
        }
    }
}

/// By what a hub signs (§7.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Method {
    pub const ALL: [Method; 4] = [Method::Sha1, Method::Sha256, Method::Sha384, Method::Sha512];

    pub fn label(self) -> &'static str {
        match self {
            Method::Sha1 => "sha1",
            Method::Sha256 => "sha256",
            Method::Sha384 => "sha384",
            Method::Sha512 => "sha512",
        }
    }

    fn algorithm(self) -> hmac::Algorithm {
        match self {
            Method::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Method::Sha256 => hmac::HMAC_SHA256,
            Method::Sha384 => hmac::HMAC_SHA384,
            Method::Sha512 => hmac::HMAC_SHA512,
        }
    }
}

/// `method=hex` of a body, for `X-Hub-Signature`.
pub fn sign(method: Method, secret: &str, body: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(method.algorithm(), secret.as_bytes()), body);
    let mut signature = format!("{}=", method.label());
    for byte in tag.as_ref() {
        let _infallible = write!(signature, "{byte:02x}");
    }
    signature
}

/// Checks `method=hex` over the body as it was sent, in constant time.
///
/// All four methods of §7.1.1 count, `sha1` too: most hubs sign with nothing else, and what
/// has been found against SHA-1 (collisions) does not forge an HMAC (RFC 6194 §3.3).
///
/// # Errors
/// Why the push is not to be believed.
pub fn verify(header: Option<&str>, secret: &str, body: &[u8]) -> Result<(), Fault> {
    let (method, signature) =
        header.ok_or(Fault::Missing)?.trim().split_once('=').ok_or(Fault::Malformed)?;
    let known = Method::ALL.into_iter().find(|known| known.label().eq_ignore_ascii_case(method));
    let algorithm = known.ok_or(Fault::Algorithm)?.algorithm();
    let signature = unhex(signature).ok_or(Fault::Malformed)?;
    let key = hmac::Key::new(algorithm, secret.as_bytes());
    hmac::verify(&key, body, &signature).map_err(|_| Fault::Wrong)
}

/// Longest signature, bytes.
const LONGEST: usize = 64;

fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() % 2 == 1 || text.len() > LONGEST * 2 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2202 §3 and RFC 4231 §4.3: key `Jefe`.
    const DATA: &[u8] = b"what do ya want for nothing?";
    const SHA1: &str = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
    const SHA256: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    const SHA384: &str = "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649";
    const SHA512: &str = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";

    #[test]
    fn the_four_methods_of_the_standard_are_believed_when_they_fit() {
        for (method, signature) in
            [("sha1", SHA1), ("sha256", SHA256), ("sha384", SHA384), ("sha512", SHA512)]
        {
            let header = format!("{method}={signature}");
            let by = Method::ALL.into_iter().find(|by| by.label() == method).expect("known");
            assert_eq!(sign(by, "Jefe", DATA), header);
            assert_eq!(verify(Some(&header), "Jefe", DATA), Ok(()));
            assert_eq!(verify(Some(&header.to_uppercase()), "Jefe", DATA), Ok(()));
            assert_eq!(verify(Some(&header), "Jeff", DATA), Err(Fault::Wrong));
            assert_eq!(verify(Some(&header), "Jefe", b"other"), Err(Fault::Wrong));
            let other = if method == "sha512" { "sha1" } else { "sha512" };
            let relabelled = format!("{other}={signature}");
            assert_eq!(verify(Some(&relabelled), "Jefe", DATA), Err(Fault::Wrong));
            assert_eq!(verify(Some(&header[..header.len() - 2]), "Jefe", DATA), Err(Fault::Wrong));
        }
    }

    #[test]
    fn what_is_no_signature_is_told_from_a_wrong_one() {
        let long = format!("sha256={}", "00".repeat(LONGEST + 1));
        for (header, fault) in [
            (None, Fault::Missing),
            (Some(""), Fault::Malformed),
            (Some(SHA256), Fault::Malformed),
            (Some("sha256="), Fault::Wrong),
            (Some("sha256=abc"), Fault::Malformed),
            (Some("sha256=é0"), Fault::Malformed),
            (Some("sha256=zz"), Fault::Malformed),
            (Some(long.as_str()), Fault::Malformed),
            (Some("md5=00"), Fault::Algorithm),
        ] {
            assert_eq!(verify(header, "Jefe", DATA), Err(fault), "{header:?}");
        }
    }
}
