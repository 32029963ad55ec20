//! An outlet in each format, with what it brings and where that belongs.

use super::daemon::Daemon;
use super::documents::{FORMS, Form, News};
use super::home::{Home, Settings};
use super::origin::{Document, Origin};
use super::published::FORMATS;
use std::collections::{BTreeMap, BTreeSet};

/// An item, and where it belongs.
pub struct Filed {
    pub news: News,
    pub places: &'static [&'static str],
    pub topics: &'static [&'static str],
}

/// An outlet in each format: its lines in `feeds.toml`, and what it brings.
pub fn outlet(form: Form) -> (&'static str, Vec<Filed>) {
    const XINGPING: &str = "region = \"shaanxi/xianyang/xingping\"\n";
    const XIANYANG: &str = "region = \"shaanxi/xianyang\"\n";
    let filed = |number, title, places, topics| Filed {
        news: News::new(form.id(), number, title, number as i64),
        places,
        topics,
    };
    match form {
        Form::Rss091 => (
            "region = \"shaanxi/xianyang/xingping\"\ntopics = [\"education\"]\n",
            vec![
                filed(1, "零九一来稿甲", &["shaanxi/xianyang/xingping"], &["education"]),
                filed(2, "零九一来稿乙", &["shaanxi/xianyang/xingping"], &["education"]),
            ],
        ),
        Form::Rss092 => (
            XINGPING,
            vec![
                filed(1, "零九二来稿甲", &["shaanxi/xianyang/xingping"], &[]),
                filed(2, "零九二来稿乙", &["shaanxi/xianyang/xingping"], &[]),
            ],
        ),
        Form::Rss10 => (
            "region = \"shaanxi/xianyang\"\ntopics = [\"health\"]\n",
            vec![
                filed(1, "一点零来稿甲", &["shaanxi/xianyang"], &["health"]),
                filed(2, "一点零来稿乙", &["shaanxi/xianyang"], &["health"]),
            ],
        ),
        // What the text says goes deeper than the source's own region.
        Form::Rss20 => (
            XIANYANG,
            vec![
                filed(1, "三原县来稿甲", &["shaanxi/xianyang/sanyuan"], &[]),
                filed(2, "二点零来稿乙", &["shaanxi/xianyang"], &[]),
                filed(3, "泾阳县小学来稿丙", &["shaanxi/xianyang/jingyang"], &["education"]),
            ],
        ),
        Form::Rss20Gb18030 => (
            "region = \"shaanxi/xianyang/jingyang\"\n",
            vec![
                filed(1, "国标镕䶮来稿甲", &["shaanxi/xianyang/jingyang"], &[]),
                filed(2, "泾阳县小学来稿乙", &["shaanxi/xianyang/jingyang"], &["education"]),
            ],
        ),
        // No region of its own: the text alone decides.
        Form::Atom03 => (
            "",
            vec![
                filed(1, "兴平市小学来稿甲", &["shaanxi/xianyang/xingping"], &["education"]),
                filed(2, "零点三来稿乙", &[], &[]),
            ],
        ),
        Form::Atom10 => (
            "region = \"shaanxi/xian\"\n",
            vec![
                filed(1, "一号来稿甲", &["shaanxi/xian"], &[]),
                filed(2, "二号来稿乙", &["shaanxi/xian"], &[]),
            ],
        ),
        Form::Json11 => {
            ("", vec![filed(1, "杰森来稿甲", &[], &[]), filed(2, "杰森来稿乙", &[], &[])])
        }
    }
}

/// Odd but legal validators: what comes back must be these bytes and no others.
pub fn with_validators(form: Form, document: Document) -> Document {
    match form {
        Form::Rss091 => document.etag("\"plain\""),
        Form::Rss092 => document.etag("W/\"weak, with comma\""),
        Form::Rss10 => document.etag("unquoted-etag"),
        Form::Rss20 => document.last_modified("Tue, 24 Nov 2026 08:00:00 GMT"),
        Form::Rss20Gb18030 => document.last_modified("Tue, 24 Nov 2026 8:00:00 +0800"),
        Form::Atom03 => document.last_modified("2026-11-24 08:00:00"),
        Form::Atom10 => {
            document.etag("\"both;a=1\"").last_modified("Tuesday, 24-Nov-26 08:00:00 GMT")
        }
        Form::Json11 => document.etag("\"\""),
    }
}

