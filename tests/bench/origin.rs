//! A fast loopback origin: documents in memory, at as many addresses as are wanted, with
//! validators and 304.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::thread;

#[derive(Debug, Clone)]
pub struct Served {
    pub body: Bytes,
    pub content_type: &'static str,
    etag: HeaderValue,
    last_modified: HeaderValue,
}

impl Served {
    /// `modified_at`: seconds since 1970.
    pub fn new(body: Vec<u8>, content_type: &'static str, modified_at: i64) -> Self {
        let etag = format!("\"{:016x}\"", xxhash_rust::xxh3::xxh3_64(&body));
        let last_modified = countywire::model::Timestamp(modified_at).http_date();
        Served {
            body: body.into(),
            content_type,
            etag: HeaderValue::try_from(etag).expect("hexadecimal digits"),
            last_modified: HeaderValue::try_from(last_modified).expect("ASCII"),
        }
    }

    /// RFC 9110 §13.2.2: If-None-Match comes first, If-Modified-Since counts without it.
    fn is_known(&self, request: &Request<Incoming>) -> bool {
        match request.headers().get(header::IF_NONE_MATCH) {
            Some(etag) => *etag == self.etag || etag == "*",
            None => request.headers().get(header::IF_MODIFIED_SINCE) == Some(&self.last_modified),
        }
    }
}

#[derive(Default)]
struct Shelf {
    documents: RwLock<HashMap<String, Served>>,
    full: AtomicU64,
    not_modified: AtomicU64,
}

pub struct Origin {
    shelf: Arc<Shelf>,
    pub port: u16,
}

/// Answers given: with a body, and 304.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answers {
    pub full: u64,
    pub not_modified: u64,
}

impl Origin {
    /// Listens on one free port of each host, in a thread of its own that ends with the
    /// process.
    pub fn start(hosts: Vec<Ipv4Addr>) -> std::io::Result<Origin> {
        let listeners = bind(&hosts)?;
        let port = listeners[0].local_addr()?.port();
        let shelf = Arc::new(Shelf::default());
        let serving = Arc::clone(&shelf);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new().name("origin".to_owned()).spawn(move || {
            runtime.block_on(async move {
                for listener in listeners {
                    tokio::spawn(accept(listener, Arc::clone(&serving)));
                }
                std::future::pending::<()>().await;
            });
        })?;
        Ok(Origin { shelf, port })
    }

    /// Puts a document at a path, such as `/feed/7.xml`, of every host.
    pub fn put(&self, path: String, served: Served) {
        self.shelf.documents.write().expect("no holder panics").insert(path, served);
    }

    /// What has been answered since the last call.
    pub fn take_answers(&self) -> Answers {
        Answers {
            full: self.shelf.full.swap(0, Ordering::Relaxed),
            not_modified: self.shelf.not_modified.swap(0, Ordering::Relaxed),
        }
    }
}

/// The same port everywhere: where it is taken on one address, another one is tried.
fn bind(hosts: &[Ipv4Addr]) -> std::io::Result<Vec<TcpListener>> {
    let mut problem = None;
    for _ in 0..20 {
        let mut port = 0;
        let mut listeners = Vec::new();
        let bound = hosts.iter().try_for_each(|host| {
            let listener = TcpListener::bind((*host, port))?;
            port = listener.local_addr()?.port();
            listener.set_nonblocking(true)?;
            listeners.push(listener);
            Ok(())
        });
        match bound {
            Ok(()) => return Ok(listeners),
            Err(error) => problem = Some(error),
        }
    }
    Err(problem.unwrap_or_else(|| std::io::Error::other("no host to listen on")))
}

async fn accept(listener: TcpListener, shelf: Arc<Shelf>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("set to non-blocking");
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let shelf = Arc::clone(&shelf);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let answered = answer(&shelf, &request);
                async move { Ok::<_, Infallible>(answered) }
            });
            // A client that goes away is no concern of ours.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn answer(shelf: &Shelf, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let documents = shelf.documents.read().expect("no holder panics");
    let mut response = Response::new(Full::default());
    let Some(served) = documents.get(request.uri().path()) else {
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, served.etag.clone());
    headers.insert(header::LAST_MODIFIED, served.last_modified.clone());
    if served.is_known(request) {
        shelf.not_modified.fetch_add(1, Ordering::Relaxed);
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        shelf.full.fetch_add(1, Ordering::Relaxed);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(served.content_type));
        *response.body_mut() = Full::new(served.body.clone());
    }
    response
}
