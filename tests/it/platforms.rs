//! Several hosts that are one platform, and servers that ask for time.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::eventually_so;
use crate::support::home::{Home, Settings};
use crate::support::http;
use crate::support::origin::{Origin, Reply};
use std::thread;
use std::time::Duration;

const OFTEN: &str = "schedule = \"1s\"\n";

fn feed() -> Reply {
    Reply::Document(Form::Rss20.document(&[News::new("paper", 1, "来稿", 100)]))
}

fn group(hosts: &[&str], spacing: &str) -> String {
    let rule = |host: &&str| {
        format!("[[host]]\nmatch = \"{host}\"\nspacing = \"{spacing}\"\ngroup = \"platform\"\n")
    };
    hosts.iter().map(rule).collect()
}

#[test]
fn hosts_of_one_group_are_asked_as_one() {
    let origins = [Origin::on("127.0.0.2"), Origin::on("127.0.0.3")];
    let mut settings = Settings::new().tables(&group(&["127.0.0.2", "127.0.0.3"], "1s"));
    for (name, origin) in ["a", "b"].iter().zip(&origins) {
        origin.set("/feed", feed());
        settings = settings.source(name, &origin.url("/feed"), OFTEN);
    }
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    let asked = || origins.iter().flat_map(|origin| origin.asked("/feed"));
    eventually_so("three polls of each", || {
        origins.iter().all(|origin| origin.asked("/feed").len() >= 3)
    });
    let mut times: Vec<_> = asked().map(|request| request.at).collect();
    times.sort_unstable();
    for pair in times.windows(2) {
        let gap = pair[1] - pair[0];
        // The origin notes a request some time after it was begun.
        assert!(gap > Duration::from_millis(900), "{gap:?}");
    }
    daemon.stop();
}

#[test]
fn a_server_that_asks_for_time_gets_it_for_its_whole_group_and_over_a_restart() {
    let origins = [Origin::on("127.0.0.2"), Origin::on("127.0.0.3"), Origin::on("127.0.0.4")];
    let mut settings = Settings::new().tables(&group(&["127.0.0.2", "127.0.0.3"], "0s"));
    for (name, origin) in ["a", "b", "alone"].iter().zip(&origins) {
        origin.set("/feed", feed());
        settings = settings.source(name, &origin.url("/feed"), OFTEN);
    }
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    let counts = || origins.iter().map(|origin| origin.asked("/feed").len()).collect::<Vec<_>>();
    eventually_so("a poll of each", || counts().iter().all(|count| *count > 0));

    let busy = Reply::Status(429, vec![("Retry-After", "3600".to_owned())]);
    origins[0].set("/feed", busy);
    eventually_so("the wish for time", || daemon.source("a")["last_status"] == 429);
    // One that was under way already may still come.
    thread::sleep(Duration::from_millis(500));
    let before = counts();
    eventually_so("polls of the third", || counts()[2] >= before[2] + 3);
    assert_eq!(counts()[..2], before[..2]);

    daemon.stop();
    let daemon = Daemon::start(&home);
    let before = counts();
    eventually_so("polls of the third again", || counts()[2] >= before[2] + 3);
    assert_eq!(counts()[..2], before[..2]);

    // Nor when somebody wants it at once, with a daemon and without.
    for source in ["a", "b"] {
        let refused = http::post(daemon.admin, &format!("/poll/{source}"));
        let said = String::from_utf8_lossy(&refused.body).into_owned();
        assert!(refused.status != 200 && said.contains("left alone until 20"), "{said}");
    }
    daemon.stop();
    let before = counts();
    let round = home.run(&["poll", "--all"]).expect(0);
    assert_eq!(round.stdout.matches("left alone until 20").count(), 2, "{}", round.stdout);
    assert_eq!(counts(), [before[0], before[1], before[2] + 1]);
}

#[test]
fn a_round_spares_a_host_once_it_has_refused() {
    let origin = Origin::start();
    let mut settings = Settings::new();
    for name in ["a", "b", "c"] {
        let path = format!("/{name}");
        origin.set(&path, Reply::Status(429, Vec::new()));
        settings = settings.source(name, &origin.url(&path), "");
    }
    let home = Home::new(&settings);
    let round = home.run(&["poll", "--all"]).expect(1);
    assert_eq!(round.stdout.matches("left alone until 20").count(), 2, "{}", round.stdout);
    assert_eq!(origin.count(), 1);
}
