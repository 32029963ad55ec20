//! What one report changes in the index. The same functions apply a fresh report and
//! a commit read back from a segment, so that an index that is remade is the same.
//!
//! What the index holds follows from the entries that there are, in whatever order they came:
//! segments that were rewritten tell them in another.

use super::draft::Draft;
use super::error::StoreError;
use super::heads::{Head, Heads, channels};
use super::held::{Lookup, Write};
use super::index::Index;
use super::prints::{join, leave, other_prints};
use super::record::{
    self, ChannelRecord, CommitRecord, EntryRecord, KeptHead, OrderRecord, PositionRecord,
    SegmentRecord,
};
use super::segment::Location;
use super::telling::{Tellings, under_story};
use super::{archive, keys, names, read, tombstone};
use crate::model::{ChannelKey, Cursor, EntryNo, Placement, Timestamp};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// What a group of commits changes.
pub struct Changes<'a> {
    pub draft: Draft<'a>,
    heads: Heads,
    tellings: Tellings,
    segments: BTreeMap<u64, SegmentRecord>,
}

impl<'a> Changes<'a> {
    pub fn new(index: &'a Index) -> Self {
        Changes {
            draft: Draft::new(index),
            heads: Heads::default(),
            tellings: Tellings::default(),
            segments: BTreeMap::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.draft.len() + self.heads.0.len()
    }

    pub fn into_writes(mut self) -> impl Iterator<Item = Write> {
        for (channel, Head { record: head, .. }) in self.heads.0 {
            // What was there only while segments were read again leaves no trace.
            match head == ChannelRecord::default() {
                true => self.draft.delete(keys::channel(channel)),
                false => self.draft.put(keys::channel(channel), record::encode(&head)),
            }
        }
        for (id, segment) in self.segments {
            self.draft.put(keys::segment(id), record::encode(&segment));
        }
        self.draft.into_writes()
    }

    /// Applies entries of one commit, each where it lies now. What they change is marked by
    /// [`Changes::commit`], or [`Changes::mark_changed`].
    pub fn apply_entries(
        &mut self,
        sequence: u64,
        entries: &[EntryRecord],
    ) -> Result<(), StoreError> {
        let mut added = 0;
        for entry in entries {
            // The number tells which report an entry came with first.
            let old = match entry.no.sequence() == sequence {
                true => None,
                false => read::entry_record(&self.draft, entry.no)?,
            };
            self.segment(entry.body.segment)?.add(entry.body);
            match old {
                Some(old) => {
                    match archive::is_to_keep(&old, entry) {
                        true => archive::keep(&mut self.draft, &old),
                        false => self.segment(old.body.segment)?.take(old.body),
                    }
                    self.revise(&old, entry, sequence)?;
                }
                None => {
                    self.insert(entry, sequence)?;
                    added += 1;
                }
            }
        }
        self.move_position(|position| position.entries += added)
    }

    /// The channels that have changed by a report from `sequence` on.
    pub fn changed_since(&self, sequence: u64) -> Vec<ChannelKey> {
        let changed = self.heads.0.iter().filter(|(_, head)| head.record.change >= sequence);
        changed.map(|(channel, _)| *channel).collect()
    }

    /// The channels that are changed so far, but for those of these entries.
    pub fn touched_besides(&self, entries: &[EntryRecord]) -> Vec<ChannelKey> {
        let own: BTreeSet<ChannelKey> = entries.iter().flat_map(channels).collect();
        let touched = self.heads.0.iter().filter(|(_, head)| head.visible);
        touched.map(|(channel, _)| *channel).filter(|channel| !own.contains(channel)).collect()
    }

    /// Applies a commit, after its entries. `state`: the encoded state of its source then;
    /// `None`: it is to be made of what the commit tells. `at`: where in the segments it lies.
    /// Returns why the state is lost, if it is.
    pub fn commit(
        &mut self,
        commit: &CommitRecord,
        entries: &[EntryRecord],
        state: Option<&[u8]>,
        at: Location,
    ) -> Result<Option<&'static str>, StoreError> {
        // What is fresh has marked what it changes.
        if state.is_none()
            && let Some(touched) = &commit.touched
        {
            let own: BTreeSet<ChannelKey> = entries.iter().flat_map(channels).collect();
            self.touch_only(own.into_iter().chain(touched.iter().copied()))?;
        }
        let draft = &mut self.draft;
        for (key, no) in &commit.renamed {
            names::put_further(draft, *key, *no, commit.sequence, at.segment);
        }
        for tombstone in &commit.tombstones {
            tombstone::put(draft, tombstone, at.segment);
        }
        let lost = match state {
            Some(state) => {
                draft.put(keys::state(&commit.source), record::encode_state(state, at));
                None
            }
            None => replay_state(draft, commit, at)?,
        };
        self.end(commit.sequence, commit.recorded_at, at)?;
        Ok(lost)
    }

