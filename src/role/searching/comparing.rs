//! The index of search and the store compared, entry by entry.

use super::{Trouble, folder, remove};
use crate::config::Config;
use crate::model::EntryNo;
use crate::search::{Form, Index, SMALLEST_MEMORY};
use crate::store::{Reader, StoreError};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};
use tracing::info;

/// What is taken in of a longer comparison before it is made durable.
const STAGE: Duration = Duration::from_secs(10);

/// Of an index that nobody follows.
const PURGES: usize = 100;
const PURGE_PAUSE: Duration = Duration::from_millis(100);

/// Takes an entry in as it is now.
pub fn take(index: &Index, reader: &Reader, no: EntryNo) -> Result<(), Trouble> {
    match reader.entry_or_log(no) {
        Some(stored) => index.put(&stored)?,
        None => index.remove(no),
    }
    Ok(())
}

/// Takes in what the index lacks or has in another form, and out what has left. `is_over`: whether
/// a stop is wanted; `committed` is called when something is found anew. False: a stop was wanted
/// first.
pub fn compare(
    index: &mut Index,
    reader: &Reader,
    sequence: u64,
    is_over: impl Fn() -> bool,
    committed: impl Fn(),
) -> Result<bool, Trouble> {
    let started = Instant::now();
    let (mut taken, mut removed) = (0_u64, 0_u64);
    let mut known = index.forms()?.into_iter().peekable();
    let mut staged_at = Instant::now();
    for pair in reader.revisions() {
        let (no, revision) = pair?;
        while let Some(gone) = known.next_if(|form| form.no < no) {
            index.remove(gone.no);
            removed += 1;
        }
        if known.next_if(|form| form.no == no) == Some(Form { no, revision }) {
            continue;
        }
        take(index, reader, no)?;
        taken += 1;
        if taken.is_multiple_of(64) && is_over() {
            index.commit(index.sequence())?;
            return Ok(false);
        }
        if staged_at.elapsed() > STAGE {
            index.commit(index.sequence())?;
            committed();
            staged_at = Instant::now();
        }
    }
    for gone in known {
        index.remove(gone.no);
        removed += 1;
    }
    index.commit(sequence)?;
    committed();
    if removed > 0 {
        index.purge()?;
    }
    let elapsed_ms = started.elapsed().as_millis() as u64;
    info!(taken, removed, elapsed_ms, "the index of search was compared with the store");
    Ok(true)
}

/// Takes the words of entries that have left out of an index that nobody follows; where that
/// fails the index is removed, for it can be made anew. `before`: the sequence of the store before
/// they left; nothing else has changed since.
///
/// # Errors
/// The store cannot be read.
pub fn forget(config: &Config, reader: &Reader, before: u64) -> Result<(), StoreError> {
    let folder = &folder(config);
    if !folder.exists() {
        return Ok(());
    }
    match without_gone(folder, reader, before) {
        Ok(()) => Ok(()),
        Err(Trouble::Store(error)) => Err(error),
        Err(trouble @ (Trouble::Search(_) | Trouble::Damaged)) => {
            info!(error = %trouble, "the index of search is removed");
            remove(folder);
            Ok(())
        }
    }
}

fn without_gone(folder: &Path, reader: &Reader, before: u64) -> Result<(), Trouble> {
    let sequence = reader.position()?.sequence;
    // One that cannot be read is made anew, and so has no words.
    let (mut index, _) = Index::open(folder, reader.newest_epoch(), SMALLEST_MEMORY)?;
    for Form { no, .. } in index.forms()? {
        if reader.revision(no)?.is_none() {
            index.remove(no);
        }
    }
    // What it had not seen before it is to find at the next start.
    let seen = if index.sequence() == before { sequence } else { index.sequence() };
    index.commit(seen)?;
    for _ in 0..PURGES {
        if index.purge()? {
            return Ok(index.close()?);
        }
        // What is being merged by itself has to be looked at again.
        thread::sleep(PURGE_PAUSE);
    }
    Err(Trouble::Damaged)
}
