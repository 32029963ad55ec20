//! What is hot: stories that several outlets tell.

use crate::stories::{COUNTY, FIRE, FIRE_COPIED, FIRE_TOLD_ANEW, Wire, news};
use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::origin::{Document, Origin};
use crate::support::{http, published};

const BRIDGE: (&str, &str) = (
    "兴平渭河大桥建成通车",
    "今天上午，兴平渭河大桥建成通车，大桥全长两千三百米，双向六车道，两岸居民过河不必再绕行二十公里。",
);
const BRIDGE_TOLD_ANEW: (&str, &str) = (
    "渭河上又添一座桥 兴平到对岸只要五分钟",
    "兴平渭河大桥今起通车。市民王先生说，从前过河要绕行二十公里，如今双向六车道的大桥建成，五分钟就到对岸。",
);

fn titles(daemon: &Daemon, path: &str) -> Vec<String> {
    published::feed(daemon, path).titles().into_iter().map(str::to_owned).collect()
}

#[test]
fn a_story_is_hot_from_its_second_outlet_on_and_more_outlets_are_hotter() {
    let wire = Wire::new();
    let daemon = wire.start();
    let empty = daemon.document(&format!("{COUNTY}/hot"));
    assert!(!daemon.document(COUNTY).text().contains(&format!("{COUNTY}/hot\"")), "nothing is hot");
    wire.tell(&daemon, "one", &[news("one", 1, FIRE, 9), news("one", 2, BRIDGE, 3)]);
    assert_eq!(titles(&daemon, "/hot.json"), [] as [&str; 0], "one outlet tells it");
    assert_eq!(daemon.document(&format!("{COUNTY}/hot")).etag(), empty.etag());

    wire.tell(&daemon, "two", &[news("two", 2, BRIDGE_TOLD_ANEW, 2)]);
    assert_eq!(titles(&daemon, "/hot.json"), [BRIDGE.0]);
    wire.tell(&daemon, "two", &[news("two", 1, FIRE_TOLD_ANEW, 9)]);
    assert_eq!(titles(&daemon, "/hot.json"), [BRIDGE.0, FIRE.0], "as many, but earlier");
    wire.tell(&daemon, "three", &[news("three", 1, FIRE_COPIED, 8)]);
    for region in ["", "/r/shaanxi", "/r/shaanxi/xianyang", COUNTY] {
        for format in published::FORMATS {
            let path = format!("{region}/hot{format}");
            assert_eq!(titles(&daemon, &path), [FIRE.0, BRIDGE.0], "{path}: three outlets");
        }
    }
    assert_eq!(titles(&daemon, "/r/shaanxi/xianyang/wugong/hot.atom"), [] as [&str; 0]);
    let page = daemon.document(&format!("{COUNTY}/hot"));
    let page = page.text();
    assert!(page.contains("热点") && page.contains(FIRE.0), "{page}");
    assert!(daemon.document(COUNTY).text().contains(&format!("{COUNTY}/hot\"")), "it is linked");
    assert!(daemon.document("/").text().contains("\"/hot\""));

    let feed = format!("{COUNTY}/hot.atom?limit=1");
    let before = daemon.document(&feed);
    let first = published::feed(&daemon, &feed);
    assert_eq!(first.titles(), [FIRE.0]);
    let next = first.next.expect("a next page");
    assert_eq!(titles(&daemon, published::below_base(&next)), [BRIDGE.0]);
    daemon.stop();
    let daemon = wire.start();
    let again = daemon.document(&feed);
    assert_eq!((again.etag(), again.text()), (before.etag(), before.text()));
    daemon.stop();
    wire.home().run(&["store", "rebuild"]).expect(0);
    wire.home().run(&["store", "verify"]).expect(0);
    let daemon = wire.start();
    let again = daemon.document(&feed);
    assert_eq!((again.etag(), again.text()), (before.etag(), before.text()));
    daemon.stop();
}

