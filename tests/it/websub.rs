//! WebSub as a subscriber: what a hub pushes is in the county's feed at once, and nothing
//! that nobody signed is.

mod figures;
mod foreign;
mod hostile;
mod leases;
mod polls;
mod renaming;

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::hub::{Conduct, Hub, Intent, Request};
use crate::support::origin::{Document, Origin};
use crate::support::{eventually_so, http, published};
use serde_json::Value;
use std::time::{Duration, Instant};
use url::Url;

const ATOM: &str = "application/atom+xml";
const COUNTY: &str = "/r/shaanxi/xianyang/xingping.json";

/// A source of Xingping that names a hub.
struct Wire {
    origin: Origin,
    hub: Hub,
    home: Home,
}

impl Wire {
    fn new() -> Wire {
        Wire::with(Conduct::default(), "1d")
    }

    fn with(conduct: Conduct, schedule: &str) -> Wire {
        let (origin, hub) = (Origin::start(), Hub::start());
        hub.behave(conduct);
        let wire = Wire { home: Home::new(&Settings::new()), origin, hub };
        wire.home.write(&wire.settings(schedule).text());
        wire.publish(&[news(1)], "\"1\"");
        wire
    }

    fn settings(&self, schedule: &str) -> Settings {
        let lines = format!("region = \"shaanxi/xianyang/xingping\"\nschedule = \"{schedule}\"\n");
        let url = self.origin.url("/feed");
        Settings::new().base("http://127.0.0.1:0/").poll("push = true").source("town", &url, &lines)
    }

    fn topic(&self) -> String {
        self.origin.url("/topic")
    }

    /// The document, with the hub in its headers.
    fn publish(&self, news: &[News], etag: &str) {
        let document = Form::Atom10.document(news).etag(etag);
        self.origin.set("/feed", self.naming_hub(document));
    }

    fn naming_hub(&self, mut document: Document) -> Document {
        let link = format!("<{}>; rel=hub, <{}>; rel=\"self\"", self.hub.url(), self.topic());
        document.headers.push(("Link", link));
        document
    }

    /// A daemon to which the hub has promised to deliver.
    #[track_caller]
    fn subscribed(&self) -> Daemon {
        let daemon = Daemon::start(&self.home);
        self.await_state(&daemon, "active");
        daemon
    }

    #[track_caller]
    fn await_state(&self, daemon: &Daemon, state: &str) {
        eventually_so(&format!("a subscription that is {state}"), || {
            push(daemon)["state"] == state
        });
    }

    /// Pushes items as the hub does, without the others of the document.
    #[track_caller]
    fn push(&self, news: &[News]) -> u16 {
        self.hub.push(&self.topic(), ATOM, &Form::Atom10.document(news).body).status
    }

    #[track_caller]
    fn last_request(&self) -> Request {
        self.hub.requests().pop().expect("a request to the hub")
    }
}

/// The `number`th item; the higher, the newer.
fn news(number: usize) -> News {
    let mut news = News::new("town", number, &format!("兴平消息{number}"), 100 - number as i64);
    news.text = format!("兴平市第{number}条消息的正文，与别的不同。");
    news
}

/// How the source stands with its hub.
#[track_caller]
fn push(daemon: &Daemon) -> Value {
    daemon.source("town")["push"].clone()
}

#[track_caller]
fn shown(daemon: &Daemon) -> Vec<String> {
    let mut titles: Vec<String> =
        published::feed(daemon, COUNTY).items.into_iter().map(|item| item.title).collect();
    titles.sort_unstable();
    titles
}

#[track_caller]
fn await_titles(daemon: &Daemon, numbers: &[usize]) {
    let expected: Vec<String> = numbers.iter().map(|number| news(*number).title).collect();
    eventually_so(&format!("{expected:?}"), || shown(daemon) == expected);
}

