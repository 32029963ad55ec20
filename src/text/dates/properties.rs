//! What holds of every date.

use super::*;
use crate::chance::{Chance, each};
use chrono::Utc;

/// 2026-11-24T08:00:00Z
const NOW: Timestamp = Timestamp(1_795_507_200);
const OLDEST: i64 = 631_152_000;

const ZONES: [Tz; 8] = [
    Tz::UTC,
    Tz::Asia__Shanghai,
    Tz::Asia__Urumqi,
    Tz::Asia__Kathmandu,
    Tz::America__New_York,
    Tz::America__St_Johns,
    Tz::Europe__Berlin,
    Tz::Australia__Lord_Howe,
];

/// Forms with an offset; the zone of the source does not matter.
const WITH_OFFSET: [&str; 17] = [
    "%Y-%m-%dT%H:%M:%S%:z",
    "%Y-%m-%dT%H:%M:%S.250%:z",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%d %H:%M:%S  %z",
    "%a, %d %b %Y %H:%M:%S %z",
    "%a, %d %b %y %H:%M:%S %z",
    "%d %b %Y %H:%M:%S %z",
    "%a, %-d %B %Y %H:%M:%S UTC%:z",
    "%A, %d %B %Y %H:%M:%S GMT%z",
    "%A, %d %B %Y %H:%M:%S GMT%:z",
    "%a %b %e %H:%M:%S %z %Y",
    "%a %b %e %H:%M:%S %Y %z",
    "%a %b %d %Y %H:%M:%S GMT%z (some zone)",
    "%Y年%-m月%-d日 %H:%M:%S %z",
    "%Y/%m/%d %H:%M:%S GMT%:z",
];

/// Forms of the time that a clock in the source's zone shows.
const WITHOUT_ZONE: [&str; 18] = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%-m/%-d %-H:%M:%S",
    "%Y.%m.%d %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%Y%m%d%H%M%S",
    "%Y年%m月%d日 %H时%M分%S秒",
    "%Y年%-m月%-d日 %H:%M:%S",
    "%Y年%-m月%-d日%H点%M分%S秒",
    "%Y-%m-%d（星期三） %H：%M：%S",
    "%Y년 %-m월 %-d일 %H:%M:%S",
    "%a, %d %b %Y %H:%M:%S",
    "%d %B %Y - %H:%M:%S",
    "%b %d, %Y %I:%M:%S %p",
    "%B %-d, %Y, %-I:%M:%S %P",
    "%m/%d/%Y %I:%M:%S %p",
    "%I:%M:%S %p %b %d %Y",
];

fn instant(chance: &mut Chance) -> Timestamp {
    Timestamp(chance.within(OLDEST + 86_400..NOW.0 + 300 * 86_400))
}

#[track_caller]
fn reads(text: &str, zone: Tz, expected: Timestamp) {
    let found = parse(text, zone, NOW).map(|date| (date.at.rfc3339(), date.relative));
    assert_eq!(found, Some((expected.rfc3339(), false)), "{text} in {zone}");
}

/// What a clock in the zone shows, when it shows that once only.
fn clock(at: Timestamp, zone: Tz) -> Option<DateTime<Tz>> {
    let local = at.to_utc().with_timezone(&zone);
    let once = zone.from_local_datetime(&local.naive_local()).single();
    once.filter(|once| *once == local)
}

#[test]
fn an_offset_says_it_all() {
    each(4000, |chance| {
        let (at, source) = (instant(chance), *chance.pick(&ZONES));
        let quarters = chance.within(-12 * 4..14 * 4 + 1) as i32;
        let offset = FixedOffset::east_opt(quarters * 900).expect("less than a day");
        let local = at.to_utc().with_timezone(&offset);
        let form = *chance.pick(&WITH_OFFSET);
        reads(&local.format(form).to_string(), source, at);
    });
}

#[test]
fn whole_hours_stand_for_an_offset() {
    each(1000, |chance| {
        let (at, source) = (instant(chance), *chance.pick(&ZONES));
        let hours = chance.within(-11..13) as i32;
        let offset = FixedOffset::east_opt(hours * 3600).expect("less than a day");
        let local = at.to_utc().with_timezone(&offset).format("%Y-%m-%d %H:%M:%S");
        for name in ["GMT", "UTC", "gmt", "UT"] {
            reads(&format!("{local} {name}{hours:+}"), source, at);
        }
        let utc = at.to_utc();
        for zone in ["GMT", "UTC", "Z", "+0000", "-0000", "+00:00"] {
            let text = utc.format("%a, %d %b %Y %H:%M:%S").to_string();
            reads(&format!("{text} {zone}"), source, at);
        }
    });
}

