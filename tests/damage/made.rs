//! A store to be damaged, and where in it what lies.

use crate::chance::Chance;
use crate::frames::{self, Frame};
use crate::life::{KEPT, ORDER, is_of_an_order, settings};
use crate::places::{Damage, Deed};
use crate::reports::{brought, key, recorded_at, report, source};
use countywire::model::Report;
use countywire::store::{Numbered, Store};
use countywire::story::{Stories, Traits};
use std::collections::BTreeMap;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub struct Made {
    folder: TempDir,
    /// The entries, by source and name, each with the report that gave it its form; and those
    /// that were removed.
    pub entries: BTreeMap<(u64, u64), u64>,
    pub removed: Vec<(u64, u64)>,
    /// The sources, with their last reports.
    pub states: BTreeMap<u64, u64>,
    is_retained: bool,
    /// After each group: its last report, the newest segment, and the length of that.
    groups: Vec<(u64, PathBuf, u64)>,
    stories: Stories,
}

/// What damage may cost.
pub struct Lost {
    /// That many differences, wherever they are.
    pub differences: usize,
    /// And all of these reports.
    pub reports: RangeInclusive<u64>,
    /// What was removed may be back.
    pub returns: bool,
}

impl Lost {
    #[expect(clippy::reversed_empty_ranges, reason = "of no report")]
    pub const NOTHING: Lost = Lost { differences: 0, reports: 1..=0, returns: false };
}

impl Made {
    /// `filler_bytes`: what each entry has besides.
    pub fn new(chance: &mut Chance, reports: u64, filler_bytes: usize) -> Made {
        let mut made = Made::empty(reports, false);
        let mut store = made.open();
        let mut sequence = 0;
        while sequence < reports {
            let last = (sequence + 1 + chance.below(4) as u64).min(reports);
            let mut group: Vec<_> = (sequence + 1..=last).map(report).collect();
            for entry in group.iter_mut().flat_map(|report| &mut report.entries) {
                let letter = |_| char::from(b'a' + chance.below(26) as u8);
                entry.content.extend((0..filler_bytes).map(letter));
            }
            made.commit(&mut store, sequence + 1, &group);
            sequence = last;
            if chance.one_in(40) {
                store.settle().expect("settled");
                drop(store);
                store = made.open();
            }
        }
        store.settle().expect("settled");
        made
    }

    /// A store from which entries have left, and segments were rewritten. Some reports are orders.
    pub fn retained(chance: &mut Chance, reports: u64) -> Made {
        let mut made = Made::empty(reports, true);
        let mut store = made.open();
        for sequence in 1..=reports {
            if is_of_an_order(sequence) {
                store.obey(&ORDER, sequence, recorded_at(sequence)).expect("obeyed");
            } else {
                made.commit(&mut store, sequence, &[report(sequence)]);
            }
            if chance.one_in(15) {
                store.settle().expect("settled");
            }
        }
        store.settle().expect("settled");
        let reader = store.reader();
        let is_there =
            |(source, name)| reader.entry_by_key(key(source, name)).expect("read").is_some();
        made.removed = made.entries.keys().copied().filter(|entry| !is_there(*entry)).collect();
        made.entries.retain(|entry, _| is_there(*entry));
        assert!(made.entries.len() as u64 >= KEPT && !made.removed.is_empty());
        made
    }

    fn empty(reports: u64, is_retained: bool) -> Made {
        let mut made = Made {
            folder: tempfile::tempdir().expect("a folder"),
            entries: BTreeMap::new(),
            removed: Vec::new(),
            states: BTreeMap::new(),
            is_retained,
            groups: Vec::new(),
            stories: Stories::default(),
        };
        for sequence in (1..=reports).filter(|n| !is_retained || !is_of_an_order(*n)) {
            let source = source(sequence);
            made.states.insert(source, sequence);
            let brought = brought(sequence).into_iter();
            made.entries.extend(brought.map(|name| ((source, name), sequence)));
        }
        made
    }

