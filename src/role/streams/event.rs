//! Entries as events: an id by which a client resumes, and the entry as an item of JSON Feed.

use super::super::shared::Shared;
use super::super::shelf::Shelf;
use crate::model::{ChannelKey, EntryNo};
use crate::publish::json;
use crate::store::{Arrival, Reader};
use bytes::Bytes;
use std::sync::Arc;

/// Entries that are read of the store at once.
const STEP: usize = 64;

#[derive(Debug, Clone)]
pub struct Event {
    pub at: Arrival,
    /// Else it tells how far all is told.
    pub is_entry: bool,
    pub bytes: Bytes,
}

pub struct Events {
    pub events: Vec<Event>,
    /// All before it are told.
    pub upto: Arrival,
    pub more: bool,
}

/// The first events of a channel after a place, made where making them keeps nobody waiting.
/// `None`: that is too long ago to tell.
pub async fn read(
    shared: &Arc<Shared>,
    reader: &Reader,
    channel: ChannelKey,
    after: Arrival,
) -> Result<Option<Events>, String> {
    let reading = Arc::clone(&shared.streams.reading);
    let permit = reading.acquire_owned().await.expect("never closed");
    let (shared, reader) = (Arc::clone(shared), reader.clone());
    let made = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        make(&shared, &reader, channel, after)
    });
    made.await.unwrap_or_else(|_| Err("making events panicked".to_owned()))
}

fn make(
    shared: &Shared,
    reader: &Reader,
    channel: ChannelKey,
    after: Arrival,
) -> Result<Option<Events>, String> {
    let arrivals = reader.arrivals(channel, after, STEP).map_err(|error| error.full())?;
    let Some(arrivals) = arrivals else { return Ok(None) };
    let live = shared.live();
    let (places, stored): (Vec<_>, Vec<_>) = arrivals.entries.into_iter().unzip();
    let shelf = Shelf::new(&live, reader, stored).map_err(|error| error.full())?;
    let items = shelf.items(&live);
    let event = |(at, item): (Arrival, _)| {
        let data = json::item(&live.config.site, item);
        let head = format!("id: {}\ndata: ", id(reader.epoch_of(at.sequence), at));
        Event { at, is_entry: true, bytes: [head.as_bytes(), &data, b"\n\n"].concat().into() }
    };
    let events = places.into_iter().zip(&items).map(event).collect();
    Ok(Some(Events { events, upto: arrivals.upto, more: arrivals.more }))
}

/// The life of the store that it came in, and the place in its journal.
pub fn id(epoch: u64, at: Arrival) -> String {
    format!("{:x}-{:x}-{:x}", epoch as u32, at.sequence, at.no.0)
}

/// `None`: it is none of this life of the store.
pub fn read_id(text: &str, epoch_of: impl Fn(u64) -> u64) -> Option<Arrival> {
    let mut numbers = text.split('-').map(|number| u64::from_str_radix(number, 16).ok());
    let mut next = || numbers.next().flatten();
    let (of, sequence, no) = (next()?, next()?, next()?);
    let is_ours = sequence < 1 << 48 && of == u64::from(epoch_of(sequence) as u32);
    is_ours.then_some(Arrival { sequence, no: EntryNo(no) })
}

/// No event, but a sign of life, with the place that has been reached: clients take it for the id
/// of the last event (HTML standard §9.2.6).
pub fn place(epoch: u64, at: Arrival) -> Event {
    let bytes = format!(":\nid: {}\n\n", id(epoch, at)).into();
    Event { at, is_entry: false, bytes }
}

/// Tells that events are missing, and where to read what there is.
pub fn gap(epoch: u64, at: Arrival, feed: &str) -> Event {
    let data = serde_json::json!({ "feed_url": feed });
    let bytes = format!("event: gap\nid: {}\ndata: {data}\n\n", id(epoch, at)).into();
    Event { at, is_entry: false, bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_in_the_life_of_the_store_that_gave_them() {
        let at = Arrival { sequence: 77, no: EntryNo::new(3, 9) };
        let text = id(0x1_2345_6789, at);
        assert_eq!(read_id(&text, |_| 0x1_2345_6789), Some(at));
        assert_eq!(read_id(&text, |_| 0x1_2345_6780), None);
        for odd in ["", "-", "23456789", "23456789-1", "x-1-1", "23456789-fffffffffffffff-1"] {
            assert_eq!(read_id(odd, |_| 0x2345_6789), None, "{odd}");
        }
    }
}
