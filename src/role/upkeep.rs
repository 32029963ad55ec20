//! Old entries leave the store, and room is won back, while reports are kept in between.

use super::reclassify::misfiled;
use super::renaming::Filing;
use super::shared::Shared;
use super::writer::Readied;
use crate::journal::{JournalError, LocalJournal};
use crate::model::{EntryNo, Obeyed, Order, Retain, TakeDown};
use crate::store::Reader;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How often it is looked for what may leave.
const EVERY: Duration = Duration::from_secs(60);
/// Between two steps: readers and reports go first.
const PAUSE: Duration = Duration::from_millis(20);
/// What one wish takes at most, so that who wished hears of it.
const TURN: Duration = Duration::from_secs(2);

/// For search, before more entries are filed anew.
const CATCHING_UP: Duration = Duration::from_secs(30);

/// What an admin wants done now.
pub struct Wish {
    pub task: Task,
    /// As far as it was done.
    pub answer: oneshot::Sender<Result<Turn, String>>,
}

/// What came of a turn.
#[derive(Debug, Clone, Copy, Default, serde::Serialize, serde::Deserialize)]
pub struct Turn {
    #[serde(flatten)]
    pub done: Obeyed,
    /// The last entry that was looked at.
    pub upto: u64,
}

#[derive(Debug, Clone)]
pub enum Task {
    /// Winning back what room there is.
    Compact,
    TakeDown(TakeDown),
    /// Filing stored entries after this one by the settings of today.
    Reclassify(EntryNo),
    /// Filing entries that lie under former ids of sources: the answer comes before it is done.
    File,
}

pub struct Upkeep {
    pub journal: LocalJournal<Readied>,
    pub shared: Arc<Shared>,
    pub wishes: mpsc::Receiver<Wish>,
    pub filing: Filing,
}

impl Upkeep {
    /// Until `stop`; what is left to do then is done after the next start.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut next = tokio::time::Instant::now() + EVERY;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PAUSE), if !self.filing.is_over() => {
                    let overtaken = |reader| self.shared.search.is_overtaken(&reader);
                    if !self.shared.reader().is_some_and(overtaken) {
                        self.filing.step(&self.journal).await;
                    }
                }
                Some(Wish { task, answer }) = self.wishes.recv() => {
                    if let Task::File = task {
                        self.file().await;
                    }
                    let _ = answer.send(self.turn(task, &stop).await);
                }
                () = tokio::time::sleep_until(next) => {
                    match self.steps(Order::Retain(self.limits()), &stop, None).await {
                        Ok(done) if done.entries_removed > 0 || done.segments_rewritten > 0 => {
                            let (entries, segments) = (done.entries_removed, done.segments_rewritten);
                            info!(entries, segments, "old entries removed, segments rewritten");
                        }
                        Ok(_) | Err(JournalError::Closed) => {}
                        Err(error) => warn!(%error, "old entries stay for now"),
                    }
                    next = tokio::time::Instant::now() + EVERY;
                }
            }
        }
    }

    async fn turn(&self, task: Task, stop: &CancellationToken) -> Result<Turn, String> {
        let steps = async |order| {
            let done = self.steps(order, stop, Some(TURN)).await;
            done.map(|done| Turn { done, upto: 0 }).map_err(|error| error.to_string())
        };
        match task {
            Task::Compact => {
                steps(Order::Retain(Retain { is_thorough: true, ..self.limits() })).await
            }
            Task::TakeDown(what) => steps(Order::TakeDown(what)).await,
            Task::File => Ok(Turn::default()),
            Task::Reclassify(after) => {
                let reader = self.shared.reader().ok_or("the store is not open yet")?;
                self.let_search_catch_up(&reader, stop).await;
                let live = self.shared.live();
                let found = tokio::task::spawn_blocking(move || misfiled(&live, &reader, after));
                let found = found.await.map_err(|_| "classifying panicked; see the log")??;
                let mut done = Obeyed::default();
                if !found.entries.is_empty() {
                    let order = self.journal.order(Order::Refile(found.entries)).await;
                    done = order.map_err(|error| error.to_string())?;
                }
                Ok(Turn { done: Obeyed { more: found.more, ..done }, upto: found.upto })
            }
        }
    }

    /// For a while: where many entries are filed anew, each is to be found there within seconds.
    async fn let_search_catch_up(&self, reader: &Reader, stop: &CancellationToken) {
        let began = Instant::now();
        while self.shared.search.is_overtaken(reader)
            && began.elapsed() < CATCHING_UP
            && !stop.is_cancelled()
        {
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn file(&mut self) {
        if let Some(reader) = self.shared.reader() {
            self.filing = Filing::begin(&reader).await;
        }
    }

    fn limits(&self) -> Retain {
        self.shared.live().config.store.retain
    }

    /// Steps of an order until it is done, or its turn is over; what came of them.
    async fn steps(
        &self,
        order: Order,
        stop: &CancellationToken,
        turn: Option<Duration>,
    ) -> Result<Obeyed, JournalError> {
        let (began, mut all) = (Instant::now(), Obeyed::default());
        loop {
            let step = self.journal.order(order.clone()).await?;
            all.entries_removed += step.entries_removed;
            all.segments_rewritten += step.segments_rewritten;
            all.more = step.more;
            let is_over = turn.is_some_and(|turn| began.elapsed() > turn);
            if !step.more || is_over || stop.is_cancelled() {
                return Ok(all);
            }
            if turn.is_none() {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
