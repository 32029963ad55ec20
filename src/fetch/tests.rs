//! Against a loopback server that says and does whatever a test wants.

use super::*;
use crate::model::Validators;
use flate2::Compression;
use flate2::write::GzEncoder;
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
        user_agent: AGENT.into(),
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

#[tokio::test]
async fn plain_fetch_gives_body_type_and_validators() {
    let server = Server::start(|_, _| {
        let headers = [
            "ETag: W/\"x y\"",
            "Last-Modified: yesterday, so they say",
            "Content-Type: text/xml; charset=gbk",
            "Cache-Control: public, Max-Age=600",
            "Age: 100",
            "Retry-After: 120",
        ];
        reply("200 OK", &headers, FEED.as_bytes())
    })
    .await;
    let answer = fetch(&server).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (200, FEED.as_bytes()));
    assert_eq!(answer.validators, validators("W/\"x y\"", "yesterday, so they say"));
    assert_eq!(answer.content_type.as_deref(), Some("text/xml; charset=gbk"));
    assert_eq!(answer.freshness, Some(Duration::from_secs(500)));
    assert_eq!(answer.retry_after, Some(Duration::from_secs(120)));
    assert_eq!((answer.url, answer.moved_permanently_to), (server.url("/feed"), None));
}

#[tokio::test]
async fn request_names_us_and_nothing_else() {
    let server = Server::start(|_, _| reply("200 OK", &["Set-Cookie: a=b"], b"")).await;
    let client = client();
    for _ in 0..2 {
        let mut job = FetchJob::new(server.url("/feed?a=1&b=%E5%85%B4#top"));
        job.headers = vec![("X-Key".into(), "geheim".into())];
        client.fetch(&job).await.unwrap();
    }
    for head in server.requests() {
        assert!(head.starts_with("GET /feed?a=1&b=%E5%85%B4 HTTP/1.1\r\n"), "{head}");
        let lower = head.to_lowercase();
        assert!(lower.contains(&format!("user-agent: {AGENT}\r\n")), "{head}");
        assert!(lower.contains("accept: application/atom+xml, application/rss+xml"), "{head}");
        assert!(lower.contains("x-key: geheim\r\n"), "{head}");
        for coding in ["gzip", "br", "zstd", "deflate"] {
            assert!(lower.contains(coding), "{head}");
        }
        for unwanted in ["cookie:", "referer:", "if-none-match:", "if-modified-since:"] {
            assert!(!lower.contains(unwanted), "{head}");
        }
    }
}

#[tokio::test]
async fn validators_go_back_byte_for_byte() {
    let server = Server::start(|_, _| reply("304 Not Modified", &[], b"")).await;
    let job = FetchJob {
        validators: validators("W/\"兴平 'odd', \\\"", "Di, 24. Nov 2026"),
        ..FetchJob::new(server.url("/feed"))
    };
    let answer = client().fetch(&job).await.unwrap();
    assert_eq!((answer.status, answer.body.len()), (304, 0));
    let head = &server.requests()[0];
    assert!(head.contains("if-none-match: W/\"兴平 'odd', \\\"\r\n"), "{head}");
    assert!(head.contains("if-modified-since: Di, 24. Nov 2026\r\n"), "{head}");
}

#[tokio::test]
async fn not_modified_updates_the_validators_that_it_names() {
    let server = Server::start(|_, _| {
        reply("304 Not Modified", &["ETag: \"new\"", "Cache-Control: max-age=60"], b"")
    })
    .await;
    let answer = client().fetch(&conditional(server.url("/feed"))).await.unwrap();
    assert_eq!(answer.validators, validators("\"new\"", "Tue, 24 Nov 2026 08:00:00 GMT"));
    assert_eq!(answer.freshness, Some(Duration::from_secs(60)));
}

#[tokio::test]
async fn new_document_without_validators_clears_them() {
    let server = Server::start(|_, _| reply("200 OK", &[], FEED.as_bytes())).await;
    let answer = client().fetch(&conditional(server.url("/feed"))).await.unwrap();
    assert_eq!(answer.validators, Validators::default());
}

