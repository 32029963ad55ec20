//! Topics that can be subscribed to: the feeds of all channels, each under its one address.

use super::super::channel_documents::channel_info;
use super::super::live::Live;
use crate::model::ChannelKey;
use crate::publish::address::{self, Address, Format, Route, Target};
use crate::publish::{BadParameter, Filter, Window};
use crate::store::Reader;
use url::Url;

const KNOWN: &str = "this hub knows the feeds of all, of regions, topics and sources, of pictures and \
                     of what is hot, by the addresses of their self links";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    pub url: String,
    /// Whose changes are its own.
    pub channel: ChannelKey,
}

impl Topic {
    /// Reads the address of a topic.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub fn resolve(live: &Live, reader: &Reader, topic: &str) -> Result<Topic, String> {
        let site = &live.config.site;
        let foreign =
            || format!("hub.topic is no feed of ours: those begin with {}", site.base_url);
        let url = Url::parse(topic).map_err(|_| foreign())?;
        if url.origin() != site.base_url.origin() || !url.username().is_empty() {
            return Err(foreign());
        }
        let path = address::below_base(site, url.path()).ok_or_else(foreign)?;
        let unknown = || {
            format!(
                "hub.topic is no feed: append .atom, .rss or .json to a page's address; {KNOWN}"
            )
        };
        let route = address::parse(path, &live.config.regions).ok_or_else(unknown)?;
        let (Route::Here(address) | Route::Moved(address)) = route;
        let channel = match &address.target {
            Target::Channel(channel) => channel,
            Target::Search => return Err(format!("hub.topic is a search; {KNOWN}")),
            Target::Archive(channel, _) => {
                let feed = Address::channel(channel, address.format);
                let feed = feed.path(&live.config.regions).ok_or_else(unknown)?;
                let feed = address::url(site, &feed);
                return Err(format!("hub.topic is a month of {feed}; {KNOWN}"));
            }
            _ => return Err(unknown()),
        };
        let bad = |bad: BadParameter| format!("hub.topic: {bad}");
        let window = Window::parse(url.query()).map_err(bad)?.of_channels();
        if window.before.is_some() {
            return Err("hub.topic is to show the newest entries".to_owned());
        }
        if !Filter::parse(url.query().unwrap_or("")).map_err(bad)?.is_none() {
            return Err(
                "hub.topic has a filter (source, not_source, lang, q), by which nothing is \
                        pushed: subscribe to the whole channel"
                    .to_owned(),
            );
        }
        if address.format == Format::Html {
            return Err(unknown());
        }
        let info = channel_info(live, reader, channel);
        if info.map_err(|error| error.full())?.is_none() {
            return Err("hub.topic is not published here".to_owned());
        }
        let path = address.path(&live.config.regions).ok_or_else(unknown)?;
        let canonical = address::url(site, &path) + &window.query();
        if canonical != topic {
            return Err(format!("hub.topic has another address: {canonical}"));
        }
        Ok(Topic { url: canonical, channel: channel.key() })
    }

    /// One that was resolved before.
    pub fn unresolved(url: &str, channel: ChannelKey) -> Topic {
        Topic { url: url.to_owned(), channel }
    }
}
