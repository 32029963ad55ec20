//! The end of the newest segment after a power cut. Pages of a group that was being written
//! reach the disk in any order, so that a sound commit may lie behind some that never came. It
//! was not acknowledged and must not count: what its poll found would be lost, and its
//! validators say that nothing is missing.

use super::error::StoreError;
use super::frame::Kind;
use super::packed;
use super::record::{CommitRecord, OrderRecord};
use super::scan::{Found, Scan};
use super::segment::{self, HEADER};
use std::fs::{self, File};
use std::io::Write;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use tracing::{error, info, warn};

/// What a disk writes at once; what never came reads as zeros.
const SECTOR: usize = 512;

/// Tells damage that a power cut left in the last group from other damage.
#[derive(Default)]
pub struct Torn {
    /// Where the last group begins; `None` inside: no commit tells.
    last_group: Option<Option<usize>>,
}

impl Torn {
    /// `bytes`: of the newest segment, from `start` on.
    pub fn is(&mut self, bytes: &[u8], start: u64, damage: &Range<usize>) -> bool {
        let from = damage.end;
        let group = *self.last_group.get_or_insert_with(|| last_group(bytes, from));
        group.is_some_and(|group| damage.start >= group) && has_gap(bytes, start, damage)
    }
}

fn last_group(bytes: &[u8], from: usize) -> Option<usize> {
    let commits = Scan::new(bytes, from).filter_map(|found| match found {
        Found::Frame { frame, at, .. } if [Kind::Commit, Kind::Order].contains(&frame.kind) => {
            Some((at, frame))
        }
        _ => None,
    });
    let (at, last) = commits.last()?;
    let before = match last.kind {
        Kind::Order => packed::decode::<OrderRecord>(last.payload).ok()?.group_bytes,
        _ => packed::decode::<CommitRecord>(last.payload).ok()?.group_bytes?,
    };
    Some(at.saturating_sub(usize::try_from(before).ok()?))
}

/// Whether some sector is all zeros from where the damage begins, or it does, to its end.
fn has_gap(bytes: &[u8], start: u64, damage: &Range<usize>) -> bool {
    let upto_sector = SECTOR - (start as usize + damage.start) % SECTOR;
    let (first, rest) = bytes[damage.clone()].split_at(upto_sector.min(damage.len()));
    let first = Some(first).filter(|first| first.len() == upto_sector);
    let mut sectors = first.into_iter().chain(rest.chunks_exact(SECTOR));
    sectors.any(|sector| sector.iter().all(|byte| *byte == 0))
}

/// Where the torn end of a segment is kept that had something whole in it; that of the last time.
pub fn kept_at(folder: &Path, segment: u64) -> PathBuf {
    segment::path(folder, segment).with_extension("torn")
}

/// Has a segment end where what counts does, and says what is cut off; one that a crash has only
/// begun gets its header. Returns the length that counts.
///
/// # Errors
/// The disk fails.
pub fn drop_unfinished(folder: &Path, segment: u64, length: u64) -> Result<u64, StoreError> {
    let path = segment::path(folder, segment);
    let on_disk = fs::metadata(&path).map_err(StoreError::io("cannot read", &path))?.len();
    if on_disk > length {
        let mut end = vec![0; (on_disk - length) as usize];
        let read = File::open(&path).and_then(|file| file.read_exact_at(&mut end, length));
        read.map_err(StoreError::io("cannot read", &path))?;
        keep_aside(&path, length, &kept_at(folder, segment), &end);
    }
    if on_disk < HEADER.len() as u64 {
        fs::write(&path, HEADER).map_err(StoreError::io("cannot write", &path))?;
    }
    Ok(length.max(HEADER.len() as u64))
}

/// On a full disk that fails, which keeps nobody from reading.
fn keep_aside(path: &Path, offset: u64, to: &Path, end: &[u8]) {
    let (mut entries, mut reports) = (0, 0);
    for found in Scan::new(end, 0) {
        match found {
            Found::Frame { frame, .. } if frame.kind == Kind::Entry => entries += 1,
            Found::Frame { .. } => reports += 1,
            Found::Damage { .. } | Found::Unfinished { .. } => {}
        }
    }
    let (path, bytes) = (path.display(), end.len());
    if entries + reports == 0 {
        info!(%path, offset, bytes, "unfinished end of a segment dropped");
        return;
    }
    let kept = File::create(to).and_then(|mut file| {
        file.write_all(end)?;
        file.sync_all()
    });
    match kept {
        Ok(()) => {
            let to = to.display();
            warn!(%path, offset, bytes, entries, reports, %to, "the end of a segment was never acknowledged; it is kept aside");
        }
        Err(error) => {
            error!(%path, offset, bytes, entries, reports, %error, "the end of a segment was never acknowledged, and cannot be kept aside");
        }
    }
}
