//! What the index has in sled: what changes often, or is asked for by what lies before it.

use super::error::StoreError;
use super::guard::{self, Unopened};
use super::held::{Lookup, Pair, Pairs};
use super::pairs::WriteRef;
use super::segment::sync_folder;
use super::sled_folder::{self, SledFolder};
use super::{caught, keys, redo};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Writes of one batch: sled lets nobody in meanwhile.
const BATCH: usize = 256;

pub struct Disk {
    tree: sled::Tree,
    db: sled::Db,
    /// Dropped after sled, which has it open.
    folder: SledFolder,
    /// Of the index.
    pub path: PathBuf,
    cache_bytes: u64,
}

impl Disk {
    /// With what a crash kept from being written.
    pub fn open(index: &Path, cache_bytes: u64) -> Result<Disk, Unopened> {
        if sled_folder::is_old(index) {
            return Err(Unopened::Foreign);
        }
        let current = SledFolder::current(index).map_err(Unopened::of)?;
        let folder = current.map_or_else(|| SledFolder::first(index), Ok).map_err(Unopened::of)?;
        let disk = Disk::in_folder(index, folder, cache_bytes)?;
        // Whoever wrote it may have crashed before: an older list of runs, or older writes to
        // come, that a power cut brings back would undo what is built upon these.
        disk.sync().and_then(|()| sync_folder(index)).map_err(Unopened::of)?;
        let unwritten = redo::read(index).map_err(Unopened::Damaged)?;
        if !unwritten.is_empty() {
            let writes = unwritten.iter().map(|(key, value)| (key.as_slice(), value.as_deref()));
            let written = disk.apply(&writes.collect::<Vec<_>>());
            written.and_then(|()| redo::remove(index)).map_err(Unopened::of)?;
        }
        Ok(disk)
    }

    fn in_folder(index: &Path, folder: SledFolder, cache_bytes: u64) -> Result<Disk, Unopened> {
        if folder.has_lost_snapshot() {
            return Err(Unopened::Damaged("sled's snapshot is gone".to_owned()));
        }
        let (db, tree) = guard::open(&folder.path, cache_bytes)?;
        folder.note_snapshot().map_err(Unopened::of)?;
        Ok(Disk { tree, db, folder, path: index.to_owned(), cache_bytes })
    }

    /// An empty one, to be filled with a copy of all; it removes itself where that is given up.
    ///
    /// # Errors
    /// A full or failing disk.
    pub fn create_next(&self) -> Result<Disk, StoreError> {
        let folder = self.folder.next(&self.path)?;
        folder.retire();
        let next = Disk::in_folder(&self.path, folder, self.cache_bytes);
        next.map_err(|why| why.into_error(&self.path))
    }

    /// In the place of the one that it was created for, which goes when nobody uses it any more.
    ///
    /// # Errors
    /// A full or failing disk; the other one counts then.
    pub fn replace(self, replaced: &Disk) -> Result<Disk, StoreError> {
        self.sync()?;
        self.folder.mark_whole()?;
        self.folder.keep();
        replaced.folder.retire();
        Ok(self)
    }

    /// What sled's files take.
    pub fn bytes(&self) -> u64 {
        self.folder.bytes()
    }

    /// What they took when they were new; 0 where nobody knows.
    pub fn bytes_when_new(&self) -> u64 {
        self.folder.bytes_when_new()
    }

    /// Writes durably, all or nothing.
    ///
    /// # Errors
    /// A full or failing disk. Then the same may be written again, with more.
    pub fn write(&self, writes: &[WriteRef<'_>]) -> Result<(), StoreError> {
        redo::write(&self.path, writes)?;
        self.apply(writes)?;
        redo::remove(&self.path)
    }

    /// A single write durably; several, until a crash.
    pub fn apply(&self, writes: &[WriteRef<'_>]) -> Result<(), StoreError> {
        self.put(writes)?;
        self.sync()
    }

    /// Not durably.
    pub fn put(&self, writes: &[WriteRef<'_>]) -> Result<(), StoreError> {
        for writes in writes.chunks(BATCH) {
            let mut batch = sled::Batch::default();
            for (key, value) in writes {
                match value {
                    Some(value) => batch.insert(*key, *value),
                    None => batch.remove(*key),
                }
            }
            caught::call(&self.path, || self.tree.apply_batch(batch))?;
        }
        Ok(())
    }

    /// Makes what sled has durable. Its own flush leaves its files to the kernel: the log, and
    /// values of more than 128 KiB, which are files of their own.
    fn sync(&self) -> Result<(), StoreError> {
        caught::call(&self.path, || self.db.flush())?;
        let large = self.folder.path.join("blobs");
        let names = fs::read_dir(&large).map_err(StoreError::io("cannot list", &large))?;
        for name in names.flatten() {
            match sync_file(name.path()) {
                // One that sled has replaced meanwhile.
                Err(StoreError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {}
                synced => synced?,
            }
        }
        sync_folder(&large)?;
        sync_file(self.folder.path.join("conf"))?;
        sync_file(self.folder.path.join("db"))?;
        self.folder.note_snapshot()?;
        // Files that have come, also snapshots.
        sync_folder(&self.folder.path)
    }

    /// Pairs whose key begins with `prefix` and is not below `from`, in order. Which runs there
    /// are is no part of what the index holds.
    pub fn scan_from(self: &Arc<Self>, prefix: &[u8], from: &[u8]) -> Pairs<'static> {
        let disk = self.clone();
        let mut pairs = within(self.all_from(from.max(prefix)), prefix);
        Box::new(std::iter::from_fn(move || {
            // Its files stay for as long as they are read.
            let _in_use = &disk;
            pairs.next()
        }))
    }

    /// All pairs from a key on.
    pub fn all_from(&self, from: &[u8]) -> impl Iterator<Item = Result<Pair, StoreError>> + use<> {
        let pairs = caught::each(&self.path, self.tree.range::<Vec<u8>, _>(from.to_vec()..));
        pairs.map(|pair| pair.map(owned))
    }
}

impl Lookup for Disk {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let value = caught::call(&self.path, || self.tree.get(key))?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn last_between(
        &self,
        from: Bound<&[u8]>,
        upto: Bound<&[u8]>,
    ) -> Result<Option<Pair>, StoreError> {
        let last = || self.tree.range::<&[u8], _>((from, upto)).next_back().transpose();
        caught::call(&self.path, last).map(|last| last.map(owned))
    }

    fn scan(&self, prefix: &[u8]) -> Pairs<'_> {
        Box::new(within(self.all_from(prefix), prefix))
    }
}

fn within<I: Iterator<Item = Result<Pair, StoreError>>>(
    pairs: I,
    prefix: &[u8],
) -> impl Iterator<Item = Result<Pair, StoreError>> + use<I> {
    let prefix = prefix.to_vec();
    let is_within = move |key: &[u8]| key.starts_with(&prefix);
    let pairs = pairs.take_while(move |pair| pair.as_ref().map_or(true, |(key, _)| is_within(key)));
    pairs.filter(|pair| pair.as_ref().map_or(true, |(key, _)| key != keys::RUNS))
}

fn sync_file(path: PathBuf) -> Result<(), StoreError> {
    let synced = File::open(&path).and_then(|opened| opened.sync_data());
    synced.map_err(StoreError::io("cannot sync", path))
}

fn owned((key, value): (sled::IVec, sled::IVec)) -> Pair {
    (key.to_vec(), value.to_vec())
}
