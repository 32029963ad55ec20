//! Our WebSub hub, as subscribers meet it. Tests carry the numbers of websub.rocks's checks of hubs
//! (H100 and so on, HX1 to HX5) and publishers (P1 to P3). H105 asks for topics of plain text, of
//! which there are none here.

mod hostile;
mod keeping;

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::eventually_so;
use crate::support::home::{Home, Settings};
use crate::support::http::{self, Answer};
use crate::support::hub::signature;
use crate::support::origin::Origin;
use crate::support::subscriber::{Conduct, Subscriber, request};
use std::net::SocketAddr;

/// Two papers of one county, and who subscribes to its feed.
struct Wire {
    origin: Origin,
    subscriber: Subscriber,
    home: Home,
}

const COUNTY: &str = "/r/shaanxi/xianyang/xingping";
const SECRET: &str = "a secret of ours";
/// Of who wants its deliveries signed.
const SIGNED: [(&str, &str); 1] = [("hub.secret", SECRET)];

impl Wire {
    fn new() -> Wire {
        Wire::with(Settings::new())
    }

    fn with(settings: Settings) -> Wire {
        let (origin, subscriber) = (Origin::start(), Subscriber::start());
        let wire = Wire { home: Home::new(&Settings::new()), origin, subscriber };
        wire.home.write(&wire.settings(settings).text());
        wire.publish(1);
        wire
    }

    fn settings(&self, settings: Settings) -> Settings {
        let lines = "region = \"shaanxi/xianyang/xingping\"\n";
        settings.base("http://127.0.0.1:0/").source("town", &self.origin.url("/town"), lines)
    }

    /// Lets the paper have so many items, the newest first.
    fn publish(&self, items: usize) {
        let news = |n| News::new("town", n, &format!("兴平消息{n}"), 100 - n as i64);
        let news: Vec<News> = (1..=items).rev().map(news).collect();
        self.origin.set("/town", Form::Atom10.document(&news));
    }

    /// A daemon that has polled the paper once.
    #[track_caller]
    fn start(&self) -> Daemon {
        let daemon = Daemon::start(&self.home);
        daemon.settled();
        daemon
    }

    /// The same with so many items now, which it is to find.
    #[track_caller]
    fn brings(&self, daemon: &Daemon, items: usize) {
        self.publish(items);
        assert_eq!(daemon.poll("town")["entries_new"], 1);
    }

    /// Asks for a subscription to a feed of the daemon's, or for its end.
    #[track_caller]
    fn ask(&self, daemon: &Daemon, mode: &str, topic: &str, callback: &str) -> Answer {
        self.ask_with(daemon, (mode, topic, callback), &[])
    }

    /// The same with further parameters.
    #[track_caller]
    fn ask_with(
        &self,
        daemon: &Daemon,
        (mode, topic, callback): (&str, &str, &str),
        more: &[(&str, &str)],
    ) -> Answer {
        let (topic, callback) = (topic_of(daemon.public, topic), self.subscriber.url(callback));
        let pairs = [("hub.mode", mode), ("hub.topic", &topic), ("hub.callback", &callback)];
        request(daemon.public, &[&pairs[..], more].concat())
    }

    /// Subscribes to a feed of the daemon's, which must be taken, and waits until the daemon knows.
    #[track_caller]
    fn subscribe(&self, daemon: &Daemon, topic: &str, callback: &str) {
        self.subscribe_with(daemon, topic, callback, &[]);
    }

    #[track_caller]
    fn subscribe_with(&self, daemon: &Daemon, topic: &str, callback: &str, more: &[(&str, &str)]) {
        let before = subscriptions(daemon);
        self.ask_with(daemon, ("subscribe", topic, callback), more).expect(202);
        await_subscriptions(daemon, before + 1);
    }
}

fn topic_of(public: SocketAddr, path: &str) -> String {
    format!("http://{public}{path}")
}

/// The figure of active subscriptions.
#[track_caller]
fn subscriptions(daemon: &Daemon) -> usize {
    figure(daemon, "countywire_hub_subscriptions")
}

