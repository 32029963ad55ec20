use super::*;
use crate::model::EvidenceKind;
use crate::tables;
use std::sync::LazyLock;

fn tree() -> RegionTree {
    let mut tree = RegionTree::default();
    for name in tables::GAZETTEERS {
        let table = tables::gazetteer(name).expect("known");
        tree.extend_from_tsv(table).expect("a valid gazetteer");
    }
    tree
}

/// All gazetteers, without topics: compiled once.
static REGIONS: LazyLock<(RegionTree, Classifier)> = LazyLock::new(|| {
    let tree = tree();
    let classifier = Classifier::new(&tree, &[]);
    (tree, classifier)
});

/// Paths of the regions found, best first, with their evidence.
fn regions(title: &str, lead: &str, source: &str) -> Vec<(String, String)> {
    let (tree, classifier) = &*REGIONS;
    let source = tree.by_path(source).map(|region| region.code.clone());
    let item = Item { title, lead, region: source.as_ref(), ..Item::default() };
    let path = |code| tree.get(code).expect("of the tree").path.clone();
    let verdicts = classifier.classify(&item).regions;
    verdicts.iter().map(|one| (path(&one.region), one.evidence.clone())).collect()
}

#[track_caller]
fn assert_regions(title: &str, source: &str, expected: &[&str]) {
    let found: Vec<String> = regions(title, "", source).into_iter().map(|(path, _)| path).collect();
    assert_eq!(found, expected, "{title} ({source})");
}

#[test]
fn the_most_specific_region_wins_and_its_evidence_names_the_ancestors() {
    let found = regions("陕西咸阳兴平一小区起火", "", "");
    assert_eq!(found, [("shaanxi/xianyang/xingping".to_owned(), "陕西咸阳兴平".to_owned())]);
}

#[test]
fn traditional_texts_go_where_simplified_ones_go_and_evidence_is_as_written() {
    let found = regions("陝西省興平市蘋果豐收", "", "");
    assert_eq!(found, [("shaanxi/xianyang/xingping".to_owned(), "陝西省興平市".to_owned())]);
    let found = regions("臺灣與乾縣", "我市昨日", "");
    let mut paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["shaanxi/xianyang/qianxian", "taiwan"]);
    let topics = tables::default_topics();
    let classifier = Classifier::new(&RegionTree::default(), &topics);
    let of = |title| {
        let item = Item { title, lead: "", ..Item::default() };
        classifier.classify(&item).topics
    };
    let [written, simplified] = [of("縣醫院門診樓啟用"), of("县医院门诊楼启用")];
    assert_eq!(written[0].topic, simplified[0].topic);
    assert_eq!((written[0].evidence.as_str(), written[0].score), ("醫院", simplified[0].score));
}

#[test]
fn a_name_of_several_levels_means_the_highest() {
    assert_regions("吉林发布暴雨预警", "", &["jilin"]);
    assert_regions("吉林吉林发布暴雨预警", "", &["jilin/jilin"]);
    assert_regions("邵阳县召开会议", "", &["hunan/shaoyang/shaoyang"]);
}

#[test]
fn an_ambiguous_name_needs_an_ancestor_or_the_source() {
    assert_regions("鼓楼区一小区停水", "", &[]);
    assert_regions("南京鼓楼区一小区停水", "", &["jiangsu/nanjing/gulou"]);
    assert_regions("鼓楼区一小区停水", "fujian/fuzhou", &["fujian/fuzhou/gulou"]);
    assert_regions("河南一周新闻：鼓楼区停水", "", &["henan/kaifeng/gulou"]);
}

#[test]
fn a_township_that_bears_the_name_of_a_county_is_not_that_county() {
    assert_regions("西城街道部分区域停水", "shaanxi/xianyang", &["shaanxi/xianyang/xingping"]);
    assert_regions("西城街道部分区域停水", "", &[]);
}

