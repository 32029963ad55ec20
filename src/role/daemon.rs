//! The daemon: start, reload and stop, in that order.
//!
//! Start: listeners, admin, store, addresses told, public, writer, scheduler, ready. Stop: no new
//! polls, polls under way finish or are abandoned, the journal drains into the store,
//! answers in flight are finished.

mod error;
mod listeners;
mod opening;
mod settings;
mod stopping;

pub use error::StartError;
pub use listeners::fill_in_port;
pub use settings::{callback_client, client, store_settings};

use super::callbacks::Callbacks;
use super::clock::{now, real_now};
use super::content::Site;
use super::hub::{Courier, Hub};
use super::live::Live;
use super::operations::Desk;
use super::poll::Poller;
use super::reload::Reloader;
use super::scheduler::Scheduler;
use super::shared::Shared;
use super::states::StoredStates;
use super::subscriber::Subscriber;
use super::upkeep::Upkeep;
use super::writer::Reading;
use super::{readers, systemd, writer};
use crate::config::Config;
use crate::journal::Alone;
use crate::publish;
use crate::serve::{self, Admin, Limits, Listening, Public};
use crate::store::Lock;
use crate::telemetry::Tally;
use listeners::{bound, taken};
use opening::{open, search, take_over};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use stopping::StopServing;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

pub struct Daemon {
    public: Listening,
    admin: Listening,
    lock: Lock,
    config: Config,
    /// For reloads; none when the settings came from nowhere on disk.
    config_path: Option<PathBuf>,
}

/// For opening the store: a restart refuses no reader. Remaking the index takes longer,
/// and then readers are told to come back.
const READERS_WAIT: Duration = Duration::from_secs(2);

/// Clocks are set by a little, and nobody need hear of it.
const CLOCK_SLACK: Duration = Duration::from_secs(60);

impl Daemon {
    /// Binds the listeners, or takes those that systemd has bound; then takes the store.
    pub async fn bind(
        mut config: Config,
        config_path: Option<PathBuf>,
    ) -> Result<Daemon, StartError> {
        let mut given = listenfd::ListenFd::from_env();
        let public = match taken(&mut given, 0)? {
            Some(listener) => listener,
            None => bound(config.listen.public, "public")?,
        };
        let admin = match taken(&mut given, 1)? {
            Some(listener) => listener,
            None => bound(config.listen.admin, "admin")?,
        };
        let lock = Lock::take(&config.store.path)?;
        let public = Listening::new(public).map_err(StartError::Socket)?;
        let admin = Listening::new(admin).map_err(StartError::Socket)?;
        fill_in_port(&mut config, public.address);
        Ok(Daemon { public, admin, lock, config, config_path })
    }

    pub fn public_url(&self) -> &str {
        self.config.site.base_url.as_str()
    }

    pub fn admin_address(&self) -> SocketAddr {
        self.admin.address
    }

