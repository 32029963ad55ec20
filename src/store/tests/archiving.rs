//! Archives of months: what they show stays what it was when the month was over.

use super::super::held::Lookup;
use super::super::{archive, segment};
use super::retaining::random_report;
use super::*;
use crate::chance::{self, Chance};
use crate::model::{EvidenceKind, Month, Order, Refiled, Retain, TakeDown, TopicVerdict};
use std::collections::BTreeMap;

const DAY: u64 = 24 * 3600;

impl Rig {
    /// Months pass.
    fn pass_days(&mut self, days: u64) {
        self.sequence += days * DAY;
    }

    fn month(&self) -> Month {
        Month::of(self.reader().position().expect("read").recorded_at)
    }

    /// What came to a channel in a month, with the titles that its archive shows.
    fn archive(&self, channel: &Channel, month: Month) -> Vec<(EntryNo, String)> {
        let reader = self.reader();
        let entries = reader.archive(channel, month).expect("listed");
        let shown = entries.into_iter().map(|no| {
            let entry = reader.archived(no).expect("read").expect("there");
            let revision = reader.archived_revision(no).expect("read");
            assert_eq!((entry.no, Some(entry.revision)), (no, revision));
            (no, entry.entry.title.clone())
        });
        shown.collect()
    }

    fn shown(&self, channel: &Channel, month: Month) -> Vec<String> {
        self.archive(channel, month).into_iter().map(|(_, title)| title).collect()
    }
}

fn elsewhere() -> Channel {
    Channel::Region(RegionCode::new("cn110000"))
}

/// A month with two entries, and what became of them after it.
fn past_its_month(rig: &mut Rig) -> Month {
    // Which no other entry has.
    let topic = TopicVerdict {
        topic: TopicId::new("rare"),
        kind: EvidenceKind::Title,
        evidence: String::new(),
        score: 900,
    };
    let first = Entry { topics: vec![topic], ..entry("a", "first", 10) };
    rig.apply(&report("a", 1, vec![first.clone(), entry("a", "second", 5)]));
    // Within the month it is shown as it is now.
    let corrected = Entry { fingerprint: 2, title: "corrected".to_owned(), ..first.clone() };
    rig.apply(&report("a", 2, vec![corrected]));
    let month = rig.month();
    assert_eq!(rig.shown(&xingping(), month), ["corrected", "second"]);
    rig.pass_days(40);
    let moved = Entry {
        fingerprint: 3,
        title: "moved".to_owned(),
        places: vec![RegionCode::new("cn110000")],
        ..first
    };
    rig.apply(&report("a", 3, vec![moved.clone(), entry("a", "third", 1)]));
    let again = Entry { fingerprint: 4, title: "moved again".to_owned(), ..moved };
    rig.apply(&report("a", 4, vec![again]));
    month
}

#[test]
fn a_month_that_is_over_shows_what_was_there_then() {
    let mut rig = Rig::with_segments_of(600);
    let month = past_its_month(&mut rig);
    let assert_kept = |rig: &Rig| {
        assert_eq!(rig.shown(&xingping(), month), ["corrected", "second"]);
        assert_eq!(rig.shown(&elsewhere(), month), [""; 0]);
        let this = rig.month();
        assert_eq!(rig.shown(&xingping(), this), ["third"], "by when it came, not by its date");
        let first = rig.reader().first_came_at().expect("read").expect("there");
        assert_eq!(Month::of(first), month);
        rig.assert_sound();
    };
    assert_kept(&rig);
    assert_eq!(rig.titles(&elsewhere(), Editions::One), ["moved again"]);
    assert_eq!(rig.titles(&xingping(), Editions::One), ["second", "third"]);
    rig.retain(100);
    assert_kept(&rig);
    rig.remove_index();
    rig.reopen();
    assert_kept(&rig);
    let other = Rig::of(rig.exported().as_bytes(), 600).expect("imported");
    assert_kept(&other);
    assert_eq!(other.exported(), rig.exported());
}

#[test]
fn filing_anew_and_another_name_of_the_source_leave_archives_alone() {
    let mut rig = Rig::new();
    let month = past_its_month(&mut rig);
    let all = rig.archive(&Channel::All, month);
    let places = vec![RegionCode::new("cn110000")];
    let refiled = all.iter().map(|(no, _)| Refiled {
        no: *no,
        regions: Vec::new(),
        places: places.clone(),
        topics: Vec::new(),
        outlet: None,
    });
    rig.obey(&Order::Refile(refiled.collect()));
    assert_eq!(rig.shown(&xingping(), month), ["corrected", "second"]);
    rig.obey_all(Order::Rename { from: SourceId::new("a"), to: SourceId::new("b") });
    for (id, count) in [("a", 0), ("b", 2)] {
        let source = Channel::Source(SourceId::new(id));
        assert_eq!(rig.archive(&source, month).len(), count, "{id}");
    }
    assert_eq!(rig.archive(&Channel::All, month), all);
    rig.assert_sound();
}

