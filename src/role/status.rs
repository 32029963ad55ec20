//! How each source stands: settings and state side by side.

use super::clock::now;
use super::live::Live;
use super::push_status::{PushStatus, push_status};
use crate::model::{DefectCount, Source, SourceId, SourceState, Timestamp};
use crate::publish::status::{SourceCondition, SourceRow, StatusPage};
use serde::Serialize;
use std::collections::HashMap;
use std::time::Duration;

/// A source as `countywire sources` and `/status` show it.
#[derive(Debug, Clone, Serialize)]
pub struct SourceStatus {
    pub id: String,
    pub title: String,
    pub url: String,
    /// `fine`, `waiting`, `failing`, `gone`, `idle` or `off`.
    pub state: &'static str,
    /// Failures in a row.
    pub failures: u32,
    /// RFC 3339, as all instants here.
    pub last_poll: Option<String>,
    pub last_success: Option<String>,
    pub last_status: Option<u16>,
    pub next_poll: Option<String>,
    pub next_reason: String,
    pub last_error: Option<String>,
    /// What was wrong with its last document that was read all the same.
    pub defects: Vec<DefectStatus>,
    pub entries: u64,
    pub last_entry: Option<String>,
    /// `None`: its document names no hub.
    pub push: Option<PushStatus>,
}

/// Defects of one kind.
#[derive(Debug, Clone, Serialize)]
pub struct DefectStatus {
    pub kind: String,
    pub count: u32,
    /// Of the first.
    pub detail: String,
}

/// The daemon as a whole.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    pub version: &'static str,
    pub ready: bool,
    /// Why not.
    pub problem: Option<String>,
    pub config_loaded: String,
    /// Why the last reload was refused.
    pub config_problems: Vec<String>,
    pub journal_sequence: u64,
    pub entries: u64,
    /// Entries found damaged on disk since the start; they are left out.
    pub entries_damaged: usize,
    pub sources: Vec<SourceStatus>,
}

/// The sources of the config, in its order.
pub fn source_statuses(live: &Live, states: Vec<(SourceId, SourceState)>) -> Vec<SourceStatus> {
    let states: HashMap<SourceId, SourceState> = states.into_iter().collect();
    let unknown = SourceState::default();
    let sources = live.config.sources.iter();
    sources
        .map(|source| {
            let state = states.get(&source.id).unwrap_or(&unknown);
            status(source, state, live.config.poll.longest)
        })
        .collect()
}

fn status(source: &Source, state: &SourceState, longest: Duration) -> SourceStatus {
    let condition = condition(source, state);
    let time = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
    let polled = source.is_active() && !state.gone;
    SourceStatus {
        id: source.id.to_string(),
        title: source.title.clone(),
        url: address(source),
        state: condition.label(),
        failures: state.failures,
        last_poll: time(state.last_poll_at),
        last_success: time(state.last_success_at),
        last_status: state.last_status,
        next_poll: time(state.next_poll_at.filter(|_| polled)),
        next_reason: next_reason(state, condition).to_owned(),
        last_error: Some(state.last_error.clone()).filter(|error| !error.is_empty()),
        defects: state.defects.iter().map(defect).collect(),
        entries: state.entries,
        last_entry: time(state.last_entry_at),
        push: push_status(state, longest, now()),
    }
}

fn defect(of: &DefectCount) -> DefectStatus {
    DefectStatus { kind: of.kind.clone(), count: of.count, detail: of.detail.clone() }
}

fn condition(source: &Source, state: &SourceState) -> SourceCondition {
    if !source.enabled {
        SourceCondition::Off
    } else if source.url.is_none() {
        SourceCondition::Idle
    } else if state.gone {
        SourceCondition::Gone
    } else if state.failures > 0 {
        SourceCondition::Failing(state.failures)
    } else if state.last_poll_at.is_none() {
        SourceCondition::Waiting
    } else {
        SourceCondition::Fine
    }
}

fn next_reason(state: &SourceState, condition: SourceCondition) -> &str {
    match condition {
        SourceCondition::Off => "enabled = false",
        SourceCondition::Idle => "needs [poll] rsshub",
        SourceCondition::Gone => "the server answered 410; give it another url or remove it",
        SourceCondition::Waiting => "first poll of a new source",
        SourceCondition::Fine | SourceCondition::Failing(_) => &state.next_reason,
    }
}

fn address(source: &Source) -> String {
    source.url.as_ref().map_or_else(|| source.configured_url.clone(), ToString::to_string)
}

/// The status page; what is broken comes first.
pub fn page(
    live: &Live,
    states: Vec<(SourceId, SourceState)>,
    totals: Vec<(&'static str, String)>,
    config_loaded_at: Timestamp,
    config_problems: &[String],
) -> Vec<u8> {
    let states: HashMap<SourceId, SourceState> = states.into_iter().collect();
    let (unknown, at) = (SourceState::default(), now());
    let addresses: Vec<String> = live.config.sources.iter().map(address).collect();
    let mut rows: Vec<SourceRow<'_>> = live
        .config
        .sources
        .iter()
        .zip(&addresses)
        .map(|(source, url)| {
            let state = states.get(&source.id).unwrap_or(&unknown);
            let condition = condition(source, state);
            let polled = source.is_active() && !state.gone;
            SourceRow {
                id: &source.id,
                title: &source.title,
                url,
                state: condition,
                last_poll_at: state.last_poll_at,
                next_poll_at: state.next_poll_at.filter(|_| polled),
                next_reason: next_reason(state, condition),
                last_error: &state.last_error,
                defects: &state.defects,
                push: push_status(state, live.config.poll.longest, at).map(|push| push.sentence()),
                entries: state.entries,
            }
        })
        .collect();
    rows.sort_by_key(|row| match row.state {
        SourceCondition::Gone => 0,
        SourceCondition::Failing(_) => 1,
        SourceCondition::Fine | SourceCondition::Waiting => 2,
        SourceCondition::Idle | SourceCondition::Off => 3,
    });
    crate::publish::status_page(&StatusPage {
        site: &live.config.site,
        zone: live.names().zone(),
        sources: rows,
        totals,
        config_loaded_at,
        config_problems,
    })
}
