//! What is told of entries that were taken down, and by what an entry that is to go is found.

use super::error::StoreError;
use super::held::{Lookup, Pair};
use super::{Reader, keys, record, tombstone};
use crate::model::{ChannelKey, EntryKey, EntryNo, Month, SourceId, StoredEntry, Timestamp};
use minicbor::{Decode, Encode};

/// An entry that was taken down, for who has it already.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct TakenDown {
    /// As published.
    #[n(0)]
    pub id: String,
    #[n(1)]
    pub at: Timestamp,
    /// Under which it was filed.
    #[n(2)]
    pub source: SourceId,
    /// Not known of those that older programs took down.
    #[n(3)]
    pub came_at: Option<Timestamp>,
    /// In the key.
    #[cbor(skip)]
    pub no: EntryNo,
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
    pub fn taken_down_from(
        &self,
        channel: ChannelKey,
    ) -> impl Iterator<Item = Result<TakenDown, StoreError>> + '_ {
        self.index.scan(&keys::all_taken_down(channel)).map(|pair| told(pair?))
    }

    /// Up to `most` that were taken down from a channel and had come in a month, the last first.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn taken_down_of(
        &self,
        channel: ChannelKey,
        month: Month,
        most: usize,
    ) -> Result<Vec<TakenDown>, StoreError> {
        let is_of = |gone: &TakenDown| gone.came_at.is_some_and(|at| Month::of(at) == month);
        let all = self.taken_down_from(channel);
        all.filter(|gone| gone.as_ref().map_or(true, is_of)).take(most).collect()
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

fn told((key, value): Pair) -> Result<TakenDown, StoreError> {
    let told: TakenDown = record::decode(&value).map_err(StoreError::Record)?;
    let Some(no) = keys::last_number(&key).map(EntryNo) else {
        return Err(StoreError::Record("the key of what was taken down is cut off".to_owned()));
    };
    Ok(TakenDown { no, ..told })
}

fn bare(link: &str) -> &str {
    let link = link.trim().trim_end_matches('/');
    link.strip_prefix("https://").or_else(|| link.strip_prefix("http://")).unwrap_or(link)
}
