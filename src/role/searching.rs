//! Keeps the index of search where the store is, in a thread of its own: what is new is found
//! within two seconds or so, nobody waits for it, and its end costs nothing but search.

use crate::model::EntryNo;
use crate::search::{Finder, Form, Index, SearchError};
use crate::store::{Alterations, Reader, StoreError};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tracing::{error, info, warn};

/// Between two commits: each makes files.
const PAUSE: Duration = Duration::from_secs(1);
/// Between two looks whether a stop is wanted.
const LOOK: Duration = Duration::from_millis(200);
/// After a failure.
const AGAIN: Duration = Duration::from_secs(30);
/// What is taken in of a longer comparison before it is made durable.
const STAGE: Duration = Duration::from_secs(10);

/// What requests see of it.
#[derive(Default)]
pub struct Search {
    finder: Mutex<Option<Finder>>,
    is_broken: AtomicBool,
    /// Counts what it finds anew.
    changes: AtomicU64,
    stop: (Mutex<bool>, Condvar),
}

impl Search {
    /// `None`: it is not ready yet.
    pub fn finder(&self) -> Option<Finder> {
        self.finder.lock().expect("no holder panics").clone()
    }

    /// Has the index made anew: it could not be read.
    pub fn tell_broken(&self) {
        self.is_broken.store(true, Ordering::Relaxed);
    }

    pub fn stop(&self) {
        *self.stop.0.lock().expect("no holder panics") = true;
        self.stop.1.notify_all();
    }

    fn show(&self, finder: Option<Finder>) {
        *self.finder.lock().expect("no holder panics") = finder;
        self.tell_changed();
    }

    /// While it is the same, the same is found.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    fn tell_changed(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// Whether a stop was wanted meanwhile.
    fn wait(&self, time: Duration) -> bool {
        let stop = self.stop.0.lock().expect("no holder panics");
        let waited = self.stop.1.wait_timeout_while(stop, time, |stop| !*stop);
        *waited.expect("no holder panics").0
    }
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Search(#[from] SearchError),
    #[error("{}", .0.full())]
    Store(#[from] StoreError),
    #[error("it is damaged")]
    Damaged,
}

/// Begins to follow the store; ends once [`Search::stop`] was called.
///
/// # Errors
/// No thread can be started.
pub fn start(
    search: Arc<Search>,
    reader: Reader,
    folder: PathBuf,
    memory_bytes: u64,
) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("search".to_owned()).spawn(move || {
        let follower = Follower { search, reader, folder, memory_bytes };
        loop {
            let followed = catch_unwind(AssertUnwindSafe(|| follower.follow()));
            let is_damaged = match followed {
                Ok(Ok(())) => return,
                Ok(Err(trouble)) => {
                    let error = trouble.to_string();
                    warn!(error, "search does not get on; it is tried again");
                    matches!(trouble, Trouble::Damaged)
                }
                Err(_) => {
                    error!("search panicked; its index is made anew");
                    true
                }
            };
            if is_damaged {
                follower.search.show(None);
                remove(&follower.folder);
            } else if follower.search.wait(AGAIN) {
                return;
            }
        }
    })
}

fn remove(folder: &Path) {
    if let Err(error) = std::fs::remove_dir_all(folder)
        && error.kind() != io::ErrorKind::NotFound
    {
        warn!(%error, path = %folder.display(), "cannot remove");
    }
}

struct Follower {
    search: Arc<Search>,
    reader: Reader,
    folder: PathBuf,
    memory_bytes: u64,
}

impl Follower {
    fn follow(&self) -> Result<(), Trouble> {
        // What changes while the two are compared is told afterwards.
        self.reader.follow();
        let opened = Index::open(&self.folder, self.reader.newest_epoch(), self.memory_bytes)?;
        let (mut index, why) = opened;
        self.search.is_broken.store(false, Ordering::Relaxed);
        let sequence = self.reader.position()?.sequence;
        if let Some(why) = why.filter(|_| sequence > 0) {
            info!(why, "the index of search is made anew");
        } else if index.sequence() > 0 {
            // What is behind finds more than nothing.
            self.search.show(Some(index.finder()));
        }
        if index.sequence() != sequence && !self.compare(&mut index, sequence)? {
            return Ok(index.close()?);
        }
        self.search.show(Some(index.finder()));
        // An earlier life may have ended before it was done.
        let mut owes_purge = true;
        loop {
            // Nothing comes after a stop was wanted.
            let is_over = self.search.wait(Duration::ZERO);
            let sequence = self.reader.position()?.sequence;
            let altered = self.reader.altered(if is_over { Duration::ZERO } else { LOOK });
            if self.search.is_broken.load(Ordering::Relaxed) {
                return Err(Trouble::Damaged);
            }
            if altered.is_cut {
                if !self.compare(&mut index, sequence)? {
                    return Ok(index.close()?);
                }
            } else if !altered.is_empty() {
                self.take(&mut index, &altered, sequence)?;
            } else if is_over && index.sequence() != sequence {
                // So that the next start need not compare.
                index.commit(sequence)?;
            }
            if is_over {
                return Ok(index.close()?);
            }
            if owes_purge || altered.is_taken_down {
                owes_purge = !index.purge()?;
            }
            if owes_purge || !altered.is_empty() {
                self.search.wait(PAUSE);
            }
        }
    }

    fn take(&self, index: &mut Index, altered: &Alterations, sequence: u64) -> Result<(), Trouble> {
        for no in &altered.entries {
            self.take_entry(index, *no)?;
        }
        index.commit(sequence)?;
        self.search.tell_changed();
        Ok(())
    }

    /// The entry as it is now.
    fn take_entry(&self, index: &Index, no: EntryNo) -> Result<(), Trouble> {
        match self.reader.entry_or_log(no) {
            Some(stored) => index.put(&stored)?,
            None => index.remove(no),
        }
        Ok(())
    }

    /// Takes in what the index lacks or has in another form, and out what has left. False: a stop
    /// was wanted first.
    fn compare(&self, index: &mut Index, sequence: u64) -> Result<bool, Trouble> {
        let started = Instant::now();
        let (mut taken, mut removed) = (0_u64, 0_u64);
        let mut known = index.forms()?.into_iter().peekable();
        let mut staged_at = Instant::now();
        for pair in self.reader.revisions() {
            let (no, revision) = pair?;
            while let Some(gone) = known.next_if(|form| form.no < no) {
                index.remove(gone.no);
                removed += 1;
            }
            if known.next_if(|form| form.no == no) == Some(Form { no, revision }) {
                continue;
            }
            self.take_entry(index, no)?;
            taken += 1;
            if taken.is_multiple_of(64) && self.search.wait(Duration::ZERO) {
                index.commit(index.sequence())?;
                return Ok(false);
            }
            if staged_at.elapsed() > STAGE {
                index.commit(index.sequence())?;
                self.search.tell_changed();
                staged_at = Instant::now();
            }
        }
        for gone in known {
            index.remove(gone.no);
            removed += 1;
        }
        index.commit(sequence)?;
        self.search.tell_changed();
        if removed > 0 {
            index.purge()?;
        }
        let elapsed_ms = started.elapsed().as_millis() as u64;
        info!(taken, removed, elapsed_ms, "the index of search was compared with the store");
        Ok(true)
    }
}
