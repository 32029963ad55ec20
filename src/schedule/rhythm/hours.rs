//! Hours as the clocks of a zone show them.

use crate::model::Timestamp;
use chrono::{Offset, TimeZone};
use chrono_tz::Tz;

const HOUR: i64 = 3_600;
/// More hours at once are never walked through.
pub(super) const MOST: usize = 168;

/// A part of an hour on the clock, from one instant to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub from: i64,
    pub to: i64,
    /// 0–23.
    pub hour: usize,
    /// 0 Monday – 6 Sunday.
    pub day: usize,
}

impl Part {
    pub fn hours(self) -> f64 {
        (self.to - self.from) as f64 / HOUR as f64
    }
}

/// Hour and day on the clocks of `zone`.
pub(super) fn on_the_clock(at: Timestamp, zone: Tz) -> (usize, usize) {
    shown(at.0.saturating_add(offset(at.0, zone)))
}

/// The hours between two instants, the first 168 of them at most.
pub(super) fn parts(from: Timestamp, to: Timestamp, zone: Tz) -> impl Iterator<Item = Part> {
    // The same at both ends: no summer time begins or ends between them.
    let steady = Some(offset(from.0, zone)).filter(|at_start| *at_start == offset(to.0, zone));
    let mut at = from.0;
    let next = move || {
        let offset = steady.unwrap_or_else(|| offset(at, zone));
        let local = at.checked_add(offset)?;
        let end = at.checked_add(HOUR - local.rem_euclid(HOUR))?.min(to.0);
        let (hour, day) = shown(local);
        let part = Part { from: at, to: end, hour, day };
        at = end;
        (part.to > part.from).then_some(part)
    };
    std::iter::from_fn(next).take(MOST)
}

fn shown(local: i64) -> (usize, usize) {
    let hour = local.div_euclid(HOUR);
    // The first day of 1970 was a Thursday.
    let day = (hour.div_euclid(24) + 3).rem_euclid(7);
    (hour.rem_euclid(24) as usize, day as usize)
}

/// How far the clocks of the zone are ahead of UTC, seconds.
fn offset(at: i64, zone: Tz) -> i64 {
    let utc = Timestamp(at).to_utc().naive_utc();
    zone.offset_from_utc_datetime(&utc).fix().local_minus_utc().into()
}
