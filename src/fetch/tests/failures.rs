//! Each failure has its kind and a message.

use super::*;

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
async fn body_that_breaks_off_is_given_as_far_as_it_came() {
    for head in ["Content-Length: 900", "Transfer-Encoding: chunked"] {
        let text = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n5\r\n<rss>\r\n");
        let server = Server::start(move |_, _| Reply::Bytes(text.clone().into_bytes())).await;
        let answer = fetch(&server).await.unwrap();
        assert!(answer.body.windows(5).any(|part| part == b"<rss>"), "{head}");
        assert!(answer.cut.is_some_and(|why| why.contains("broke off")), "{head}");
        assert_eq!(server.requests().len(), 1, "{head}");
    }
    let text = "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n";
    let server = Server::start(|_, _| Reply::Bytes(text.into())).await;
    assert_eq!(kind(fetch(&server).await), "interrupted");
}

#[tokio::test]
async fn compressed_body_that_breaks_off_is_asked_for_in_plain_and_then_read_as_far_as_it_goes() {
    let cut = gzip(FEED.as_bytes())[..40].to_vec();
    for length in [40, 900] {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n"
        );
        let bytes = [head.as_bytes(), &cut].concat();
        let server = Server::start(move |_, _| Reply::Bytes(bytes.clone())).await;
        let answer = fetch(&server).await.unwrap();
        assert!(!answer.body.is_empty() && FEED.as_bytes().starts_with(&answer.body));
        assert!(answer.cut.is_some(), "{length}");
        assert_eq!(server.requests().len(), 2, "{length}");
    }
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
async fn header_that_cannot_be_sent_is_named() {
    let mut job = FetchJob::new("http://127.0.0.1:1/".parse().unwrap());
    job.headers = vec![("X-Key".into(), Secret::new("two\r\nlines"))];
    let error = client().fetch(&job).await.unwrap_err();
    assert_eq!(error.to_string(), "request header \"X-Key\" is not valid");
}

#[test]
fn user_agent_must_be_plain_text() {
    let settings = FetchSettings { user_agent: "two\nlines".into(), ..settings() };
    assert_eq!(Client::new(settings).unwrap_err().kind(), "setup");
}
