//! When documents began to look as the settings make them: dates that readers see, so they
//! outlive restarts, a remade index and a restored backup. In a file of two lines, `SETTINGS`.

use super::error::StoreError;
use super::read::Reader;
use super::segment::sync_folder;
use crate::model::Timestamp;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};

pub const NAME: &str = "SETTINGS";

impl Reader {
    /// Since when the settings with this tag hold, which is now for new ones.
    ///
    /// # Errors
    /// The disk fails.
    pub fn settings_since(&self, tag: &str, now: Timestamp) -> Result<Timestamp, StoreError> {
        let path = self.folder.join(NAME);
        let known = match fs::read_to_string(&path) {
            Ok(text) => text,
            // Not ours any more: the same as none.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => {
                String::new()
            }
            Err(error) => return Err(StoreError::io("cannot read", path)(error)),
        };
        let mut lines = known.lines();
        let (known, since) = (lines.next(), lines.next().and_then(|since| since.parse().ok()));
        if let Some(since) = since.filter(|_| known == Some(tag)) {
            return Ok(Timestamp(since));
        }
        let beside = self.folder.join("SETTINGS.part");
        let written = File::create(&beside)
            .and_then(|mut file| writeln!(file, "{tag}\n{}", now.0).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&beside, &path));
        written.map_err(StoreError::io("cannot write", path))?;
        sync_folder(&self.folder)?;
        Ok(now)
    }
}
