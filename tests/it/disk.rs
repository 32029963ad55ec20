//! Disks that fill up and stores that go away under a daemon: nothing kept is lost, nobody is
//! asked in vain, and it goes on by itself.

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings};
use crate::support::origin::Origin;
use crate::support::{eventually_so, http};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// What the store's own file system holds; 64 MiB of it are kept clear.
const DISK: u64 = 120 * MIB as u64;
const MIB: usize = 1024 * 1024;

fn news(count: usize) -> Vec<News> {
    (1..=count).rev().map(|n| News::new("paper", n, &format!("来稿{n}"), 100 - n as i64)).collect()
}

/// A small file system for a store, mounted in a namespace that ends with the program.
struct SmallDisk {
    unshare: &'static [&'static str],
    mount: String,
    /// What is on it outlives the program.
    is_lasting: bool,
}

impl SmallDisk {
    /// In memory, or with `COUNTYWIRE_FULL_DISK_ON=ext4` (root, mkfs.ext4) an ext4 on a loop
    /// device. `None`: this machine gives nobody such a thing.
    fn new(home: &Home, store: &Path) -> Option<SmallDisk> {
        let store = store.display();
        match std::env::var("COUNTYWIRE_FULL_DISK_ON").as_deref() {
            Err(_) => {
                let unshare: &[&str] = &["--map-root-user", "--mount"];
                let works = Command::new("unshare")
                    .args(unshare)
                    .args(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"])
                    .output();
                let mount = format!("mount -t tmpfs -o size={DISK} tmpfs {store}");
                let disk = SmallDisk { unshare, mount, is_lasting: false };
                works.is_ok_and(|output| output.status.success()).then_some(disk)
            }
            Ok("ext4") => {
                let image = home.path().join("image");
                let file = fs::File::create(&image).expect("created");
                file.set_len(DISK).expect("a file with holes");
                let made = Command::new("mkfs.ext4").args(["-q", "-m", "0"]).arg(&image).status();
                assert!(made.expect("mkfs.ext4 is there").success());
                let mount = format!("mount -o loop {} {store}", image.display());
                Some(SmallDisk { unshare: &["--mount"], mount, is_lasting: true })
            }
            Ok(other) => panic!("COUNTYWIRE_FULL_DISK_ON: {other:?} is not \"ext4\""),
        }
    }

    /// The program with a store on it.
    fn under(&self, command: &Command) -> Command {
        let script = format!("{} && exec \"$0\" \"$@\"", self.mount);
        let mut shell = Command::new("unshare");
        shell.args(self.unshare).args(["sh", "-c", &script]);
        shell.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell.current_dir(command.get_current_dir().expect("set"));
        shell
    }
}

/// A home with one source that brings so many items.
fn paper(origin: &Origin, items: usize, schedule: &str) -> Home {
    origin.set("/feed", Form::Rss20.document(&news(items)));
    let lines = format!("region = \"shaanxi/xianyang/xingping\"\nschedule = \"{schedule}\"\n");
    Home::new(&Settings::new().source("paper", &origin.url("/feed"), &lines))
}

#[test]
fn a_full_disk_stops_polls_and_nothing_else_until_there_is_room() {
    let origin = Origin::start();
    let home = paper(&origin, 2, "1s");
    let store = home.path().join("store");
    fs::create_dir(&store).expect("made");
    let Some(small) = SmallDisk::new(&home, &store) else {
        println!("skipped disk::a_full_disk: no mount namespaces here");
        return;
    };
    let daemon = Daemon::from(small.under(&home.command(&["run"])));
    eventually_so("two entries", || daemon.source("paper")["entries"] == 2);

    let filler = |daemon: &Daemon| {
        PathBuf::from(format!("/proc/{}/root{}/filler", daemon.pid(), store.display()))
    };
    fs::write(filler(&daemon), vec![1; 70 * MIB]).expect("there is room for it");
    origin.set("/feed", Form::Rss20.document(&news(4)));
    let ready = || http::get(daemon.admin, "/readyz").status;
    eventually_so("the full disk to be noticed", || ready() == 503);
    assert!(http::get(daemon.admin, "/readyz").text().contains("free some space"));
    let asked = origin.asked("/feed").len();
    thread::sleep(Duration::from_secs(5));
    assert_eq!(origin.asked("/feed").len(), asked, "what is not kept is asked for in vain");
    assert_eq!(daemon.get("/s/paper.atom").status, 200);
    let refused = http::post(daemon.admin, "/poll/paper");
    assert!(refused.status != 200 && refused.text().contains("nobody is polled now"));

    fs::remove_file(filler(&daemon)).expect("removed");
    eventually_so("the polls to go on", || daemon.source("paper")["entries"] == 4);
    assert_eq!(ready(), 200);
    if !small.is_lasting {
        return daemon.stop();
    }

    // Not a byte is left, and the daemon starts anew.
    let full = fs::write(filler(&daemon), vec![1; DISK as usize]).expect_err("no room for it");
    assert_eq!(full.kind(), ErrorKind::StorageFull);
    origin.set("/feed", Form::Rss20.document(&news(6)));
    eventually_so("the full disk to be noticed", || ready() == 503);
    daemon.kill();
    let mut command = small.under(&home.command(&["run"]));
    command.stdout(Stdio::piped());
    let daemon = Daemon::listening(command);
    eventually_so("the store to be served", || daemon.get("/s/paper.atom").status == 200);
    eventually_so("the full disk to be told", || {
        http::get(daemon.admin, "/readyz").text().contains("free some space")
    });
    fs::remove_file(filler(&daemon)).expect("removed");
    eventually_so("the polls to go on", || daemon.source("paper")["entries"] == 6);
    daemon.stop();
    let verify = small.under(&home.command(&["store", "verify"])).status();
    assert!(verify.expect("started").success());
}

#[test]
fn a_store_that_is_deleted_under_a_daemon_takes_nothing_more_and_is_not_made_beside_it() {
    let origin = Origin::start();
    let home = paper(&origin, 2, "1s");
    let daemon = Daemon::start(&home);
    eventually_so("two entries", || daemon.source("paper")["entries"] == 2);
    let store = home.path().join("store");
    // Search may be writing what has come.
    eventually_so("the store to be deleted", || fs::remove_dir_all(&store).is_ok());
    origin.set("/feed", Form::Rss20.document(&news(3)));
    eventually_so("the loss to be noticed", || http::get(daemon.admin, "/readyz").status == 503);
    assert!(http::get(daemon.admin, "/readyz").text().contains("deleted or replaced"));
    assert!(!store.exists(), "nothing is made anew");
    daemon.kill();
}

#[test]
fn a_part_of_the_store_that_is_moved_under_a_daemon_stops_polls_until_it_is_back() {
    let origin = Origin::start();
    let home = paper(&origin, 2, "1s");
    let daemon = Daemon::start(&home);
    eventually_so("two entries", || daemon.source("paper")["entries"] == 2);
    let ready = || http::get(daemon.admin, "/readyz");
    for (count, name) in [(3, "segments"), (4, "index"), (5, "segments/0000000000000001.seg")] {
        let (path, kept) = (home.path().join("store").join(name), home.path().join("kept"));
        fs::rename(&path, &kept).expect("moved");
        origin.set("/feed", Form::Rss20.document(&news(count)));
        eventually_so("the loss to be noticed", || ready().status == 503);
        assert!(ready().text().contains(name), "{}", ready().text());
        assert!(ready().text().contains("deleted or replaced"), "{}", ready().text());
        fs::rename(&kept, &path).expect("moved back");
        eventually_so("polls to go on", || daemon.source("paper")["entries"] == count);
    }
    daemon.stop();
    home.run(&["store", "verify"]).expect(0);
}

#[test]
fn a_backup_made_beside_a_daemon_gives_the_same_bytes_and_etags_back() {
    let origin = Origin::start();
    let home = paper(&origin, 3, "1d");
    let daemon = Daemon::start(&home);
    daemon.poll("paper");
    let documents = |daemon: &Daemon| {
        let paths = ["/s/paper.atom", "/r/shaanxi/xianyang/xingping.rss", "/r/shaanxi/xianyang"];
        paths.map(|path| {
            let answer = daemon.get(path).expect(200);
            (
                answer.etag(),
                answer.header("last-modified").map(str::to_owned),
                answer.text().to_owned(),
            )
        })
    };
    let copy = home.path().join("copy");
    let copy = copy.to_str().expect("a name in UTF-8");
    home.run(&["store", "backup", copy]).expect(0);
    origin.set("/feed", Form::Rss20.document(&news(5)));
    daemon.poll("paper");
    home.run(&["store", "backup", copy]).expect(0);
    // Within the second of a change no date of it is told.
    eventually_so("the second of the last change to pass", || {
        documents(&daemon).iter().all(|(_, modified, _)| modified.is_some())
    });
    let before = documents(&daemon);
    daemon.stop();

    let refused = home.run(&["store", "restore", copy]).expect(1);
    assert!(refused.stderr.contains("is not empty; move it away"), "{}", refused.stderr);
    fs::rename(home.path().join("store"), home.path().join("lost")).expect("moved");
    home.run(&["store", "restore", copy]).expect(0);
    home.run(&["store", "verify"]).expect(0);
    let daemon = Daemon::start(&home);
    assert_eq!(documents(&daemon), before);
    daemon.stop();
    let none = home.run(&["store", "backup", "feeds.toml/copy"]).expect(1);
    assert!(none.stderr.contains("cannot create"), "{}", none.stderr);
}
