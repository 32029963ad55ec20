//! The marker file `FORMAT`: which format the folder holds, and the store's epoch.
//!
//! Sequences begin anew in a new store, and again where news was lost. The epoch tells
//! such lives apart: it is part of every ETag.

use super::error::StoreError;
use super::lock::Lock;
use super::open::{self, Settings};
use super::{segment, verify};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

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

/// Reads the marker, or makes it in a folder without any news.
///
/// # Errors
/// As [`read`], where there are news.
pub fn check(folder: &Path, new_epoch: u64) -> Result<Marker, StoreError> {
    let is_new = !open::holds_frames(&folder.join("segments"))?;
    match read(folder) {
        Err(StoreError::Marker { .. }) if is_new => {
            Ok(Marker { epoch: write(folder, new_epoch)?, is_old: false })
        }
        read => read,
    }
}

/// Gives a store whose marker is gone or damaged a new epoch; whether it was.
///
/// # Errors
/// Another process has the store; it is of an unknown format; the disk fails.
pub fn mend(settings: &Settings) -> Result<bool, StoreError> {
    let _lock = Lock::take(&settings.path)?;
    match read(&settings.path) {
        Err(StoreError::Marker { .. }) => {
            write(&settings.path, settings.new_epoch)?;
            // Of which format it was nobody knows.
            verify::remove(&settings.path.join("index"))?;
            Ok(true)
        }
        read => read.map(|_| false),
    }
}

/// # Errors
/// There is no marker, it is damaged, or of an unknown format.
pub fn read(folder: &Path) -> Result<Marker, StoreError> {
    let path = folder.join(NAME);
    let unusable = |problem| Err(StoreError::Marker { path: path.clone(), problem });
    let found = match fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return unusable("is missing"),
        read => read.map_err(StoreError::io("cannot read", &path))?,
    };
    let found = String::from_utf8_lossy(&found);
    let mut lines = found.lines().map(str::trim_end);
    let format = lines.next().unwrap_or("");
    let is_old = OLD.contains(&format);
    if format.is_empty() {
        return unusable("is empty");
    }
    if format != FORMAT && !is_old {
        let found = format.chars().take(80).collect();
        return Err(StoreError::Format { path: folder.to_owned(), found, expected: FORMAT });
    }
    let (epoch, sum) = (lines.next().unwrap_or(""), lines.next());
    if sum.is_some_and(|sum| sum != checked(epoch)) {
        return unusable("is damaged: its checksum does not match");
    }
    let digits = epoch.strip_prefix("epoch ").filter(|digits| digits.len() == 16);
    match digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()) {
        Some(epoch) => Ok(Marker { epoch, is_old }),
        None => unusable("is damaged: it has no epoch"),
    }
}

/// Writes the marker, whole or not at all.
pub fn write(folder: &Path, epoch: u64) -> Result<u64, StoreError> {
    let (path, beside) = (folder.join(NAME), folder.join("FORMAT.part"));
    let mut file = File::create(&beside).map_err(StoreError::io("cannot create", &beside))?;
    let line = format!("epoch {epoch:016x}");
    let written = writeln!(file, "{FORMAT}\n{line}\n{}", checked(&line));
    let renamed = written.and_then(|()| file.sync_all()).and_then(|()| fs::rename(&beside, &path));
    renamed.map_err(StoreError::io("cannot write", &path))?;
    segment::sync_folder(folder)?;
    Ok(epoch)
}

/// The line that tells whether what stands before it is as it was written. Files of older
/// programs have none, and they do not read it.
pub fn checked(lines: &str) -> String {
    format!("check {:016x}", xxh3_64(lines.as_bytes()))
}