#[tokio::test]
async fn not_modified_without_a_condition_is_no_success() {
    let server = Server::start(|_, _| reply("304 Not Modified", &[], b"")).await;
    assert_eq!(kind(fetch(&server).await), "protocol");
}

#[tokio::test]
async fn gzip_body_arrives_plain() {
    let server =
        Server::start(|_, _| reply("200 OK", &["Content-Encoding: gzip"], &gzip(FEED.as_bytes())))
            .await;
    assert_eq!(fetch(&server).await.unwrap().body, FEED.as_bytes());
}

#[tokio::test]
async fn gzip_in_odd_letters_or_without_a_label_is_unpacked() {
    for header in ["Content-Encoding: GZIP", "Content-Encoding: x-gzip", "X-Nothing: 1"] {
        let server =
            Server::start(move |_, _| reply("200 OK", &[header], &gzip(FEED.as_bytes()))).await;
        assert_eq!(fetch(&server).await.unwrap().body, FEED.as_bytes(), "{header}");
        assert_eq!(server.requests().len(), 1, "{header}");
    }
}

#[tokio::test]
async fn label_that_means_nothing_is_passed_over() {
    for header in ["Content-Encoding: UTF-8", "Content-Encoding: GZIP", "Content-Encoding: none"] {
        let server = Server::start(move |_, _| reply("200 OK", &[header], FEED.as_bytes())).await;
        assert_eq!(fetch(&server).await.unwrap().body, FEED.as_bytes(), "{header}");
        assert_eq!(server.requests().len(), 1, "{header}");
    }
}

#[tokio::test]
async fn body_that_cannot_be_decoded_is_asked_for_once_more_without_compression() {
    for label in ["gzip", "br", "zstd", "BR", "Zstd"] {
        let header = format!("Content-Encoding: {label}");
        let server = Server::start(move |_, head| {
            let plain = head.contains("accept-encoding: identity\r\n");
            let headers: &[&str] = if plain { &[] } else { &[&header] };
            reply("200 OK", headers, FEED.as_bytes())
        })
        .await;
        assert_eq!(fetch(&server).await.unwrap().body, FEED.as_bytes(), "{label}");
        assert_eq!(server.requests().len(), 2, "{label}");
    }
}

