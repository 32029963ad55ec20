//! The index: sled and runs, and in memory what has not been written there yet.
//!
//! The segments have all of it, so writes wait until they are many: what changes often, as the
//! heads of large channels, is then written once. A thread brings them to the disk while the
//! next are collected.

use super::altered::Altered;
use super::disk::Disk;
use super::error::StoreError;
use super::guard::Unopened;
use super::held::{Lookup, Pair, Pairs, Write};
use super::layers::{Layers, Stored};
use super::runs::{self, Runs};
use super::settler::Settler;
use super::{aside, keys, sled_folder, verify};
use crate::model::EntryNo;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock, RwLockReadGuard};
use tracing::{info, warn};

/// Memory that writes take, at most, before they go to the disk; as much is on its way there.
const HELD_BYTES: usize = 8 * 1024 * 1024;

#[derive(Clone)]
pub struct Index {
    /// Counts what is held.
    changes: Arc<AtomicU64>,
    settler: Arc<Settler>,
    layers: Arc<RwLock<Layers>>,
    path: PathBuf,
    altered: Arc<Altered>,
}

impl Index {
    /// Opens or creates. What cannot be opened is set aside, and the second value is
    /// true: the index is empty and must be remade.
    pub fn open(folder: &Path, cache_bytes: u64) -> Result<(Index, bool), StoreError> {
        let existed = sled_folder::any(folder);
        match Index::open_whole(folder, cache_bytes) {
            Ok(index) => Ok((index, !existed)),
            Err(Unopened::Trouble(error)) => Err(error),
            Err(Unopened::Foreign) => {
                info!("the index was made by another version of this program; remaking it");
                verify::remove(folder)?;
                Ok((Index::open_new(folder, cache_bytes)?, true))
            }
            Err(Unopened::Damaged(problem)) if existed => {
                // Without its snapshot sled may open, and silently lack what it cannot read.
                warn!(error = problem, "the index cannot be opened; remaking it");
                aside::set_aside(folder)?;
                Ok((Index::open_new(folder, cache_bytes)?, true))
            }
            Err(why) => Err(why.into_error(folder)),
        }
    }

    /// Opens one that is there, and sound as far as opening tells. Nothing is mended.
    pub fn open_as_it_is(folder: &Path, cache_bytes: u64) -> Option<Index> {
        let is_there = sled_folder::any(folder);
        is_there.then(|| Index::open_whole(folder, cache_bytes).ok()).flatten()
    }

    /// Tells of each damaged block of its runs.
    ///
    /// # Errors
    /// A failing disk.
    pub fn check_runs(&self, note: &mut dyn FnMut(StoreError)) -> Result<(), StoreError> {
        let stored = self.layers().stored.clone();
        stored.runs.check(note)
    }

    /// Closes the index, sets its files aside and begins an empty one.
    pub fn start_over(self, cache_bytes: u64) -> Result<Index, StoreError> {
        let path = self.path.clone();
        drop(self);
        aside::set_aside(&path)?;
        Index::open_new(&path, cache_bytes)
    }

    /// Begins an empty one where one was half made.
    ///
    /// # Errors
    /// The disk fails.
    pub fn make_anew(self, cache_bytes: u64) -> Result<Index, StoreError> {
        let path = self.path.clone();
        drop(self);
        verify::remove(&path)?;
        Index::open_new(&path, cache_bytes)
    }

    fn open_new(folder: &Path, cache_bytes: u64) -> Result<Index, StoreError> {
        Index::open_whole(folder, cache_bytes).map_err(|why| why.into_error(folder))
    }

    fn open_whole(folder: &Path, cache_bytes: u64) -> Result<Index, Unopened> {
        let half = cache_bytes / 2;
        let disk = Disk::open(folder, half)?;
        let list = disk.get(keys::RUNS).map_err(Unopened::of)?;
        let runs = Runs::open(&runs::folder(folder), list.as_deref(), half);
        let runs = runs.map_err(Unopened::of)?;
        let layers = Layers::new(Stored { disk: Arc::new(disk), runs });
        let layers = Arc::new(RwLock::new(layers));
        let settler = Settler::start(layers.clone()).map_err(Unopened::Trouble)?;
        Ok(Index {
            changes: Arc::default(),
            settler: Arc::new(settler),
            layers,
            path: folder.to_owned(),
            altered: Arc::default(),
        })
    }

