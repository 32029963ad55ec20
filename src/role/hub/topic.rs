//! Topics that can be subscribed to: the feeds of all channels, each under its one address.

use super::super::channel_documents::channel_info;
use super::super::live::Live;
use super::super::meant;
use crate::model::ChannelKey;
use crate::publish::address::{self, Address, Format, Route, Target};
use crate::publish::{BadParameter, Filter, Window};
use crate::store::Reader;
use url::Url;

const KNOWN: &str = "this hub knows the feeds of all, of regions, topics and sources, of pictures and \
                     of what is hot, by the addresses of their self links";

/// More would be no help.
const MOST_NEAR: usize = 5;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    pub url: String,
    /// Whose changes are its own.
    pub channel: ChannelKey,
}

/// Why an address is no topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoTopic {
    /// In words.
    pub why: String,
    /// Addresses of feeds that may have been meant, the likeliest first.
    pub nearest: Vec<String>,
}

impl From<String> for NoTopic {
    fn from(why: String) -> NoTopic {
        NoTopic { why, nearest: Vec::new() }
    }
}

impl NoTopic {
    fn but(why: String, nearest: Vec<String>) -> NoTopic {
        match nearest.first() {
            Some(first) => NoTopic { why: format!("{why}; is {first} meant?"), nearest },
            None => why.into(),
        }
    }
}

impl Topic {
    /// Reads the address of a topic. One that readers are led away from is refused with the one that they
    /// are led to: deliveries name the topic as it was asked for (§7), and their document itself as it is.
    ///
    /// # Errors
    /// Why it is none.
    pub fn resolve(live: &Live, reader: &Reader, topic: &str) -> Result<Topic, NoTopic> {
        let site = &live.config.site;
        let foreign =
            || format!("hub.topic is no feed of ours: those begin with {}", site.base_url);
        let url = Url::parse(topic).map_err(|_| foreign())?;
        if url.origin() != site.base_url.origin() || !url.username().is_empty() {
            return Err(foreign().into());
        }
        let path = address::below_base(site, url.path()).ok_or_else(foreign)?;
        let known = (live, reader);
        let unknown = || {
            format!(
                "hub.topic is no feed: append .atom, .rss or .json to a page's address; {KNOWN}"
            )
        };
        let nowhere = || match is_feed(path) {
            true => near(known, path, format!("hub.topic is no feed that there is; {KNOWN}")),
            false => near(known, path, unknown()),
        };
        let query = url.query().unwrap_or("");
        let (address, _) = meant::address(live, Some(reader), path, query).ok_or_else(nowhere)?;
        let renamed = meant::renamed(live, Some(reader), &address);
        let address = renamed.unwrap_or(address);
        let channel = match &address.target {
            Target::Channel(channel) => channel,
            Target::Search => return Err(format!("hub.topic is a search; {KNOWN}").into()),
            Target::Archive(channel, _) => {
                let feed = Address::channel(channel, address.format);
                let feed = feed.path(&live.config.regions).ok_or_else(unknown)?;
                let feed = address::url(site, &feed);
                let why = format!("hub.topic is a month of {feed}; {KNOWN}");
                return Err(NoTopic { why, nearest: feeds(known, &address) });
            }
            _ => return Err(nowhere()),
        };
        let bad = |bad: BadParameter| format!("hub.topic: {bad}");
        let window = Window::parse(url.query()).map_err(bad)?.of_channels();
        if window.before.is_some() {
            return Err("hub.topic is to show the newest entries".to_owned().into());
        }
        if !Filter::parse(query).map_err(bad)?.is_none() {
            return Err(
                "hub.topic has a filter (source, not_source, lang, q), by which nothing is \
                        pushed: subscribe to the whole channel"
                    .to_owned()
                    .into(),
            );
        }
        if address.format == Format::Html {
            return Err(match feeds(known, &address) {
                feeds if feeds.is_empty() => nowhere(),
                feeds => NoTopic::but(unknown(), feeds),
            });
        }
        let info = channel_info(live, reader, channel);
        if info.map_err(|error| error.full())?.is_none() {
            return Err(near(known, path, "hub.topic is not published here".to_owned()));
        }
        let path = address.path(&live.config.regions).ok_or_else(unknown)?;
        let canonical = address::url(site, &path) + &window.query();
        if canonical != topic {
            return Err(format!("hub.topic has another address: subscribe to {canonical}").into());
        }
        Ok(Topic { url: canonical, channel: channel.key() })
    }

    /// One that was resolved before.
    pub fn unresolved(url: &str, channel: ChannelKey) -> Topic {
        Topic { url: url.to_owned(), channel }
    }
}

fn is_feed(path: &str) -> bool {
    Format::FEEDS.iter().any(|format| path.ends_with(format.suffix()))
}

/// With the feeds that may have been meant by a path that is no feed's.
fn near((live, reader): (&Live, &Reader), path: &str, why: String) -> NoTopic {
    let tree = &live.config.regions;
    let mut nearest: Vec<String> = Vec::new();
    for path in meant::nearest(live, Some(reader), path, "") {
        if let Some(Route::Here(address)) = address::parse(&path, tree) {
            let feeds = feeds((live, reader), &address).into_iter();
            nearest.extend(feeds.filter(|feed| !nearest.contains(feed)).collect::<Vec<_>>());
        }
    }
    nearest.truncate(MOST_NEAR);
    NoTopic::but(why, nearest)
}

/// The feeds of the channel that an address is of, which can be subscribed to: in its format, or all of
/// a page's.
fn feeds((live, reader): (&Live, &Reader), address: &Address) -> Vec<String> {
    let (Target::Channel(channel) | Target::Archive(channel, _)) = &address.target else {
        return Vec::new();
    };
    if !channel_info(live, reader, channel).is_ok_and(|info| info.is_some()) {
        return Vec::new();
    }
    let is_meant = |format: &Format| [Format::Html, *format].contains(&address.format);
    let formats = Format::FEEDS.into_iter().filter(is_meant);
    let paths =
        formats.filter_map(|format| Address::channel(channel, format).path(&live.config.regions));
    paths.map(|path| address::url(&live.config.site, &path)).collect()
}
