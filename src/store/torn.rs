//! The end of the newest segment after a power cut. Pages of a group that was being written
//! reach the disk in any order, so that a sound commit may lie behind some that never came. It
//! was not acknowledged and must not count: what its poll found would be lost, and its
//! validators say that nothing is missing.

use super::frame::Kind;
use super::packed;
use super::record::{CommitRecord, OrderRecord};
use super::scan::{Found, Scan};
use std::ops::Range;

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

/// Whether some sector is all zeros, as far as it lies there.
fn has_gap(bytes: &[u8], start: u64, damage: &Range<usize>) -> bool {
    let upto_sector = SECTOR - (start as usize + damage.start) % SECTOR;
    let (first, rest) = bytes[damage.clone()].split_at(upto_sector.min(damage.len()));
    let mut sectors = std::iter::once(first).chain(rest.chunks(SECTOR));
    sectors.any(|sector| sector.iter().all(|byte| *byte == 0))
}
