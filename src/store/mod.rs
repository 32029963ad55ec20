//! What countywire has said it holds, it holds.
//!
//! Segment files are the truth, sled is an index that can be remade from them. Order
//! of a commit: bodies and commit records, sync, acknowledge. The index follows.
//! Nothing outside this module names sled.

mod apply;
mod bodies;
mod commit;
pub mod door;
mod draft;
mod error;
mod frame;
mod guard;
mod held;
mod history;
mod index;
mod keys;
mod marker;
mod open;
mod postings;
mod read;
mod recognise;
mod record;
mod redo;
mod scan;
mod segment;
mod state;
#[cfg(test)]
mod tests;

pub use commit::{Applied, Numbered, Place};
pub use error::StoreError;
pub use history::{History, POLLS};
pub use open::{Progress, Settings};
pub use read::{Editions, EntryVersion, Listing, PRINTS, Reader};
pub use record::{ChannelRecord, PositionRecord};

use std::fs::File;
use std::path::PathBuf;

/// The writing end; one per process and folder.
pub struct Store {
    folder: PathBuf,
    segments: segment::Writer,
    reader: Reader,
    compressor: bodies::Compressor,
    _lock: File,
}

/// Free bytes below which nothing is written: sled cannot even open on a full disk.
const FREE_FLOOR_BYTES: u64 = 64 * 1024 * 1024;

impl Store {
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// Writes what is held in memory for the index.
    ///
    /// # Errors
    /// A full or failing disk. Nothing is lost: the segments have it.
    pub fn settle(&self) -> Result<(), StoreError> {
        self.reader.index.settle()
    }

    fn check_free_space(&self) -> Result<(), StoreError> {
        let stats = rustix::fs::statvfs(&self.folder).map_err(|errno| {
            StoreError::io("cannot ask for free space of", &self.folder)(errno.into())
        })?;
        let free_bytes = stats.f_bavail.saturating_mul(stats.f_frsize);
        if free_bytes < FREE_FLOOR_BYTES {
            let path = self.folder.clone();
            return Err(StoreError::DiskFull { path, free_bytes, floor_bytes: FREE_FLOOR_BYTES });
        }
        Ok(())
    }
}
