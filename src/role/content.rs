//! What the public listener serves: joins store and publish, document by document.

use super::around::{Around, around, nearby, shown, sourced_nearby};
use super::callbacks::{Door, Room};
use super::clock::now;
use super::live::Live;
use super::meant;
use super::onward::Onwards;
use super::outlines;
use super::shared::Shared;
use crate::model::{Channel, Region, SourceInfo, StoredEntry, Timestamp};
use crate::publish::address::{self, Address, Format, Route, Target};
use crate::publish::{self, Also, ChannelInfo, FeedDoc, Item, Window};
use crate::push;
use crate::serve::{Callbacks, Content, Document, ErrorPage, Found, Reply};
use crate::store::{Editions, Reader, StoreError};
use bytes::Bytes;
use hyper::HeaderMap;
use std::sync::Arc;

/// Feeds and pages may be kept by caches this long, seconds.
pub(super) const MAX_AGE: u32 = 60;
const STYLE_MAX_AGE: u32 = 24 * 3600;

pub struct Site {
    pub(super) shared: Arc<Shared>,
    pub(super) onwards: Onwards,
}

impl Site {
    pub fn new(shared: Arc<Shared>) -> Self {
        Site { shared, onwards: Onwards::default() }
    }

    /// Where the channel of a source is that has another id now.
    fn renamed(&self, live: &Live, address: &Address) -> Option<Address> {
        let Target::Channel(Channel::Source(id)) = &address.target else { return None };
        if live.source(id).is_some() {
            return None;
        }
        let stored = || self.shared.reader()?.successor(id).ok().flatten();
        let now = live.successor(id).cloned().or_else(stored)?;
        Some(Address::channel(&Channel::Source(now), address.format))
    }

    /// `None`: it takes more than little effort.
    fn look(&self, path: &str, query: &str, effort: Effort) -> Option<Found> {
        let live = self.shared.live();
        let Some(path) = address::below_base(&live.config.site, path) else {
            return Some(Found::NotFound);
        };
        let Some((address, is_respelt)) = meant::address(&live, path) else {
            return Some(Found::NotFound);
        };
        let renamed = self.renamed(&live, &address);
        if is_respelt || renamed.is_some() {
            let address = renamed.unwrap_or(address);
            let Some(path) = address.path(&live.config.regions) else {
                return Some(Found::NotFound);
            };
            let query = if query.is_empty() { String::new() } else { format!("?{query}") };
            return Some(Found::Moved(address::href(&live.config.site, &path) + &query));
        }
        let Some(reader) = self.shared.reader() else {
            return Some(Found::Unavailable("the store is not open yet".to_owned()));
        };
        self.find_address(&live, &reader, &address, query, effort).unwrap_or_else(|error| {
            match error.is_damaged_entry() {
                true => Some(Found::Damaged),
                false => Some(Found::Unavailable(error.full())),
            }
        })
    }

    fn find_address(
        &self,
        live: &Live,
        reader: &Reader,
        address: &Address,
        query: &str,
        effort: Effort,
    ) -> Result<Option<Found>, StoreError> {
        let regions = &live.config.regions;
        let Some(path) = address.path(regions) else { return Ok(Some(Found::NotFound)) };
        let document = match &address.target {
            Target::Style => style(path),
            Target::Opml(region) => match outlines::document(live, region.as_ref(), path) {
                Some(document) => document,
                None => return Ok(Some(Found::NotFound)),
            },
            Target::Entry(key) | Target::Related(key) => {
                return self.entry_document(live, reader, (address, *key), query, effort);
            }
            Target::Channel(channel) => {
                let Some(info) = channel_info(live, reader, channel)? else {
                    return Ok(Some(Found::NotFound));
                };
                let Some(window) = Window::parse(Some(query)) else {
                    return Ok(Some(bad_query()));
                };
                let counters = reader.channel(channel.key())?;
                let around = match address.format {
                    Format::Html => around(live, reader, &info)?,
                    Format::Atom | Format::Rss | Format::Json => Around::default(),
                };
                let changed_at = counters.changed_at.max(around.changed_at);
                let mut links = link_headers(live, &info.page, address.format, window);
                links.extend(
                    hub_of(live, address.format, window).map(|hub| format!("<{hub}>; rel=\"hub\"")),
                );
                Document {
                    links,
                    target: path + &window.query(),
                    etag: format!("{:x}{}-{}", counters.change, around.tag, all_tag(live, reader)),
                    last_modified: Some(changed_at.max(self.shared.settings_since())),
                    content_type: address.format.content_type(),
                    max_age: MAX_AGE,
                    policy: policy(address.format),
                }
            }
        };
        Ok(Some(Found::Document(document)))
    }