    /// Keeps writes in memory for now; they are read as if they were written.
    pub fn hold(&self, writes: impl IntoIterator<Item = Write>) {
        let mut entries = Vec::new();
        let writes = writes.into_iter().inspect(|(key, _)| {
            if key.starts_with(keys::ENTRIES) {
                entries.extend(keys::last_number(key).map(EntryNo));
            }
        });
        let mut layers = self.layers.write().expect("no holder panics");
        writes.for_each(|write| layers.held.write(write));
        // Before anybody can read them: who sees the position must hear of what came with it.
        self.altered.tell(&entries);
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// The same of writes by which entries stay what they are, and lie elsewhere.
    pub fn hold_moved(&self, writes: impl IntoIterator<Item = Write>) {
        let mut layers = self.layers.write().expect("no holder panics");
        writes.into_iter().for_each(|write| layers.held.write(write));
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// Has the kernel read the blocks that keys in runs are in, all at once, while we go on.
    pub fn read_ahead<'a>(&self, keys: impl Iterator<Item = &'a [u8]>) {
        let layers = self.layers();
        let stored = layers.stored.clone();
        let wanted: Vec<&[u8]> = keys.filter(|key| layers.find(key).is_none()).collect();
        drop(layers);
        wanted.into_iter().for_each(|key| stored.runs.read_ahead(key));
    }

    /// While it is the same, everything is read as before.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Which entries change.
    pub fn altered(&self) -> &Altered {
        &self.altered
    }

    /// Memory that writes take which are held, or on their way to the disk.
    #[cfg(test)]
    pub fn held_bytes(&self) -> usize {
        let layers = self.layers();
        layers.held.bytes() + layers.settling.bytes()
    }

    /// Has much that is held brought to the disk; waits where as much is still on its way.
    /// For the one that holds writes.
    ///
    /// # Errors
    /// A full or failing disk, then or since the last call. Nothing that is held is lost, and
    /// the next call has it tried again.
    pub fn settle_if_much(&self) -> Result<(), StoreError> {
        self.settler.check()?;
        if self.layers().held.bytes() < HELD_BYTES { Ok(()) } else { self.settler.begin() }
    }

    /// Brings all that is held to the disk. For the one that holds writes.
    ///
    /// # Errors
    /// As [`Index::settle_if_much`].
    pub fn settle(&self) -> Result<(), StoreError> {
        if self.layers().held.len() > 0 {
            self.settler.begin()?;
        }
        self.settler.finish()
    }

    /// Has its files made as small as they can be, in time; see [`Index::rest`].
    pub fn tidy(&self) {
        self.settler.tidy();
    }

    /// Waits until that is done, or cannot be.
    pub fn rest(&self) {
        self.settler.rest();
    }

    /// Writes one pair past everything, as damage would.
    #[cfg(test)]
    pub fn put_now(&self, key: &[u8], value: Vec<u8>) -> Result<(), StoreError> {
        self.hold([(key.to_vec(), Some(value))]);
        self.settle()
    }

    /// Pairs whose key begins with `prefix` and is above `after`, in order.
    pub fn scan_after(&self, prefix: &[u8], after: &[u8]) -> Pairs<'static> {
        self.layers().scan(prefix, &[after, &[0]].concat())
    }

    fn layers(&self) -> RwLockReadGuard<'_, Layers> {
        self.layers.read().expect("no holder panics")
    }
}

