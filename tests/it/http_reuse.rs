//! Connections: one for polls that follow each other, HTTP/2 where the server speaks it, and
//! no poll lost to one that was closed meanwhile.

use crate::support::authority::{Authority, NOW};
use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::tls::{listen, server_config};
use hyper::body::Bytes;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// What a server has seen.
#[derive(Default, Clone)]
struct Seen(Arc<Mutex<(usize, Vec<String>)>>);

impl Seen {
    fn connection(&self) -> usize {
        let mut seen = self.0.lock().expect("no holder panics");
        seen.0 += 1;
        seen.0
    }

    fn request(&self, what: impl Into<String>) {
        self.0.lock().expect("no holder panics").1.push(what.into());
    }

    fn connections(&self) -> usize {
        self.0.lock().expect("no holder panics").0
    }

    fn requests(&self) -> Vec<String> {
        self.0.lock().expect("no holder panics").1.clone()
    }
}

fn body() -> Vec<u8> {
    Form::Rss20.document(&[News::new("paper", 1, "来稿", 1)]).body
}

/// Reads the head of a request; `None`: the client has gone.
async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

async fn answer(stream: &mut TcpStream) {
    let body = body();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
}

fn daemon(urls: &[(&str, String)], more: &str) -> (Home, Daemon) {
    let sources = |settings: Settings, (id, url): &(&str, String)| settings.source(id, url, "");
    let home = Home::new(&urls.iter().fold(Settings::new().poll(more), sources));
    let daemon = Daemon::start(&home);
    (home, daemon)
}

#[test]
fn polls_of_one_host_share_a_connection() {
    let seen = Seen::default();
    let watch = seen.clone();
    let (address, _open) = listen(async move |mut stream| {
        watch.connection();
        while let Some(head) = head(&mut stream).await {
            watch.request(head.split(' ').nth(1).unwrap_or_default());
            answer(&mut stream).await;
        }
    });
    let url = |id: &str| format!("http://{address}/{id}");
    let (_home, daemon) = daemon(&[("a", url("a")), ("b", url("b"))], "");
    for source in ["a", "b", "a"] {
        assert_eq!(daemon.poll(source)["outcome"], "fetched");
    }
    assert_eq!((seen.connections(), seen.requests().len()), (1, 3));
}

#[test]
fn a_server_with_http_2_is_asked_over_it_and_one_connection_serves_all() {
    let seen = Seen::default();
    let watch = seen.clone();
    let root = Authority::root("Loopback Root");
    let config = server_config(root.issue("127.0.0.1", NOW), &[b"h2", b"http/1.1"]);
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (address, _open) = listen(async move |stream| {
        watch.connection();
        let Ok(stream) = acceptor.accept(stream).await else { return };
        let service = hyper::service::service_fn(|request: Request<_>| {
            let version = request.version();
            watch.request(format!("{version:?} {}", request.uri().path()));
            assert_eq!(version, Version::HTTP_2);
            let answer = Response::new(http_body_util::Full::new(Bytes::from(body())));
            async { Ok::<_, Infallible>(answer) }
        });
        let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        let _ = server.serve_connection(TokioIo::new(stream), service).await;
    });
    let settings = Settings::new()
        .poll("ca_file = \"root.pem\"")
        .source("a", &format!("https://{address}/a"), "")
        .source("b", &format!("https://{address}/b"), "");
    let home = Home::new(&settings);
    std::fs::write(home.path().join("root.pem"), root.pem()).expect("a writable folder");
    let daemon = Daemon::start(&home);
    for source in ["a", "b"] {
        assert_eq!(daemon.poll(source)["outcome"], "fetched");
    }
    assert_eq!(seen.connections(), 1);
    assert_eq!(seen.requests(), ["HTTP/2.0 /a", "HTTP/2.0 /b"]);
}

#[test]
fn a_kept_connection_that_is_closed_costs_no_poll_and_a_new_one_is_not_tried_twice() {
    let seen = Seen::default();
    let watch = seen.clone();
    // Answers the first request of a connection, and closes it when the second has come.
    // What asks for /silent is closed at once.
    let (address, _open) = listen(async move |mut stream| {
        watch.connection();
        for number in 0..2 {
            let Some(head) = head(&mut stream).await else { return };
            watch.request(head.split(' ').nth(1).unwrap_or_default());
            if number == 1 || head.contains("/silent") {
                return;
            }
            answer(&mut stream).await;
        }
    });
    let url = |id: &str| format!("http://{address}/{id}");
    let (_home, daemon) = daemon(&[("a", url("a")), ("silent", url("silent"))], "");
    for expected in ["fetched", "fetched"] {
        assert_eq!(daemon.poll("a")["outcome"], expected);
    }
    assert_eq!((seen.connections(), seen.requests()), (2, vec!["/a".to_owned(); 3]));

    // The kept one is closed, then the new one, too: that is enough.
    let polled = daemon.poll("silent");
    assert_eq!(polled["error_kind"], "interrupted", "{polled}");
    assert_eq!((seen.connections(), seen.requests().len()), (3, 5));
    let polled = daemon.poll("silent");
    assert_eq!(polled["error_kind"], "interrupted", "{polled}");
    assert_eq!((seen.connections(), seen.requests().len()), (4, 6), "no second try");
}

#[test]
fn a_server_that_cannot_be_reached_is_tried_again_soon_and_one_that_was_asked_is_not() {
    let (silent, _open) = listen(async |mut stream| drop(head(&mut stream).await));
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr();
    let closed = format!("http://{}/", closed.expect("an address"));
    let names = [
        ("closed", closed),
        ("asked", format!("http://{silent}/")),
        ("nowhere", format!("http://{}.invalid/", "x".repeat(64))),
    ];
    let (_home, daemon) = daemon(&names, "schedule = \"2h\"\nshortest = \"1h\"");
    for (source, kind, soon) in
        [("closed", "connect", true), ("asked", "interrupted", false), ("nowhere", "dns", true)]
    {
        let polled = daemon.poll(source);
        assert_eq!(polled["error_kind"], kind, "{polled}");
        let time = |value: &serde_json::Value| {
            chrono::DateTime::parse_from_rfc3339(value.as_str().expect("a time")).expect("a time")
        };
        let row = daemon.source(source);
        let minutes = (time(&row["next_poll"]) - time(&row["last_poll"])).num_minutes();
        let expected = if soon { 5..=6 } else { 120..=133 };
        assert!(expected.contains(&minutes), "{source}: {minutes}: {row}");
        let reason = row["next_reason"].as_str().expect("a reason");
        assert_eq!(reason.contains("no request was sent"), soon, "{reason}");
    }
}
