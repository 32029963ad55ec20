//! From lines to the segments of a store that is not there yet; the index follows by opening.

use super::super::bodies::{Compressor, LARGEST_BODY};
use super::super::error::StoreError;
use super::super::frame::{self, Kind};
use super::super::lives::Lives;
use super::super::open::Settings;
use super::super::record::{self, CommitRecord, EntryRecord, KeptRecord};
use super::super::replay::Progress;
use super::super::rewrite::{Writing, id_after};
use super::super::segment::{self, Writer};
use super::super::state::StateChange;
use super::super::{archive, backup, marker, since};
use super::lines::{EntryLine, Header, KIND, Kind as FirstLine, Line, SourceLine, VERSION};
use super::reading::Lines;
use crate::model::{EntryNo, Timestamp};
use std::path::{Path, PathBuf};

/// Bytes of lines whose keys, channels and tombstones are held before they are written.
const GATHERED_BYTES: usize = 1024 * 1024;
/// Lines between two tellings of the progress.
const LINES: u64 = 256;
const CUT_OFF: &str = "the file is cut off here";
/// Bytes of a source's id.
const LONGEST_ID: usize = 255;
/// Places and topics of an entry, each with each.
const MOST_CHANNELS: usize = 65_536;
/// Of an entry no, what tells the report.
const LAST_SEQUENCE: u64 = u64::MAX >> 17;

/// Makes a store of an export. May be interrupted: then there is no store.
///
/// # Errors
/// A store is there; the file cannot be read, is no export, of a newer version, broken or cut
/// off; the disk fails.
pub fn import(
    file: &Path,
    settings: &Settings,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), StoreError> {
    backup::put(&settings.path, backup::IMPORTING, |beside| {
        let mut lines = Lines::open(file)?;
        let header = first(&mut lines)?;
        let segments = beside.join("segments");
        segment::create_folder(&segments)?;
        let mut importing = Importing::begin(&segments, settings.segment_bytes, &header)?;
        loop {
            if lines.number % LINES == 0 {
                progress(Progress { done: lines.done(), total: lines.total });
            }
            if !lines.advance()? {
                return Err(lines.problem(CUT_OFF));
            }
            match lines.parse()? {
                Line::End { lines: told } if told == lines.number - 1 => break,
                Line::End { lines: told } => {
                    return Err(lines.problem(format!("{told} lines were to come before it")));
                }
                line => importing.line(line, &lines)?,
            }
        }
        if lines.advance()? || lines.bytes() > 0 {
            return Err(lines.problem("something follows the last line"));
        }
        importing.end()?;
        if let Some(since) = &header.settings {
            since::write(beside, since)?;
        }
        let mut lives = Lives::after(header.epoch, header.former);
        lives.begin(settings.new_epoch);
        lives.know_begin(header.sequence);
        marker::write(beside, &lives)
    })
}

fn first(lines: &mut Lines) -> Result<Header, StoreError> {
    let is_whole = lines.advance()?;
    let kind: Option<FirstLine> = lines.parse().ok();
    match kind.filter(|kind| kind.countywire == KIND) {
        Some(FirstLine { version, .. }) if version != VERSION => {
            let path = lines.path().to_owned();
            return Err(StoreError::Version { path, found: version, expected: VERSION });
        }
        Some(_) if is_whole => {}
        None if lines.bytes() > 0 => {
            return Err(
                lines.problem("not the first line of what `countywire store export` writes")
            );
        }
        _ => return Err(lines.problem(CUT_OFF)),
    }
    let header: Header = lines.parse()?;
    if header.sequence > LAST_SEQUENCE {
        return Err(lines.problem("no store has taken so many reports"));
    }
    Ok(header)
}

struct Importing {
    folder: PathBuf,
    longest: u64,
    sequence: u64,
    recorded_at: Timestamp,
    /// The last entry and the last channel's change: what is told is told in their order.
    entry: Option<EntryNo>,
    change: u64,
    out: Writing,
    gathered: KeptRecord,
    gathered_bytes: usize,
    compressor: Compressor,
}

impl Importing {
    fn begin(folder: &Path, longest: u64, header: &Header) -> Result<Importing, StoreError> {
        Ok(Importing {
            folder: folder.to_owned(),
            longest,
            sequence: header.sequence,
            recorded_at: header.recorded_at,
            entry: None,
            change: 0,
            // Below any sequence, so that it can be rewritten however few follow.
            out: Writing::begin(folder, 0, Vec::new(), 1)?,
            gathered: KeptRecord::default(),
            gathered_bytes: 0,
            compressor: Compressor::default(),
        })
    }

