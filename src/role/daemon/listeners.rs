//! The addresses that are listened on: given by systemd, or bound.

use super::StartError;
use crate::config::Config;
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpSocket};

pub fn taken(
    given: &mut listenfd::ListenFd,
    index: usize,
) -> Result<Option<TcpListener>, StartError> {
    let Some(listener) = given.take_tcp_listener(index).map_err(StartError::Socket)? else {
        return Ok(None);
    };
    listener.set_nonblocking(true).map_err(StartError::Socket)?;
    TcpListener::from_std(listener).map(Some).map_err(StartError::Socket)
}

pub fn bound(address: SocketAddr, key: &'static str) -> Result<TcpListener, StartError> {
    listening(address).map_err(|source| StartError::Listen { address, key, source })
}

/// Connections that wait to be accepted, where the kernel lets as many wait: beyond them a
/// reader's is tried again after a second.
const BACKLOG: u32 = 4096;

fn listening(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// `base_url` defaults to the public listener; port 0 is known once it is bound.
pub fn fill_in_port(config: &mut Config, public: SocketAddr) {
    let url = &mut config.site.base_url;
    if url.port() == Some(0) {
        let _ = url.set_port(Some(public.port()));
    }
}
