//! Our WebSub hub: takes what subscribers ask, and has [`Courier`] verify and deliver.

mod courier;
mod delivery;
mod documents;
mod figures;
mod file;
mod listing;
mod topic;
mod verifying;

pub use courier::{Courier, OF_HOST};
pub use topic::Topic;

use super::live::Live;
use crate::config::Listen;
use crate::fetch;
use crate::hub::{self, Book, Bounds, Request, Wish};
use crate::model::ChannelKey;
use crate::serve::{Proxies, Rate, Rates, Reply};
use crate::store::Reader;
use crate::telemetry::{HubTally, Requested};
use hyper::{HeaderMap, StatusCode};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, RwLock};
use std::time::Instant;
use tokio::sync::{Notify, mpsc};

/// Requests that wait for their callbacks to be asked.
const ASKED: usize = 1_024;
/// Of one host: one that does not answer leaves room for others.
const ASKED_OF_HOST: usize = 128;
/// What subscribers are told to wait, seconds, where there is no room.
const RETRY_AFTER: u32 = 60;

/// A request that was accepted.
pub struct Asked {
    request: Request,
    topic: Topic,
    client: IpAddr,
    /// Given back when its callback has answered.
    _place: Place,
}

/// A request's place among those of its callback's host.
struct Place {
    host: String,
    taken: Arc<Mutex<HashMap<String, usize>>>,
}

