//! Making one run of several, a piece at a time.

use super::cursor::Newest;
use super::run::Run;
use super::writer::Writer;
use crate::store::error::StoreError;
use std::path::Path;
use std::sync::Arc;

/// Bytes written in one step.
const STEP_BYTES: u64 = 1024 * 1024;

pub struct Merge {
    /// What is merged.
    pub inputs: Vec<Arc<Run>>,
    writes: Newest,
    writer: Writer,
    /// Nothing lies below: what is deleted needs no mark.
    is_lowest: bool,
}

impl Merge {
    /// `inputs`: newest first, one after the other in the list; `is_lowest`: the oldest run is
    /// among them.
    ///
    /// # Errors
    /// A full or failing disk, a damaged block; of the other functions, too.
    pub fn new(
        folder: &Path,
        id: u64,
        inputs: Vec<Arc<Run>>,
        is_lowest: bool,
    ) -> Result<Merge, StoreError> {
        let keys = inputs.iter().map(|run| run.keys).sum();
        let level = inputs.iter().map(|run| run.level).max().unwrap_or(0).saturating_add(1);
        let writes = Newest::new(inputs.iter().cloned(), &[])?;
        Ok(Merge { writes, writer: Writer::create(folder, id, level, keys)?, inputs, is_lowest })
    }

    /// Goes on for a while. Returns: whether all is written.
    pub fn step(&mut self) -> Result<bool, StoreError> {
        let end = self.writer.end() + STEP_BYTES;
        while let Some(write) = self.writes.write() {
            if self.writer.end() >= end {
                return Ok(false);
            }
            if write.1.is_some() || !self.is_lowest {
                self.writer.push(write)?;
            }
            self.writes.advance()?;
        }
        Ok(true)
    }

    pub fn finish(self) -> Result<Run, StoreError> {
        self.writer.finish()
    }
}
