//! Stores that are damaged, may not be written or fail under a daemon: each is told in words,
//! reading goes on where it can, and what was acknowledged is there afterwards.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings, program, to_end};
use crate::support::origin::Origin;
use crate::support::{eventually_so, http, published};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn news(count: usize) -> Vec<News> {
    (1..=count).rev().map(|n| News::new("paper", n, &format!("来稿{n}"), 100 - n as i64)).collect()
}

/// A home whose store holds five entries, and is closed.
fn filled(origin: &Origin) -> Home {
    filled_with(origin, 5)
}

fn filled_with(origin: &Origin, entries: usize) -> Home {
    origin.set("/feed", Form::Rss20.document(&news(entries)));
    let lines = "region = \"shaanxi/xianyang/xingping\"\nschedule = \"1s\"\n";
    let home = Home::new(&Settings::new().source("paper", &origin.url("/feed"), lines));
    home.run(&["poll", "paper"]).expect(0);
    home
}

fn titles(daemon: &Daemon) -> Vec<String> {
    published::feed(daemon, "/s/paper.json").titles().into_iter().map(String::from).collect()
}

/// The titles of the alerts, and all that the feed says.
fn alerts(daemon: &Daemon) -> (Vec<String>, String) {
    let answer = http::get(daemon.admin, "/alerts.atom").expect(200);
    let feed = feed_rs::parser::parse(&answer.body[..]).expect("a feed");
    let titles = feed.entries.into_iter().filter_map(|entry| entry.title);
    (titles.map(|title| title.content).collect(), answer.text().to_owned())
}

fn change(path: &Path, change: impl Fn(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).expect("a file");
    change(&mut bytes);
    fs::write(path, bytes).expect("written");
}

/// While somebody has it open.
fn change_in_place(path: &Path, change: impl Fn(&mut [u8])) {
    let mut bytes = fs::read(path).expect("a file");
    change(&mut bytes);
    let file = fs::OpenOptions::new().write(true).open(path).expect("a file");
    std::os::unix::fs::FileExt::write_all_at(&file, &bytes, 0).expect("written");
}

/// The file of the index whose name begins so.
fn of_index(home: &Home, name: &str) -> PathBuf {
    let folders = ["store/index", "store/index/sled.1", "store/index/runs"];
    let folders = folders.map(|folder| home.path().join(folder));
    let names = folders.into_iter().flat_map(|folder| fs::read_dir(folder).expect("an index"));
    let mut paths = names.flatten().map(|name| name.path());
    let is_it = |path: &PathBuf| {
        path.file_name().is_some_and(|found| found.to_string_lossy().starts_with(name))
    };
    paths.find(is_it).expect("there")
}

#[test]
fn a_damaged_entry_is_named_and_all_others_are_served() {
    let origin = Origin::start();
    let home = filled(&origin);
    change(&home.path().join("store/segments/0000000000000001.seg"), |bytes| bytes[200] ^= 1);
    let daemon = Daemon::start(&home);
    assert_eq!(titles(&daemon).len(), 4);
    let words = "damaged at byte 16: the checksum does not match";
    eventually_so("the damage to be told", || daemon.log().contains(words));
    daemon.stop();
    let told = home.run(&["store", "verify"]).expect(1).stdout;
    assert!(told.contains("segment 0000000000000001, byte 16: the checksum"), "{told}");
    let lines: Vec<&str> = told.lines().collect();
    let words =
        ["entry ", "of \"paper\", first seen ", "key ", "it is lost: segment 0000000000000001"];
    assert!(words.iter().all(|word| lines[0].contains(word)), "the cost first: {told}");
    let of_index: Vec<_> = lines.iter().filter(|line| line.starts_with("index: ")).collect();
    assert!(of_index.len() == 1 && of_index[0].contains("tell of what is damaged above"), "{told}");
    let told = home.run(&["store", "verify", "--json"]).expect(1).json();
    assert_eq!(
        (&told["entries_hit"], told["faults"].as_array().map(Vec::len)),
        (&1.into(), Some(3))
    );
    let consequences = told["consequences"].as_array().expect("a list");
    assert!(
        consequences.iter().any(|one| one["place"].as_str() == Some("index: journal position"))
    );
    // What is wrong besides is told as before.
    home.run(&["store", "rebuild"]).expect(0);
    let told = home.run(&["store", "verify", "--json"]).expect(1).json();
    assert_eq!((&told["entries_hit"], &told["consequences"]), (&0.into(), &serde_json::json!([])));
}