    fn render_channel(
        &self,
        live: &Live,
        reader: &Reader,
        channel: &Channel,
        format: Format,
        window: Window,
    ) -> Result<Vec<u8>, String> {
        let failed = |error: StoreError| error.full();
        let names = live.names();
        let info = channel_info(live, reader, channel).map_err(failed)?.ok_or("not published")?;
        let editions = if window.all_editions { Editions::All } else { Editions::One };
        let listing = reader
            .list(channel.key(), window.before, window.entries() as usize, editions)
            .map_err(failed)?;
        let mut shelf = Shelf::new(live, reader, listing.entries).map_err(failed)?;
        if window.simplified {
            shelf.simplify();
        }
        let items = shelf.items(live);
        let updated = shelf.updated();
        let hub = hub_of(live, format, window);
        let doc = FeedDoc {
            site: &live.config.site,
            channel: &info,
            items: &items,
            updated,
            window,
            next: listing.next,
            nearby: &sourced_nearby(live, &info),
            hub: hub.as_deref(),
        };
        if let Some(feed) = publish::feed(&doc, format) {
            return Ok(feed);
        }
        let mut count = |channel: &Channel| shown(reader, channel);
        Ok(match channel {
            Channel::All => {
                let mut page = names.portal_page(&info, &items, &mut count);
                (page.window, page.next) = (window, listing.next);
                publish::portal_page(&page)
            }
            _ => {
                let mut page = names.channel_page(&info, &items, &mut count);
                (page.window, page.next) = (window, listing.next);
                page.nearby = nearby(live, reader, &info);
                match channel {
                    Channel::Pictures(_) => publish::pictures_page(&page),
                    _ => publish::channel_page(&page),
                }
            }
        })
    }
}

impl Content for Site {
    fn find(&self, path: &str, query: &str) -> Option<Found> {
        self.look(path, query, Effort::Little)
    }

    fn search(&self, path: &str, query: &str) -> Found {
        let found = self.look(path, query, Effort::Search);
        found.unwrap_or_else(|| Found::Unavailable("nothing was searched for".to_owned()))
    }

    fn render(&self, document: &Document) -> Result<Vec<u8>, String> {
        let live = self.shared.live();
        let (path, query) = document.target.split_once('?').unwrap_or((&document.target, ""));
        let Some(Route::Here(address)) = address::parse(path, &live.config.regions) else {
            return Err("the address is gone since a reload".to_owned());
        };
        match &address.target {
            Target::Style => return Ok(publish::style::STYLE.to_vec()),
            Target::Opml(region) => return outlines::render(&live, region.as_ref()),
            Target::Channel(_) | Target::Entry(_) | Target::Related(_) => {}
        }
        let reader = self.shared.reader().ok_or("the store is not open yet")?;
        match &address.target {
            Target::Style | Target::Opml(_) => unreachable!("answered above"),
            Target::Entry(key) => self.render_entry(&live, &reader, *key, address.format),
            Target::Related(key) => {
                let window = window_of(query)?;
                self.render_related(&live, &reader, *key, address.format, window)
            }
            Target::Channel(channel) => {
                let window = window_of(query)?;
                self.render_channel(&live, &reader, channel, address.format, window)
            }
        }
    }

    fn error_page(&self, status: u16, message: &str, nearest: &[String]) -> ErrorPage {
        ErrorPage {
            body: publish::error_page(&self.shared.live().config.site, status, message, nearest),
            content_type: Format::Html.content_type(),
            policy: publish::page::CONTENT_SECURITY_POLICY,
        }
    }

    fn nearest(&self, path: &str) -> Vec<String> {
        let live = self.shared.live();
        let Some(path) = address::below_base(&live.config.site, path) else { return Vec::new() };
        let is_published = |region: &Region| live.config.is_published(&region.code);
        let nearest = address::nearest(path, &live.config.regions, is_published);
        nearest.iter().map(|path| address::href(&live.config.site, path)).collect()
    }

    fn now(&self) -> Timestamp {
        now()
    }
}

impl Callbacks for Site {
    type Door = Arc<Door>;
    type Room = Room;

    fn door(&self, path: &str) -> Option<Result<Arc<Door>, Reply>> {
        let live = self.shared.live();
        let token = push::token(address::below_base(&live.config.site, path)?)?;
        Some(self.shared.callbacks.door(token))
    }

    fn ask(&self, door: &Arc<Door>, query: &str) -> Reply {
        self.shared.callbacks.ask(door, query)
    }

    fn admit(&self, door: &Arc<Door>, length: Option<u64>) -> Result<(Room, usize), Reply> {
        let most = self.shared.live().config.poll.max_body_bytes;
        self.shared.callbacks.admit(door, length, most)
    }

    fn take(&self, door: &Arc<Door>, room: Room, headers: &HeaderMap, body: Bytes) -> Reply {
        self.shared.callbacks.take(door, room, headers, body)
    }
}

