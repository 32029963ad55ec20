//! Finding what is wrong, and remaking the index.

use super::*;

fn filled() -> Rig {
    let mut rig = Rig::new();
    rig.apply(&report("a", 1, (0..20).map(|n| entry("a", &format!("e{n}"), n)).collect()));
    rig.apply(&report("a", 2, vec![Entry { fingerprint: 2, ..entry("a", "e3", 3) }]));
    rig.apply(&report("b", 1, vec![Entry { content: TEXT.to_owned(), ..entry("b", "z", 5) }]));
    rig.apply(&report("c", 1, vec![Entry { content: TEXT.to_owned(), ..entry("c", "z", 5) }]));
    rig.apply(&report("b", 2, vec![]));
    rig
}

fn faults(rig: &Rig) -> Vec<String> {
    let verified = rig.store.as_ref().expect("open").verify(&mut |_| {}).expect("verified");
    let told = verified.faults.into_iter();
    told.map(|fault| format!("{}: {}", fault.place, fault.problem)).collect()
}

fn settings(rig: &Rig) -> Settings {
    Settings {
        path: rig.folder.path().join("store"),
        cache_bytes: 1 << 20,
        new_epoch: 9,
        segment_bytes: Settings::SEGMENT_BYTES,
    }
}

#[test]
fn a_sound_store_has_no_faults_settled_or_not() {
    let mut rig = filled();
    assert_eq!(faults(&rig), [""; 0]);
    rig.store().settle().expect("settled");
    assert_eq!(faults(&rig), [""; 0]);
    rig.reopen();
    assert_eq!(faults(&rig), [""; 0]);
    assert!(!rig.folder.path().join("store/verify").exists());
}

#[test]
fn what_is_wrong_in_the_index_is_named_and_remade() {
    let mut rig = filled();
    rig.store().settle().expect("settled");
    let before = rig.view();
    let index = rig.reader().index;
    index.put_now(b"b\0\0\0\0\0\x01\0\x02", b"\x01\x80".to_vec()).expect("written");
    index.put_now(b"sb", b"\x01\x80".to_vec()).expect("written");
    index.put_now(b"k0123456789abcdef", b"\x01\x01".to_vec()).expect("written");
    drop(index);
    let found = faults(&rig);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(
        found[0].starts_with("index: entry 0000000000010002 (") && found[0].contains("of \"a\"")
    );
    assert!(found[1].starts_with("index: key of an entry 3031") && found[1].contains("not in the"));
    assert_eq!(found[2], "index: state of \"b\": is not what the segments make of it");

    assert_eq!(
        rebuild(&settings(&rig), &mut |_| {}, &mut |_| {}).map_err(|e| e.kind()),
        Err("in_use")
    );
    rig.store = None;
    let mut damage = Vec::new();
    rebuild(&settings(&rig), &mut |found| damage.push(found), &mut |_| {}).expect("remade");
    assert_eq!(damage, []);
    rig.reopen();
    assert_eq!((faults(&rig), rig.view()), (vec![], before));
    let left: Vec<_> = fs::read_dir(rig.folder.path().join("store")).expect("read").collect();
    assert!(left.iter().flatten().all(|name| !name.path().to_string_lossy().contains("index.")));
}

#[test]
fn a_kill_while_the_new_index_takes_its_place_costs_no_index() {
    for names in [["index.old", "index.new"], ["index.old", "index.damaged-0"]] {
        let mut rig = filled();
        rig.store().settle().expect("settled");
        let segment = rig.segment();
        rig.store = None;
        let [index, first, second] =
            ["index", names[0], names[1]].map(|name| rig.folder.path().join("store").join(name));
        let copied = std::process::Command::new("cp").arg("-r").args([&index, &second]).status();
        assert!(copied.expect("run").success());
        fs::rename(&index, first).expect("renamed");
        // What only an index knows.
        let bytes = fs::read(&segment).expect("read");
        fs::write(&segment, &bytes[..bytes.len() - 40]).expect("cut off");
        rig.store = Some(open_with(rig.folder.path(), 9).expect("opened"));
        assert_eq!(rig.reader().epoch().expect("read"), 9, "news was lost");
    }
}

#[test]
fn damage_in_segments_is_named_with_what_it_costs() {
    let mut rig = filled();
    rig.store().settle().expect("settled");
    let mut bytes = fs::read(rig.segment()).expect("read");
    let at = 200;
    bytes[at] ^= 4;
    fs::write(rig.segment(), &bytes).expect("written");
    let found = faults(&rig);
    assert!(found[0].starts_with("entry https://a.example/e0: of \"a\", first seen "), "{found:?}");
    assert!(found[0].contains("it is lost: segment 0000000000000001, byte 16: the checksum"));
    assert!(found[1].starts_with("segment 0000000000000001, byte 16: the checksum"), "{found:?}");
    assert!(found[2].contains("1 of the 20 entries of \"a\" before it are lost"), "{found:?}");
    assert_eq!(found.len(), 3, "the rest follows from it: {found:?}");
}

#[test]
fn damaged_blocks_of_the_index_hide_nothing_else_that_is_wrong() {
    let mut rig = Rig::new();
    rig.apply(&report("a", 1, (0..300).map(|n| entry("a", &format!("e{n}"), n)).collect()));
    let index = rig.reader().index;
    index.put_now(b"z0123456789abcdef01234567", b"\x01\x01".to_vec()).expect("written");
    drop(index);
    rig.store().settle().expect("settled");
    let mut bytes = fs::read(rig.segment()).expect("read");
    bytes[200] ^= 4;
    fs::write(rig.segment(), &bytes).expect("written");
    let runs = rig.folder.path().join("store/index/runs");
    let paths = fs::read_dir(runs).expect("there").map(|name| name.expect("read").path());
    let longest = paths.max_by_key(|path| fs::metadata(path).expect("there").len());
    let longest = longest.expect("a run");
    let mut bytes = fs::read(&longest).expect("read");
    for at in [100, 20_000] {
        bytes[at] ^= 1;
    }
    let file = fs::OpenOptions::new().write(true).open(&longest).expect("opened");
    std::os::unix::fs::FileExt::write_all_at(&file, &bytes, 0).expect("written");
    let found = faults(&rig);
    let count = |words: &str| found.iter().filter(|fault| fault.contains(words)).count();
    assert_eq!(count("segment 0000000000000001, byte 16: the checksum"), 1, "{found:?}");
    assert_eq!(count("index: runs/"), 2, "{found:?}");
    assert_eq!(count("tombstone of an entry 3031"), 1, "{found:?}");
    assert!(found.len() < 20, "what is in a damaged block is not called missing: {found:?}");
}
