//! Subscriptions over time: restarts, leases, callbacks that fail for a while or for good.

use super::*;
use crate::support::clock::{FastClock, START};
use crate::support::eventually;
use crate::support::listening::Heard;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

impl Wire {
    /// With a clock that shows `speed` seconds for each.
    fn start_fast(&self, clock: FastClock) -> Daemon {
        let mut command = self.home.command(&["run"]);
        clock.set(&mut command);
        let daemon = Daemon::from(command);
        daemon.settled();
        daemon
    }
}

/// Addresses that stay over restarts: topics have the public one in their names.
fn fixed() -> Settings {
    let free = [0; 2].map(|port| TcpListener::bind(("127.0.0.1", port)).expect("a free port"));
    let [public, admin] = free.map(|free| free.local_addr().expect("a bound address"));
    Settings::new().listen(&format!("public = \"{public}\"\nadmin = \"{admin}\""))
}

fn mode_of(file: &Path) -> u32 {
    std::fs::metadata(file).expect("a file").permissions().mode() & 0o777
}

#[test]
fn subscriptions_outlive_restarts_and_what_came_meanwhile_is_told_then() {
    let wire = Wire::with(fixed());
    let daemon = wire.start();
    let (topic, callback) = (topic_of(daemon.public, "/index.atom"), wire.subscriber.url("/cb"));
    wire.subscribe_with(&daemon, "/index.atom", "/cb", &SIGNED);
    wire.brings(&daemon, 2);
    wire.subscriber.await_told("/cb", 1);
    daemon.stop();
    assert_eq!(mode_of(&wire.home.path().join("store/hub")), 0o600, "it holds secrets");

    // Nothing came meanwhile: nothing is told.
    let daemon = wire.start();
    assert_eq!((subscriptions(&daemon), figure(&daemon, "countywire_hub_owed")), (1, 0));
    daemon.stop();
    wire.publish(3);
    wire.home.run(&["poll", "town"]).expect(0);
    let daemon = wire.start();
    let told = wire.subscriber.await_told("/cb", 2);
    assert!(String::from_utf8_lossy(&told.body).contains("兴平消息3"));
    assert_eq!(told.header("x-hub-signature"), Some(&*signature("sha256", SECRET, &told.body)));
    assert_eq!(wire.subscriber.asked("/cb").len(), 1, "nobody is asked again");
    let told = wire.home.run(&["subscribers", "--json"]).expect(0).json();
    assert_eq!((&told[0]["topic"], &told[0]["callback"]), (&topic.into(), &callback.into()));
    assert_eq!((&told[0]["signed"], &told[0]["owed"]), (&true.into(), &false.into()));
    assert!(!told.to_string().contains(SECRET), "{told}");
    let table = wire.home.run(&["subscribers"]).expect(0).stdout;
    assert!(table.contains("fine") && table.lines().count() == 2, "{table}");
    // After a kill too.
    daemon.kill();
    let daemon = wire.start();
    assert_eq!(subscriptions(&daemon), 1);
    daemon.stop();
}

#[test]
fn a_restored_daemon_tells_those_who_subscribed_before() {
    let wire = Wire::with(fixed());
    let daemon = wire.start();
    wire.subscribe_with(&daemon, "/index.atom", "/cb", &SIGNED);
    wire.home.run(&["store", "backup", "copy"]).expect(0);
    daemon.stop();
    let [copied, restored] = ["copy/hub", "store/hub"].map(|file| wire.home.path().join(file));
    assert_eq!(mode_of(&copied), 0o600, "it holds secrets");
    // As on a disk that knows no owners.
    std::fs::set_permissions(&copied, PermissionsExt::from_mode(0o644)).expect("opened");
    std::fs::remove_dir_all(wire.home.path().join("store")).expect("removed");
    wire.home.run(&["store", "restore", "copy"]).expect(0);
    assert_eq!(mode_of(&restored), 0o600);

    let daemon = wire.start();
    assert_eq!(subscriptions(&daemon), 1);
    wire.brings(&daemon, 2);
    let is_new = |told: &Heard| String::from_utf8_lossy(&told.body).contains("兴平消息2");
    let told = eventually("what is new", || wire.subscriber.told("/cb").into_iter().find(is_new));
    assert_eq!(told.header("x-hub-signature"), Some(&*signature("sha256", SECRET, &told.body)));
    assert_eq!(wire.subscriber.asked("/cb").len(), 1, "nobody is asked again");
    daemon.stop();
}

