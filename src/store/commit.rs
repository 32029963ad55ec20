//! From delivered reports to one durable group: bodies, commits, sync. Only then are the
//! reports acknowledged, and seen in the index.

use super::apply::Changes;
use super::bodies;
use super::draft::Draft;
use super::error::StoreError;
use super::frame::Kind;
use super::held::Lookup;
use super::packed;
use super::prepare::{Prepared, PreparedEntry, is_first_poll, old_news, published};
use super::recognise::{is_an_address, keep_address, known_entry, public_id, says_the_same};
use super::record::{self, ChannelRecord, CommitRecord, EntryRecord};
use super::segment::Location;
use super::state::{ENTRIES, Fields, Known, LAST_ENTRY_AT, NAMING, POLL_NUMBER, StateChange};
use super::tombstone;
use super::{Store, archive, keys, postings, read};
use crate::model::{
    Arrived, ChannelKey, EntryHead, EntryNo, FirstPrint, Naming, Placement, Placing, Report,
    Timestamp, Written,
};

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use tracing::warn;

/// A report with the place that the journal gave it. `S`: what an entry is compared by.
pub struct Numbered<'a, S> {
    pub sequence: u64,
    pub recorded_at: Timestamp,
    /// Encoded [`Report`].
    pub report: &'a [u8],
    /// What was prepared of it, if anything.
    pub prepared: Option<&'a Prepared<S>>,
}

/// What one report changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    Kept {
        entries_new: u32,
        entries_changed: u32,
    },
    /// A later poll of the source was already applied, or it has another id now.
    Stale,
    /// The bytes are no report that this program knows; nothing was kept.
    Unreadable(String),
}

