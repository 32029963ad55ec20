//! Hubs, and those who pretend to be one, that lie, flood, or never end.

use super::{ATOM, COUNTY, Wire, await_titles, news, push, shown};
use crate::support::documents::Form;
use crate::support::home::{Home, Settings};
use crate::support::hub::{self, Conduct, Hub, Intent};
use crate::support::{eventually_so, http, published};
use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};
use url::Url;

#[test]
fn a_push_counts_only_with_a_signature_of_our_secret() {
    let wire = Wire::new();
    let daemon = wire.subscribed();
    let request = wire.last_request();
    let (callback, secret) = (request.callback(), request.value("hub.secret").to_owned());
    let forged = Form::Atom10.document(&[news(9)]).body;
    let send = |signature: Option<String>, body: &[u8]| {
        let mut headers = vec![("Content-Type", ATOM)];
        headers.extend(signature.as_deref().map(|signature| ("X-Hub-Signature", signature)));
        hub::deliver(&callback, &headers, body).status
    };
    let wrong = [
        None,
        Some(hub::signature("sha256", "guessed", &forged)),
        Some(hub::signature("sha1", "", &forged)),
        Some(hub::signature("sha256", &secret, b"another body")),
        Some("sha256=".to_owned()),
        Some("md5=d41d8cd98f00b204e9800998ecf8427e".to_owned()),
        Some("nonsense".to_owned()),
    ];
    for signature in &wrong {
        // The sender learns nothing.
        assert_eq!(send(signature.clone(), &forged), 202);
    }
    assert_eq!(push(&daemon)["dropped"], wrong.len());
    for (number, method) in [(2, "sha1"), (3, "sha384"), (4, "sha512")] {
        let body = Form::Atom10.document(&[news(number)]).body;
        assert_eq!(send(Some(hub::signature(method, &secret, &body)), &body), 202);
    }
    await_titles(&daemon, &[1, 2, 3, 4]);
    assert_eq!(push(&daemon)["pushes"], 3);
    assert!(daemon.log().contains("a push is dropped"), "the log says so");
    daemon.stop();
}

#[test]
fn hubs_are_told_of_nothing_that_we_have_not_asked() {
    let wire = Wire::new();
    let daemon = wire.subscribed();
    let (callback, topic) = (wire.last_request().callback(), wire.topic());
    let strange = Url::parse(&format!("http://{}/push/{}", daemon.public, "0".repeat(64)));
    let strange = strange.expect("an address");
    let asked = |callback: &Url, mode: &str, topic: &str| {
        let challenge = [("hub.challenge", "c"), ("hub.lease_seconds", "60")];
        let query = [("hub.mode", mode), ("hub.topic", topic), challenge[0], challenge[1]];
        hub::ask(callback, &query).status
    };
    for (callback, mode, topic, status) in [
        (&callback, "unsubscribe", topic.as_str(), 404),
        (&callback, "subscribe", "http://other.example.cn/feed", 404),
        (&callback, "denied", "http://other.example.cn/feed", 404),
        (&callback, "publish", topic.as_str(), 404),
        (&callback, "subscribe", "", 404),
        (&strange, "subscribe", topic.as_str(), 404),
        (&strange, "denied", topic.as_str(), 404),
        // Its answer may have been lost.
        (&callback, "subscribe", topic.as_str(), 200),
    ] {
        assert_eq!(asked(callback, mode, topic), status, "{mode} {topic}");
    }
    let path = callback.path();
    http::get(daemon.public, path).expect(404);
    http::get(daemon.public, "/push/").expect(404);
    for method in ["PUT", "DELETE", "HEAD"] {
        let answer = http::request(daemon.public, method, path, &[]);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, POST")));
    }
    http::post(daemon.public, COUNTY).expect(405);
    assert_eq!(push(&daemon)["state"], "active");
    daemon.stop();
}