impl Place {
    fn take(host: String, taken: &Arc<Mutex<HashMap<String, usize>>>) -> Option<Place> {
        let mut places = taken.lock().expect("no holder panics");
        let all: usize = places.values().sum();
        let count = places.get(&host).copied().unwrap_or(0);
        if all >= ASKED || count >= ASKED_OF_HOST {
            return None;
        }
        places.insert(host.clone(), count + 1);
        Some(Place { host, taken: Arc::clone(taken) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.taken.lock().expect("no holder panics");
        if let Some(count) = places.get_mut(&self.host) {
            *count -= 1;
            if *count == 0 {
                places.remove(&self.host);
            }
        }
    }
}

pub struct Hub {
    book: Mutex<Book>,
    asked: mpsc::Sender<Asked>,
    places: Arc<Mutex<HashMap<String, usize>>>,
    rates: Rates,
    /// None before the daemon has started, and when it stops.
    callbacks: RwLock<Option<fetch::Client>>,
    changed: Changed,
    pub tally: HubTally,
}

/// Channels that have changed and were not looked at since, with when that began.
#[derive(Default)]
struct Changed {
    channels: Mutex<HashMap<ChannelKey, Instant>>,
    /// Somebody subscribes to anything.
    is_heard: AtomicBool,
    bell: Notify,
}

impl Changed {
    fn take(&self) -> HashMap<ChannelKey, Instant> {
        std::mem::take(&mut *self.channels.lock().expect("no holder panics"))
    }
}

impl Hub {
    pub fn new() -> (Hub, mpsc::Receiver<Asked>) {
        let (asked, heard) = mpsc::channel(ASKED);
        let hub = Hub {
            book: Mutex::default(),
            asked,
            places: Arc::default(),
            rates: Rates::default(),
            callbacks: RwLock::default(),
            changed: Changed::default(),
            tally: HubTally::default(),
        };
        (hub, heard)
    }

    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("no holder panics")
    }

    /// By whom callbacks are asked from now on; `None`: nobody can subscribe.
    pub fn set_client(&self, client: Option<fetch::Client>) {
        *self.callbacks.write().expect("no holder panics") = client;
    }

    fn client(&self) -> Option<fetch::Client> {
        self.callbacks.read().expect("no holder panics").clone()
    }

    /// Channels have changed, as readers see now. Does not wait, and costs nothing where nobody
    /// subscribes.
    pub fn tell(&self, channels: &[ChannelKey]) {
        if !self.changed.is_heard.load(Ordering::Relaxed) {
            return;
        }
        let at = Instant::now();
        let mut changed = self.changed.channels.lock().expect("no holder panics");
        for channel in channels {
            changed.entry(*channel).or_insert(at);
        }
        drop(changed);
        self.changed.bell.notify_one();
    }

    /// The address of who asks, if it may now.
    ///
    /// # Errors
    /// It asks too often.
    pub fn admit(&self, live: &Live, peer: IpAddr, headers: &HeaderMap) -> Result<IpAddr, Reply> {
        let client = client(live, peer, headers);
        self.rates.admit(client, Rate::per_minute(live.config.hub.requests)).map_err(|wait| {
            self.tally.requested(Requested::Limited);
            let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
            Reply::later(StatusCode::TOO_MANY_REQUESTS, "too many requests", seconds)
        })?;
        Ok(client)
    }

    /// Accepts a request, or says what is wrong with it; its callback is asked later (§5.3).
    pub fn ask(&self, live: &Live, reader: Option<&Reader>, client: IpAddr, form: &[u8]) -> Reply {
        let reply = self.accept(live, reader, client, form).unwrap_or_else(|refusal| refusal);
        self.tally.requested(match reply.status {
            StatusCode::ACCEPTED => Requested::Accepted,
            StatusCode::SERVICE_UNAVAILABLE => Requested::Limited,
            _ => Requested::Refused,
        });
        reply
    }

    fn accept(
        &self,
        live: &Live,
        reader: Option<&Reader>,
        client: IpAddr,
        form: &[u8],
    ) -> Result<Reply, Reply> {
        let refuse = |why: &str| Reply::new(StatusCode::BAD_REQUEST, why);
        let request = Request::read(form).map_err(|why| refuse(&why))?;
        let (Some(reader), Some(callbacks)) = (reader, self.client()) else {
            return Err(busy("starting or stopping"));
        };
        if request.wish == Wish::Unsubscribe {
            // The topic may not be ours any more.
            let known = self.book().find(&request.topic, request.callback.as_str());
            let known = known.and_then(|id| self.book().get(id).map(|held| held.channel));
            let Some(channel) = known else {
                let text = "no such subscription";
                return Err(Reply::new(StatusCode::NOT_FOUND, text));
            };
            let topic = Topic::unresolved(&request.topic, channel);
            return self.enqueue(request, topic, client);
        }
        let topic = Topic::resolve(live, reader, &request.topic)
            .map_err(|no| Reply { nearest: no.nearest, ..refuse(&no.why) })?;
        if request.callback.origin() == live.config.site.base_url.origin() {
            return Err(refuse("hub.callback is this hub itself"));
        }
        callbacks
            .permits(&request.callback)
            .map_err(|error| refuse(&format!("hub.callback: {error}")))?;
        let bounds = bounds(live);
        let admitted = self.book().admits(&topic.url, &request.callback, client, bounds);
        admitted.map_err(|why| Reply::later(StatusCode::SERVICE_UNAVAILABLE, why, 3_600))?;
        self.enqueue(request, topic, client)
    }

    fn enqueue(&self, request: Request, topic: Topic, client: IpAddr) -> Result<Reply, Reply> {
        let full = || busy("too many requests are waiting");
        let place =
            Place::take(hub::book::host(&request.callback), &self.places).ok_or_else(full)?;
        let asked = Asked { request, topic, client, _place: place };
        self.asked.try_send(asked).map_err(|_| full())?;
        Ok(Reply::new(StatusCode::ACCEPTED, "your callback will be asked whether it wants this\n"))
    }
}

fn bounds(live: &Live) -> Bounds {
    let hub = &live.config.hub;
    Bounds { all: hub.subscriptions, of_host: hub.per_host, of_client: hub.per_client }
}

fn busy(why: &str) -> Reply {
    Reply::later(StatusCode::SERVICE_UNAVAILABLE, why, RETRY_AFTER)
}

/// Which address asks: the peer's, or whom a trusted proxy names.
pub fn client(live: &Live, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let Listen { trusted_proxies, proxy_header, .. } = &live.config.listen;
    let proxies = Proxies { trusted: trusted_proxies.clone(), header: *proxy_header };
    proxies.client(peer, headers).unwrap_or(peer)
}
