//! `store backup` never costs what a folder has: another store, a better backup, files of others.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Ended, Home, Settings};
use crate::support::origin::Origin;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn news(count: usize) -> Vec<News> {
    (1..=count).rev().map(|n| News::new("paper", n, &format!("来稿{n}"), 100 - n as i64)).collect()
}

/// A home whose store holds so many entries, and is closed.
fn filled(origin: &Origin, count: usize) -> Home {
    origin.set("/feed", Form::Rss20.document(&news(count)));
    let lines = "region = \"shaanxi/xianyang/xingping\"\nschedule = \"1d\"\n";
    let home = Home::new(&Settings::new().source("paper", &origin.url("/feed"), lines));
    home.run(&["poll", "paper"]).expect(0);
    home
}

fn back_up(home: &Home, to: &str) -> Ended {
    home.run(&["store", "backup", to])
}

#[track_caller]
fn assert_refused(home: &Home, to: &str, words: &str) {
    let said = back_up(home, to).expect(1).stderr;
    assert!(said.contains(words), "{to}: {said}");
}

/// All files below a folder, with what they hold.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for name in fs::read_dir(folder).expect("a folder") {
        let path = name.expect("read").path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => drop(found.insert(path.clone(), fs::read(path).expect("a file"))),
        }
    }
    found
}

fn segment(folder: &Path) -> PathBuf {
    folder.join("segments/0000000000000001.seg")
}

#[test]
fn a_store_or_any_other_folder_is_no_place_for_a_backup() {
    let origin = Origin::start();
    let (home, other) = (filled(&origin, 3), filled(&origin, 5));
    let daemon = Daemon::start(&other);
    let store = other.path().join("store");
    let before = (fs::read(store.join("FORMAT")), fs::read(segment(&store)));
    assert_refused(&home, store.to_str().expect("UTF-8"), "is a store, and no backup");
    let after = (fs::read(store.join("FORMAT")), fs::read(segment(&store)));
    assert_eq!(before.0.expect("there"), after.0.expect("there"));
    assert_eq!(before.1.expect("there"), after.1.expect("there"));
    daemon.stop();

    let letters = home.path().join("letters");
    fs::create_dir(&letters).expect("made");
    fs::write(letters.join("to_the_editor.part"), "half a letter").expect("written");
    let before = files(&letters);
    assert_refused(&home, "letters", "holds what is no backup");
    assert_eq!(files(&letters), before);
}

#[test]
fn a_disk_that_was_just_made_takes_a_backup() {
    let origin = Origin::start();
    let home = filled(&origin, 3);
    fs::create_dir_all(home.path().join("disk/lost+found")).expect("made");
    back_up(&home, "disk").expect(0);
    assert!(home.path().join("disk/lost+found").is_dir());
    fs::rename(home.path().join("store"), home.path().join("old")).expect("moved");
    home.run(&["store", "restore", "disk"]).expect(0);
    let told = home.run(&["store", "verify", "--json"]).expect(0).json();
    assert_eq!(told["entries"], 3);

    fs::create_dir(home.path().join("letters")).expect("made");
    fs::write(home.path().join("letters/lost+found"), "a letter").expect("written");
    assert_refused(&home, "letters", "holds what is no backup");
}

#[test]
fn a_store_is_not_backed_up_into_itself() {
    let origin = Origin::start();
    let home = filled(&origin, 3);
    std::os::unix::fs::symlink(home.path().join("store"), home.path().join("link")).expect("made");
    let before = files(&home.path().join("store"));
    for to in ["store", "store/backup", "link/a/b", "./store/../store/segments"] {
        assert_refused(&home, to, "is in the store itself");
    }
    assert_eq!(files(&home.path().join("store")), before);
}

