//! What others notice while somebody holds thousands of connections, or sends heads that do not end.

use std::error::Error;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Requests of the reader who minds his own business, each on a connection of its own.
const REQUESTS: usize = 2_000;
const PACE: Duration = Duration::from_millis(5);
/// For a crowd to gather.
const GATHERING: Duration = Duration::from_secs(3);
/// Of a head that floods.
const LINE: &[u8] =
    b"x-flood: 0123456789012345678901234567890123456789012345678901234567890123456789\r\n";

/// Who gets in the way.
#[derive(Debug, Clone, Copy)]
pub enum Crowd {
    Nobody,
    /// Connections on which nothing is ever said.
    Idle(usize),
    /// Heads that grow by a byte a second and do not end.
    Slowloris(usize),
    /// Heads without end, as fast as they are taken, by so many at once.
    Flood(usize),
}

impl Crowd {
    pub const ALL: [Crowd; 4] =
        [Crowd::Nobody, Crowd::Idle(10_000), Crowd::Slowloris(10_000), Crowd::Flood(64)];

    fn name(self) -> String {
        match self {
            Crowd::Nobody => "nobody".to_owned(),
            Crowd::Idle(count) => format!("{count} idle connections"),
            Crowd::Slowloris(count) => format!("{count} heads, a byte a second each"),
            Crowd::Flood(count) => format!("{count} at once that send headers without end"),
        }
    }

    fn gather(self, address: SocketAddr) -> Gathered {
        let gathered = Doing { is_over: AtomicBool::new(false), opened: AtomicU64::new(0) };
        let doing = Arc::new(gathered);
        let spawn = |work: fn(&Doing, SocketAddr, usize), count: usize| {
            let doing = Arc::clone(&doing);
            thread::spawn(move || work(&doing, address, count))
        };
        let threads = match self {
            Crowd::Nobody => Vec::new(),
            Crowd::Idle(count) => vec![spawn(idle, count)],
            Crowd::Slowloris(count) => vec![spawn(slowloris, count)],
            Crowd::Flood(count) => vec![spawn(flood, count)],
        };
        Gathered { doing, threads }
    }
}

struct Doing {
    is_over: AtomicBool,
    /// Connections opened so far.
    opened: AtomicU64,
}

struct Gathered {
    doing: Arc<Doing>,
    threads: Vec<JoinHandle<()>>,
}

impl Doing {
    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::Relaxed)
    }

    fn open(&self, address: SocketAddr) -> Option<TcpStream> {
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
        self.opened.fetch_add(1, Ordering::Relaxed);
        Some(stream)
    }
}

fn idle(doing: &Doing, address: SocketAddr, count: usize) {
    let mut held = Vec::with_capacity(count);
    while held.len() < count && doing.goes_on() {
        held.extend(doing.open(address));
    }
    while doing.goes_on() {
        thread::sleep(Duration::from_millis(50));
    }
}

/// Those that are closed come again.
fn slowloris(doing: &Doing, address: SocketAddr, count: usize) {
    let begin = || {
        let mut stream = doing.open(address)?;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nx-slow: ").ok()?;
        stream.set_nonblocking(true).ok()?;
        Some(stream)
    };
    let mut held: Vec<TcpStream> = Vec::with_capacity(count);
    while doing.goes_on() {
        let round = Instant::now();
        held.retain_mut(|stream| doing.goes_on() && stream.write_all(b"a").is_ok());
        while held.len() < count && doing.goes_on() && round.elapsed() < Duration::from_secs(5) {
            held.extend(begin());
        }
        while doing.goes_on() && round.elapsed() < Duration::from_secs(1) {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// All by one thread, so that it does not take the processor from who is measured.
fn flood(doing: &Doing, address: SocketAddr, count: usize) {
    let begin = || {
        let mut stream = doing.open(address)?;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n").ok()?;
        stream.set_nonblocking(true).ok()?;
        Some(stream)
    };
    let lines = LINE.repeat(100);
    let mut held: Vec<TcpStream> = Vec::with_capacity(count);
    while doing.goes_on() {
        held.retain_mut(|stream| match stream.write(&lines) {
            Ok(_) => true,
            Err(error) => error.kind() == ErrorKind::WouldBlock,
        });
        while held.len() < count && doing.goes_on() {
            held.extend(begin());
        }
    }
}

/// Prints how long a reader waits beside each crowd; `memory`: of the server, in MB.
pub fn print(
    address: SocketAddr,
    path: &str,
    memory: &dyn Fn() -> Result<f64, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    println!("| beside | p50 ms | p99 ms | slowest ms | their connections | MB |");
    println!("|---|---|---|---|---|---|");
    for crowd in Crowd::ALL {
        let gathered = crowd.gather(address);
        if !matches!(crowd, Crowd::Nobody) {
            thread::sleep(GATHERING);
        }
        let waits = read(address, path);
        let (opened, memory) = (gathered.doing.opened.load(Ordering::Relaxed), memory()?);
        gathered.doing.is_over.store(true, Ordering::Relaxed);
        for thread in gathered.threads {
            thread.join().map_err(|_| "a client has panicked")?;
        }
        let mut waits = waits?;
        waits.sort_unstable();
        let share =
            |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        let [median, most, slowest] = [0.5, 0.99, 1.0].map(share);
        let name = crowd.name();
        println!("| {name} | {median:.1} | {most:.1} | {slowest:.1} | {opened} | {memory:.0} |");
    }
    Ok(())
}

fn read(address: SocketAddr, path: &str) -> Result<Vec<Duration>, Box<dyn Error>> {
    let mut waits = Vec::with_capacity(REQUESTS);
    let mut said = Vec::new();
    for _ in 0..REQUESTS {
        let asked_at = Instant::now();
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: {address}\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n"
        )?;
        said.clear();
        stream.read_to_end(&mut said)?;
        if !said.starts_with(b"HTTP/1.1 200 ") {
            let head = String::from_utf8_lossy(&said[..said.len().min(200)]).into_owned();
            return Err(format!("a reader beside others got {head:?}").into());
        }
        waits.push(asked_at.elapsed());
        thread::sleep(PACE);
    }
    Ok(waits)
}
