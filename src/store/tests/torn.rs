//! What power cuts and crashes leave of the newest segment.

use super::*;

#[test]
fn a_segment_that_is_only_begun_is_gone_on_with() {
    for length in [0, 7, 16] {
        let mut rig = Rig::new();
        let path = rig.segment();
        rig.store = None;
        fs::OpenOptions::new()
            .write(true)
            .open(&path)
            .and_then(|f| f.set_len(length))
            .expect("cut");
        rig.reopen();
        rig.apply(&report("a", 1, vec![entry("a", "one", 10)]));
        rig.store = None;
        fs::remove_dir_all(rig.folder.path().join("store/index")).expect("removed");
        rig.reopen();
        assert_eq!(rig.titles(&xingping(), Editions::One), ["one"], "{length}");
        assert_eq!(rig.store().verify(&mut |_| {}).expect("verified").faults, []);
    }
}

/// A store with one report and a group of three after it, with bytes of the group changed and
/// no index.
fn changed(change: impl Fn(&mut [u8])) -> Rig {
    let mut rig = Rig::new();
    rig.apply(&report("a", 1, vec![entry("a", "one", 10)]));
    let path = rig.segment();
    let before = fs::metadata(&path).expect("there").len() as usize;
    let three =
        |source| report(source, 2, (0..3).map(|n| entry(source, &format!("{n}"), n)).collect());
    rig.apply_together(&["a", "b", "c"].map(three));
    rig.store = None;
    let mut bytes = fs::read(&path).expect("read");
    change(&mut bytes[before..]);
    fs::write(path, bytes).expect("written");
    fs::remove_dir_all(rig.folder.path().join("store/index")).expect("removed");
    rig.reopen();
    rig
}

#[test]
fn a_group_of_which_a_sector_never_came_does_not_count_from_there_on() {
    let mut rig = changed(|group| group[..512].fill(0));
    assert_eq!(rig.titles(&Channel::All, Editions::All), ["one"]);
    assert_eq!(rig.store().verify(&mut |_| {}).expect("verified").faults, []);
    rig.apply(&report("b", 1, vec![entry("b", "two", 20)]));
    rig.reopen();
    assert_eq!(rig.titles(&Channel::All, Editions::All), ["two", "one"]);
}

#[test]
fn a_flipped_bit_in_the_last_group_costs_what_it_would_cost_elsewhere() {
    let rig = changed(|group| group[40] ^= 1);
    assert_eq!(rig.titles(&Channel::All, Editions::All).len(), 9);
}
