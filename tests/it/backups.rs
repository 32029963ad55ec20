//! `store backup` never costs what a folder has: another store, a better backup, files of others.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Ended, Home, Settings};
use crate::support::origin::Origin;
use std::collections::{BTreeMap, BTreeSet};
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
    let told = back_up(&home, "another").expect(1).stderr;
    assert!(told.contains("the store has lost 1 reports and 5 entries before"), "{told}");
    home.run(&["store", "rebuild"]).expect(0);
    back_up(&home, "another").expect(0);

    fs::rename(&store, home.path().join("lost")).expect("moved");
    home.run(&["store", "restore", "copy"]).expect(0);
    back_up(&home, "copy").expect(0);
    let told = home.run(&["store", "verify", "--json"]).expect(0).json();
    assert_eq!(told["entries"], 5);
}

#[test]
fn the_first_backup_tells_what_the_store_lacks() {
    let origin = Origin::start();
    let home = filled(&origin, 5);
    let store = home.path().join("store");
    let kept = fs::read(segment(&store)).expect("there");
    fs::write(segment(&store), &kept[..kept.len() / 2]).expect("cut off");
    let told = back_up(&home, "copy").expect(1).stderr;
    let line = format!("segment 0000000000000001, byte {}: the segment ends here", kept.len() / 2);
    assert!(
        told.contains(&line) && told.contains("with what is damaged in it (1 faults)"),
        "{told}"
    );
    fs::remove_file(segment(&store)).expect("removed");
    let told = back_up(&home, "another").expect(1).stderr;
    assert!(told.contains("segment 0000000000000001, byte 0: the segment is gone"), "{told}");
    // Nothing was mended by looking.
    fs::write(segment(&store), kept).expect("put back");
    home.run(&["store", "verify"]).expect(0);
    back_up(&home, "a third").expect(0);
}

/// Pages of entries that a page links to.
fn entry_pages(page: &str) -> BTreeSet<String> {
    let links = page.split("href=\"").skip(1).filter_map(|link| link.split_once('"'));
    let links = links.map(|(address, _)| address).filter(|address| address.starts_with("/e/"));
    links.map(str::to_owned).collect()
}

#[test]
fn what_comes_after_a_restore_has_no_etag_of_what_was_lost() {
    let origin = Origin::start();
    for bring_back in [["restore", "copy"], ["import", "all.jsonl"]] {
        let home = filled(&origin, 3);
        back_up(&home, "copy").expect(0);
        home.run(&["store", "export", "-o", "all.jsonl"]).expect(0);
        let daemon = Daemon::start(&home);
        let entries = entry_pages(daemon.get("/s/paper").expect(200).text());
        daemon.stop();
        assert_eq!(entries.len(), 3);
        let feeds = ["/s/paper.json", "/r/shaanxi/xianyang/xingping.atom"].map(str::to_owned);
        let paths: Vec<&String> = feeds.iter().chain(&entries).collect();
        let documents = || -> Vec<(String, String)> {
            let daemon = Daemon::start(&home);
            let documents = paths.iter().map(|path| daemon.get(path).expect(200));
            let documents = documents.map(|found| (found.etag(), found.text().to_owned()));
            let documents = documents.collect();
            daemon.stop();
            documents
        };
        // Each life revises an entry once, and brings one more.
        let poll = |words: &str| {
            let mut news = news(4);
            news[3].text.push_str(words);
            news[0].text.push_str(words);
            origin.set("/feed", Form::Rss20.document(&news));
            home.run(&["poll", "paper"]).expect(0);
        };
        let before = documents();
        poll("（其一）");
        let lost = documents();
        back_up(&home, "later").expect(0);

        fs::rename(home.path().join("store"), home.path().join("lost")).expect("moved");
        home.run(&[&["store"][..], &bring_back].concat()).expect(0);
        assert!(documents() == before, "{bring_back:?}");
        poll("（其二）");
        let after = documents();
        let other = after.iter().zip(&lost).filter(|(after, lost)| after.1 != lost.1);
        let other: Vec<_> = other.collect();
        assert!(other.len() > feeds.len(), "{} documents are others", other.len());
        assert!(other.iter().all(|(after, lost)| after.0 != lost.0), "{bring_back:?}");

        let kept = files(&home.path().join("later"));
        assert_refused(&home, "later", "restored from an older backup");
        assert_eq!(files(&home.path().join("later")), kept);
        if bring_back[0] == "restore" {
            back_up(&home, "copy").expect(0);
        }
        home.run(&["store", "verify"]).expect(0);
    }
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
    assert_eq!(back_up(&home, "copy").expect(1).stderr, told, "it is told each time");
    fs::rename(home.path().join("store"), home.path().join("lost")).expect("moved");
    home.run(&["store", "restore", "copy"]).expect(0);
    let daemon = Daemon::start(&home);
    assert_eq!(daemon.get("/s/paper.json").status, 200);
    daemon.stop();
}

