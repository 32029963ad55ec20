//! Opening: lock, format marker, index behind its guard, and the segments' unapplied
//! end replayed, which is all of them when the index had to be remade.

use super::apply::Changes;
use super::bodies::{Bodies, Compressor};
use super::commit;
use super::error::StoreError;
use super::frame::Kind;
use super::index::Index;
use super::read::{self, Reader};
use super::record::{self, CommitRecord, EntryRecord, PositionRecord};
use super::scan::{Found, Scan};
use super::segment::{self, HEADER, Location, Writer};
use super::{Store, marker, room};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing::{error, info};

/// Writes collected before they are handed on while replaying.
const REPLAY_WRITES: usize = 400;

#[derive(Debug, Clone)]
pub struct Settings {
    pub path: PathBuf,
    /// Cache of the index, bytes.
    pub cache_bytes: u64,
    /// A number that no store had before; taken when this one is made, or has lost news.
    pub new_epoch: u64,
}

/// How far replaying the segments has come, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
}

impl Store {
    /// Opens or creates the store; `progress` is called while segments are replayed.
    pub fn open(
        settings: &Settings,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Store, StoreError> {
        let folder = &settings.path;
        let segments = folder.join("segments");
        fs::create_dir_all(&segments).map_err(StoreError::io("cannot create", &segments))?;
        let lock = take_lock(folder)?;
        room::release(folder);
        let mut epoch = marker::check(folder, settings.new_epoch)?;
        let (mut index, fresh) = Index::open(&folder.join("index"), settings.cache_bytes)?;
        let mut position = if fresh { PositionRecord::default() } else { read::position(&index)? };
        if !position_is_sound(&segments, &position)? {
            error!("the index knows more than the segments hold: news was lost; remaking it");
            epoch = marker::write(folder, settings.new_epoch)?;
            index = index.start_over(settings.cache_bytes)?;
            position = PositionRecord::default();
        }
        let end = replay(&segments, &index, position, progress)?;
        let writer = match end {
            Some((segment, length)) => Writer::resume(&segments, segment, length)?,
            None => Writer::create(&segments, position.sequence + 1)?,
        };
        let bodies = Arc::new(Bodies::new(&segments));
        let reader = Reader { index, bodies, epoch, damage: Arc::default() };
        Ok(Store {
            folder: folder.clone(),
            segments: writer,
            reader,
            compressor: Compressor::default(),
            lock,
        })
    }
}

fn take_lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join("LOCK");
    let lock = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let lock = lock.map_err(StoreError::io("cannot open", &path))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: folder.to_owned() }),
        Err(TryLockError::Error(source)) => Err(StoreError::io("cannot lock", path)(source)),
    }
}

/// Whether the segments reach as far as the index says it has read them.
fn position_is_sound(folder: &Path, position: &PositionRecord) -> Result<bool, StoreError> {
    if position.sequence == 0 {
        return Ok(true);
    }
    let path = segment::path(folder, position.segment);
    match fs::metadata(&path) {
        Ok(metadata) => Ok(metadata.len() >= position.offset),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::io("cannot read", path)(error)),
    }
}

