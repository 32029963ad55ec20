//! What a store holds after a restart, damage and loss.

use super::*;

#[test]
fn a_restart_changes_nothing() {
    let mut rig = Rig::new();
    rig.apply(&report("a", 1, vec![entry("a", "one", 10), entry("a", "two", 20)]));
    let (before, position) = (rig.view(), rig.reader().position().expect("read"));
    rig.reopen();
    assert_eq!(rig.view(), before);
    assert_eq!(rig.reader().position().expect("read"), position);
}

#[test]
fn an_index_that_is_gone_or_damaged_is_remade_the_same() {
    let mut rig = Rig::new();
    rig.apply(&report("a", 1, (0..20).map(|n| entry("a", &format!("e{n}"), n)).collect()));
    rig.apply(&report("a", 2, vec![Entry { fingerprint: 2, ..entry("a", "e3", 3) }]));
    rig.apply(&report("b", 1, vec![Entry { content: TEXT.to_owned(), ..entry("b", "z", 5) }]));
    let before = rig.view();
    let index = rig.folder.path().join("store/index");
    rig.store = None;
    fs::remove_dir_all(&index).expect("removed");
    rig.reopen();
    assert_eq!(rig.view(), before);
    rig.store = None;
    let sled = fs::read_dir(&index).expect("there").flatten().map(|name| name.path());
    let db = sled.map(|folder| folder.join("db")).find(|db| db.exists()).expect("there");
    let size = fs::metadata(&db).expect("there").len();
    fs::write(db, vec![0xa5; size as usize]).expect("overwritten");
    rig.reopen();
    assert_eq!(rig.view(), before);
}

#[test]
fn a_damaged_run_of_the_index_costs_look_ups_until_the_next_start() {
    let mut rig = Rig::new();
    rig.apply(&report("a", 1, (0..20).map(|n| entry("a", &format!("e{n}"), n)).collect()));
    rig.store().settle().expect("settled");
    let before = rig.view();
    let runs = rig.folder.path().join("store/index/runs");
    let run = fs::read_dir(&runs).expect("there").next().expect("one").expect("read").path();
    let whole = fs::read(&run).expect("read");
    for at in [100, whole.len() - 100] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&run, bytes).expect("written");
        if at == 100 {
            let key = |n: i64| entry("a", &format!("e{n}"), n).key;
            let read = |n| rig.reader().entry_by_key(key(n));
            assert!((0..20).any(|n| read(n).is_err_and(|error| error.kind() == "damaged")));
        }
        rig.reopen();
        assert_eq!(rig.view(), before);
        rig.store().settle().expect("settled");
    }
}

#[test]
fn an_index_ahead_of_its_segments_is_set_aside() {
    let mut rig = Rig::new();
    rig.apply(&report("a", 1, vec![entry("a", "one", 10)]));
    let before = rig.view();
    let segment = rig.segment();
    let size = fs::metadata(&segment).expect("there").len();
    rig.apply(&report("a", 2, vec![entry("a", "two", 20)]));
    rig.store().settle().expect("settled");
    rig.store = None;
    fs::OpenOptions::new().write(true).open(&segment).and_then(|f| f.set_len(size)).expect("cut");
    rig.store = Some(open_with(rig.folder.path(), 8).expect("the store opens again"));
    assert_eq!(rig.view(), before);
    assert_eq!(rig.set_aside().len(), 1, "set aside, not deleted");
    // Sequences will be given again: ETags must not.
    assert_eq!(rig.reader().epoch().expect("read"), 8);
}

#[test]
fn damaged_indexes_that_are_set_aside_are_dated_few_and_told() {
    let mut rig = Rig::new();
    rig.apply(&report("a", 1, vec![entry("a", "one", 10)]));
    rig.store().settle().expect("settled");
    let store = rig.folder.path().join("store");
    fs::create_dir(store.join("index.damaged-12")).expect("as older programs named them");
    for _ in 0..4 {
        rig.store = None;
        fs::write(store.join("index/runs/damaged"), "").expect("as who meets damage does");
        rig.reopen();
        rig.store().settle().expect("settled");
    }
    let kept = rig.set_aside();
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert!(kept.iter().all(|name| name.len() == "index.damaged-2026-11-30T21-40-00Z".len()));
    assert!(rig.store().stats().expect("counted").set_aside_bytes > 0);
    rig.retain(99);
    assert_eq!(rig.set_aside(), [""; 0]);
    assert_eq!(rig.store().stats().expect("counted").set_aside_bytes, 0);
}

