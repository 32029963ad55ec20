//! Stories and reprints from outlets to feeds and pages, and the same after whatever happens to
//! the daemon and its store.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::origin::Origin;
use crate::support::{eventually_so, http, published};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

pub const COUNTY: &str = "/r/shaanxi/xianyang/xingping";

/// One event as two papers tell it, the first one's text with another head and tail, and quakes
/// that are told in one way.
pub const FIRE: (&str, &str) = (
    "兴平市一化工厂发生火灾 无人员伤亡",
    "昨晚八时许，兴平市西城街道一化工厂发生火灾，消防救援人员赶到现场，经过两个小时扑救，明火已被扑灭，没有人员伤亡，起火原因正在调查。",
);
pub const FIRE_TOLD_ANEW: (&str, &str) = (
    "兴平化工厂火灾扑灭 原因正在调查",
    "记者从兴平市应急管理局获悉，西城街道化工厂的火灾于昨晚十时扑灭，事故没有造成人员伤亡，起火原因正在进一步调查之中，附近居民已经返回家中。",
);
pub const FIRE_COPIED: (&str, &str) = (
    "突发！陕西兴平化工厂起火",
    "昨晚八时许，兴平市西城街道一化工厂发生火灾，消防救援人员赶到现场，经过两个小时扑救，明火已被扑灭，没有人员伤亡，起火原因正在调查。（来源：兴平融媒 编辑：小王）",
);

fn quake(place: &str, of: &str, strength: &str, depth: u32) -> (String, String) {
    (
        format!("{of}{place}发生{strength}级地震 震源深度{depth}公里"),
        format!(
            "据中国地震台网正式测定，昨日上午在{of}{place}发生{strength}级地震，震源深度{depth}公里。目前没有接到人员伤亡和房屋倒塌的报告，救援队伍已经前往震中查看。"
        ),
    )
}

pub fn news(outlet: &'static str, number: usize, (title, text): (&str, &str), hours: i64) -> News {
    News { text: text.to_owned(), ..News::new(outlet, number, title, hours) }
}

/// Outlets of the county on loopback.
pub struct Wire {
    origin: Origin,
    home: Home,
}

const OUTLETS: [&str; 3] = ["one", "two", "three"];

impl Wire {
    pub fn new() -> Wire {
        Wire::with(Settings::new())
    }

    fn with(mut settings: Settings) -> Wire {
        let origin = Origin::start();
        for outlet in OUTLETS {
            let url = origin.url(&format!("/{outlet}"));
            settings = settings.source(outlet, &url, "region = \"shaanxi/xianyang/xingping\"\n");
            origin.set(&format!("/{outlet}"), Form::Rss20.document(&[]));
        }
        Wire { origin, home: Home::new(&settings) }
    }

    pub fn home(&self) -> &Home {
        &self.home
    }

    pub fn start(&self) -> Daemon {
        let daemon = Daemon::start(&self.home);
        daemon.settled();
        daemon
    }

    pub fn tell(&self, daemon: &Daemon, outlet: &str, news: &[News]) {
        self.origin.set(&format!("/{outlet}"), Form::Rss20.document(news));
        assert_eq!(daemon.poll(outlet)["outcome"], "fetched");
    }
}

/// `_countywire` of the document of the entry with that title, and of its item.
fn own(daemon: &Daemon, title: &str) -> (Value, Value) {
    let page = page_of(daemon, &id_of(daemon, title));
    let document = daemon.document(&format!("{page}.json")).json();
    (document["_countywire"].clone(), document["items"][0]["_countywire"].clone())
}

fn page_of(daemon: &Daemon, id: &str) -> String {
    let feed = daemon.document(&format!("{COUNTY}.json?editions=all")).json();
    let items = feed["items"].as_array().expect("items");
    let item = items.iter().find(|item| item["id"] == id).expect("the item");
    let url = item["_countywire"]["page_url"].as_str().expect("a page");
    published::below_base(url).to_owned()
}

fn titles(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(|entry| entry["title"].as_str()).collect()
}

