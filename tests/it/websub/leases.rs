//! Subscriptions over time: renewed, denied, lost, left, and kept over restarts.

use super::{Wire, await_titles, news, push};
use crate::support::clock::{FastClock, START};
use crate::support::daemon::Daemon;
use crate::support::documents::Form;
use crate::support::home::{Home, Settings};
use crate::support::hub::{Conduct, Hub, Intent};
use crate::support::origin::Origin;
use crate::support::{eventually_so, http};
use chrono::{DateTime, TimeDelta, Utc};
use std::net::TcpListener;
use std::time::{Duration, Instant};

const DAY: u64 = 86_400;

fn start(home: &Home, clock: &FastClock) -> Daemon {
    let mut command = home.command(&["run"]);
    clock.set(&mut command);
    Daemon::from(command)
}

/// On one port over restarts, so that the callback stays the same.
fn on_one_port(wire: &Wire) -> Settings {
    let port =
        TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let public = format!("127.0.0.1:{port}");
    wire.settings("30d")
        .base(&format!("http://{public}/"))
        .listen(&format!("public = \"{public}\"\nadmin = \"127.0.0.1:0\""))
}

#[test]
fn a_lease_is_renewed_before_its_end_with_the_same_callback_and_secret() {
    let wire = Wire::with(Conduct { lease_seconds: DAY, ..Conduct::default() }, "30d");
    // Two hours a second.
    let clock = FastClock::new(START, 7_200.0);
    let daemon = start(&wire.home, &clock);
    wire.await_state(&daemon, "active");
    let verified = Instant::now();
    eventually_so("a renewal", || wire.hub.verifications().len() == 2);
    // 70 to 85 % of a day take 8.4 to 10.2 s.
    let waited = verified.elapsed();
    assert!(waited > Duration::from_secs(7), "{waited:?}");
    let requests = wire.hub.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].form, requests[1].form);
    assert_eq!(wire.hub.verifications(), [200, 200]);
    assert_eq!(push(&daemon)["state"], "active");
    daemon.stop();
}

#[test]
fn a_hub_that_wants_to_be_left_alone_is_by_all_that_want_something_and_over_restarts() {
    let busy = vec![("Retry-After", "86400".to_owned())];
    let wire = Wire::with(Conduct { status: 429, headers: busy, ..Conduct::default() }, "30d");
    let settings = on_one_port(&wire);
    wire.home.write(&settings.text());
    let daemon = Daemon::start(&wire.home);
    eventually_so("the refusal", || push(&daemon)["problem"] == "the hub answered 429");
    daemon.stop();
    // Another source of another host, which names the same hub.
    let other = Origin::on("127.0.0.6");
    other.set("/feed", wire.naming_hub(Form::Atom10.document(&[news(2)])));
    let settings = settings.source("village", &other.url("/feed"), "");
    wire.home.write(&settings.text());
    let daemon = Daemon::start(&wire.home);
    eventually_so("a subscription that is wanted", || {
        daemon.source("village")["push"]["state"] == "wanted"
    });
    for source in ["town", "village"] {
        let next = daemon.source(source)["push"]["next_request"].take();
        let next: DateTime<Utc> = next.as_str().and_then(|at| at.parse().ok()).expect("a time");
        assert!(next > Utc::now() + TimeDelta::hours(23), "{source}: {next}");
    }
    // The hub's host is the publisher's, too.
    let refused = http::post(daemon.admin, "/poll/town");
    let said = String::from_utf8_lossy(&refused.body).into_owned();
    assert!(refused.status != 200 && said.contains("left alone until 20"), "{said}");
    assert_eq!(wire.hub.requests().len(), 1);
    daemon.stop();
}

#[test]
fn a_hub_that_is_down_or_never_verifies_is_asked_ever_more_rarely() {
    let never = Conduct { intent: Intent::Forget, ..Conduct::default() };
    let broken = Conduct { status: 500, text: "out of\r\norder", ..Conduct::default() };
    for (conduct, state, problem) in [
        (never, "failing", "the hub has not verified it yet"),
        (broken, "failing", "the hub answered 500: out of order"),
    ] {
        let wire = Wire::with(conduct, "30d");
        wire.home.write(&on_one_port(&wire).text());
        // Eight hours a second: three days in nine.
        let clock = FastClock::new(START, 28_800.0);
        let daemon = start(&wire.home, &clock);
        eventually_so("five requests", || wire.hub.requests().len() == 5);
        let gaps: Vec<u64> = {
            let requests = wire.hub.requests();
            let gap = |pair: &[crate::support::hub::Request]| pair[1].at - pair[0].at;
            requests.windows(2).map(|pair| (gap(pair).as_secs_f64() * 28_800.0) as u64).collect()
        };
        // After 1, 2, 4 and 8 hours; a busy machine is later, never earlier.
        for (gap, hours) in gaps.iter().zip([1, 2, 4, 8]) {
            assert!(*gap + 600 >= hours * 3_600, "{gaps:?}");
        }
        eventually_so(problem, || {
            let push = push(&daemon);
            push["state"] == state && push["problem"].as_str().is_some_and(|p| p.contains(problem))
        });
        // Another start is no reason to ask.
        let asked = wire.hub.requests().len();
        daemon.stop();
        let daemon = start(&wire.home, &FastClock::new(clock.now(), 1.0));
        eventually_so("a look at the hub", || push(&daemon)["next_request"].is_string());
        assert_eq!(wire.hub.requests().len(), asked);
        daemon.stop();
    }
}