#[test]
fn a_common_word_needs_its_suffix_or_an_ancestor_before_it() {
    assert_regions("公安发布通报：双方合作", "", &[]);
    assert_regions("公安县发布通报", "", &["hubei/jingzhou/gongan"]);
    assert_regions("湖北公安一村庄走红", "", &["hubei/jingzhou/gongan"]);
    assert_regions("朝阳警方立案调查", "beijing", &["beijing/chaoyang"]);
    assert_regions("朝阳警方立案调查", "", &[]);
    assert_regions("深圳一男子被南山警方抓获", "", &["guangdong/shenzhen/nanshan"]);
    assert_regions("深圳一男子登南山", "", &["guangdong/shenzhen"]);
    assert_regions("解放路商户合作迎和平", "", &[]);
    assert_regions("西安路改造", "jilin/changchun", &[]);
    assert_regions("长安汽车发布新车", "", &[]);
    assert_regions("河南舰入列", "", &[]);
}

#[test]
fn ships_streets_and_datelines_are_no_places() {
    assert_regions("山东舰首次远海训练", "", &[]);
    let found = regions("两国发表声明", "新华社北京3月29日电 两国发表声明", "");
    assert_eq!(found, []);
}

/// As the entry of a source whose region fills in.
#[track_caller]
fn assert_filed(title: &str, source: &str, expected: &[&str]) {
    let (tree, classifier) = &*REGIONS;
    let region = tree.by_path(source).map(|region| &region.code);
    let item = Item { title, region, region_fallback: true, ..Item::default() };
    let verdicts = classifier.classify(&item).regions;
    let paths = verdicts.iter().map(|one| tree.get(&one.region).expect("known").path.as_str());
    assert_eq!(paths.collect::<Vec<_>>(), expected, "{title} ({source})");
}

#[test]
fn the_source_region_fills_in_where_the_text_names_no_place() {
    assert_filed("春季运动会开幕", "shaanxi/xianyang", &["shaanxi/xianyang"]);
    assert_filed("兴平春季运动会开幕", "shaanxi/xianyang", &["shaanxi/xianyang/xingping"]);
    assert_filed("陕西春季运动会开幕", "shaanxi/xianyang", &["shaanxi/xianyang"]);
    assert_filed("成都春季运动会开幕", "shaanxi/xianyang", &["sichuan/chengdu"]);
    assert_regions("春季运动会开幕", "shaanxi/xianyang", &[]);
    assert_regions("陕西春季运动会开幕", "shaanxi/xianyang", &["shaanxi"]);
}

#[test]
fn evidence_tells_what_was_found_where_and_how() {
    let (tree, classifier) = &*REGIONS;
    let source = tree.by_path("shaanxi/xianyang").map(|region| region.code.clone());
    let judged = |title, lead| {
        let region = source.as_ref();
        let item = Item { title, lead, region, region_fallback: true, ..Item::default() };
        let RegionVerdict { kind, evidence, relation, rule, start, end, .. } =
            classifier.classify(&item).regions.into_iter().next().expect("a region");
        (relation, rule, kind, evidence, start..end)
    };
    use EvidenceKind::{Lead, Source, Title};
    use Relation::{About, Home, Located};
    let cases = [
        (judged("今日兴平通车", ""), (Located, Rule::Name, Title, "兴平", 2..4)),
        (judged("通车", "昨日，兴平桥通车"), (Located, Rule::Name, Lead, "兴平", 3..5)),
        (judged("陕西兴平通车", ""), (Located, Rule::Ancestor, Title, "陕西兴平", 0..4)),
        (judged("通车", ""), (Home, Rule::Fallback, Source, "shaanxi/xianyang", 0..0)),
        (judged("昨天我市一座桥通车", ""), (Home, Rule::Here, Title, "我市", 2..4)),
        (judged("重庆啤酒换包装", ""), (About, Rule::Name, Title, "重庆", 0..2)),
        (judged("渭城区通车", ""), (Located, Rule::Name, Title, "渭城区", 0..3)),
        (judged("少林寺开门", ""), (Located, Rule::Landmark, Title, "少林寺", 0..3)),
    ];
    for (judged, (relation, rule, kind, evidence, place)) in cases {
        assert_eq!(judged, (relation, rule, kind, evidence.to_owned(), place));
    }
    let item = Item {
        title: "兴平通车", lead: "𠮷日，陕西兴平一桥通车", ..Item::default()
    };
    let explained = classifier.explain(&item).regions;
    assert_eq!(explained.len(), 1);
    let told: Vec<_> =
        explained[0].evidence.iter().map(|one| (one.text.as_str(), one.start, one.end)).collect();
    assert!(told.contains(&("陕西兴平", 3, 7)), "{told:?}");
}

