//! Server-sent events of channels: each entry that comes or changes is made an event once, for all
//! who listen.

mod event;
mod listener;
mod pump;

use super::channel_documents::channel_info;
use super::hub;
use super::live::Live;
use super::shared::Shared;
use crate::hub::Rates;
use crate::hub::rates::owner;
use crate::model::{Channel, ChannelKey};
use crate::publish::Filter;
use crate::publish::address::{self, Format, Route, Target};
use crate::serve::{Listener, Reply};
use crate::store::Arrival;
use crate::telemetry::{Exposition, Kind};
use bytes::Bytes;
use hyper::StatusCode;
use listener::Listening;
use pump::Pump;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// Pieces that wait for a client, besides those that its connection holds.
const WAITING: usize = 16;
/// Threads that read the store for events at once; more wait, without a thread.
const READING: usize = 4;
/// What a client is told to wait, seconds, where there is no room.
const RETRY_AFTER: u32 = 30;

pub struct Streams {
    pumps: Mutex<HashMap<ChannelKey, Arc<Pump>>>,
    /// Clients by their addresses.
    clients: Mutex<HashMap<IpAddr, usize>>,
    rates: Mutex<Rates>,
    began: Instant,
    /// Who reads the store for events.
    reading: Arc<Semaphore>,
    sent: AtomicU64,
    cut_off: AtomicU64,
    stop: CancellationToken,
}

/// A client's place, given back when it goes.
struct Place {
    client: IpAddr,
    streams: Arc<Streams>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut clients = self.streams.clients.lock().expect("no holder panics");
        if let Some(count) = clients.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                clients.remove(&self.client);
            }
        }
    }
}

impl Default for Streams {
    fn default() -> Self {
        Streams {
            pumps: Mutex::default(),
            clients: Mutex::default(),
            rates: Mutex::default(),
            began: Instant::now(),
            reading: Arc::new(Semaphore::new(READING)),
            sent: AtomicU64::new(0),
            cut_off: AtomicU64::new(0),
            stop: CancellationToken::new(),
        }
    }
}

impl Streams {
    /// All streams end, and no new ones begin.
    pub fn end(&self) {
        self.stop.cancel();
    }

    /// Channels have changed, as readers see now.
    pub fn tell(&self, channels: &[ChannelKey]) {
        let pumps = self.pumps.lock().expect("no holder panics");
        if pumps.is_empty() {
            return;
        }
        channels.iter().filter_map(|channel| pumps.get(channel)).for_each(|pump| pump.wake());
    }

    /// Clients that listen.
    pub fn clients(&self) -> usize {
        self.clients.lock().expect("no holder panics").values().sum()
    }

    pub fn figures(&self, out: &mut Exposition) {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        out.family("countywire_streams", Kind::Gauge, "Clients that listen to streams.")
            .sample(&[], self.clients());
        out.family("countywire_stream_events_total", Kind::Counter, "Entries told to them.")
            .sample(&[], get(&self.sent));
        out.family(
            "countywire_streams_cut_off_total",
            Kind::Counter,
            "Clients that were cut off for being too slow.",
        )
        .sample(&[], get(&self.cut_off));
    }

    fn place(self: &Arc<Self>, live: &Live, client: IpAddr) -> Result<Place, Reply> {
        let hub = &live.config.hub;
        let client = owner(client);
        let mut rates = self.rates.lock().expect("no holder panics");
        let taken = rates.take(client, hub.requests, self.began.elapsed());
        drop(rates);
        taken.map_err(|_| busy(StatusCode::TOO_MANY_REQUESTS, "too many requests"))?;
        let mut clients = self.clients.lock().expect("no holder panics");
        let all: usize = clients.values().sum();
        let own = clients.get(&client).copied().unwrap_or(0);
        if self.stop.is_cancelled() || all >= hub.streams {
            return Err(busy(StatusCode::SERVICE_UNAVAILABLE, "there is no room for more streams"));
        }
        if own >= hub.streams_per_client {
            let text = "there are too many streams to your address";
            return Err(busy(StatusCode::TOO_MANY_REQUESTS, text));
        }
        clients.insert(client, own + 1);
        Ok(Place { client, streams: Arc::clone(self) })
    }
}

fn busy(status: StatusCode, text: &str) -> Reply {
    Reply::later(status, &format!("{text}\n"), RETRY_AFTER)
}

/// The path of a channel's page in the path of its stream, below the base address.
pub fn page_of(path: &str) -> Option<&str> {
    path.strip_prefix(address::STREAM_PATH).filter(|page| page.starts_with('/'))
}

/// Begins a stream.
///
/// # Errors
/// No such stream, or not now.
pub fn stream(shared: &Arc<Shared>, asked: Listener<'_>) -> Result<mpsc::Receiver<Bytes>, Reply> {
    let live = shared.live();
    let reader = shared.reader();
    let reader =
        reader.ok_or_else(|| busy(StatusCode::SERVICE_UNAVAILABLE, "the store is not open yet"))?;
    let channel = channel(&live, asked.path).ok_or_else(|| {
        let text = "no stream is here: there is one for the page of each region, topic and source \
                    and of pictures, behind /stream\n";
        Reply::new(StatusCode::NOT_FOUND, text)
    })?;
    if !Filter::parse(asked.query).is_ok_and(|filter| filter.is_none()) {
        let text =
            "a stream has no filters (source, not_source, lang, q): it tells all of its channel\n";
        return Err(Reply::new(StatusCode::BAD_REQUEST, text));
    }
    let info = channel_info(&live, &reader, &channel);
    let info = info.ok().flatten();
    let info = info.ok_or_else(|| Reply::new(StatusCode::NOT_FOUND, "not published here\n"))?;
    let streams = &shared.streams;
    let place = streams.place(&live, hub::client(&live, asked.peer, asked.headers))?;
    let position = || {
        let position = reader.position();
        let position = position
            .map_err(|_| busy(StatusCode::SERVICE_UNAVAILABLE, "the store cannot be read now"))?;
        Ok::<_, Reply>(Arrival::end_of(position.sequence))
    };
    let feed = address::url(&live.config.site, &address::with_format(&info.page, Format::Json));
    let events = Pump::listen(shared, &reader, (channel.key(), &feed), position()?);
    // From here on whatever comes is heard, so that nothing is missing between both.
    let now = position()?;
    let (pieces, body) = mpsc::channel(WAITING);
    let last = asked.last_event.map(|id| event::read_id(id, |sequence| reader.epoch_of(sequence)));
    let (shared, channel) = (Arc::clone(shared), channel.key());
    let listening = Listening { shared, reader, channel, feed, events, pieces, place };
    tokio::spawn(listening.run(last, now, streams.stop.clone()));
    Ok(body)
}

/// Hot channels are none: what is there was elsewhere before, and moves without anything new.
fn channel(live: &Live, path: &str) -> Option<Channel> {
    let page = page_of(address::below_base(&live.config.site, path)?)?;
    let Route::Here(address) = address::parse(page, &live.config.regions)? else { return None };
    match address.target {
        Target::Channel(Channel::Hot(_)) => None,
        Target::Channel(channel) if address.format == Format::Html => Some(channel),
        _ => None,
    }
}
