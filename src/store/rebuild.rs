//! Remaking the index from the segments on purpose: after `verify` has found it wrong, or to
//! win back what sled's file has grown to. The one in use stays until the new one is whole.

use super::error::StoreError;
use super::index::Index;
use super::lacking::Lacking;
use super::lives::Lives;
use super::lock::Lock;
use super::loss::{self, Known};
use super::open::Settings;
use super::record::PositionRecord;
use super::replay::{Damage, Progress, Replay};
use super::segment::sync_folder;
use super::verify::remove;
use super::{backup, marker, untold};
use std::fs;
use std::path::Path;

/// The one in the making, and the one that was in use.
pub const NEW: &str = "index.new";
pub const OLD: &str = "index.old";

/// Damage in the segments is told to `note`.
///
/// # Errors
/// Another process has the store, or it is of another format; the disk fails. The index is the old one then.
pub fn rebuild(
    settings: &Settings,
    note: &mut dyn FnMut(Damage),
    progress: &mut dyn FnMut(Progress),
) -> Result<(), StoreError> {
    let folder = &settings.path;
    let _lock = Lock::take(&settings.path)?;
    // Where it was a backup.
    backup::complete(folder)?;
    finish(folder)?;
    marker::check(folder, settings.new_epoch)?;
    let made = make(settings, note, progress);
    if made.is_err() {
        // It may be what fills the disk.
        let _ = remove(&folder.join(NEW));
    }
    made
}

fn make(
    settings: &Settings,
    note: &mut dyn FnMut(Damage),
    progress: &mut dyn FnMut(Progress),
) -> Result<(), StoreError> {
    let folder = &settings.path;
    let (old, new) = (folder.join(OLD), folder.join(NEW));
    remove(&new)?;
    remove(&old)?;
    let used = folder.join("index");
    let all = Index::open_as_it_is(&used, settings.cache_bytes);
    let all = all.and_then(|index| Known::of(&index).ok()).unwrap_or_default();
    let all = untold::read(folder).unwrap_or(all);
    let known = all.position;
    let (index, _) = Index::open(&new, settings.cache_bytes)?;
    let segments = folder.join("segments");
    let replay = Replay { folder: &segments, index: &index, with_bodies: false, known };
    let mut lacking = Lacking::default();
    let mut noted = |damage| {
        lacking.faults += 1;
        note(damage);
    };
    let end = replay.run(PositionRecord::default(), &mut noted, progress)?;
    let lost = loss::reach(&index, &known, end)?;
    let found = loss::told(loss::find(&segments, &all)?, &lost);
    if !found.is_empty() {
        found.into_iter().for_each(note);
        marker::write(folder, &Lives::new(settings.new_epoch))?;
        (lacking.reports, lacking.entries) = (lost.reports, lost.entries);
    }
    let is_noted = lacking.note(&new);
    index.settle()?;
    drop(index);
    if used.exists() {
        fs::rename(&used, &old).map_err(StoreError::io("cannot set aside", &used))?;
    }
    fs::rename(&new, &used).map_err(StoreError::io("cannot rename", &new))?;
    sync_folder(folder)?;
    if is_noted {
        untold::end(folder)?;
    }
    remove(&old)
}

/// Puts an index back that a kill has left between two names.
///
/// # Errors
/// The disk fails.
pub fn finish(folder: &Path) -> Result<(), StoreError> {
    let [used, old, new] = ["index", OLD, NEW].map(|name| folder.join(name));
    if used.exists() || !old.exists() {
        return Ok(());
    }
    // The old one makes room for a whole one.
    let whole = if new.exists() { new } else { old };
    fs::rename(&whole, &used).map_err(StoreError::io("cannot rename", whole))?;
    sync_folder(folder)
}
