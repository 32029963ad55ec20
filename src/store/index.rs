//! The only place that names sled: one tree, opened behind a guard, written in whole
//! batches that are really synced.

use super::error::StoreError;
use super::keys;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use tracing::{error, warn};

const TREE: &str = "countywire";

#[derive(Clone)]
pub struct Index {
    tree: sled::Tree,
    db: sled::Db,
    path: PathBuf,
    /// Writes to come with the next that cannot wait: replaying the segments would bring
    /// them back. Of keys that are not walked.
    held: Arc<RwLock<BTreeMap<Vec<u8>, Vec<u8>>>>,
}

/// Reading by key, whether from the index alone or through uncommitted writes.
pub trait Lookup {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;
    /// The greatest key that begins with `prefix` and is not above `key`.
    fn last_upto(&self, prefix: &[u8], key: &[u8]) -> Result<Option<Pair>, StoreError>;
}

pub type Pair = (Vec<u8>, Vec<u8>);

/// A write to come: `None` deletes.
pub type Write = (Vec<u8>, Option<Vec<u8>>);

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

    /// Applies all writes at once, after those that were held back: for the one that holds
    /// them back. Readers see the old until it is done.
    pub fn apply(&self, writes: impl IntoIterator<Item = Write>) -> Result<(), StoreError> {
        let held = self.held.read().expect("no holder panics").clone();
        let late = held.into_iter().map(|(key, value)| (key, Some(value)));
        self.apply_these(late.chain(writes))?;
        self.held.write().expect("no holder panics").clear();
        Ok(())
    }

    /// Applies all writes at once, and no others.
    pub fn apply_these(&self, writes: impl IntoIterator<Item = Write>) -> Result<(), StoreError> {
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

    /// Keeps writes in memory for now; they are read as if they were applied.
    pub fn hold_back(&self, writes: impl IntoIterator<Item = Write>) {
        let mut held = self.held.write().expect("no holder panics");
        for (key, value) in writes {
            let value = value.expect("nothing is deleted where nothing new is written");
            debug_assert!(!keys::is_walked(&key));
            held.insert(key, value);
        }
    }

    /// Writes that are held back.
    pub fn held(&self) -> usize {
        self.held.read().expect("no holder panics").len()
    }

    /// Makes what was applied durable. sled's own flush leaves the file to the kernel, so its
    /// file is synced here.
    pub fn sync(&self) -> Result<(), StoreError> {
        self.db.flush()?;
        let file = self.path.join("db");
        File::open(&file)
            .and_then(|opened| opened.sync_data())
            .map_err(StoreError::io("cannot sync", file))
    }

    pub fn last_within(
        &self,
        range: (Bound<&[u8]>, Bound<&[u8]>),
    ) -> Result<Option<Pair>, StoreError> {
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
        let held = self.held.read().expect("no holder panics");
        let held = held.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        let held: Vec<Pair> = held.map(|(key, value)| (key.clone(), value.clone())).collect();
        let mut held = held.into_iter().peekable();
        let mut stored = self.tree.scan_prefix(prefix).peekable();
        std::iter::from_fn(move || {
            let late_first = match (held.peek(), stored.peek()) {
                (Some((late, _)), Some(Ok((key, _)))) => late.as_slice() <= key.as_ref(),
                (late, stored) => late.is_some() && stored.is_none(),
            };
            if !late_first {
                return stored.next().map(|pair| {
                    let (key, value) = pair?;
                    Ok((key.to_vec(), value.to_vec()))
                });
            }
            let late = held.next()?;
            stored.next_if(|pair| pair.as_ref().is_ok_and(|(key, _)| *key == late.0));
            Some(Ok(late))
        })
    }
}

impl Lookup for Index {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(late) = self.held.read().expect("no holder panics").get(key) {
            return Ok(Some(late.clone()));
        }
        Ok(self.tree.get(key)?.map(|value| value.to_vec()))
    }

    fn last_upto(&self, prefix: &[u8], key: &[u8]) -> Result<Option<Pair>, StoreError> {
        self.last_within((Bound::Included(prefix), Bound::Included(key)))
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
        Ok(Index { tree, db, path: folder.to_owned(), held: Arc::default() })
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