#[test]
fn the_page_of_a_damaged_entry_says_so_and_they_are_counted() {
    let origin = Origin::start();
    let home = filled(&origin);
    let daemon = Daemon::start(&home);
    let list = daemon.get("/s/paper").text().to_owned();
    let pages: BTreeSet<&str> = list
        .split("href=\"")
        .skip(1)
        .filter_map(|link| link.split_once('"').map(|(address, _)| address))
        .filter(|address| address.starts_with("/e/"))
        .collect();
    assert!(pages.len() >= 5, "{pages:?}");
    assert_eq!(http::get(daemon.admin, "/readyz").text(), "ready\n");
    assert_eq!(alerts(&daemon).0, [""; 0]);
    daemon.stop();
    let segment = home.path().join("store/segments/0000000000000001.seg");
    change(&segment, |bytes| bytes[200] ^= 1);
    let daemon = Daemon::start(&home);
    let answers = pages.iter().map(|page| daemon.get(page));
    let failed: Vec<_> = answers.filter(|answer| answer.status >= 500).collect();
    let [answer] = &failed[..] else { panic!("{} failed", failed.len()) };
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("已损坏") && !answer.text().contains("正在启动"));
    assert_eq!(daemon.status()["entries_damaged"], 1);
    let ready = http::get(daemon.admin, "/readyz");
    assert_eq!(ready.status, 200);
    assert!(ready.text().contains("1 entries are damaged"), "{}", ready.text());
    let (titles, told) = alerts(&daemon);
    assert_eq!(titles, ["The store: entries are damaged"]);
    assert!(told.contains("countywire store verify") && told.contains("backup"), "{told}");
    change_in_place(&segment, |bytes| bytes[200] ^= 1);
    assert_eq!(alerts(&daemon).0, [""; 0], "it is mended");
    assert_eq!(daemon.status()["entries_damaged"], 0);
    daemon.stop();
}

#[test]
fn a_segment_that_was_cut_off_is_told_and_the_rest_is_asked_for_again() {
    let origin = Origin::start();
    let home = filled(&origin);
    let length = |bytes: &[u8]| bytes.len() - 40;
    let segment = home.path().join("store/segments/0000000000000001.seg");
    change(&segment, |bytes| bytes.truncate(length(bytes)));
    let daemon = Daemon::start(&home);
    eventually_so("the log to tell it", || daemon.log().contains("news was lost; remaking it"));
    eventually_so("how much", || daemon.log().contains("that much is lost reports=0 entries=0"));
    eventually_so("the poll to be made again", || daemon.source("paper")["entries"] == 5);
    assert_eq!(titles(&daemon).len(), 5);
    assert_eq!(alerts(&daemon).0, ["The store: segments are damaged"]);
    daemon.stop();
    // What the cut has hit stays damaged, and what was fetched again stays.
    let told = home.run(&["store", "verify"]).expect(1).stdout;
    assert!(told.contains("segment 0000000000000001, byte "), "{told}");
}

#[test]
fn lost_news_is_told_to_admins_until_an_index_is_made_without_such_a_loss() {
    let origin = Origin::start();
    let home = filled(&origin);
    let segment = home.path().join("store/segments/0000000000000001.seg");
    let half = |bytes: &[u8]| bytes.len() / 2;
    change(&segment, |bytes| bytes.truncate(half(bytes)));
    let told = || {
        let daemon = Daemon::start(&home);
        let told = alerts(&daemon);
        daemon.stop();
        told
    };
    for _ in 0..2 {
        let (titles, told) = told();
        assert_eq!(titles, ["The store: news was lost"]);
        assert!(told.contains("entries are lost"), "{told}");
        assert!(told.contains("put the segments back from a backup"), "{told}");
    }
    home.run(&["store", "rebuild"]).expect(0);
    assert_eq!(told().0, ["The store: segments are damaged"], "the cut stays");
}

