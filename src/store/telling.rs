//! Who tells a story: under its key the index has what is asked of each of its entries to know
//! where it is hot, so that their records are not read for it.

use super::draft::Draft;
use super::error::StoreError;
use super::heads::Heads;
use super::held::{Lookup, Pair};
use super::hot::{self, Standing};
use super::record::{self, EntryRecord};
use super::{keys, read};
use crate::model::{ChannelKey, EntryNo, Timestamp};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Entries of a story that count, the newest, besides its first.
const ENTRIES: usize = if cfg!(test) { 8 } else { 256 };
/// Stories that are remembered while a group of commits is applied.
const STORIES: usize = if cfg!(test) { 2 } else { 64 };

/// An entry as one that tells its story.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Teller {
    /// The channel of its source.
    #[n(0)]
    pub source: ChannelKey,
    #[n(1)]
    pub sort_at: Timestamp,
    /// The first print of its text.
    #[n(2)]
    pub text: EntryNo,
    /// Where it makes the story hot, in order.
    #[n(3)]
    pub channels: Vec<ChannelKey>,
    /// Of its outlet's name; 0: none is known.
    #[n(4)]
    #[cbor(default, skip_if = "record::is_zero")]
    pub outlet: u64,
}

impl Teller {
    /// Old news of a new source tells none.
    fn of(entry: &EntryRecord) -> Option<Self> {
        let regions = std::iter::once(None).chain(entry.places.iter().map(Some));
        (!entry.backfill).then(|| {
            let mut channels: Vec<ChannelKey> = regions.map(ChannelKey::hot).collect();
            channels.sort_unstable();
            channels.dedup();
            Teller {
                source: ChannelKey::source(&entry.source),
                sort_at: entry.cursor().sort_at,
                text: entry.placement.reprint_of.unwrap_or(entry.no),
                channels,
                outlet: entry.outlet,
            }
        })
    }
}

/// What the index has of an entry under its story; the first has no need of it.
pub fn under_story(entry: &EntryRecord) -> Option<Pair> {
    let story = entry.placement.story_of(entry.no);
    let teller = Teller::of(entry).filter(|_| story != entry.no)?;
    let is_reprint = entry.placement.reprint_of.is_some();
    Some((keys::telling(story, is_reprint, entry.no), record::encode(&teller)))
}

/// An entry, and what it tells, of a pair under its story.
pub fn teller((key, value): Pair) -> Result<(EntryNo, Teller), StoreError> {
    let no = keys::teller(&key).unwrap_or(EntryNo(0));
    Ok((no, record::decode(&value).map_err(StoreError::Record)?))
}

/// Stories that a group of commits changes.
#[derive(Default)]
pub struct Tellings(HashMap<EntryNo, Telling>);

/// Who tells a story.
#[derive(Default)]
struct Telling {
    tellers: BTreeMap<EntryNo, Teller>,
    /// There are more.
    is_cut: bool,
    /// Where it stands for that, as far as it is known.
    standings: BTreeMap<ChannelKey, Option<Standing>>,
}

impl Tellings {
    /// Reads the story of an entry that is about to change.
    pub fn recall(&mut self, draft: &Draft<'_>, entry: &EntryRecord) -> Result<(), StoreError> {
        let story = entry.placement.story_of(entry.no);
        if !self.0.contains_key(&story) {
            if self.0.len() >= STORIES {
                self.0.clear();
            }
            self.0.insert(story, Telling::read(draft, story)?);
        }
        Ok(())
    }

    /// Moves the story of an entry that has come, changed or left, after it was
    /// [recalled](Tellings::recall).
    pub fn tell(
        &mut self,
        draft: &mut Draft<'_>,
        heads: &mut Heads,
        entry: &EntryRecord,
        is_there: bool,
    ) -> Result<(), StoreError> {
        let story = entry.placement.story_of(entry.no);
        let Some(telling) = self.0.get_mut(&story) else { return Ok(()) };
        let text = entry.placement.reprint_of.unwrap_or(entry.no);
        let teller = Teller::of(entry).filter(|_| is_there);
        // One counts then that did not.
        let counts = telling.tellers.contains_key(&entry.no);
        let rereads = telling.is_cut && counts && teller.is_none();
        let mut channels = match rereads {
            true => telling.channels(|_, _| true),
            // A text that stands for the story is shown with all its prints.
            false => {
                let dropped = telling.dropped_for(story, entry.no);
                let is_concerned = |no: EntryNo, teller: &Teller| {
                    teller.text == text || no == entry.no || Some(no) == dropped
                };
                telling.channels(is_concerned)
            }
        };
        channels.extend(teller.iter().flat_map(|teller| teller.channels.iter().copied()));
        channels.iter().for_each(|channel| telling.stand(*channel));
        if rereads {
            let standings = std::mem::take(&mut telling.standings);
            *telling = Telling { standings, ..Telling::read(draft, story)? };
            channels.append(&mut telling.channels(|_, _| true));
        } else {
            telling.put(story, entry.no, teller);
        }
        for channel in channels {
            let before = telling.standings.remove(&channel).flatten();
            telling.stand(channel);
            let after = telling.standings.get(&channel).copied().flatten();
            hot::move_within(draft, heads, channel, before, after)?;
            if after.is_some_and(|standing| standing.text == text) {
                heads.touch(draft, channel)?;
            }
        }
        Ok(())
    }
}

impl Telling {
    fn read(draft: &Draft<'_>, story: EntryNo) -> Result<Telling, StoreError> {
        let mut telling = Telling::default();
        for is_reprint in [false, true] {
            for pair in draft.scan(&keys::tellings(story, is_reprint)).take(ENTRIES + 1) {
                telling.tellers.extend([teller(pair?)?]);
            }
        }
        while telling.tellers.len() > ENTRIES {
            telling.tellers.pop_first();
            telling.is_cut = true;
        }
        let first = read::entry_record(draft, story)?;
        telling.tellers.extend(first.and_then(|first| Some((story, Teller::of(&first)?))));
        Ok(telling)
    }

    /// The channels that some of those have who tell it.
    fn channels(&self, is_wanted: impl Fn(EntryNo, &Teller) -> bool) -> BTreeSet<ChannelKey> {
        let wanted = self.tellers.iter().filter(|(no, teller)| is_wanted(**no, teller));
        wanted.flat_map(|(_, teller)| teller.channels.iter().copied()).collect()
    }

    /// Who counts no more once the entry `no` does.
    fn dropped_for(&self, story: EntryNo, no: EntryNo) -> Option<EntryNo> {
        let is_known = self.tellers.contains_key(&no);
        let mut others = self.tellers.keys().copied().filter(|no| *no != story);
        let oldest = others.next()?;
        (!is_known && no != story && others.count() + 1 >= ENTRIES).then(|| oldest.min(no))
    }

    /// Puts an entry, or takes it out.
    fn put(&mut self, story: EntryNo, no: EntryNo, teller: Option<Teller>) {
        let Some(teller) = teller else {
            self.tellers.remove(&no);
            return;
        };
        let dropped = self.dropped_for(story, no);
        self.tellers.insert(no, teller);
        if let Some(dropped) = dropped {
            self.tellers.remove(&dropped);
            self.is_cut = true;
        }
    }

    /// Finds where the story stands in a channel, if that is not known.
    fn stand(&mut self, channel: ChannelKey) {
        let there = self
            .tellers
            .iter()
            .filter(|(_, teller)| teller.channels.binary_search(&channel).is_ok());
        self.standings.entry(channel).or_insert_with(|| hot::standing(there));
    }
}
