//! Search: from a report on the wire to feeds, pages and refusals, through removal, damage and restarts.

use crate::stories::{COUNTY, FIRE, FIRE_COPIED, Wire, news};
use crate::support::daemon::Daemon;
use crate::support::documents::News;
use crate::support::home::{Home, Settings};
use crate::support::{eventually, eventually_so, http, published};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

const BRIDGE: (&str, &str) =
    ("渭河大桥通车", "兴平渭河大桥今天建成通车，双向六车道，施工方为 Highway Engineering 公司。");
/// In the characters of Taiwan.
const APPLES: (&str, &str) =
    ("興平蘋果豐收", "興平市今年蘋果豐收，畝產增長5.2%，A股果業公司上漲。");

/// `/search` in a format, for something.
fn path(format: &str, q: &str) -> String {
    let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
    format!("/search{format}?q={q}")
}

fn titles(daemon: &Daemon, q: &str) -> Vec<String> {
    let feed = published::feed(daemon, &path(".json", q));
    feed.titles().into_iter().map(str::to_owned).collect()
}

fn is_answered(daemon: &Daemon, q: &str) -> bool {
    daemon.get(&path(".json", q)).status == 200
}

/// Once it is so; returns how long that took.
#[track_caller]
fn found(daemon: &Daemon, q: &str, expected: &[&str]) -> Duration {
    let started = Instant::now();
    eventually_so(q, || is_answered(daemon, q) && titles(daemon, q) == expected);
    started.elapsed()
}

fn told(wire: &Wire, daemon: &Daemon) {
    wire.tell(daemon, "one", &[news("one", 1, FIRE, 9), news("one", 2, BRIDGE, 3)]);
    wire.tell(daemon, "two", &[news("two", 1, APPLES, 30), news("two", 2, FIRE_COPIED, 8)]);
    found(daemon, "苹果", &[APPLES.0]);
    found(daemon, "火灾", &[FIRE.0]);
}

fn index_of(home: &Home) -> PathBuf {
    home.path().join("store/search")
}

fn remade(daemon: &Daemon) {
    eventually_so("the index to be made", || daemon.log().contains("compared with the store"));
}