#[test]
fn a_kill_while_the_index_is_remade_has_the_loss_told_again() {
    let origin = Origin::start();
    let home = filled_with(&origin, 100);
    let key = home.run(&["export"]).expect(0).json_lines()[0]["key"].clone();
    home.run(&["remove", key.as_str().expect("a key")]).expect(0);
    origin.set("/feed", Form::Rss20.document(&news(103)));
    home.run(&["poll", "paper"]).expect(0);
    let names = fs::read_dir(home.path().join("store/segments")).expect("there");
    let mut segments: Vec<PathBuf> = names.map(|name| name.expect("read").path()).collect();
    segments.sort();
    let [rewritten, newest] = &segments[..] else { panic!("{segments:?}") };
    fs::remove_file(newest).expect("removed");
    let whole = fs::read(rewritten).expect("read");
    // The same over and over takes its time, and changes nothing.
    let times = if cfg!(debug_assertions) { 2_000 } else { 10_000 };
    let long = [&whole[..16], &whole[16..].repeat(times)].concat();
    fs::write(rewritten, long).expect("written");
    let daemon = Daemon::listening(home.command(&["run"]));
    let told = http::get(daemon.admin, "/readyz").expect(503);
    assert!(told.text().contains("is being remade: "), "still: {}", told.text());
    daemon.kill();
    fs::write(rewritten, whole).expect("written");
    let found = "news was lost; remaking it";
    let told = home.run(&["store", "verify"]).expect(1).stdout;
    assert!(told.contains("the segment is gone"), "{told}");

    let daemon = Daemon::start(&home);
    assert!(daemon.log().contains(found), "{}", daemon.log());
    let how_much = "that much is lost reports=1 entries=3";
    assert!(daemon.log().contains(how_much), "{}", daemon.log());
    assert_eq!(alerts(&daemon).0, ["The store: news was lost"]);
    daemon.stop();
    // Once is enough for the log; the alert stays.
    let daemon = Daemon::start(&home);
    assert!(!daemon.log().contains(found) && !daemon.log().contains(how_much));
    assert_eq!(alerts(&daemon).0, ["The store: news was lost"]);
    daemon.stop();
}

#[test]
fn a_segment_put_back_from_a_backup_brings_back_what_was_damaged() {
    let origin = Origin::start();
    let home = filled(&origin);
    home.run(&["store", "backup", "copy"]).expect(0);
    let segment = "segments/0000000000000001.seg";
    let stored = home.path().join("store").join(segment);
    change(&stored, |bytes| bytes[200] ^= 1);
    // The entry is in no index that was made meanwhile.
    home.run(&["store", "rebuild"]).expect(0);
    home.run(&["store", "verify"]).expect(1);
    let told = || {
        let daemon = Daemon::start(&home);
        let told = alerts(&daemon).0;
        daemon.stop();
        told
    };
    assert_eq!(told(), ["The store: segments are damaged"]);
    fs::copy(home.path().join("copy").join(segment), stored).expect("put back");
    home.run(&["store", "rebuild"]).expect(0);
    home.run(&["store", "verify"]).expect(0);
    assert_eq!(home.run(&["export"]).expect(0).json_lines().len(), 5);
    assert_eq!(told(), [""; 0]);
}

#[test]
fn verify_tells_what_is_lost_and_mends_nothing() {
    let origin = Origin::start();
    let home = filled(&origin);
    let segment = home.path().join("store/segments/0000000000000001.seg");
    let whole = fs::read(&segment).expect("read");
    let half = whole.len() / 2;
    change(&segment, |bytes| bytes.truncate(half));
    for _ in 0..2 {
        let told = home.run(&["store", "verify"]).expect(1).stdout;
        let line = format!("segment 0000000000000001, byte {half}: the segment ends here");
        // The third may be hit, or not.
        let lost = [2, 3].map(|entries| format!("entries: {entries}\n"));
        assert!(told.contains(&line) && lost.iter().any(|lost| told.contains(lost)), "{told}");
    }
    fs::remove_file(&segment).expect("removed");
    let told = home.run(&["store", "verify"]).expect(1).stdout;
    assert!(told.contains("the segment is gone") && told.contains("entries: 5"), "{told}");
    fs::write(&segment, whole).expect("put back");
    home.run(&["store", "verify"]).expect(0);
}

#[test]
fn the_log_tells_how_much_is_lost() {
    let origin = Origin::start();
    let home = filled(&origin);
    let segment = home.path().join("store/segments/0000000000000001.seg");
    let before = fs::metadata(&segment).expect("there").len();
    origin.set("/feed", Form::Rss20.document(&news(7)));
    home.run(&["poll", "paper"]).expect(0);
    change(&segment, |bytes| bytes.truncate(before as usize));
    let daemon = Daemon::start(&home);
    eventually_so("how much", || daemon.log().contains("that much is lost reports=1 entries=2"));
    daemon.stop();
}

