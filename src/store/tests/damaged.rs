//! What damage of segments costs, and what it must not.

use super::super::frame::Kind;
use super::super::scan::{Found, Scan};
use super::super::segment::{self, HEADER};
use super::*;
use std::ops::Range;

/// Where the frames of a kind lie.
fn frames(bytes: &[u8], wanted: Kind) -> Vec<Range<usize>> {
    let range = |found| match found {
        Found::Frame { frame, at, end } if frame.kind == wanted => Some(at..end),
        _ => None,
    };
    Scan::new(bytes, HEADER.len()).filter_map(range).collect()
}

/// Changes a segment that nobody has open.
fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).expect("read");
    change(&mut bytes);
    fs::write(path, bytes).expect("written");
}

fn many(source: &str, count: i64) -> Vec<Entry> {
    (0..count).map(|n| entry(source, &format!("e{n}"), n)).collect()
}

#[test]
fn a_source_whose_state_is_lost_finds_its_entries_again() {
    let mut rig = Rig::new();
    rig.apply(&report("b", 1, many("b", 30)));
    rig.apply(&report("c", 1, vec![entry("c", "other", 5)]));
    let path = rig.segment();
    rig.store = None;
    change(&path, |bytes| {
        let at = frames(bytes, Kind::Commit)[0].start;
        bytes[at + 20] ^= 1;
    });
    rebuild(&settings(rig.folder.path(), 7), &mut |_| {}, &mut |_| {}).expect("remade");
    rig.reopen();
    assert_eq!(rig.reader().state(&SourceId::new("b")).expect("read"), None);
    let mut again = many("b", 30);
    again.push(entry("b", "new", 0));
    let applied = rig.apply(&report("b", 1, again));
    assert_eq!(applied, Applied::Kept { entries_new: 1, entries_changed: 0 });
    assert_eq!(rig.reader().position().expect("read").entries, 32);
    let state = rig.reader().state(&SourceId::new("b")).expect("read").expect("kept");
    assert_eq!(state.entries, 31);
    assert!(rig.titles(&Channel::All, Editions::All).contains(&"new".to_owned()), "no old news");
}

/// A closed store with a report, a group of two after it, and an index that has seen all.
fn settled() -> Rig {
    let mut rig = Rig::new();
    rig.apply(&report("a", 1, many("a", 3)));
    rig.apply_together(&[report("b", 1, many("b", 20)), report("c", 1, many("c", 4))]);
    rig.store().settle().expect("settled");
    rig.store = None;
    rig
}

fn faults(rig: &mut Rig) -> Vec<String> {
    let verified = rig.store().verify(&mut |_| {}).expect("verified");
    let told = verified.faults.into_iter();
    told.map(|fault| format!("{}: {}", fault.place, fault.problem)).collect()
}

