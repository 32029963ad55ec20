//! The publisher: answers by script, and records each request with what it was answered.

use crate::scenes::{Ask, Reply, Scene};
use crate::time::Clock;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// ETag and Last-Modified.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// One request with its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Name of the scene; `None`: nothing that was offered as a feed.
    pub scene: Option<&'static str>,
    pub host: u8,
    /// When the request had been read, and when the answer was out or the client gone.
    pub at: f64,
    pub done: f64,
    /// Requests to the scene that had no answer yet when this one came.
    pub others: usize,
    pub method: String,
    /// As it was asked for.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub status: u16,
    /// As the answer gave them.
    pub gave: Validators,
    /// The wait that the answer asked for, seconds.
    pub floor: f64,
}

impl Exchange {
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    pub fn sent(&self) -> Validators {
        Validators {
            etag: self.header("if-none-match").map(str::to_owned),
            last_modified: self.header("if-modified-since").map(str::to_owned),
        }
    }

    pub fn is_conditional(&self) -> bool {
        self.sent() != Validators::default()
    }
}

struct Shelf {
    clock: Clock,
    scenes: &'static [Scene],
    /// How long a request that is never answered is held, unless the client goes.
    silence: Duration,
    hub: Option<String>,
    book: Mutex<Book>,
    closed: AtomicBool,
}

#[derive(Default)]
struct Book {
    exchanges: Vec<Exchange>,
    asked: HashMap<&'static str, usize>,
    open: HashMap<&'static str, usize>,
}

/// Listens on one address of 127.0.0.0/8 for each host of the scenes.
pub struct Origin {
    addresses: HashMap<u8, SocketAddr>,
    shelf: Arc<Shelf>,
}

impl Origin {
    /// `hub`: what feeds with a hub name.
    pub fn start(
        clock: Clock,
        scenes: &'static [Scene],
        silence: Duration,
        hub: Option<String>,
    ) -> Origin {
        let shelf = Arc::new(Shelf {
            clock,
            scenes,
            silence,
            hub,
            book: Mutex::default(),
            closed: AtomicBool::new(false),
        });
        let mut addresses = HashMap::new();
        for host in scenes.iter().map(|scene| scene.host) {
            addresses.entry(host).or_insert_with(|| listen(host, &shelf));
        }
        Origin { addresses, shelf }
    }

    pub fn url(&self, scene: &Scene) -> String {
        format!("http://{}{}", self.address(scene), scene.target)
    }

    pub fn address(&self, scene: &Scene) -> SocketAddr {
        self.addresses[&scene.host]
    }

    /// In the order in which they came.
    pub fn exchanges(&self) -> Vec<Exchange> {
        let mut exchanges = self.shelf.book().exchanges.clone();
        exchanges.sort_by(|a, b| a.at.total_cmp(&b.at));
        exchanges
    }

    /// The answered requests to a scene so far.
    pub fn asked(&self, scene: &str) -> Vec<Exchange> {
        let mut asked = self.exchanges();
        asked.retain(|exchange| exchange.scene == Some(scene));
        asked
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.shelf.closed.store(true, Ordering::Relaxed);
        for address in self.addresses.values() {
            // Wakes the accepting thread, which then ends.
            let _ = TcpStream::connect(address);
        }
    }
}

fn listen(host: u8, shelf: &Arc<Shelf>) -> SocketAddr {
    let listener =
        TcpListener::bind((Ipv4Addr::new(127, 0, 0, host), 0)).expect("a free loopback port");
    let address = listener.local_addr().expect("a bound address");
    let shelf = Arc::clone(shelf);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if shelf.closed.load(Ordering::Relaxed) {
                return;
            }
            let shelf = Arc::clone(&shelf);
            // A client that goes away in the middle is no matter here.
            thread::spawn(move || drop(shelf.converse(stream, host, address)));
        }
    });
    address
}

impl Shelf {
    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().expect("no holder panics")
    }

    /// Answers the requests of one connection.
    fn converse(&self, stream: TcpStream, host: u8, address: SocketAddr) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut stream = stream;
        while let Some(mut exchange) = read_request(&mut reader)? {
            exchange.host = host;
            exchange.at = self.clock.now();
            let path = exchange.target.split('?').next().unwrap_or_default();
            let scene = self.scenes.iter().find(|scene| scene.path() == path);
            let number = self.begin(&mut exchange, scene);
            let reply = scene.map_or_else(Reply::not_found, |scene| {
                let (at, hub) = (exchange.at, self.hub.as_deref());
                let ask = Ask { scene, number, at, exchange: &exchange, address, hub };
                (scene.answer)(&ask)
            });
            exchange.status = reply.status;
            exchange.gave = reply.validators.clone();
            exchange.floor = reply.floor;
            thread::sleep(reply.delay);
            let written = if reply.is_silent() {
                stream.set_read_timeout(Some(self.silence))?;
                let _ = reader.fill_buf();
                Err(std::io::ErrorKind::TimedOut.into())
            } else {
                reply.write(&mut stream, exchange.at, exchange.method == "HEAD")
            };
            exchange.done = self.clock.now();
            self.end(exchange);
            written?;
        }
        Ok(())
    }

    /// The number of earlier requests to the scene.
    fn begin(&self, exchange: &mut Exchange, scene: Option<&Scene>) -> usize {
        let Some(name) = scene.map(|scene| scene.name) else { return 0 };
        exchange.scene = Some(name);
        let mut book = self.book();
        let open = book.open.entry(name).or_default();
        exchange.others = *open;
        *open += 1;
        let asked = book.asked.entry(name).or_default();
        *asked += 1;
        *asked - 1
    }

    fn end(&self, exchange: Exchange) {
        let mut book = self.book();
        if let Some(open) = exchange.scene.and_then(|name| book.open.get_mut(name)) {
            *open -= 1;
        }
        book.exchanges.push(exchange);
    }
}

/// `None`: the connection has ended.
fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<Exchange>> {
    let mut line = Vec::new();
    if reader.read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    let line = String::from_utf8_lossy(&line).into_owned();
    let mut words = line.split(' ');
    let mut word = || words.next().unwrap_or_default().to_owned();
    let (method, target) = (word(), word());
    let mut headers = Vec::new();
    loop {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line)?;
        match String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).split_once(':') {
            Some((name, value)) => headers.push((name.to_owned(), value.trim().to_owned())),
            None => break,
        }
    }
    Ok(Some(Exchange {
        scene: None,
        host: 0,
        at: 0.0,
        done: 0.0,
        others: 0,
        method,
        target,
        headers,
        status: 0,
        gave: Validators::default(),
        floor: 0.0,
    }))
}

impl Reply {
    fn write(&self, stream: &mut TcpStream, at: f64, head_only: bool) -> std::io::Result<()> {
        let mut head = format!("HTTP/1.1 {} Any\r\n", self.status);
        let validators = [
            ("ETag", self.validators.etag.clone()),
            ("Last-Modified", self.validators.last_modified.clone()),
            ("Date", Some(crate::scenes::http_date(at))),
            ("Set-Cookie", Some("visitor=7; Path=/".to_owned())),
        ];
        let validators =
            validators.iter().filter_map(|(name, value)| Some((*name, value.clone()?)));
        for (name, value) in validators.chain(self.headers.iter().cloned()) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.status != 304 {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes())?;
        if head_only { Ok(()) } else { stream.write_all(self.body.as_bytes()) }
    }
}
