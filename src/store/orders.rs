//! What orders change: entries that leave, and entries that are filed elsewhere.

use super::apply::Changes;
use super::error::StoreError;
use super::frame::Kind;
use super::record::{self, EntryRecord, OrderRecord};
use super::tombstone::Tombstone;
use super::{Store, archive, names, packed, read};
use crate::model::{Departure, Entry, Refiled, Timestamp};
use std::sync::Arc;

impl Store {
    /// Removes entries that are damaged, durably; they may come again.
    ///
    /// # Errors
    /// As [`Store::remove`].
    pub(super) fn lose(
        &mut self,
        entries: &[EntryRecord],
        sequence: u64,
        recorded_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.leave(entries, Vec::new(), sequence, recorded_at)
    }

    /// Removes entries, durably. `is_for_good`: they never come back, else not for a while.
    ///
    /// # Errors
    /// A full or failing disk, a failing index; nothing is removed.
    pub(super) fn remove(
        &mut self,
        entries: &[EntryRecord],
        sequence: u64,
        recorded_at: Timestamp,
        is_for_good: bool,
    ) -> Result<(), StoreError> {
        let index = self.reader.index.clone();
        let mut tombstones = Vec::with_capacity(2 * entries.len());
        for entry in entries {
            let further = names::further(&index, entry.no)?;
            let further: Vec<_> = further.iter().map(|further| further.key).collect();
            tombstones.extend(Tombstone::of(entry, &further, recorded_at, is_for_good));
        }
        self.leave(entries, tombstones, sequence, recorded_at)?;
        if is_for_good {
            index.altered().take_down();
        }
        Ok(())
    }

    fn leave(
        &mut self,
        entries: &[EntryRecord],
        tombstones: Vec<Tombstone>,
        sequence: u64,
        recorded_at: Timestamp,
    ) -> Result<(), StoreError> {
        let index = self.reader.index.clone();
        let mut changes = self.begin_order(&index, sequence)?;
        let removed: Vec<_> = entries.iter().map(|entry| entry.no).collect();
        changes.remove_entries(&removed)?;
        let order = OrderRecord { removed, tombstones, ..order(sequence, recorded_at) };
        self.end_order(changes, order)?;
        self.departures.extend(entries.iter().map(|entry| Departure::Removed(entry.no)));
        Ok(())
    }

    /// Files entries in other places and under other topics, durably. What a removed entry was
    /// to become is dropped. Returns how many were changed.
    ///
    /// # Errors
    /// A full or failing disk, a failing index; nothing is changed.
    pub(super) fn refile(
        &mut self,
        entries: &[Refiled],
        sequence: u64,
        recorded_at: Timestamp,
    ) -> Result<u32, StoreError> {
        let index = self.reader.index.clone();
        let changes = self.begin_order(&index, sequence)?;
        let mut records = Vec::with_capacity(entries.len());
        for Refiled { no, regions, places, topics, outlet } in entries {
            let Some(old) = read::entry_record(&index, *no)? else { continue };
            let body = self.reader.bodies.read(&old)?;
            let body = Entry {
                regions: regions.clone(),
                places: places.clone(),
                topics: topics.clone(),
                outlet: outlet.clone(),
                ..Arc::unwrap_or_clone(body)
            };
            let body = self.compressor.bytes(&record::cbor(&body));
            let new = EntryRecord {
                places: places.clone(),
                topics: topics.iter().map(|verdict| verdict.topic.clone()).collect(),
                outlet: record::outlet_print(outlet.as_deref()),
                revision: old.revision + 1,
                archived: archive::revision(&old, recorded_at),
                changed_at: recorded_at,
                ..old
            };
            records.push(self.push_entry(sequence, new, &body));
        }
        self.end_refiling(changes, &records, sequence, recorded_at)
    }

    /// Writes an entry in another form; `body`: compressed.
    pub(super) fn push_entry(
        &mut self,
        sequence: u64,
        new: EntryRecord,
        body: &[u8],
    ) -> EntryRecord {
        let payload = record::encode_entry(sequence, &new, body);
        EntryRecord { body: self.segments.push(Kind::Entry, &payload), ..new }
    }

    /// Makes the entries count that were written, if there are any. Returns how many.
    pub(super) fn end_refiling(
        &mut self,
        mut changes: Changes<'_>,
        records: &[EntryRecord],
        sequence: u64,
        recorded_at: Timestamp,
    ) -> Result<u32, StoreError> {
        if records.is_empty() {
            return Ok(0);
        }
        let applied = changes.apply_entries(sequence, records);
        let ended = applied.and_then(|()| self.end_order(changes, order(sequence, recorded_at)));
        if let Err(error) = ended {
            self.segments.discard();
            return Err(error);
        }
        Ok(records.len() as u32)
    }

    /// Takes a place in the journal, and changes nothing.
    ///
    /// # Errors
    /// A full or failing disk, a failing index.
    pub(super) fn pass(&mut self, sequence: u64, now: Timestamp) -> Result<(), StoreError> {
        let index = self.reader.index.clone();
        let changes = self.begin_order(&index, sequence)?;
        self.end_order(changes, order(sequence, now))
    }

    pub(super) fn begin_order<'a>(
        &mut self,
        index: &'a super::index::Index,
        sequence: u64,
    ) -> Result<Changes<'a>, StoreError> {
        index.settle_if_much()?;
        self.roll_if_long(sequence)?;
        Ok(Changes::new(index))
    }

    pub(super) fn end_order(
        &mut self,
        mut changes: Changes<'_>,
        order: OrderRecord,
    ) -> Result<(), StoreError> {
        let touched = changes.touched_besides(&[]);
        let order = OrderRecord { touched, group_bytes: self.segments.unsynced(), ..order };
        let payload = packed::encode(&order, &mut self.compressor);
        let at = self.segments.push(Kind::Order, &payload);
        let ended = changes.order(&order, at).and_then(|()| self.segments.sync());
        if let Err(error) = ended {
            self.segments.discard();
            return Err(error);
        }
        // Told before it can be seen, counted after: lists of archives are kept by the count.
        self.reader.alterations.note(order.sequence, &order.touched);
        self.publish(changes, order.sequence);
        self.reader.alterations.count_on();
        self.reader.index.hold([]);
        Ok(())
    }
}

pub fn order(sequence: u64, recorded_at: Timestamp) -> OrderRecord {
    OrderRecord {
        sequence,
        recorded_at,
        removed: Vec::new(),
        tombstones: Vec::new(),
        touched: Vec::new(),
        group_bytes: 0,
    }
}
