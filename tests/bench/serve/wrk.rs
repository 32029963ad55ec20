//! Load, by wrk.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

pub const THREADS: u32 = 2;
pub const CONNECTIONS: u32 = 32;
const SECONDS: u32 = 4;

/// What clients want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Plain,
    Gzip,
    /// What they have already.
    Unchanged,
}

impl Asked {
    pub const ALL: [Asked; 3] = [Asked::Plain, Asked::Gzip, Asked::Unchanged];

    fn coding(self) -> &'static str {
        match self {
            Asked::Plain => "identity",
            Asked::Gzip | Asked::Unchanged => "gzip",
        }
    }
}

/// Requests a second, and microseconds of CPU that the server took for each.
#[derive(Debug, Clone, Copy)]
pub struct Served {
    pub a_second: f64,
    pub microseconds: f64,
}

pub struct Fetched {
    pub head: String,
    pub body: Vec<u8>,
}

impl Fetched {
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .into_iter()
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

pub struct Wrk {
    pub address: SocketAddr,
    pub path: &'static str,
}

/// # Errors
/// Where wrk is missing.
pub fn check() -> Result<(), Box<dyn Error>> {
    let found = Command::new("wrk").arg("-v").stdout(Stdio::null()).status();
    found.map(drop).map_err(|_| "wrk is missing (Debian: apt install wrk nginx-light)".into())
}

impl Wrk {
    pub fn fetch(&self, coding: &str) -> Result<Fetched, Box<dyn Error>> {
        self.ask(coding, "")
    }

    fn ask(&self, coding: &str, more: &str) -> Result<Fetched, Box<dyn Error>> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        write!(
            stream,
            "GET {} HTTP/1.1\r\nhost: {}\r\naccept-encoding: {coding}\r\n{more}connection: close\r\n\r\n",
            self.path, self.address
        )?;
        let mut said = Vec::new();
        stream.read_to_end(&mut said)?;
        let end = said.windows(4).position(|four| four == b"\r\n\r\n").ok_or("no head")?;
        let head = String::from_utf8_lossy(&said[..end]).into_owned();
        Ok(Fetched { head, body: said[end + 4..].to_vec() })
    }

    /// `cpu`: what the server has taken so far.
    pub fn run(
        &self,
        asked: Asked,
        cpu: &dyn Fn() -> Result<f64, Box<dyn Error>>,
    ) -> Result<Served, Box<dyn Error>> {
        let first = self.ask(asked.coding(), "")?;
        let mut command = Command::new("wrk");
        command.args(["-t", &THREADS.to_string(), "-c", &CONNECTIONS.to_string()]);
        command.args(["-d", &format!("{SECONDS}s")]);
        command.args(["-H", &format!("Accept-Encoding: {}", asked.coding())]);
        let mut wanted = "200";
        if asked == Asked::Unchanged {
            let etag = first.header("etag").ok_or("no ETag")?;
            command.args(["-H", &format!("If-None-Match: {etag}")]);
            let again = self.ask(asked.coding(), &format!("if-none-match: {etag}\r\n"))?;
            wanted = "304";
            check_status(&again, wanted)?;
        } else {
            check_status(&first, wanted)?;
        }
        let before = cpu()?;
        let output = command.arg(format!("http://{}{}", self.address, self.path)).output()?;
        let took = cpu()? - before;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if said.contains("Non-2xx") || said.contains("Socket errors") {
            return Err(format!("wrk was not answered with {wanted}: {said}").into());
        }
        let figure = |name: &str| -> Option<f64> {
            let line = said.lines().find(|line| line.contains(name))?;
            line.split_whitespace().find_map(|word| word.parse().ok())
        };
        let requests = figure("requests in").ok_or_else(|| format!("wrk says {said}"))?;
        let a_second = figure("Requests/sec").ok_or_else(|| format!("wrk says {said}"))?;
        Ok(Served { a_second, microseconds: took * 1e6 / requests })
    }
}

fn check_status(fetched: &Fetched, wanted: &str) -> Result<(), Box<dyn Error>> {
    let is_wanted = fetched.head.split(' ').nth(1) == Some(wanted);
    if is_wanted { Ok(()) } else { Err(format!("not {wanted}: {}", fetched.head).into()) }
}
