//! Sources that have other ids than before.

use super::super::held::Lookup;
use super::super::scan::{Found, Scan};
use super::super::segment::HEADER;
use super::super::tombstone;
use super::*;
use crate::model::{EntryNo, Naming, Order};

fn id(id: &str) -> SourceId {
    SourceId::new(id)
}

pub(super) fn rename(from: &str, to: &str) -> Order {
    Order::Rename { from: id(from), to: id(to) }
}

/// As a poll goes on after the state that is stored.
fn next(rig: &Rig, source: &str, entries: Vec<Entry>) -> Report {
    let state = rig.reader().state(&id(source)).expect("read").unwrap_or_default();
    named(rig, report(source, state.poll_number + 1, entries))
}

/// As who polls it would name it.
pub(super) fn named(rig: &Rig, mut report: Report) -> Report {
    let naming = rig.naming(report.source.as_str());
    report.state.naming = naming.map(|naming| Box::new(Naming { became: None, ..naming }));
    report
}

fn channel(source: &str) -> Channel {
    Channel::Source(id(source))
}

impl Rig {
    fn naming(&self, source: &str) -> Option<Naming> {
        let state = self.reader().state(&id(source)).expect("read");
        state.and_then(|state| state.naming).map(|naming| *naming)
    }

    /// The sequences of its past polls.
    fn polls(&self, source: &str) -> Vec<u64> {
        let history = self.reader().polls(&id(source), 32).expect("read");
        history.unwrap_or_default().polls.iter().map(|poll| poll.sequence).collect()
    }

    /// By `store rebuild`, rewriting, and an export with its import: the same to see.
    fn assert_lasting(&mut self) {
        let seen = |rig: &Rig| {
            let reader = rig.reader();
            let entries: Vec<_> =
                reader.entries_after(EntryNo(0)).map(|e| e.expect("read")).collect();
            let states = reader.states().expect("read");
            (entries, states, reader.renamed().expect("read"))
        };
        let before = seen(self);
        self.assert_sound();
        self.remove_index();
        self.reopen();
        assert_eq!(seen(self), before, "the index is remade");
        self.retain(1_000);
        assert_eq!(seen(self), before, "segments are rewritten");
        self.assert_sound();
        let made = Rig::of(self.exported().as_bytes(), 4_000).expect("imported");
        assert_eq!(seen(&made), before, "it is imported");
        made.assert_sound();
    }
}

#[test]
fn history_goes_on_under_the_new_id() {
    let mut rig = Rig::with_segments_of(4_000);
    rig.apply(&next(&rig, "other", vec![entry("other", "b", 7)]));
    let mut entries: Vec<Entry> = (0..6).map(|n| entry("old", &format!("e{n}"), n)).collect();
    for entry in &entries {
        rig.apply(&next(&rig, "old", vec![entry.clone()]));
    }
    let (polls, all) = (rig.polls("old"), rig.titles(&Channel::All, Editions::All));
    let stored =
        |rig: &Rig| rig.reader().entry_by_key(entries[2].key).expect("read").expect("there");
    let before = stored(&rig);
    rig.obey_all(rename("old", "new"));

    let after = stored(&rig);
    assert_eq!((after.source.clone(), after.revision), (id("new"), before.revision + 1));
    let undone = StoredEntry { source: before.source.clone(), revision: before.revision, ..after };
    assert_eq!(undone, before, "number, address, public id and dates stay");
    assert_eq!(rig.titles(&Channel::All, Editions::All), all);
    assert_eq!(rig.titles(&channel("new"), Editions::All).len(), 6);
    assert_eq!(rig.titles(&channel("old"), Editions::All).len(), 0);
    assert_eq!(rig.polls("new"), polls);
    assert_eq!(rig.reader().successor(&id("old")).expect("read"), Some(id("new")));
    assert_eq!(rig.store().stats().expect("read").sources, 2);
    // Given again, as after a crash or at the next start.
    let position = rig.reader().position().expect("read");
    assert_eq!(rig.obey_all(rename("old", "new")), 0);
    assert_eq!(rig.reader().position().expect("read"), position);

    let naming = rig.naming("new").expect("named");
    assert_eq!((naming.keys, naming.former), (id("old"), vec![id("old")]));
    entries[0].fingerprint = 2;
    entries.push(entry("old", "e6", 6));
    let applied = rig.apply(&next(&rig, "new", entries.clone()));
    assert_eq!(applied, Applied::Kept { entries_new: 1, entries_changed: 1 });
    assert_eq!(rig.polls("new").len(), polls.len() + 1);
    assert_eq!(rig.titles(&channel("new"), Editions::All).len(), 7);
    rig.assert_lasting();

    // And on, and back.
    rig.obey_all(rename("new", "newer"));
    assert_eq!(rig.reader().successor(&id("old")).expect("read"), Some(id("newer")));
    rig.obey_all(rename("newer", "old"));
    assert_eq!(rig.reader().successor(&id("old")).expect("read"), None);
    assert_eq!(rig.reader().successor(&id("new")).expect("read"), Some(id("old")));
    let applied = rig.apply(&next(&rig, "old", entries));
    assert_eq!(applied, Applied::Kept { entries_new: 0, entries_changed: 0 });
    assert_eq!(rig.titles(&channel("old"), Editions::All).len(), 7);
    rig.assert_lasting();
}

