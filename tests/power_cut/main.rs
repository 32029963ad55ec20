//! Power cuts: a child applies reports and says what it has acknowledged, until the power goes;
//! the next life finds what the disk held. Then every acknowledged report must be there, whole
//! and once, and `verify` find nothing. `cargo test --test power_cut` does a few,
//! `COUNTYWIRE_POWER_CUTS=100 cargo test --release --test power_cut -- --nocapture` as many.
//!
//! A kill alone proves little: what was written and not synced is in the kernel's memory, and
//! outlives it. So a library that is loaded before the C library's (`recorder.c`) records all that
//! the child, sled included, does to its files, and ends it between two steps; `disk.rs` works
//! out what the disk may hold then, at the strictest and by chance. This is stricter than any one
//! file system, chooses among steps and not among moments, and needs no root. That nothing went
//! past the record is checked each time: played back, it must give the folder to the byte.
//!
//! `COUNTYWIRE_POWER_CUTS_ON=ext4` (root, losetup, mkfs.ext4, python3) asks a real file system
//! instead: ext4 on a loop device, shut down without its journal (`ext4.rs`).

#[path = "../chance.rs"]
#[allow(dead_code)]
mod chance;
mod disk;
mod ext4;
#[path = "../crash/life.rs"]
mod life;
mod record;
#[path = "../crash/reports.rs"]
mod reports;
mod tree;

use chance::Chance;
use disk::Disk;
use ext4::Ext4;
use std::fs::DirEntry;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use tempfile::TempDir;
use tree::Tree;

const CHILD: &str = "COUNTYWIRE_POWER_CUT_CHILD";
/// Cuts of one store, before a new one is begun: looking takes longer as it grows.
const LIFE: usize = 20;

fn main() {
    if let Ok(deed) = std::env::var(CHILD) {
        return life::live(&deed, Path::new(&std::env::args().nth(1).expect("a folder")));
    }
    let wanted = std::env::var("COUNTYWIRE_POWER_CUTS").ok();
    let cuts = wanted.map_or(5, |count| count.parse().expect("COUNTYWIRE_POWER_CUTS: a number"));
    let on = std::env::var("COUNTYWIRE_POWER_CUTS_ON").unwrap_or_default();
    let tools = tempfile::tempdir().expect("a folder");
    let recorder = match on.as_str() {
        "" => record::recorder(tools.path()),
        "ext4" => None,
        other => panic!("COUNTYWIRE_POWER_CUTS_ON: {other:?} is not \"ext4\""),
    };
    if on.is_empty() && recorder.is_none() {
        println!("skipped power_cut: no C compiler here");
        return;
    }
    let started = Instant::now();
    let (mut reports, mut remade) = (0, 0);
    chance::each(1, |chance| {
        let mut machine = None;
        for cut in 0..cuts {
            if cut % LIFE == 0 {
                machine = None;
            }
            let machine = machine.get_or_insert_with(|| match &recorder {
                Some(recorder) => Machine::Recorded(Recorded::new(recorder)),
                None => Machine::Ext4(Ext4::new()),
            });
            // Where there is nothing to remake, that cannot be interrupted.
            let deed = if cut % LIFE > 0 && chance.one_in(5) { "rebuild" } else { "apply" };
            let cut = match machine {
                Machine::Recorded(recorded) => recorded.cut(deed, chance),
                Machine::Ext4(ext4) => ext4.cut(deed, chance),
            };
            reports += cut.reports;
            remade += cut.indexes_remade;
        }
    });
    let took = started.elapsed().as_secs_f64();
    println!(
        "{cuts} power cuts survived, {reports} reports found whole, {remade} indexes remade, \
         {took:.1} s"
    );
}

/// What was found after a cut.
struct Found {
    reports: u64,
    indexes_remade: usize,
}

/// Indexes of a store that could not be used.
fn set_aside(folder: &Path) -> usize {
    let names = std::fs::read_dir(folder.join("store")).into_iter().flatten().flatten();
    let damaged = |name: DirEntry| name.file_name().to_string_lossy().starts_with("index.damaged");
    names.map(damaged).filter(|is_damaged| *is_damaged).count()
}

enum Machine {
    Recorded(Recorded),
    Ext4(Ext4),
}

/// A machine whose power can be cut by way of the record of what was done.
struct Recorded {
    recorder: PathBuf,
    folder: TempDir,
    acknowledged: Option<u64>,
}

impl Recorded {
    fn new(recorder: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Recorded { recorder: recorder.to_owned(), folder, acknowledged: None }
    }

    /// Runs a child until the power goes, and looks at what is left.
    fn cut(&mut self, deed: &str, chance: &mut Chance) -> Found {
        let before = set_aside(self.folder.path());
        let mut disk = Disk::of(self.folder.path());
        let record = tempfile::NamedTempFile::new().expect("a file");
        // After a crash alone, what is not synced outlives the child and is built upon.
        for _ in 0..1 + chance.below(3) / 2 {
            let most = 1 << chance.within(2..12);
            self.run(deed, record.path(), 1 + chance.below(most));
        }
        for record in record::read(&std::fs::read(record.path()).expect("a record")) {
            disk.apply(record);
        }
        let (played, found) = (disk.whole(), Tree::read(self.folder.path()));
        assert_eq!(played.differences(&found), [""; 0].map(Path::new), "went past the record");

        let left = if chance.one_in(3) { disk.sure() } else { disk.left(chance) };
        self.folder = folder_of(&left);
        // In a copy: what opening does is cut off, too.
        let looked_at = folder_of(&left);
        let reports = life::check(looked_at.path(), self.acknowledged);
        let indexes_remade = set_aside(looked_at.path()).saturating_sub(before);
        Found { reports, indexes_remade }
    }

    fn run(&mut self, deed: &str, record: &Path, steps: usize) {
        let folder = self.folder.path().canonicalize().expect("a folder");
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.arg(&folder).env(CHILD, deed).stdout(Stdio::piped()).stdin(Stdio::null());
        command.env("LD_PRELOAD", &self.recorder).env("COUNTYWIRE_RECORD", record);
        command.env("COUNTYWIRE_RECORD_FOLDER", folder);
        command.env("COUNTYWIRE_RECORD_STEPS", steps.to_string());
        let mut child = command.spawn().expect("a child");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let sequences = lines.map_while(Result::ok).filter_map(|line| line.parse().ok());
        self.acknowledged = self.acknowledged.max(sequences.last());
        let ended = child.wait().expect("ours");
        assert_eq!(ended.signal(), Some(9), "the child ended by itself");
    }
}

impl Drop for Recorded {
    /// Leaves what was not survived to be looked at.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.folder.disable_cleanup(true);
            eprintln!("what the cut left is in {}", self.folder.path().display());
        }
    }
}

/// A new folder that holds this.
fn folder_of(tree: &Tree) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    tree.write(folder.path());
    folder
}
