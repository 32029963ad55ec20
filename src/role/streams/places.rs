//! Who listens: so many at once, so many of one client, and what the settings no longer allow ends.

use super::super::live::Live;
use super::super::shared::Shared;
use super::busy;
use crate::model::access::network;
use crate::serve::Reply;
use hyper::StatusCode;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

#[derive(Default)]
pub struct Places(Mutex<Taken>);

#[derive(Default)]
struct Taken {
    last: u64,
    /// In the order in which they came.
    all: BTreeMap<u64, Listener>,
    /// How many each client has.
    each: HashMap<IpAddr, usize>,
}

struct Listener {
    client: IpAddr,
    end: CancellationToken,
}

/// A listener's place, given back when it goes.
pub struct Place {
    number: u64,
    shared: Arc<Shared>,
    /// Cancelled when it has to go.
    pub end: CancellationToken,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.streams.places.taken().leave(self.number);
    }
}

impl Places {
    /// Listeners.
    pub fn count(&self) -> usize {
        self.taken().all.len()
    }

    /// Takes one, by the settings of now. `stop`: of all.
    ///
    /// # Errors
    /// There are too many.
    pub fn take(
        shared: &Arc<Shared>,
        client: IpAddr,
        stop: &CancellationToken,
    ) -> Result<Place, Reply> {
        let client = network(client);
        let mut taken = shared.streams.places.taken();
        // Read while they are held: who comes during a reload is within these settings, or is ended by it.
        let live = shared.live();
        let hub = &live.config.hub;
        if stop.is_cancelled() || taken.all.len() >= hub.streams {
            return Err(busy(StatusCode::SERVICE_UNAVAILABLE, "there is no room for more streams"));
        }
        if taken.of(client) >= hub.streams_per_client {
            let text = "there are too many streams to your address";
            return Err(busy(StatusCode::TOO_MANY_REQUESTS, text));
        }
        let end = stop.child_token();
        let number = taken.enter(client, end.clone());
        Ok(Place { number, shared: Arc::clone(shared), end })
    }

    /// Ends what is more than the settings allow, those that came last first.
    pub fn keep_within(&self, live: &Live) {
        let hub = &live.config.hub;
        self.taken().keep_within(hub.streams, hub.streams_per_client);
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().expect("no holder panics")
    }
}

impl Taken {
    fn of(&self, client: IpAddr) -> usize {
        self.each.get(&client).copied().unwrap_or(0)
    }

    fn enter(&mut self, client: IpAddr, end: CancellationToken) -> u64 {
        self.last += 1;
        self.all.insert(self.last, Listener { client, end });
        *self.each.entry(client).or_default() += 1;
        self.last
    }

    /// It may have been ended before.
    fn leave(&mut self, number: u64) {
        let Some(Listener { client, end }) = self.all.remove(&number) else { return };
        end.cancel();
        if let Some(count) = self.each.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                self.each.remove(&client);
            }
        }
    }

    fn keep_within(&mut self, most: usize, most_each: usize) {
        let newest: Vec<(u64, IpAddr)> =
            self.all.iter().rev().map(|(number, listener)| (*number, listener.client)).collect();
        for (number, client) in newest {
            if self.all.len() > most || self.of(client) > most_each {
                self.leave(number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_came_last_has_to_go_first_and_is_counted_no_more() {
        let mut taken = Taken::default();
        let [a, b] = [[8, 8, 8, 8], [9, 9, 9, 9]].map(IpAddr::from);
        let mut ends = Vec::new();
        for client in [a, b, a, b, a] {
            let end = CancellationToken::new();
            taken.enter(client, end.clone());
            ends.push(end);
        }
        let ended = || ends.iter().map(CancellationToken::is_cancelled).collect::<Vec<_>>();
        taken.keep_within(5, 3);
        assert_eq!(ended(), [false; 5]);
        taken.keep_within(5, 2);
        assert_eq!(ended(), [false, false, false, false, true]);
        taken.keep_within(3, 2);
        assert_eq!(ended(), [false, false, false, true, true]);
        // Its own end comes later.
        taken.leave(4);
        assert_eq!((taken.all.len(), taken.of(a), taken.of(b)), (3, 2, 1));
        taken.keep_within(0, 2);
        assert_eq!(ended(), [true; 5]);
        assert!(taken.all.is_empty() && taken.each.is_empty());
    }
}
