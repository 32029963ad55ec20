//! TLS as we speak it: versions 1.2 and 1.3 of rustls, the machine's root certificates and
//! the admin's own.

use super::chain;
use super::error::FetchError;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature};
use rustls::crypto::{ring, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore,
    SignatureScheme,
};
use std::sync::Arc;
use tracing::warn;

/// Root certificates of a file of the admin's at most.
const ROOTS_MAX: usize = 1_000;

/// The certificates of authorities in a PEM file, as DER.
///
/// # Errors
/// In words: there are none, or one cannot be read.
pub fn read_roots(pem: &str) -> Result<Vec<Vec<u8>>, String> {
    let mut roots = Vec::new();
    for (number, root) in CertificateDer::pem_slice_iter(pem.as_bytes()).enumerate() {
        let number = number + 1;
        let root = root.map_err(|error| format!("certificate {number} is no PEM: {error}"))?;
        if number > ROOTS_MAX {
            return Err(format!("more than {ROOTS_MAX} certificates"));
        }
        webpki::anchor_from_trusted_cert(&root)
            .map_err(|error| format!("certificate {number} cannot be read: {error}"))?;
        roots.push(root.to_vec());
    }
    if roots.is_empty() { Err("no certificate in it".to_owned()) } else { Ok(roots) }
}

/// `extra_roots`: certificates as DER, trusted beside those of the machine.
///
/// # Errors
/// `Setup`: rustls has no use for the roots.
pub fn config(extra_roots: &[Vec<u8>]) -> Result<ClientConfig, FetchError> {
    let provider = Arc::new(ring::default_provider());
    let setup = |error: &dyn std::fmt::Display| FetchError::Setup(error.to_string());
    let verifier = Verifier {
        inner: verifier(extra_roots, &provider).map_err(|error| setup(&error))?,
        algorithms: provider.signature_verification_algorithms,
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| setup(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// `None`: there are no roots, so that no certificate can be good.
fn verifier(
    extra_roots: &[Vec<u8>],
    provider: &Arc<CryptoProvider>,
) -> Result<Option<Arc<WebPkiServerVerifier>>, rustls::client::VerifierBuilderError> {
    let mut roots = RootCertStore::empty();
    let machine = rustls_native_certs::load_native_certs();
    for error in machine.errors.iter().take(3) {
        warn!(%error, "a root certificate of this machine cannot be read");
    }
    roots.add_parsable_certificates(machine.certs);
    roots.add_parsable_certificates(extra_roots.iter().cloned().map(CertificateDer::from));
    if roots.is_empty() {
        warn!("no root certificates: https sources will fail; install ca-certificates");
        return Ok(None);
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map(Some)
}

/// Checks as webpki does, and tells more of a chain that does not hold.
#[derive(Debug)]
struct Verifier {
    inner: Option<Arc<WebPkiServerVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(inner) = &self.inner else { return Err(other(chain::Fault::NoRoots)) };
        let verified =
            inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        verified.map_err(|error| {
            let Error::InvalidCertificate(kind) = &error else { return error };
            let fault = match (kind, chain::fault(end_entity, intermediates)) {
                (CertificateError::UnknownIssuer, fault) => fault,
                // One that may sign others is not accepted as a server's, and says so first.
                (CertificateError::Other(_), Some(chain::Fault::SelfSigned)) => {
                    Some(chain::Fault::SelfSigned)
                }
                _ => None,
            };
            fault.map_or(error, other)
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn other(fault: chain::Fault) -> Error {
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(fault))))
}
