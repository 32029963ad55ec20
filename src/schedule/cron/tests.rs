use super::*;
use chrono::{Datelike, Timelike};

/// crontab(5) read minute by minute, independently of the code under test.
struct Matcher {
    minute: Vec<u32>,
    hour: Vec<u32>,
    day: Vec<u32>,
    month: Vec<u32>,
    weekday: Vec<u32>,
    either_day: bool,
}

impl Matcher {
    fn new(expr: &str) -> Self {
        let f: Vec<&str> = expr.split(' ').collect();
        Matcher {
            minute: expand(f[0], 0, 59, &[]),
            hour: expand(f[1], 0, 23, &[]),
            day: expand(f[2], 1, 31, &[]),
            month: expand(
                f[3],
                1,
                12,
                &[
                    "", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct",
                    "nov", "dec",
                ],
            ),
            weekday: expand(f[4], 0, 7, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"])
                .into_iter()
                .map(|day| day % 7)
                .collect(),
            either_day: !f[2].contains('*') && !f[4].contains('*'),
        }
    }

    fn matches(&self, at: NaiveDateTime) -> bool {
        let day = self.day.contains(&at.day());
        let weekday = self.weekday.contains(&at.weekday().num_days_from_sunday());
        self.minute.contains(&at.minute())
            && self.hour.contains(&at.hour())
            && self.month.contains(&at.month())
            && if self.either_day { day || weekday } else { day && weekday }
    }
}

fn expand(field: &str, low: u32, high: u32, names: &[&str]) -> Vec<u32> {
    let value = |text: &str| {
        let named = names.iter().position(|name| *name == text.to_lowercase());
        named.map(|n| n as u32).unwrap_or_else(|| text.parse().expect("a number"))
    };
    let mut all = Vec::new();
    for part in field.split(',') {
        let (range, step) = part.split_once('/').unwrap_or((part, "1"));
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (low, high.min(if high == 7 { 6 } else { high })),
            Some((from, to)) => (value(from), value(to)),
            None => (value(range), value(range)),
        };
        let mut n = from;
        while n <= to {
            all.push(n);
            n += step.parse::<u32>().expect("a step");
        }
    }
    all
}

fn at(text: &str) -> Timestamp {
    Timestamp::from(chrono::DateTime::parse_from_rfc3339(text).expect("an instant"))
}

const EXPRESSIONS: &[&str] = &[
    "* * * * *",
    "25 6-22 * * *",
    "*/15 * * * *",
    "7-59/13 */5 * * *",
    "0 0 1 * *",
    "30 4 1,15 * 5",
    "0 12 13 * fri",
    "0 8 * * 1-5",
    "0 8 * * MON-FRI",
    "5 5 * * 0",
    "5 5 * * 7",
    "5 5 * * 5-7",
    "1 1 29 2 *",
    "0 0 31 * *",
    "0 0 31 4,6,dec *",
    "0 0 */2 * 1",
    "0 0 1-7 * */2",
    "0,30 9-17/2 1-10,20-25 jan,jul-sep sun,wed",
    "59 23 31 12 *",
    "10 10 30 2 1",
];

/// Every match of a leap year, found by stepping, equals what the matcher finds.
#[test]
fn five_fields_mean_what_crontab_says() {
    for zone in [Tz::UTC, Tz::Asia__Shanghai] {
        for expr in EXPRESSIONS {
            let schedule = CronSchedule::parse(expr).expect(expr);
            let matcher = Matcher::new(expr);
            let days = if *expr == "* * * * *" { 3 } else { 366 };
            let mut cursor = at("2027-12-30T23:59:30Z");
            let end = cursor + Duration::from_secs(days * 86_400);
            let mut minute = Timestamp(cursor.0.div_euclid(60) * 60 + 60);
            while minute < end {
                if matcher.matches(minute.to_utc().with_timezone(&zone).naive_local()) {
                    cursor = schedule.next_after(cursor, zone).expect(expr);
                    assert_eq!(cursor, minute, "{expr} in {zone}");
                }
                minute = minute + Duration::from_secs(60);
            }
            if let Some(next) = schedule.next_after(cursor, zone) {
                assert!(next >= end, "{expr} in {zone}: {next}");
            }
        }
    }
}