#[test]
fn what_arrives_is_found_within_five_seconds_in_every_format() {
    let wire = Wire::new();
    let daemon = wire.start();
    found(&daemon, "大桥", &[]);
    wire.tell(&daemon, "one", &[news("one", 2, BRIDGE, 3)]);
    let took = found(&daemon, "大桥", &[BRIDGE.0]);
    assert!(took < Duration::from_secs(5), "{took:?}");
    told(&wire, &daemon);
    for (q, expected) in [
        ("渭河大桥", &[BRIDGE.0][..]),
        ("highway ENGINEERING", &[BRIDGE.0]),
        ("\"engineering highway\"", &[]),
        ("ｈｉｇｈｗａｙ", &[BRIDGE.0]),
        ("A股", &[APPLES.0]),
        ("\"增长5.2%\"", &[APPLES.0]),
        ("兴平 大桥", &[BRIDGE.0]),
        // The newest report on top; of a text one print, wherever its words stand.
        ("兴平", &[APPLES.0, BRIDGE.0, FIRE.0]),
        ("突发", &[FIRE_COPIED.0]),
        ("兴平 region:兴平", &[APPLES.0, BRIDGE.0, FIRE.0]),
        ("兴平 region:陝西", &[APPLES.0, BRIDGE.0, FIRE.0]),
        ("region:cn610481 source:one", &[BRIDGE.0, FIRE.0]),
        ("region:610481 source:one", &[BRIDGE.0, FIRE.0]),
        ("region:shaanxi/xianyang/xingping source:one", &[BRIDGE.0, FIRE.0]),
        ("region:陕西/咸阳/兴平 source:one", &[BRIDGE.0, FIRE.0]),
        ("兴平 -大桥", &[APPLES.0, FIRE.0]),
        ("兴平 -\"highway engineering\" －蘋果", &[FIRE.0]),
        ("兴平 -source:one", &[APPLES.0, FIRE_COPIED.0]),
        ("兴平 -region:武功", &[APPLES.0, BRIDGE.0, FIRE.0]),
        ("兴平 -region:610481", &[]),
        ("engin*", &[BRIDGE.0]),
        ("兴平 high* -gdp*", &[BRIDGE.0]),
        ("兴平 -High*", &[APPLES.0, FIRE.0]),
        ("engineer* -high*", &[]),
        ("region:shaanxi/xianyang/wugong", &[]),
        ("source:two", &[APPLES.0, FIRE_COPIED.0]),
        ("source:one source:two 大桥", &[BRIDGE.0]),
        ("兴平 before:2000-01-01", &[]),
        ("兴平 after:2000-01-01", &[APPLES.0, BRIDGE.0, FIRE.0]),
        ("没有这样的词", &[]),
    ] {
        assert_eq!(sorted(&titles(&daemon, q)), sorted(expected), "{q}");
    }
    for format in published::FORMATS {
        let feed = published::feed(&daemon, &path(format, "大桥 火灾"));
        assert!(feed.items.is_empty(), "{format}");
        let feed = published::feed(&daemon, &path(format, "大桥"));
        assert_eq!(feed.titles(), [BRIDGE.0], "{format}");
        let all = published::whole(&daemon, &(path(format, "region:兴平") + "&limit=1"));
        let all: Vec<&str> = all.iter().map(|item| item.title.as_str()).collect();
        assert_eq!(all, titles(&daemon, "region:兴平"), "{format}: page by page");
        let editions = published::feed(&daemon, &(path(format, "火灾") + "&editions=all"));
        assert_eq!(editions.items.len(), 2, "{format}");
    }
    daemon.stop();
}

fn sorted<T: AsRef<str>>(titles: &[T]) -> Vec<&str> {
    let mut titles: Vec<&str> = titles.iter().map(AsRef::as_ref).collect();
    titles.sort_unstable();
    titles
}

#[test]
fn a_search_is_a_feed_like_others() {
    let wire = Wire::new();
    let daemon = wire.start();
    told(&wire, &daemon);
    let feed = path(".atom", "兴平");
    let before = daemon.document(&feed);
    let known = before.etag();
    let same = http::request(daemon.public, "GET", &feed, &[("If-None-Match", known.as_str())]);
    assert_eq!(same.status, 304);
    let links = before.header("link").expect("links").to_owned();
    assert!(links.contains("/search.atom?q=%E5%85%B4%E5%B9%B3>; rel=\"self\""), "{links}");
    // Of other news nothing changes, nor by spaces.
    wire.tell(&daemon, "three", &[news("three", 1, ("渭南落雪", "渭南昨夜落雪三厘米。"), 2)]);
    found(&daemon, "落雪", &["渭南落雪"]);
    assert_eq!(daemon.document(&feed).etag(), known);
    assert_eq!(daemon.document(&path(".atom", " 兴平 ")).body, before.body);
    let twice = feed.replace("?q=", "?q=nothing&q=");
    assert_eq!(daemon.document(&twice).body, before.body, "the last counts, as everywhere");
    let new = ("兴平地铁动工", "兴平第一条地铁今天动工。");
    wire.tell(&daemon, "three", &[news("three", 2, new, 1)]);
    found(&daemon, "地铁", &[new.0]);
    let after = published::feed(&daemon, &feed);
    assert_eq!(after.titles()[0], new.0, "new ones come on top");
    assert_ne!(daemon.document(&feed).etag(), known);
    let plain = published::feed(&daemon, &(path(".json", "蘋果") + "&script=hans"));
    assert_eq!(plain.titles(), ["兴平苹果丰收"]);
    daemon.stop();
    let daemon = wire.start();
    eventually_so("search", || is_answered(&daemon, "兴平"));
    assert_eq!(published::feed(&daemon, &feed), after);
    daemon.stop();
}

