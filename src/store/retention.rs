//! What is beyond the limits leaves, oldest first, and its room is won back: in steps, so that
//! reports are kept in between.

use super::apply::Changes;
use super::error::StoreError;
use super::record::{self, EntryRecord, SegmentRecord};
use super::rewrite::{self, Rewriting, id_after};
use super::segment::HEADER;
use super::stats::bytes_below;
use super::{Store, aside, keys, read, room, segment};
use crate::model::{EntryNo, Obeyed, Order, Retain, TakeDown, Timestamp};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::time::Duration;
use tracing::{error, info};

/// Entries that one step removes at most.
pub const ENTRIES: usize = 256;
/// Bytes of segments that one step reads at most.
const STEP_BYTES: u64 = 4 * 1024 * 1024;
/// Dead bytes of a hundred from which a segment is rewritten: at ease, and where room is short.
const WASTE: u64 = 25;
const WASTE_IN_NEED: u64 = 5;
/// For the past polls in it, a segment is left alone for so long after it was written to.
const FRESH: Duration = Duration::from_secs(24 * 3600);
/// A segment below this part of a whole one is rewritten with its neighbours.
const SMALL: u64 = 4;
/// Of the disk that may be used, a segment takes at most this part.
const SEGMENTS_ON_DISK: u64 = 16;
const SMALLEST_SEGMENT: u64 = 1024 * 1024;

/// What is under way.
#[derive(Default)]
pub struct Upkeep {
    pub rewriting: Option<Rewriting>,
    /// Segments that cannot be rewritten, since something in them is not understood.
    pub unsound: BTreeSet<u64>,
    /// All before it have left.
    oldest: Option<EntryNo>,
    /// What is taken down, until it is done.
    pub taking_down: BTreeMap<TakeDown, TakingDown>,
    /// What a segment may take of the disk.
    segment_bytes: Option<u64>,
}

/// The entries that are taken down, and the segments that were not looked at yet.
pub struct TakingDown {
    pub entries: BTreeSet<EntryNo>,
    pub todo: VecDeque<u64>,
}

/// A segment that is not written to any more.
pub struct Closed {
    pub id: u64,
    bytes: u64,
    record: SegmentRecord,
    is_fresh: bool,
}

impl Closed {
    fn dead_bytes(&self) -> u64 {
        let used = self.record.entry_bytes + self.record.kept_bytes + HEADER.len() as u64;
        self.bytes.saturating_sub(used)
    }

    fn live_bytes(&self) -> u64 {
        self.bytes - self.dead_bytes()
    }
}

impl Store {
    /// Takes one step of what is ordered.
    ///
    /// # Errors
    /// A full or failing disk, a failing index. The order may be given again.
    pub fn obey(
        &mut self,
        order: &Order,
        sequence: u64,
        recorded_at: Timestamp,
    ) -> Result<Obeyed, StoreError> {
        self.check_ours()?;
        room::check_to_shrink(&self.folder)?;
        self.finish_rewriting()?;
        let obeyed = self.step(order, sequence, recorded_at);
        if obeyed.is_err() {
            // A segment that was to be rewritten was not.
            self.upkeep.taking_down.clear();
        }
        obeyed
    }

    fn step(
        &mut self,
        order: &Order,
        sequence: u64,
        recorded_at: Timestamp,
    ) -> Result<Obeyed, StoreError> {
        match order {
            Order::Retain(retain) => self.retain(retain, sequence, recorded_at),
            Order::TakeDown(what) => self.take_down(what, sequence, recorded_at),
            Order::Rename { from, to } => {
                room::check(&self.folder, 0)?;
                self.rename(from, to, sequence, recorded_at)
            }
            Order::Refile(entries) => {
                room::check(&self.folder, 0)?;
                let entries_refiled = self.refile(entries, sequence, recorded_at)?;
                Ok(Obeyed { entries_refiled, ..Obeyed::default() })
            }
        }
    }

    pub(super) fn roll_if_long(&mut self, sequence: u64) -> Result<(), StoreError> {
        let longest = self.upkeep.segment_bytes.unwrap_or(self.segment_bytes);
        if self.segments.end().1 >= longest.min(self.segment_bytes) {
            self.segments.roll(sequence)?;
        }
        Ok(())
    }

    fn retain(
        &mut self,
        retain: &Retain,
        sequence: u64,
        now: Timestamp,
    ) -> Result<Obeyed, StoreError> {
        let of_disk = |bytes: u64| (bytes / SEGMENTS_ON_DISK).max(SMALLEST_SEGMENT);
        self.upkeep.segment_bytes = retain.disk_bytes.map(of_disk);
        let closed = self.closed()?;
        if retain.is_thorough || self.excess(retain, &closed)? > 0 {
            aside::clear(&self.folder);
        }
        let leaving = self.leaving(retain, &closed, now)?;
        if !leaving.is_empty() {
            self.remove(&leaving, sequence, now, false)?;
            let entries_removed = leaving.len() as u32;
            return Ok(Obeyed { entries_removed, more: true, ..Obeyed::default() });
        }
        if self.upkeep.rewriting.is_none() {
            let is_needed = retain.is_thorough || self.excess(retain, &closed)? > 0;
            let waste = if is_needed { WASTE_IN_NEED } else { WASTE };
            let Some(old) = self.to_rewrite(&closed, waste, is_needed)? else {
                let more = self.roll_if_wasteful(sequence)?;
                if retain.is_thorough && !more {
                    self.reader.index.tidy();
                }
                return Ok(Obeyed { more, ..Obeyed::default() });
            };
            self.begin_rewriting(old, &closed)?;
        }
        let segments_rewritten = self.rewrite(sequence, now)?;
        Ok(Obeyed { segments_rewritten, more: true, ..Obeyed::default() })
    }