fn shown(daemon: &Daemon, path: &str) -> Vec<String> {
    let mut titles: Vec<String> =
        published::feed(daemon, path).titles().into_iter().map(str::to_owned).collect();
    titles.sort_unstable();
    titles
}

#[test]
fn no_date_hides_that_another_report_has_left() {
    let wire = Wire::new();
    let daemon = wire.start();
    wire.tell(&daemon, "one", &[news("one", 1, FIRE, 5)]);
    wire.tell(&daemon, "two", &[news("two", 1, FIRE_TOLD_ANEW, 4)]);
    let page = page_of(&daemon, &id_of(&daemon, FIRE.0));
    let other = page_of(&daemon, &id_of(&daemon, FIRE_TOLD_ANEW.0));
    let before = daemon.document(&page);
    assert!(before.text().contains(FIRE_TOLD_ANEW.0));
    let key = other.rsplit('/').next().expect("a key");
    while http::post(daemon.admin, &format!("/take-down/{key}")).expect(200).json()["more"] == true
    {
    }
    for path in [page.clone(), format!("{page}.json"), format!("{page}/related.atom")] {
        let since = [("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")];
        let answer = http::request(daemon.public, "GET", &path, &since).expect(200);
        assert_eq!(answer.header("last-modified"), None, "{path}");
        assert!(!answer.text().contains(FIRE_TOLD_ANEW.0), "{path}");
        let etag = answer.etag();
        let known = [("If-None-Match", etag.as_str())];
        assert_eq!(http::request(daemon.public, "GET", &path, &known).status, 304, "{path}");
    }
    let known = [("If-None-Match", before.etag())];
    let known = known.each_ref().map(|(name, value)| (*name, value.as_str()));
    let after = http::request(daemon.public, "GET", &page, &known).expect(200);
    assert_ne!(after.etag(), before.etag());
}

#[test]
fn an_event_that_two_outlets_report_is_one_story_and_a_copy_is_folded() {
    let wire = Wire::new();
    let daemon = wire.start();
    wire.tell(&daemon, "one", &[news("one", 1, FIRE, 5)]);
    let before = daemon.document(&page_of_only(&daemon)).etag();
    wire.tell(&daemon, "two", &[news("two", 1, FIRE_TOLD_ANEW, 4)]);
    // Its page lists the other report, so it is another page now.
    assert_ne!(daemon.document(&page_of(&daemon, &id_of(&daemon, FIRE.0))).etag(), before);
    wire.tell(&daemon, "three", &[news("three", 1, FIRE_COPIED, 3)]);

    let (first, item) = own(&daemon, FIRE.0);
    assert_eq!(titles(&first["story"]["others"]), [FIRE_TOLD_ANEW.0]);
    assert_eq!(titles(&item["reprints"]), [FIRE_COPIED.0]);
    assert!(first["story"]["evidence"].is_null(), "nothing came before it");
    let (other, _) = own(&daemon, FIRE_TOLD_ANEW.0);
    assert_eq!(other["story"]["id"], first["story"]["id"]);
    assert_eq!(titles(&other["story"]["others"]), [FIRE.0]);
    let evidence = &other["story"]["evidence"];
    assert_eq!(evidence["with"], item["page_url"]);
    assert!(evidence["same_event"].as_u64() >= Some(500), "{evidence}");
    assert_eq!(evidence["same_event"], other["story"]["others"][0]["same_event"]);
    assert!(evidence["words"].as_array().is_some_and(|words| !words.is_empty()), "{evidence}");
    assert!(evidence["measured"]["places"].is_i64());
    let (copy, copied) = own(&daemon, FIRE_COPIED.0);
    assert_eq!(copied["reprint_of"]["title"], FIRE.0);
    assert_eq!(copy["story"]["reprint_of"], item["page_url"]);
    assert_eq!(copy["story"]["id"], first["story"]["id"]);
    assert_eq!(titles(&copy["story"]["others"]), [FIRE_TOLD_ANEW.0]);
    let evidence = &copy["story"]["evidence"];
    assert!(evidence["reprint"].as_u64() >= Some(500), "{evidence}");
    assert!(evidence["passages"][0].is_string(), "{evidence}");

    for format in published::FORMATS {
        let feed = format!("{COUNTY}{format}");
        assert_eq!(shown(&daemon, &feed), [FIRE_TOLD_ANEW.0, FIRE.0], "{format}");
        let all = shown(&daemon, &format!("{feed}?editions=all"));
        assert_eq!(all, [FIRE_TOLD_ANEW.0, FIRE.0, FIRE_COPIED.0], "{format}");
        // The parent region has the same, the copy's outlet its own.
        assert_eq!(shown(&daemon, &format!("/r/shaanxi{format}")), [FIRE_TOLD_ANEW.0, FIRE.0]);
        assert_eq!(shown(&daemon, &format!("/s/three{format}")), [FIRE_COPIED.0]);
    }
    let page = daemon.document(&page_of(&daemon, &id_of(&daemon, FIRE.0)));
    let page = page.text();
    let section =
        |heading: &str| page.split(heading).nth(1).expect("a section").split("</section>");
    let section = |heading: &str| section(heading).next().unwrap_or_default().to_owned();
    let (copies, reports) = (section("<h2>转载</h2>"), section("<h2>同一事件的其他报道</h2>"));
    assert!(copies.contains(FIRE_COPIED.0) && !copies.contains(FIRE_TOLD_ANEW.0), "{copies}");
    assert!(reports.contains(FIRE_TOLD_ANEW.0) && !reports.contains(FIRE_COPIED.0), "{reports}");
    let page = daemon.document(&page_of(&daemon, &id_of(&daemon, FIRE_TOLD_ANEW.0)));
    assert!(page.text().contains("<li>同一事件 <a href"), "{}", page.text());
    daemon.stop();
}

