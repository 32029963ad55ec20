//! Where a store may be made: in no folder of others, and in none for which one is half made.

use super::backup;
use super::error::StoreError;
use super::{lock, marker};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// What puts a store where none is, and how what it makes beside ends.
const MAKERS: [(&str, &str); 2] = [("restore", backup::RESTORING), ("import", backup::IMPORTING)];

/// Whether a store may be made in a folder in which there is none.
///
/// # Errors
/// It holds files of others; or there is what a restore or an import has left that was
/// interrupted, or goes on: an empty store in its place would be taken for it.
pub fn check(folder: &Path) -> Result<(), StoreError> {
    let mut is_empty = true;
    for name in fs::read_dir(folder).into_iter().flatten().flatten().map(|name| name.file_name()) {
        if !may_be_there(&name) {
            return Err(StoreError::Foreign { path: folder.to_owned(), name: name.into() });
        }
        is_empty &= name != lock::NAME;
    }
    // Who began to make one before has seen none.
    if !is_empty {
        return Ok(());
    }
    for (command, ending) in MAKERS {
        let places = [beside(folder, ending), beside(&backup::really(folder), ending)];
        if let Some(beside) = places.into_iter().find(|beside| beside.is_dir()) {
            return Err(StoreError::HalfMade { path: folder.to_owned(), beside, command });
        }
    }
    Ok(())
}

/// Of ours, of the file system, or hidden.
fn may_be_there(name: &OsStr) -> bool {
    let ours = [lock::NAME, marker::NAME, marker::BESIDE, "segments", "lost+found"];
    ours.iter().any(|own| name == *own) || name.as_encoded_bytes().starts_with(b".")
}

/// Whether a path leads into the folder of a store, where nobody else is to write.
pub fn is_within(path: &Path, store: &Path) -> bool {
    backup::really(path).starts_with(backup::really(store))
}

/// Where a store is made that is to be put at `store`.
pub fn beside(store: &Path, ending: &str) -> PathBuf {
    // Without a slash at its end.
    let store: PathBuf = store.components().collect();
    let mut beside = store.into_os_string();
    beside.push(ending);
    PathBuf::from(beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_beside_a_store_is_not_made_in_it() {
        for store in ["data/store", "data/store/", "data//store/."] {
            assert_eq!(beside(Path::new(store), ".importing"), Path::new("data/store.importing"));
        }
    }
}
