//! A daemon in a folder of its own, and what it takes.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// For all sources to be polled once.
const PATIENCE: Duration = Duration::from_secs(1_200);

pub struct Daemon {
    child: Child,
    admin: SocketAddr,
    pub started: Instant,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

impl Daemon {
    /// Starts it with the `feeds.toml` in a folder and waits until it is ready.
    pub fn start(folder: &Path, admin: SocketAddr) -> Result<Daemon, Box<dyn Error>> {
        let log = std::fs::File::create(folder.join("log"))?;
        let child = Command::new(env!("CARGO_BIN_EXE_countywire"))
            .arg("--config")
            .arg(folder.join("feeds.toml"))
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

    pub fn wait_until_polled(&mut self, sources: u64) -> Result<u64, Box<dyn Error>> {
        self.wait(|daemon| Ok(daemon.polls()? >= sources))?;
        self.polls()
    }

    /// Polls so far.
    pub fn polls(&self) -> Result<u64, Box<dyn Error>> {
        let metrics = self.get("/metrics")?;
        let lines = metrics.lines().filter(|line| line.starts_with("countywire_polls_total{"));
        Ok(lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum())
    }

    pub fn get(&self, path: &str) -> std::io::Result<String> {
        self.ask("GET", path)
    }

    /// Of the admin's listener.
    pub fn ask(&self, method: &str, path: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(self.admin)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
            self.admin
        )?;
        let mut said = String::new();
        stream.read_to_string(&mut said)?;
        Ok(said)
    }

    pub fn cpu_seconds(&self) -> Result<f64, Box<dyn Error>> {
        cpu_seconds(self.child.id())
    }

    /// proc_pid_status(5): resident memory.
    pub fn memory_megabytes(&self) -> Result<f64, Box<dyn Error>> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
        let kilobytes = line.split_whitespace().nth(1).and_then(|word| word.parse::<f64>().ok());
        Ok(kilobytes.ok_or("no VmRSS")? * 1024.0 / 1e6)
    }

    pub fn stop(mut self) -> Result<ExitStatus, Box<dyn Error>> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        Ok(self.child.wait()?)
    }
}

/// proc_pid_stat(5): fields 14 and 15, hundredths of a second.
pub fn cpu_seconds(pid: u32) -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<u64> =
        after_name.split_whitespace().skip(11).take(2).flat_map(str::parse).collect();
    Ok(ticks.iter().sum::<u64>() as f64 / 100.0)
}