    fn line(&mut self, line: Line, lines: &Lines) -> Result<(), StoreError> {
        let (of, source) = match &line {
            Line::Entry(entry) => {
                (entry.sequence.max(entry.record.no.sequence()), Some(&entry.record.source))
            }
            Line::Channel(head) => (head.change, None),
            Line::Source(source) => (source.sequence, Some(&source.id)),
            Line::Key(key) => (key.since.max(key.no.sequence()), None),
            Line::Tombstone(tombstone) => (tombstone.no.sequence(), Some(&tombstone.source)),
            Line::End { .. } => (0, None),
        };
        if source.is_some_and(|id| !(1..=LONGEST_ID).contains(&id.as_str().len())) {
            return Err(lines.problem(format!("ids of sources have 1 to {LONGEST_ID} bytes")));
        }
        if of > self.sequence {
            let last = self.sequence;
            return Err(lines.problem(format!("of report {of}; the first line says {last} came")));
        }
        match line {
            Line::Entry(entry) => return self.entry(&entry, lines),
            Line::Source(source) => return self.source(*source),
            Line::Channel(head) => {
                if head.change < self.change || self.reached() > head.change {
                    return Err(lines.problem("not in its place: it belongs further up"));
                }
                self.change = head.change;
                self.gathered.heads.push(head);
            }
            Line::Key(name) => self.gathered.names.push(name),
            Line::Tombstone(tombstone) => self.gathered.tombstones.push(tombstone),
            Line::End { .. } => {}
        }
        self.gathered_bytes += lines.bytes();
        if self.gathered_bytes > GATHERED_BYTES { self.keep() } else { Ok(()) }
    }

    fn entry(&mut self, line: &EntryLine, lines: &Lines) -> Result<(), StoreError> {
        let no = line.record.no;
        let is_next = self.entry.is_none_or(|last| last < no) && no.sequence() > self.change;
        if !is_next || line.sequence < no.sequence() {
            return Err(lines.problem("not in its place: it belongs further up"));
        }
        if no.sequence() > self.reached() {
            self.roll_if_long(no.sequence())?;
        }
        self.entry = Some(no);
        let placement = &line.record.placement;
        let came_before = |other: Option<EntryNo>| other.is_none_or(|other| other < no);
        if !came_before(placement.reprint_of) || !came_before(placement.story) {
            return Err(lines.problem("an entry of a story that begins later"));
        }
        if let Some(archived) = &line.archived {
            let (form, now) = (&archived.record, &line.record);
            let is_of_it = (form.no, form.key, form.placement) == (no, now.key, now.placement)
                && form.source.as_str().len() <= LONGEST_ID
                && archived.sequence <= line.sequence;
            if !is_of_it || !archive::is_to_keep(&archived.record, &line.record) {
                return Err(lines.problem("what is archived is no earlier form of the entry"));
            }
            self.form(archived, lines)?;
        }
        self.form(line, lines)
    }

    fn form(&mut self, line: &EntryLine, lines: &Lines) -> Result<(), StoreError> {
        let EntryRecord { places, topics, .. } = &line.record;
        if places.len().saturating_mul(1 + topics.len()) > MOST_CHANNELS {
            return Err(lines.problem(format!("an entry in more than {MOST_CHANNELS} channels")));
        }
        let body = record::cbor(&line.body);
        if body.len() > LARGEST_BODY {
            return Err(lines.problem(format!("an entry of more than {LARGEST_BODY} bytes")));
        }
        let body = self.compressor.bytes(&body);
        let payload = record::encode_entry(line.sequence, &line.record, &body);
        if payload.len() > frame::LARGEST_PAYLOAD {
            return Err(lines.problem("an entry of too many bytes"));
        }
        self.out.entry(&frame::header(Kind::Entry, &payload), &payload)
    }

    fn source(&mut self, line: SourceLine) -> Result<(), StoreError> {
        self.out.commit(&CommitRecord {
            sequence: line.sequence,
            recorded_at: line.recorded_at,
            source: line.id,
            outcome: line.outcome,
            state: StateChange::Whole(record::cbor(&line.state)),
            entries_new: line.entries_new,
            entries_changed: line.entries_changed,
            renamed: Vec::new(),
            polled_at: line.polled_at,
            facts: line.facts,
            before: None,
            touched: None,
            tombstones: Vec::new(),
            is_kept: true,
            group_bytes: None,
        })
    }

    /// The report of the last entry.
    fn reached(&self) -> u64 {
        self.entry.map_or(0, EntryNo::sequence)
    }

    /// Begins the next segment with what came by the report `from`. One id stays free for the
    /// segment that will stand for the one before.
    fn roll_if_long(&mut self, from: u64) -> Result<(), StoreError> {
        let is_long = self.out.bytes() >= self.longest;
        if is_long && id_after(self.out.id()) < from && from < self.sequence {
            self.keep()?;
            let next = Writing::begin(&self.folder, from, Vec::new(), from)?;
            std::mem::replace(&mut self.out, next).end()?;
        }
        Ok(())
    }

    /// Writes what was gathered.
    fn keep(&mut self) -> Result<(), StoreError> {
        self.gathered_bytes = 0;
        self.out.keep(&std::mem::take(&mut self.gathered))
    }

    fn end(mut self) -> Result<(), StoreError> {
        (self.gathered.sequence, self.gathered.recorded_at) = (self.sequence, self.recorded_at);
        self.keep()?;
        self.out.end()?;
        // What is kept is not written to.
        Writer::create(&self.folder, self.sequence + 1).map(drop)
    }
}
