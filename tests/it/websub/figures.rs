//! What `/metrics` tells of pushes and subscriptions.

use super::{ATOM, Wire, await_titles, news};
use crate::support::daemon::Daemon;
use crate::support::documents::Form;
use crate::support::hub::{self, Conduct, Intent};
use crate::support::{eventually_so, http};

/// The labels of a family's samples that are not zero, with their values.
#[track_caller]
fn figures(daemon: &Daemon, family: &str) -> Vec<(String, u64)> {
    let text = http::get(daemon.admin, "/metrics").expect(200);
    let samples = text.text().lines().filter_map(|line| line.strip_prefix(family));
    let samples = samples.map(|sample| {
        let (labels, value) = sample.split_once("\"} ").expect("a label and a value");
        let (_, label) = labels.split_once("=\"").expect("a label");
        (label.to_owned(), value.parse().expect("a number"))
    });
    samples.filter(|(_, value)| *value > 0).collect()
}

#[test]
fn pushes_are_counted_by_what_became_of_them() {
    let wire = Wire::new();
    wire.home.write(&wire.settings("1d").poll("max_body = \"20KB\"").text());
    let daemon = wire.subscribed();
    assert_eq!(figures(&daemon, "countywire_pushes_total"), []);
    for number in [2, 3, 4] {
        assert_eq!(wire.push(&[news(number)]), 202);
    }
    await_titles(&daemon, &[1, 2, 3, 4]);
    for _ in 0..2 {
        assert_eq!(wire.hub.push(&wire.topic(), ATOM, b"no feed").status, 202);
    }
    assert_eq!(wire.hub.push(&wire.topic(), ATOM, &[b' '; 30_000]).status, 413);
    let forged = Form::Atom10.document(&[news(9)]).body;
    hub::deliver(&wire.last_request().callback(), &[("Content-Type", ATOM)], &forged);
    let expected = [("applied", 3), ("unreadable", 2), ("unsigned", 1), ("refused", 1)];
    let expected = expected.map(|(result, count)| (result.to_owned(), count));
    eventually_so("all pushes to be counted", || {
        figures(&daemon, "countywire_pushes_total") == expected
    });
    let polls = figures(&daemon, "countywire_polls_total");
    assert_eq!(polls, [("fetched".to_owned(), 1)], "pushes are no polls");
    daemon.stop();
}

#[test]
fn subscriptions_are_told_by_how_the_source_stands_with_its_hub() {
    let denies = Conduct { intent: Intent::Deny("not you"), ..Conduct::default() };
    for (conduct, state) in [(Conduct::default(), "active"), (denies, "denied")] {
        let wire = Wire::with(conduct, "1d");
        let daemon = Daemon::start(&wire.home);
        eventually_so(state, || {
            figures(&daemon, "countywire_subscriptions") == [(state.to_owned(), 1)]
        });
        daemon.stop();
    }
}
