//! Why a daemon does not start.

use crate::fetch::FetchError;
use crate::store::StoreError;
use std::net::SocketAddr;

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen on {address}: {source}; {}", listen_advice(.source.kind(), key))]
    Listen { address: SocketAddr, key: &'static str, source: std::io::Error },
    #[error("socket given by systemd: {0}")]
    Socket(std::io::Error),
    #[error("store: {}", .0.full())]
    Store(#[from] StoreError),
    #[error("the subscriptions to our feeds cannot be read or written: {0}")]
    Hub(std::io::Error),
    #[error("{0}")]
    Fetch(#[from] FetchError),
    #[error("the sources' states cannot be read: {0}")]
    States(String),
    #[error("cannot start the store's writer: {0}")]
    Thread(std::io::Error),
}

/// What to do about an address that cannot be listened on; `key`: of `[listen]`.
fn listen_advice(kind: std::io::ErrorKind, key: &str) -> String {
    use std::io::ErrorKind;
    match kind {
        ErrorKind::AddrNotAvailable => format!(
            "this machine has no such address: write one of its own, or 0.0.0.0 for all, as \
             [listen] {key}"
        ),
        ErrorKind::PermissionDenied => format!(
            "ports below 1024 need a right: let systemd listen (countywire.socket), or write a \
             higher port as [listen] {key}"
        ),
        _ => format!("free the port or change [listen] {key}"),
    }
}

impl StartError {
    /// 78: a restart without a person's help would fail again.
    pub fn exit_code(&self) -> u8 {
        match self {
            StartError::Store(error) if error.needs_a_person() => 78,
            _ => 1,
        }
    }
}
