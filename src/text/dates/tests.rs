use super::*;

const NOW: Timestamp = Timestamp(1_795_507_200); // 2026-11-24T08:00:00Z

fn read(text: &str) -> Option<String> {
    parse(text, Tz::Asia__Shanghai, NOW).map(|date| date.at.rfc3339())
}

#[track_caller]
fn reads(text: &str, expected: &str) {
    assert_eq!(read(text).as_deref(), Some(expected), "{text}");
}

#[test]
fn the_two_standards_and_their_neighbours_are_read() {
    reads("2021-09-01T07:59:00+08:00", "2021-08-31T23:59:00Z");
    reads("2021-09-01T07:59:00.123Z", "2021-09-01T07:59:00Z");
    reads("2021-09-01T07:59Z", "2021-09-01T07:59:00Z");
    reads("2026-02-17T11:51:49-0500", "2026-02-17T16:51:49Z");
    reads("Wed, 01 Sep 2021 07:59:00 +0800", "2021-08-31T23:59:00Z");
    reads("Wed, 1 Sep 2021 07:59 GMT", "2021-09-01T07:59:00Z");
    reads("Wed, 01 September 2021 7:59:00 GMT+8", "2021-08-31T23:59:00Z");
    reads("Wed, 01 Sep 2021 07:59:00+0800", "2021-08-31T23:59:00Z");
    reads("Wed, 01 Sep 2021 07:59:00 UTC+08:00", "2021-08-31T23:59:00Z");
    reads("Wed Sep 01 2021 07:59:00 GMT+0800 (CST)", "2021-08-31T23:59:00Z");
    reads("2025-07-24 16:21:47  +0800", "2025-07-24T08:21:47Z");
    reads("2025-07-24-07:00", "2025-07-24T07:00:00Z");
    reads("1 September 2021 - 07:59", "2021-08-31T23:59:00Z");
    reads("9/1/2021 7:59:00 AM", "2021-08-31T23:59:00Z");
    reads("2021-W35-3", "2021-08-31T16:00:00Z");
    reads("2021-244", "2021-08-31T16:00:00Z");
    reads("20210901T075900Z", "2021-09-01T07:59:00Z");
    reads("Sun, 20 Apr 2014 8:19 pm CEST", "2014-04-20T18:19:00Z");
    reads("03 Apr 02 1500 GMT", "2002-04-03T15:00:00Z");
    reads("Friday, January 29, 2021 04:42 PM", "2021-01-29T08:42:00Z");
    reads("Seg, 24 Set 2018 19:18:49 -0300", "2018-09-24T22:18:49Z");
    reads("Fri, 01 Jul 2022 24:00:00 +0000", "2022-07-02T00:00:00Z");
    reads("Wed, 01 Sep 102 07:59:00 GMT", "2002-09-01T07:59:00Z");
}

#[test]
fn years_of_two_figures_stand_where_the_date_is_most_recent() {
    reads("Wed, 01 Sep 21 07:59:00 GMT", "2021-09-01T07:59:00Z");
    reads("01 Sep 99 07:59:00 GMT", "1999-09-01T07:59:00Z");
    reads("21-09-01 07:59", "2021-08-31T23:59:00Z");
    reads("21/9/1", "2021-08-31T16:00:00Z");
    reads("21.9.1", "2021-08-31T16:00:00Z");
    reads("22.11.04", "2004-11-21T16:00:00Z");
    reads("99-12-31", "1999-12-30T16:00:00Z");
    reads("01/09/21 07:59", "2021-08-31T23:59:00Z");
    reads("24/11/26", "2026-11-23T16:00:00Z");
    reads("5/13/25", "2025-05-12T16:00:00Z");
    reads("9/1/21 7:59 AM", "2021-08-31T23:59:00Z");
    let chicago = parse("11/4/25", Tz::America__Chicago, NOW).map(|d| d.at.rfc3339());
    assert_eq!(chicago.as_deref(), Some("2025-11-04T06:00:00Z"));
}

