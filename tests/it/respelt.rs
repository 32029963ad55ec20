//! Addresses as people write them: with capitals, or with names of regions and topics.

use crate::support::counties::{COUNTY, Wire};
use crate::support::daemon::Daemon;
use crate::support::home::{Home, Settings};

/// As browsers send it.
fn encoded(path: &str) -> String {
    let byte = |byte: u8| match byte {
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    path.bytes().map(byte).collect()
}

#[test]
fn names_former_names_and_capitals_lead_to_the_present_address_for_good() {
    let wire = Wire::with(1);
    let binzhou = "/r/shaanxi/xianyang/binzhou";
    for (path, expected) in [
        ("/r/陕西/咸阳", "/r/shaanxi/xianyang".to_owned()),
        ("/r/陝西省/咸陽市/興平市.atom", format!("{COUNTY}.atom")),
        ("/r/shaanxi/xianyang/彬县.rss?limit=5", format!("{binzhou}.rss?limit=5")),
        ("/r/shaanxi/彬县/opml", format!("{binzhou}/opml")),
        ("/r/兴平", COUNTY.to_owned()),
        ("/R/Shaanxi/Xianyang/XINGPING.JSON", format!("{COUNTY}.json")),
        ("/r/shaanxi/xianyang/xingping/", COUNTY.to_owned()),
        ("/r/shaanxi/xianyang/xingping/HOT", format!("{COUNTY}/hot")),
        ("/t/教育.atom", "/t/education.atom".to_owned()),
        ("/T/Education", "/t/education".to_owned()),
        ("/r/咸阳/t/教育", "/r/shaanxi/xianyang/t/education".to_owned()),
        ("/s/Xingping.atom", "/s/xingping.atom".to_owned()),
        ("/Index.Atom", "/index.atom".to_owned()),
        ("/OPML/", "/opml".to_owned()),
    ] {
        let moved = wire.daemon.get(&encoded(path)).expect(308);
        assert_eq!(moved.header("location"), Some(expected.as_str()), "{path}");
        wire.daemon.document(&expected);
    }
}

#[test]
fn what_is_not_published_or_means_several_regions_is_not_found() {
    let wire = Wire::with(1);
    for path in [
        // Of another province, and so not published.
        "/r/甘肃",
        "/r/甘肃/opml",
        "/r/甘肃/t/教育",
        "/r/shaanxi/没有这里",
        "/t/没有这个",
        "/s/Nobody",
        "/s/来源 xingping",
        "/X",
    ] {
        wire.daemon.get(&encoded(&path.replace(' ', "%20"))).expect(404);
    }
}

#[test]
fn a_site_below_a_path_keeps_it_and_aliases_of_the_admin_count() {
    let region = "[[region]]\npath = \"shaanxi/xianyang/xingping\"\naliases = [\"槐里\"]\n";
    let settings = Settings::new().base("https://wire.test/news/").tables(region);
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    let moved = daemon.get(&encoded("/news/r/shaanxi/槐里?limit=3")).expect(308);
    assert_eq!(moved.header("location"), Some("/news/r/shaanxi/xianyang/xingping?limit=3"));
}
