use super::*;
use crate::model::EvidenceKind;
use crate::tables;

fn tree() -> RegionTree {
    let mut tree = RegionTree::default();
    for name in tables::GAZETTEERS {
        let table = tables::gazetteer(name).expect("known");
        tree.extend_from_tsv(table).expect("a valid gazetteer");
    }
    tree
}

/// Paths of the regions found, best first, with their evidence.
fn regions(title: &str, lead: &str, source: &str) -> Vec<(String, String)> {
    let tree = tree();
    let source = tree.by_path(source).map(|region| region.code.clone());
    let classifier = Classifier::new(&tree, &[]);
    let item = Item { title, lead, region: source.as_ref(), topics: &[] };
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
        let item = Item { title, lead: "", region: None, topics: &[] };
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
    assert_regions(
        "西城街道部分区域停水",
        "shaanxi/xianyang/xingping",
        &["shaanxi/xianyang/xingping"],
    );
}

#[test]
fn a_common_word_needs_its_suffix_or_an_ancestor_before_it() {
    assert_regions("公安发布通报：双方合作", "", &[]);
    assert_regions("公安县发布通报", "", &["hubei/jingzhou/gongan"]);
    assert_regions("湖北公安一村庄走红", "", &["hubei/jingzhou/gongan"]);
    assert_regions("朝阳警方立案调查", "beijing", &["beijing/chaoyang"]);
}

#[test]
fn ships_streets_and_datelines_are_no_places() {
    assert_regions("山东舰首次远海训练", "", &[]);
    let found = regions("两国发表声明", "新华社北京3月29日电 两国发表声明", "");
    assert_eq!(found, []);
}

#[test]
fn the_source_region_holds_unless_the_text_names_a_part_of_it() {
    assert_regions("春季运动会开幕", "shaanxi/xianyang", &["shaanxi/xianyang"]);
    assert_regions("兴平春季运动会开幕", "shaanxi/xianyang", &["shaanxi/xianyang/xingping"]);
    assert_regions("陕西春季运动会开幕", "shaanxi/xianyang", &["shaanxi/xianyang"]);
    assert_regions(
        "成都春季运动会开幕",
        "shaanxi/xianyang",
        &["sichuan/chengdu", "shaanxi/xianyang"],
    );
}

#[test]
fn evidence_tells_where_it_was_found() {
    let tree = tree();
    let source = tree.by_path("shaanxi/xianyang").map(|region| region.code.clone());
    let classifier = Classifier::new(&tree, &[]);
    let item = |title, lead| Item { title, lead, region: source.as_ref(), topics: &[] };
    let kind = |title, lead| {
        let verdicts = classifier.classify(&item(title, lead)).regions;
        (verdicts[0].kind, verdicts[0].evidence.clone())
    };
    assert_eq!(kind("兴平通车", ""), (EvidenceKind::Title, "兴平".to_owned()));
    assert_eq!(kind("通车", "兴平一座桥通车"), (EvidenceKind::Lead, "兴平".to_owned()));
    assert_eq!(kind("通车", ""), (EvidenceKind::Source, "shaanxi/xianyang".to_owned()));
    assert_eq!(kind("我市一座桥通车", ""), (EvidenceKind::Title, "我市".to_owned()));
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
    assert_regions("Fire near Seattle, WA grows", "", &["us/wa"]);
    assert_regions("Washington County, Oregon: fire grows", "", &["us/or/washington"]);
    assert_regions("king county and texas in lower case", "", &[]);
    assert_regions("Washington talks to Texans, or so they said, OR not", "", &[]);
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
    })
    .expect("a free code and path");
    let classifier = Classifier::new(&tree, &[]);
    let item = Item { title: "沣西一学校开学", lead: "", region: None, topics: &[] };
    assert_eq!(classifier.classify(&item).regions[0].region, RegionCode::new("x1"));
}

fn topic(id: &str, words: &[&str], not_words: &[&str]) -> Topic {
    let owned = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
    Topic {
        id: TopicId::new(id),
        title: id.to_owned(),
        words: owned(words),
        not_words: owned(not_words),
    }
}

fn topics_of(topics: &[Topic], title: &str, lead: &str, source: &[TopicId]) -> Vec<String> {
    let classifier = Classifier::new(&RegionTree::default(), topics);
    let verdicts = classifier.classify(&Item { title, lead, region: None, topics: source }).topics;
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

#[test]
fn empty_tables_and_texts_give_no_verdicts() {
    let classifier = Classifier::new(&RegionTree::default(), &[]);
    let unknown = RegionCode::new("nowhere");
    let item = Item { title: "", lead: "", region: Some(&unknown), topics: &[] };
    assert_eq!(classifier.classify(&item), Verdicts::default());
}

#[test]
fn hostile_texts_are_read_in_bounds() {
    let classifier = Classifier::new(&tree(), &tables::default_topics());
    let title = "鼓楼、公安, WA等".repeat(10_000);
    let lead = "\u{10ffff}市中9月日".repeat(10_000);
    let verdicts =
        classifier.classify(&Item { title: &title, lead: &lead, region: None, topics: &[] });
    assert!(verdicts.regions.len() <= 4 && verdicts.topics.len() <= 3);
}

#[test]
fn a_classifier_is_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Classifier>();
}
