//! A server that refused us for asking too much is asked more rarely for days, not only
//! until its `Retry-After` has passed.

use crate::model::{Restraint, Timestamp};
use std::time::Duration;

/// Each refusal makes the shortest wait half as long again, up to 11 times as long.
const LEVEL_MAX: u8 = 6;
/// So long without another one takes a level away.
const LEVEL_TIME: Duration = Duration::from_secs(2 * 24 * 3_600);

/// After a refusal: 429 (RFC 6585 §4), or 503 with `Retry-After` (RFC 9110 §15.6.4).
pub fn refused(restraint: Restraint, now: Timestamp) -> Restraint {
    Restraint { level: (level(restraint, now) + 1).min(LEVEL_MAX), since: now }
}

/// What 429 (RFC 6585 §4) asks for that does not say how long.
const TOO_MANY_HOLD: Duration = Duration::from_secs(15 * 60);

/// For how long an answer wants all of its server to be left alone.
pub fn hold(status: Option<u16>, retry_after: Option<Duration>) -> Option<Duration> {
    retry_after.or((status == Some(429)).then_some(TOO_MANY_HOLD))
}

/// Whether an answer is such a refusal.
pub fn is_refusal(status: Option<u16>, retry_after: Option<Duration>) -> bool {
    status == Some(429) || status == Some(503) && retry_after.is_some()
}

/// The shortest wait as long as the restraint lasts. `None`: there is none.
pub(super) fn wait(restraint: Restraint, shortest: Duration, now: Timestamp) -> Option<Duration> {
    let level = level(restraint, now);
    (level > 0).then(|| shortest.saturating_mul(3_u32.pow(level.into())) / 2_u32.pow(level.into()))
}

fn level(restraint: Restraint, now: Timestamp) -> u8 {
    let passed = now.since(restraint.since).as_secs() / LEVEL_TIME.as_secs();
    restraint.level.min(LEVEL_MAX).saturating_sub(u8::try_from(passed).unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);
    const NOW: Timestamp = Timestamp(1_795_646_400);

    #[test]
    fn refusals_add_up_and_wear_off_in_days() {
        let wait = |restraint, now| wait(restraint, HOUR, now).map(|wait| wait.as_secs());
        assert_eq!(wait(Restraint::default(), NOW), None);
        let once = refused(Restraint::default(), NOW);
        assert_eq!(wait(once, NOW), Some(5_400));
        assert_eq!(wait(once, NOW + LEVEL_TIME), None);
        let twice = refused(once, NOW + HOUR);
        assert_eq!(wait(twice, NOW + HOUR), Some(8_100));
        assert_eq!(wait(twice, NOW + HOUR + LEVEL_TIME), Some(5_400));
        let often = (0..100).fold(twice, |restraint, _| refused(restraint, NOW));
        assert_eq!(wait(often, NOW), Some(41_006));
        // A state that somebody else wrote.
        let broken = Restraint { level: 255, since: Timestamp(i64::MAX) };
        assert_eq!(wait(broken, NOW), Some(41_006));
    }

    #[test]
    fn only_too_many_requests_and_stated_waits_are_refusals() {
        for (status, retry_after, expected) in [
            (Some(429), None, true),
            (Some(503), Some(HOUR), true),
            (Some(503), None, false),
            (Some(200), Some(HOUR), false),
            (None, None, false),
        ] {
            assert_eq!(is_refusal(status, retry_after), expected, "{status:?} {retry_after:?}");
        }
    }
}