    /// Runs until `stop`; reads its settings again at each `reload`. `greet` is called once it is
    /// sure that something will be served.
    ///
    /// # Errors
    /// When the store cannot be opened or the start fails otherwise.
    pub async fn run(
        self,
        greet: impl FnOnce() + Send + 'static,
        stop: CancellationToken,
        reload: mpsc::Receiver<()>,
    ) -> Result<(), StartError> {
        let Daemon { public, admin, lock, config, config_path } = self;
        let client = client(&config)?;
        let settings = store_settings(&config);
        let (public_address, admin_address) = (public.address, admin.address);
        let (limits, gate) = readers::limits(&config.listen, config.hub.streams);
        let cache_bytes = config.listen.cache_bytes;
        let tally = Arc::new(Tally::default());
        let (callbacks, heard) = Callbacks::new(Arc::clone(&tally));
        let callbacks = Arc::new(callbacks);
        let (hub, asked) = Hub::new();
        let hub = Arc::new(hub);
        let shared =
            Shared::new(Live::new(config), now(), Arc::clone(&callbacks), Arc::clone(&hub), tally);
        let shared = Arc::new(shared);
        let (wishes, wished) = mpsc::channel(16);

        let stop_serving = CancellationToken::new();
        let desk = Arc::new(Desk::new(Arc::clone(&shared), wishes));
        let desk = Admin::new(desk, publish::page::CONTENT_SECURITY_POLICY, publish::style::STYLE);
        let admin = tokio::spawn(serve::serve(
            admin,
            Arc::new(desk),
            Limits::default(),
            stop_serving.clone(),
        ));
        let site = Arc::new(Site::new(Arc::clone(&shared)));
        let site = Arc::new(Public::new(site, gate, cache_bytes, Arc::clone(&shared.answered)));
        let published = Arc::clone(&site);
        let (opened, stop_public) = (CancellationToken::new(), stop_serving.clone());
        let may_serve = opened.clone();
        let public = tokio::spawn(async move {
            // Until then readers wait in the listener's backlog.
            let _ = tokio::time::timeout(READERS_WAIT, may_serve.cancelled()).await;
            serve::serve(public, site, limits, stop_public).await;
        });

        // Nobody is told of addresses at which nothing will be served.
        let greet = move || {
            // Neither base_url nor port 0 tells them.
            info!(public = %public_address, admin = %admin_address, "listening");
            greet();
        };
        let mut store = open(lock, settings, Arc::clone(&shared), greet).await?;
        store.tell({
            let (hub, streams) = (Arc::clone(&hub), Arc::clone(&shared.streams));
            Box::new(move |channels| {
                streams.tell(channels);
                hub.tell(channels);
            })
        });
        let reader = store.reader();
        let position = reader.position()?;
        if position.recorded_at > now() + CLOCK_SLACK {
            let until = position.recorded_at.rfc3339();
            warn!(
                until,
                "the store has reports of a time to come: a clock was ahead, or is behind now; till then entries are first seen at that time"
            );
        }
        let states = Arc::new(StoredStates(reader.clone()));
        let since = reader.settings_since(&shared.live().settings_tag, now())?;
        shared.set_settings_since(since);
        hub.set_client(Some(callback_client(&shared.live().config)?));
        let courier = Courier::open(&shared, published, reader.clone(), asked);
        let courier = courier.map_err(StartError::Hub)?;
        shared.set_reader(reader);
        opened.cancel();
        let searching = search(&shared).map_err(StartError::Thread)?;
        let stories = shared.live().config.stories;
        let (journal, consumer) = writer::journal(&position, stories);
        let health = Arc::clone(&shared.writer);
        let writer = writer::start(store, consumer, health, stories, Reading::AtStart)
            .map_err(StartError::Thread)?;

        let stopping = StopServing {
            stop: stop_serving,
            tasks: [admin, public],
            search: Arc::clone(&shared.search),
            searching,
        };
        let Some(filing) = take_over(&shared, &journal, &stop).await else {
            drop(journal);
            stopping.after(writer).await;
            return Ok(());
        };
        let (upkeep_wishes, wishes) = mpsc::channel(4);
        shared.set_upkeep(upkeep_wishes);
        let upkeep =
            Upkeep { journal: journal.clone(), shared: Arc::clone(&shared), wishes, filing };
        let upkeep = tokio::spawn(upkeep.run(stop.clone()));
        let courier = tokio::spawn(courier.run(stop.clone()));
        let mut poller = Poller::new(shared.live(), client, journal.clone());
        poller.tally = Arc::clone(&shared.tally);
        let (commands, obeyed) = mpsc::channel(16);
        shared.set_scheduler(commands.clone());
        let subscriber = Subscriber::new(callbacks, heard);
        let scheduler = Scheduler::new(poller, Alone, states, obeyed, subscriber, &shared)
            .map_err(StartError::States)?;
        // From here on its silence would be a fault; the watchdog may look before it has begun.
        shared.scheduler_beat.store(real_now().0, Ordering::Relaxed);
        let scheduler = tokio::spawn(scheduler.run(stop.clone()));
        let watchdog = tokio::spawn(feed_watchdog(Arc::clone(&shared)));

        let (sources, active) = counts(&shared.live().config);
        info!(sources, active, entries = position.entries, "ready");
        systemd::ready(&format!("{active} sources polled, {} entries", position.entries));
        let reloader = Reloader {
            shared: Arc::clone(&shared),
            config_path,
            public_address,
            commands,
            journal,
        };
        reloader.run(&stop, wished, reload).await;
        drop(reloader);

        info!("stopping");
        systemd::stopping();
        shared.streams.end();
        if scheduler.await.is_err() {
            error!("the scheduler panicked");
        }
        if upkeep.await.is_err() {
            error!("the upkeep of the store panicked");
        }
        if courier.await.is_err() {
            error!("the hub panicked");
        }
        // All held the journal; without them the writer finishes what is queued.
        stopping.after(writer).await;
        watchdog.abort();
        info!("stopped");
        Ok(())
    }
}

/// All sources, and those that are polled.
pub fn counts(config: &Config) -> (usize, usize) {
    let active = config.sources.iter().filter(|source| source.is_active()).count();
    (config.sources.len(), active)
}

/// Feeds systemd's watchdog while scheduler and store answer.
async fn feed_watchdog(shared: Arc<Shared>) {
    let Some(period) = systemd::watchdog_period() else { return };
    loop {
        match shared.check(real_now()) {
            Ok(()) => systemd::alive(),
            // A full disk is no reason to be killed: the daemon still serves.
            Err(why) if shared.is_alive(real_now()) => {
                warn!(why, "not ready");
                systemd::alive();
            }
            Err(why) => error!(why, "the watchdog is not fed"),
        }
        tokio::time::sleep(period).await;
    }
}
