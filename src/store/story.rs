//! Which entries tell of the same event.

use super::error::StoreError;
use super::held::Lookup;
use super::record::EntryRecord;
use super::telling::{self, Teller};
use super::{Reader, keys, read};
use crate::model::{EntryNo, StoredEntry};
use std::collections::BTreeSet;

/// Other reports of an event that a page lists.
pub const MATES: usize = 50;
/// Reprints of a story's texts that are looked at, the newest.
const REPRINTS: usize = 100;

impl Reader {
    /// Other reports of the same event, each in words of its own, the newest first: up to
    /// [`MATES`], and the story's first.
    ///
    /// # Errors
    /// When the index cannot be read. A damaged entry is left out and logged.
    pub fn same_story(&self, of: &StoredEntry) -> Result<Vec<StoredEntry>, StoreError> {
        let mates = self.mates(of.story, of.reprint_of.unwrap_or(of.no))?;
        Ok(mates.into_iter().filter_map(|record| self.entry_or_log(record.no)).collect())
    }

    /// `besides`: the first print of the text that is not listed.
    pub(super) fn mates(
        &self,
        story: EntryNo,
        besides: EntryNo,
    ) -> Result<Vec<EntryRecord>, StoreError> {
        let mut texts = BTreeSet::new();
        // The texts of reprints are there already, but for those whose first print has left.
        for (is_reprint, most) in [(false, MATES + 1), (true, REPRINTS)] {
            for pair in self.index.scan(&keys::tellings(story, is_reprint)).take(most) {
                let (_, Teller { text, .. }) = telling::teller(pair?)?;
                texts.extend(Some(text).filter(|text| *text != besides && *text != story));
            }
        }
        let first = Some(story).filter(|story| *story != besides);
        let mut mates = Vec::with_capacity(texts.len() + 1);
        for no in texts.into_iter().rev().take(MATES).chain(first) {
            mates.extend(self.print_of(no)?);
        }
        Ok(mates)
    }

    /// The entry, or the first of its reprints where it has left.
    fn print_of(&self, no: EntryNo) -> Result<Option<EntryRecord>, StoreError> {
        if let Some(record) = read::entry_record(&self.index, no)? {
            return Ok(Some(record));
        }
        let copy = self.index.scan(&keys::copies(no)).next().transpose()?;
        match copy.and_then(|(key, _)| keys::last_number(&key)) {
            Some(copy) => read::entry_record(&self.index, EntryNo(copy)),
            None => Ok(None),
        }
    }
}

impl super::Store {
    /// How many stories have been told by more than one entry in its own words.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub(super) fn stories(&self) -> Result<u64, StoreError> {
        let mut last = None;
        let mut stories = 0;
        for pair in self.reader.index.scan(keys::TELLINGS) {
            let story = keys::story_of(&pair?.0);
            if story.is_some() && story != last {
                stories += 1;
                last = story;
            }
        }
        Ok(stories)
    }
}