#[test]
fn a_damaged_commit_brings_no_entry_a_second_time() {
    let origin = Origin::start();
    let home = filled(&origin);
    change(&home.path().join("store/segments/0000000000000001.seg"), |bytes| {
        let last = bytes.len() - 40;
        bytes[last] ^= 1;
    });
    home.run(&["store", "rebuild"]).expect(0);
    home.run(&["poll", "paper"]).expect(0);
    let stats = home.run(&["store", "stats"]).expect(0).stdout;
    assert!(stats.contains("entries   5\n"), "{stats}");
}

#[test]
fn a_store_of_a_newer_format_is_left_alone() {
    let origin = Origin::start();
    let home = filled(&origin);
    home.run(&["store", "backup", "copy"]).expect(0);
    for store in ["store", "copy"] {
        fs::write(home.path().join(store).join("FORMAT"), "countywire store 99\n")
            .expect("written");
    }
    let refused = |arguments: &[&str]| {
        let said = home.run(arguments).expect(78).stderr;
        assert!(said.contains("countywire store 99"), "{said}");
    };
    refused(&["store", "rebuild"]);
    refused(&["store", "verify"]);
    refused(&["store", "backup", "other"]);
    fs::remove_dir_all(home.path().join("store")).expect("removed");
    refused(&["store", "restore", "copy"]);
    assert!(!home.path().join("store").exists());
}

#[test]
fn a_damaged_file_of_the_index_is_told_and_all_is_served() {
    let damaged = "the index cannot be opened; remaking it";
    let empty = "the index is empty";
    for name in ["db", "snap.", "conf", "0"] {
        let origin = Origin::start();
        let home = filled(&origin);
        // The second start makes the snapshot.
        home.run(&["store", "stats"]).expect(0);
        change(&of_index(&home, name), |bytes| bytes.iter_mut().for_each(|byte| *byte ^= 0x55));
        let daemon = Daemon::start(&home);
        eventually_so("the log to tell it", || daemon.log().contains(damaged));
        assert!(!daemon.log().contains(empty), "{}", daemon.log());
        assert_eq!(titles(&daemon).len(), 5, "{name}");
        daemon.stop();
        home.run(&["store", "verify"]).expect(0);
    }
}

#[test]
fn while_the_index_is_remade_what_needs_none_is_served_and_the_rest_is_to_come() {
    let origin = Origin::start();
    let home = filled_with(&origin, 100);
    let entry = home.run(&["export"]).expect(0).json_lines()[0]["key"].clone();
    let entry = format!("/e/{}", entry.as_str().expect("a key"));
    // The same reports over and over take their time, and change nothing.
    let times = if cfg!(debug_assertions) { 2_000 } else { 10_000 };
    change(&home.path().join("store/segments/0000000000000001.seg"), |bytes| {
        let frames = bytes.split_off(16);
        bytes.extend(frames.repeat(times));
    });
    fs::remove_dir_all(home.path().join("store/index")).expect("removed");
    let daemon = Daemon::listening(home.command(&["run"]));
    for path in ["/s/paper", "/s/paper.json", "/index.atom", &entry, "/s/nobody"] {
        let answer = daemon.get(path).expect(503);
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(answer.header("retry-after"), Some("60"), "{path}");
        let is_page = !path.contains('.');
        let words = if is_page {
            "正在整理数据，已完成 "
        } else {
            "the store is being made ready: "
        };
        assert!(answer.text().contains(words) && answer.text().contains('%'), "{}", answer.text());
        assert_eq!(answer.is_page(), is_page, "{path}");
    }
    for path in ["/style.css", "/opml", "/r/shaanxi/opml"] {
        daemon.get(path).expect(200);
    }
    daemon.get("/nothing").expect(404);
    let told = http::get(daemon.admin, "/readyz").expect(503);
    assert!(told.text().contains("is being remade: "), "still: {}", told.text());
    eventually_so("the index to be there", || http::get(daemon.admin, "/readyz").status == 200);
    daemon.get(&entry).expect(200);
    assert_eq!(titles(&daemon).len(), 50, "a page of them");
    daemon.stop();
}