#[test]
fn a_source_that_names_a_hub_is_subscribed_and_what_it_pushes_is_in_the_countys_feed() {
    let wire = Wire::new();
    let daemon = wire.subscribed();
    let request = wire.last_request();
    assert_eq!(request.mode(), "subscribe");
    assert_eq!(request.value("hub.topic"), wire.topic());
    assert_eq!(request.value("hub.lease_seconds"), "864000");
    assert!(request.value("hub.secret").len() >= 32 && request.value("hub.secret").len() < 200);
    let callback = request.callback();
    assert_eq!(
        callback.origin(),
        Url::parse(&format!("http://{}/", daemon.public)).expect("").origin()
    );
    let token = callback.path().strip_prefix("/push/").expect("below /push/");
    // 128 bits and more, in hexadecimal digits.
    assert!(token.len() >= 32, "{token}");
    assert_eq!(wire.hub.verifications(), [200]);

    let polls = wire.origin.count();
    let asked = Instant::now();
    assert_eq!(wire.push(&[news(2)]), 202);
    await_titles(&daemon, &[1, 2]);
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    assert_eq!(wire.origin.count(), polls, "nothing was polled for it");
    let push = push(&daemon);
    assert_eq!((&push["pushes"], &push["dropped"]), (&1.into(), &0.into()));
    assert!(push["last_push"].is_string() && push["lease_until"].is_string(), "{push}");
    assert_eq!(push["hub"], wire.hub.url());
    let page = http::get(daemon.admin, "/status").expect(200);
    assert!(page.text().contains("push: active at 127.0.0.1 until "), "{}", page.text());

    // The whole document, when it is polled, brings neither again, nor loses its validators.
    wire.publish(&[news(2), news(1)], "\"2\"");
    let polled = daemon.poll("town");
    assert_eq!((&polled["entries_new"], &polled["entries_changed"]), (&0.into(), &0.into()));
    assert_eq!(polled["items"], 2);
    let asked = wire.origin.asked("/feed");
    assert_eq!(asked[1].header("if-none-match"), Some("\"1\""), "a push has no validators");
    assert_eq!(daemon.poll("town")["outcome"], "not_modified");
    daemon.stop();
    let told = wire.home.run(&["polls", "town", "--json"]).expect(0).json_lines();
    let text = |value: &Value| value.as_str().expect("a word").to_owned();
    let told: Vec<_> =
        told.iter().map(|poll| (text(&poll["asked"]), text(&poll["outcome"]))).collect();
    let expected = [
        ("requested", "not_modified"),
        ("requested", "fetched"),
        ("pushed", "pushed"),
        ("subscription", "subscription"),
        ("subscription", "subscription"),
        ("scheduled", "fetched"),
    ];
    assert_eq!(told, expected.map(|(asked, outcome)| (asked.to_owned(), outcome.to_owned())));
}

#[test]
fn hubs_in_the_document_itself_and_hubs_that_verify_before_they_answer_are_used_too() {
    let conduct = Conduct { intent: Intent::VerifyFirst, ..Conduct::default() };
    let wire = Wire::with(conduct, "1d");
    let links = |body: &[u8]| {
        let text = String::from_utf8(body.to_vec()).expect("UTF-8");
        let hub = wire.hub.url().replace('&', "&amp;");
        let links = format!(
            "<link rel=\"hub\" href=\"{hub}\"/><link rel=\"self\" href=\"{}\"/><entry>",
            wire.topic()
        );
        text.replacen("<entry>", &links, 1)
    };
    let document = Form::Atom10.document(&[news(1)]);
    let body = links(&document.body);
    wire.origin.set("/feed", Document { body: body.into_bytes(), ..document }.etag("\"1\""));
    let daemon = wire.subscribed();
    assert_eq!(wire.last_request().value("hub.topic"), wire.topic());
    assert_eq!(wire.push(&[news(2), news(3)]), 202);
    await_titles(&daemon, &[1, 2, 3]);
    daemon.stop();
}

#[test]
fn an_edit_that_is_pushed_changes_the_entry_and_a_push_that_comes_twice_does_nothing() {
    let wire = Wire::new();
    let daemon = wire.subscribed();
    for _ in 0..3 {
        assert_eq!(wire.push(&[news(2)]), 202);
    }
    await_titles(&daemon, &[1, 2]);
    let mut edited = news(2);
    edited.text.push_str("更正：人数为十二。");
    assert_eq!(wire.push(&[edited]), 202);
    eventually_so("the edit", || daemon.document(COUNTY).text().contains("更正"));
    assert_eq!(shown(&daemon).len(), 2);
    eventually_so("all pushes", || push(&daemon)["pushes"] == 4);
    assert_eq!(daemon.source("town")["entries"], 2);
    daemon.stop();
}

#[test]
fn hubs_are_left_alone_where_pushes_are_not_wanted() {
    let wire = Wire::new();
    let source = "region = \"shaanxi/xianyang/xingping\"\npush = false\n";
    let of = |settings: Settings, lines| settings.source("town", &wire.origin.url("/feed"), lines);
    for text in [
        // No host of the internet, and nobody said that hubs can reach it all the same.
        of(Settings::new().base("http://127.0.0.1:0/"), "").text(),
        of(Settings::new().base("https://news.example.org/").poll("push = false"), "").text(),
        of(Settings::new().base("http://127.0.0.1:0/").poll("push = true"), source).text(),
    ] {
        let home = Home::new(&Settings::new());
        home.write(&text);
        let daemon = Daemon::start(&home);
        eventually_so("the first poll", || daemon.source("town")["last_status"] == 200);
        assert_eq!(push(&daemon)["state"], "off");
        assert_eq!(push(&daemon)["hub"], wire.hub.url());
        daemon.stop();
    }
    assert!(wire.hub.requests().is_empty(), "{:?}", wire.hub.requests());
}