#[test]
fn a_feed_that_is_not_published_any_more_is_denied_with_the_reason() {
    let wire = Wire::with(fixed());
    let daemon = wire.start();
    wire.subscribe(&daemon, &format!("{COUNTY}.atom"), "/cb");
    daemon.stop();
    let text = std::fs::read_to_string(wire.home.feeds_toml()).expect("there");
    wire.home.write(&text.replace("publish = [\"shaanxi\"]", "publish = [\"hebei\"]"));
    let daemon = wire.start();
    let denied = wire.subscriber.await_asked("/cb", 2);
    let value = |name: &str| denied.query.get(name).map_or("", String::as_str);
    assert_eq!(value("hub.mode"), "denied");
    assert_eq!(value("hub.topic"), topic_of(daemon.public, &format!("{COUNTY}.atom")));
    assert!(value("hub.reason").contains("not published"), "{}", value("hub.reason"));
    assert_eq!(subscriptions(&daemon), 0);
    daemon.stop();
}

#[test]
fn a_callback_that_is_gone_ends_its_subscription() {
    let wire = Wire::new();
    let daemon = wire.start();
    wire.subscribe(&daemon, "/index.atom", "/gone");
    wire.subscribe(&daemon, "/index.atom", "/well");
    wire.subscriber.when_told("/gone", Conduct::Answers(410, String::new(), ""));
    wire.brings(&daemon, 2);
    await_subscriptions(&daemon, 1);
    wire.brings(&daemon, 3);
    wire.subscriber.await_told("/well", 2);
    wire.subscriber.await_told("/gone", 1);
    daemon.stop();
}

#[test]
fn what_fails_is_tried_again_with_what_is_newest_by_then() {
    let wire = Wire::new();
    let daemon = wire.start_fast(FastClock::new(START, 20.0));
    wire.subscribe(&daemon, "/index.atom", "/cb");
    wire.subscriber.when_told("/cb", Conduct::Answers(503, String::new(), ""));
    wire.brings(&daemon, 2);
    wire.subscriber.await_told("/cb", 1);
    wire.brings(&daemon, 3);
    wire.subscriber.when_told("/cb", Conduct::Right);
    eventually_so("a delivery", || {
        figure(&daemon, "countywire_hub_deliveries_total{result=\"taken\"}") == 1
    });
    let told = wire.subscriber.told("/cb");
    let last = told.last().expect("told");
    assert!(String::from_utf8_lossy(&last.body).contains("兴平消息3"));
    assert_eq!(figure(&daemon, "countywire_hub_owed"), 0);
    daemon.stop();
}

#[test]
fn a_lease_ends_unless_it_is_renewed() {
    let wire = Wire::with(Settings::new().tables("[hub]\nlongest_lease = \"2h\""));
    // An hour in four seconds.
    let daemon = wire.start_fast(FastClock::new(START, 900.0));
    let ask = |lease: &str| {
        let asked = ("subscribe", "/index.atom", "/cb");
        wire.ask_with(&daemon, asked, &[("hub.lease_seconds", lease)]).expect(202);
    };
    ask("99999999");
    let lease = |asked: usize| {
        let asked = wire.subscriber.await_asked("/cb", asked);
        asked.query.get("hub.lease_seconds").cloned().expect("a lease")
    };
    assert_eq!(lease(1), "7200", "the longest");
    await_subscriptions(&daemon, 1);
    ask("1");
    assert_eq!(lease(2), "60", "the shortest");
    await_subscriptions(&daemon, 0);
    daemon.stop();
}
