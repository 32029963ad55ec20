//! The consuming end of the journal: one thread that commits groups to the store.

use super::clock::{now, real_now};
use crate::config::StorySettings;
use crate::journal::{
    Appended, Delivery, JournalError, LocalConsumer, LocalJournal, Ordered, Work,
};
use crate::store::{Applied, Numbered, PositionRecord, Prepared, Store, StoreError};
use crate::story::{Stories, Traits};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Instant;
use tracing::{error, info, warn};

/// Whether the writer gets on.
#[derive(Debug, Default)]
pub struct WriterHealth {
    /// Start of the commit in progress, real seconds since 1970; 0 between commits.
    busy_since: AtomicI64,
    failed: std::sync::Mutex<Option<String>>,
}

/// A commit that takes longer means that the disk does not answer.
const PATIENCE_SECONDS: i64 = 60;

impl WriterHealth {
    /// # Errors
    /// Why reports are not kept at the moment, in words.
    pub fn check(&self) -> Result<(), String> {
        if !self.is_moving() {
            return Err(format!("a commit has been under way for over {PATIENCE_SECONDS} s"));
        }
        match self.failed.lock().expect("no holder panics").as_ref() {
            Some(why) => Err(format!("the last reports were not kept: {why}")),
            None => Ok(()),
        }
    }

    /// Whether no commit has been under way for too long.
    pub fn is_moving(&self) -> bool {
        let busy_since = self.busy_since.load(Ordering::Relaxed);
        busy_since == 0 || real_now().0 - busy_since <= PATIENCE_SECONDS
    }

    fn set_failed(&self, why: Option<String>) {
        *self.failed.lock().expect("no holder panics") = why;
    }
}

/// What who appends a report makes of it.
pub type Readied = Prepared<Traits>;

/// The journal of this process, which goes on after a position of the store. What needs no turn
/// is done by who appends: a poll. `stories`: how they are to be found.
pub fn journal(
    position: &PositionRecord,
    stories: StorySettings,
) -> (LocalJournal<Readied>, LocalConsumer<Readied>) {
    let is_brief = stories.entries == 0;
    let prepare = move |report: &[u8]| Readied::of::<Stories>(report, is_brief);
    LocalJournal::new(position.sequence, position.recorded_at, now, prepare)
}

/// When entries are read among which stories are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// At once: new ones will come.
    AtStart,
    /// Once a new one comes, if one does.
    WhenNeeded,
}

/// Starts the writer; it ends, giving the store back, when all appenders are gone.
pub fn start(
    mut store: Store,
    mut consumer: LocalConsumer<Readied>,
    health: Arc<WriterHealth>,
    stories: StorySettings,
    reading: Reading,
) -> std::io::Result<JoinHandle<Store>> {
    thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
        let mut stories = Stories::with_capacity(stories.entries);
        if reading == Reading::AtStart {
            let read = read_recent(&mut store, &mut stories, &mut || !consumer.is_over());
            if let Err(error) = read {
                // Before the next entry is placed it is tried again.
                warn!(error = error.full(), "recent entries cannot be read yet");
            }
        }
        while let Some(work) = consumer.next_work() {
            let group = match work {
                Work::Group(group) => group,
                Work::Order(ordered) => {
                    obey(&mut store, &mut consumer, &health, ordered);
                    continue;
                }
                Work::Probe(probe) => {
                    let answer = store.check().map_err(|error| error.full());
                    health.set_failed(answer.clone().err());
                    probe.answer(answer.map_err(JournalError::Refused));
                    continue;
                }
            };
            let outcome = commit(&mut store, &group, &mut stories, &health);
            health.busy_since.store(0, Ordering::Relaxed);
            match outcome {
                Ok(applied) => {
                    health.set_failed(None);
                    for (delivery, applied) in group.into_iter().zip(applied) {
                        let sequence = delivery.sequence;
                        delivery.finish(answer(sequence, applied));
                    }
                }
                Err(why) => {
                    error!(error = why, reports = group.len(), "reports were not kept");
                    health.set_failed(Some(why.clone()));
                    if let Some(first) = group.first() {
                        consumer.rewind(first.sequence);
                    }
                    for delivery in group {
                        delivery.finish(Err(JournalError::Refused(why.clone())));
                    }
                }
            }
        }
        if let Err(error) = store.settle() {
            warn!(
                error = error.full(),
                "the index was not brought up to date; the next start does it"
            );
        }
        store
    })
}

/// Reads recent entries, unless they are known.
fn read_recent(
    store: &mut Store,
    stories: &mut Stories,
    goes_on: &mut dyn FnMut() -> bool,
) -> Result<(), StoreError> {
    let started = Instant::now();
    let entries = store.remind(stories, goes_on)?;
    if entries > 0 {
        let elapsed_ms = started.elapsed().as_millis() as u64;
        let bytes = stories.bytes();
        info!(entries, elapsed_ms, bytes, "recent entries read, among which stories are found");
    }
    Ok(())
}

/// Takes a step of an order; its place in the journal is given back where nothing was written.
fn obey(
    store: &mut Store,
    consumer: &mut LocalConsumer<Readied>,
    health: &WriterHealth,
    ordered: Ordered,
) {
    let Ordered { sequence, recorded_at, order, .. } = &ordered;
    health.busy_since.store(real_now().0, Ordering::Relaxed);
    let outcome = store.obey(order, *sequence, *recorded_at);
    health.busy_since.store(0, Ordering::Relaxed);
    let reached = store.reader().position().map_or(0, |position| position.sequence);
    if reached < *sequence {
        consumer.rewind(*sequence);
    }
    ordered.finish(outcome.map_err(|error| JournalError::Disobeyed(error.full())));
}

fn commit(
    store: &mut Store,
    group: &[Delivery<Readied>],
    stories: &mut Stories,
    health: &WriterHealth,
) -> Result<Vec<Applied>, String> {
    let is_busy = || health.busy_since.store(real_now().0, Ordering::Relaxed);
    is_busy();
    // It may take longer than a commit, as long as it gets on.
    if group.iter().any(|delivery| !delivery.prepared.is_empty()) {
        let gets_on = &mut || {
            is_busy();
            true
        };
        read_recent(store, stories, gets_on).map_err(|error| error.full())?;
    }
    is_busy();
    let numbered: Vec<Numbered<'_, Traits>> = group
        .iter()
        .map(|delivery| Numbered {
            sequence: delivery.sequence,
            recorded_at: delivery.recorded_at,
            report: &delivery.report,
            prepared: Some(&delivery.prepared),
        })
        .collect();
    store.commit(&numbered, stories).map_err(|error| error.full())
}

fn answer(sequence: u64, applied: Applied) -> Result<Appended, JournalError> {
    match applied {
        Applied::Kept { entries_new, entries_changed } => {
            Ok(Appended { sequence, entries_new, entries_changed })
        }
        Applied::Stale => Ok(Appended { sequence, ..Appended::default() }),
        Applied::Unreadable(why) => Err(JournalError::Refused(why)),
    }
}
