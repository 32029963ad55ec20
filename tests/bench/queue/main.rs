//! `cargo bench --bench queue`: what it costs to know who is polled next. See
//! tests/bench/README.md.

use countywire::model::{Outcome, Schedule, SourceId, SourceState};
use countywire::schedule::policy::{self, Finding, Policy};
use countywire::schedule::queue::{HostLimits, Next, Queue, Turn};
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

#[path = "../options.rs"]
mod options;

use options::{Bench, Options};

const BENCH: Bench =
    Bench { name: "queue", usage: "--feeds N (sources), --repeat N", switch: "--policy-only" };
/// What is asked of us: decisions per second, and bytes for a source that sleeps.
const DECISIONS: f64 = 1e6;
const BYTES: f64 = 200.0;

const HOUR: u64 = 3_600_000;

fn main() -> ExitCode {
    let defaults = Options { feeds: 1_000_000, repeat: 3, ..Options::default() };
    BENCH.run(defaults, |options| {
        println!("targets: {DECISIONS:.0} decisions a second, {BYTES} bytes a sleeping source\n");
        println!("| sources | hosts | bytes each | polls handed out | decisions a second |");
        println!("|---|---|---|---|---|");
        for sources_per_host in [4, 1].into_iter().filter(|_| !options.switch) {
            for _ in 0..options.repeat {
                queue(options, sources_per_host)?;
            }
        }
        policy(options.repeat);
        Ok(())
    })
}

/// Hands each source out five times, on average, at intervals of 1 to 24 hours.
fn queue(options: &Options, sources_per_host: usize) -> Result<(), Box<dyn Error>> {
    let mut chance = Chance(options.seed);
    let limits = HostLimits { spacing: Duration::from_secs(2), concurrency: 1 };
    // Ids and host names lie with the settings.
    let ids: Vec<SourceId> =
        (0..options.feeds).map(|n| SourceId::new(&format!("source-{n}"))).collect();
    let intervals: Vec<u32> = ids.iter().map(|_| (HOUR + chance.below(23 * HOUR)) as u32).collect();
    let before = resident_bytes()?;
    let mut queue = Queue::new(32);
    for (n, id) in ids.iter().enumerate() {
        let host = format!("www{}.example.cn", n / sources_per_host);
        queue.upsert(id, &host, limits, turn(chance.below(u64::from(intervals[n])), intervals[n]));
    }
    let bytes = (resident_bytes()? - before) as f64 / ids.len() as f64;
    let (mut now, mut polls) = (Duration::ZERO, 0);
    let started = cpu_seconds();
    while polls < 5 * ids.len() {
        match queue.next(now) {
            Next::Poll(number, _) => {
                polls += 1;
                // Places are given in order.
                let interval = intervals[number.0 as usize];
                queue.finished(number, now);
                let due = now.as_millis() as u64 + u64::from(interval);
                queue.schedule(number, turn(due, interval));
            }
            Next::WaitUntil(at) => now = at,
            Next::Full | Next::Idle => return Err("the queue has nothing to wait for".into()),
        }
    }
    let rate = polls as f64 / (cpu_seconds() - started);
    let (sources, hosts) = (ids.len(), ids.len().div_ceil(sources_per_host));
    println!("| {sources} | {hosts} | {bytes:.0} | {polls} | {rate:.0} |");
    Ok(())
}

fn turn(due_millis: u64, interval_millis: u32) -> Turn {
    let patience =
        Duration::from_millis(u64::from(interval_millis)).min(Duration::from_secs(21_600));
    Turn { due: Duration::from_millis(due_millis), patience }
}

/// What deciding on the time takes by itself, reason in words included.
fn policy(repeat: usize) {
    println!("\n| policy: deciding when, and why in words | decisions a second |");
    println!("|---|---|");
    let bounds = Policy {
        shortest: Duration::from_secs(3_600),
        longest: Duration::from_secs(24 * 3_600),
        price: Policy::PRICE,
    };
    let id = SourceId::new("source-1");
    for _ in 0..repeat {
        let mut state = SourceState::default();
        let (mut now, started) = (countywire::model::Timestamp(1_700_000_000), cpu_seconds());
        let rounds = 1_000_000;
        for n in 0..rounds {
            state.poll_number = n;
            let fetched = Outcome::Fetched { items: 20, defects: 0 };
            let finding = Finding {
                source: &id,
                schedule: &Schedule::Auto,
                zone: chrono_tz::Tz::Asia__Shanghai,
                cron_next: None,
                now,
                outcome: if n % 3 == 0 { &fetched } else { &Outcome::NotModified },
                items: 20,
                new_entries: usize::from(n % 3 == 0),
                arrivals: &[None][..usize::from(n % 3 == 0)],
                is_first: n == 0,
                freshness: None,
                retry_after: None,
                unsaid_hold: None,
                has_validators: true,
                state: &state,
            };
            let next = policy::next_poll(&bounds, &finding);
            now = next.at;
            next.settle(&mut state);
        }
        println!("| {rounds} | {:.0} |", rounds as f64 / (cpu_seconds() - started));
    }
}

/// Knuth's MMIX constants.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        let Chance(state) = self;
        *state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) % n
    }
}

/// Of this thread: neighbours do not count.
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn resident_bytes() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024)
}
