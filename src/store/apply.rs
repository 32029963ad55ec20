//! What one report changes in the index. The same function applies a fresh report and
//! a commit read back from a segment, so that an index that is remade is the same.

use super::draft::Draft;
use super::error::StoreError;
use super::held::{Lookup, Pair, Write};
use super::index::Index;
use super::postings::{self, Posting};
use super::record::{self, ChannelRecord, CommitRecord, EntryRecord, PositionRecord};
use super::segment::Location;
use super::{keys, read};
use crate::model::{
    Channel, ChannelKey, EntryNo, FirstPrint, RegionCode, SourceId, Timestamp, TopicId,
};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// What a group of commits changes.
pub struct Changes<'a> {
    pub draft: Draft<'a>,
    heads: Heads,
}

impl<'a> Changes<'a> {
    pub fn new(index: &'a Index) -> Self {
        Changes { draft: Draft::new(index), heads: Heads::default() }
    }

    pub fn len(&self) -> usize {
        self.draft.len() + self.heads.0.len()
    }

    pub fn into_writes(mut self) -> impl Iterator<Item = Write> {
        for (channel, head) in self.heads.0 {
            self.draft.put(keys::channel(channel), record::encode(&head.record));
        }
        self.draft.into_writes()
    }

    /// Applies a commit. `state`: the encoded state of its source then; `None`: it is to be
    /// made of what the commit tells. `at`: where in the segments it lies. Returns why the
    /// state is lost, if it is.
    pub fn apply(
        &mut self,
        commit: &CommitRecord,
        entries: &[EntryRecord],
        state: Option<&[u8]>,
        at: Location,
    ) -> Result<Option<&'static str>, StoreError> {
        self.apply_entries(commit.sequence, commit.recorded_at, entries)?;
        let draft = &mut self.draft;
        let position = read::position(draft)?;
        for (key, no) in &commit.renamed {
            draft.put(keys::entry_key(*key), record::encode(no));
        }
        let lost = match state {
            Some(state) => {
                draft.put(keys::state(&commit.source), record::encode_state(state, at));
                None
            }
            None => replay_state(draft, commit, at)?,
        };
        let position = PositionRecord {
            sequence: commit.sequence,
            recorded_at: commit.recorded_at,
            segment: at.segment,
            offset: at.offset + u64::from(at.length),
            ..position
        };
        draft.put(keys::POSITION.to_vec(), record::encode(&position));
        Ok(lost)
    }

    /// Applies entries of one commit, be it itself readable or not.
    pub fn apply_entries(
        &mut self,
        sequence: u64,
        recorded_at: Timestamp,
        entries: &[EntryRecord],
    ) -> Result<(), StoreError> {
        let Changes { draft, heads } = self;
        let mut position = read::position(draft)?;
        for entry in entries {
            // The number tells which report an entry came with first.
            let old = match entry.no.sequence() == sequence {
                true => None,
                false => read::entry_record(draft, entry.no)?,
            };
            match old {
                Some(old) => revise(draft, &old, entry, heads)?,
                None => {
                    insert(draft, entry, recorded_at, heads)?;
                    position.entries += 1;
                }
            }
        }
        heads.mark_changed(sequence, recorded_at);
        draft.put(keys::POSITION.to_vec(), record::encode(&position));
        Ok(())
    }
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

/// Heads of the channels that a group of commits changes, each read and written once.
#[derive(Default)]
struct Heads(BTreeMap<ChannelKey, Head>);

struct Head {
    record: ChannelRecord,
    /// The commit being applied changes something visible there.
    visible: bool,
}

impl Heads {
    fn get(&mut self, draft: &Draft<'_>, channel: ChannelKey) -> Result<&mut Head, StoreError> {
        Ok(match self.0.entry(channel) {
            Entry::Occupied(head) => head.into_mut(),
            Entry::Vacant(free) => {
                free.insert(Head { record: read::channel(draft, channel)?, visible: false })
            }
        })
    }

    fn touch(&mut self, draft: &Draft<'_>, channel: ChannelKey) -> Result<(), StoreError> {
        self.get(draft, channel)?.visible = true;
        Ok(())
    }

    fn mark_changed(&mut self, sequence: u64, recorded_at: Timestamp) {
        for head in self.0.values_mut().filter(|head| head.visible) {
            head.record.change = sequence;
            head.record.changed_at = recorded_at;
            head.visible = false;
        }
    }
}

fn insert(
    draft: &mut Draft<'_>,
    entry: &EntryRecord,
    recorded_at: Timestamp,
    heads: &mut Heads,
) -> Result<(), StoreError> {
    for key in [Some(entry.key), entry.alias].into_iter().flatten() {
        draft.put(keys::entry_key(key), record::encode(&entry.no));
    }
    draft.put(keys::public_id(&entry.id), record::encode(&entry.no));
    match (entry.placement.text_hash, entry.placement.reprint_of) {
        (_, Some(first)) => draft.put(keys::copy(first, entry.no), Vec::new()),
        (Some(hash), None) => {
            let first = FirstPrint { no: entry.no, recorded_at };
            draft.put(keys::text(&hash), record::encode(&first));
        }
        (None, None) => {}
    }
    draft.put(keys::entry(entry.no), record::encode(entry));
    let is_first = entry.placement.reprint_of.is_none();
    let prints = if is_first { Vec::new() } else { other_prints(draft, entry)? };
    for channel in channels(entry) {
        join(draft, entry, channel, &prints, heads)?;
    }
    // Where the first print is shown, its copies are listed.
    if let Some(first) = entry.placement.reprint_of
        && let Some(first) = read::entry_record(draft, first)?
    {
        for channel in channels(&first) {
            heads.touch(draft, channel)?;
        }
    }
    Ok(())
}

