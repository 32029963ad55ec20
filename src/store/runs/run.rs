//! One run: a file of writes in the order of their keys, which never changes.
//!
//! A header; blocks, each a [frame](super::super::frame) of some 4 KiB; then, in frames, the
//! tail: fences and filter, all of a run that is kept in memory; and a last frame of fixed
//! length that tells where the tail begins. Every byte is under a checksum.

use super::fences::Fences;
use super::filter::Filter;
use crate::store::error::StoreError;
use crate::store::frame::{self, HEADER_BYTES, Kind};
use crate::store::pairs;
use rustix::fs::{Advice, fadvise};
use std::cell::RefCell;
use std::fs::{self, File};
use std::num::NonZeroU64;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use tracing::error;

pub const HEADER: &[u8; 16] = b"countywire run 1";
const VERSION: u8 = 1;
/// Version, how many keys, and where the tail begins.
const END_PAYLOAD: usize = 17;
const END_BYTES: u64 = (HEADER_BYTES + END_PAYLOAD) as u64;
/// Of what a look-up reads into, kept for the next; a block with a long value is longer.
const KEPT_BYTES: usize = 64 * 1024;
/// A file beside the runs: one of them is damaged.
const DAMAGED: &str = "damaged";

thread_local! {
    /// What a look-up reads; making room for each takes a seventh of its time.
    static BLOCK: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

pub struct Run {
    pub id: u64,
    /// How many merges its writes have been through.
    pub level: u8,
    pub path: PathBuf,
    pub file: File,
    pub keys: u64,
    pub fences: Fences,
    pub filter: Filter,
    /// Where the blocks end.
    pub tail: u64,
}

pub fn path(folder: &Path, id: u64) -> PathBuf {
    folder.join(format!("{id:016x}.run"))
}

/// The frame that a file ends with.
pub fn end_frame(keys: u64, tail: u64) -> Vec<u8> {
    let payload = [&[VERSION][..], &keys.to_le_bytes(), &tail.to_le_bytes()].concat();
    let mut bytes = Vec::new();
    frame::write(Kind::Run, &payload, &mut bytes);
    bytes
}

/// # Errors
/// In words: a run was found to be damaged when it was read.
pub fn check_marked(folder: &Path) -> Result<(), String> {
    match fs::exists(folder.join(DAMAGED)) {
        Ok(true) => Err("a part of the index was found damaged".to_owned()),
        _ => Ok(()),
    }
}

/// Has the next start remake the index.
pub fn mark_damaged(folder: &Path) {
    let mark = folder.join(DAMAGED);
    if let Err(error) = File::create(&mark) {
        error!(%error, path = %mark.display(), "cannot create");
    }
}

impl Run {
    /// # Errors
    /// The file is not there, cannot be read, or is damaged.
    pub fn open(folder: &Path, id: u64, level: u8) -> Result<Run, StoreError> {
        let path = path(folder, id);
        let file = File::open(&path).map_err(StoreError::io("cannot open", &path))?;
        let length = file.metadata().map_err(StoreError::io("cannot read", &path))?.len();
        let bytes_at = |offset: u64, end: u64| {
            let mut bytes = vec![0; end.saturating_sub(offset) as usize];
            let read = file.read_exact_at(&mut bytes, offset);
            read.map(|()| bytes).map_err(StoreError::io("cannot read", &path))
        };
        let damaged = |offset, problem: String| StoreError::damaged(&path, offset, problem);
        let blocks_at = HEADER.len() as u64;
        let Some(end) = length.checked_sub(END_BYTES).filter(|end| *end >= blocks_at) else {
            return Err(damaged(length, "the run is cut off".to_owned()));
        };
        if bytes_at(0, blocks_at)? != HEADER {
            return Err(damaged(0, "no run that this program knows".to_owned()));
        }
        let last = bytes_at(end, length)?;
        let (keys, tail) = read_end(&last).map_err(|problem| damaged(end, problem))?;
        if !(blocks_at..end).contains(&tail) {
            return Err(damaged(end, "its tail is nowhere".to_owned()));
        }
        if keys > tail {
            return Err(damaged(end, format!("{keys} keys in {tail} bytes")));
        }
        let (fences, filter) = read_tail(&bytes_at(tail, end)?, blocks_at..tail)
            .map_err(|problem| damaged(tail, problem))?;
        Ok(Run { id, level, path: path.clone(), file, keys, fences, filter, tail })
    }

    /// What the run says of a key: nothing, that it is deleted, or its value.
    pub fn get(&self, key: &[u8]) -> Result<Option<Option<Vec<u8>>>, StoreError> {
        let Some(block) = self.fences.find(key) else { return Ok(None) };
        BLOCK.with_borrow_mut(|bytes| {
            let found = self.find(key, block, bytes);
            bytes.truncate(KEPT_BYTES);
            bytes.shrink_to(KEPT_BYTES);
            found
        })
    }

    /// Has the kernel read the block that a key would be in, while we go on.
    pub fn read_ahead(&self, key: &[u8]) {
        let Some(block) = self.fences.find(key) else { return };
        let (start, end) = self.bounds(block);
        let _ = fadvise(&self.file, start, NonZeroU64::new(end - start), Advice::WillNeed);
    }

    fn find(
        &self,
        key: &[u8],
        block: usize,
        bytes: &mut Vec<u8>,
    ) -> Result<Option<Option<Vec<u8>>>, StoreError> {
        self.read_block(block, bytes)?;
        let mut at = HEADER_BYTES;
        while let Some(place) = self.write_at(block, bytes, at)? {
            let (found, value) = place.of(bytes);
            if found >= key {
                return Ok((found == key).then(|| value.map(<[u8]>::to_vec)));
            }
            at = place.end;
        }
        Ok(None)
    }

    /// Reads a block with its frame. The writes begin behind the header.
    pub fn read_block(&self, block: usize, bytes: &mut Vec<u8>) -> Result<(), StoreError> {
        let (start, end) = self.bounds(block);
        bytes.resize((end - start) as usize, 0);
        let read = self.file.read_exact_at(bytes, start);
        read.map_err(StoreError::io("cannot read", &self.path))?;
        match frame::read(bytes) {
            Ok((frame, length)) if frame.kind == Kind::Run && length == bytes.len() => Ok(()),
            Ok(_) => Err(self.damaged(start, "another frame than was written")),
            Err(problem) => Err(self.damaged(start, problem)),
        }
    }

    /// The write at a place in a block that was read.
    pub fn write_at(
        &self,
        block: usize,
        bytes: &[u8],
        at: usize,
    ) -> Result<Option<pairs::Place>, StoreError> {
        pairs::read(bytes, at).map_err(|problem| self.damaged(self.offset(block), &problem))
    }

    fn bounds(&self, block: usize) -> (u64, u64) {
        (self.offset(block), self.offset(block + 1))
    }

    fn offset(&self, block: usize) -> u64 {
        self.fences.offset(block).unwrap_or(self.tail)
    }

    /// Damage that is met costs a look-up; the mark has the next start mend it.
    fn damaged(&self, offset: u64, problem: &str) -> StoreError {
        self.path.parent().into_iter().for_each(mark_damaged);
        let remedy = "the index is remade at the next start, or by `countywire store rebuild`";
        StoreError::damaged(&self.path, offset, format!("{problem}; {remedy}"))
    }
}

fn read_end(bytes: &[u8]) -> Result<(u64, u64), String> {
    let (frame, _) = frame::read(bytes)?;
    let [VERSION, numbers @ ..] = frame.payload else { return Err("another version".to_owned()) };
    match numbers.as_chunks::<8>() {
        ([keys, tail], []) => Ok((u64::from_le_bytes(*keys), u64::from_le_bytes(*tail))),
        _ => Err("no end of a run".to_owned()),
    }
}

fn read_tail(mut bytes: &[u8], blocks: std::ops::Range<u64>) -> Result<(Fences, Filter), String> {
    let mut tail = Vec::with_capacity(bytes.len());
    while !bytes.is_empty() {
        let (frame, length) = frame::read(bytes)?;
        tail.extend_from_slice(frame.payload);
        bytes = &bytes[length..];
    }
    let mut decoder = minicbor::Decoder::new(&tail);
    let fences = Fences::decode(&mut decoder, blocks)?;
    let filter = decoder.bytes().map_err(|error| error.to_string())?;
    Ok((fences, Filter::from_bytes(filter).ok_or("no filter")?))
}
