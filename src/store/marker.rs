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
const FORMAT: &str = "countywire store 3";
/// Formats whose segments are read as they are; their indexes are not.
const OLD: [&str; 1] = ["countywire store 2"];

pub struct Marker {
    pub epoch: u64,
    /// The index is to be made anew, and the marker written.
    pub is_old: bool,
}

/// The number of the format that is written.
pub fn number() -> u32 {
    let number = FORMAT.rsplit(' ').next().and_then(|number| number.parse().ok());
    number.expect("the format ends with its number")
}

/// Reads the marker, or makes it in a new folder.
pub fn check(folder: &Path, new_epoch: u64) -> Result<Marker, StoreError> {
    match read(folder) {
        Ok(Some(marker)) => Ok(marker),
        Err(StoreError::Io { source, .. }) if source.kind() != ErrorKind::NotFound => {
            Err(StoreError::io("cannot read", folder.join(NAME))(source))
        }
        Ok(None) | Err(StoreError::Io { .. }) => {
            Ok(Marker { epoch: write(folder, new_epoch)?, is_old: false })
        }
        Err(error) => Err(error),
    }
}

/// `None`: it has no epoch.
///
/// # Errors
/// There is no marker, or one of an unknown format.
pub fn read(folder: &Path) -> Result<Option<Marker>, StoreError> {
    let path = folder.join(NAME);
    let found = fs::read(&path).map_err(StoreError::io("cannot read", path))?;
    let found = String::from_utf8_lossy(&found);
    let mut lines = found.lines();
    let format = lines.next().unwrap_or("").trim_end();
    let is_old = OLD.contains(&format);
    if format != FORMAT && !is_old {
        let found = format.chars().take(80).collect();
        return Err(StoreError::Format { path: folder.to_owned(), found, expected: FORMAT });
    }
    let epoch = lines.next().and_then(|line| line.strip_prefix("epoch "));
    let epoch = epoch.and_then(|digits| u64::from_str_radix(digits.trim_end(), 16).ok());
    Ok(epoch.map(|epoch| Marker { epoch, is_old }))
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
