//! Decides after each poll what a person should look at. Pure: time is an argument.
//!
//! An alert is part of the source's state and is kept with the poll that raised or cleared
//! it, so that it is raised once, also over restarts. Raising takes more than clearing
//! leaves, so that nothing flaps.

mod faults;
mod silence;
mod store;
#[cfg(test)]
mod tests;
mod words;

pub use silence::patience;
pub use store::StoreTrouble;
pub use words::{remedy, title};

use crate::model::{Alert, AlertKind, Outcome, SourceState, Timestamp};
use std::time::Duration;

/// What a poll found, as far as alerts need it.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    pub outcome: &'a Outcome,
    /// Entries that were not in the document before.
    pub new_entries: usize,
    /// Items that could not be read, or not whole.
    pub faulty_items: usize,
    /// Of the new entries, those that say it: when they were published.
    pub dates: &'a [Timestamp],
    /// Others have answered while the source did not: it is not our own line that is down.
    pub others_answer: bool,
}

/// What became of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Raised(Alert),
    Cleared(Alert),
}

/// A document that is no feed, in so many polls in a row and over this time: pages that
/// say that a server is being worked on go sooner.
const NO_FEED_POLLS: u32 = 2;
const NO_FEED: Duration = Duration::from_secs(3_600);
/// Failures in a row, and over this time, until a source counts as vanished; over twice the
/// time two are enough, for a server may ask for days of silence.
const VANISHED_POLLS: u32 = 3;
const VANISHED: Duration = Duration::from_secs(3 * 86_400);
/// Cleared alerts are kept so long, for readers that look rarely.
const KEPT: Duration = Duration::from_secs(30 * 86_400);
/// Of an error's text, characters.
const CAUSE_CHARS: usize = 200;

/// Brings the alerts of `state` up to date with a poll at `now`. `before`: the state before
/// the poll; `state`: after it, with failures counted.
pub fn judge(
    before: &SourceState,
    state: &mut SourceState,
    sight: &Sight<'_>,
    now: Timestamp,
) -> Vec<Change> {
    state.alerts.retain(|alert| alert.cleared_at.is_none_or(|at| now.since(at) <= KEPT));
    let mut changes = Vec::new();
    match sight.outcome {
        Outcome::Fetched { .. } | Outcome::NotModified => {
            state.failing_since = None;
            for kind in [AlertKind::NoFeed, AlertKind::Vanished] {
                changes.extend(clear(state, kind, now));
            }
            changes.extend(silence::judge(before, state, sight, now));
            if let Outcome::Fetched { items, .. } = sight.outcome {
                changes.extend(faults::judge(state, *items as usize, sight.faulty_items, now));
            }
        }
        // It is news, and tells nothing of whether the source answers.
        Outcome::Pushed { .. } if sight.new_entries > 0 => {
            changes.extend(silence::judge(before, state, sight, now));
        }
        Outcome::Pushed { .. } | Outcome::Subscription => {}
        Outcome::Gone => {
            let since = *state.failing_since.get_or_insert(now);
            let cause = "the server says that it is gone for good (410)".to_owned();
            changes.extend(raise(state, AlertKind::Vanished, since, now, cause));
        }
        Outcome::Failed { kind, error } => {
            let since = *state.failing_since.get_or_insert(now);
            let (polls, lasted) = (state.failures, now.since(since));
            let cause = || error.chars().take(CAUSE_CHARS).collect();
            if kind == "not_a_feed" {
                if polls >= NO_FEED_POLLS && lasted >= NO_FEED {
                    changes.extend(raise(state, AlertKind::NoFeed, since, now, cause()));
                }
            } else if lasted >= VANISHED
                && (polls >= VANISHED_POLLS || polls > 1 && lasted >= 2 * VANISHED)
                && (state.last_status.is_some() || sight.others_answer)
            {
                changes.extend(raise(state, AlertKind::Vanished, since, now, cause()));
            }
        }
    }
    changes
}

fn is_raised(state: &SourceState, kind: AlertKind) -> bool {
    state.alerts.iter().any(|alert| alert.kind == kind && alert.is_raised())
}

/// Raises an alert unless it is raised already; it takes the place of a cleared one.
fn raise(
    state: &mut SourceState,
    kind: AlertKind,
    since: Timestamp,
    now: Timestamp,
    cause: String,
) -> Option<Change> {
    if is_raised(state, kind) {
        return None;
    }
    state.alerts.retain(|alert| alert.kind != kind);
    let (fault, status) = (state.last_error_kind.clone(), state.last_status);
    let alert = Alert { kind, since, raised_at: now, cleared_at: None, cause, fault, status };
    state.alerts.push(alert.clone());
    Some(Change::Raised(alert))
}

fn clear(state: &mut SourceState, kind: AlertKind, now: Timestamp) -> Option<Change> {
    let raised = |alert: &&mut Alert| alert.kind == kind && alert.is_raised();
    let alert = state.alerts.iter_mut().find(raised)?;
    alert.cleared_at = Some(now);
    Some(Change::Cleared(alert.clone()))
}
