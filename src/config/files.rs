//! Files that the settings name, besides the settings.

use super::ReadFile;
use std::path::{Path, PathBuf};

/// Longest file, bytes.
const MAX_BYTES: u64 = 64 << 20;

/// Where files lie, and who reads them.
#[derive(Clone, Copy)]
pub(super) struct Files<'a> {
    /// That of `feeds.toml`, against which relative paths resolve.
    pub folder: &'a Path,
    pub read: ReadFile<'a>,
}

impl Files<'_> {
    /// `path` against the folder, unless it is absolute.
    pub fn resolve(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }
}

/// Reads a text from disk.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let length = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > MAX_BYTES {
        return Err(format!("{length} bytes; limit {MAX_BYTES}"));
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())
}
