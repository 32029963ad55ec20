//! Copying what is live out of old segments, in steps.

use super::super::error::StoreError;
use super::super::frame::{self, Frame, HEADER_BYTES, Kind};
use super::super::index::Index;
use super::super::read::{self, get};
use super::super::record::{
    self, ChannelRecord, CommitRecord, EntryRecord, KeptHead, KeptName, KeptRecord, OrderRecord,
    StateRecord,
};
use super::super::segment::{self, Location};
use super::super::state::StateChange;
use super::super::tombstone::{self, Tombstone};
use super::super::{archive, held::Lookup, keys, names, packed, rename};
use super::{Frames, Writing, first_sequence, id_after};
use crate::model::{ChannelKey, EntryNo, Outcome, PollFacts, SourceId, SourceState, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tracing::error;

/// The state of a source that was not polled for so long is let go, once its entries have left:
/// without it they would come anew if the source was polled again.
const STATE_LIFE: Duration = Duration::from_secs(400 * 24 * 3600);

/// Given up where it is dropped; the old segments stay then.
pub struct Rewriting {
    folder: PathBuf,
    old: Vec<u64>,
    /// No older segment is left: what only takes back what is in older ones may go.
    are_oldest: bool,
    todo: VecDeque<u64>,
    reading: Option<Frames>,
    out: Writing,
    gathered: Gathered,
    damaged: Vec<(u64, Range<u64>)>,
}

/// What else the old segments tell.
#[derive(Default)]
struct Gathered {
    from: u64,
    sequence: u64,
    recorded_at: Timestamp,
    names: Vec<KeptName>,
    tombstones: BTreeMap<Vec<u8>, Tombstone>,
    removed: BTreeSet<EntryNo>,
}

impl Rewriting {
    /// `old`: segments one after the other.
    ///
    /// # Errors
    /// The disk fails.
    pub fn begin(folder: &Path, old: Vec<u64>, are_oldest: bool) -> Result<Rewriting, StoreError> {
        let id = id_after(*old.last().expect("there is something to rewrite"));
        let gathered = Gathered { from: first_sequence(folder, old[0])?, ..Gathered::default() };
        Ok(Rewriting {
            folder: folder.to_owned(),
            todo: old.iter().copied().collect(),
            are_oldest,
            reading: None,
            out: Writing::begin(folder, id, old.clone(), gathered.from)?,
            gathered,
            damaged: Vec::new(),
            old,
        })
    }

    /// Where the new segment will be.
    pub fn id(&self) -> u64 {
        self.out.id()
    }

    /// The segments that it will stand for.
    pub fn old(&self) -> &[u64] {
        &self.old
    }

    /// Reads some bytes of the old segments; true: that was all. What is damaged is left out.
    ///
    /// # Errors
    /// The disk fails, or a record is not understood.
    pub fn copy(&mut self, index: &Index, bytes: u64) -> Result<bool, StoreError> {
        let mut read = 0;
        while read < bytes {
            let Some(mut frames) = self.reading.take() else {
                let Some(next) = self.todo.pop_front() else { return Ok(true) };
                self.reading = Some(Frames::open(&self.folder, next)?);
                continue;
            };
            match frames.read_next() {
                Ok(None) => continue,
                Ok(Some((frame, at))) => {
                    read += u64::from(at.length);
                    let is_live = self.gathered.take(index, &frame, at)?;
                    if is_live {
                        let (header, payload) = frames.last().split_at(HEADER_BYTES);
                        self.out.entry(header, payload)?;
                    }
                }
                Err(error @ StoreError::Damaged { .. }) => {
                    let bytes = frames.skip_damage()?;
                    read += bytes.end - bytes.start;
                    error!(
                        error = error.full(),
                        upto_byte = bytes.end,
                        "damaged bytes are left out of the segment that is written anew"
                    );
                    self.damaged.push((frames.segment(), bytes));
                }
                Err(error) => return Err(error),
            }
            self.reading = Some(frames);
        }
        Ok(false)
    }

    /// Entries that the index knows where damaged bytes are.
    ///
    /// # Errors
    /// The index fails.
    pub fn lost(&self, index: &Index) -> Result<Vec<EntryRecord>, StoreError> {
        self.hit(index, keys::ENTRIES)
    }

    /// Entries of which archives show what was there.
    ///
    /// # Errors
    /// The index fails.
    pub fn lost_archived(&self, index: &Index) -> Result<Vec<EntryRecord>, StoreError> {
        self.hit(index, keys::ARCHIVED)
    }

    fn hit(&self, index: &Index, forms: &[u8]) -> Result<Vec<EntryRecord>, StoreError> {
        let mut lost = Vec::new();
        if self.damaged.is_empty() {
            return Ok(lost);
        }
        for pair in index.scan(forms) {
            let entry: EntryRecord = record::decode(&pair?.1).map_err(StoreError::Record)?;
            let body = entry.body;
            let is_hit = |(segment, bytes): &(u64, Range<u64>)| {
                *segment == body.segment && bytes.contains(&body.offset)
            };
            if self.damaged.iter().any(is_hit) {
                lost.push(entry);
            }
        }
        Ok(lost)
    }

    /// Writes what was gathered and makes the segment one.
    ///
    /// `next`: the segment after the old ones.
    ///
    /// # Errors
    /// The disk or the index fails.
    pub fn end(mut self, index: &Index, next: u64, now: Timestamp) -> Result<u64, StoreError> {
        if !self.damaged.is_empty() {
            self.gathered.take_known(index, &self.old)?;
        }
        for commit in self.states(index, now)? {
            self.out.commit(&commit)?;
        }
        let last = self.last(index, next, now)?;
        self.out.keep(&last)?;
        let id = self.id();
        self.out.end()?;
        Ok(id)
    }

    /// The states whose last commit is in the old segments, as commits that tell them whole.
    fn states(&self, index: &Index, now: Timestamp) -> Result<Vec<CommitRecord>, StoreError> {
        let mut commits = Vec::new();
        for pair in index.scan(keys::STATES) {
            let (key, value) = pair?;
            let (state, at) = record::split_state(&value).map_err(StoreError::Record)?;
            let Some(at) = at.filter(|at| self.old.contains(&at.segment)) else { continue };
            let source = SourceId::new(&String::from_utf8_lossy(&key[1..]));
            let commit = match read_commit(&self.folder, at) {
                Err(StoreError::Damaged { .. }) => self.gathered.commit_in_place(source.clone()),
                read => read?,
            };
            let lapsed = now.since(commit.recorded_at) > STATE_LIFE;
            if self.are_oldest && lapsed && !is_of_use(index, &source)? {
                continue;
            }
            commits.push(CommitRecord {
                source,
                state: StateChange::Whole(state.to_vec()),
                before: None,
                renamed: Vec::new(),
                touched: None,
                tombstones: Vec::new(),
                is_kept: true,
                ..commit
            });
        }
        Ok(commits)
    }

    /// What the old segments told and still counts.
    fn last(&mut self, index: &Index, next: u64, now: Timestamp) -> Result<KeptRecord, StoreError> {
        let upto = first_sequence(&self.folder, next)?;
        let Gathered { from, sequence, recorded_at, names, tombstones, removed } =
            std::mem::take(&mut self.gathered);
        let mut heads = Vec::new();
        for pair in index.scan(keys::CHANNELS) {
            let (key, head) = pair?;
            let head: ChannelRecord = record::decode(&head).map_err(StoreError::Record)?;
            let Some(channel) = keys::last_number(&key).map(ChannelKey) else { continue };
            if (from..upto).contains(&head.change) {
                let (change, changed_at) = (head.change, head.changed_at);
                heads.push(KeptHead { channel, change, changed_at });
            }
        }
        let is_told_here = |name: &KeptName| -> Result<bool, StoreError> {
            let further = names::further(index, name.no)?;
            Ok(further.iter().any(|known| {
                known.key == name.key
                    && known.since == name.since
                    && self.old.contains(&known.segment)
            }))
        };
        // An older segment may have a form of an entry that has left which tells the key, too.
        let is_to_leave = |name: &KeptName| -> Result<bool, StoreError> {
            let may_be = !self.are_oldest && name.no.sequence() < from;
            let leaves_later = may_be && !removed.contains(&name.no);
            Ok(leaves_later && read::entry_record(index, name.no)?.is_none())
        };
        let mut kept_names = Vec::new();
        for name in names {
            if is_told_here(&name)? || is_to_leave(&name)? {
                kept_names.push(name);
            }
        }
        Ok(KeptRecord {
            replaces: self.old.clone(),
            from,
            sequence,
            recorded_at,
            heads,
            names: kept_names,
            tombstones: self.still_of_use(index, tombstones, now)?,
            removed: match self.are_oldest {
                true => Vec::new(),
                false => removed.into_iter().filter(|no| no.sequence() < from).collect(),
            },
        })
    }

    fn still_of_use(
        &self,
        index: &Index,
        tombstones: BTreeMap<Vec<u8>, Tombstone>,
        now: Timestamp,
    ) -> Result<Vec<Tombstone>, StoreError> {
        let mut listed: HashMap<SourceId, BTreeSet<u64>> = HashMap::new();
        let mut of_use = Vec::new();
        for key in tombstones.into_keys() {
            let Some(value) = index.get(&key)? else { continue };
            let tombstone = tombstone::decode((key, value))?;
            if !self.old.contains(&tombstone.segment) {
                continue;
            }
            // An older segment may tell of one that was renewed here.
            if self.are_oldest && tombstone.has_lapsed(now) {
                let listed = match listed.get(&tombstone.source) {
                    Some(listed) => listed,
                    None => {
                        let seen = seen_by(index, &tombstone.source)?;
                        listed.entry(tombstone.source.clone()).or_insert(seen)
                    }
                };
                if !listed.contains(&tombstone.key.beginning()) {
                    continue;
                }
            }
            of_use.push(Tombstone { segment: 0, ..tombstone });
        }
        Ok(of_use)
    }
}

impl Gathered {
    /// Takes what a frame tells besides entries; whether it is an entry that is live.
    fn take(&mut self, index: &Index, frame: &Frame<'_>, at: Location) -> Result<bool, StoreError> {
        let payload = frame.payload;
        let damaged = |problem: String| StoreError::Record(problem);
        match frame.kind {
            Kind::Entry => {
                let (_, entry) = record::decode_entry(payload, at).map_err(damaged)?;
                let known = read::entry_record(index, entry.no)?;
                let archived = archive::kept(index, entry.no)?;
                return Ok(known.into_iter().chain(archived).any(|known| known.body == at));
            }
            Kind::Commit => {
                let commit: CommitRecord = packed::decode(payload).map_err(damaged)?;
                self.reach(commit.sequence, commit.recorded_at);
                let name = |(key, no)| KeptName { key, no, since: commit.sequence };
                self.names.extend(commit.renamed.into_iter().map(name));
                self.bury(commit.tombstones);
            }
            Kind::Order => {
                let order: OrderRecord = packed::decode(payload).map_err(damaged)?;
                self.reach(order.sequence, order.recorded_at);
                self.removed.extend(order.removed);
                self.bury(order.tombstones);
            }
            Kind::Kept => {
                let kept: KeptRecord = packed::decode(payload).map_err(damaged)?;
                self.reach(kept.sequence, kept.recorded_at);
                self.names.extend(kept.names);
                self.removed.extend(kept.removed);
                self.bury(kept.tombstones);
            }
            Kind::Redo | Kind::Run => {}
        }
        Ok(false)
    }

    /// What the index has from these segments, of which damaged frames tell nothing any more.
    fn take_known(&mut self, index: &Index, old: &[u64]) -> Result<(), StoreError> {
        let mut tombstones = Vec::new();
        for pair in index.scan(keys::TOMBSTONES) {
            let tombstone = tombstone::decode(pair?)?;
            if old.contains(&tombstone.segment) {
                tombstones.push(tombstone);
            }
        }
        self.bury(tombstones);
        for pair in index.scan(keys::FURTHER_KEYS) {
            let (key, value) = pair?;
            let (segment, since): (u64, u64) =
                record::decode(&value).map_err(StoreError::Record)?;
            let Some((no, key)) = keys::further_key_of(&key) else { continue };
            let name = KeptName { key, no, since };
            if old.contains(&segment) && !self.names.contains(&name) {
                self.names.push(name);
            }
        }
        Ok(())
    }

    /// Of a state whose commit is damaged: what is known of its poll is that there was one.
    fn commit_in_place(&self, source: SourceId) -> CommitRecord {
        CommitRecord {
            sequence: self.from,
            recorded_at: self.recorded_at,
            source,
            outcome: Outcome::NotModified,
            state: StateChange::Whole(Vec::new()),
            entries_new: 0,
            entries_changed: 0,
            renamed: Vec::new(),
            polled_at: self.recorded_at,
            facts: PollFacts::default(),
            before: None,
            touched: None,
            tombstones: Vec::new(),
            is_kept: true,
            group_bytes: None,
        }
    }

    fn reach(&mut self, sequence: u64, recorded_at: Timestamp) {
        self.sequence = self.sequence.max(sequence);
        self.recorded_at = self.recorded_at.max(recorded_at);
    }

    fn bury(&mut self, tombstones: Vec<Tombstone>) {
        let keyed = tombstones.into_iter().map(|tombstone| (tombstone.index_key(), tombstone));
        self.tombstones.extend(keyed);
    }
}

/// How the keys of the items begin that the source's last document had.
fn seen_by(index: &Index, source: &SourceId) -> Result<BTreeSet<u64>, StoreError> {
    let now = rename::successor(index, source)?;
    let record: Option<StateRecord> = get(index, &keys::state(now.as_ref().unwrap_or(source)))?;
    let seen = record.map(|StateRecord { state: SourceState { seen, .. }, .. }| seen);
    Ok(seen.unwrap_or_default().into_iter().map(|(key, _)| key).collect())
}

/// Whether entries are filed under a source, or it is known under another id now: then who gets
/// this one must not be taken for it.
fn is_of_use(index: &Index, source: &SourceId) -> Result<bool, StoreError> {
    match rename::successor(index, source)? {
        Some(now) => Ok(index.get(&keys::state(&now))?.is_some()),
        None => rename::has_entries(index, source),
    }
}

fn read_commit(folder: &Path, at: Location) -> Result<CommitRecord, StoreError> {
    let path = segment::path(folder, at.segment);
    segment::read(folder, at).and_then(|bytes| {
        let commit = frame::read(&bytes).map_err(str::to_owned);
        let commit = commit.and_then(|(frame, _)| packed::decode(frame.payload));
        commit.map_err(|problem| StoreError::Damaged { path, offset: at.offset, problem })
    })
}