    /// Takes out entries; what they change is marked by [`Changes::order`].
    pub fn remove_entries(&mut self, numbers: &[EntryNo]) -> Result<(), StoreError> {
        let mut gone = 0;
        for no in numbers {
            let entry = read::entry_record(&self.draft, *no)?;
            if let Some(entry) = &entry {
                self.remove(entry)?;
                self.segment(entry.body.segment)?.take(entry.body);
                gone += 1;
            }
            self.forget_archived(*no)?;
            names::remove_all(&mut self.draft, *no, entry.as_ref())?;
        }
        self.move_position(|position| position.entries = position.entries.saturating_sub(gone))
    }

    /// Takes out what archives show of an entry.
    pub fn forget_archived(&mut self, no: EntryNo) -> Result<(), StoreError> {
        if let Some(archived) = archive::kept(&self.draft, no)? {
            self.segment(archived.body.segment)?.take(archived.body);
            self.draft.delete(keys::archived(no));
        }
        Ok(())
    }

    /// Applies what else an order has changed, after its entries.
    pub fn order(&mut self, order: &OrderRecord, at: Location) -> Result<(), StoreError> {
        self.touch_only(order.touched.iter().copied())?;
        for tombstone in &order.tombstones {
            tombstone::put(&mut self.draft, tombstone, at.segment);
        }
        self.end(order.sequence, order.recorded_at, at)
    }

    /// Sets what channels tell of their last change, and forgets what has been changed since.
    pub fn keep_heads(&mut self, heads: &[KeptHead]) -> Result<(), StoreError> {
        self.touch_only([])?;
        for KeptHead { channel, change, changed_at } in heads {
            let head = self.heads.get(&self.draft, *channel)?;
            (head.record.change, head.record.changed_at) = (*change, *changed_at);
        }
        Ok(())
    }

    pub fn mark_changed(&mut self, sequence: u64, recorded_at: Timestamp) {
        self.heads.mark_changed(sequence, recorded_at);
    }

    pub fn move_position(
        &mut self,
        change: impl FnOnce(&mut PositionRecord),
    ) -> Result<(), StoreError> {
        let mut position = read::position(&self.draft)?;
        change(&mut position);
        self.draft.put(keys::POSITION.to_vec(), record::encode(&position));
        Ok(())
    }