#[test]
fn a_search_that_finds_nothing_has_a_date_that_stays() {
    let wire = Wire::new();
    let daemon = wire.start();
    told(&wire, &daemon);
    let paths = published::FORMATS.map(|format| path(format, "没有这样的词"));
    let look = || {
        let documents = paths.each_ref().map(|path| daemon.document(path));
        documents.map(|answer| (answer.etag(), answer.text().to_owned()))
    };
    let before = look();
    let json: serde_json::Value = serde_json::from_str(&before[2].1).expect("JSON");
    let updated = json["_countywire"]["updated"].as_str().expect("a date");
    assert!(updated >= "2026" && updated.ends_with("-01T00:00:00Z"), "{updated}: its first month");
    assert!(before[0].1.contains(&format!("<updated>{}", &updated[..19])), "{}", before[0].1);
    assert!(before[1].1.contains("<lastBuildDate>"), "{}", before[1].1);
    wire.tell(&daemon, "three", &[news("three", 1, ("渭南落雪", "渭南昨夜落雪三厘米。"), 2)]);
    found(&daemon, "落雪", &["渭南落雪"]);
    assert_eq!(look(), before);
    daemon.stop();
}

#[test]
fn pages_have_a_box_and_browsers_are_told_of_it() {
    let wire = Wire::new();
    let daemon = wire.start();
    told(&wire, &daemon);
    for page in ["/", COUNTY, "/search", &path("", "大桥"), "/hot", "/pictures"] {
        let page = daemon.document(page);
        assert!(page.text().contains("<form role=\"search\" action=\"/search\">"));
        assert!(page.text().contains("href=\"/opensearch.xml\""));
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains("form-action 'self'"), "{policy}");
    }
    assert!(daemon.document(&path("", "<b>大桥")).text().contains("value=\"&#60;b&#62;大桥\""));
    let page = daemon.document(&path("", "\"大桥\""));
    let text = page.text();
    assert!(text.contains(BRIDGE.0) && text.contains("value=\"&#34;大桥&#34;\""), "{text}");
    assert!(text.contains("/search.atom?q=%22%E5%A4%A7%E6%A1%A5%22\""), "{text}");
    let empty = daemon.document("/search");
    assert!(empty.text().contains("region:兴平") && !empty.text().contains("/search.atom"));
    assert_eq!(daemon.get("/SEARCH?q=a").header("location"), Some("/search?q=a"));
    let description = daemon.document("/opensearch.xml");
    let text = description.text();
    assert!(text.contains("http://wire.test/search?q={searchTerms}"), "{text}");
    daemon.stop();
}

