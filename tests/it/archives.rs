//! History as RFC 5005 has it: months that stay as they are, and a chain that leads to all of it.

use crate::support::clock::{FastClock, START};
use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{BASE, Home, Settings};
use crate::support::http::{self, Answer};
use crate::support::origin::Origin;
use crate::support::published::{FORMATS, below_base, feed, ids_of, read};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

const DAY: f64 = 86_400.0;
const COUNTY: &str = "/r/shaanxi/xianyang/xingping";

/// A paper of the county, and the daemon that polls it when it is told to.
struct Wire {
    origin: Origin,
    home: Home,
}

impl Wire {
    fn new() -> Wire {
        let origin = Origin::start();
        origin.set("/paper", Form::Rss20.document(&[]));
        let lines = "region = \"shaanxi/xianyang/xingping\"\nschedule = \"1d\"\n";
        let settings = Settings::new().source("paper", &origin.url("/paper"), lines);
        let home = Home::new(&settings);
        Wire { origin, home }
    }

    /// So many days after the first of January 2030.
    fn after_days(&self, days: f64) -> Daemon {
        let mut command = self.home.command(&["run"]);
        FastClock::new(START + days * DAY, 1.0).set(&mut command);
        let daemon = Daemon::from(command);
        daemon.settled();
        daemon
    }

    fn brings(&self, daemon: &Daemon, news: &[News]) {
        self.origin.set("/paper", Form::Rss20.document(news));
        daemon.poll("paper");
    }
}

/// Dated in no order: what came last need not be the newest.
fn news(number: usize) -> News {
    News::new("paper", number, &format!("来稿{number}"), 4_000 + (number * 37 % 101) as i64)
}

fn of_headers(answer: &Answer, rel: &str) -> Option<String> {
    let rel = format!("; rel=\"{rel}\"");
    let links = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("link"));
    let mut links = links.filter_map(|(_, link)| link.strip_suffix(&rel));
    let link = links.next()?;
    Some(link.trim_matches(['<', '>']).to_owned())
}

#[test]
fn a_month_that_is_over_stays_as_it_was_while_its_entries_change() {
    let wire = Wire::new();
    let daemon = wire.after_days(20.0);
    for upto in 1..=3 {
        wire.brings(&daemon, &(1..=upto).map(news).collect::<Vec<_>>());
    }
    let open = daemon.document(&format!("{COUNTY}/2030-01.atom"));
    assert_eq!(read(".atom", &open.body).titles(), ["来稿1", "来稿2", "来稿3"]);
    let caching = open.header("cache-control").expect("there");
    assert!(!caching.contains("immutable") && caching.contains("max-age=60"), "{caching}");
    daemon.stop();

    let daemon = wire.after_days(40.0);
    wire.brings(&daemon, &[news(3), news(4)]);
    let look = |daemon: &Daemon| -> BTreeMap<String, (String, Vec<u8>)> {
        let formats = FORMATS.into_iter().chain([""]);
        let look = |format: &str| {
            let path = format!("{COUNTY}/2030-01{format}");
            let answer = daemon.document(&path);
            let caching = answer.header("cache-control").expect("there");
            assert!(caching.contains("max-age=604800") && caching.ends_with(", immutable"));
            (path, (answer.etag(), answer.body))
        };
        formats.map(look).collect()
    };
    let before = look(&daemon);
    let revised = News { text: "更正后的正文，与此前不同。".to_owned(), ..news(2) };
    wire.brings(&daemon, &[revised, news(4)]);
    assert_eq!(look(&daemon), before, "a revision leaves the archive alone");
    let current = feed(&daemon, &format!("{COUNTY}.atom"));
    assert!(current.item("来稿2").content.contains("更正后"));
    assert!(
        !feed(&daemon, &format!("{COUNTY}/2030-01.atom")).item("来稿2").content.contains("更正后")
    );
    let this = feed(&daemon, &format!("{COUNTY}/2030-02.rss"));
    assert_eq!(this.titles(), ["来稿4"], "by when it came");
    daemon.stop();
    let daemon = wire.after_days(75.0);
    assert_eq!(look(&daemon), before, "and so does a restart");
    let etag = before[&format!("{COUNTY}/2030-01.atom")].0.clone();
    let path = format!("{COUNTY}/2030-01.atom");
    let same = http::request(daemon.public, "GET", &path, &[("If-None-Match", &etag)]).expect(304);
    assert!(same.header("cache-control").expect("there").ends_with(", immutable"));
    daemon.stop();
    wire.home.run(&["store", "verify"]).expect(0);
}

