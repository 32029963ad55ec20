//! What is hot: stories that several outlets tell, in each region, by how many and how lately.
//!
//! A story's place there is a time: that of its last report, and half a day more whenever the
//! outlets that tell it double, where one that told it half a day earlier counts half as much. So
//! the order never depends on now: all lose with time alike.

use super::draft::Draft;
use super::error::StoreError;
use super::heads::{Head, Heads};
use super::postings::{self, Posting};
use super::telling::Teller;
use crate::model::{ChannelKey, Cursor, EntryNo, Timestamp};
use std::collections::BTreeMap;

/// Outlets that make a story hot.
const OUTLETS: usize = 2;

/// Where a story stands among what is hot in a channel. It is shown by its first entry there,
/// which is shown with all prints of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    at: Cursor,
    /// The first of them.
    pub text: EntryNo,
}

/// `there`: who tells the story in the channel, in the order of their numbers.
pub fn standing<'a>(
    mut there: impl Iterator<Item = (&'a EntryNo, &'a Teller)>,
) -> Option<Standing> {
    let (no, first) = there.next()?;
    let reports = first_reports(std::iter::once(first).chain(there.map(|(_, teller)| teller)));
    let is_hot = reports.len() >= OUTLETS;
    is_hot.then(|| {
        let sort_at = heat(reports.into_iter());
        Standing { at: Cursor { sort_at, no: *no }, text: first.text }
    })
}

/// Of each outlet the first report. An outlet is all that has one source or one name: what it is
/// called may have changed while it told the story, or a source's id, and in entries of older
/// programs there is only the source.
fn first_reports<'a>(tellers: impl Iterator<Item = &'a Teller>) -> Vec<Timestamp> {
    let tellers: Vec<&Teller> = tellers.collect();
    let sources = tellers.iter().enumerate().map(|(at, teller)| ((false, teller.source.0), at));
    let named = tellers.iter().enumerate().filter(|(_, teller)| teller.outlet != 0);
    let mut marks: Vec<((bool, u64), usize)> =
        sources.chain(named.map(|(at, teller)| ((true, teller.outlet), at))).collect();
    marks.sort_unstable();
    // Each leads to an earlier one of its outlet, or to itself.
    let mut leads: Vec<usize> = (0..tellers.len()).collect();
    for pair in marks.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        let (one, other) = (root(&leads, pair[0].1), root(&leads, pair[1].1));
        leads[one.max(other)] = one.min(other);
    }
    let mut firsts: BTreeMap<usize, Timestamp> = BTreeMap::new();
    for (at, teller) in tellers.iter().enumerate() {
        let first = firsts.entry(root(&leads, at)).or_insert(teller.sort_at);
        *first = teller.sort_at.min(*first);
    }
    firsts.into_values().collect()
}

fn root(leads: &[usize], mut at: usize) -> usize {
    while leads[at] != at {
        at = leads[at];
    }
    at
}

/// Moves a story in a channel.
pub fn move_within(
    draft: &mut Draft<'_>,
    heads: &mut Heads,
    channel: ChannelKey,
    before: Option<Standing>,
    after: Option<Standing>,
) -> Result<(), StoreError> {
    if before == after {
        return Ok(());
    }
    let Head { record: head, visible } = heads.get(draft, channel)?;
    if let Some(Standing { at, .. }) = before
        && postings::remove(draft, channel, head, at)?.is_some()
    {
        head.shown = head.shown.saturating_sub(1);
    }
    if let Some(Standing { at, .. }) = after
        && postings::put(draft, channel, head, Posting { at, copy: false })?.is_none()
    {
        head.shown += 1;
    }
    *visible = true;
    Ok(())
}

/// A report is worth half as much when it is so much older.
const HALF_LIFE: i64 = 12 * 3600;
/// `HALF_LIFE` × log₂(1 + 2^(-n / 8)), in seconds: what a report adds that is n eighths of a
/// half-life older than all others together.
const ADDED: [i64; 81] = [
    43_200, 40_558, 38_034, 35_625, 33_331, 31_151, 29_082, 27_123, 25_270, 23_522, 21_874, 20_324,
    18_868, 17_502, 16_222, 15_025, 13_907, 12_864, 11_892, 10_987, 10_145, 9_363, 8_637, 7_964,
    7_341, 6_763, 6_229, 5_735, 5_279, 4_857, 4_468, 4_109, 3_778, 3_473, 3_192, 2_934, 2_695,
    2_476, 2_274, 2_089, 1_918, 1_761, 1_617, 1_484, 1_362, 1_250, 1_147, 1_053, 966, 887, 814,
    746, 685, 628, 576, 529, 485, 445, 408, 374, 343, 315, 289, 265, 243, 223, 204, 187, 172, 158,
    145, 133, 122, 112, 102, 94, 86, 79, 72, 66, 61,
];
const STEP: i64 = HALF_LIFE / 8;

/// When a single report would have to come to be worth as much as all of these.
fn heat(reports: impl Iterator<Item = Timestamp>) -> Timestamp {
    let mut reports: Vec<Timestamp> = reports.collect();
    reports.sort_unstable();
    let mut newest_first = reports.into_iter().rev();
    let newest = newest_first.next().unwrap_or_default();
    newest_first.fold(newest, |all, report| {
        let older = all.0.saturating_sub(report.0);
        Timestamp(all.0.saturating_add(added(older)))
    })
}

fn added(older: i64) -> i64 {
    let (step, rest) = ((older / STEP) as usize, older % STEP);
    match ADDED.get(step..step.saturating_add(2)) {
        Some(&[here, next]) => here - (here - next) * rest / STEP,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heat_of(times: &[i64]) -> i64 {
        heat(times.iter().map(|time| Timestamp(*time))).0
    }

    #[test]
    fn twice_the_outlets_are_worth_half_a_day() {
        let now = 1_790_000_000;
        assert_eq!(heat_of(&[now]), now);
        assert_eq!(heat_of(&[now, now]), now + HALF_LIFE);
        // The table is read between its steps.
        assert!((heat_of(&[now; 4]) - (now + 2 * HALF_LIFE)).abs() < 600);
        assert!((heat_of(&[now; 64]) - (now + 6 * HALF_LIFE)).abs() < 1800);
    }

    #[test]
    fn old_reports_add_little_and_in_any_order_the_same() {
        let now = 1_790_000_000;
        let day = 86_400;
        let heat = heat_of(&[now - day, now, now - 3 * day]);
        assert_eq!(heat, heat_of(&[now, now - 3 * day, now - day]));
        assert!(heat > now + added(day) && heat < now + added(day) + added(3 * day) + 60);
        assert_eq!(heat_of(&[now, now - 30 * day]), now);
        assert_eq!(heat_of(&[i64::MAX, i64::MIN]), i64::MAX);
    }

    #[test]
    fn what_comes_later_never_cools_a_story() {
        for later in 0..200 {
            let (first, second) = (1_790_000_000, 1_790_000_000 + later * 977);
            assert!(heat_of(&[first, second]) >= heat_of(&[first]).max(second));
        }
    }
}
