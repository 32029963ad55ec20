//! How each source stands: settings and state side by side.

use super::clock::now;
use super::held::Held;
use super::live::Live;
use super::push_status::{PushStatus, push_status};
use super::scheduler::left_alone;
use super::standing::Standing;
use crate::alert;
use crate::model::{Alert, DefectCount, Source, SourceId, SourceState, Timestamp};
use crate::publish::status::{AlertRow, HostRow, SourceCondition, SourceRow, StatusPage};
use crate::schedule::queue::HostQueue;
use crate::telemetry::Counts;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use url::Url;

/// A source as `countywire sources` and `/status` show it.
#[derive(Debug, Clone, Serialize)]
pub struct SourceStatus {
    pub id: String,
    pub title: String,
    pub url: String,
    /// Where it is polled instead, since it has moved there for good.
    pub moved_to: Option<String>,
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
    /// Until when its host is left alone; `None`: it may be asked now.
    pub held_until: Option<String>,
    pub last_error: Option<String>,
    /// A fixed word, such as `dns` or `timeout`.
    pub last_error_kind: Option<String>,
    /// What was wrong with its last document that was read all the same.
    pub defects: Vec<DefectStatus>,
    pub entries: u64,
    pub last_entry: Option<String>,
    /// `None`: its document names no hub.
    pub push: Option<PushStatus>,
    /// What a person should look at.
    pub alerts: Vec<AlertStatus>,
}

/// An alert that is raised.
#[derive(Debug, Clone, Serialize)]
pub struct AlertStatus {
    pub source: String,
    pub kind: &'static str,
    pub since: String,
    pub raised: String,
    pub cause: String,
    pub remedy: &'static str,
}

/// Traffic since the daemon's start, bytes of bodies.
#[derive(Debug, Clone, Serialize)]
pub struct Traffic {
    /// As they came.
    pub received_bytes: u64,
    /// Sizes of the documents that 304 stood for.
    pub saved_by_304_bytes: u64,
    pub saved_by_compression_bytes: u64,
    pub polls: BTreeMap<&'static str, u64>,
}

/// How far the polls are behind, and which hosts make them wait.
#[derive(Debug, Clone, Serialize)]
pub struct QueueStatus {
    pub due: usize,
    pub later: usize,
    pub running: usize,
    /// How far the source that has been due for longest is behind.
    pub behind_seconds: f64,
    pub hosts: Vec<HostStatus>,
}

#[derive(Debug, Clone, Serialize)]
pub struct HostStatus {
    pub host: String,
    pub due: usize,
    pub later: usize,
    pub running: usize,
    pub free_in_seconds: f64,
    pub behind_seconds: f64,
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
    pub started: String,
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
    /// The latest first.
    pub alerts: Vec<AlertStatus>,
    pub traffic: Traffic,
    /// `null` before the scheduler has started.
    pub queue: Option<QueueStatus>,
    pub sources: Vec<SourceStatus>,
}

/// The source's alerts that are raised; nobody waits for one that is not polled.
pub fn raised<'a>(source: &Source, state: &'a SourceState) -> impl Iterator<Item = &'a Alert> {
    let counts = source.is_active();
    state.alerts.iter().filter(move |alert| counts && alert.is_raised())
}

/// Of all sources, the latest first.
pub fn alert_statuses(sources: &[SourceStatus]) -> Vec<AlertStatus> {
    let mut alerts: Vec<AlertStatus> =
        sources.iter().flat_map(|source| source.alerts.iter().cloned()).collect();
    alerts.sort_by(|a, b| b.raised.cmp(&a.raised).then_with(|| a.source.cmp(&b.source)));
    alerts
}

fn alert_status(source: &Source, alert: &Alert) -> AlertStatus {
    AlertStatus {
        source: source.id.to_string(),
        kind: alert.kind.label(),
        since: alert.since.rfc3339(),
        raised: alert.raised_at.rfc3339(),
        cause: alert.cause.clone(),
        remedy: alert::remedy(alert),
    }
}

