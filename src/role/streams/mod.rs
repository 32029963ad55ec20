//! Server-sent events of channels: each entry that comes or changes is made an event once, for all
//! who listen.

mod event;
mod listener;
mod places;
mod pump;

use super::channel_documents::channel_info;
use super::content::Site;
use super::hub;
use super::live::Live;
use super::meant;
use crate::model::{Channel, ChannelKey};
use crate::publish::Filter;
use crate::publish::address::{self, Address, Format, Target};
use crate::serve::{Listener, NoStream, Rate, Rates, Reply};
use crate::store::{Arrival, Reader};
use crate::telemetry::{Exposition, Kind};
use bytes::Bytes;
use hyper::StatusCode;
use listener::Listening;
use places::{Place, Places};
use pump::Pump;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
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
    places: Places,
    rates: Rates,
    /// Who reads the store for events.
    reading: Arc<Semaphore>,
    sent: AtomicU64,
    cut_off: AtomicU64,
    stop: CancellationToken,
}

impl Default for Streams {
    fn default() -> Self {
        Streams {
            pumps: Mutex::default(),
            places: Places::default(),
            rates: Rates::default(),
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
        self.places.count()
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

    /// What is more than the settings allow ends, those that came last first.
    pub fn keep_within(&self, live: &Live) {
        self.places.keep_within(live);
    }
}

fn busy(status: StatusCode, text: &str) -> Reply {
    Reply::later(status, text, RETRY_AFTER)
}

/// The path of a channel's page in the path of its stream, below the base address.
pub fn page_of(path: &str) -> Option<&str> {
    path.strip_prefix(address::STREAM_PATH).filter(|page| page.starts_with('/'))
}

/// Begins a stream.
///
/// # Errors
/// None is there, or it is elsewhere, or not now.
pub fn stream(site: &Site, asked: Listener<'_>) -> Result<mpsc::Receiver<Bytes>, NoStream> {
    let shared = &site.shared;
    let live = shared.live();
    let reader = shared.reader();
    let reader =
        reader.ok_or_else(|| busy(StatusCode::SERVICE_UNAVAILABLE, "the store is not open yet"))?;
    let channel = channel(&live, &reader, &asked)?;
    if !Filter::parse(asked.query).is_ok_and(|filter| filter.is_none()) {
        let text =
            "a stream has no filters (source, not_source, lang, q): it tells all of its channel";
        return Err(Reply::new(StatusCode::BAD_REQUEST, text).into());
    }
    let info = channel_info(&live, &reader, &channel);
    let info = info.ok().flatten();
    let info = info.ok_or_else(|| Reply::new(StatusCode::NOT_FOUND, "not published here"))?;
    let streams = &shared.streams;
    let client = hub::client(&live, asked.peer, asked.headers);
    let taken = streams.rates.admit(client, Rate::per_minute(live.config.hub.requests));
    taken.map_err(|_| busy(StatusCode::TOO_MANY_REQUESTS, "too many requests"))?;
    let place = Places::take(shared, client, &streams.stop)?;
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
    tokio::spawn(listening.run(last, now));
    Ok(body)
}

/// Whose stream is asked for.
///
/// # Errors
/// None is there, or it is elsewhere.
fn channel(live: &Live, reader: &Reader, asked: &Listener<'_>) -> Result<Channel, NoStream> {
    let none = || {
        let text = "no stream is here: there is one for the page of each region, topic and source \
                    and of pictures, behind /stream";
        NoStream::Refused(Reply::new(StatusCode::NOT_FOUND, text))
    };
    let page = address::below_base(&live.config.site, asked.path).and_then(page_of);
    let (address, is_respelt) = page
        .and_then(|page| meant::address(live, Some(reader), page, asked.query))
        .ok_or_else(none)?;
    let renamed = meant::renamed(live, Some(reader), &address);
    let has_moved = is_respelt || renamed.is_some();
    let address = renamed.unwrap_or(address);
    let channel = streamed(&address).ok_or_else(none)?;
    if !has_moved {
        return Ok(channel.clone());
    }
    let page = address.path(&live.config.regions).ok_or_else(none)?;
    let stream = format!("{}{page}", address::STREAM_PATH);
    Err(NoStream::Moved(address::href(&live.config.site, &stream)))
}

/// Hot channels are none: what is there was elsewhere before, and moves without anything new.
fn streamed(address: &Address) -> Option<&Channel> {
    match &address.target {
        Target::Channel(Channel::Hot(_)) => None,
        Target::Channel(channel) if address.format == Format::Html => Some(channel),
        _ => None,
    }
}
