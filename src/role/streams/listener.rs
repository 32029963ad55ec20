//! One who listens: first what came since its last event, then what comes.

use super::super::shared::Shared;
use super::Place;
use super::event::{self, Event};
use super::pump::KEPT;
use crate::model::ChannelKey;
use crate::store::{Arrival, Reader};
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};

/// How often it is looked how far behind a client is that does not read.
const LOOK: Duration = Duration::from_secs(1);
/// How long a client waits before it comes again, milliseconds.
const RETRY_MS: u32 = 3_000;
/// Events since the last one that are told; beyond, there is a gap.
const RESUMED: usize = 1_000;

pub struct Listening {
    pub shared: Arc<Shared>,
    pub reader: Reader,
    pub channel: ChannelKey,
    /// Where the channel's entries are told whole.
    pub feed: String,
    pub events: broadcast::Receiver<Event>,
    pub pieces: mpsc::Sender<Bytes>,
    pub place: Place,
}

/// Why it ends.
enum End {
    /// The client has gone, the settings leave it no room, or the daemon stops.
    Over,
    TooSlow,
}

impl Listening {
    /// `last`: the event that the client has; none of those that we know: `Some(None)`.
    /// `now`: where it begins without one.
    pub async fn run(mut self, last: Option<Option<Arrival>>, now: Arrival) {
        let streams = Arc::clone(&self.shared.streams);
        let end = self.place.end.clone();
        let ended = tokio::select! {
            () = end.cancelled() => End::Over,
            ended = self.listen(last, now) => ended,
        };
        if let End::TooSlow = ended {
            streams.cut_off.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn listen(&mut self, last: Option<Option<Arrival>>, now: Arrival) -> End {
        let begun = self.begin(last, now).await;
        let Some(mut last) = begun else { return End::Over };
        loop {
            let piece = tokio::select! {
                () = self.pieces.closed() => return End::Over,
                event = self.events.recv() => match event {
                    // It was told when the client came.
                    Ok(event) if event.at < last || (event.is_entry && event.at == last) => continue,
                    Ok(event) => {
                        last = event.at;
                        self.count(usize::from(event.is_entry));
                        event.bytes
                    }
                    Err(RecvError::Lagged(_)) => return End::TooSlow,
                    Err(RecvError::Closed) => return End::Over,
                },
            };
            if let Err(end) = self.send(piece).await {
                return end;
            }
        }
    }

    /// Waits while the client reads; it is too slow once more is behind it than is kept.
    async fn send(&self, piece: Bytes) -> Result<(), End> {
        loop {
            let is_full = self.pieces.capacity() == 0;
            tokio::select! {
                room = self.pieces.reserve() => {
                    // A connection on which nothing moves is ended elsewhere.
                    let end = if is_full { End::TooSlow } else { End::Over };
                    room.map_err(|_| end)?.send(piece);
                    return Ok(());
                }
                () = tokio::time::sleep(LOOK) => {
                    if self.events.len() > KEPT {
                        return Err(End::TooSlow);
                    }
                }
            }
        }
    }

    /// Tells what came since the last event. Returns up to where all is told; `None`: the client
    /// has gone, or cannot be served.
    async fn begin(&mut self, last: Option<Option<Arrival>>, now: Arrival) -> Option<Arrival> {
        let retry = Bytes::from(format!("retry: {RETRY_MS}\n\n"));
        self.pieces.send(retry).await.ok()?;
        let mut told = 0;
        let after = match last {
            None => now,
            Some(None) => return self.gap(now).await,
            Some(Some(last)) => {
                let mut after = last;
                loop {
                    let found =
                        event::read(&self.shared, &self.reader, self.channel, after).await.ok()?;
                    let Some(found) = found.filter(|_| told < RESUMED) else {
                        return self.gap(now).await;
                    };
                    told += found.events.len();
                    self.count(found.events.len());
                    for event in found.events {
                        self.pieces.send(event.bytes).await.ok()?;
                    }
                    after = found.upto;
                    if !found.more {
                        break after;
                    }
                }
            }
        };
        let after = after.max(now);
        let epoch = self.reader.epoch_of(after.sequence);
        self.pieces.send(event::place(epoch, after).bytes).await.ok()?;
        Some(after)
    }

    /// Tells that events are missing, and where to read what there is.
    async fn gap(&mut self, now: Arrival) -> Option<Arrival> {
        let gap = event::gap(self.reader.epoch_of(now.sequence), now, &self.feed);
        self.pieces.send(gap.bytes).await.ok()?;
        Some(now)
    }

    fn count(&self, events: usize) {
        self.shared.streams.sent.fetch_add(events as u64, Ordering::Relaxed);
    }
}