/// Sources, and what each has beside its region in `feeds.toml`.
fn settings(origin: &Origin, sources: &[(&str, &str)]) -> Settings {
    sources.iter().fold(Settings::new(), |settings, (id, lines)| {
        let lines = format!("region = \"shaanxi/xianyang/xingping\"\n{lines}\n");
        settings.source(id, &origin.url(&format!("/{id}")), &lines)
    })
}

/// `site`: what the document gives for its own.
fn tell(daemon: &Daemon, origin: &Origin, source: &str, site: &str, told: News) {
    let document = Form::Rss20.document(&[told]);
    let body = String::from_utf8(document.body).expect("UTF-8");
    let own = format!("<link>http://{source}.example/</link>");
    assert!(body.contains(&own), "{body}");
    let body = body.replace(&own, &format!("<link>{site}</link>"));
    origin.set(&format!("/{source}"), Document::new(document.content_type, body));
    assert_eq!(daemon.poll(source)["outcome"], "fetched");
}

#[test]
fn sections_of_one_site_are_one_outlet() {
    let origin = Origin::start();
    let home = Home::new(&settings(&origin, &[("news", ""), ("sports", ""), ("web", "")]));
    let daemon = Daemon::start(&home);
    tell(&daemon, &origin, "news", "http://www.paper.com.cn/news/", news("news", 1, FIRE, 9));
    let again = news("sports", 1, FIRE_TOLD_ANEW, 8);
    tell(&daemon, &origin, "sports", "https://sports.paper.com.cn/", again);
    assert_eq!(titles(&daemon, "/hot.json"), [] as [&str; 0], "one paper tells it twice");
    let copy = news("web", 1, FIRE_COPIED, 7);
    tell(&daemon, &origin, "web", "http://www.xpnews.com.cn/", copy);
    assert_eq!(titles(&daemon, "/hot.json"), [FIRE.0]);
    daemon.stop();
    home.run(&["store", "rebuild"]).expect(0);
    home.run(&["store", "verify"]).expect(0);
}

#[test]
fn accounts_on_a_platform_are_outlets_and_settings_go_before_sites() {
    let (origin, site) = (Origin::start(), "https://mp.weixin.qq.com/");
    let same = "outlet = \"兴平融媒\"";
    let home = Home::new(&settings(&origin, &[("one", same), ("two", same)]));
    let daemon = Daemon::start(&home);
    tell(&daemon, &origin, "one", site, news("one", 1, FIRE, 9));
    tell(&daemon, &origin, "two", site, news("two", 1, FIRE_TOLD_ANEW, 8));
    assert_eq!(titles(&daemon, "/hot.json"), [] as [&str; 0], "they are one by the settings");
    home.write(&settings(&origin, &[("one", ""), ("two", "")]).text());
    http::post(daemon.admin, "/reload").expect(200);
    assert_eq!(titles(&daemon, "/hot.json"), [] as [&str; 0], "as it was when they came");
    daemon.stop();
    home.run(&["reclassify"]).expect(0);
    home.run(&["store", "verify"]).expect(0);
    let daemon = Daemon::start(&home);
    assert_eq!(titles(&daemon, "/hot.json"), [FIRE.0]);
    daemon.stop();
}

#[test]
fn a_new_name_makes_no_second_outlet() {
    let origin = Origin::start();
    let home = Home::new(&settings(&origin, &[("old", "outlet = \"Old\"")]));
    let daemon = Daemon::start(&home);
    let site = "http://old.example/";
    tell(&daemon, &origin, "old", site, news("old", 1, FIRE, 9));
    let renamed = "outlet = \"New\"\nformerly = \"old\"";
    home.write(&settings(&origin, &[("new", renamed)]).text());
    http::post(daemon.admin, "/reload").expect(200);
    let again = news("new", 2, FIRE_TOLD_ANEW, 8);
    tell(&daemon, &origin, "new", site, again);
    assert_eq!(daemon.document("/index.json").json()["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(titles(&daemon, "/hot.json"), [] as [&str; 0]);
    daemon.stop();
}
