//! A clock that was a year ahead for a while, and is right again.

use crate::support::clock::FastClock;
use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::eventually_so;
use crate::support::home::{Home, Settings};
use crate::support::origin::{Origin, Reply};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

const YEAR: f64 = 365.0 * 86_400.0;

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value} no time"))
}

#[test]
fn what_was_planned_by_a_clock_that_was_ahead_holds_no_source_back() {
    let (origin, busy) = (Origin::start(), Origin::on("127.0.0.2"));
    let document = Form::Rss20.document(&[News::new("a", 1, "来稿", 1)]);
    origin.set("/hourly", document.clone());
    origin.set("/nightly", document.clone());
    busy.set("/busy", document);
    let settings = Settings::new()
        .source("hourly", &origin.url("/hourly"), "schedule = \"1h\"\n")
        .source("nightly", &origin.url("/nightly"), "schedule = \"30 3 * * *\"\n")
        .source("busy", &busy.url("/busy"), "schedule = \"auto\"\n");
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    daemon.settled();
    assert!(!daemon.log().contains("the clock was ahead"));
    daemon.stop();

    let refusal = Reply::Status(429, vec![("Retry-After", "7200".to_owned())]);
    busy.set("/busy", refusal);
    let now = Utc::now().timestamp() as f64;
    let mut command = home.command(&["run"]);
    FastClock::new(now + YEAR, 1.0).set(&mut command);
    let daemon = Daemon::from(command);
    eventually_so("polls a year later", || origin.count() == 4 && busy.count() == 2);
    eventually_so("the refusal", || daemon.source("busy")["last_status"] == 429);
    daemon.stop();

    // Right again: as far away as it was, and said.
    let check = |source: &dyn Fn(&str) -> Value| {
        for (id, hours) in [("hourly", 2), ("nightly", 25), ("busy", 25)] {
            let next = time(&source(id)["next_poll"]);
            assert!(next < Utc::now() + TimeDelta::hours(hours), "{id}: {}", source(id));
            assert!(next > Utc::now(), "{id}: {}", source(id));
        }
        assert_eq!(time(&source("nightly")["next_poll"]).format("%H:3").to_string(), "03:3");
        let held = time(&source("busy")["held_until"]);
        assert!(held < Utc::now() + TimeDelta::hours(3), "{held}");
    };
    let rows = home.run(&["sources", "--json"]).expect(0).json();
    let rows = rows.as_array().expect("rows");
    check(&|id| rows.iter().find(|row| row["id"] == id).expect("a row").clone());
    let daemon = Daemon::start(&home);
    check(&|id| daemon.source(id));
    for words in ["the clock was ahead", "the store has reports of a time to come"] {
        eventually_so("the log to tell it", || daemon.log().contains(words));
    }
    let log = daemon.log();
    let said: Vec<&str> = log.lines().filter(|line| line.contains("the clock was ahead")).collect();
    assert!(said.len() == 1 && said[0].contains("sources=3"), "{log}");
    assert_eq!(daemon.poll("hourly")["outcome"], "fetched");
    assert!(time(&daemon.source("hourly")["last_poll"]) < Utc::now() + TimeDelta::minutes(1));
    daemon.stop();
    let daemon = Daemon::start(&home);
    eventually_so("the log to tell that one is mended", || daemon.log().contains("sources=2"));
}
