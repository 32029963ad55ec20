//! Files that commands write.

use rustix::fs::{AtFlags, CWD, OFlags, linkat};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Who may read a file, as far as the umask lets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    All,
    /// It holds secrets.
    Owner,
}

/// Writes a file that has no name until it is whole, so that an interrupted export leaves
/// nothing, however it ends. Where the file system has no such files it is `FILE.part`, which the
/// next one replaces. What is no regular file (a pipe, a device) is written to as it is.
///
/// # Errors
/// What is wrong, in words.
pub fn write_file<T>(
    path: &Path,
    readers: Readers,
    write: impl FnOnce(&mut File) -> Result<T, String>,
) -> Result<T, String> {
    let cannot = |error: io::Error| format!("cannot write {}: {error}", path.display());
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
    let nameless = nameless(&target, mode);
    let is_nameless = nameless.is_some();
    let created = nameless
        .map_or_else(|| File::options().write(true).create_new(true).mode(mode).open(&beside), Ok);
    let written = created.map_err(cannot).and_then(|mut file| {
        let written = write(&mut file)?;
        let named = file.sync_all().and_then(|()| match is_nameless {
            true => name(&file, &beside),
            false => Ok(()),
        });
        named.and_then(|()| std::fs::rename(&beside, &target)).map_err(cannot)?;
        Ok(written)
    });
    if written.is_err() {
        // A part of an export is of no use, and may be what fills the disk.
        drop(std::fs::remove_file(&beside));
    }
    written
}

/// Through which a file without a name gets one, without a right that others lack (open(2)).
const BY_NUMBER: &str = "/proc/self/fd";

/// `None`: the file system, or the machine, has no such files.
fn nameless(target: &Path, mode: u32) -> Option<File> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    let flags = OFlags::TMPFILE.bits() as i32;
    let mut options = File::options();
    options.write(true).mode(mode).custom_flags(flags);
    let file = options.open(folder.unwrap_or(Path::new("."))).ok()?;
    Path::new(BY_NUMBER).join(file.as_raw_fd().to_string()).exists().then_some(file)
}

fn name(file: &File, path: &Path) -> io::Result<()> {
    let number = format!("{BY_NUMBER}/{}", file.as_raw_fd());
    Ok(linkat(CWD, number, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_has_no_name_until_it_is_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, part) = (folder.path().join("all"), folder.path().join("all.part"));
        fs::write(&path, "before").expect("written");
        fs::write(&part, "of one that was killed").expect("written");
        let has_such_files = nameless(&path, 0o600).is_some();
        let written = write_file(&path, Readers::Owner, |file| {
            assert_eq!(part.exists(), !has_such_files);
            assert_eq!(fs::read_to_string(&path).expect("read"), "before");
            file.write_all(b"after").map_err(|error| error.to_string())
        });
        assert_eq!(written, Ok(()));
        assert_eq!(fs::read_to_string(&path).expect("read"), "after");
        assert_eq!(path.metadata().expect("there").permissions().mode() & 0o777, 0o600);
        assert!(!part.exists());
    }

    #[test]
    fn a_file_that_fails_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("all");
        let failed = |_: &mut File| Err::<(), String>("no more".to_owned());
        assert_eq!(write_file(&path, Readers::All, failed), Err("no more".to_owned()));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
}
