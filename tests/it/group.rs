//! `countywire group`: lines of JSON in and out, stories, reprints and what is wrong with a line.

use crate::support::home::{self, Ended, Home, Settings};
use crate::support::{keys, words};
use serde_json::{Value, json};

/// One event as three papers tell it, a text printed again, and news of the same kind.
const QUAKE: &str = "据中国地震台网测定，5月6日8时12分在陕西咸阳兴平市发生3.2级地震，震源深度10公里。\
    兴平市应急管理局表示，震感明显，目前没有接到人员伤亡和房屋倒塌的报告，救援队伍已经前往震中赵村镇查看。";
const QUAKE_TOLD_ANEW: &str = "记者从咸阳市应急管理局获悉，6日上午兴平市3.2级地震发生后，当地派出工作组前往赵村镇。\
    截至目前没有接到人员伤亡和房屋倒塌的报告，中小学照常上课。";
const QUAKE_ELSEWHERE: &str = "据中国地震台网测定，5月7日9时30分在新疆阿克苏地区库车市发生4.1级地震，震源深度15公里。\
    库车市应急管理局表示，目前没有接到人员伤亡的报告。";
const HARVEST: &str = "今年全县苹果种植面积达到三十万亩，预计总产量五十万吨。果农们在园里忙着套袋，合作社联系好了冷库和车队，\
    电商服务站也已开始接受订单，县里还请来专家讲授防治病虫害的办法。";

fn entry(id: &str, title: &str, text: &str, published: &str) -> Value {
    json!({ "id": id, "title": title, "text": text, "published": published, "source": format!("paper-{id}") })
}

fn group(args: &[&str], lines: &[Value]) -> Ended {
    let home = Home::new(&Settings::new());
    let all: Vec<&str> = std::iter::once("group").chain(args.iter().copied()).collect();
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    home::to_end(home.command(&all), lines.as_bytes())
}

fn news() -> Vec<Value> {
    vec![
        entry("1", "陕西兴平发生3.2级地震 震源深度10公里", QUAKE, "2026-05-06T08:40:00+08:00"),
        entry("2", "洛川苹果园里话丰收", HARVEST, "2026-05-06T09:00:00+08:00"),
        entry(
            "3",
            "新疆库车发生4.1级地震 震源深度15公里",
            QUAKE_ELSEWHERE,
            "2026-05-07T09:50:00+08:00",
        ),
        entry("4", "兴平3.2级地震：暂无人员伤亡报告", QUAKE_TOLD_ANEW, "2026-05-06T11:00:00+08:00"),
        entry("5", "(转载)洛川蘋果園裡話豐收", &format!("<p>本报讯 {HARVEST}</p>"), "2026-05-08"),
    ]
}

#[test]
fn entries_join_stories_and_reprints_find_their_first_print() {
    let answers = group(&[], &news()).expect(0).json_lines();
    let said = |at: usize| (answers[at]["story"].clone(), answers[at]["reprint_of"].clone());
    assert_eq!(keys(&answers[0]), words("id story reprint_of"));
    assert_eq!(said(0), (json!("1"), Value::Null));
    assert_eq!(said(1), (json!("2"), Value::Null));
    assert_eq!(said(2), (json!("3"), Value::Null), "another quake is another story");
    assert_eq!(said(3), (json!("1"), Value::Null), "it came late and joins");
    assert_eq!(said(4), (json!("2"), json!("2")), "in Traditional characters, with a head");
}

#[test]
fn the_same_lines_are_answered_the_same_and_four_days_later_nothing_joins() {
    let once = group(&[], &news()).expect(0).stdout;
    assert_eq!(once, group(&[], &news()).expect(0).stdout);
    let mut lines = news();
    lines.push(entry("6", "洛川苹果园里话丰收", HARVEST, "2026-05-14"));
    let answers = group(&[], &lines).expect(0).json_lines();
    assert_eq!(answers[5], json!({ "id": "6", "story": "6", "reprint_of": null }));
}

#[test]
fn pairs_are_scored_and_explained() {
    let pair = |a: (&str, &str), b: (&str, &str)| {
        json!({ "id": 7, "a_title": a.0, "a_text": a.1, "a_date": "2026-05-06", "b_title": b.0,
            "b_text": b.1, "b_date": "2026-05-06" })
    };
    let told = ("陕西兴平发生3.2级地震", QUAKE);
    let lines = [
        pair(told, ("兴平3.2级地震：暂无人员伤亡报告", QUAKE_TOLD_ANEW)),
        pair(told, ("新疆库车发生4.1级地震", QUAKE_ELSEWHERE)),
        pair(told, told),
        pair(told, ("洛川苹果园里话丰收", HARVEST)),
        json!({ "id": "nothing" }),
    ];
    let answers = group(&["--pairs"], &lines).expect(0).json_lines();
    assert_eq!(keys(&answers[0]), words("id same_event related reprint"));
    assert_eq!(answers[0]["id"], 7);
    let score = |at: usize, name: &str| answers[at][name].as_f64().expect("a number");
    assert!(score(0, "same_event") >= 0.5 && score(0, "reprint") < 0.5, "{}", answers[0]);
    assert!(score(1, "same_event") < 0.5, "{}", answers[1]);
    assert!(score(2, "reprint") >= 0.5 && score(2, "same_event") >= 0.5, "{}", answers[2]);
    assert!(score(3, "related") < 0.5, "{}", answers[3]);
    assert!(score(4, "related") < 0.5, "{}", answers[4]);
    let explained = group(&["--pairs", "--explain"], &lines[..1]).expect(0).json();
    assert!(explained["measured"]["places"].as_i64() >= Some(1), "{explained}");
}

