//! The entries that came last, told to who places new ones among them.

use super::bodies;
use super::error::StoreError;
use super::keys;
use super::record::{self, EntryRecord};
use super::{Reader, Store};
use crate::model::{Arrived, Departure, EntryHead, EntryNo, Placing, Recent, Timestamp};
use tracing::info;

/// Entries between two looks whether it is to go on.
const STEP: usize = 256;
/// Departures that are told one by one.
const DEPARTURES: usize = 65_536;

/// What became of entries since who places new ones was told.
#[derive(Default)]
pub struct Departures {
    told: Vec<Departure>,
    is_cut: bool,
}

impl Departures {
    pub fn extend(&mut self, departures: impl Iterator<Item = Departure>) {
        self.told.extend(departures);
        self.is_cut |= self.told.len() > DEPARTURES;
        if self.is_cut {
            self.told = Vec::new();
        }
    }

    fn tell<P: Placing>(&mut self, placing: &mut P) {
        let Departures { told, is_cut } = std::mem::take(self);
        if is_cut {
            placing.forget();
        }
        told.iter().for_each(|departure| placing.follow(departure));
    }
}

impl Store {
    /// Tells what it wants to know before it decides anything, if it does, and what became of
    /// entries since. `goes_on` is asked now and then. Returns how many entries were told.
    ///
    /// # Errors
    /// When the index cannot be read. A damaged entry is left out and logged.
    pub fn remind<P: Placing>(
        &mut self,
        placing: &mut P,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<usize, StoreError> {
        self.departures.tell(placing);
        let Some(recent) = placing.wants() else { return Ok(0) };
        self.check_ours()?;
        let mut told = 0;
        for pair in self.reader.recent(recent)? {
            let entry = pair?;
            match self.reader.sketch_of::<P>(&entry) {
                Ok(sketch) => {
                    let arrived = Arrived {
                        no: entry.no,
                        source: &entry.source,
                        recorded_at: entry.first_seen,
                        published: entry.published,
                        is_held_back: false,
                    };
                    placing.keep(arrived, entry.placement, sketch);
                    told += 1;
                }
                Err(problem) => self.reader.note_damage(entry.no, &problem),
            }
            if told % STEP == 0 && !goes_on() {
                info!(entries = told, "stopped before all recent entries were read");
                return Ok(told);
            }
        }
        placing.know();
        Ok(told)
    }
}

impl Reader {
    /// Records of the entries that came last, in the order in which they came, but for old news of
    /// new sources.
    fn recent(
        &self,
        recent: Recent,
    ) -> Result<impl Iterator<Item = Result<EntryRecord, StoreError>> + use<>, StoreError> {
        let since = self.position()?.recorded_at.0.saturating_sub(recent.seconds);
        let first = self.first_since(Timestamp(since))?;
        let after = keys::entry(EntryNo(first.0.saturating_sub(1)));
        let entries = |after: &[u8]| {
            let pairs = self.index.scan_after(keys::ENTRIES, after);
            let records = pairs
                .map(|pair| record::decode::<EntryRecord>(&pair?.1).map_err(StoreError::Record));
            records.filter(|entry| entry.as_ref().map_or(true, |entry| !entry.backfill))
        };
        let count = entries(&after).count();
        Ok(entries(&after).skip(count.saturating_sub(recent.most)))
    }

    /// A number above those of all entries that were recorded before.
    pub(super) fn first_since(&self, since: Timestamp) -> Result<EntryNo, StoreError> {
        // Journal time grows with the numbers of reports.
        let (mut low, mut high) = (0, self.position()?.sequence + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            let after = keys::entry(EntryNo(EntryNo::new(middle, 0).0.saturating_sub(1)));
            let next = self.index.scan_after(keys::ENTRIES, &after).next().transpose()?;
            let next: Option<EntryRecord> = next
                .map(|(_, value)| record::decode(&value).map_err(StoreError::Record))
                .transpose()?;
            match next.filter(|entry| entry.first_seen < since) {
                Some(entry) => low = entry.no.sequence() + 1,
                None => high = middle,
            }
        }
        Ok(EntryNo::new(low, 0))
    }

    fn sketch_of<P: Placing>(&self, entry: &EntryRecord) -> Result<P::Sketch, StoreError> {
        self.bodies.read_as(entry.body, |frame| {
            let body = bodies::decompress(&bodies::body_of_frame(frame)?, bodies::LARGEST_BODY)?;
            let head: EntryHead<'_> = minicbor::decode(&body).map_err(|error| error.to_string())?;
            Ok(P::sketch(&head))
        })
    }
}
