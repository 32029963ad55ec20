//! The figures as a table, beside those of other programs.

use super::run::Cost;
use std::fmt::Write;

/// A round of polls.
#[derive(Clone, Copy)]
pub struct Polled {
    pub cost: Cost,
    /// CPU of the polls, without the start of the program and the opening of the store.
    pub round_seconds: f64,
}

pub struct Figures {
    pub cold: Polled,
    pub warm: Polled,
    /// The same once more.
    pub again: Polled,
    pub changed: Polled,
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
    let _ = writeln!(
        out,
        "| countywire | CPU s | of it the round | user | system | wall s | peak MB |\n\
         |---|---|---|---|---|---|---|"
    );
    let mut line = |name: &str, cost: fn(&Figures) -> Cost, round: String| {
        let of =
            |figure: fn(&Cost) -> f64| median(runs.iter().map(|run| figure(&cost(run))).collect());
        let _ = writeln!(
            out,
            "| {name} | {:.2} | {round} | {:.2} | {:.2} | {:.2} | {:.0} |",
            of(Cost::cpu_seconds),
            of(|cost| cost.user_seconds),
            of(|cost| cost.system_seconds),
            of(|cost| cost.wall_seconds),
            of(|cost| cost.peak_bytes) / MEGABYTE,
        );
    };
    let round = |figure: fn(&Figures) -> f64| format!("{:.2}", of(figure));
    line("cold: all new", |f| f.cold.cost, round(|f| f.cold.round_seconds));
    line("warm: all 304", |f| f.warm.cost, round(|f| f.warm.round_seconds));
    line("warm once more", |f| f.again.cost, round(|f| f.again.round_seconds));
    let changed = "changed: 10 % with one new item";
    line(changed, |f| f.changed.cost, round(|f| f.changed.round_seconds));
    line("curl --parallel, whole documents", |f| f.curl_full, String::new());
    line("curl --parallel, all 304", |f| f.curl_warm, String::new());
    let cold = of(|f| f.cold.cost.cpu_seconds());
    let warm = of(|f| f.warm.cost.cpu_seconds());
    let again = of(|f| f.again.round_seconds);
    let changed = of(|f| f.changed.cost.cpu_seconds());
    let peak = of(|f| {
        [f.cold, f.warm, f.changed]
            .iter()
            .fold(0.0, |most, polled| polled.cost.peak_bytes.max(most))
    });
    let (peak, disk) = (peak / MEGABYTE, of(|f| f.disk_bytes as f64) / MEGABYTE);
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
        "\nwarm once more, the round: {:.2} times curl's CPU for whole documents, {:.2} times for 304; \
         target 1.5",
        again / curl_full,
        again / curl_warm
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
