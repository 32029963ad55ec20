//! While reports are not kept nobody is polled: it would be for nothing, and be done again.

use crate::journal::{Journal, JournalError};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tracing::{info, warn};

/// How often it is tried whether they are kept again.
const PROBE_EVERY: Duration = Duration::from_secs(10);

pub(super) struct Pause {
    stage: Stage,
    probes: JoinSet<Result<(), JournalError>>,
    next_probe: Instant,
}

enum Stage {
    /// Not tried yet.
    Unknown,
    Off,
    On(String),
}

impl Pause {
    pub fn new() -> Pause {
        Pause { stage: Stage::Unknown, probes: JoinSet::new(), next_probe: Instant::now() }
    }

    pub fn is_on(&self) -> bool {
        !matches!(self.stage, Stage::Off)
    }

    /// Why nobody is polled, in words.
    pub fn why(&self) -> Option<&str> {
        match &self.stage {
            Stage::On(why) => Some(why),
            Stage::Unknown | Stage::Off => None,
        }
    }

    /// A report was not kept.
    pub fn begin(&mut self, error: &JournalError) {
        let why = error.to_string();
        if self.why() != Some(&why) {
            warn!(why, "nobody is polled until reports are kept again");
        }
        self.stage = Stage::On(why);
        self.next_probe = Instant::now() + PROBE_EVERY;
    }

    /// Tries whether reports are kept again, when it is time. Returns how long until then.
    pub fn probe<J: Journal + Clone + 'static>(&mut self, journal: &J) -> Duration {
        let wait = self.next_probe.saturating_duration_since(Instant::now());
        if wait.is_zero() && self.probes.is_empty() {
            let journal = journal.clone();
            self.probes.spawn(async move { journal.probe().await });
        }
        wait.max(Duration::from_millis(100))
    }

    /// What was found; `None`: nothing is being tried.
    pub async fn answer(&mut self) -> Option<Result<(), JournalError>> {
        Some(self.probes.join_next().await?.unwrap_or(Err(JournalError::Closed)))
    }

    pub fn heard(&mut self, answer: Result<(), JournalError>) {
        match answer {
            Err(error) => self.begin(&error),
            Ok(()) => {
                if let Stage::On(_) = std::mem::replace(&mut self.stage, Stage::Off) {
                    info!("reports are kept again; polls go on");
                }
            }
        }
    }
}