#[test]
fn two_places_side_by_side_are_both_named() {
    assert_regions("北京与成都签署协议", "", &["beijing", "sichuan/chengdu"]);
    assert_regions("湖南长沙、株洲签署协议", "", &["hunan/changsha", "hunan/zhuzhou"]);
}

#[test]
fn american_counties_match_whole_words_and_need_their_state_when_ambiguous() {
    assert_regions("Maricopa County approves budget", "", &["us/az/maricopa"]);
    assert_regions("King County approves budget", "", &[]);
    assert_regions("King County approves budget", "us/wa", &["us/wa/king"]);
    assert_regions("King County, Washington, approves budget", "", &["us/wa/king"]);
    assert_regions("Fire near Yakima, WA grows", "", &["us/wa/yakima"]);
    assert_regions("Fire near Pasco, WA grows", "", &["us/wa"]);
    assert_regions("Washington County, Oregon: fire grows", "", &["us/or/washington"]);
    assert_regions("king county and texas in lower case", "", &[]);
    assert_regions("Washington talks to Texans, or so they said, OR not", "", &[]);
}

#[test]
fn american_names_that_many_places_bear_need_their_state_or_the_source() {
    assert_regions("Washington County fair opens", "", &[]);
    assert_regions("Washington County fair opens", "us/or", &["us/or/washington"]);
    assert_regions("Washington County, Utah, fair opens", "us/or", &["us/ut/washington"]);
    assert_regions("Storm in Springfield", "", &[]);
    assert_regions("Storm in Springfield, Illinois", "", &["us/il/sangamon"]);
    assert_regions("Storm in Springfield, MO", "", &["us/mo/greene"]);
    assert_regions("Storms hit Texas, Oklahoma and Kansas", "", &[]);
    assert_regions("Crash in Washington County, Oregon", "", &["us/or/washington"]);
    assert_regions("Storm in Springfield", "us/ma", &["us/ma/hampden"]);
    assert_regions("Storm in Springfieldville", "us/ma", &[]);
    assert_regions("Storm in Houston, Texas", "", &["us/tx/harris"]);
    assert_regions("Storm in Seattle", "", &["us/wa/king"]);
}

#[test]
fn shortened_states_are_read_behind_a_town() {
    assert_regions("Storm in Springfield, Ill.", "", &["us/il/sangamon"]);
    assert_regions("Storm in Springfield, Mo., kills two", "", &["us/mo/greene"]);
    assert_regions("SPRINGFIELD, Ill. (AP) — A storm hit.", "", &["us/il/sangamon"]);
    assert_regions("PORTLAND, Ore. (AP) — A storm hit.", "", &["us/or/multnomah"]);
    assert_regions("Fire near Pasco, Wash., grows", "", &["us/wa"]);
    assert_regions("PASCO, Wash. — A fire grows.", "", &["us/wa"]);
    assert_regions("Fire near Fresno, Calif.", "", &["us/ca/fresno"]);
    assert_regions("Flood in Ithaca, N.Y. closes roads", "", &["us/ny"]);
    assert_regions("Mine in Beckley, W.Va.", "", &["us/wv"]);
    assert_regions("Mine in Beckley, W. Va.", "", &["us/wv"]);
    assert_regions("Storm in Portland, Ore.", "", &["us/or/multnomah"]);
    assert_regions("Vote in Washington, D.C., today", "", &["us/dc"]);
    let found = regions("A storm", "SPRINGFIELD, Ill. (AP) — Two were hurt on Monday.", "");
    assert_eq!(found, [("us/il".to_owned(), "Ill.".to_owned())]);
    for trap in [
        "He did the Wash. Then he left",
        "On Monday, Wash. Your hands too",
        "Thank you, Miss. She smiled",
        "Hello, Miss. Smith smiled",
        "Copper, Iron, Ore. Prices fall",
        "After prayers, Mass. Then lunch",
        "Dear Ma, Pa. Come home",
        "Feeling tired, Ill. and cold",
        "Calif. and Ill. are short",
        "wash, Wash.",
    ] {
        assert_regions(trap, "", &[]);
    }
}