    /// What is known of a segment.
    pub fn segment(&mut self, id: u64) -> Result<&mut SegmentRecord, StoreError> {
        Ok(match self.segments.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => free.insert(read::segment(&self.draft, id)?),
        })
    }

    pub fn forget_segment(&mut self, id: u64) {
        self.segments.remove(&id);
        self.draft.delete(keys::segment(id));
    }

    /// Marks these channels, and no other: where segments were rewritten, what an entry was
    /// before may be another than it was for who wrote them.
    fn touch_only(
        &mut self,
        channels: impl IntoIterator<Item = ChannelKey>,
    ) -> Result<(), StoreError> {
        self.heads.0.values_mut().for_each(|head| head.visible = false);
        channels.into_iter().try_for_each(|channel| self.heads.touch(&self.draft, channel))
    }

    /// The end of what one report changes.
    fn end(
        &mut self,
        sequence: u64,
        recorded_at: Timestamp,
        at: Location,
    ) -> Result<(), StoreError> {
        self.mark_changed(sequence, recorded_at);
        self.move_position(|position| position.reach(sequence, recorded_at, at))
    }

    fn insert(&mut self, entry: &EntryRecord, sequence: u64) -> Result<(), StoreError> {
        let Changes { draft, heads, tellings, .. } = self;
        let has_mates = has_mates(entry);
        if has_mates {
            tellings.recall(draft, entry)?;
        }
        names::put_own(draft, entry, sequence);
        draft.put(keys::public_id(&entry.id), record::encode(&entry.no));
        for (key, value) in relations(entry) {
            draft.put(key, value);
        }
        draft.put(keys::entry(entry.no), record::encode(entry));
        let prints = if has_mates { other_prints(draft, entry)? } else { Vec::new() };
        for channel in channels(entry) {
            join(draft, entry, channel, &prints, heads)?;
        }
        if has_mates {
            tellings.tell(draft, heads, entry, true)?;
        }
        // No document lists more of them.
        let is_listed = prints.len() <= read::PRINTS;
        touch_prints(draft, heads, if is_listed { &prints } else { &[] })
    }

    /// Replaces `old` by `new`: the same entry, changed by its origin.
    fn revise(
        &mut self,
        old: &EntryRecord,
        new: &EntryRecord,
        sequence: u64,
    ) -> Result<(), StoreError> {
        let Changes { draft, heads, tellings, .. } = self;
        tellings.recall(draft, old)?;
        names::put_own(draft, new, sequence);
        if let Some((key, value)) = under_story(new) {
            draft.put(key, value);
        }
        draft.put(keys::entry(new.no), record::encode(new));
        let (before, after) = (channels(old), channels(new));
        let prints = other_prints(draft, old)?;
        for channel in &before {
            match after.contains(channel) {
                true => heads.touch(draft, *channel)?,
                false => leave(draft, old, *channel, &prints, heads)?,
            }
        }
        for channel in after.into_iter().filter(|channel| !before.contains(channel)) {
            join(draft, new, channel, &prints, heads)?;
        }
        tellings.tell(draft, heads, new, true)?;
        touch_prints(draft, heads, &prints)
    }

    fn remove(&mut self, entry: &EntryRecord) -> Result<(), StoreError> {
        let Changes { draft, heads, tellings, .. } = self;
        tellings.recall(draft, entry)?;
        let prints = other_prints(draft, entry)?;
        for channel in channels(entry) {
            leave(draft, entry, channel, &prints, heads)?;
        }
        draft.delete(keys::entry(entry.no));
        // Who came after it may have taken its id, and be told before it leaves.
        let id = keys::public_id(&entry.id);
        if read::get(draft, &id)? == Some(entry.no) {
            draft.delete(id);
        }
        for (key, _) in relations(entry) {
            draft.delete(key);
        }
        tellings.tell(draft, heads, entry, false)?;
        touch_prints(draft, heads, &prints)
    }
}

/// Each print of a text is shown with the others.
fn touch_prints(draft: &Draft<'_>, heads: &mut Heads, prints: &[Cursor]) -> Result<(), StoreError> {
    for print in prints.iter().take(read::PRINTS) {
        if let Some(print) = read::entry_record(draft, print.no)? {
            for channel in channels(&print) {
                heads.touch(draft, channel)?;
            }
        }
    }
    Ok(())
}

/// A change of a state that is not there costs itself alone: the source is polled as it was
/// known before. Returns why it is lost, if it is.
fn replay_state(
    draft: &mut Draft<'_>,
    commit: &CommitRecord,
    at: Location,
) -> Result<Option<&'static str>, StoreError> {
    let key = keys::state(&commit.source);
    let stored = draft.get(&key)?;
    let before = stored.as_deref().map(record::split_state).transpose();
    let before = before.map_err(StoreError::Record)?.map(|(state, _)| state);
    match commit.state.apply(before) {
        Ok(state) => {
            draft.put(key, record::encode_state(&state, at));
            Ok(None)
        }
        Err(problem) => Ok(Some(problem)),
    }
}

/// By what others with its text, or of its story, find an entry.
fn relations(entry: &EntryRecord) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    let EntryRecord { no, placement, .. } = entry;
    let copy = placement
        .reprint_of
        .map(|first| (keys::copy(first, *no), record::encode(&entry.cursor().sort_at)));
    let print = placement
        .printed()
        .map(|hash| (keys::first_print(hash, *no), record::encode(&entry.first_seen)));
    [copy, print, under_story(entry)].into_iter().flatten()
}

/// Whether its copies, or others of its story, may be there: the first one that was never
/// revised lies before all of them.
fn has_mates(entry: &EntryRecord) -> bool {
    let Placement { reprint_of, story, .. } = entry.placement;
    reprint_of.is_some() || story.is_some() || entry.revision > 0
}
