//! The file with writes that are on their way to sled: whole, or not there.

use super::error::StoreError;
use super::frame::{self, Kind};
use super::held::Write;
use super::pairs::{self, WriteRef};
use super::segment::sync_folder;
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

const NAME: &str = "redo";
const UNFINISHED: &str = "redo.unfinished";

/// # Errors
/// A full or failing disk.
pub fn write(folder: &Path, writes: &[WriteRef<'_>]) -> Result<(), StoreError> {
    let mut payload = Vec::new();
    writes.iter().for_each(|write| pairs::push(&mut payload, *write));
    let header = frame::header(Kind::Redo, &payload);
    let unfinished = folder.join(UNFINISHED);
    let written = File::create(&unfinished)
        .and_then(|mut file| {
            file.write_all(&header)?;
            file.write_all(&payload)?;
            file.sync_data()
        })
        .and_then(|()| fs::rename(&unfinished, folder.join(NAME)));
    written.map_err(StoreError::io("cannot write", unfinished))?;
    sync_folder(folder)
}

/// The writes that were on their way; none when all have arrived.
///
/// # Errors
/// In words: the file is damaged.
pub fn read(folder: &Path) -> Result<Vec<Write>, String> {
    let bytes = match fs::read(folder.join(NAME)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("writes on their way to the index: {error}")),
    };
    let (frame, _) = frame::read(&bytes)?;
    decode(frame.payload).map_err(|error| format!("writes on their way to the index: {error}"))
}

fn decode(payload: &[u8]) -> Result<Vec<Write>, String> {
    let (mut writes, mut at) = (Vec::new(), 0);
    while let Some(place) = pairs::read(payload, at)? {
        let (key, value) = place.of(payload);
        writes.push((key.to_vec(), value.map(<[u8]>::to_vec)));
        at = place.end;
    }
    Ok(writes)
}

/// # Errors
/// When the folder cannot be written.
pub fn remove(folder: &Path) -> Result<(), StoreError> {
    let path = folder.join(NAME);
    fs::remove_file(&path).map_err(StoreError::io("cannot remove", path))
}

#[cfg(test)]
pub fn damage(folder: &Path) {
    let path = folder.join(NAME);
    let mut bytes = fs::read(&path).expect("there");
    *bytes.last_mut().expect("not empty") ^= 1;
    fs::write(path, bytes).expect("written");
}
