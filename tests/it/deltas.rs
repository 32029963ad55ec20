//! `A-IM: feed` (RFC 3229): what is new since a version, and nothing else.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::http::{self, Answer};
use crate::support::origin::Origin;
use crate::support::published::{FORMATS, feed, read};

const COUNTY: &str = "/r/shaanxi/xianyang/xingping";
const HOURS: i64 = 1_000;

struct Wire {
    origin: Origin,
    home: Home,
    daemon: Daemon,
    news: Vec<News>,
}

impl Wire {
    /// A paper of the county that has brought some news.
    fn with(count: usize) -> Wire {
        let origin = Origin::start();
        origin.set("/paper", Form::Atom10.document(&[]));
        origin.set("/other", Form::Rss20.document(&[]));
        let lines = "region = \"shaanxi/xianyang/xingping\"\nschedule = \"1d\"\n";
        let settings = Settings::new().source("paper", &origin.url("/paper"), lines).source(
            "other",
            &origin.url("/other"),
            lines,
        );
        let home = Home::new(&settings);
        let daemon = Daemon::start(&home);
        daemon.settled();
        let mut wire = Wire { origin, home, daemon, news: Vec::new() };
        // Not of a first poll, of which most would be held back.
        wire.brings(&[news(0, HOURS)]);
        let all: Vec<News> = (1..count).map(|n| news(n, HOURS - n as i64)).collect();
        wire.brings(&all);
        wire
    }

    /// Beside what it has brought before.
    fn brings(&mut self, news: &[News]) {
        for one in news {
            self.news.retain(|known| known.number != one.number);
            self.news.push(one.clone());
        }
        self.origin.set("/paper", Form::Atom10.document(&self.news));
        self.daemon.poll("paper");
    }

    fn since(&self, path: &str, etag: &str) -> Answer {
        self.ask(path, &[("A-IM", "feed"), ("If-None-Match", etag)])
    }

    fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        http::request(self.daemon.public, "GET", path, headers)
    }

    fn etag(&self, path: &str) -> String {
        self.daemon.document(path).etag()
    }
}

fn news(number: usize, hours: i64) -> News {
    News::new("paper", number, &format!("来稿{number}"), hours)
}

fn revised(news: News) -> News {
    News {
        text: "更正后的正文，与此前不同。".to_owned(),
        updated: news.updated + chrono::TimeDelta::hours(1),
        ..news
    }
}

/// What a 226 has, in order.
#[track_caller]
fn titles(path: &str, answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 226, "{path}");
    read(path, &answer.body).titles().into_iter().map(str::to_owned).collect()
}

#[test]
fn a_delta_has_exactly_what_came_or_changed() {
    let mut wire = Wire::with(8);
    let paths = FORMATS.map(|format| format!("{COUNTY}{format}"));
    let etags = paths.clone().map(|path| wire.etag(&path));
    for (path, etag) in paths.iter().zip(&etags) {
        wire.since(path, etag).expect(304);
    }
    wire.brings(&[news(20, 10)]);
    wire.brings(&[revised(news(3, HOURS - 3)), news(21, 5)]);
    for (path, etag) in paths.iter().zip(&etags) {
        let answer = wire.since(path, etag);
        assert_eq!(titles(path, &answer), ["来稿21", "来稿20", "来稿3"], "{path}");
        let whole = wire.daemon.document(path);
        let (delta, all) = (read(path, &answer.body), read(path, &whole.body));
        for item in &delta.items {
            assert_eq!(item, all.item(&item.title), "{path}");
        }
        assert_eq!(delta.next, all.next);
        assert_eq!(answer.header("im"), Some("feed"));
        assert_eq!(answer.header("delta-base"), Some(&**etag));
        assert_eq!(answer.etag(), whole.etag(), "that of the whole feed as it is now");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("vary"), Some("A-IM, If-None-Match, Accept-Encoding"));
        assert_eq!(answer.header("content-type"), whole.header("content-type"));
        wire.since(path, &answer.etag()).expect(304);
    }
    // One that came later with an older date than any that is shown.
    let path = format!("{COUNTY}.json?limit=5");
    let etag = wire.etag(&path);
    wire.brings(&[news(30, HOURS + 50)]);
    assert!(!feed(&wire.daemon, &path).titles().contains(&"来稿30"));
    assert_eq!(titles(".json", &wire.since(&path, &etag)), ["来稿30"]);
}

