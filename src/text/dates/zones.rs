//! Zones as dates name them.

use chrono::{FixedOffset, NaiveDate, Offset, TimeZone};
use chrono_tz::Tz;

const HOUR: i32 = 3600;

/// `+0800`, `+8`, `+08:00`, `-330`.
pub(super) fn offset(
    west: bool,
    value: u64,
    digits: usize,
    minutes: Option<u64>,
) -> Option<Option<FixedOffset>> {
    let (hours, minutes) = match (digits, minutes) {
        (1 | 2, minutes) => (value, minutes.unwrap_or(0)),
        (3 | 4, _) => (value / 100, value % 100),
        _ => return None,
    };
    if hours > 18 || minutes > 59 {
        return None;
    }
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    Some(FixedOffset::east_opt(if west { -seconds } else { seconds }))
}

/// What an abbreviation means. Some have several meanings; the zone of the source
/// decides, and without a hint the one that feeds use most.
pub(super) fn named(name: &str, source: Tz) -> Option<FixedOffset> {
    let quarters = match name.to_ascii_lowercase().as_str() {
        "cst" if is_chinese_time(source) => 8 * 4,
        "ist" if source == Tz::Europe__Dublin => 4,
        "ist" if matches!(source, Tz::Asia__Jerusalem | Tz::Asia__Tel_Aviv) => 2 * 4,
        "bst" if matches!(source, Tz::Asia__Dhaka) => 6 * 4,
        "wet" => 0,
        "bst" | "cet" | "west" | "mez" => 4,
        "cest" | "mesz" | "eet" | "cat" | "sast" => 2 * 4,
        "eest" | "msk" | "eat" | "trt" => 3 * 4,
        "gst" => 4 * 4,
        "pkt" => 5 * 4,
        "ist" => 5 * 4 + 2,
        "wib" | "ict" => 7 * 4,
        "hkt" | "sgt" | "myt" | "awst" | "pht" | "bjt" | "wita" => 8 * 4,
        "jst" | "kst" | "wit" => 9 * 4,
        "acst" => 9 * 4 + 2,
        "aest" => 10 * 4,
        "acdt" => 10 * 4 + 2,
        "aedt" => 11 * 4,
        "nzst" => 12 * 4,
        "nzdt" => 13 * 4,
        "art" | "brt" | "adt" => -3 * 4,
        "edt" | "ast" => -4 * 4,
        "est" | "cdt" => -5 * 4,
        "cst" | "mdt" => -6 * 4,
        "mst" | "pdt" => -7 * 4,
        "pst" | "akdt" => -8 * 4,
        "akst" => -9 * 4,
        "hst" => -10 * 4,
        _ => return None,
    };
    FixedOffset::east_opt(quarters * HOUR / 4)
}

/// Zones of the United States by the names that hold in summer and in winter.
pub(super) fn of_clocks(name: &str) -> Option<Tz> {
    Some(match name {
        "ET" => Tz::America__New_York,
        "CT" => Tz::America__Chicago,
        "MT" => Tz::America__Denver,
        "PT" => Tz::America__Los_Angeles,
        _ => return None,
    })
}

/// Whether clocks there show China Standard Time.
fn is_chinese_time(zone: Tz) -> bool {
    let summer = NaiveDate::from_ymd_opt(2020, 7, 1).unwrap_or_default();
    let offset = zone.offset_from_utc_date(&summer).fix().local_minus_utc();
    offset == 8 * HOUR && zone.name().starts_with("Asia/")
        || zone == Tz::PRC
        || zone == Tz::Asia__Urumqi
}
