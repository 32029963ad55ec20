//! What the public listener serves: joins store and publish, document by document.

use super::archives::{self, Archives};
use super::around::{Around, around, nearby, shown, sourced_nearby};
use super::callbacks::{Door, Room};
use super::clock::now;
use super::links::link_headers;
use super::live::Live;
use super::meant;
use super::onward::Onwards;
use super::outlines;
use super::search_documents::Searches;
use super::searching::Search;
use super::shared::Shared;
use crate::model::{Channel, Region, SourceInfo, StoredEntry, Timestamp};
use crate::publish::address::{self, Address, Format, Route, Target};
use crate::publish::{self, Also, ChannelInfo, FeedDoc, Item, Window};
use crate::push;
use crate::serve::{Callbacks, Content, Delta, Document, ErrorPage, Found, Reply, Version};
use crate::store::{Editions, Listing, Reader, StoreError};
use bytes::Bytes;
use hyper::HeaderMap;
use std::sync::Arc;

/// Feeds and pages may be kept by caches this long, seconds.
pub(super) const MAX_AGE: u32 = 60;
/// Entries that were taken down of which a feed tells.
const TOMBSTONES: usize = 50;
const STYLE_MAX_AGE: u32 = 24 * 3600;

pub struct Site {
    pub(super) shared: Arc<Shared>,
    pub(super) onwards: Onwards,
    pub(super) archives: Archives,
    pub(super) searches: Searches,
}

impl Site {
    pub fn new(shared: Arc<Shared>) -> Self {
        let (onwards, archives) = (Onwards::default(), Archives::default());
        Site { shared, onwards, archives, searches: Searches::default() }
    }

    pub(super) fn search_index(&self) -> &Search {
        &self.shared.search
    }

