//! A store to be damaged, and where in it what lies.

use crate::chance::Chance;
use crate::life::settings;
use crate::places::{Damage, Deed};
use crate::reports::{recorded_at, report};
use countywire::store::{Numbered, Store};
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub struct Made {
    folder: TempDir,
    pub reports: u64,
    /// After each group: its last report, the newest segment, and the length of that.
    groups: Vec<(u64, PathBuf, u64)>,
}

/// What damage may cost.
pub struct Lost {
    /// That many differences, wherever they are.
    pub differences: usize,
    /// And all of these reports.
    pub reports: RangeInclusive<u64>,
    /// They are the last ones.
    pub is_end: bool,
}

impl Lost {
    #[expect(clippy::reversed_empty_ranges, reason = "of no report")]
    pub const NOTHING: Lost = Lost { differences: 0, reports: 1..=0, is_end: false };
}

impl Made {
    /// `filler_bytes`: what each entry has besides.
    pub fn new(chance: &mut Chance, reports: u64, filler_bytes: usize) -> Made {
        let folder = tempfile::tempdir().expect("a folder");
        let mut made = Made { folder, reports, groups: Vec::new() };
        let mut store = made.open();
        let mut sequence = 0;
        while sequence < reports {
            let last = (sequence + 1 + chance.below(4) as u64).min(reports);
            let mut group: Vec<_> = (sequence + 1..=last).map(report).collect();
            for entry in group.iter_mut().flat_map(|report| &mut report.entries) {
                let letter = |_| char::from(b'a' + chance.below(26) as u8);
                entry.content.extend((0..filler_bytes).map(letter));
            }
            let group: Vec<Vec<u8>> = group.iter().map(|report| report.to_bytes()).collect();
            let number = |(report, sequence)| {
                let recorded_at = recorded_at(sequence);
                Numbered { sequence, recorded_at, report, prepared: None }
            };
            let group = group.iter().map(Vec::as_slice).zip(sequence + 1..).map(number);
            let group: Vec<Numbered<'_>> = group.collect();
            store.commit(&group, &countywire::story::ByText).expect("committed");
            sequence = last;
            let newest = made.segments().pop().expect("a segment");
            let length = fs::metadata(&newest).expect("there").len();
            made.groups.push((last, newest, length));
            if chance.one_in(40) {
                store.settle().expect("settled");
                drop(store);
                store = made.open();
            }
        }
        store.settle().expect("settled");
        made
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

    /// What damage of a segment may cost.
    pub fn lost(&self, damage: &Damage) -> Lost {
        let name = damage.path.file_name().expect("a file");
        let here = self.groups.iter().filter(|(_, path, _)| path.file_name() == Some(name));
        let upto = here.clone().map(|(last, ..)| *last).max().expect("groups in each segment");
        // The first group that may be hit: all before it end before the damage.
        let hit = here.clone().find(|(.., end)| *end > damage.at).map_or(upto, |(last, ..)| *last);
        let hit = self.groups.iter().take_while(|(last, ..)| *last < hit).last();
        let hit = hit.map_or(1, |(last, ..)| last + 1);
        let of_last = self.groups.iter().rev().nth(1).is_some_and(|(last, ..)| hit > *last);
        match damage.deed {
            Deed::Cut => Lost { differences: 0, reports: hit..=upto, is_end: upto == self.reports },
            Deed::Flip if of_last => Lost { differences: 1, reports: hit..=upto, is_end: true },
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