#[tokio::test]
async fn body_that_is_mislabelled_again_is_a_decode_error() {
    let server =
        Server::start(|_, _| reply("200 OK", &["Content-Encoding: gzip"], FEED.as_bytes())).await;
    assert_eq!(kind(fetch(&server).await), "decode");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn gzip_bomb_stops_at_the_limit() {
    let bomb = gzip(&vec![b' '; 64 * 1024 * 1024]);
    for header in ["Content-Encoding: gzip", "X-Nothing: 1"] {
        let bomb = bomb.clone();
        let server = Server::start(move |_, _| reply("200 OK", &[header], &bomb)).await;
        let error = fetch(&server).await.unwrap_err();
        assert_eq!(error.kind(), "too_large", "{header}");
        assert_eq!(error.to_string(), "body exceeds 1048576 bytes");
    }
}

#[tokio::test]
async fn endless_body_stops_at_the_limit() {
    let server = Server::start(|_, _| Reply::Endless {
        head: "HTTP/1.1 200 OK\r\n\r\n".into(),
        part: vec![b'x'; 32 * 1024],
        pause: Duration::ZERO,
    })
    .await;
    assert_eq!(kind(fetch(&server).await), "too_large");
}

#[tokio::test]
async fn announced_size_beyond_the_limit_is_refused_unread() {
    let server = Server::start(|_, _| Reply::Endless {
        head: "HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n".into(),
        part: vec![],
        pause: Duration::from_secs(9),
    })
    .await;
    assert_eq!(kind(fetch(&server).await), "too_large");
}

#[tokio::test]
async fn body_of_exactly_the_limit_is_taken() {
    let server = Server::start(|_, _| reply("200 OK", &[], &vec![b'x'; 1024 * 1024])).await;
    assert_eq!(fetch(&server).await.unwrap().body.len(), 1024 * 1024);
}

#[tokio::test]
async fn silent_server_ends_with_timeout() {
    let server = Server::start(|_, _| Reply::Silence).await;
    let error = impatient().fetch(&FetchJob::new(server.url("/feed"))).await.unwrap_err();
    assert_eq!(error.kind(), "timeout");
    assert_eq!(error.to_string(), "no answer within 300ms");
}

#[tokio::test]
async fn dripping_body_ends_with_timeout() {
    let server = Server::start(|_, _| Reply::Endless {
        head: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".into(),
        part: b"1\r\nx\r\n".to_vec(),
        pause: Duration::from_millis(5),
    })
    .await;
    let error = impatient().fetch(&FetchJob::new(server.url("/feed"))).await.unwrap_err();
    assert_eq!(error.kind(), "timeout");
    assert_eq!(error.to_string(), "no whole body within 300ms");
}

#[tokio::test]
async fn dripping_head_ends_with_timeout_or_earlier() {
    let server = Server::start(|_, _| Reply::Endless {
        head: "HTTP/1.1 200 OK\r\n".into(),
        part: b"X-More: and more\r\n".to_vec(),
        pause: Duration::from_millis(5),
    })
    .await;
    let error = impatient().fetch(&FetchJob::new(server.url("/feed"))).await.unwrap_err();
    assert_eq!(error.kind(), "timeout");
}

#[tokio::test]
async fn endless_head_ends() {
    let server = Server::start(|_, _| Reply::Endless {
        head: "HTTP/1.1 200 OK\r\n".into(),
        part: b"X-More: and more\r\n".repeat(1_000),
        pause: Duration::ZERO,
    })
    .await;
    assert_eq!(kind(fetch(&server).await), "interrupted");
}

#[tokio::test]
async fn body_that_breaks_off_is_no_document() {
    for head in ["Content-Length: 900", "Transfer-Encoding: chunked"] {
        let text = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n5\r\n<rss>\r\n");
        let server = Server::start(move |_, _| Reply::Bytes(text.clone().into_bytes())).await;
        assert_eq!(kind(fetch(&server).await), "interrupted", "{head}");
    }
    let half = |coding: &[u8]| {
        let mut bytes =
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 900\r\n\r\n".to_vec();
        bytes.extend_from_slice(&coding[..coding.len() / 2]);
        bytes
    };
    let bytes = half(&gzip(FEED.as_bytes()));
    let server = Server::start(move |_, _| Reply::Bytes(bytes.clone())).await;
    assert_eq!(kind(fetch(&server).await), "interrupted");
}

#[tokio::test]
async fn answer_that_is_no_http_is_an_error() {
    for answer in ["", "SSH-2.0-OpenSSH_9.2\r\n", "<rss></rss>"] {
        let server = Server::start(move |_, _| Reply::Bytes(answer.into())).await;
        assert_eq!(kind(fetch(&server).await), "interrupted", "{answer}");
    }
}

#[tokio::test]
async fn closed_port_is_a_connect_error_with_its_cause() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/feed?key=geheim", listener.local_addr().unwrap());
    drop(listener);
    let error = client().fetch(&FetchJob::new(url.parse().unwrap())).await.unwrap_err();
    assert_eq!(error.kind(), "connect");
    let text = error.describe();
    assert!(text.starts_with("cannot connect to 127.0.0.1: Connection refused"), "{text}");
    assert!(!format!("{text} {error:?}").contains("geheim"), "{error:?}");
}