#[test]
fn a_reprint_changes_the_entry_that_tells_of_it_and_is_no_news_itself() {
    let mut wire = Wire::with(3);
    let text = "兴平市今年秋粮喜获丰收，全市粮食总产量达到三十二万吨，比去年同期增长百分之四点五，创下历史新高。".repeat(5);
    wire.brings(&[News { text: text.clone(), ..news(9, 20) }]);
    let path = format!("{COUNTY}.json");
    let etag = wire.etag(&path);
    let copy = News { text, ..News::new("other", 1, "来稿9", 10) };
    wire.origin.set("/other", Form::Rss20.document(&[copy]));
    wire.daemon.poll("other");
    let answer = wire.since(&path, &etag);
    assert_eq!(titles(".json", &answer), ["来稿9"]);
    assert!(answer.text().contains("\"reprints\":[{\"source\":\"other\""), "{}", answer.text());
    let all = format!("{COUNTY}.json?editions=all");
    assert_eq!(titles(".json", &wire.since(&all, &etag)), ["来稿9", "来稿9"]);
}

#[test]
fn who_asks_otherwise_or_cannot_be_told_gets_the_whole_feed() {
    let mut wire = Wire::with(8);
    let path = format!("{COUNTY}.atom");
    let etag = wire.etag(&path);
    wire.brings(&[news(20, 10)]);
    for (name, value) in [("A-IM", "vcdiff"), ("A-IM", "feed;q=0"), ("X-IM", "feed")] {
        let answer = wire.ask(&path, &[(name, value), ("If-None-Match", &etag)]).expect(200);
        assert_eq!(answer.header("im"), None);
        assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
    }
    let older = format!("\"0{}", &etag[1..]);
    let other = format!("{}0\"", &etag[..etag.len() - 1]);
    for unknown in ["\"other\"", "*", &other, "\"ffffffff\""] {
        let answer = wire.since(&path, unknown);
        assert_eq!(answer.status, if unknown == "*" { 304 } else { 200 }, "{unknown}");
    }
    wire.since(&path, &older).expect(226);
    wire.ask(&path, &[("A-IM", "feed")]).expect(200);
    // Of several versions the newest that is known counts; weak ones and codings do as well.
    let second = wire.etag(&path);
    wire.brings(&[news(21, 5)]);
    let gzip = format!("{}-gz\"", &second[..second.len() - 1]);
    let list = format!("\"x\", {etag}, W/{gzip}");
    let wishes = [("A-IM", "vcdiff, feed"), ("If-None-Match", &*list), ("Accept-Encoding", "gzip")];
    let answer = wire.ask(&path, &wishes).expect(226);
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert_eq!(answer.header("delta-base"), Some(&*gzip));
    assert!(answer.etag().ends_with("-gz\""));
    let head = http::request(
        wire.daemon.public,
        "HEAD",
        &path,
        &[("A-IM", "feed"), ("If-None-Match", &second)],
    );
    assert_eq!((head.status, head.body.len()), (226, 0));
    let figures = http::get(wire.daemon.admin, "/metrics").expect(200);
    assert!(figures.text().contains("countywire_served_total{status=\"226\"} 3\n"));
    // Pages of people, further pages, and what is hot, have no deltas.
    let next = feed(&wire.daemon, &format!("{COUNTY}.atom?limit=2")).next.expect("a page");
    let next = next.trim_start_matches("http://wire.test").to_owned();
    for path in [COUNTY.to_owned(), next, "/hot.atom".to_owned()] {
        let answer = wire.ask(&path, &[("A-IM", "feed"), ("If-None-Match", &older)]);
        assert_eq!(answer.status, 200, "{path}");
    }
    // More than the feed shows.
    let many: Vec<News> = (100..160).map(|n| news(n, 4)).collect();
    wire.brings(&many);
    wire.since(&path, &second).expect(200);
}

#[test]
fn a_delta_is_told_after_a_restart_and_not_over_a_removal() {
    let mut wire = Wire::with(8);
    let path = format!("{COUNTY}.rss");
    let etag = wire.etag(&path);
    let Wire { origin, home, daemon, news: brought } = wire;
    daemon.stop();
    let daemon = Daemon::start(&home);
    daemon.settled();
    wire = Wire { origin, home, daemon, news: brought };
    wire.brings(&[news(20, 10)]);
    assert_eq!(titles(".rss", &wire.since(&path, &etag)), ["来稿20"]);
    let etag = wire.etag(&path);
    let remove = ["remove", "http://paper.example.cn/2.html"];
    wire.home.run_asking(wire.daemon.admin, &remove).expect(0);
    wire.brings(&[news(21, 5)]);
    let whole = wire.since(&path, &etag).expect(200);
    assert_eq!(read(".rss", &whole.body).items.len(), 9);
    let etag = whole.etag();
    wire.brings(&[news(22, 4)]);
    assert_eq!(titles(".rss", &wire.since(&path, &etag)), ["来稿22"]);
}
