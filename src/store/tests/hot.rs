//! What is hot: stories that several outlets tell.

use super::stories::fire;
use super::*;
use crate::model::{ChannelKey, Order};
use crate::store::record::ChannelRecord;

fn hot(rig: &Rig) -> Vec<String> {
    let county = Channel::Hot(Some(RegionCode::new("cn610481")));
    let here = rig.titles(&county, Editions::One);
    assert_eq!(here, rig.titles(&Channel::Hot(None), Editions::All));
    here
}

fn head(rig: &Rig) -> ChannelRecord {
    rig.reader().channel(ChannelKey::hot(None)).expect("read")
}

const TODAY: i64 = 20 * 86_400;

fn days_ago(days: i64, entry: Entry) -> Entry {
    Entry { published: Some(Timestamp(TODAY - days * 86_400)), ..entry }
}

#[test]
fn a_story_is_hot_when_a_second_outlet_tells_it_and_no_longer_when_it_leaves() {
    let mut rig = Rig::telling_stories();
    let first = fire("a", 0);
    rig.apply(&report("a", 1, vec![first.clone(), fire("a", 1)]));
    assert_eq!(hot(&rig), [] as [&str; 0], "one outlet, however often it tells it");
    let copy = fire("c", 2);
    let before = head(&rig).change;
    rig.apply(&report("c", 1, vec![copy.clone()]));
    assert_eq!(hot(&rig), [first.title.as_str()], "its first entry stands for it");
    assert_ne!(head(&rig).change, before);
    rig.assert_sound();
    rig.obey(&Order::TakeDown(first.key));
    assert_eq!(hot(&rig), [fire("a", 1).title.as_str()]);
    rig.obey(&Order::TakeDown(copy.key));
    assert_eq!(hot(&rig), [] as [&str; 0]);
    assert_eq!(head(&rig).shown, 0);
    rig.assert_sound();
}

#[test]
fn more_outlets_are_hotter_than_later_ones() {
    let mut rig = Rig::telling_stories();
    rig.sequence = TODAY as u64;
    for (source, at) in [("a", 0), ("b", 1), ("c", 2)] {
        rig.apply(&report(source, 1, vec![days_ago(0, fire(source, at))]));
    }
    let [quake, bridge] = [0, 2].map(|story| super::stories::other("d", story));
    let [quake_again, bridge_again] = [1, 3].map(|story| super::stories::other("e", story));
    let of_d = vec![days_ago(0, quake.clone()), days_ago(2, bridge.clone())];
    rig.apply(&report("d", 1, of_d));
    rig.apply(&report("e", 1, vec![days_ago(0, quake_again), days_ago(2, bridge_again)]));
    let expected = [fire("a", 0).title, quake.title, bridge.title];
    assert_eq!(hot(&rig), expected);
    rig.reopen();
    assert_eq!(hot(&rig), expected);
    rig.assert_sound();
}

#[test]
fn a_story_that_a_revision_moves_elsewhere_is_hot_there() {
    let mut rig = Rig::telling_stories();
    let first = fire("a", 0);
    rig.apply(&report("a", 1, vec![first.clone()]));
    rig.apply(&report("b", 1, vec![fire("b", 1)]));
    assert_eq!(hot(&rig), [first.title.as_str()]);
    let county = RegionCode::new("cn610481");
    let elsewhere = Entry { fingerprint: 9, places: Vec::new(), regions: Vec::new(), ..first };
    rig.apply(&report("a", 2, vec![elsewhere]));
    assert_eq!(rig.titles(&Channel::Hot(Some(county)), Editions::One), [] as [&str; 0]);
    assert_eq!(rig.titles(&Channel::Hot(None), Editions::One).len(), 1);
    rig.assert_sound();
}