fn id_of(daemon: &Daemon, title: &str) -> String {
    published::feed(daemon, &format!("{COUNTY}.json?editions=all")).item(title).id.clone()
}

fn page_of_only(daemon: &Daemon) -> String {
    let feed = published::feed(daemon, &format!("{COUNTY}.json"));
    page_of(daemon, &feed.items[0].id)
}

#[test]
fn without_a_window_only_the_same_text_to_the_letter_is_told() {
    let wire = Wire::with(Settings::new().tables("[stories]\nentries = 0\n"));
    let daemon = wire.start();
    let text = format!("{}{}", FIRE.1, FIRE_TOLD_ANEW.1).repeat(2);
    let first = (FIRE.0, text.as_str());
    wire.tell(&daemon, "one", &[news("one", 1, first, 5), news("one", 2, FIRE_TOLD_ANEW, 4)]);
    let again = ("兴平起火", text.as_str());
    let near = format!("{text}附近居民已经返回家中。");
    let near = ("兴平火灾", near.as_str());
    wire.tell(&daemon, "two", &[news("two", 1, near, 3), news("two", 2, again, 2)]);
    let entries = exported(&daemon);
    let reprints: Vec<&str> = entries
        .iter()
        .filter(|(_, entry)| !entry["reprint_of"].is_null() || entry["story"] != entry["no"])
        .map(|(title, _)| title.as_str())
        .collect();
    assert_eq!(reprints, [again.0]);
    daemon.stop();
}

