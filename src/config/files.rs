//! Files that the settings name, besides the settings.

use super::{Found, ReadFile, Unread, Wanted};
use std::os::unix::fs::PermissionsExt;
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
    /// The text of a file.
    pub fn text(&self, path: &Path) -> Result<String, String> {
        match (self.read)(Wanted::File(path)) {
            Ok(found) => Ok(found.text),
            Err(Unread::Failed(wrong)) => Err(wrong),
            Err(Unread::NotGiven) => Err("not given".to_owned()),
        }
    }

    /// `path` against the folder, unless it is absolute.
    pub fn resolve(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }
}

/// Reads from disk; credentials, from where systemd puts them.
pub(super) fn read(wanted: Wanted<'_>) -> Result<Found, Unread> {
    let found = match wanted {
        Wanted::File(path) => read_file(path),
        Wanted::Credential(name) => {
            let folder = std::env::var_os("CREDENTIALS_DIRECTORY").ok_or(Unread::NotGiven)?;
            read_file(&Path::new(&folder).join(name))
        }
    };
    found.map_err(Unread::Failed)
}

fn read_file(path: &Path) -> Result<Found, String> {
    let facts = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if facts.len() > MAX_BYTES {
        return Err(format!("{} bytes; limit {MAX_BYTES}", facts.len()));
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
    Ok(Found { text, is_open: facts.permissions().mode() & 0o004 != 0 })
}
