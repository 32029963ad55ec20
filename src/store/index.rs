//! The only place that names sled: one tree, opened behind a guard, written in whole
//! batches that are really synced.

use super::error::StoreError;
use super::keys;
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use tracing::{error, warn};

const TREE: &str = "countywire";

#[derive(Clone)]
pub struct Index {
    tree: sled::Tree,
    db: sled::Db,
    path: PathBuf,
}

/// Reading by key, whether from the index alone or through uncommitted writes.
pub trait Lookup {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;
    /// The greatest key that begins with `prefix` and is not above `key`.
    fn last_upto(&self, prefix: &[u8], key: &[u8]) -> Result<Option<Pair>, StoreError>;
}

pub type Pair = (Vec<u8>, Vec<u8>);

impl Index {
    /// Opens or creates. What cannot be opened is set aside, and the second value is
    /// true: the index is empty and must be remade.
    pub fn open(folder: &Path, cache_bytes: u64) -> Result<(Index, bool), StoreError> {
        let existed = folder.join("db").exists();
        remove_half_written_snapshots(folder);
        match open_guarded(folder, cache_bytes) {
            Ok(index) => Ok((index, !existed)),
            Err(Unopened::Trouble(source)) => Err(StoreError::Index(source)),
            Err(Unopened::Damaged(problem)) if existed => {
                warn!(error = problem, "the index cannot be opened; trying without its snapshot");
                remove_files(folder, |name| name.starts_with("snap."));
                if let Ok(index) = open_guarded(folder, cache_bytes) {
                    return Ok((index, false));
                }
                set_aside(folder)?;
                let index =
                    open_guarded(folder, cache_bytes).map_err(|why| why.into_error(folder))?;
                Ok((index, true))
            }
            Err(why) => Err(why.into_error(folder)),
        }
    }

    /// Closes the index, sets its files aside and begins an empty one.
    pub fn start_over(self, cache_bytes: u64) -> Result<Index, StoreError> {
        let path = self.path.clone();
        drop(self);
        set_aside(&path)?;
        open_guarded(&path, cache_bytes).map_err(|why| why.into_error(&path))
    }

    /// Applies all writes at once and makes them durable. sled's own flush leaves the
    /// file to the kernel, so its file is synced here.
    pub fn apply(&self, writes: impl IntoIterator<Item = Write>) -> Result<(), StoreError> {
        let mut batch = sled::Batch::default();
        for (key, value) in writes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        self.tree.apply_batch(batch)?;
        Ok(())
    }

    pub fn sync(&self) -> Result<(), StoreError> {
        self.db.flush()?;
        let file = self.path.join("db");
        File::open(&file)
            .and_then(|opened| opened.sync_data())
            .map_err(StoreError::io("cannot sync", file))
    }

    fn last_within(&self, range: (Bound<&[u8]>, Bound<&[u8]>)) -> Result<Option<Pair>, StoreError> {
        match self.tree.range::<&[u8], _>(range).next_back() {
            Some(pair) => {
                let (key, value) = pair?;
                Ok(Some((key.to_vec(), value.to_vec())))
            }
            None => Ok(None),
        }
    }

    /// Pairs whose key begins with `prefix` and is above `after`, in order.
    pub fn scan_after(
        &self,
        prefix: &'static [u8],
        after: &[u8],
    ) -> impl Iterator<Item = Result<Pair, StoreError>> + use<> {
        let range = (Bound::Excluded(after.to_vec()), Bound::Unbounded);
        let pairs = self.tree.range::<Vec<u8>, _>(range).map(|pair| {
            let (key, value) = pair?;
            Ok((key.to_vec(), value.to_vec()))
        });
        pairs.take_while(move |pair: &Result<Pair, StoreError>| {
            pair.as_ref().map_or(true, |(key, _)| key.starts_with(prefix))
        })
    }

    /// All pairs whose key begins with `prefix`, in order.
    pub fn scan(&self, prefix: &[u8]) -> impl Iterator<Item = Result<Pair, StoreError>> + use<> {
        self.tree.scan_prefix(prefix).map(|pair| {
            let (key, value) = pair?;
            Ok((key.to_vec(), value.to_vec()))
        })
    }
}

