//! What the admin listener answers and can be asked for.

use super::clock::real_now;
use super::held::put_in_time;
use super::removal::{self, Meant};
use super::scheduler::Command;
use super::shared::{Reloads, Shared};
use super::standing::Standing;
use super::status::{self, SourceStatus, Status, Surroundings, source_statuses};
use super::upkeep::{self, Task};
use super::{alerts, figures, history};
use crate::export;
use crate::model::{EntryKey, EntryNo, SourceId, SourceState, TakeDown};
use crate::publish;
use crate::serve::Operations;
use crate::store::Reader;
use crate::text::amounts;
use serde::Serialize;
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
const NOT_OPEN: &str = "the store is not open yet";

type States = Vec<(SourceId, SourceState)>;

impl Desk {
    pub fn new(shared: Arc<Shared>, wishes: mpsc::Sender<Wish>) -> Self {
        Desk { shared, wishes }
    }

    /// All states, read where reading keeps nobody waiting; none while there is no store.
    async fn states(&self) -> States {
        let Some(reader) = self.shared.reader() else { return States::new() };
        let (live, planned_at) = (self.shared.live(), self.shared.planned_at());
        let states = tokio::task::spawn_blocking(move || {
            let mut states = reader.states().unwrap_or_default();
            for (id, state) in &mut states {
                put_in_time(&live, id, state, planned_at);
            }
            states
        });
        states.await.unwrap_or_default()
    }

    fn reloads(&self) -> Reloads {
        self.shared.reloads.lock().expect("no holder panics").clone()
    }

    /// A turn of the store's upkeep; what came of it, as JSON.
    async fn tidy(&self, task: Task) -> Result<Vec<u8>, String> {
        let upkeep = self.shared.upkeep().ok_or(NOT_OPEN)?;
        let (answer, done) = oneshot::channel();
        upkeep.send(upkeep::Wish { task, answer }).await.map_err(|_| STOPPING)?;
        let done = done.await.map_err(|_| STOPPING)??;
        Ok(to_json(&done))
    }

    /// Reads the store where reading keeps nobody waiting.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, String> + Send + 'static,
    ) -> Result<T, String> {
        let reader = self.shared.reader().ok_or(NOT_OPEN)?;
        let read = tokio::task::spawn_blocking(move || read(&reader));
        read.await.map_err(|_| "reading the store panicked; see the log".to_owned())?
    }
}

impl Operations for Desk {
    fn ready(&self) -> Result<(), String> {
        self.shared.check(real_now())
    }

    fn damaged(&self) -> usize {
        self.shared.reader().map_or(0, |reader| reader.damaged())
    }

    async fn status_json(&self) -> Vec<u8> {
        let (live, checked) = (self.shared.live(), self.shared.check(real_now()));
        let (reloads, standing) = (self.reloads(), self.shared.standing().await);
        let position = self.shared.reader().and_then(|reader| reader.position().ok());
        let position = position.unwrap_or_default();
        let mut sources = source_statuses(&live, self.states().await);
        for SourceStatus { id, push, .. } in &mut sources {
            if let Some(push) = push {
                push.dropped = self.shared.callbacks.refused(&SourceId::new(id));
            }
        }
        to_json(&Status {
            version: env!("CARGO_PKG_VERSION"),
            started: self.shared.started_at.rfc3339(),
            ready: checked.is_ok(),
            problem: checked.err(),
            config_loaded: reloads.loaded_at.rfc3339(),
            config_problems: reloads.problems,
            journal_sequence: position.sequence,
            entries: position.entries,
            entries_damaged: self.damaged(),
            alerts: status::alert_statuses(&sources),
            traffic: status::traffic(&self.shared.tally.counts()),
            queue: standing.map(|standing| status::queue_status(&standing)),
            sources,
        })
    }

