//! What is followed, and what goes along.

use super::*;

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
    job.headers = vec![("X-Key".into(), Secret::new("geheim"))];
    client().fetch(&job).await.unwrap();
    assert!(server.requests().iter().all(|head| head.contains("x-key: geheim")));
    assert!(!other.requests()[0].contains("geheim"));
}
