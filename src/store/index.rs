//! The index: one tree of sled, and in memory what has not been written there yet.
//!
//! The segments have all of it, so writes wait until they are many: what changes often, as the
//! heads of large channels, is then written once. They reach sled in batches that keep no
//! reader waiting, by way of a file that has them all: after a crash between two batches they
//! are written again.

use super::error::StoreError;
use super::guard::{self, Unopened};
use super::held::{Held, Lookup, Pair, Pairs, Write, merged};
use super::redo;
use super::segment::sync_folder;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock, RwLockReadGuard};
use tracing::warn;

/// Memory that writes take, at most, before they go to sled.
const HELD_BYTES: usize = 4 * 1024 * 1024;
/// Writes of one batch: sled lets nobody in meanwhile.
const BATCH: usize = 256;

#[derive(Clone)]
pub struct Index {
    disk: Disk,
    db: sled::Db,
    path: PathBuf,
    held: Arc<RwLock<Held>>,
}

/// What sled has.
#[derive(Clone)]
struct Disk(sled::Tree);

impl Index {
    /// Opens or creates. What cannot be opened is set aside, and the second value is
    /// true: the index is empty and must be remade.
    pub fn open(folder: &Path, cache_bytes: u64) -> Result<(Index, bool), StoreError> {
        let existed = folder.join("db").exists();
        guard::remove_half_written_snapshots(folder);
        match Index::open_whole(folder, cache_bytes) {
            Ok(index) => Ok((index, !existed)),
            Err(Unopened::Trouble(error)) => Err(error),
            Err(Unopened::Damaged(problem)) if existed => {
                // Without its snapshot sled may open, and silently lack what it cannot read.
                warn!(error = problem, "the index cannot be opened; remaking it");
                guard::set_aside(folder)?;
                Ok((Index::open_new(folder, cache_bytes)?, true))
            }
            Err(why) => Err(why.into_error(folder)),
        }
    }

    /// Closes the index, sets its files aside and begins an empty one.
    pub fn start_over(self, cache_bytes: u64) -> Result<Index, StoreError> {
        let path = self.path.clone();
        drop(self);
        guard::set_aside(&path)?;
        Index::open_new(&path, cache_bytes)
    }

    fn open_new(folder: &Path, cache_bytes: u64) -> Result<Index, StoreError> {
        Index::open_whole(folder, cache_bytes).map_err(|why| why.into_error(folder))
    }

    /// With what a crash kept from being written.
    fn open_whole(folder: &Path, cache_bytes: u64) -> Result<Index, Unopened> {
        let (db, tree) = guard::open(folder, cache_bytes)?;
        let (disk, path) = (Disk(tree), folder.to_owned());
        let index = Index { disk, db, path, held: Arc::default() };
        let unwritten = redo::read(folder).map_err(Unopened::Damaged)?;
        if !unwritten.is_empty() {
            index.hold(unwritten);
            index.settle().map_err(|error| match error {
                StoreError::Index(error) => Unopened::of(error),
                error => Unopened::Trouble(error),
            })?;
        }
        Ok(index)
    }

    /// Keeps writes in memory for now; they are read as if they were written.
    pub fn hold(&self, writes: impl IntoIterator<Item = Write>) {
        let mut held = self.held.write().expect("no holder panics");
        writes.into_iter().for_each(|write| held.write(write));
    }

    /// Memory that writes take which are held.
    pub fn held_bytes(&self) -> usize {
        self.held().bytes()
    }

    /// Settles when much is held.
    ///
    /// # Errors
    /// As [`Index::settle`].
    pub fn settle_if_much(&self) -> Result<(), StoreError> {
        if self.held_bytes() < HELD_BYTES { Ok(()) } else { self.settle() }
    }

    /// Writes what is held to sled, durably. For the one that holds writes.
    ///
    /// # Errors
    /// A full or failing disk. What is held stays so, and the next call writes it.
    pub fn settle(&self) -> Result<(), StoreError> {
        {
            let held = self.held();
            if held.len() == 0 {
                return Ok(());
            }
            let writes = held.sorted();
            redo::write(&self.path, &writes)?;
            for writes in writes.chunks(BATCH) {
                let mut batch = sled::Batch::default();
                for (key, value) in writes {
                    match value {
                        Some(value) => batch.insert(*key, *value),
                        None => batch.remove(*key),
                    }
                }
                self.disk.0.apply_batch(batch)?;
            }
            self.sync()?;
            redo::remove(&self.path)?;
        }
        self.held.write().expect("no holder panics").clear();
        Ok(())
    }

