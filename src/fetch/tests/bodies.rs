//! Compression and the limit on size.

use super::*;

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
