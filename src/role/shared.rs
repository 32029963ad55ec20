//! What the parts of a running daemon share: the settings in force, the store once it
//! is open, and how things stand.

use super::callbacks::Callbacks;
use super::clock::now;
use super::hub::Hub;
use super::live::Live;
use super::scheduler::Command;
use super::searching::Search;
use super::standing::Standing;
use super::streams::Streams;
use super::upkeep;
use super::writer::WriterHealth;
use crate::model::Timestamp;
use crate::serve::Answered;
use crate::store::{Progress, Reader};
use crate::telemetry::Tally;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

pub struct Shared {
    live: RwLock<Arc<Live>>,
    /// Counts changes of what documents say that does not come from the store.
    changes: AtomicU64,
    reader: OnceLock<Reader>,
    opening: Mutex<Option<Progress>>,
    settings_since: AtomicI64,
    /// Since when entries are known to be damaged, seconds since 1970; 0: none is.
    damaged_since: AtomicI64,
    pub writer: Arc<WriterHealth>,
    /// Last sign of life of the scheduler, real seconds since 1970; 0 before it starts.
    pub scheduler_beat: Arc<AtomicI64>,
    /// When all polls were planned last, seconds since 1970; 0 before that.
    pub planned_at: Arc<AtomicI64>,
    pub reloads: Mutex<Reloads>,
    pub callbacks: Arc<Callbacks>,
    pub hub: Arc<Hub>,
    pub streams: Arc<Streams>,
    pub search: Arc<Search>,
    pub started_at: Timestamp,
    /// What was polled since then.
    pub tally: Arc<Tally>,
    /// What readers were answered since then.
    pub answered: Arc<Answered>,
    /// To ask the scheduler how things stand; none before it starts.
    scheduler: OnceLock<mpsc::Sender<Command>>,
    /// To have the store tidied; none before it is open.
    upkeep: OnceLock<mpsc::Sender<upkeep::Wish>>,
}

/// What became of the settings.
#[derive(Debug, Clone, Default)]
pub struct Reloads {
    pub loaded_at: Timestamp,
    /// Why the last reload was refused; empty when it was taken.
    pub problems: Vec<String>,
}

/// The scheduler naps for seconds only; silence of this length means that it hangs.
const SCHEDULER_PATIENCE_SECONDS: i64 = 30;

/// For the scheduler to look up; it is busy with whole rounds of polls at times.
const LOOK: Duration = Duration::from_secs(1);

impl Shared {
    pub fn new(
        live: Live,
        loaded_at: Timestamp,
        callbacks: Arc<Callbacks>,
        hub: Arc<Hub>,
        tally: Arc<Tally>,
    ) -> Self {
        Shared {
            live: RwLock::new(Arc::new(live)),
            changes: AtomicU64::new(0),
            reader: OnceLock::new(),
            opening: Mutex::new(None),
            settings_since: AtomicI64::new(0),
            damaged_since: AtomicI64::new(0),
            writer: Arc::default(),
            scheduler_beat: Arc::default(),
            planned_at: Arc::default(),
            reloads: Mutex::new(Reloads { loaded_at, problems: Vec::new() }),
            callbacks,
            hub,
            streams: Arc::default(),
            search: Arc::default(),
            started_at: loaded_at,
            tally,
            answered: Arc::default(),
            scheduler: OnceLock::new(),
            upkeep: OnceLock::new(),
        }
    }

    pub fn set_upkeep(&self, upkeep: mpsc::Sender<upkeep::Wish>) {
        let _ = self.upkeep.set(upkeep);
    }

    pub fn upkeep(&self) -> Option<&mpsc::Sender<upkeep::Wish>> {
        self.upkeep.get()
    }

    pub fn set_scheduler(&self, scheduler: mpsc::Sender<Command>) {
        let _ = self.scheduler.set(scheduler);
    }

    /// How the scheduler's queue and sources stand; `None` when it does not say so at once.
    pub async fn standing(&self) -> Option<Standing> {
        let (asker, answer) = oneshot::channel();
        self.scheduler.get()?.try_send(Command::Look(asker)).ok()?;
        tokio::time::timeout(LOOK, answer).await.ok()?.ok()
    }

    pub fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live.read().expect("no holder panics"))
    }

    pub fn swap_live(&self, live: Arc<Live>) {
        *self.live.write().expect("no holder panics") = live;
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// While it is the same, documents are what they were.
    pub fn version(&self) -> (u64, u64) {
        let stored = self.reader.get().map_or(0, Reader::changes);
        // Both only grow: their sum is the same as long as both are.
        (stored + self.search.changes(), self.changes.load(Ordering::Acquire))
    }

    pub fn reader(&self) -> Option<Reader> {
        self.reader.get().cloned()
    }

    pub fn set_reader(&self, reader: Reader) {
        let _ = self.reader.set(reader);
        self.changes.fetch_add(1, Ordering::Release);
        self.set_opening(None);
    }

    pub fn set_opening(&self, progress: Option<Progress>) {
        *self.opening.lock().expect("no holder panics") = progress;
    }

    /// Since when entries are known to be damaged, where some are now.
    pub fn damage_noticed(&self, is_damaged: bool) -> Option<Timestamp> {
        if !is_damaged {
            self.damaged_since.store(0, Ordering::Relaxed);
            return None;
        }
        let now = now().0;
        let known =
            self.damaged_since.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
        Some(Timestamp(known.map_or_else(|since| since, |_| now)))
    }

    /// How much of the store's index is remade, percent; `None` where it is not being remade.
    pub fn remade_percent(&self) -> Option<u64> {
        let opening = *self.opening.lock().expect("no holder panics");
        let Progress { done, total } = opening.filter(|progress| progress.total > 0)?;
        Some(done * 100 / total)
    }

    /// From when waits count that a clock that was ahead has set.
    pub fn planned_at(&self) -> Timestamp {
        match self.planned_at.load(Ordering::Relaxed) {
            0 => now(),
            seconds => Timestamp(seconds),
        }
    }

    /// Since when documents look as the settings make them.
    pub fn settings_since(&self) -> Timestamp {
        Timestamp(self.settings_since.load(Ordering::Relaxed))
    }

    pub fn set_settings_since(&self, since: Timestamp) {
        self.settings_since.store(since.0, Ordering::Relaxed);
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// Whether store and scheduler answer. `now`: by the real clock.
    ///
    /// # Errors
    /// What does not, in words.
    pub fn check(&self, now: Timestamp) -> Result<(), String> {
        let Some(reader) = self.reader.get() else {
            return Err(match self.remade_percent() {
                Some(percent) => format!("the store's index is being remade: {percent} %"),
                None => "the store is being opened".to_owned(),
            });
        };
        reader.position().map_err(|error| format!("the store cannot be read: {}", error.full()))?;
        self.writer.check()?;
        match self.scheduler_beat.load(Ordering::Relaxed) {
            0 => Err("the scheduler has not started yet".to_owned()),
            beat if now.0 - beat > SCHEDULER_PATIENCE_SECONDS => {
                Err(format!("the scheduler has been silent for {} s", now.0 - beat))
            }
            _ => Ok(()),
        }
    }

    /// Whether the parts still move, even where they cannot get on. `now`: by the real clock.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        let beat = self.scheduler_beat.load(Ordering::Relaxed);
        let readable = self.reader.get().is_some_and(|reader| reader.position().is_ok());
        readable && self.writer.is_moving() && now.0 - beat <= SCHEDULER_PATIENCE_SECONDS
    }
}
