//! The documents of an entry that show others: what their bytes depend on, and what is related.

use super::content::{Shelf, Site, source_info};
use super::live::Live;
use crate::model::{EntryKey, SourceInfo, StoredEntry};
use crate::publish::address::{Format, Target};
use crate::publish::{self, Also, FeedDoc, Window};
use crate::store::{EntryVersion, Reader, StoreError};
use xxhash_rust::xxh3::Xxh3;

impl Site {
    /// What the bytes of a document of an entry depend on.
    pub(super) fn entry_version(
        &self,
        reader: &Reader,
        key: EntryKey,
        target: &Target,
    ) -> Result<Option<EntryVersion>, StoreError> {
        let Some(version) = reader.entry_version(key)? else { return Ok(None) };
        let Some(stored) = reader.entry_by_key(key)? else { return Ok(None) };
        let onward = self.onwards.of(reader, &stored)?;
        let mut changed_at = version.changed_at.max(onward.changed_at);
        let mut hasher = Xxh3::new();
        hasher.update(&version.hash.to_le_bytes());
        match target {
            // The feed of what is related shows all of it, with its prints.
            Target::Related(_) => {
                for related in &onward.related {
                    let related = reader.entry_version(*related)?;
                    hasher.update(&related.map_or(0, |version| version.hash).to_le_bytes());
                    changed_at = related.map_or(changed_at, |of| of.changed_at.max(changed_at));
                }
            }
            _ => hasher.update(&onward.hash.to_le_bytes()),
        }
        Ok(Some(EntryVersion { hash: hasher.digest(), changed_at }))
    }

    /// The document of what is related to an entry.
    pub(super) fn render_related(
        &self,
        live: &Live,
        reader: &Reader,
        key: EntryKey,
        format: Format,
    ) -> Result<Vec<u8>, String> {
        let failed = |error: StoreError| error.full();
        let stored = reader.entry_by_key(key).map_err(failed)?.ok_or("no such entry")?;
        let found = self.onwards.of(reader, &stored).map_err(failed)?;
        let names = live.names();
        let own = Shelf::new(live, reader, vec![stored]).map_err(failed)?;
        let own = own.items(live).first().map(|item| names.related_channel(item));
        let info = own.ok_or("no such entry")?;
        let related = Beside::of(live, reader, &found.related).map_err(failed)?;
        let shelf = Shelf::new(live, reader, related.stored).map_err(failed)?;
        let items = shelf.items(live);
        let doc = FeedDoc {
            site: &live.config.site,
            channel: &info,
            items: &items,
            updated: shelf.updated(),
            window: Window::default(),
            next: None,
            nearby: &[],
        };
        Ok(publish::feed(&doc, format).unwrap_or_else(|| {
            publish::channel_page(&names.channel_page(&info, &items, &mut |_| None))
        }))
    }
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