    /// Writes one pair past everything, as damage would.
    #[cfg(test)]
    pub fn put_now(&self, key: &[u8], value: Vec<u8>) -> Result<(), StoreError> {
        self.disk.0.insert(key, value)?;
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

    /// Pairs whose key begins with `prefix` and is above `after`, in order.
    pub fn scan_after(&self, prefix: &'static [u8], after: &[u8]) -> Pairs<'static> {
        let mut held = self.held().under(prefix);
        held.retain(|(key, _)| key.as_slice() > after);
        let range = (Bound::Excluded(after.to_vec()), Bound::Unbounded);
        let pairs = self.disk.0.range::<Vec<u8>, _>(range).map(pair);
        let pairs = pairs.take_while(move |pair: &Result<Pair, StoreError>| {
            pair.as_ref().map_or(true, |(key, _)| key.starts_with(prefix))
        });
        merged(held, Box::new(pairs))
    }

    fn held(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().expect("no holder panics")
    }
}

fn sync_file(path: PathBuf) -> Result<(), StoreError> {
    let synced = File::open(&path).and_then(|opened| opened.sync_data());
    synced.map_err(StoreError::io("cannot sync", path))
}

impl Lookup for Index {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.held().get(&self.disk, key)
    }

    fn last_between(
        &self,
        from: Bound<&[u8]>,
        upto: Bound<&[u8]>,
    ) -> Result<Option<Pair>, StoreError> {
        self.held().last_between(&self.disk, from, upto)
    }

    fn scan(&self, prefix: &[u8]) -> Pairs<'_> {
        let held = self.held().under(prefix);
        merged(held, self.disk.scan(prefix))
    }
}

impl Lookup for Disk {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.get(key)?.map(|value| value.to_vec()))
    }

    fn last_between(
        &self,
        from: Bound<&[u8]>,
        upto: Bound<&[u8]>,
    ) -> Result<Option<Pair>, StoreError> {
        self.0.range::<&[u8], _>((from, upto)).next_back().map(pair).transpose()
    }

    fn scan(&self, prefix: &[u8]) -> Pairs<'_> {
        Box::new(self.0.scan_prefix(prefix).map(pair))
    }
}

fn pair(pair: sled::Result<(sled::IVec, sled::IVec)>) -> Result<Pair, StoreError> {
    let (key, value) = pair?;
    Ok((key.to_vec(), value.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::super::draft::Draft;
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn drafts_and_what_is_held_look_as_the_index_will() {
        let folder = tempfile::tempdir().expect("a folder");
        let (index, _) = Index::open(folder.path(), 1 << 20).expect("an index");
        let mut expected = BTreeMap::new();
        let mut random = 7u32;
        for round in 0..30 {
            let mut draft = Draft::new(&index);
            for _ in 0..60 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let kind = if random & 64 == 0 { b'c' } else { b's' };
                let key = vec![kind, (random >> 24) as u8 % 40];
                if random >> 16 & 1 == 0 {
                    draft.delete(key.clone());
                    expected.remove(&key);
                } else {
                    draft.put(key.clone(), random.to_be_bytes().to_vec());
                    expected.insert(key.clone(), random.to_be_bytes().to_vec());
                }
                assert_eq!(draft.get(&key).expect("read"), expected.get(&key).cloned());
                let bound = vec![b'c', (random >> 8) as u8 % 42];
                let wanted = expected.range(vec![b'c']..=bound.clone()).next_back();
                let wanted = wanted.map(|(key, value)| (key.clone(), value.clone()));
                assert_eq!(draft.last_upto(b"c", &bound).expect("read"), wanted);
            }
            for prefix in [&b"c"[..], b"s", b"c\x07", b"z"] {
                let wanted: Vec<Pair> = expected
                    .iter()
                    .filter(|(key, _)| key.starts_with(prefix))
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect();
                let scanned: Result<Vec<Pair>, _> = draft.scan(prefix).collect();
                assert_eq!(scanned.expect("read"), wanted);
            }
            index.hold(draft.into_writes());
            if round % 3 == 0 {
                index.settle().expect("settled");
                assert_eq!(index.held_bytes(), 0);
            }
            let after = vec![b's', (random >> 12) as u8 % 42];
            let wanted: Vec<Vec<u8>> =
                expected.range(after.clone()..).map(|(key, _)| key.clone()).collect();
            let scanned: Result<Vec<Pair>, _> = index.scan_after(b"s", &after).collect();
            let scanned: Vec<Vec<u8>> =
                scanned.expect("read").into_iter().map(|(key, _)| key).collect();
            assert_eq!(scanned, wanted.into_iter().filter(|k| *k > after).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_a_crash_kept_from_sled_is_written_at_the_next_start() {
        let folder = tempfile::tempdir().expect("a folder");
        let (index, _) = Index::open(folder.path(), 1 << 20).expect("an index");
        index.put_now(b"b1", b"old".to_vec()).expect("written");
        redo::write(folder.path(), &[(b"b1", None), (b"b2", Some(b"new"))]).expect("written");
        drop(index);
        let (index, is_new) = Index::open(folder.path(), 1 << 20).expect("an index");
        assert!(!is_new);
        assert_eq!(index.get(b"b1").expect("read"), None);
        assert_eq!(index.get(b"b2").expect("read"), Some(b"new".to_vec()));
        assert_eq!(redo::read(folder.path()), Ok(vec![]), "it is done");
    }

    #[test]
    fn writes_to_come_that_are_damaged_make_the_index_one_to_be_remade() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("index");
        let (index, _) = Index::open(&path, 1 << 20).expect("an index");
        redo::write(&path, &[(b"b2", Some(b"new"))]).expect("written");
        drop(index);
        redo::damage(&path);
        let (index, is_new) = Index::open(&path, 1 << 20).expect("an index");
        assert!(is_new);
        assert_eq!(index.get(b"b2").expect("read"), None);
    }
}
