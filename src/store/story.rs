//! Which entries tell of the same event.

use super::error::StoreError;
use super::held::Lookup;
use super::record::EntryRecord;
use super::{Reader, keys, read};
use crate::model::{EntryNo, StoredEntry};

/// Other reports of an event that a page lists.
pub const MATES: usize = 50;

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
        let mut numbers = Vec::new();
        for pair in self.index.scan(&keys::joined(story)) {
            let no = keys::joining(&pair?.0);
            numbers.extend(no.filter(|no| *no != besides));
            if numbers.len() == MATES {
                break;
            }
        }
        numbers.extend(Some(story).filter(|story| *story != besides));
        let mut mates = Vec::with_capacity(numbers.len());
        for no in numbers {
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
        let mut last = Vec::new();
        let mut stories = 0;
        for pair in self.reader.index.scan(keys::JOINED) {
            let (key, _) = pair?;
            let story = &key[..key.len().min(9)];
            if last != story {
                stories += 1;
                last = story.to_vec();
            }
        }
        Ok(stories)
    }
}
