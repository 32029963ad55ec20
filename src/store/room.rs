//! Free space: below a floor nothing is written, and some of it is kept for opening, since
//! sled cannot open on a full disk and a daemon that cannot start serves nobody.

use super::error::StoreError;
use rustix::fs::FallocateFlags;
use std::fs::{self, File};
use std::path::Path;
use tracing::warn;

/// Free bytes below which nothing is written.
const FLOOR_BYTES: u64 = 64 * 1024 * 1024;
/// The same, for writes by which room is won back.
const FLOOR_TO_SHRINK: u64 = 24 * 1024 * 1024;
/// Kept for opening, when others fill the disk beyond the floor.
const RESERVE_BYTES: u64 = 16 * 1024 * 1024;
const RESERVE: &str = "reserve";

/// `bytes`: what is to be written at once, if that is much.
///
/// # Errors
/// There is too little room to write, or nobody knows.
pub fn check(folder: &Path, bytes: u64) -> Result<(), StoreError> {
    check_above(folder, FLOOR_BYTES.saturating_add(bytes))
}

/// The same, for writes by which room is won back.
pub fn check_to_shrink(folder: &Path) -> Result<(), StoreError> {
    check_above(folder, FLOOR_TO_SHRINK)
}

fn check_above(folder: &Path, floor_bytes: u64) -> Result<(), StoreError> {
    let free_bytes = free_bytes(folder)?;
    if free_bytes < floor_bytes {
        return Err(StoreError::DiskFull { path: folder.to_owned(), free_bytes, floor_bytes });
    }
    Ok(())
}

/// Gives the reserve free where the disk is too full to open the store.
pub fn release(folder: &Path) {
    let path = folder.join(RESERVE);
    let is_full = free_bytes(folder).is_ok_and(|free| free < RESERVE_BYTES);
    if is_full && fs::remove_file(path).is_ok() {
        warn!(path = %folder.display(), "the disk is full: room that was kept for opening the store is used");
    }
}

/// Takes the reserve, where there is room; without it the store works as well.
pub fn reserve(folder: &Path) {
    let path = folder.join(RESERVE);
    let has_room = free_bytes(folder).is_ok_and(|free| free >= FLOOR_BYTES + RESERVE_BYTES);
    if path.exists() || !has_room {
        return;
    }
    let taken = File::create(&path).and_then(|file| {
        Ok(rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, RESERVE_BYTES)?)
    });
    if taken.is_err() {
        // Not every file system knows how.
        let _ = fs::remove_file(path);
    }
}

fn free_bytes(folder: &Path) -> Result<u64, StoreError> {
    let stats = rustix::fs::statvfs(folder)
        .map_err(|errno| StoreError::io("cannot ask for free space of", folder)(errno.into()))?;
    Ok(stats.f_bavail.saturating_mul(stats.f_frsize))
}