#[test]
fn an_index_that_a_command_has_made_is_there_for_the_next() {
    let origin = Origin::start();
    let home = filled(&origin);
    fs::remove_dir_all(home.path().join("store/index")).expect("removed");
    for args in [["store", "stats"], ["store", "stats"], ["store", "verify"]] {
        let said = home.run(&args).expect(0).stderr;
        assert_eq!(said, "", "no index that was begun and is empty");
    }
}

#[test]
fn an_index_without_its_snapshot_is_remade() {
    let origin = Origin::start();
    let home = filled(&origin);
    home.run(&["store", "stats"]).expect(0);
    fs::remove_file(of_index(&home, "snap.")).expect("removed");
    let daemon = Daemon::start(&home);
    eventually_so("the log to tell it", || daemon.log().contains("sled's snapshot is gone"));
    assert_eq!(titles(&daemon).len(), 5);
    daemon.stop();
    home.run(&["store", "verify"]).expect(0);
}

#[test]
fn an_index_that_is_damaged_under_a_daemon_costs_answers_until_the_next_start() {
    let origin = Origin::start();
    let ids: Vec<String> = (0..60).map(|n| format!("paper{n}")).collect();
    let mut settings = Settings::new();
    for id in &ids {
        let path = format!("/{id}");
        origin.set(&path, Form::Rss20.document(&news(40)));
        let lines = "region = \"shaanxi/xianyang/xingping\"\n";
        settings = settings.source(id, &origin.url(&path), lines);
    }
    let home = Home::new(&settings);
    let daemon = Daemon::start(&home);
    daemon.settled();
    daemon.stop();

    let daemon = Daemon::start(&home);
    let flip = || {
        change_in_place(&of_index(&home, "db"), |bytes| {
            bytes.chunks_mut(512).for_each(|piece| piece[0] ^= 0x55);
        });
    };
    flip();
    let statuses = ids.iter().map(|id| daemon.get(&format!("/s/{id}.json")).status);
    let failed: Vec<u16> = statuses.filter(|status| *status != 200).collect();
    assert!(!failed.is_empty() && failed.iter().all(|status| *status >= 500), "{failed:?}");
    eventually_so("the damage to be told", || {
        daemon.log().contains("it is remade at the next start")
    });
    assert_eq!(http::get(daemon.admin, "/status.json").status, 200);
    daemon.kill();

    // As if opening did not meet it.
    flip();
    let daemon = Daemon::start(&home);
    eventually_so("the log to tell it", || {
        daemon.log().contains("a part of the index was found damaged")
    });
    for id in &ids {
        let feed = published::feed(&daemon, &format!("/s/{id}.json"));
        assert_eq!(feed.titles().len(), 40, "{id}");
    }
    daemon.stop();
    home.run(&["store", "verify"]).expect(0);
}

#[test]
fn a_segment_in_whose_place_a_folder_lies_is_named() {
    let origin = Origin::start();
    let home = filled(&origin);
    let segment = home.path().join("store/segments/0000000000000001.seg");
    fs::rename(&segment, home.path().join("kept")).expect("moved");
    fs::create_dir(&segment).expect("made");
    let said = home.run(&["run"]).expect(1).stderr;
    assert!(said.contains("0000000000000001.seg: Is a directory"), "{said}");
    fs::remove_dir(&segment).expect("removed");
    fs::rename(home.path().join("kept"), &segment).expect("moved back");
    let daemon = Daemon::start(&home);
    assert_eq!(titles(&daemon).len(), 5);
    daemon.stop();
    home.run(&["store", "verify"]).expect(0);
}

#[test]
fn what_killed_commands_have_left_is_gone_after_the_next_start() {
    let origin = Origin::start();
    let home = filled(&origin);
    let store = home.path().join("store");
    for name in ["index.new", "index.old", "verify"] {
        fs::create_dir(store.join(name)).expect("made");
        fs::write(store.join(name).join("db"), "half").expect("written");
    }
    let half_written = store.join("index/sled.1/snap.0000000000000FFF.generating");
    fs::write(&half_written, "half").expect("written");
    let half_rewritten = store.join("segments/0000000000000009.part");
    fs::write(&half_rewritten, "half").expect("written");
    let daemon = Daemon::start(&home);
    assert_eq!(titles(&daemon).len(), 5);
    for name in ["index.new", "index.old", "verify"] {
        assert!(!store.join(name).exists(), "{name}");
    }
    assert!(!half_written.exists() && !half_rewritten.exists());
    assert!(!daemon.log().contains("ERROR"), "{}", daemon.log());
    daemon.stop();
}

