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
use std::thread;

/// A client with its verdicts; `None`: it is not on this machine.
struct Scored {
    name: String,
    verdicts: Option<Vec<Verdict>>,
}

impl Scored {
    fn of(name: &str, record: Option<Record>) -> Scored {
        let verdicts = record.map(|record| checks::judge(&record));
        Scored { name: name.to_owned(), verdicts }
    }

    fn score(&self) -> usize {
        self.verdicts.iter().flatten().filter(|verdict| verdict.is_ok()).count()
    }

    fn lines(&self) -> String {
        let Some(verdicts) = &self.verdicts else {
            return format!("\n{}: skipped, it is not here\n", self.name);
        };
        let mut lines = format!("\n{} {}/{}\n", self.name, self.score(), CHECKS.len());
        for (number, (check, verdict)) in CHECKS.iter().zip(verdicts).enumerate() {
            let (mark, evidence) = match verdict {
                Ok(seen) => ("ok", seen),
                Err(wrong) => ("NO", wrong),
            };
            let number = number + 1;
            lines.push_str(&format!("{mark} {number:>3}  {:<56}  {evidence}\n", check.asks));
        }
        lines
    }
}

/// Runs one client in a thread of its own.
fn score<C: Hourly>(name: &str, find: impl FnOnce() -> Option<C> + Send + 'static) -> Scoring {
    let name = name.to_owned();
    thread::spawn(move || {
        let record = find().map(|mut client| clients::hourly(&mut client));
        Scored::of(&name, record)
    })
}

type Scoring = thread::JoinHandle<Scored>;

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
    let ours = Scored::of("countywire", Some(clients::countywire()));
    let others = others.into_iter().map(|other| other.join().expect("a client is scored"));
    let others: Vec<Scored> = others.collect();
    let rude = &others[0];
    let mut text = ours.lines();
    text.extend(others.iter().map(Scored::lines));
    text.push_str("\nsources of the checks:");
    for (number, check) in CHECKS.iter().enumerate() {
        text.push_str(&format!(" {} {};", number + 1, check.source));
    }
    text.push_str("\n\n");
    for scored in std::iter::once(&ours).chain(&others) {
        match scored.verdicts {
            Some(_) => {
                text.push_str(&format!("{} {}/{}\n", scored.name, scored.score(), CHECKS.len()))
            }
            None => text.push_str(&format!("{}: skipped, it is not here\n", scored.name)),
        }
    }
    // Past the test runner's capture.
    let _ = std::io::stderr().write_all(text.as_bytes());
    assert_eq!(ours.score(), CHECKS.len(), "{}", ours.lines());
    assert_eq!(rude.score(), 0, "{}", rude.lines());
}

#[test]
fn what_was_not_seen_is_not_passed() {
    let nothing = Record { exchanges: Vec::new(), events: Vec::new() };
    for (check, verdict) in CHECKS.iter().zip(checks::judge(&nothing)) {
        assert!(verdict.is_err(), "{}: {verdict:?}", check.asks);
    }
}
