//! Where to read on from an entry: what is related to it, and what comes next.

use crate::support::daemon::Daemon;
use crate::support::home::{Home, Settings};
use crate::support::origin::{Document, Origin};
use crate::support::published::{self, FORMATS};
use serde_json::Value;
use std::collections::BTreeMap;

/// Title, text, and the minute at which it was published.
type News = (&'static str, &'static str, u32);

const QUAKE: [News; 3] = [
    (
        "陕西兴平发生3.2级地震",
        "据中国地震台网测定，5日8时12分兴平市西吴街道发生3.2级地震，震源深度10公里，咸阳、西安等地有震感。",
        1,
    ),
    (
        "兴平市开展学校防震演练",
        "受5日地震影响，兴平市教育局部署各中小学开展防震演练，西吴街道中学的学生练习了紧急疏散。",
        2,
    ),
    (
        "地震后兴平各校补课安排公布",
        "兴平市教育局公布地震后的补课安排，西吴街道的中小学利用周末补课，校车照常接送学生。",
        3,
    ),
];
const OTHERS: [News; 2] = [
    (
        "兴平市秋粮丰收",
        "今年兴平市秋粮播种面积达到四十万亩，农业技术员走进田间，指导农户抢收晾晒，玉米亩产再创新高。",
        4,
    ),
    (
        "兴平举办龙舟邀请赛",
        "昨天，来自各村的十二支队伍在渭河兴平段比赛划龙舟，两岸站满了观众，最后由庄头镇队夺得冠军。",
        5,
    ),
];

fn rss(news: &[News]) -> Document {
    let item = |(title, text, minute): &News| {
        format!(
            "<item><title>{title}</title><guid>http://a.example.cn/{minute}</guid>\
             <pubDate>Thu, 05 Nov 2026 09:{minute:02}:00 +0800</pubDate>\
             <description>{text}</description></item>"
        )
    };
    let items: String = news.iter().rev().map(item).collect();
    let body = format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>");
    Document::new("application/rss+xml", body)
}

struct Wire {
    origin: Origin,
    home: Home,
    daemon: Daemon,
}

impl Wire {
    fn new(news: &[News]) -> Wire {
        let origin = Origin::start();
        let mut settings = Settings::new();
        for id in ["a", "b"] {
            let lines = "region = \"shaanxi/xianyang/xingping\"\n";
            settings = settings.source(id, &origin.url(&format!("/{id}")), lines);
        }
        origin.set("/a", rss(news));
        origin.set("/b", rss(&[]));
        let home = Home::new(&settings);
        let daemon = Daemon::start(&home);
        daemon.settled();
        Wire { origin, home, daemon }
    }

    fn brings(&self, source: &str, news: &[News]) {
        self.origin.set(&format!("/{source}"), rss(news));
        assert_eq!(self.daemon.poll(source)["outcome"], "fetched");
    }

    /// Of each entry, the path of its page by its title.
    fn pages(&self, source: &str) -> BTreeMap<String, String> {
        let feed = self.daemon.document(&format!("/s/{source}.json")).json();
        let items = feed["items"].as_array().expect("items").iter();
        items
            .map(|item| {
                let url = item["_countywire"]["page_url"].as_str().expect("an address");
                (
                    item["title"].as_str().expect("a title").to_owned(),
                    published::below_base(url).to_owned(),
                )
            })
            .collect()
    }

    /// Titles of what is related, the best first, and of what comes next.
    fn onward(&self, page: &str) -> (Vec<String>, Option<String>) {
        let entry = self.daemon.document(&format!("{page}.json")).json();
        let onward = &entry["_countywire"];
        let title = |value: &Value| value["title"].as_str().map(str::to_owned);
        let related = onward["related"].as_array().expect("a list");
        (related.iter().filter_map(title).collect(), title(&onward["next"]))
    }
}

fn all() -> Vec<News> {
    QUAKE.into_iter().chain(OTHERS).collect()
}

