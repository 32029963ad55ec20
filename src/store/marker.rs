//! The marker file `FORMAT`: which format the folder holds, and the store's epoch.
//!
//! Sequences begin anew in a new store, and again where news was lost. The epoch tells
//! such lives apart: it is part of every ETag.

use super::error::StoreError;
use super::segment;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;

pub const NAME: &str = "FORMAT";
const FORMAT: &str = "countywire store 2";

/// Reads the marker, or makes it in a new folder. Returns the epoch.
pub fn check(folder: &Path, new_epoch: u64) -> Result<u64, StoreError> {
    match read(folder) {
        Ok(Some(epoch)) => Ok(epoch),
        Ok(None) => write(folder, new_epoch),
        Err(StoreError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
            write(folder, new_epoch)
        }
        Err(error) => Err(error),
    }
}

/// The epoch, if the marker has one.
///
/// # Errors
/// There is no marker, or one of another format.
pub fn read(folder: &Path) -> Result<Option<u64>, StoreError> {
    let path = folder.join(NAME);
    let found = fs::read_to_string(&path).map_err(StoreError::io("cannot read", path))?;
    let mut lines = found.lines();
    let format = lines.next().unwrap_or("").trim_end();
    if format != FORMAT {
        let found = format.chars().take(80).collect();
        return Err(StoreError::Format { path: folder.to_owned(), found, expected: FORMAT });
    }
    let epoch = lines.next().and_then(|line| line.strip_prefix("epoch "));
    Ok(epoch.and_then(|digits| u64::from_str_radix(digits.trim_end(), 16).ok()))
}

/// Writes the marker, whole or not at all.
pub fn write(folder: &Path, epoch: u64) -> Result<u64, StoreError> {
    let (path, beside) = (folder.join(NAME), folder.join("FORMAT.part"));
    let mut file = File::create(&beside).map_err(StoreError::io("cannot create", &beside))?;
    let written = writeln!(file, "{FORMAT}\nepoch {epoch:016x}").and_then(|()| file.sync_all());
    let renamed = written.and_then(|()| fs::rename(&beside, &path));
    renamed.map_err(StoreError::io("cannot write", &path))?;
    segment::sync_folder(folder)?;
    Ok(epoch)
}
