//! Subscribers who would have the hub do what it must not, or keep it from others.

use super::*;
use std::time::{Duration, Instant};

#[track_caller]
fn refused(
    wire: &Wire,
    daemon: &Daemon,
    topic: &str,
    callback: &str,
    more: &[(&str, &str)],
) -> String {
    let asked = wire.subscriber.asked("/cb").len();
    let pairs = [("hub.mode", "subscribe"), ("hub.topic", topic), ("hub.callback", callback)];
    let answer = request(daemon.public, &[&pairs[..], more].concat());
    assert_eq!(answer.status, 400, "{topic} {callback} {more:?}: {}", answer.text());
    assert_eq!(wire.subscriber.asked("/cb").len(), asked);
    answer.text().to_owned()
}

#[test]
fn what_cannot_be_subscribed_to_is_refused_with_the_reason() {
    let wire = Wire::new();
    let daemon = wire.start();
    let callback = wire.subscriber.url("/cb");
    let own = |path: &str| topic_of(daemon.public, path);
    let feed_of_month = own(&format!("{COUNTY}.atom; this hub knows"));
    for (topic, word) in [
        ("http://other.example/index.atom".to_owned(), "no feed of ours"),
        ("not an address".to_owned(), "no feed of ours"),
        (own("/"), "append .atom"),
        (own(COUNTY), "append .atom"),
        (own("/opml"), "append .atom"),
        (own("/style.css"), "append .atom"),
        (own("/nothing.atom"), "no feed that there is"),
        (own("/r/hebei.atom"), "not published"),
        (own("/s/nobody.atom"), "not published"),
        (own("/index.atom?before=8000000000000000-1"), "newest"),
        (own("/index.atom?limit=x"), "limit is a number"),
        (own("/index.atom?source=nobody"), "has a filter"),
        (own("/index.atom?q=%E5%85%B4%E5%B9%B3"), "has a filter"),
        (own("/index.atom?limit=50"), "/index.atom"),
        (own("/index.atom?utm=x"), "/index.atom"),
        (own("/index.atom/"), "another address"),
        (own("/search.atom?q=a"), "hub.topic is a search; this hub knows the feeds of"),
        (own(&format!("{COUNTY}/2020-01.atom")), "hub.topic is a month of"),
        (own(&format!("{COUNTY}/2020-01.atom")), &*feed_of_month),
    ] {
        let said = refused(&wire, &daemon, &topic, &callback, &[]);
        assert!(said.contains(word), "{topic}: {said}");
    }
    let topic = own("/index.atom");
    for (callback, word) in [
        ("", "hub.callback"),
        ("mailto:a@b.cn", "hub.callback"),
        ("http://user:pass@example.org/", "password"),
        (&own("/hub"), "hub itself"),
        (&own("/push/abc"), "hub itself"),
        ("http://10.0.0.1/cb", "no public address"),
        ("http://[::1]/cb", "no public address"),
        ("http://169.254.169.254/latest/meta-data", "no public address"),
        ("http://2130706434/", ""),
    ] {
        if !word.is_empty() {
            let said = refused(&wire, &daemon, &topic, callback, &[]);
            assert!(said.contains(word), "{callback}: {said}");
        }
    }
    let long = "s".repeat(200);
    let said = refused(&wire, &daemon, &topic, &callback, &[("hub.secret", &long)]);
    assert!(said.contains("hub.secret"), "{said}");
    let said = refused(&wire, &daemon, &topic, &callback, &[("hub.lease_seconds", "soon")]);
    assert!(said.contains("hub.lease_seconds"), "{said}");
    assert_eq!(subscriptions(&daemon), 0);
    daemon.stop();
}

