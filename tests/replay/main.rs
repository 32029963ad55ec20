//! A replay of real news: articles of the shared archive as the feeds of some sixty
//! outlets, polled by the real program, and every published history checked.
//!
//! `cargo test --test replay` replays 1,000 articles, two weeks. The full form:
//! `COUNTYWIRE_REPLAY=3000 cargo test --release --test replay -- --nocapture`.
//! The archive is not part of the repository: without it the test says so and passes,
//! unless `COUNTYWIRE_REQUIRE_SHARED=1`.

mod archive;
mod checks;
mod daemon;
mod feeds;
#[path = "../bench/origin.rs"]
#[expect(dead_code, reason = "counting answers is for the benchmark")]
mod origin;
#[path = "../shared.rs"]
mod shared;

use archive::{Dated, Outlet};
use daemon::Daemon;
use feeds::Form;
use origin::{Origin, Served};
use std::fmt::Write;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Articles of the small form.
const FEW: usize = 1000;
/// Items that a feed shows, as the feeds of many papers do.
const WINDOW: usize = 20;
/// Time between two rounds: each outlet is polled twice a virtual day.
const ROUND_SECONDS: i64 = 12 * 3600;
/// Polls that are asked for at a time.
const POLLERS: usize = 8;
/// A new source's older entries are held back from the region channels: it must begin
/// with no more than this. The default of `first_poll_entries`.
const FIRST_WINDOW: usize = 10;
/// An outlet's feed before its first article: 2023-01-01T00:00:00Z.
const FOUNDED_AT: i64 = 1_672_531_200;
const HOSTS: std::ops::RangeInclusive<u8> = 2..=50;

/// An outlet at the origin.
struct Publisher {
    outlet: Outlet,
    form: Form,
    path: String,
    /// Scheme, host and port.
    base: String,
}

#[test]
fn every_article_is_in_the_history_of_its_outlet_and_of_its_regions_once() {
    let Some(path) = shared::material("archive/articles-2023h2.jsonl.zst") else { return };
    let wanted = std::env::var("COUNTYWIRE_REPLAY").ok();
    let count = wanted.map_or(FEW, |value| value.parse().expect("COUNTYWIRE_REPLAY is a number"));
    let outlets = archive::outlets(archive::read(&path, count));
    let total: usize = outlets.iter().map(|outlet| outlet.articles.len()).sum();

    let origin = Origin::start(HOSTS.map(|host| Ipv4Addr::new(127, 0, 0, host)).collect())
        .expect("loopback is there");
    let publishers = publishers(outlets, origin.port);
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_settings(&publishers, folder.path());
    let daemon = Daemon::start(folder.path());

    let started = Instant::now();
    let (rounds, polls) = replay(&publishers, &origin, &daemon);
    let replayed = started.elapsed();
    let found = checks::check(&publishers, &daemon, &folder.path().join("feeds.toml"));
    daemon.stop();
    eprintln!(
        "{total} articles of {} outlets in {rounds} rounds ({} days), {polls} polls: {:.1} s, \
         {:.2} s a virtual day; {found}; checked in {:.1} s",
        publishers.len(),
        rounds / 2,
        replayed.as_secs_f64(),
        replayed.as_secs_f64() * 2.0 / rounds as f64,
        (started.elapsed() - replayed).as_secs_f64(),
    );
}

fn publishers(outlets: Vec<Outlet>, port: u16) -> Vec<Publisher> {
    let publisher = |(index, outlet): (usize, Outlet)| {
        let host = usize::from(*HOSTS.start()) + index % HOSTS.len();
        Publisher {
            form: Form::of(index),
            path: format!("/{}", outlet.id),
            base: format!("http://127.0.0.{host}:{port}"),
            outlet,
        }
    };
    outlets.into_iter().enumerate().map(publisher).collect()
}