#[track_caller]
fn figure(daemon: &Daemon, name: &str) -> usize {
    let text = http::get(daemon.admin, "/metrics").expect(200);
    let line = text.text().lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no figure {name}"))
}

#[track_caller]
fn await_subscriptions(daemon: &Daemon, count: usize) {
    eventually_so(&format!("{count} subscriptions"), || subscriptions(daemon) == count);
}

#[test]
fn h100_hx1_hx2_hx3_hx4_hx5_p3_what_is_new_is_delivered_as_the_topic_has_it() {
    let wire = Wire::new();
    let daemon = wire.start();
    let path = format!("{COUNTY}.atom");
    let topic = topic_of(daemon.public, &path);
    // H102: what is not known is passed over.
    let more = [("hub.lease_seconds", "3600"), ("foo", "bar"), ("hub.verify", "sync")];
    let asked = ("subscribe", path.as_str(), "/cb?a=b%20c&d");
    wire.ask_with(&daemon, asked, &more).expect(202);
    let asked = wire.subscriber.await_asked("/cb", 1);
    let value = |name: &str| asked.query.get(name).map(String::as_str);
    assert_eq!((value("hub.mode"), value("hub.topic")), (Some("subscribe"), Some(topic.as_str())));
    assert_eq!((value("hub.lease_seconds"), value("a")), (Some("3600"), Some("b c")));
    assert!(value("hub.challenge").is_some_and(|challenge| challenge.len() >= 32));
    await_subscriptions(&daemon, 1);

    wire.brings(&daemon, 2);
    let told = wire.subscriber.await_told("/cb", 1);
    assert_eq!(told.query.get("a").map(String::as_str), Some("b c"));
    let document = daemon.document(&path);
    assert_eq!(told.body, document.body, "the topic's own bytes");
    assert!(document.text().contains("兴平消息2"));
    assert_eq!(told.header("content-type"), document.header("content-type"));
    let hub = topic_of(daemon.public, "/hub");
    let link = format!("<{hub}>; rel=\"hub\", <{topic}>; rel=\"self\"");
    assert_eq!(told.header("link"), Some(link.as_str()));
    assert_eq!(told.header("x-hub-signature"), None, "HX4");
    // What changes elsewhere is not told.
    assert_eq!(daemon.poll("town")["outcome"], "fetched");
    wire.brings(&daemon, 3);
    wire.subscriber.await_told("/cb", 2);
    daemon.stop();
}

#[test]
fn h101_deliveries_are_signed_by_the_secret_and_by_the_method_of_the_settings() {
    for method in ["sha256", "sha1"] {
        let wire = Wire::with(Settings::new().tables(&format!("[hub]\nsignature = \"{method}\"")));
        let daemon = wire.start();
        wire.subscribe_with(&daemon, "/index.rss", "/cb", &SIGNED);
        wire.brings(&daemon, 2);
        let told = wire.subscriber.await_told("/cb", 1);
        let expected = signature(method, SECRET, &told.body);
        assert_eq!(told.header("x-hub-signature"), Some(expected.as_str()));
    }
}

#[test]
fn h103_asking_again_renews_and_each_change_is_told_once() {
    let wire = Wire::new();
    let daemon = wire.start();
    wire.subscribe(&daemon, "/index.atom", "/cb");
    wire.ask(&daemon, "subscribe", "/index.atom", "/cb").expect(202);
    wire.subscriber.await_asked("/cb", 2);
    wire.subscribe(&daemon, "/index.atom", "/other");
    wire.brings(&daemon, 2);
    wire.subscriber.await_told("/other", 1);
    wire.brings(&daemon, 3);
    wire.subscriber.await_told("/other", 2);
    wire.subscriber.await_told("/cb", 2);
    daemon.stop();
}

