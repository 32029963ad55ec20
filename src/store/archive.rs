//! Archives: what came to a channel in a month, as it was when the month was over. An entry that
//! changes later keeps the form that it had then beside its present one.

use super::draft::Draft;
use super::error::StoreError;
use super::heads::channels;
use super::held::Lookup;
use super::record::{self, EntryRecord};
use super::{Reader, keys, postings, read};
use crate::model::{Channel, Cursor, EntryNo, Month, SourceId, StoredEntry, Timestamp};

/// The revision of an entry that archives show once `old` is changed at an instant; none for its
/// present one.
pub fn revision(old: &EntryRecord, changed_at: Timestamp) -> Option<u32> {
    let is_over = changed_at >= Month::of(old.first_seen).end();
    old.archived.or(is_over.then_some(old.revision))
}

/// Whether `old` is what archives show since it was changed to `new`.
pub fn is_to_keep(old: &EntryRecord, new: &EntryRecord) -> bool {
    new.archived == Some(old.revision)
}

pub fn keep(draft: &mut Draft<'_>, old: &EntryRecord) {
    draft.put(keys::archived(old.no), record::encode(old));
}

/// What archives show of an entry, where that is not its present form.
pub fn kept(index: &impl Lookup, no: EntryNo) -> Result<Option<EntryRecord>, StoreError> {
    read::get(index, &keys::archived(no))
}

impl Reader {
    /// What came to a channel in a month, in the order in which it came.
    ///
    /// Returns: numbers, 8 bytes each. O(n), n postings of the channel that are not younger than
    /// the month.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn archive(&self, channel: &Channel, month: Month) -> Result<Vec<EntryNo>, StoreError> {
        let (first, after) = (self.first_since(month.start())?, self.first_since(month.end())?);
        let key = channel.key();
        let mut entries = Vec::new();
        // None was published after it came.
        let upto = Cursor { sort_at: month.end(), no: EntryNo(0) };
        let head = self.channel(key)?;
        postings::walk_back(&self.index, key, &head, Some(upto), |posting| {
            if (first..after).contains(&posting.at.no) {
                entries.push(posting.at.no);
            }
            true
        })?;
        entries.sort_unstable();
        self.correct(channel, (first, after), &mut entries)?;
        Ok(entries)
    }

    /// When the first of all entries that are stored came.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn first_came_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let Some(pair) = self.index.scan(keys::ENTRIES).next() else { return Ok(None) };
        let first: EntryRecord = record::decode(&pair?.1).map_err(StoreError::Record)?;
        Ok(Some(first.first_seen))
    }

    /// The beginning of the first month of which anything is stored.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn history_since(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.first_came_at()?.map(|first| Month::of(first).start()))
    }

    /// An entry's place in channels may have changed since the month was over.
    fn correct(
        &self,
        channel: &Channel,
        (first, after): (EntryNo, EntryNo),
        entries: &mut Vec<EntryNo>,
    ) -> Result<(), StoreError> {
        let before_first = keys::archived(EntryNo(first.0.saturating_sub(1)));
        for pair in self.index.scan_after(keys::ARCHIVED, &before_first) {
            let form: EntryRecord = record::decode(&pair?.1).map_err(StoreError::Record)?;
            if form.no >= after {
                break;
            }
            let Some(present) = read::entry_record(&self.index, form.no)? else { continue };
            match (entries.binary_search(&form.no), was_in(channel, form, &present.source)) {
                (Ok(at), false) => drop(entries.remove(at)),
                (Err(at), true) => entries.insert(at, present.no),
                (Ok(_), true) | (Err(_), false) => {}
            }
        }
        Ok(())
    }

    /// Entries as archives show them; damaged ones are left out and noted.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn archived_entries(&self, numbers: &[EntryNo]) -> Result<Vec<StoredEntry>, StoreError> {
        let mut entries = Vec::with_capacity(numbers.len());
        for no in numbers {
            match self.archived(*no) {
                Ok(entry) => entries.extend(entry),
                Err(damage) if damage.is_damaged_entry() => self.note_damage(*no, &damage),
                Err(error) => return Err(error),
            }
        }
        Ok(entries)
    }

    /// An entry as archives show it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn archived(&self, no: EntryNo) -> Result<Option<StoredEntry>, StoreError> {
        let Some(present) = read::entry_record(&self.index, no)? else { return Ok(None) };
        let Some(form) = kept(&self.index, no)? else { return self.entry(no) };
        // It may have been copied elsewhere meanwhile, or be damaged.
        let entry = match self.bodies.read(&form) {
            Ok(entry) => entry,
            Err(_) if kept(&self.index, no)?.is_none_or(|now| now.body != form.body) => {
                return self.archived(no);
            }
            Err(error) => return Err(error),
        };
        Ok(Some(read::stored(EntryRecord { source: present.source, ..form }, entry)))
    }

    /// The revision that archives show of an entry.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn archived_revision(&self, no: EntryNo) -> Result<Option<u32>, StoreError> {
        let form = match kept(&self.index, no)? {
            Some(form) => Some(form),
            None => read::entry_record(&self.index, no)?,
        };
        Ok(form.map(|form| form.revision))
    }

    /// Moves on whenever what is in an archive of a month that is over may have changed: entries
    /// have left, or an admin has filed them anew.
    pub fn alterations(&self) -> u64 {
        self.alterations.count()
    }
}

/// Whether a form of an entry was in the channel. `source`: what its source is called now.
fn was_in(channel: &Channel, form: EntryRecord, source: &SourceId) -> bool {
    let form = EntryRecord { source: source.clone(), ..form };
    channels(&form).binary_search(&channel.key()).is_ok()
}
