//! The documents of an entry: its page, and what is related to it.

use super::content::{Effort, MAX_AGE, Site, all_tag, bad_query, policy};
use super::links::link_headers;
use super::live::Live;
use super::onward::Onward;
use super::same_story::SameStory;
use super::shelf::{Shelf, source_info};
use crate::model::{EntryKey, SourceInfo, StoredEntry};
use crate::publish::address::{self, Address, Format, Target};
use crate::publish::{self, Also, Chain, FeedDoc, Parameters, Window};
use crate::serve::{Document, Found};
use crate::store::{EntryVersion, Reader, StoreError};
use std::sync::Arc;
use xxhash_rust::xxh3::Xxh3;

impl Site {
    /// `None`: what it leads on to is to be searched for.
    pub(super) fn entry_document(
        &self,
        live: &Live,
        reader: &Reader,
        (address, key): (&Address, EntryKey),
        query: &str,
        effort: Effort,
    ) -> Result<Option<Found>, StoreError> {
        let Some(version) = reader.entry_version(key)? else {
            return Ok(Some(match reader.is_taken_down(key)? {
                true => Found::Gone,
                false => Found::NotFound,
            }));
        };
        let is_list = matches!(address.target, Target::Related(_));
        let taken = if is_list { Parameters::OF_RELATED } else { Parameters::OF_ENTRIES };
        let window = match taken.check(query).and_then(|()| Window::parse(Some(query))) {
            Ok(window) => window,
            Err(bad) => return Ok(Some(bad_query(&bad))),
        };
        let mut onward = self.onwards.known(reader, version)?;
        if effort == Effort::Search && onward.is_none() {
            let Some(stored) = reader.entry_by_key(key)? else { return Ok(Some(Found::NotFound)) };
            onward = Some(self.onwards.of(reader, &stored)?);
        }
        let Some(onward) = onward else { return Ok(None) };
        let format = address.format;
        let (page, hash) = match is_list {
            true => (address::related_path(key), related_hash(reader, version, (&onward, window))?),
            false => (address::entry_path(key), page_hash(version, &onward)),
        };
        let links = match is_list {
            true => link_headers(live, &page, format, window, None, &Chain::default()),
            false => Vec::new(),
        };
        Ok(Some(Found::Document(Document {
            target: address::with_format(&page, format) + &window.query(),
            // Revisions are counted anew in another life, too.
            etag: format!("{hash:016x}-{}", all_tag(live, reader.epoch()?)),
            // What is listed may leave, of which no date tells.
            last_modified: None,
            content_type: format.content_type(),
            max_age: MAX_AGE,
            is_immutable: false,
            links,
            policy: policy(format),
        })))
    }

    pub(super) fn render_entry(
        &self,
        live: &Live,
        reader: &Reader,
        key: EntryKey,
        format: Format,
    ) -> Result<Vec<u8>, String> {
        let failed = |error: StoreError| error.full();
        let Opened { shelf, onward, related } = self.open(live, reader, key).map_err(failed)?;
        let next = Beside::of(live, reader, onward.next.as_slice()).map_err(failed)?;
        let onward = publish::Onward { next: next.all().next(), related: related.all().collect() };
        let items = shelf.items(live);
        let item = items.first().ok_or(NO_ENTRY)?;
        let first = item.first.as_ref().map(|first| first.stored);
        let story = SameStory::of(live, reader, item.stored, first).map_err(failed)?;
        Ok(match format {
            Format::Json => publish::json::entry(&live.config.site, item, &story.view(), &onward),
            _ => publish::entry_page(&live.names().entry_page(item, &story.view(), &onward)),
        })
    }

    /// The document of what is related to an entry.
    pub(super) fn render_related(
        &self,
        live: &Live,
        reader: &Reader,
        key: EntryKey,
        format: Format,
        window: Window,
    ) -> Result<Vec<u8>, String> {
        let failed = |error: StoreError| error.full();
        let Opened { shelf: own, related, .. } = self.open(live, reader, key).map_err(failed)?;
        let most = window.entries() as usize;
        let related = related.stored.into_iter().take(most).collect();
        let shelf = Shelf::new(live, reader, related).map_err(failed)?.show_as(window);
        let own = own.show_as(window);
        let names = live.names();
        let info = own.items(live).first().map(|item| names.related_channel(item));
        let info = info.ok_or(NO_ENTRY)?;
        let items = shelf.items(live);
        let doc = FeedDoc {
            site: &live.config.site,
            channel: &info,
            items: &items,
            updated: shelf.updated().unwrap_or(FeedDoc::NEVER),
            window,
            next: None,
            chain: &Chain::default(),
            taken_down: &[],
            nearby: &[],
            hub: None,
        };
        Ok(publish::feed(&doc, format).unwrap_or_else(|| {
            let mut page = names.channel_page(&info, &items, &mut |_| None);
            page.window = window;
            publish::channel_page(&page)
        }))
    }

    fn open(&self, live: &Live, reader: &Reader, key: EntryKey) -> Result<Opened, StoreError> {
        let stored = reader.entry_by_key(key)?.ok_or(StoreError::Unknown { key })?;
        let onward = self.onwards.of(reader, &stored)?;
        let related = Beside::of(live, reader, &onward.related)?;
        let shelf = Shelf::new(live, reader, vec![stored])?;
        Ok(Opened { shelf, onward, related })
    }
}

const NO_ENTRY: &str = "no such entry";

/// An entry, and what it leads on to.
struct Opened {
    shelf: Shelf,
    onward: Arc<Onward>,
    related: Beside,
}

/// What the bytes of an entry's page depend on.
fn page_hash(version: EntryVersion, onward: &Onward) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(&version.hash.to_le_bytes());
    hasher.update(&onward.hash.to_le_bytes());
    hasher.digest()
}

/// The same of what is related: it is shown whole, with its prints; of the entry itself the title.
fn related_hash(
    reader: &Reader,
    version: EntryVersion,
    (onward, window): (&Onward, Window),
) -> Result<u64, StoreError> {
    let mut hasher = Xxh3::new();
    hasher.update(&version.no.0.to_le_bytes());
    hasher.update(&version.revision.to_le_bytes());
    let there = onward.related.iter().filter_map(|key| reader.item_version(*key).transpose());
    for shown in there.take(window.entries() as usize) {
        hasher.update(&shown?.hash.to_le_bytes());
    }
    Ok(hasher.digest())
}

/// Entries that are only linked to.
pub(super) struct Beside {
    stored: Vec<StoredEntry>,
    sources: Vec<SourceInfo>,
}

impl Beside {
    /// Without those that have left.
    pub(super) fn of(
        live: &Live,
        reader: &Reader,
        keys: &[EntryKey],
    ) -> Result<Beside, StoreError> {
        let found = keys.iter().filter_map(|key| reader.entry_by_key(*key).transpose());
        let stored: Vec<StoredEntry> = found.collect::<Result<_, _>>()?;
        let sources = stored.iter().map(|stored| source_info(live, stored)).collect();
        Ok(Beside { stored, sources })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Also<'_>> {
        self.stored.iter().zip(&self.sources).map(|(stored, source)| Also { stored, source })
    }
}
