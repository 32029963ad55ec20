//! Opening: lock, format marker, index behind its guard, and the segments' unapplied
//! end replayed, which is all of them when the index had to be remade.

use super::bodies::{Bodies, Compressor};
use super::error::StoreError;
use super::index::Index;
use super::read::{self, Reader};
use super::record::PositionRecord;
use super::replay::{Damage, Progress, Replay};
use super::retention::Upkeep;
use super::segment::{self, Writer};
use super::verify::remove;
use super::{Store, marker, room};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing::{error, info};

#[derive(Debug, Clone)]
pub struct Settings {
    pub path: PathBuf,
    /// Cache of the index, bytes.
    pub cache_bytes: u64,
    /// A number that no store had before; taken when this one is made, or has lost news.
    pub new_epoch: u64,
    /// A segment is closed once it is longer.
    pub segment_bytes: u64,
}

impl Settings {
    /// Of a segment, unless there is a reason for another.
    pub const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
}

impl Store {
    /// Opens or creates the store; `progress` is called while segments are replayed.
    pub fn open(
        settings: &Settings,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Store, StoreError> {
        let folder = &settings.path;
        let segments = folder.join("segments");
        let lock = lock(settings)?;
        room::release(folder);
        let marker = marker::check(folder, settings.new_epoch)?;
        let mut epoch = marker.epoch;
        if marker.is_old {
            info!(path = %folder.display(), "the store has an older format; its index is made anew");
            remove(&folder.join("index"))?;
        }
        let (mut index, fresh) = Index::open(&folder.join("index"), settings.cache_bytes)?;
        let mut position = if fresh { PositionRecord::default() } else { read::position(&index)? };
        if !position_is_sound(&segments, &position)? {
            error!("the index knows more than the segments hold: news was lost; remaking it");
            epoch = marker::write(folder, settings.new_epoch)?;
            index = index.start_over(settings.cache_bytes)?;
            position = PositionRecord::default();
        }
        let mut log = |damage: Damage| error!(error = %damage, "damage skipped in a segment");
        let replay = Replay { folder: &segments, index: &index, with_bodies: false };
        let end = replay.run(position, &mut log, progress)?;
        if let Some((segment, length)) = end {
            replay.drop_unfinished(segment, length)?;
        }
        let writer = match end {
            Some((segment, length)) => Writer::resume(&segments, segment, length)?,
            None => Writer::create(&segments, position.sequence + 1)?,
        };
        let bodies = Arc::new(Bodies::new(&segments));
        let reader = Reader {
            folder: folder.as_path().into(),
            index,
            bodies,
            epoch,
            damage: Arc::default(),
        };
        let store = Store {
            folder: folder.clone(),
            segments: writer,
            reader,
            compressor: Compressor::default(),
            lock,
            segment_bytes: settings.segment_bytes,
            upkeep: Upkeep::default(),
        };
        store.finish_rewriting()?;
        if marker.is_old {
            store.settle()?;
            marker::write(folder, epoch)?;
        }
        Ok(store)
    }
}

/// Takes the store, which is made if there is none.
pub fn lock(settings: &Settings) -> Result<File, StoreError> {
    let segments = settings.path.join("segments");
    fs::create_dir_all(&segments).map_err(StoreError::io("cannot create", &segments))?;
    take_lock(&settings.path)
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
