//! `COUNTYWIRE_CLOCK`: days in seconds.

use crate::support::clock::{FastClock, START};
use crate::support::daemon::Daemon;
use crate::support::eventually_so;
use crate::support::home::{Home, Settings, to_end};
use crate::support::origin::{Document, Origin};

const SPEED: f64 = 20_000.0;
const HOUR: f64 = 3_600.0;

#[test]
fn a_fast_clock_makes_hours_pass_in_moments_and_goes_on_after_a_restart() {
    let origin = Origin::start();
    let body = "<rss version=\"2.0\"><channel><title>t</title></channel></rss>";
    let mut settings = Settings::new().poll("schedule = \"1h\"\nhost_spacing = \"1s\"");
    for source in ["a", "b", "c"] {
        let path = format!("/{source}");
        origin.set(&path, Document::new("application/rss+xml", body).etag("\"1\""));
        settings = settings.source(source, &origin.url(&path), "");
    }
    let home = Home::new(&settings);
    let clock = FastClock::new(START, SPEED);
    let start = || {
        let mut command = home.command(&["run"]);
        clock.set(&mut command);
        Daemon::from(command)
    };
    let daemon = start();
    eventually_so("twelve polls of an hour", || origin.count() >= 12);
    eventually_so("the log to tell it", || daemon.log().contains("WARN COUNTYWIRE_CLOCK is set"));
    assert!(daemon.log().starts_with("2030-01-"), "{}", daemon.log());
    daemon.stop();
    let before = origin.count();
    let daemon = start();
    eventually_so("polls after the restart", || origin.count() >= before + 3);
    let last = daemon.source("a")["last_poll"].as_str().expect("a time").to_owned();
    daemon.stop();
    let (polls, hours) = (origin.asked("/a").len(), (clock.now() - START) / HOUR);
    assert!(polls as f64 <= hours + 1.0, "{polls} polls in {hours} hours");
    assert!(last.starts_with("2030-01-"), "{last}");
}

#[test]
fn a_clock_that_is_none_ends_the_start_with_78() {
    let home = Home::new(&Settings::new());
    for args in [&["run"][..], &["check"]] {
        let mut command = home.command(args);
        command.env("COUNTYWIRE_CLOCK", "tomorrow");
        let ended = to_end(command, b"").expect(78);
        assert!(ended.stderr.contains("COUNTYWIRE_CLOCK: expected three numbers"));
    }
}