    /// A group, the first report of which has the number `from`.
    fn commit(&mut self, store: &mut Store, from: u64, group: &[Report]) {
        let bytes: Vec<Vec<u8>> = group.iter().map(Report::to_bytes).collect();
        let number = |(report, sequence)| {
            let recorded_at = recorded_at(sequence);
            Numbered { sequence, recorded_at, report, prepared: None }
        };
        let numbered = bytes.iter().map(Vec::as_slice).zip(from..).map(number);
        let numbered: Vec<Numbered<'_, Traits>> = numbered.collect();
        store.commit(&numbered, &mut self.stories).expect("committed");
        let newest = self.segments().pop().expect("a segment");
        let length = fs::metadata(&newest).expect("there").len();
        self.groups.push((from - 1 + group.len() as u64, newest, length));
    }

    fn open(&self) -> Store {
        Store::open(&settings(self.folder.path()), &mut |_| {}).expect("opened")
    }

    fn segments(&self) -> Vec<PathBuf> {
        let names = fs::read_dir(self.folder.path().join("store/segments")).expect("a folder");
        let mut paths: Vec<PathBuf> = names.map(|name| name.expect("a name").path()).collect();
        paths.sort();
        paths
    }

    pub fn copy(&self) -> TempDir {
        let copy = tempfile::tempdir().expect("a folder");
        copy_below(self.folder.path(), copy.path());
        copy
    }

    /// The frames of a segment that damage hits, as they were. Behind a cut nothing makes the
    /// entries before it count.
    pub fn hit(&self, damage: &Damage) -> Vec<Frame> {
        let name = damage.path.file_name().expect("a file");
        let frames = frames::of(&self.folder.path().join("store/segments").join(name));
        let before = frames.iter().take_while(|(_, bytes)| bytes.end <= damage.at).count();
        let (before, hit) = frames.split_at(before);
        let uncounted = before.iter().rev().take_while(|(frame, _)| *frame == Frame::Entry);
        match damage.deed {
            Deed::Cut => uncounted.chain(hit).map(|(frame, _)| *frame).collect(),
            Deed::Flip => {
                let hit = hit.first().filter(|(_, bytes)| bytes.contains(&damage.at));
                hit.map(|(frame, _)| *frame).into_iter().collect()
            }
        }
    }

    /// What damage of a segment may cost, where the index has seen all of it.
    pub fn lost(&self, damage: &Damage) -> Lost {
        match damage.deed {
            Deed::Flip if !self.is_retained => Lost { differences: 1, ..Lost::NOTHING },
            _ => self.lost_without_index(damage),
        }
    }

    /// The same, where nothing tells the last group from one that was never acknowledged.
    pub fn lost_without_index(&self, damage: &Damage) -> Lost {
        let name = damage.path.file_name().expect("a file");
        if self.is_retained {
            let hit = self.hit(damage);
            let is = |frames: &[Frame]| hit.iter().filter(|hit| frames.contains(hit)).count();
            return Lost {
                differences: is(&[Frame::Entry, Frame::Commit]),
                returns: is(&[Frame::Order, Frame::Kept]) > 0,
                ..Lost::NOTHING
            };
        }
        let here = self.groups.iter().filter(|(_, path, _)| path.file_name() == Some(name));
        let upto = here.clone().map(|(last, ..)| *last).max().expect("groups in each segment");
        // The first group that may be hit: all before it end before the damage.
        let hit = here.clone().find(|(.., end)| *end > damage.at).map_or(upto, |(last, ..)| *last);
        let hit = self.groups.iter().take_while(|(last, ..)| *last < hit).last();
        let hit = hit.map_or(1, |(last, ..)| last + 1);
        let of_last = self.groups.iter().rev().nth(1).is_some_and(|(last, ..)| hit > *last);
        match damage.deed {
            Deed::Cut => Lost { reports: hit..=upto, ..Lost::NOTHING },
            Deed::Flip if of_last => Lost { differences: 1, reports: hit..=upto, returns: false },
            Deed::Flip => Lost { differences: 1, ..Lost::NOTHING },
        }
    }
}

fn copy_below(from: &Path, to: &Path) {
    for name in fs::read_dir(from).expect("a folder") {
        let name = name.expect("a name");
        let to = to.join(name.file_name());
        if name.file_type().expect("known").is_dir() {
            fs::create_dir(&to).expect("made");
            copy_below(&name.path(), &to);
        } else {
            fs::copy(name.path(), to).expect("copied");
        }
    }
}
