//! The accept loop: bounded connections, header time, write time, and a drain on stop.

use super::Answer;
use super::body::Body;
use super::client::Proxies;
use super::connections::{Connections, Place};
use super::head::{FIELDS, HEAD_BYTES, HadFragment};
use super::timed::{Refused, TimedStream};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::future::{Future, ready};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::either::Either;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// What a listener answers with.
pub trait Handler: Send + Sync + 'static {
    /// What is at hand, so that nothing has to be waited for; `None`: all else.
    fn at_once(&self, _request: &Request<Incoming>, _peer: IpAddr) -> Option<Answer> {
        None
    }

    fn handle(
        &self,
        request: Request<Incoming>,
        peer: IpAddr,
    ) -> impl Future<Output = Answer> + Send;

    /// What never became a request was answered with this.
    fn refused(&self, _status: StatusCode) {}
}

#[derive(Debug, Clone)]
pub struct Limits {
    /// Open at once; for more, idle ones are closed.
    pub connections: usize,
    /// The same for one client.
    pub connections_per_client: usize,
    /// Their connections are counted all together alone.
    pub proxies: Proxies,
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
            connections_per_client: 1024,
            proxies: Proxies::default(),
            header_time: Duration::from_secs(15),
            write_time: Duration::from_secs(20),
            drain_time: Duration::from_secs(4),
        }
    }
}

/// How often it is looked who has been idle for too long: cheaper than a timer for each request.
const SWEEP: Duration = Duration::from_secs(1);

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
    let connections = Connections::new(limits.connections, limits.connections_per_client);
    let graceful = GracefulShutdown::new();
    let refused: Refused = {
        let handler = Arc::clone(&handler);
        Arc::new(move |status| handler.refused(status))
    };
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        let (stream, peer) = tokio::select! {
            () = stop.cancelled() => break,
            _ = sweep.tick() => {
                connections.let_go_after(limits.header_time);
                continue;
            }
            accepted = listening.listener.accept() => match accepted {
                Ok((stream, peer)) => (stream, peer.ip()),
                Err(error) => {
                    warn!(%error, address = %listening.address, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        let client = Some(peer).filter(|peer| !limits.proxies.is_trusted(*peer));
        let place = tokio::select! {
            () = stop.cancelled() => break,
            place = connections.enter(client) => place,
        };
        let Some(place) = place else {
            debug!(%peer, "too many connections of one client");
            continue;
        };
        let _ = stream.set_nodelay(true);
        let place = Arc::new(place);
        let known = Arc::clone(&place.connection);
        let (patience, refused) = (limits.write_time, Arc::clone(&refused));
        let stream = TimedStream::new(stream, patience, Arc::clone(&known), refused);
        let connection = http1::Builder::new()
            .max_buf_size(HEAD_BYTES)
            .max_headers(FIELDS)
            .serve_connection(TokioIo::new(stream), service(Arc::clone(&handler), place, peer));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            tokio::select! {
                ended = connection => {
                    if let Err(error) = ended {
                        debug!(%error, "connection ended");
                    }
                }
                () = known.gone.cancelled() => debug!(%peer, "an idle connection is closed"),
            }
        });
    }
    drop(listening);
    if tokio::time::timeout(limits.drain_time, graceful.shutdown()).await.is_err() {
        debug!("connections were still open at the end of the drain");
    }
}

/// Its connection has its place for as long as this is there.
fn service<H: Handler>(
    handler: Arc<H>,
    place: Arc<Place>,
    peer: IpAddr,
) -> impl Service<Request<Incoming>, Response = Answer, Error = Infallible, Future: Send> {
    service_fn(move |mut request: Request<Incoming>| {
        if place.connection.has_fragment.load(Ordering::Relaxed) {
            request.extensions_mut().insert(HadFragment);
        }
        if let Some(answer) = handler.at_once(&request, peer) {
            place.connection.moved();
            return Either::Left(ready(Ok::<_, Infallible>(answer)));
        }
        let (handler, asked) = (Arc::clone(&handler), place.asked());
        // What may have to wait is large, and is better not moved about.
        Either::Right(Box::pin(async move {
            let mut answer = handler.handle(request, peer).await;
            if let Body::Stream { asked: until_its_end, .. } = answer.body_mut() {
                *until_its_end = Some(asked);
            }
            Ok(answer)
        }))
    })
}
