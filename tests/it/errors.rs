//! What is answered where there is no document: a page for people, a problem for programs (RFC 9457).

use crate::support::counties::{COUNTY, Wire};
use crate::support::daemon::Daemon;
use crate::support::eventually_so;
use crate::support::home::{Home, Settings};
use crate::support::http::{self, Answer};
use crate::support::published::below_base;
use serde_json::{Value, json};

const BROWSER: (&str, &str) =
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
const READER: (&str, &str) = ("Accept", "application/atom+xml, application/rss+xml, */*;q=0.1");

#[test]
fn people_get_a_page_and_programs_a_typed_problem() {
    let wire = Wire::with(1);
    let wrong = "?limit=0";
    for (path, status, title) in [
        ("/nothing".to_owned(), 404, "Not Found"),
        (format!("{COUNTY}{wrong}"), 400, "Bad Request"),
        (format!("{COUNTY}.atom{wrong}"), 400, "Bad Request"),
    ] {
        let page = wire.get(&path, &[BROWSER]).expect(status);
        assert!(page.is_page() && page.text().contains("<h1>"), "{path}: {}", page.text());
        assert!(page.header("content-security-policy").is_some(), "{path}");
        let problem = wire.get(&path, &[READER]).expect(status);
        assert_eq!(problem.header("content-type"), Some("application/problem+json"), "{path}");
        let members = problem.json();
        assert_eq!((&members["status"], &members["title"]), (&json!(status), &json!(title)));
        assert!(members["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{members}");
        for answer in [&page, &problem] {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
            assert_eq!(answer.header("vary"), Some("Accept, Accept-Encoding"), "{path}");
        }
        if status == 400 {
            assert!(page.text().contains("limit is a number"), "{}", page.text());
            assert!(members["detail"].as_str().is_some_and(|detail| detail.contains("limit")));
        }
    }
    let json = wire.get("/nothing.json", &[BROWSER]).expect(404);
    assert_eq!(json.json()["status"], 404, "asked for by its address");
    let refused = http::request(wire.daemon.public, "POST", "/", &[READER]).expect(405);
    assert_eq!(refused.json()["status"], 405);
}

#[test]
fn an_address_that_is_not_quite_right_leads_to_those_that_are() {
    let wire = Wire::with(1);
    for (path, nearest) in [
        ("/r/shaanxi/xingping.json", "/r/shaanxi/xianyang/xingping.json"),
        ("/r/xingping.atom", "/r/shaanxi/xianyang/xingping.atom"),
        ("/r/shaanxi/xianyang/xingpin.json", "/r/shaanxi/xianyang/xingping.json"),
        ("/r/shaanxi/xianyang/xinping.json", "/r/shaanxi/xianyang/xingping.json"),
        ("/r/shaanxi/xianyang/xingpnig.json", "/r/shaanxi/xianyang/xingping.json"),
        ("/r/shanxi/xianyang/xingping.json", "/r/shaanxi/xianyang/xingping.json"),
        ("/r/shaanxi/xianyang/xingping/news.json", "/r/shaanxi/xianyang/xingping.json"),
        (
            "/r/shaanxi/xianyang/xingpin/t/education.json",
            "/r/shaanxi/xianyang/xingping/t/education.json",
        ),
        (
            "/r/shaanxi/xianyang/xingping/t/educatoin.rss",
            "/r/shaanxi/xianyang/xingping/t/education.rss",
        ),
        ("/r/shaanxi/xianyang/xingpin/opml", "/r/shaanxi/xianyang/xingping/opml"),
        ("/r/shaanxi/xianyang/xingping/hots", "/r/shaanxi/xianyang/xingping/hot"),
        ("/r/shaanxi/xianyang/xingpin/2020-01.rss", "/r/shaanxi/xianyang/xingping.rss"),
        ("/t/educatio", "/t/education"),
        ("/s/xingpin.json", "/s/xingping.json"),
        ("/s/sanyua", "/s/sanyuan"),
        ("/pictuers", "/pictures"),
        ("/hto", "/hot"),
        ("/opm", "/opml"),
        ("/searh.json?q=%E5%85%B4%E5%B9%B3", "/search.json?q=%E5%85%B4%E5%B9%B3"),
    ] {
        let problem = wire.get(path, &[("Accept", "*/*")]).expect(404).json();
        assert_eq!(problem["nearest"][0], nearest, "{path}: {problem}");
        eventually_so(nearest, || wire.get(nearest, &[]).status == 200);
    }
    let page = wire.get("/r/shaanxi/xingping", &[BROWSER]).expect(404);
    assert!(page.text().contains(&format!("<a href=\"{COUNTY}\">")), "{}", page.text());
    // Not in `publish`, or nothing like it.
    for path in ["/r/beijing.json", "/r/qqqqqqqq.json", "/nothing.json", "/r/%ff.json"] {
        let problem = wire.get(path, &[]).expect(404).json();
        assert_eq!(problem.get("nearest"), None, "{path}: {problem}");
    }
}

#[test]
fn an_ending_of_other_sites_leads_to_the_page_and_its_feeds() {
    let wire = Wire::with(1);
    let feed = wire.daemon.document("/s/xingping.json").json();
    let entry = feed["items"][0]["_countywire"]["key"].as_str().expect("a key").to_owned();
    let month = feed["_countywire"]["history"]["prev_archive"].as_str().expect("a history");
    let month = below_base(month).split(".json").next().expect("a page").to_owned();
    let of = |page: &str, ends: &[&str]| ends.iter().map(|end| format!("{page}{end}")).collect();
    for page in
        [COUNTY.to_owned(), format!("{COUNTY}/t/education"), "/s/xingping".to_owned(), month]
    {
        let expected: Vec<String> = of(&page, &["", ".atom", ".rss", ".json"]);
        for near in &expected {
            wire.get(near, &[]).expect(200);
        }
        for end in [".xml", ".html", ".php", "/feed", "/feed/", "/index.xml"] {
            let path = format!("{page}{end}");
            let problem = wire.get(&path, &[("Accept", "*/*")]).expect(404).json();
            assert_eq!(problem["nearest"], json!(expected), "{path}");
            let html = wire.get(&path, &[BROWSER]).expect(404);
            let is_named = |near: &String| html.text().contains(&format!("<a href=\"{near}\">"));
            assert!(expected.iter().all(is_named), "{path}: {}", html.text());
        }
    }
    for (path, expected) in [
        ("/rss.xml", of("/", &["index.rss", "", "index.atom", "index.json"])),
        ("/feed.json", of("/", &["index.json", "", "index.atom", "index.rss"])),
        (&format!("/e/{entry}.html"), of(&format!("/e/{entry}"), &["", ".json"])),
        (&format!("/e/{}.html", "0".repeat(32)), Vec::new()),
        ("/s/nobody-else.xml", Vec::new()),
        ("/t/nothing/feed", Vec::new()),
    ] {
        let problem = wire.get(path, &[("Accept", "*/*")]).expect(404).json();
        let named = problem.get("nearest").cloned().unwrap_or(json!([]));
        assert_eq!(named, json!(expected), "{path}");
    }
}

#[test]
fn a_path_of_any_length_is_told_of_in_no_time() {
    let wire = Wire::with(1);
    for part in
        ["/xingpin", "/t/educatio", "//", "/feed", ".atom", "/%E5%85%B4", "/2026-11", "/hots"]
    {
        for start in ["", "/r/shaanxi", "/s/xingping", "/stream"] {
            let path = format!("{start}/x{}", part.repeat(4_000 / part.len()));
            let problem = wire.get(&path, &[("Accept", "*/*")]).expect(404).json();
            assert_eq!(problem.get("nearest"), None, "{path}");
        }
    }
}

#[test]
fn what_a_document_does_not_take_is_refused_with_what_it_takes() {
    let wire = Wire::with(1);
    let feed = wire.daemon.document("/s/xingping.json").json();
    let key = feed["items"][0]["_countywire"]["key"].as_str().expect("a key");
    let history = feed["_countywire"]["history"]["prev_archive"].as_str().expect("a history");
    let month = below_base(history).to_owned();
    let with = |path: &str, query: &str| {
        format!("{path}{}{query}", if path.contains('?') { '&' } else { '?' })
    };
    let [entry, related] = ["", "/related.rss"].map(|end| format!("/e/{key}{end}"));
    let filters = ["source=xingping", "not_source=x", "lang=zh", "q=a", "source="];
    for (path, others, takes) in [
        (month.as_str(), &["limit=3", "before=1-1", "editions=all"][..], "a month takes until, "),
        ("/search.json?q=a", &["until=end"], "a search takes q, limit, before, "),
        ("/opml", &["before=1-1", "until=end"], "a list of feeds takes limit, editions, "),
        (&format!("{COUNTY}/opml"), &["until=x"], "a list of feeds takes"),
        (&entry, &["limit=3", "script=hans", "content=summary"], "an entry takes nothing"),
        (&related, &["before=1-1", "editions=all"], "an entry takes limit, script and content"),
        (COUNTY, &["until=end"], "a channel takes limit, before, "),
    ] {
        let refused = filters.iter().filter(|query| match path {
            COUNTY => false,
            path => !(path.starts_with("/search") && query.starts_with("q=")),
        });
        for query in refused.chain(others) {
            let told = wire.get(&with(path, query), &[("Accept", "application/json")]).expect(400);
            let (name, _) = query.split_once('=').expect("a parameter");
            let told = detail(&told);
            assert!(told.starts_with(&format!("{name} is not taken here: ")), "{path}: {told}");
            assert!(told.contains(takes), "{path}: {told}");
        }
        // What nobody here takes is somebody else's.
        eventually_so(path, || wire.get(&with(path, "utm_source=x&fbclid"), &[]).status == 200);
    }
    let told = detail(&wire.get("/search?source=x", &[READER]).expect(400));
    assert!(told.contains("write such as source:"), "{told}");
}

#[test]
fn of_all_counties_of_the_country_the_one_that_was_meant_comes_first() {
    let settings = Settings::new().text().replace("publish = [\"shaanxi\"]\n", "");
    let home = Home::new(&Settings::new());
    home.write(&settings);
    let daemon = Daemon::start(&home);
    let above = "/r/shaanxi/xianyang";
    for (path, named) in [
        // There is a county of that very name in Yunnan.
        ("/r/shaanxi/xianyang/xinping", vec![COUNTY, above]),
        // There is a province of that name, too.
        ("/r/shanxi/xianyang/xingping", vec![COUNTY, above, "/r/shanxi"]),
    ] {
        let get = |accept| http::request(daemon.public, "GET", path, &[accept]).expect(404);
        let problem = get(READER).json();
        assert_eq!(problem["nearest"], json!(named), "{path}");
        let page = get(BROWSER);
        let links = named.iter().map(|near| page.text().find(&format!("<a href=\"{near}\">")));
        let links: Vec<_> = links.collect();
        assert!(links.iter().all(Option::is_some) && links.is_sorted(), "{}", page.text());
    }
    daemon.stop();
}

#[track_caller]
fn detail(answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let members: Value = answer.json();
    assert_eq!(members["status"], answer.status, "{members}");
    members["detail"].as_str().expect("a reason").to_owned()
}

#[test]
fn the_hub_and_the_streams_tell_errors_as_all_others_do() {
    let wire = Wire::with(1);
    let form = "application/x-www-form-urlencoded";
    let post = |accept: &[(&str, &str)], kind: &str, body: &str| {
        let headers = [accept, &[("Content-Type", kind)]].concat();
        let sent =
            http::try_send(wire.daemon.public, "POST", "/hub", &headers, Some(body.as_bytes()));
        sent.expect("an answer")
    };
    for (kind, body, status, reason) in [
        (form, "", 400, "hub.mode is missing"),
        (form, "hub.mode=publish", 400, "hub.mode is subscribe or unsubscribe"),
        ("application/json", "{}", 415, "subscriptions are forms"),
        (form, &"x".repeat(17 * 1024), 413, "longer than 16384 bytes"),
    ] {
        // Subscribers seldom say what they accept.
        for accept in [&[][..], &[READER], &[("Accept", "*/*")]] {
            let said = detail(&post(accept, kind, body).expect(status));
            assert!(said.contains(reason), "{said}");
        }
        let page = post(&[BROWSER], kind, body).expect(status);
        assert!(page.is_page() && page.header("content-security-policy").is_some(), "{status}");
        assert!(status != 400 || page.text().contains(reason), "{}", page.text());
    }
    let event_stream = ("Accept", "text/event-stream");
    for (path, status, reason) in [
        ("/hub", 405, "subscribe by POST"),
        ("/stream/r/nowhere", 404, "no stream is here"),
        ("/stream/hot", 404, "no stream is here"),
        ("/stream/s/nobody", 404, "not published here"),
    ] {
        for accept in [&[][..], &[event_stream]] {
            let said = detail(&wire.get(path, accept).expect(status));
            assert!(said.contains(reason), "{path}: {said}");
        }
        let page = wire.get(path, &[BROWSER]).expect(status);
        assert!(page.is_page() && page.text().contains("<h1>"), "{path}");
    }
    assert_eq!(wire.get("/hub", &[]).header("allow"), Some("OPTIONS, POST"));
    let near = wire.get("/stream/r/shaanxi/xianyang/xinping", &[]).expect(404).json();
    assert_eq!(near["nearest"][0], format!("/stream{COUNTY}"), "{near}");
    let posted = http::request(wire.daemon.public, "POST", "/stream/", &[]).expect(405);
    assert!(detail(&posted).contains("only GET"));
}

#[test]
fn the_hub_and_the_streams_are_named_where_they_were_meant() {
    let wire = Wire::with(1);
    let stream = format!("/stream{COUNTY}");
    let of_page = format!("//stream{COUNTY}.xml");
    let named = |path: &str| {
        let problem = wire.get(path, &[("Accept", "application/json")]).expect(404).json();
        problem.get("nearest").cloned().unwrap_or(json!([]))
    };
    for (path, near) in [
        ("/HUB", "/hub"),
        ("//hub", "/hub"),
        ("/hub/", "/hub"),
        ("/stream", "/stream/"),
        ("//stream", "/stream/"),
        ("//stream/r/shaanxi", "/stream/r/shaanxi"),
        ("/STREAM/r/shaanxi", "/stream/r/shaanxi"),
        ("/Stream/r/%E5%85%B4%E5%B9%B3", &stream),
        (&of_page, &stream),
    ] {
        assert_eq!(named(path)[0], near, "{path}");
        let page = wire.get(path, &[BROWSER]).expect(404);
        assert!(page.text().contains(&format!("<a href=\"{near}\">")), "{path}: {}", page.text());
    }
    let settings = std::fs::read_to_string(wire.home.path().join("feeds.toml")).expect("settings");
    wire.home.write(&format!("{settings}[hub]\nenabled = false\nstreams = 0\n"));
    http::post(wire.daemon.admin, "/reload").expect(200);
    for path in ["/hub", "/HUB", "//hub", "/hub/"] {
        assert_eq!(named(path), json!([]), "{path}");
    }
    for (path, page) in [("/stream/r/shaanxi", "/r/shaanxi"), ("//stream", "/")] {
        assert_eq!(named(path), json!([page]), "{path}");
    }
}

#[test]
fn an_entry_that_was_taken_down_is_not_named() {
    let wire = Wire::with(1);
    let feed = wire.daemon.document("/s/xingping.json").json();
    let key = feed["items"][0]["_countywire"]["key"].as_str().expect("a key");
    let spelt = [".xml", "/relatd", "/related.php", "/more"].map(|end| format!("/e/{key}{end}"));
    let named = |path: &String| {
        let problem = wire.get(path, &[("Accept", "*/*")]).expect(404).json();
        problem.get("nearest").cloned()
    };
    assert!(spelt.iter().all(|path| named(path).is_some()));
    wire.home.run_asking(wire.daemon.admin, &["remove", key]).expect(0);
    for path in [format!("/e/{key}"), format!("/e/{key}/related")] {
        wire.get(&path, &[]).expect(410);
        wire.get(&format!("{path}/"), &[]).expect(308);
    }
    for path in &spelt {
        assert_eq!(named(path), None, "{path}");
    }
}
