//! Entries that have changed and are to be taken in: some at a time, so that what came last, and
//! what is to be found no more, does not wait for many that were filed anew.

use super::Trouble;
use super::comparing::take;
use crate::model::EntryNo;
use crate::search::Index;
use crate::store::{Changed, Reader};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// What is done before it can be found.
const STAGE: Duration = Duration::from_secs(1);

#[derive(Default)]
pub struct Work {
    entries: BTreeSet<EntryNo>,
    since: Option<Instant>,
    /// Some of them have left for good.
    has_taken_down: bool,
}

impl Work {
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// When the first of it was told.
    pub fn since(&self) -> Option<Instant> {
        self.since
    }

    pub fn add(&mut self, altered: Changed) {
        self.entries.extend(altered.entries);
        self.since = self.since.or(altered.since);
        self.has_taken_down |= altered.is_taken_down;
    }

    /// Does some, the newest entries first, and makes it found. `sequence`: of the last report of
    /// which all is in it. False: there was nothing to do.
    pub fn do_some(
        &mut self,
        index: &mut Index,
        reader: &Reader,
        sequence: u64,
    ) -> Result<bool, Trouble> {
        if self.is_empty() {
            (self.since, self.has_taken_down) = (None, false);
            return Ok(false);
        }
        if std::mem::take(&mut self.has_taken_down) {
            self.remove_gone(index, reader)?;
        }
        let began = Instant::now();
        while began.elapsed() < STAGE
            && let Some(no) = self.entries.pop_last()
        {
            take(index, reader, no)?;
        }
        let is_all = self.is_empty();
        index.commit(if is_all { sequence } else { index.sequence() })?;
        if is_all {
            self.since = None;
        }
        Ok(true)
    }

    fn remove_gone(&mut self, index: &Index, reader: &Reader) -> Result<(), Trouble> {
        let mut gone = Vec::new();
        for no in &self.entries {
            if reader.revision(*no)?.is_none() {
                gone.push(*no);
            }
        }
        for no in gone {
            index.remove(no);
            self.entries.remove(&no);
        }
        Ok(())
    }
}