/// Applies every commit after `from`. Returns the end of the newest segment.
fn replay(
    folder: &Path,
    index: &Index,
    from: PositionRecord,
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<(u64, u64)>, StoreError> {
    let segments = segment::list(folder)?;
    let todo: Vec<u64> = segments.into_iter().filter(|id| *id >= from.segment).collect();
    let size = |id: &u64| fs::metadata(segment::path(folder, *id)).map_or(0, |m| m.len());
    let total = todo.iter().map(size).sum::<u64>().saturating_sub(from.offset);
    let mut done = 0;
    let mut end = None;
    for (at, id) in todo.iter().enumerate() {
        let start = if *id == from.segment { from.offset } else { 0 };
        let newest = at + 1 == todo.len();
        let mut report = |bytes: u64| progress(Progress { done: (done + bytes).min(total), total });
        let length = replay_segment(folder, index, (*id, start), newest, &mut report)?;
        done += length.saturating_sub(start);
        end = Some((*id, length));
    }
    Ok(end)
}

/// Returns the length up to the last frame that counts.
fn replay_segment(
    folder: &Path,
    index: &Index,
    (id, start): (u64, u64),
    newest: bool,
    progress: &mut dyn FnMut(u64),
) -> Result<u64, StoreError> {
    let path = segment::path(folder, id);
    // What the index knows already is left alone: a whole segment is long.
    let bytes = read_from(&path, start).map_err(StoreError::io("cannot read", &path))?;
    let damaged = |at: usize, problem: &str| StoreError::Damaged {
        path: path.clone(),
        offset: start + at as u64,
        problem: problem.to_owned(),
    };
    // Counted from `start`, as `counted` is.
    let mut at = 0;
    if start == 0 {
        if bytes.get(..HEADER.len()) != Some(HEADER) {
            if newest && bytes.len() < HEADER.len() {
                // A crash while the segment was begun: nothing was in it.
                fs::write(&path, HEADER).map_err(StoreError::io("cannot write", &path))?;
                return Ok(HEADER.len() as u64);
            }
            return Err(damaged(0, "no segment header"));
        }
        at = HEADER.len();
    }
    let mut counted = at;
    let mut changes = Changes::new(index);
    let mut entries = Vec::new();
    for found in Scan::new(&bytes, at) {
        let (frame, at, end) = match found {
            Found::Frame { frame, at, end } => (frame, at, end),
            Found::Damage { at, problem } => {
                error!(error = %damaged(at, problem), "damage skipped in a segment");
                continue;
            }
            Found::Unfinished { .. } => {
                let offset = start + counted as u64;
                info!(path = %path.display(), offset, "unfinished end of a segment dropped");
                continue;
            }
        };
        let location =
            Location { segment: id, offset: start + at as u64, length: (end - at) as u32 };
        if frame.kind == Kind::Entry {
            let entry = record::decode_entry(frame.payload, location);
            entries.push(entry.map_err(|problem| damaged(at, &problem))?);
        } else {
            let commit = commit::decode(frame.payload).map_err(|problem| damaged(at, &problem))?;
            replay_commit(&mut changes, &commit, std::mem::take(&mut entries), location)?;
            counted = end;
            if changes.len() >= REPLAY_WRITES {
                let full = std::mem::replace(&mut changes, Changes::new(index));
                index.hold(full.into_writes());
                index.settle_if_much()?;
                progress(end as u64);
            }
        }
    }
    index.hold(changes.into_writes());
    Ok(start + counted as u64)
}

/// `entries`: those since the last commit that could be read, with their commits' sequences.
fn replay_commit(
    changes: &mut Changes<'_>,
    commit: &CommitRecord,
    entries: Vec<(u64, EntryRecord)>,
    at: Location,
) -> Result<(), StoreError> {
    let (sequence, source_id) = (commit.sequence, &commit.source);
    let (own, orphans): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(of, _)| *of == sequence);
    // Their commit is damaged. It was acknowledged, since another came after it.
    for entries in orphans.chunk_by(|(one, _), (other, _)| one == other) {
        let of = entries[0].0;
        let entries: Vec<EntryRecord> = entries.iter().map(|(_, entry)| entry.clone()).collect();
        let recorded_at = entries[0].changed_at;
        error!(
            sequence = of,
            entries = entries.len(),
            "entries of a damaged commit are kept; what the poll changed of its source's state is lost"
        );
        changes.apply_entries(of, recorded_at, &entries)?;
    }
    let own: Vec<EntryRecord> = own.into_iter().map(|(_, entry)| entry).collect();
    let told = (commit.entries_new + commit.entries_changed) as usize;
    let lost = told.saturating_sub(own.len());
    if lost > 0 {
        error!(sequence, %source_id, lost, "entries are damaged on disk and left out");
    }
    changes.apply(commit, &own, None, at)
}

/// The rest of a file.
fn read_from(path: &Path, start: u64) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}
