//! The file of those who subscribe to our feeds, copied with the rest. It holds secrets, and is
//! added to while it is copied.

use super::super::error::StoreError;
use super::part;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

pub const NAME: &str = "hub";
/// What others than the owner may do with it: nothing, whatever the disk of a backup makes of it.
const MODE: u32 = 0o600;

/// Copies it into the part of the same file in `to`, up to its last whole line; where there is
/// none, none is to be left there.
pub fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let (from, to) = (from.join(NAME), to.join(NAME));
    let (mut bytes, mode) = match fs::read(&from) {
        Ok(bytes) => {
            let facts = fs::metadata(&from).map_err(StoreError::io("cannot read", &from))?;
            (bytes, facts.permissions().mode() & MODE)
        }
        Err(error) if error.kind() == ErrorKind::NotFound && !to.exists() => return Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => (Vec::new(), MODE),
        Err(error) => return Err(StoreError::io("cannot read", from)(error)),
    };
    bytes.truncate(bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1));
    let beside = part(&to);
    // One that is there may be open to others.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(StoreError::io("cannot remove", beside)(error));
        }
        _ => {}
    }
    let written = OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside);
    let written = written.and_then(|mut file| {
        file.write_all(&bytes)?;
        file.sync_all()
    });
    written.map_err(StoreError::io("cannot write", beside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lines_are_copied_for_the_owner_alone() {
        let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let [from, to] = folders.each_ref().map(|folder| folder.path());
        copy(from, to).expect("nothing to copy");
        let beside = to.join("hub.part");
        assert!(!beside.exists());
        fs::write(from.join(NAME), "one\ntwo\nthr").expect("written");
        fs::write(&beside, "of an interrupted one, and open to all").expect("written");
        fs::set_permissions(&beside, fs::Permissions::from_mode(0o644)).expect("opened");
        fs::set_permissions(from.join(NAME), fs::Permissions::from_mode(0o644)).expect("opened");
        copy(from, to).expect("copied");
        assert_eq!(fs::read_to_string(&beside).expect("there"), "one\ntwo\n");
        assert_eq!(beside.metadata().expect("there").permissions().mode() & 0o777, 0o600);
        fs::rename(&beside, to.join(NAME)).expect("in place");
        fs::remove_file(from.join(NAME)).expect("removed");
        copy(from, to).expect("copied");
        assert_eq!(fs::read_to_string(&beside).expect("there"), "");
    }
}