#[test]
fn formula_news_are_kept_apart() {
    let wire = Wire::new();
    let daemon = wire.start();
    let quakes = [
        quake("咸阳兴平市", "陕西", "3.2", 10),
        quake("阿克苏库车市", "新疆", "4.1", 15),
        quake("咸阳兴平市", "陕西", "2.9", 8),
    ];
    for (outlet, (title, text)) in OUTLETS.into_iter().zip(&quakes) {
        wire.tell(&daemon, outlet, &[news(outlet, 1, (title, text), 3)]);
    }
    // Made by one form, of other days, places and things.
    let told = |title: &str, text: &str| (title.to_owned(), text.to_owned());
    let forecast = |days: &str| {
        let text = format!(
            "泾阳县气象台发布未来三天天气预报：{days}，多云间阴天，偏北风二到三级，请注意防寒保暖，合理安排出行。"
        );
        told(&format!("泾阳县{}天气预报", &days[..days.find('日').expect("a day") + 3]), &text)
    };
    let auction = |place: &str| {
        let text = format!(
            "{place}第3期农村产权交易公告：经审核，下列土地经营权公开流转，有意者请到{place}农村产权交易中心办理报名手续，报名截止本月底，联系电话见附件。"
        );
        told(&format!("{place}第3期农村产权交易公告"), &text)
    };
    let shell = "详细内容请登录兴平市人民政府门户网站通知公告栏目，下载附件查看全文，如有疑问请在工作日拨打咨询电话。";
    let formed = [
        [forecast("26日至28日"), auction("兴平市"), told("公租房分配结果公示", shell)],
        [forecast("28日至30日"), auction("泾阳县"), told("道路封闭施工通告", shell)],
        [
            quake("甘孜泸定县", "四川", "3.1", 9),
            quake("雅安石棉县", "四川", "3.1", 12),
            told("教师招聘名单公示", shell),
        ],
    ];
    for (outlet, told) in OUTLETS.into_iter().zip(&formed) {
        let told = told.iter().enumerate();
        let news: Vec<News> =
            told.map(|(at, (title, text))| news(outlet, 2 + at, (title, text), 3)).collect();
        wire.tell(&daemon, outlet, &news);
    }
    let entries = exported(&daemon);
    assert_eq!(entries.len(), 12);
    for entry in entries.values() {
        assert_eq!(entry["reprint_of"], Value::Null, "{entry}");
    }
    let entries: BTreeMap<String, Value> = entries
        .into_iter()
        .filter(|(title, _)| quakes.iter().any(|(quake, _)| quake == title))
        .collect();
    for entry in entries.values() {
        assert_eq!(entry["reprint_of"], Value::Null, "{entry}");
        assert_eq!(entry["story"], entry["no"], "{entry}");
    }
    daemon.stop();
}

/// What `/export` tells of each entry, by title.
fn exported(daemon: &Daemon) -> BTreeMap<String, Value> {
    let lines = http::get(daemon.admin, "/export?after=0").expect(200);
    let lines = lines.text().lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.map(|entry| (entry["title"].as_str().unwrap_or_default().to_owned(), entry)).collect()
}

/// What was decided of each entry, as `store export` tells it.
fn placements(home: &Home) -> BTreeMap<String, Value> {
    let path = home.path().join("export.jsonl");
    home.run(&["store", "export", "-o", path.to_str().expect("text")]).expect(0);
    let text = fs::read_to_string(&path).expect("written");
    fs::remove_file(&path).expect("removed");
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let entries = lines.filter(|line| line["entry"].is_object());
    let placement = |line: Value| {
        let record = &line["entry"]["record"];
        let mut placement = record["placement"].clone();
        placement["no"] = record["no"].clone();
        (line["entry"]["body"]["title"].as_str().expect("a title").to_owned(), placement)
    };
    entries.map(placement).collect()
}

