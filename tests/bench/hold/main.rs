//! What a daemon with many sources takes: `cargo bench --bench hold`. ../README.md tells more.

#[path = "../daemon.rs"]
mod daemon;
#[path = "../options.rs"]
mod options;
#[path = "../origin.rs"]
mod origin;

use daemon::{Daemon, free_address};
use options::{Bench, Options};
use origin::{Origin, Served};
use std::error::Error;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

const USAGE: &str = "\
cargo bench --bench hold -- [--feeds N] [--hosts N]
  --feeds N   sources of one small document each (default 100000)
  --hosts N   served by so many addresses of loopback (default 10000)";

/// How long the daemon is watched when nothing is due.
const IDLE: Duration = Duration::from_secs(20);

fn main() -> std::process::ExitCode {
    let defaults = Options { feeds: 100_000, hosts: 10_000, ..Options::default() };
    Bench { name: "hold", usage: USAGE, switch: "" }.run(defaults, bench)
}

fn bench(options: &Options) -> Result<(), Box<dyn Error>> {
    let scratch = tempfile::Builder::new().prefix("countywire-bench-").tempdir()?;
    let hosts = options.hosts.min(options.feeds);
    let origin = Origin::start((0..hosts).map(host).collect())?;
    for feed in 0..options.feeds {
        origin.put(format!("/{feed}"), document(feed));
    }
    let admin = free_address()?;
    write_settings(options, hosts, origin.port, admin, scratch.path())?;
    println!("{} sources on {hosts} hosts\n", options.feeds);
    println!("| | wall s | CPU s | memory MB |\n|---|---|---|---|");

    let mut daemon = Daemon::start(scratch.path(), admin)?;
    line(&daemon, "ready, nothing polled yet")?;
    let polled = daemon.wait_until_polled(options.feeds as u64)?;
    line(&daemon, "all polled once")?;
    idle(&daemon, "then idle for 20 s")?;
    stop(daemon)?;

    let daemon = Daemon::start(scratch.path(), admin)?;
    line(&daemon, "restarted and ready")?;
    idle(&daemon, "then idle for 20 s")?;
    let again = daemon.polls()?;
    let answered = origin.take_answers();
    stop(daemon)?;
    println!("\npolls: {polled}, after the restart {again}; {} documents were read", answered.full);
    Ok(())
}

/// 127.0.0.2 to 127.0.0.251, then 127.0.1.2.
fn host(number: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, (number / 250) as u8, (2 + number % 250) as u8)
}

fn document(feed: usize) -> Served {
    let body = format!(
        "<rss version=\"2.0\"><channel><title>Feed {feed}</title><link>http://h.example/{feed}</link>\
         <item><guid>tag:h.example,2026:{feed}</guid><title>News {feed}</title>\
         <link>http://h.example/{feed}/1</link><pubDate>Sun, 01 Nov 2026 08:00:00 +0800</pubDate>\
         <description>One story of feed {feed}.</description></item></channel></rss>"
    );
    Served::new(body.into_bytes(), "application/rss+xml", 1_793_491_200)
}

fn write_settings(
    options: &Options,
    hosts: usize,
    port: u16,
    admin: SocketAddr,
    scratch: &Path,
) -> std::io::Result<()> {
    let mut toml = format!(
        "[site]\ncontact = \"bench@example.org\"\n\
         [listen]\npublic = \"127.0.0.1:0\"\nadmin = \"{admin}\"\n\
         [store]\npath = \"store\"\n\
         [poll]\nhost_spacing = \"0s\"\nallow_addresses = [\"127.0.0.0/8\"]\n"
    );
    for feed in 0..options.feeds {
        let host = host(feed % hosts);
        let _ = write!(
            toml,
            "[[source]]\nid = \"feed-{feed}\"\ntitle = \"Feed {feed}\"\n\
             url = \"http://{host}:{port}/{feed}\"\n"
        );
    }
    std::fs::write(scratch.join("feeds.toml"), toml)
}

/// Since its start.
fn line(daemon: &Daemon, what: &str) -> Result<(), Box<dyn Error>> {
    let (cpu, memory) = (daemon.cpu_seconds()?, daemon.memory_megabytes()?);
    let wall = daemon.started.elapsed().as_secs_f64();
    println!("| {what} | {wall:.1} | {cpu:.2} | {memory:.0} |");
    Ok(())
}

/// What it takes while nothing is due.
fn idle(daemon: &Daemon, what: &str) -> Result<(), Box<dyn Error>> {
    let before = daemon.cpu_seconds()?;
    std::thread::sleep(IDLE);
    let (cpu, memory) = (daemon.cpu_seconds()? - before, daemon.memory_megabytes()?);
    println!("| {what} | {:.1} | {cpu:.2} | {memory:.0} |", IDLE.as_secs_f64());
    Ok(())
}

fn stop(daemon: Daemon) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let status = daemon.stop()?;
    println!("| stopped ({status}) | {:.1} | | |", started.elapsed().as_secs_f64());
    Ok(())
}
