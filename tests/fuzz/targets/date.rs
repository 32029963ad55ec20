//! Any text as a date: never a panic, never an instant that no entry has, and what is
//! read is read again from every form that we write.

#![no_main]

use chrono_tz::Tz;
use countywire::model::Timestamp;
use countywire::text::dates;
use libfuzzer_sys::fuzz_target;

/// 1990-01-01, and a year and a day after the poll.
const OLDEST: i64 = 631_152_000;
const NOW: Timestamp = Timestamp(1_795_507_200);
const LATEST: i64 = NOW.0 + 366 * 86_400;

fuzz_target!(|input: (u8, &str)| {
    let (zone, text) = input;
    let zones = [
        Tz::UTC,
        Tz::Asia__Shanghai,
        Tz::America__New_York,
        Tz::Europe__Berlin,
        Tz::Asia__Kathmandu,
        Tz::Pacific__Apia,
        Tz::Antarctica__Troll,
        Tz::Australia__Lord_Howe,
    ];
    let zone = zones[usize::from(zone) % zones.len()];
    let Some(date) = dates::parse(text, zone, NOW) else { return };
    assert!((OLDEST..=LATEST).contains(&date.at.0), "{}", date.at);
    for written in [date.at.rfc3339(), date.at.rfc2822(), date.at.http_date()] {
        let again = dates::parse(&written, zone, NOW);
        assert_eq!(again.map(|again| (again.at, again.relative)), Some((date.at, false)));
    }
    // A date counted back moves with the poll; any other stays.
    let later = Timestamp(NOW.0 + 3600);
    if !date.relative && text.contains(|c: char| c.is_ascii_digit()) && has_year(text) {
        assert_eq!(dates::parse(text, zone, later).map(|date| date.at), Some(date.at));
    }
});

fn has_year(text: &str) -> bool {
    text.as_bytes().windows(4).any(|four| four.iter().all(u8::is_ascii_digit))
}
