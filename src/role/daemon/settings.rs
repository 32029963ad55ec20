//! What clients and the store are told of the settings.

use super::super::clock::{fresh_number, now};
use super::super::hub;
use crate::config::Config;
use crate::fetch::{Client, FetchError, FetchSettings, Route};
use crate::store::Settings;

/// Words that name our program and a contact to publishers.
fn user_agent(config: &Config) -> String {
    let contact = config.site.contact.as_deref().unwrap_or(env!("CARGO_PKG_NAME"));
    let contact: String = contact.chars().filter(|c| c.is_ascii_graphic()).collect();
    format!("countywire/{} (feed aggregator; +{contact})", env!("CARGO_PKG_VERSION"))
}

/// For polls, and for asking hubs.
pub fn client(config: &Config) -> Result<Client, FetchError> {
    Client::new(fetch_settings(config))
}

/// For the callbacks of those who subscribe to our feeds.
pub fn callback_client(config: &Config) -> Result<Client, FetchError> {
    let (timeout, kept) = (config.hub.timeout, hub::OF_HOST);
    Client::new(FetchSettings { timeout, kept, ..fetch_settings(config) })
}

fn fetch_settings(config: &Config) -> FetchSettings {
    FetchSettings {
        timeout: config.poll.timeout,
        max_body_bytes: config.poll.max_body_bytes,
        allow: config.poll.allow_addresses.clone(),
        route: Route::new(config.proxies().cloned().collect(), config.routes()),
        extra_roots: config.poll.extra_roots.clone(),
        kept: 1,
        user_agent: user_agent(config),
        clock: now,
    }
}

pub fn store_settings(config: &Config) -> Settings {
    Settings {
        path: config.store.path.clone(),
        cache_bytes: config.store.cache_bytes,
        new_epoch: fresh_number(),
        segment_bytes: Settings::SEGMENT_BYTES,
    }
}
