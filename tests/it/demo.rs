//! `countywire demo`: the whole job, where there is no network.

use crate::support::clock::{FastClock, START};
use crate::support::daemon::Daemon;
use crate::support::home::{Home, Settings};
use crate::support::{eventually, published};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

#[test]
fn the_demo_fills_merged_county_feeds_within_ten_seconds_and_leaves_nothing_behind() {
    let home = Home::new(&Settings::new());
    let mut command = home.command(&["demo", "--public", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    // The store lies in the temporary folder.
    command.env("TMPDIR", home.path());
    let started = Instant::now();
    let daemon = Daemon::from(command);

    let city = "/r/shaanxi/xianyang.json";
    eventually("entries of four publishers", || {
        let feed = daemon.document(city).json();
        let items = feed["items"].as_array()?;
        let sources: BTreeSet<&str> =
            items.iter().filter_map(|item| item["_countywire"]["source"]["id"].as_str()).collect();
        (sources.len() >= 4).then_some(())
    });
    let took = started.elapsed();
    assert!(took < Duration::from_secs(10), "it took {took:?}");
    let page = daemon.document("/r/shaanxi/xianyang/xingping");
    assert!(page.text().contains("/e/"), "the county's page shows entries");

    // Published in GB18030.
    let jingyang = "泾阳县：崇文塔景区周边停车秩序整治见效";
    eventually("the publisher in GB18030", || {
        published::feed(&daemon, "/r/shaanxi/xianyang/jingyang.atom")
            .titles()
            .contains(&jingyang)
            .then_some(())
    });
    // What it printed can be opened as it stands.
    let log = daemon.log();
    let printed = format!("countywire: pages and feeds at http://{}/", daemon.public);
    assert!(log.contains(&printed), "{log}");

    // Two publishers bring the same text; the later one comes some seconds on.
    let harvest = "兴平市今年秋粮总产三十二万吨";
    let count = |path: &str| {
        let feed = published::feed(&daemon, path);
        feed.titles().iter().filter(|title| **title == harvest).count()
    };
    eventually("the second print", || {
        (count("/r/shaanxi/xianyang/xingping.json?editions=all") == 2).then_some(())
    });
    for format in published::FORMATS {
        assert_eq!(count(&format!("/r/shaanxi/xianyang/xingping{format}")), 1, "{format}");
    }

    daemon.stop();
    let left = std::fs::read_dir(home.path()).expect("a folder").flatten();
    let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["feeds.toml"], "the demo must clean up");
}

#[test]
fn the_publishers_of_the_demo_bring_news_for_as_long_as_it_runs() {
    let home = Home::new(&Settings::new());
    let mut command = home.command(&["demo", "--public", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    command.env("TMPDIR", home.path());
    // A minute in three seconds.
    FastClock::new(START, 20.0).set(&mut command);
    let daemon = Daemon::from(command);
    // Three times what was written for each, with other texts.
    eventually("news that go on", || {
        let publishers = ["xianyang", "xingping", "binzhou", "sanyuan", "jingyang"];
        let count =
            |id: &str| published::feed(&daemon, &format!("/s/{id}.json?limit=200")).items.len();
        publishers.iter().all(|id| count(id) >= 18).then_some(())
    });
    let feed = published::feed(&daemon, "/s/xingping.json?limit=200");
    let texts: BTreeSet<&str> = feed.items.iter().map(|item| item.content.as_str()).collect();
    assert_eq!(texts.len(), feed.items.len());
    daemon.stop();
}
