//! Segment files: append-only, checksummed, the truth that the index is made from.
//!
//! `segments/{first sequence, 16 hex digits}.seg`: a header, then frames. The bodies
//! of a report come before its commit; bodies without one do not count.

use super::error::StoreError;
use super::frame::{self, Kind};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

pub const HEADER: &[u8; 16] = b"countywire seg 1";

/// Where a frame lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, minicbor::Encode, minicbor::Decode)]
pub struct Location {
    #[n(0)]
    pub segment: u64,
    #[n(1)]
    pub offset: u64,
    /// Bytes, frame header included.
    #[n(2)]
    pub length: u32,
}

/// The open end of the newest segment.
pub struct Writer {
    folder: PathBuf,
    file: File,
    segment: u64,
    length: u64,
    buffer: Vec<u8>,
}

pub fn path(folder: &Path, segment: u64) -> PathBuf {
    folder.join(format!("{segment:016x}.seg"))
}

/// Ids of all segments, oldest first.
pub fn list(folder: &Path) -> Result<Vec<u64>, StoreError> {
    let names = fs::read_dir(folder).map_err(StoreError::io("cannot list", folder))?;
    let mut segments = Vec::new();
    for name in names {
        let name = name.map_err(StoreError::io("cannot list", folder))?.file_name();
        let id = name.to_str().and_then(|name| name.strip_suffix(".seg"));
        segments.extend(id.and_then(|id| u64::from_str_radix(id, 16).ok()));
    }
    segments.sort_unstable();
    Ok(segments)
}

/// The bytes at a place.
pub fn read(folder: &Path, at: Location) -> Result<Vec<u8>, StoreError> {
    let path = path(folder, at.segment);
    let mut bytes = vec![0; (at.length as usize).min(frame::LARGEST_PAYLOAD + frame::HEADER_BYTES)];
    let read = File::open(&path).and_then(|file| file.read_exact_at(&mut bytes, at.offset));
    read.map_err(StoreError::io("cannot read", &path))?;
    Ok(bytes)
}

impl Writer {
    /// Goes on after `length` bytes of `segment`; what lies beyond (a torn tail) is cut off.
    pub fn resume(folder: &Path, segment: u64, length: u64) -> Result<Writer, StoreError> {
        let path = path(folder, segment);
        let file = OpenOptions::new().read(true).write(true).open(&path);
        let file = file.map_err(StoreError::io("cannot open", &path))?;
        let on_disk = file.metadata().map_err(StoreError::io("cannot read", &path))?.len();
        if on_disk > length {
            file.set_len(length).map_err(StoreError::io("cannot cut the torn end of", &path))?;
        }
        // Who wrote it may have crashed before.
        file.sync_all().map_err(StoreError::io("cannot sync", &path))?;
        sync_folder(folder)?;
        Ok(Writer { folder: folder.to_owned(), file, segment, length, buffer: Vec::new() })
    }

    /// Begins a segment whose first report will be `sequence`.
    pub fn create(folder: &Path, sequence: u64) -> Result<Writer, StoreError> {
        let path = path(folder, sequence);
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path);
        let mut file = file.map_err(StoreError::io("cannot create", &path))?;
        file.write_all(HEADER).map_err(StoreError::io("cannot write", &path))?;
        file.sync_all().map_err(StoreError::io("cannot sync", &path))?;
        sync_folder(folder)?;
        let length = HEADER.len() as u64;
        Ok(Writer {
            folder: folder.to_owned(),
            file,
            segment: sequence,
            length,
            buffer: Vec::new(),
        })
    }

    /// Adds a frame to what the next [`Writer::sync`] writes.
    pub fn push(&mut self, kind: Kind, payload: &[u8]) -> Location {
        let offset = self.length + self.buffer.len() as u64;
        let length = frame::write(kind, payload, &mut self.buffer);
        Location { segment: self.segment, offset, length: length as u32 }
    }

    /// Bytes pushed since the last sync.
    pub fn unsynced(&self) -> u64 {
        self.buffer.len() as u64
    }

    /// Forgets what was pushed since the last sync.
    pub fn discard(&mut self) {
        self.buffer.clear();
    }

    /// Makes everything pushed durable. On an error nothing of it is kept.
    pub fn sync(&mut self) -> Result<(), StoreError> {
        let path = path(&self.folder, self.segment);
        let written = self
            .file
            .write_all_at(&self.buffer, self.length)
            .and_then(|()| self.file.sync_data())
            .map_err(StoreError::io("cannot write", &path));
        let pushed = self.buffer.len() as u64;
        self.buffer.clear();
        if self.buffer.capacity() > 4 * 1024 * 1024 {
            self.buffer = Vec::new();
        }
        if let Err(error) = written {
            // What was written of it has no commit that the index knows; cut it off.
            let _ = self.file.set_len(self.length);
            return Err(error);
        }
        self.length += pushed;
        Ok(())
    }

    /// Closes the segment, where there is anything in it, and begins the next with `sequence`.
    pub fn roll(&mut self, sequence: u64) -> Result<(), StoreError> {
        if self.length > HEADER.len() as u64 {
            *self = Writer::create(&self.folder, sequence)?;
        }
        Ok(())
    }

    /// What is written to, and where it was opened.
    pub fn file(&self) -> (PathBuf, &File) {
        (path(&self.folder, self.segment), &self.file)
    }

    /// Where the next frame will lie, as (segment, offset).
    pub fn end(&self) -> (u64, u64) {
        (self.segment, self.length)
    }
}

/// Makes a folder that survives a power cut, with those that lead to it.
pub fn create_folder(folder: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(folder).map_err(StoreError::io("cannot create", folder))?;
    for above in folder.ancestors().skip(1) {
        // Also what was there, for a crash may have come before its sync. What is not for us
        // to read we have not made.
        let _ = sync_folder(above);
    }
    Ok(())
}

/// Makes a created or renamed file survive a power cut.
pub fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let opened = File::open(folder).map_err(StoreError::io("cannot open", folder))?;
    opened.sync_all().map_err(StoreError::io("cannot sync", folder))
}
