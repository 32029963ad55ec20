//! Pushes and polls of one source: never at once, rare polls while the hub delivers, and
//! as ever when it does not.

use super::{ATOM, Wire, await_titles, news, push};
use crate::support::clock::{FastClock, START};
use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::eventually_so;
use crate::support::hub::Conduct;
use crate::support::origin::{Gate, Reply};
use chrono::DateTime;
use std::thread;

#[test]
fn a_push_that_comes_during_a_poll_waits_for_it_and_neither_loses_anything() {
    let wire = Wire::new();
    let daemon = wire.subscribed();
    let gate = Gate::default();
    let document = Form::Atom10.document(&[news(2), news(1)]).etag("\"2\"");
    wire.origin.set("/feed", Reply::Held(gate.clone(), wire.naming_hub(document)));
    thread::scope(|scope| {
        let poll = scope.spawn(|| daemon.poll("town"));
        eventually_so("the poll", || gate.is_reached());
        assert_eq!(wire.push(&[news(3)]), 202);
        assert_eq!(push(&daemon)["pushes"], 0, "it waits");
        gate.open();
        assert_eq!(poll.join().expect("no panic")["entries_new"], 1);
    });
    await_titles(&daemon, &[1, 2, 3]);
    wire.publish(&[news(3), news(2), news(1)], "\"3\"");
    let polled = daemon.poll("town");
    assert_eq!((&polled["entries_new"], &polled["entries_changed"]), (&0.into(), &0.into()));
    let asked = wire.origin.asked("/feed");
    assert_eq!(asked[2].header("if-none-match"), Some("\"2\""), "the poll's own validators");
    daemon.stop();
}

/// How many hours after the last poll the next one is to be.
fn hours_to_poll(daemon: &Daemon) -> f64 {
    let row = daemon.source("town");
    let at = |key: &str| {
        let text = row[key].as_str().unwrap_or_else(|| panic!("no {key}: {row}"));
        DateTime::parse_from_rfc3339(text).expect("a date").timestamp()
    };
    (at("next_poll") - at("last_poll")) as f64 / 3_600.0
}

fn reason(daemon: &Daemon) -> String {
    daemon.source("town")["next_reason"].as_str().expect("a reason").to_owned()
}

#[test]
fn polls_are_rare_while_a_hub_delivers_and_return_when_it_falls_silent() {
    let wire = Wire::with(Conduct::default(), "auto");
    wire.home.write(&wire.settings("auto").poll("shortest = \"1h\"").text());
    // Two an hour, so that it would be polled hourly.
    let half_hours_ago = |number: usize| {
        let at = START as i64 - number as i64 * 1_800;
        News { published: DateTime::from_timestamp(at, 0).expect("a date"), ..news(100 - number) }
    };
    wire.publish(&(1..=40).map(half_hours_ago).collect::<Vec<_>>(), "\"1\"");
    // An hour in four seconds.
    let clock = FastClock::new(START, 900.0);
    let mut command = wire.home.command(&["run"]);
    clock.set(&mut command);
    let daemon = Daemon::from(command);
    wire.await_state(&daemon, "active");
    assert!(hours_to_poll(&daemon) < 2.0, "{}", reason(&daemon));
    let polls = wire.origin.count();
    for number in 2..=4 {
        assert_eq!(wire.push(&[news(number)]), 202);
        eventually_so("the push", || push(&daemon)["pushes"] == number - 1);
    }
    assert!(reason(&daemon).starts_with("push: hub 127.0.0.1 delivers"), "{}", reason(&daemon));
    assert_eq!(push(&daemon)["delivers"], true);
    assert!(hours_to_poll(&daemon) > 5.0, "{}", reason(&daemon));
    // Six hours of silence, 24 seconds: asked again, and then as without a hub.
    eventually_so("a poll", || wire.origin.count() > polls);
    let silence = (clock.now() - START) / 3_600.0;
    assert!(silence > 5.5, "polled after {silence} h");
    eventually_so("the end of relying on it", || !reason(&daemon).starts_with("push:"));
    daemon.stop();
}

#[test]
fn a_poll_that_finds_news_first_makes_the_hub_distrusted() {
    let wire = Wire::with(Conduct::default(), "auto");
    // The source is slow: without its hub it is polled every other day.
    wire.home.write(&wire.settings("auto").poll("longest = \"30d\"").text());
    let daemon = wire.subscribed();
    // From this poll on, all that is new should be pushed.
    daemon.poll("town");
    assert_eq!(wire.push(&[news(2)]), 202);
    eventually_so("reliance", || push(&daemon)["delivers"] == true);
    wire.publish(&[news(3), news(2), news(1)], "\"3\"");
    let polled = daemon.poll("town");
    assert_eq!(polled["entries_new"], 1);
    let until = push(&daemon)["distrusted_until"].as_str().map(str::to_owned);
    assert!(until.is_some(), "{}", push(&daemon));
    assert_eq!(wire.push(&[news(4)]), 202);
    await_titles(&daemon, &[1, 2, 3, 4]);
    assert_eq!(push(&daemon)["delivers"], false);
    assert!(!reason(&daemon).starts_with("push:"), "{}", reason(&daemon));
    daemon.stop();
}

#[test]
fn schedules_that_the_admin_wrote_hold_whatever_is_pushed() {
    let wire = Wire::with(Conduct::default(), "2h");
    let daemon = wire.subscribed();
    let (before, why) = (daemon.source("town")["next_poll"].clone(), reason(&daemon));
    let body = Form::Atom10.document(&[news(2)]).body;
    assert_eq!(wire.hub.push(&wire.topic(), ATOM, &body).status, 202);
    await_titles(&daemon, &[1, 2]);
    assert_eq!((&daemon.source("town")["next_poll"], reason(&daemon)), (&before, why));
    daemon.stop();
}

#[test]
fn what_is_pushed_is_of_the_sources_rhythm() {
    let hours = [0, 40].map(|pushed| {
        let wire = Wire::with(Conduct::default(), "auto");
        wire.home.write(&wire.settings("auto").poll("longest = \"30d\"").text());
        // An hour in four seconds, so that polls are some time apart.
        let mut command = wire.home.command(&["run"]);
        FastClock::new(START, 900.0).set(&mut command);
        let daemon = Daemon::from(command);
        wire.await_state(&daemon, "active");
        daemon.poll("town");
        let items: Vec<_> = (2..2 + pushed).map(news).collect();
        if pushed > 0 {
            assert_eq!(wire.push(&items), 202);
            eventually_so("the push", || push(&daemon)["pushes"] == 1);
        }
        // One that the hub has not brought makes it count for nothing in the next plan.
        let found: Vec<_> = (1..=2 + pushed).map(news).collect();
        wire.publish(&found, "\"2\"");
        assert_eq!(daemon.poll("town")["entries_new"], 1);
        let hours = hours_to_poll(&daemon);
        assert!(!reason(&daemon).starts_with("push:"), "{}", reason(&daemon));
        daemon.stop();
        hours
    });
    assert!(hours[1] < hours[0] / 2.0, "{hours:?} h to the next poll");
}
