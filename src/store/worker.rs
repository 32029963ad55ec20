//! The thread that brings to the disk what is held, and meanwhile merges runs and makes sled's
//! files anew.

use super::disk::Disk;
use super::error::StoreError;
use super::held::Held;
use super::keys;
use super::layers::Stored;
use super::pairs::WriteRef;
use super::renewal::{self, Renewal};
use super::room;
use super::runs::{self, Merge, Run, Runs, Writer};
use super::segment::sync_folder;
use super::settler::{Shared, Stage};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
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
    merging: Work<Merge>,
    renewing: Work<Renewal>,
    /// When sled's files, which have grown too much, are made anew.
    renews_at: Option<Instant>,
    /// Bytes that sled was given since its files were made.
    given: u64,
}

/// What takes several turns.
enum Work<T> {
    Idle,
    Underway(Box<T>),
    Failed { is_damaged: bool },
}

enum Task {
    Settle(Arc<Held>),
    Merge,
    Renew,
    /// All is as small as it can be.
    Tidied,
    Stop,
}

impl<T> Work<T> {
    fn failed(why: &StoreError) -> Self {
        Work::Failed { is_damaged: matches!(why, StoreError::Damaged { .. }) }
    }

    /// `is_due`: whether it is to begin.
    fn goes_on(&self, is_due: bool) -> bool {
        match self {
            Work::Idle => is_due,
            Work::Underway(_) => true,
            Work::Failed { .. } => false,
        }
    }

    /// Has it tried again; damage stays.
    fn forgive(&mut self) {
        if let Work::Failed { is_damaged: false } = self {
            *self = Work::Idle;
        }
    }
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
            merging: Work::Idle,
            renewing: Work::Idle,
            renews_at: None,
            given: 0,
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
                        self.merging = Work::failed(&problem);
                    }
                }
                Task::Renew => {
                    if let Err(problem) = self.caught(Worker::renew) {
                        error!(error = problem.full(), "sled's files cannot be made anew");
                        self.renewing = Work::failed(&problem);
                    }
                }
                Task::Tidied => self.shared.tidied(),
            }
        }
    }

    fn next_task(&self) -> Task {
        let is_urgent = self.runs.count() >= MANY_RUNS && !self.has_redo;
        let mut turn = self.shared.turn();
        loop {
            let merges = self.merging.goes_on(self.to_merge(turn.tidy).is_some());
            let renews = self.renewing.goes_on(
                self.renews_at.is_some_and(|at| at <= Instant::now())
                    || turn.tidy && renewal::pays(self.disk.bytes(), self.disk.bytes_when_new()),
            );
            match turn.stage {
                _ if turn.stop => return Task::Stop,
                Stage::Busy if !(merges && is_urgent) => {
                    return Task::Settle(self.shared.settling());
                }
                Stage::Busy | Stage::Idle if merges => return Task::Merge,
                Stage::Idle if renews => return Task::Renew,
                Stage::Idle if turn.tidy => return Task::Tidied,
                _ => turn = self.shared.wait_until(turn, self.renews_at),
            }
        }
    }

    /// The runs to merge. `all`: however few.
    fn to_merge(&self, all: bool) -> Option<&[Arc<Run>]> {
        if all { self.runs.all() } else { self.runs.due() }
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
        self.merging.forgive();
        self.renewing.forgive();
        if self.runs.count() >= MOST_RUNS {
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
        self.copy(&writes);
        let due = renewal::due_in(self.disk.bytes(), self.disk.bytes_when_new(), self.given);
        self.renews_at = due.map(|wait| Instant::now() + wait);
        Ok(())
    }

    /// Keeps a copy that is being made the same.
    fn copy(&mut self, writes: &[WriteRef<'_>]) {
        let bytes = |(key, value): &WriteRef<'_>| key.len() + value.map_or(0, <[u8]>::len);
        self.given += writes.iter().map(bytes).sum::<usize>() as u64;
        if let Work::Underway(renewal) = &self.renewing
            && let Err(problem) = renewal.write(writes)
        {
            error!(error = problem.full(), "sled's files cannot be made anew");
            self.renewing = Work::failed(&problem);
        }
    }

    /// Goes on merging for a while.
    fn merge(&mut self) -> Result<(), StoreError> {
        let mut merge = match std::mem::replace(&mut self.merging, Work::Idle) {
            Work::Underway(merge) => merge,
            Work::Idle | Work::Failed { .. } => {
                let all = self.shared.turn().tidy;
                let Some(inputs) = self.to_merge(all).map(<[_]>::to_vec) else { return Ok(()) };
                room::check(&self.disk.path, inputs.iter().map(|run| run.tail).sum())?;
                let is_lowest = self.runs.has_oldest_of(&inputs);
                Box::new(Merge::new(&self.folder(), self.take_id(), inputs, is_lowest)?)
            }
        };
        if !merge.step()? {
            self.merging = Work::Underway(merge);
            return Ok(());
        }
        let inputs = merge.inputs.clone();
        let runs = self.runs.with_merged(&inputs, Arc::new(merge.finish()?));
        let list = runs.encode();
        let writes = [(keys::RUNS, Some(list.as_slice()))];
        self.disk.apply(&writes)?;
        self.copy(&writes);
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

    /// Goes on making sled's files anew for a while.
    fn renew(&mut self) -> Result<(), StoreError> {
        let mut renewal = match std::mem::replace(&mut self.renewing, Work::Idle) {
            Work::Underway(renewal) => renewal,
            Work::Idle | Work::Failed { .. } => {
                room::check(&self.disk.path, self.disk.bytes())?;
                Box::new(Renewal::begin(&self.disk)?)
            }
        };
        if !renewal.step(&self.disk)? {
            self.renewing = Work::Underway(renewal);
            return Ok(());
        }
        self.disk = Arc::new(renewal.finish(&self.disk)?);
        (self.renews_at, self.given) = (None, 0);
        self.shared.show(self.stored());
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