pub fn traffic(counts: &Counts) -> Traffic {
    Traffic {
        received_bytes: counts.wire_bytes,
        saved_by_304_bytes: counts.spared_bytes,
        saved_by_compression_bytes: counts.compressed_away_bytes(),
        polls: counts.outcomes.into(),
    }
}

pub fn queue_status(standing: &Standing) -> QueueStatus {
    let queues = &standing.queues;
    let host = |(name, host): &(String, HostQueue)| HostStatus {
        host: name.clone(),
        due: host.due,
        later: host.later,
        running: host.running,
        free_in_seconds: host.free_in.as_secs_f64(),
        behind_seconds: host.behind.as_secs_f64(),
    };
    QueueStatus {
        due: queues.due,
        later: queues.later,
        running: queues.running,
        behind_seconds: queues.lateness.longest.as_secs_f64(),
        hosts: standing.hosts.iter().map(host).collect(),
    }
}

/// The sources of the config, in its order.
pub fn source_statuses(live: &Live, states: Vec<(SourceId, SourceState)>) -> Vec<SourceStatus> {
    let states: HashMap<SourceId, SourceState> = states.into_iter().collect();
    let unknown = SourceState::default();
    let held = Held::new(live, &states);
    let status =
        |source: &Source| status(live, source, states.get(&source.id).unwrap_or(&unknown), &held);
    live.config.sources.iter().map(status).collect()
}

pub fn status(live: &Live, source: &Source, state: &SourceState, held: &Held) -> SourceStatus {
    let condition = condition(source, health(state));
    let time = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
    let (next_poll_at, reason, held_until) = next_poll(live, source, state, held);
    SourceStatus {
        id: source.id.to_string(),
        title: source.title.clone(),
        url: address(source),
        moved_to: moved_to(source, state).map(|url| url.to_string()),
        state: condition.label(),
        failures: state.failures,
        last_poll: time(state.last_poll_at),
        last_success: time(state.last_success_at),
        last_status: state.last_status,
        next_poll: time(next_poll_at),
        next_reason: reason.into_owned(),
        held_until: time(held_until),
        last_error: Some(state.last_error.clone()).filter(|error| !error.is_empty()),
        last_error_kind: Some(state.last_error_kind.clone()).filter(|kind| !kind.is_empty()),
        defects: state.defects.iter().map(defect).collect(),
        entries: state.entries,
        last_entry: time(state.last_entry_at),
        push: push(live, state, held),
        alerts: raised(source, state).map(|alert| alert_status(source, alert)).collect(),
    }
}

fn defect(of: &DefectCount) -> DefectStatus {
    DefectStatus { kind: of.kind.clone(), count: of.count, detail: of.detail.clone() }
}

/// `health`: without regard to the settings.
pub fn condition(source: &Source, health: SourceCondition) -> SourceCondition {
    if !source.enabled {
        SourceCondition::Off
    } else if source.url.is_none() {
        SourceCondition::Idle
    } else {
        health
    }
}

/// How polling goes, whatever the settings say.
pub fn health(state: &SourceState) -> SourceCondition {
    if state.gone {
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

/// When a source is polled next, why then, and until when its host is left alone.
fn next_poll<'a>(
    live: &Live,
    source: &Source,
    state: &'a SourceState,
    held: &Held,
) -> (Option<Timestamp>, Cow<'a, str>, Option<Timestamp>) {
    let reason = next_reason(state, condition(source, health(state)));
    if !source.is_active() || state.gone {
        return (None, Cow::Borrowed(reason), None);
    }
    let at = state.next_poll_at;
    let until = held.until(live, source, Some(state));
    match until.filter(|until| at.is_none_or(|at| at < *until)) {
        Some(until) => {
            (Some(until), Cow::Owned(format!("{} > {reason}", left_alone(until))), Some(until))
        }
        None => (at.and_then(Timestamp::planned), Cow::Borrowed(reason), until),
    }
}

fn push(live: &Live, state: &SourceState, held: &Held) -> Option<PushStatus> {
    let hub = state.push.as_ref().and_then(|push| held.hub_until(live, &push.hub));
    push_status(state, now(), hub)
}

fn moved_to<'a>(source: &Source, state: &'a SourceState) -> Option<&'a str> {
    let own = source.url.as_ref().map(Url::as_str);
    state.moved.as_ref().filter(|_| own == Some(&state.url)).map(|moved| moved.url.as_str())
}