#[test]
fn a_bad_query_is_told_what_is_right() {
    let wire = Wire::new();
    let daemon = wire.start();
    eventually_so("search", || is_answered(&daemon, "a"));
    for (q, told) in [
        ("", "no q"),
        ("，", "q has no word"),
        ("\"大桥", "not closed"),
        ("region:xingpin", "region:shaanxi/xianyang/xingping"),
        ("region:乌有乡", "write its name"),
        ("region:610483", "is region:cn610482 (彬州市) or region:cn610481 (兴平市)"),
        ("region:cn610400000", "write its name, its code"),
        ("region:兴平城", "region:shaanxi/xianyang/xingping"),
        ("region:shaanxi/xianyang/xingpng", "region:shaanxi/xianyang/xingping"),
        ("大桥 -region:xingpin", "region:shaanxi/xianyang/xingping"),
        ("-大桥", "only what is not wanted: write a word"),
        ("大桥 -after:2026-11-01", "write before:"),
        ("*桥", "write such as engin*"),
        ("en*ng", "write such as engin*"),
        ("topic:gossip", "there are "),
        ("source:nobody", "write its title"),
        ("before:soon", "write such as before:2026-12-01"),
        (&"词 ".repeat(17), "more than 16"),
        (&"词".repeat(201), "longer than 200"),
    ] {
        for format in published::FORMATS {
            let answer = daemon.get(&path(format, q)).expect(400);
            let detail = answer.json()["detail"].as_str().expect("a detail").to_owned();
            assert!(detail.contains(told), "{q}: {detail}");
        }
    }
    let browser = [("Accept", "text/html")];
    let page = http::request(daemon.public, "GET", &path("", "before:soon"), &browser).expect(400);
    assert!(page.is_page() && page.text().contains("before:2026-12-01"), "{}", page.text());
    for (query, told) in [("limit=0", "limit is a number"), ("before=zz", "before is a place")] {
        let answer = daemon.get(&format!("{}&{query}", path(".json", "a"))).expect(400);
        assert!(answer.text().contains(told), "{}", answer.text());
    }
    daemon.stop();
    let home = Home::new(&Settings::new().tables("[search]\nenabled = false\n"));
    let daemon = Daemon::start(&home);
    for path in ["/search", "/search.atom?q=a", "/opensearch.xml"] {
        assert_eq!(daemon.get(path).status, 404, "{path}");
    }
    assert!(!daemon.document("/").text().contains("role=\"search\""));
    assert!(!index_of(&home).exists());
    daemon.stop();
}

#[test]
fn what_is_taken_down_leaves_search_and_its_files_within_five_seconds() {
    let wire = Wire::new();
    let daemon = wire.start();
    wire.tell(&daemon, "one", &[news("one", 2, BRIDGE, 3)]);
    found(&daemon, "highway", &[BRIDGE.0]);
    let folder = index_of(wire.home());
    let words: Vec<PathBuf> = words_of(&folder).collect();
    wire.tell(&daemon, "two", &[news("two", 1, APPLES, 30)]);
    found(&daemon, "苹果", &[APPLES.0]);
    let feed = daemon.document(&path(".json", "highway")).json();
    let page = feed["items"][0]["_countywire"]["page_url"].as_str().expect("a page").to_owned();
    let key = page.rsplit('/').next().expect("a key");
    assert!(!words.is_empty() && words.iter().all(|file| file.exists()));
    let started = Instant::now();
    while http::post(daemon.admin, &format!("/take-down/{key}")).expect(200).json()["more"] == true
    {
    }
    found(&daemon, "highway", &[]);
    eventually_so("its words to be gone", || words.iter().all(|file| !file.exists()));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(titles(&daemon, "苹果"), [APPLES.0]);
    daemon.stop();
}

/// The files with words.
fn words_of(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let files = fs::read_dir(folder).expect("there").flatten().map(|file| file.path());
    files.filter(|file| file.extension().is_some_and(|extension| extension == "term"))
}

#[test]
fn an_index_that_is_gone_damaged_or_behind_is_made_good_at_the_next_start() {
    let wire = Wire::new();
    let daemon = wire.start();
    told(&wire, &daemon);
    let all = titles(&daemon, "region:兴平");
    assert_eq!(all.len(), 3);
    daemon.stop();
    let folder = index_of(wire.home());
    let kept = wire.home().path().join("kept");
    let daemon = wire.start();
    found(&daemon, "大桥", &[BRIDGE.0]);
    assert!(!daemon.log().contains("compared with the store"), "it was up to date");
    daemon.stop();
    copy(&folder, &kept);

    fs::remove_dir_all(&folder).expect("removed");
    let daemon = wire.start();
    remade(&daemon);
    eventually_so("search", || is_answered(&daemon, "大桥"));
    assert_eq!(titles(&daemon, "region:兴平"), all);
    daemon.stop();

    let largest = eventually("a file", || {
        let files = fs::read_dir(&folder).expect("there").flatten().map(|file| file.path());
        files.filter(|f| f.extension().is_some_and(|e| e == "pos" || e == "idx")).max()
    });
    let mut bytes = fs::read(&largest).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(&largest, bytes).expect("written");
    let daemon = wire.start();
    remade(&daemon);
    eventually_so("search", || is_answered(&daemon, "大桥"));
    assert_eq!(titles(&daemon, "region:兴平"), all);
    let new = ("兴平地铁动工", "兴平第一条地铁今天动工。");
    wire.tell(&daemon, "three", &[news("three", 2, new, 1)]);
    found(&daemon, "地铁", &[new.0]);
    daemon.stop();

    // One that has not seen the last reports.
    fs::remove_dir_all(&folder).expect("removed");
    copy(&kept, &folder);
    let daemon = wire.start();
    found(&daemon, "地铁", &[new.0]);
    found(&daemon, "大桥", &[BRIDGE.0]);
    daemon.stop();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for file in fs::read_dir(from).expect("there").flatten() {
        fs::copy(file.path(), to.join(file.file_name())).expect("copied");
    }
}

