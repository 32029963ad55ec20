//! Opening sled, which panics on damage and cannot open on a full disk.

use super::error::StoreError;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use tracing::error;

/// Another name than in indexes whose keys or values were others.
const TREE: &str = "countywire 8";

/// Why an index does not open.
pub enum Unopened {
    /// Its files are not what they should be.
    Damaged(String),
    /// Another version of this program made it, which has other trees.
    Foreign,
    /// The machine will not have it now: a full disk, a missing permission, a failing disk.
    Trouble(StoreError),
}

impl Unopened {
    pub fn of(error: StoreError) -> Self {
        match error {
            StoreError::Index(sled::Error::Io(ref io)) if is_trouble(io) => {
                Unopened::Trouble(error)
            }
            StoreError::Io { ref source, .. } if is_trouble(source) => Unopened::Trouble(error),
            StoreError::Index(error) => Unopened::Damaged(error.to_string()),
            error => Unopened::Damaged(error.full()),
        }
    }

    pub fn into_error(self, folder: &Path) -> StoreError {
        match self {
            Unopened::Trouble(error) => error,
            Unopened::Damaged(problem) => StoreError::damaged(folder, 0, problem),
            Unopened::Foreign => StoreError::damaged(folder, 0, "made by another version"),
        }
    }
}

/// Sled tells much else as an error of the disk.
fn is_trouble(error: &io::Error) -> bool {
    use io::ErrorKind::{
        AlreadyExists, InvalidInput, IsADirectory, NotADirectory, NotFound, WouldBlock,
    };
    // What the system says when files are there, or not, that should be otherwise.
    let damage = [AlreadyExists, InvalidInput, IsADirectory, NotADirectory, NotFound];
    let is_told = error.raw_os_error().is_some() && !damage.contains(&error.kind());
    is_told || error.kind() == WouldBlock
}

pub fn open(folder: &Path, cache_bytes: u64) -> Result<(sled::Db, sled::Tree), Unopened> {
    remove_half_written_snapshots(folder);
    let open = || -> sled::Result<(sled::Db, sled::Tree)> {
        let config = sled::Config::new().path(folder).cache_capacity(cache_bytes);
        let db = config.flush_every_ms(None).open()?;
        let tree = db.open_tree(TREE)?;
        // Damage can also show at the first read.
        for pair in tree.iter().take(1).chain(tree.iter().rev().take(1)) {
            pair?;
        }
        Ok((db, tree))
    };
    match catch_unwind(AssertUnwindSafe(open)) {
        // Sled itself has one.
        Ok(Ok((db, _))) if db.tree_names().len() > 2 => Err(Unopened::Foreign),
        Ok(Ok(opened)) => Ok(opened),
        Ok(Err(error)) => Err(Unopened::of(error.into())),
        Err(_) => Err(Unopened::Damaged("sled panicked on damaged files".to_owned())),
    }
}

/// A crash while sled wrote a snapshot leaves a file that makes every open fail.
fn remove_half_written_snapshots(folder: &Path) {
    remove_files(folder, |name| name.starts_with("snap.") && name.ends_with(".generating"));
}

pub fn remove_files(folder: &Path, matches: impl Fn(&str) -> bool) {
    let Ok(names) = fs::read_dir(folder) else { return };
    for name in names.flatten() {
        if name.file_name().to_str().is_some_and(&matches)
            && let Err(error) = fs::remove_file(name.path())
        {
            error!(%error, path = %name.path().display(), "cannot remove");
        }
    }
}