#[test]
fn names_in_capitals_with_apostrophes_are_read_as_they_are_otherwise() {
    for (name, county) in [
        ("Coeur d'Alene, Idaho", "us/id/kootenai"),
        ("O'Brien County, Iowa", "us/ia/o-brien"),
        ("Prince George's County, Md.", "us/md/prince-george-s"),
        ("Queen Anne's County, Md.", "us/md/queen-anne-s"),
        ("DeKalb County, Ill.", "us/il/dekalb"),
    ] {
        let (place, state) = name.split_once(", ").expect("both");
        for place in [place, &place.to_uppercase()] {
            for place in [place.to_owned(), place.replace('\'', "’")] {
                let dateline = format!("{place}, {state} (AP) — A storm hit.");
                assert_regions(&dateline, "", &[county]);
            }
        }
    }
    assert_regions("HOUSTON, Texas — A storm hit.", "", &["us/tx/harris"]);
    assert_regions("BREAKING NEWS, Idaho: a storm hit.", "", &["us/id"]);
    assert_regions("COEUR D'ALENERS, Idaho, of the Woods", "", &["us/id"]);
}

#[test]
fn former_names_mean_the_division_of_today() {
    assert_regions("彬县通车", "", &["shaanxi/xianyang/binzhou"]);
    assert_regions("原彬县县长受审", "", &["shaanxi/xianyang/binzhou"]);
}

#[test]
fn counties_of_taiwan_have_no_codes_and_mean_the_island() {
    assert_regions("高雄豪雨", "", &["taiwan"]);
    assert_regions("台北市長視察", "", &["taiwan"]);
    assert_regions("中央电视台北京报道", "", &["beijing"]);
}

#[test]
fn a_town_is_weak_evidence() {
    assert_regions("庙坝镇茶叶丰收", "", &[]);
    assert_regions("平定冠山镇一棚倒塌", "", &["shanxi/yangquan/pingding"]);
}

#[test]
fn names_that_other_words_make_by_chance_are_none() {
    assert_regions("公司今日面临清盘", "", &[]);
    assert_regions("省长来安徽考察", "", &["anhui"]);
    assert_regions("景区位于都江堰", "", &["sichuan/chengdu/dujiangyan"]);
    assert_regions("干部廖玉林被公诉", "", &[]);
    assert_regions("记者 马飞昌吉利银河发布", "", &[]);
    assert_regions("记者从昌吉获悉", "", &["xinjiang/changji"]);
    assert_regions("玉林荔枝上市", "", &["guangxi/yulin"]);
    assert_regions("山东聊城临清盘活老厂房", "", &["shandong/liaocheng/linqing"]);
}

#[test]
fn news_of_the_world_and_the_country_is_of_no_region() {
    let found = |title, lead| regions(title, lead, "").len();
    assert_eq!(found("日本发生地震", "上海一名旅客说没有受伤"), 0);
    assert_eq!(found("国务院发布通知", "通知在北京印发"), 0);
    assert_eq!(found("江苏安徽四川有大雾", ""), 0);
    assert_eq!(found("多地下雪，合肥、南京破纪录", ""), 0);
    assert_eq!(found("日本千叶县地震", ""), 0);
    assert_eq!(found("台风登陆", "上海一名旅客说没有受伤"), 1);
    assert_eq!(found("上海一名旅客在日本受伤", ""), 1);
}

