//! The figures as a table: ours, SQLite's, how they compare, and what is asked of us.

use super::bench::{Figures, Measured, Texts};
use super::options::Options;
use std::fmt::Write;

const MEGABYTE: f64 = 1e6;

/// What is asked of a figure.
enum Target {
    AtLeast(f64),
    AtMost(f64),
    /// Of a speed, or of what a time means for it; times SQLite's.
    SpeedAtLeast(f64),
    /// Times SQLite's.
    RatioAtMost(f64),
}

struct Row {
    name: &'static str,
    targets: Vec<Target>,
    decimals: usize,
    /// Ours, and SQLite's where there is one.
    figures: Vec<f64>,
}

pub fn render(options: &Options, texts: &Texts, both: &[Measured]) -> String {
    let mut out = String::new();
    let cache = options.cache_bytes / (1024 * 1024);
    let _ = writeln!(
        out,
        "{} entries, cache {cache} MiB; title and HTML of an entry {:.0} bytes, gzip -6 {:.0}\n",
        options.entries, texts.plain_bytes, texts.gzip_bytes
    );
    let _ = writeln!(out, "| | countywire | SQLite | ratio | target |\n|---|---|---|---|---|");
    for row in rows(options, texts, both) {
        let _ = writeln!(out, "{}", row.line());
    }
    if both.iter().any(|one| one.read.get("cold_p50_ms").is_nan()) {
        let _ = writeln!(out, "\nNot cold: emptying the kernel's caches takes root.");
    }
    if options.churn {
        churn(&mut out, both);
    }
    out
}

fn rows(options: &Options, texts: &Texts, both: &[Measured]) -> Vec<Row> {
    use Target::{AtLeast, AtMost, RatioAtMost, SpeedAtLeast};
    let entries = options.entries as f64;
    let mut rows = Vec::new();
    let mut add = |name, targets, decimals, figure: &dyn Fn(&Measured) -> f64| {
        let figures = both.iter().map(figure).collect();
        rows.push(Row { name, targets, decimals, figures });
    };
    let rate = |loads: &[&Figures]| {
        let seconds: f64 = loads.iter().map(|load| load.get("wall_s")).sum();
        entries * loads.len() as f64 / seconds
    };
    add("durable entries a second", vec![AtLeast(15_000.0), SpeedAtLeast(0.7)], 0, &|one| {
        rate(&[&one.load, &one.killed])
    });
    add("in the first load", vec![], 0, &|one| rate(&[&one.load]));
    add("in the second load", vec![], 0, &|one| rate(&[&one.killed]));
    add("in the last tenth of the first", vec![], 0, &|one| entries / one.load.get("late_s"));
    add("CPU µs an entry", vec![], 1, &|one| {
        (one.load.get("cpu_s") + one.killed.get("cpu_s")) / 2.0 * 1e6 / entries
    });
    add("bytes written for an entry", vec![], 0, &|one| one.load.get("written") / entries);
    add("acknowledgement p50 ms", vec![], 2, &|one| one.load.get("ack_p50_ms"));
    add("acknowledgement p99 ms", vec![], 2, &|one| one.load.get("ack_p99_ms"));
    add("longest acknowledgement ms", vec![], 0, &|one| one.load.get("ack_max_ms"));
    add("latest 50 warm p50 ms", vec![SpeedAtLeast(0.7)], 3, &|one| one.read.get("warm_p50_ms"));
    add("latest 50 warm p99 ms", vec![AtMost(1.0)], 3, &|one| one.read.get("warm_p99_ms"));
    add("in CPU time p50 ms", vec![], 3, &|one| one.read.get("warm_cpu_p50_ms"));
    add("in CPU time p99 ms", vec![], 3, &|one| one.read.get("warm_cpu_p99_ms"));
    add("latest 50 cold p50 ms", vec![], 1, &|one| one.read.get("cold_p50_ms"));
    add("latest 50 cold p99 ms", vec![AtMost(20.0)], 1, &|one| one.read.get("cold_p99_ms"));
    add("disk bytes an entry", vec![RatioAtMost(1.1)], 0, &|one| one.disk.get("all") / entries);
    add("of them segments", vec![], 0, &|one| one.disk.get("segments") / entries);
    add("of them index", vec![], 0, &|one| one.disk.get("index") / entries);
    add("disk, times gzip -6", vec![], 2, &|one| one.disk.get("all") / entries / texts.gzip_bytes);
    let megabytes = |figures: &Figures| figures.get("resident") / MEGABYTE;
    add("memory MB after loading", vec![], 0, &|one| megabytes(&one.load));
    add("memory MB after opening", vec![], 0, &|one| megabytes(&one.open));
    add("memory MB after reading", vec![], 0, &|one| megabytes(&one.read));
    let allowed = 3.0 * options.cache_bytes as f64;
    add("bytes an entry beyond 3 × cache", vec![AtMost(200.0)], 0, &|one| {
        let all = [&one.load, &one.open, &one.read, &one.killed, &one.open_killed];
        let most = all.iter().map(|figures| figures.get("resident")).fold(0.0, f64::max);
        (most - allowed) / entries
    });
    // Asked of a million.
    let at_most = |seconds| match options.entries {
        1_000_000.. => vec![AtMost(seconds)],
        _ => vec![],
    };
    add("opening s after a clean stop", at_most(2.0), 2, &|one| one.open.get("open_s"));
    add("opening s once more", vec![], 2, &|one| one.open_again.get("open_s"));
    add("opening s after kill -9", at_most(5.0), 2, &|one| one.open_killed.get("open_s"));
    rows
}

