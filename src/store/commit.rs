//! From delivered reports to one durable group: bodies, commits, sync, one batch,
//! flush, sync. Only then are the reports acknowledged.

use super::apply::Changes;
use super::bodies::{self, Compressor};
use super::error::StoreError;
use super::frame::{self, Kind};
use super::index::{Draft, Lookup};
use super::record::{self, CommitRecord, EntryRecord, StateRecord};
use super::segment::Location;
use super::{Store, keys, read};
use crate::model::{
    Alike, EntryHead, EntryKey, EntryNo, FirstPrint, Placement, Report, SourceState, Timestamp,
    Written,
};
use std::borrow::Cow;
use std::collections::HashSet;
use tracing::warn;

/// Bytes that a commit may unfold to: several times what one takes that was written.
const LARGEST_COMMIT: usize = 256 * 1024 * 1024;
/// What the entries of a commit take at most, about, so that its frame is none too long.
const ENTRIES_BYTES: usize = frame::LARGEST_PAYLOAD / 8 * 7;
/// What a record takes besides the id of its origin, about.
const RECORD_BYTES: usize = 512;

/// A report with the place that the journal gave it.
pub struct Numbered<'a> {
    pub sequence: u64,
    pub recorded_at: Timestamp,
    /// Encoded [`Report`].
    pub report: &'a [u8],
}

/// What one report changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    Kept {
        entries_new: u32,
        entries_changed: u32,
    },
    /// A later poll of the source was already applied.
    Stale,
    /// The bytes are no report that this program knows; nothing was kept.
    Unreadable(String),
}

/// Decides the placement of an entry by its text; given what was first printed with a text hash.
pub type Place<'a> =
    dyn Fn(&str, Timestamp, &dyn Fn(&[u8; 16]) -> Option<FirstPrint>) -> Placement + 'a;

