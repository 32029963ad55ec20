//! Whether a client may ask now.

use super::client::Proxies;
use super::rate::{Rate, Rates};
use hyper::HeaderMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

pub struct Gate {
    proxies: Proxies,
    rates: Option<Rates>,
    begun: Instant,
}

impl Gate {
    /// Without a rate all may ask as often as they like.
    pub fn new(proxies: Proxies, rate: Option<Rate>) -> Gate {
        Gate { proxies, rates: rate.map(Rates::new), begun: Instant::now() }
    }

    /// # Errors
    /// How long the client has to wait.
    pub fn admit(&self, peer: IpAddr, headers: &HeaderMap) -> Result<(), Duration> {
        let Some(rates) = &self.rates else { return Ok(()) };
        match self.proxies.client(peer, headers) {
            Some(client) => rates.admit(client, self.begun.elapsed().as_nanos() as u64),
            // Of a proxy's own, such as looking whether we are there.
            None => Ok(()),
        }
    }
}
