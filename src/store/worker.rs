//! The thread that brings to the disk what is held, and merges runs meanwhile.

use super::disk::Disk;
use super::error::StoreError;
use super::held::Held;
use super::keys;
use super::layers::Stored;
use super::room;
use super::runs::{self, Merge, Run, Runs, Writer};
use super::segment::sync_folder;
use super::settler::{Shared, Stage};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use tracing::{error, warn};

/// Runs from which on merging comes before settling.
const MANY_RUNS: usize = 24;
/// Runs from which on nothing is settled: merging has failed for long.
const MOST_RUNS: usize = 64;

pub struct Worker {
    shared: Arc<Shared>,
    disk: Arc<Disk>,
    runs: Runs,
    next_id: u64,
    /// Of what is on its way, after a failure.
    written: Option<Arc<Run>>,
    /// A redo file may be there: no merge may change the list of runs that it has.
    has_redo: bool,
    merging: Merging,
}

enum Merging {
    Idle,
    Underway(Box<Merge>),
    Failed { is_damaged: bool },
}

enum Task {
    Settle(Arc<Held>),
    Merge,
    Stop,
}

impl Worker {
    pub fn new(shared: Arc<Shared>, stored: &Stored) -> Self {
        Worker {
            shared,
            disk: stored.disk.clone(),
            runs: stored.runs.clone(),
            next_id: stored.runs.free_id(),
            written: None,
            has_redo: false,
            merging: Merging::Idle,
        }
    }

    pub fn run(mut self) {
        loop {
            match self.next_task() {
                Task::Stop => return,
                Task::Settle(held) => {
                    let settled = self.caught(|worker| worker.settle(&held));
                    self.shared.arrived(settled.map(|()| self.stored()));
                }
                Task::Merge => {
                    if let Err(problem) = self.caught(Worker::merge) {
                        error!(error = problem.full(), "runs of the index cannot be merged");
                        let is_damaged = matches!(problem, StoreError::Damaged { .. });
                        self.merging = Merging::Failed { is_damaged };
                    }
                }
            }
        }
    }

    fn next_task(&self) -> Task {
        let merges = match self.merging {
            Merging::Idle => self.runs.due().is_some(),
            Merging::Underway(_) => true,
            Merging::Failed { .. } => false,
        };
        let mut turn = self.shared.turn();
        loop {
            let is_urgent = self.runs.len() >= MANY_RUNS && !self.has_redo;
            match turn.stage {
                _ if turn.stop => return Task::Stop,
                Stage::Busy if !(merges && is_urgent) => {
                    return Task::Settle(self.shared.settling());
                }
                Stage::Busy | Stage::Idle if merges => return Task::Merge,
                _ => turn = self.shared.wait(turn),
            }
        }
    }

    /// Sled panics on damage, and somebody waits for this thread.
    fn caught(
        &mut self,
        task: impl FnOnce(&mut Worker) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        catch_unwind(AssertUnwindSafe(|| task(self))).unwrap_or_else(|_| {
            let problem = "settling panicked; restart, or run `countywire store rebuild`";
            Err(StoreError::damaged(&self.disk.path, 0, problem))
        })
    }

    /// A run first, then the rest with the list of runs.
    fn settle(&mut self, held: &Held) -> Result<(), StoreError> {
        if let Merging::Failed { is_damaged: false } = self.merging {
            self.merging = Merging::Idle;
        }
        if self.runs.len() >= MOST_RUNS {
            let problem = "its runs could not be merged, as the log tells; `countywire store rebuild` remakes it";
            return Err(StoreError::damaged(&self.disk.path, 0, problem));
        }
        let for_runs = held.sorted(true);
        if self.written.is_none() && !for_runs.is_empty() {
            let keys = for_runs.len() as u64;
            let mut writer = Writer::create(&self.folder(), self.take_id(), 0, keys)?;
            for_runs.into_iter().try_for_each(|write| writer.push(write))?;
            self.written = Some(Arc::new(writer.finish()?));
        }
        let runs = match &self.written {
            Some(run) => self.runs.with(run.clone()),
            None => self.runs.clone(),
        };
        let list = runs.encode();
        let mut writes = held.sorted(false);
        writes.push((keys::RUNS, Some(&list)));
        self.has_redo = true;
        self.disk.write(&writes)?;
        self.has_redo = false;
        self.written = None;
        self.runs = runs;
        Ok(())
    }

    /// Goes on merging for a while.
    fn merge(&mut self) -> Result<(), StoreError> {
        let mut merge = match std::mem::replace(&mut self.merging, Merging::Idle) {
            Merging::Underway(merge) => merge,
            Merging::Idle | Merging::Failed { .. } => {
                let Some(inputs) = self.runs.due().map(<[_]>::to_vec) else { return Ok(()) };
                room::check(&self.disk.path, inputs.iter().map(|run| run.tail).sum())?;
                let is_lowest = self.runs.has_oldest_of(&inputs);
                Box::new(Merge::new(&self.folder(), self.take_id(), inputs, is_lowest)?)
            }
        };
        if !merge.step()? {
            self.merging = Merging::Underway(merge);
            return Ok(());
        }
        let inputs = merge.inputs.clone();
        let runs = self.runs.with_merged(&inputs, Arc::new(merge.finish()?));
        self.disk.apply(&[(keys::RUNS, Some(&runs.encode()))])?;
        // A redo file that a power cut brings back would list what is deleted now.
        sync_folder(&self.disk.path)?;
        self.runs = runs;
        self.shared.show(self.stored());
        for Run { path, .. } in inputs.iter().map(Arc::as_ref) {
            if let Err(error) = fs::remove_file(path) {
                warn!(%error, path = %path.display(), "cannot remove");
            }
        }
        Ok(())
    }

    fn stored(&self) -> Stored {
        Stored { disk: self.disk.clone(), runs: self.runs.clone() }
    }

    fn folder(&self) -> PathBuf {
        runs::folder(&self.disk.path)
    }

    fn take_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
}