/// Where clocks change, each matching wall-clock time is served once and in order.
#[test]
fn changes_of_the_clock_neither_repeat_nor_reorder() {
    let zones = [
        Tz::America__New_York,
        Tz::Europe__London,
        Tz::Australia__Lord_Howe,
        Tz::America__St_Johns,
        Tz::Pacific__Chatham,
        Tz::Africa__Casablanca,
    ];
    for zone in zones {
        for expr in ["*/7 * * * *", "30 2 * * *", "30 1 * * *", "0 0-5 * * sun", "5 5 * * *"] {
            let schedule = CronSchedule::parse(expr).expect(expr);
            let matcher = Matcher::new(expr);
            let start = at("2026-02-01T00:00:00Z");
            let end = at("2027-02-01T00:00:00Z");
            // The oracle: scan real minutes; serve a wall-clock time when it is first
            // shown, and all that a jump skipped at the minute after it.
            let mut expected = Vec::new();
            let mut latest = start.to_utc().with_timezone(&zone).naive_local();
            let mut minute = start + Duration::from_secs(60);
            while minute < end {
                let wall = minute.to_utc().with_timezone(&zone).naive_local();
                let mut due = false;
                while latest < wall {
                    latest += TimeDelta::minutes(1);
                    due |= matcher.matches(latest);
                }
                if due {
                    expected.push(minute);
                }
                minute = minute + Duration::from_secs(60);
            }
            let mut cursor = start;
            for (n, expected) in expected.iter().enumerate() {
                cursor = schedule.next_after(cursor, zone).expect(expr);
                assert_eq!(cursor, *expected, "{expr} in {zone}, match {n}");
            }
        }
    }
}

#[test]
fn the_next_match_is_later_than_any_given_instant() {
    let schedule = CronSchedule::parse("*/10 * * * *").expect("valid");
    // Every 97 s through the hour that New York's clocks repeat.
    let mut now = at("2026-11-01T04:00:00Z");
    let mut last = Timestamp(0);
    for _ in 0..150 {
        let next = schedule.next_after(now, Tz::America__New_York).expect("a match");
        assert!(next > now && next >= last, "{now} {next}");
        (last, now) = (next, now + Duration::from_secs(97));
    }
}

#[test]
fn six_and_seven_fields_go_to_the_crate() {
    let schedule = CronSchedule::parse("30 0 8 * * Mon-Fri").expect("six fields");
    let next = schedule.next_after(at("2026-11-27T00:00:30Z"), Tz::Asia__Shanghai);
    assert_eq!(next, Some(at("2026-11-30T08:00:30+08:00")), "after Friday comes Monday");
    let schedule = CronSchedule::parse("0 0 0 1 1 ? 2030").expect("seven fields");
    assert_eq!(schedule.next_after(at("2026-01-01T00:00:00Z"), Tz::UTC), {
        Some(at("2030-01-01T00:00:00Z"))
    });
    assert_eq!(schedule.next_after(at("2030-01-01T00:00:00Z"), Tz::UTC), None);
    CronSchedule::parse("0 0 8 * * Mon-Fri/2").expect("a step is no weekday number");
}

#[test]
fn what_is_wrong_is_said_with_what_to_write() {
    for (expr, part) in [
        ("0 0 8 * * 1-5", "write names, such as Mon-Fri"),
        ("0 0 8 * * mon,3 2030", "weekday \"mon,3\" is numeric"),
        ("61 * * * *", "minute \"61\" does not fit; write 0 to 59"),
        ("* 24 * * *", "hour \"24\""),
        ("* * 0 * *", "day of month \"0\""),
        ("* * * 13 *", "month \"13\" does not fit; write 1 to 12, jan to dec"),
        ("* * * * 8", "weekday \"8\""),
        ("* 22-6 * * *", "write 22-23,0-6"),
        ("* * * * fri-mon", "write 5-6,0-1"),
        ("5/10 * * * *", "write 5-59/10"),
        ("*/0 * * * *", "minute step \"0\""),
        ("*/+5 * * * *", "minute step \"+5\""),
        ("0 0 31 4 *", "no such date ever comes"),
        ("0 0 30 2 *", "no such date ever comes"),
        ("0 0 0 30 2 ?", "no such date ever comes"),
        ("* * * *", "4 fields; write five"),
        ("1 2 3 4 5 6 7 8", "8 fields"),
        ("", "0 fields"),
        ("@reboot", "1 fields"),
        ("0 99 * * * *", "write second minute hour"),
        ("0 0 8 L * *", "write second minute hour"),
        ("* * * * 星期一", "weekday \"星期一\""),
    ] {
        let problem = CronSchedule::parse(expr).expect_err(expr);
        assert!(problem.contains(part), "{expr}: {problem}");
        assert!(problem.contains("; ") && !problem.contains('\n'), "{expr}: {problem}");
    }
    CronSchedule::parse(&"1,".repeat(500)).expect_err("too long");
}

#[test]
fn the_shortest_wait_is_found() {
    for (expr, seconds) in [
        ("*/15 * * * *", Some(900)),
        ("0 * * * *", Some(3600)),
        ("0,50 8 * * *", Some(3000)),
        ("0 8 * * *", Some(86_400)),
        ("*/20 * * * * *", Some(20)),
        ("0 0 0 1 1 ? 2030", None),
    ] {
        let wait = CronSchedule::parse(expr).expect(expr).shortest_wait();
        assert_eq!(wait, seconds.map(Duration::from_secs), "{expr}");
    }
}

#[test]
fn nicknames_are_read() {
    for (name, expr) in [("@hourly", "0 * * * *"), ("@weekly", "0 0 * * sun")] {
        let read = |text| CronSchedule::parse(text).expect("valid");
        assert_eq!(read(name), read(expr));
    }
}