/// The program in a shell of its own, which does something first.
fn after(script: &str, shell: &[&str], command: &Command) -> Command {
    let mut started = Command::new(shell[0]);
    started.args(&shell[1..]).args(["sh", "-c", &format!("{script} && exec \"$0\" \"$@\"")]);
    started.arg(command.get_program()).args(command.get_args());
    started.current_dir(command.get_current_dir().expect("set"));
    started
}

#[test]
fn a_store_on_a_disk_that_may_only_be_read_ends_the_start_with_what_to_do() {
    let origin = Origin::start();
    let home = filled(&origin);
    let namespace = ["unshare", "--map-root-user", "--mount"];
    let read_only = "mount --bind store store && mount -o remount,bind,ro store";
    let mut check = after(read_only, &namespace, Command::new("true").current_dir(home.path()));
    if !check.status().is_ok_and(|status| status.success()) {
        println!("skipped store_faults::a_store_on_a_disk_that_may_only_be_read: no namespaces");
        return;
    }
    let said = to_end(after(read_only, &namespace, &home.command(&["run"])), b"").expect(1).stderr;
    assert!(said.contains("store/LOCK: Read-only file system"), "{said}");
    assert!(said.contains("mount the file system for writing"), "{said}");
    let daemon = Daemon::start(&home);
    assert_eq!(titles(&daemon).len(), 5);
    daemon.stop();
}

#[test]
fn a_store_whose_files_are_another_user_s_ends_the_start_with_whom_to_give_them() {
    let origin = Origin::start();
    let home = filled(&origin);
    // Root may do all, so it becomes nobody.
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let owner = fs::metadata(home.path()).map(|found| std::os::unix::fs::MetadataExt::uid(&found));
    let is_root = owner.expect("there") == 0;
    let shell: &[&str] = if is_root { &nobody } else { &["env"] };
    let all = home.path().to_string_lossy().into_owned();
    let mut probe = program();
    let probe = probe.arg("--version").current_dir("/");
    if is_root && !after("true", shell, probe).output().is_ok_and(|output| output.status.success())
    {
        println!(
            "skipped store_faults::a_store_whose_files_are_another_user_s: no way to be nobody"
        );
        return;
    }
    if is_root {
        run(Command::new("chown").args(["-R", "65534", &all]));
    }
    for name in
        ["segments/0000000000000001.seg", "index/sled.1/db", "index", "segments", "LOCK", "FORMAT"]
    {
        let path = home.path().join("store").join(name);
        let before = fs::metadata(&path).expect("there").permissions();
        run(Command::new("chmod").arg("0").arg(&path));
        let said = to_end(after("true", shell, &home.command(&["run"])), b"").expect(1).stderr;
        fs::set_permissions(&path, before).expect("given back");
        assert!(said.contains("Permission denied"), "{name}: {said}");
        assert!(said.contains("the user that runs") || said.contains("not ours"), "{name}: {said}");
        let mut names = fs::read_dir(home.path().join("store")).expect("there").flatten();
        let is_aside = |name: fs::DirEntry| name.file_name().to_string_lossy().contains("damaged");
        assert!(!names.any(is_aside), "{name} is not damaged");
    }
    let daemon = Daemon::from(after("true", shell, &home.command(&["run"])));
    assert_eq!(titles(&daemon).len(), 5);
    daemon.stop();
}

fn run(command: &mut Command) {
    assert!(command.status().expect("started").success(), "{command:?}");
}

