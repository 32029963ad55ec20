//! Durations such as `1h30m` and sizes such as `4MiB`.

use super::problem::quote;
use std::time::Duration;

const DURATION_UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

const SIZE_UNITS: [(&str, u64); 7] = [
    ("B", 1),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// Reads `90s`, `15m`, `2h`, `1d` and sums of them, largest unit first (`1h30m`).
///
/// # Errors
/// What is wrong, and what to write instead.
pub fn parse_duration(text: &str) -> Result<Duration, (String, String)> {
    let advice = "write a number with s, m, h or d, such as \"15m\" or \"1h30m\"".to_owned();
    if let Ok(number) = text.parse::<u64>() {
        return Err(("no unit".to_owned(), format!("write \"{number}s\" or \"{number}m\"")));
    }
    let mut total: u64 = 0;
    let mut largest = u64::MAX;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, unit, after) = number_and_unit(rest);
        let Some(number) = number else {
            return Err(("not a duration".to_owned(), advice));
        };
        let Some((_, seconds)) = DURATION_UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err((format!("unknown unit {}", quote(unit)), advice));
        };
        if *seconds >= largest {
            return Err(("units out of order".to_owned(), advice));
        }
        let Some(sum) = number.checked_mul(*seconds).and_then(|part| total.checked_add(part))
        else {
            return Err(("too long".to_owned(), advice));
        };
        (total, largest, rest) = (sum, *seconds, after);
    }
    if text.is_empty() {
        return Err(("empty".to_owned(), advice));
    }
    Ok(Duration::from_secs(total))
}

/// Reads `500KB` (1,000 bytes) and `4MiB` (1,048,576 bytes); units B, KB, MB, GB, KiB,
/// MiB, GiB.
///
/// # Errors
/// What is wrong, and what to write instead.
pub fn parse_size(text: &str) -> Result<u64, (String, String)> {
    let advice = "write a number with B, KB, MB, GB, KiB, MiB or GiB, such as \"4MiB\"".to_owned();
    let (number, unit, rest) = number_and_unit(text);
    let Some(number) = number.filter(|_| rest.is_empty()) else {
        return Err(("not a size".to_owned(), advice));
    };
    if unit.is_empty() {
        return Err(("no unit".to_owned(), advice));
    }
    let Some((_, bytes)) = SIZE_UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err((format!("unknown unit {}", quote(unit)), advice));
    };
    number.checked_mul(*bytes).ok_or(("too large".to_owned(), advice))
}

/// The leading digits, what follows them up to the next digit, and the rest.
fn number_and_unit(text: &str) -> (Option<u64>, &str, &str) {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(digits);
    let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(letters);
    (number.parse().ok(), unit, rest)
}

/// `1h30m` for 5,400 s: what [`parse_duration`] reads back.
pub fn format_duration(duration: Duration) -> String {
    let mut seconds = duration.as_secs();
    if seconds == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, size) in DURATION_UNITS {
        if seconds >= size {
            text.push_str(&format!("{}{unit}", seconds / size));
            seconds %= size;
        }
    }
    text
}

/// `4MiB` for 4,194,304: the largest binary unit that divides it.
pub fn format_size(bytes: u64) -> String {
    for (unit, size) in SIZE_UNITS.iter().rev().filter(|(unit, _)| unit.ends_with("iB")) {
        if bytes >= *size && bytes.is_multiple_of(*size) {
            return format!("{}{unit}", bytes / size);
        }
    }
    format!("{bytes}B")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written() {
        for (text, seconds) in
            [("90s", 90), ("15m", 900), ("2h", 7_200), ("1d", 86_400), ("1h30m", 5_400), ("0s", 0)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for seconds in [0, 1, 59, 60, 3_600, 5_400, 86_461, 2_592_000] {
            let duration = Duration::from_secs(seconds);
            assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
        }
        for (text, wrong) in [
            ("20", "no unit"),
            ("", "empty"),
            ("m", "not a duration"),
            ("-5m", "not a duration"),
            ("1.5h", "unknown unit \".\""),
            ("5 m", "unknown unit \" m\""),
            ("5min", "unknown unit \"min\""),
            ("15分", "unknown unit \"分\""),
            ("30m1h", "units out of order"),
            ("1m1m", "units out of order"),
            ("99999999999999999999s", "not a duration"),
            ("9999999999999999999d", "too long"),
        ] {
            assert_eq!(parse_duration(text).expect_err(text).0, wrong, "{text}");
        }
    }

    #[test]
    fn sizes_are_read_and_written() {
        for (text, bytes) in [
            ("4MiB", 4 << 20),
            ("500KB", 500_000),
            ("1GiB", 1 << 30),
            ("7B", 7),
            ("2GB", 2_000_000_000),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for bytes in [0, 1, 1024, 500_000, 8 << 20, 3 << 30] {
            assert_eq!(parse_size(&format_size(bytes)), Ok(bytes));
        }
        for (text, wrong) in [
            ("4", "no unit"),
            ("4M", "unknown unit \"M\""),
            ("4mib", "unknown unit \"mib\""),
            ("MiB", "not a size"),
            ("1.5MiB", "not a size"),
            ("99999999999999GiB", "too large"),
        ] {
            assert_eq!(parse_size(text).expect_err(text).0, wrong, "{text}");
        }
    }
}
