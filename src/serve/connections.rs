//! Open connections: how many there may be, and which goes where there are too many.
//!
//! Who sends nothing, or a head byte by byte, is let go first; who waits for an answer or reads one
//! stays. So new readers get in however many others hold connections open.

use crate::model::access::network;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Where there are too many, one of so many goes at once, so that not each new one looks for one.
const SHARE: usize = 64;
/// How often it is looked again whether one is idle, where all are of use.
const LOOK: Duration = Duration::from_millis(250);

pub struct Connections {
    most: usize,
    most_each: usize,
    begun: Instant,
    open: Mutex<Open>,
    left: Notify,
}

#[derive(Default)]
struct Open {
    next: u64,
    all: HashMap<u64, Arc<Connection>>,
    /// By network, where they are counted.
    each: HashMap<IpAddr, usize>,
}

/// What is known of one.
pub struct Connection {
    /// From when milliseconds count.
    begun: Instant,
    network: Option<IpAddr>,
    /// Requests under way.
    asked: AtomicU32,
    /// An answer waits for its reader.
    pub is_unread: AtomicBool,
    /// Of the request that is read now.
    pub has_fragment: AtomicBool,
    /// When it was opened, or answered last; milliseconds.
    since: AtomicU64,
    /// Cancelled when it has to go.
    pub gone: CancellationToken,
}

/// A place among the open ones, until it is dropped.
pub struct Place {
    connections: Arc<Connections>,
    id: u64,
    pub connection: Arc<Connection>,
}

impl Connections {
    /// `most_each`: for one client's network.
    pub fn new(most: usize, most_each: usize) -> Arc<Connections> {
        Arc::new(Connections {
            most: most.max(1),
            most_each: most_each.max(1),
            begun: Instant::now(),
            open: Mutex::default(),
            left: Notify::new(),
        })
    }

    /// Waits where nobody can be let go. `None`: the client has too many, all of use.
    ///
    /// `client`: none is not counted by itself.
    pub async fn enter(self: &Arc<Self>, client: Option<IpAddr>) -> Option<Place> {
        let network = client.map(network);
        loop {
            let left = self.left.notified();
            match self.try_enter(network) {
                Entry::In(place) => return Some(place),
                Entry::TooMany => return None,
                // Who is answered meanwhile is idle then, and tells nobody.
                Entry::Full => {
                    let _ = tokio::time::timeout(LOOK, left).await;
                }
            }
        }
    }

    fn try_enter(self: &Arc<Self>, network: Option<IpAddr>) -> Entry {
        let mut open = self.open();
        let held = network.and_then(|network| open.each.get(&network).copied()).unwrap_or(0);
        if held >= self.most_each && open.let_go(1, |known| known.network == network) == 0 {
            return Entry::TooMany;
        }
        let share = self.most.div_ceil(SHARE);
        if open.all.len() >= self.most && open.let_go(share, |_| true) == 0 {
            return Entry::Full;
        }
        let id = open.next;
        open.next += 1;
        let connection = Arc::new(Connection {
            begun: self.begun,
            network,
            asked: AtomicU32::new(0),
            is_unread: AtomicBool::new(false),
            has_fragment: AtomicBool::new(false),
            since: AtomicU64::new(self.milliseconds()),
            gone: CancellationToken::new(),
        });
        open.all.insert(id, Arc::clone(&connection));
        if let Some(network) = network {
            *open.each.entry(network).or_default() += 1;
        }
        Entry::In(Place { connections: Arc::clone(self), id, connection })
    }

    /// Closes those that have been idle, or have sent no whole head, for so long.
    pub fn let_go_after(&self, patience: Duration) {
        let before = self.milliseconds().checked_sub(patience.as_millis() as u64);
        let is_meant = |known: &Connection| {
            before.is_some_and(|before| known.since.load(Ordering::Relaxed) < before)
        };
        self.open().let_go(usize::MAX, is_meant);
    }

    #[cfg(test)]
    fn count(&self) -> usize {
        self.open().all.len()
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().expect("no holder panics")
    }

    fn milliseconds(&self) -> u64 {
        milliseconds_since(self.begun)
    }
}

