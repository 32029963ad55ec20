//! The manners of feed readers: a publisher on loopback that scores them, one line for
//! each check. `cargo test --test manners` prints the scores of countywire and of what
//! else it finds; COUNTYWIRE_MANNERS_CLIENT='command with {url}' adds another.

mod checks;
mod clients;
mod origin;
mod scenes;
#[expect(dead_code, reason = "what the integration tests need besides")]
#[path = "../it/support/mod.rs"]
mod support;
mod time;

use checks::{CHECKS, Record, Verdict};
use clients::{Curl, Feedparser, Hourly, Rude, Template};
use std::io::Write;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

struct Scored {
    name: String,
    /// `None`: the client is not on this machine.
    verdicts: Option<Vec<Verdict>>,
    took: Duration,
}

impl Scored {
    fn of(name: &str, run: impl FnOnce() -> Option<Record>) -> Scored {
        let started = Instant::now();
        let verdicts = run().map(|record| checks::judge(&record));
        Scored { name: name.to_owned(), verdicts, took: started.elapsed() }
    }

    fn score(&self) -> usize {
        self.verdicts.iter().flatten().filter(|verdict| verdict.is_ok()).count()
    }

    fn heading(&self) -> String {
        match self.verdicts {
            Some(_) => format!("{} {}/{}\n", self.name, self.score(), CHECKS.len()),
            None => format!("{}: skipped, it is not here\n", self.name),
        }
    }

    fn lines(&self) -> String {
        let took = self.took.as_secs();
        let mut lines = format!("\n{took} s for {}", self.heading());
        for (number, verdict) in self.verdicts.iter().flatten().enumerate() {
            let (mark, evidence) = match verdict {
                Ok(seen) => ("ok", seen),
                Err(wrong) => ("NO", wrong),
            };
            let asks = CHECKS[number].asks;
            lines.push_str(&format!("{mark} {:>3}  {asks:<56}  {evidence}\n", number + 1));
        }
        lines
    }
}

/// All lines, then the scores. Past the test runner's capture.
fn print(all: &[Scored]) {
    let mut text: String = all.iter().map(Scored::lines).collect();
    text.push_str("\nsources of the checks:");
    for (number, check) in CHECKS.iter().enumerate() {
        text.push_str(&format!(" {} {};", number + 1, check.source));
    }
    text.push_str("\n\n");
    text.extend(all.iter().map(Scored::heading));
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Scores a client in a thread of its own.
fn score<C: Hourly>(
    name: &str,
    find: impl FnOnce() -> Option<C> + Send + 'static,
) -> JoinHandle<Scored> {
    let name = name.to_owned();
    thread::spawn(move || {
        Scored::of(&name, || find().map(|mut client| clients::hourly(&mut client)))
    })
}

#[test]
fn countywire_has_all_manners_and_a_rude_client_none() {
    let mut others = vec![
        score("a rude client", || Some(Rude::default())),
        score("curl, hourly from cron", Curl::find),
        score("feedparser, hourly", Feedparser::find),
    ];
    if let Ok(command) = std::env::var("COUNTYWIRE_MANNERS_CLIENT") {
        let name = command.clone();
        others.push(score(&name, move || Some(Template::new(&command))));
    }
    let mut all = vec![Scored::of("countywire", || Some(clients::countywire()))];
    all.extend(others.into_iter().map(|other| other.join().expect("a client is scored")));
    print(&all);
    assert_eq!(all[0].score(), CHECKS.len(), "countywire lacks manners; see the lines above");
    assert_eq!(all[1].score(), 0, "the rude client passes checks; see the lines above");
}

#[test]
fn what_was_not_seen_is_not_passed() {
    let nothing = Record { exchanges: Vec::new(), events: Vec::new() };
    for (check, verdict) in CHECKS.iter().zip(checks::judge(&nothing)) {
        assert!(verdict.is_err(), "{}: {verdict:?}", check.asks);
    }
}
