//! How long entries wait for the polls spent: `cargo bench --bench rhythm`. ../README.md
//! tells more.

#[path = "../options.rs"]
mod options;
mod plot;
mod policies;
mod postings;
mod series;
mod simulate;

use options::{Bench, Options};
use plot::{Curve, plot};
use policies::{ALL, Bounds, Halving, Make, OURS};
use postings::Model;
use rustix::time::{ClockId, clock_gettime};
use simulate::{Outcome, Policy, Source, WINDOW, simulate};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
cargo bench --bench rhythm -- [--seed N] [--brief]
  --seed N   other times drawn for the archive's dates (default 42)
  --brief    without the plots";

/// As `feeds.toml` has them, and as peers do.
const OWN: Bounds = Bounds { shortest: 3_600.0, longest: 86_400.0 };
const PEERS: Bounds = Bounds { shortest: 300.0, longest: 86_400.0 };
/// Mean polls a day and source. Within our bounds nobody can spend more than 24.
const OWN_BUDGETS: [f64; 3] = [2.0, 4.0, 8.0];
const PEERS_BUDGETS: [f64; 3] = [6.0, 12.0, 24.0];
/// The archive's articles that credit no outlet, taken for one.
const UNCREDITED: &str = "综合";

fn main() -> ExitCode {
    let defaults = Options::default();
    Bench { name: "rhythm", usage: USAGE, switch: "--brief" }.run(defaults, bench)
}

fn bench(options: &Options) -> Result<(), Box<dyn Error>> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("COUNTYWIRE_SHARED").map_or_else(beside, PathBuf::from);
    let series = series::load(&shared.join("corpus/real"))?;
    let model = Model::fit(&series);
    println!(
        "{} feeds with clock times; the day fitted to {} of them, by hour:",
        series.len(),
        model.feeds
    );
    println!("{}", model.day.map(|share| format!("{:.2}", share * 24.0)).join(" "));
    println!("week: {}", model.week.map(|share| format!("{:.2}", share * 7.0)).join(" "));
    println!(
        "likeness {}, {:.0} % of entries within 15 min of the one before\n",
        model.likeness,
        model.batched * 100.0
    );
    let real: Vec<Source> = series.iter().filter_map(Source::of).collect();
    let archive =
        postings::archive(&shared.join("archive/articles-2023h2.jsonl.zst"), &model, options.seed)?;
    let credited = |source: &&Source| source.name != UNCREDITED;
    let sets: [(&str, Vec<&Source>); 3] = [
        ("real times", real.iter().collect()),
        ("archive, times drawn", archive.iter().collect()),
        ("archive without the uncredited", archive.iter().filter(credited).collect()),
    ];
    for (name, sources) in &sets {
        let entries: usize = sources.iter().map(|source| source.times.len()).sum();
        println!("# {name}: {} sources, {entries} entries, documents of {WINDOW}\n", sources.len());
        compare("shortest 1h, longest 24h", sources, OWN, OWN_BUDGETS);
        compare("shortest 5m, longest 24h", sources, PEERS, PEERS_BUDGETS);
        defaults(sources);
        if !options.switch {
            println!("{}", plot(&curves(sources)));
        }
    }
    Ok(())
}

/// All sources polled by one policy.
struct Run {
    /// A day and source.
    polls: f64,
    /// Hours, over entries from the second week on, in order.
    delays: Vec<f64>,
    /// Mean over the first week.
    early: f64,
    /// Mean over sources of their means.
    by_source: f64,
    missed: usize,
}

impl Run {
    fn new(sources: &[&Source], make: impl Fn(&Source) -> Box<dyn Policy>) -> Run {
        let outcomes: Vec<Outcome> =
            sources.iter().map(|source| simulate(source, make(source).as_mut())).collect();
        let days: f64 = sources.iter().map(|source| source.days()).sum();
        let mut delays: Vec<f64> = outcomes.iter().flat_map(|one| &one.delays).copied().collect();
        delays.sort_by(f64::total_cmp);
        let early: Vec<f64> = outcomes.iter().flat_map(|one| &one.early).copied().collect();
        let heard = outcomes.iter().filter(|one| !one.delays.is_empty());
        let means: Vec<f64> = heard.map(|one| mean(&one.delays)).collect();
        Run {
            polls: outcomes.iter().map(|one| one.polls as f64).sum::<f64>() / days,
            delays,
            early: mean(&early),
            by_source: mean(&means),
            missed: outcomes.iter().map(|one| one.missed).sum(),
        }
    }

