//! Whether a store is what it should be: every byte of the segments is checked, an index is
//! made of them, and the one in use compared with it.

use super::compare::compare;
use super::error::StoreError;
use super::hits::Hits;
use super::index::Index;
use super::lock::Lock;
use super::loss::{self, Known};
use super::open::Settings;
use super::record::PositionRecord;
use super::replay::{Damage, Progress, Replay};
use super::{Store, backup, marker, segment, untold};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Cache of the index that is made to compare with.
const CACHE_BYTES: u64 = 32 * 1024 * 1024;
/// Faults that are told one by one.
const FAULTS: usize = 1_000;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// An entry, a segment with the byte, or what of the index.
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
    /// Entries that damage in the segments has hit come first.
    pub faults: Vec<Fault>,
    /// Beyond those that are told.
    pub more_faults: u64,
    /// Entries that damage in the segments has hit.
    pub entries_hit: u64,
    /// What in the index tells but of that damage.
    pub consequences: Vec<Fault>,
    pub more_consequences: u64,
}

impl Verified {
    fn add_damage(&mut self, Damage { segment, offset, problem }: Damage) {
        self.add(format!("segment {segment:016x}, byte {offset}"), problem);
    }

    pub(super) fn add(&mut self, place: String, problem: String) {
        if self.faults.len() - self.entries_told() < FAULTS {
            self.faults.push(Fault { place, problem });
        } else {
            self.more_faults += 1;
        }
    }

    pub(super) fn add_entry(&mut self, fault: Fault) {
        let told = self.entries_told();
        self.entries_hit += 1;
        if told < FAULTS {
            self.faults.insert(told, fault);
        } else {
            self.more_faults += 1;
        }
    }

    pub(super) fn add_consequence(&mut self, place: String, problem: String) {
        if self.consequences.len() < FAULTS {
            self.consequences.push(Fault { place, problem });
        } else {
            self.more_consequences += 1;
        }
    }

    /// Faults that are of entries: the first ones.
    pub fn entries_told(&self) -> usize {
        self.entries_hit.min(FAULTS as u64) as usize
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
        let known = Known::of(&self.reader.index)?;
        verify(&self.folder, Some(&self.reader.index), known, progress)
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
    // An index that was being made, and is not whole.
    let untold = untold::read(folder);
    let used = untold.is_none().then_some(&index);
    let known = untold.map_or_else(|| Known::of(&index), Ok)?;
    match loss::find(&folder.join("segments"), &known)?.is_empty() {
        true => Ok(None),
        false => verify(folder, used, known, progress).map(Some),
    }
}

/// `used`: none where that is but half made; `known`: what was known of the segments.
fn verify(
    folder: &Path,
    used: Option<&Index>,
    known: Known,
    progress: &mut dyn FnMut(Progress),
) -> Result<Verified, StoreError> {
    let verified = verify_beside(folder, used, known, progress);
    // It may be what fills the disk.
    let removed = remove(&folder.join(BESIDE));
    verified.and_then(|verified| removed.map(|()| verified))
}

fn verify_beside(
    folder: &Path,
    used: Option<&Index>,
    known: Known,
    progress: &mut dyn FnMut(Progress),
) -> Result<Verified, StoreError> {
    let mut verified = Verified::default();
    let segments = folder.join("segments");
    let ids = segment::list(&segments)?;
    for id in &ids {
        let path = segment::path(&segments, *id);
        let metadata = fs::metadata(&path).map_err(StoreError::io("cannot read", &path))?;
        verified.segments += 1;
        verified.segment_bytes += metadata.len();
    }
    let beside = folder.join(BESIDE);
    remove(&beside)?;
    let (made, _) = Index::open(&beside, CACHE_BYTES)?;
    let position = known.position;
    let replay = Replay { folder: &segments, index: &made, with_bodies: true, known: position };
    let mut damaged = BTreeSet::new();
    let mut note = |damage: Damage| {
        damaged.insert(damage.segment);
        verified.add_damage(damage);
    };
    let end = replay.run(PositionRecord::default(), &mut note, progress)?;
    let lost = loss::reach(&made, &position, end)?;
    loss::told(loss::find(&segments, &known)?, &lost).into_iter().for_each(note);
    match used {
        Some(used) => {
            let mut hits = Hits::new(&segments, used, &ids);
            damaged.into_iter().for_each(|id| hits.add_segment(id));
            compare(used, &made, &mut hits, &mut verified)?;
        }
        None => verified.add(
            "index".to_owned(),
            "it was being made anew when that was interrupted; the next start does it".to_owned(),
        ),
    }
    (verified.sequence, verified.entries) = (position.sequence, position.entries);
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
