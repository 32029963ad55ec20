//! Sled's files made anew: they grow to several times of what is in them, and never shrink.
//!
//! A copy is filled beside the one in use, a piece at a time; what is written meanwhile goes to
//! both. It takes the place of the other once it is whole.

use super::disk::Disk;
use super::error::StoreError;
use super::held::Pair;
use super::pairs::WriteRef;
use std::time::Duration;

/// Bytes copied in one step.
const STEP_BYTES: usize = 1024 * 1024;
/// Files below are left alone.
const SMALL: u64 = if cfg!(test) { 1 } else { 8 * 1024 * 1024 };
/// How far files may grow, in parts of what they were when they were new.
const GROWTH: u64 = 3;
/// How long nothing is settled before it begins: what is written in one go would all be written
/// twice. It does not wait where files have grown that many times too much.
const PAUSE: Duration = if cfg!(test) { Duration::ZERO } else { Duration::from_secs(2) };
const TOO_MUCH: u64 = 3;
/// What sled may be given, in parts of what its files are: they may hold less by then.
const GIVEN: u64 = 4;

pub struct Renewal {
    copy: Disk,
    /// All up to this key is there.
    upto: Vec<u8>,
}

/// Whether files of `bytes` have grown at all.
pub fn pays(bytes: u64, when_new: u64) -> bool {
    bytes > when_new + when_new / 4
}

/// How long to wait before files of `bytes` are made anew, of which `given` were given to sled
/// since they were; `None`: they need not be.
pub fn due_in(bytes: u64, when_new: u64, given: u64) -> Option<Duration> {
    let is_due = bytes > SMALL && (bytes > GROWTH * when_new || given > GIVEN * bytes);
    let is_too_much = bytes > TOO_MUCH * GROWTH * when_new.max(SMALL);
    is_due.then_some(if is_too_much { Duration::ZERO } else { PAUSE })
}

impl Renewal {
    /// # Errors
    /// A full or failing disk; of the other functions, too.
    pub fn begin(disk: &Disk) -> Result<Renewal, StoreError> {
        Ok(Renewal { copy: disk.create_next()?, upto: Vec::new() })
    }

    /// Goes on for a while. Returns: whether all of `disk` is there.
    pub fn step(&mut self, disk: &Disk) -> Result<bool, StoreError> {
        let after = [&self.upto[..], &[0]].concat();
        let (mut pairs, mut bytes) = (Vec::<Pair>::new(), 0);
        for pair in disk.all_from(&after) {
            let (key, value) = pair?;
            bytes += key.len() + value.len();
            pairs.push((key, value));
            if bytes >= STEP_BYTES {
                break;
            }
        }
        let writes = pairs.iter().map(|(key, value)| (key.as_slice(), Some(value.as_slice())));
        self.copy.put(&writes.collect::<Vec<_>>())?;
        let is_all = bytes < STEP_BYTES;
        if let Some((last, _)) = pairs.pop() {
            self.upto = last;
        }
        Ok(is_all)
    }

    /// What was written to the other one meanwhile; the rest of it is copied later.
    pub fn write(&self, writes: &[WriteRef<'_>]) -> Result<(), StoreError> {
        let there = writes.iter().filter(|(key, _)| *key <= self.upto.as_slice());
        self.copy.put(&there.copied().collect::<Vec<_>>())
    }

    /// Puts the copy in the place of `disk`.
    pub fn finish(self, disk: &Disk) -> Result<Disk, StoreError> {
        self.copy.replace(disk)
    }
}
