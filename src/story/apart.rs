//! What tells two entries apart, however alike their words are: place, number, market, day.

use super::elsewhere::{each_names_another, titles_name_others};
use super::formulas::{LOCAL, MARKET, POST, QUAKE, WEATHER};
use super::likeness::{DAYS, Likeness, NUMBERS_DIFFER, NUMBERS_HELD, TITLE_RUN};
use super::sketch::Sketch;

/// Letters of a text that says little more than its title, and so may be told of any place.
const SHORT: u16 = 400;
/// Quarters of a day from which a market report is of another session: the next morning still
/// tells of the day before.
const NEXT_DAY: i32 = 3;

/// Whether two entries report different events: by a formula, or as each title names a place of
/// which the other entry does not speak.
pub fn are_two_events(a: &Sketch, b: &Sketch, likeness: &Likeness) -> bool {
    differ_by_formula(a, b, likeness)
        || each_names_another(a, b)
        || are_of_other_days(a, b, likeness)
}

/// Whether two texts that are nearly the same are of different events. What is longer tells more
/// than one place.
pub fn are_other_texts(a: &Sketch, b: &Sketch, likeness: &Likeness) -> bool {
    differ_by_formula(a, b, likeness) || (a.read.max(b.read) <= SHORT && each_names_another(a, b))
}

/// Whether two titles of one formula tell by place or number that they are of different events.
fn differ_by_formula(a: &Sketch, b: &Sketch, likeness: &Likeness) -> bool {
    let formulas = a.formulas & b.formulas;
    let is_series = a.ordinal != 0 && b.ordinal != 0 && likeness[TITLE_RUN] >= 3;
    if formulas == 0 && !is_series {
        return false;
    }
    let numbers_differ = likeness[NUMBERS_DIFFER] > 0;
    let elsewhere = || titles_name_others(a, b) || each_names_another(a, b);
    (is_series && (a.ordinal != b.ordinal || elsewhere()))
        || (formulas & QUAKE != 0 && are_of_two_quakes(a, b, numbers_differ))
        || (formulas & MARKET != 0 && (numbers_differ || are_of_two_markets(a, b, likeness)))
        || (formulas & (QUAKE | WEATHER | POST) != 0 && elsewhere())
        || (formulas & LOCAL != 0 && each_names_another(a, b))
}

/// The dead are counted anew, but an aftershock is of another strength.
fn are_of_two_quakes(a: &Sketch, b: &Sketch, numbers_differ: bool) -> bool {
    match (a.strength, b.strength) {
        (0, _) | (_, 0) => numbers_differ,
        (one, other) => one != other,
    }
}

/// By name, or as each title tells a number that the other entry lacks: that an index fell by more
/// than 1 % is told of many days.
fn are_of_two_markets(a: &Sketch, b: &Sketch, likeness: &Likeness) -> bool {
    let tell_numbers = [a, b].iter().all(|sketch| sketch.measures.title_numbers > 0);
    a.markets != 0
        && b.markets != 0
        && (a.markets & b.markets == 0 || (tell_numbers && likeness[NUMBERS_HELD] == 0))
}

fn are_of_other_days(a: &Sketch, b: &Sketch, likeness: &Likeness) -> bool {
    a.formulas & b.formulas & MARKET != 0
        && a.markets & b.markets != 0
        && likeness[DAYS] >= NEXT_DAY
}

#[cfg(test)]
mod tests {
    use super::super::likeness::likeness;
    use super::*;
    use crate::model::Timestamp;

    fn of(title: &str, text: &str) -> Sketch {
        Sketch::new(title, text, Timestamp(0))
    }