impl Lookup for Index {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let layers = self.layers();
        if let Some(value) = layers.find(key) {
            return Ok(value.clone());
        }
        let stored = layers.stored.clone();
        drop(layers);
        stored.get(key)
    }

    fn last_between(
        &self,
        from: Bound<&[u8]>,
        upto: Bound<&[u8]>,
    ) -> Result<Option<Pair>, StoreError> {
        self.layers().last_between(from, upto)
    }

    fn scan(&self, prefix: &[u8]) -> Pairs<'_> {
        self.layers().scan(prefix, prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::super::draft::Draft;
    use super::super::redo;
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn drafts_and_what_is_held_look_as_the_index_will() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut index, _) = Index::open(folder.path(), 1 << 20).expect("an index");
        let mut expected = BTreeMap::new();
        let mut random = 7u32;
        for round in 0..30 {
            let mut draft = Draft::new(&index);
            for _ in 0..60 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let kind = b"csbg"[(random >> 6) as usize % 4];
                // Runs have longer keys, which begin alike.
                let last = (random >> 24) as u8 % 40;
                let between = if keys::is_in_runs(&[kind]) { &[last / 4; 8][..] } else { &[] };
                let key = [&[kind], between, &[last]].concat();
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
            for prefix in [
                &b"c"[..],
                b"s",
                b"c\x07",
                b"z",
                b"b",
                b"g",
                b"g\x01",
                &[b'g', 3, 3, 3, 3, 3, 3, 3, 3],
                &[],
            ] {
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
            } else if round % 3 == 1 {
                index.settler.begin().expect("on its way");
            }
            if round % 11 == 10 {
                index.settle().expect("settled");
                drop(index);
                index = Index::open(folder.path(), 1 << 20).expect("an index").0;
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
    fn sleds_files_are_made_anew_while_the_index_is_read_and_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let (index, _) = Index::open(folder.path(), 1 << 20).expect("an index");
        let key = |n: u32| [b"s", &n.to_be_bytes()[..]].concat();
        let value = |n: u32, round: u32| [n.to_be_bytes(), round.to_be_bytes()].concat().repeat(99);
        for round in 0..20 {
            index.hold((0..400).map(|n| (key(n), Some(value(n, round)))));
            index.hold((400..500).map(|n| (key(n), (round % 2 == 0).then(|| value(n, round)))));
            index.settle().expect("settled");
        }
        let before: Vec<Pair> = index.scan(&[]).collect::<Result<_, _>>().expect("read");
        assert_eq!(before.len(), 400);
        let names = || std::fs::read_dir(folder.path()).expect("there").flatten();
        let sleds = || names().filter(|name| name.file_name() != "runs").count();
        let mut reading = index.scan(b"s");
        assert!(reading.next().expect("one").expect("read") == before[0]);
        index.tidy();
        index.hold([(key(7), Some(b"meanwhile".to_vec())), (key(499), Some(b"new".to_vec()))]);
        index.settle().expect("settled");
        index.rest();
        let rest = reading.map(|pair| pair.expect("read").0);
        let seen = rest.filter(|seen| *seen != key(499)).count();
        assert_eq!(seen, before.len() - 1, "who reads the old files goes on");
        assert!(!folder.path().join("sled.1").exists() && sleds() == 1);
        let mut after = before;
        after[7].1 = b"meanwhile".to_vec();
        after.push((key(499), b"new".to_vec()));
        let read = |index: &Index| index.scan(&[]).collect::<Result<Vec<Pair>, _>>().expect("read");
        assert!(read(&index) == after);
        drop(index);
        // A copy that a crash has interrupted.
        let unfinished = folder.path().join("sled.99");
        std::fs::create_dir(&unfinished).expect("made");
        let (index, is_new) = Index::open(folder.path(), 1 << 20).expect("an index");
        assert!(!is_new && !unfinished.exists());
        assert!(read(&index) == after);
    }

    #[test]
    fn what_a_crash_kept_from_sled_is_written_at_the_next_start() {
        let folder = tempfile::tempdir().expect("a folder");
        let (index, _) = Index::open(folder.path(), 1 << 20).expect("an index");
        index.put_now(b"s1", b"old".to_vec()).expect("written");
        redo::write(folder.path(), &[(b"s1", None), (b"s2", Some(b"new"))]).expect("written");
        drop(index);
        let (index, is_new) = Index::open(folder.path(), 1 << 20).expect("an index");
        assert!(!is_new);
        assert_eq!(index.get(b"s1").expect("read"), None);
        assert_eq!(index.get(b"s2").expect("read"), Some(b"new".to_vec()));
        assert_eq!(redo::read(folder.path()), Ok(vec![]), "it is done");
    }

    #[test]
    fn writes_to_come_that_are_damaged_make_the_index_one_to_be_remade() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("index");
        let (index, _) = Index::open(&path, 1 << 20).expect("an index");
        redo::write(&path, &[(b"s2", Some(b"new"))]).expect("written");
        drop(index);
        redo::damage(&path);
        let (index, is_new) = Index::open(&path, 1 << 20).expect("an index");
        assert!(is_new);
        assert_eq!(index.get(b"s2").expect("read"), None);
    }
    #[test]
    fn a_settling_that_fails_is_told_once_and_tried_again_with_the_next_call() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("index");
        let (index, _) = Index::open(&path, 1 << 20).expect("an index");
        let in_the_way = path.join("redo.unfinished");
        std::fs::create_dir(&in_the_way).expect("made");
        index.hold([(b"b12345678".to_vec(), Some(b"one".to_vec())), (b"s1".to_vec(), None)]);
        assert_eq!(index.settle().map_err(|error| error.kind()), Err("io"));
        index.hold([(b"b12345679".to_vec(), Some(b"two".to_vec()))]);
        assert_eq!(index.settle().map_err(|error| error.kind()), Err("io"));
        assert!(index.settle_if_much().is_ok(), "it has been told");
        let read = |index: &Index| [&b"b12345678"[..], b"b12345679"].map(|key| index.get(key));
        let all = read(&index).map(|value| value.expect("read").expect("there"));
        assert_eq!(all, [b"one", b"two"]);
        std::fs::remove_dir(&in_the_way).expect("removed");
        // That last try may have failed, too.
        index.settle().or_else(|_| index.settle()).expect("settled");
        drop(index);
        let (index, _) = Index::open(&path, 1 << 20).expect("an index");
        let all = read(&index).map(|value| value.expect("read").expect("there"));
        assert_eq!(all, [b"one", b"two"]);
    }

    #[test]
    fn an_index_of_another_version_is_remade() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("index");
        let db = sled::open(&path).expect("a database");
        db.open_tree("countywire").and_then(|tree| tree.insert("m", b"1")).expect("written");
        drop(db);
        let (index, is_new) = Index::open(&path, 1 << 20).expect("an index");
        assert!(is_new);
        assert_eq!(index.get(b"m").expect("read"), None);
    }
}
