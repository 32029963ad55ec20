//! Against a loopback server that says and does whatever a test wants.

mod addresses;
mod answers;
mod bodies;
mod failures;
mod names;
mod redirects;

use super::*;
use crate::model::Validators;
use crate::model::access::Secret;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const FEED: &str = "<rss version=\"2.0\"><channel><title>兴平</title></channel></rss>";
const AGENT: &str = "countywire/0.1 (+https://example.cn/about)";

enum Reply {
    /// These bytes, then the end.
    Bytes(Vec<u8>),
    /// The head, then the part again and again, `pause` between.
    Endless {
        head: String,
        part: Vec<u8>,
        pause: Duration,
    },
    Silence,
}

struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Each connection carries one request; `script` gets its number and its head.
    async fn start(script: impl Fn(usize, &str) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, script) = (Arc::clone(&requests), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, script) = (Arc::clone(&seen), Arc::clone(&script));
                tokio::spawn(async move { answer(stream, &seen, &*script).await });
            }
        });
        Server { address, requests }
    }

    fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    /// The heads of the requests so far, header names in lower case.
    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn answer(
    mut stream: TcpStream,
    seen: &Mutex<Vec<String>>,
    script: &(dyn Fn(usize, &str) -> Reply + Send + Sync),
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push(head.clone());
        seen.len()
    };
    match script(number, &head) {
        Reply::Bytes(bytes) => drop(stream.write_all(&bytes).await),
        Reply::Endless { head, part, pause } => {
            let mut sent = stream.write_all(head.as_bytes()).await;
            while sent.is_ok() {
                tokio::time::sleep(pause).await;
                sent = stream.write_all(&part).await;
            }
        }
        Reply::Silence => drop(stream.read_u8().await),
    }
}

/// A whole answer with its Content-Length.
fn reply(status: &str, headers: &[&str], body: &[u8]) -> Reply {
    let mut text = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    Reply::Bytes(bytes)
}

fn settings() -> FetchSettings {
    FetchSettings {
        timeout: Duration::from_secs(20),
        max_body_bytes: 1024 * 1024,
        allow: vec!["127.0.0.1/32".parse().unwrap()],
        route: Route::direct(),
        extra_roots: vec![],
        kept: 1,
        user_agent: AGENT.into(),
        clock: || chrono::Utc::now().into(),
    }
}

fn client() -> Client {
    Client::new(settings()).unwrap()
}

fn impatient() -> Client {
    Client::new(FetchSettings { timeout: Duration::from_millis(300), ..settings() }).unwrap()
}

fn validators(etag: &str, last_modified: &str) -> Validators {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Validators { etag: some(etag), last_modified: some(last_modified) }
}

fn conditional(url: Url) -> FetchJob {
    let validators = validators("W/\"a, b\"", "Tue, 24 Nov 2026 08:00:00 GMT");
    FetchJob { validators, ..FetchJob::new(url) }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

async fn fetch(server: &Server) -> Result<Answer, FetchError> {
    client().fetch(&FetchJob::new(server.url("/feed"))).await
}

#[track_caller]
fn kind(result: Result<Answer, FetchError>) -> &'static str {
    result.expect_err("this fetch should fail").kind()
}
