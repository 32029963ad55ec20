//! Entries that leave, and segments that are written anew.

use super::super::held::Lookup;
use super::super::segment;
use super::renaming::{named, rename};
use super::*;
use crate::chance::{self, Chance};
use crate::model::{EntryNo, Obeyed, Order, Refiled, Retain, TakeDown};
use std::time::Duration;

const IDS: [&str; 4] = ["a", "b", "c", "d"];
const DAY: Duration = Duration::from_secs(24 * 3600);

impl Rig {
    pub(super) fn obey(&mut self, order: &Order) -> Obeyed {
        self.sequence += 1;
        let at = Timestamp(1_000_000 + self.sequence as i64);
        let sequence = self.sequence;
        self.store().obey(order, sequence, at).expect("obeyed")
    }

    /// As often as there is something to do; how many entries left.
    pub(super) fn obey_all(&mut self, order: Order) -> u32 {
        let mut removed = 0;
        for _ in 0..10_000 {
            let obeyed = self.obey(&order);
            removed += obeyed.entries_removed;
            if !obeyed.more {
                return removed;
            }
        }
        panic!("it does not end");
    }

    pub(super) fn retain(&mut self, entries: u64) -> u32 {
        self.obey_all(Order::Retain(Retain {
            entries: Some(entries),
            is_thorough: true,
            ..Retain::default()
        }))
    }

    pub(super) fn segments(&self) -> Vec<u64> {
        segment::list(&self.folder.path().join("store/segments")).expect("listed")
    }

    /// A poll of a source under the id that it has.
    fn apply_random(&mut self, chance: &mut Chance, number: u64) {
        let id = *chance.pick(&IDS);
        let id = SourceId::new(id);
        let state = self.reader().state(&id).expect("read").unwrap_or_default();
        let names = (id.as_str(), state.key_source(&id).as_str());
        let report = random_report_of(chance, names, number);
        self.apply(&named(self, report));
    }

    fn bytes(&self) -> Vec<u8> {
        let folder = self.folder.path().join("store/segments");
        let paths = self.segments().into_iter().map(|id| segment::path(&folder, id));
        paths.flat_map(|path| fs::read(path).expect("read")).collect()
    }

    /// The index is what the segments make of it.
    pub(super) fn assert_sound(&self) {
        let verified = self.store.as_ref().expect("open").verify(&mut |_| {}).expect("verified");
        assert_eq!(verified.faults, []);
    }

    pub(super) fn entries(&self) -> u64 {
        self.reader().position().expect("read").entries
    }
}

/// A poll of one of some sources: new items, changed ones, prints of the same text, items under
/// new addresses, and such that leave a region.
pub(super) fn random_report(chance: &mut Chance, number: u64) -> Report {
    let id = *chance.pick(&["a", "b", "c"]);
    random_report_of(chance, (id, id), number)
}

/// `source`: what its keys are made of.
fn random_report_of(chance: &mut Chance, (id, source): (&str, &str), number: u64) -> Report {
    let entries = (0..chance.below(5)).map(|_| {
        let name = chance.below(40);
        let mut entry = entry(source, &format!("e{name}"), 1_000 + name as i64);
        entry.fingerprint = chance.below(3) as u64;
        entry.title = format!("{name} of {number}");
        if chance.one_in(3) {
            // The same text as others.
            entry.content = format!("<p>{}{TEXT}</p>", name % 4);
        }
        if chance.one_in(4) {
            entry.places.remove(0);
        }
        if chance.one_in(3) {
            entry.alias = Some(EntryKey::hash_of(&[source.as_bytes(), &[name as u8 % 8]]));
            entry.alike = *chance.pick(&[Alike::Always, Alike::ByText, Alike::Never]);
        }
        if chance.one_in(5) {
            entry.was = Some(entry.key.beginning());
            let moved = format!("moved {}", chance.below(9));
            entry.key = EntryKey::hash_of(&[source.as_bytes(), moved.as_bytes()]);
        }
        entry.picture = chance.one_in(2).then_some(0);
        if chance.one_in(6) {
            entry.topics = vec![crate::model::TopicVerdict {
                topic: TopicId::new("education"),
                kind: crate::model::EvidenceKind::Title,
                evidence: String::new(),
                score: 900,
            }];
        }
        entry
    });
    let entries: Vec<Entry> = entries.collect();
    let mut report = report(id, number, entries);
    report.state.seen = report.entries.iter().map(|entry| (entry.key.beginning(), 1)).collect();
    report
}