#[tokio::test]
async fn plain_server_behind_https_is_a_tls_error() {
    let server = Server::start(|_, _| reply("200 OK", &[], b"")).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    assert_eq!(kind(client().fetch(&FetchJob::new(url.parse().unwrap())).await), "tls");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn statuses_carry_what_the_server_wishes() {
    let server = Server::start(|_, _| {
        let headers = ["Retry-After: 3600", "Cache-Control: max-age=7200"];
        reply("429 Too Many Requests", &headers, b"")
    })
    .await;
    let error = fetch(&server).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), ("status", Some(429)));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3_600)));
    assert_eq!(error.freshness(), Some(Duration::from_secs(7_200)));
    assert_eq!(error.to_string(), "the server answered 429 Too Many Requests");

    let server = Server::start(|_, _| {
        let headers =
            ["Date: Tue, 24 Nov 2026 08:00:00 GMT", "Retry-After: Tue, 24 Nov 2026 09:30:00 GMT"];
        reply("503 Service Unavailable", &headers, b"")
    })
    .await;
    let error = fetch(&server).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(5_400)));

    let server = Server::start(|_, _| reply("410 Gone", &[], b"")).await;
    assert!(fetch(&server).await.unwrap_err().is_gone());
}

/// Redirects `/from` to `location`, and answers everything else.
async fn redirecting(status: &'static str, location: &'static [u8]) -> Server {
    Server::start(move |_, head| {
        if !head.starts_with("GET /from ") {
            return reply("200 OK", &["ETag: \"t\""], FEED.as_bytes());
        }
        let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nLocation: ");
        let rest = b"\r\nContent-Length: 0\r\n\r\n";
        Reply::Bytes([head.as_bytes(), location, rest].concat())
    })
    .await
}

#[tokio::test]
async fn redirects_are_followed_and_permanent_ones_told() {
    for (status, permanent) in [
        ("301 Moved", true),
        ("308 Moved", true),
        ("302 Found", false),
        ("303 See Other", false),
        ("307 Temporary", false),
    ] {
        let server = redirecting(status, b"/to").await;
        let answer = client().fetch(&FetchJob::new(server.url("/from"))).await.unwrap();
        assert_eq!(answer.url, server.url("/to"), "{status}");
        assert_eq!(answer.moved_permanently_to, permanent.then(|| server.url("/to")), "{status}");
        assert_eq!(answer.body, FEED.as_bytes());
    }
}

#[tokio::test]
async fn temporary_redirect_ends_the_permanent_move() {
    let server = Server::start(|_, head| match head.split(' ').nth(1) {
        Some("/1") => reply("301 Moved", &["Location: /2"], b""),
        Some("/2") => reply("302 Found", &["Location: /3"], b""),
        Some("/3") => reply("301 Moved", &["Location: /4"], b""),
        _ => reply("200 OK", &[], b""),
    })
    .await;
    let answer = client().fetch(&FetchJob::new(server.url("/1"))).await.unwrap();
    assert_eq!(answer.url, server.url("/4"));
    assert_eq!(answer.moved_permanently_to, Some(server.url("/2")));
}

#[tokio::test]
async fn location_in_raw_bytes_is_followed() {
    // "兴" in UTF-8, then in GBK.
    for (location, path) in
        [(&b"/\xe5\x85\xb4"[..], "GET /%E5%85%B4 "), (&b"/\xd0\xcb?a=b"[..], "GET /%D0%CB?a=b ")]
    {
        let server = redirecting("302 Found", location).await;
        client().fetch(&FetchJob::new(server.url("/from"))).await.unwrap();
        assert!(server.requests()[1].starts_with(path), "{:?}", server.requests());
    }
}

#[tokio::test]
async fn redirects_that_lead_nowhere_are_refused() {
    let circle = Server::start(|_, head| {
        let to = if head.starts_with("GET /a ") { "Location: /b" } else { "Location: /a#x" };
        reply("302 Found", &[to], b"")
    })
    .await;
    let error = client().fetch(&FetchJob::new(circle.url("/a"))).await.unwrap_err();
    assert_eq!(error.to_string(), "redirect: in a circle at 127.0.0.1");
    assert_eq!(circle.requests().len(), 2);

    let long =
        Server::start(|number, _| reply("301 Moved", &[&format!("Location: /{number}")], b""))
            .await;
    let error = client().fetch(&FetchJob::new(long.url("/a"))).await.unwrap_err();
    assert_eq!(error.to_string(), "redirect: more than 10 in a row");
    assert_eq!(long.requests().len(), 11);

    for location in ["", "Location: file:///etc/passwd", "Location: http://[x"] {
        let server = Server::start(move |_, _| reply("302 Found", &[location], b"")).await;
        assert_eq!(kind(fetch(&server).await), "redirect", "{location}");
    }
}