#[test]
fn a_bad_line_is_named_and_what_came_before_is_answered() {
    let home = Home::new(&Settings::new());
    let given = |args: &[&str], lines: &str| home::to_end(home.command(args), lines.as_bytes());
    let ended =
        given(&["group"], "{\"id\": \"1\", \"title\": \"a\"}\n\n{\"title\": 5}\n").expect(65);
    assert_eq!(ended.json_lines().len(), 1);
    assert!(ended.stderr.contains("line 3: "), "{}", ended.stderr);
    for (line, problem) in [
        ("{\"id\": {}}", "id"),
        ("[1, \"a\"]", "no object"),
        ("{\"id\": \"1\"", "column"),
        ("{\"title\": \"1\"}", "missing field `id`"),
    ] {
        let ended = given(&["group"], line).expect(65);
        assert!(
            ended.stderr.contains("line 1: ") && ended.stderr.contains(problem),
            "{}",
            ended.stderr
        );
    }
    let long = format!("{{\"id\": \"{}\"}}", "x".repeat(17 << 20));
    assert!(given(&["group"], &long).expect(65).stderr.contains("line 1: longer than 16 MiB"));
    given(&["group"], "").expect(0);
    given(&["group", "--explain"], "").expect(2);
}

#[test]
fn a_date_that_cannot_be_read_is_told_and_costs_nothing_else() {
    let home = Home::new(&Settings::new());
    let given = |args: &[&str], lines: &str| home::to_end(home.command(args), lines.as_bytes());
    let title = "兴平市化工厂发生火灾 无人员伤亡";
    let line = |id: u32, published: &str| {
        format!("{{\"id\": {id}, \"title\": \"{title}\", \"published\": {published}}}\n")
    };
    let dates = ["\"2026-11-30T08:00:00Z\"", "\"soon\"", "true", "1.5e400", "1796025600"];
    let lines: String = (1..).zip(&dates).map(|(id, date)| line(id, date)).collect();
    let ended = given(&["group"], &lines.replace("1.5e400", "[1]")).expect(0);
    let stories: Vec<_> = ended.json_lines().iter().map(|answer| answer["story"].clone()).collect();
    assert_eq!(stories, vec![json!(1); 5], "{}", ended.stderr);
    let told: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].contains("line 2: published: no date: \"soon\""), "{told:?}");
    let pair = "{\"id\": 1, \"a_title\": \"x\", \"a_date\": \"soon\", \"b_title\": \"x\"}\n";
    let ended = given(&["group", "--pairs"], pair).expect(0);
    assert!(ended.stderr.contains("line 1: a_date: no date"), "{}", ended.stderr);
    assert_eq!(ended.json_lines().len(), 1);
}

#[test]
fn ids_are_given_back_as_they_were_written_whatever_marks_and_ends_lines_have() {
    let home = Home::new(&Settings::new());
    let ids = [
        "1",
        "-0",
        "1.50",
        "1e3",
        "123456789012345678901234567890",
        "null",
        "\"\"",
        "\"\\u5174\\/平 \\\"\\n\"",
    ];
    let lines: String = ids
        .iter()
        .map(|id| format!("\u{feff}{{\"id\": {id} , \"title\": \"兴平\"}}\r\n\r\n"))
        .collect();
    for args in [&["classify"][..], &["group"], &["group", "--pairs"]] {
        let ended = home::to_end(home.command(args), lines.as_bytes()).expect(0);
        let answers: Vec<&str> = ended.stdout.lines().collect();
        assert_eq!(answers.len(), ids.len(), "{args:?}: {}", ended.stderr);
        for (answer, id) in answers.iter().zip(ids) {
            assert!(answer.starts_with(&format!("{{\"id\":{id},\"")), "{args:?}: {answer}");
        }
        assert_eq!(ended.stderr, "", "{args:?}");
    }
}