#[test]
fn bodies_for_nobody_too_long_or_without_end_are_not_read() {
    let wire = Wire::new();
    let settings = wire.settings("1d").poll("max_body = \"20KB\"");
    wire.home.write(&settings.text());
    let daemon = wire.subscribed();
    let callback = wire.last_request().callback();
    let refused = |path: &str, head: &str, body: &[u8]| {
        let mut stream = http::raw(daemon.public);
        let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\n{head}\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("a connection");
        // The other end may close before all is written.
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).chars().skip(9).take(3).collect::<String>()
    };
    let started = Instant::now();
    let unknown = format!("/push/{}", "f".repeat(64));
    assert_eq!(refused(&unknown, "Content-Length: 1000000000", b"<feed"), "404");
    assert_eq!(refused(callback.path(), "Content-Length: 1000000000", b"<feed"), "413");
    let chunk = format!("7000\r\n{}\r\n", "x".repeat(0x7000));
    let chunked = "Transfer-Encoding: chunked";
    assert_eq!(refused(callback.path(), chunked, chunk.as_bytes()), "413");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    // One that begins and says no more.
    let silent = refused(callback.path(), "Content-Length: 100", b"<feed");
    assert_eq!(silent, "408");
    assert_eq!(wire.push(&[news(2)]), 202);
    await_titles(&daemon, &[1, 2]);
    daemon.stop();
}

#[test]
fn a_storm_of_pushes_is_bounded_and_what_was_taken_is_shown() {
    let wire = Wire::new();
    let daemon = wire.subscribed();
    let request = wire.last_request();
    let (callback, secret) = (request.callback(), request.value("hub.secret").to_owned());
    let filling = "<!-- ".to_owned() + &"很长的注释。".repeat(60_000) + " -->";
    let statuses: Vec<(usize, u16, bool)> = thread::scope(|scope| {
        let senders: Vec<_> = (0..8)
            .map(|sender| {
                let (callback, secret, filling) = (&callback, &secret, &filling);
                scope.spawn(move || {
                    let mut seen = Vec::new();
                    for turn in 0..12 {
                        let number = 2 + sender * 12 + turn;
                        let mut body = Form::Atom10.document(&[news(number)]).body;
                        body.extend_from_slice(filling.as_bytes());
                        let signature = hub::signature("sha256", secret, &body);
                        let headers = [("Content-Type", ATOM), ("X-Hub-Signature", &signature)];
                        let answer = hub::deliver(callback, &headers, &body);
                        let told = answer.header("retry-after").is_some();
                        seen.push((number, answer.status, told));
                    }
                    seen
                })
            })
            .collect();
        senders.into_iter().flat_map(|sender| sender.join().expect("no panic")).collect()
    });
    let mut taken = vec![news(1).title];
    for (number, status, told) in &statuses {
        assert!(matches!(status, 202 | 429 | 503), "{status}");
        assert_eq!(*told, *status != 202, "who is refused is told when to come back");
        if *status == 202 {
            taken.push(news(*number).title);
        }
    }
    taken.sort_unstable();
    assert!(taken.len() > 4, "{taken:?}");
    assert!(statuses.iter().any(|(_, status, _)| *status != 202), "nothing was refused");
    eventually_so("what was taken", || {
        let feed = published::feed(&daemon, &format!("{COUNTY}?limit=200"));
        let mut shown: Vec<String> = feed.items.into_iter().map(|item| item.title).collect();
        shown.sort_unstable();
        shown == taken
    });
    daemon.stop();
}

#[test]
fn a_push_of_another_document_or_of_none_is_not_applied_and_a_poll_is_owed() {
    let wire = Wire::new();
    let daemon = wire.subscribed();
    let with_self = |news_number: usize, own: &str| {
        let body = Form::Atom10.document(&[news(news_number)]).body;
        let text = String::from_utf8(body).expect("UTF-8");
        let link = format!("<link rel=\"self\" href=\"{own}\"/><entry>");
        text.replacen("<entry>", &link, 1).into_bytes()
    };
    let whole = Form::Atom10.document(&[news(7)]).body;
    let bodies: [&[u8]; 4] = [
        &with_self(5, "http://other.example.cn/feed"),
        b"<html><body>nothing</body></html>",
        b"",
        &whole[..whole.len() - 80],
    ];
    for body in bodies {
        assert_eq!(wire.hub.push(&wire.topic(), ATOM, body).status, 202);
    }
    eventually_so("all of them", || push(&daemon)["pushes"] == 4);
    assert_eq!(shown(&daemon), [news(1).title]);
    assert_eq!(push(&daemon)["delivers"], false);
    let own = with_self(6, &wire.topic());
    assert_eq!(wire.hub.push(&wire.topic(), ATOM, &own).status, 202);
    await_titles(&daemon, &[1, 6]);
    daemon.stop();
}

