//! A segment in the making: what is live, without the commits that it came with.

use super::super::bodies::Compressor;
use super::super::error::StoreError;
use super::super::frame::{self, Kind};
use super::super::packed;
use super::super::record::{CommitRecord, KeptRecord};
use super::super::segment::{self, HEADER, sync_folder};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Bytes of entries after which they are made to count, so that replaying holds few.
const MARK_BYTES: u64 = 1024 * 1024;

pub struct Writing {
    folder: PathBuf,
    id: u64,
    file: Unfinished,
    out: BufWriter<File>,
    bytes: u64,
    unmarked: u64,
    compressor: Compressor,
}

impl Writing {
    /// `replaces`: the segments that it will stand for. `from`: the first sequence that it may
    /// hold.
    ///
    /// # Errors
    /// The disk fails, here and below.
    pub fn begin(
        folder: &Path,
        id: u64,
        replaces: Vec<u64>,
        from: u64,
    ) -> Result<Writing, StoreError> {
        let path = segment::path(folder, id).with_extension("part");
        let out = File::create(&path).map_err(StoreError::io("cannot create", &path))?;
        let mut writing = Writing {
            folder: folder.to_owned(),
            id,
            file: Unfinished(path),
            out: BufWriter::with_capacity(256 * 1024, out),
            bytes: 0,
            unmarked: 0,
            compressor: Compressor::default(),
        };
        writing.write(HEADER)?;
        writing.keep(&KeptRecord { replaces, from, ..KeptRecord::default() })?;
        Ok(writing)
    }

    pub fn id(&self) -> u64 {
        self.id
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds an entry's frame.
    pub fn entry(&mut self, header: &[u8], payload: &[u8]) -> Result<(), StoreError> {
        self.write(header)?;
        self.write(payload)?;
        self.unmarked += (header.len() + payload.len()) as u64;
        if self.unmarked >= MARK_BYTES { self.mark() } else { Ok(()) }
    }

    /// A commit that is kept for its source's state.
    pub fn commit(&mut self, commit: &CommitRecord) -> Result<(), StoreError> {
        self.mark()?;
        let payload = packed::encode(commit, &mut self.compressor);
        self.frame(Kind::Commit, &payload)
    }

    /// Makes the entries count that were written since the last time, and tells what else is
    /// kept.
    pub fn keep(&mut self, kept: &KeptRecord) -> Result<(), StoreError> {
        self.unmarked = 0;
        let payload = packed::encode(kept, &mut self.compressor);
        self.frame(Kind::Kept, &payload)
    }

    /// Makes it a segment.
    pub fn end(self) -> Result<(), StoreError> {
        let path = &self.file.0;
        let out = self.out.into_inner().map_err(|error| error.into_error());
        let written = out.and_then(|out| out.sync_all());
        written.map_err(StoreError::io("cannot write", path))?;
        fs::rename(path, segment::path(&self.folder, self.id))
            .map_err(StoreError::io("cannot rename", path))?;
        sync_folder(&self.folder)
    }

    fn mark(&mut self) -> Result<(), StoreError> {
        if self.unmarked > 0 { self.keep(&KeptRecord::default()) } else { Ok(()) }
    }

    fn frame(&mut self, kind: Kind, payload: &[u8]) -> Result<(), StoreError> {
        self.write(&frame::header(kind, payload))?;
        self.write(payload)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.bytes += bytes.len() as u64;
        self.out.write_all(bytes).map_err(StoreError::io("cannot write", &self.file.0))
    }
}

/// What a segment is called until it is whole, and renamed. Goes with who writes it.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