impl Store {
    /// Commits a group of reports: all of it, or, on an error, nothing.
    ///
    /// # Errors
    /// A full or failing disk, a failing index. The group may be offered again.
    pub fn commit<P: Placing>(
        &mut self,
        group: &[Numbered<'_, P::Sketch>],
        placing: &mut P,
    ) -> Result<Vec<Applied>, StoreError> {
        self.check_room()?;
        let applied = self.commit_group(group, placing);
        placing.settle(applied.is_ok());
        applied
    }

    fn commit_group<P: Placing>(
        &mut self,
        group: &[Numbered<'_, P::Sketch>],
        placing: &mut P,
    ) -> Result<Vec<Applied>, StoreError> {
        self.reader.index.settle_if_much()?;
        if let Some(first) = group.first() {
            self.roll_if_long(first.sequence)?;
        }
        let index = self.reader.index.clone();
        let mut changes = Changes::new(&index);
        let mut applied = Vec::with_capacity(group.len());
        for numbered in group {
            match self.draft_report(&mut changes, numbered, placing) {
                Ok(outcome) => applied.push(outcome),
                Err(error) => {
                    self.segments.discard();
                    return Err(error);
                }
            }
        }
        self.segments.sync()?;
        self.publish(changes, group.first().map_or(0, |first| first.sequence));
        Ok(applied)
    }

    fn draft_report<P: Placing>(
        &mut self,
        changes: &mut Changes<'_>,
        numbered: &Numbered<'_, P::Sketch>,
        placing: &mut P,
    ) -> Result<Applied, StoreError> {
        let draft = &changes.draft;
        let report: Report<Written<'_>, Fields<'_>> = match Report::from_bytes(numbered.report) {
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
        let stored = draft.get(&keys::state(&source))?;
        let before = Known::of(stored.as_deref()).map_err(StoreError::Record)?;
        if state.get(POLL_NUMBER) <= before.fields.get::<u64>(POLL_NUMBER) {
            return Ok(Applied::Stale);
        }
        let naming = before.fields.get::<Naming>(NAMING);
        let rest = naming.filter(|naming| naming.became.is_some());
        // Found under an id that has gone meanwhile: the source is polled under its new one.
        if let Some(rest) = &rest
            && state.get::<Naming>(NAMING).is_none_or(|naming| naming.keys != rest.keys)
        {
            return Ok(Applied::Stale);
        }
        if !entries.is_empty() {
            self.remind(placing, &mut || true)?;
        }
        let last_entry_before = before.fields.get::<Timestamp>(LAST_ENTRY_AT);
        let tells_none = is_first_poll(&before.fields);
        // Damage may have taken the state, and left the entries.
        let own = match tells_none {
            true => read::channel(draft, ChannelKey::source(&source))?,
            false => ChannelRecord::default(),
        };
        let nothing_kept = tells_none && own == ChannelRecord::default();
        let first_poll = tells_none && postings::total(&own) == 0;
        let entries_before = match tells_none {
            true => postings::total(&own),
            false => before.fields.get::<u64>(ENTRIES).unwrap_or_default(),
        };
        let mut commit = CommitRecord {
            sequence: numbered.sequence,
            recorded_at: numbered.recorded_at,
            source,
            outcome,
            state: StateChange::Whole(Vec::new()),
            entries_new: 0,
            entries_changed: 0,
            renamed: Vec::new(),
            polled_at,
            facts,
            before: before.commit.filter(|_| rest.is_none()),
            touched: None,
            tombstones: Vec::new(),
            is_kept: false,
            group_bytes: None,
        };
        let mut drafts: Vec<(EntryRecord, Cow<'_, [u8]>)> = Vec::with_capacity(entries.len());
        let mut new = Vec::new();
        let mut keys_here = HashSet::new();
        let mut ids_here = HashSet::new();
        let mut left_out = 0;
        for (place, Written { head: mut entry, bytes }) in entries.into_iter().enumerate() {
            let prepared = numbered.prepared.and_then(|prepared| prepared.entry(place));
            // Keys are hashes of the source, too: nothing of a new one is stored.
            let known = if nothing_kept { None } else { known_entry(draft, &entry)? };
            // What has that title and date for its only name stays found under them.
            if let Some(alias) = entry.alias
                && (keys_here.contains(&alias) || (!nothing_kept && is_an_address(draft, alias)?))
            {
                entry.alias = None;
            }
            let is_renamed = match &known {
                Some(old) => keep_address(draft, old, &mut entry, &mut commit.renamed)?,
                None => false,
            };
            if known.as_ref().is_some_and(|old| says_the_same(old, &entry)) {
                continue;
            }
            let Ok(place_here) = u16::try_from(drafts.len()) else {
                left_out += 1;
                continue;
            };
            let is_new = known.is_none();
            let record = match known {
                Some(old) => {
                    // It may have come twice.
                    let here = drafts.iter().rev().find(|(here, _)| here.no == old.no);
                    let old = here.map_or(old, |(here, _)| here.clone());
                    if let Some(alias) = old.alias
                        && entry.alias.is_some_and(|new| new != alias)
                    {
                        commit.renamed.push((alias, old.no));
                    }
                    let sketch = Sketched::of::<P>(prepared, &entry, placing.is_brief());
                    placing.revise(old.no, sketch.get());
                    revision(old, &entry, numbered.recorded_at)
                }
                None => {
                    if !nothing_kept && let Some(tombstone) = tombstone::find(draft, &entry)? {
                        commit.tombstones.extend(tombstone.renewed(numbered.recorded_at));
                        continue;
                    }
                    if !keys_here.insert(entry.key) {
                        continue;
                    }
                    let no = EntryNo::new(numbered.sequence, place_here);
                    self.new_record(draft, &commit, &entry, no, &mut ids_here)?
                }
            };
            let body = match (is_renamed, prepared) {
                (true, _) => Cow::Owned(self.compressor.bytes(&bodies::renamed(bytes, entry.key))),
                (false, Some(prepared)) => Cow::Borrowed(prepared.body.as_slice()),
                (false, None) => Cow::Owned(self.compressor.bytes(bytes)),
            };
            if is_new {
                new.push(New { at: drafts.len(), entry, prepared });
            }
            drafts.push((record, body));
        }
        if left_out > 0 {
            let source_id = &commit.source;
            warn!(%source_id, left_out, "more entries than one report holds; the rest comes when the document changes");
        }
        if first_poll {
            let dates: Vec<Timestamp> =
                new.iter().map(|new| drafts[new.at].0.cursor().sort_at).collect();
            for place in old_news(&dates, first_poll_entries) {
                drafts[new[place].at].0.backfill = true;
            }
        }
        let mut prints_here = PrintsHere::default();
        for New { at, entry, prepared } in &new {
            let record = &mut drafts[*at].0;
            let is_brief = record.backfill || placing.is_brief();
            let sketch = Sketched::of::<P>(*prepared, entry, is_brief);
            let failed = Cell::new(None);
            let first_print = |hash: &[u8; 16]| {
                prints_here.get(hash).or_else(|| {
                    read::first_print(draft, hash).unwrap_or_else(|error| {
                        failed.set(Some(error));
                        None
                    })
                })
            };
            let arrived = Arrived {
                no: record.no,
                source: &commit.source,
                recorded_at: numbered.recorded_at,
                published: record.published,
                is_held_back: record.backfill,
            };
            record.placement = placing.place(arrived, sketch.get(), &first_print);
            if let Some(error) = failed.take() {
                return Err(error);
            }
            prints_here.add(record.placement, record.no, numbered.recorded_at);
        }
        let records = drafts.into_iter().map(|(record, body)| {
            let payload = record::encode_entry(commit.sequence, &record, &body);
            EntryRecord { body: self.segments.push(Kind::Entry, &payload), ..record }
        });
        let records: Vec<EntryRecord> = records.collect();
        let entries_new = new.len() as u32;
        let entries_changed = (records.len() - new.len()) as u32;
        (commit.entries_new, commit.entries_changed) = (entries_new, entries_changed);
        let entries = record::cbor(&(entries_before + u64::from(entries_new)));
        let last_entry_at =
            if entries_new > 0 { Some(numbered.recorded_at) } else { last_entry_before };
        let last_entry_at = record::cbor(&last_entry_at);
        state.set(ENTRIES, &entries);
        state.set(LAST_ENTRY_AT, &last_entry_at);
        commit.state = before.change(self.segments.end().0, &state);
        changes.apply_entries(commit.sequence, &records)?;
        commit.touched = Some(changes.touched_besides(&records));
        commit.group_bytes = Some(self.segments.unsynced());
        let bytes = packed::encode(&commit, &mut self.compressor);
        let at = self.segments.push(Kind::Commit, &bytes);
        changes.commit(&commit, &records, Some(&state.encode()), at)?;
        Ok(Applied::Kept { entries_new, entries_changed })
    }

    fn new_record(
        &self,
        draft: &Draft<'_>,
        commit: &CommitRecord,
        entry: &EntryHead<'_>,
        no: EntryNo,
        ids_here: &mut HashSet<String>,
    ) -> Result<EntryRecord, StoreError> {
        let first_seen = commit.recorded_at;
        let published = published(entry, first_seen);
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
            placement: Placement::default(),
            places: entry.places.clone(),
            topics: entry.topics.iter().map(|verdict| verdict.topic.clone()).collect(),
            backfill: false,
            changed_at: commit.recorded_at,
            alias: entry.alias,
            link_print: entry.link_print,
            has_picture: entry.picture.is_some(),
            outlet: record::outlet_print(entry.outlet),
            archived: None,
        })
    }
}

/// The stored entry as its origin now has it: first date, place and placement stay.
fn revision(old: EntryRecord, entry: &EntryHead<'_>, recorded_at: Timestamp) -> EntryRecord {
    let proposed = entry.updated.filter(|at| *at > old.updated && *at <= recorded_at);
    EntryRecord {
        updated: proposed.unwrap_or(recorded_at),
        changed_at: recorded_at,
        revision: old.revision.saturating_add(1),
        archived: archive::revision(&old, recorded_at),
        fingerprint: entry.fingerprint,
        alias: entry.alias.or(old.alias),
        link_print: entry.link_print,
        has_picture: entry.picture.is_some(),
        outlet: record::outlet_print(entry.outlet),
        places: entry.places.clone(),
        topics: entry.topics.iter().map(|verdict| verdict.topic.clone()).collect(),
        ..old
    }
}

/// An entry that was not stored before.
struct New<'a, 'b, S> {
    /// Where it is among what is drafted.
    at: usize,
    entry: EntryHead<'b>,
    prepared: Option<&'a PreparedEntry<S>>,
}

/// What an entry is compared by.
enum Sketched<'a, S> {
    Prepared(&'a S),
    Made(S),
}

impl<'a, S> Sketched<'a, S> {
    fn of<P: Placing<Sketch = S>>(
        prepared: Option<&'a PreparedEntry<S>>,
        entry: &EntryHead<'_>,
        is_brief: bool,
    ) -> Self {
        match prepared {
            Some(prepared) if is_brief || !prepared.is_brief => {
                Sketched::Prepared(&prepared.sketch)
            }
            _ if is_brief => Sketched::Made(P::brief(entry)),
            _ => Sketched::Made(P::sketch(entry)),
        }
    }

    fn get(&self) -> &S {
        match self {
            Sketched::Prepared(sketch) => sketch,
            Sketched::Made(sketch) => sketch,
        }
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
        if let Some(hash) = placement.printed() {
            self.0.push((*hash, read::print(no, recorded_at, &placement)));
        }
    }
}
