//! From the raw configuration to the checked one; every problem is reported.

mod credentials;
mod former;
mod hub;
mod listen;
mod proxy;
mod push;
mod region_words;
mod regions;
mod schedule;
mod settings;
mod sources;
mod topics;
mod values;

pub(super) use listen::listen;
pub use sources::read_address;
pub use values::shown_address;

use super::files::Files;
use super::problem::Problems;
use super::raw::RawConfig;
use super::{Config, PollSettings};
use crate::model::Site;
use std::sync::Arc;

/// Builds the configuration; it is only good when no problem was reported.
pub(super) fn check(raw: &RawConfig, files: Files<'_>, problems: &mut Problems<'_>) -> Config {
    let listen = listen(&raw.listen, problems);
    let site = settings::site(&raw.site, &listen, problems);
    let search = settings::search(&raw.search, problems);
    let site = Site { search: raw.search.enabled.given().is_none_or(|given| given.value), ..site };
    let store = settings::store(&raw.store, files, problems);
    let stories = settings::stories(&raw.stories, problems);
    let poll = settings::poll(&raw.poll, files, problems);
    let push = push::push(&raw.poll.push, &raw.site.base_url, &site.base_url, problems);
    let poll = PollSettings { push, ..poll };
    let hub = hub::hub(&raw.hub, problems);
    let (hosts, host_headers) = settings::hosts(&raw.hosts, files, problems);
    let regions = regions::regions(&raw.regions, &raw.region, files, problems);
    let publish = regions::publish(&raw.regions, &regions, problems);
    let region_words = region_words::all(&raw.region_words, &regions, problems);
    let topics = topics::topics(&raw.topics, problems);
    let known = sources::Known {
        regions: &regions,
        topics: &topics,
        schedule: &poll.schedule,
        rsshub: poll.rsshub.as_ref(),
        hosts: &hosts,
        host_headers: &host_headers,
        files,
        push: poll.push,
    };
    let sources = sources::sources(&raw.sources, &known, problems);
    let idle = sources.iter().filter(|source| source.enabled && source.url.is_none()).count();
    if idle > 0 && poll.rsshub.is_none() {
        let wrong = format!("not set: {idle} rsshub:// sources stay idle");
        let advice = "write the address of an RSSHub of yours, such as \"http://127.0.0.1:1200/\"";
        problems.warn(raw.poll.place.at, "poll.rsshub", wrong, advice);
    }
    if raw.sources.is_empty() {
        problems.warn(0, "source", "no source to poll", "write a [[source]]");
    }
    Config {
        site,
        listen,
        store,
        stories,
        search,
        poll,
        hub,
        hosts,
        regions: Arc::new(regions.tree),
        publish,
        region_words,
        topics,
        sources,
        warnings: Vec::new(),
    }
}
