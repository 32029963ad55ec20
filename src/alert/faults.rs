//! A rising share of faulty items, seen from the source's own past.

use super::{Change, clear, is_raised, raise};
use crate::model::{AlertKind, SourceState, Timestamp};
use std::time::Duration;

const ALL: u32 = 1_000_000;
/// So many documents must have been read to speak of a past.
const FEWEST_DOCUMENTS: u8 = 8;
const FEWEST_ITEMS: usize = 3;
/// Above what is usual, per million, and at least twice as much: in so many documents in a
/// row it is worth a look, and back within the lesser distance it is over.
const RISE: u32 = 250_000;
const FALL: u32 = 100_000;
const DOUBTFUL: u8 = 2;
/// Each document counts for a sixteenth of what is usual.
const WEIGHT: i64 = 16;
/// What has lasted so long is usual.
const USUAL: Duration = Duration::from_secs(30 * 86_400);

/// After a document of `items` items, those that were dropped as faulty not counted.
pub fn judge(
    state: &mut SourceState,
    items: usize,
    faulty: usize,
    now: Timestamp,
) -> Option<Change> {
    if items == 0 && faulty == 0 {
        return None;
    }
    let share = share(items, faulty);
    let habits = &mut state.habits;
    let known = habits.documents >= FEWEST_DOCUMENTS;
    habits.documents = habits.documents.saturating_add(1);
    let usual = habits.faulty_ppm;
    let rises = known
        && faulty >= FEWEST_ITEMS
        && share >= usual.saturating_add(RISE)
        && share >= usual.saturating_mul(2);
    habits.doubtful = if rises { habits.doubtful.saturating_add(1) } else { 0 };
    let raised = state.alerts.iter().find(|a| a.kind == AlertKind::Broken && a.is_raised());
    if let Some(raised) = raised {
        if now.since(raised.raised_at) > USUAL {
            state.habits.faulty_ppm = share;
        } else if share > usual.saturating_add(FALL) {
            return None;
        }
        return clear(state, AlertKind::Broken, now);
    }
    if !rises {
        let weight = WEIGHT.min(i64::from(habits.documents));
        let moved = (i64::from(share) - i64::from(usual)) / weight;
        habits.faulty_ppm = (i64::from(usual) + moved) as u32;
    } else if habits.doubtful >= DOUBTFUL {
        let percent = |ppm: u32| ppm / 10_000;
        let cause = format!(
            "{faulty} faulty items beside {items}: {} %, where {} % is usual",
            percent(share),
            percent(usual)
        );
        debug_assert!(!is_raised(state, AlertKind::Broken));
        return raise(state, AlertKind::Broken, now, now, cause);
    }
    None
}

/// Faulty items per million: of those that are left, or of all, where they were dropped.
fn share(items: usize, faulty: usize) -> u32 {
    let of = items.max(faulty).max(1) as u64;
    (faulty as u64 * u64::from(ALL) / of) as u32
}
