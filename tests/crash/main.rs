//! Crashes: a child applies reports and says what it has acknowledged, until it is killed at
//! some moment; then the store must hold every acknowledged report, whole, and nothing that no
//! report brought. `cargo test --test crash` does a few, `COUNTYWIRE_CRASHES=500` as many.

#[path = "../chance.rs"]
#[allow(dead_code)]
mod chance;

#[path = "life.rs"]
mod life;
#[path = "reports.rs"]
mod reports;

use chance::Chance;
use life::check;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const CHILD: &str = "COUNTYWIRE_CRASH_CHILD";
/// Crashes of one store, before a new one is begun: checking takes longer as it grows.
const LIFE: usize = 25;

fn main() {
    if let Ok(deed) = std::env::var(CHILD) {
        return life::live(&deed, Path::new(&std::env::args().nth(1).expect("a folder")));
    }
    let wanted = std::env::var("COUNTYWIRE_CRASHES").ok();
    let crashes = wanted.map_or(12, |count| count.parse().expect("COUNTYWIRE_CRASHES: a number"));
    let started = Instant::now();
    let (mut reports, mut survived) = (0, 0);
    let mut folder = tempfile::tempdir().expect("a folder");
    chance::each(1, |chance| {
        for crash in 0..crashes {
            if crash % LIFE == 0 {
                folder = tempfile::tempdir().expect("a folder");
            }
            // Where there is nothing to remake, that cannot be interrupted.
            let remakes = crash % LIFE > 0 && chance.one_in(5);
            let deed = if remakes { "rebuild" } else { "apply" };
            let last = killed(deed, folder.path(), chance);
            let kept = check(folder.path(), last);
            reports += kept;
            survived += 1;
        }
    });
    let took = started.elapsed().as_secs_f64();
    println!("{survived} of {crashes} kills survived, {reports} reports found whole, {took:.1} s");
}

/// Runs a child and kills it; the last sequence that it has acknowledged.
fn killed(deed: &str, folder: &Path, chance: &mut Chance) -> Option<u64> {
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.arg(folder).env(CHILD, deed).stdout(Stdio::piped()).stdin(Stdio::null());
    let mut child = command.spawn().expect("a child");
    let lines = BufReader::new(child.stdout.take().expect("piped"));
    let reading = std::thread::spawn(move || {
        lines.lines().map_while(Result::ok).filter_map(|line| line.parse().ok()).last()
    });
    std::thread::sleep(Duration::from_micros(chance.within(2_000..400_000) as u64));
    kill(&mut child);
    reading.join().expect("read")
}

fn kill(child: &mut Child) {
    assert!(child.try_wait().expect("ours").is_none(), "the child ended by itself");
    child.kill().expect("killed");
    child.wait().expect("gone");
}