#[test]
fn what_is_taken_down_leaves_archives_and_segments_in_each_of_its_forms() {
    let mut rig = Rig::with_segments_of(600);
    let month = past_its_month(&mut rig);
    let before = rig.reader().alterations();
    rig.obey_all(Order::TakeDown(TakeDown::Entry(entry("a", "first", 10).key)));
    assert_eq!(rig.shown(&xingping(), month), ["second"]);
    assert!(rig.reader().alterations() > before);
    let archived = rig.reader().index.scan(keys::ARCHIVED).count();
    assert_eq!(archived, 0);
    rig.assert_sound();
    let folder = rig.folder.path().join("store/segments");
    for name in fs::read_dir(folder).expect("there") {
        let bytes = fs::read(name.expect("read").path()).expect("read");
        assert!(!bytes.windows(4).any(|four| four == b"rare"));
    }
}

#[test]
fn damage_to_what_an_archive_shows_costs_that_alone_and_keeps_no_room() {
    let mut rig = Rig::with_segments_of(600);
    let month = past_its_month(&mut rig);
    let numbers = rig.reader().archive(&xingping(), month).expect("listed");
    let form = archive::kept(&rig.reader().index, numbers[0]).expect("read").expect("kept").body;
    let folder = rig.folder.path().join("store/segments");
    let path = segment::path(&folder, form.segment);
    // Or it would be read again, and found, by opening.
    rig.store().settle().expect("settled");
    rig.store = None;
    let mut bytes = fs::read(&path).expect("read");
    bytes[form.offset as usize + form.length as usize / 2] ^= 1;
    fs::write(&path, bytes).expect("written");
    rig.reopen();
    let shown = rig.reader().archived_entries(&numbers).expect("read");
    assert_eq!(shown.iter().map(|entry| entry.no).collect::<Vec<_>>(), numbers[1..]);
    assert_eq!(rig.reader().damaged(), 1);
    rig.retain(100);
    assert!(!path.exists(), "written anew without it");
    // What the entry is now.
    assert_eq!(rig.shown(&xingping(), month), ["second"]);
    assert_eq!(rig.shown(&elsewhere(), month), ["moved again"]);
    assert_eq!(rig.entries(), 3);
    rig.assert_sound();
}

/// Of each month that is over, what its archives show.
type Shown = BTreeMap<(usize, Month), Vec<(EntryNo, String)>>;

#[test]
fn properties_of_archives_hold_whatever_happens() {
    chance::each(8, |chance| {
        let mut rig = Rig::with_segments_of(*chance.pick(&[600, 6_000]));
        let channels = [Channel::All, xingping(), Channel::Pictures(None)];
        let (mut months, mut known) = (Vec::new(), Shown::new());
        for round in 0..12 {
            for number in 0..chance.within(1..20) as u64 {
                rig.apply(&random_report(chance, 1 + round * 100 + number));
            }
            months.push(rig.month());
            rig.pass_days(chance.below(40) as u64);
            happen(&mut rig, chance);
            let is_over = |month: &&Month| **month < rig.month();
            for month in months.iter().filter(is_over) {
                for (at, channel) in channels.iter().enumerate() {
                    let shown = rig.archive(channel, *month);
                    if let Some(before) = known.get(&(at, *month)) {
                        let is_there = |(no, _): &&(EntryNo, String)| {
                            rig.reader().entry(*no).expect("read").is_some()
                        };
                        let left: Vec<_> = before.iter().filter(is_there).cloned().collect();
                        assert_eq!(shown, left, "{month} of {channel:?}");
                    }
                    known.insert((at, *month), shown);
                }
            }
            rig.assert_sound();
        }
        assert!(known.values().any(|shown| !shown.is_empty()));
    });
}

fn happen(rig: &mut Rig, chance: &mut Chance) {
    match chance.below(4) {
        0 => drop(rig.retain(chance.within(20..60) as u64)),
        1 => {
            let reader = rig.reader();
            let all = reader.entries_after(EntryNo(0)).map(|stored| stored.expect("read").no);
            let refiled = all.filter(|no| no.sequence().is_multiple_of(3)).map(|no| Refiled {
                no,
                regions: Vec::new(),
                places: vec![RegionCode::new("cn610481")],
                topics: Vec::new(),
                outlet: None,
            });
            rig.obey(&Order::Refile(refiled.collect()));
        }
        2 => {
            rig.remove_index();
            rig.reopen();
        }
        _ => {
            let order = Order::Retain(Retain { is_thorough: true, ..Retain::default() });
            rig.obey(&order);
        }
    }
}