pub struct Wire {
    pub origin: Origin,
    pub home: Home,
    pub daemon: Daemon,
    pub filed: BTreeMap<&'static str, Vec<Filed>>,
}

impl Wire {
    /// All outlets polled once.
    pub fn filled() -> Wire {
        let origin = Origin::start();
        let mut settings = Settings::new();
        let mut filed = BTreeMap::new();
        for form in FORMS {
            let (lines, items) = outlet(form);
            let news: Vec<News> = items.iter().map(|item| item.news.clone()).collect();
            let path = format!("/{}", form.id());
            origin.set(&path, with_validators(form, form.document(&news)));
            settings = settings.source(form.id(), &origin.url(&path), lines);
            filed.insert(form.id(), items);
        }
        let home = Home::new(&settings);
        let daemon = Daemon::start(&home);
        for form in FORMS {
            let polled = daemon.poll(form.id());
            assert_eq!(polled["outcome"], "fetched", "{polled}");
            assert_eq!(polled["entries_new"], filed[form.id()].len(), "{polled}");
            assert_eq!(polled["kept"], true);
        }
        Wire { origin, home, daemon, filed }
    }

    /// Which titles each channel must show; empty for channels of other places and topics.
    pub fn expected(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut expected: BTreeMap<String, BTreeSet<String>> = channels().collect();
        for (source, items) in &self.filed {
            for Filed { news, places, topics } in items {
                let places: BTreeSet<&str> = places.iter().flat_map(|p| lineage(p)).collect();
                let mut paths = vec!["/index".to_owned(), format!("/s/{source}")];
                paths.extend(places.iter().map(|place| format!("/r/{place}")));
                for topic in *topics {
                    paths.push(format!("/t/{topic}"));
                    paths.extend(places.iter().map(|place| format!("/r/{place}/t/{topic}")));
                }
                for path in paths {
                    let titles = expected.get_mut(&path).expect("a channel that is looked at");
                    assert!(titles.insert(news.title.clone()), "titles are distinct");
                }
            }
        }
        expected
    }
}

pub fn channels() -> impl Iterator<Item = (String, BTreeSet<String>)> {
    let regions = [
        "shaanxi",
        "shaanxi/xian",
        "shaanxi/baoji",
        "shaanxi/xianyang",
        "shaanxi/xianyang/jingyang",
        "shaanxi/xianyang/liquan",
        "shaanxi/xianyang/sanyuan",
        "shaanxi/xianyang/xingping",
    ];
    let topics = ["education", "health", "transport"];
    let mut paths = vec!["/index".to_owned()];
    paths.extend(FORMS.map(|form| format!("/s/{}", form.id())));
    paths.extend(regions.map(|region| format!("/r/{region}")));
    paths.extend(topics.map(|topic| format!("/t/{topic}")));
    let pairs = regions.iter().flat_map(|region| topics.map(|topic| (*region, topic)));
    paths.extend(pairs.map(|(region, topic)| format!("/r/{region}/t/{topic}")));
    paths.into_iter().map(|path| (path, BTreeSet::new()))
}

/// The region and all above it.
fn lineage(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    ends.map(|end| &path[..end])
}

/// Address to ETag and bytes, of all feeds and pages.
pub fn snapshot(daemon: &Daemon) -> BTreeMap<String, (String, String)> {
    let mut all = BTreeMap::new();
    for (channel, _) in channels() {
        let page = if channel == "/index" { "/".to_owned() } else { channel.clone() };
        let feeds = FORMATS.map(|format| format!("{channel}{format}"));
        for path in feeds.into_iter().chain([page]) {
            let answer = daemon.document(&path);
            all.insert(path, (answer.etag(), answer.text().to_owned()));
        }
    }
    all
}
