//! The marker file `FORMAT`: which format the folder holds, and the lives of the store, whose
//! epochs are part of every ETag.

use super::error::StoreError;
use super::lives::Lives;
use super::lock::Lock;
use super::open::{self, Settings};
use super::{backup, rebuild, segment, verify};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

pub const NAME: &str = "FORMAT";
pub const BESIDE: &str = "FORMAT.part";
const KIND: &str = "countywire store ";
const FORMAT: &str = "countywire store 3";
/// Formats whose segments are read as they are; their indexes are not.
const OLD: [&str; 1] = ["countywire store 2"];
const SUM: &str = "check ";

pub struct Marker {
    pub lives: Lives,
    /// The index is to be made anew, and the marker written.
    pub is_old: bool,
}

/// The number of the format that is written.
pub fn number() -> u32 {
    number_of(FORMAT).expect("the format ends with its number")
}

fn number_of(format: &str) -> Option<u32> {
    format.strip_prefix(KIND)?.parse().ok()
}

/// Reads the marker, or makes it in a folder without any news.
///
/// # Errors
/// As [`read`], where there are news.
pub fn check(folder: &Path, new_epoch: u64) -> Result<Marker, StoreError> {
    let is_new = !open::holds_frames(&folder.join("segments"))?;
    match read(folder) {
        Err(StoreError::Marker { .. }) if is_new => {
            let lives = Lives::new(new_epoch);
            write(folder, &lives)?;
            Ok(Marker { lives, is_old: false })
        }
        read => read,
    }
}

/// Gives a store whose marker is gone or damaged a new epoch; whether it was.
///
/// # Errors
/// Another process has the store; it is of an unknown format; the disk fails.
pub fn mend(settings: &Settings) -> Result<bool, StoreError> {
    let folder = &settings.path;
    let _lock = Lock::take(folder)?;
    // Where it was a backup.
    backup::complete(folder)?;
    match read(folder) {
        Err(StoreError::Marker { .. }) => {
            write(folder, &Lives::new(settings.new_epoch))?;
            // Of which format they were nobody knows.
            for name in ["index", rebuild::NEW, rebuild::OLD] {
                verify::remove(&folder.join(name))?;
            }
            Ok(true)
        }
        read => read.map(|_| false),
    }
}

/// # Errors
/// There is no marker, it is damaged, or of an unknown format.
pub fn read(folder: &Path) -> Result<Marker, StoreError> {
    let path = folder.join(NAME);
    let unusable =
        |problem: &str| Err(StoreError::Marker { path: path.clone(), problem: problem.to_owned() });
    let found = match fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return unusable("is missing"),
        read => read.map_err(StoreError::io("cannot read", &path))?,
    };
    let found = String::from_utf8_lossy(&found);
    let mut lines: Vec<&str> = found.lines().map(str::trim_end).collect();
    let format = lines.first().copied().unwrap_or("");
    if format.is_empty() {
        return unusable("is empty");
    }
    let Some(number) = number_of(format) else {
        return unusable("is damaged: it does not begin with its format");
    };
    let sum = lines.pop_if(|line| line.starts_with(SUM));
    if sum.is_some_and(|sum| !is_sum_of(sum, &lines, number)) {
        return unusable("is damaged: its checksum does not match");
    }
    let is_old = OLD.contains(&format);
    if format != FORMAT && !is_old {
        let found = format.chars().take(80).collect();
        return Err(StoreError::Format { path: folder.to_owned(), found, expected: FORMAT });
    }
    match Lives::read(&lines[1..]) {
        Ok(lives) if lives.is_first() || sum.is_some() => Ok(Marker { lives, is_old }),
        Ok(_) => unusable("is damaged: its checksum is missing"),
        Err(problem) => unusable(&format!("is damaged: {problem}")),
    }
}

/// Older programs took it of the second line alone.
fn is_sum_of(sum: &str, lines: &[&str], format: u32) -> bool {
    sum == checked(&lines.join("\n"))
        || matches!(lines, [_, epoch] if format <= number() && sum == checked(epoch))
}

/// Writes the marker, whole or not at all.
pub fn write(folder: &Path, lives: &Lives) -> Result<(), StoreError> {
    let (path, beside) = (folder.join(NAME), folder.join(BESIDE));
    let mut file = File::create(&beside).map_err(StoreError::io("cannot create", &beside))?;
    let lines = format!("{FORMAT}\n{}", lives.lines());
    let written = writeln!(file, "{lines}\n{}", checked(&lines));
    let renamed = written.and_then(|()| file.sync_all()).and_then(|()| fs::rename(&beside, &path));
    renamed.map_err(StoreError::io("cannot write", &path))?;
    segment::sync_folder(folder)
}

/// The line that tells whether what stands before it is as it was written. Files of older
/// programs have none, and they do not read it.
pub fn checked(lines: &str) -> String {
    format!("{SUM}{:016x}", xxh3_64(lines.as_bytes()))
}