    /// Under a budget: the parameter that spends it, by bisection.
    fn tuned(sources: &[&Source], make: Make, bounds: Bounds, budget: f64) -> Run {
        let run = |x: f64| Run::new(sources, |source| make(source, bounds, x));
        let (mut few, mut many) = (1e-4_f64, 1e3_f64);
        for _ in 0..20 {
            let middle = (few * many).sqrt();
            if run(middle).polls > budget { few = middle } else { many = middle }
        }
        run(many)
    }

    fn mean(&self) -> f64 {
        mean(&self.delays)
    }

    fn late(&self) -> f64 {
        self.delays.get(self.delays.len() * 95 / 100).copied().unwrap_or(f64::NAN)
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn compare(title: &str, sources: &[&Source], bounds: Bounds, budgets: [f64; 3]) {
    println!("## {title}\n");
    println!("| polls | policy | mean h | 95 % h | by source h | first week h | missed |");
    println!("|---|---|---|---|---|---|---|");
    let whole = budgets.map(|budget| tuned(sources, bounds, budget));
    for ((name, _), run) in whole.iter().flat_map(|runs| ALL.iter().zip(runs)) {
        println!(
            "| {:.2} | {name} | {:.2} | {:.2} | {:.2} | {:.2} | {} |",
            run.polls,
            run.mean(),
            run.late(),
            run.by_source,
            run.early,
            run.missed
        );
    }
    println!();
    let half = |n: usize| {
        let part: Vec<_> = sources.iter().copied().filter(|source| source.half == n).collect();
        budgets.map(|budget| tuned(&part, bounds, budget))
    };
    for (name, runs) in [("all", whole), ("one half", half(0)), ("the other", half(1))] {
        let gains = runs.map(|runs| {
            let best = runs[OURS..].iter().map(Run::mean).fold(f64::INFINITY, f64::min);
            format!("{:+.0} %", (runs[0].mean() / best - 1.0) * 100.0)
        });
        println!("auto's mean delay against the best of the others, {name}: {}", gains.join(", "));
    }
    println!();
}

/// A policy that cannot spend so much is left at what it spends.
fn tuned(sources: &[&Source], bounds: Bounds, budget: f64) -> Vec<Run> {
    ALL.iter().map(|(_, make)| Run::tuned(sources, *make, bounds, budget)).collect()
}

/// What the program does without being tuned, beside what it did before.
fn defaults(sources: &[&Source]) {
    let (_, auto) = ALL[0];
    let price = countywire::schedule::policy::Policy::PRICE.as_secs_f64() / 3600.0;
    let started = cpu_seconds();
    let ours = Run::new(sources, |source| auto(source, OWN, price));
    let days: f64 = sources.iter().map(|source| source.days()).sum();
    let each = (cpu_seconds() - started) / (ours.polls * days) * 1e9;
    let before = Run::new(sources, |_| Box::new(Halving(OWN, 0.0)));
    println!("as configured, shortest 1h, longest 24h:");
    for (name, run) in [("auto", &ours), ("halving and growing, as before", &before)] {
        println!(
            "{name}: {:.2} polls, mean {:.2} h, 95 % {:.2} h",
            run.polls,
            run.mean(),
            run.late()
        );
    }
    println!("a poll simulated and decided in {each:.0} ns of CPU\n");
}

/// Of this thread.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn curves(sources: &[&Source]) -> Vec<Curve> {
    let marks = ['A', 'u', 'f', 'm', 'c'];
    let curve = |((name, make), mark): (&(&'static str, Make), char)| {
        let runs = (-18..=12).map(|step| 2_f64.powf(f64::from(step) / 2.0));
        let runs = runs.map(|x| Run::new(sources, |source| make(source, PEERS, x)));
        let points = runs.map(|run| (run.polls, run.mean()));
        let points = points.filter(|(polls, _)| (1.5..60.0).contains(polls)).collect();
        Curve { mark, name, points }
    };
    ALL.iter().zip(marks).map(curve).collect()
}
