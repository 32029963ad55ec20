//! `countywire remove`: what is to be gone is gone from everything that we publish, for good.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::origin::Origin;
use crate::support::published::{FORMATS, feed, ids_of};
use crate::support::{eventually_so, http};
use std::fs;

const COUNTY: &str = "/r/shaanxi/xianyang/xingping";

fn news(numbers: std::ops::RangeInclusive<usize>) -> Vec<News> {
    numbers.map(|n| News::new("paper", n, &format!("来稿{n}"), n as i64)).collect()
}

fn wire(origin: &Origin) -> Home {
    let lines = "region = \"shaanxi/xianyang/xingping\"\nschedule = \"1d\"\n";
    let mut settings = Settings::new();
    for (id, form, outlet) in [("paper", Form::Atom10, "paper"), ("other", Form::Rss20, "other")] {
        let path = format!("/{id}");
        let news: Vec<News> = news(1..=4).into_iter().map(|news| News { outlet, ..news }).collect();
        let text =
            |news: News| News { text: format!("{} {id} {}", news.text, news.link()), ..news };
        let news: Vec<News> = news.into_iter().map(text).collect();
        origin.set(&path, form.document(&news));
        settings = settings.source(id, &origin.url(&path), lines);
    }
    Home::new(&settings)
}

/// Public ids in all documents of the county and of its history.
fn published(daemon: &Daemon) -> Vec<Vec<String>> {
    let month = feed(daemon, &format!("{COUNTY}.atom")).prev.expect("a history");
    let month = month.split("/2").nth(1).map(|rest| format!("/2{}", &rest[..6])).expect("a month");
    let paths = ["", &*month].map(|part| FORMATS.map(|format| format!("{COUNTY}{part}{format}")));
    let mut all: Vec<Vec<String>> =
        paths.as_flattened().iter().map(|path| ids_of(&feed(daemon, path))).collect();
    all.iter_mut().for_each(|ids| ids.sort());
    all
}

fn key_of(daemon: &Daemon, link: &str) -> String {
    let lines = http::get(daemon.admin, "/export?after=0").expect(200);
    let entries = lines.text().lines().map(serde_json::from_str::<serde_json::Value>);
    let mut entries = entries.map(|entry| entry.expect("JSON"));
    let entry = entries.find(|entry| entry["link"] == link).expect("there");
    entry["key"].as_str().expect("text").to_owned()
}

#[test]
fn what_is_removed_is_gone_everywhere_and_stays_so() {
    let origin = Origin::start();
    let home = wire(&origin);
    let daemon = Daemon::start(&home);
    daemon.settled();
    let [link, id] = ["http://paper.example.cn/2.html", "tag:paper.example.cn,2026:2"];
    let (key, before) = (key_of(&daemon, link), published(&daemon));
    assert!(before.iter().all(|ids| ids.len() == 8 && ids.iter().any(|known| known == id)));
    let pages = [format!("/e/{key}"), format!("/e/{key}.json"), format!("/e/{key}/related.atom")];
    pages.iter().for_each(|page| drop(daemon.document(page)));

    let dry = home.run_asking(daemon.admin, &["remove", "--dry-run", link]).expect(0);
    assert!(dry.stdout.starts_with(&key) && dry.stdout.ends_with("1 entry would be removed\n"));
    assert_eq!(published(&daemon), before);
    let done = home.run_asking(daemon.admin, &["remove", link]).expect(0);
    assert!(done.stdout.starts_with("1 entry removed; "), "{}", done.stdout);
    assert!(done.stdout.ends_with("; 1 segment rewritten\n"), "{}", done.stdout);
    assert!(done.stderr.contains("来稿2"), "{}", done.stderr);

    let assert_gone = |daemon: &Daemon| {
        for ids in published(daemon) {
            assert!(ids.len() == 7 && ids.iter().all(|known| known != id), "{ids:?}");
        }
        for page in &pages {
            let gone = daemon.get(page).expect(410);
            assert_eq!(gone.header("cache-control"), Some("no-store"));
            assert!(!gone.text().contains("来稿2"));
        }
        for channel in [COUNTY, "/s/paper", "/index"] {
            let atom = daemon.document(&format!("{channel}.atom"));
            let tombstone = format!("<at:deleted-entry ref=\"{id}\" when=\"20");
            assert!(atom.text().contains(&tombstone), "{channel}: {}", atom.text());
            for format in [".rss", ".json"] {
                assert!(!daemon.document(&format!("{channel}{format}")).text().contains(id));
            }
        }
    };
    assert_gone(&daemon);
    origin.set("/paper", Form::Atom10.document(&news(1..=3)));
    daemon.poll("paper");
    assert_gone(&daemon);
    home.run(&["store", "backup", "copy"]).expect(0);
    daemon.stop();
    home.run(&["store", "rebuild"]).expect(0);
    home.run(&["store", "verify"]).expect(0);
    home.run(&["store", "export", "-o", "lines"]).expect(0);
    for back in [["store", "restore", "copy"], ["store", "import", "lines"]] {
        fs::remove_dir_all(home.path().join("store")).expect("removed");
        home.run(&back).expect(0);
        let daemon = Daemon::start(&home);
        daemon.poll("paper");
        assert_gone(&daemon);
        daemon.stop();
    }
}

