//! Backups that are interrupted.

use super::super::backup::{COMPLETE, copy_parts};
use super::retaining::random_report;
use super::*;
use crate::chance;

/// What a backup gives back.
fn restored(backup: &Path) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    restore(backup, &settings(folder.path(), 99), &mut |_| {}).expect("restored");
    exported(folder)
}

/// Of the store in a folder.
fn exported(folder: TempDir) -> String {
    let segment_bytes = Settings::SEGMENT_BYTES;
    let mut rig = Rig { folder, store: None, stories: None, sequence: 0, segment_bytes };
    rig.reopen();
    rig.assert_sound();
    rig.exported()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("segments")).expect("made");
    for below in [Path::new(""), Path::new("segments")] {
        for name in fs::read_dir(from.join(below)).expect("there") {
            let path = name.expect("read").path();
            if path.is_file() {
                let name = path.file_name().expect("a file");
                fs::copy(&path, to.join(below).join(name)).expect("copied");
            }
        }
    }
}

#[test]
fn a_backup_that_is_used_as_a_store_goes_on_in_another_life() {
    let mut rig = Rig::new();
    let (store, to) = (rig.folder.path().join("store"), rig.folder.path().join("backup"));
    rig.apply(&report("a", 1, vec![entry("a", "one", 5)]));
    backup(&store, &to, &mut |_| {}, &mut |_| {}).expect("backed up");
    rig.store = None;
    fs::rename(&store, rig.folder.path().join("lost")).expect("moved");
    fs::rename(&to, &store).expect("moved");
    for new_epoch in [8, 9] {
        rig.store = Some(open_with(rig.folder.path(), new_epoch).expect("opened"));
        let epochs = [1, 2].map(|sequence| rig.reader().epoch_of(sequence));
        assert_eq!(epochs, [7, 8]);
        rig.store = None;
    }
}

#[test]
fn a_backup_that_is_interrupted_is_the_one_before_or_the_new_one() {
    chance::each(4, |chance| {
        let mut rig = Rig::with_segments_of(6_000);
        let (store, to) = (rig.folder.path().join("store"), rig.folder.path().join("backup"));
        for number in 1..60 {
            rig.apply(&random_report(chance, number));
        }
        backup(&store, &to, &mut |_| {}, &mut |_| {}).expect("backed up");
        let before = rig.exported();
        for number in 60..120 {
            rig.apply(&random_report(chance, number));
        }
        rig.retain(40);
        copy_parts(&store, &to, &mut |_| {}, &mut |_| {}).expect("copied");
        let after = rig.exported();
        assert_ne!(before, after);

        let parts = fs::read_dir(to.join("segments")).expect("there");
        let parts = parts.map(|name| name.expect("read").path());
        let mut parts: Vec<_> =
            parts.filter(|path| path.extension().is_some_and(|end| end == "part")).collect();
        parts.sort();
        for moved in 0..=parts.len() {
            let copied = tempfile::tempdir().expect("a folder");
            copy(&to, copied.path());
            for part in &parts[..moved] {
                let part = copied.path().join(part.strip_prefix(&to).expect("below it"));
                fs::rename(&part, part.with_extension("seg")).expect("renamed");
            }
            assert_eq!(restored(copied.path()), after, "{moved} of {}", parts.len());
        }
        // Used as it is, whatever comes first.
        let rebuilt = tempfile::tempdir().expect("a folder");
        copy(&to, &rebuilt.path().join("store"));
        rebuild(&settings(rebuilt.path(), 99), &mut |_| {}, &mut |_| {}).expect("remade");
        assert_eq!(exported(rebuilt), after);
        fs::remove_file(to.join(COMPLETE)).expect("removed");
        assert_eq!(restored(&to), before);
        backup(&store, &to, &mut |_| {}, &mut |_| {}).expect("backed up");
        assert_eq!(restored(&to), after);
        let left = fs::read_dir(to.join("segments")).expect("there").flatten();
        assert!(
            left.map(|name| name.path())
                .all(|path| path.extension().is_some_and(|end| end == "seg"))
        );
    });
}