#[test]
fn an_entry_leads_to_what_is_related_and_to_what_comes_next() {
    let wire = Wire::new(&all());
    let pages = wire.pages("a");
    let quake = &pages[QUAKE[0].0];
    let (mut related, next) = wire.onward(quake);
    related.sort();
    assert_eq!(related, [QUAKE[1].0, QUAKE[2].0]);
    assert_eq!(next, None, "nothing came before it");
    let page = wire.daemon.document(quake);
    for title in [QUAKE[1].0, QUAKE[2].0] {
        let link = format!("<a href=\"{}\">{title}</a>", pages[title]);
        assert!(page.text().contains(&link), "{title}");
    }
    assert!(!page.text().contains("rel=\"next\""));
    let newest = &pages[OTHERS[1].0];
    assert_eq!(wire.onward(newest).1.as_deref(), Some(OTHERS[0].0));
    let link = format!("<a rel=\"next\" href=\"{}\">{}</a>", pages[OTHERS[0].0], OTHERS[0].0);
    assert!(wire.daemon.document(newest).text().contains(&link));
    assert!(!wire.daemon.document(newest).text().contains("相关报道"));
    for format in FORMATS {
        let feed = published::feed(&wire.daemon, &format!("{quake}/related{format}"));
        let mut titles = feed.titles();
        titles.sort_unstable();
        assert_eq!(titles, [QUAKE[1].0, QUAKE[2].0], "{format}");
        assert_eq!(feed.next, None);
    }
    let list = wire.daemon.document(&format!("{quake}/related"));
    assert!(list.text().contains(&format!("<h1>相关报道：{}</h1>", QUAKE[0].0)), "{}", list.text());
    assert!(list.text().contains(&format!("{quake}/related.atom")));
    let empty = published::feed(&wire.daemon, &format!("{newest}/related.atom"));
    assert!(empty.items.is_empty());
    assert_eq!(wire.daemon.get("/e/00000000000000000000000000000000/related.atom").status, 404);
}

/// Reports of two counties on as many subjects, one a minute, the second county's later.
fn reports() -> Vec<News> {
    const SUBJECTS: [[(&str, &str); 6]; 2] = [
        [
            ("秋粮丰收", "玉米亩产再创新高，农业技术员走进田间，指导农户抢收晾晒。"),
            ("举办龙舟邀请赛", "十二支队伍在河面上比赛划龙舟，两岸站满了观众。"),
            ("新建图书馆开放", "馆内藏书六万册，儿童阅览室周末延长到晚上九点。"),
            ("古塔修缮完工", "这座砖塔始建于唐代，工匠更换了开裂的塔砖。"),
            ("招聘护士三十名", "报名者须有执业证书，笔试安排在下月第一个周六。"),
            ("公交线路调整", "三条线路改道火车站，老年卡继续免费乘坐。"),
        ],
        [
            ("开展食品抽检", "市场监管人员抽查超市四十家，下架过期糕点。"),
            ("中学生获科技奖", "两名学生设计的节水浇花装置拿到全国青少年创新大赛银奖。"),
            ("天然气管道检修", "检修期间七个小区停气，居民可到社区领取电磁炉。"),
            ("剪纸艺人办展", "七十岁的老艺人展出作品百余幅，免费教孩子剪窗花。"),
            ("法院公开拍卖车辆", "被查封的九辆轿车一天内成交，所得归还债权人。"),
            ("苗木基地育成新梨", "这种梨皮薄汁多，明年春天向果农供应树苗。"),
        ],
    ];
    let subjects = ["三原县", "兴平市"].into_iter().zip(&SUBJECTS);
    let told = subjects.flat_map(|(county, all)| all.iter().map(move |told| (county, told)));
    let report = |(minute, (county, (title, text))): (u32, (&str, &(&str, &str)))| {
        let (title, text) = (format!("{county}{title}"), format!("{county}消息：{text}"));
        (&*title.leak(), &*text.leak(), minute)
    };
    (1..).zip(told).map(report).collect()
}

#[test]
fn reading_on_goes_back_in_time_and_never_comes_back() {
    let all = reports();
    // A first poll shows ten in the channels of counties.
    let wire = Wire::new(&all[..6]);
    wire.brings("a", &all);
    let pages = wire.pages("a");
    assert_eq!(pages.len(), all.len());
    let walk = || {
        let mut walked = Vec::new();
        let mut at = all.last().map(|(title, ..)| (*title).to_owned());
        while let Some(title) = at {
            assert!(walked.len() < all.len(), "in a circle: {walked:?}");
            at = wire.onward(&pages[&title]).1;
            walked.push(title);
        }
        walked
    };
    let walked = walk();
    let newest_first: Vec<&str> = all.iter().rev().map(|(title, ..)| *title).collect();
    let place = |title: &String| newest_first.iter().position(|known| known == title);
    assert!(walked.is_sorted_by(|one, next| place(one) < place(next)), "{walked:?}");
    assert_eq!(walked[..6], newest_first[..6], "its county first, without a gap");
    // Then its topics, which may pass over what is of others.
    assert!(walked.len() >= 10, "{walked:?}");
    assert_eq!(walked.last().map(String::as_str), newest_first.last().copied());
    assert_eq!(walk(), walked);
}

