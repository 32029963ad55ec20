//! A source that has another id now: what was known of it goes on under that.
//!
//! Keys of entries are made of the id that a source had first ([`Naming::keys`]), so they,
//! tombstones and claims stay as they are, and what the source lists is recognised. First its
//! tombstones are told anew, then its state moves at once, which makes the id free; then its
//! entries, some at a time, while it is polled already.

use super::error::StoreError;
use super::frame::Kind;
use super::held::Lookup;
use super::history::commit_of;
use super::postings;
use super::read::{self, Reader, get};
use super::record::{self, CommitRecord, EntryRecord, OrderRecord, StateRecord};
use super::segment::Location;
use super::state::{Fields, NAMING, StateChange};
use super::tombstone::{self, Tombstone};
use super::{Store, archive, bodies, keys, orders, packed};
use crate::model::{
    Channel, Departure, EntryNo, Naming, Obeyed, Outcome, PollFacts, SourceId, SourceState,
    Timestamp,
};

/// Entries, and tombstones, that one step tells anew at most.
const ENTRIES: usize = 256;
const TOMBSTONES: usize = 4096;
/// Former ids that are remembered, the last ones: their polls are told.
const FORMER: usize = 8;
/// Ids that are followed from one to the next.
const RENAMES: usize = 64;

/// A former id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    pub from: SourceId,
    /// The id that the source has now.
    pub to: SourceId,
    /// Entries lie still under the former one.
    pub has_entries: bool,
}

impl Reader {
    /// Whether something is known of a source under this id, and not under a later one.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn has_history(&self, source: &SourceId) -> Result<bool, StoreError> {
        match self.state(source)? {
            Some(state) => Ok(state.became().is_none()),
            None => has_entries(&self.index, source),
        }
    }

    /// The id that the source has now which had this one; `None`: it is no former id.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn successor(&self, source: &SourceId) -> Result<Option<SourceId>, StoreError> {
        successor(&self.index, source)
    }

    /// All former ids.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn renamed(&self) -> Result<Vec<Renamed>, StoreError> {
        let mut found = Vec::new();
        for pair in self.index.scan(keys::STATES) {
            let (key, value) = pair?;
            if became(&value)?.is_none() {
                continue;
            }
            let from = SourceId::new(&String::from_utf8_lossy(&key[1..]));
            let has_entries = has_entries(&self.index, &from)?;
            let to = self.successor(&from)?;
            found.extend(to.map(|to| Renamed { from, to, has_entries }));
        }
        Ok(found)
    }
}

impl Store {
    /// One step of making all that is of `from` another source's.
    ///
    /// # Errors
    /// A full or failing disk, a failing index; nothing is changed. The step may be taken again.
    pub(super) fn rename(
        &mut self,
        from: &SourceId,
        to: &SourceId,
        sequence: u64,
        now: Timestamp,
    ) -> Result<Obeyed, StoreError> {
        if from == to {
            return Ok(Obeyed::default());
        }
        if !self.reader.has_history(from)? {
            let entries_refiled = self.move_entries(from, to, sequence, now)?;
            let more = entries_refiled as usize == ENTRIES;
            return Ok(Obeyed { entries_refiled, more, ..Obeyed::default() });
        }
        let tombstones = self.tombstones_of(from, to)?;
        if tombstones.is_empty() {
            self.move_state(from, to, sequence, now)?;
        } else {
            let index = self.reader.index.clone();
            let changes = self.begin_order(&index, sequence)?;
            let order = OrderRecord { tombstones, ..orders::order(sequence, now) };
            self.end_order(changes, order)?;
        }
        Ok(Obeyed { more: true, ..Obeyed::default() })
    }

    /// Some of the tombstones of a source, as another's.
    fn tombstones_of(&self, from: &SourceId, to: &SourceId) -> Result<Vec<Tombstone>, StoreError> {
        let all = self.reader.index.scan(keys::TOMBSTONES).map(|pair| tombstone::decode(pair?));
        let own = all.filter(|found| found.as_ref().map_or(true, |of| of.source == *from));
        let renamed =
            own.map(|found| found.map(|of| Tombstone { source: to.clone(), segment: 0, ..of }));
        renamed.take(TOMBSTONES).collect()
    }

    /// Where both were polled, the state of `to` stays: its last document is the newer.
    fn move_state(
        &mut self,
        from: &SourceId,
        to: &SourceId,
        sequence: u64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let index = self.reader.index.clone();
        let state_of = |source| get::<StateRecord>(&index, &keys::state(source));
        let (old, known) = (state_of(from)?, state_of(to)?);
        let last_number = known.as_ref().map_or(0, |known| known.state.poll_number);
        // A state that was lost says nothing of the entries that are there.
        let entries = read::channel(&index, Channel::Source(from.clone()).key())?.shown;
        let old = old.unwrap_or_else(|| StateRecord {
            state: SourceState { entries, ..SourceState::default() },
            commit: None,
        });
        let own = known.filter(|known| known.state.became().is_none());
        let former = former(&old.state, own.as_ref().map(|own| &own.state), from, to);
        let (base, keys) = match &own {
            Some(own) => (own, own.state.key_source(to)),
            None => (&old, old.state.key_source(from)),
        };
        let naming = Naming { keys: keys.clone(), former, became: None };
        let mut state = SourceState { naming: Some(Box::new(naming)), ..base.state.clone() };
        state.poll_number = state.poll_number.max(last_number);
        // After a crash the state may have come, and the order not.
        let has_come = |own: &StateRecord| {
            own.state.naming.as_ref().is_some_and(|naming| naming.former.contains(from))
        };
        if own.as_ref().is_some_and(|own| !has_come(own)) {
            state.entries += old.state.entries;
            state.last_entry_at = state.last_entry_at.max(old.state.last_entry_at);
        }
        // Who has the id next is another source: its entries must have other keys.
        let naming = Naming {
            keys: SourceId::new(&format!("{from} {sequence}")),
            former: Vec::new(),
            became: Some(to.clone()),
        };
        let rest = SourceState {
            poll_number: old.state.poll_number,
            naming: Some(Box::new(naming)),
            ..SourceState::default()
        };
        let commits = [
            self.kept_commit(to, &state, base.commit, sequence, now),
            CommitRecord {
                before: None,
                ..self.kept_commit(from, &rest, old.commit, sequence, now)
            },
        ];
        let mut changes = self.begin_order(&index, sequence)?;
        for commit in commits {
            let StateChange::Whole(state) = &commit.state else { continue };
            let commit =
                CommitRecord { group_bytes: Some(self.segments.unsynced()), ..commit.clone() };
            let payload = packed::encode(&commit, &mut self.compressor);
            let at = self.segments.push(Kind::Commit, &payload);
            if let Err(error) = changes.commit(&commit, &[], Some(state), at) {
                self.segments.discard();
                return Err(error);
            }
        }
        self.end_order(changes, orders::order(sequence, now))
    }

