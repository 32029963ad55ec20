//! Our store.

use super::reports::REPORT_ENTRIES;
use super::subject::{Outcome, Subject, Text};
use countywire::model::{Channel, Order, Retain, StoredEntry};
use countywire::store::{Applied, Editions, Numbered, Reader, Settings, Store};
use countywire::story;
use std::path::Path;

pub struct Ours {
    store: Store,
    reader: Reader,
}

impl Subject for Ours {
    fn open(folder: &Path, cache_bytes: u64) -> Outcome<Self> {
        let segment_bytes = Settings::SEGMENT_BYTES;
        let settings =
            Settings { path: folder.to_owned(), cache_bytes, new_epoch: 1, segment_bytes };
        let store = Store::open(&settings, &mut |_| {})?;
        Ok(Ours { reader: store.reader(), store })
    }

    fn last_sequence(&self) -> Outcome<u64> {
        Ok(self.reader.position()?.sequence)
    }

    fn entries(&self) -> Outcome<u64> {
        Ok(self.reader.channel(Channel::All.key())?.shown)
    }

    fn commit(&mut self, group: &[Numbered<'_, Text>]) -> Outcome<()> {
        let applied = self.store.commit(group, &mut story::ByText)?;
        for applied in applied {
            if !matches!(applied, Applied::Kept { entries_changed: 0, .. }) {
                return Err(format!("a report came to nothing: {applied:?}").into());
            }
        }
        Ok(())
    }

    fn settle(&mut self) -> Outcome<()> {
        Ok(self.store.settle()?)
    }

    fn latest(&self, channel: &Channel, limit: usize) -> Outcome<Vec<StoredEntry>> {
        Ok(self.reader.list(channel.key(), None, limit, Editions::One)?.entries)
    }

    fn delete_before(&mut self, sequence: u64) -> Outcome<()> {
        let left = self.last_sequence()? + 1 - sequence;
        let order = Order::Retain(Retain {
            entries: Some(left * REPORT_ENTRIES),
            is_thorough: true,
            ..Retain::default()
        });
        loop {
            let position = self.reader.position()?;
            let next = position.sequence + 1;
            if !self.store.obey(&order, next, position.recorded_at)?.more {
                return Ok(self.store.rest()?);
            }
        }
    }
}
