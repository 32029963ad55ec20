//! What is hot: stories that several outlets tell.

use crate::stories::{COUNTY, FIRE, FIRE_COPIED, FIRE_TOLD_ANEW, Wire, news};
use crate::support::daemon::Daemon;
use crate::support::published;

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
