//! What a backup has and the store does not: bringing such a backup up to date would lose it.

use super::super::error::StoreError;
use super::super::frame::{Frame, Kind};
use super::super::index::Index;
use super::super::lock::Lock;
use super::super::loss::{self, Known};
use super::super::packed;
use super::super::record::{CommitRecord, KeptRecord, OrderRecord};
use super::super::replay::Damage;
use super::super::scan::{Found, Scan};
use super::super::segment::{self, HEADER};
use super::super::{marker, rewrite, untold};
use std::fs;
use std::path::Path;

/// Of the index that is asked.
const CACHE_BYTES: u64 = 32 * 1024 * 1024;

/// # Errors
/// The backup is of another store, or has what this one has lost; the disk fails.
pub fn refuse(store: &Path, backup: &Path) -> Result<(), StoreError> {
    if !backup.join(marker::NAME).exists() {
        return Ok(());
    }
    let refused = |problem| Err(StoreError::Target { path: backup.to_owned(), problem });
    let lives = [store, backup].map(|folder| marker::read(folder).map(|marker| marker.lives));
    let [own, others] = lives;
    let (store, backup) = (store.join("segments"), backup.join("segments"));
    let last = last_sequence(&backup)?;
    if own?.epoch_of(last) != others?.epoch_of(last) {
        return refused(
            "is a backup of another store, or of this one before it lost news, was made anew or \
             restored from an older backup; keep it until you know that nothing of it is wanted, \
             and back up into another folder",
        );
    }
    if last_sequence(&store)? < last || lacks_segments(&store, &backup)? {
        return refused(
            "has reports that the store has lost; `countywire store restore` brings them back \
             where no store is, or back up into another folder",
        );
    }
    Ok(())
}

/// Where segments lack what an index knows of that nobody else has open: damage that is there
/// can be seen in what is copied, and this not.
///
/// # Errors
/// The disk fails.
pub fn holes(store: &Path) -> Result<Vec<Damage>, StoreError> {
    let segments = store.join("segments");
    if let Some(known) = untold::read(store) {
        return loss::find(&segments, &known);
    }
    // Who has it open has looked before; one that may not be written cannot be asked.
    let Ok(_lock) = Lock::take(store) else { return Ok(Vec::new()) };
    let index = Index::open_as_it_is(&store.join("index"), CACHE_BYTES);
    match index.and_then(|index| Known::of(&index).ok()) {
        Some(known) => loss::find(&segments, &known),
        None => Ok(Vec::new()),
    }
}

/// Of the newest report.
///
/// # Errors
/// The disk fails.
pub fn last_sequence(segments: &Path) -> Result<u64, StoreError> {
    for id in segment::list(segments)?.into_iter().rev() {
        let path = segment::path(segments, id);
        let bytes = fs::read(&path).map_err(StoreError::io("cannot read", path))?;
        let frames = Scan::new(&bytes, HEADER.len()).filter_map(|found| match found {
            Found::Frame { frame, .. } => Some(frame),
            Found::Damage { .. } | Found::Unfinished { .. } => None,
        });
        let last = frames.filter(|frame| sequence_may_be_in(frame.kind)).last();
        if let Some(sequence) = last.and_then(|frame| sequence(&frame)).filter(|last| *last > 0) {
            return Ok(sequence);
        }
    }
    Ok(0)
}

fn sequence_may_be_in(kind: Kind) -> bool {
    matches!(kind, Kind::Commit | Kind::Order | Kind::Kept)
}

fn sequence(Frame { kind, payload }: &Frame<'_>) -> Option<u64> {
    match kind {
        Kind::Commit => packed::decode(payload).ok().map(|commit: CommitRecord| commit.sequence),
        Kind::Order => packed::decode(payload).ok().map(|order: OrderRecord| order.sequence),
        Kind::Kept => packed::decode(payload).ok().map(|kept: KeptRecord| kept.sequence),
        Kind::Entry | Kind::Redo | Kind::Run => None,
    }
}

/// Whether a segment of the backup is neither in the store, nor does a later one that was
/// rewritten stand for it.
fn lacks_segments(store: &Path, backup: &Path) -> Result<bool, StoreError> {
    let there = segment::list(store)?;
    for id in segment::list(backup)?.into_iter().filter(|id| !there.contains(id)) {
        let next = there.iter().copied().find(|next| *next > id);
        let begins = rewrite::first_sequence(backup, id)?;
        let stands = match next {
            Some(next) => {
                rewrite::is_rewritten(store, next)?
                    && rewrite::first_sequence(store, next)? <= begins
            }
            None => false,
        };
        if !stands {
            return Ok(true);
        }
    }
    Ok(false)
}
