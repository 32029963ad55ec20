//! Keeps the index of search where the store is, in a thread of its own: what is new is found
//! within two seconds or so, nobody waits for it, and its end costs nothing but search.

mod comparing;
mod figures;
mod standing;
mod work;

pub use comparing::forget;
pub use standing::Search;

use crate::config::Config;
use crate::search::{Index, SearchError};
use crate::store::{Reader, StoreError, beside};
use comparing::compare;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tracing::{error, info, warn};
use work::Work;

/// Between two commits: each makes files.
const PAUSE: Duration = Duration::from_secs(1);
/// Of so many changes the next commit is made without a pause.
const MANY: usize = 256;
/// Between two looks whether a stop is wanted.
const LOOK: Duration = Duration::from_millis(200);
/// After a failure.
const AGAIN: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("{0}")]
    Search(#[from] SearchError),
    #[error("{}", .0.full())]
    Store(#[from] StoreError),
    #[error("it is damaged")]
    Damaged,
}

/// Where the index is.
pub fn folder(config: &Config) -> PathBuf {
    config.store.path.join(beside::SEARCH)
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
            follower.search.follows.store(false, Ordering::Relaxed);
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

/// Removes an index, which can be made anew.
pub fn remove(folder: &Path) {
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

/// What came of a step.
struct Done {
    is_found_anew: bool,
    is_taken_down: bool,
    /// A stop was wanted first.
    is_given_up: bool,
}

impl Follower {
    fn follow(&self) -> Result<(), Trouble> {
        let began = Instant::now();
        self.search.tell_behind(0, Some(began));
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
        self.tell_size(&index)?;
        self.keep_up(index)
    }

    /// Until a stop is wanted.
    fn keep_up(&self, mut index: Index) -> Result<(), Trouble> {
        // An earlier life may have ended before it was done.
        let mut owes_purge = true;
        let mut work = Work::default();
        loop {
            // Nothing comes after a stop was wanted.
            let is_over = self.search.wait(Duration::ZERO);
            let done = self.step(&mut index, &mut work, is_over)?;
            self.search.tell_behind(work.len(), work.since());
            if is_over || done.is_given_up {
                // What is left to do is found by comparing.
                return Ok(index.close()?);
            }
            if owes_purge || done.is_taken_down {
                owes_purge = !index.purge()?;
            } else if !done.is_found_anew {
                continue;
            }
            self.tell_size(&index)?;
            if work.is_empty() {
                self.pause();
            }
        }
    }

    /// Takes in some of what has changed; waits for a moment where nothing has.
    fn step(&self, index: &mut Index, work: &mut Work, is_over: bool) -> Result<Done, Trouble> {
        self.search.follows.store(true, Ordering::Relaxed);
        let sequence = self.reader.position()?.sequence;
        let is_idle = !is_over && work.is_empty();
        let altered = self.reader.altered(if is_idle { LOOK } else { Duration::ZERO });
        if self.search.is_broken.load(Ordering::Relaxed) {
            return Err(Trouble::Damaged);
        }
        let is_taken_down = altered.is_taken_down;
        if altered.is_cut {
            *work = Work::default();
            self.search.tell_behind(0, altered.since);
            self.search.follows.store(false, Ordering::Relaxed);
            let is_given_up = !self.compare(index, sequence)?;
            return Ok(Done { is_found_anew: true, is_taken_down, is_given_up });
        }
        work.add(altered);
        self.search.tell_behind(work.len(), work.since());
        let is_found_anew = work.do_some(index, &self.reader, sequence)?;
        if is_found_anew {
            self.search.tell_changed();
        } else if is_over && index.sequence() != sequence {
            // So that the next start need not compare.
            index.commit(sequence)?;
        }
        Ok(Done { is_found_anew, is_taken_down, is_given_up: false })
    }

    /// Shorter, the more there is to do.
    fn pause(&self) {
        let began = Instant::now();
        while began.elapsed() < PAUSE && self.reader.untold().0 < MANY && !self.search.wait(LOOK) {}
    }

    fn tell_size(&self, index: &Index) -> Result<(), Trouble> {
        let size = index.size()?;
        self.reader.tell_beside(size.bytes / size.documents.max(1));
        self.search.tell_size(size);
        Ok(())
    }

    /// False: a stop was wanted first.
    fn compare(&self, index: &mut Index, sequence: u64) -> Result<bool, Trouble> {
        let is_over = || self.search.wait(Duration::ZERO);
        compare(index, &self.reader, sequence, is_over, || self.search.tell_changed())
    }
}
