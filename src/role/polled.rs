//! What a poll found and what became of it: for who waits for it, for scripts and for the log.

use super::live::without_keys;
use super::moved;
use crate::journal::JournalError;
use crate::model::{Defect, Outcome, Source, SourceState, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;
use tracing::{debug, info, warn};
use url::Url;

/// What a poll found and what became of it.
#[derive(Debug)]
pub struct Polled {
    pub state: SourceState,
    pub outcome: Outcome,
    pub items: usize,
    pub entries_new: u32,
    pub entries_changed: u32,
    pub defects: Vec<Defect>,
    pub elapsed: Duration,
    /// For how long the server wants to be left alone.
    pub hold: Option<Duration>,
    /// When the next poll is to be, whether this one was kept or not.
    pub planned: Option<Timestamp>,
    /// The report was not kept: `state` is the old one, and this is why.
    pub refused: Option<JournalError>,
}

impl Polled {
    /// One line for scripts.
    pub fn to_json(&self, source: &str) -> Value {
        let (error_kind, error) = match &self.outcome {
            Outcome::Failed { kind, error } => (Some(kind), Some(error)),
            _ => (None, None),
        };
        json!({
            "source": source,
            "outcome": self.outcome.label(),
            "status": self.state.last_status,
            "items": self.items,
            "entries_new": self.entries_new,
            "entries_changed": self.entries_changed,
            "defects": self.defects.iter().map(|defect| json!({
                "kind": defect.kind,
                "detail": defect.detail,
            })).collect::<Vec<_>>(),
            "error_kind": error_kind,
            "error": error,
            "moved_to": self.state.moved.as_ref().map(|moved| &moved.url),
            "kept": self.refused.is_none(),
            "next_poll": self.state.next_poll_at.and_then(Timestamp::planned).map(Timestamp::rfc3339),
            "next_reason": self.state.next_reason,
            "elapsed_ms": self.elapsed.as_millis() as u64,
        })
    }

    /// `before`: the state that it began with.
    pub(super) fn log(&self, source: &Source, before: &SourceState) {
        let (source_id, outcome) = (&source.id, self.outcome.label());
        let elapsed_ms = self.elapsed.as_millis() as u64;
        if let Some(error) = &self.refused {
            warn!(%source_id, error_kind = error.kind(), %error, "poll not kept; it will be repeated");
            return;
        }
        match &self.outcome {
            Outcome::Gone => {
                warn!(%source_id, "the source is gone (410) and is not polled any more; remove it or give its new url");
            }
            Outcome::Failed { kind, error } => {
                let attempt = self.state.failures;
                warn!(%source_id, error_kind = kind, error, attempt, elapsed_ms, "poll failed");
            }
            Outcome::Fetched { .. } | Outcome::NotModified => {
                if before.failures > 0 {
                    info!(%source_id, after_failures = before.failures, "source answers again");
                }
                let (items, entries_new) = (self.items, self.entries_new);
                debug!(%source_id, outcome, items, entries_new, elapsed_ms, "polled");
            }
            // Not of polls.
            Outcome::Pushed { .. } | Outcome::Subscription => {}
        }
    }
}

pub(super) fn log_move(source: &Source, change: Option<moved::Change>) {
    let source_id = &source.id;
    let shown = |url: &str| Url::parse(url).map_or(String::new(), |url| without_keys(&url).into());
    match change {
        Some(moved::Change::Adopted(url)) => {
            let url = shown(&url);
            info!(%source_id, url, "the source has moved for good and is polled there from now on; write this url into feeds.toml");
        }
        Some(moved::Change::Dropped(url)) => {
            let url = shown(&url);
            warn!(%source_id, url, "the source is not there any more where it had moved to; its own url is asked again");
        }
        None => {}
    }
}
