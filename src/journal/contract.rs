//! What a fleet needs of its surroundings. One machine has the local forms.

use crate::model::{SourceId, SourceState};
use std::future::Future;

/// The ordered stream of reports.
pub trait Journal: Send + Sync {
    /// Adds an encoded report; resolves when no crash can take it back.
    /// Waits while the journal is full.
    fn append(
        &self,
        report: Vec<u8>,
    ) -> impl Future<Output = Result<Appended, JournalError>> + Send;

    /// Whether a report would be kept now. Nothing is added.
    fn probe(&self) -> impl Future<Output = Result<(), JournalError>> + Send;
}

/// What became of an appended report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Appended {
    pub sequence: u64,
    pub entries_new: u32,
    pub entries_changed: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    #[error("the journal is closed")]
    Closed,
    #[error("a report of {bytes} bytes exceeds {limit}")]
    TooLarge { bytes: usize, limit: usize },
    #[error("the report was not kept: {0}")]
    Refused(String),
    /// Why an order was not obeyed.
    #[error("{0}")]
    Disobeyed(String),
}

impl JournalError {
    pub fn kind(&self) -> &'static str {
        match self {
            JournalError::Closed => "closed",
            JournalError::TooLarge { .. } => "too_large",
            JournalError::Refused(_) => "refused",
            JournalError::Disobeyed(_) => "disobeyed",
        }
    }
}

/// Where what polling has taught us of each source is kept.
pub trait SourceStates: Send + Sync {
    /// `None`: it was never polled.
    ///
    /// # Errors
    /// In words, when the state cannot be read.
    fn load(&self, source: &SourceId) -> Result<Option<SourceState>, String>;

    /// Tells all, one at a time.
    ///
    /// # Errors
    /// In words, when the states cannot be read.
    fn each(&self, tell: &mut dyn FnMut(SourceId, SourceState)) -> Result<(), String>;
}

/// Who polls which host.
pub trait Membership: Send + Sync {
    /// Whether this process polls the sources of `host` now.
    fn owns(&self, host: &str) -> bool;
}

/// Membership of one machine: it polls everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alone;

impl Membership for Alone {
    fn owns(&self, _host: &str) -> bool {
        true
    }
}
