//! `LOCK`: one process at a time has a store. Whoever has it has written its number there.

use super::error::StoreError;
use super::{birth, marker, segment};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

pub const NAME: &str = "LOCK";

/// Held for as long as this lives.
#[derive(Debug)]
pub struct Lock {
    file: File,
    holder: String,
}

impl Lock {
    /// Takes the store, which is made if there is none.
    ///
    /// # Errors
    /// Another process has it; the folder cannot be made or written, or is no place for one.
    pub fn take(folder: &Path) -> Result<Lock, StoreError> {
        let segments = folder.join("segments");
        let (has_segments, has_marker) = (segments.exists(), folder.join(marker::NAME).exists());
        if !has_segments && !has_marker {
            birth::check(folder)?;
        }
        if !has_segments || !has_marker {
            segment::create_folder(&segments)?;
        }
        let path = folder.join(NAME);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(StoreError::io("cannot open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(folder)),
            Err(TryLockError::Error(source)) => {
                return Err(StoreError::io("cannot lock", path)(source));
            }
        }
        let lock = Lock { file, holder: format!("{}\n", std::process::id()) };
        // A full disk keeps nobody from reading: then nobody is named.
        let _ = lock.file.set_len(0).and_then(|()| lock.write());
        Ok(lock)
    }

    /// Whether the disk takes it.
    ///
    /// # Errors
    /// Why it does not.
    pub fn write(&self) -> io::Result<()> {
        self.file.write_all_at(self.holder.as_bytes(), 0)?;
        self.file.sync_data()
    }

    pub fn file(&self) -> &File {
        &self.file
    }
}

/// The error of a store that another process has, with its number where it is known.
pub fn in_use(folder: &Path) -> StoreError {
    let holder = fs::read_to_string(folder.join(NAME)).ok();
    let holder = holder.and_then(|line| line.trim().parse().ok());
    StoreError::InUse { path: folder.to_owned(), holder }
}

/// Whether another process has the store that is there.
pub fn is_in_use(folder: &Path) -> bool {
    let lock = OpenOptions::new().write(true).open(folder.join(NAME));
    lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
}