impl Lookup for Index {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.tree.get(key)?.map(|value| value.to_vec()))
    }

    fn last_upto(&self, prefix: &[u8], key: &[u8]) -> Result<Option<Pair>, StoreError> {
        self.last_within((Bound::Included(prefix), Bound::Included(key)))
    }
}

/// A write to come: `None` deletes.
pub type Write = (Vec<u8>, Option<Vec<u8>>);

/// The index as it will be once the collected writes are applied.
pub struct Draft<'a> {
    base: &'a Index,
    /// Of keys that are only looked up: most.
    points: HashMap<Vec<u8>, Option<Vec<u8>>>,
    /// Of keys that are also walked in order.
    walked: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl<'a> Draft<'a> {
    pub fn new(base: &'a Index) -> Self {
        Draft { base, points: HashMap::new(), walked: BTreeMap::new() }
    }

    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.write(key, Some(value));
    }

    pub fn delete(&mut self, key: Vec<u8>) {
        self.write(key, None);
    }

    fn write(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        if keys::is_walked(&key) {
            self.walked.insert(key, value);
        } else {
            self.points.insert(key, value);
        }
    }

    fn written(&self, key: &[u8]) -> Option<&Option<Vec<u8>>> {
        if keys::is_walked(key) { self.walked.get(key) } else { self.points.get(key) }
    }

    pub fn len(&self) -> usize {
        self.points.len() + self.walked.len()
    }

    pub fn into_writes(self) -> impl Iterator<Item = Write> {
        self.points.into_iter().chain(self.walked)
    }

    /// The least key that begins with `prefix`, of keys that are walked.
    pub fn first(&self, prefix: &[u8]) -> Result<Option<Pair>, StoreError> {
        let written = self.walked.range(prefix.to_vec()..);
        let written = written.take_while(|(key, _)| key.starts_with(prefix));
        let written = written.filter_map(|(key, value)| Some((key, value.as_ref()?))).next();
        let not_here = |pair: &Result<Pair, StoreError>| {
            pair.as_ref().map_or(true, |(key, _)| !self.walked.contains_key(key))
        };
        let stored = self.base.scan(prefix).find(not_here).transpose()?;
        Ok(match (written, stored) {
            (Some((key, _)), Some(stored)) if stored.0 < *key => Some(stored),
            (Some((key, value)), _) => Some((key.clone(), value.clone())),
            (None, stored) => stored,
        })
    }

    /// All keys that begin with `prefix`, in order, of keys that are walked.
    pub fn keys(&self, prefix: &[u8]) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut keys = std::collections::BTreeSet::new();
        for pair in self.base.scan(prefix) {
            keys.insert(pair?.0);
        }
        for (key, value) in self.walked.range(prefix.to_vec()..) {
            if !key.starts_with(prefix) {
                break;
            }
            match value {
                Some(_) => keys.insert(key.clone()),
                None => keys.remove(key),
            };
        }
        Ok(keys.into_iter().collect())
    }
}

impl Lookup for Draft<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.written(key) {
            Some(value) => Ok(value.clone()),
            None => self.base.get(key),
        }
    }

    fn last_upto(&self, prefix: &[u8], key: &[u8]) -> Result<Option<Pair>, StoreError> {
        let mut written = self
            .walked
            .range::<[u8], _>((Bound::Included(prefix), Bound::Included(key)))
            .rev()
            .filter_map(|(key, value)| Some((key, value.as_ref()?)));
        let written = written.next();
        // What is stored counts only above the written key; there is often nothing.
        let from = match written {
            Some((written, value)) if written == key => {
                return Ok(Some((written.clone(), value.clone())));
            }
            Some((written, _)) => Bound::Excluded(written.as_slice()),
            None => Bound::Included(prefix),
        };
        let mut upto = Bound::Included(key.to_vec());
        loop {
            let range = (from, upto.as_ref().map(Vec::as_slice));
            match self.base.last_within(range)? {
                // Deleted here: look further down.
                Some((key, _)) if self.walked.contains_key(&key) => upto = Bound::Excluded(key),
                Some(pair) => return Ok(Some(pair)),
                None => return Ok(written.map(|(key, value)| (key.clone(), value.clone()))),
            }
        }
    }
}

