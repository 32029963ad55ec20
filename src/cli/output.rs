//! Files that commands write.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Who may read a file, as far as the umask lets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    All,
    /// It holds secrets.
    Owner,
}

/// Writes beside the file and renames, so that an interrupted export leaves nothing half.
/// What is no regular file (a pipe, a device) is written to as it is.
///
/// # Errors
/// What is wrong, in words.
pub fn write_file<T>(
    path: &Path,
    readers: Readers,
    write: impl FnOnce(&mut File) -> Result<T, String>,
) -> Result<T, String> {
    let cannot = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
    // A link stays; what it leads to is replaced.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if target.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        let mut out = File::options().write(true).open(&target).map_err(cannot)?;
        return write(&mut out);
    }
    let mut beside = target.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let mode = match readers {
        Readers::All => 0o666,
        Readers::Owner => 0o600,
    };
    // What a killed command has left may have another mode.
    drop(std::fs::remove_file(&beside));
    let created = File::options().write(true).create_new(true).mode(mode).open(&beside);
    let written = created.map_err(cannot).and_then(|mut file| {
        let written = write(&mut file)?;
        file.sync_all().and_then(|()| std::fs::rename(&beside, &target)).map_err(cannot)?;
        Ok(written)
    });
    if written.is_err() {
        // A part of an export is of no use, and may be what fills the disk.
        drop(std::fs::remove_file(&beside));
    }
    written
}
