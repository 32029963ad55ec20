//! What the admin listener answers and can be asked for.

use super::clock::real_now;
use super::live::Live;
use super::scheduler::Command;
use super::shared::Shared;
use super::status::{self, SourceStatus, Status, source_statuses};
use crate::export;
use crate::model::{EntryNo, SourceId};
use crate::serve::Operations;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Wishes of the admin that change the running daemon.
pub enum Wish {
    Schedule(Command),
    Reload(oneshot::Sender<Result<String, String>>),
}

pub struct Desk {
    shared: Arc<Shared>,
    wishes: mpsc::Sender<Wish>,
}

const STOPPING: &str = "the daemon is stopping";

impl Desk {
    pub fn new(shared: Arc<Shared>, wishes: mpsc::Sender<Wish>) -> Self {
        Desk { shared, wishes }
    }

    fn states(&self) -> Vec<(SourceId, crate::model::SourceState)> {
        self.shared.reader().and_then(|reader| reader.states().ok()).unwrap_or_default()
    }
}

impl Desk {
    /// With what only a running daemon knows.
    fn sources(&self, live: &Live) -> Vec<SourceStatus> {
        let mut sources = source_statuses(live, self.states());
        for source in &mut sources {
            if let Some(push) = &mut source.push {
                push.dropped = self.shared.callbacks.refused(&SourceId::new(&source.id));
            }
        }
        sources
    }
}

impl Operations for Desk {
    fn ready(&self) -> Result<(), String> {
        self.shared.check(real_now())
    }

    fn status_json(&self) -> Vec<u8> {
        let (live, checked) = (self.shared.live(), self.shared.check(real_now()));
        let reloads = self.shared.reloads.lock().expect("no holder panics").clone();
        let position = self.shared.reader().and_then(|reader| reader.position().ok());
        let position = position.unwrap_or_default();
        let status = Status {
            version: env!("CARGO_PKG_VERSION"),
            ready: checked.is_ok(),
            problem: checked.err(),
            config_loaded: reloads.loaded_at.rfc3339(),
            config_problems: reloads.problems,
            journal_sequence: position.sequence,
            entries: position.entries,
            entries_damaged: self.shared.reader().map_or(0, |reader| reader.damaged()),
            sources: self.sources(&live),
        };
        let mut bytes = serde_json::to_vec_pretty(&status).expect("strings and numbers");
        bytes.push(b'\n');
        bytes
    }

    fn status_page(&self) -> Vec<u8> {
        let (live, checked) = (self.shared.live(), self.shared.check(real_now()));
        let reloads = self.shared.reloads.lock().expect("no holder panics").clone();
        let position = self.shared.reader().and_then(|reader| reader.position().ok());
        let position = position.unwrap_or_default();
        let damaged = self.shared.reader().map_or(0, |reader| reader.damaged());
        let mut totals = vec![
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
            ("ready", checked.map_or_else(|why| why, |()| "yes".to_owned())),
            ("entries", position.entries.to_string()),
            ("journal", position.sequence.to_string()),
        ];
        if damaged > 0 {
            totals.push(("damaged entries", damaged.to_string()));
        }
        status::page(&live, self.states(), totals, reloads.loaded_at, &reloads.problems)
    }

    async fn poll(&self, source: &str) -> Result<Vec<u8>, String> {
        let id = SourceId::new(source);
        let (asker, answer) = oneshot::channel();
        let wish = Wish::Schedule(Command::PollNow(id, asker));
        self.wishes.send(wish).await.map_err(|_| STOPPING)?;
        let polled = answer.await.map_err(|_| STOPPING)??;
        let mut bytes = serde_json::to_vec(&polled.to_json(source)).expect("strings and numbers");
        bytes.push(b'\n');
        Ok(bytes)
    }

    async fn export(&self, after: u64) -> Result<Vec<u8>, String> {
        let reader = self.shared.reader().ok_or("the store is not open yet")?;
        let page = tokio::task::spawn_blocking(move || {
            export::page(&reader, EntryNo(after)).map_err(|error| error.full())
        });
        page.await.map_err(|_| "exporting panicked; see the log".to_owned())?
    }

    async fn reload(&self) -> Result<Vec<u8>, String> {
        let (asker, answer) = oneshot::channel();
        self.wishes.send(Wish::Reload(asker)).await.map_err(|_| STOPPING)?;
        let summary = answer.await.map_err(|_| STOPPING)??;
        let mut bytes = json!({ "reloaded": summary }).to_string().into_bytes();
        bytes.push(b'\n');
        Ok(bytes)
    }
}
