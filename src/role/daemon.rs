//! The daemon: start, reload and stop, in that order.
//!
//! Start: listeners, admin, store, addresses told, public, writer, scheduler, ready. Stop: no new
//! polls, polls under way finish or are abandoned, the journal drains into the store,
//! answers in flight are finished.

use super::callbacks::Callbacks;
use super::clock::{fresh_number, now, real_now};
use super::content::Site;
use super::hub::{self, Courier, Hub};
use super::live::Live;
use super::operations::Desk;
use super::poll::Poller;
use super::reload::Reloader;
use super::renaming::{self, Filing};
use super::scheduler::Scheduler;
use super::searching::{self, Search};
use super::shared::Shared;
use super::states::StoredStates;
use super::subscriber::Subscriber;
use super::upkeep::Upkeep;
use super::writer::{Readied, Reading};
use super::{readers, systemd, writer};
use crate::config::Config;
use crate::fetch::{Client, FetchError, FetchSettings, Route};
use crate::journal::{Alone, LocalJournal};
use crate::publish;
use crate::serve::{self, Admin, Limits, Listening, Public};
use crate::store::{Lock, Progress, Settings, Store, StoreError};
use crate::telemetry::Tally;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen on {address}: {source}; {}", listen_advice(.source.kind(), key))]
    Listen { address: SocketAddr, key: &'static str, source: std::io::Error },
    #[error("socket given by systemd: {0}")]
    Socket(std::io::Error),
    #[error("store: {}", .0.full())]
    Store(#[from] StoreError),
    #[error("the subscriptions to our feeds cannot be read or written: {0}")]
    Hub(std::io::Error),
    #[error("{0}")]
    Fetch(#[from] FetchError),
    #[error("the sources' states cannot be read: {0}")]
    States(String),
    #[error("cannot start the store's writer: {0}")]
    Thread(std::io::Error),
}

/// What to do about an address that cannot be listened on; `key`: of `[listen]`.
fn listen_advice(kind: std::io::ErrorKind, key: &str) -> String {
    use std::io::ErrorKind;
    match kind {
        ErrorKind::AddrNotAvailable => format!(
            "this machine has no such address: write one of its own, or 0.0.0.0 for all, as \
             [listen] {key}"
        ),
        ErrorKind::PermissionDenied => format!(
            "ports below 1024 need a right: let systemd listen (countywire.socket), or write a \
             higher port as [listen] {key}"
        ),
        _ => format!("free the port or change [listen] {key}"),
    }
}

impl StartError {
    /// 78: a restart without a person's help would fail again.
    pub fn exit_code(&self) -> u8 {
        match self {
            StartError::Store(error) if error.needs_a_person() => 78,
            _ => 1,
        }
    }
}

pub struct Daemon {
    public: Listening,
    admin: Listening,
    lock: Lock,
    config: Config,
    /// For reloads; none when the settings came from nowhere on disk.
    config_path: Option<PathBuf>,
}

/// Words that name our program and a contact to publishers.
pub fn user_agent(config: &Config) -> String {
    let contact = config.site.contact.as_deref().unwrap_or(env!("CARGO_PKG_NAME"));
    let contact: String = contact.chars().filter(|c| c.is_ascii_graphic()).collect();
    format!("countywire/{} (feed aggregator; +{contact})", env!("CARGO_PKG_VERSION"))
}

/// For polls, and for asking hubs.
pub fn client(config: &Config) -> Result<Client, FetchError> {
    Client::new(fetch_settings(config))
}

/// For the callbacks of those who subscribe to our feeds.
pub fn callback_client(config: &Config) -> Result<Client, FetchError> {
    let (timeout, kept) = (config.hub.timeout, hub::OF_HOST);
    Client::new(FetchSettings { timeout, kept, ..fetch_settings(config) })
}

fn fetch_settings(config: &Config) -> FetchSettings {
    FetchSettings {
        timeout: config.poll.timeout,
        max_body_bytes: config.poll.max_body_bytes,
        allow: config.poll.allow_addresses.clone(),
        route: Route::new(config.proxies().cloned().collect(), config.routes()),
        extra_roots: config.poll.extra_roots.clone(),
        kept: 1,
        user_agent: user_agent(config),
        clock: now,
    }
}

pub fn store_settings(config: &Config) -> Settings {
    Settings {
        path: config.store.path.clone(),
        cache_bytes: config.store.cache_bytes,
        new_epoch: fresh_number(),
        segment_bytes: Settings::SEGMENT_BYTES,
    }
}

/// For opening the store: a restart refuses no reader. Remaking the index takes longer,
/// and then readers are told to come back.
const READERS_WAIT: Duration = Duration::from_secs(2);

/// For the index of search to be brought up to date at a stop.
const SEARCH_PATIENCE: Duration = Duration::from_secs(4);

/// Between two tries to give sources their new ids.
const AGAIN: Duration = Duration::from_secs(10);

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

/// Gives sources with new ids the history of the former ones: before that they must not be polled.
/// Tries until it is done; `None`: a stop was wanted first. Returns the entries that are left.
async fn take_over(
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

/// The listeners, which serve to the end.
struct StopServing {
    stop: CancellationToken,
    tasks: [JoinHandle<()>; 2],
    search: Arc<Search>,
    /// None where nothing is searched.
    searching: Option<std::thread::JoinHandle<()>>,
}

impl StopServing {
    /// Once the writer has finished what is queued.
    async fn after(self, writer: std::thread::JoinHandle<Store>) {
        let store = tokio::task::spawn_blocking(move || writer.join()).await;
        if !matches!(store, Ok(Ok(_))) {
            error!("the store's writer panicked; the next start recovers what was acknowledged");
        }
        self.stop.cancel();
        // What the writer has finished is to be in it.
        self.search.stop();
        join_all(self.tasks).await;
        if let Some(searching) = self.searching {
            let ended = tokio::task::spawn_blocking(move || searching.join());
            let ended = tokio::time::timeout(SEARCH_PATIENCE, ended).await;
            if !matches!(ended, Ok(Ok(Ok(())))) {
                warn!("search has not ended in time; the next start compares it with the store");
            }
        }
    }
}

/// Begins to follow the store, where it is to be searched.
fn search(shared: &Shared) -> std::io::Result<Option<std::thread::JoinHandle<()>>> {
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

fn taken(given: &mut listenfd::ListenFd, index: usize) -> Result<Option<TcpListener>, StartError> {
    let Some(listener) = given.take_tcp_listener(index).map_err(StartError::Socket)? else {
        return Ok(None);
    };
    listener.set_nonblocking(true).map_err(StartError::Socket)?;
    TcpListener::from_std(listener).map(Some).map_err(StartError::Socket)
}

fn bound(address: SocketAddr, key: &'static str) -> Result<TcpListener, StartError> {
    listening(address).map_err(|source| StartError::Listen { address, key, source })
}

/// Connections that wait to be accepted, where the kernel lets as many wait: beyond them a
/// reader's is tried again after a second.
const BACKLOG: u32 = 4096;

fn listening(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// `base_url` defaults to the public listener; port 0 is known once it is bound.
pub fn fill_in_port(config: &mut Config, public: SocketAddr) {
    let url = &mut config.site.base_url;
    if url.port() == Some(0) {
        let _ = url.set_port(Some(public.port()));
    }
}

/// All sources, and those that are polled.
pub fn counts(config: &Config) -> (usize, usize) {
    let active = config.sources.iter().filter(|source| source.is_active()).count();
    (config.sources.len(), active)
}

/// Opens the store, telling systemd and `/readyz` how far a remake has come. Greets when it is open,
/// or is to be once its index is remade.
async fn open(
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

async fn join_all(tasks: [JoinHandle<()>; 2]) {
    for task in tasks {
        if task.await.is_err() {
            error!("a listener panicked");
        }
    }
}
