//! The frames of a segment, one at a time.

use super::super::error::StoreError;
use super::super::frame::{self, Frame};
use super::super::scan::{Found, Scan};
use super::super::segment::{self, HEADER, Location};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

pub struct Frames {
    file: BufReader<File>,
    path: PathBuf,
    segment: u64,
    offset: u64,
    length: u64,
    frame: Vec<u8>,
}

impl Frames {
    /// # Errors
    /// When the segment cannot be read.
    pub fn open(folder: &Path, segment: u64) -> Result<Frames, StoreError> {
        let path = segment::path(folder, segment);
        let opened = File::open(&path).and_then(|file| {
            let length = file.metadata()?.len();
            let mut file = BufReader::with_capacity(128 * 1024, file);
            let mut header = [0; HEADER.len()];
            let header = &mut header[..HEADER.len().min(length as usize)];
            file.read_exact(header)?;
            Ok((file, length, header.len() as u64))
        });
        let (file, length, offset) = opened.map_err(StoreError::io("cannot read", &path))?;
        Ok(Frames { file, path, segment, offset, length, frame: Vec::new() })
    }

    /// The next frame, and where it lies; `None` at the end.
    ///
    /// # Errors
    /// The disk fails, or something there is damaged, which may be stepped over.
    pub fn read_next(&mut self) -> Result<Option<(Frame<'_>, Location)>, StoreError> {
        if self.offset == self.length {
            return Ok(None);
        }
        let damaged = |problem: &str| StoreError::Damaged {
            path: self.path.clone(),
            offset: self.offset,
            problem: problem.to_owned(),
        };
        let left = self.length - self.offset;
        self.frame.resize(frame::HEADER_BYTES, 0);
        if left < self.frame.len() as u64 {
            return Err(damaged("the frame header is cut off"));
        }
        let cannot = || StoreError::io("cannot read", &self.path);
        self.file.read_exact(&mut self.frame).map_err(cannot())?;
        let length = frame::length(&self.frame).filter(|length| *length as u64 <= left);
        let length = length.ok_or_else(|| damaged("no frame that ends in the segment"))?;
        self.frame.resize(length, 0);
        self.file.read_exact(&mut self.frame[frame::HEADER_BYTES..]).map_err(cannot())?;
        let (frame, _) = frame::read(&self.frame).map_err(damaged)?;
        let at = Location { segment: self.segment, offset: self.offset, length: length as u32 };
        self.offset += length as u64;
        Ok(Some((frame, at)))
    }

    /// Steps over what [`Frames::read_next`] has found damaged; where that lies.
    ///
    /// # Errors
    /// The disk fails.
    pub fn skip_damage(&mut self) -> Result<Range<u64>, StoreError> {
        let begin = self.offset;
        let mut rest = Vec::new();
        let read = self.file.seek(SeekFrom::Start(begin)).and_then(|_| {
            let left = self.length - begin;
            self.file.by_ref().take(left).read_to_end(&mut rest)
        });
        read.map_err(StoreError::io("cannot read", &self.path))?;
        self.offset = match Scan::new(&rest, 0).next() {
            Some(Found::Damage { end, .. }) => begin + end as u64,
            _ => self.length,
        };
        let sought = self.file.seek(SeekFrom::Start(self.offset));
        sought.map_err(StoreError::io("cannot read", &self.path))?;
        Ok(begin..self.offset)
    }

    pub fn segment(&self) -> u64 {
        self.segment
    }

    /// The bytes of the frame that was read last.
    pub fn last(&self) -> &[u8] {
        &self.frame
    }
}
