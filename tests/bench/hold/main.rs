//! What a daemon with many sources takes: `cargo bench --bench hold`. ../README.md tells more.

#[path = "../options.rs"]
mod options;
#[path = "../origin.rs"]
mod origin;

use options::{Bench, Options};
use origin::{Origin, Served};
use std::error::Error;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const USAGE: &str = "\
cargo bench --bench hold -- [--feeds N] [--hosts N]
  --feeds N   sources of one small document each (default 100000)
  --hosts N   served by so many addresses of loopback (default 10000)";

/// For all sources to be polled once.
const PATIENCE: Duration = Duration::from_secs(1_200);
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
    daemon.line("ready, nothing polled yet")?;
    let polled = daemon.wait_until_polled(options.feeds as u64)?;
    daemon.line("all polled once")?;
    daemon.idle("then idle for 20 s")?;
    daemon.stop()?;

    let daemon = Daemon::start(scratch.path(), admin)?;
    daemon.line("restarted and ready")?;
    daemon.idle("then idle for 20 s")?;
    let again = daemon.polls()?;
    let answered = origin.take_answers();
    daemon.stop()?;
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

fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

struct Daemon {
    child: Child,
    admin: SocketAddr,
    started: Instant,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Daemon {
    /// Starts it and waits until it is ready.
    fn start(scratch: &Path, admin: SocketAddr) -> Result<Daemon, Box<dyn Error>> {
        let log = std::fs::File::create(scratch.join("log"))?;
        let child = Command::new(env!("CARGO_BIN_EXE_countywire"))
            .arg("--config")
            .arg(scratch.join("feeds.toml"))
            .arg("run")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        let mut daemon = Daemon { child, admin, started: Instant::now() };
        daemon.wait(|daemon| Ok(daemon.get("/readyz").is_ok_and(|said| said.contains(" 200 "))))?;
        Ok(daemon)
    }

    fn wait(
        &mut self,
        mut is_done: impl FnMut(&mut Daemon) -> Result<bool, Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        let deadline = Instant::now() + PATIENCE;
        while !is_done(self)? {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the daemon has ended: {status}").into());
            }
            if Instant::now() > deadline {
                return Err("the daemon takes too long".into());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    fn wait_until_polled(&mut self, sources: u64) -> Result<u64, Box<dyn Error>> {
        self.wait(|daemon| Ok(daemon.polls()? >= sources))?;
        self.polls()
    }

    /// Polls so far.
    fn polls(&self) -> Result<u64, Box<dyn Error>> {
        let metrics = self.get("/metrics")?;
        let lines = metrics.lines().filter(|line| line.starts_with("countywire_polls_total{"));
        Ok(lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum())
    }

    fn get(&self, path: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(self.admin)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.admin)?;
        let mut said = String::new();
        stream.read_to_string(&mut said)?;
        Ok(said)
    }

    /// Since its start.
    fn line(&self, what: &str) -> Result<(), Box<dyn Error>> {
        let (cpu, memory) = (self.cpu_seconds()?, self.memory_megabytes()?);
        let wall = self.started.elapsed().as_secs_f64();
        println!("| {what} | {wall:.1} | {cpu:.2} | {memory:.0} |");
        Ok(())
    }

    /// What it takes while nothing is due.
    fn idle(&self, what: &str) -> Result<(), Box<dyn Error>> {
        let before = self.cpu_seconds()?;
        std::thread::sleep(IDLE);
        let (cpu, memory) = (self.cpu_seconds()? - before, self.memory_megabytes()?);
        println!("| {what} | {:.1} | {cpu:.2} | {memory:.0} |", IDLE.as_secs_f64());
        Ok(())
    }

    /// proc_pid_stat(5): fields 14 and 15, hundredths of a second.
    fn cpu_seconds(&self) -> Result<f64, Box<dyn Error>> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let ticks: Vec<u64> =
            after_name.split_whitespace().skip(11).take(2).flat_map(str::parse).collect();
        Ok(ticks.iter().sum::<u64>() as f64 / 100.0)
    }

    /// proc_pid_status(5): resident memory.
    fn memory_megabytes(&self) -> Result<f64, Box<dyn Error>> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
        let kilobytes = line.split_whitespace().nth(1).and_then(|word| word.parse::<f64>().ok());
        Ok(kilobytes.ok_or("no VmRSS")? * 1024.0 / 1e6)
    }

    fn stop(mut self) -> Result<(), Box<dyn Error>> {
        let started = Instant::now();
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let status = self.child.wait()?;
        println!("| stopped ({status}) | {:.1} | | |", started.elapsed().as_secs_f64());
        Ok(())
    }
}
