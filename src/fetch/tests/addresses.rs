//! We are never sent into our own network.

use super::*;

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
