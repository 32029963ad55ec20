//! How often one client may ask: the generic cell rate algorithm, of which a client is one number.

use quick_cache::sync::Cache;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Clients that are remembered; who is forgotten begins anew.
const CLIENTS: usize = 65_536;

/// A rate, and how far a client may run ahead of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second.
    pub requests: u32,
    /// Requests at once.
    pub burst: u32,
}

pub struct Rates {
    /// Nanoseconds that a request takes of the rate.
    each: u64,
    /// Nanoseconds by which a client may be ahead.
    ahead: u64,
    /// Until when each client has used its rate, nanoseconds.
    used: Cache<IpAddr, Arc<AtomicU64>>,
}

impl Rates {
    pub fn new(rate: Rate) -> Rates {
        let each = 1_000_000_000 / u64::from(rate.requests.max(1));
        let ahead = each * u64::from(rate.burst.max(1));
        Rates { each, ahead, used: Cache::new(CLIENTS) }
    }

    /// `now`: nanoseconds since a beginning.
    ///
    /// # Errors
    /// How long the client has to wait.
    pub fn admit(&self, client: IpAddr, now: u64) -> Result<(), Duration> {
        let fresh = || Ok::<_, ()>(Arc::default());
        let Ok(used) = self.used.get_or_insert_with(&network(client), fresh) else { return Ok(()) };
        let asked = used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            let next = used.max(now) + self.each;
            (next <= now + self.ahead).then_some(next)
        });
        asked.map(drop).map_err(|used| Duration::from_nanos(used + self.each - now - self.ahead))
    }
}

/// Of IPv6, whoever has one address has 2^64.
pub fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => {
            let bits = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(bits))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_its_burst_then_its_rate_and_others_are_not_hindered() {
        let rates = Rates::new(Rate { requests: 10, burst: 3 });
        let second = 1_000_000_000;
        let a: IpAddr = "192.0.2.1".parse().expect("an address");
        let admitted = |client: &str, at: u64| rates.admit(client.parse().expect("an address"), at);
        let results: Vec<bool> = (0..5).map(|_| rates.admit(a, second).is_ok()).collect();
        assert_eq!(results, [true, true, true, false, false]);
        assert_eq!(rates.admit(a, second), Err(Duration::from_millis(100)));
        assert!(admitted("192.0.2.2", second).is_ok());
        assert!(rates.admit(a, second + 99_999_999).is_err());
        assert!(rates.admit(a, second + 100_000_000).is_ok());
        assert!(rates.admit(a, second + 100_000_000).is_err());
        // Long silence gives no more than a burst.
        let later = 1_000 * second;
        assert_eq!((0..9).filter(|_| rates.admit(a, later).is_ok()).count(), 3);
        // One network of IPv6 is one client; IPv4 in IPv6 is IPv4.
        assert_eq!(
            (0..9).filter(|n| admitted(&format!("2001:db8::{n}"), later).is_ok()).count(),
            3
        );
        assert!(admitted("2001:db8:0:1::1", later).is_ok());
        assert!(admitted("::ffff:192.0.2.1", later).is_err());
    }
}