#[test]
fn what_outlets_put_round_a_text_makes_no_reprint_and_hides_none() {
    let notice = "\n版权声明：本文转载自咸阳日报，未经授权不得转载，如有侵权请联系删除。\n扫描二维码关注咸阳日报官方微信，更多精彩等你来看";
    let short = "兴平市今天开通两条公交线路，方便市民去往火车站和医院，首班车早上六点发出，末班车晚上十点半。";
    let other = "武功县图书馆明天起延长开放时间，周末到晚上九点为止。";
    let pair = |a: String, b: String| json!({ "id": 1, "a_title": "今日简讯", "a_text": a, "b_title": "市民服务", "b_text": b });
    let lines = [
        pair(format!("{short}{notice}"), format!("{other}{notice}")),
        pair(
            format!(
                "本报讯（记者 张三 通讯员 李四）{short}\n责任编辑：王五 校对：赵六 审核：钱七{notice}"
            ),
            format!(
                "来源：西安晚报 作者：周九\n{short}（西安晚报客户端记者 周九）\n分享到：微信 微博 QQ空间\n相关新闻"
            ),
        ),
        pair(
            format!(
                "PHOENIX (AP) — {}\nAll rights reserved.",
                "Two men were arrested on Tuesday in a stolen truck."
            ),
            "Two men were arrested on Tuesday in a stolen truck. Read more at example.com"
                .to_owned(),
        ),
    ];
    let answers = group(&["--pairs"], &lines).expect(0).json_lines();
    let reprint = |at: usize| answers[at]["reprint"].as_f64().expect("a number");
    assert!(reprint(0) < 0.5, "{}", answers[0]);
    assert!(reprint(1) >= 0.5 && reprint(2) >= 0.5, "{} {}", answers[1], answers[2]);
}

#[test]
fn market_reports_and_quakes_join_by_market_day_and_strength() {
    let pair = |a: [&str; 2], b: [&str; 2]| json!({ "id": 1, "a_title": a[0], "a_date": a[1], "b_title": b[0], "b_date": b[1] });
    let [day, night, next] =
        ["2026-05-06T15:10:00Z", "2026-05-06T20:00:00Z", "2026-05-07T15:10:00Z"];
    let close = ["A股收盘：沪指跌0.62%，两市成交七千亿", day];
    let quake = ["四川泸定发生6.8级地震 震源深度16千米", day];
    let lines = [
        pair(close, ["沪指收盘跌0.62% 两市成交约七千亿元", night]),
        pair(close, ["港股收盘：恒指跌0.62%，南向资金流入", day]),
        pair(["沪指跌超1% 两市下跌个股超4800只", day], ["沪指跌超1%失守2900点", night]),
        pair(close, ["A股收盘：沪指跌0.62%，两市成交七千亿", next]),
        pair(quake, ["泸定6.8级地震 震源深度16千米", night]),
        pair(quake, ["四川泸定发生4.2级余震 震源深度16千米", night]),
        pair(["泸定6.8级地震已致46人遇难", day], ["泸定6.8级地震已致74人遇难", next]),
    ];
    let answers = group(&["--pairs"], &lines).expect(0).json_lines();
    let scores: Vec<f64> =
        answers.iter().map(|answer| answer["same_event"].as_f64().expect("a number")).collect();
    let joined: Vec<bool> = scores.iter().map(|score| *score >= 0.5).collect();
    assert_eq!(joined, [true, false, false, false, true, false, true], "{scores:?}");
    let apart = scores.iter().filter(|score| **score < 0.5);
    assert!(apart.clone().all(|score| *score <= 0.25), "{scores:?}");
}

#[test]
fn the_same_words_about_another_county_are_other_news() {
    let pair = |a: [&str; 2], b: [&str; 2]| json!({ "id": 1, "a_title": a[0], "a_text": a[1], "b_title": b[0], "b_text": b[1] });
    let truck = |county: &str, road: &str| {
        let title = format!("Two men arrested after truck stolen in {county} County");
        let text = format!(
            "Two men were arrested on Tuesday after a truck was stolen from a farm in {county} County, Arizona, the \
             sheriff's office said. Deputies found the truck on Highway {road} and booked the men into the county jail."
        );
        [title, text]
    };
    let [maricopa, pinal] = [truck("Maricopa", "60"), truck("Pinal", "79")];
    let maricopa = [0, 1].map(|at| maricopa[at].as_str());
    let told_anew = [
        "Maricopa County deputies arrest two men in stolen truck",
        "Deputies in Maricopa County stopped a stolen truck on Highway 60 on Tuesday and arrested two men from Phoenix. \
         A farmer had reported the truck missing that morning.",
    ];
    let warning = "The National Weather Service has issued a tornado warning until 7 p.m. Residents should take shelter.";
    let clay = ["Tornado warning issued for Clay County", warning];
    let lines = [
        pair(maricopa, told_anew),
        pair(maricopa, [0, 1].map(|at| pinal[at].as_str())),
        pair(clay, ["Clay County under tornado warning until 7 p.m.", warning]),
        pair(clay, ["Tornado warning issued for Polk County", warning]),
    ];
    let answers = group(&["--pairs"], &lines).expect(0).json_lines();
    let same: Vec<bool> =
        answers.iter().map(|answer| answer["same_event"].as_f64() >= Some(0.5)).collect();
    assert_eq!(same, [true, false, true, false], "{answers:?}");
    assert!(answers[1]["reprint"].as_f64() < Some(0.5), "{}", answers[1]);
}