/// Some entries belong to other places than they were filed under.
fn refile(chance: &mut Chance, reader: &Reader) -> Order {
    let entries = reader.entries_after(EntryNo(0)).map(|stored| stored.expect("read"));
    let some = entries.filter(|_| chance.one_in(3)).map(|stored| stored.no).collect::<Vec<_>>();
    let refiled = some.into_iter().map(|no| Refiled {
        no,
        regions: Vec::new(),
        places: chance
            .pick(&[&["cn610481", "cn610400"][..], &["cn610000"], &[]])
            .iter()
            .map(|code| RegionCode::new(code))
            .collect(),
        topics: Vec::new(),
        outlet: chance.pick(&[None, Some("paper"), Some("site")]).map(str::to_owned),
    });
    Order::Refile(refiled.collect())
}

#[test]
fn whatever_leaves_the_segments_tell_what_the_index_holds() {
    chance::each(12, |chance| {
        // In the smaller ones ids lie one after the other.
        let mut rig = Rig::with_segments_of(*chance.pick(&[600, 6_000]));
        rig.stories = chance.one_in(2).then(Stories::default);
        for round in 0..12 {
            for number in 0..chance.within(1..30) as u64 {
                rig.apply_random(chance, 1 + round * 100 + number);
            }
            let most = chance.within(0..40) as u64;
            let is_thorough = chance.one_in(2);
            let order =
                Order::Retain(Retain { entries: Some(most), is_thorough, ..Retain::default() });
            match chance.below(4) {
                0 => drop(rig.obey_all(order.clone())),
                // Reports in between.
                1 => {
                    for number in 0..10 {
                        rig.obey(&order);
                        rig.apply_random(chance, 1 + round * 100 + 50 + number);
                    }
                }
                2 => {
                    let (from, to) = (*chance.pick(&IDS), *chance.pick(&IDS));
                    let order = rename(from, to);
                    for number in 0..chance.within(1..6) as u64 {
                        rig.obey(&order);
                        rig.apply_random(chance, 1 + round * 100 + 50 + number);
                    }
                }
                _ => {
                    rig.obey(&refile(chance, &rig.reader()));
                }
            }
            if chance.one_in(3) {
                rig.reopen();
            }
            rig.assert_sound();
        }
        rig.retain(5);
        assert!(rig.entries() <= 5);
        rig.assert_sound();
        let channels = rig.view();
        rig.store = None;
        fs::remove_dir_all(rig.folder.path().join("store/index")).expect("removed");
        rig.reopen();
        let told = |view: &[(ChannelRecord, Vec<StoredEntry>)]| -> Vec<_> {
            let all = view
                .iter()
                .map(|(head, entries)| (head.change, head.changed_at, head.shown, entries.clone()));
            all.collect()
        };
        assert_eq!(told(&rig.view()), told(&channels), "a remade index shows the same");
    });
}

