//! Certificates for servers on loopback, and the authorities that issue them.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// What a server shows of itself.
pub struct Identity {
    /// Its own certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
}

/// First and last year of a certificate.
pub type Years = (i32, i32);
pub const NOW: Years = (2020, 2090);

impl Authority {
    /// Signed by itself.
    pub fn root(name: &str) -> Authority {
        let issuer = CertifiedIssuer::self_signed(authority(name), key()).expect("parameters");
        Authority { issuer }
    }

    /// Signed by this one.
    pub fn below(&self, name: &str) -> Authority {
        let issuer = CertifiedIssuer::signed_by(authority(name), key(), &self.issuer);
        Authority { issuer: issuer.expect("parameters") }
    }

    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    pub fn certificate(&self) -> CertificateDer<'static> {
        self.issuer.der().clone()
    }

    /// For the server of a name or IP address.
    pub fn issue(&self, name: &str, years: Years) -> Identity {
        let key = key();
        let certificate = server(name, years).signed_by(&key, &self.issuer).expect("parameters");
        Identity { chain: vec![certificate.into()], key: private(&key) }
    }
}

impl Identity {
    /// Signed by itself.
    pub fn alone(name: &str) -> Identity {
        let key = key();
        let certificate = server(name, NOW).self_signed(&key).expect("parameters");
        Identity { chain: vec![certificate.into()], key: private(&key) }
    }

    /// Shows the certificate of an authority, too.
    pub fn with(mut self, authority: &Authority) -> Identity {
        self.chain.push(authority.certificate());
        self
    }
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::try_from(key.serialize_der()).expect("a key of ours")
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn server(name: &str, (from, until): Years) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    params
}