/// Each write beyond a length fails, as on a disk with faults.
#[test]
fn a_disk_that_fails_stops_polls_and_pages_are_served_and_nothing_is_lost() {
    let origin = Origin::start();
    let home = filled(&origin);
    let length = fs::metadata(of_index(&home, "db")).expect("there").len();
    // SIGXFSZ would end it; ignored, writing fails (setrlimit(2)). Blocks of 512 bytes.
    let script = format!("trap '' XFSZ; ulimit -f {}", (length + (1 << 20)) / 512);
    let daemon = Daemon::from(after(&script, &["env"], &home.command(&["run"])));
    let long = |n: usize| {
        let mut one = News::new("paper", n, &format!("来稿{n}"), 90);
        // Of little use to a compressor.
        let mut number = n as u64;
        let letters = (0..40_000).map(|_| {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
            char::from_u32(0x4E00 + (number >> 40) as u32 % 0x5000).unwrap_or('一')
        });
        one.text = letters.collect();
        one
    };
    let all: Vec<News> = (6..=60).map(long).chain(news(5)).collect();
    origin.set("/feed", Form::Rss20.document(&all));
    let ready = || http::get(daemon.admin, "/readyz");
    eventually_so("the failing disk to be noticed", || ready().status == 503);
    assert!(ready().text().contains("File too large"), "{}", ready().text());
    assert_eq!(titles(&daemon).len(), 5);
    daemon.kill();

    let daemon = Daemon::start(&home);
    eventually_so("the poll to be made again", || daemon.source("paper")["entries"] == 60);
    assert!(!daemon.log().contains("remaking"), "nothing was damaged");
    daemon.stop();
    home.run(&["store", "verify"]).expect(0);
}

#[test]
fn a_marker_that_is_gone_or_damaged_is_told_and_made_anew_only_when_asked_for() {
    let origin = Origin::start();
    let home = filled(&origin);
    let marker = home.path().join("store/FORMAT");
    let whole = fs::read(&marker).expect("there");
    let etag = || {
        let daemon = Daemon::start(&home);
        let etag = daemon.get("/s/paper.json").etag();
        daemon.stop();
        etag
    };
    let before = etag();
    let digit = whole.iter().rposition(|byte| *byte == b'\n').expect("lines") - 25;
    let mut flipped = whole.clone();
    flipped[digit] ^= 1;
    let cut = whole[..30].to_vec();
    // One bit makes 3 the format before, or one to come.
    let [older, newer, no_kind] = [(17, 1), (17, 4), (3, 1)].map(|(at, bit)| {
        let mut bytes = whole.clone();
        bytes[at] ^= bit;
        bytes
    });
    assert!(older.starts_with(b"countywire store 2\n") && newer.starts_with(b"countywire store 7"));
    for (bytes, words) in [
        (Some(flipped), "checksum"),
        (Some(older), "checksum"),
        (Some(newer), "checksum"),
        (Some(no_kind.clone()), "does not begin with its format"),
        (Some(cut), "has no epoch"),
        (None, "is missing"),
    ] {
        match &bytes {
            Some(bytes) => fs::write(&marker, bytes).expect("written"),
            None => fs::remove_file(&marker).expect("removed"),
        }
        for args in [&["run"][..], &["store", "stats"]] {
            let said = home.run(args).expect(78).stderr;
            assert!(said.contains("store/FORMAT") && said.contains(words), "{said}");
            assert!(said.contains("countywire store rebuild"), "{said}");
        }
        assert_eq!(fs::read(&marker).ok(), bytes);
    }
    fs::write(&marker, &whole).expect("written");
    assert_eq!(etag(), before);

    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    fs::write(&marker, lines[..2].concat()).expect("as older programs wrote it");
    assert_eq!(etag(), before);

    for bytes in [None, Some(no_kind)] {
        match bytes {
            Some(bytes) => fs::write(&marker, bytes).expect("written"),
            None => fs::remove_file(&marker).expect("removed"),
        }
        let told = home.run(&["store", "rebuild"]).expect(0).stderr;
        assert!(told.contains("FORMAT is made anew"), "{told}");
        assert_ne!(etag(), before);
        home.run(&["store", "verify"]).expect(0);
    }
}

#[test]
fn damaged_settings_are_told() {
    let origin = Origin::start();
    let home = filled(&origin);
    Daemon::start(&home).stop();
    change(&home.path().join("store/SETTINGS"), |bytes| {
        let second = bytes.iter().position(|byte| *byte == b'\n').expect("lines") + 1;
        bytes[second] ^= 1;
    });
    let daemon = Daemon::start(&home);
    eventually_so("the log to tell it", || daemon.log().contains("store/SETTINGS"));
    daemon.stop();
    let daemon = Daemon::start(&home);
    assert_eq!(titles(&daemon).len(), 5);
    assert!(!daemon.log().contains("store/SETTINGS"), "it was written anew");
    daemon.stop();
}
