//! What is told of entries that were taken down, and a source that goes whole.

use super::*;
use crate::model::{Month, Order, TakeDown};

fn source(id: &str) -> Order {
    Order::TakeDown(TakeDown::Source(SourceId::new(id)))
}

fn gone_from(rig: &Rig, channel: &Channel) -> Vec<String> {
    let reader = rig.reader();
    let gone = reader.taken_down_from(channel.key()).map(|gone| gone.expect("read"));
    gone.map(|gone| gone.id).collect()
}

#[test]
fn its_feeds_tell_of_what_was_taken_down_whatever_becomes_of_the_store() {
    let mut rig = Rig::with_segments_of(600);
    let entries: Vec<Entry> = (0..4).map(|n| entry("a", &format!("e{n}"), n)).collect();
    rig.apply(&report("a", 1, entries.clone()));
    let came_in = Month::of(rig.reader().position().expect("read").recorded_at);
    for number in [2, 0] {
        rig.obey_all(Order::TakeDown(TakeDown::Entry(entries[number].key)));
    }
    let assert_told = |rig: &Rig| {
        let expected = ["https://a.example/e0", "https://a.example/e2"];
        for channel in [Channel::All, xingping(), Channel::Source(SourceId::new("a"))] {
            assert_eq!(gone_from(rig, &channel), expected, "the last first");
        }
        assert_eq!(gone_from(rig, &Channel::Topic(TopicId::new("education"))), [""; 0]);
        let gone_of = |month: Month, most: usize| {
            let gone = rig.reader().taken_down_of(xingping().key(), month, most).expect("read");
            assert!(gone.iter().all(|gone| gone.source == SourceId::new("a")));
            gone.into_iter().map(|gone| gone.id).collect::<Vec<_>>()
        };
        assert_eq!(gone_of(came_in, 10), expected);
        assert_eq!(gone_of(came_in, 1), expected[..1]);
        assert_eq!(gone_of(came_in.next().expect("a month"), 10), [""; 0]);
        for (entry, is_gone) in entries.iter().zip([true, false, true, false]) {
            assert_eq!(rig.reader().is_taken_down(entry.key).expect("read"), is_gone);
        }
        rig.assert_sound();
    };
    assert_told(&rig);
    rig.retain(100);
    assert_told(&rig);
    rig.remove_index();
    rig.reopen();
    assert_told(&rig);
    let other = Rig::of(rig.exported().as_bytes(), 600).expect("imported");
    assert_told(&other);
    // What leaves by the limits is no matter of feeds.
    rig.retain(1);
    assert_eq!(gone_from(&rig, &Channel::All).len(), 2);
}

#[test]
fn a_source_goes_whole_and_others_stay() {
    let mut rig = Rig::with_segments_of(4_000);
    let entries: Vec<Entry> = (0..600).map(|n| entry("a", &format!("e{n}"), n)).collect();
    rig.apply(&report("a", 1, entries.clone()));
    rig.apply(&report("b", 1, vec![entry("b", "other", 5)]));
    assert_eq!(rig.obey_all(source("a")), 600);
    assert_eq!(rig.entries(), 1);
    assert_eq!(rig.titles(&Channel::All, Editions::All), ["other"]);
    assert_eq!(gone_from(&rig, &xingping()).len(), 10);
    let bytes = fs::read_dir(rig.folder.path().join("store/segments")).expect("there");
    let bytes: u64 = bytes.map(|file| file.expect("read").metadata().expect("read").len()).sum();
    assert!(bytes < 600 * 400, "{bytes} bytes are left, tombstones among them");
    // It lists them still, and one more.
    let more = [entries, vec![entry("a", "new", 700)]].concat();
    let applied = rig.apply(&report("a", 2, more));
    assert_eq!(applied, Applied::Kept { entries_new: 1, entries_changed: 0 });
    assert_eq!(rig.obey_all(source("nobody")), 0);
    rig.assert_sound();
}

#[test]
fn one_that_is_taken_down_half_way_through_another_is_in_no_segment_either() {
    let mut rig = Rig::with_segments_of(1);
    let entries: Vec<Entry> = (0..6)
        .map(|n| Entry {
            places: vec![RegionCode::new(&format!("cn99000{n}"))],
            ..entry("a", &format!("e{n}"), n)
        })
        .collect();
    for (poll, entry) in (1..).zip(&entries) {
        rig.apply(&report("a", poll, vec![entry.clone()]));
    }
    let order = |n: usize| Order::TakeDown(TakeDown::Entry(entries[n].key));
    for _ in 0..3 {
        assert!(rig.obey(&order(4)).more);
    }
    rig.obey_all(order(1));
    rig.obey_all(order(4));
    let folder = rig.folder.path().join("store/segments");
    for name in fs::read_dir(folder).expect("there") {
        let bytes = fs::read(name.expect("read").path()).expect("read");
        let has = |code: &str| bytes.windows(8).any(|eight| eight == code.as_bytes());
        assert!(!has("cn990001") && !has("cn990004"));
    }
    rig.assert_sound();
}
