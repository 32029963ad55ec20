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
        ("/r/610481", COUNTY.to_owned()),
        ("/r/cn610481.atom?limit=5", format!("{COUNTY}.atom?limit=5")),
        ("/r/CN610481/t/教育.rss", format!("{COUNTY}/t/education.rss")),
        ("/r/shaanxi//xianyang", "/r/shaanxi/xianyang".to_owned()),
        ("//r/shaanxi/xianyang/xingping.json//", format!("{COUNTY}.json")),
        ("/t//education/", "/t/education".to_owned()),
        ("//", "/".to_owned()),
        ("/r/%E5%85%B4%E5%B9%B3.ATOM", format!("{COUNTY}.atom")),
        ("/search.ATOM?q=a", "/search.atom?q=a".to_owned()),
        ("/search.json/?limit=3&q=a", "/search.json?limit=3&q=a".to_owned()),
        ("/Search/", "/search".to_owned()),
    ] {
        let moved = wire.daemon.get(&encoded(path)).expect(308);
        assert_eq!(moved.header("location"), Some(expected.as_str()), "{path}");
        wire.daemon.document(&expected);
    }
}

#[test]
fn a_month_is_found_below_the_names_of_all_that_has_months() {
    let wire = Wire::with(1);
    let feed = wire.daemon.document("/s/xingping.json").json();
    let history = feed["_countywire"]["history"]["prev_archive"].as_str().expect("a history");
    let (_, month) = history.rsplit_once("/s/xingping/").expect("below the source");
    let (month, _) = month.split_once(".json").expect("a feed");
    for (path, expected) in [
        ("/r/兴平", COUNTY.to_owned()),
        ("/t/教育", "/t/education".to_owned()),
        ("/r/陕西/t/教育", "/r/shaanxi/t/education".to_owned()),
        ("/r/陕西/t/education", "/r/shaanxi/t/education".to_owned()),
        ("/r/610481/pictures", format!("{COUNTY}/pictures")),
    ] {
        for end in ["", ".atom", ".JSON"] {
            let (path, end) = (format!("{path}/{month}{end}"), end.to_ascii_lowercase());
            let moved = wire.daemon.get(&encoded(&path)).expect(308);
            let expected = format!("{expected}/{month}{end}");
            assert_eq!(moved.header("location"), Some(expected.as_str()), "{path}");
            wire.daemon.document(&expected);
        }
    }
    for path in ["/t/教育/2020-01", "/r/陕西/t/教育/2020-01.atom"] {
        wire.daemon.get(&encoded(path)).expect(404);
    }
    wire.daemon.get(&encoded(&format!("/r/陕西/hot/{month}"))).expect(404);
}

#[test]
fn a_feed_of_a_search_for_nothing_has_not_moved() {
    let wire = Wire::with(1);
    for path in ["/search.atom/", "/search.ATOM", "/SEARCH.json?q=", "/search.rss/?limit=3&q=%20"] {
        let problem = wire.get(path, &[("Accept", "*/*")]).expect(404).json();
        assert_eq!(problem["nearest"][0], "/search", "{path}: {problem}");
    }
    wire.daemon.document("/search");
}

#[test]
fn a_region_that_moved_is_found_at_its_former_addresses() {
    let region = |path: &str, lines: &str| {
        let code = "code = \"x:shaanxi/xixian\"\n";
        let tables = format!("[[region]]\npath = \"{path}\"\nname = \"西咸新区\"\n{code}{lines}");
        let below = format!("[[region]]\npath = \"{path}/fengdong\"\nname = \"沣东新城\"\n");
        Settings::new().tables(&(tables + &below))
    };
    let formerly = "formerly = [\"shaanxi/xixian\", \"shaanxi/xianyang/xixian\"]\n";
    let home = Home::new(&region("shaanxi/xian/xixian", formerly));
    let daemon = Daemon::start(&home);
    let now = "/r/shaanxi/xian/xixian";
    for (path, expected) in [
        ("/r/shaanxi/xixian.atom", format!("{now}.atom")),
        ("/r/shaanxi/xianyang/xixian/hot", format!("{now}/hot")),
        ("/r/shaanxi/xixian/fengdong", format!("{now}/fengdong")),
    ] {
        let moved = daemon.get(path).expect(308);
        assert_eq!(moved.header("location"), Some(expected.as_str()), "{path}");
        daemon.document(&expected);
    }
    daemon.stop();

    let wrong = "formerly = [\"shaanxi/xianyang\", \"Shaanxi\"]\n";
    home.write(&region("shaanxi/xian/xixian", wrong).text());
    let ended = home.run(&["check"]).expect(78);
    for told in [
        "region[0].formerly: \"shaanxi/xianyang\" is the path of a region now; write the path that it had",
        "region[0].formerly: \"Shaanxi\" has a part \"Shaanxi\" that is no slug; write",
    ] {
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
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
        // A slash more leads nowhere where there is nothing.
        "/r/beijing/",
        "/r//beijing",
        "/s/nobody/",
        "/t//nothing",
        "/e/00000000000000000000000000000000/",
        "/2020-01/",
        "/r/110000",
        "/r/619999",
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
