//! Runs: what of the index is looked up and rarely walked, in sorted files that never change.
//!
//! Each settling adds a run; [`FAN`] of a level become one of the next. So there are few, a
//! key is written about once a level, and one that is not there costs a look into the filter of
//! each run. O'Neil et al., "The Log-Structured Merge-Tree" (1996).

mod cache;
mod cursor;
mod fences;
mod filter;
mod merge;
mod run;
#[cfg(test)]
mod tests;
mod writer;

pub use merge::Merge;
pub use run::{Run, mark_damaged};
pub use writer::Writer;

use super::error::StoreError;
use super::guard;
use super::held::{Pair, Pairs};
use super::record;
use cache::Cache;
use cursor::Newest;
use filter::Print;
use minicbor::{Decode, Encode};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Runs of a level that are merged.
const FAN: usize = 4;
/// Of smaller runs, levels alone decide.
const OUTGROWN_BYTES: u64 = if cfg!(test) { 4 * 1024 } else { 4 * 1024 * 1024 };

/// Newest first; levels only grow.
#[derive(Clone)]
pub struct Runs {
    list: Arc<[Arc<Run>]>,
    cache: Arc<Cache>,
}

/// As the index keeps the list.
#[derive(Encode, Decode)]
struct Listed {
    #[n(0)]
    id: u64,
    #[n(1)]
    level: u8,
}

pub fn folder(index: &Path) -> PathBuf {
    index.join("runs")
}

impl Runs {
    /// Opens what is listed and removes what is not: the rest of an interrupted merge.
    ///
    /// # Errors
    /// One is missing or damaged; the disk fails.
    pub fn open(folder: &Path, list: Option<&[u8]>, cache_bytes: u64) -> Result<Runs, StoreError> {
        fs::create_dir_all(folder).map_err(StoreError::io("cannot create", folder))?;
        let damaged = |problem| StoreError::damaged(folder, 0, problem);
        run::check_marked(folder).map_err(damaged)?;
        let list: Vec<Listed> = list.map_or(Ok(Vec::new()), record::decode).map_err(damaged)?;
        let runs = list.iter().map(|Listed { id, level }| Run::open(folder, *id, *level));
        let runs: Vec<Run> = runs.collect::<Result<_, _>>()?;
        guard::remove_files(folder, |name| {
            !runs.iter().any(|run| run.path.file_name().is_some_and(|known| known == name))
        });
        let cache = Arc::new(Cache::new(cache_bytes));
        Ok(Runs { list: runs.into_iter().map(Arc::new).collect(), cache })
    }

    pub fn encode(&self) -> Vec<u8> {
        let list = self.list.iter().map(|run| Listed { id: run.id, level: run.level });
        record::encode(&list.collect::<Vec<_>>())
    }

    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// A number that none of them has.
    pub fn free_id(&self) -> u64 {
        self.list.iter().map(|run| run.id).max().unwrap_or(0) + 1
    }

    pub fn with(&self, newest: Arc<Run>) -> Runs {
        self.listing(std::iter::once(newest).chain(self.list.iter().cloned()))
    }

    /// With `merged` in the place of what it was made of.
    pub fn with_merged(&self, inputs: &[Arc<Run>], merged: Arc<Run>) -> Runs {
        let is_input = |run: &Arc<Run>| inputs.iter().any(|input| input.id == run.id);
        let newer = self.list.iter().take_while(|run| !is_input(run));
        let older = self.list.iter().skip_while(|run| !is_input(run)).filter(|run| !is_input(run));
        self.listing(newer.cloned().chain([merged]).chain(older.cloned()))
    }

    fn listing(&self, runs: impl Iterator<Item = Arc<Run>>) -> Runs {
        Runs { list: runs.collect(), cache: self.cache.clone() }
    }

    /// The runs that are to be merged next; none are most of the time.
    pub fn due(&self) -> Option<&[Arc<Run>]> {
        let mut levels = self.list.chunk_by(|one, other| one.level == other.level);
        levels.find(|level| level.len() >= FAN).or_else(|| self.outgrown())
    }

    /// All, if they are several.
    pub fn all(&self) -> Option<&[Arc<Run>]> {
        (self.list.len() > 1).then_some(&self.list)
    }

    /// All, once the newer ones have outgrown the oldest: what they replace and delete takes as
    /// much as what counts, at most.
    fn outgrown(&self) -> Option<&[Arc<Run>]> {
        let (oldest, newer) = self.list.split_last()?;
        let newer: u64 = newer.iter().map(|run| run.tail).sum();
        (oldest.tail >= OUTGROWN_BYTES && newer > oldest.tail).then_some(&self.list)
    }

    pub fn has_oldest_of(&self, runs: &[Arc<Run>]) -> bool {
        self.list.last().is_some_and(|oldest| runs.iter().any(|run| run.id == oldest.id))
    }

    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let print = Print::of(key);
        for run in self.list.iter() {
            if !run.filter.may_have(print) {
                continue;
            }
            if let Some(value) = self.cache.get(run.id, key) {
                return Ok(Some(value));
            }
            if let Some(value) = run.get(key)? {
                value.iter().for_each(|value| self.cache.keep(run.id, key, value));
                return Ok(value);
            }
        }
        Ok(None)
    }

    /// Has the kernel read what [`Runs::get`] of a key would read, while we go on.
    pub fn read_ahead(&self, key: &[u8]) {
        let print = Print::of(key);
        let asked = self.list.iter().find(|run| run.filter.may_have(print));
        let asked = asked.filter(|run| self.cache.get(run.id, key).is_none());
        asked.into_iter().for_each(|run| run.read_ahead(key));
    }

    /// Reads all blocks, and tells which are damaged.
    ///
    /// # Errors
    /// A failing disk.
    pub fn check(&self, note: &mut dyn FnMut(StoreError)) -> Result<(), StoreError> {
        let mut bytes = Vec::new();
        for run in self.list.iter() {
            for block in 0..run.fences.len() {
                match run.read_block(block, &mut bytes) {
                    Err(error) if error.is_damaged_index() => note(error),
                    read => read?,
                }
            }
        }
        Ok(())
    }

    /// Pairs whose key begins with `prefix` and is not below `from`, in order.
    pub fn scan(&self, prefix: &[u8], from: &[u8]) -> Pairs<'static> {
        let print = Print::of(prefix);
        let asked = |run: &&Arc<Run>| prefix.len() < filter::HEAD || run.filter.may_have(print);
        let mut asked = self.list.iter().filter(asked).cloned().peekable();
        if asked.peek().is_none() {
            return Box::new(std::iter::empty());
        }
        let mut writes = match Newest::new(asked, from.max(prefix)) {
            Ok(writes) => Some(writes),
            Err(error) => return Box::new(std::iter::once(Err(error))),
        };
        let prefix = prefix.to_vec();
        Box::new(std::iter::from_fn(move || next(&mut writes, &prefix).transpose()))
    }
}

/// `writes`: none after an error.
fn next(writes: &mut Option<Newest>, prefix: &[u8]) -> Result<Option<Pair>, StoreError> {
    let Some(mut walked) = writes.take() else { return Ok(None) };
    while let Some((key, value)) = walked.write().filter(|(key, _)| key.starts_with(prefix)) {
        let pair = value.map(|value| (key.to_vec(), value.to_vec()));
        walked.advance()?;
        if pair.is_some() {
            *writes = Some(walked);
            return Ok(pair);
        }
    }
    Ok(None)
}
