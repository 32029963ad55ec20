//! The published contract over HTTP: validators, codings, paging, links, refusals.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::eventually;
use crate::support::home::{Home, Settings};
use crate::support::http::{self, Answer};
use crate::support::origin::Origin;
use crate::support::published::{self, FORMATS};
use flate2::read::GzDecoder;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A daemon with one paper for each of two counties.
struct Wire {
    origin: Origin,
    home: Home,
    daemon: Daemon,
}

const COUNTIES: [&str; 2] = ["xingping", "sanyuan"];

impl Wire {
    /// `items`: of Xingping's paper; Sanyuan's is there and was not polled.
    fn with(items: usize) -> Wire {
        let origin = Origin::start();
        let mut settings = Settings::new().poll("first_poll_entries = 1000");
        for county in COUNTIES {
            let lines =
                format!("region = \"shaanxi/xianyang/{county}\"\ntopics = [\"education\"]\n");
            settings = settings.source(county, &origin.url(&format!("/{county}")), &lines);
        }
        let home = Home::new(&settings);
        let wire = Wire { origin, daemon: Daemon::start(&home), home };
        wire.brings("xingping", items);
        wire
    }

    /// Lets a paper have `items` items, the newest first, and polls it.
    fn brings(&self, county: &'static str, items: usize) {
        let news: Vec<News> = (1..=items)
            .rev()
            .map(|n| News::new(county, n, &format!("{county}来稿{n}"), 2000 - n as i64))
            .collect();
        self.origin.set(&format!("/{county}"), Form::Atom10.document(&news));
        assert_eq!(self.daemon.poll(county)["outcome"], "fetched");
    }

    fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        http::request(self.daemon.public, "GET", path, headers)
    }

    fn head(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        http::request(self.daemon.public, "HEAD", path, headers)
    }

    /// Both methods must answer 304 with the same headers and no body.
    #[track_caller]
    fn assert_not_modified(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let answer = self.get(path, headers);
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{path} {headers:?}");
        assert_eq!(self.head(path, headers).status, 304, "HEAD {path} {headers:?}");
        answer
    }

    #[track_caller]
    fn assert_modified(&self, path: &str, headers: &[(&str, &str)]) {
        assert_eq!(self.get(path, headers).status, 200, "{path} {headers:?}");
        assert_eq!(self.head(path, headers).status, 200, "HEAD {path} {headers:?}");
    }
}

const COUNTY: &str = "/r/shaanxi/xianyang/xingping";

fn addresses() -> Vec<String> {
    let mut paths: Vec<String> = FORMATS.iter().map(|format| format!("{COUNTY}{format}")).collect();
    paths.extend([COUNTY, "/", "/index.atom", "/t/education.rss"].map(str::to_owned));
    paths
}

#[test]
fn head_answers_as_get_does_without_the_body() {
    let wire = Wire::with(3);
    for path in addresses() {
        for headers in [&[][..], &[("Accept-Encoding", "gzip")][..]] {
            let (get, head) = (wire.get(&path, headers), wire.head(&path, headers));
            assert_eq!((get.status, head.status), (200, 200));
            assert_eq!(head.body.len(), 0, "{path}");
            let without_date = |answer: &Answer| {
                let kept = answer.headers.iter();
                let kept = kept.filter(|(name, _)| {
                    !["date", "last-modified"].contains(&name.to_ascii_lowercase().as_str())
                });
                kept.cloned().collect::<Vec<_>>()
            };
            assert_eq!(without_date(&get), without_date(&head), "{path}");
            let length: usize = head.header("content-length").expect("known").parse().unwrap();
            assert_eq!(length, get.body.len(), "{path}");
        }
    }
}