/// Why an index does not open.
enum Unopened {
    /// Its files are not what they should be.
    Damaged(String),
    /// The machine will not have it now: a full disk, a missing permission.
    Trouble(sled::Error),
}

impl Unopened {
    fn of(error: sled::Error) -> Self {
        use std::io::ErrorKind::{
            PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull, WouldBlock,
        };
        let trouble =
            [PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull, WouldBlock];
        match &error {
            sled::Error::Io(io) if trouble.contains(&io.kind()) => Unopened::Trouble(error),
            _ => Unopened::Damaged(error.to_string()),
        }
    }

    fn into_error(self, folder: &Path) -> StoreError {
        match self {
            Unopened::Trouble(error) => StoreError::Index(error),
            Unopened::Damaged(problem) => {
                StoreError::Damaged { path: folder.to_owned(), offset: 0, problem }
            }
        }
    }
}

fn open_guarded(folder: &Path, cache_bytes: u64) -> Result<Index, Unopened> {
    let open = || -> sled::Result<Index> {
        let config = sled::Config::new().path(folder).cache_capacity(cache_bytes);
        let db = config.flush_every_ms(None).open()?;
        let tree = db.open_tree(TREE)?;
        // Damage can also show at the first read.
        for pair in tree.iter().take(1).chain(tree.iter().rev().take(1)) {
            pair?;
        }
        Ok(Index { tree, db, path: folder.to_owned() })
    };
    match catch_unwind(AssertUnwindSafe(open)) {
        Ok(Ok(index)) => Ok(index),
        Ok(Err(error)) => Err(Unopened::of(error)),
        Err(_) => Err(Unopened::Damaged("sled panicked on damaged files".to_owned())),
    }
}

/// A crash while sled wrote a snapshot leaves a file that makes every open fail.
fn remove_half_written_snapshots(folder: &Path) {
    remove_files(folder, |name| name.starts_with("snap.") && name.ends_with(".generating"));
}

fn remove_files(folder: &Path, matches: impl Fn(&str) -> bool) {
    let Ok(names) = fs::read_dir(folder) else { return };
    for name in names.flatten() {
        if name.file_name().to_str().is_some_and(&matches)
            && let Err(error) = fs::remove_file(name.path())
        {
            error!(%error, path = %name.path().display(), "cannot remove");
        }
    }
}

/// Renames a damaged index away, so that it can be looked at.
fn set_aside(folder: &Path) -> Result<(), StoreError> {
    let named = |n: u32| folder.with_extension(format!("damaged-{n}"));
    let free = (1..).map(named).find(|path| !path.exists()).expect("some number is free");
    fs::rename(folder, &free).map_err(StoreError::io("cannot set aside", folder))?;
    warn!(to = %free.display(), "the index was damaged and has been set aside");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_looks_as_the_index_will() {
        let folder = tempfile::tempdir().expect("a folder");
        let (index, _) = Index::open(folder.path(), 1 << 20).expect("an index");
        let mut expected = BTreeMap::new();
        let mut random = 7u32;
        for _ in 0..20 {
            let mut draft = Draft::new(&index);
            for _ in 0..60 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let key = vec![b'c', (random >> 24) as u8 % 40];
                if random >> 16 & 1 == 0 {
                    draft.delete(key.clone());
                    expected.remove(&key);
                } else {
                    draft.put(key.clone(), random.to_be_bytes().to_vec());
                    expected.insert(key, random.to_be_bytes().to_vec());
                }
                let bound = vec![b'c', (random >> 8) as u8 % 42];
                let wanted = expected.range(vec![b'c']..=bound.clone()).next_back();
                let wanted = wanted.map(|(key, value)| (key.clone(), value.clone()));
                assert_eq!(draft.last_upto(b"c", &bound).expect("read"), wanted);
            }
            index.apply(draft.into_writes()).expect("applied");
        }
    }
}
