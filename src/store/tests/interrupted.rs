//! Take-downs that are interrupted, by one another and by errors.

use super::*;
use crate::model::{Order, TakeDown};

fn entry_of(entry: &Entry) -> Order {
    Order::TakeDown(TakeDown::Entry(entry.key))
}

/// Two entries to be taken down, each in an old segment of its own.
fn with_secrets() -> (Rig, [Entry; 2]) {
    let mut rig = Rig::with_segments_of(2_000);
    let secrets = ["secret", "other"]
        .map(|name| Entry { places: vec![place_of(name)], ..entry("a", name, 5) });
    for (number, secret) in (1..).zip(&secrets) {
        rig.apply(&report("a", number, vec![secret.clone()]));
        for n in 1..=8 {
            let number = number * 10 + n;
            rig.apply(&report("b", number, vec![entry("b", &format!("e{number}"), 5)]));
        }
    }
    (rig, secrets)
}

/// A place that nothing else is in: of an entry that is gone its public id is told.
fn place_of(name: &str) -> RegionCode {
    RegionCode::new(&format!("cn99000{}", name.len()))
}

/// Files of segments, whole or not, that have something of an entry.
fn having(rig: &Rig, entry: &Entry) -> Vec<std::path::PathBuf> {
    let place = entry.places[0].as_str().as_bytes();
    let files = fs::read_dir(rig.folder.path().join("store/segments")).expect("there").flatten();
    let files = files.map(|file| file.path()).filter(|path| path.is_file());
    let has = |path: &std::path::PathBuf| {
        fs::read(path).expect("read").windows(place.len()).any(|bytes| bytes == place)
    };
    files.filter(has).collect()
}

#[test]
fn one_goes_on_where_another_was_interrupted() {
    let (mut rig, [one, other]) = with_secrets();
    // The entry leaves, and the segments are listed.
    for _ in 0..2 {
        assert!(rig.obey(&entry_of(&one)).more);
    }
    rig.obey_all(entry_of(&other));
    assert!(having(&rig, &other).is_empty());
    rig.obey_all(entry_of(&one));
    assert!(having(&rig, &one).is_empty());
    rig.assert_sound();
}

#[test]
fn two_at_once_both_come_to_their_end() {
    let (mut rig, secrets) = with_secrets();
    let mut more = [true; 2];
    for _ in 0..1_000 {
        for (secret, more) in secrets.iter().zip(&mut more) {
            *more = *more && rig.obey(&entry_of(secret)).more;
        }
    }
    assert_eq!(more, [false; 2]);
    assert!(secrets.iter().all(|secret| having(&rig, secret).is_empty()));
    rig.assert_sound();
}

#[test]
fn one_that_has_failed_is_not_done_and_leaves_no_half_segment() {
    let (mut rig, [secret, _]) = with_secrets();
    let order = entry_of(&secret);
    let folder = rig.folder.path().join("store/segments");
    let half = || {
        let files = fs::read_dir(&folder).expect("there").flatten().map(|file| file.path());
        files.filter(|path| path.extension().is_some_and(|end| end == "part")).last()
    };
    while half().is_none() {
        assert!(rig.obey(&order).more);
    }
    let old = having(&rig, &secret).into_iter().find(|path| Some(path) != half().as_ref());
    let (old, away) = (old.expect("there"), rig.folder.path().join("away"));
    fs::rename(&old, &away).expect("moved");
    rig.sequence += 1;
    let sequence = rig.sequence;
    let failed = rig.store().obey(&order, sequence, Timestamp(2_000_000)).err();
    assert_eq!(failed.map(|error| error.kind()), Some("io"));
    assert_eq!(half(), None);
    fs::rename(&away, &old).expect("moved back");
    assert!(!having(&rig, &secret).is_empty());
    rig.obey_all(order);
    assert!(having(&rig, &secret).is_empty());
    rig.assert_sound();
}
