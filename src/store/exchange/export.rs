//! From a store to lines.

use super::super::bodies;
use super::super::error::StoreError;
use super::super::frame;
use super::super::held::Lookup;
use super::super::history::commit_of;
use super::super::record::{
    self, ChannelRecord, EntryRecord, KeptHead, KeptName, SegmentRecord, StateRecord,
};
use super::super::replay::Progress;
use super::super::{Store, archive, keys, marker, read, since, tombstone};
use super::lines::{EntryLine, Header, KIND, Line, SourceLine, VERSION};
use crate::model::{EntryNo, SourceId};
use minicbor::Decode;
use serde::Serialize;
use std::io::Write;
use std::path::Path;
use tracing::error;

/// What was written.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    pub lines: u64,
    pub entries: u64,
    /// Entries and sources that cannot be read, which the log names.
    pub damaged: u64,
}

impl Store {
    /// Writes all that the store holds. `to`: what `out` is called. Memory: 24 bytes a channel.
    ///
    /// # Errors
    /// It cannot be written, or the index cannot be read.
    pub fn export(
        &self,
        out: &mut dyn Write,
        to: &Path,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Exported, StoreError> {
        let mut exporting =
            Exporting { store: self, out, to, buffer: Vec::new(), done: Exported::default() };
        exporting.header()?;
        exporting.entries_and_channels(progress)?;
        exporting.sources()?;
        exporting.keys()?;
        exporting.tombstones()?;
        let lines = exporting.done.lines;
        exporting.line(&Line::End { lines })?;
        exporting.out.flush().map_err(StoreError::io("cannot write", to))?;
        Ok(exporting.done)
    }
}

struct Exporting<'a> {
    store: &'a Store,
    out: &'a mut dyn Write,
    to: &'a Path,
    buffer: Vec<u8>,
    done: Exported,
}

impl Exporting<'_> {
    fn header(&mut self) -> Result<(), StoreError> {
        let store = self.store;
        let position = store.reader.position()?;
        let (epoch, former) = store.reader.lives.upto(position.sequence);
        let header = Header {
            countywire: KIND.to_owned(),
            version: VERSION,
            format: marker::number(),
            epoch,
            former,
            sequence: position.sequence,
            recorded_at: position.recorded_at,
            entries: position.entries,
            sources: store.stats()?.sources,
            settings: since::read(&store.folder)?,
        };
        self.line(&header)
    }

    /// By the reports that they came with, or that changed them last.
    fn entries_and_channels(
        &mut self,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), StoreError> {
        let index = &self.store.reader.index;
        let mut total = 0;
        for pair in index.scan(keys::SEGMENTS) {
            total += value::<SegmentRecord>(&pair?.1)?.entry_bytes;
        }
        let mut heads = Vec::new();
        for pair in index.scan(keys::CHANNELS) {
            let (key, head) = pair?;
            let ChannelRecord { change, changed_at, .. } = value(&head)?;
            let channel = keys::channel_of(&key);
            heads.extend(channel.map(|channel| KeptHead { channel, change, changed_at }));
        }
        heads.sort_unstable_by_key(|head| (head.change, head.channel));
        let mut heads = heads.into_iter().peekable();
        let mut done = 0;
        for pair in index.scan(keys::ENTRIES) {
            let (key, _) = pair?;
            let Some(no) = keys::last_number(&key).map(EntryNo) else { continue };
            while let Some(head) = heads.next_if(|head| head.change < no.sequence()) {
                self.line(&Line::Channel(head))?;
            }
            let Some(entry) = read::entry_record(index, no)? else { continue };
            let archived = archive::kept(index, no)?;
            let forms = archived.iter().chain([&entry]);
            done += forms.map(|form| u64::from(form.body.length)).sum::<u64>();
            match self.form(&entry) {
                Ok(mut line) => {
                    match archived.map(|form| self.form(&form)).transpose() {
                        Ok(archived) => line.archived = archived.map(Box::new),
                        Err(damage) => self.leave_out(damage),
                    }
                    self.line(&Line::Entry(Box::new(line)))?;
                    self.done.entries += 1;
                }
                Err(damage) => self.leave_out(damage),
            }
            progress(Progress { done: done.min(total), total });
        }
        heads.try_for_each(|head| self.line(&Line::Channel(head)))
    }

    fn form(&self, form: &EntryRecord) -> Result<EntryLine, StoreError> {
        self.store.reader.bodies.read_as(form.body, |bytes| {
            let (frame, _) = frame::read(bytes)?;
            let (sequence, record) = record::decode_entry(frame.payload, form.body)?;
            let body = bodies::entry_of(frame.payload)?;
            Ok(EntryLine { sequence, record, body, archived: None })
        })
    }

    fn sources(&mut self) -> Result<(), StoreError> {
        for pair in self.store.reader.index.scan(keys::STATES) {
            let (key, state) = pair?;
            let id = SourceId::new(&String::from_utf8_lossy(&key[1..]));
            let read = value(&state).and_then(|StateRecord { state, commit }| {
                let at = commit.ok_or_else(|| StoreError::Record(format!("no poll of {id}")))?;
                let poll = self.store.reader.bodies.read_as(at, commit_of)?;
                Ok(SourceLine {
                    sequence: poll.sequence,
                    recorded_at: poll.recorded_at,
                    polled_at: poll.polled_at,
                    outcome: poll.outcome,
                    facts: poll.facts,
                    entries_new: poll.entries_new,
                    entries_changed: poll.entries_changed,
                    id,
                    state,
                })
            });
            match read {
                Ok(source) => self.line(&Line::Source(Box::new(source)))?,
                Err(damage) => self.leave_out(damage),
            }
        }
        Ok(())
    }

    fn keys(&mut self) -> Result<(), StoreError> {
        for pair in self.store.reader.index.scan(keys::FURTHER_KEYS) {
            let (key, told) = pair?;
            let (_, since): (u64, u64) = value(&told)?;
            if let Some((no, key)) = keys::further_key_of(&key) {
                self.line(&Line::Key(KeptName { key, no, since }))?;
            }
        }
        Ok(())
    }

    fn tombstones(&mut self) -> Result<(), StoreError> {
        for pair in self.store.reader.index.scan(keys::TOMBSTONES) {
            self.line(&Line::Tombstone(tombstone::decode(pair?)?))?;
        }
        Ok(())
    }

    fn leave_out(&mut self, damage: StoreError) {
        error!(error = damage.full(), "left out: it is damaged on disk");
        self.done.damaged += 1;
    }

    fn line(&mut self, line: &impl Serialize) -> Result<(), StoreError> {
        self.buffer.clear();
        serde_json::to_writer(&mut self.buffer, line).expect("keys are strings");
        self.buffer.push(b'\n');
        self.done.lines += 1;
        self.out.write_all(&self.buffer).map_err(StoreError::io("cannot write", self.to))
    }
}

fn value<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, StoreError> {
    record::decode(bytes).map_err(StoreError::Record)
}