#[test]
fn a_backup_outlives_the_loss_of_what_it_holds() {
    let origin = Origin::start();
    let home = filled(&origin, 5);
    let (store, copy) = (home.path().join("store"), home.path().join("copy"));
    back_up(&home, "copy").expect(0);
    let before = files(&copy);

    // As the command finds it before anybody else has met the loss, and after.
    let kept = fs::read(segment(&store)).expect("there");
    fs::write(segment(&store), &kept[..16]).expect("cut off");
    assert_refused(&home, "copy", "has reports that the store has lost");
    fs::remove_file(segment(&store)).expect("removed");
    assert_refused(&home, "copy", "has reports that the store has lost");
    home.run(&["poll", "paper"]).expect(0);
    assert_refused(&home, "copy", "before it lost news");
    assert_eq!(files(&copy), before);
    back_up(&home, "another").expect(0);

    fs::rename(&store, home.path().join("lost")).expect("moved");
    home.run(&["store", "restore", "copy"]).expect(0);
    back_up(&home, "copy").expect(0);
    let told = home.run(&["store", "verify", "--json"]).expect(0).json();
    assert_eq!(told["entries"], 5);
}

#[test]
fn files_of_others_stay_in_a_backup_that_is_brought_up_to_date() {
    let origin = Origin::start();
    let home = filled(&origin, 3);
    back_up(&home, "copy").expect(0);
    let copy = home.path().join("copy");
    let (letter, half) = (copy.join("letter.part"), copy.join("segments/0000000000000009.part"));
    fs::write(&letter, "half a letter").expect("written");
    fs::write(&half, "of a backup that was killed").expect("written");
    back_up(&home, "copy").expect(0);
    assert_eq!(fs::read(&letter).expect("there"), b"half a letter");
    assert!(!half.exists());
}

#[test]
fn damage_is_named_and_copied_with_the_rest() {
    let origin = Origin::start();
    let home = filled(&origin, 5);
    let segment = segment(&home.path().join("store"));
    let mut bytes = fs::read(&segment).expect("there");
    bytes[200] ^= 1;
    fs::write(&segment, bytes).expect("written");
    let told = back_up(&home, "copy").expect(1).stderr;
    assert!(told.contains("segment 0000000000000001, byte 16: the checksum"), "{told}");
    assert!(told.contains("with what is damaged in it (1 faults)"), "{told}");
    fs::rename(home.path().join("store"), home.path().join("lost")).expect("moved");
    home.run(&["store", "restore", "copy"]).expect(0);
    let daemon = Daemon::start(&home);
    assert_eq!(daemon.get("/s/paper.json").status, 200);
    daemon.stop();
}

#[test]
fn a_folder_takes_one_backup_at_a_time() {
    let origin = Origin::start();
    let home = filled(&origin, 3);
    back_up(&home, "copy").expect(0);
    let mark = fs::File::options().write(true).open(home.path().join("copy/BACKUP"));
    let mark = mark.expect("the mark of a backup");
    mark.lock().expect("taken");
    let words = "is being used by another backup or restore";
    assert_refused(&home, "copy", words);
    fs::rename(home.path().join("store"), home.path().join("moved")).expect("moved");
    let said = home.run(&["store", "restore", "copy"]).expect(1).stderr;
    assert!(said.contains(words), "{said}");
    drop(mark);
    home.run(&["store", "restore", "copy"]).expect(0);
}

#[test]
fn backups_from_before_they_were_marked_are_brought_up_to_date() {
    let origin = Origin::start();
    let home = filled(&origin, 3);
    back_up(&home, "copy").expect(0);
    fs::remove_file(home.path().join("copy/BACKUP")).expect("removed");
    back_up(&home, "copy").expect(0);
    assert!(home.path().join("copy/BACKUP").exists());
}

#[test]
fn what_is_not_there_is_named() {
    let origin = Origin::start();
    let home = filled(&origin, 1);
    let said = home.run(&["store", "restore", "nowhere"]).expect(1).stderr;
    assert!(said.contains("there is no backup at nowhere"), "{said}");
    fs::remove_dir_all(home.path().join("store")).expect("removed");
    let said = back_up(&home, "copy").expect(1).stderr;
    assert!(said.contains("there is no store at"), "{said}");
    assert!(!home.path().join("copy").exists());
}