    /// Where the channel of a source is that has another id now.
    pub(super) fn renamed(&self, live: &Live, address: &Address) -> Option<Address> {
        let (Target::Channel(Channel::Source(id)) | Target::Archive(Channel::Source(id), _)) =
            &address.target
        else {
            return None;
        };
        if live.source(id).is_some() {
            return None;
        }
        let stored = || self.shared.reader()?.successor(id).ok().flatten();
        let now = live.successor(id).cloned().or_else(stored)?;
        let target = match &address.target {
            Target::Archive(_, month) => Target::Archive(Channel::Source(now), *month),
            _ => Target::Channel(Channel::Source(now)),
        };
        Some(Address { target, format: address.format })
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
        if let Some(found) = without_store(&live, &address) {
            return Some(found);
        }
        let Some(reader) = self.shared.reader() else {
            return Some(Found::NotReady { percent: self.shared.remade_percent().unwrap_or(0) });
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
            Target::Style | Target::Opml(_) | Target::OpenSearch => {
                unreachable!("found without the store")
            }
            Target::Search if !live.config.site.search => return Ok(Some(Found::NotFound)),
            Target::Search => {
                return self.search_document(live, reader, address.format, query, effort);
            }
            Target::Entry(key) | Target::Related(key) => {
                return self.entry_document(live, reader, (address, *key), query, effort);
            }
            Target::Archive(channel, month) => {
                let archive = (channel, *month, address.format);
                return self.archive_document(live, reader, archive, query, effort);
            }
            Target::Channel(channel) => {
                let Some(info) = channel_info(live, reader, channel)? else {
                    return Ok(Some(Found::NotFound));
                };
                let Some(window) = Window::parse(Some(query)) else {
                    return Ok(Some(bad_query()));
                };
                let window = window.of_channels();
                let counters = reader.channel(channel.key())?;
                let (before, most) = (window.before, window.entries() as usize);
                let editions = editions(window);
                let next = reader.next_page(channel.key(), &counters, before, most, editions)?;
                let chain = archives::newest(&info.page, channel, &counters, window);
                let around = match address.format {
                    Format::Html => around(live, reader, &info)?,
                    Format::Atom | Format::Rss | Format::Json => Around::default(),
                };
                let changed_at = counters.changed_at.max(around.changed_at);
                let mut links =
                    link_headers(live, &info.page, address.format, window, next, &chain);
                links.extend(
                    hub_of(live, address.format, window).map(|hub| format!("<{hub}>; rel=\"hub\"")),
                );
                Document {
                    links,
                    target: path + &window.query(),
                    etag: format!(
                        "{:x}{}-{}",
                        counters.change,
                        around.tag,
                        all_tag(live, reader.epoch_of(counters.change))
                    ),
                    last_modified: Some(changed_at.max(self.shared.settings_since())),
                    content_type: address.format.content_type(),
                    max_age: MAX_AGE,
                    is_immutable: false,
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
        let (before, most) = (window.before, window.entries() as usize);
        let listing = reader.list(channel.key(), before, most, editions(window));
        let listing = listing.map_err(|error| error.full())?;
        self.render_listing(live, reader, channel, (format, window), listing)
    }

    pub(super) fn render_listing(
        &self,
        live: &Live,
        reader: &Reader,
        channel: &Channel,
        (format, window): (Format, Window),
        listing: Listing,
    ) -> Result<Vec<u8>, String> {
        let failed = |error: StoreError| error.full();
        let names = live.names();
        let info = channel_info(live, reader, channel).map_err(failed)?.ok_or("not published")?;
        let head = reader.channel(channel.key()).map_err(failed)?;
        let chain = archives::newest(&info.page, channel, &head, window);
        let taken_down = match (format, window.before) {
            (Format::Atom, None) => {
                reader.taken_down_from(channel.key(), TOMBSTONES).map_err(failed)?
            }
            _ => Vec::new(),
        };
        let taken_down: Vec<_> = taken_down.into_iter().map(|gone| (gone.id, gone.at)).collect();
        let mut shelf = Shelf::new(live, reader, listing.entries).map_err(failed)?;
        if window.simplified {
            shelf.simplify();
        }
        let items = shelf.items(live);
        let updated = match items.is_empty() {
            // Of what was taken down the last comes first.
            true => reader.taken_down_from(channel.key(), 1).map_err(failed)?.first().map(|d| d.at),
            false => None,
        };
        let updated = updated.unwrap_or_else(|| shelf.updated());
        let hub = hub_of(live, format, window);
        let doc = FeedDoc {
            site: &live.config.site,
            channel: &info,
            items: &items,
            updated,
            window,
            next: listing.next,
            chain: &chain,
            taken_down: &taken_down,
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
    fn is_word_search(&self, path: &str) -> bool {
        let live = self.shared.live();
        let path = address::below_base(&live.config.site, path);
        path.is_some_and(|path| path.starts_with(address::SEARCH_PATH))
    }

    fn version(&self) -> Version {
        self.shared.version()
    }

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
            Target::OpenSearch => return Ok(publish::opensearch::description(&live.config.site)),
            Target::Channel(_)
            | Target::Archive(..)
            | Target::Entry(_)
            | Target::Related(_)
            | Target::Search => {}
        }
        let reader = self.shared.reader().ok_or("the store is not open yet")?;
        match &address.target {
            Target::Style | Target::Opml(_) | Target::OpenSearch => {
                unreachable!("answered above")
            }
            Target::Search => self.render_search(&live, &reader, address.format, query),
            Target::Entry(key) => self.render_entry(&live, &reader, *key, address.format),
            Target::Related(key) => {
                let window = window_of(query)?;
                self.render_related(&live, &reader, *key, address.format, window)
            }
            Target::Archive(channel, month) => {
                let archive = (channel, *month, address.format);
                self.render_archive(&live, &reader, archive, window_of(query)?)
            }
            Target::Channel(channel) => {
                let window = window_of(query)?;
                self.render_channel(&live, &reader, channel, address.format, window)
            }
        }
    }

    fn waiting_page(&self, percent: u64) -> ErrorPage {
        page_of(publish::waiting_page(&self.shared.live().config.site, percent))
    }

    fn delta(&self, document: &Document, versions: &[String]) -> Result<Option<Delta>, String> {
        let live = self.shared.live();
        let reader = self.shared.reader().ok_or("the store is not open yet")?;
        self.feed_delta(&live, &reader, document, versions)
    }

    fn error_page(&self, status: u16, message: &str, nearest: &[String]) -> ErrorPage {
        let live = self.shared.live();
        page_of(publish::error_page(&live.config.site, status, message, nearest))
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

/// What follows from the program and the settings alone, and so is there while the store is not.
fn without_store(live: &Live, address: &Address) -> Option<Found> {
    let path = || address.path(&live.config.regions);
    let document = match &address.target {
        Target::Style => path().map(style),
        Target::Opml(region) => {
            path().and_then(|path| outlines::document(live, region.as_ref(), path))
        }
        Target::OpenSearch => {
            path().filter(|_| live.config.site.search).map(|path| opensearch(live, path))
        }
        Target::Channel(_)
        | Target::Archive(..)
        | Target::Entry(_)
        | Target::Related(_)
        | Target::Search => return None,
    };
    Some(document.map_or(Found::NotFound, Found::Document))
}

/// What may be done for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    Little,
    Search,
}

fn page_of(body: Vec<u8>) -> ErrorPage {
    let policy = publish::page::CONTENT_SECURITY_POLICY;
    ErrorPage { body, content_type: Format::Html.content_type(), policy }
}

fn window_of(query: &str) -> Result<Window, String> {
    Window::parse(Some(query)).ok_or_else(|| "an unreadable query".to_owned())
}

pub(super) fn bad_query() -> Found {
    Found::BadRequest(format!(
        "limit is a number from 1 to {}, before and until are as feeds give them, editions one or all, script hans",
        Window::MAX_LIMIT
    ))
}

/// Part of every ETag: sequences of another life of the store, or of other settings, mean other bytes.
pub(super) fn all_tag(live: &Live, epoch: u64) -> String {
    format!("{}{:08x}", live.settings_tag, epoch as u32)
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

    /// Each without the others with its text.
    pub(super) fn alone(live: &Live, stored: Vec<StoredEntry>) -> Shelf {
        let others = stored.iter().map(|_| Vec::new()).collect();
        let sources = stored.iter().map(|entry| source_info(live, entry)).collect();
        Shelf { stored, sources, others }
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

pub(super) fn editions(window: Window) -> Editions {
    if window.all_editions { Editions::All } else { Editions::One }
}

/// Where a document of a channel can be subscribed to: a feed of the newest entries.
pub(super) fn hub_of(live: &Live, format: Format, window: Window) -> Option<String> {
    live.hub_url().filter(|_| format != Format::Html && window.before.is_none())
}

pub(super) fn policy(format: Format) -> Option<&'static str> {
    (format == Format::Html).then_some(publish::page::CONTENT_SECURITY_POLICY)
}

fn opensearch(live: &Live, path: String) -> Document {
    let bytes = publish::opensearch::description(&live.config.site);
    Document {
        target: path,
        etag: format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&bytes)),
        last_modified: None,
        content_type: publish::opensearch::CONTENT_TYPE,
        max_age: STYLE_MAX_AGE,
        is_immutable: false,
        links: Vec::new(),
        policy: None,
    }
}

fn style(path: String) -> Document {
    Document {
        target: path,
        etag: format!("{:016x}", xxhash_rust::xxh3::xxh3_64(publish::style::STYLE)),
        last_modified: Some(Timestamp(0)),
        content_type: publish::style::CONTENT_TYPE,
        max_age: STYLE_MAX_AGE,
        is_immutable: false,
        links: Vec::new(),
        policy: None,
    }
}
