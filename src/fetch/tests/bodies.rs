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
async fn gzip_of_several_members_arrives_whole() {
    let (start, end) = FEED.split_at(20);
    let members = [gzip(start.as_bytes()), gzip(end.as_bytes())].concat();
    for header in ["Content-Encoding: gzip", "Content-Encoding: GZIP", "X-Nothing: 1"] {
        let members = members.clone();
        let server = Server::start(move |_, _| reply("200 OK", &[header], &members)).await;
        assert_eq!(fetch(&server).await.unwrap().body, FEED.as_bytes(), "{header}");
        assert_eq!(server.requests().len(), 1, "{header}");
    }
}

#[tokio::test]
async fn deflate_arrives_plain_with_and_without_the_header_of_zlib() {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
    zlib.write_all(FEED.as_bytes()).unwrap();
    let mut raw = DeflateEncoder::new(Vec::new(), Compression::best());
    raw.write_all(FEED.as_bytes()).unwrap();
    for body in [zlib.finish().unwrap(), raw.finish().unwrap()] {
        for header in ["Content-Encoding: deflate", "Content-Encoding: Deflate"] {
            let body = body.clone();
            let server = Server::start(move |_, _| reply("200 OK", &[header], &body)).await;
            assert_eq!(fetch(&server).await.unwrap().body, FEED.as_bytes(), "{header}");
            assert_eq!(server.requests().len(), 1, "{header}");
        }
    }
}

#[tokio::test]
async fn deflate_bomb_stops_at_the_limit() {
    let mut raw = DeflateEncoder::new(Vec::new(), Compression::best());
    raw.write_all(&vec![b' '; 64 * 1024 * 1024]).unwrap();
    let bomb = raw.finish().unwrap();
    let server =
        Server::start(move |_, _| reply("200 OK", &["Content-Encoding: deflate"], &bomb)).await;
    assert_eq!(kind(fetch(&server).await), "too_large");
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
    for label in ["UTF-8", "gzip", "GZIP", "none"] {
        let header = format!("Content-Encoding: {label}");
        let server = Server::start(move |_, _| reply("200 OK", &[&header], FEED.as_bytes())).await;
        assert_eq!(fetch(&server).await.unwrap().body, FEED.as_bytes(), "{label}");
        assert_eq!(server.requests().len(), 1, "{label}");
    }
}

#[tokio::test]
async fn body_that_cannot_be_decoded_is_asked_for_once_more_without_compression() {
    let cut = gzip(FEED.as_bytes())[..30].to_vec();
    for label in ["gzip", "br", "zstd", "deflate", "BR", "Zstd"] {
        let header = format!("Content-Encoding: {label}");
        let broken = if label == "gzip" { cut.clone() } else { FEED.as_bytes().to_vec() };
        let server = Server::start(move |_, head| {
            if head.contains("accept-encoding: identity\r\n") {
                return reply("200 OK", &[], FEED.as_bytes());
            }
            reply("200 OK", &[&header], &broken)
        })
        .await;
        assert_eq!(fetch(&server).await.unwrap().body, FEED.as_bytes(), "{label}");
        assert_eq!(server.requests().len(), 2, "{label}");
    }
}

#[tokio::test]
async fn what_a_second_request_is_refused_with_is_told_with_the_first() {
    let server = Server::start(|_, head| {
        if head.contains("accept-encoding: identity\r\n") {
            return reply("429 Too Many Requests", &["Retry-After: 90"], b"");
        }
        reply("200 OK", &["Content-Encoding: br"], FEED.as_bytes())
    })
    .await;
    let error = fetch(&server).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), ("status", Some(429)), "{error}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(90)));
    assert_eq!((error.wire_bytes(), error.broken_body()), (FEED.len() as u64, Some(true)));
    assert!(error.describe().contains("asked again without br"), "{}", error.describe());
    // One that knows it asks once.
    let job = FetchJob { uncompressed: true, ..FetchJob::new(server.url("/")) };
    let error = client().fetch(&job).await.unwrap_err();
    assert_eq!((error.broken_body(), server.requests().len()), (None, 3));
}

#[tokio::test]
async fn body_that_is_mislabelled_again_is_read_as_it_is_unless_it_is_no_text() {
    for label in ["br", "zstd", "deflate"] {
        let header = format!("Content-Encoding: {label}");
        let server = Server::start(move |_, _| reply("200 OK", &[&header], FEED.as_bytes())).await;
        assert_eq!(fetch(&server).await.unwrap().body, FEED.as_bytes(), "{label}");
        assert_eq!(server.requests().len(), 2, "{label}");
    }
    let server =
        Server::start(|_, _| reply("200 OK", &["Content-Encoding: br"], b"\xff\xff")).await;
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

/// A stream of brotli (RFC 7932 §9.2) that holds `plain` as it is.
fn brotli(plain: &[u8]) -> Vec<u8> {
    let length = u32::try_from(plain.len() - 1).unwrap();
    // A window of 64 KiB; not the last block; its length in four nibbles; uncompressed.
    let head = length << 4 | 1 << 20;
    [&head.to_le_bytes()[..3], plain, &[0b11]].concat()
}

#[tokio::test]
async fn every_coding_arrives_plain_and_the_bytes_that_came_are_counted() {
    let plain = FEED.as_bytes();
    let bodies = [
        ("identity", plain.to_vec()),
        ("gzip", gzip(plain)),
        ("br", brotli(plain)),
        ("BR", brotli(plain)),
        ("zstd", zstd::encode_all(plain, 3).unwrap()),
    ];
    for (label, body) in bodies {
        let (header, wire_bytes) = (format!("Content-Encoding: {label}"), body.len() as u64);
        let server = Server::start(move |_, _| reply("200 OK", &[&header], &body)).await;
        let answer = fetch(&server).await.unwrap();
        assert_eq!((&answer.body[..], answer.wire_bytes), (plain, wire_bytes), "{label}");
        assert_eq!(server.requests().len(), 1, "{label}");
    }
}

#[tokio::test]
async fn bombs_of_zstd_stop_at_the_limit_and_cut_bodies_are_no_documents() {
    let spaces = vec![b' '; 64 * 1024 * 1024];
    let bomb = zstd::encode_all(&spaces[..], 3).unwrap();
    let server =
        Server::start(move |_, _| reply("200 OK", &["Content-Encoding: zstd"], &bomb)).await;
    assert_eq!(kind(fetch(&server).await), "too_large");
    let cut = [
        ("br", brotli(FEED.as_bytes())[..30].to_vec()),
        ("zstd", zstd::encode_all(FEED.as_bytes(), 3).unwrap()[..20].to_vec()),
    ];
    for (label, body) in cut {
        let header = format!("Content-Encoding: {label}");
        let server = Server::start(move |_, _| reply("200 OK", &[&header], &body)).await;
        assert_eq!(kind(fetch(&server).await), "decode", "{label}");
    }
}