impl Row {
    fn line(&self) -> String {
        let number = |figure: &f64| match figure.is_nan() {
            true => String::new(),
            false => format!("{figure:.*}", self.decimals),
        };
        let ours = self.figures.first().copied().unwrap_or(f64::NAN);
        let sqlite = self.figures.get(1).copied().unwrap_or(f64::NAN);
        let ratio = ours / sqlite;
        let speed = if self.name.ends_with("ms") { 1.0 / ratio } else { ratio };
        let judged = self.targets.iter().map(|target| {
            let (asked, figure, met) = match target {
                Target::AtLeast(least) => (format!("≥ {least}"), ours, ours >= *least),
                Target::AtMost(most) => (format!("≤ {most}"), ours, ours <= *most),
                Target::SpeedAtLeast(least) => {
                    (format!("speed ≥ {least} ×"), ratio, speed >= *least)
                }
                Target::RatioAtMost(most) => (format!("≤ {most} ×"), ratio, ratio <= *most),
            };
            match (figure.is_nan(), met) {
                (true, _) => asked,
                (_, true) => asked + ": met",
                (_, false) => asked + ": MISSED",
            }
        });
        let judged = judged.collect::<Vec<String>>().join("; ");
        let ratio = if ratio.is_finite() { format!("{ratio:.2}") } else { String::new() };
        format!("| {} | {} | {} | {ratio} | {judged} |", self.name, number(&ours), number(&sqlite))
    }
}

fn churn(out: &mut String, both: &[Measured]) {
    let _ = writeln!(out, "\nDisk MB after deleting the older half and inserting as many:\n");
    for one in both {
        let name = one.which.name();
        let steps = |figures: &Figures| {
            let figure = |step: String| format!("{:.0}", figures.get(&step) / MEGABYTE);
            let round =
                |n| [figure(format!("deleted_{n}")), figure(format!("inserted_{n}"))].join(" → ");
            [1, 2, 3].map(round).join(" → ")
        };
        let told = one.churn.as_ref().map_or_else(|why| format!("not done: {why}"), steps);
        let before = one.disk.get("all") / MEGABYTE;
        let _ = writeln!(out, "- {name}: {before:.0} before, {told}");
    }
}
