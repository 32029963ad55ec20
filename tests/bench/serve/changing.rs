//! What it costs that thousands of channels change each second while some of them are read.

use super::daemon::Daemon;
use super::origin::{Origin, Served};
use super::text::Letters;
use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

const DIVISIONS: &str = include_str!("../../../data/gazetteer/cn.tsv");
/// Each has an entry a second. With their cities, provinces and the country, each with its topic
/// and what is hot in it, they are some 5,000 channels.
const COUNTIES: usize = 1_400;
const READ: usize = 100;
/// Until each county's feed is full.
const FILLING: usize = 50;
/// Seconds that are measured, without readers and with them.
const SECONDS: usize = 20;

struct County {
    /// With those above it.
    name: String,
    path: String,
}

/// Prints what the daemon takes of a core.
pub fn print(
    daemon: &Daemon,
    origin: &Origin,
    public: SocketAddr,
    source: &str,
) -> Result<(), Box<dyn Error>> {
    let (counties, channels) = counties();
    let mut wire = Wire { daemon, origin, source, counties: &counties, letters: Letters::new(1) };
    for round in 0..FILLING {
        wire.bring(round)?;
    }
    let step = counties.len() / READ;
    let (mut shares, mut bytes, mut waits) = (Vec::new(), 0, Vec::new());
    for is_read in [false, true] {
        let mut reader = BufReader::new(TcpStream::connect(public)?);
        reader.get_ref().set_read_timeout(Some(Duration::from_secs(30)))?;
        let before = daemon.cpu_seconds()?;
        let begun = Instant::now();
        for second in 0..SECONDS {
            let next = begun + Duration::from_secs(second as u64 + 1);
            wire.bring(FILLING + second + if is_read { SECONDS } else { 0 })?;
            if is_read {
                for county in counties.iter().step_by(step).take(READ) {
                    let asked_at = Instant::now();
                    bytes += read(&mut reader, &format!("/r/{}.atom", county.path))?;
                    waits.push(asked_at.elapsed());
                }
            }
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        let took = begun.elapsed().as_secs_f64();
        shares.push((daemon.cpu_seconds()? - before) / took * 100.0);
    }
    waits.sort_unstable();
    let share = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{channels} channels change about once a second by {COUNTIES} entries polled; {READ} of them are read as often, {} KB in gzip each\n",
        bytes / waits.len() / 1000
    );
    println!("| of a core | % |\n|---|---|");
    println!("| polled and stored, nobody reads | {:.0} |", shares[0]);
    println!("| with readers | {:.0} |", shares[1]);
    println!("| reading alone | {:.0} |", shares[1] - shares[0]);
    println!("| ms for a reader, p50, p99 | {:.1}, {:.1} |", share(0.5), share(0.99));
    Ok(())
}

struct Wire<'a> {
    daemon: &'a Daemon,
    origin: &'a Origin,
    source: &'a str,
    counties: &'a [County],
    letters: Letters,
}

impl Wire<'_> {
    /// One more entry for each county, polled and stored.
    fn bring(&mut self, round: usize) -> Result<(), Box<dyn Error>> {
        let mut items = String::new();
        for (n, county) in self.counties.iter().enumerate() {
            let text = self.letters.text(super::LETTERS);
            let _ = write!(
                items,
                "<item><guid>tag:h.example,2026:{round}-{n}</guid><title>{}小麦丰收 {round}</title>\
                 <link>http://h.example/{round}/{n}</link><description>{text}</description></item>",
                county.name
            );
        }
        let document = format!(
            "<rss version=\"2.0\"><channel><title>Wide</title><link>http://h.example/</link>{items}</channel></rss>"
        );
        let modified_at = 1_793_491_200 + round as i64;
        let served = Served::new(document.into_bytes(), "application/rss+xml", modified_at);
        self.origin.put(format!("/{}", self.source), served);
        let said = self.daemon.ask("POST", &format!("/poll/{}", self.source))?;
        if said.contains(" 200 ") { Ok(()) } else { Err(said.into()) }
    }
}

/// Some, and how many channels an entry for each of them changes.
fn counties() -> (Vec<County>, usize) {
    let rows = DIVISIONS.lines().filter(|line| !line.starts_with('#'));
    let rows = rows.map(|line| line.split('\t').collect::<Vec<_>>());
    let rows: HashMap<&str, Vec<&str>> =
        rows.filter(|row| row.len() > 6).map(|row| (row[0], row)).collect();
    let mut codes: Vec<&&str> = rows.keys().collect();
    codes.sort_unstable();
    let mut regions = HashSet::from([""]);
    let mut counties = Vec::new();
    for code in codes {
        let row = &rows[*code];
        if counties.len() == COUNTIES || row[1] != "county" {
            continue;
        }
        let (mut name, mut above) = (row[2].to_owned(), row[5]);
        regions.insert(*code);
        while let Some(parent) = rows.get(above) {
            name.insert_str(0, parent[2]);
            regions.insert(above);
            above = parent[5];
        }
        counties.push(County { name, path: row[6].to_owned() });
    }
    (counties, 3 * regions.len())
}

/// Asks on a connection that stays; bytes of the body.
fn read(reader: &mut BufReader<TcpStream>, path: &str) -> Result<usize, Box<dyn Error>> {
    let ask = format!("GET {path} HTTP/1.1\r\nhost: a\r\naccept-encoding: gzip\r\n\r\n");
    reader.get_mut().write_all(ask.as_bytes())?;
    let (mut head, mut length) = (String::new(), 0);
    while head.len() < 4 || !head.ends_with("\r\n\r\n") {
        let begun = head.len();
        if reader.read_line(&mut head)? == 0 {
            return Err(format!("{path}: the connection ended after {head:?}").into());
        }
        if let Some(value) = head[begun..].strip_prefix("content-length: ") {
            length = value.trim().parse()?;
        }
    }
    if !head.starts_with("HTTP/1.1 200 ") {
        return Err(format!("{path}: {head}").into());
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(length)
}