#[test]
fn a_month_tells_what_was_taken_down_of_it() {
    let wire = Wire::new();
    let months = ["2030-01", "2030-02"].map(|month| format!("{COUNTY}/{month}"));
    for (days, numbers) in [(20.0, 1..=60), (40.0, 61..=63)] {
        let daemon = wire.after_days(days);
        // Each in a report of its own, so that ends of pages are among them.
        let mut all = Vec::new();
        for number in numbers {
            all.push(news(number));
            wire.brings(&daemon, &all);
        }
        daemon.stop();
    }
    let daemon = wire.after_days(75.0);
    // Which the journal comes to know by that.
    daemon.poll("paper");
    let look = |path: &str| {
        let document = daemon.document(path);
        (document.etag(), document.text().to_owned())
    };
    let others = FORMATS.map(|format| format!("{}{format}", months[1]));
    let untouched = || others.each_ref().map(|path| look(path));
    let (before, beside) = (look(&format!("{}.atom", months[0])), untouched());
    assert!(!before.1.contains("deleted-entry"));
    let stored = http::get(daemon.admin, "/export?after=0").expect(200).text().to_owned();
    let mut gone = Vec::new();
    for number in [1, 30, 60] {
        let line = stored
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
        let mut line = line.filter(|entry| entry["link"] == news(number).link());
        let entry = line.next().expect("there");
        let key = entry["key"].as_str().expect("a key");
        http::post(daemon.admin, &format!("/take-down/{key}")).expect(200);
        gone.push(entry["id"].as_str().expect("an id").to_owned());
    }
    assert_eq!(untouched(), beside, "another month");
    let assert_told = |daemon: &Daemon| {
        let mut told = BTreeSet::new();
        let mut part = Some(format!("{BASE}{}.atom", months[0]));
        while let Some(url) = part.take_if(|url| url.contains(&months[0])) {
            let document = daemon.document(below_base(&url));
            let ids = ids_of(&read(".atom", &document.body));
            for id in &gone {
                assert!(!ids.contains(id), "{id}");
                if document.text().contains(&format!("<at:deleted-entry ref=\"{id}\" when=\"2030-"))
                {
                    assert!(told.insert(id.clone()), "{id} is told twice");
                }
            }
            let updated = document.text().split("<updated>").nth(1).expect("a date").to_owned();
            let tells = document.text().contains("deleted-entry");
            assert_eq!(updated.starts_with("2030-03"), tells, "{updated}");
            part = of_headers(&document, "next-archive");
        }
        assert_eq!(told, gone.iter().cloned().collect());
        for format in [".rss", ".json"] {
            let text = daemon.document(&format!("{}{format}", months[0])).text().to_owned();
            assert!(gone.iter().all(|id| !text.contains(&format!("\"{id}\""))), "{text}");
        }
        for path in [format!("{}.atom", months[1]), "/t/education/2030-01.atom".to_owned()] {
            assert!(!daemon.document(&path).text().contains("deleted-entry"), "{path}");
        }
    };
    assert_told(&daemon);
    let after = look(&format!("{}.atom", months[0]));
    assert_ne!(after.0, before.0);
    daemon.stop();
    wire.home.run(&["store", "rebuild"]).expect(0);
    wire.home.run(&["store", "verify"]).expect(0);
    let daemon = wire.after_days(76.0);
    assert_told(&daemon);
    let now = daemon.document(&format!("{}.atom", months[0]));
    assert_eq!((now.etag(), now.text().to_owned()), after, "over a rebuild");
    daemon.stop();
}

#[test]
fn months_lead_to_each_other_and_nothing_else_is_one() {
    let wire = Wire::new();
    for (days, number) in [(20.0, 1), (85.0, 2)] {
        let daemon = wire.after_days(days);
        wire.brings(&daemon, &[news(number)]);
        daemon.stop();
    }
    let daemon = wire.after_days(86.0);
    for (channel, current) in [
        (COUNTY, format!("{COUNTY}.atom")),
        ("", "/index.atom".to_owned()),
        ("/s/paper", "/s/paper.atom".to_owned()),
    ] {
        let [january, february, march] =
            ["2030-01", "2030-02", "2030-03"].map(|month| format!("{channel}/{month}.atom"));
        let answer = daemon.document(&current);
        let newest = of_headers(&answer, "prev-archive").expect("a history");
        assert!(newest.starts_with(&format!("{BASE}{march}?until=")), "{newest}");
        let links = |path: &str| {
            let answer = daemon.document(path);
            let document = read(path, &answer.body);
            assert!(document.is_archive);
            assert_eq!(document.prev, of_headers(&answer, "prev-archive"));
            let rels = ["current", "prev-archive", "next-archive"];
            (document.titles().join(" "), rels.map(|rel| of_headers(&answer, rel)))
        };
        let url = |path: &str| Some(format!("{BASE}{path}"));
        let end = |path: &str| url(&format!("{path}?until=end"));
        let expected = [
            (&january, "来稿1", [url(&current), None, url(&february)]),
            (&february, "", [url(&current), end(&january), url(&march)]),
            (&march, "来稿2", [url(&current), end(&february), None]),
        ];
        for (path, titles, expected) in expected {
            assert_eq!(links(path), (titles.to_owned(), expected), "{path}");
        }
        assert_eq!(links(below_base(&newest)).0, "来稿2");
    }
    for path in ["/2029-12", "/2030-04", "/2030-13", "/hot/2030-01", "/r/beijing/2030-01.rss"] {
        daemon.get(path).expect(404);
    }
    daemon.get(&format!("{COUNTY}/2030-01?until=x")).expect(400);
    let moved = daemon.get("/r/兴平/2030-01.rss?script=hans").expect(308);
    assert_eq!(
        moved.header("location"),
        Some("/r/shaanxi/xianyang/xingping/2030-01.rss?script=hans")
    );
    let page = daemon.document(&format!("{COUNTY}/2030-03"));
    assert!(page.is_page() && page.text().contains("/2030-02?until=end"));
    assert_eq!(of_headers(&daemon.get("/hot.atom"), "prev-archive"), None);
    daemon.stop();
}

