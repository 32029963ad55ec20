//! ext4 on a loop device, shut down as if the power went: what the kernel has not written is
//! lost, its journal included (EXT4_IOC_SHUTDOWN, `fs/ext4/ext4.h`; flag 2 flushes no log). A
//! sync that is under way then may say that it was done and was not (Linux 6.18), as no power cut
//! lets it: what is acknowledged after "cut" does not count.

use crate::chance::Chance;
use crate::{CHILD, Found, life, set_aside};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// Says so where the child says what it has acknowledged.
const SHUT_DOWN: &str = "import fcntl, os, struct, sys
disk = os.open(sys.argv[1], os.O_RDONLY)
os.write(1, b'cut\\n')
fcntl.ioctl(disk, 0x8004587d, struct.pack('I', 2))";

pub struct Ext4 {
    home: TempDir,
    acknowledged: Option<u64>,
}

impl Ext4 {
    pub fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let image = std::fs::File::create(home.path().join("image")).expect("a file");
        image.set_len(512 * 1024 * 1024).expect("a file with holes");
        std::fs::create_dir(home.path().join("disk")).expect("a folder");
        let ext4 = Ext4 { home, acknowledged: None };
        run(Command::new("mkfs.ext4").arg("-q").arg(ext4.home.path().join("image")));
        ext4.mount();
        ext4
    }

    fn disk(&self) -> PathBuf {
        self.home.path().join("disk")
    }

    fn mount(&self) {
        let image = self.home.path().join("image");
        run(Command::new("mount").args(["-o", "loop"]).args([image, self.disk()]));
    }

    /// As `Recorded::cut`.
    pub fn cut(&mut self, deed: &str, chance: &mut Chance) -> Found {
        let before = set_aside(&self.disk());
        let (said, says) = std::io::pipe().expect("a pipe");
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.arg(self.disk()).env(CHILD, deed).stdin(Stdio::null());
        // When its disk is gone, it panics.
        command.stdout(says.try_clone().expect("a pipe")).stderr(Stdio::null());
        let mut child = command.spawn().expect("a child");
        drop(command);
        let reading = thread::spawn(move || {
            let lines = BufReader::new(said).lines().map_while(Result::ok);
            let acknowledged = lines.take_while(|line| line != "cut");
            acknowledged.filter_map(|line| line.parse().ok()).last()
        });
        thread::sleep(Duration::from_micros(chance.within(2_000..1_000_000) as u64));
        assert!(child.try_wait().expect("ours").is_none(), "the child ended by itself");
        run(Command::new("python3").args(["-c", SHUT_DOWN]).arg(self.disk()).stdout(says));
        let _ = child.kill();
        child.wait().expect("gone");
        self.acknowledged = self.acknowledged.max(reading.join().expect("read"));
        unmount(&self.disk());
        self.mount();
        let reports = life::check(&self.disk(), self.acknowledged);
        Found { reports, indexes_remade: set_aside(&self.disk()).saturating_sub(before) }
    }
}

impl Drop for Ext4 {
    fn drop(&mut self) {
        unmount(&self.disk());
    }
}

fn unmount(disk: &Path) {
    run(Command::new("umount").arg(disk));
}

fn run(command: &mut Command) {
    let output = command.output().expect("the program is there, and may be run");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
