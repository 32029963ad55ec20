//! The journal of one machine: a channel bounded by reports and by bytes.

use super::contract::{Appended, Journal, JournalError};
use crate::model::{Obeyed, Order, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// Reports that may wait.
const REPORTS: usize = 64;
/// Bytes that may wait; also the largest report.
const BYTES: usize = 32 * 1024 * 1024;
/// What one group commit takes at most. sled keeps what a batch replaces until the batch
/// ends: with 8 MiB, polling 1,000 new feeds took 20 MB more memory and no less time.
const GROUP_REPORTS: usize = 32;
const GROUP_BYTES: usize = 512 * 1024;

/// How long a group waits for more, once: making it durable takes as long.
const LINGER: Duration = Duration::from_millis(1);

struct Waiting<P> {
    report: Vec<u8>,
    prepared: P,
    done: oneshot::Sender<Result<Appended, JournalError>>,
    _room: OwnedSemaphorePermit,
}

enum Parcel<P> {
    Report(Waiting<P>),
    Order(Order, oneshot::Sender<Result<Obeyed, JournalError>>),
    Probe(Probe),
}

/// Somebody asks whether reports would be kept.
pub struct Probe(oneshot::Sender<Result<(), JournalError>>);

/// What the consumer is to do next.
pub enum Work<P> {
    /// Reports for one commit.
    Group(Vec<Delivery<P>>),
    Order(Ordered),
    Probe(Probe),
}

/// What an appender does with its encoded report, so that the reading end need not.
type Prepare<P> = dyn Fn(&[u8]) -> P + Send + Sync;

/// The appending end. `P`: what appenders prepare of their reports.
pub struct LocalJournal<P> {
    inbox: mpsc::Sender<Parcel<P>>,
    room: Arc<Semaphore>,
    prepare: Arc<Prepare<P>>,
}

impl<P> Clone for LocalJournal<P> {
    fn clone(&self) -> Self {
        let LocalJournal { inbox, room, prepare } = self;
        LocalJournal { inbox: inbox.clone(), room: Arc::clone(room), prepare: Arc::clone(prepare) }
    }
}

/// The reading end; its owner is the one that commits.
pub struct LocalConsumer<P> {
    outbox: mpsc::Receiver<Parcel<P>>,
    /// Came while a group was gathered.
    next: Option<Parcel<P>>,
    next_sequence: u64,
    recorded_at: Timestamp,
    clock: Box<dyn Fn() -> Timestamp + Send>,
}

/// A report with the place that the journal gave it.
pub struct Delivery<P> {
    pub sequence: u64,
    pub recorded_at: Timestamp,
    pub report: Vec<u8>,
    pub prepared: P,
    done: oneshot::Sender<Result<Appended, JournalError>>,
    _room: OwnedSemaphorePermit,
}

/// An order with the place that the journal gave it.
pub struct Ordered {
    pub sequence: u64,
    pub recorded_at: Timestamp,
    pub order: Order,
    done: oneshot::Sender<Result<Obeyed, JournalError>>,
}

impl<P> LocalJournal<P> {
    /// A journal that goes on after `last_sequence`, recorded at `last_recorded_at`.
    pub fn new(
        last_sequence: u64,
        last_recorded_at: Timestamp,
        clock: impl Fn() -> Timestamp + Send + 'static,
        prepare: impl Fn(&[u8]) -> P + Send + Sync + 'static,
    ) -> (LocalJournal<P>, LocalConsumer<P>) {
        let (inbox, outbox) = mpsc::channel(REPORTS);
        let room = Arc::new(Semaphore::new(BYTES));
        let journal = LocalJournal { inbox, room, prepare: Arc::new(prepare) };
        let consumer = LocalConsumer {
            outbox,
            next: None,
            next_sequence: last_sequence + 1,
            recorded_at: last_recorded_at,
            clock: Box::new(clock),
        };
        (journal, consumer)
    }

    /// Has one step of an order taken, in its turn among the reports.
    ///
    /// # Errors
    /// The step was not taken.
    pub async fn order(&self, order: Order) -> Result<Obeyed, JournalError> {
        let (done, outcome) = oneshot::channel();
        let parcel = Parcel::Order(order, done);
        self.inbox.send(parcel).await.map_err(|_| JournalError::Closed)?;
        outcome.await.map_err(|_| JournalError::Closed)?
    }
}

impl<P: Send> Journal for LocalJournal<P> {
    async fn append(&self, report: Vec<u8>) -> Result<Appended, JournalError> {
        let bytes = report.len();
        let too_large = JournalError::TooLarge { bytes, limit: BYTES };
        let wanted = u32::try_from(bytes).map_err(|_| too_large.clone())?;
        if bytes > BYTES {
            return Err(too_large);
        }
        let room = Arc::clone(&self.room).acquire_many_owned(wanted).await;
        let room = room.map_err(|_| JournalError::Closed)?;
        let (done, outcome) = oneshot::channel();
        let prepared = (self.prepare)(&report);
        let waiting = Waiting { report, prepared, done, _room: room };
        self.inbox.send(Parcel::Report(waiting)).await.map_err(|_| JournalError::Closed)?;
        outcome.await.map_err(|_| JournalError::Closed)?
    }

    async fn probe(&self) -> Result<(), JournalError> {
        let (asker, answer) = oneshot::channel();
        let probe = Parcel::Probe(Probe(asker));
        self.inbox.send(probe).await.map_err(|_| JournalError::Closed)?;
        answer.await.map_err(|_| JournalError::Closed)?
    }
}

impl Probe {
    pub fn answer(self, answer: Result<(), JournalError>) {
        // Who asked may have gone.
        let _ = self.0.send(answer);
    }
}

impl<P> LocalConsumer<P> {
    /// Waits for a report, then takes what else is waiting, up to a group's size.
    /// `None`: all appending ends are gone and nothing is left.
    pub fn next_work(&mut self) -> Option<Work<P>> {
        let parcel = match self.next.take() {
            Some(parcel) => parcel,
            None => self.outbox.blocking_recv()?,
        };
        let first = match parcel {
            Parcel::Report(first) => first,
            Parcel::Probe(probe) => return Some(Work::Probe(probe)),
            Parcel::Order(order, done) => {
                let (sequence, recorded_at) = self.next_place();
                return Some(Work::Order(Ordered { sequence, recorded_at, order, done }));
            }
        };
        let mut bytes = first.report.len();
        let mut group = vec![self.record(first)];
        let mut has_lingered = false;
        while group.len() < GROUP_REPORTS && bytes < GROUP_BYTES {
            match self.outbox.try_recv() {
                Ok(Parcel::Report(waiting)) => {
                    bytes += waiting.report.len();
                    group.push(self.record(waiting));
                }
                Ok(other) => {
                    self.next = Some(other);
                    break;
                }
                Err(_) if has_lingered => break,
                Err(_) => {
                    has_lingered = true;
                    std::thread::sleep(LINGER);
                }
            }
        }
        Some(Work::Group(group))
    }

    /// Whether all appending ends are gone and nothing is left.
    pub fn is_over(&self) -> bool {
        self.next.is_none() && self.outbox.is_closed() && self.outbox.is_empty()
    }

    /// Takes back the sequences from this one on, of what was not kept.
    pub fn rewind(&mut self, sequence: u64) {
        self.next_sequence = sequence;
    }

    fn record(&mut self, waiting: Waiting<P>) -> Delivery<P> {
        let (sequence, recorded_at) = self.next_place();
        let Waiting { report, prepared, done, _room } = waiting;
        Delivery { sequence, recorded_at, report, prepared, done, _room }
    }

    fn next_place(&mut self) -> (u64, Timestamp) {
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        self.recorded_at = self.recorded_at.max((self.clock)());
        (sequence, self.recorded_at)
    }
}

impl Ordered {
    /// Tells who gave the order what came of it.
    pub fn finish(self, outcome: Result<Obeyed, JournalError>) {
        let _ = self.done.send(outcome);
    }
}

impl<P> Delivery<P> {
    /// Tells the appender what became of its report.
    pub fn finish(self, outcome: Result<Appended, JournalError>) {
        // An appender that has gone (shutdown) needs no answer.
        let _ = self.done.send(outcome);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EntryKey, TakeDown};
    use std::sync::atomic::{AtomicI64, Ordering};

    const KEY: EntryKey = EntryKey([7; 16]);

    #[tokio::test]
    async fn sequences_go_on_and_recorded_at_never_goes_back() {
        let now = Arc::new(AtomicI64::new(500));
        let clock = {
            let now = Arc::clone(&now);
            move || Timestamp(now.load(Ordering::SeqCst))
        };
        let (journal, mut consumer) =
            LocalJournal::new(41, Timestamp(900), clock, |report| report[0]);
        let reader = tokio::task::spawn_blocking(move || {
            let mut seen = Vec::new();
            while let Some(work) = consumer.next_work() {
                let group = match work {
                    Work::Group(group) => group,
                    Work::Probe(probe) => {
                        probe.answer(Err(JournalError::Closed));
                        continue;
                    }
                    Work::Order(order) => {
                        assert_eq!(
                            (order.sequence, &order.order),
                            (44, &Order::TakeDown(TakeDown::Entry(KEY)))
                        );
                        consumer.rewind(order.sequence);
                        order.finish(Ok(Obeyed { more: true, ..Obeyed::default() }));
                        continue;
                    }
                };
                for delivery in group {
                    assert_eq!(delivery.prepared, delivery.report[0], "it was prepared");
                    seen.push((delivery.sequence, delivery.recorded_at, delivery.report.clone()));
                    let sequence = delivery.sequence;
                    delivery.finish(Ok(Appended { sequence, ..Appended::default() }));
                }
            }
            seen
        });
        assert_eq!(journal.append(vec![1]).await.map(|a| a.sequence), Ok(42));
        now.store(1000, Ordering::SeqCst);
        assert_eq!(journal.probe().await, Err(JournalError::Closed), "it is told what is answered");
        assert_eq!(journal.append(vec![2]).await.map(|a| a.sequence), Ok(43));
        let obeyed = journal.order(Order::TakeDown(TakeDown::Entry(KEY))).await.expect("obeyed");
        assert!(obeyed.more);
        assert_eq!(journal.append(vec![3]).await.map(|a| a.sequence), Ok(44), "it was taken back");
        drop(journal);
        let seen = reader.await.expect("the reader ends when the journal is dropped");
        let [one, two, three] = [1, 2, 3].map(|number| vec![number]);
        let (early, late) = (Timestamp(900), Timestamp(1000));
        assert_eq!(seen, [(42, early, one), (43, late, two), (44, late, three)]);
    }

    #[tokio::test]
    async fn an_oversized_report_is_refused_at_once() {
        let (journal, _consumer) = LocalJournal::new(0, Timestamp(0), || Timestamp(0), |_| ());
        let error = journal.append(vec![0; BYTES + 1]).await.expect_err("too large");
        assert_eq!(error.kind(), "too_large");
    }
}
