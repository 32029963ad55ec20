//! Opening: lock, format marker, index behind its guard, and the segments' unapplied
//! end replayed, which is all of them when the index had to be remade.

use super::alterations::Alterations;
use super::beside::Beside;
use super::bodies::{Bodies, Compressor};
use super::error::StoreError;
use super::index::Index;
use super::lacking::Lacking;
use super::lives::Lives;
use super::lock::Lock;
use super::loss::{self, Known, Loss};
use super::read::{self, Reader};
use super::recent::Departures;
use super::record::PositionRecord;
use super::replay::{Damage, Progress, Replay};
use super::retention::Upkeep;
use super::segment::{self, HEADER, Writer};
use super::torn::drop_unfinished;
use super::{Store, backup, guard, marker, rebuild, rewrite, room, untold, verify};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing::{error, info, warn};

#[derive(Debug, Clone)]
pub struct Settings {
    pub path: PathBuf,
    /// Cache of the index, bytes; that of entries may have as many.
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
        Store::open_locked(Lock::take(&settings.path)?, settings, progress)
    }

    /// The same for one that was taken before.
    pub fn open_locked(
        lock: Lock,
        settings: &Settings,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Store, StoreError> {
        let lock = Arc::new(lock);
        match Store::open_once(&lock, settings, progress) {
            Err(error) if error.is_damaged_index() => {
                // Whoever met it has left the mark.
                warn!(error = error.full(), "the index is damaged; remaking it");
                Store::open_once(&lock, settings, progress)
            }
            opened => opened,
        }
    }

    fn open_once(
        lock: &Arc<Lock>,
        settings: &Settings,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Store, StoreError> {
        let folder = &settings.path;
        let segments = folder.join("segments");
        // Where it was a backup.
        backup::complete(folder)?;
        let marker = marker::check(folder, settings.new_epoch)?;
        // It is ours.
        room::release(folder);
        rebuild::finish(folder)?;
        remove_leftovers(folder);
        let mut lives = marker.lives;
        if marker.is_old {
            info!(path = %folder.display(), "the store has an older format; its index is made anew");
            verify::remove(&folder.join("index"))?;
        }
        backup::become_store(folder, &mut lives, settings.new_epoch)?;
        let is_new = !folder.join("index").exists();
        let (mut index, is_empty) = Index::open(&folder.join("index"), settings.cache_bytes)?;
        if is_new && !marker.is_old && holds_frames(&segments)? {
            info!(path = %folder.display(), "the segments have no index yet, as after a restore or an import; it is made");
        }
        let untold = untold::read(folder);
        let was_interrupted = untold.is_some();
        let known = untold.map_or_else(|| Known::of(&index), Ok)?;
        let mut lacking = Lacking::default();
        let mut making = Making { folder, known: &known, lacking: &mut lacking, progress };
        let mut was_made = is_new || is_empty;
        let caught_up = match was_interrupted {
            true => making.begin_again()?,
            false => making.catch_up(&index, is_new || is_empty)?,
        };
        let end = match caught_up {
            CaughtUp::Upto(end) => end,
            behind => {
                was_made = true;
                if let CaughtUp::NewsLost(found) = &behind {
                    untold::begin(folder, &known);
                    for damage in found {
                        error!(
                            error = %damage,
                            "the index knows more than the segments hold: news was lost; remaking it"
                        );
                    }
                    lives = Lives::new(settings.new_epoch);
                    marker::write(folder, &lives)?;
                }
                let known = known.position;
                index = match was_interrupted {
                    true => index.make_anew(settings.cache_bytes)?,
                    false => index.start_over(settings.cache_bytes)?,
                };
                loss::begin(&index, &known)?;
                let end = making.replay(&index, (PositionRecord::default(), known))?;
                let Loss { entries, .. } = loss::reach(&index, &known, end)?;
                if let CaughtUp::NewsLost(_) = behind {
                    let last = loss::last_told(&segments, &index)?;
                    let reports = known.sequence.saturating_sub(last);
                    error!(reports, entries, "that much is lost");
                    (lacking.reports, lacking.entries) = (reports, entries);
                }
                end
            }
        };
        if lacking.note(&folder.join("index")) {
            untold::end(folder)?;
        }
        // Who only reads and ends would leave it to be made again.
        if was_made && let Err(error) = index.settle() {
            warn!(error = error.full(), "the index that was made cannot be written yet");
        }
        // After a restore. Nothing has come since.
        if lives.know_begin(read::position(&index)?.sequence) && !marker.is_old {
            marker::write(folder, &lives)?;
        }
        let writer = match end {
            Some((segment, length)) => {
                let length = drop_unfinished(&segments, segment, length)?;
                Writer::resume(&segments, segment, length)?
            }
            None => Writer::create(&segments, 1)?,
        };
        let index_folder = folder.join("index");
        let index_folder =
            File::open(&index_folder).map_err(StoreError::io("cannot open", index_folder))?;
        let bodies = Arc::new(Bodies::new(&segments, settings.cache_bytes));
        let position = read::position(&index)?;
        let alterations = Alterations::after(position.sequence).into();
        let beside = Arc::new(Beside::of(folder, position.entries));
        let reader = Reader {
            folder: folder.as_path().into(),
            index,
            bodies,
            lives: Arc::new(lives),
            damage: Arc::default(),
            alterations,
            beside,
        };
        let mut store = Store {
            folder: folder.clone(),
            segments: writer,
            reader,
            compressor: Compressor::default(),
            lock: Arc::clone(lock),
            index_folder,
            segment_bytes: settings.segment_bytes,
            upkeep: Upkeep::default(),
            departures: Departures::default(),
            hearer: None,
        };
        store.finish_rewriting()?;
        if marker.is_old {
            store.settle()?;
            marker::write(folder, &store.reader.lives)?;
        }
        Ok(store)
    }
}

enum CaughtUp {
    /// The newest segment, and the end of what counts in it; none in a new store.
    Upto(Option<(u64, u64)>),
    /// The index has seen what is not there.
    NewsLost(Vec<Damage>),
    /// It has seen but half of what there is.
    Missed,
}

/// An index that is brought up to what the segments hold.
struct Making<'a> {
    /// Of the store.
    folder: &'a Path,
    /// What an index knew of the segments.
    known: &'a Known,
    lacking: &'a mut Lacking,
    progress: &'a mut dyn FnMut(Progress),
}

