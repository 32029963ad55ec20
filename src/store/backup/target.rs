//! The folder of a backup: one that is ours, or empty, and taken by one backup at a time.

use super::super::error::StoreError;
use super::super::segment::{create_folder, sync_folder};
use super::super::{birth, lock as store_lock, marker, since};
use super::{COMPLETE, part};
use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags};
use std::ffi::OsStr;
use std::fs::{self, DirEntry, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The mark of a folder that holds a backup; locked while one is made or read.
pub const MARK: &str = "BACKUP";

/// Takes a folder for a backup of `store`; it is made, and marked before anything else.
///
/// # Errors
/// It is a store, in one, or holds what is no backup; another backup is under way.
pub fn take(to: &Path, store: &Path) -> Result<File, StoreError> {
    let refused = |problem| Err(StoreError::Target { path: to.to_owned(), problem });
    if birth::is_within(to, store) {
        return refused("is in the store itself; back up into a folder elsewhere");
    }
    if to.join(store_lock::NAME).exists() {
        return refused("is a store, and no backup of one; back up into a folder of its own");
    }
    if !is_backup(to) {
        return refused("holds what is no backup; back up into an empty folder");
    }
    create_folder(to)?;
    let path = to.join(MARK);
    let mark = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let mut mark = mark.map_err(StoreError::io("cannot open", &path))?;
    lock(mark.try_lock(), to)?;
    let written = mark.write_all(b"countywire backup 1\n").and_then(|()| mark.sync_all());
    written.map_err(StoreError::io("cannot write", path))?;
    sync_folder(to)?;
    Ok(mark)
}

/// Keeps backups from changing what is read; nothing to keep where there is no mark.
///
/// # Errors
/// A backup is under way.
pub fn read(backup: &Path) -> Result<Option<File>, StoreError> {
    let Ok(mark) = File::open(backup.join(MARK)) else { return Ok(None) };
    lock(mark.try_lock_shared(), backup)?;
    Ok(Some(mark))
}

pub fn lock(taken: Result<(), TryLockError>, folder: &Path) -> Result<(), StoreError> {
    match taken {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(StoreError::Target {
            path: folder.to_owned(),
            problem: "is being used by another backup, restore or import; try again when it has ended",
        }),
        Err(TryLockError::Error(error)) => Err(StoreError::io("cannot lock", folder)(error)),
    }
}

/// Whether it is marked, or has nothing but what backups without a mark had.
fn is_backup(folder: &Path) -> bool {
    let names = [since::NAME, marker::NAME, COMPLETE];
    let parts = names.map(|name| part(Path::new(name)));
    let is_ours = |name: &OsStr| {
        name == "segments"
            || names.iter().any(|own| name == *own)
            || parts.iter().any(|own| name == own)
    };
    // A file system that was just made has it at its root.
    let is_of_disk = |found: &DirEntry| found.file_name() == "lost+found" && found.path().is_dir();
    let Ok(found) = fs::read_dir(folder) else { return true };
    let mut found = found.flatten();
    folder.join(MARK).exists()
        || found.all(|found| is_ours(&found.file_name()) || is_of_disk(&found))
}

/// Where a store is really to be that is put there as a whole.
///
/// # Errors
/// It cannot be.
pub fn place(store: &Path) -> Result<PathBuf, StoreError> {
    let refused = |problem| Err(StoreError::Target { path: store.to_owned(), problem });
    match store.canonicalize() {
        Ok(real) if !real.is_dir() => refused("is no folder; move it away first"),
        Ok(real) if is_mounted(&real) => refused(
            "is where a file system or volume is mounted, so that no store can be put there as a \
             whole; set [store] path to a folder in it",
        ),
        Ok(real) => Ok(real),
        Err(_) if store.is_symlink() => {
            refused("is a link to what is not there; make that folder, or remove the link")
        }
        Err(_) => Ok(store.to_owned()),
    }
}

fn is_mounted(folder: &Path) -> bool {
    let found = rustix::fs::statx(CWD, folder, AtFlags::empty(), StatxFlags::empty());
    found.is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

/// Without links, as far as it is there.
pub fn really(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let found = path.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    let Some((above, real)) = found else { return path };
    real.join(path.strip_prefix(above).unwrap_or(Path::new("")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_store_is_put_where_something_is_mounted() {
        let refused = place(Path::new("/proc")).map_err(|error| error.to_string());
        assert!(refused.is_err_and(|words| words.contains("set [store] path to a folder in it")));
        let folder = tempfile::tempdir().expect("a folder");
        let real = folder.path().canonicalize().expect("there");
        assert_eq!(place(folder.path()).ok(), Some(real));
    }
}
