//! The frames of a segment, one at a time.

use super::super::error::StoreError;
use super::super::frame::{self, Frame};
use super::super::scan::{Found, Scan};
use super::super::segment::{self, HEADER, Location};
use std::collections::BTreeMap;
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
    /// Where damaged bytes begin and end, from the first that were met on.
    damage: BTreeMap<u64, u64>,
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
        Ok(Frames {
            file,
            path,
            segment,
            offset,
            length,
            frame: Vec::new(),
            damage: BTreeMap::new(),
        })
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
        if !self.damage.contains_key(&begin) {
            self.damage = self.find_damage()?;
        }
        self.offset = self.damage.get(&begin).copied().unwrap_or(self.length);
        let sought = self.file.seek(SeekFrom::Start(self.offset));
        sought.map_err(StoreError::io("cannot read", &self.path))?;
        Ok(begin..self.offset)
    }

    /// From here on, in one go: each place alone would cost reading all that follows.
    fn find_damage(&mut self) -> Result<BTreeMap<u64, u64>, StoreError> {
        let mut rest = Vec::new();
        let read = self.file.seek(SeekFrom::Start(self.offset)).and_then(|_| {
            let left = self.length - self.offset;
            self.file.by_ref().take(left).read_to_end(&mut rest)
        });
        read.map_err(StoreError::io("cannot read", &self.path))?;
        let damage = Scan::new(&rest, 0).filter_map(|found| match found {
            Found::Damage { at, end, .. } => Some((at, end)),
            Found::Unfinished { at } => Some((at, rest.len())),
            Found::Frame { .. } => None,
        });
        let in_file = |at: usize| self.offset + at as u64;
        Ok(damage.map(|(at, end)| (in_file(at), in_file(end))).collect())
    }

    pub fn segment(&self) -> u64 {
        self.segment
    }

    /// The bytes of the frame that was read last.
    pub fn last(&self) -> &[u8] {
        &self.frame
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::frame::Kind;
    use super::*;

    /// Reading all that follows at each of them would take 16 GiB.
    #[test]
    fn damage_at_many_places_costs_no_hours() {
        let count = 1 << 14;
        let mut bytes = HEADER.to_vec();
        for _ in 0..count {
            frame::write(Kind::Entry, &[7; 64], &mut bytes);
            bytes.extend_from_slice(&[0; 50]);
        }
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(segment::path(folder.path(), 1), &bytes).expect("written");
        let mut frames = Frames::open(folder.path(), 1).expect("opened");
        let (mut sound, mut damaged) = (0, 0);
        loop {
            match frames.read_next() {
                Ok(Some(_)) => sound += 1,
                Ok(None) => break,
                Err(_) => {
                    let range = frames.skip_damage().expect("read");
                    assert_eq!(range.end - range.start, 50);
                    damaged += 1;
                }
            }
        }
        assert_eq!((sound, damaged), (count, count));
        assert_eq!(frames.damage.len(), count, "found in one go");
    }
}
