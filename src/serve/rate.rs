//! How often one client may ask: the generic cell rate algorithm, of which a client is one number.

use crate::model::access::network;
use quick_cache::sync::Cache;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Clients that are remembered; who is forgotten begins anew.
const CLIENTS: usize = 65_536;
const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;

/// A rate, and how far a client may run ahead of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Nanoseconds that a request takes of the rate.
    each: u64,
    /// Nanoseconds by which a client may be ahead.
    ahead: u64,
}

impl Rate {
    /// So many requests a second, and so many at once.
    pub fn per_second(requests: u32, burst: u32) -> Rate {
        let each = SECOND / u64::from(requests.max(1));
        Rate { each, ahead: each * u64::from(burst.max(1)) }
    }

    /// So many requests a minute, also at once.
    pub fn per_minute(requests: u32) -> Rate {
        Rate { each: MINUTE / u64::from(requests.max(1)), ahead: MINUTE }
    }
}

pub struct Rates {
    begun: Instant,
    /// Until when each client has used its rate, nanoseconds.
    used: Cache<IpAddr, Arc<AtomicU64>>,
}

impl Default for Rates {
    fn default() -> Self {
        Rates { begun: Instant::now(), used: Cache::new(CLIENTS) }
    }
}

impl Rates {
    /// Takes a request of the client's rate.
    ///
    /// # Errors
    /// How long the client has to wait.
    pub fn admit(&self, client: IpAddr, rate: Rate) -> Result<(), Duration> {
        self.admit_at(client, rate, self.begun.elapsed().as_nanos() as u64)
    }

    /// `now`: nanoseconds since a beginning.
    fn admit_at(&self, client: IpAddr, rate: Rate, now: u64) -> Result<(), Duration> {
        let fresh = || Ok::<_, ()>(Arc::default());
        let Ok(used) = self.used.get_or_insert_with(&network(client), fresh) else { return Ok(()) };
        let next = |used: u64| used.max(now) + rate.each;
        let asked = used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            Some(next(used)).filter(|next| *next <= now + rate.ahead)
        });
        asked.map(drop).map_err(|used| Duration::from_nanos(next(used) - now - rate.ahead))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_client_has_its_burst_then_its_rate_and_others_are_not_hindered() {
        let (rates, rate) = (Rates::default(), Rate::per_second(10, 3));
        let a = address("192.0.2.1");
        let admitted = |client: &str, at: u64| rates.admit_at(address(client), rate, at);
        let results: Vec<bool> = (0..5).map(|_| rates.admit_at(a, rate, SECOND).is_ok()).collect();
        assert_eq!(results, [true, true, true, false, false]);
        assert_eq!(rates.admit_at(a, rate, SECOND), Err(Duration::from_millis(100)));
        assert!(admitted("192.0.2.2", SECOND).is_ok());
        assert!(rates.admit_at(a, rate, SECOND + 99_999_999).is_err());
        assert!(rates.admit_at(a, rate, SECOND + 100_000_000).is_ok());
        assert!(rates.admit_at(a, rate, SECOND + 100_000_000).is_err());
        // Long silence gives no more than a burst.
        let later = 1_000 * SECOND;
        assert_eq!((0..9).filter(|_| rates.admit_at(a, rate, later).is_ok()).count(), 3);
        // One network of IPv6 is one client; IPv4 in IPv6 is IPv4.
        assert_eq!(
            (0..9).filter(|n| admitted(&format!("2001:db8::{n}"), later).is_ok()).count(),
            3
        );
        assert!(admitted("2001:db8:0:1::1", later).is_ok());
        assert!(admitted("::ffff:192.0.2.1", later).is_err());
    }

    #[test]
    fn a_rate_of_a_minute_may_be_used_at_once_and_be_changed_meanwhile() {
        let (rates, one) = (Rates::default(), address("8.8.8.8"));
        let take = |requests: u32, second: u64| {
            rates.admit_at(one, Rate::per_minute(requests), second * SECOND)
        };
        let wait = |seconds: u64| Err(Duration::from_secs(seconds));
        assert_eq!((0..9).filter(|_| take(6, 5).is_ok()).count(), 6);
        assert_eq!(take(6, 5), wait(10));
        assert_eq!(take(6, 14), wait(1));
        assert_eq!(take(6, 15), Ok(()));
        assert_eq!(take(6, 16), wait(9));
        // At five seconds a request, the next is paid for earlier.
        assert_eq!(take(12, 16), wait(4));
        assert_eq!(take(12, 20), Ok(()));
        assert_eq!((0..9).filter(|_| take(6, 900).is_ok()).count(), 6);
    }

    #[test]
    fn a_flood_of_clients_takes_bounded_memory() {
        let rates = Rates::default();
        for n in 0..2 * CLIENTS as u32 {
            assert!(rates.admit_at(n.to_be_bytes().into(), Rate::per_minute(1), SECOND).is_ok());
        }
        assert!(rates.used.len() <= CLIENTS, "{}", rates.used.len());
    }
}
