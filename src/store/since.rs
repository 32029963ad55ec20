//! When documents began to look as the settings make them: dates that readers see, so they
//! outlive restarts, a remade index and a restored backup. In a file of two lines, `SETTINGS`.

use super::error::StoreError;
use super::marker;
use super::read::Reader;
use super::segment::sync_folder;
use crate::model::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;
use tracing::warn;

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
    let sum = lines.clone().nth(2);
    if sum.is_some_and(|sum| Some(sum) != checked(&text).as_deref()) {
        warn!(path = %path.display(), "is damaged: documents look as they do from now on");
        return Ok(None);
    }
    let (tag, since) = (lines.next(), lines.next().and_then(|since| since.parse().ok()));
    Ok(tag.zip(since).map(|(tag, since)| Since { tag: tag.to_owned(), since: Timestamp(since) }))
}

/// Of its first two lines.
fn checked(text: &str) -> Option<String> {
    let second = text.match_indices('\n').nth(1)?.0;
    Some(marker::checked(&text[..second]))
}

pub fn write(folder: &Path, Since { tag, since }: &Since) -> Result<(), StoreError> {
    let (path, beside) = (folder.join(NAME), folder.join("SETTINGS.part"));
    let written = File::create(&beside)
        .and_then(|mut file| {
            let lines = format!("{tag}\n{}", since.0);
            writeln!(file, "{lines}\n{}", marker::checked(&lines)).and_then(|()| file.sync_all())
        })
        .and_then(|()| fs::rename(&beside, &path));
    written.map_err(StoreError::io("cannot write", path))?;
    sync_folder(folder)
}
