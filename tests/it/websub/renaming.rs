//! A source with a subscription gets another id.

use super::{Wire, await_titles, news};
use crate::support::{eventually_so, http};

#[test]
fn a_subscription_goes_on_under_the_new_id() {
    let wire = Wire::new();
    let daemon = wire.subscribed();
    let requests = wire.hub.requests().len();
    let renamed = wire.settings("1d").text();
    let renamed = renamed.replacen("id = \"town\"", "id = \"city\"\nformerly = \"town\"", 1);
    wire.home.write(&renamed);
    http::post(daemon.admin, "/reload").expect(200);
    assert_eq!(daemon.source("city")["push"]["state"], "active");
    let polls = wire.origin.count();
    assert_eq!(wire.push(&[news(2)]), 202);
    await_titles(&daemon, &[1, 2]);
    assert_eq!(wire.origin.count(), polls, "nothing was polled for it");
    assert_eq!(daemon.source("city")["push"]["pushes"], 1);
    assert_eq!(wire.hub.requests().len(), requests, "the hub need not know");

    // Who is switched off leaves its hub, under whatever id.
    wire.home.write(&renamed.replacen("push = true", "push = false", 1));
    http::post(daemon.admin, "/reload").expect(200);
    eventually_so("the hub to be left", || wire.last_request().mode() == "unsubscribe");
    daemon.stop();
    wire.home.run(&["store", "verify"]).expect(0);
}
