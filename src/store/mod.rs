//! What countywire has said it holds, it holds.
//!
//! Segment files are the truth, sled and runs an index that can be remade from them. Order
//! of a commit: bodies and commit records, sync, acknowledge. The index follows.
//! Nothing outside this module names sled.

mod alterations;
mod altered;
mod apply;
mod archive;
mod arrivals;
mod aside;
mod backup;
pub mod beside;
mod birth;
mod bodies;
mod caught;
mod commit;
mod compare;
mod disk;
pub mod door;
mod draft;
mod error;
mod exchange;
mod frame;
mod guard;
mod heads;
mod held;
mod history;
mod hits;
mod hot;
mod index;
mod keys;
mod lacking;
mod layers;
mod lives;
mod lock;
mod loss;
mod marker;
mod names;
mod open;
mod orders;
mod packed;
mod pairs;
mod posting_list;
mod postings;
mod prepare;
mod prints;
mod read;
mod rebuild;
mod recent;
mod recognise;
mod record;
mod redo;
mod rename;
mod renewal;
mod replay;
mod retention;
mod rewrite;
mod room;
mod runs;
mod scan;
mod segment;
mod settler;
mod sift;
mod since;
mod sled_folder;
mod sources;
mod state;
mod stats;
mod story;
mod take_down;
mod taken_down;
mod telling;
#[cfg(test)]
mod tests;
mod tombstone;
mod torn;
mod untold;
mod verify;
mod worker;

pub use altered::Changed;
pub use arrivals::{Arrival, Arrivals};
pub use backup::{backup, restore};
pub use birth::is_within;
pub use commit::{Applied, Numbered};
pub use error::StoreError;
pub use exchange::{Exported, import};
pub use history::{History, POLLS};
pub use lacking::Lacking;
pub use lock::{Lock, is_in_use};
pub use marker::mend as mend_marker;
pub use open::Settings;
pub use prepare::{Prepared, PreparedEntry};
pub use read::{Editions, EntryVersion, Listing, PRINTS, Reader};
pub use rebuild::rebuild;
pub use record::{ChannelRecord, PositionRecord};
pub use rename::Renamed;
pub use replay::{Damage, Progress};
pub use sift::{Sifted, Sifting};
pub use stats::Stats;
pub use story::MATES;
pub use taken_down::TakenDown;
pub use verify::{Fault, Verified, verify_lost};

use crate::model::ChannelKey;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The writing end; one per process and folder.
pub struct Store {
    folder: PathBuf,
    segments: segment::Writer,
    reader: Reader,
    compressor: bodies::Compressor,
    lock: Arc<lock::Lock>,
    index_folder: File,
    segment_bytes: u64,
    upkeep: retention::Upkeep,
    /// Of which who places entries has not heard.
    departures: recent::Departures,
    /// Who hears of changes.
    hearer: Option<Hearer>,
}

/// Takes the channels that a commit or an order has changed, once that is durable and readers see
/// it. The writer waits for it.
pub type Hearer = Box<dyn Fn(&[ChannelKey]) + Send>;

impl Store {
    /// From now on `hearer` is told of changes.
    pub fn tell(&mut self, hearer: Hearer) {
        self.hearer = Some(hearer);
    }

    /// Has a group of changes count, and told.
    fn publish(&self, changes: apply::Changes<'_>, since: u64) {
        let changed = match &self.hearer {
            Some(_) => changes.changed_since(since),
            None => Vec::new(),
        };
        self.reader.index.hold(changes.into_writes());
        if let Some(hearer) = self.hearer.as_ref().filter(|_| !changed.is_empty()) {
            hearer(&changed);
        }
    }

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

    /// Waits until the index is as small as a thorough order has it made.
    ///
    /// # Errors
    /// As [`Store::settle`].
    pub fn rest(&self) -> Result<(), StoreError> {
        self.settle()?;
        self.reader.index.rest();
        Ok(())
    }

    /// Whether a report would be kept now.
    ///
    /// # Errors
    /// A full or failing disk, a folder that is another meanwhile.
    pub fn check(&self) -> Result<(), StoreError> {
        self.check_room()?;
        let path = self.folder.join(lock::NAME);
        self.lock.write().map_err(StoreError::io("cannot write", path))?;
        room::reserve(&self.folder);
        Ok(())
    }

    /// Cheap: before each commit.
    fn check_room(&self) -> Result<(), StoreError> {
        self.check_ours()?;
        room::check(&self.folder, 0)
    }

    /// Whether the folder is the one that was opened, and what is written to lies in it: what
    /// was deleted takes writes as before, and is gone with this process.
    fn check_ours(&self) -> Result<(), StoreError> {
        let (path, segment) = self.segments.file();
        let index = self.folder.join("index");
        let opened = [
            (self.folder.join(lock::NAME), self.lock.file()),
            (path, segment),
            (index, &self.index_folder),
        ];
        match opened.into_iter().find(|(path, file)| !lies_at(file, path)) {
            Some((path, _)) => Err(StoreError::Replaced { path }),
            None => Ok(()),
        }
    }
}

fn lies_at(file: &File, path: &Path) -> bool {
    let found = fs::metadata(path).and_then(|found| Ok((found, file.metadata()?)));
    found.is_ok_and(|(found, own)| (found.dev(), found.ino()) == (own.dev(), own.ino()))
}