#[test]
fn the_oldest_leave_and_do_not_come_back() {
    let mut rig = Rig::with_segments_of(4_000);
    let entries: Vec<Entry> = (0..30).map(|n| entry("a", &format!("e{n}"), n)).collect();
    for (number, entry) in entries.iter().enumerate() {
        rig.apply(&report("a", 1 + number as u64, vec![entry.clone()]));
    }
    assert!(rig.segments().len() > 3);
    assert_eq!(rig.retain(10), 20);
    let kept: Vec<String> = (20..30).rev().map(|n| format!("e{n}")).collect();
    assert_eq!(rig.titles(&xingping(), Editions::All), kept);
    assert!(rig.reader().entry_by_key(entries[0].key).expect("read").is_none());
    // The source lists them still, one of them changed and one at another address.
    let changed = Entry { fingerprint: 9, ..entries[1].clone() };
    let moved = Entry {
        was: Some(entries[2].key.beginning()),
        key: EntryKey([7; 16]),
        ..entries[2].clone()
    };
    let applied = rig.apply(&report("a", 99, vec![entries[0].clone(), changed, moved]));
    assert_eq!(applied, Applied::Kept { entries_new: 0, entries_changed: 0 });
    assert_eq!(rig.entries(), 10);
    rig.assert_sound();
    // One source's tombstones keep nobody else out.
    let applied = rig.apply(&report("b", 1, vec![entry("b", "e0", 0)]));
    assert_eq!(applied, Applied::Kept { entries_new: 1, entries_changed: 0 });
}

#[test]
fn room_is_won_back() {
    let mut rig = Rig::with_segments_of(20_000);
    for round in 0..3 {
        for number in 0..200_u64 {
            let name = format!("e{}", round * 200 + number);
            rig.apply(&report("a", 1 + round * 200 + number, vec![entry("a", &name, 5)]));
        }
        rig.retain(50);
        let live: u64 = {
            let reader = rig.reader();
            let pairs = reader.index.scan(keys::ENTRIES).map(|pair| pair.expect("read").1);
            let records = pairs.map(|value| record::decode::<record::EntryRecord>(&value));
            records.map(|record| u64::from(record.expect("decoded").body.length)).sum()
        };
        let all = rig.bytes().len() as u64;
        // Beyond a segment that is written to.
        assert!(all < live * 3 / 2 + 20_000, "{all} bytes for {live}");
    }
}

#[test]
fn age_and_disk_are_limits_too() {
    let mut rig = Rig::with_segments_of(8_000);
    for number in 0..40 {
        rig.sequence += if number == 30 { 1_000 } else { 0 };
        rig.apply(&report("a", 1 + number, vec![entry("a", &format!("e{number}"), 5)]));
    }
    let age = |age| Retain { age: Some(age), ..Retain::default() };
    assert_eq!(rig.obey_all(Order::Retain(age(DAY))), 0);
    rig.sequence += 2 * DAY.as_secs() - 500;
    rig.apply(&report("a", 99, vec![entry("a", "young", 5)]));
    assert_eq!(rig.obey_all(Order::Retain(age(2 * DAY))), 30);
    assert_eq!(rig.obey_all(Order::Retain(age(DAY))), 10);
    assert_eq!(rig.titles(&xingping(), Editions::All), ["young"]);
    rig.assert_sound();

    for number in 0..200 {
        rig.apply(&report("b", 1 + number, vec![entry("b", &format!("e{number}"), 5)]));
    }
    let used = rig.bytes().len() as u64;
    // The index counts as half of them.
    let order = Retain { disk_bytes: Some(used), ..Retain::default() };
    let left = rig.obey_all(Order::Retain(order));
    assert!((30..120).contains(&left), "{left} left");
    assert!(rig.bytes().len() as u64 * 3 / 2 <= used);
    rig.assert_sound();
}

#[test]
fn a_limit_of_disk_counts_what_is_kept_beside_by_the_entry() {
    let mut rig = Rig::with_segments_of(8_000);
    for number in 0..200 {
        rig.apply(&report("b", 1 + number, vec![entry("b", &format!("e{number}"), 5)]));
    }
    let segments = rig.bytes().len() as u64;
    let order = Order::Retain(Retain { disk_bytes: Some(2 * segments), ..Retain::default() });
    assert_eq!(rig.obey_all(order.clone()), 0);
    rig.reader().tell_beside(2 * segments / 200);
    let gone = rig.obey_all(order.clone());
    // Of three and a half parts two may stay.
    assert!((60..130).contains(&gone), "{gone} gone");
    assert_eq!(rig.obey_all(order), 0, "though nothing beside has shrunk yet");
    rig.assert_sound();
}

