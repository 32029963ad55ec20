//! Sources that move: permanent redirects are adopted in time, and given up when they fail.

use crate::support::clock::{FastClock, START};
use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::origin::{Document, Origin, Reply};
use crate::support::{eventually, eventually_so, http, published};
use std::collections::BTreeSet;

/// A day in four seconds and a bit.
const SPEED: f64 = 20_000.0;

struct Town {
    /// Where sources were, and where some have gone.
    old: Origin,
    new: Origin,
    clock: FastClock,
    home: Home,
    daemon: Daemon,
}

fn feed(source: &'static str) -> Document {
    Form::Atom10.document(&[News::new(source, 1, &format!("{source}来稿"), 1)]).etag("\"1\"")
}

impl Town {
    /// A source for each path of the old origin, polled hourly.
    fn with(sources: &[(&'static str, u16)]) -> Town {
        let (old, new) = (Origin::start(), Origin::on("127.0.0.2"));
        let mut settings = Settings::new().poll("schedule = \"1h\"");
        for (id, status) in sources {
            let path = format!("/{id}");
            new.set(&path, feed(id));
            old.set(&path, Reply::Status(*status, vec![("Location", new.url(&path))]));
            settings = settings.source(id, &old.url(&path), "region = \"shaanxi\"\n");
        }
        let (home, clock) = (Home::new(&settings), FastClock::new(START, SPEED));
        let daemon = start(&home, &clock);
        Town { old, new, clock, home, daemon }
    }

    fn moved_to(&self, source: &str) -> Option<String> {
        self.daemon.source(source)["moved_to"].as_str().map(str::to_owned)
    }

    fn await_move(&self, source: &str) {
        let to = eventually("the move", || self.moved_to(source));
        assert_eq!(to, self.new.url(&format!("/{source}")));
    }
}

fn start(home: &Home, clock: &FastClock) -> Daemon {
    let mut command = home.command(&["run"]);
    clock.set(&mut command);
    Daemon::from(command)
}

fn ids(daemon: &Daemon) -> BTreeSet<String> {
    published::feed(daemon, "/r/shaanxi.atom").items.into_iter().map(|item| item.id).collect()
}

#[test]
fn a_lasting_permanent_redirect_is_adopted_and_nothing_else_changes() {
    let town = Town::with(&[("gone", 301), ("lent", 302), ("kept", 308)]);
    eventually_so("the first polls", || town.new.count() >= 3);
    let before = eventually("entries", || Some(ids(&town.daemon)).filter(|ids| ids.len() == 3));
    for source in ["gone", "kept"] {
        town.await_move(source);
    }
    let days = (town.clock.now() - START) / 86_400.0;
    assert!(days >= 1.0, "adopted after {days} days");
    let old = town.old.asked("/gone").len();
    assert!(old >= 4, "{old} polls");

    // From now on the old address of the moved ones rests, also after a restart.
    let Town { old: old_origin, new, clock, home, daemon } = town;
    eventually_so("the log to tell it", || daemon.log().contains("write this url into feeds.toml"));
    let page = http::get(daemon.admin, "/status").expect(200);
    assert!(page.text().contains(&new.url("/gone")), "the page tells it");
    daemon.stop();
    let daemon = start(&home, &clock);
    let (rested, asked) = (old_origin.asked("/gone").len(), new.asked("/gone").len());
    eventually_so("polls of the new address", || new.asked("/gone").len() >= asked + 3);
    assert_eq!(old_origin.asked("/gone").len(), rested);
    // A lent one is asked for at home each time.
    assert_eq!(daemon.source("lent")["moved_to"], serde_json::Value::Null);
    let lent = old_origin.asked("/lent").len();
    eventually_so("polls of the lent one", || old_origin.asked("/lent").len() >= lent + 2);
    assert_eq!(ids(&daemon), before);
    // The validators have always been those of the new address.
    let later = &new.asked("/gone")[1..];
    assert!(later.iter().all(|asked| asked.header("if-none-match") == Some("\"1\"")), "{later:?}");

    // The settings follow: nothing begins anew.
    let text = std::fs::read_to_string(home.feeds_toml()).expect("a file");
    home.write(&text.replace(&old_origin.url("/gone"), &new.url("/gone")));
    http::post(daemon.admin, "/reload").expect(200);
    let asked = new.asked("/gone").len();
    eventually_so("polls after the reload", || new.asked("/gone").len() >= asked + 2);
    let later = &new.asked("/gone")[1..];
    assert!(later.iter().all(|asked| asked.header("if-none-match") == Some("\"1\"")), "{later:?}");
    let row = daemon.source("gone");
    assert_eq!((&row["moved_to"], &row["entries"]), (&serde_json::Value::Null, &1.into()));
    daemon.stop();
    let listed = home.run(&["sources"]).expect(0).stdout;
    let moved = format!("moved to {}: write that url into feeds.toml", new.url("/kept"));
    assert!(listed.contains(&moved), "{listed}");
}

#[test]
fn an_adopted_address_that_fails_gives_way_to_the_own_before_anything_is_given_up() {
    let town = Town::with(&[("missing", 301), ("ended", 301)]);
    for source in ["missing", "ended"] {
        town.await_move(source);
    }
    for (source, status) in [("missing", 404), ("ended", 410)] {
        town.old.set(&format!("/{source}"), feed(source));
        town.new.set(&format!("/{source}"), Reply::Status(status, vec![]));
        let asked = town.old.asked(&format!("/{source}")).len();
        eventually_so("the old address", || town.old.asked(&format!("/{source}")).len() > asked);
        eventually_so("the source to be fine", || town.daemon.source(source)["state"] == "fine");
        assert_eq!(town.moved_to(source), None);
    }
    let failed = |source: &str, status: u16| {
        let lines = town.daemon.log();
        let of = format!("source_id={source}");
        let words = format!("the server answered {status}");
        lines.lines().filter(|line| line.contains(&of) && line.contains(&words)).count()
    };
    assert_eq!(failed("missing", 404), 3, "three in a row");
    assert!(town.daemon.log().contains("its own url is asked again"), "{}", town.daemon.log());
    // When the own address says so too, that is the end.
    town.old.set("/ended", Reply::Status(410, vec![]));
    eventually_so("the end", || town.daemon.source("ended")["state"] == "gone");
}
