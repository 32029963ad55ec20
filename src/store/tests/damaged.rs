//! What damage of segments costs, and what it must not.

use super::super::frame::Kind;
use super::super::scan::{Found, Scan};
use super::super::segment::HEADER;
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