    /// The next entries beyond the limits, in the order in which they came.
    fn leaving(
        &mut self,
        retain: &Retain,
        closed: &[Closed],
        now: Timestamp,
    ) -> Result<Vec<EntryRecord>, StoreError> {
        let count = read::position(&self.reader.index)?.entries;
        let too_many = retain.entries.map_or(0, |most| count.saturating_sub(most));
        // What is dead already is won back by rewriting.
        let dead: u64 = closed.iter().map(Closed::dead_bytes).sum();
        let mut too_much = self.excess(retain, closed)?.saturating_sub(dead);
        let too_old =
            |entry: &EntryRecord| retain.age.is_some_and(|age| now.since(entry.first_seen) > age);
        let (_, beside) = self.beside(closed)?;
        let mut leaving = Vec::new();
        let after = self.upkeep.oldest.map_or(EntryNo(0), |oldest| EntryNo(oldest.0 - 1));
        for pair in self.reader.index.scan_after(keys::ENTRIES, &keys::entry(after)) {
            let (_, value) = pair?;
            let entry: EntryRecord = record::decode(&value).map_err(StoreError::Record)?;
            if leaving.is_empty() {
                self.upkeep.oldest = Some(entry.no);
            }
            let is_wanted = leaving.len() as u64 >= too_many && too_much == 0 && !too_old(&entry);
            if is_wanted || leaving.len() == ENTRIES {
                break;
            }
            too_much = too_much.saturating_sub(u64::from(entry.body.length) + beside);
            leaving.push(entry);
        }
        Ok(leaving)
    }

    /// Bytes on disk beyond what is allowed.
    fn excess(&self, retain: &Retain, closed: &[Closed]) -> Result<u64, StoreError> {
        let Some(allowed) = retain.disk_bytes else { return Ok(0) };
        let segments = self.segment_bytes_of(closed);
        // What it takes beyond that is not won back by removing news.
        let index = bytes_below(&self.folder.join("index")).min(segments / 2);
        let (beside, _) = self.beside(closed)?;
        Ok((segments + index + beside + aside::bytes(&self.folder)).saturating_sub(allowed))
    }

    fn segment_bytes_of(&self, closed: &[Closed]) -> u64 {
        closed.iter().map(|closed| closed.bytes).sum::<u64>() + self.segments.end().1
    }

    /// What is kept beside of all entries, and of one.
    fn beside(&self, closed: &[Closed]) -> Result<(u64, u64), StoreError> {
        let entries = read::position(&self.reader.index)?.entries;
        Ok(self.reader.beside.counted(entries, self.segment_bytes_of(closed)))
    }

    /// All segments but the one that is written to, oldest first.
    pub(super) fn closed(&self) -> Result<Vec<Closed>, StoreError> {
        let folder = self.segments_folder();
        let open = self.segments.end().0;
        let mut closed = Vec::new();
        for id in segment::list(&folder)?.into_iter().filter(|id| *id != open) {
            let path = segment::path(&folder, id);
            let metadata = fs::metadata(&path).map_err(StoreError::io("cannot read", path))?;
            let record = read::segment(&self.reader.index, id)?;
            let age = metadata.modified().ok().and_then(|at| at.elapsed().ok());
            let is_fresh = age.is_some_and(|age| age < FRESH);
            closed.push(Closed { id, bytes: metadata.len(), record, is_fresh });
        }
        Ok(closed)
    }

    /// Segments to rewrite as one, of which more than `waste` of a hundred bytes are dead, or
    /// which are small.
    fn to_rewrite(
        &self,
        closed: &[Closed],
        waste: u64,
        is_needed: bool,
    ) -> Result<Option<Vec<u64>>, StoreError> {
        let whole = self.segment_bytes;
        let may_be = |closed: &Closed| {
            (is_needed || !closed.is_fresh) && !self.upkeep.unsound.contains(&closed.id)
        };
        let is_wasteful = |closed: &Closed| {
            may_be(closed) && closed.dead_bytes() * 100 > closed.bytes.max(4096) * waste
        };
        let is_small = |closed: &Closed| may_be(closed) && closed.live_bytes() < whole / SMALL;
        for (at, first) in closed.iter().enumerate() {
            if !is_wasteful(first) && !is_small(first) {
                continue;
            }
            let (mut live, mut end) = (0, at);
            while let Some(next) = closed.get(end)
                && (is_wasteful(next) || is_small(next))
                && (live == 0 || live + next.live_bytes() <= whole)
            {
                live += next.live_bytes();
                end += 1;
            }
            let run = &closed[at..end];
            let pays = run.iter().any(is_wasteful) || run.len() as u64 >= SMALL;
            let is_free = self.is_free(id_after(run[run.len() - 1].id))?;
            if pays && is_free {
                return Ok(Some(run.iter().map(|closed| closed.id).collect()));
            }
        }
        Ok(None)
    }