#[tokio::test]
async fn redirect_to_a_private_address_is_refused() {
    for location in [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.2/",
        "http://0x7f000002/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
    ] {
        let header = format!("Location: {location}");
        let server = Server::start(move |_, _| reply("302 Found", &[&header], b"")).await;
        assert_eq!(kind(fetch(&server).await), "refused_address", "{location}");
    }
}

#[tokio::test]
async fn loopback_in_any_spelling_is_refused() {
    let client = Client::new(FetchSettings { allow: vec![], ..settings() }).unwrap();
    for url in [
        "http://2130706433/",
        "http://0x7f.1/",
        "http://017700000001/",
        "http://127.1/",
        "http://127.0.0.1./",
        "http://%31%32%37.0.0.1/",
        "http://１２７.０.０.１/",
        "http://[::ffff:127.0.0.1]/",
        "http://LOCALHOST/",
    ] {
        let error = client.fetch(&FetchJob::new(url.parse().unwrap())).await.unwrap_err();
        assert_eq!(error.kind(), "refused_address", "{url}: {}", error.describe());
    }
    let error = client.fetch(&FetchJob::new("ftp://example.cn/".parse().unwrap())).await;
    assert_eq!(kind(error), "scheme");
}

#[tokio::test]
async fn name_that_leads_to_an_allowed_address_is_fetched() {
    let server = Server::start(|_, _| reply("200 OK", &[], FEED.as_bytes())).await;
    let mut url = server.url("/feed");
    url.set_host(Some("localhost")).unwrap();
    assert_eq!(client().fetch(&FetchJob::new(url)).await.unwrap().status, 200);
}

#[tokio::test]
async fn name_without_an_address_is_a_dns_error() {
    // Too long for a label: fails without a question to any server.
    let name = format!("{}.invalid", "x".repeat(64));
    let url: Url = format!("http://{name}/").parse().unwrap();
    let error = client().fetch(&FetchJob::new(url)).await.unwrap_err();
    assert_eq!(error.kind(), "dns", "{}", error.describe());
    assert!(error.to_string().contains(&name));
}

#[tokio::test]
async fn validators_go_only_to_the_address_that_gave_them() {
    let server = redirecting("302 Found", b"/to").await;
    client().fetch(&conditional(server.url("/from"))).await.unwrap();
    let heads = server.requests();
    assert!(heads[0].contains("if-none-match:") && !heads[1].contains("if-none-match:"));

    let server = redirecting("302 Found", b"/to").await;
    let job = FetchJob {
        validated_url: Some(server.url("/to")),
        ..conditional(server.url("/from#part"))
    };
    client().fetch(&job).await.unwrap();
    let heads = server.requests();
    assert!(!heads[0].contains("if-none-match:") && heads[1].contains("if-none-match:"));
}

#[tokio::test]
async fn extra_headers_stay_with_their_host() {
    let other = Server::start(|_, _| reply("200 OK", &[], b"")).await;
    let location = format!("Location: {}", other.url("/there"));
    let server = Server::start(move |_, head| match head.split(' ').nth(1) {
        Some("/1") => reply("302 Found", &["Location: /2"], b""),
        _ => reply("302 Found", &[&location], b""),
    })
    .await;
    let mut job = FetchJob::new(server.url("/1"));
    job.headers = vec![("X-Key".into(), "geheim".into())];
    client().fetch(&job).await.unwrap();
    assert!(server.requests().iter().all(|head| head.contains("x-key: geheim")));
    assert!(!other.requests()[0].contains("geheim"));
}