#[test]
fn if_none_match_is_understood_as_list_weak_and_star_and_anything_else_gets_the_document() {
    let wire = Wire::with(3);
    for path in addresses() {
        let etag = wire.get(&path, &[]).etag();
        assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag} is no strong ETag");
        let weak = format!("W/{etag}");
        let list = format!("\"other\", {etag}");
        let weak_list = format!("\"a,b\",{weak} , \"c\"");
        for value in [&etag, &weak, &list, &weak_list, "*"] {
            let answer = wire.assert_not_modified(&path, &[("If-None-Match", value)]);
            assert_eq!(answer.etag(), etag, "a 304 carries the ETag");
            assert!(answer.header("cache-control").is_some(), "{path}");
        }
        let longer = format!("{}x\"", &etag[..etag.len() - 1]);
        for value in ["\"other\"", "W/\"other\"", &longer, "\"\"", "nonsense"] {
            wire.assert_modified(&path, &[("If-None-Match", value)]);
        }
    }
}

#[test]
fn if_modified_since_counts_from_the_last_change_and_yields_to_if_none_match() {
    let wire = Wire::with(3);
    for path in addresses() {
        // In the second of the change there is no date yet: another change may come.
        let date = eventually("Last-Modified", || {
            wire.get(&path, &[]).header("last-modified").map(str::to_owned)
        });
        let since = ("If-Modified-Since", date.as_str());
        wire.assert_not_modified(&path, &[since]);
        let later = [("If-Modified-Since", "Sat, 01 Jan 2022 00:00:00 GMT")];
        wire.assert_modified(&path, &later);
        wire.assert_modified(&path, &[since, ("If-None-Match", "\"other\"")]);
        wire.assert_modified(&path, &[("If-Modified-Since", "yesterday")]);
    }
}

#[test]
fn gzip_is_the_same_document_under_its_own_strong_etag() {
    let wire = Wire::with(30);
    for path in addresses() {
        let plain = wire.get(&path, &[]).expect(200);
        let packed = wire.get(&path, &[("Accept-Encoding", "br, gzip;q=0.8")]).expect(200);
        assert_eq!(packed.header("content-encoding"), Some("gzip"), "{path}");
        assert_eq!(plain.header("content-encoding"), None);
        let mut unpacked = Vec::new();
        GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).expect("gzip");
        assert_eq!(unpacked, plain.body, "{path}");
        assert!(packed.body.len() < plain.body.len(), "{path}");
        assert_ne!(packed.etag(), plain.etag(), "strong ETags name bytes");
        assert!(!packed.etag().starts_with("W/"));
        for answer in [&plain, &packed] {
            let vary = answer.header("vary").expect("Vary").to_ascii_lowercase();
            assert!(vary.contains("accept-encoding"), "{path}");
        }
        let etag = packed.etag();
        let headers = [("Accept-Encoding", "gzip"), ("If-None-Match", etag.as_str())];
        assert_eq!(wire.assert_not_modified(&path, &headers).etag(), etag, "{path}");
        let refused = wire.get(&path, &[("Accept-Encoding", "gzip;q=0")]);
        assert_eq!((refused.etag(), refused.body), (plain.etag(), plain.body));
    }
}

#[test]
fn unknown_addresses_methods_and_queries_are_refused() {
    let wire = Wire::with(1);
    let missing = [
        "/nothing",
        "/r/nowhere",
        "/r/shaanxi/xianyang/xingping.xml",
        // Not in `publish`.
        "/r/beijing",
        "/s/nobody.atom",
        "/t/nothing",
        "/e/00000000000000000000000000000000",
        "/r/shaanxi/../../etc/passwd",
        "/s/%2e%2e%2f",
        "/%ff",
    ];
    for path in missing {
        let answer = wire.get(path, &[]);
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.header("content-security-policy").is_some() || !is_page(&answer), "{path}");
        assert_eq!(wire.head(path, &[]).status, 404);
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "BREW"] {
        let answer = http::request(wire.daemon.public, method, COUNTY, &[]);
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("GET, HEAD"), "{method}");
    }
    for query in ["limit=0", "limit=-1", "limit=x", "before=zz", "before=", "editions=some"] {
        for path in [COUNTY.to_owned(), format!("{COUNTY}.json")] {
            let answer = wire.get(&format!("{path}?{query}"), &[]);
            assert_eq!(answer.status, 400, "{path}?{query}");
            assert!(answer.text().contains("limit"), "{query}: say what is right");
        }
    }
    wire.get(&format!("{COUNTY}?utm_source=x"), &[]).expect(200);
    let moved = wire.get("/r/shaanxi/xianyang/?limit=3", &[]).expect(308);
    assert_eq!(moved.header("location"), Some("/r/shaanxi/xianyang?limit=3"));
}