#[test]
fn whoever_asks_for_a_feed_at_another_address_is_told_the_right_one() {
    let wire = Wire::new();
    let daemon = wire.start();
    let callback = wire.subscriber.url("/cb");
    let own = |path: &str| topic_of(daemon.public, path);
    let addresses = [
        ("/R/Shaanxi.atom", "/r/shaanxi.atom"),
        ("/r/%73haanxi.rss", "/r/shaanxi.rss"),
        ("/r/shaanxi.json/", "/r/shaanxi.json"),
        ("/Index.Atom", "/index.atom"),
        ("/r/%E5%85%B4%E5%B9%B3.rss?limit=3", "/r/shaanxi/xianyang/xingping.rss?limit=3"),
        ("/t/%E6%95%99%E8%82%B2.atom", "/t/education.atom"),
        ("/s/Town.atom", "/s/town.atom"),
    ];
    for (n, (asked, expected)) in addresses.into_iter().enumerate() {
        let moved = daemon.get(asked).expect(308);
        assert_eq!(moved.header("location"), Some(expected), "{asked}");
        let said = refused(&wire, &daemon, &own(asked), &callback, &[]);
        let told = format!("hub.topic has another address: subscribe to {}\"", own(expected));
        assert!(said.contains(&told), "{asked}: {said}");
        wire.ask(&daemon, "subscribe", expected, "/cb").expect(202);
        wire.subscriber.await_asked("/cb", n + 1);
    }
    for (asked, meant) in [
        (format!("{COUNTY}/news.atom"), format!("{COUNTY}.atom")),
        ("/r/shaanxi/xianyang/xingpin.rss".to_owned(), format!("{COUNTY}.rss")),
    ] {
        let pairs = [("hub.mode", "subscribe"), ("hub.topic", &*own(&asked))];
        let refused =
            request(daemon.public, &[&pairs[..], &[("hub.callback", &callback)]].concat());
        let problem = refused.expect(400).json();
        assert_eq!(problem["nearest"][0], own(&meant), "{asked}: {problem}");
        let detail = problem["detail"].as_str().expect("a reason");
        assert!(detail.ends_with(&format!("is {} meant?", own(&meant))), "{detail}");
    }
    daemon.stop();
}

#[test]
fn whoever_asks_for_what_has_feeds_is_told_of_those_that_can_be_subscribed_to() {
    let wire = Wire::new();
    wire.origin.set("/hamlet", Form::Atom10.document(&[]));
    let lines = "region = \"shaanxi/xianyang/xingping\"\nformerly = \"village\"\n";
    let settings = Settings::new().source("hamlet", &wire.origin.url("/hamlet"), lines);
    wire.home.write(&wire.settings(settings).text());
    let daemon = wire.start();
    let callback = wire.subscriber.url("/cb");
    let own = |path: &str| topic_of(daemon.public, path);
    let misspelt = "/r/shaanxi/xianyang/xingpin/2020-01.rss";
    let month = format!("{COUNTY}/2020-01");
    let mut known = 0;
    for (asked, page, ends) in [
        ("/r/shaanxi", "/r/shaanxi", &["atom", "rss", "json"][..]),
        ("/r/shaanxi/", "/r/shaanxi", &["atom", "rss", "json"]),
        ("/r/%E9%99%95%E8%A5%BF", "/r/shaanxi", &["atom", "rss", "json"]),
        ("/r/shaanxi.xml", "/r/shaanxi", &["atom", "rss", "json"]),
        ("/r/shaanxi/feed", "/r/shaanxi", &["atom", "rss", "json"]),
        ("/r/shaanxi/rss.xml", "/r/shaanxi", &["rss", "atom", "json"]),
        ("/s/village", "/s/hamlet", &["atom", "rss", "json"]),
        ("/", "/index", &["atom", "rss", "json"]),
        ("/feed", "/index", &["atom", "rss", "json"]),
        ("/hto", "/hot", &["atom", "rss", "json"]),
        (misspelt, COUNTY, &["rss"]),
        (&month, COUNTY, &["atom", "rss", "json"]),
        (&format!("{month}.json"), COUNTY, &["json"]),
        ("/opml", "", &[]),
        ("/searh.atom", "", &[]),
        ("/r/hebei", "", &[]),
        ("/s/nobody/2020-01.atom", "", &[]),
    ] {
        let said = refused(&wire, &daemon, &own(asked), &callback, &[]);
        let problem: serde_json::Value = serde_json::from_str(&said).expect("a problem");
        let named = problem["nearest"].as_array().cloned().unwrap_or_default();
        let expected: Vec<String> = ends.iter().map(|end| own(&format!("{page}.{end}"))).collect();
        assert!(named.len() >= ends.len() && (named.is_empty() || !ends.is_empty()), "{said}");
        assert_eq!(named[..ends.len()], expected, "{asked}");
        for topic in named {
            let topic = topic.as_str().expect("an address");
            let pairs =
                [("hub.mode", "subscribe"), ("hub.topic", topic), ("hub.callback", &callback)];
            request(daemon.public, &pairs).expect(202);
            known += 1;
            wire.subscriber.await_asked("/cb", known);
        }
    }
    daemon.stop();
}