#[test]
fn a_source_is_removed_whole_beside_a_daemon_and_without_one() {
    let origin = Origin::start();
    let home = wire(&origin);
    let daemon = Daemon::start(&home);
    daemon.settled();
    let dry =
        home.run_asking(daemon.admin, &["remove", "--source", "paper", "--dry-run"]).expect(0);
    assert!(dry.stdout.ends_with("4 entries would be removed\n"), "{}", dry.stdout);
    let done = home.run_asking(daemon.admin, &["remove", "--source", "paper"]).expect(0);
    assert!(done.stdout.starts_with("4 entries removed; "), "{}", done.stdout);
    assert!(done.stderr.contains("will be published"), "{}", done.stderr);
    assert!(published(&daemon).iter().all(|ids| ids.len() == 4));
    assert_eq!(daemon.document("/s/paper.atom").text().matches("<at:deleted-entry").count(), 4);
    let emptied = daemon.document("/s/paper.atom");
    let when = emptied.text().split(" when=\"").skip(1).map(|rest| &rest[..19]).max();
    let when = when.expect("a tombstone");
    assert!(emptied.text().contains(&format!("<updated>{when}")), "{}", emptied.text());
    let emptied = daemon.document("/s/paper.json").json();
    let updated = emptied["_countywire"]["updated"].as_str().expect("a date");
    assert!(updated.starts_with(when), "{updated}");
    assert_eq!(daemon.poll("paper")["entries_new"], 0, "it lists them still");
    daemon.stop();
    let done = home.run(&["remove", "--source", "other"]).expect(0);
    assert!(done.stdout.starts_with("4 entries removed; "), "{}", done.stdout);
    assert_eq!(home.run(&["export"]).expect(0).stdout, "");
    home.run(&["store", "verify"]).expect(0);
    let none = home.run(&["remove", "http://paper.example.cn/1.html"]).expect(1);
    assert!(none.stderr.contains("no stored entry has the link"), "{}", none.stderr);
    let none = home.run(&["remove", "--source", "nobody", "--dry-run"]).expect(0);
    assert_eq!(none.stdout, "0 entries would be removed\n");
}

/// Whether a file of the index of search has a word, be it of an entry that has left.
fn search_has(home: &Home, word: &str) -> bool {
    let index = tantivy::Index::open_in_dir(home.path().join("store/search")).expect("an index");
    let text = index.schema().get_field("text").expect("a field");
    let searcher = index.reader().expect("a reader").searcher();
    searcher.doc_freq(&tantivy::Term::from_field_text(text, word)).expect("read") > 0
}

#[test]
fn without_a_daemon_the_words_of_what_is_removed_leave_search_with_the_command() {
    let origin = Origin::start();
    let home = wire(&origin);
    let told = |word: &str| News {
        text: format!("{word} told by the paper"),
        ..News::new("paper", 9, "来稿9", 1)
    };
    origin.set("/paper", Form::Atom10.document(&[told("xyzzyplugh")]));
    let daemon = Daemon::start(&home);
    daemon.settled();
    let searched = |daemon: &Daemon, q: &str| {
        let answer = daemon.get(&format!("/search.json?q={q}"));
        (answer.status == 200).then(|| answer.json()["items"].as_array().map_or(0, Vec::len))
    };
    eventually_so("the word to be found", || searched(&daemon, "xyzzyplugh") == Some(1));
    daemon.stop();
    assert!(search_has(&home, "xyzzyplugh") && search_has(&home, "other"));
    let link = "http://paper.example.cn/9.html";
    let done = home.run(&["remove", link]).expect(0);
    assert!(done.stdout.starts_with("1 entry removed; 1 segment"), "{}", done.stdout);
    assert!(!search_has(&home, "xyzzyplugh") && search_has(&home, "other"));
    let daemon = Daemon::start(&home);
    eventually_so("search", || searched(&daemon, "other") == Some(4));
    assert_eq!(searched(&daemon, "xyzzyplugh"), Some(0));
    assert!(!daemon.log().contains("compared with the store"), "{}", daemon.log());
    daemon.stop();

    // One that cannot be read is removed, for it can be made anew.
    let folder = home.path().join("store/search");
    fs::write(folder.join("meta.json"), "{}").expect("written");
    home.run(&["remove", "--source", "other"]).expect(0);
    let daemon = Daemon::start(&home);
    eventually_so("search", || searched(&daemon, "other") == Some(0));
    daemon.stop();
    assert!(!search_has(&home, "other"));
}

#[test]
fn the_usage_of_remove_names_all_that_can_be_removed() {
    let home = Home::new(&Settings::new());
    let usage = "countywire remove [OPTIONS] <ENTRY|LINK|--source <ID>>";
    let help = home.run(&["remove", "--help"]).expect(0);
    assert!(help.stdout.contains(usage), "{}", help.stdout);
    let nothing = home.run(&["remove"]).expect(2);
    assert!(nothing.stderr.contains(usage), "{}", nothing.stderr);
}
