//! What the admin's feed of alerts holds.

use super::live::Live;
use super::status::address;
use crate::alert;
use crate::model::{Alert, SourceId, SourceState, Timestamp};
use crate::publish::alerts::{AlertEntry, AlertsFeed};
use std::cmp::Reverse;

/// Alerts in the feed; the latest changes are in it.
const MOST: usize = 100;

/// The alerts of sources that are polled, raised or over for not long. `since`: for a feed
/// without any.
pub fn feed<'a>(
    live: &'a Live,
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
            url: address(source),
            alert,
            heading: alert::title(&source.title, alert),
            remedy: alert::remedy(alert.kind),
            last_success_at: state.last_success_at,
        })
    };
    AlertsFeed {
        site: &live.config.site,
        alerts: alerts.into_iter().take(MOST).filter_map(entry).collect(),
        since,
    }
}
