use super::*;
use crate::publish::sample;

const REGIONS: &str = "\
cn14\tprovince\t山西省\t山西\t\t\tshanxi\tAsia/Shanghai
cn1401\tprefecture\t太原市\t太原\t\tcn14\tshanxi/taiyuan\t
cn41\tprovince\t河南省\t河南\t\t\thenan\tAsia/Shanghai
cn4105\tprefecture\t安阳市\t安阳\t\tcn41\thenan/anyang\t
cn4117\tprefecture\t驻马店市\t驻马店\t\tcn41\thenan/zhumadian\t
cn411721\tcounty\t西平县\t西平\t\tcn4117\thenan/zhumadian/xiping\t
cn53\tprovince\t云南省\t云南\t\t\tyunnan\tAsia/Shanghai
cn5304\tprefecture\t玉溪市\t玉溪\t\tcn53\tyunnan/yuxi\t
cn530427\tcounty\t新平彝族傣族自治县\t新平\t\tcn5304\tyunnan/yuxi/xinping\t
cn61\tprovince\t陕西省\t陕西\t\t\tshaanxi\tAsia/Shanghai
cn6104\tprefecture\t咸阳市\t咸阳\t\tcn61\tshaanxi/xianyang\t
cn610402\tcounty\t秦都区\t秦都\t\tcn6104\tshaanxi/xianyang/qindu\t
cn610481\tcounty\t兴平市\t兴平\t\tcn6104\tshaanxi/xianyang/xingping\t
us53\tstate\tWashington\tWashington\t\t\tus/wa\tAmerica/Los_Angeles
us53033\tcounty\tKing County\tKing\t\tus53\tus/wa/king\t
";

const IDS: [&str; 4] = ["ab", "xianyang-daily", "news.163.com", "bjnews"];

fn near(path: &str) -> Vec<String> {
    let mut tree = RegionTree::default();
    tree.extend_from_tsv(REGIONS).expect("a valid gazetteer");
    let (topics, ids) = (sample::topics(), IDS.map(SourceId::new));
    let sources = ids.each_ref().map(|id| (id, "咸阳日报"));
    let known = Known { tree: &tree, topics: &topics, sources: &sources[..], has_streams: true };
    nearest(path, Some("兴平 a"), &known, |_| true)
}

#[test]
fn what_differs_least_in_the_whole_path_comes_first() {
    let county = "/r/shaanxi/xianyang/xingping";
    for (path, expected) in [
        // A county of that very name is elsewhere.
        ("/r/shaanxi/xianyang/xinping", &[county, "/r/shaanxi/xianyang"][..]),
        ("/r/shanxi/xianyang/xingping", &[county, "/r/shaanxi/xianyang", "/r/shanxi"]),
        ("/r/shaanxi/xianyagn/xingping", &[county, "/r/shaanxi/xianyang", "/r/shaanxi"]),
        ("/r/shaanxi/xingping", &[county, "/r/shaanxi"]),
        ("/r/Shaanxi/Xingpnig", &[county, "/r/shaanxi"]),
        ("/r/shaanxi/xianyang/xingping/news", &[county]),
        ("/r/xian yang", &["/r/shaanxi/xianyang"]),
        ("/r/us/wa/kingg", &["/r/us/wa/king", "/r/us/wa"]),
        ("/r/king%20county", &["/r/us/wa/king"]),
        ("/r/us/wa/king-county", &["/r/us/wa/king", "/r/us/wa"]),
        ("/r/shaanxi/xianyang/qqqqqqqq", &["/r/shaanxi/xianyang"]),
        ("/r/qqqqqqqq", &[]),
        ("/r/%FF", &[]),
        ("/nothing", &[]),
    ] {
        assert_eq!(near(path), expected, "{path}");
    }
}

