//! From a store that was taken to sources that may be polled.

use super::super::renaming::{self, Filing};
use super::super::searching;
use super::super::shared::Shared;
use super::super::systemd;
use super::super::writer::Readied;
use super::StartError;
use crate::journal::LocalJournal;
use crate::store::{Lock, Progress, Settings, Store};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Between two tries to give sources their new ids.
const AGAIN: Duration = Duration::from_secs(10);

/// Opens the store, telling systemd and `/readyz` how far a remake has come. Greets when it is open,
/// or is to be once its index is remade.
pub async fn open(
    lock: Lock,
    settings: Settings,
    shared: Arc<Shared>,
    greet: impl FnOnce() + Send + 'static,
) -> Result<Store, StartError> {
    let opened = tokio::task::spawn_blocking(move || {
        let mut told = None;
        let mut greet = Some(greet);
        let mut greet_once = || greet.take().map_or((), |greet| greet());
        let store = Store::open_locked(lock, &settings, &mut |progress| {
            greet_once();
            shared.set_opening(Some(progress));
            let Progress { done, total } = progress;
            let percent = done * 100 / total.max(1);
            if told != Some(percent) {
                told = Some(percent);
                systemd::extend_timeout(Duration::from_secs(60));
                systemd::status(&format!("remaking the index: {percent} %"));
            }
        })?;
        greet_once();
        Ok(store)
    });
    match opened.await {
        Ok(store) => store,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// Gives sources with new ids the history of the former ones: before that they must not be polled.
/// Tries until it is done; `None`: a stop was wanted first. Returns the entries that are left.
pub async fn take_over(
    shared: &Shared,
    journal: &LocalJournal<Readied>,
    stop: &CancellationToken,
) -> Option<Filing> {
    let Some(reader) = shared.reader() else { return Some(Filing::default()) };
    while let Err(why) = renaming::take_over(&shared.live(), &reader, journal).await {
        warn!(why, "sources cannot get their new ids; nothing is polled until they can");
        systemd::extend_timeout(AGAIN * 2);
        tokio::select! {
            () = stop.cancelled() => return None,
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
    let mut filing = Filing::begin(&reader).await;
    filing.hurry(journal).await;
    Some(filing)
}

/// Begins to follow the store, where it is to be searched.
pub fn search(shared: &Shared) -> std::io::Result<Option<std::thread::JoinHandle<()>>> {
    let live = shared.live();
    let folder = searching::folder(&live.config);
    let Some(reader) = shared.reader().filter(|_| live.config.site.search) else {
        // Nobody would take out of it what leaves the store.
        searching::remove(&folder);
        return Ok(None);
    };
    let memory = live.config.search.memory_bytes;
    searching::start(Arc::clone(&shared.search), reader, folder, memory).map(Some)
}
