//! How often an address may ask: a steady rate, and a burst of as much as a minute's at once.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// Addresses that are remembered.
const ADDRESSES: usize = 16_384;
const MINUTE: Duration = Duration::from_secs(60);

/// Of each address the time at which all that it has asked is paid for.
#[derive(Debug, Default)]
pub struct Rates(HashMap<IpAddr, Duration>);

impl Rates {
    /// Takes a request at `now`, a time since any beginning. `per_minute`: 1 or more.
    ///
    /// # Errors
    /// How long to wait.
    pub fn take(&mut self, from: IpAddr, per_minute: u32, now: Duration) -> Result<(), Duration> {
        let from = owner(from);
        if self.0.len() >= ADDRESSES && !self.0.contains_key(&from) {
            self.0.retain(|_, paid| *paid > now);
            if self.0.len() >= ADDRESSES {
                return Err(MINUTE);
            }
        }
        let each = MINUTE / per_minute.max(1);
        let paid = self.0.entry(from).or_insert(now);
        let after = (*paid).max(now) + each;
        match after.checked_sub(now + MINUTE).filter(|wait| !wait.is_zero()) {
            Some(wait) => Err(wait),
            None => {
                *paid = after;
                Ok(())
            }
        }
    }
}

/// Whoever has one address of IPv6 has all that begin with the same 64 bits.
pub fn owner(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_taken_then_a_steady_rate_and_each_address_has_its_own() {
        let mut rates = Rates::default();
        let (one, other): (IpAddr, IpAddr) = ([8, 8, 8, 8].into(), [8, 8, 4, 4].into());
        let at = Duration::from_secs;
        for _ in 0..6 {
            assert_eq!(rates.take(one, 6, at(5)), Ok(()));
        }
        assert_eq!(rates.take(one, 6, at(5)), Err(at(10)));
        assert_eq!(rates.take(other, 6, at(5)), Ok(()));
        assert_eq!(rates.take(one, 6, at(14)), Err(at(1)));
        assert_eq!(rates.take(one, 6, at(15)), Ok(()));
        assert_eq!(rates.take(one, 6, at(16)), Err(at(9)));
        assert_eq!((0..7).filter(|_| rates.take(one, 6, at(900)).is_ok()).count(), 6);
    }

    #[test]
    fn a_flood_of_addresses_takes_bounded_memory_and_is_forgotten() {
        let mut rates = Rates::default();
        let address = |n: u32| IpAddr::from(n.to_be_bytes());
        for n in 0..ADDRESSES as u32 {
            assert!(rates.take(address(n), 1, MINUTE).is_ok());
        }
        assert_eq!(rates.take(address(u32::MAX), 1, MINUTE), Err(MINUTE));
        assert!(rates.take(address(u32::MAX), 1, MINUTE * 3).is_ok());
        assert_eq!(rates.0.len(), 1);
    }

    #[test]
    fn the_many_addresses_of_one_network_are_one() {
        let address = |text: &str| owner(text.parse().expect("an address"));
        assert_eq!(address("2001:db8:1:2::1"), address("2001:db8:1:2:ffff::9"));
        assert_ne!(address("2001:db8:1:2::1"), address("2001:db8:1:3::1"));
        assert_eq!(address("::ffff:8.8.8.8"), address("8.8.8.8"));
    }
}
