//! What rewritten segments tell, applied to an index that is made anew.

use super::super::apply::Changes;
use super::super::error::StoreError;
use super::super::names;
use super::super::record::{EntryRecord, KeptRecord};
use super::super::segment::Location;
use super::super::tombstone;

/// `entries`: those before it, with the sequences of their commits.
pub fn replay(
    changes: &mut Changes<'_>,
    kept: &KeptRecord,
    entries: &[(u64, EntryRecord)],
    at: Location,
) -> Result<(), StoreError> {
    for (sequence, entry) in entries {
        changes.apply_entries(*sequence, std::slice::from_ref(entry))?;
    }
    changes.remove_entries(&kept.removed)?;
    for name in &kept.names {
        names::put_further(&mut changes.draft, name.key, name.no, name.since, at.segment);
    }
    for tombstone in &kept.tombstones {
        tombstone::put(&mut changes.draft, tombstone, at.segment);
    }
    changes.keep_heads(&kept.heads)?;
    changes.move_position(|position| position.reach(kept.sequence, kept.recorded_at, at))
}