#[test]
fn a_killed_daemon_loses_nothing_of_search() {
    let wire = Wire::new();
    let daemon = wire.start();
    told(&wire, &daemon);
    let new = ("兴平地铁动工", "兴平第一条地铁今天动工。");
    wire.tell(&daemon, "three", &[news("three", 2, new, 1)]);
    daemon.kill();
    let daemon = wire.start();
    found(&daemon, "地铁", &[new.0]);
    found(&daemon, "大桥", &[BRIDGE.0]);
    daemon.stop();
}

/// Many reports of one outlet, none of which names a place.
fn many(count: usize) -> Vec<News> {
    let one = |n: usize| {
        let title = format!("第{n}号通知");
        news("one", n, (&title, "今天起施行，请各单位遵照执行。"), n as i64 % 40)
    };
    (1..=count).map(one).collect()
}

#[test]
fn what_is_filed_elsewhere_is_found_there_within_five_seconds_and_holds_up_nothing() {
    const MANY: usize = 1_200;
    let wire = Wire::new();
    let daemon = wire.start();
    wire.tell(&daemon, "one", &many(MANY));
    let count = |q: &str| {
        let all = published::whole(&daemon, &(path(".json", q) + "&limit=200&editions=all"));
        all.len()
    };
    eventually_so("all to be found", || is_answered(&daemon, "通知") && count("通知") == MANY);
    assert_eq!((count("region:兴平"), count("region:武功")), (MANY, 0));
    let settings = fs::read_to_string(wire.home().feeds_toml()).expect("there");
    let moved = settings.replacen("xianyang/xingping", "xianyang/wugong", 1);
    wire.home().write(&moved);
    http::post(daemon.admin, "/reload").expect(200);
    thread::scope(|scope| {
        let filing = scope.spawn(|| {
            let done = wire.home().run_asking(daemon.admin, &["reclassify"]).expect(0);
            assert_eq!(done.stdout, format!("{MANY} entries filed elsewhere\n"));
        });
        // Others come meanwhile.
        eventually_so("filing to begin", || !titles(&daemon, "region:武功").is_empty());
        wire.tell(&daemon, "two", &[news("two", 1, APPLES, 30)]);
        let took = found(&daemon, "苹果", &[APPLES.0]);
        assert!(took < Duration::from_secs(5), "{took:?}");
        filing.join().expect("filed");
    });
    let ended = Instant::now();
    eventually_so("all to be found there", || titles(&daemon, "通知 region:兴平").is_empty());
    assert!(ended.elapsed() < Duration::from_secs(5), "{:?}", ended.elapsed());
    assert_eq!(count("region:武功"), MANY);
    daemon.stop();
}

