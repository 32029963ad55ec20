//! The accept loop: bounded connections, header time, write time, and a drain on stop.

use super::Answer;
use super::timed::TimedStream;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// What a listener answers with.
pub trait Handler: Send + Sync + 'static {
    fn handle(&self, request: Request<Incoming>) -> impl Future<Output = Answer> + Send;
}

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Open at once; more wait in the kernel's backlog.
    pub connections: usize,
    /// For all headers of a request, and between requests.
    pub header_time: Duration,
    /// For a write to make progress.
    pub write_time: Duration,
    /// For open answers to be finished after a stop.
    pub drain_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 1024,
            header_time: Duration::from_secs(15),
            write_time: Duration::from_secs(20),
            drain_time: Duration::from_secs(4),
        }
    }
}

/// Largest request head, bytes.
const HEAD_BYTES: usize = 16 * 1024;
const HEADERS: usize = 64;

/// Who is at the other end of a request's connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// A bound listener with its address.
pub struct Listening {
    pub listener: TcpListener,
    pub address: SocketAddr,
}

impl Listening {
    pub fn new(listener: TcpListener) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        Ok(Listening { listener, address })
    }
}

/// Serves until `stop`, then lets answers in flight finish.
pub async fn serve<H: Handler>(
    listening: Listening,
    handler: Arc<H>,
    limits: Limits,
    stop: CancellationToken,
) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    loop {
        let permit = tokio::select! {
            () = stop.cancelled() => break,
            permit = Arc::clone(&room).acquire_owned() => permit.expect("never closed"),
        };
        let (stream, peer) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listening.listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    warn!(%error, address = %listening.address, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        let _ = stream.set_nodelay(true);
        let handler = Arc::clone(&handler);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer.ip()));
            let handler = Arc::clone(&handler);
            async move { Ok::<_, Infallible>(handler.handle(request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_time)
            .max_buf_size(HEAD_BYTES)
            .max_headers(HEADERS)
            .serve_connection(TokioIo::new(TimedStream::new(stream, limits.write_time)), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                debug!(%error, "connection ended");
            }
            drop(permit);
        });
    }
    drop(listening);
    if tokio::time::timeout(limits.drain_time, graceful.shutdown()).await.is_err() {
        debug!("connections were still open at the end of the drain");
    }
}