/// Which no other entry has.
const HIDDEN: &str = "cn999999";

fn secret() -> Entry {
    let places = vec![RegionCode::new(HIDDEN)];
    Entry { title: "secret".to_owned(), places, ..entry("a", "secret", 5) }
}

#[test]
fn what_is_taken_down_is_in_no_segment() {
    let mut rig = Rig::with_segments_of(4_000);
    let secret = secret();
    rig.apply(&report("a", 1, vec![secret.clone()]));
    for number in 2..20 {
        rig.apply(&report("a", number, vec![entry("a", &format!("e{number}"), 5)]));
    }
    let changed = Entry { fingerprint: 2, ..secret.clone() };
    rig.apply(&report("a", 20, vec![changed.clone()]));
    let id = HIDDEN.as_bytes();
    let is_there = |rig: &Rig| rig.bytes().windows(id.len()).any(|bytes| bytes == id);
    assert!(is_there(&rig));
    assert_eq!(rig.obey_all(Order::TakeDown(TakeDown::Entry(secret.key))), 1);
    assert!(!is_there(&rig));
    assert!(rig.reader().entry_by_key(secret.key).expect("read").is_none());
    rig.assert_sound();
    // Not after years, and not when it is changed.
    rig.sequence += 3 * 365 * DAY.as_secs();
    let again = Entry { fingerprint: 3, ..secret };
    rig.apply(&report("a", 100, vec![entry("a", "last", 5), again]));
    rig.retain(1);
    assert_eq!(rig.titles(&xingping(), Editions::All), ["last"]);
    let unknown = rig.store().obey(
        &Order::TakeDown(TakeDown::Entry(EntryKey([1; 16]))),
        u64::MAX >> 20,
        Timestamp(9),
    );
    assert!(matches!(unknown, Err(StoreError::Unknown { .. })));
}

#[test]
fn what_is_taken_down_is_in_no_segment_though_each_has_but_one_report() {
    for last in [4, 5, 6] {
        let mut rig = Rig::with_segments_of(1);
        let secret = secret();
        for number in 1..=last {
            let fingerprint = number;
            let news = match number {
                1..4 => entry("a", &format!("e{number}"), 5),
                _ => Entry { fingerprint, ..secret.clone() },
            };
            rig.apply(&report("a", number, vec![news]));
        }
        assert_eq!(rig.obey_all(Order::TakeDown(TakeDown::Entry(secret.key))), 1);
        let id = HIDDEN.as_bytes();
        assert!(!rig.bytes().windows(id.len()).any(|bytes| bytes == id), "{last}");
        rig.assert_sound();
    }
}

/// A store that a crash has ended when a rewritten segment had come and the old ones were there;
/// these, and what is to be seen of the store. The index on disk knows the first reports alone.
pub(super) fn half_rewritten(
    known: usize,
    reports: &[Report],
    keep: u64,
) -> (Rig, Vec<u64>, Vec<String>) {
    let mut rig = Rig::with_segments_of(4_000);
    reports[..known].iter().for_each(|report| drop(rig.apply(report)));
    rig.store().settle().expect("settled");
    rig.store = None;
    let [index, copy] = ["store/index", "copy"].map(|name| rig.folder.path().join(name));
    let copied = std::process::Command::new("cp").arg("-r").args([&index, &copy]).status();
    assert!(copied.expect("run").success());
    rig.reopen();
    reports[known..].iter().for_each(|report| drop(rig.apply(report)));
    let folder = rig.folder.path().join("store/segments");
    let entries = Some(keep);
    let order = Order::Retain(Retain { is_thorough: true, entries, ..Retain::default() });
    let copies = loop {
        let read = |id: u64| (id, fs::read(segment::path(&folder, id)).expect("read"));
        let copies: Vec<(u64, Vec<u8>)> = rig.segments().into_iter().map(read).collect();
        if rig.obey(&order).segments_rewritten > 0 {
            break copies;
        }
    };
    let view = rig.titles(&xingping(), Editions::All);
    rig.store = None;
    // As it was: the index of before, the old segments and the new.
    fs::remove_dir_all(&index).expect("removed");
    fs::rename(&copy, &index).expect("renamed");
    let gone: Vec<_> = copies.iter().filter(|(id, _)| !rig.segments().contains(id)).collect();
    assert!(!gone.is_empty());
    for (id, bytes) in &gone {
        fs::write(segment::path(&folder, *id), bytes).expect("written");
    }
    let gone = gone.iter().map(|(id, _)| *id).collect();
    (rig, gone, view)
}

