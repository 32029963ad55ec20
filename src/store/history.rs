//! The past polls of a source: its commits, each of which tells where the one before lies.
//! They cost the index no key of their own, and are as old as the segments are.

use super::error::StoreError;
use super::frame::{self, Kind};
use super::keys;
use super::packed;
use super::read::{Reader, get};
use super::record::{CommitRecord, StateRecord};
use super::segment::Location;
use crate::model::{PastPoll, SourceId};
use std::io::ErrorKind;

/// Past polls that are told at most: a frame is read for each.
pub const POLLS: usize = 32;

/// Newest first.
#[derive(Debug, Default)]
pub struct History {
    pub polls: Vec<PastPoll>,
    /// Why it ends before its time: a frame that cannot be read.
    pub broken: Option<StoreError>,
}

impl Reader {
    /// Up to `limit` polls of a source, and [`POLLS`] at most; `None`: there is no such source.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn polls(&self, source: &SourceId, limit: usize) -> Result<Option<History>, StoreError> {
        let record: Option<StateRecord> = get(&self.index, &keys::state(source))?;
        let Some(StateRecord { state, commit: mut next }) = record else { return Ok(None) };
        if state.became().is_some() {
            return Ok(None);
        }
        let former = state.naming.map(|naming| naming.former).unwrap_or_default();
        let past_poll_of = |bytes: &[u8]| {
            let commit = commit_of(bytes)?;
            let is_own = commit.source == *source || former.contains(&commit.source);
            if is_own { past_poll(commit) } else { Err("another source's commit".to_owned()) }
        };
        let mut history = History::default();
        while history.polls.len() < limit.min(POLLS)
            && let Some(at) = next
        {
            match self.bodies.read_as(at, past_poll_of) {
                Ok((poll, before)) => {
                    next = before;
                    history.polls.push(poll);
                }
                // Its segment was rewritten, or has gone.
                Err(StoreError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => break,
                Err(error) => {
                    history.broken = Some(error);
                    break;
                }
            }
        }
        Ok(Some(history))
    }
}

/// A commit out of its frame.
pub fn commit_of(bytes: &[u8]) -> Result<CommitRecord, String> {
    let (frame, _) = frame::read(bytes)?;
    if frame.kind != Kind::Commit {
        return Err("not a commit".to_owned());
    }
    packed::decode(frame.payload)
}

/// With the place of the commit before.
fn past_poll(commit: CommitRecord) -> Result<(PastPoll, Option<Location>), String> {
    let state = commit.state.told()?;
    let poll = PastPoll {
        sequence: commit.sequence,
        polled_at: commit.polled_at,
        facts: commit.facts,
        status: state.last_status,
        entries_new: commit.entries_new,
        entries_changed: commit.entries_changed,
        next_poll_at: state.next_poll_at,
        next_reason: state.next_reason,
        outcome: commit.outcome,
    };
    Ok((poll, commit.before))
}
