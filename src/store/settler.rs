//! Taking turns with the thread that brings to the disk what is held.

use super::error::StoreError;
use super::held::Held;
use super::layers::{Layers, Stored};
use super::worker::Worker;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tracing::error;

/// Ends the thread when it is dropped; what is on its way by then comes from the segments.
pub struct Settler {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread and those who wait for it share.
pub struct Shared {
    layers: Arc<RwLock<Layers>>,
    turn: Mutex<Turn>,
    changed: Condvar,
}

#[derive(Default)]
pub struct Turn {
    pub stage: Stage,
    pub stop: bool,
    /// What is on the disk is to be made as small as it can be.
    pub tidy: bool,
}

#[derive(Default)]
pub enum Stage {
    /// Nothing is on its way.
    #[default]
    Idle,
    Busy,
    /// What is on its way did not arrive; with the reason until it is told.
    Failed(Option<StoreError>),
}

impl Settler {
    /// # Errors
    /// No thread can be started.
    pub fn start(layers: Arc<RwLock<Layers>>) -> Result<Settler, StoreError> {
        let stored = layers.read().expect("no holder panics").stored.clone();
        let shared = Arc::new(Shared { layers, turn: Mutex::default(), changed: Condvar::new() });
        let worker = Worker::new(shared.clone(), &stored);
        let thread = thread::Builder::new().name("store-settler".to_owned());
        let thread = thread.spawn(move || worker.run());
        let thread = thread.map_err(StoreError::io("no thread for", &stored.disk.path))?;
        Ok(Settler { shared, thread: Some(thread) })
    }

    /// Sends what is held on its way, once what was before has arrived.
    ///
    /// # Errors
    /// Why that did not arrive. The next call has it tried again.
    pub fn begin(&self) -> Result<(), StoreError> {
        let mut turn = self.wait()?;
        let mut layers = self.shared.layers.write().expect("no holder panics");
        layers.settling = Arc::new(std::mem::take(&mut layers.held));
        drop(layers);
        self.shared.send(&mut turn);
        Ok(())
    }

    /// Waits until nothing is on its way.
    ///
    /// # Errors
    /// As [`Settler::begin`].
    pub fn finish(&self) -> Result<(), StoreError> {
        self.wait().map(drop)
    }

    /// Has what is on the disk made as small as it can be, in time.
    pub fn tidy(&self) {
        self.shared.turn().tidy = true;
        self.shared.changed.notify_all();
    }

    /// Waits until that is done, or cannot be.
    pub fn rest(&self) {
        let mut turn = self.shared.turn();
        while turn.tidy && !matches!(turn.stage, Stage::Failed(_)) {
            turn = self.shared.wait(turn);
        }
    }

    /// Tells, once, why what is on its way did not arrive; has it tried again when that was told.
    ///
    /// # Errors
    /// That.
    pub fn check(&self) -> Result<(), StoreError> {
        let mut turn = self.shared.turn();
        if let Some(error) = turn.failure() {
            return Err(error);
        }
        if let Stage::Failed(None) = turn.stage {
            self.shared.send(&mut turn);
        }
        Ok(())
    }

    fn wait(&self) -> Result<MutexGuard<'_, Turn>, StoreError> {
        let mut turn = self.shared.turn();
        turn.failure();
        loop {
            match &mut turn.stage {
                Stage::Idle => return Ok(turn),
                Stage::Busy => {
                    turn = self.shared.wait(turn);
                }
                Stage::Failed(Some(_)) => return turn.failure().map_or(Ok(turn), Err),
                Stage::Failed(None) => self.shared.send(&mut turn),
            }
        }
    }
}

impl Drop for Settler {
    fn drop(&mut self) {
        self.shared.turn().stop = true;
        self.shared.changed.notify_all();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            error!("the thread that settles panicked");
        }
    }
}

impl Shared {
    pub fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().expect("no holder panics")
    }

    /// Waits until the turn may be another.
    pub fn wait<'a>(&self, turn: MutexGuard<'a, Turn>) -> MutexGuard<'a, Turn> {
        self.changed.wait(turn).expect("no holder panics")
    }

    /// The same, at most until then, if that is to come.
    pub fn wait_until<'a>(
        &self,
        turn: MutexGuard<'a, Turn>,
        end: Option<Instant>,
    ) -> MutexGuard<'a, Turn> {
        match end.map(|end| end.saturating_duration_since(Instant::now())) {
            None | Some(Duration::ZERO) => self.wait(turn),
            Some(most) => self.changed.wait_timeout(turn, most).expect("no holder panics").0,
        }
    }

    fn send(&self, turn: &mut Turn) {
        turn.stage = Stage::Busy;
        self.changed.notify_all();
    }

    /// What is on its way.
    pub fn settling(&self) -> Arc<Held> {
        self.layers.read().expect("no holder panics").settling.clone()
    }

    /// Ends the stage [`Stage::Busy`]. `stored`: what is on the disk now.
    pub fn arrived(&self, outcome: Result<Stored, StoreError>) {
        let mut turn = self.turn();
        turn.stage = match outcome {
            Ok(stored) => {
                let mut layers = self.layers.write().expect("no holder panics");
                (layers.stored, layers.settling) = (Arc::new(stored), Arc::default());
                Stage::Idle
            }
            Err(error) => Stage::Failed(Some(error)),
        };
        self.changed.notify_all();
    }

    /// What [`Settler::tidy`] asked for is done.
    pub fn tidied(&self) {
        self.turn().tidy = false;
        self.changed.notify_all();
    }

    /// The same pairs are on the disk in another form.
    pub fn show(&self, stored: Stored) {
        self.layers.write().expect("no holder panics").stored = Arc::new(stored);
    }
}

impl Turn {
    fn failure(&mut self) -> Option<StoreError> {
        match &mut self.stage {
            Stage::Failed(why) => why.take(),
            Stage::Idle | Stage::Busy => None,
        }
    }
}
