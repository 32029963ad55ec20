//! Names that lead to several addresses, or to others from one moment to the next.

use super::super::guard::Names;
use super::*;
use std::net::Ipv6Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const LOOPBACK: &str = "127.0.0.1";

async fn server() -> Server {
    Server::start(|_, _| reply("200 OK", &[], FEED.as_bytes())).await
}

fn named(server: &Server) -> FetchJob {
    let mut url = server.url("/feed");
    url.set_host(Some("paper.example.cn")).unwrap();
    FetchJob::new(url)
}

/// A client to which each name has the addresses that `look_up` gives.
fn resolving(allow: &[&str], look_up: impl Fn() -> Vec<IpAddr> + Send + Sync + 'static) -> Client {
    let allow = allow.iter().map(|range| range.parse().unwrap()).collect();
    let names = Names::Test(Arc::new(move |_| look_up()));
    Client::with_names(FetchSettings { allow, ..settings() }, names).unwrap()
}

fn addresses(list: &[&str]) -> Vec<IpAddr> {
    list.iter().map(|address| address.parse().unwrap()).collect()
}

#[tokio::test]
async fn one_family_where_nobody_listens_does_not_hide_the_other() {
    let server = server().await;
    let six = Ipv6Addr::LOCALHOST.to_string();
    for order in [[six.as_str(), LOOPBACK], [LOOPBACK, six.as_str()]] {
        let list = addresses(&order);
        let client = resolving(&["127.0.0.0/8", "::1/128"], move || list.clone());
        assert_eq!(client.fetch(&named(&server)).await.unwrap().status, 200, "{order:?}");
    }
}

#[tokio::test]
async fn one_family_that_never_answers_is_waited_for_a_moment_only() {
    let server = server().await;
    // Nobody has this one, so that nothing comes back, or that it cannot be reached.
    let list = addresses(&["fd12:3456:789a::1", LOOPBACK]);
    let client = resolving(&["127.0.0.0/8", "fd00::/8"], move || list.clone());
    let started = Instant::now();
    assert_eq!(client.fetch(&named(&server)).await.unwrap().status, 200);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[tokio::test]
async fn one_family_that_is_refused_does_not_refuse_the_other() {
    let server = server().await;
    for refused in ["fd00::1", "::1", "::ffff:10.0.0.1", "10.0.0.1"] {
        let list = addresses(&[refused, LOOPBACK]);
        let client = resolving(&["127.0.0.0/8"], move || list.clone());
        assert_eq!(client.fetch(&named(&server)).await.unwrap().status, 200, "{refused}");
    }
    let client = resolving(&["127.0.0.0/8"], || addresses(&["fd00::1", "10.0.0.1"]));
    assert_eq!(kind(client.fetch(&named(&server)).await), "refused_address");
}

#[tokio::test]
async fn name_that_changes_between_two_connections_is_checked_at_each() {
    let server = server().await;
    let asked = AtomicUsize::new(0);
    let client = resolving(&["127.0.0.1/32"], move || {
        // Good when it is looked at, bad when it is used.
        match asked.fetch_add(1, Ordering::Relaxed) {
            0 => addresses(&[LOOPBACK]),
            _ => addresses(&["127.0.0.9"]),
        }
    });
    assert_eq!(client.fetch(&named(&server)).await.unwrap().status, 200);
    let error = client.fetch(&named(&server)).await.unwrap_err();
    assert_eq!(error.kind(), "refused_address");
    assert!(error.to_string().contains("127.0.0.9"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn name_without_addresses_and_what_follows_a_redirect_to_one() {
    let client = resolving(&["127.0.0.0/8"], Vec::new);
    let error = client.fetch(&FetchJob::new("http://a.example.cn/".parse().unwrap())).await;
    assert!(error.unwrap_err().is_unsent());
    let server =
        Server::start(|_, _| reply("302 Found", &["Location: http://b.example.cn/"], b"")).await;
    let error = client.fetch(&FetchJob::new(server.url("/"))).await.unwrap_err();
    // The first server was asked: this may not be repeated soon.
    assert!(!error.is_unsent());
    assert!(error.describe().starts_with("after a redirect: "), "{}", error.describe());
}
