//! What a store holds and takes.

use super::error::StoreError;
use super::{Store, aside, beside, segment};
use std::fs;
use std::path::Path;

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Stats {
    pub entries: u64,
    /// Told by more than one entry, reprints not counted.
    pub stories: u64,
    /// That were ever polled.
    pub sources: u64,
    /// Of the last report that was kept.
    pub sequence: u64,
    pub segments: usize,
    pub segment_bytes: u64,
    pub index_bytes: u64,
    /// Of the index of search, which counts with the others.
    pub search_bytes: u64,
    /// Of damaged indexes that were set aside.
    pub set_aside_bytes: u64,
}

impl Store {
    /// # Errors
    /// The disk or the index fails.
    pub fn stats(&self) -> Result<Stats, StoreError> {
        let position = self.reader.position()?;
        let mut sources = 0;
        self.reader.each_state(|_, state| sources += u64::from(state.became().is_none()))?;
        let segments = self.folder.join("segments");
        let paths = segment::list(&segments)?.into_iter().map(|id| segment::path(&segments, id));
        let paths: Vec<_> = paths.collect();
        Ok(Stats {
            entries: position.entries,
            stories: self.stories()?,
            sources,
            sequence: position.sequence,
            segments: paths.len(),
            segment_bytes: paths.iter().map(|path| bytes_of(path)).sum(),
            index_bytes: bytes_below(&self.folder.join("index")),
            search_bytes: beside::bytes(&self.folder),
            set_aside_bytes: aside::bytes(&self.folder),
        })
    }
}

pub fn bytes_below(folder: &Path) -> u64 {
    let Ok(names) = fs::read_dir(folder) else { return 0 };
    names.flatten().map(|name| bytes_of(&name.path())).sum()
}

/// Of a file, or of all files in a folder.
fn bytes_of(path: &Path) -> u64 {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => bytes_below(path),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    }
}