fn milliseconds_since(begun: Instant) -> u64 {
    begun.elapsed().as_millis() as u64
}

enum Entry {
    In(Place),
    TooMany,
    Full,
}

impl Open {
    /// Lets the longest idle go, so many at most; how many there were.
    fn let_go(&mut self, most: usize, is_meant: impl Fn(&Connection) -> bool) -> usize {
        let idle = self.all.iter().filter(|(_, known)| is_meant(known) && known.is_idle());
        let mut idle: Vec<(u64, u64)> =
            idle.map(|(id, known)| (known.since.load(Ordering::Relaxed), *id)).collect();
        if idle.len() > most {
            idle.select_nth_unstable(most);
            idle.truncate(most);
        }
        for (_, id) in &idle {
            if let Some(gone) = self.remove(*id) {
                gone.gone.cancel();
            }
        }
        idle.len()
    }

    fn remove(&mut self, id: u64) -> Option<Arc<Connection>> {
        let gone = self.all.remove(&id)?;
        if let Some(network) = gone.network
            && let Some(count) = self.each.get_mut(&network)
        {
            *count -= 1;
            if *count == 0 {
                self.each.remove(&network);
            }
        }
        Some(gone)
    }
}

impl Connection {
    /// Something of an answer was read.
    pub fn moved(&self) {
        self.since.store(milliseconds_since(self.begun), Ordering::Relaxed);
    }

    fn is_idle(&self) -> bool {
        self.asked.load(Ordering::Relaxed) == 0 && !self.is_unread.load(Ordering::Relaxed)
    }
}

impl Place {
    /// A request is under way until this is dropped.
    pub fn asked(self: &Arc<Self>) -> Asked {
        self.connection.asked.fetch_add(1, Ordering::Relaxed);
        Asked(Arc::clone(self))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open().remove(self.id);
        self.connections.left.notify_one();
    }
}

pub struct Asked(Arc<Place>);

impl Drop for Asked {
    fn drop(&mut self) {
        let connection = &self.0.connection;
        connection.moved();
        connection.asked.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().expect("an address"))
    }

    #[tokio::test]
    async fn the_longest_idle_goes_and_who_is_answered_stays() {
        let connections = Connections::new(3, 99);
        let enter = async |client: &str| connections.enter(address(client)).await.map(Arc::new);
        let first = enter("192.0.2.1").await.expect("room");
        let asked = first.asked();
        let second = enter("192.0.2.2").await.expect("room");
        let third = enter("192.0.2.3").await.expect("room");
        second.connection.since.store(1, Ordering::Relaxed);
        third.connection.since.store(2, Ordering::Relaxed);
        let fourth = enter("192.0.2.4").await.expect("the second goes");
        assert!(second.connection.gone.is_cancelled());
        assert_eq!(connections.count(), 3);
        drop(second);
        assert_eq!(connections.count(), 3, "it has gone already");
        third.connection.is_unread.store(true, Ordering::Relaxed);
        let _asked = (fourth.asked(), third.asked());
        // Nobody can go: the next waits until one leaves.
        let waiting = tokio::time::timeout(Duration::from_millis(50), enter("192.0.2.5"));
        assert!(waiting.await.is_err());
        let (entered, ()) = tokio::join!(enter("192.0.2.5"), async { drop((asked, first)) });
        assert!(entered.is_some() && connections.count() == 3);
    }

    #[tokio::test]
    async fn one_network_has_its_share_and_proxies_are_not_counted() {
        let connections = Connections::new(99, 2);
        let enter = async |client: &str| connections.enter(address(client)).await.map(Arc::new);
        let first = enter("2001:db8::1").await.expect("room");
        let second = enter("2001:db8::2").await.expect("room");
        let busy = (first.asked(), second.asked());
        assert!(enter("2001:db8::3").await.is_none());
        assert!(enter("2001:db8:1::1").await.is_some());
        let proxies = [connections.enter(None).await, connections.enter(None).await];
        assert!(proxies.iter().all(Option::is_some) && connections.enter(None).await.is_some());
        drop(busy);
        assert!(enter("2001:db8::3").await.is_some(), "an idle one of its own goes");
    }
}
