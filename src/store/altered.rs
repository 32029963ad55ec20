//! Which entries have changed, for one who follows the store beside the writer: numbers alone,
//! so that the writer never waits.

use super::error::StoreError;
use super::keys;
use super::read::{EntryVersion, Reader, entry_record};
use super::record::{self, EntryRecord};
use crate::model::EntryNo;
use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

/// Numbers that are remembered; of more it is told that there were too many.
const MOST: usize = 65_536;

/// What has changed since the last look.
#[derive(Debug, Default)]
pub struct Changed {
    pub entries: BTreeSet<EntryNo>,
    /// Others have changed, too.
    pub is_cut: bool,
    /// Somebody wants an entry gone for good.
    pub is_taken_down: bool,
    /// When the first of it was told.
    pub since: Option<Instant>,
}

impl Changed {
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && !self.is_cut && !self.is_taken_down
    }
}

#[derive(Default)]
pub struct Altered {
    /// None before somebody follows.
    told: Mutex<Option<Changed>>,
    arrived: Condvar,
}

impl Altered {
    fn change(&self, change: impl FnOnce(&mut Changed)) {
        if let Some(told) = self.told.lock().expect("no holder panics").as_mut() {
            change(told);
            if !told.is_empty() {
                told.since.get_or_insert_with(Instant::now);
                self.arrived.notify_one();
            }
        }
    }

    pub fn tell(&self, entries: &[EntryNo]) {
        self.change(|told| {
            told.entries.extend(entries);
            if told.entries.len() > MOST {
                (told.entries, told.is_cut) = (BTreeSet::new(), true);
            }
        });
    }

    /// After the entry.
    pub fn take_down(&self) {
        self.change(|told| told.is_taken_down = true);
    }
}

impl Reader {
    /// Begins to remember which entries change.
    pub fn follow(&self) {
        *self.index.altered().told.lock().expect("no holder panics") = Some(Changed::default());
    }

    /// What has changed; waits until something has, at most so long. A report whose sequence
    /// was read before is in what this tells, or in what was told before.
    pub fn altered(&self, wait: Duration) -> Changed {
        let altered = self.index.altered();
        let told = altered.told.lock().expect("no holder panics");
        let is_empty = |told: &mut Option<Changed>| told.as_ref().is_none_or(Changed::is_empty);
        let told = altered.arrived.wait_timeout_while(told, wait, is_empty);
        let (mut told, _) = told.expect("no holder panics");
        told.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// How many entries have changed since the last look, and since when.
    pub fn untold(&self) -> (usize, Option<Instant>) {
        let told = self.index.altered().told.lock().expect("no holder panics");
        told.as_ref().map_or((0, None), |told| (told.entries.len(), told.since))
    }

    /// The revision of an entry; none of one that is not there.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn revision(&self, no: EntryNo) -> Result<Option<u32>, StoreError> {
        Ok(entry_record(&self.index, no)?.map(|record| record.revision))
    }

    /// Numbers and revisions of all entries, in order.
    pub fn revisions(&self) -> impl Iterator<Item = Result<(EntryNo, u32), StoreError>> + '_ {
        let pairs = self.index.scan_after(keys::ENTRIES, keys::ENTRIES);
        pairs.map(|pair| {
            let record: EntryRecord = record::decode(&pair?.1).map_err(StoreError::Record)?;
            Ok((record.no, record.revision))
        })
    }

    /// What the bytes of an entry depend on in a feed.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn item_version_of(&self, no: EntryNo) -> Result<Option<EntryVersion>, StoreError> {
        let record = entry_record(&self.index, no)?;
        record.map(|record| self.version(&record, Vec::new())).transpose()
    }
}
