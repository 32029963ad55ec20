//! The past polls of a source: for `countywire polls`, as JSON and as a page.

use super::held::{Held, put_in_time};
use super::live::Live;
use super::scheduler::host_of;
use super::status::{self, SourceStatus};
use crate::model::{Outcome, PastPoll, Source, SourceId, SourceState, Timestamp};
use crate::publish::history::HistoryPage;
use crate::publish::history_page;
use crate::store::{History, POLLS, Reader, StoreError};
use serde::Serialize;
use url::Url;

/// A source with its last polls, newest first.
#[derive(Debug, Clone, Serialize)]
pub struct SourceHistory {
    /// `null`: it is not in `feeds.toml` any more.
    pub source: Option<SourceStatus>,
    pub polls: Vec<PollLine>,
    /// Why older polls cannot be told.
    pub problem: Option<String>,
}

/// A poll as `countywire polls --json` prints it.
#[derive(Debug, Clone, Serialize)]
pub struct PollLine {
    pub source: String,
    /// RFC 3339, as all instants here.
    pub polled: String,
    /// `scheduled` or `requested`; `pushed` or `subscription`: no poll.
    pub asked: &'static str,
    pub status: Option<u16>,
    /// `fetched`, `not_modified`, `gone`, `failed`, `pushed` or `subscription`.
    pub outcome: &'static str,
    pub error_kind: Option<String>,
    pub error: Option<String>,
    /// Bytes of the body as they came, and decompressed.
    pub received_bytes: u64,
    pub document_bytes: u64,
    pub items: Option<u32>,
    pub defects: Option<u32>,
    pub entries_new: u32,
    pub entries_changed: u32,
    pub elapsed_ms: u32,
    pub next_poll: Option<String>,
    pub next_reason: String,
}

/// Up to `limit` polls; `None`: neither settings nor store know the source. `planned_at`: see
/// [`put_in_time`].
///
/// # Errors
/// When the index cannot be read.
pub fn history(
    live: &Live,
    reader: &Reader,
    id: &SourceId,
    limit: usize,
    planned_at: Timestamp,
) -> Result<Option<SourceHistory>, StoreError> {
    let (source, past) = (live.source(id), reader.polls(id, limit)?);
    if source.is_none() && past.is_none() {
        return Ok(None);
    }
    let (state, held) = standing(live, reader, id, planned_at)?;
    let History { polls, broken } = past.unwrap_or_default();
    Ok(Some(SourceHistory {
        source: source.map(|source| status::status(live, source, &state, &held)),
        polls: polls.iter().map(|poll| line(id, poll)).collect(),
        problem: broken.map(|error| error.full()),
    }))
}

/// The same for a source that has never been polled.
pub fn empty_history(live: &Live, source: &Source) -> SourceHistory {
    let state = SourceState::default();
    let source = Some(status::status(live, source, &state, &Held::default()));
    SourceHistory { source, polls: Vec::new(), problem: None }
}

/// The page of a source of the settings; `None`: there is no such source.
///
/// # Errors
/// When the index cannot be read.
pub fn page(
    live: &Live,
    reader: &Reader,
    id: &SourceId,
    planned_at: Timestamp,
) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(source) = live.source(id) else { return Ok(None) };
    let (state, held) = standing(live, reader, id, planned_at)?;
    let History { polls, broken } = reader.polls(id, POLLS)?.unwrap_or_default();
    let (url, broken) = (status::address(source), broken.map(|error| error.full()));
    let alerts = status::raised(source, &state);
    Ok(Some(history_page(&HistoryPage {
        site: &live.config.site,
        zone: live.names().zone(),
        source: status::row(live, source, &state, &url, &held),
        alerts: alerts.map(|alert| status::alert_row(source, alert)).collect(),
        polls: &polls,
        broken: broken.as_deref(),
    })))
}

/// How a source stands, and what holds its host back: what is stored of the sources there.
fn standing(
    live: &Live,
    reader: &Reader,
    id: &SourceId,
    planned_at: Timestamp,
) -> Result<(SourceState, Held), StoreError> {
    let read = |id: &SourceId| {
        let mut state = reader.state(id)?.unwrap_or_default();
        put_in_time(live, id, &mut state, planned_at);
        Ok::<_, StoreError>(state)
    };
    let state = read(id)?;
    let host = live.source(id).and_then(|source| host_of(source, Some(&state)));
    let Some(host) = host else { return Ok((state, Held::default())) };
    let queue = live.queue_of(&host);
    let beside = |source: &&Source| {
        let host = source.url.as_ref().and_then(Url::host_str);
        host.is_some_and(|host| live.queue_of(host) == queue)
    };
    let beside = live.config.sources.iter().filter(beside);
    let states: Result<Vec<_>, StoreError> =
        beside.map(|s| read(&s.id).map(|state| (&s.id, state))).collect();
    let held = Held::new(live, states?.iter().map(|(id, state)| (*id, state)));
    Ok((state, held))
}

fn line(id: &SourceId, poll: &PastPoll) -> PollLine {
    let (items, defects) = match poll.outcome {
        Outcome::Fetched { items, defects } | Outcome::Pushed { items, defects } => {
            (Some(items), Some(defects))
        }
        _ => (None, None),
    };
    let (error_kind, error) = match &poll.outcome {
        Outcome::Failed { kind, error } => (Some(kind.clone()), Some(error.clone())),
        _ => (None, None),
    };
    PollLine {
        source: id.to_string(),
        polled: poll.polled_at.rfc3339(),
        asked: poll.facts.reason.label(),
        // What a hub did has no status; the state has that of the last poll.
        status: poll.status.filter(|_| poll.outcome != Outcome::Subscription),
        outcome: poll.outcome.label(),
        error_kind,
        error,
        received_bytes: poll.facts.wire_bytes,
        document_bytes: poll.facts.body_bytes,
        items,
        defects,
        entries_new: poll.entries_new,
        entries_changed: poll.entries_changed,
        elapsed_ms: poll.facts.elapsed_ms,
        next_poll: poll.next_poll_at.and_then(Timestamp::planned).map(Timestamp::rfc3339),
        next_reason: poll.next_reason.clone(),
    }
}