#[test]
fn what_the_admin_says_comes_first() {
    let tree = tree();
    let code = |path| tree.by_path(path).expect("known").code.clone();
    let words = |path, words: &[&str], not_words: &[&str]| RegionWords {
        region: code(path),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        not_words: not_words.iter().map(|word| (*word).to_owned()).collect(),
    };
    let all = [
        words("shaanxi/xianyang/xingping", &["槐里古城"], &["兴平路"]),
        words("sichuan/chengdu", &[], &["成都街"]),
    ];
    let own = [words("shaanxi/weinan", &["古城"], &[])];
    let classifier = Classifier::new(&tree, &[]).with_words(&all);
    let home = code("shaanxi/xianyang");
    let paths = |item: Item<'_>| -> Vec<String> {
        let regions = classifier.classify(&item).regions;
        regions.iter().map(|one| tree.get(&one.region).expect("known").path.clone()).collect()
    };
    let titled = |title| Item { title, ..Item::default() };
    assert_eq!(paths(titled("槐里古城开放")), ["shaanxi/xianyang/xingping"]);
    assert_eq!(paths(titled("西安看槐里古城")), ["shaanxi/xianyang/xingping", "shaanxi/xian"]);
    assert_eq!(paths(titled("槐里古城旁的兴平路")), [] as [&str; 0]);
    assert_eq!(paths(titled("兴平市兴平路通车")), [] as [&str; 0]);
    assert_eq!(paths(titled("成都武侯区有条成都街")), [] as [&str; 0]);
    let item = Item { region_words: &own, ..titled("槐裏古城開放") };
    assert_eq!(paths(item), ["shaanxi/weinan", "shaanxi/xianyang/xingping"]);
    let fixed = Item { region: Some(&home), region_fixed: true, ..titled("槐里古城与成都") };
    assert_eq!(paths(fixed), ["shaanxi/xianyang"]);
    let told =
        &classifier.explain(&Item { region_words: &own, ..titled("槐裏古城開放") }).regions[0];
    assert_eq!((told.score, told.evidence[0].text.as_str()), (1000, "古城"));
}

/// What holds of the evidence for any text.
#[test]
fn spans_lie_in_their_text_and_hold_what_is_told() {
    let (tree, classifier) = &*REGIONS;
    let homes: Vec<&RegionCode> = tree.iter().map(|region| &region.code).collect();
    let pieces = [
        "陕西",
        "咸阳",
        "兴平市",
        "彬县",
        "公安",
        "鼓楼区",
        "朝阳",
        "来安徽",
        "面临清盘",
        "位于都江堰",
        "冠山镇",
        "我市",
        "、",
        "等地",
        "外交部",
        "5月8日电",
        "山东舰",
        "King County",
        ", ",
        "Washington",
        "WA",
        "Springfield",
        "興平",
        "長安",
        "街道",
        "”号",
        "比",
        "少林寺",
        "廖玉林",
        "多地",
        "。",
    ];
    crate::chance::each(500, |chance| {
        let (title, lead) = (chance.text(&pieces, 20), chance.text(&pieces, 60));
        let region = chance.one_in(2).then(|| *chance.pick(&homes));
        let region_fallback = chance.one_in(2);
        let item = Item { title: &title, lead: &lead, region, region_fallback, ..Item::default() };
        let explained = classifier.explain(&item).regions;
        assert!(explained.len() <= 4);
        for (at, one) in explained.iter().enumerate() {
            assert!(!one.evidence.is_empty() && one.score <= 1000);
            let others = explained.iter().enumerate().filter(|(other, _)| *other != at);
            for (_, other) in others {
                assert!(!tree.is_within(&one.region, &other.region), "{title} | {lead}");
            }
            for piece in &one.evidence {
                let text = match piece.part {
                    EvidenceKind::Title => &title,
                    EvidenceKind::Lead => &lead,
                    EvidenceKind::Source => continue,
                };
                let (start, end) = (piece.start as usize, piece.end as usize);
                let span: String = text.chars().skip(start).take(end - start).collect();
                assert!(start < end && span == piece.text, "{span:?} {piece:?} {text:?}");
            }
        }
        let verdicts = classifier.classify(&item).regions;
        let first = |one: &RegionReasons| (one.region.clone(), one.evidence[0].text.clone());
        let told: Vec<_> = explained.iter().map(first).collect();
        let kept: Vec<_> = verdicts.into_iter().map(|one| (one.region, one.evidence)).collect();
        assert_eq!(told, kept);
    });
}