#[test]
fn what_is_kept_is_what_a_query_means_not_how_it_is_written() {
    let wire = Wire::new();
    let daemon = wire.start();
    told(&wire, &daemon);
    let [one, two] = ["source:\"来源 one\"", "source:\"来源 two\""];
    let before = [one, two].map(|q| titles(&daemon, q));
    assert_eq!(sorted(&before[0]), sorted(&[BRIDGE.0, FIRE.0]));
    let searched = || figures(&daemon)["countywire_searches_total{result=\"answered\"}"];
    let known = searched();
    assert_eq!(titles(&daemon, "source:one"), before[0]);
    assert_eq!(titles(&daemon, " source:one "), before[0]);
    assert_eq!(searched(), known, "it means the same");
    let etag = daemon.document(&path(".json", one)).etag();
    // The outlets change their names.
    let settings = fs::read_to_string(wire.home().feeds_toml()).expect("there");
    let swapped = settings.replace("来源 one", "来源 1").replace("来源 two", "来源 one");
    wire.home().write(&swapped.replace("来源 1", "来源 two"));
    http::post(daemon.admin, "/reload").expect(200);
    assert_eq!([two, one].map(|q| titles(&daemon, q)), before);
    assert_ne!(daemon.document(&path(".json", one)).etag(), etag);
    daemon.stop();
}

#[test]
fn figures_tell_what_is_searched_and_how_far_search_has_come() {
    let wire = Wire::new();
    let daemon = wire.start();
    told(&wire, &daemon);
    let before = figures(&daemon);
    daemon.get(&path(".json", "没有这样的词")).expect(200);
    daemon.get(&path(".json", "region:nowhere")).expect(400);
    daemon.get("/search.atom").expect(400);
    let after = figures(&daemon);
    let grown = |name: &str| after[name] - before[name];
    assert_eq!(grown("countywire_searches_total{result=\"answered\"}"), 1.0);
    assert_eq!(grown("countywire_searches_total{result=\"refused\"}"), 2.0);
    assert_eq!(after["countywire_searches_total{result=\"too_long\"}"], 0.0);
    assert_eq!(grown("countywire_search_duration_seconds_count"), 1.0);
    assert_eq!(grown("countywire_search_duration_seconds_bucket{le=\"+Inf\"}"), 1.0);
    assert!(after["countywire_search_duration_seconds_sum"] > 0.0);
    assert_eq!(after["countywire_search_documents"], 4.0);
    eventually_so("nothing to be waited for", || {
        let now = figures(&daemon);
        now["countywire_search_lag_entries"] == 0.0 && now["countywire_search_lag_seconds"] == 0.0
    });
    let files = fs::read_dir(index_of(wire.home())).expect("there").flatten();
    let on_disk: u64 = files.map(|file| file.metadata().map_or(0, |file| file.len())).sum();
    let bytes = after["countywire_search_bytes"];
    assert!(bytes > 0.0 && bytes <= on_disk as f64, "{bytes} of {on_disk}");
    daemon.stop();
    let stats = wire.home().run(&["store", "stats", "--json"]).expect(0).json();
    assert!(stats["search_bytes"].as_u64().is_some_and(|bytes| bytes > 0), "{stats}");
    let stats = wire.home().run(&["store", "stats"]).expect(0).stdout;
    assert!(stats.contains("search    0.0 MB"), "{stats}");
}

fn figures(daemon: &Daemon) -> HashMap<String, f64> {
    let answer = http::get(daemon.admin, "/metrics").expect(200);
    let samples = answer.text().lines().filter(|line| !line.starts_with('#'));
    let samples = samples.filter_map(|line| line.rsplit_once(' '));
    samples.map(|(name, value)| (name.to_owned(), value.parse().expect("a number"))).collect()
}

#[test]
fn an_index_that_is_not_wanted_any_more_is_removed() {
    let wire = Wire::new();
    let daemon = wire.start();
    told(&wire, &daemon);
    daemon.stop();
    let folder = index_of(wire.home());
    assert!(folder.exists());
    let settings = fs::read_to_string(wire.home().feeds_toml()).expect("there");
    wire.home().write(&(settings + "[search]\nenabled = false\n"));
    let daemon = wire.start();
    assert!(!folder.exists(), "nobody would take out of it what leaves the store");
    daemon.stop();
}