#[test]
fn an_interrupted_rename_is_taken_up_where_it_ended() {
    let mut rig = Rig::new();
    let entries: Vec<Entry> = (0..600).map(|n| entry("old", &format!("e{n}"), n)).collect();
    rig.apply(&next(&rig, "old", entries.clone()));
    let order = rename("old", "new");
    for step in 0..6 {
        let more = rig.obey(&order).more;
        assert_eq!(more, step < 3, "step {step}");
        if step == 1 {
            // It is polled already, and a change takes an entry along or leaves it.
            let changed = Entry { fingerprint: 9, ..entries[599].clone() };
            let applied = rig.apply(&next(&rig, "new", vec![changed, entries[3].clone()]));
            assert_eq!(applied, Applied::Kept { entries_new: 0, entries_changed: 1 });
            assert!(rig.reader().renamed().expect("read")[0].has_entries);
        }
        rig.reopen();
        rig.assert_sound();
        if !more {
            break;
        }
    }
    assert_eq!(rig.reader().channel(channel("new").key()).expect("read").shown, 600);
    assert_eq!(rig.reader().channel(channel("old").key()).expect("read").shown, 0);
    assert!(!rig.reader().renamed().expect("read")[0].has_entries);
}

#[test]
fn a_state_that_reached_the_disk_without_the_rest_is_not_taken_twice() {
    let mut rig = Rig::new();
    let entries = vec![entry("old", "one", 5), entry("old", "two", 6)];
    rig.apply(&next(&rig, "old", entries.clone()));
    rig.store().settle().expect("settled");
    let polls = rig.polls("old");
    rig.obey(&rename("old", "new"));
    let (segment, folder) = (rig.segment(), rig.folder.path().to_owned());
    rig.store = None;
    let bytes = fs::read(&segment).expect("read");
    let ends = Scan::new(&bytes, HEADER.len()).filter_map(|found| match found {
        Found::Frame { end, .. } => Some(end),
        _ => None,
    });
    let ends: Vec<usize> = ends.collect();
    // Of the state under the new id, that under the old, and the order: the first alone.
    fs::write(&segment, &bytes[..ends[ends.len() - 3]]).expect("written");
    fs::remove_dir_all(folder.join("store/index")).expect("removed");
    rig.reopen();
    assert!(rig.reader().has_history(&id("old")).expect("read"));
    rig.obey_all(rename("old", "new"));
    let state = rig.reader().state(&id("new")).expect("read").expect("known");
    assert_eq!((state.entries, rig.polls("new")), (2, polls));
    let applied = rig.apply(&next(&rig, "new", entries));
    assert_eq!(applied, Applied::Kept { entries_new: 0, entries_changed: 0 });
    rig.assert_lasting();
}

