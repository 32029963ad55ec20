//! What a person should look at: decided after each poll, told in the log and in the
//! admin's feed.

use super::digest::Digest;
use super::live::Live;
use super::status::address;
use crate::alert::{self, Change, Sight, StoreTrouble};
use crate::model::{Alert, Outcome, Source, SourceId, SourceState, Timestamp};
use crate::publish::alerts::{AlertEntry, AlertsFeed, StoreAlert};
use crate::store::{Lacking, Reader};
use crate::telemetry::Tally;
use std::cmp::Reverse;
use tracing::{info, warn};

/// What a poll found.
pub struct Seen<'a> {
    pub outcome: &'a Outcome,
    pub digest: Option<&'a Digest>,
    pub at: Timestamp,
}

/// Brings the alerts of `state` up to date; `before`: the state before the poll.
pub fn judge(
    live: &Live,
    tally: &Tally,
    before: &SourceState,
    state: &mut SourceState,
    seen: &Seen<'_>,
) -> Vec<Change> {
    if let Outcome::Fetched { .. } | Outcome::NotModified = seen.outcome {
        tally.succeeded(seen.at);
    }
    let dates: Vec<Timestamp> = seen
        .digest
        .filter(|_| before.habits.last_new_at.is_none())
        .map(|digest| digest.entries.iter().filter_map(|entry| entry.published).collect())
        .unwrap_or_default();
    let failing_since = state.failing_since.unwrap_or(seen.at);
    let is_alone = live.config.sources.iter().filter(|s| s.is_active()).nth(1).is_none();
    let sight = Sight {
        outcome: seen.outcome,
        new_entries: seen.digest.map_or(0, |digest| digest.new),
        faulty_items: seen.digest.map_or(0, |digest| digest.faulty_items),
        dates: &dates,
        others_answer: is_alone || tally.has_succeeded_since(failing_since),
    };
    alert::judge(before, state, &sight, seen.at)
}

/// Once the poll is kept: what has changed, into the log.
pub fn tell(source: &Source, changes: &[Change], tally: &Tally) {
    let source_id = &source.id;
    for change in changes {
        match change {
            Change::Raised(alert) => {
                let (kind, since, remedy) =
                    (alert.kind.label(), alert.since.rfc3339(), alert::remedy(alert));
                warn!(%source_id, alert = kind, since, cause = alert.cause, remedy, "alert raised");
            }
            Change::Cleared(alert) => {
                let (kind, since) = (alert.kind.label(), alert.since.rfc3339());
                info!(%source_id, alert = kind, since, "alert cleared");
            }
        }
    }
    let raised = changes.iter().filter(|change| matches!(change, Change::Raised(_))).count();
    tally.alerts(raised as u64, (changes.len() - raised) as u64);
}

/// What is wrong with the store now. `noticed`: when entries were first found damaged, of those that
/// still are.
pub fn of_store(
    reader: &Reader,
    noticed: impl FnOnce(bool) -> Option<Timestamp>,
) -> Vec<StoreAlert> {
    reader.look_at_damaged_again();
    let entries = reader.damaged();
    let damaged = noticed(entries > 0).map(|since| (StoreTrouble::Damaged { entries }, since));
    let lacking = reader.lacking().map(|(lacking, since)| {
        let Lacking { faults, reports, entries } = lacking;
        (StoreTrouble::Lacking { faults, reports, entries }, since)
    });
    let alert = |(trouble, since): (StoreTrouble, Timestamp)| StoreAlert {
        kind: trouble.label(),
        since,
        heading: trouble.title(),
        cause: trouble.cause(),
        remedy: trouble.remedy(),
    };
    damaged.into_iter().chain(lacking).map(alert).collect()
}

/// Alerts in the feed; the latest changes are in it.
const MOST: usize = 100;

/// The alerts of sources that are polled, raised or over for not long. `since`: for a feed
/// without any.
pub fn feed<'a>(
    live: &'a Live,
    store: Vec<StoreAlert>,
    states: &'a [(SourceId, SourceState)],
    since: Timestamp,
) -> AlertsFeed<'a> {
    let mut alerts: Vec<(&SourceId, &SourceState, &Alert)> = states
        .iter()
        .flat_map(|(id, state)| state.alerts.iter().map(move |alert| (id, state, alert)))
        .filter(|(id, ..)| live.source(id).is_some_and(|source| source.is_active()))
        .collect();
    alerts.sort_by_key(|(id, _, alert)| (Reverse(alert.changed_at()), *id, alert.kind));
    let entry = |(id, state, alert): (&'a SourceId, &'a SourceState, &'a Alert)| {
        let source = live.source(id)?;
        Some(AlertEntry {
            source: id,
            named: state.key_source(id),
            url: address(source),
            alert,
            heading: alert::title(&source.title, alert),
            remedy: alert::remedy(alert),
            last_success_at: state.last_success_at,
        })
    };
    AlertsFeed {
        site: &live.config.site,
        store,
        alerts: alerts.into_iter().take(MOST).filter_map(entry).collect(),
        since,
    }
}
