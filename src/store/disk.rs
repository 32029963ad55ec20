//! What the index has in sled: what changes often, or is asked for by what lies before it.

use super::error::StoreError;
use super::guard::{self, Unopened};
use super::held::{Lookup, Pair, Pairs};
use super::pairs::WriteRef;
use super::segment::sync_folder;
use super::{keys, redo};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::ops::Bound;
use std::path::{Path, PathBuf};

/// Writes of one batch: sled lets nobody in meanwhile.
const BATCH: usize = 256;

pub struct Disk {
    tree: sled::Tree,
    db: sled::Db,
    pub path: PathBuf,
}

impl Disk {
    /// With what a crash kept from being written.
    pub fn open(folder: &Path, cache_bytes: u64) -> Result<Disk, Unopened> {
        let (db, tree) = guard::open(folder, cache_bytes)?;
        let disk = Disk { tree, db, path: folder.to_owned() };
        let unwritten = redo::read(folder).map_err(Unopened::Damaged)?;
        if !unwritten.is_empty() {
            let writes = unwritten.iter().map(|(key, value)| (key.as_slice(), value.as_deref()));
            let written = disk.apply(&writes.collect::<Vec<_>>());
            written.and_then(|()| redo::remove(folder)).map_err(Unopened::of)?;
        }
        Ok(disk)
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
        for writes in writes.chunks(BATCH) {
            let mut batch = sled::Batch::default();
            for (key, value) in writes {
                match value {
                    Some(value) => batch.insert(*key, *value),
                    None => batch.remove(*key),
                }
            }
            self.tree.apply_batch(batch)?;
        }
        self.sync()
    }

    /// Makes what sled has durable. Its own flush leaves its files to the kernel: the log, and
    /// values of more than 128 KiB, which are files of their own.
    fn sync(&self) -> Result<(), StoreError> {
        self.db.flush()?;
        let large = self.path.join("blobs");
        let names = fs::read_dir(&large).map_err(StoreError::io("cannot list", &large))?;
        for name in names.flatten() {
            match sync_file(name.path()) {
                // One that sled has replaced meanwhile.
                Err(StoreError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {}
                synced => synced?,
            }
        }
        sync_folder(&large)?;
        sync_file(self.path.join("conf"))?;
        sync_file(self.path.join("db"))
    }

    /// Pairs whose key begins with `prefix` and is not below `from`, in order. Which runs there
    /// are is no part of what the index holds.
    pub fn scan_from(&self, prefix: &[u8], from: &[u8]) -> Pairs<'static> {
        let range = from.max(prefix).to_vec()..;
        let prefix = prefix.to_vec();
        let pairs = self.tree.range::<Vec<u8>, _>(range).map(pair);
        let pairs = pairs.take_while(move |pair: &Result<Pair, StoreError>| {
            pair.as_ref().map_or(true, |(key, _)| key.starts_with(&prefix))
        });
        Box::new(pairs.filter(|pair| pair.as_ref().map_or(true, |(key, _)| key != keys::RUNS)))
    }
}

impl Lookup for Disk {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.tree.get(key)?.map(|value| value.to_vec()))
    }

    fn last_between(
        &self,
        from: Bound<&[u8]>,
        upto: Bound<&[u8]>,
    ) -> Result<Option<Pair>, StoreError> {
        self.tree.range::<&[u8], _>((from, upto)).next_back().map(pair).transpose()
    }

    fn scan(&self, prefix: &[u8]) -> Pairs<'_> {
        self.scan_from(prefix, prefix)
    }
}

fn sync_file(path: PathBuf) -> Result<(), StoreError> {
    let synced = File::open(&path).and_then(|opened| opened.sync_data());
    synced.map_err(StoreError::io("cannot sync", path))
}

fn pair(pair: sled::Result<(sled::IVec, sled::IVec)>) -> Result<Pair, StoreError> {
    let (key, value) = pair?;
    Ok((key.to_vec(), value.to_vec()))
}
