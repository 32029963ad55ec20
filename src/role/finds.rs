//! What a request and its document said, and what that changes of the source's state.

use super::digest::Digest;
use super::{freshness, moved};
use crate::fetch::FetchError;
use crate::model::{Hubs, Outcome, Restraint, SourceState, Timestamp, Validators, Wishes};
use crate::schedule::restraint;
use std::time::Duration;
use url::Url;

/// What the request and the document said, before it is judged.
pub struct Finds {
    pub outcome: Outcome,
    pub digest: Option<Digest>,
    pub status: Option<u16>,
    /// With the address that gave them; `None`: the known ones stay.
    pub validators: Option<(Validators, String)>,
    pub freshness: Option<Duration>,
    pub retry_after: Option<Duration>,
    /// What a whole document names; `None`: nothing was learnt of it.
    pub hubs: Option<Option<Hubs>>,
    pub error: String,
    /// No request reached a server.
    pub unsent: bool,
    /// See [`moved::settle`].
    pub led_to: Option<Url>,
    /// Bytes of the body as they came, and decompressed.
    pub wire_bytes: u64,
    pub body_bytes: u64,
    /// A body could not be opened; with it, whether it was asked for again.
    pub broken_body: Option<bool>,
}

impl Finds {
    pub fn hold(&self) -> Option<Duration> {
        restraint::hold(self.status, self.retry_after)
    }

    pub fn failed(error: &FetchError) -> Finds {
        let outcome = if error.is_gone() {
            Outcome::Gone
        } else {
            Outcome::Failed { kind: error.kind().to_owned(), error: error.describe() }
        };
        Finds {
            outcome,
            digest: None,
            status: error.answered(),
            validators: None,
            freshness: error.freshness(),
            retry_after: error.retry_after(),
            hubs: None,
            error: error.describe(),
            unsent: error.is_unsent(),
            led_to: None,
            wire_bytes: error.wire_bytes(),
            body_bytes: 0,
            broken_body: error.broken_body(),
        }
    }

    /// Writes what was found into the state.
    pub fn settle(&self, state: &mut SourceState, answered_at: Timestamp) {
        state.last_poll_at = Some(answered_at);
        state.last_status = self.status;
        state.last_error = self.error.clone();
        state.last_error_kind = match &self.outcome {
            Outcome::Failed { kind, .. } => kind.clone(),
            Outcome::Gone => "gone".to_owned(),
            Outcome::Fetched { .. }
            | Outcome::NotModified
            | Outcome::Pushed { .. }
            | Outcome::Subscription => String::new(),
        };
        state.unsent = if self.unsent { state.unsent.saturating_add(1) } else { 0 };
        if let Some((validators, url)) = &self.validators {
            state.validators = validators.clone();
            state.validated_url = Some(url.clone());
        }
        match &self.outcome {
            Outcome::Fetched { .. } | Outcome::NotModified => {
                state.last_success_at = Some(answered_at);
                state.failures = 0;
                state.gone = false;
            }
            Outcome::Gone => state.gone = true,
            Outcome::Failed { .. } => state.failures = state.failures.saturating_add(1),
            // Not of polls.
            Outcome::Pushed { .. } | Outcome::Subscription => {}
        }
        freshness::settle(state, &self.outcome, self.freshness);
        if restraint::is_refusal(self.status, self.retry_after) {
            state.restraint = restraint::refused(state.restraint, answered_at);
        }
        if let Outcome::Fetched { .. } = self.outcome {
            state.document_bytes = self.wire_bytes;
        }
        if let Some(digest) = &self.digest {
            digest.settle(state);
        }
        if let Some(hubs) = &self.hubs {
            state.hubs = hubs.clone().map(Box::new);
        }
    }
}

/// The state with which `url` is polled: validators and seen items belong to an address.
pub fn known(state: &SourceState, url: &Url) -> SourceState {
    let mut known = match moved::knows(state, url) {
        true => state.clone(),
        false => without_document(state),
    };
    if known.url != url.as_str() {
        known.url = url.to_string();
        (known.moved, known.moving) = (None, None);
    }
    known
}

/// The state of a source whose address has changed: history stays, the document goes.
fn without_document(state: &SourceState) -> SourceState {
    SourceState {
        validators: Validators::default(),
        validated_url: None,
        seen: Vec::new(),
        marks: Vec::new(),
        clock_polls: 0,
        link_polls: 0,
        stump: None,
        wishes: Wishes::default(),
        fresh_seconds: 0,
        uncompressed: None,
        restraint: Restraint::default(),
        defects: Vec::new(),
        document_bytes: 0,
        failures: 0,
        unsent: 0,
        failing_since: None,
        gone: false,
        hubs: None,
        ..state.clone()
    }
}
