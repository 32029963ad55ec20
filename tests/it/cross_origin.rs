//! Feeds read by scripts of other sites' pages (CORS), as a browser would ask and look.

use crate::support::counties::{COUNTY, Wire};
use crate::support::http::{self, Answer};
use crate::support::words;

const ORIGIN: (&str, &str) = ("Origin", "https://map.example.net");

fn preflight<'a>(method: &'a str, headers: &'a str) -> [(&'static str, &'a str); 3] {
    let headers = ("Access-Control-Request-Headers", headers);
    [ORIGIN, ("Access-Control-Request-Method", method), headers]
}

/// Names in a header that is a list, as they are compared.
fn listed(answer: &Answer, name: &str) -> String {
    answer.header(name).unwrap_or("").to_ascii_lowercase().replace(',', " ")
}

#[test]
fn a_script_of_any_page_may_read_whatever_is_answered_and_its_validators() {
    let wire = Wire::with(3);
    let feed = format!("{COUNTY}.json");
    let etag = wire.get(&feed, &[]).etag();
    let answers = [
        wire.get(&feed, &[ORIGIN]).expect(200),
        wire.get(COUNTY, &[ORIGIN]).expect(200),
        wire.get(&feed, &[ORIGIN, ("If-None-Match", &etag)]).expect(304),
        wire.get("/r/nowhere.json", &[ORIGIN]).expect(404),
        wire.get(&format!("{feed}?limit=x"), &[ORIGIN]).expect(400),
        wire.get(&format!("{COUNTY}/"), &[ORIGIN]).expect(308),
        http::request(wire.daemon.public, "DELETE", &feed, &[ORIGIN]).expect(405),
        // Whoever sends no Origin gets the same, for caches keep one answer for all.
        wire.get(&feed, &[]).expect(200),
    ];
    for answer in answers {
        let status = answer.status;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{status}");
        assert_eq!(answer.header("access-control-allow-credentials"), None, "{status}");
        let shown = listed(&answer, "access-control-expose-headers");
        for name in ["etag", "last-modified", "link", "content-encoding", "retry-after"] {
            assert!(words(&shown).contains(name), "{status}: {name} is not in {shown}");
        }
    }
}

#[test]
fn a_preflight_lets_a_script_ask_conditionally_and_nothing_else() {
    let wire = Wire::with(1);
    for path in [COUNTY, "/index.json", "/nothing/here", "/style.css"] {
        let asked = preflight("GET", "a-im,if-none-match");
        let answer = http::request(wire.daemon.public, "OPTIONS", path, &asked).expect(204);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
        assert_eq!(answer.header("access-control-allow-methods"), Some("GET, HEAD, OPTIONS"));
        assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"), "{path}");
        let taken = listed(&answer, "access-control-allow-headers");
        for name in ["if-none-match", "if-modified-since", "a-im", "accept"] {
            assert!(words(&taken).contains(name), "{path}: {name} is not in {taken}");
        }
        for name in ["authorization", "cookie", "*"] {
            assert!(!words(&taken).contains(name), "{path}: {name}");
        }
        let remembered = answer.header("access-control-max-age").expect("a time");
        assert!(remembered.parse::<u32>().expect("seconds") >= 3600, "{path}: {remembered}");
        assert_eq!(answer.body.len(), 0, "{path}");
    }
    let asked = preflight("POST", "content-type");
    let answer = http::request(wire.daemon.public, "OPTIONS", "/hub", &asked).expect(204);
    for name in ["allow", "access-control-allow-methods"] {
        assert_eq!(answer.header(name), Some("OPTIONS, POST"), "{name}");
    }
}

#[test]
fn no_script_may_read_the_admin_listener_or_the_addresses_of_hubs() {
    let wire = Wire::with(1);
    let hub = format!("/push/{}", "0".repeat(32));
    let asked = [
        (wire.daemon.admin, "/status.json"),
        (wire.daemon.admin, "/metrics"),
        (wire.daemon.public, hub.as_str()),
        (wire.daemon.public, "/push/x"),
    ];
    for (address, path) in asked {
        for method in ["GET", "POST", "OPTIONS"] {
            let headers = preflight("POST", "content-type");
            let answer = http::request(address, method, path, &headers);
            let named = answer.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
            let opened: Vec<_> = named.filter(|name| name.starts_with("access-control-")).collect();
            assert!(opened.is_empty(), "{method} {path}: {opened:?}");
        }
    }
}