pub fn address(source: &Source) -> String {
    source.url.as_ref().map_or_else(|| source.configured_url.clone(), ToString::to_string)
}

/// What the status page shows besides the sources.
pub struct Surroundings<'a> {
    pub totals: Vec<(&'static str, String)>,
    pub standing: Option<&'a Standing>,
    pub config_loaded_at: Timestamp,
    pub config_problems: &'a [String],
}

/// The status page; what is broken comes first.
pub fn page(
    live: &Live,
    states: Vec<(SourceId, SourceState)>,
    surroundings: Surroundings<'_>,
) -> Vec<u8> {
    let states: HashMap<SourceId, SourceState> = states.into_iter().collect();
    let held = Held::new(live, &states);
    let unknown = SourceState::default();
    let addresses: Vec<String> = live.config.sources.iter().map(address).collect();
    let mut rows = Vec::with_capacity(addresses.len());
    let mut alerts = Vec::new();
    for (source, url) in live.config.sources.iter().zip(&addresses) {
        let state = states.get(&source.id).unwrap_or(&unknown);
        rows.push(row(live, source, state, url, &held));
        alerts.extend(raised(source, state).map(|alert| (source, alert)));
    }
    rows.sort_by_key(|row| match row.state {
        SourceCondition::Gone => 0,
        SourceCondition::Failing(_) => 1,
        SourceCondition::Fine | SourceCondition::Waiting => 2,
        SourceCondition::Idle | SourceCondition::Off => 3,
    });
    alerts.sort_by_key(|(source, alert)| (std::cmp::Reverse(alert.raised_at), &source.id));
    let hosts = surroundings.standing.map_or(&[][..], |standing| &standing.hosts);
    crate::publish::status_page(&StatusPage {
        site: &live.config.site,
        zone: live.names().zone(),
        alerts: alerts.into_iter().map(|(source, alert)| alert_row(source, alert)).collect(),
        sources: rows,
        hosts: hosts.iter().map(host_row).collect(),
        totals: surroundings.totals,
        config_loaded_at: surroundings.config_loaded_at,
        config_problems: surroundings.config_problems,
    })
}

pub fn row<'a>(
    live: &Live,
    source: &'a Source,
    state: &'a SourceState,
    url: &'a str,
    held: &Held,
) -> SourceRow<'a> {
    let (next_poll_at, next_reason, _) = next_poll(live, source, state, held);
    SourceRow {
        id: &source.id,
        title: &source.title,
        url,
        moved_to: moved_to(source, state),
        state: condition(source, health(state)),
        last_poll_at: state.last_poll_at,
        next_poll_at,
        next_reason,
        last_error: &state.last_error,
        defects: &state.defects,
        push: push(live, state, held).map(|push| push.sentence()),
        entries: state.entries,
    }
}

pub fn alert_row<'a>(source: &'a Source, alert: &'a Alert) -> AlertRow<'a> {
    AlertRow {
        source: &source.id,
        heading: alert::title(&source.title, alert),
        since: alert.since,
        cause: &alert.cause,
        remedy: alert::remedy(alert),
    }
}

fn host_row((name, queue): &(String, HostQueue)) -> HostRow {
    let &HostQueue { due, later, running, free_in, behind, .. } = queue;
    HostRow { host: name.clone(), due, later, running, free_in, behind }
}