fn write_settings(publishers: &[Publisher], folder: &Path) {
    let regions = checks::regions();
    let mut toml = String::from(
        "[site]\ncontact = \"replay@example.org\"\n\
         [listen]\npublic = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n\
         [store]\npath = \"store\"\n\
         [poll]\nschedule = \"30d\"\nhost_spacing = \"0s\"\nallow_addresses = [\"127.0.0.0/8\"]\n",
    );
    for Publisher { outlet, path, base, .. } in publishers {
        let (id, title) = (&outlet.id, &outlet.title);
        let _ = write!(
            toml,
            "[[source]]\nid = \"{id}\"\ntitle = \"{title}\"\nurl = \"{base}{path}\"\n\
             zone = \"Asia/Shanghai\"\n"
        );
        if let Some(home) = &outlet.home {
            let home = countywire::model::RegionCode::new(home);
            let region = regions.get(&home).unwrap_or_else(|| panic!("{home} is unknown"));
            let _ = writeln!(toml, "region = \"{}\"", region.path);
        }
    }
    std::fs::write(folder.join("feeds.toml"), toml).expect("a writable folder");
}

/// Lets the virtual clock run from before the first article to after the last one: each
/// round moves every outlet's window and has every outlet polled. Returns the number of
/// rounds and polls.
fn replay(publishers: &[Publisher], origin: &Origin, daemon: &Daemon) -> (usize, usize) {
    let articles = || publishers.iter().flat_map(|publisher| &publisher.outlet.articles);
    let first = articles().map(|dated| dated.at).min().expect("an article");
    let last = articles().map(|dated| dated.at).max().expect("an article");
    let (mut clock, mut rounds, mut polls) = (first - first % ROUND_SECONDS, 0, 0);
    loop {
        for publisher in publishers {
            let before = clock - ROUND_SECONDS;
            origin.put(publisher.path.clone(), window(publisher, before, clock));
        }
        let new = AtomicUsize::new(0);
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..POLLERS {
                scope.spawn(|| {
                    while let Some(publisher) = publishers.get(next.fetch_add(1, Ordering::Relaxed))
                    {
                        let found = poll(publisher, daemon);
                        new.fetch_add(found, Ordering::Relaxed);
                    }
                });
            }
        });
        let due = |dated: &&Dated| dated.at <= clock && dated.at > clock - ROUND_SECONDS;
        // The daemon may have polled a new source by itself.
        assert!(new.into_inner() <= articles().filter(due).count(), "round {rounds}");
        rounds += 1;
        polls += publishers.len();
        if clock >= last {
            return (rounds, polls);
        }
        clock += ROUND_SECONDS;
    }
}

/// The document of an outlet at an instant. `before`: the round before it.
fn window(publisher: &Publisher, before: i64, clock: i64) -> Served {
    let Publisher { outlet, form, base, .. } = publisher;
    let published: Vec<&Dated> =
        outlet.articles.iter().rev().filter(|dated| dated.at <= clock).collect();
    let new = published.iter().filter(|dated| dated.at > before).count();
    let room = if new == published.len() { FIRST_WINDOW } else { WINDOW };
    assert!(new <= room, "{}: {new} articles in a round, room for {room}", outlet.title);
    let shown = &published[..published.len().min(WINDOW)];
    let updated_at = shown.first().map_or(FOUNDED_AT, |newest| newest.at);
    let document = feeds::render(*form, &outlet.title, base, updated_at, shown);
    Served::new(document, form.content_type(), updated_at)
}

/// The number of new entries; a failure, a defect or a change is an error.
fn poll(publisher: &Publisher, daemon: &Daemon) -> usize {
    let polled = daemon.poll(&publisher.outlet.id);
    let fine = ["fetched", "not_modified"].iter().any(|outcome| polled["outcome"] == *outcome);
    assert!(fine && polled["kept"] == true, "{polled}");
    assert_eq!(polled["entries_changed"], 0, "{polled}");
    assert_eq!(polled["defects"], serde_json::json!([]), "{polled}");
    polled["entries_new"].as_u64().expect("a number") as usize
}