#[test]
fn a_lease_that_ends_while_the_hub_is_down_is_taken_up_again_when_it_is_back() {
    let wire = Wire::with(Conduct { lease_seconds: DAY, ..Conduct::default() }, "30d");
    // Four hours a second: the lease takes six.
    let clock = FastClock::new(START, 14_400.0);
    let daemon = start(&wire.home, &clock);
    wire.await_state(&daemon, "active");
    wire.hub.behave(Conduct { status: 503, ..Conduct::default() });
    wire.await_state(&daemon, "lapsed");
    let before = wire.last_request();
    assert!(push(&daemon)["problem"].as_str().is_some_and(|problem| problem.contains("503")));
    wire.hub.behave(Conduct { lease_seconds: 30 * DAY, ..Conduct::default() });
    wire.await_state(&daemon, "active");
    assert_eq!(wire.last_request().form, before.form);
    assert_eq!(wire.push(&[news(2)]), 202);
    await_titles(&daemon, &[1, 2]);
    daemon.stop();
}

#[test]
fn a_denial_is_noted_with_its_reason() {
    let conduct = Conduct { intent: Intent::Deny("no room for you"), ..Conduct::default() };
    let wire = Wire::with(conduct, "1d");
    let daemon = Daemon::start(&wire.home);
    wire.await_state(&daemon, "denied");
    assert_eq!(push(&daemon)["problem"], "denied by the hub: no room for you");
    assert_eq!(wire.hub.verifications(), [200]);
    assert_eq!(wire.hub.requests().len(), 1);
    daemon.stop();
}

#[test]
fn a_subscription_outlives_a_restart_in_the_middle_of_its_lease() {
    let wire = Wire::new();
    wire.home.write(&on_one_port(&wire).text());
    wire.subscribed().stop();
    let table = wire.home.run(&["sources"]).stdout;
    assert!(table.contains("; push: active at 127.0.0.1"), "{table}");
    let daemon = Daemon::start(&wire.home);
    assert_eq!(push(&daemon)["state"], "active");
    assert_eq!(wire.push(&[news(2)]), 202);
    await_titles(&daemon, &[1, 2]);
    assert_eq!(wire.hub.requests().len(), 1, "nothing was asked again");
    daemon.kill();
    let daemon = Daemon::start(&wire.home);
    assert_eq!(wire.push(&[news(3)]), 202);
    await_titles(&daemon, &[1, 2, 3]);
    assert_eq!(wire.hub.requests().len(), 1);
    daemon.stop();
}

#[test]
fn a_source_that_is_removed_is_unsubscribed_also_while_we_are_down() {
    for while_down in [false, true] {
        let wire = Wire::new();
        let settings = on_one_port(&wire);
        wire.home.write(&settings.text());
        let daemon = wire.subscribed();
        let subscribed = wire.last_request();
        let off = settings.text().replace("[[source]]\nid = \"town\"", "[[source]]\nid = \"new\"");
        wire.home.write(&off.replace("push = true", "push = false"));
        let daemon = if while_down {
            daemon.stop();
            Daemon::start(&wire.home)
        } else {
            http::post(daemon.admin, "/reload").expect(200);
            daemon
        };
        eventually_so("the hub to agree", || wire.hub.verifications().len() == 2);
        let left = wire.last_request();
        assert_eq!(left.mode(), "unsubscribe");
        assert_eq!((left.callback(), wire.hub.subscriptions()), (subscribed.callback(), vec![]));
        assert_eq!(left.value("hub.topic"), wire.topic());
        let path = subscribed.callback().path().to_owned();
        eventually_so("the callback's end", || http::post(daemon.public, &path).status == 404);
        daemon.stop();
    }
}

#[test]
fn another_hub_is_subscribed_instead_of_the_old_one() {
    let wire = Wire::new();
    let daemon = wire.subscribed();
    let old = wire.last_request();
    let other = Hub::start();
    let mut document = Form::Atom10.document(&[news(1), news(2)]).etag("\"2\"");
    let link = format!("<{}>; rel=hub, <{}>; rel=\"self\"", other.url(), wire.topic());
    document.headers.push(("Link", link));
    wire.origin.set("/feed", document);
    daemon.poll("town");
    eventually_so("the new hub", || other.subscriptions().len() == 1);
    eventually_so("the end of the old", || wire.hub.subscriptions().is_empty());
    assert_eq!(wire.last_request().mode(), "unsubscribe");
    let new = other.requests().pop().expect("a request");
    for name in ["hub.callback", "hub.secret"] {
        assert_ne!(new.value(name), old.value(name), "{name}");
    }
    let body = Form::Atom10.document(&[news(3)]).body;
    assert_eq!(other.push(&wire.topic(), super::ATOM, &body).status, 202);
    await_titles(&daemon, &[1, 2, 3]);
    daemon.stop();
}
