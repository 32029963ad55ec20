//! What the public listener serves: joins store and publish, document by document.

use super::archives::Archives;
use super::callbacks::{Door, Room};
use super::clock::now;
use super::fixed_documents;
use super::listed::Listed;
use super::live::Live;
use super::meant;
use super::onward::Onwards;
use super::search_documents::Searches;
use super::searching::Search;
use super::shared::Shared;
use crate::model::Timestamp;
use crate::publish::address::{self, Address, Format, Route, Target};
use crate::publish::{self, BadParameter, Filter, Window};
use crate::push;
use crate::serve::{Callbacks, Content, Delta, Document, ErrorPage, Found, Reply, Version};
use crate::store::{Reader, StoreError};
use bytes::Bytes;
use hyper::HeaderMap;
use std::sync::Arc;

/// Feeds and pages may be kept by caches this long, seconds.
pub(super) const MAX_AGE: u32 = 60;

pub struct Site {
    pub(super) shared: Arc<Shared>,
    pub(super) onwards: Onwards,
    pub(super) archives: Archives,
    pub(super) searches: Searches,
    pub(super) listed: Listed,
}

impl Site {
    pub fn new(shared: Arc<Shared>) -> Self {
        Site {
            shared,
            onwards: Onwards::default(),
            archives: Archives::default(),
            searches: Searches::default(),
            listed: Listed::default(),
        }
    }

    pub(super) fn search_index(&self) -> &Search {
        &self.shared.search
    }

    /// `None`: it takes more than little effort.
    fn look(&self, path: &str, query: &str, effort: Effort) -> Option<Found> {
        let live = self.shared.live();
        let Some(path) = address::below_base(&live.config.site, path) else {
            return Some(Found::NotFound);
        };
        let reader = self.shared.reader();
        let Some((address, is_respelt)) = meant::address(&live, reader.as_ref(), path, query)
        else {
            return Some(Found::NotFound);
        };
        let renamed = meant::renamed(&live, reader.as_ref(), &address);
        if is_respelt || renamed.is_some() {
            let address = renamed.unwrap_or(address);
            let Some(path) = address.path(&live.config.regions) else {
                return Some(Found::NotFound);
            };
            let query = if query.is_empty() { String::new() } else { format!("?{query}") };
            return Some(Found::Moved(address::href(&live.config.site, &path) + &query));
        }
        if let Some(found) = fixed_documents::find(&live, &address, query) {
            return Some(found);
        }
        let Some(reader) = reader else {
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
        match &address.target {
            Target::Style | Target::Opml(_) | Target::OpenSearch => {
                unreachable!("found without the store")
            }
            Target::Search if !live.config.site.search => Ok(Some(Found::NotFound)),
            Target::Search => self.search_document(live, reader, address.format, query, effort),
            Target::Entry(key) | Target::Related(key) => {
                self.entry_document(live, reader, (address, *key), query, effort)
            }
            Target::Archive(channel, month) => {
                let archive = (channel, *month, address.format);
                self.archive_document(live, reader, archive, query, effort)
            }
            Target::Channel(channel) => {
                let document = (channel, address.format);
                self.channel_document(live, reader, document, query, effort)
            }
        }
    }
}

impl Content for Site {
    fn is_word_search(&self, path: &str, query: &str) -> bool {
        let live = self.shared.live();
        let path = address::below_base(&live.config.site, path);
        path.is_some_and(|path| path.starts_with(address::SEARCH_PATH))
            || Filter::parse(query).is_ok_and(|filter| !filter.is_none())
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
        if let Some(rendered) = fixed_documents::render(&live, &address, query) {
            return rendered;
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
                self.render_channel(&live, &reader, (channel, address.format), query)
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

    fn nearest(&self, path: &str, query: &str) -> Vec<String> {
        let live = self.shared.live();
        let Some(path) = address::below_base(&live.config.site, path) else { return Vec::new() };
        let nearest = meant::nearest(&live, self.shared.reader().as_ref(), path, query);
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

fn page_of(body: Vec<u8>) -> ErrorPage {
    let policy = publish::page::CONTENT_SECURITY_POLICY;
    ErrorPage { body, content_type: Format::Html.content_type(), policy }
}

fn window_of(query: &str) -> Result<Window, String> {
    Window::parse(Some(query)).map_err(|bad| bad.to_string())
}

pub(super) fn bad_query(bad: &BadParameter) -> Found {
    Found::BadRequest(bad.to_string())
}

/// Part of every ETag: sequences of another life of the store, or of other settings, mean other bytes.
pub(super) fn all_tag(live: &Live, epoch: u64) -> String {
    format!("{}{:08x}", live.settings_tag, epoch as u32)
}

pub(super) fn policy(format: Format) -> Option<&'static str> {
    (format == Format::Html).then_some(publish::page::CONTENT_SECURITY_POLICY)
}