fn is_page(answer: &Answer) -> bool {
    answer.header("content-type").is_some_and(|value| value.starts_with("text/html"))
}

#[test]
fn the_pages_of_a_channel_hold_each_entry_once_in_order() {
    let wire = Wire::with(123);
    for format in FORMATS {
        for limit in [1, 7, 50, 200] {
            let items = published::whole(&wire.daemon, &format!("{COUNTY}{format}?limit={limit}"));
            let titles: Vec<&str> = items.iter().map(|item| item.title.as_str()).collect();
            let expected: Vec<String> =
                (1..=123).rev().map(|n| format!("xingping来稿{n}")).collect();
            assert_eq!(titles, expected, "{format} by {limit}");
        }
    }
    let last = published::feed(&wire.daemon, &format!("{COUNTY}.atom?limit=123"));
    assert_eq!((last.items.len(), last.next), (123, None), "a full last page has no next");
    assert_eq!(
        published::feed(&wire.daemon, &format!("{COUNTY}.json?limit=9999")).items.len(),
        123
    );
}

#[test]
fn entries_that_arrive_between_two_pages_neither_shift_nor_repeat_the_rest() {
    let wire = Wire::with(20);
    let first = published::feed(&wire.daemon, &format!("{COUNTY}.atom?limit=8"));
    wire.brings("xingping", 25);
    let mut titles: Vec<String> = first.items.into_iter().map(|item| item.title).collect();
    let next = first.next.expect("more than one page");
    let rest = published::whole(&wire.daemon, published::below_base(&next));
    titles.extend(rest.into_iter().map(|item| item.title));
    let expected: Vec<String> = (1..=20).rev().map(|n| format!("xingping来稿{n}")).collect();
    assert_eq!(titles, expected);
}

#[test]
fn html_pages_lead_through_the_whole_channel_too() {
    let wire = Wire::with(23);
    let (mut next, mut seen) = (Some(format!("{COUNTY}?limit=10")), Vec::new());
    while let Some(path) = next {
        let page = wire.daemon.document(&path);
        seen.extend(hrefs(page.text(), "<h2><a ").into_iter().filter(|h| h.starts_with("/e/")));
        assert!(seen.len() <= 23, "the pages go round in circles");
        next = hrefs(page.text(), "<link rel=\"next\" ").pop();
    }
    assert_eq!(seen.len(), 23);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 23, "an entry is on two pages");
}

#[test]
fn etags_change_exactly_when_something_visible_does() {
    let wire = Wire::with(3);
    let sanyuan = "/r/shaanxi/xianyang/sanyuan";
    let channels =
        [COUNTY, sanyuan, "/r/shaanxi/xianyang", "/t/education", "/s/xingping", "/s/sanyuan"];
    let look = || {
        let paths = channels
            .iter()
            .flat_map(|path| FORMATS.iter().map(move |format| format!("{path}{format}")));
        let look = |path: String| {
            let answer = wire.daemon.document(&path);
            (path, (answer.etag(), answer.body))
        };
        paths.map(look).collect::<BTreeMap<_, _>>()
    };
    let changed = |before: &BTreeMap<String, (String, Vec<u8>)>| {
        let after = look();
        let mut changed = BTreeSet::new();
        for (path, (etag, body)) in before {
            let other = &after[path];
            assert_eq!(*etag == other.0, *body == other.1, "{path}: ETag and bytes disagree");
            if *etag != other.0 {
                changed.insert(path.split('.').next().unwrap().to_owned());
            }
        }
        changed
    };
    let before = look();
    assert_eq!(changed(&before), BTreeSet::new());
    // The same items in another document.
    wire.brings("xingping", 3);
    assert_eq!(changed(&before), BTreeSet::new());
    wire.brings("xingping", 4);
    let expected = [COUNTY, "/r/shaanxi/xianyang", "/s/xingping", "/t/education"];
    assert_eq!(changed(&before), BTreeSet::from(expected.map(str::to_owned)));
    let before = look();
    wire.brings("sanyuan", 1);
    let expected = [sanyuan, "/r/shaanxi/xianyang", "/s/sanyuan", "/t/education"];
    assert_eq!(changed(&before), BTreeSet::from(expected.map(str::to_owned)));
}