#[test]
fn what_follows_a_region_and_names_of_all_else_are_meant_too() {
    let county = "/r/shaanxi/xianyang/xingping";
    let city = "/r/shaanxi/xianyang";
    for (path, expected) in [
        ("/r/shaanxi/xianyang/xingpin/opml", [format!("{county}/opml"), format!("{city}/opml")]),
        (
            "/r/shaanxi/xianyang/xingpin/hot.rss",
            [format!("{county}/hot.rss"), format!("{city}/hot.rss")],
        ),
        (
            "/r/shaanxi/xianyang/xingpin/t/education.json",
            [format!("{county}/t/education.json"), format!("{city}/t/education.json")],
        ),
        (
            "/r/shaanxi/xianyang/xingpin/2026-11.atom",
            [format!("{county}/2026-11.atom"), format!("{city}/2026-11.atom")],
        ),
        ("/r/shaanxi/xianyang/xingping/hots", [format!("{county}/hot"), county.to_owned()]),
    ] {
        assert_eq!(near(path)[..2], expected, "{path}");
    }
    for (path, expected) in [
        ("/r/shaanxi/xianyang/xingping/t/educatio", "/r/shaanxi/xianyang/xingping/t/education"),
        (
            "/r/shaanxi/xianyang/xingpin/t/educatoin.rss",
            "/r/shaanxi/xianyang/xingping/t/education.rss",
        ),
        ("/r/shaanxi/xianyang/education", "/r/shaanxi/xianyang/t/education"),
        ("/r/shaanxi/xianyang/xingping/t/nothing", county),
        ("/r/cn610481/hots", "/r/shaanxi/xianyang/xingping/hot"),
        ("/r/610481/t/educatio", "/r/shaanxi/xianyang/xingping/t/education"),
        ("/r/%E5%85%B4%E5%B9%B3/pictuers", "/r/shaanxi/xianyang/xingping/pictures"),
        ("/t/educatio", "/t/education"),
        ("/t/educatio/2026-11.rss", "/t/education/2026-11.rss"),
        ("/t/education/more", "/t/education"),
        ("/t/三农/", "/t/farming"),
        ("/education.json", "/t/education.json"),
        ("/pictuers", "/pictures"),
        ("/hto", "/hot"),
        ("/opm", "/opml"),
        ("/opml.atom", "/opml"),
        ("/searh.json", "/search.json?q=%E5%85%B4%E5%B9%B3%20a"),
        ("/s/aa", "/s/ab"),
        ("/s/bjnew.atom", "/s/bjnews.atom"),
        ("/s/xianyang", "/s/xianyang-daily"),
        ("/s/news.163.con", "/s/news.163.com"),
        ("/s/%E5%92%B8%E9%98%B3%E6%97%A5%E6%8A%A5", "/s/ab"),
        ("/bjnews", "/s/bjnews"),
        ("/shaanxi/xianyang.rss", "/r/shaanxi/xianyang.rss"),
        ("/xingping", county),
        ("/r", "/"),
        ("/r/opml", "/opml"),
        ("/r/t/education", "/t/education"),
        ("/index/.json", "/index.json"),
    ] {
        assert_eq!(near(path).first().map(String::as_str), Some(expected), "{path}");
    }
    let key = "0123456789abcdef0123456789abcdef";
    for (path, expected) in [
        (".atom", vec!["", ".json", "/related.atom"]),
        (".html", vec!["", ".json"]),
        ("/relatd.rss", vec!["/related.rss", ""]),
    ] {
        let expected: Vec<String> = expected.iter().map(|end| format!("/e/{key}{end}")).collect();
        assert_eq!(near(&format!("/e/{key}{path}")), expected, "{path}");
    }
}

