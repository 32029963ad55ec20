//! States that were written while the clock was ahead. Nothing in them may hold a source
//! back for longer than it could from now.

use super::policy::{NEVER, later};
use crate::model::{SourceState, Timestamp};
use std::time::Duration;

/// Clocks of machines that share a store, and rounding, differ by less, seconds.
const SLACK: i64 = 60;

/// Whether the clock was ahead at the last poll, or at the last report, that `state` tells of.
pub fn is_ahead(state: &SourceState, now: Timestamp) -> bool {
    state.last_poll_at.is_some_and(|last| last.0 > now.0.saturating_add(SLACK))
}

/// The state as if its last poll had been at `now`: what has been is no later, and what is to
/// come is as far away as it was then. `None`: no clock was wrong.
pub fn mended(state: &SourceState, now: Timestamp) -> Option<SourceState> {
    let last = state.last_poll_at.filter(|_| is_ahead(state, now))?;
    let mut state = state.clone();
    let been = |at: &mut Timestamp| *at = (*at).min(now);
    for at in [
        &mut state.last_poll_at,
        &mut state.last_success_at,
        &mut state.last_entry_at,
        &mut state.failing_since,
        &mut state.awaited_since,
        &mut state.habits.last_new_at,
        &mut state.habits.known_since,
    ] {
        at.iter_mut().for_each(been);
    }
    state.rhythm.iter_mut().for_each(|rhythm| been(&mut rhythm.until));
    state.moving.iter_mut().for_each(|moving| been(&mut moving.since));
    state.stump.iter_mut().for_each(|stump| been(&mut stump.since));
    been(&mut state.restraint.since);
    // Alerts keep their times: readers know them by these, and a success ends them all the same.
    // What was set before the clock went wrong is still as far away as it says.
    let to_come = |at: &mut Timestamp| {
        if *at > last && *at < NEVER {
            *at = later(now, at.since(last));
        } else if *at <= last {
            *at = (*at).min(later(now, LONGEST));
        }
    };
    for at in [&mut state.next_poll_at, &mut state.retry_at, &mut state.fresh_until] {
        at.iter_mut().for_each(to_come);
    }
    // Its expression finds a time of its own.
    state.cron_mark = 0;
    if let Some(push) = &mut state.push {
        // When the hub was asked tells it by itself that a clock was wrong.
        push.last_push_at.iter_mut().for_each(been);
        push.arrivals.iter_mut().for_each(been);
        push.plain_at.iter_mut().for_each(to_come);
        push.distrusted_until.iter_mut().for_each(to_come);
        push.retry_at.iter_mut().for_each(to_come);
    }
    state.leaving.iter_mut().for_each(|leaving| to_come(&mut leaving.next_at));
    Some(state)
}

/// Nothing that is told of a time to come is further away.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Rhythm, Subscription};

    const NOW: Timestamp = Timestamp(1_795_646_400);
    const YEAR: i64 = 365 * 86_400;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(NOW.0 + seconds)
    }

    #[test]
    fn what_was_planned_a_year_ahead_is_as_far_away_as_it_was_then() {
        let rhythm = Rhythm { until: at(YEAR), ..Rhythm::default() };
        let push = Subscription { plain_at: Some(at(YEAR + 5)), ..Subscription::default() };
        let mut state = SourceState {
            last_poll_at: Some(at(YEAR)),
            last_success_at: Some(at(-5)),
            next_poll_at: Some(at(YEAR + 7_200)),
            retry_at: Some(at(YEAR + 3_600)),
            // Set before.
            fresh_until: Some(at(600)),
            rhythm: Some(Box::new(rhythm)),
            push: Some(Box::new(push)),
            cron_mark: 7,
            ..SourceState::default()
        };
        let mended_state = mended(&state, NOW).expect("ahead");
        assert_eq!(mended_state.last_poll_at, Some(NOW));
        assert_eq!(mended_state.last_success_at, Some(at(-5)));
        assert_eq!(mended_state.next_poll_at, Some(at(7_200)));
        assert_eq!(mended_state.retry_at, Some(at(3_600)));
        assert_eq!(mended_state.fresh_until, Some(at(600)));
        assert_eq!(mended_state.rhythm.as_ref().map(|rhythm| rhythm.until), Some(NOW));
        assert_eq!(mended_state.push.as_ref().and_then(|push| push.plain_at), Some(at(5)));
        assert_eq!(mended_state.cron_mark, 0);
        assert_eq!(mended(&mended_state, NOW), None, "once is enough");
        // Gone stays gone.
        state.next_poll_at = Some(NEVER);
        assert_eq!(mended(&state, NOW).and_then(|state| state.next_poll_at), Some(NEVER));
        state.last_poll_at = Some(at(SLACK));
        assert_eq!(mended(&state, NOW), None);
    }
}