#[test]
fn tokens_and_secrets_show_nowhere() {
    let wire = Wire::new();
    let daemon = wire.subscribed();
    assert_eq!(wire.push(&[news(2)]), 202);
    await_titles(&daemon, &[1, 2]);
    let request = wire.last_request();
    let callback = request.callback();
    hub::deliver(&callback, &[], b"unsigned");
    wire.hub.behave(Conduct { intent: Intent::Deny("no"), ..Conduct::default() });
    let token = callback.path().strip_prefix("/push/").expect("a token").to_owned();
    let mut outputs = vec![
        ("status.json", http::get(daemon.admin, "/status.json").body),
        ("status", http::get(daemon.admin, "/status").body),
        ("export", http::get(daemon.admin, "/export?after=0").body),
        ("feed", daemon.document("/s/town.json").body),
        ("page", daemon.document("/s/town").body),
    ];
    wire.home.write(
        &Settings::new().base("http://127.0.0.1:0/").source("b", "http://127.0.0.1:9/", "").text(),
    );
    http::post(daemon.admin, "/reload").expect(200);
    eventually_so("a request to leave", || wire.last_request().mode() == "unsubscribe");
    outputs.push(("log", daemon.log().into_bytes()));
    daemon.stop();
    outputs.push(("sources", wire.home.run(&["sources", "--json"]).stdout.into_bytes()));
    for (name, output) in outputs {
        let text = String::from_utf8_lossy(&output);
        assert!(!text.is_empty(), "{name}");
        for secret in [token.as_str(), request.value("hub.secret")] {
            assert!(!text.contains(secret), "{name} shows a secret: {text}");
        }
    }
}

#[test]
fn hubs_inside_our_own_network_are_not_asked_also_when_a_hub_sends_us_there() {
    let wire = Wire::new();
    let private = "http://10.255.0.1/hub";
    let lines = "region = \"shaanxi/xianyang/xingping\"\n";
    let mut document = Form::Atom10.document(&[news(1)]).etag("\"1\"");
    document.headers.push(("Link", format!("<{private}>; rel=hub")));
    wire.origin.set("/private", document);
    let location = |url: &str| vec![("Location", url.to_owned())];
    wire.hub.behave(Conduct { status: 307, headers: location(private), ..Conduct::default() });
    let settings = wire.settings("1d").source("other", &wire.origin.url("/private"), lines);
    let home = Home::new(&settings);
    let daemon = crate::support::daemon::Daemon::start(&home);
    for source in ["town", "other"] {
        let problem = || daemon.source(source)["push"]["problem"].to_string();
        eventually_so(source, || problem().contains("no public address"));
        assert_eq!(daemon.source(source)["push"]["state"], "failing");
    }
    daemon.stop();
}

#[test]
fn a_hub_may_send_us_to_another_that_then_delivers() {
    let wire = Wire::new();
    let other = Hub::start();
    let headers = vec![("Location", other.url())];
    wire.hub.behave(Conduct { status: 308, headers, ..Conduct::default() });
    let daemon = wire.subscribed();
    assert_eq!(other.requests().len(), 1, "with all that was asked");
    assert_eq!(other.requests()[0].form, wire.last_request().form);
    let body = Form::Atom10.document(&[news(2)]).body;
    assert_eq!(other.push(&wire.topic(), ATOM, &body).status, 202);
    await_titles(&daemon, &[1, 2]);
    // 301 and its like turn a POST into a GET: not followed.
    let third = Wire::new();
    let headers = vec![("Location", other.url())];
    third.hub.behave(Conduct { status: 301, headers, ..Conduct::default() });
    let daemon = crate::support::daemon::Daemon::start(&third.home);
    third.await_state(&daemon, "failing");
    assert_eq!(other.requests().len(), 1);
    daemon.stop();
}
