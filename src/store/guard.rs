//! Opening sled, which panics on damage and cannot open on a full disk.

use super::error::StoreError;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use tracing::{error, warn};

const TREE: &str = "countywire";

/// Why an index does not open.
pub enum Unopened {
    /// Its files are not what they should be.
    Damaged(String),
    /// The machine will not have it now: a full disk, a missing permission, a failing disk.
    Trouble(StoreError),
}

impl Unopened {
    pub fn of(error: sled::Error) -> Self {
        use std::io::ErrorKind::{
            AlreadyExists, InvalidInput, IsADirectory, NotADirectory, NotFound, WouldBlock,
        };
        // What the system says when files are there, or not, that should be otherwise.
        let damage = [AlreadyExists, InvalidInput, IsADirectory, NotADirectory, NotFound];
        let is_trouble = |io: &std::io::Error| {
            io.kind() == WouldBlock || (io.raw_os_error().is_some() && !damage.contains(&io.kind()))
        };
        match &error {
            sled::Error::Io(io) if is_trouble(io) => Unopened::Trouble(StoreError::Index(error)),
            _ => Unopened::Damaged(error.to_string()),
        }
    }

    pub fn into_error(self, folder: &Path) -> StoreError {
        match self {
            Unopened::Trouble(error) => error,
            Unopened::Damaged(problem) => {
                StoreError::Damaged { path: folder.to_owned(), offset: 0, problem }
            }
        }
    }
}

pub fn open(folder: &Path, cache_bytes: u64) -> Result<(sled::Db, sled::Tree), Unopened> {
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
        Ok(Ok(opened)) => Ok(opened),
        Ok(Err(error)) => Err(Unopened::of(error)),
        Err(_) => Err(Unopened::Damaged("sled panicked on damaged files".to_owned())),
    }
}

/// A crash while sled wrote a snapshot leaves a file that makes every open fail.
pub fn remove_half_written_snapshots(folder: &Path) {
    let is_one = |name: &str| name.starts_with("snap.") && name.ends_with(".generating");
    let Ok(names) = fs::read_dir(folder) else { return };
    for name in names.flatten() {
        if name.file_name().to_str().is_some_and(is_one)
            && let Err(error) = fs::remove_file(name.path())
        {
            error!(%error, path = %name.path().display(), "cannot remove");
        }
    }
}

/// Renames a damaged index away, so that it can be looked at.
pub fn set_aside(folder: &Path) -> Result<(), StoreError> {
    let named = |n: u32| folder.with_extension(format!("damaged-{n}"));
    let free = (1..).map(named).find(|path| !path.exists()).expect("some number is free");
    fs::rename(folder, &free).map_err(StoreError::io("cannot set aside", folder))?;
    warn!(to = %free.display(), "the index that was there has been set aside");
    Ok(())
}