/// What outlets bring, report after report: events told by one, two or all of them, copied with
/// another head, and revised.
fn reports() -> Vec<(&'static str, Vec<News>)> {
    let events = [
        ("苹果丰收果农忙采摘", "今年果园里的苹果挂满枝头，合作社联系好了冷库和车队"),
        ("化工厂火灾扑灭", "消防救援人员赶到现场，经过两个小时扑救明火已被扑灭"),
        ("小学食堂食材变质", "家长在群里贴出照片，市场监管局当晚封存了留样"),
        ("渭河大桥合龙通车", "大桥全长两千三百米，双向六车道，两岸居民过河不再绕行"),
    ];
    let places = ["兴平市", "武功县", "乾县"];
    let mut all: BTreeMap<&str, Vec<News>> = BTreeMap::new();
    let mut reports = Vec::new();
    for (number, place) in places.into_iter().cycle().take(12).enumerate() {
        let (event, how) = events[number % events.len()];
        for (at, outlet) in OUTLETS.into_iter().enumerate() {
            let text = match at {
                0 => format!(
                    "本报讯 {place}{event}。{how}。有关负责人表示，{place}将继续做好后续工作，第{number}批物资已经送到。"
                ),
                1 => format!(
                    "记者昨天从{place}获悉，{event}的消息传来，{how}，当地群众说，情况已经平稳，第{number}次通报随后发布。"
                ),
                _ => format!(
                    "本报讯 {place}{event}。{how}。有关负责人表示，{place}将继续做好后续工作，第{number}批物资已经送到。（来源：one）"
                ),
            };
            let title = [
                format!("{place}{event}"),
                format!("{event}，{place}通报"),
                format!("关注｜{event}"),
            ];
            let title = format!("{}（{number}）", title[at]);
            let list = all.entry(outlet).or_default();
            list.insert(0, news(outlet, number + 1, (&title, &text), 12 - number as i64));
            if number % 5 == 4 && at == 0 {
                list[1].text.push_str("（更正）");
            }
            reports.push((outlet, list.clone()));
        }
    }
    reports
}

#[test]
fn restarts_kills_and_rebuilding_change_no_decision() {
    let reports = reports();
    let once = Wire::new();
    let daemon = once.start();
    for (outlet, news) in &reports {
        once.tell(&daemon, outlet, news);
    }
    daemon.stop();
    let expected = placements(&once.home);
    assert_eq!(expected.len(), reports.len());
    let reprints = expected.values().filter(|placement| !placement["reprint_of"].is_null());
    let joined = expected.values().filter(|placement| !placement["story"].is_null());
    assert!(reprints.count() >= 6 && joined.count() >= 12, "{expected:#?}");

    let split = Wire::new();
    let mut daemon = split.start();
    for (at, (outlet, news)) in reports.iter().enumerate() {
        split.tell(&daemon, outlet, news);
        if at % 7 == 3 {
            match at % 2 {
                0 => daemon.stop(),
                _ => daemon.kill(),
            }
            if at % 3 == 0 {
                split.home.run(&["store", "rebuild"]).expect(0);
            }
            daemon = split.start();
        }
    }
    daemon.stop();
    assert_eq!(by_title(&placements(&split.home)), by_title(&expected));

    // An index made anew, and a store made of an export, tell the same.
    let before = placements(&split.home);
    fs::remove_dir_all(split.home.path().join("store/index")).expect("removed");
    assert_eq!(placements(&split.home), before);
    split.home.run(&["store", "verify"]).expect(0);
    let file = split.home.path().join("kept.jsonl");
    let file = file.to_str().expect("text");
    split.home.run(&["store", "export", "-o", file]).expect(0);
    fs::remove_dir_all(split.home.path().join("store")).expect("removed");
    split.home.run(&["store", "import", file]).expect(0);
    assert_eq!(placements(&split.home), before);
    let daemon = split.start();
    let log = daemon.log();
    let line = log.lines().find(|line| line.contains("recent entries read")).map(str::to_owned);
    eventually_so("the recent entries to be read", || {
        daemon.log().contains(&format!("entries={}", before.len()))
    });
    assert!(line.is_none_or(|line| line.contains("elapsed_ms=")), "{log}");
    daemon.stop();
}

/// Numbers differ where first polls came in another order: entries told by their titles.
fn by_title(placements: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let titles: BTreeMap<String, &String> =
        placements.iter().map(|(title, placement)| (placement["no"].to_string(), title)).collect();
    let title = |no: &Value| match no {
        Value::Null => Value::Null,
        no => json!(titles[&no.to_string()]),
    };
    let told = |placement: &Value| {
        json!([
            placement["text_hash"],
            title(&placement["reprint_of"]),
            title(&placement["story"]),
            placement["is_near"]
        ])
    };
    placements.iter().map(|(name, placement)| (name.clone(), told(placement))).collect()
}