    /// What keeps a state, with what is known of the source's last poll.
    fn kept_commit(
        &self,
        source: &SourceId,
        state: &SourceState,
        last: Option<Location>,
        sequence: u64,
        now: Timestamp,
    ) -> CommitRecord {
        // Where its segment is damaged or gone, history begins anew.
        let last = last.and_then(|at| self.reader.bodies.read_as(at, commit_of).ok());
        let last = last.unwrap_or_else(|| CommitRecord {
            sequence,
            recorded_at: now,
            source: source.clone(),
            outcome: Outcome::Subscription,
            state: StateChange::Whole(Vec::new()),
            entries_new: 0,
            renamed: Vec::new(),
            polled_at: state.last_poll_at.unwrap_or(now),
            facts: PollFacts::default(),
            before: None,
            entries_changed: 0,
            touched: None,
            tombstones: Vec::new(),
            is_kept: true,
            group_bytes: None,
        });
        CommitRecord {
            source: source.clone(),
            state: StateChange::Whole(record::cbor(state)),
            renamed: Vec::new(),
            touched: None,
            tombstones: Vec::new(),
            is_kept: true,
            ..last
        }
    }

    /// Some of the entries, the first to come first. Returns how many.
    fn move_entries(
        &mut self,
        from: &SourceId,
        to: &SourceId,
        sequence: u64,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let index = self.reader.index.clone();
        let channel = Channel::Source(from.clone()).key();
        let head = read::channel(&index, channel)?;
        let mut numbers: Vec<EntryNo> = Vec::new();
        postings::walk_back(&index, channel, &head, None, |posting| {
            numbers.push(posting.at.no);
            true
        })?;
        numbers.sort_unstable();
        if numbers.is_empty() {
            return Ok(0);
        }
        let changes = self.begin_order(&index, sequence)?;
        let mut moved = Vec::new();
        for no in numbers {
            let entry = read::entry_record(&index, no)?.filter(|entry| entry.source == *from);
            let Some(old) = entry else { continue };
            let body = match self.reader.bodies.read_as(old.body, bodies::body_of_frame) {
                Ok(body) => body,
                Err(damage) => {
                    self.reader.note_damage(no, &damage);
                    continue;
                }
            };
            let new = EntryRecord {
                source: to.clone(),
                revision: old.revision + 1,
                archived: archive::revision(&old, now),
                changed_at: now,
                ..old
            };
            moved.push(self.push_entry(sequence, new, &body));
            if moved.len() == ENTRIES {
                break;
            }
        }
        let count = self.end_refiling(changes, &moved, sequence, now)?;
        let moved = moved.iter().map(|entry| Departure::Moved(entry.no, to.clone()));
        self.departures.extend(moved);
        Ok(count)
    }
}

/// The ids that a source had.
fn former(
    old: &SourceState,
    own: Option<&SourceState>,
    from: &SourceId,
    to: &SourceId,
) -> Vec<SourceId> {
    let of = |state: &SourceState| state.naming.as_ref().map_or(Vec::new(), |n| n.former.clone());
    let mut former = own.map_or(Vec::new(), of);
    former.extend(of(old));
    former.retain(|id| id != from && id != to);
    former.push(from.clone());
    former.drain(..former.len().saturating_sub(FORMER));
    former
}

/// Whether entries are filed under a source.
pub fn has_entries(index: &impl Lookup, source: &SourceId) -> Result<bool, StoreError> {
    let head = read::channel(index, Channel::Source(source.clone()).key())?;
    Ok(head.chunked > 0 || !head.tail.is_empty())
}

/// See [`Reader::successor`].
pub fn successor(index: &impl Lookup, source: &SourceId) -> Result<Option<SourceId>, StoreError> {
    let mut found: Option<SourceId> = None;
    for _ in 0..RENAMES {
        let state = index.get(&keys::state(found.as_ref().unwrap_or(source)))?;
        match state.map_or(Ok(None), |state| became(&state))? {
            Some(next) => found = Some(next),
            None => break,
        }
    }
    Ok(found)
}

/// Of an encoded [`StateRecord`], without reading all of it.
fn became(state: &[u8]) -> Result<Option<SourceId>, StoreError> {
    let (state, _) = record::split_state(state).map_err(StoreError::Record)?;
    let fields = Fields::of(state).map_err(|problem| StoreError::Record(problem.to_owned()))?;
    Ok(fields.get::<Naming>(NAMING).and_then(|naming| naming.became))
}