#[test]
fn lists_of_what_is_related_take_the_parameters_of_other_feeds() {
    const TRADITIONAL: News = (
        "地震後興平各校補課安排公布",
        "興平市教育局公布地震後的補課安排，西吳街道的中小學利用週末補課，校車照常接送學生。",
        3,
    );
    let wire = Wire::new(&[QUAKE[0], QUAKE[1], TRADITIONAL]);
    let list = format!("{}/related", wire.pages("a")[QUAKE[0].0]);
    let titles = |path: &str| {
        let feed = published::feed(&wire.daemon, path);
        feed.titles().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    for format in FORMATS {
        let path = format!("{list}{format}");
        for query in ["limit=0", "limit=x", "before=1-1", "editions=all", "script=latin"] {
            let answer = wire.daemon.get(&format!("{path}?{query}"));
            assert_eq!(answer.status, 400, "{path}?{query}");
            let name = query.split('=').next().expect("a name");
            assert!(answer.text().contains(name), "{query}: say what is right");
        }
        let whole = wire.daemon.document(&path);
        for query in ["utm_source=x", "x", "limit=50"] {
            let same = wire.daemon.document(&format!("{path}?{query}"));
            assert_eq!((same.etag(), same.body), (whole.etag(), whole.body.clone()), "{query}");
        }
        let all = titles(&path);
        assert_eq!(all.len(), 2, "{format}");
        assert_eq!(titles(&format!("{path}?limit=1")), all[..1], "the most related");
        assert!(all.contains(&TRADITIONAL.0.to_owned()));
        let simplified = titles(&format!("{path}?script=hans"));
        assert!(simplified.contains(&"地震后兴平各校补课安排公布".to_owned()), "{simplified:?}");
        let first = wire.daemon.document(&format!("{path}?limit=1"));
        let own = format!("/related{format}?limit=1>; rel=\"self\"");
        assert!(first.header("link").is_some_and(|link| link.contains(&own)), "{format}");
    }
    assert_eq!(wire.daemon.get(&format!("{list}?limit=0")).status, 400);
}

#[test]
fn reprints_are_not_related_and_come_not_next() {
    let wire = Wire::new(&QUAKE);
    wire.brings("b", &QUAKE[..1]);
    let page = &wire.pages("a")[QUAKE[0].0];
    let (related, next) = wire.onward(page);
    assert_eq!(related.len(), 2, "{related:?}");
    assert!(!related.contains(&QUAKE[0].0.to_owned()));
    assert_ne!(next.as_deref(), Some(QUAKE[0].0));
}

#[test]
fn documents_of_entries_change_with_their_lists_and_with_nothing_else() {
    let wire = Wire::new(&all()[..4]);
    let quake = wire.pages("a")[QUAKE[0].0].clone();
    let paths = [
        quake.clone(),
        format!("{quake}.json"),
        format!("{quake}/related.atom"),
        format!("{quake}/related"),
    ];
    let look = |daemon: &Daemon| {
        paths.each_ref().map(|path| {
            let answer = daemon.document(path);
            (answer.etag(), answer.body)
        })
    };
    let before = look(&wire.daemon);
    // Of another region: what was looked at has not changed.
    wire.brings("b", &[("北京市召开会议", "北京市海淀区昨天召开会议，部署冬季供暖工作。", 20)]);
    assert_eq!(look(&wire.daemon), before);
    // What comes next is what came before it, so it changes with that alone.
    wire.brings("a", &all());
    assert_eq!(look(&wire.daemon), before);
    wire.brings(
        "a",
        &[OTHERS[1], ("兴平修缮古塔", "兴平一座唐代砖塔修缮完工，工匠更换了开裂的塔砖。", 0)],
    );
    let after = look(&wire.daemon);
    for (at, path) in paths.iter().enumerate() {
        let same = path.contains("related");
        assert_eq!(before[at].0 == after[at].0, same, "{path}");
        assert_eq!(before[at].1 == after[at].1, same, "{path}");
    }
    let Wire { home, daemon, origin: _origin } = wire;
    daemon.stop();
    assert_eq!(look(&Daemon::start(&home)), after, "the same after a restart");
}

#[test]
fn of_what_is_related_only_what_is_listed_changes_the_etag() {
    let wire = Wire::new(&all());
    let quake = wire.pages("a")[QUAKE[0].0].clone();
    let listed = [format!("{quake}/related.atom?limit=1"), format!("{quake}/related.atom")];
    let look = || listed.each_ref().map(|path| wire.daemon.document(path));
    let before = look();
    let (related, _) = wire.onward(&quake);
    let [_, last] = &related[..] else { panic!("{related:?}") };
    let edited = |(title, text, minute): News| match title == last {
        true => (title, "兴平市教育局说，西吴街道的学校在地震后公布了安排，学生照常上课。", minute),
        false => (title, text, minute),
    };
    wire.brings("a", &all().into_iter().map(edited).collect::<Vec<_>>());
    let after = look();
    assert_eq!((before[0].etag(), &before[0].body), (after[0].etag(), &after[0].body));
    assert!(before[1].etag() != after[1].etag() && before[1].body != after[1].body);
}