pub(super) fn thirty() -> Vec<Report> {
    let report = |number| report("a", number, vec![entry("a", &format!("e{number}"), 5)]);
    (1..=30).map(report).collect()
}

#[test]
fn a_crash_between_a_new_segment_and_the_end_of_the_old_costs_nothing() {
    // The last time the one that was rewritten is all that the index knows.
    let changed = |number| Entry { fingerprint: number, ..entry("a", "one", 5) };
    let eight: Vec<_> = (1..=8).map(|number| report("a", number, vec![changed(number)])).collect();
    for (known, reports, keep) in
        [(30, thirty(), 99), (3, thirty(), 99), (3, thirty(), 5), (8, eight, 99)]
    {
        let (mut rig, gone, view) = half_rewritten(known, &reports, keep);
        rig.reopen();
        assert_eq!(rig.titles(&xingping(), Editions::All), view);
        assert!(gone.iter().all(|id| !rig.segments().contains(id)));
        assert_eq!(rig.reader().epoch().expect("read"), 7);
        rig.assert_sound();
    }
}

#[test]
fn damage_of_the_index_that_finishing_a_rewriting_meets_has_it_remade_at_once() {
    let (mut rig, gone, view) = half_rewritten(30, &thirty(), 99);
    for run in fs::read_dir(rig.folder.path().join("store/index/runs")).expect("there") {
        let run = run.expect("read").path();
        let mut bytes = fs::read(&run).expect("read");
        bytes[100] ^= 1;
        fs::write(&run, bytes).expect("written");
    }
    rig.reopen();
    assert_eq!(rig.titles(&xingping(), Editions::All), view);
    assert!(gone.iter().all(|id| !rig.segments().contains(id)));
    assert_eq!(rig.set_aside().len(), 1);
    rig.assert_sound();
}

#[test]
fn states_and_their_last_polls_outlive_their_segments() {
    let mut rig = Rig::with_segments_of(3_000);
    rig.apply(&report("quiet", 7, vec![entry("quiet", "one", 5)]));
    for number in 1..40 {
        rig.apply(&report("a", number, vec![entry("a", &format!("e{number}"), 5)]));
    }
    rig.retain(3);
    assert!(!rig.segments().contains(&1));
    let quiet = SourceId::new("quiet");
    let known = |rig: &Rig| {
        let reader = rig.reader();
        let state = reader.state(&quiet).expect("read").expect("known");
        let polls = reader.polls(&quiet, 9).expect("read").expect("known").polls;
        (state.poll_number, polls.iter().map(|poll| poll.sequence).collect::<Vec<_>>())
    };
    assert_eq!(known(&rig), (7, vec![1]));
    rig.store = None;
    fs::remove_dir_all(rig.folder.path().join("store/index")).expect("removed");
    rig.reopen();
    assert_eq!(known(&rig), (7, vec![1]));
    assert_eq!(rig.apply(&report("quiet", 7, vec![])), Applied::Stale);
    // Nobody has polled it for years: it was removed from the settings.
    rig.sequence += 3 * 365 * DAY.as_secs();
    for number in 40..60 {
        rig.apply(&report("a", number, vec![entry("a", &format!("e{number}"), 5)]));
    }
    rig.retain(3);
    assert_eq!(rig.reader().state(&quiet).expect("read"), None);
    rig.assert_sound();
}

