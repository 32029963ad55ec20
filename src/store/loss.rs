//! News that the index has seen and the segments do not hold any more.

use super::apply::Changes;
use super::error::StoreError;
use super::index::Index;
use super::read;
use super::record::PositionRecord;
use super::replay::Damage;
use super::segment;
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// How much of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Loss {
    pub reports: u64,
    pub entries: u64,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Loss { reports, entries } = self;
        write!(f, "reports that are lost: {reports}, entries: {entries}")
    }
}

/// Where the segments do not reach as far as what was acknowledged.
///
/// # Errors
/// The disk fails.
pub fn find(segments: &Path, known: &PositionRecord) -> Result<Option<Damage>, StoreError> {
    if known.sequence == 0 {
        return Ok(None);
    }
    let PositionRecord { segment, offset: upto, .. } = *known;
    let path = segment::path(segments, segment);
    match fs::metadata(&path) {
        Ok(metadata) if metadata.len() >= upto => Ok(None),
        Ok(metadata) => {
            let problem = format!("the segment ends here, and did not before byte {upto}");
            Ok(Some(Damage { segment, offset: metadata.len(), problem }))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let problem = format!("the segment is gone; it had {upto} bytes");
            Ok(Some(Damage { segment, offset: 0, problem }))
        }
        Err(error) => Err(StoreError::io("cannot read", path)(error)),
    }
}

/// Has an index that was made of segments up to `end` stand where what was acknowledged ended:
/// no sequence is given again, and nothing before `end` is taken for a torn end. Returns what of
/// `known` the segments did not bring.
///
/// # Errors
/// The index fails.
pub fn reach(
    index: &Index,
    known: &PositionRecord,
    end: Option<(u64, u64)>,
) -> Result<Loss, StoreError> {
    let found = read::position(index)?;
    if let Some((segment, length)) = end
        && known.sequence > 0
        && (known.segment, known.offset) >= (segment, length)
        && ((found.segment, found.offset) < (segment, length) || found.sequence < known.sequence)
    {
        let mut changes = Changes::new(index);
        changes.move_position(|position| {
            position.sequence = position.sequence.max(known.sequence);
            position.recorded_at = position.recorded_at.max(known.recorded_at);
            (position.segment, position.offset) = (segment, length);
        })?;
        index.hold(changes.into_writes());
    }
    Ok(Loss {
        reports: known.sequence.saturating_sub(found.sequence),
        entries: known.entries.saturating_sub(found.entries),
    })
}