impl Store {
    /// Commits a group of reports: all of it, or, on an error, nothing.
    ///
    /// # Errors
    /// A full or failing disk, a failing index. The group may be offered again.
    pub fn commit(
        &mut self,
        group: &[Numbered<'_>],
        place: &Place<'_>,
    ) -> Result<Vec<Applied>, StoreError> {
        if self.poisoned {
            return Err(StoreError::Poisoned);
        }
        self.check_free_space()?;
        if let Some(first) = group.first() {
            self.segments.roll_if_long(first.sequence)?;
        }
        let index = self.reader.index.clone();
        let mut changes = Changes::new(&index);
        let start = self.segments.end();
        let mut applied = Vec::with_capacity(group.len());
        for numbered in group {
            match self.draft_report(&mut changes, numbered, place) {
                Ok(outcome) => applied.push(outcome),
                Err(error) => {
                    self.segments.discard();
                    return Err(error);
                }
            }
        }
        self.segments.sync()?;
        if let Err(error) = index.apply(changes.into_writes()).and_then(|()| index.sync()) {
            // The segments would be ahead of the index; a restart evens that out, but the
            // reports were refused, so their polls must not count.
            self.segments.take_back(start.1);
            self.poisoned = true;
            return Err(error);
        }
        Ok(applied)
    }

    fn draft_report(
        &mut self,
        changes: &mut Changes<'_>,
        numbered: &Numbered<'_>,
        place: &Place<'_>,
    ) -> Result<Applied, StoreError> {
        let draft = &changes.draft;
        let report: Report<Written<'_>> = match Report::from_bytes(numbered.report) {
            Ok(report) => report,
            Err(error) => {
                warn!(sequence = numbered.sequence, %error, "unreadable report dropped");
                return Ok(Applied::Unreadable(error.to_string()));
            }
        };
        let Report {
            source,
            polled_at,
            outcome,
            entries,
            mut state,
            first_poll_entries,
            facts,
            ..
        } = report;
        let before: StateRecord = read::get(draft, &keys::state(&source))?.unwrap_or_default();
        let (before, before_at) = (before.state, before.commit);
        if state.poll_number <= before.poll_number {
            return Ok(Applied::Stale);
        }
        let first_poll = before.entries == 0 && before.last_entry_at.is_none();
        let mut commit = CommitRecord {
            sequence: numbered.sequence,
            recorded_at: numbered.recorded_at,
            source,
            outcome,
            state: SourceState::default(),
            entries: Vec::with_capacity(entries.len()),
            renamed: Vec::new(),
            polled_at,
            facts,
            before: before_at,
        };
        let mut new = Vec::new();
        let mut places_here = PrintsHere::default();
        let mut keys_here = HashSet::new();
        let mut ids_here = HashSet::new();
        let mut room = ENTRIES_BYTES;
        let mut left_out = 0;
        for Written { head: mut entry, bytes } in entries {
            // Keys are hashes of the source, too: nothing of a new one is stored.
            let known = if first_poll { None } else { known_entry(draft, &entry)? };
            // What has that title and date for its only name stays found under them.
            if let Some(alias) = entry.alias
                && (keys_here.contains(&alias) || (!first_poll && is_an_address(draft, alias)?))
            {
                entry.alias = None;
            }
            let is_renamed = match &known {
                Some(old) => keep_address(draft, old, &mut entry, &mut commit.renamed)?,
                None => false,
            };
            let entry = &entry;
            if known.as_ref().is_some_and(|old| says_the_same(old, entry)) {
                continue;
            }
            let id = known.as_ref().map(|old| old.id.as_str()).or(entry.origin_id());
            let taken = RECORD_BYTES + id.map_or(0, str::len);
            let (Some(left), Ok(place_here)) =
                (room.checked_sub(taken), u16::try_from(commit.entries.len()))
            else {
                left_out += 1;
                continue;
            };
            room = left;
            let record = match known {
                Some(old) => revision(old, entry, numbered.recorded_at),
                None => {
                    if !keys_here.insert(entry.key) {
                        continue;
                    }
                    let first_print = |hash: &[u8; 16]| {
                        places_here
                            .get(hash)
                            .or_else(|| read::get(draft, &keys::text(hash)).ok()?)
                    };
                    let placement = place(entry.text(), numbered.recorded_at, &first_print);
                    let no = EntryNo::new(numbered.sequence, place_here);
                    places_here.add(placement, no, numbered.recorded_at);
                    new.push(commit.entries.len());
                    self.new_record(draft, &commit, entry, no, placement, &mut ids_here)?
                }
            };
            let bytes = match is_renamed {
                true => Cow::Owned(bodies::renamed(bytes, entry.key)),
                false => Cow::Borrowed(bytes),
            };
            let body = self.compressor.bytes(&bytes);
            let record = EntryRecord { body: self.segments.push(Kind::Body, &body), ..record };
            commit.entries.push(record);
        }
        if left_out > 0 {
            let source_id = &commit.source;
            warn!(%source_id, left_out, "more entries than one report holds; the rest comes when the document changes");
        }
        if first_poll {
            hold_back_old_news(&mut commit, &new, first_poll_entries as usize);
        }
        let entries_new = new.len() as u32;
        let entries_changed = (commit.entries.len() - new.len()) as u32;
        state.entries = before.entries + u64::from(entries_new);
        state.last_entry_at =
            if entries_new > 0 { Some(numbered.recorded_at) } else { before.last_entry_at };
        commit.state = state;
        let bytes = encode(&commit, &mut self.compressor);
        let at = self.segments.push(Kind::Commit, &bytes);
        changes.apply(&commit, at)?;
        Ok(Applied::Kept { entries_new, entries_changed })
    }

    fn new_record(
        &self,
        draft: &Draft<'_>,
        commit: &CommitRecord,
        entry: &EntryHead<'_>,
        no: EntryNo,
        placement: Placement,
        ids_here: &mut HashSet<String>,
    ) -> Result<EntryRecord, StoreError> {
        let first_seen = commit.recorded_at;
        let published = entry.published.unwrap_or(first_seen).min(first_seen);
        let updated = entry.updated.unwrap_or(published).clamp(published, first_seen);
        let id = public_id(draft, entry, no, ids_here)?;
        Ok(EntryRecord {
            no,
            key: entry.key,
            source: commit.source.clone(),
            body: Location { segment: 0, offset: 0, length: 0 },
            id,
            first_seen,
            published,
            updated,
            revision: 0,
            fingerprint: entry.fingerprint,
            placement,
            places: entry.places.clone(),
            topics: entry.topics.iter().map(|verdict| verdict.topic.clone()).collect(),
            backfill: false,
            changed_at: commit.recorded_at,
            alias: entry.alias,
            link_print: entry.link_print,
        })
    }
}

/// The stored entry that the item is: the one that it was in the last document, or by
/// its key, or by title and date as far as they name it.
fn known_entry(
    draft: &Draft<'_>,
    entry: &EntryHead<'_>,
) -> Result<Option<EntryRecord>, StoreError> {
    if let Some(was) = entry.was
        && let Some(old) = read::entry_by_short_key(draft, was)?
    {
        return Ok(Some(old));
    }
    let by = |key| -> Result<Option<EntryRecord>, StoreError> {
        match read::entry_no(draft, key)? {
            Some(no) => read::entry_record(draft, no),
            None => Ok(None),
        }
    };
    if let Some(old) = by(entry.key)?
        && (old.alias != Some(entry.key) || is_like(&old, entry))
    {
        return Ok(Some(old));
    }
    let Some(alias) = entry.alias else { return Ok(None) };
    Ok(by(alias)?.filter(|old| is_like(old, entry)))
}