/// What a reader knows that follows a feed and its history.
#[derive(Default)]
struct Follower {
    ids: BTreeSet<String>,
    /// Addresses of documents that are history: read once.
    read: BTreeSet<String>,
}

impl Follower {
    /// Asks for the feed, and for what is not known of its history.
    fn look(&mut self, daemon: &Daemon, path: &str) {
        let current = feed(daemon, path);
        assert!(!current.is_archive);
        let mut of_history = BTreeSet::new();
        let mut part = current.prev.clone();
        self.ids.extend(ids_of(&current));
        while let Some(url) = part.take_if(|url| !self.read.contains(url)) {
            let document = feed(daemon, below_base(&url));
            assert!(document.is_archive, "{url}");
            for id in ids_of(&document) {
                assert!(of_history.insert(id.clone()), "{id} stands in two parts of one history");
            }
            part = document.prev;
            self.read.insert(url);
        }
        self.ids.extend(of_history);
    }
}

const ALL: usize = 420;

#[test]
fn who_follows_the_links_while_entries_come_has_every_entry_once() {
    let wire = Wire::new();
    let daemon = wire.after_days(30.0);
    wire.brings(&daemon, &[news(1)]);
    let is_over = AtomicBool::new(false);
    let paths = FORMATS.map(|format| format!("{COUNTY}{format}"));
    let mut followers = [(); 3].map(|()| Follower::default());
    let mut walks = 0;
    thread::scope(|scope| {
        scope.spawn(|| {
            for upto in (30..=ALL).step_by(30) {
                let all: Vec<News> = (1..=upto).map(news).collect();
                wire.brings(&daemon, &all);
            }
            is_over.store(true, Ordering::Release);
        });
        loop {
            let is_last = is_over.load(Ordering::Acquire);
            for (follower, path) in followers.iter_mut().zip(&paths) {
                follower.look(&daemon, path);
            }
            walk_pages(&daemon, &paths[2]);
            walks += 1;
            if is_last {
                break;
            }
        }
    });
    let stored = http::get(daemon.admin, "/export?after=0").expect(200);
    let stored: BTreeSet<String> = stored
        .text()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .map(|entry| entry["id"].as_str().expect("an id").to_owned())
        .collect();
    assert_eq!(stored.len(), ALL);
    for (follower, path) in followers.iter().zip(&paths) {
        assert_eq!(follower.ids, stored, "{path}, after {walks} walks");
        assert!(follower.read.len() > 3, "{:?}", follower.read);
    }
    // Who comes new has all of it, too, from either end.
    let mut late = Follower::default();
    late.look(&daemon, &paths[0]);
    assert_eq!(late.ids, stored);
    let first = format!("{BASE}{COUNTY}/2030-01.rss");
    let (mut onward, mut seen) = (Some(first), BTreeSet::new());
    while let Some(url) = onward {
        let answer = daemon.document(below_base(&url));
        for id in ids_of(&read(".rss", &answer.body)) {
            assert!(seen.insert(id.clone()), "{id} came twice");
        }
        onward = of_headers(&answer, "next-archive");
    }
    assert_eq!(seen, stored);
    daemon.stop();
}

/// By `next_url`, as it is followed while entries come: what was there before is seen once.
fn walk_pages(daemon: &Daemon, path: &str) {
    let before: BTreeSet<String> =
        ids_of(&feed(daemon, &format!("{path}?limit=200"))).into_iter().collect();
    let (mut next, mut seen) = (Some(format!("{BASE}{path}?limit=40")), BTreeSet::new());
    while let Some(url) = next {
        let answer = daemon.document(below_base(&url));
        let page = read(".json", &answer.body);
        for id in ids_of(&page) {
            assert!(seen.insert(id.clone()), "{id} came twice");
        }
        assert_eq!(page.next, of_headers(&answer, "next"), "the header says the same");
        next = page.next;
    }
    assert!(before.is_subset(&seen));
}