#[test]
fn h104_who_has_left_is_told_nothing_more() {
    let wire = Wire::new();
    let daemon = wire.start();
    wire.subscribe(&daemon, "/index.atom", "/cb");
    wire.subscribe(&daemon, "/index.atom", "/other");
    wire.ask(&daemon, "unsubscribe", "/index.atom", "/cb").expect(202);
    let asked = wire.subscriber.await_asked("/cb", 2);
    assert_eq!(asked.query.get("hub.mode").map(String::as_str), Some("unsubscribe"));
    assert_eq!(asked.query.get("hub.lease_seconds"), None);
    await_subscriptions(&daemon, 1);
    wire.brings(&daemon, 2);
    wire.subscriber.await_told("/other", 1);
    assert!(wire.subscriber.told("/cb").is_empty());
    let answer = wire.ask(&daemon, "unsubscribe", "/index.atom", "/cb");
    assert_eq!(answer.status, 404, "{}", answer.text());
    // Who is asked and does not want to leave, stays.
    wire.subscriber.when_asked("/other", Conduct::Answers(404, String::new(), ""));
    wire.ask(&daemon, "unsubscribe", "/index.atom", "/other").expect(202);
    wire.subscriber.await_asked("/other", 2);
    wire.brings(&daemon, 3);
    wire.subscriber.await_told("/other", 2);
    daemon.stop();
}

#[test]
fn h106_p1_p2_every_feed_names_the_hub_and_can_be_subscribed_to_in_each_format() {
    let wire = Wire::new();
    let daemon = wire.start();
    let hub = topic_of(daemon.public, "/hub");
    let pages = ["/index", COUNTY, "/s/town", "/t/education", "/hot", "/pictures"];
    let feeds =
        pages.iter().flat_map(|page| [".atom", ".rss", ".json"].map(|f| format!("{page}{f}")));
    for path in feeds.chain([format!("{COUNTY}.atom?limit=3")]) {
        let document = daemon.document(&path);
        let links: Vec<&str> = document
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("link"))
            .map(|(_, value)| value.as_str())
            .collect();
        let (own, topic) = (format!("<{hub}>; rel=\"hub\""), topic_of(daemon.public, &path));
        assert_eq!(links.iter().filter(|link| **link == own).count(), 1, "{path}: {links:?}");
        assert!(links.contains(&format!("<{topic}>; rel=\"self\"").as_str()), "{path}: {links:?}");
        let stated = match path.split('?').next().and_then(|path| path.rsplit('.').next()) {
            Some("atom") => format!("<link href=\"{hub}\" rel=\"hub\""),
            Some("rss") => format!("<atom:link href=\"{hub}\" rel=\"hub\""),
            _ => format!("\"hubs\":[{{\"type\":\"WebSub\",\"url\":\"{hub}\"}}]"),
        };
        assert!(document.text().contains(&stated), "{path}: {stated}\n{}", document.text());
    }
    for page in ["/", COUNTY] {
        let links = &daemon.document(page).headers;
        assert!(!links.iter().any(|(_, value)| value.contains("rel=\"hub\"")), "{page}");
    }
    for (n, format) in ["atom", "rss", "json"].iter().enumerate() {
        wire.subscribe(&daemon, &format!("{COUNTY}.{format}?limit=3"), &format!("/{n}"));
    }
    wire.brings(&daemon, 2);
    for (n, format) in ["atom", "rss", "json"].iter().enumerate() {
        let told = wire.subscriber.await_told(&format!("/{n}"), 1);
        let document = daemon.document(&format!("{COUNTY}.{format}?limit=3"));
        assert_eq!(told.body, document.body);
        assert_eq!(told.header("content-type"), document.header("content-type"));
    }
    daemon.stop();
}

#[test]
fn without_a_hub_there_is_none_and_nothing_names_it() {
    let wire = Wire::with(Settings::new().tables("[hub]\nenabled = false"));
    let daemon = wire.start();
    assert_eq!(wire.ask(&daemon, "subscribe", "/index.atom", "/cb").status, 405);
    for path in ["/index.atom", "/index.rss", "/index.json"] {
        let document = daemon.document(path);
        assert!(!document.headers.iter().any(|(_, value)| value.contains("rel=\"hub\"")));
        assert!(!document.text().contains("hub"), "{}", document.text());
    }
    daemon.stop();
}
