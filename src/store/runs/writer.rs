//! Writing a run.

use super::fences::Fences;
use super::filter::Filter;
use super::run::{self, HEADER, Run};
use crate::store::error::StoreError;
use crate::store::frame::{self, Kind};
use crate::store::pairs::{self, WriteRef};
use crate::store::segment::sync_folder;
use minicbor::Encoder;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use tracing::warn;

/// A block ends with the write that makes it so long.
const BLOCK_BYTES: usize = 4096;
/// Bytes of a frame of the tail.
const TAIL_PIECE: usize = 1024 * 1024;
/// Bytes handed to the kernel at once.
const PIECE: usize = 256 * 1024;
/// Bytes after which the file is synced: many at once would hold up the segments.
const SYNC_BYTES: u64 = 8 * 1024 * 1024;

/// Unfinished, it leaves no file.
pub struct Writer {
    file: File,
    path: PathBuf,
    id: u64,
    level: u8,
    fences: Fences,
    filter: Filter,
    keys: u64,
    block: Vec<u8>,
    /// Frames that are not in the file yet.
    buffer: Vec<u8>,
    /// Of the file.
    length: u64,
    synced: u64,
    is_finished: bool,
}

impl Writer {
    /// `keys`: how many it will have at most.
    ///
    /// # Errors
    /// A full or failing disk; of the other functions, too.
    pub fn create(folder: &Path, id: u64, level: u8, keys: u64) -> Result<Writer, StoreError> {
        let path = run::path(folder, id);
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path);
        Ok(Writer {
            file: file.map_err(StoreError::io("cannot create", &path))?,
            path,
            id,
            level,
            fences: Fences::default(),
            filter: Filter::new(keys),
            keys: 0,
            block: Vec::with_capacity(2 * BLOCK_BYTES),
            buffer: HEADER.to_vec(),
            length: 0,
            synced: 0,
            is_finished: false,
        })
    }

    /// Adds a write; its key lies above those before.
    pub fn push(&mut self, write: WriteRef<'_>) -> Result<(), StoreError> {
        if self.block.is_empty() {
            self.fences.push(write.0, self.end());
        }
        self.filter.add(write.0);
        self.keys += 1;
        pairs::push(&mut self.block, write);
        if self.block.len() >= BLOCK_BYTES { self.end_block() } else { Ok(()) }
    }

    /// Bytes written so far.
    pub fn end(&self) -> u64 {
        self.length + self.buffer.len() as u64
    }

    /// Makes the run durable.
    pub fn finish(mut self) -> Result<Run, StoreError> {
        if !self.block.is_empty() {
            self.end_block()?;
        }
        let tail_at = self.end();
        let mut tail = Vec::new();
        let mut encoder = Encoder::new(&mut tail);
        self.fences.encode(&mut encoder);
        let _ = encoder.bytes(&self.filter.to_bytes());
        for piece in tail.chunks(TAIL_PIECE) {
            frame::write(Kind::Run, piece, &mut self.buffer);
        }
        self.buffer.extend_from_slice(&run::end_frame(self.keys, tail_at));
        self.write_out()?;
        self.sync()?;
        if let Some(folder) = self.path.parent() {
            sync_folder(folder)?;
        }
        self.is_finished = true;
        Ok(Run {
            id: self.id,
            level: self.level,
            path: self.path.clone(),
            file: self.file.try_clone().map_err(StoreError::io("cannot open", &self.path))?,
            keys: self.keys,
            fences: std::mem::take(&mut self.fences),
            filter: std::mem::replace(&mut self.filter, Filter::new(0)),
            tail: tail_at,
        })
    }

    fn end_block(&mut self) -> Result<(), StoreError> {
        frame::write(Kind::Run, &self.block, &mut self.buffer);
        self.block.clear();
        if self.buffer.len() < PIECE {
            return Ok(());
        }
        self.write_out()?;
        if self.length - self.synced >= SYNC_BYTES { self.sync() } else { Ok(()) }
    }

    fn write_out(&mut self) -> Result<(), StoreError> {
        let written = self.file.write_all(&self.buffer);
        written.map_err(StoreError::io("cannot write", &self.path))?;
        self.length += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        self.file.sync_data().map_err(StoreError::io("cannot sync", &self.path))?;
        self.synced = self.length;
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.is_finished
            && let Err(error) = fs::remove_file(&self.path)
        {
            warn!(%error, path = %self.path.display(), "cannot remove");
        }
    }
}