    #[test]
    fn formula_news_with_other_places_or_numbers_is_other_news() {
        let differ = |a: &str, b: &str| {
            let (a, b) = (of(a, ""), of(b, ""));
            are_other_texts(&a, &b, &likeness(&a, &b))
        };
        assert!(differ("新疆阿克苏发生3.2级地震", "新疆阿克苏发生4.1级地震"));
        assert!(differ("四川泸定发生3.2级地震", "新疆库车发生3.2级地震"));
        assert!(!differ("四川泸定发生3.2级地震", "泸定县3.2级地震暂无伤亡"));
        assert!(differ("四川泸定发生3.2级余震", "四川泸定发生4.1级余震"));
        assert!(differ("四川泸定发生3.2级余震", "新疆库车发生3.2级余震"));
        assert!(!differ("四川泸定发生3.2级余震", "泸定县3.2级余震暂无伤亡"));
        assert!(differ("咸阳发布暴雨黄色预警", "宝鸡发布暴雨黄色预警"));
        assert!(differ("文明交通曝光台第3期", "文明交通曝光台第4期"));
        assert!(differ("兴平市第3期产权交易公告", "武功县第3期产权交易公告"));
        assert!(differ("四川泸定县发生3.1级地震", "四川石棉县发生3.1级地震"));
        assert!(!differ("文明交通曝光台第3期", "文明交通曝光台"));
        assert!(differ("Clay County, Florida, board votes", "Polk County, Florida, board votes"));
        assert!(!differ("Clay County, Florida, board votes", "Clay County board votes"));
        assert!(!differ("Florida board votes", "Polk County board votes"));
    }

    #[test]
    fn aftershocks_of_another_strength_are_other_news_whatever_else_agrees() {
        let two = |a: (&str, &str), b: (&str, &str)| {
            let (a, b) = (of(a.0, a.1), of(b.0, b.1));
            are_two_events(&a, &b, &likeness(&a, &b))
        };
        let main = ("四川泸定发生6.8级地震 震源深度16千米", "");
        assert!(two(main, ("四川泸定发生4.2级余震 震源深度16千米", "")));
        assert!(!two(main, ("泸定6.8级地震已致46人遇难", "")));
        let dead = ("泸定地震已致46人遇难", "9月5日泸定发生6.8级地震，救援还在进行。");
        assert!(!two(dead, ("泸定地震已致74人遇难", "泸定6.8级地震已过三天。")));
        assert!(two(dead, ("泸定发生余震", "7日2时泸定发生4.5级地震。")));
        assert!(!two(("陕西发生3.2级地震", ""), ("兴平3.2级地震 暂无伤亡", "")));
    }

    #[test]
    fn market_reports_are_of_one_market_and_day() {
        let at = |title: &str, hour: i64| Sketch::new(title, "", Timestamp(hour * 3600));
        let two = |a: (&str, i64), b: (&str, i64)| {
            let (a, b) = (at(a.0, a.1), at(b.0, b.1));
            are_two_events(&a, &b, &likeness(&a, &b))
        };
        let close = ("A股收盘：沪指跌0.62% 成交7000亿", 15);
        assert!(!two(close, ("沪指收跌0.62%", 31)));
        assert!(two(close, ("沪指收跌0.62%", 39)));
        assert!(two(close, ("恒指收跌0.62%", 15)));
        assert!(two(close, ("沪指跌0.62%失守2900点", 15)));
        assert!(!two(("某公司股价跌25%", 15), ("某公司股价一天跌25%", 39)), "no market is named");
    }

    #[test]
    fn a_short_text_is_of_another_place_where_each_title_names_one() {
        let text = "据市统计局消息，上半年全市经济运行总体平稳，地区生产总值同比增长百分之五点二。";
        let [a, b] = ["兴平市上半年GDP增长5.2%", "泾阳县上半年GDP增长5.2%"];
        let other = |text: &str| {
            let (a, b) = (of(a, text), of(b, text));
            are_other_texts(&a, &b, &likeness(&a, &b))
        };
        assert!(other(text));
        assert!(!other(&text.repeat(20)) && !other(&format!("{text}{a}")));
    }
}
