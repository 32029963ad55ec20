//! Entries that leave the store, and what is written of that.

use super::apply::Changes;
use super::error::StoreError;
use super::frame::Kind;
use super::record::{EntryRecord, RemovalRecord};
use super::tombstone::Tombstone;
use super::{Store, names, packed};
use crate::model::Timestamp;

impl Store {
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
        self.reader.index.settle_if_much()?;
        self.roll_if_long(sequence)?;
        let index = self.reader.index.clone();
        let mut changes = Changes::new(&index);
        let mut tombstones = Vec::with_capacity(2 * entries.len());
        for entry in entries {
            let further = names::further(&index, entry.no)?;
            let further: Vec<_> = further.iter().map(|further| further.key).collect();
            tombstones.extend(Tombstone::of(entry, &further, recorded_at, is_for_good));
        }
        let removed: Vec<_> = entries.iter().map(|entry| entry.no).collect();
        changes.remove_entries(&removed)?;
        let touched = changes.touched_besides(&[]);
        let removal = RemovalRecord { sequence, recorded_at, removed, tombstones, touched };
        let payload = packed::encode(&removal, &mut self.compressor);
        let at = self.segments.push(Kind::Removal, &payload);
        let removed = changes.removal(&removal, at).and_then(|()| self.segments.sync());
        if let Err(error) = removed {
            self.segments.discard();
            return Err(error);
        }
        index.hold(changes.into_writes());
        Ok(())
    }
}