#[test]
fn pages_with_the_same_etag_have_the_same_bytes_across_a_restart() {
    let wire = Wire::with(3);
    // Shows the sibling county, which has nothing yet.
    let paths = ["/", "/r/shaanxi", "/r/shaanxi/xianyang", COUNTY, "/t/education"];
    let look = |daemon: &Daemon| {
        paths.map(|path| {
            let answer = daemon.document(path);
            (path, answer.etag(), answer.text().to_owned())
        })
    };
    let compare = |before: [(&str, String, String); 5], after: [(&str, String, String); 5]| {
        for ((path, etag, body), (_, other_etag, other_body)) in before.into_iter().zip(after) {
            assert_eq!(etag == other_etag, body == other_body, "{path}: {etag} {other_etag}");
        }
    };
    let before = look(&wire.daemon);
    wire.brings("sanyuan", 1);
    let after = look(&wire.daemon);
    let Wire { home, daemon, origin: _origin, .. } = wire;
    daemon.stop();
    let daemon = Daemon::start(&home);
    let restarted = look(&daemon);
    compare(before, restarted.clone());
    compare(after, restarted);
}

#[test]
fn pages_name_their_feeds_and_every_link_of_ours_leads_somewhere() {
    let wire = Wire::with(60);
    wire.brings("sanyuan", 2);
    let mut todo = vec!["/".to_owned()];
    let mut seen: BTreeSet<String> = todo.iter().cloned().collect();
    let (mut pages, mut feeds) = (0, 0);
    while let Some(path) = todo.pop() {
        let answer = wire.get(&path, &[]).expect(200);
        if !is_page(&answer) {
            continue;
        }
        pages += 1;
        let policy = answer.header("content-security-policy").expect("a CSP");
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(!answer.text().contains("<script"), "{path}");
        for (kind, href) in autodiscovery(answer.text()) {
            let feed = wire.get(&href, &[]).expect(200);
            let content_type = feed.header("content-type").expect("a media type");
            assert!(content_type.starts_with(&kind), "{href} is {content_type}, not {kind}");
            feeds += 1;
            published::read(&href, &feed.body);
        }
        for href in hrefs(answer.text(), "") {
            let href = href.split('#').next().unwrap().to_owned();
            if href.starts_with('/') && !href.is_empty() && seen.insert(href.clone()) {
                todo.push(href);
            }
        }
    }
    // The portal, the tree of Shaanxi, topics in it, two sources, 62 entries.
    assert!(pages > 150 && feeds > 3 * 100, "{pages} pages, {feeds} feeds");
    let wanted = ["/r/shaanxi", COUNTY, "/t/education", "/s/sanyuan", "/style.css"];
    assert!(wanted.iter().all(|path| seen.contains(*path)), "{seen:?}");
}

/// Addresses in `href` attributes that follow `before`.
fn hrefs(html: &str, before: &str) -> Vec<String> {
    let start = format!("{before}href=\"");
    let found = html.match_indices(&start).map(|(at, _)| &html[at + start.len()..]);
    let end = |rest: &str| rest.find('"').expect("a closing quote");
    found.map(|rest| rest[..end(rest)].replace("&#38;", "&")).collect()
}

