//! Whether a client may ask now.

use super::client::Proxies;
use super::rate::{Rate, Rates};
use hyper::HeaderMap;
use std::net::IpAddr;
use std::time::Duration;

pub struct Gate {
    proxies: Proxies,
    rate: Option<Rate>,
    rates: Rates,
}

impl Gate {
    /// Without a rate all may ask as often as they like.
    pub fn new(proxies: Proxies, rate: Option<Rate>) -> Gate {
        Gate { proxies, rate, rates: Rates::default() }
    }

    /// # Errors
    /// How long the client has to wait.
    pub fn admit(&self, peer: IpAddr, headers: &HeaderMap) -> Result<(), Duration> {
        let Some(rate) = self.rate else { return Ok(()) };
        match self.proxies.client(peer, headers) {
            Some(client) => self.rates.admit(client, rate),
            // Of a proxy's own, such as looking whether we are there.
            None => Ok(()),
        }
    }
}
