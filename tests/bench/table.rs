//! The figures as a table, beside those of other programs.

use super::run::Cost;
use std::fmt::Write;

pub struct Figures {
    pub cold: Cost,
    pub warm: Cost,
    /// The same once more.
    pub again: Cost,
    pub changed: Cost,
    pub curl_full: Cost,
    pub curl_warm: Cost,
    /// Of the store after the cold round.
    pub disk_bytes: u64,
}

/// Cold, warm and changed in CPU seconds; peak and disk in MB.
struct Peer(&'static str, [&'static str; 5]);

/// Measured earlier on such a machine: two shared cores, the same 1,000 generated feeds,
/// databases included.
const PEERS: [Peer; 5] = [
    Peer("Miniflux 2.3.4 + PostgreSQL 15", ["55", "3.65", "11.0", "237", "172"]),
    Peer("FreshRSS (SQLite)", ["22.9", "3.4", "4.4", "38", "269"]),
    Peer("reader 3.26 (Python, SQLite)", ["24.0", "2.26", "4.6", "49", "142"]),
    Peer("sfeed 2.3, with etag fetch", ["27.3", "19.4", "20.1", "33", "72"]),
    Peer("newsboat 2.44", ["13.5", "17.3", "18.0", "59", "90"]),
];
/// The peers' figures are for this many.
const PEER_FEEDS: usize = 1000;
/// What countywire may take for 1,000 feeds: cold and warm CPU seconds, peak MB.
const TARGETS: [f64; 3] = [3.0, 0.6, 120.0];

const MEGABYTE: f64 = 1e6;

pub fn render(feeds: usize, entries: usize, runs: &[Figures]) -> String {
    let mut out = String::new();
    let of = |figure: fn(&Figures) -> f64| median(runs.iter().map(figure).collect());
    let _ = writeln!(
        out,
        "{feeds} feeds, {entries} entries; {} run(s), medians; CPU is user + system seconds\n",
        runs.len()
    );
    let _ = writeln!(out, "| countywire | CPU s | user | system | wall s | peak MB |");
    let _ = writeln!(out, "|---|---|---|---|---|---|");
    type Step = fn(&Figures) -> Cost;
    let cold: (&str, Step) = ("cold: all new", |f| f.cold);
    let warm: (&str, Step) = ("warm: all 304", |f| f.warm);
    let again: (&str, Step) = ("warm once more", |f| f.again);
    let changed: (&str, Step) = ("changed: 10 % with one new item", |f| f.changed);
    let curl_full: (&str, Step) = ("curl --parallel, whole documents", |f| f.curl_full);
    let curl_warm: (&str, Step) = ("curl --parallel, all 304", |f| f.curl_warm);
    for (name, cost) in [cold, warm, again, changed, curl_full, curl_warm] {
        let of = |figure: fn(&Cost) -> f64| {
            median(runs.iter().map(|figures| figure(&cost(figures))).collect())
        };
        let _ = writeln!(
            out,
            "| {name} | {:.2} | {:.2} | {:.2} | {:.2} | {:.0} |",
            of(Cost::cpu_seconds),
            of(|cost| cost.user_seconds),
            of(|cost| cost.system_seconds),
            of(|cost| cost.wall_seconds),
            of(|cost| cost.peak_bytes) / MEGABYTE,
        );
    }
    let cold = of(|f| f.cold.cpu_seconds());
    let warm = of(|f| f.warm.cpu_seconds());
    let changed = of(|f| f.changed.cpu_seconds());
    let peak = of(|f| f.cold.peak_bytes.max(f.warm.peak_bytes).max(f.changed.peak_bytes));
    let disk = of(|f| f.disk_bytes as f64) / MEGABYTE;
    let peak = peak / MEGABYTE;
    let curl_full = of(|f| f.curl_full.cpu_seconds());
    let curl_warm = of(|f| f.curl_warm.cpu_seconds());
    let _ = writeln!(
        out,
        "\n| CPU s for {PEER_FEEDS} feeds | cold | warm | changed | peak MB | disk MB |\n\
         |---|---|---|---|---|---|"
    );
    let _ = writeln!(
        out,
        "| countywire, now ({feeds} feeds) | {cold:.2} | {warm:.2} | {changed:.2} | {peak:.0} | {disk:.0} |"
    );
    let _ = writeln!(out, "| curl, now ({feeds} feeds) | {curl_full:.2} | {curl_warm:.2} | | | |");
    for Peer(name, figures) in PEERS {
        let _ = writeln!(out, "| {name}, earlier | {} |", figures.join(" | "));
    }
    let _ = writeln!(
        out,
        "\nwarm: {:.2} times curl's CPU for whole documents, {:.2} times for 304; target 1.5",
        warm / curl_full,
        warm / curl_warm
    );
    if feeds == PEER_FEEDS {
        let [cold_most, warm_most, peak_most] = TARGETS;
        let _ = writeln!(
            out,
            "\ntargets: cold {} {cold_most} CPU s, warm {} {warm_most} CPU s, peak {} {peak_most} MB",
            is(cold <= cold_most),
            is(warm <= warm_most),
            is(peak <= peak_most),
        );
    }
    out
}

fn is(met: bool) -> &'static str {
    if met { "within" } else { "ABOVE" }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
