//! What entries are about: the admin's words first, then what was learnt.

use crate::support::daemon::Daemon;
use crate::support::home::{Home, Settings};
use crate::support::origin::{Document, Origin};
use serde_json::Value;

const TITLES: [&str; 3] = [
    "四川雅安发生4.2级地震，震源深度10公里",
    "县一中高考成绩公布，家长质疑分数",
    "苹果种植户：今年行情好",
];

fn document() -> Document {
    let item = |title: &str| {
        format!("<item><title>{title}</title><guid>http://a.example.cn/{title}</guid></item>")
    };
    let items: String = TITLES.iter().map(|title| item(title)).collect();
    let body = format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>");
    Document::new("application/rss+xml", body)
}

/// Titles in a topic's feed.
fn titles(daemon: &Daemon, topic: &str) -> Vec<String> {
    items(daemon, topic).iter().map(|item| text(&item["title"])).collect()
}

fn items(daemon: &Daemon, topic: &str) -> Vec<Value> {
    let answer = daemon.document(&format!("/t/{topic}.json"));
    let feed: Value = serde_json::from_str(answer.text()).expect("JSON");
    feed["items"].as_array().expect("items").clone()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

#[test]
fn entries_are_in_the_feeds_of_the_topics_that_were_learnt_or_ruled() {
    let origin = Origin::start();
    origin.set("/a", document());
    let settings = Settings::new().source("a", &origin.url("/a"), "").tables(
        "[[topic]]\nid = \"apples\"\ntitle = \"苹果\"\nwords = [\"苹果种植户\"]\n\
         medtopic = [\"medtop:20000210\"]\n\
         [[topic]]\nid = \"education\"\nnot_words = [\"分数\"]\nmedtopic = []\n",
    );
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    daemon.poll("a");
    assert_eq!(titles(&daemon, "disaster"), [TITLES[0]]);
    assert_eq!(titles(&daemon, "apples"), [TITLES[2]]);
    assert_eq!(titles(&daemon, "education"), [] as [&str; 0]);

    let quake = &items(&daemon, "disaster")[0]["_countywire"]["topics"][0];
    assert_eq!((&quake["id"], &quake["kind"]), (&"disaster".into(), &"title".into()));
    assert_eq!(quake["evidence"], "地震");
    assert_eq!(quake["medtopics"], serde_json::json!(["medtop:03000000"]));
    assert!(quake["score"].as_u64() > Some(500), "{quake}");
    let apples = &items(&daemon, "apples")[0]["_countywire"]["topics"][0];
    assert_eq!((&apples["id"], &apples["evidence"]), (&"apples".into(), &"苹果种植户".into()));
    let atom = daemon.document("/t/disaster.atom");
    assert!(atom.text().contains(
        "<category term=\"03000000\" scheme=\"http://cv.iptc.org/newscodes/mediatopic/\""
    ));
}

#[test]
fn what_is_wrong_in_a_topic_is_told_with_its_line() {
    let settings = Settings::new().tables(
        "[[topic]]\nid = \"apples\"\ntitle = \"苹果\"\nwords = [\"苹果\"]\nlearnt = true\n\
         [[topic]]\nid = \"education\"\nmedtopic = [\"medtop:5\"]\n[[topic]]\nid = \"pears\"\n",
    );
    let problems = Home::new(&settings).run(&["check"]).expect(78).stderr;
    for told in [
        "topic[0].learnt: nothing was learnt of a topic that is not shipped",
        "topic[1].medtopic[0]: \"medtop:5\" is no code of a Media Topic",
        "topic[2].title: missing",
        "topic[2].words: missing",
    ] {
        assert!(problems.contains(told), "{problems}");
    }
}