#[test]
fn an_ending_that_is_none_of_ours_leads_to_the_page_and_its_feeds() {
    let formats = |page: &str, ends: [&str; 4]| ends.map(|end| format!("{page}{end}")).to_vec();
    let county = "/r/shaanxi/xianyang/xingping";
    for page in [county, "/s/bjnews", "/t/education", "/hot", "/2026-11"] {
        for end in
            [".xml", ".html", ".htm", ".php", ".feed", ".rdf", "/feed", "/feed/", "/index.xml"]
        {
            let expected = formats(page, ["", ".atom", ".rss", ".json"]);
            assert_eq!(near(&format!("{page}{end}")), expected, "{page}{end}");
        }
        for end in [".rss.xml", "/rss", "/rss.xml", "/feed/rss/"] {
            let expected = formats(page, [".rss", "", ".atom", ".json"]);
            assert_eq!(near(&format!("{page}{end}")), expected, "{page}{end}");
        }
        for end in [".atom.atom", "/atom.xml", "/feed.atom"] {
            let expected = formats(page, [".atom", "", ".rss", ".json"]);
            assert_eq!(near(&format!("{page}{end}")), expected, "{page}{end}");
        }
    }
    for (path, expected) in [
        ("/index.xml", ["/", "/index.atom", "/index.rss", "/index.json"]),
        ("/feed/", ["/", "/index.atom", "/index.rss", "/index.json"]),
        ("/rss", ["/index.rss", "/", "/index.atom", "/index.json"]),
        ("/feed.json", ["/index.json", "/", "/index.atom", "/index.rss"]),
    ] {
        assert_eq!(near(path), expected, "{path}");
    }
    assert_eq!(near("/r/610481.xml"), formats(county, ["", ".atom", ".rss", ".json"]));
    assert_eq!(near("/r/shaanxi.opml"), ["/r/shaanxi/opml", "/r/shaanxi"]);
    let near = near("/r/shaanxi/xianyang/xinping.xml");
    assert_eq!(near[..4], formats(county, ["", ".atom", ".rss", ".json"]));
    assert_eq!(near[4], "/r/shaanxi/xianyang");
}

#[test]
fn only_what_is_there_is_named() {
    let tree = sample::regions();
    let topics = sample::topics();
    let known = Known { tree: &tree, topics: &topics, sources: &[], has_streams: false };
    let is_there =
        |address: &Address| matches!(address.target, Target::Channel(Channel::Region(_)));
    let near = |path| nearest(path, None, &known, is_there);
    assert_eq!(near("/r/shaanxi/xianyang/t/educatio"), ["/r/shaanxi/xianyang"]);
    assert_eq!(near("/r/shaanxi/xianyang/2026-11.json"), ["/r/shaanxi/xianyang.json"]);
    assert_eq!(near("/opm"), [""; 0]);
    let near = |path| nearest(path, None, &known, |_| true);
    assert_eq!(near("/searh.json"), ["/search"], "without words there is no feed");
    assert_eq!(near("/hot"), [""; 0], "what was asked for");
    for (path, page) in
        [("/stream/r/shaanxi", "/r/shaanxi"), ("//Stream/hot", "/hot"), ("/stream", "/")]
    {
        assert_eq!(near(path), [page], "{path}");
    }
    let long = "a".repeat(MAX_SEARCH_BYTES + 1);
    assert_eq!(nearest("/searh.json", Some(&long), &known, |_| true), ["/search"]);
}

#[test]
fn formats_and_streams_stay_and_long_paths_take_no_time() {
    let found = near("/r/shaanxi/xianyang/xinping.rss");
    assert_eq!(found[0], "/r/shaanxi/xianyang/xingping.rss");
    let found = near("/stream/r/shaanxi/xianyang/xinping");
    assert_eq!(found[..2], ["/stream/r/shaanxi/xianyang/xingping", "/stream/r/shaanxi/xianyang",]);
    assert_eq!(near("/stream/t/educatio.json"), ["/stream/t/education"]);
    for path in ["//stream/r/shaanxi", "/STREAM/r/shaanxi.atom", "/Stream//r/%E9%99%95%E8%A5%BF/"] {
        assert_eq!(near(path)[0], "/stream/r/shaanxi", "{path}");
    }
    for path in ["/stream", "//STREAM", "/stream/feed"] {
        assert_eq!(near(path), ["/stream/"], "{path}");
    }
    assert_eq!(near("/stream/hots"), [""; 0]);
    assert_eq!(near("/streams/r/shaanxi/x"), [""; 0]);
    let long = format!("/r/shaanxi{}", "/xingping".repeat(100));
    assert_eq!(near(&long)[0], "/r/shaanxi/xianyang/xingping");
    assert_eq!(near(&long.repeat(10)), [""; 0]);
}
