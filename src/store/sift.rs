//! Pages of a channel of which not all entries are shown.

use super::error::StoreError;
use super::read::{self, Reader};
use super::record::ChannelRecord;
use super::{Editions, postings};
use crate::model::{ChannelKey, Cursor, EntryNo, SourceId};

/// What is looked at for a page.
#[derive(Debug, Clone, Copy)]
pub struct Sifting {
    pub before: Option<Cursor>,
    /// Entries that are shown.
    pub limit: usize,
    pub editions: Editions,
    /// Places of the channel that are looked at.
    pub most: usize,
}

/// A page, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sifted {
    pub entries: Vec<EntryNo>,
    /// Where the next page begins: behind the last entry, or, where not all was looked at, behind
    /// the last place that was. None: nothing else is shown.
    pub next: Option<Cursor>,
}

impl Reader {
    /// Those of a channel's entries before a place that `is_shown`.
    ///
    /// # Errors
    /// When the index cannot be read, and those of `is_shown`.
    pub fn sift(
        &self,
        channel: ChannelKey,
        head: &ChannelRecord,
        Sifting { before, limit, editions, most }: Sifting,
        mut is_shown: impl FnMut(EntryNo) -> Result<bool, StoreError>,
    ) -> Result<Sifted, StoreError> {
        let mut found: Vec<Cursor> = Vec::with_capacity(limit);
        let mut last = None;
        let mut looked_at = 0;
        let mut next = None;
        let mut failed = None;
        postings::walk_back(&self.index, channel, head, before, |posting| {
            if looked_at >= most {
                next = last;
                return false;
            }
            looked_at += 1;
            last = Some(posting.at);
            if posting.copy && editions == Editions::One {
                return true;
            }
            match is_shown(posting.at.no) {
                Ok(false) => true,
                Ok(true) if found.len() < limit => {
                    found.push(posting.at);
                    true
                }
                Ok(true) => {
                    next = found.last().copied();
                    false
                }
                Err(error) => {
                    failed = Some(error);
                    false
                }
            }
        })?;
        match failed {
            Some(error) => Err(error),
            None => Ok(Sifted { entries: found.into_iter().map(|at| at.no).collect(), next }),
        }
    }

    /// Under which source an entry is filed; `None`: it has left.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn source_of(&self, no: EntryNo) -> Result<Option<SourceId>, StoreError> {
        Ok(read::entry_record(&self.index, no)?.map(|record| record.source))
    }
}