#[test]
fn damage_is_left_out_and_costs_the_entry_it_is_in() {
    let mut rig = Rig::with_segments_of(4_000);
    for number in 1..30 {
        rig.apply(&report("a", number, vec![entry("a", &format!("e{number}"), 5)]));
    }
    let path = segment::path(&rig.folder.path().join("store/segments"), 1);
    let mut bytes = fs::read(&path).expect("read");
    bytes[200] ^= 1;
    fs::write(&path, bytes).expect("written");
    let end = rig.bytes().len();
    rig.retain(99);
    assert_eq!(rig.entries(), 28);
    assert!(rig.bytes().len() < end && !path.exists());
    assert_eq!(rig.titles(&xingping(), Editions::All).len(), 28);
    rig.assert_sound();
    rig.reopen();
    rig.remove_index();
    rig.reopen();
    assert_eq!(rig.entries(), 28);
    rig.assert_sound();
}

/// Wherever in the segment the damage is: in its own frame, in another's, in a commit.
#[test]
fn what_is_taken_down_is_in_no_segment_though_some_are_damaged() {
    let secret = secret();
    let id = HIDDEN.as_bytes();
    let mut length = 0;
    for step in 0.. {
        let mut rig = Rig::with_segments_of(2_000);
        for number in 1..=3 {
            rig.apply(&report("b", number, vec![entry("b", &format!("e{number}"), 5)]));
        }
        rig.apply(&report("a", 1, vec![secret.clone()]));
        for number in 4..=12 {
            rig.apply(&report("b", number, vec![entry("b", &format!("e{number}"), 5)]));
        }
        let folder = rig.folder.path().join("store/segments");
        let has_it = |segment: &u64| {
            let bytes = fs::read(segment::path(&folder, *segment)).expect("read");
            bytes.windows(id.len()).any(|bytes| bytes == id)
        };
        let path = segment::path(&folder, rig.segments().into_iter().find(has_it).expect("there"));
        let mut bytes = fs::read(&path).expect("read");
        let at = 20 + 97 * step;
        if at >= bytes.len() {
            break;
        }
        bytes[at] ^= 1;
        length = bytes.len();
        fs::write(&path, bytes).expect("written");
        assert_eq!(rig.obey_all(Order::TakeDown(TakeDown::Entry(secret.key))), 1, "byte {at}");
        assert!(!rig.bytes().windows(id.len()).any(|bytes| bytes == id), "byte {at}");
        assert!(rig.entries() >= 11, "byte {at}");
        rig.assert_sound();
        let again = Entry { fingerprint: 3, ..secret.clone() };
        rig.apply(&report("a", 100, vec![again]));
        assert!(rig.reader().entry_by_key(secret.key).expect("read").is_none(), "byte {at}");
    }
    assert!(length > 1_000, "{length} bytes");
}

#[test]
fn a_backup_that_is_brought_up_to_date_has_no_segment_that_was_rewritten() {
    let mut rig = Rig::with_segments_of(4_000);
    let (store, copy) = (rig.folder.path().join("store"), rig.folder.path().join("copy"));
    for round in 0..3 {
        for number in 1..20 {
            let number = round * 20 + number;
            rig.apply(&report("a", number, vec![entry("a", &format!("e{number}"), 5)]));
        }
        backup(&store, &copy, &mut |_| {}, &mut |_| {}).expect("copied");
        rig.retain(8 + round);
    }
    backup(&store, &copy, &mut |_| {}, &mut |_| {}).expect("copied");
    assert_eq!(segment::list(&copy.join("segments")).expect("listed"), rig.segments());
    let names = fs::read_dir(copy.join("segments")).expect("there");
    assert!(names.flatten().all(|name| name.path().extension().is_some_and(|end| end == "seg")));
    let titles = rig.titles(&xingping(), Editions::All);
    rig.store = None;
    fs::rename(&store, rig.folder.path().join("lost")).expect("moved");
    restore(&copy, &settings(rig.folder.path(), 9), &mut |_| {}).expect("restored");
    rig.reopen();
    assert_eq!(rig.titles(&xingping(), Editions::All), titles);
    assert_eq!(rig.entries(), 10);
    rig.assert_sound();
}
