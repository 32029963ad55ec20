//! What is asked, and what an answer gives.

use super::*;

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
        job.headers = vec![("X-Key".into(), Secret::new("geheim"))];
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
async fn credentials_in_an_address_become_a_header() {
    let server = Server::start(|_, _| reply("200 OK", &[], b"")).await;
    let mut url = server.url("/feed");
    url.set_username("reader").unwrap();
    url.set_password(Some("pass")).unwrap();
    client().fetch(&FetchJob::new(url)).await.unwrap();
    let head = &server.requests()[0];
    assert!(head.contains("authorization: Basic cmVhZGVyOnBhc3M="), "{head}");
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
