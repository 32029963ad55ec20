//! Whether a store is what it should be: every byte of the segments is checked, an index is
//! made of them, and the one in use compared with it.

use super::compare::compare;
use super::error::StoreError;
use super::index::Index;
use super::lock::Lock;
use super::loss::{self, Known};
use super::open::Settings;
use super::record::PositionRecord;
use super::replay::{Damage, Progress, Replay};
use super::{Store, backup, marker, segment};
use std::fs;
use std::path::Path;

/// Cache of the index that is made to compare with.
const CACHE_BYTES: u64 = 32 * 1024 * 1024;
/// Faults that are told one by one.
const FAULTS: usize = 1_000;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// A segment with the byte, or what of the index.
    pub place: String,
    pub problem: String,
}

#[derive(Debug, Default, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    pub segments: usize,
    pub segment_bytes: u64,
    pub sequence: u64,
    pub entries: u64,
    /// Keys of the index that were compared.
    pub keys: u64,
    pub faults: Vec<Fault>,
    /// Beyond those that are told.
    pub more_faults: u64,
}

impl Verified {
    fn add_damage(&mut self, Damage { segment, offset, problem }: Damage) {
        self.add(format!("segment {segment:016x}, byte {offset}"), problem);
    }

    pub(super) fn add(&mut self, place: String, problem: String) {
        if self.faults.len() < FAULTS {
            self.faults.push(Fault { place, problem });
        } else {
            self.more_faults += 1;
        }
    }
}

/// The index that is made to compare with.
pub const BESIDE: &str = "verify";

impl Store {
    /// Reads all of the store. Takes as much disk again as the index, for a while.
    ///
    /// # Errors
    /// The disk fails; what is wrong with the store is told in the answer.
    pub fn verify(&self, progress: &mut dyn FnMut(Progress)) -> Result<Verified, StoreError> {
        verify(&self.folder, &self.reader.index, progress)
    }
}

/// Verifies a store that has lost news, which opening would mend, as it is. `None`: it has not,
/// as far as an index tells that opens.
///
/// # Errors
/// As [`Store::verify`]; another process has the store, or it is of another format.
pub fn verify_lost(
    settings: &Settings,
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<Verified>, StoreError> {
    let folder = &settings.path;
    let _lock = Lock::take(&settings.path)?;
    // What is wrong with the marker is told when it is opened.
    let is_of_now = marker::read(folder).is_ok_and(|marker| !marker.is_old);
    if !is_of_now || folder.join(backup::COMPLETE).exists() {
        return Ok(None);
    }
    let index = Index::open_as_it_is(&folder.join("index"), settings.cache_bytes);
    let Some(index) = index else { return Ok(None) };
    match loss::find(&folder.join("segments"), &Known::of(&index)?)?.is_empty() {
        true => Ok(None),
        false => verify(folder, &index, progress).map(Some),
    }
}

fn verify(
    folder: &Path,
    used: &Index,
    progress: &mut dyn FnMut(Progress),
) -> Result<Verified, StoreError> {
    let mut verified = Verified::default();
    let segments = folder.join("segments");
    for id in segment::list(&segments)? {
        let path = segment::path(&segments, id);
        let metadata = fs::metadata(&path).map_err(StoreError::io("cannot read", &path))?;
        verified.segments += 1;
        verified.segment_bytes += metadata.len();
    }
    let beside = folder.join(BESIDE);
    remove(&beside)?;
    let (made, _) = Index::open(&beside, CACHE_BYTES)?;
    let all = Known::of(used)?;
    let known = all.position;
    let replay = Replay { folder: &segments, index: &made, with_bodies: true, known };
    let mut note = |damage: Damage| verified.add_damage(damage);
    let end = replay.run(PositionRecord::default(), &mut note, progress)?;
    let lost = loss::reach(&made, &known, end)?;
    let found = loss::told(loss::find(&segments, &all)?, &lost);
    found.into_iter().for_each(|damage| verified.add_damage(damage));
    compare(used, &made, &mut verified)?;
    (verified.sequence, verified.entries) = (known.sequence, known.entries);
    drop(made);
    remove(&beside)?;
    Ok(verified)
}

/// # Errors
/// When the folder is there and cannot be removed.
pub fn remove(folder: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::io("cannot remove", folder)(error))
        }
        _ => Ok(()),
    }
}