#[test]
fn a_lease_that_no_number_has_room_for_is_as_long_as_can_be() {
    let wire = Wire::new();
    let daemon = wire.start();
    let (topic, callback) = (topic_of(daemon.public, "/index.atom"), wire.subscriber.url("/cb"));
    let pairs = [("hub.mode", "subscribe"), ("hub.topic", &*topic), ("hub.callback", &*callback)];
    let lease = [("hub.lease_seconds", "123456789012345678901234567890")];
    request(daemon.public, &[&pairs[..], &lease].concat()).expect(202);
    let asked = wire.subscriber.await_asked("/cb", 1);
    let granted = asked.query.get("hub.lease_seconds").map(String::as_str);
    assert_eq!(granted, Some("2592000"), "30 days");
    daemon.stop();
}

#[test]
fn callbacks_on_this_machine_are_never_asked_unless_the_admin_allows_it() {
    let wire = Wire::with(Settings::new().poll("allow_addresses = [\"127.9.9.9\"]"));
    let daemon = Daemon::start(&wire.home);
    let topic = topic_of(daemon.public, "/index.atom");
    let said = refused(&wire, &daemon, &topic, &wire.subscriber.url("/cb"), &[]);
    assert!(said.contains("no public address"), "{said}");
    // A name is looked up when it is asked.
    let port = wire.subscriber.address.port();
    let callback = format!("http://localhost:{port}/cb");
    let pairs = [("hub.mode", "subscribe"), ("hub.topic", &*topic), ("hub.callback", &*callback)];
    request(daemon.public, &pairs).expect(202);
    eventually_so("the name to be looked up", || {
        figure(&daemon, "countywire_hub_verifications_total{result=\"not_confirmed\"}") == 1
    });
    assert!(wire.subscriber.asked("/cb").is_empty());
    assert_eq!(subscriptions(&daemon), 0);
    daemon.stop();
}

#[test]
fn hx5_only_the_challenge_itself_confirms_and_redirects_are_not_followed() {
    let wire = Wire::new();
    let daemon = wire.start();
    let elsewhere = wire.subscriber.url("/elsewhere");
    let conducts = [
        Conduct::Answers(200, String::new(), "something else"),
        Conduct::Answers(404, String::new(), ""),
        Conduct::Answers(302, elsewhere.clone(), ""),
        Conduct::Answers(307, elsewhere.clone(), ""),
    ];
    for (n, conduct) in conducts.into_iter().enumerate() {
        let path = format!("/{n}");
        wire.subscriber.when_asked(&path, conduct);
        wire.ask(&daemon, "subscribe", "/index.atom", &path).expect(202);
    }
    eventually_so("four that did not confirm", || {
        figure(&daemon, "countywire_hub_verifications_total{result=\"not_confirmed\"}") == 4
    });
    assert_eq!(subscriptions(&daemon), 0);
    // Nor when something is delivered.
    wire.subscribe(&daemon, "/index.atom", "/moved");
    wire.subscribe(&daemon, "/index.atom", "/right");
    wire.subscriber.when_told("/moved", Conduct::Answers(307, elsewhere, ""));
    wire.brings(&daemon, 2);
    wire.subscriber.await_told("/right", 1);
    wire.subscriber.await_told("/moved", 1);
    eventually_so("a failed delivery", || {
        figure(&daemon, "countywire_hub_deliveries_total{result=\"failed\"}") == 1
    });
    let (asked, told) = (wire.subscriber.asked("/elsewhere"), wire.subscriber.told("/elsewhere"));
    assert!(asked.is_empty() && told.is_empty());
    daemon.stop();
}

