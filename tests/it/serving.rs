//! The published contract over HTTP: validators, codings, refusals.

use crate::support::clock::{FastClock, START};
use crate::support::counties::{COUNTY, Wire};
use crate::support::daemon::Daemon;
use crate::support::eventually;
use crate::support::http::{self, Answer};
use crate::support::published::FORMATS;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn addresses() -> Vec<String> {
    let mut paths: Vec<String> = FORMATS.iter().map(|format| format!("{COUNTY}{format}")).collect();
    paths.extend([COUNTY, "/", "/index.atom", "/t/education.rss"].map(str::to_owned));
    paths
}

#[test]
fn head_answers_as_get_does_without_the_body() {
    let wire = Wire::with(3);
    for path in addresses() {
        for coding in ["identity", "gzip", "br", "zstd"] {
            let headers = &[("Accept-Encoding", coding)];
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
fn who_wants_one_version_alone_gets_it_or_412() {
    let wire = Wire::with(3);
    for path in addresses() {
        let document = eventually("Last-Modified", || {
            Some(wire.get(&path, &[])).filter(|answer| answer.header("last-modified").is_some())
        });
        let (etag, date) = (document.etag(), document.header("last-modified").expect("a date"));
        let (weak, list) = (format!("W/{etag}"), format!("\"other\", {etag}"));
        let packed = wire.get(&path, &[("Accept-Encoding", "gzip")]).etag();
        let old = "Sat, 01 Jan 2022 00:00:00 GMT";
        let refused = |headers: &[(&str, &str)]| {
            let answer = wire.get(&path, headers);
            assert_eq!(answer.status, 412, "{path} {headers:?}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
            assert_eq!(wire.head(&path, headers).status, 412, "HEAD {path} {headers:?}");
        };
        for value in [&etag, &list, "*"] {
            wire.assert_modified(&path, &[("If-Match", value)]);
            // It goes before the date, and before If-None-Match.
            wire.assert_modified(&path, &[("If-Match", value), ("If-Unmodified-Since", old)]);
            wire.assert_not_modified(&path, &[("If-Match", value), ("If-None-Match", &etag)]);
        }
        for value in ["\"other\"", &weak, &packed, "nonsense"] {
            refused(&[("If-Match", value)]);
            refused(&[("If-Match", value), ("If-Unmodified-Since", date)]);
            refused(&[("If-Match", value), ("If-None-Match", &etag)]);
        }
        wire.assert_modified(&path, &[("If-Match", &packed), ("Accept-Encoding", "gzip")]);
        wire.assert_modified(&path, &[("If-Unmodified-Since", date)]);
        wire.assert_modified(&path, &[("If-Unmodified-Since", "yesterday")]);
        refused(&[("If-Unmodified-Since", old)]);
    }
    let problem = wire.get("/index.atom", &[("If-Match", "\"other\"")]).expect(412).json();
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("If-Match")));
    // What is answered otherwise without them is so with them (RFC 9110 §13.2.1).
    wire.get("/nothing", &[("If-Match", "\"other\"")]).expect(404);
    wire.get(&format!("{COUNTY}/"), &[("If-Match", "\"other\"")]).expect(308);
}

#[test]
fn a_date_within_the_second_of_two_changes_gets_the_later_one() {
    let Wire { origin: _origin, home, daemon } = Wire::with(3);
    let feed = daemon.document(&format!("{COUNTY}.json")).json();
    let items = feed["items"].as_array().expect("items").clone();
    daemon.stop();
    // For a reader, time stands still.
    let start = |at: f64| {
        let mut command = home.command(&["run"]);
        FastClock::new(at, 1e-6).set(&mut command);
        Daemon::from(command)
    };
    let daemon = start(START);
    let take_down = |item: &Value| {
        let key = item["_countywire"]["key"].as_str().expect("a key");
        http::post(daemon.admin, &format!("/take-down/{key}")).expect(200);
    };
    let since = |daemon: &Daemon, date: &str| {
        let headers = [("If-Modified-Since", date)];
        http::request(daemon.public, "GET", &format!("{COUNTY}.json"), &headers)
    };
    let date = "Tue, 01 Jan 2030 00:00:00 GMT";
    for left in [2, 1] {
        take_down(&items[left]);
        let answer = since(&daemon, date).expect(200);
        assert_eq!(answer.json()["items"].as_array().map(Vec::len), Some(left));
        assert_eq!(answer.header("last-modified"), None);
    }
    daemon.stop();

    let daemon = start(START + 2.0);
    let settled = since(&daemon, date).expect(200).header("last-modified").map(str::to_owned);
    let settled = settled.expect("the second is over");
    assert_eq!(settled, "Tue, 01 Jan 2030 00:00:02 GMT");
    assert_eq!(since(&daemon, &settled).status, 304);
    daemon.stop();
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
        assert!(answer.header("content-security-policy").is_some() || !answer.is_page(), "{path}");
        assert_eq!(wire.head(path, &[]).status, 404);
    }
    for method in ["POST", "PUT", "DELETE", "BREW"] {
        let answer = http::request(wire.daemon.public, method, COUNTY, &[]);
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"), "{method}");
    }
    for query in [
        "limit=0",
        "limit=-1",
        "limit=x",
        "before=zz",
        "before=",
        "editions=some",
        "content=none",
        "script=latn",
        "lang=zh_CN",
        "source=",
        "not_source=%00",
        "q=",
    ] {
        for path in [COUNTY.to_owned(), format!("{COUNTY}.json")] {
            let answer = wire.get(&format!("{path}?{query}"), &[]);
            assert_eq!(answer.status, 400, "{path}?{query}");
            let name = query.split('=').next().expect("a name");
            assert!(answer.text().contains(name), "{query}: say what is right");
        }
    }
    wire.get(&format!("{COUNTY}?utm_source=x"), &[]).expect(200);
    let moved = wire.get("/r/shaanxi/xianyang/?limit=3", &[]).expect(308);
    assert_eq!(moved.header("location"), Some("/r/shaanxi/xianyang?limit=3"));
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
fn caches_may_keep_documents_and_bridge_an_outage_and_never_keep_an_error() {
    let wire = Wire::with(1);
    let directives = |answer: &Answer| {
        let value = answer.header("cache-control").expect("Cache-Control").to_owned();
        value.split(", ").map(str::to_owned).collect::<BTreeSet<_>>()
    };
    for path in addresses() {
        let whole = wire.get(&path, &[]).expect(200);
        assert_eq!(whole.header("accept-ranges"), Some("none"), "{path}");
        let part = wire.get(&path, &[("Range", "bytes=0-9")]).expect(200);
        assert_eq!(part.body, whole.body, "{path}");
        let same = wire.get(&path, &[("If-None-Match", &whole.etag())]).expect(304);
        let kept = ["public", "max-age=60", "stale-while-revalidate=60", "stale-if-error=86400"];
        for answer in [&whole, &same] {
            assert_eq!(directives(answer), kept.map(str::to_owned).into(), "{path}");
        }
    }
    let moved = wire.get(&format!("{COUNTY}/"), &[]).expect(308);
    assert!(directives(&moved).contains("max-age=3600"), "it may be undone");
    for (path, status) in [("/nothing", 404), ("/?limit=x", 400)] {
        let refused = wire.get(path, &[]).expect(status);
        assert_eq!(directives(&refused), ["no-store".to_owned()].into(), "{path}");
    }
}