#[test]
fn a_region_of_the_admin_works_as_any_other() {
    let mut tree = tree();
    let parent = tree.by_path("shaanxi/xianyang").expect("known").code.clone();
    tree.add(Region {
        code: RegionCode::new("x1"),
        level: crate::model::RegionLevel::County,
        name: "沣西新城管委会".to_owned(),
        short: "沣西新城".to_owned(),
        aliases: vec!["沣西".to_owned()],
        parent: Some(parent),
        path: "shaanxi/xianyang/fengxi".to_owned(),
        zone: chrono_tz::Asia::Shanghai,
        point: None,
    })
    .expect("a free code and path");
    let classifier = Classifier::new(&tree, &[]);
    let item = Item { title: "沣西一学校开学", lead: "", ..Item::default() };
    assert_eq!(classifier.classify(&item).regions[0].region, RegionCode::new("x1"));
}

fn topic(id: &str, words: &[&str], not_words: &[&str]) -> Topic {
    let owned = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
    Topic {
        id: TopicId::new(id),
        title: id.to_owned(),
        words: owned(words),
        not_words: owned(not_words),
        medtopics: Vec::new(),
        ruled: true,
        learnt: false,
    }
}

fn topics_of(topics: &[Topic], title: &str, lead: &str, source: &[TopicId]) -> Vec<String> {
    let classifier = Classifier::new(&RegionTree::default(), topics);
    let verdicts =
        classifier.classify(&Item { title, lead, topics: source, ..Item::default() }).topics;
    verdicts.iter().map(|one| format!("{}:{}", one.topic, one.evidence)).collect()
}

#[test]
fn a_title_word_weighs_more_than_a_lead_word() {
    let topics = [topic("road", &["地铁"], &[]), topic("school", &["小学"], &[])];
    let found = topics_of(&topics, "新小学", "新小学在地铁旁", &[]);
    assert_eq!(found, ["school:小学"]);
}

#[test]
fn a_word_inside_the_word_of_another_topic_still_speaks() {
    let topics = [topic("stop", &["地铁站"], &[]), topic("rail", &["地铁"], &[])];
    assert_eq!(topics_of(&topics, "地铁站开放", "", &[]), ["stop:地铁站", "rail:地铁"]);
}

#[test]
fn a_not_word_forbids_the_topic() {
    let topics = [topic("nature", &["环境"], &["营商环境"])];
    assert_eq!(topics_of(&topics, "环境日", "", &[]), ["nature:环境"]);
    assert_eq!(topics_of(&topics, "优化营商环境", "", &[]), [] as [&str; 0]);
}

#[test]
fn the_source_topic_is_always_there() {
    let topics = [topic("rail", &["地铁"], &["停运"])];
    let source = [TopicId::new("rail")];
    assert_eq!(topics_of(&topics, "地铁停运", "", &source), ["rail:rail"]);
}

#[test]
fn latin_words_match_whole_and_in_any_case() {
    let topics = [topic("ai", &["AI"], &[])];
    assert_eq!(topics_of(&topics, "Ai改变县城", "", &[]), ["ai:Ai"]);
    assert_eq!(topics_of(&topics, "He said so", "", &[]), [] as [&str; 0]);
}

