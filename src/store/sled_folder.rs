//! The folder of sled's files. The index has one, and a second while they are made anew: the
//! last that is marked as whole counts.

use super::error::StoreError;
use super::segment::sync_folder;
use super::stats::bytes_below;
use super::verify;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::error;

/// `sled.1` and so on.
const PREFIX: &str = "sled.";
/// The mark, a file: with what sled's files took then, in digits.
const WHOLE: &str = "whole";
/// An empty file: sled has written a snapshot, and so has one for good. Without it sled would
/// open, and lack what its log no longer has.
const HAS_SNAPSHOT: &str = "has-snapshot";

/// Removes itself once it is retired and nobody uses it any more.
pub struct SledFolder {
    pub path: PathBuf,
    number: u64,
    is_retired: AtomicBool,
    has_noted_snapshot: AtomicBool,
}

impl SledFolder {
    /// The one that counts. Others go: a copy that was not finished, or what it replaced.
    ///
    /// # Errors
    /// The index cannot be read or written.
    pub fn current(index: &Path) -> Result<Option<SledFolder>, StoreError> {
        let mut numbers = numbers(index)?;
        numbers.sort_unstable();
        let is_whole = |number: &u64| path(index, *number).join(WHOLE).exists();
        let current = numbers.iter().copied().rfind(is_whole);
        if let Some(current) = current.filter(|_| numbers.len() > 1) {
            sync_mark(index, &path(index, current))?;
        }
        for number in numbers.into_iter().filter(|number| Some(*number) != current) {
            verify::remove(&path(index, number))?;
        }
        Ok(current.map(|number| SledFolder::numbered(index, number)))
    }

    /// The first of an index.
    ///
    /// # Errors
    /// The disk is full or fails.
    pub fn first(index: &Path) -> Result<SledFolder, StoreError> {
        let folder = SledFolder::numbered(index, 1);
        fs::create_dir_all(&folder.path).map_err(StoreError::io("cannot create", &folder.path))?;
        folder.mark_whole()?;
        Ok(folder)
    }

    /// The one for a copy; what is there already is removed.
    ///
    /// # Errors
    /// As [`SledFolder::first`].
    pub fn next(&self, index: &Path) -> Result<SledFolder, StoreError> {
        let folder = SledFolder::numbered(index, self.number + 1);
        verify::remove(&folder.path)?;
        fs::create_dir(&folder.path).map_err(StoreError::io("cannot create", &folder.path))?;
        Ok(folder)
    }

    fn numbered(index: &Path, number: u64) -> SledFolder {
        let (is_retired, has_noted_snapshot) = (AtomicBool::new(false), AtomicBool::new(false));
        SledFolder { path: path(index, number), number, is_retired, has_noted_snapshot }
    }

    /// Has it count from now on, before those with a lower number. What is in it is durable.
    ///
    /// # Errors
    /// As [`SledFolder::first`].
    pub fn mark_whole(&self) -> Result<(), StoreError> {
        let mark = self.path.join(WHOLE);
        let bytes = self.bytes();
        let written = File::create(&mark).and_then(|mut file| {
            write!(file, "{bytes}")?;
            file.sync_all()
        });
        written.map_err(StoreError::io("cannot write", &mark))?;
        sync_folder(&self.path)?;
        self.path.parent().map_or(Ok(()), sync_folder)
    }

    /// What sled's files took when they were new; 0 where nobody knows.
    pub fn bytes_when_new(&self) -> u64 {
        let told = fs::read_to_string(self.path.join(WHOLE)).unwrap_or_default();
        told.parse().unwrap_or(0)
    }

    pub fn bytes(&self) -> u64 {
        bytes_below(&self.path)
    }

    /// Remembers that sled has a snapshot, once it has one. The folder is synced by the caller.
    ///
    /// # Errors
    /// As [`SledFolder::first`].
    pub fn note_snapshot(&self) -> Result<(), StoreError> {
        let mark = self.path.join(HAS_SNAPSHOT);
        if self.has_noted_snapshot.load(Ordering::Relaxed) || !self.has_snapshot() {
            return Ok(());
        }
        File::create(&mark).map_err(StoreError::io("cannot write", &mark))?;
        self.has_noted_snapshot.store(true, Ordering::Relaxed);
        Ok(())
    }

    pub fn has_lost_snapshot(&self) -> bool {
        self.path.join(HAS_SNAPSHOT).exists() && !self.has_snapshot()
    }

    fn has_snapshot(&self) -> bool {
        let names = fs::read_dir(&self.path).into_iter().flatten().flatten();
        let is_snapshot = |name: &str| name.starts_with("snap.") && !name.ends_with(".generating");
        names.into_iter().any(|name| name.file_name().to_str().is_some_and(is_snapshot))
    }

    pub fn retire(&self) {
        self.is_retired.store(true, Ordering::Relaxed);
    }

    pub fn keep(&self) {
        self.is_retired.store(false, Ordering::Relaxed);
    }
}

impl Drop for SledFolder {
    fn drop(&mut self) {
        if self.is_retired.load(Ordering::Relaxed)
            && let Err(problem) = verify::remove(&self.path)
        {
            error!(error = problem.full(), "replaced files stay until the next start");
        }
    }
}

/// Whether there is an index, whole or not, of this version or another.
pub fn any(index: &Path) -> bool {
    index.join("db").exists() || numbers(index).is_ok_and(|numbers| !numbers.is_empty())
}

/// Whether it is of a version that had sled's files beside its own.
pub fn is_old(index: &Path) -> bool {
    index.join("db").exists()
}

/// Whoever set the mark may have crashed before its sync.
fn sync_mark(index: &Path, folder: &Path) -> Result<(), StoreError> {
    let mark = folder.join(WHOLE);
    let synced = File::open(&mark).and_then(|mark| mark.sync_all());
    synced.map_err(StoreError::io("cannot sync", &mark))?;
    sync_folder(folder)?;
    sync_folder(index)
}

fn path(index: &Path, number: u64) -> PathBuf {
    index.join(format!("{PREFIX}{number}"))
}

fn numbers(index: &Path) -> Result<Vec<u64>, StoreError> {
    let names = match fs::read_dir(index) {
        Ok(names) => names,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::io("cannot list", index)(error)),
    };
    let numbers = names
        .flatten()
        .filter_map(|name| name.file_name().to_str()?.strip_prefix(PREFIX)?.parse::<u64>().ok());
    Ok(numbers.collect())
}