    pub(super) fn begin_rewriting(
        &mut self,
        old: Vec<u64>,
        closed: &[Closed],
    ) -> Result<(), StoreError> {
        // After a crash nobody could tell the index any more what had left by these segments.
        self.reader.index.settle()?;
        let are_oldest = closed.first().is_some_and(|first| first.id == old[0]);
        let rewriting = Rewriting::begin(&self.segments_folder(), old, are_oldest)?;
        self.upkeep.rewriting = Some(rewriting);
        Ok(())
    }

    /// One step; returns how many segments were rewritten with it. Entries that are damaged there
    /// leave by an order.
    pub(super) fn rewrite(&mut self, sequence: u64, now: Timestamp) -> Result<u32, StoreError> {
        let Some(mut rewriting) = self.upkeep.rewriting.take() else { return Ok(0) };
        let index = self.reader.index.clone();
        let folder = self.segments_folder();
        match rewriting.copy(&index, STEP_BYTES) {
            Ok(false) => {
                self.upkeep.rewriting = Some(rewriting);
                return Ok(0);
            }
            Ok(true) => {}
            Err(error @ (StoreError::Damaged { .. } | StoreError::Record(_))) => {
                error!(
                    error = error.full(),
                    "a segment is not understood and left as it is; restore it from a backup"
                );
                self.upkeep.unsound.extend(rewriting.old());
                return Ok(0);
            }
            Err(error) => return Err(error),
        }
        let lost = rewriting.lost(&index)?;
        if !lost.is_empty() {
            let entries = lost.len();
            error!(entries, "entries are damaged on disk and leave");
            self.lose(&lost, sequence, now)?;
        }
        let archived = rewriting.lost_archived(&index)?;
        if !archived.is_empty() {
            let entries = archived.len();
            error!(
                entries,
                "archives show what entries are now: what they were is damaged on disk"
            );
            let mut changes = Changes::new(&index);
            archived.iter().try_for_each(|entry| changes.forget_archived(entry.no))?;
            index.hold(changes.into_writes());
            self.reader.alterations.count_on();
            index.hold([]);
        }
        let old = rewriting.old().to_vec();
        let next = segment::list(&folder)?.into_iter().find(|id| *id > rewriting.id());
        let next = next.unwrap_or(self.segments.end().0);
        let id = rewriting.end(&index, next, now)?;
        if let Err(error @ StoreError::Damaged { .. }) = self.settle_rewritten(id, &old) {
            error!(error = error.full(), "segments could not be rewritten");
            self.upkeep.unsound.extend(&old);
            return Ok(0);
        }
        info!(segments = old.len(), "segments rewritten without what is dead in them");
        Ok(old.len() as u32)
    }

    fn settle_rewritten(&self, id: u64, old: &[u64]) -> Result<(), StoreError> {
        rewrite::finish(&self.segments_folder(), &self.reader.index, id, old)?;
        old.iter().for_each(|old| self.reader.bodies.forget(*old));
        Ok(())
    }

    /// What a crash or an error has interrupted. What is damaged stays as it is.
    pub(super) fn finish_rewriting(&mut self) -> Result<(), StoreError> {
        let folder = self.segments_folder();
        for (id, old) in rewrite::standing_for(&folder, &segment::list(&folder)?)? {
            if self.upkeep.unsound.contains(&id) {
                continue;
            }
            match self.settle_rewritten(id, &old) {
                Err(error) if error.is_damaged_entry() => {
                    error!(error = error.full(), "segments could not be rewritten");
                    self.upkeep.taking_down.clear();
                    if segment::path(&folder, id).exists() {
                        self.upkeep.unsound.extend(old.into_iter().chain([id]));
                    }
                }
                settled => settled?,
            }
        }
        Ok(())
    }

    /// Closes the segment that is written to where it holds much that is dead, so that it can
    /// be rewritten.
    fn roll_if_wasteful(&mut self, sequence: u64) -> Result<bool, StoreError> {
        let (id, bytes) = self.segments.end();
        let record = read::segment(&self.reader.index, id)?;
        let open = Closed { id, bytes, record, is_fresh: true };
        let whole = self.upkeep.segment_bytes.unwrap_or(self.segment_bytes);
        let is_wasteful = open.dead_bytes() > whole / SMALL && open.dead_bytes() * 2 > bytes;
        if is_wasteful && id_after(id) < sequence {
            self.segments.roll(sequence)?;
            return Ok(true);
        }
        Ok(false)
    }

    pub(super) fn segments_folder(&self) -> std::path::PathBuf {
        self.folder.join("segments")
    }

    pub(super) fn is_free(&self, id: u64) -> Result<bool, StoreError> {
        rewrite::is_free(&self.segments_folder(), id)
    }
}