#[test]
fn a_date_without_zone_is_meant_where_the_source_is() {
    reads("2021-09-01 07:59", "2021-08-31T23:59:00Z");
    reads("2021-09-01 07:59:01", "2021-08-31T23:59:01Z");
    reads("2021/9/1", "2021-08-31T16:00:00Z");
    reads("2020/1/10 14:33:00", "2020-01-10T06:33:00Z");
    reads("2021.09.01 07:59", "2021-08-31T23:59:00Z");
    reads("22.11.2022 12:16:00", "2022-11-22T04:16:00Z");
    reads("2021/09/01-07:59", "2021-08-31T23:59:00Z");
    reads("20210901", "2021-08-31T16:00:00Z");
    let london = parse("2021-07-01 12:00", Tz::Europe__London, NOW).map(|d| d.at.rfc3339());
    assert_eq!(london.as_deref(), Some("2021-07-01T11:00:00Z"));
}

#[test]
fn chinese_dates_are_read() {
    reads("2021年9月1日 7时59分", "2021-08-31T23:59:00Z");
    reads("2021年09月01日07:59:30", "2021-08-31T23:59:30Z");
    reads("2021年9月1日 星期三 下午3:05", "2021-09-01T07:05:00Z");
    reads(
        "星期三, 01 九月 2021 07:59:00 +0800".replace("九月", "9月").as_str(),
        "2021-08-31T23:59:00Z",
    );
    reads("２０２１年９月１日", "2021-08-31T16:00:00Z");
    reads("周三, 01 Sep 2021 07:59:00 +0800", "2021-08-31T23:59:00Z");
    reads("星期三, 01 九月 2021 07:59:00 +0800", "2021-08-31T23:59:00Z");
    reads("二〇二一年九月一日", "2021-08-31T16:00:00Z");
    reads("2021年十二月二十三日 下午3点05分", "2021-12-23T07:05:00Z");
    reads("2021年二月廿八日 上午十一时", "2021-02-28T03:00:00Z");
    reads("2021-09-01 中午11:50", "2021-09-01T03:50:00Z");
    reads("2021-09-01 中午1点", "2021-09-01T05:00:00Z");
    reads("2021년 9월 1일 오후 7:59", "2021-09-01T11:59:00Z");
    reads("2021年09月01日(水) 午後7時59分", "2021-09-01T11:59:00Z");
    reads("2021年9月", "2021-08-31T16:00:00Z");
    reads("令和3年9月1日 午前7時59分", "2021-08-31T23:59:00Z");
    reads("民國110年9月1日", "2021-08-31T16:00:00Z");
    reads("11月20日 08:30", "2026-11-20T00:30:00Z");
    reads("12-31", "2025-12-30T16:00:00Z");
    let utc = parse("2021-09-01 07:59 北京时间", Tz::UTC, NOW).map(|date| date.at.rfc3339());
    assert_eq!(utc.as_deref(), Some("2021-08-31T23:59:00Z"));
}

#[test]
fn cst_is_the_zone_of_the_source() {
    reads("Wed, 01 Sep 2021 07:59:00 CST", "2021-08-31T23:59:00Z");
    let chicago = parse("Wed, 01 Sep 2021 07:59:00 CST", Tz::America__Chicago, NOW);
    assert_eq!(chicago.map(|d| d.at.rfc3339()).as_deref(), Some("2021-09-01T13:59:00Z"));
}

#[test]
fn epochs_are_read() {
    reads("1630454340", "2021-08-31T23:59:00Z");
    reads("1630454340000", "2021-08-31T23:59:00Z");
    reads("1630454340.5", "2021-08-31T23:59:00Z");
    reads("/Date(1630454340000)/", "2021-08-31T23:59:00Z");
    reads("/Date(1630454340000+0800)/", "2021-08-31T23:59:00Z");
}