/// The shipped topics with one of the admin's, and one that the admin has changed.
fn topics_of_an_admin(changed: impl Fn(&mut Topic)) -> Vec<Topic> {
    let mut topics = tables::default_topics();
    topics.push(topic("apples", &["苹果种植"], &[]));
    let education = topics.iter_mut().find(|one| one.id.as_str() == "education");
    changed(education.expect("shipped"));
    topics
}

fn ids_of(topics: &[Topic], title: &str) -> Vec<String> {
    let found = topics_of(topics, title, "", &[]);
    found.iter().map(|one| one.split_once(':').expect("evidence").0.to_owned()).collect()
}

#[test]
fn words_of_the_admin_decide_before_what_was_learnt() {
    let plain = topics_of_an_admin(|_| {});
    assert_eq!(ids_of(&plain, "县一中高考成绩公布，家长质疑分数")[0], "education");
    let found = ids_of(&plain, "苹果种植户的孩子高考成绩公布，学校庆祝");
    assert_eq!(found[..2], ["apples", "education"]);
    let ruled = topics_of_an_admin(|topic| {
        topic.words = vec!["苹果种植户".to_owned()];
        topic.ruled = true;
    });
    assert_eq!(ids_of(&ruled, "苹果种植户的新路")[..2], ["education", "apples"]);
    assert_eq!(ids_of(&ruled, "县一中高考成绩公布，家长质疑分数")[0], "education");
}

#[test]
fn what_was_learnt_can_be_forbidden_and_left_out() {
    let title = "县一中高考成绩公布，家长质疑分数";
    let forbidden = topics_of_an_admin(|topic| topic.not_words = vec!["分数".to_owned()]);
    assert!(!ids_of(&forbidden, title).contains(&"education".to_owned()));
    let words_alone = topics_of_an_admin(|topic| topic.learnt = false);
    assert_eq!(ids_of(&words_alone, "县一中高考成绩公布")[0], "education");
    let of_no_words = topics_of_an_admin(|topic| (topic.learnt, topic.words) = (false, Vec::new()));
    assert!(!ids_of(&of_no_words, title).contains(&"education".to_owned()));
}

#[test]
fn what_was_learnt_needs_none_of_the_words_and_shows_what_speaks_for_it() {
    let mut topics = tables::default_topics();
    topics.iter_mut().for_each(|topic| topic.words.clear());
    let found = topics_of(&topics, "四川雅安发生4.2级地震", "", &[]);
    let (id, evidence) = found[0].split_once(':').expect("evidence");
    assert_eq!(id, "disaster");
    assert!(
        "四川雅安发生4.2级地震".contains(evidence) && evidence.chars().count() > 1,
        "{evidence}"
    );
    let in_traditional = topics_of(&topics, "四川雅安發生4.2級地震", "", &[]);
    assert!(in_traditional[0].starts_with("disaster:"));
}

#[test]
fn texts_in_other_languages_have_their_words_alone() {
    let topics = tables::default_topics();
    assert_eq!(topics_of(&topics, "Earthquake near Seattle", "", &[]), ["disaster:Earthquake"]);
    assert_eq!(topics_of(&topics, "Nothing of interest", "", &[]), [] as [&str; 0]);
}

#[test]
fn empty_tables_and_texts_give_no_verdicts() {
    let classifier = Classifier::new(&RegionTree::default(), &[]);
    let unknown = RegionCode::new("nowhere");
    let item = Item { title: "", lead: "", region: Some(&unknown), ..Item::default() };
    assert_eq!(classifier.classify(&item), Verdicts::default());
}

#[test]
fn hostile_texts_are_read_in_bounds() {
    let classifier = Classifier::new(&tree(), &tables::default_topics());
    let title = "鼓楼、公安, WA等".repeat(10_000);
    let lead = "\u{10ffff}市中9月日".repeat(10_000);
    let verdicts = classifier.classify(&Item { title: &title, lead: &lead, ..Item::default() });
    assert!(verdicts.regions.len() <= 4 && verdicts.topics.len() <= 3);
}

#[test]
fn a_classifier_is_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Classifier>();
}
