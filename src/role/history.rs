//! The past polls of a source: for `countywire polls`, as JSON and as a page.

use super::live::Live;
use super::status::{self, SourceStatus};
use crate::model::{Outcome, PastPoll, Source, SourceId, SourceState, Timestamp};
use crate::publish::history::HistoryPage;
use crate::publish::history_page;
use crate::store::{History, POLLS, Reader, StoreError};
use serde::Serialize;

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

/// Up to `limit` polls; `None`: neither settings nor store know the source.
///
/// # Errors
/// When the index cannot be read.
pub fn history(
    live: &Live,
    reader: &Reader,
    id: &SourceId,
    limit: usize,
) -> Result<Option<SourceHistory>, StoreError> {
    let (source, past) = (live.source(id), reader.polls(id, limit)?);
    if source.is_none() && past.is_none() {
        return Ok(None);
    }
    let state = reader.state(id)?.unwrap_or_default();
    let History { polls, broken } = past.unwrap_or_default();
    Ok(Some(SourceHistory {
        source: source.map(|source| status::status(source, &state)),
        polls: polls.iter().map(|poll| line(id, poll)).collect(),
        problem: broken.map(|error| error.full()),
    }))
}

/// The same for a source that has never been polled.
pub fn empty_history(source: &Source) -> SourceHistory {
    let source = Some(status::status(source, &SourceState::default()));
    SourceHistory { source, polls: Vec::new(), problem: None }
}

/// The page of a source of the settings; `None`: there is no such source.
///
/// # Errors
/// When the index cannot be read.
pub fn page(live: &Live, reader: &Reader, id: &SourceId) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(source) = live.source(id) else { return Ok(None) };
    let state = reader.state(id)?.unwrap_or_default();
    let History { polls, broken } = reader.polls(id, POLLS)?.unwrap_or_default();
    let (url, broken) = (status::address(source), broken.map(|error| error.full()));
    let alerts = status::raised(source, &state);
    Ok(Some(history_page(&HistoryPage {
        site: &live.config.site,
        zone: live.names().zone(),
        source: status::row(source, &state, &url),
        alerts: alerts.map(|alert| status::alert_row(source, alert)).collect(),
        polls: &polls,
        broken: broken.as_deref(),
    })))
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
        status: poll.status,
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
        next_poll: poll.next_poll_at.map(Timestamp::rfc3339),
        next_reason: poll.next_reason.clone(),
    }
}