#[test]
fn bodies_that_are_long_or_no_forms_and_other_methods_are_refused() {
    let wire = Wire::new();
    let daemon = wire.start();
    let send = |method: &str, kind: &str, body: &[u8]| {
        let headers = [("Content-Type", kind)];
        http::try_send(daemon.public, method, "/hub", &headers, Some(body))
            .expect("an answer")
            .status
    };
    let form = "application/x-www-form-urlencoded";
    assert_eq!(send("POST", form, &[b'x'; 17 * 1024]), 413);
    assert_eq!(send("POST", "application/json", b"{}"), 415);
    assert_eq!(send("POST", "application/x-www-form-urlencoded; charset=utf-8", b""), 400);
    assert_eq!(send("GET", form, b""), 405);
    assert_eq!(send("PUT", form, b""), 405);
    assert_eq!(send("POST", form, b"hub.mode=publish&hub.topic=x"), 400);
    daemon.stop();
}

#[test]
fn a_flood_is_held_back_and_bounds_of_subscriptions_hold() {
    let lines = "[hub]\nrequests = 12\nper_host = 3";
    let wire = Wire::with(Settings::new().tables(lines));
    let daemon = wire.start();
    for n in 0..3 {
        wire.subscribe(&daemon, "/index.atom", &format!("/{n}"));
    }
    let full = wire.ask(&daemon, "subscribe", "/index.atom", "/more");
    assert_eq!(full.status, 503, "{}", full.text());
    assert!(full.text().contains("this host") && full.header("retry-after").is_some());
    // Renewals go on.
    wire.ask(&daemon, "subscribe", "/index.atom", "/1").expect(202);
    let answers: Vec<Answer> =
        (0..12).map(|_| wire.ask(&daemon, "subscribe", "/index.atom", "/1")).collect();
    assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 7);
    let last = answers.last().expect("twelve");
    assert_eq!(last.status, 429, "{}", last.text());
    let wait: u32 = last.header("retry-after").and_then(|s| s.parse().ok()).expect("seconds");
    assert!((1..=6).contains(&wait), "{wait}");
    // Whom a proxy of ours passes on has a rate of its own, and cannot borrow another's.
    let send = |told: &str| {
        let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Forwarded", told)];
        http::try_send(daemon.public, "POST", "/hub", &headers, Some(b""))
            .expect("an answer")
            .status
    };
    assert_eq!(send("for=8.8.8.8"), 400);
    assert_eq!(send("for=8.8.8.8, for=unknown"), 429);
    assert_eq!(subscriptions(&daemon), 3);
    daemon.stop();
}

#[test]
fn a_slow_callback_and_one_that_fails_delay_nobody_else() {
    let wire = Wire::with(Settings::new().tables("[hub]\ntimeout = \"20s\""));
    let daemon = wire.start();
    // As many as one host is asked at a time are left for others.
    for path in ["/slow", "/dead", "/well"] {
        wire.subscribe(&daemon, "/index.atom", path);
    }
    wire.subscriber.when_told("/slow", Conduct::Hangs);
    wire.subscriber.when_told("/dead", Conduct::Answers(500, String::new(), ""));
    for items in 2..6 {
        let asked = Instant::now();
        wire.brings(&daemon, items);
        let told = wire.subscriber.await_told("/well", items - 1);
        assert!(told.at - asked < Duration::from_secs(5), "{:?}", told.at - asked);
    }
    assert_eq!(wire.subscriber.told("/slow").len(), 1, "one is on its way, one waits");
    assert_eq!(wire.subscriber.told("/dead").len(), 1, "it is left alone for a while");
    // The daemon hears a moment later that the last one was taken.
    eventually_so("two that are owed", || figure(&daemon, "countywire_hub_owed") == 2);
    daemon.stop();
}
