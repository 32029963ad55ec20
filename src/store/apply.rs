//! What one report changes in the index. The same function applies a fresh report and
//! a commit read back from a segment, so that an index that is remade is the same.

use super::error::StoreError;
use super::index::Draft;
use super::postings::{self, Flags, Posting};
use super::record::{self, CommitRecord, EntryRecord, PositionRecord};
use super::{keys, read};
use crate::model::{
    Channel, ChannelKey, EntryNo, FirstPrint, RegionCode, SourceId, Timestamp, TopicId,
};
use std::collections::BTreeSet;

/// Applies a commit. `end`: where in the segments the next frame begins.
pub fn apply(
    draft: &mut Draft<'_>,
    commit: &CommitRecord,
    end: (u64, u64),
) -> Result<(), StoreError> {
    let mut touched = BTreeSet::new();
    let mut position = read::position(draft)?;
    for entry in &commit.entries {
        match read::entry_record(draft, entry.no)? {
            Some(old) => revise(draft, &old, entry, &mut touched)?,
            None => {
                insert(draft, entry, commit.recorded_at, &mut touched)?;
                position.entries += 1;
            }
        }
    }
    for channel in touched {
        let mut counters = read::channel(draft, channel)?;
        counters.change = commit.sequence;
        counters.changed_at = commit.recorded_at;
        draft.put(keys::channel(channel), record::encode(&counters));
    }
    draft.put(keys::state(&commit.source), record::encode(&commit.state));
    let (segment, offset) = end;
    position = PositionRecord {
        sequence: commit.sequence,
        recorded_at: commit.recorded_at,
        segment,
        offset,
        ..position
    };
    draft.put(keys::POSITION.to_vec(), record::encode(&position));
    Ok(())
}

fn insert(
    draft: &mut Draft<'_>,
    entry: &EntryRecord,
    recorded_at: Timestamp,
    touched: &mut BTreeSet<ChannelKey>,
) -> Result<(), StoreError> {
    draft.put(keys::entry_key(entry.key), record::encode(&entry.no));
    if let Some(id) = &entry.own_id {
        draft.put(keys::public_id(id), record::encode(&entry.no));
    }
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
        join(draft, entry, channel, &prints, touched)?;
    }
    // The pages of the copies' first print list them.
    if let Some(first) = group_of(entry).filter(|first| *first != entry.no) {
        touch_channels_of(draft, first, touched)?;
    }
    Ok(())
}

/// Replaces `old` by `new`: the same entry, changed by its origin.
fn revise(
    draft: &mut Draft<'_>,
    old: &EntryRecord,
    new: &EntryRecord,
    touched: &mut BTreeSet<ChannelKey>,
) -> Result<(), StoreError> {
    draft.put(keys::entry(new.no), record::encode(new));
    let (before, after) = (channels(old), channels(new));
    let prints = other_prints(draft, old)?;
    for channel in before.difference(&after) {
        leave(draft, old, *channel, &prints, touched)?;
    }
    for channel in after.difference(&before) {
        join(draft, new, *channel, &prints, touched)?;
    }
    touched.extend(before.intersection(&after));
    Ok(())
}

fn join(
    draft: &mut Draft<'_>,
    entry: &EntryRecord,
    channel: ChannelKey,
    prints: &[EntryRecord],
    touched: &mut BTreeSet<ChannelKey>,
) -> Result<(), StoreError> {
    let own = channel == Channel::Source(entry.source.clone()).key();
    let flags = Flags {
        copy: !own && other_print_shown(draft, prints, channel)?,
        backfill: !own && entry.backfill,
    };
    let before = postings::put(draft, channel, Posting { at: entry.cursor(), flags })?;
    let mut counters = read::channel(draft, channel)?;
    counters.total += u64::from(before.is_none());
    counters.shown += u64::from(flags.shown());
    counters.shown -= u64::from(before.is_some_and(Flags::shown));
    draft.put(keys::channel(channel), record::encode(&counters));
    // A copy shows as a link of the first print; backfill does not show at all.
    if !flags.backfill {
        touched.insert(channel);
    }
    Ok(())
}

fn leave(
    draft: &mut Draft<'_>,
    entry: &EntryRecord,
    channel: ChannelKey,
    prints: &[EntryRecord],
    touched: &mut BTreeSet<ChannelKey>,
) -> Result<(), StoreError> {
    let Some(flags) = postings::remove(draft, channel, entry.cursor())? else { return Ok(()) };
    let mut counters = read::channel(draft, channel)?;
    counters.total = counters.total.saturating_sub(1);
    counters.shown = counters.shown.saturating_sub(u64::from(flags.shown()));
    if flags.shown() {
        counters.shown += u64::from(show_next_print(draft, prints, channel)?);
    }
    draft.put(keys::channel(channel), record::encode(&counters));
    touched.insert(channel);
    Ok(())
}

/// Whether another print of the same text is shown in the channel.
fn other_print_shown(
    draft: &Draft<'_>,
    prints: &[EntryRecord],
    channel: ChannelKey,
) -> Result<bool, StoreError> {
    for other in prints {
        if postings::get(draft, channel, other.cursor())?.is_some_and(Flags::shown) {
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
) -> Result<bool, StoreError> {
    for other in prints {
        let at = other.cursor();
        if let Some(flags) = postings::get(draft, channel, at)?
            && flags.copy
        {
            let flags = Flags { copy: false, ..flags };
            postings::put(draft, channel, Posting { at, flags })?;
            return Ok(flags.shown());
        }
    }
    Ok(false)
}

/// Prints of one text that are looked at; beyond that, copies stay as they are.
const PRINTS: usize = 64;

fn other_prints(draft: &Draft<'_>, entry: &EntryRecord) -> Result<Vec<EntryRecord>, StoreError> {
    let Some(first) = group_of(entry) else { return Ok(Vec::new()) };
    let copies = draft.keys(&keys::copies(first))?;
    let numbers = std::iter::once(first).chain(copies.iter().filter_map(|key| read::last_no(key)));
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

fn touch_channels_of(
    draft: &Draft<'_>,
    no: EntryNo,
    touched: &mut BTreeSet<ChannelKey>,
) -> Result<(), StoreError> {
    if let Some(first) = read::entry_record(draft, no)? {
        touched.extend(channels(&first));
    }
    Ok(())
}

fn channels(entry: &EntryRecord) -> BTreeSet<ChannelKey> {
    channel_list(&entry.source, &entry.places, entry.topics.iter())
        .iter()
        .map(Channel::key)
        .collect()
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
