//! TLS in front of a plain origin.

use super::authority::Identity;
use rustls::ServerConfig;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

/// Opens TLS and passes on what comes, until it is dropped.
pub struct TlsFront {
    pub address: SocketAddr,
    _open: oneshot::Sender<()>,
}

impl TlsFront {
    pub fn before(origin: SocketAddr, identity: Identity) -> TlsFront {
        let config = server_config(identity, &[b"http/1.1"]);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let (address, open) = listen(async move |stream| {
            // A client that refuses our certificate is what some tests want.
            let Ok(mut client) = acceptor.accept(stream).await else { return };
            let Ok(mut origin) = TcpStream::connect(origin).await else { return };
            let _ = tokio::io::copy_bidirectional(&mut client, &mut origin).await;
        });
        TlsFront { address, _open: open }
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }
}

pub fn server_config(identity: Identity, protocols: &[&[u8]]) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions that ring knows")
        .with_no_client_auth();
    let config = builder.with_single_cert(identity.chain, identity.key);
    let mut config = config.expect("a key of the certificate");
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    config
}

/// Hands out connections on a free port of loopback while the sender lives.
pub fn listen<F>(serve: F) -> (SocketAddr, oneshot::Sender<()>)
where
    F: AsyncFn(TcpStream) + Clone + 'static + Send,
{
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
    listener.set_nonblocking(true).expect("a socket option");
    let address = listener.local_addr().expect("a bound address");
    let (open, closed) = oneshot::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let tasks = tokio::task::LocalSet::new();
        let accept = async move {
            let listener = TcpListener::from_std(listener).expect("a listener");
            while let Ok((stream, _)) = listener.accept().await {
                let serve = serve.clone();
                tokio::task::spawn_local(async move { serve(stream).await });
            }
        };
        runtime.expect("a runtime").block_on(tasks.run_until(async {
            tokio::select! {
                () = accept => {}
                _ = closed => {}
            }
        }));
    });
    (address, open)
}
