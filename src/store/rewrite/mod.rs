//! Segments written anew without what is dead in them.
//!
//! The new one stands where the old ones stood: what was live is copied as it is, and what else
//! they told that still counts is gathered behind it. It becomes a segment by being renamed when
//! it is whole. From then on the old ones do not count; they are deleted when the index knows
//! where everything lies now. A crash in between is mended at the next opening.

mod copying;
mod frames;
mod kept;
mod settling;
mod writing;

pub use copying::Rewriting;
pub use frames::Frames;
pub use kept::replay;
pub use settling::finish;
pub use writing::Writing;

use super::error::StoreError;
use super::frame::{Frame, Kind};
use super::packed;
use super::record::KeptRecord;
use super::segment;
use std::collections::BTreeSet;
use std::path::Path;

/// The segments that others stand for.
pub fn replaced(folder: &Path, segments: &[u64]) -> Result<BTreeSet<u64>, StoreError> {
    let mut replaced = BTreeSet::new();
    for (id, old) in standing_for(folder, segments)? {
        replaced.extend(old.into_iter().filter(|old| *old != id));
    }
    Ok(replaced)
}

/// Rewritten segments of which the old ones are still there, with these.
pub fn standing_for(folder: &Path, segments: &[u64]) -> Result<Vec<(u64, Vec<u64>)>, StoreError> {
    let mut found = Vec::new();
    for pair in segments.windows(2).filter(|pair| id_after(pair[0]) == pair[1]) {
        if let Some(kept) = beginning(folder, pair[1])?
            && kept.replaces.contains(&pair[0])
        {
            found.push((pair[1], kept.replaces));
        }
    }
    Ok(found)
}

/// The id of the segment that stands for `last` and those before it: no sequence begins there,
/// since `last` holds more than one.
pub fn id_after(last: u64) -> u64 {
    last.saturating_add(1)
}

/// Whether a rewritten segment may have the id: none has it, and the next one does not say that
/// it stands for one that had.
pub fn is_free(folder: &Path, id: u64) -> Result<bool, StoreError> {
    let has = |id| segment::path(folder, id).exists();
    let next = id_after(id);
    let stands_for = || beginning(folder, next).map(|kept| kept.unwrap_or_default().replaces);
    let is_taken = has(id) || has(next) && stands_for()?.contains(&id);
    Ok(!is_taken)
}

/// Whether the segment after one that is gone was written for it.
pub fn is_replaced(folder: &Path, id: u64) -> Result<bool, StoreError> {
    let next = segment::list(folder)?.into_iter().find(|next| *next > id);
    let kept = next.map(|next| beginning(folder, next)).transpose()?.flatten();
    Ok(kept.is_some_and(|kept| kept.replaces.contains(&id)))
}

/// What a rewritten segment begins with.
fn beginning(folder: &Path, segment: u64) -> Result<Option<KeptRecord>, StoreError> {
    let mut frames = Frames::open(folder, segment)?;
    match frames.read_next() {
        Ok(Some((Frame { kind: Kind::Kept, payload }, _))) => Ok(packed::decode(payload).ok()),
        // Damage is told by who reads all of it.
        _ => Ok(None),
    }
}

/// Whether it holds what was kept, and is not written to.
pub fn is_rewritten(folder: &Path, segment: u64) -> Result<bool, StoreError> {
    Ok(beginning(folder, segment)?.is_some())
}

/// The first sequence that a segment may hold.
pub fn first_sequence(folder: &Path, segment: u64) -> Result<u64, StoreError> {
    Ok(beginning(folder, segment)?.map_or(segment, |kept| kept.from))
}