#[test]
fn without_a_zone_it_is_the_clock_of_the_source() {
    each(4000, |chance| {
        let (at, zone) = (instant(chance), *chance.pick(&ZONES));
        let Some(local) = clock(at, zone) else { return };
        let form = *chance.pick(&WITHOUT_ZONE);
        let text = local.format(form).to_string();
        reads(&text, zone, at);
        let wide = |c: char| match c {
            '0'..='9' => char::from_u32('０' as u32 + c as u32 - '0' as u32).unwrap_or(c),
            other => other,
        };
        reads(&text.chars().map(wide).collect::<String>(), zone, at);
        reads(&format!(" \n{text}\t"), zone, at);
    });
}

#[test]
fn half_days_are_read_in_chinese() {
    each(2000, |chance| {
        let (at, zone) = (instant(chance), Tz::Asia__Shanghai);
        let Some(local) = clock(at, zone) else { return };
        let (am, pm) = *chance.pick(&[("上午", "下午"), ("早上", "傍晚"), ("午前", "午後")]);
        let half = if local.format("%p").to_string() == "AM" { am } else { pm };
        let form = *chance.pick(&[
            "%Y-%m-%d HALF%I:%M:%S",
            "%Y-%m-%d HALF %-I:%M:%S",
            "%Y年%-m月%-d日 HALF%-I点%M分%S秒",
            "%Y年%-m月%-d日HALF%-I时%M分%S秒",
            "%Y/%-m/%-d HALF %I:%M:%S",
        ]);
        reads(&local.format(form).to_string().replace("HALF", half), zone, at);
    });
}

#[test]
fn epochs_count_from_1970() {
    each(2000, |chance| {
        // Ten digits from 2001 on.
        let at = Timestamp(chance.within(1_000_000_000..NOW.0));
        let zone = *chance.pick(&ZONES);
        let [seconds, rest] = [at.0, chance.within(0..1000)];
        for text in [
            format!("{seconds}"),
            format!("{seconds}{rest:03}"),
            format!("{seconds}{rest:03}000"),
            format!("{seconds}.{rest}"),
            format!("/Date({seconds}{rest:03})/"),
        ] {
            reads(&text, zone, at);
        }
    });
}

#[test]
fn what_we_write_we_read() {
    each(1000, |chance| {
        let (at, zone) = (instant(chance), *chance.pick(&ZONES));
        for text in [at.rfc3339(), at.rfc2822(), at.http_date()] {
            reads(&text, zone, at);
        }
    });
}

#[test]
fn what_counts_back_says_so() {
    const UNITS: [(&str, i64); 6] = [
        ("秒前", 1),
        ("分钟前", 60),
        ("小时前", 3600),
        (" 小时前", 3600),
        ("天前", 86_400),
        (" hours ago", 3600),
    ];
    each(1000, |chance| {
        let (count, zone) = (chance.within(1..400), *chance.pick(&ZONES));
        let (unit, seconds) = *chance.pick(&UNITS);
        let found = parse(&format!("{count}{unit}"), zone, NOW);
        let expected = ParsedDate { at: Timestamp(NOW.0 - count * seconds), relative: true };
        assert_eq!(found, Some(expected), "{count}{unit}");
    });
}

#[test]
fn no_text_at_all_is_an_impossible_date() {
    const PIECES: [&str; 56] = [
        "2021",
        "99",
        "0",
        "31",
        "1630454340",
        "-",
        "/",
        ".",
        ":",
        "+",
        "T",
        "Z",
        " ",
        "年",
        "月",
        "日",
        "时",
        "分",
        "秒",
        "上午",
        "下午",
        "中午",
        "前",
        "昨天",
        "十",
        "廿",
        "Sep",
        "Feb",
        "PM",
        "CST",
        "GMT",
        "W",
        "29",
        "(",
        "9",
        "01",
        "13",
        "99999999999999999999",
        "点",
        "今天",
        "小时",
        "二",
        "〇",
        "Wed",
        "+0800",
        "년",
        "pm",
        "p. m.",
        "晚",
        "半",
        "ET",
        "T07",
        "h",
        "110",
        "ago",
        "🀄",
    ];
    each(20_000, |chance| {
        let (text, zone) = (chance.text(&PIECES, 12), *chance.pick(&ZONES));
        let polled_at = Timestamp(chance.within(0..4_000_000_000));
        if let Some(date) = parse(&text, zone, polled_at) {
            let at: DateTime<Utc> = date.at.to_utc();
            assert!(at.year() >= OLDEST_YEAR && date.at <= polled_at + FURTHEST_AHEAD, "{text}");
        }
    });
}