/// Replaces `old` by `new`: the same entry, changed by its origin.
fn revise(
    draft: &mut Draft<'_>,
    old: &EntryRecord,
    new: &EntryRecord,
    heads: &mut Heads,
) -> Result<(), StoreError> {
    if let Some(alias) = new.alias.filter(|_| new.alias != old.alias) {
        draft.put(keys::entry_key(alias), record::encode(&new.no));
    }
    draft.put(keys::entry(new.no), record::encode(new));
    let (before, after) = (channels(old), channels(new));
    let prints = other_prints(draft, old)?;
    for channel in before.difference(&after) {
        leave(draft, old, *channel, &prints, heads)?;
    }
    for channel in after.difference(&before) {
        join(draft, new, *channel, &prints, heads)?;
    }
    for channel in before.intersection(&after) {
        heads.touch(draft, *channel)?;
    }
    Ok(())
}

fn join(
    draft: &mut Draft<'_>,
    entry: &EntryRecord,
    channel: ChannelKey,
    prints: &[EntryRecord],
    heads: &mut Heads,
) -> Result<(), StoreError> {
    let own = || channel == Channel::Source(entry.source.clone()).key();
    let Head { record: head, visible } = heads.get(draft, channel)?;
    let copy = other_print_shown(draft, prints, channel, head)? && !own();
    let before = postings::put(draft, channel, head, Posting { at: entry.cursor(), copy })?;
    head.shown += u64::from(!copy);
    head.shown -= u64::from(before == Some(false));
    *visible = true;
    Ok(())
}

fn leave(
    draft: &mut Draft<'_>,
    entry: &EntryRecord,
    channel: ChannelKey,
    prints: &[EntryRecord],
    heads: &mut Heads,
) -> Result<(), StoreError> {
    let Head { record: head, visible } = heads.get(draft, channel)?;
    let Some(copy) = postings::remove(draft, channel, head, entry.cursor())? else {
        return Ok(());
    };
    *visible = true;
    if !copy {
        head.shown = head.shown.saturating_sub(1);
        head.shown += u64::from(show_next_print(draft, prints, channel, head)?);
    }
    Ok(())
}

/// Whether another print of the same text is shown in the channel.
fn other_print_shown(
    draft: &Draft<'_>,
    prints: &[EntryRecord],
    channel: ChannelKey,
    head: &ChannelRecord,
) -> Result<bool, StoreError> {
    for other in prints {
        if postings::get(draft, channel, head, other.cursor())? == Some(false) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A shown print left the channel: the next one takes its place. Returns whether there was one.
fn show_next_print(
    draft: &mut Draft<'_>,
    prints: &[EntryRecord],
    channel: ChannelKey,
    head: &mut ChannelRecord,
) -> Result<bool, StoreError> {
    for other in prints {
        let at = other.cursor();
        if postings::get(draft, channel, head, at)? == Some(true) {
            postings::put(draft, channel, head, Posting { at, copy: false })?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Prints of one text that are looked at; beyond that, copies stay as they are.
const PRINTS: usize = 64;

fn other_prints(draft: &Draft<'_>, entry: &EntryRecord) -> Result<Vec<EntryRecord>, StoreError> {
    let Some(first) = group_of(entry) else { return Ok(Vec::new()) };
    let copies: Result<Vec<Pair>, StoreError> = draft.scan(&keys::copies(first)).collect();
    let copies = copies?;
    let copies = copies.iter().filter_map(|(key, _)| read::last_no(key));
    let numbers = std::iter::once(first).chain(copies);
    let mut prints = Vec::new();
    for no in numbers.filter(|no| *no != entry.no).take(PRINTS) {
        prints.extend(read::entry_record(draft, no)?);
    }
    Ok(prints)
}

/// The first print of the entry's text, which may be itself.
fn group_of(entry: &EntryRecord) -> Option<EntryNo> {
    entry.placement.reprint_of.or(entry.placement.text_hash.map(|_| entry.no))
}

/// The channels that hold an entry; old news of a new source is in its own alone.
fn channels(entry: &EntryRecord) -> BTreeSet<ChannelKey> {
    if entry.backfill {
        return [Channel::Source(entry.source.clone()).key()].into();
    }
    let list = channel_list(&entry.source, &entry.places, entry.topics.iter());
    list.iter().map(Channel::key).collect()
}

/// The channels that hold an entry of `source` in these places and topics.
fn channel_list<'a>(
    source: &SourceId,
    places: &[RegionCode],
    topics: impl Iterator<Item = &'a TopicId>,
) -> Vec<Channel> {
    let mut channels = vec![Channel::All, Channel::Source(source.clone())];
    channels.extend(places.iter().cloned().map(Channel::Region));
    for topic in topics {
        channels.push(Channel::Topic(topic.clone()));
        let here = |region: &RegionCode| Channel::RegionTopic(region.clone(), topic.clone());
        channels.extend(places.iter().map(here));
    }
    channels
}