    async fn status_page(&self) -> Vec<u8> {
        let (live, checked) = (self.shared.live(), self.shared.check(real_now()));
        let (reloads, standing) = (self.reloads(), self.shared.standing().await);
        let position = self.shared.reader().and_then(|reader| reader.position().ok());
        let position = position.unwrap_or_default();
        let damaged = self.damaged();
        let traffic = status::traffic(&self.shared.tally.counts());
        let mut totals = vec![
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
            ("ready", checked.map_or_else(|why| why, |()| "yes".to_owned())),
            ("entries", position.entries.to_string()),
            ("journal", position.sequence.to_string()),
            ("received since the start", amounts::bytes(traffic.received_bytes)),
            ("saved by 304", amounts::bytes(traffic.saved_by_304_bytes)),
            ("saved by compression", amounts::bytes(traffic.saved_by_compression_bytes)),
        ];
        if let Some(Standing { queues, .. }) = &standing {
            totals.push(("polls under way", queues.running.to_string()));
            totals.push(("polls due", queues.due.to_string()));
            totals.push(("behind", amounts::wait(queues.lateness.longest)));
        }
        let (subscriptions, owed) = self.shared.hub.counts();
        if subscriptions > 0 {
            totals.push(("subscriptions to our feeds", subscriptions.to_string()));
            totals.push(("deliveries owed", owed.to_string()));
        }
        let listening = self.shared.streams.clients();
        if listening > 0 {
            totals.push(("clients of streams", listening.to_string()));
        }
        if damaged > 0 {
            totals.push(("damaged entries", damaged.to_string()));
        }
        let surroundings = Surroundings {
            totals,
            standing: standing.as_ref(),
            config_loaded_at: reloads.loaded_at,
            config_problems: &reloads.problems,
        };
        status::page(&live, self.states().await, surroundings)
    }

    fn subscribers_json(&self) -> Vec<u8> {
        to_json(&self.shared.hub.subscribers())
    }

    async fn source_json(&self, source: &str, polls: usize) -> Result<Option<Vec<u8>>, String> {
        let (live, id) = (self.shared.live(), SourceId::new(source));
        let planned_at = self.shared.planned_at();
        let read = move |reader: &Reader| {
            history::history(&live, reader, &id, polls, planned_at).map_err(|error| error.full())
        };
        Ok(self.read(read).await?.map(|history| to_json(&history)))
    }

    async fn source_page(&self, source: &str) -> Result<Option<Vec<u8>>, String> {
        let (live, id) = (self.shared.live(), SourceId::new(source));
        let planned_at = self.shared.planned_at();
        let read = move |reader: &Reader| {
            history::page(&live, reader, &id, planned_at).map_err(|error| error.full())
        };
        self.read(read).await
    }

    fn no_source(&self, source: &str) -> String {
        self.shared.live().config.no_source(source)
    }

    async fn alerts_feed(&self) -> Vec<u8> {
        let (live, states) = (self.shared.live(), self.states().await);
        let shared = Arc::clone(&self.shared);
        let of_store = move |reader: &Reader| {
            Ok(alerts::of_store(reader, |is_damaged| shared.damage_noticed(is_damaged)))
        };
        let of_store = self.read(of_store).await.unwrap_or_default();
        publish::alerts_feed(&alerts::feed(&live, of_store, &states, self.shared.started_at))
    }

    async fn metrics(&self) -> Vec<u8> {
        let reader = self.shared.reader();
        let moment = figures::Moment {
            now: real_now(),
            position: reader.as_ref().and_then(|reader| reader.position().ok()),
            damaged: reader.map_or(0, |reader| reader.damaged()),
            standing: self.shared.standing().await,
        };
        figures::document(&self.shared, &moment)
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
        self.read(move |reader| export::page(reader, EntryNo(after)).map_err(|error| error.full()))
            .await
    }

    async fn compact(&self) -> Result<Vec<u8>, String> {
        self.tidy(Task::Compact).await
    }

    async fn take_down(&self, key: &str) -> Result<Vec<u8>, String> {
        let key = EntryKey::from_hex(key).ok_or("no entry has such a key")?;
        self.tidy(Task::TakeDown(TakeDown::Entry(key))).await
    }

    async fn take_down_source(&self, source: &str) -> Result<Vec<u8>, String> {
        self.tidy(Task::TakeDown(TakeDown::Source(SourceId::new(source)))).await
    }

    async fn matches(&self, query: &str) -> Result<Vec<u8>, String> {
        let meant = Meant::parse(query).ok_or("ask for an entry, a link or a source")?;
        let matches =
            move |reader: &Reader| removal::matches(reader, &meant).map_err(|error| error.full());
        Ok(to_json(&self.read(matches).await?))
    }

    async fn reclassify(&self, after: u64) -> Result<Vec<u8>, String> {
        self.tidy(Task::Reclassify(EntryNo(after))).await
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

fn to_json(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("strings and numbers");
    bytes.push(b'\n');
    bytes
}
