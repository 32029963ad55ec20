//! How long after a report is on disk those who subscribe to a feed have it: `cargo bench --bench
//! push`. ../README.md tells more.

mod listeners;
#[path = "../options.rs"]
mod options;
mod wire;

use listeners::{Arrivals, callbacks, streams};
use options::{Bench, Options};
use std::error::Error;
use std::time::{Duration, Instant};
use wire::Wire;

const USAGE: &str = "\
cargo bench --bench push -- [--feeds N] [--hosts N] [--repeat N] [--large]
  --feeds N   subscribers of the feed, by streams, then by the hub (default 1000)
  --hosts N   addresses of loopback at which callbacks are (default 250)
  --repeat N  entries that come, one after the other (default 20)
  --large     feeds of some 150 kB instead of 15 kB";

/// For all subscribers to have an entry.
const PATIENCE: Duration = Duration::from_secs(120);

fn main() -> std::process::ExitCode {
    let defaults = Options { feeds: 1_000, hosts: 250, repeat: 20, ..Options::default() };
    Bench { name: "push", usage: USAGE, switch: "--large" }.run(defaults, |options| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(bench(options))
    })
}

async fn bench(options: &Options) -> Result<(), Box<dyn Error>> {
    let characters = if options.switch { 1_000 } else { 50 };
    println!("| {} subscribers by | since | p50 ms | p99 ms | last ms |", options.feeds);
    println!("|---|---|---|---|---|");
    for by in ["streams", "the hub"] {
        let mut wire = Wire::start(characters).await?;
        let mut arrivals = match by {
            "streams" => streams(&wire, options.feeds).await?,
            _ => callbacks(&wire, options.feeds, options.hosts).await?,
        };
        // The first entry makes connections.
        wire.bring().await?;
        await_all(&mut arrivals, options.feeds).await?;
        let (mut delays, before) = ([Vec::new(), Vec::new()], wire.cpu()?);
        for _ in 0..options.repeat {
            let since = wire.bring().await?;
            let came = await_all(&mut arrivals, options.feeds).await?;
            for (delays, since) in delays.iter_mut().zip(since) {
                delays.extend(came.iter().map(|at| at.saturating_duration_since(since)));
            }
        }
        let cpu = (wire.cpu()? - before).as_secs_f64() * 1e3 / options.repeat as f64;
        for (delays, since) in delays.iter_mut().zip(["the source answered", "it was stored"]) {
            delays.sort_unstable();
            let share = |share: f64| delays[((delays.len() - 1) as f64 * share) as usize];
            let [median, most, last] = [0.5, 0.99, 1.0].map(|s| share(s).as_secs_f64() * 1e3);
            println!("| {by} | {since} | {median:.1} | {most:.1} | {last:.1} |");
        }
        println!("| {by} | CPU of the daemon for each entry | {cpu:.0} | | |");
    }
    Ok(())
}

async fn await_all(arrivals: &mut Arrivals, count: usize) -> Result<Vec<Instant>, Box<dyn Error>> {
    let receiving = async {
        let mut came = Vec::with_capacity(count);
        while came.len() < count {
            came.push(arrivals.recv().await?);
        }
        Some(came)
    };
    let came = tokio::time::timeout(PATIENCE, receiving).await;
    came.ok().flatten().ok_or_else(|| "not all subscribers were told".into())
}
