//! What is told of entries that were taken down, and by what an entry that is to go is found.

use super::error::StoreError;
use super::held::Lookup;
use super::{Reader, keys, record, tombstone};
use crate::model::{ChannelKey, EntryKey, EntryNo, StoredEntry, Timestamp};

/// An entry that was taken down, for who has it already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenDown {
    /// As published.
    pub id: String,
    pub at: Timestamp,
}

impl Reader {
    /// Whether an entry with that key was taken down.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn is_taken_down(&self, key: EntryKey) -> Result<bool, StoreError> {
        for pair in self.index.scan(&keys::tombstones(key)) {
            if tombstone::decode(pair?)?.is_for_good {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What was taken down from a channel, the last first.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn taken_down_from(
        &self,
        channel: ChannelKey,
        most: usize,
    ) -> Result<Vec<TakenDown>, StoreError> {
        let pairs = self.index.scan(&keys::all_taken_down(channel)).take(most);
        let told = pairs.map(|pair| {
            let (_, value) = pair?;
            let (id, at) =
                record::decode::<(&str, Timestamp)>(&value).map_err(StoreError::Record)?;
            Ok(TakenDown { id: id.to_owned(), at })
        });
        told.collect()
    }

    /// Entries whose link or public id this is, however it begins and whether or not a slash ends
    /// it. Reads all entries.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn linked(&self, link: &str) -> Result<Vec<StoredEntry>, StoreError> {
        let link = bare(link);
        let is_it = |stored: &StoredEntry| {
            let own = stored.entry.link.as_deref();
            own.is_some_and(|own| bare(own) == link) || bare(&stored.public_id) == link
        };
        let all = self.entries_after(EntryNo(0));
        all.filter(|stored| stored.as_ref().map_or(true, is_it)).collect()
    }
}

fn bare(link: &str) -> &str {
    let link = link.trim().trim_end_matches('/');
    link.strip_prefix("https://").or_else(|| link.strip_prefix("http://")).unwrap_or(link)
}