#[test]
fn relative_dates_count_from_the_poll_and_say_so() {
    let cases = [
        ("3小时前", "2026-11-24T05:00:00Z"),
        ("5 分钟前", "2026-11-24T07:55:00Z"),
        ("2天前", "2026-11-22T08:00:00Z"),
        ("刚刚", "2026-11-24T08:00:00Z"),
        ("今天 08:30", "2026-11-24T00:30:00Z"),
        ("昨天 20:05", "2026-11-23T12:05:00Z"),
        ("昨天 晚上8点05分", "2026-11-23T12:05:00Z"),
        ("今天下午3点", "2026-11-24T07:00:00Z"),
        ("2 hrs ago", "2026-11-24T06:00:00Z"),
        ("2 hours ago", "2026-11-24T06:00:00Z"),
        ("两小时前", "2026-11-24T06:00:00Z"),
        ("二十五分钟前", "2026-11-24T07:35:00Z"),
        ("十天前", "2026-11-14T08:00:00Z"),
    ];
    for (text, expected) in cases {
        let date = parse(text, Tz::Asia__Shanghai, NOW).expect(text);
        assert_eq!((date.at.rfc3339().as_str(), date.relative), (expected, true), "{text}");
    }
}

#[test]
fn impossible_dates_are_none() {
    let cases = [
        "2021-02-30",
        "2021-13-01",
        "Wed, 31 Apr 2021 07:00:00 GMT",
        "0001-01-01T00:00:00Z",
        "Mon, 01 Jan 0001 00:00:00 +0000",
        "1970-01-01T00:00:00Z",
        "2031-01-01",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Fri, 31 Dec 99999 23:59:59 GMT",
        "9999 Dec 31",
        "9999-12-31T23:59:59Z",
        "99999-12-31",
        "No date found.",
        "null",
        "",
        "2021",
        "12:30",
        "Wed, 01 Sep 2021 27:59:00 GMT",
        "99999999999999999999999",
        "前",
        "-",
        "+",
        "(",
        "1-",
        "9999999999999999999小时前",
    ];
    for text in cases {
        assert_eq!(read(text), None, "{text}");
    }
}

/// A small generator, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

#[test]
fn a_date_is_read_as_it_was_written_whatever_the_form() {
    const FORMS: [&str; 12] = [
        "%Y-%m-%dT%H:%M:%S%:z",
        "%Y-%m-%d %H:%M:%S %z",
        "%a, %d %b %Y %H:%M:%S %z",
        "%A, %d %B %Y %H:%M:%S GMT%:z",
        "%a %b %e %H:%M:%S %Y %z",
        "%Y/%m/%d %H:%M:%S",
        "%Y.%m.%d %H:%M:%S",
        "%Y年%m月%d日 %H时%M分%S秒",
        "%Y%m%d%H%M%S",
        "%d.%m.%Y %H:%M:%S",
        "%b %d, %Y %I:%M:%S %p",
        "%s",
    ];
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for _ in 0..3000 {
        // From 2001 to 2026.
        let at = Timestamp(1_000_000_000 + random.below(790_000_000) as i64);
        let local = at.to_utc().with_timezone(&Tz::Asia__Shanghai);
        let form = FORMS[random.below(FORMS.len() as u64) as usize];
        let text = local.format(form).to_string();
        let found = parse(&text, Tz::Asia__Shanghai, NOW).map(|date| date.at);
        assert_eq!(found, Some(at), "{text} ({form})");
    }
}

#[test]
fn no_text_makes_reading_a_date_fail() {
    const PIECES: [&str; 40] = [
        "2021",
        "9",
        "01",
        "13",
        "99999999999999999999",
        "1630454340",
        "-",
        "/",
        ".",
        ":",
        "+",
        " ",
        "年",
        "月",
        "日",
        "时",
        "点",
        "分",
        "上午",
        "下午",
        "中午",
        "前",
        "昨天",
        "今天",
        "小时",
        "十",
        "二",
        "〇",
        "廿",
        "Wed",
        "Sep",
        "GMT",
        "CST",
        "+0800",
        "T",
        "Z",
        "(",
        "년",
        "pm",
        "🀄",
    ];
    let mut random = Random(7);
    for _ in 0..20_000 {
        let count = random.below(9);
        let pieces = (0..count).map(|_| PIECES[random.below(PIECES.len() as u64) as usize]);
        let text: String = pieces.collect();
        if let Some(date) = parse(&text, Tz::America__New_York, NOW) {
            let year = date.at.to_utc().year();
            assert!((OLDEST_YEAR..=2027).contains(&year), "{text}: {year}");
        }
    }
}