/// Media type and address of each feed that the page's head names.
fn autodiscovery(html: &str) -> Vec<(String, String)> {
    let links = html.split("<link rel=\"alternate\"").skip(1);
    let attribute = |link: &str, name: &str| {
        let rest = link.split_once(&format!(" {name}=\"")).expect("the attribute").1;
        rest.split('"').next().unwrap_or_default().replace("&#38;", "&")
    };
    links.map(|link| (attribute(link, "type"), attribute(link, "href"))).collect()
}

#[test]
fn entry_pages_and_their_json_agree_with_the_feed() {
    let wire = Wire::with(2);
    let feed = wire.daemon.document(&format!("{COUNTY}.json")).json();
    for item in feed["items"].as_array().expect("items") {
        let page = item["_countywire"]["page_url"].as_str().expect("an address");
        let page = published::below_base(page);
        let html = wire.daemon.document(page);
        assert!(html.text().contains(item["title"].as_str().expect("a title")));
        assert!(html.text().contains(item["url"].as_str().expect("a link to the original")));
        let json = wire.daemon.document(&format!("{page}.json")).json();
        assert_eq!(json["items"][0], *item);
        let etag = html.etag();
        wire.assert_not_modified(page, &[("If-None-Match", &etag)]);
    }
}

#[test]
fn oversized_heads_and_silent_clients_cannot_hold_a_connection() {
    let wire = Wire::with(1);
    let (public, admin) = (wire.daemon.public, wire.daemon.admin);
    let started = Instant::now();
    // Opened together, so that their times run together.
    let slow = [
        (public, ""),
        (public, "GET / HT"),
        (public, "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "),
        (admin, "GET /status.json HTTP/1.1\r\n"),
    ];
    let slow = slow.map(|(address, start)| {
        let mut stream = http::raw(address);
        stream.write_all(start.as_bytes()).expect("a connection");
        (start, stream)
    });
    // An answered client that keeps its connection open and says no more.
    let mut idle = http::raw(public);
    idle.write_all(b"GET /style.css HTTP/1.1\r\nHost: a\r\n\r\n").expect("a connection");

    for address in [public, admin] {
        let large = format!("GET / HTTP/1.1\r\nX-Large: {}", "x".repeat(64 * 1024));
        assert_refused(address, large.as_bytes(), &["431", "400"]);
        let many = (0..500).map(|n| format!("X-{n}: 1\r\n")).collect::<String>();
        let many = format!("GET / HTTP/1.1\r\n{many}\r\n");
        assert_refused(address, many.as_bytes(), &["431", "400"]);
        assert_refused(address, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", &["400"]);
        let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "r/".repeat(40_000));
        assert_refused(address, long.as_bytes(), &["414", "431", "400"]);
    }
    wire.daemon.document("/");

    for (start, mut stream) in slow {
        let mut rest = Vec::new();
        // Either a 408 or nothing, then the end; a reset is an end as well.
        let _ = stream.read_to_end(&mut rest);
        let took = started.elapsed();
        assert!(took < Duration::from_secs(30), "{start:?} held its connection for {took:?}");
        let answer = String::from_utf8_lossy(&rest);
        assert!(rest.is_empty() || answer.starts_with("HTTP/1.1 408"), "{start:?}: {answer}");
    }
    let mut answer = Vec::new();
    let _ = idle.read_to_end(&mut answer);
    assert!(answer.starts_with(b"HTTP/1.1 200"), "it was answered first");
    assert!(started.elapsed() < Duration::from_secs(30), "an idle connection is kept for ever");
    wire.daemon.document("/");
}

/// The answer must be one of these statuses, or none at all, and the connection must end.
#[track_caller]
fn assert_refused(address: SocketAddr, request: &[u8], statuses: &[&str]) {
    let mut stream = http::raw(address);
    // The other end may close before all is written.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) => {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "not closed: {error}");
        }
    }
    let status = answer.get(9..12).map(|status| String::from_utf8_lossy(status).into_owned());
    let refused = status.as_deref().is_none_or(|status| statuses.contains(&status));
    assert!(refused, "answered {status:?}");
}