#[test]
fn damage_before_what_the_index_has_seen_is_no_torn_end() {
    // Entries hit, those of the last report left, and where.
    let last_commit = |bytes: &mut Vec<u8>| {
        let at = frames(bytes, Kind::Commit)[2].start;
        bytes[at + 20] ^= 1;
        at
    };
    let a_sector = |bytes: &mut Vec<u8>| {
        let first = frames(bytes, Kind::Commit)[0].end;
        let sector = first.next_multiple_of(512);
        bytes[sector..sector + 512].fill(0);
        first
    };
    type Deed<'d> = &'d dyn Fn(&mut Vec<u8>) -> usize;
    for (deed, lost_most) in [(&last_commit as Deed<'_>, 0), (&a_sector, 6)] {
        for rebuilt in [false, true] {
            let mut rig = settled();
            let path = rig.segment();
            let mut at = 0;
            change(&path, |bytes| at = deed(bytes));
            let damaged = fs::read(&path).expect("read");
            rig.reopen();
            let named = format!("segment 0000000000000001, byte {at}");
            let told = faults(&mut rig);
            assert!(told.iter().any(|fault| fault.starts_with(&named)), "{told:?}");
            if rebuilt {
                rig.store = None;
                let mut told = 0;
                let settings = settings(rig.folder.path(), 7);
                rebuild(&settings, &mut |_| told += 1, &mut |_| {}).expect("remade");
                assert!(told > 0);
                rig.reopen();
            }
            let left = rig.reader().position().expect("read");
            assert_eq!(left.sequence, 3);
            assert!(left.entries + lost_most >= 27, "{} are left", left.entries);
            assert!(fs::read(&path).expect("read") == damaged, "nothing is cut off");
            rig.apply(&report("d", 1, vec![entry("d", "next", 9)]));
            rig.reopen();
            let after = rig.reader().position().expect("read");
            assert_eq!((after.sequence, after.entries), (4, left.entries + 1));
        }
    }
}

#[test]
fn an_end_that_was_never_acknowledged_is_kept_aside_where_something_whole_is_in_it() {
    let mut rig = settled();
    let path = rig.segment();
    let kept = path.with_extension("torn");
    let whole = fs::read(&path).expect("read");
    change(&path, |bytes| bytes.extend_from_slice(&[0xC7, 1, 200, 0, 0, 0, 1]));
    rig.reopen();
    assert!(!kept.exists(), "nothing whole was in it");
    rig.store = None;
    let entry = frames(&whole, Kind::Entry)[0].clone();
    change(&path, |bytes| bytes.extend_from_slice(&whole[entry.clone()]));
    rig.reopen();
    assert!(fs::read(&path).expect("read") == whole);
    assert!(fs::read(&kept).expect("kept") == whole[entry]);
    assert_eq!(faults(&mut rig), [""; 0]);
}

#[test]
fn news_that_is_lost_is_told_before_anything_is_mended() {
    for (is_deleted, lost) in [
        (true, "reports that are lost: 3, entries: 27"),
        (false, "reports that are lost: 1, entries: 4"),
    ] {
        let mut rig = settled();
        let path = rig.segment();
        match is_deleted {
            true => fs::remove_file(&path).expect("removed"),
            // Between two frames: what is left is whole.
            false => change(&path, |bytes| {
                let end = frames(bytes, Kind::Commit)[1].end;
                bytes.truncate(end);
            }),
        }
        let settings = settings(rig.folder.path(), 8);
        for _ in 0..2 {
            let verified = verify_lost(&settings, &mut |_| {}).expect("verified").expect("lost");
            let named = |fault: &&Fault| fault.place.starts_with("segment 0000000000000001, byte ");
            let told = verified.faults.iter().find(named).expect("told");
            assert!(told.problem.ends_with(lost), "{told:?}");
            let entries = verified.faults.iter().filter(|fault| fault.place.starts_with("entry "));
            assert_eq!(entries.count(), verified.entries_hit as usize);
            assert!(lost.ends_with(&format!(" {}", verified.entries_hit)), "each is named");
        }
        rig.store = Some(open_with(rig.folder.path(), 8).expect("opened"));
        assert_eq!(rig.reader().epoch().expect("read"), 8);
        assert_eq!(rig.reader().position().expect("read").entries, if is_deleted { 0 } else { 23 });
        rig.store = None;
        assert_eq!(verify_lost(&settings, &mut |_| {}).expect("verified"), None, "it is mended");
    }
}

#[test]
fn a_segment_that_is_gone_from_the_middle_is_told() {
    for is_rebuilt in [false, true] {
        let mut rig = Rig::with_segments_of(4_000);
        for number in 1..=30 {
            rig.apply(&report("a", number, vec![entry("a", &format!("e{number}"), 5)]));
        }
        rig.store().settle().expect("settled");
        let segments = rig.segments();
        rig.store = None;
        let gone = segments[segments.len() / 2];
        let path = segment::path(&rig.folder.path().join("store/segments"), gone);
        let bytes = fs::read(&path).expect("there");
        let lost = frames(&bytes, Kind::Entry).len() as u64;
        assert!(gone > 1 && lost > 1);
        fs::remove_file(&path).expect("removed");
        let (settings, named) = (settings(rig.folder.path(), 8), format!("segment {gone:016x}"));
        let verified = verify_lost(&settings, &mut |_| {}).expect("verified").expect("lost");
        let is_told = |fault: &&Fault| fault.place.starts_with(&named);
        let told = verified.faults.iter().find(is_told).expect("told");
        let words = format!("reports that are lost: 0, entries: {lost}");
        assert!(told.problem.ends_with(&words), "{told:?}");
        if is_rebuilt {
            let mut noted = Vec::new();
            rebuild(&settings, &mut |damage| noted.push(damage), &mut |_| {}).expect("remade");
            assert!(noted.iter().any(|damage| damage.segment == gone), "{noted:?}");
        }
        rig.store = Some(open_with(rig.folder.path(), 8).expect("opened"));
        assert_eq!(rig.reader().epoch().expect("read"), 8);
        assert_eq!(rig.reader().position().expect("read").entries, 30 - lost);
        rig.store = None;
        assert_eq!(verify_lost(&settings, &mut |_| {}).expect("verified"), None, "it is mended");
    }
}

#[test]
fn a_kill_while_the_index_is_remade_has_no_sequence_given_again() {
    let mut rig = Rig::new();
    rig.apply(&report("a", 1, many("a", 200)));
    rig.apply(&report("b", 1, many("b", 3)));
    rig.store().settle().expect("settled");
    let path = rig.segment();
    rig.store = None;
    change(&path, |bytes| {
        let end = frames(bytes, Kind::Commit)[0].end;
        bytes.truncate(end);
    });
    let settings = settings(rig.folder.path(), 8);
    let killed = std::panic::catch_unwind(|| Store::open(&settings, &mut |_| panic!("killed")));
    assert!(killed.is_err());
    let told = verify_lost(&settings, &mut |_| {}).expect("verified").expect("lost").faults;
    assert!(told.iter().any(|fault| fault.problem.ends_with("lost: 1, entries: 3")), "{told:?}");
    rig.store = Some(open_with(rig.folder.path(), 9).expect("opened"));
    let left = rig.reader().position().expect("read");
    assert_eq!((left.sequence, left.entries), (2, 200));
    assert_eq!(rig.reader().epoch().expect("read"), 9);
    let lacking = rig.reader().lacking().map(|(lacking, _)| lacking);
    assert_eq!(lacking, Some(Lacking { reports: 1, entries: 3, faults: 0 }), "it is told again");
    assert_eq!(rig.set_aside().len(), 1, "and not what was half made");
    assert_eq!(faults(&mut rig), [""; 0]);
    rig.store = None;
    assert_eq!(verify_lost(&settings, &mut |_| {}).expect("verified"), None, "it is told");
}

#[test]
fn a_segment_cut_off_within_a_report_keeps_the_entries_before() {
    let mut rig = settled();
    let path = rig.segment();
    change(&path, |bytes| bytes.truncate(bytes.len() - 40));
    let length = fs::metadata(&path).expect("there").len();
    rig.reopen();
    assert_eq!(rig.reader().position().expect("read").entries, 27);
    assert_eq!(fs::metadata(&path).expect("there").len(), length);
    let told = faults(&mut rig);
    assert!(
        told.iter().any(|fault| fault.contains("the end of the segment is damaged")),
        "{told:?}"
    );
    let again = rig.apply(&report("c", 1, many("c", 4)));
    assert_eq!(again, Applied::Kept { entries_new: 0, entries_changed: 0 });
}
