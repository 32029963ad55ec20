//! New settings for a running daemon: taken whole, or not at all.

use super::clock::now;
use super::daemon::{callback_client, client, counts, fill_in_port};
use super::live::Live;
use super::operations::Wish;
use super::renaming::{self, Filing};
use super::scheduler::Command;
use super::shared::Shared;
use super::systemd;
use super::upkeep::{self, Task};
use super::writer::Readied;
use crate::config::{self, StoreSettings};
use crate::journal::LocalJournal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

/// Takes new settings, whole or not at all.
pub struct Reloader {
    pub shared: Arc<Shared>,
    pub config_path: Option<PathBuf>,
    pub public_address: SocketAddr,
    pub commands: mpsc::Sender<Command>,
    pub journal: LocalJournal<Readied>,
}

impl Reloader {
    /// Obeys wishes and signals until `stop`.
    pub async fn run(
        &self,
        stop: &CancellationToken,
        mut wished: mpsc::Receiver<Wish>,
        mut reload: mpsc::Receiver<()>,
    ) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                Some(()) = reload.recv() => {
                    systemd::reloading();
                    // What came of it is logged and shown on /status.
                    let _ = self.reload().await;
                }
                Some(wish) = wished.recv() => match wish {
                    Wish::Schedule(command) => {
                        let _ = self.commands.send(command).await;
                    }
                    Wish::Reload(asker) => {
                        systemd::reloading();
                        let _ = asker.send(self.reload().await);
                    }
                },
            }
        }
    }

    async fn reload(&self) -> Result<String, String> {
        let outcome = self.take_settings().await;
        let mut reloads = self.shared.reloads.lock().expect("no holder panics");
        match &outcome {
            Ok(summary) => {
                reloads.loaded_at = now();
                reloads.problems.clear();
                info!(summary, "settings reloaded");
                systemd::ready(summary);
            }
            Err(problems) => {
                reloads.problems = problems.lines().map(str::to_owned).collect();
                error!(problems, "settings not reloaded; the old ones stay in force");
                systemd::ready(&format!(
                    "old settings kept: {}",
                    problems.lines().next().unwrap_or("")
                ));
            }
        }
        outcome
    }

    async fn take_settings(&self) -> Result<String, String> {
        let path = self.config_path.clone().ok_or("these settings came from no file")?;
        let loaded =
            tokio::task::spawn_blocking(move || config::load(&path, now()).map(Box::new)).await;
        let mut config = match loaded {
            Ok(Ok(config)) => *config,
            Ok(Err(error)) => return Err(error.to_string()),
            Err(_) => return Err("reading the settings panicked".to_owned()),
        };
        fill_in_port(&mut config, self.public_address);
        let before = self.shared.live();
        if config.sources.is_empty() && !before.config.sources.is_empty() {
            // More likely a file half written than a wish; at a start it is taken.
            return Err("the file names no source any more; restart if that is meant".to_owned());
        }
        let same_store = |before: &StoreSettings, store: &StoreSettings| {
            (&before.path, before.cache_bytes) == (&store.path, store.cache_bytes)
        };
        let is_same = same_store(&before.config.store, &config.store)
            && before.config.listen == config.listen
            && before.config.stories == config.stories
            && before.config.search == config.search
            && before.config.site.search == config.site.search;
        if !is_same {
            warn!(
                "[listen], [stories], [search], and path and cache of [store], take effect at the next start"
            );
        }
        // Pages lead to search where there is one.
        config.site.search = before.config.site.search;
        // Who asks is told by the proxies of the start, wherever that is looked at.
        config.listen = before.config.listen.clone();
        let client = client(&config).map_err(|error| error.describe())?;
        let callbacks = callback_client(&config).map_err(|error| error.describe())?;
        let live = Arc::new(Live::new(config));
        let reader = self.shared.reader();
        if let Some(reader) = &reader {
            let taken = renaming::take_over(&live, reader, &self.journal).await;
            taken.map_err(|why| format!("a source cannot get its new id: {why}"))?;
            let since = reader.settings_since(&live.settings_tag, now()).map_err(|e| e.full())?;
            self.shared.set_settings_since(since);
        }
        self.shared.swap_live(Arc::clone(&live));
        self.shared.streams.keep_within(&live);
        self.shared.hub.set_client(Some(callbacks));
        let (sources, active) = counts(&live.config);
        let command = Command::Reload(live, client);
        self.commands.send(command).await.map_err(|_| "the scheduler has ended")?;
        if let Some(reader) = &reader {
            let mut filing = Filing::begin(reader).await;
            filing.hurry(&self.journal).await;
            if let Some(upkeep) = self.shared.upkeep().filter(|_| !filing.is_over()) {
                // What comes of it is in the log.
                let (answer, _) = oneshot::channel();
                let _ = upkeep.send(upkeep::Wish { task: Task::File, answer }).await;
            }
        }
        Ok(format!("{sources} sources, {active} polled"))
    }
}
