//! What is new in a channel that somebody listens to, made into events once for all of them.

use super::super::shared::Shared;
use super::event::{self, Event};
use crate::model::ChannelKey;
use crate::store::{Arrival, Reader};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, broadcast};
use tracing::error;

/// Events that are kept for who is slow; beyond, it is cut off, and resumes.
pub const KEPT: usize = 256;
/// Between two signs of life; proxies end what is silent for a minute.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub struct Pump {
    channel: ChannelKey,
    /// Where the channel's entries are told whole.
    feed: String,
    bell: Notify,
    events: broadcast::Sender<Event>,
}

impl Pump {
    /// What comes into a channel from now on; its pump begins at `now` where there is none yet.
    pub fn listen(
        shared: &Arc<Shared>,
        reader: &Reader,
        (channel, feed): (ChannelKey, &str),
        now: Arrival,
    ) -> broadcast::Receiver<Event> {
        let mut pumps = shared.streams.pumps.lock().expect("no holder panics");
        if let Some(pump) = pumps.get(&channel) {
            return pump.events.subscribe();
        }
        let (events, listening) = broadcast::channel(KEPT);
        let pump = Arc::new(Pump { channel, feed: feed.to_owned(), bell: Notify::new(), events });
        pumps.insert(channel, Arc::clone(&pump));
        tokio::spawn(pump.run(Arc::clone(shared), reader.clone(), now));
        listening
    }

    pub fn wake(&self) {
        self.bell.notify_one();
    }

    /// Until nobody listens any more.
    async fn run(self: Arc<Self>, shared: Arc<Shared>, reader: Reader, mut after: Arrival) {
        // What came while the first listener was let in.
        self.wake();
        while !self.is_over(&shared) {
            let rung = tokio::time::timeout(HEARTBEAT, self.bell.notified()).await.is_ok();
            match self.pass_on(&shared, &reader, after).await {
                Ok(upto) => after = upto,
                // The next round has it tried again.
                Err(error) => error!(error, "what is new in a channel cannot be read"),
            }
            if !rung {
                let _ = self.events.send(event::place(reader.epoch_of(after.sequence), after));
            }
        }
    }

    async fn pass_on(
        &self,
        shared: &Arc<Shared>,
        reader: &Reader,
        mut after: Arrival,
    ) -> Result<Arrival, String> {
        let position = reader.position().map_err(|error| error.full())?;
        let end = Arrival::end_of(position.sequence);
        while after < end {
            let found = event::read(shared, reader, self.channel, after).await?;
            // More has come at once than can be told one by one.
            let Some(found) = found else {
                let _ =
                    self.events.send(event::gap(reader.epoch_of(end.sequence), end, &self.feed));
                return Ok(end);
            };
            after = found.upto;
            for event in found.events {
                // Whether anybody listens is looked at elsewhere.
                let _ = self.events.send(event);
            }
            if !found.more {
                break;
            }
        }
        Ok(after)
    }

    /// Whether nobody listens; then it is not found any more either.
    fn is_over(&self, shared: &Shared) -> bool {
        let mut pumps = shared.streams.pumps.lock().expect("no holder panics");
        let is_over = self.events.receiver_count() == 0;
        if is_over {
            pumps.remove(&self.channel);
        }
        is_over
    }
}
