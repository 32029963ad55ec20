//! News that the index has seen and the segments do not hold any more.

use super::apply::Changes;
use super::error::StoreError;
use super::held::Lookup;
use super::index::Index;
use super::record::{self, PositionRecord, SegmentRecord};
use super::replay::Damage;
use super::segment::{self, HEADER};
use super::{backup, keys, read, rewrite};
use crate::model::EntryNo;
use std::collections::BTreeMap;
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

/// What an index knows to be in the segments.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    pub position: PositionRecord,
    /// The least bytes that each of them has.
    pub segments: BTreeMap<u64, u64>,
}

impl Known {
    /// # Errors
    /// The index cannot be read.
    pub fn of(index: &Index) -> Result<Known, StoreError> {
        let position = read::position(index)?;
        let mut segments = BTreeMap::new();
        for pair in index.scan(keys::SEGMENTS) {
            let (key, record) = pair?;
            let record: SegmentRecord = record::decode(&record).map_err(StoreError::Record)?;
            let least = HEADER.len() as u64 + record.entry_bytes + record.kept_bytes;
            segments.extend(keys::last_number(&key).map(|id| (id, least)));
        }
        if position.offset > 0 {
            let least = segments.entry(position.segment).or_default();
            *least = position.offset.max(*least);
        }
        Ok(Known { position, segments })
    }
}

/// Where the segments lack what was acknowledged. One that is gone and that another was written
/// for lacks nothing.
///
/// # Errors
/// The disk fails.
pub fn find(folder: &Path, known: &Known) -> Result<Vec<Damage>, StoreError> {
    let mut found = Vec::new();
    for (segment, upto) in known.segments.iter().map(|(id, upto)| (*id, *upto)) {
        let path = segment::path(folder, segment);
        match fs::metadata(&path) {
            Ok(metadata) if metadata.len() >= upto => {}
            Ok(metadata) => {
                let problem = format!("the segment ends here, and did not before byte {upto}");
                found.push(Damage { segment, offset: metadata.len(), problem });
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if !rewrite::is_replaced(folder, segment)? {
                    let problem = format!("the segment is gone; it had {upto} bytes, or more");
                    found.push(Damage { segment, offset: 0, problem });
                }
            }
            Err(error) => return Err(StoreError::io("cannot read", path)(error)),
        }
    }
    Ok(found)
}

/// With how much is lost, behind the last of it.
pub fn told(mut found: Vec<Damage>, lost: &Loss) -> Vec<Damage> {
    if let Some(last) = found.last_mut() {
        last.problem = format!("{}; {lost}", last.problem);
    }
    found
}

/// Has an empty index know what was acknowledged: whatever interrupts its making, no sequence is
/// given again.
///
/// # Errors
/// The index fails.
pub fn begin(index: &Index, known: &PositionRecord) -> Result<(), StoreError> {
    let mut changes = Changes::new(index);
    changes.move_position(|position| {
        (position.sequence, position.recorded_at) = (known.sequence, known.recorded_at);
    })?;
    index.hold(changes.into_writes());
    index.settle()
}

/// The last report of which there is anything: of one whose commit is lost, entries are kept.
///
/// # Errors
/// The disk or the index fails.
pub fn last_told(segments: &Path, index: &Index) -> Result<u64, StoreError> {
    let mut last = backup::last_sequence(segments)?;
    for pair in index.scan_after(keys::ENTRIES, &keys::entry(EntryNo::new(last, u16::MAX))) {
        let no = keys::last_number(&pair?.0).map(EntryNo);
        last = last.max(no.map_or(0, EntryNo::sequence));
    }
    Ok(last)
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
    // Where nothing is left, or nothing came since, no segment tells.
    let is_nowhere = known.offset == 0 || end.is_none();
    let end = end.filter(|end| known.offset > 0 && (known.segment, known.offset) >= *end);
    let is_behind = end.is_some_and(|end| (found.segment, found.offset) < end);
    let is_older = found.sequence < known.sequence && (is_nowhere || end.is_some());
    if is_behind || is_older {
        let mut changes = Changes::new(index);
        changes.move_position(|position| {
            position.sequence = position.sequence.max(known.sequence);
            position.recorded_at = position.recorded_at.max(known.recorded_at);
            if let Some(end) = end {
                (position.segment, position.offset) = end;
            }
        })?;
        index.hold(changes.into_writes());
    }
    Ok(Loss {
        reports: known.sequence.saturating_sub(found.sequence),
        entries: known.entries.saturating_sub(found.entries),
    })
}
