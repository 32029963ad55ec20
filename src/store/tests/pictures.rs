//! The channels of entries with pictures.

use super::*;

fn pictures(region: Option<&str>) -> Channel {
    Channel::Pictures(region.map(RegionCode::new))
}

fn shot(name: &str, published: i64) -> Entry {
    Entry { picture: Some(0), ..entry("a", name, published) }
}

#[test]
fn they_hold_what_has_a_picture_and_change_with_it_alone() {
    let mut rig = Rig::new();
    rig.apply(&report("a", 1, vec![shot("one", 10), entry("a", "two", 20), shot("three", 30)]));
    for region in [None, Some("cn610481"), Some("cn610400"), Some("cn610000")] {
        assert_eq!(rig.titles(&pictures(region), Editions::One), ["three", "one"], "{region:?}");
    }
    assert!(rig.titles(&pictures(Some("cn110000")), Editions::All).is_empty());
    let change =
        |rig: &Rig, region| rig.reader().channel(pictures(region).key()).expect("counted").change;
    rig.apply(&report("a", 2, vec![entry("a", "four", 40)]));
    assert_eq!((change(&rig, None), change(&rig, Some("cn610481"))), (1, 1));
    let (bare, shown) = (
        Entry { fingerprint: 2, ..entry("a", "three", 30) },
        Entry { fingerprint: 2, ..shot("two", 20) },
    );
    rig.apply(&report("a", 3, vec![bare, shown]));
    assert_eq!(rig.titles(&pictures(None), Editions::One), ["two", "one"]);
    assert_eq!(change(&rig, Some("cn610481")), 3);
    let (before, exported) = (rig.view(), rig.exported());
    rig.assert_sound();
    fs::remove_dir_all(rig.folder.path().join("store/index")).expect("removed");
    rig.reopen();
    assert_eq!(rig.view(), before);
    let made = Rig::of(exported.as_bytes(), 1 << 20).expect("imported");
    assert_eq!(made.view(), before);
    assert_eq!(made.titles(&pictures(Some("cn610400")), Editions::One), ["two", "one"]);
}

#[test]
fn records_of_older_programs_have_none() {
    let record = |has_picture| {
        let head = shot("one", 10);
        record::EntryRecord {
            no: EntryNo::new(1, 0),
            key: head.key,
            source: SourceId::new("a"),
            body: segment::Location { segment: 0, offset: 0, length: 0 },
            id: String::new(),
            first_seen: Timestamp(1),
            published: Timestamp(1),
            updated: Timestamp(1),
            revision: 0,
            fingerprint: 1,
            placement: Placement::default(),
            places: Vec::new(),
            topics: Vec::new(),
            backfill: false,
            changed_at: Timestamp(1),
            alias: None,
            link_print: 7,
            has_picture,
            outlet: 0,
            archived: None,
        }
    };
    let [without, with] = [false, true].map(|has| record::encode(&record(has)));
    assert_eq!(without.len() + 1, with.len(), "nothing is written where there is none");
    for (bytes, has) in [(without, false), (with, true)] {
        let read: record::EntryRecord = record::decode(&bytes).expect("read");
        assert_eq!(read, record(has));
    }
    let mut json = serde_json::to_value(record(true)).expect("JSON");
    for later in ["has_picture", "outlet"] {
        json.as_object_mut().expect("an object").remove(later);
    }
    let read: record::EntryRecord = serde_json::from_value(json).expect("read");
    assert_eq!((read.has_picture, read.outlet), (false, 0));
}