#[test]
fn who_gets_the_id_next_is_another_source() {
    let mut rig = Rig::new();
    rig.apply(&next(&rig, "old", vec![entry("old", "one", 5)]));
    let late = next(&rig, "old", vec![entry("old", "late", 6)]);
    rig.obey_all(rename("old", "new"));
    // It was under way when the id went.
    assert_eq!(rig.apply(&late), Applied::Stale);
    let naming = rig.naming("old").expect("named");
    assert_ne!(naming.keys, id("old"), "keys of its own");
    assert!(rig.polls("old").is_empty());
    let applied = rig.apply(&next(&rig, "old", vec![entry("another", "one", 7)]));
    assert_eq!(applied, Applied::Kept { entries_new: 1, entries_changed: 0 });
    assert_eq!(rig.naming("old").map(|naming| naming.keys), Some(naming.keys));
    assert_eq!(rig.polls("old").len(), 1, "polls of the one before are not its own");
    assert_eq!(rig.reader().successor(&id("old")).expect("read"), None);
    assert_eq!(rig.titles(&channel("old"), Editions::All), ["one"]);
    assert_eq!(rig.titles(&channel("new"), Editions::All), ["one"]);
    rig.assert_lasting();
}

#[test]
fn a_source_that_was_polled_under_both_ids_goes_on_as_it_was_polled_last() {
    let mut rig = Rig::new();
    rig.apply(&next(&rig, "old", vec![entry("old", "one", 5), entry("old", "two", 6)]));
    rig.apply(&next(&rig, "new", vec![entry("new", "two", 6)]));
    rig.apply(&next(&rig, "new", vec![entry("new", "three", 7)]));
    rig.obey_all(rename("old", "new"));
    let state = rig.reader().state(&id("new")).expect("read").expect("known");
    assert_eq!((state.poll_number, state.entries), (2, 4));
    assert_eq!(state.key_source(&id("new")), &id("new"));
    let mut titles = rig.titles(&channel("new"), Editions::All);
    titles.sort();
    assert_eq!(titles, ["one", "three", "two", "two"]);
    let applied = rig.apply(&next(&rig, "new", vec![entry("new", "three", 7)]));
    assert_eq!(applied, Applied::Kept { entries_new: 0, entries_changed: 0 });
    rig.assert_lasting();
}

#[test]
fn what_has_left_stays_away_under_the_new_id() {
    let mut rig = Rig::with_segments_of(4_000);
    let entries: Vec<Entry> = (0..30).map(|n| entry("old", &format!("e{n}"), n)).collect();
    for entry in &entries {
        rig.apply(&next(&rig, "old", vec![entry.clone()]));
    }
    rig.retain(10);
    rig.obey_all(rename("old", "new"));
    let reader = rig.reader();
    let tombstones = reader.index.scan(keys::TOMBSTONES);
    let of = tombstones.map(|pair| tombstone::decode(pair.expect("read")).expect("decoded").source);
    let of: Vec<SourceId> = of.collect();
    assert_eq!(of, vec![id("new"); 20]);
    let mut report = next(&rig, "new", entries.clone());
    report.state.seen = entries.iter().map(|entry| (entry.key.beginning(), 1)).collect();
    assert_eq!(rig.apply(&report), Applied::Kept { entries_new: 0, entries_changed: 0 });
    // For as long as the source lists it.
    rig.sequence += 40 * 24 * 3600;
    for number in 0..30 {
        rig.apply(&next(&rig, "b", vec![entry("b", &format!("b{number}"), 5)]));
    }
    rig.retain(10);
    assert_eq!(
        rig.apply(&next(&rig, "new", entries)),
        Applied::Kept { entries_new: 0, entries_changed: 0 }
    );
    rig.assert_lasting();
}

#[test]
fn a_source_that_returns_after_years_knows_its_entries() {
    let mut rig = Rig::with_segments_of(3_000);
    let old = entry("removed", "one", 5);
    rig.apply(&next(&rig, "removed", vec![old.clone()]));
    rig.sequence += 3 * 365 * 24 * 3600;
    for number in 0..40 {
        rig.apply(&next(&rig, "b", vec![entry("b", &format!("b{number}"), 5)]));
    }
    rig.retain(1_000);
    assert!(!rig.segments().contains(&1));
    let applied = rig.apply(&next(&rig, "removed", vec![old]));
    assert_eq!(applied, Applied::Kept { entries_new: 0, entries_changed: 0 });
    rig.assert_sound();
}
