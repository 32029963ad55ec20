//! Crashes: a child applies reports and says what it has acknowledged, until it is killed at
//! some moment; then the store must hold every acknowledged report, whole, and nothing that no
//! report brought. So it is with what else is done to a store (`deeds.rs`): it is done or not,
//! and can be done again. `cargo test --test crash` does a few,
//! `COUNTYWIRE_CRASHES=500 cargo test --release --test crash` as many, or more until some fell into each
//! kind of moment; it fails where none does.

#[path = "../chance.rs"]
#[allow(dead_code)]
mod chance;

mod decisions;
mod deeds;
#[path = "life.rs"]
mod life;
#[path = "reports.rs"]
mod reports;

use chance::Chance;
use life::check;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const CHILD: &str = "COUNTYWIRE_CRASH_CHILD";
/// In turn. The first makes a store.
const DEEDS: [&str; 12] = [
    "apply", "backup", "apply", "migrate", "export", "apply", "backup", "rebuild", "apply",
    "import", "apply", "apply",
];
/// Crashes of one store, before a new one is begun: checking takes longer as it grows.
const LIFE: usize = 2 * DEEDS.len();
/// Each of these is hit at least once by so many crashes.
const MANY: usize = 200;
/// On a busy machine children come less far: then there are more crashes, so many times at most.
const MORE: usize = 3;
const MOMENTS: [&str; 11] = [
    "opening",
    "applying",
    "settling",
    "retaining",
    "renaming",
    "rewriting",
    "rebuilding",
    "backing up",
    "migrating",
    "exporting",
    "importing",
];

fn main() {
    if let Ok(deed) = std::env::var(CHILD) {
        return deeds::live(&deed, Path::new(&std::env::args().nth(1).expect("a folder")));
    }
    let wanted = std::env::var("COUNTYWIRE_CRASHES").ok();
    let crashes = wanted.map_or(12, |count| count.parse().expect("COUNTYWIRE_CRASHES: a number"));
    let started = Instant::now();
    let (mut reports, mut survived) = (0, 0);
    let mut folder = Folder::new();
    let mut hit: BTreeMap<String, usize> = BTreeMap::new();
    let mut backed_up = None;
    chance::each(1, |chance| {
        for crash in 0..crashes.max(1) * MORE {
            if crash >= crashes && (crashes < MANY || missed(&hit).is_empty()) {
                break;
            }
            if crash % LIFE == 0 {
                folder = Folder::new();
                backed_up = None;
            }
            let deed = DEEDS[crash % DEEDS.len()];
            let _named = Named(crash, deed);
            deeds::prepare(deed, folder.0.path());
            let said = killed(deed, folder.0.path(), chance);
            backed_up = backed_up.max(said.backed_up);
            let kept = check(folder.0.path(), said.acknowledged);
            deeds::check_after(deed, folder.0.path(), kept, backed_up);
            decisions::check(folder.0.path(), crash, kept);
            *hit.entry(said.moment).or_default() += 1;
            reports += kept;
            survived += 1;
        }
    });
    let took = started.elapsed().as_secs_f64();
    for (moment, count) in &hit {
        println!("{count:5} {moment}");
    }
    println!("{survived} kills survived, {reports} reports found whole, {took:.1} s");
    let missed = missed(&hit);
    assert!(crashes < MANY || missed.is_empty(), "never killed while {missed:?}");
}

/// The kinds of moments in which nobody was killed.
fn missed(hit: &BTreeMap<String, usize>) -> Vec<&'static str> {
    MOMENTS.into_iter().filter(|moment| !hit.contains_key(*moment)).collect()
}

/// Names the crash when it was not survived.
struct Named(usize, &'static str);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("crash {}, while the child was to {}", self.0, self.1);
        }
    }
}

/// Where a store lives; left to be looked at when a crash was not survived.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().expect("a folder"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.disable_cleanup(true);
            eprintln!("what the crash left is in {}", self.0.path().display());
        }
    }
}

/// What a child has said by its end.
#[derive(Default)]
struct Said {
    acknowledged: Option<u64>,
    backed_up: Option<u64>,
    moment: String,
}

/// Runs a child and kills it.
fn killed(deed: &str, folder: &Path, chance: &mut Chance) -> Said {
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.arg(folder).env(CHILD, deed).stdout(Stdio::piped()).stdin(Stdio::null());
    let mut child = command.spawn().expect("a child");
    let lines = BufReader::new(child.stdout.take().expect("piped"));
    let reading = std::thread::spawn(move || {
        let mut said = Said { moment: "starting".to_owned(), ..Said::default() };
        for line in lines.lines().map_while(Result::ok) {
            match (line.strip_prefix('@'), line.strip_prefix('=')) {
                (Some(moment), _) => said.moment = moment.to_owned(),
                (_, Some(sequence)) => said.backed_up = sequence.parse().ok(),
                _ => said.acknowledged = line.parse().ok(),
            }
        }
        said
    });
    std::thread::sleep(Duration::from_micros(chance.within(2_000..400_000) as u64));
    kill(&mut child);
    let mut said = reading.join().expect("read");
    if said.moment == "retaining" && is_rewriting(&folder.join("store/segments")) {
        said.moment = "rewriting".to_owned();
    }
    said
}

/// An order is obeyed by removing or by rewriting: then the new segment is in the making, or
/// stands beside those that it is made of, of which the last has the number before its own.
fn is_rewriting(segments: &Path) -> bool {
    let names = fs::read_dir(segments).into_iter().flatten().flatten();
    let names = names.map(|name| name.file_name().to_string_lossy().into_owned());
    let mut segments: Vec<u64> = Vec::new();
    for name in names {
        if name.ends_with(".part") {
            return true;
        }
        let number = name.strip_suffix(".seg").map(|digits| u64::from_str_radix(digits, 16));
        segments.extend(number.and_then(Result::ok));
    }
    segments.sort_unstable();
    segments.windows(2).any(|pair| pair[0] + 1 == pair[1])
}

fn kill(child: &mut Child) {
    assert!(child.try_wait().expect("ours").is_none(), "the child ended by itself");
    child.kill().expect("killed");
    child.wait().expect("gone");
}