/// What may be done for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    Little,
    Search,
}

fn window_of(query: &str) -> Result<Window, String> {
    Window::parse(Some(query)).ok_or_else(|| "an unreadable query".to_owned())
}

pub(super) fn bad_query() -> Found {
    Found::BadRequest(format!(
        "limit is a number from 1 to {}, before a cursor as the feed gives it, editions one or all, script hans",
        Window::MAX_LIMIT
    ))
}

/// Part of every ETag: sequences of another store, or of other settings, mean other bytes.
pub(super) fn all_tag(live: &Live, reader: &Reader) -> String {
    format!("{}{:08x}", live.settings_tag, reader.epoch() as u32)
}

/// Entries with everything that their items borrow.
pub(super) struct Shelf {
    stored: Vec<StoredEntry>,
    sources: Vec<SourceInfo>,
    others: Vec<Vec<(StoredEntry, SourceInfo)>>,
}

impl Shelf {
    pub(super) fn new(
        live: &Live,
        reader: &Reader,
        stored: Vec<StoredEntry>,
    ) -> Result<Shelf, StoreError> {
        let mut others = Vec::with_capacity(stored.len());
        for entry in &stored {
            let prints = reader.other_prints(entry)?;
            others.push(
                prints
                    .into_iter()
                    .map(|print| {
                        let info = source_info(live, &print);
                        (print, info)
                    })
                    .collect(),
            );
        }
        let sources = stored.iter().map(|entry| source_info(live, entry)).collect();
        Ok(Shelf { stored, sources, others })
    }

    /// When the newest change of an entry happened.
    pub(super) fn updated(&self) -> Timestamp {
        self.stored.iter().map(|stored| stored.updated).max().unwrap_or(Timestamp(0))
    }

    pub(super) fn simplify(&mut self) {
        let others = self.others.iter_mut().flatten().map(|(stored, _)| stored);
        self.stored
            .iter_mut()
            .chain(others)
            .for_each(|stored| publish::simplify(Arc::make_mut(&mut stored.entry)));
    }

    pub(super) fn items<'a>(&'a self, live: &'a Live) -> Vec<Item<'a>> {
        let names = live.names();
        let shelf = self.stored.iter().zip(&self.sources).zip(&self.others);
        let item = |((stored, source), others): ((&'a StoredEntry, &'a SourceInfo), &'a Vec<_>)| {
            let also = others.iter().map(|(stored, source)| Also { stored, source });
            let (first, also) =
                also.partition::<Vec<_>, _>(|also| Some(also.stored.no) == stored.reprint_of);
            names.item(stored, source, first.into_iter().next(), also)
        };
        shelf.map(item).collect()
    }
}

pub fn source_info(live: &Live, stored: &StoredEntry) -> SourceInfo {
    SourceInfo { site_url: stored.entry.site.clone(), ..live.info(&stored.source) }
}

/// `None`: not published here.
pub(super) fn channel_info(
    live: &Live,
    reader: &Reader,
    channel: &Channel,
) -> Result<Option<ChannelInfo>, StoreError> {
    let names = live.names();
    let Channel::Source(id) = channel else { return Ok(names.channel(channel)) };
    // A removed source keeps its pages while the store holds its entries.
    if live.source(id).is_none() && reader.state(id)?.is_none() {
        return Ok(None);
    }
    Ok(Some(names.source_channel(&live.info(id))))
}

pub(super) fn link_headers(live: &Live, page: &str, format: Format, window: Window) -> Vec<String> {
    let site = &live.config.site;
    let own = address::url(site, &(address::with_format(page, format) + &window.query()));
    let mut links = vec![format!("<{own}>; rel=\"self\"")];
    let others = [Format::Html, Format::Atom, Format::Rss, Format::Json];
    for other in others.into_iter().filter(|other| *other != format) {
        let url = address::url(site, &address::with_format(page, other));
        links.push(format!("<{url}>; rel=\"alternate\"; type=\"{}\"", other.media_type()));
    }
    links
}

/// Where a document of a channel can be subscribed to: a feed of the newest entries.
pub(super) fn hub_of(live: &Live, format: Format, window: Window) -> Option<String> {
    live.hub_url().filter(|_| format != Format::Html && window.before.is_none())
}

pub(super) fn policy(format: Format) -> Option<&'static str> {
    (format == Format::Html).then_some(publish::page::CONTENT_SECURITY_POLICY)
}

fn style(path: String) -> Document {
    Document {
        target: path,
        etag: format!("{:016x}", xxhash_rust::xxh3::xxh3_64(publish::style::STYLE)),
        last_modified: Some(Timestamp(0)),
        content_type: publish::style::CONTENT_TYPE,
        max_age: STYLE_MAX_AGE,
        links: Vec::new(),
        policy: None,
    }
}
