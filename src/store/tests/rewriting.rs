//! Rewritten segments that are damaged before the old ones have gone.

use super::super::{rewrite, segment};
use super::retaining::{half_rewritten, thirty};
use super::*;

/// Changes a byte in the middle of what stands for old segments; which these are.
fn damage_new(rig: &Rig) -> Vec<(u64, Vec<u64>)> {
    let folder = rig.folder.path().join("store/segments");
    let standing = rewrite::standing_for(&folder, &rig.segments()).expect("read");
    for (new, _) in &standing {
        let path = segment::path(&folder, *new);
        let mut bytes = fs::read(&path).expect("read");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(path, bytes).expect("written");
    }
    assert!(!standing.is_empty());
    standing
}

#[test]
fn one_that_nothing_points_to_yet_is_given_up() {
    let (mut rig, _, view) = half_rewritten(30, &thirty(), 99);
    let standing = damage_new(&rig);
    rig.reopen();
    assert!(standing.iter().all(|(new, _)| !rig.segments().contains(new)));
    assert_eq!(rig.titles(&xingping(), Editions::All), view);
    rig.retain(99);
    assert!(standing.iter().any(|(_, old)| old.iter().any(|old| !rig.segments().contains(old))));
    assert_eq!(rig.titles(&xingping(), Editions::All), view);
    rig.assert_sound();
}

#[test]
fn one_that_the_index_knows_stays_and_stops_no_order() {
    let (mut rig, _, view) = half_rewritten(30, &thirty(), 99);
    let folder = rig.folder.path().join("store/segments");
    let old = rig.segments().into_iter().map(|id| {
        let path = segment::path(&folder, id);
        (fs::read(&path).expect("read"), path)
    });
    let old: Vec<_> = old.collect();
    rig.reopen();
    rig.store().settle().expect("settled");
    rig.store = None;
    for (bytes, path) in old.iter().filter(|(_, path)| !path.exists()) {
        fs::write(path, bytes).expect("written");
    }
    let standing = damage_new(&rig);
    rig.reopen();
    rig.apply(&report("b", 1, vec![entry("b", "later", 9)]));
    rig.retain(99);
    let segments = rig.segments();
    for (new, old) in &standing {
        assert!(segments.contains(new) && old.iter().all(|old| segments.contains(old)));
    }
    let left = rig.titles(&xingping(), Editions::All);
    assert!(left.contains(&"later".to_owned()));
    assert!(left.len() > view.len() - standing.len(), "{} are left", left.len());
}
