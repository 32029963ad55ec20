//! What is wrong with the segments and was found while an index was made of them, is told when
//! that is done. Until then a file keeps what an index knew: whatever interrupts it, the next
//! opening begins anew, and tells all.

use super::error::StoreError;
use super::loss::Known;
use super::record::PositionRecord;
use super::segment::sync_folder;
use crate::model::Timestamp;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use tracing::warn;

const NAME: &str = "untold";
const END: &str = "end";

/// Something is found. The disk may be full, which keeps nobody from reading.
pub fn begin(folder: &Path, known: &Known) {
    if path(folder).exists() {
        return;
    }
    let beside = folder.join("untold.part");
    let written = File::create(&beside).and_then(|mut file| {
        file.write_all(text(known).as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path(folder))
    });
    let synced = written.map(|()| sync_folder(folder));
    if let Err(error) = synced {
        warn!(%error, "what is found cannot be noted; if this start is interrupted, the next may not tell it");
    }
}

/// What an index knew when something was found that is not told yet; `None`: all is told.
pub fn read(folder: &Path) -> Option<Known> {
    let text = fs::read_to_string(path(folder)).ok()?;
    Some(parsed(&text).unwrap_or_default())
}

/// All is told.
///
/// # Errors
/// It cannot be removed: it will be told again.
pub fn end(folder: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path(folder)) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(StoreError::io("cannot remove", path(folder))(error))
        }
        _ => Ok(()),
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

/// A line with the position, one for each segment with its bytes, and the end.
fn text(known: &Known) -> String {
    let PositionRecord { sequence, recorded_at, segment, offset, entries } = known.position;
    let mut text = format!("{sequence} {} {segment} {offset} {entries}\n", recorded_at.0);
    for (segment, least) in &known.segments {
        let _ = writeln!(text, "{segment} {least}");
    }
    text + END + "\n"
}

fn parsed(text: &str) -> Option<Known> {
    let mut lines = text.strip_suffix('\n')?.strip_suffix(END)?.lines();
    let mut first = lines.next()?.split(' ').map(str::parse::<u64>);
    let mut next = || first.next()?.ok();
    let position = PositionRecord {
        sequence: next()?,
        recorded_at: Timestamp(next()? as i64),
        segment: next()?,
        offset: next()?,
        entries: next()?,
    };
    let segment = |line: &str| {
        let (segment, least) = line.split_once(' ')?;
        Some((segment.parse().ok()?, least.parse().ok()?))
    };
    Some(Known { position, segments: lines.map(segment).collect::<Option<_>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let recorded_at = Timestamp(1_700_000_000);
        let position =
            PositionRecord { sequence: 9, recorded_at, segment: 4, offset: 700, entries: 31 };
        Known { position, segments: [(1, 5_000), (4, 700)].into() }
    }

    #[test]
    fn what_an_index_knew_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(read(folder.path()).is_none());
        begin(folder.path(), &known());
        begin(folder.path(), &Known::default());
        let read_again = read(folder.path()).expect("noted");
        assert_eq!(read_again, known(), "what was known first counts");
        end(folder.path()).expect("removed");
        assert!(read(folder.path()).is_none());
        end(folder.path()).expect("nothing is there");
    }

    #[test]
    fn what_is_cut_off_tells_nothing_but_that_there_is_something() {
        let whole = text(&known());
        for length in 0..whole.len() {
            assert_eq!(parsed(&whole[..length]), None, "{length}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(path(folder.path()), &whole[..20]).expect("written");
        assert_eq!(read(folder.path()), Some(Known::default()));
    }
}