#[test]
fn an_unfinished_end_is_dropped_and_writing_goes_on() {
    let mut rig = Rig::new();
    rig.apply(&report("a", 1, vec![entry("a", "one", 10)]));
    let before = rig.view();
    let path = rig.segment();
    rig.store = None;
    let mut bytes = fs::read(&path).expect("read");
    bytes.extend_from_slice(&[0xC7, 1, 200, 0, 0, 0, 1, 2, 3]);
    fs::write(&path, &bytes).expect("written");
    rig.reopen();
    assert_eq!(rig.view(), before);
    rig.apply(&report("a", 2, vec![entry("a", "two", 20)]));
    fs::remove_dir_all(rig.folder.path().join("store/index")).expect("removed");
    rig.reopen();
    assert_eq!(rig.titles(&xingping(), Editions::One), ["two", "one"]);
}

#[test]
fn a_flipped_bit_in_a_body_costs_that_entry_alone() {
    let mut rig = Rig::new();
    rig.apply(&report("a", 1, vec![entry("a", "one", 10), entry("a", "two", 20)]));
    let path = rig.segment();
    let mut bytes = fs::read(&path).expect("read");
    bytes[16 + 14 + 30] ^= 4;
    fs::write(&path, &bytes).expect("written");
    assert_eq!(rig.titles(&xingping(), Editions::One), ["two"]);
    assert_eq!(rig.reader().damaged(), 1);
}

#[test]
fn a_second_process_and_a_newer_format_are_refused() {
    let mut rig = Rig::new();
    assert_eq!(open(rig.folder.path()).err().map(|error| error.kind()), Some("in_use"));
    rig.store = None;
    fs::write(rig.folder.path().join("store/FORMAT"), "countywire store 99\n").expect("written");
    let error = open(rig.folder.path()).err().expect("refused");
    assert_eq!(error.kind(), "format");
    assert!(error.to_string().contains("countywire store 99"), "{error}");
}

#[test]
fn what_a_report_of_any_size_left_is_read_again() {
    let mut rig = Rig::new();
    let long = |n: usize| {
        let guid = format!("https://a.example/{n}/{}", "x".repeat(200_000));
        Entry { guid: Some(guid), ..entry("a", &format!("e{n}"), n as i64) }
    };
    rig.apply(&report("a", 1, (0..400).map(long).collect()));
    let (before, position) = (rig.view(), rig.reader().position().expect("read"));
    assert_eq!(position.entries, 400);
    rig.store = None;
    fs::remove_dir_all(rig.folder.path().join("store/index")).expect("removed");
    rig.reopen();
    assert_eq!(rig.view(), before);
    assert_eq!(rig.reader().position().expect("read"), position);
}

/// Every byte of a segment changed in turn, and the index remade from what is left.
#[test]
fn a_changed_byte_costs_one_entry_or_what_one_poll_changed_of_its_state() {
    let mut rig = Rig::new();
    rig.apply(&report("a", 1, (0..4).map(|n| entry("a", &format!("e{n}"), n)).collect()));
    rig.apply(&report("b", 1, vec![entry("b", "z", 9)]));
    rig.apply(&report("a", 2, vec![Entry { fingerprint: 2, ..entry("a", "e1", 1) }]));
    rig.apply(&report("c", 1, vec![]));
    let all = rig.titles(&Channel::All, Editions::All);
    let whole = fs::read(rig.segment()).expect("read");
    rig.store = None;
    let index = rig.folder.path().join("store/index");
    let last = frame_starts(&whole).pop().expect("frames");
    let mut lost_most = 0;
    for at in (HEADER_LENGTH..last).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(rig.folder.path().join("store/segments/0000000000000001.seg"), bytes)
            .expect("written");
        fs::remove_dir_all(&index).expect("removed");
        rig.reopen();
        let left = rig.titles(&Channel::All, Editions::All);
        assert!(left.iter().all(|title| all.contains(title)), "{left:?}");
        lost_most = lost_most.max(all.len() - left.len());
        assert_eq!(rig.reader().position().expect("read").sequence, 4);
        rig.store = None;
    }
    assert_eq!(lost_most, 1);
}

const HEADER_LENGTH: usize = super::super::segment::HEADER.len();

fn frame_starts(bytes: &[u8]) -> Vec<usize> {
    use super::super::scan::{Found, Scan};
    let starts = Scan::new(bytes, HEADER_LENGTH).filter_map(|found| match found {
        Found::Frame { at, .. } => Some(at),
        Found::Damage { .. } | Found::Unfinished { .. } => None,
    });
    starts.collect()
}
