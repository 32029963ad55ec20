//! When documents began to look as the settings make them: dates that readers see, so they
//! outlive restarts, a remade index and a restored backup. In a file of two lines, `SETTINGS`.

use super::error::StoreError;
use super::read::Reader;
use super::segment::sync_folder;
use crate::model::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;

pub const NAME: &str = "SETTINGS";

/// What the file tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// Of the settings.
    pub tag: String,
    pub since: Timestamp,
}

impl Reader {
    /// Since when the settings with this tag hold, which is now for new ones.
    ///
    /// # Errors
    /// The disk fails.
    pub fn settings_since(&self, tag: &str, now: Timestamp) -> Result<Timestamp, StoreError> {
        if let Some(known) = read(&self.folder)?.filter(|known| known.tag == tag) {
            return Ok(known.since);
        }
        write(&self.folder, &Since { tag: tag.to_owned(), since: now })?;
        Ok(now)
    }
}

pub fn read(folder: &Path) -> Result<Option<Since>, StoreError> {
    let path = folder.join(NAME);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        // Not ours any more: the same as none.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => {
            return Ok(None);
        }
        Err(error) => return Err(StoreError::io("cannot read", path)(error)),
    };
    let mut lines = text.lines();
    let (tag, since) = (lines.next(), lines.next().and_then(|since| since.parse().ok()));
    Ok(tag.zip(since).map(|(tag, since)| Since { tag: tag.to_owned(), since: Timestamp(since) }))
}

pub fn write(folder: &Path, Since { tag, since }: &Since) -> Result<(), StoreError> {
    let (path, beside) = (folder.join(NAME), folder.join("SETTINGS.part"));
    let written = File::create(&beside)
        .and_then(|mut file| writeln!(file, "{tag}\n{}", since.0).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, &path));
    written.map_err(StoreError::io("cannot write", path))?;
    sync_folder(folder)
}