#[tokio::test]
async fn credentials_in_an_address_become_a_header() {
    let server = Server::start(|_, _| reply("200 OK", &[], b"")).await;
    let mut url = server.url("/feed");
    url.set_username("reader").unwrap();
    url.set_password(Some("pass")).unwrap();
    client().fetch(&FetchJob::new(url)).await.unwrap();
    let head = &server.requests()[0];
    assert!(head.contains("authorization: Basic cmVhZGVyOnBhc3M="), "{head}");
}

#[tokio::test]
async fn header_that_cannot_be_sent_is_named() {
    let mut job = FetchJob::new("http://127.0.0.1:1/".parse().unwrap());
    job.headers = vec![("X-Key".into(), "two\r\nlines".into())];
    let error = client().fetch(&job).await.unwrap_err();
    assert_eq!(error.to_string(), "request header \"X-Key\" is not valid");
}

#[test]
fn user_agent_must_be_plain_text() {
    let settings = FetchSettings { user_agent: "two\nlines".into(), ..settings() };
    assert_eq!(Client::new(settings).unwrap_err().kind(), "setup");
}

#[test]
fn only_public_addresses_are_public() {
    for address in [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.255.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ] {
        let ip: IpAddr = address.parse().unwrap();
        assert!(!is_public(ip), "{address}");
        assert!(!AddressGuard::default().permits(ip), "{address}");
    }
    for address in [
        "1.1.1.1",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "223.255.255.255",
        "::ffff:1.1.1.1",
        "64:ff9b::808:808",
        "2400:3200::1",
        "2002:808:808::1",
        "2001:4860:4860::8888",
    ] {
        let ip: IpAddr = address.parse().unwrap();
        assert!(is_public(ip), "{address}");
    }
}

#[test]
fn allowed_range_holds_for_mapped_addresses_too() {
    let guard = AddressGuard::new(vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
    for address in ["10.9.9.9", "::ffff:10.9.9.9", "fd12::1"] {
        assert!(guard.permits(address.parse().unwrap()), "{address}");
    }
    assert!(!guard.permits("192.168.0.1".parse().unwrap()));
}

#[test]
fn freshness_follows_the_rules_of_caches() {
    let now = crate::model::Timestamp(1_795_507_200); // Tue, 24 Nov 2026 08:00:00 GMT
    let fresh = |lines: &[(&str, &str)]| {
        let mut map = reqwest::header::HeaderMap::new();
        for (name, value) in lines {
            let name = reqwest::header::HeaderName::from_bytes(name.as_bytes()).unwrap();
            map.append(name, value.parse().unwrap());
        }
        headers::freshness(&map, now).map(|fresh| fresh.as_secs())
    };
    let expires = ("expires", "Tue, 24 Nov 2026 10:00:00 GMT");
    assert_eq!(fresh(&[]), None);
    assert_eq!(fresh(&[("cache-control", "max-age=60"), expires]), Some(60));
    assert_eq!(fresh(&[("cache-control", "max-age=0"), expires]), None);
    assert_eq!(fresh(&[("cache-control", "private"), ("cache-control", "MAX-AGE=\"9\"")]), Some(9));
    assert_eq!(fresh(&[("cache-control", "no-cache"), expires]), None);
    assert_eq!(fresh(&[("cache-control", "max-age=60"), ("age", "90")]), None);
    assert_eq!(fresh(&[("cache-control", "max-age=-5")]), None);
    assert_eq!(fresh(&[("cache-control", "max-age=99999999999999999999")]), Some(u64::MAX));
    assert_eq!(fresh(&[expires]), Some(7_200));
    assert_eq!(fresh(&[expires, ("date", "Tue, 24 Nov 2026 09:00:00 GMT")]), Some(3_600));
    assert_eq!(fresh(&[("expires", "Tuesday, 24-Nov-26 08:10:00 GMT")]), Some(600));
    assert_eq!(fresh(&[("expires", "Tue Nov 24 08:20:00 2026")]), Some(1_200));
    assert_eq!(fresh(&[("expires", "0")]), None);
}