impl Making<'_> {
    fn segments(&self) -> PathBuf {
        self.folder.join("segments")
    }

    /// What was found before somebody interrupted it is to be told.
    fn begin_again(&self) -> Result<CaughtUp, StoreError> {
        warn!("what was being told of the segments was interrupted; remaking the index");
        let found = loss::find(&self.segments(), self.known)?;
        Ok(if found.is_empty() { CaughtUp::Missed } else { CaughtUp::NewsLost(found) })
    }

    /// Applies what the index has not seen. `is_new`: nothing is expected of it.
    fn catch_up(&mut self, index: &Index, is_new: bool) -> Result<CaughtUp, StoreError> {
        let segments = &self.segments();
        let mut position = self.known.position;
        if !is_new && position.sequence == 0 && holds_frames(segments)? {
            warn!(
                "the index is empty, as when sled passes over damage; remaking it from the segments"
            );
        }
        let found = loss::find(segments, self.known)?;
        if !found.is_empty() {
            return Ok(CaughtUp::NewsLost(found));
        }
        let standing = rewrite::standing_for(segments, &segment::list(segments)?)?;
        if let Some((new, old)) = standing.iter().find(|(_, old)| old.contains(&position.segment)) {
            let length = |id| {
                let path = segment::path(segments, id);
                let found = fs::metadata(&path).map_err(StoreError::io("cannot read", path));
                found.map(|metadata| metadata.len())
            };
            let is_last = old.last() == Some(&position.segment);
            if !is_last || position.offset < length(position.segment)? {
                warn!("segments were rewritten of which the index has seen but half; remaking it");
                return Ok(CaughtUp::Missed);
            }
            (position.segment, position.offset) = (*new, length(*new)?);
        }
        self.replay(index, (position, position)).map(CaughtUp::Upto)
    }

    /// Tells damage to the log, and counts it.
    fn replay(
        &mut self,
        index: &Index,
        (from, known): (PositionRecord, PositionRecord),
    ) -> Result<Option<(u64, u64)>, StoreError> {
        let segments = &self.segments();
        let mut log = |damage: Damage| {
            untold::begin(self.folder, self.known);
            self.lacking.faults += 1;
            error!(error = %damage, "damage skipped in a segment");
        };
        let replay = Replay { folder: segments, index, with_bodies: false, known };
        replay.run(from, &mut log, self.progress)
    }
}

/// What commands and daemons that were killed have left. Taken with the lock held.
fn remove_leftovers(folder: &Path) {
    for name in [verify::BESIDE, rebuild::NEW, rebuild::OLD] {
        if let Err(error) = verify::remove(&folder.join(name)) {
            warn!(error = error.full(), "what a killed command has left stays");
        }
    }
    // A segment that was being rewritten.
    guard::remove_files(&folder.join("segments"), |name| name.ends_with(".part"));
}

pub fn holds_frames(folder: &Path) -> Result<bool, StoreError> {
    let mut paths = segment::list(folder)?.into_iter().map(|id| segment::path(folder, id));
    Ok(paths.any(|path| fs::metadata(path).is_ok_and(|m| m.len() > HEADER.len() as u64)))
}