#[test]
fn what_is_sound_in_a_backup_is_not_replaced_by_what_is_damaged() {
    let origin = Origin::start();
    let home = filled(&origin, 5);
    let (store, copy) = (home.path().join("store"), home.path().join("copy"));
    back_up(&home, "copy").expect(0);
    let sound = files(&copy);
    let mut bytes = fs::read(segment(&store)).expect("there");
    bytes[200] ^= 1;
    fs::write(segment(&store), &bytes).expect("written");
    origin.set("/feed", Form::Rss20.document(&news(7)));
    home.run(&["poll", "paper"]).expect(0);
    let told = back_up(&home, "copy").expect(1).stderr;
    assert!(told.contains("segment 0000000000000001, byte 16: the checksum"), "{told}");
    assert!(told.contains("differs from the store's, which is damaged"), "{told}");
    assert_eq!(files(&copy), sound);
    // What came since is damaged alone: nothing is lost by it.
    bytes[200] ^= 1;
    let grown = fs::read(segment(&store)).expect("there");
    let later = bytes.len() + 40;
    bytes.extend_from_slice(&grown[bytes.len()..]);
    bytes[later] ^= 1;
    fs::write(segment(&store), &bytes).expect("written");
    let told = back_up(&home, "copy").expect(1).stderr;
    assert!(told.contains("with what is damaged in it"), "{told}");
    assert!(fs::read(segment(&copy)).expect("there") == bytes);
}

#[test]
fn what_is_damaged_in_a_backup_is_copied_anew() {
    let origin = Origin::start();
    let home = filled(&origin, 5);
    let copy = home.path().join("copy");
    back_up(&home, "copy").expect(0);
    let sound = files(&copy);
    let mut bytes = fs::read(segment(&copy)).expect("there");
    bytes[200] ^= 1;
    fs::write(segment(&copy), &bytes).expect("written");
    back_up(&home, "copy").expect(0);
    assert_eq!(files(&copy), sound);
}

#[test]
fn a_store_is_put_behind_a_link_and_nothing_is_copied_in_vain() {
    let origin = Origin::start();
    let home = filled(&origin, 3);
    back_up(&home, "copy").expect(0);
    home.run(&["store", "export", "-o", "all.jsonl"]).expect(0);
    let (store, disk) = (home.path().join("store"), home.path().join("disk"));
    fs::rename(&store, home.path().join("lost")).expect("moved");
    std::os::unix::fs::symlink("disk/store", &store).expect("linked");
    for bring_back in [["restore", "copy"], ["import", "all.jsonl"]] {
        let run = || home.run(&[&["store"][..], &bring_back].concat());
        let said = run().expect(1).stderr;
        assert!(said.contains("is a link to what is not there"), "{said}");
        fs::create_dir_all(disk.join("store")).expect("made");
        run().expect(0);
        assert!(store.is_symlink() && disk.join("store/FORMAT").exists());
        home.run(&["store", "verify"]).expect(0);
        fs::remove_dir_all(&disk).expect("removed");
    }
    fs::remove_file(&store).expect("removed");
    fs::write(&store, "a file").expect("written");
    let said = home.run(&["store", "restore", "copy"]).expect(1).stderr;
    assert!(said.contains("is no folder"), "{said}");
    assert!(!home.path().join("store.restoring").exists());
}

#[test]
fn a_folder_takes_one_backup_at_a_time() {
    let origin = Origin::start();
    let home = filled(&origin, 3);
    back_up(&home, "copy").expect(0);
    let mark = fs::File::options().write(true).open(home.path().join("copy/BACKUP"));
    let mark = mark.expect("the mark of a backup");
    mark.lock().expect("taken");
    let words = "is being used by another backup, restore or import";
    assert_refused(&home, "copy", words);
    fs::rename(home.path().join("store"), home.path().join("moved")).expect("moved");
    let said = home.run(&["store", "restore", "copy"]).expect(1).stderr;
    assert!(said.contains(words), "{said}");
    drop(mark);
    home.run(&["store", "restore", "copy"]).expect(0);
}

#[test]
fn a_store_is_put_there_by_one_at_a_time() {
    let origin = Origin::start();
    let home = filled(&origin, 3);
    back_up(&home, "copy").expect(0);
    home.run(&["store", "export", "-o", "all.jsonl"]).expect(0);
    let store = home.path().join("store");
    for (ending, bring_back) in
        [("restoring", ["restore", "copy"]), ("importing", ["import", "all.jsonl"])]
    {
        fs::rename(&store, home.path().join(format!("before {ending}"))).expect("moved");
        let beside = home.path().join(format!("store.{ending}"));
        fs::create_dir(&beside).expect("made");
        fs::write(beside.join("half"), "of another").expect("written");
        let other = fs::File::open(&beside).expect("there");
        other.lock().expect("taken");
        let run = || home.run(&[&["store"][..], &bring_back].concat());
        let said = run().expect(1).stderr;
        assert!(said.contains("is being used by another backup, restore or import"), "{said}");
        assert!(beside.join("half").exists() && !store.exists());
        drop(other);
        run().expect(0);
        assert!(!store.join("half").exists() && !beside.exists());
        home.run(&["store", "verify"]).expect(0);
    }
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