/// A stored entry keeps the key that its page is at; the one it has come under leads there,
/// too, unless it is another's address. Returns: whether the keys differ.
fn keep_address(
    draft: &Draft<'_>,
    old: &EntryRecord,
    entry: &mut EntryHead<'_>,
    renamed: &mut Vec<(EntryKey, EntryNo)>,
) -> Result<bool, StoreError> {
    if old.key == entry.key {
        return Ok(false);
    }
    let leads_there = read::entry_no(draft, entry.key)? == Some(old.no);
    if !leads_there && !is_an_address(draft, entry.key)? {
        renamed.push((entry.key, old.no));
    }
    entry.key = old.key;
    Ok(true)
}

fn is_like(old: &EntryRecord, entry: &EntryHead<'_>) -> bool {
    let link = old.link_print == entry.link_print;
    let text = old.fingerprint == entry.fingerprint;
    match entry.alike {
        Alike::Never => false,
        Alike::ByLink => link,
        Alike::ByText => text,
        Alike::ByBoth => link && text,
        Alike::Always => true,
    }
}

/// Where links mean nothing, another link is no change.
fn says_the_same(old: &EntryRecord, entry: &EntryHead<'_>) -> bool {
    old.fingerprint == entry.fingerprint
        && (entry.link_print == 0 || old.link_print == entry.link_print)
}

/// Whether an entry is published under the key.
fn is_an_address(draft: &Draft<'_>, key: EntryKey) -> Result<bool, StoreError> {
    let Some(no) = read::entry_no(draft, key)? else { return Ok(false) };
    Ok(read::entry_record(draft, no)?.is_some_and(|owner| owner.key == key))
}

/// The origin's id, else the one made of the key, else, where somebody has claimed that
/// too, one made of the entry's number.
fn public_id(
    draft: &Draft<'_>,
    entry: &EntryHead<'_>,
    no: EntryNo,
    ids_here: &mut HashSet<String>,
) -> Result<String, StoreError> {
    for id in entry.origin_id().map(str::to_owned).into_iter().chain([entry.key.urn()]) {
        if !ids_here.contains(&id) && draft.get(&keys::public_id(&id))?.is_none() {
            ids_here.insert(id.clone());
            return Ok(id);
        }
    }
    Ok(EntryKey::hash_of(&[&entry.key.0, &no.0.to_be_bytes()]).urn())
}

/// The stored entry as its origin now has it: first date, place and placement stay.
fn revision(old: EntryRecord, entry: &EntryHead<'_>, recorded_at: Timestamp) -> EntryRecord {
    let proposed = entry.updated.filter(|at| *at > old.updated && *at <= recorded_at);
    EntryRecord {
        updated: proposed.unwrap_or(recorded_at),
        changed_at: recorded_at,
        revision: old.revision + 1,
        fingerprint: entry.fingerprint,
        alias: entry.alias.or(old.alias),
        link_print: entry.link_print,
        places: entry.places.clone(),
        topics: entry.topics.iter().map(|verdict| verdict.topic.clone()).collect(),
        ..old
    }
}

/// Marks all but the newest `keep` of a new source's first entries.
fn hold_back_old_news(commit: &mut CommitRecord, new: &[usize], keep: usize) {
    let mut by_age = new.to_vec();
    by_age.sort_by_key(|&at| std::cmp::Reverse(commit.entries[at].cursor()));
    for &at in by_age.iter().skip(keep) {
        commit.entries[at].backfill = true;
    }
}

/// First prints of the report being drafted; the index does not know them yet.
#[derive(Default)]
struct PrintsHere(Vec<([u8; 16], FirstPrint)>);

impl PrintsHere {
    fn get(&self, hash: &[u8; 16]) -> Option<FirstPrint> {
        self.0.iter().find(|(known, _)| known == hash).map(|(_, first)| *first)
    }

    fn add(&mut self, placement: Placement, no: EntryNo, recorded_at: Timestamp) {
        if let (Some(hash), None) = (placement.text_hash, placement.reprint_of) {
            self.0.push((hash, FirstPrint { no, recorded_at }));
        }
    }
}

pub fn encode(commit: &CommitRecord, compressor: &mut Compressor) -> Vec<u8> {
    compressor.bytes(&record::encode(commit))
}

/// # Errors
/// What is wrong, in words.
pub fn decode(payload: &[u8]) -> Result<CommitRecord, String> {
    record::decode(&bodies::decompress(payload, LARGEST_COMMIT)?)
}
