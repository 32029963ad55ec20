//! A publisher on loopback that can also misbehave, and remembers what it was asked.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// What is answered at a path.
#[derive(Clone)]
pub enum Reply {
    Document(Document),
    /// A document, but only once the gate is open.
    Held(Gate, Document),
    Status(u16, Vec<(&'static str, String)>),
    /// A body without an end; each piece as given.
    Endless {
        headers: Vec<(&'static str, String)>,
        piece: Vec<u8>,
    },
    /// These bytes, head and all, then the end of the connection.
    Raw(Vec<u8>),
    /// These bytes, then a reset of the connection (RFC 9293 §3.5.3).
    Reset(Vec<u8>),
    /// The bytes of the first, then those of the second again and again, with pauses.
    Drip(Vec<u8>, Vec<u8>),
    /// The request is read and nothing is ever said.
    Never,
}

/// A document with its validators: conditional requests that carry one of them back,
/// byte for byte, are answered 304.
#[derive(Clone, Default)]
pub struct Document {
    pub content_type: &'static str,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Document {
    pub fn new(content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Document { content_type, body: body.into(), ..Document::default() }
    }

    pub fn etag(self, etag: &str) -> Self {
        Document { etag: Some(etag.to_owned()), ..self }
    }

    pub fn last_modified(self, date: &str) -> Self {
        Document { last_modified: Some(date.to_owned()), ..self }
    }
}

impl From<Document> for Reply {
    fn from(document: Document) -> Self {
        Reply::Document(document)
    }
}

/// Holds answers back until it is opened.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<Passage>, Condvar)>);

#[derive(Default)]
struct Passage {
    open: bool,
    reached: bool,
}

impl Gate {
    pub fn open(&self) {
        self.0.0.lock().expect("no holder panics").open = true;
        self.0.1.notify_all();
    }

    /// Whether a request is, or was, held back.
    pub fn is_reached(&self) -> bool {
        self.0.0.lock().expect("no holder panics").reached
    }

    fn wait(&self) {
        let mut passage = self.0.0.lock().expect("no holder panics");
        passage.reached = true;
        drop(self.0.1.wait_while(passage, |passage| !passage.open).expect("no holder panics"));
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub at: Instant,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }
}

#[derive(Default)]
struct Shelf {
    replies: Mutex<HashMap<String, Reply>>,
    asked: Mutex<Vec<Asked>>,
    closed: AtomicBool,
}

pub struct Origin {
    pub address: SocketAddr,
    shelf: Arc<Shelf>,
}

impl Origin {
    pub fn start() -> Origin {
        Origin::on("127.0.0.1")
    }

    /// On another address of 127.0.0.0/8, which makes another host of it.
    pub fn on(ip: &str) -> Origin {
        let listener = TcpListener::bind((ip, 0)).expect("a free loopback port");
        let address = listener.local_addr().expect("a bound address");
        let shelf = Arc::new(Shelf::default());
        let shared = Arc::clone(&shelf);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.closed.load(Ordering::Relaxed) {
                    return;
                }
                let shelf = Arc::clone(&shared);
                // A client that goes away in the middle is no matter here.
                thread::spawn(move || drop(shelf.converse(stream)));
            }
        });
        Origin { address, shelf }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn set(&self, path: &str, reply: impl Into<Reply>) {
        let mut replies = self.shelf.replies.lock().expect("no holder panics");
        replies.insert(path.to_owned(), reply.into());
    }

    /// The requests for a path so far, oldest first.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        let asked = self.shelf.asked.lock().expect("no holder panics");
        asked.iter().filter(|request| request.path == path).cloned().collect()
    }

    /// The requests for paths that begin so, oldest first.
    pub fn asked_below(&self, start: &str) -> Vec<Asked> {
        let asked = self.shelf.asked.lock().expect("no holder panics");
        asked.iter().filter(|request| request.path.starts_with(start)).cloned().collect()
    }

    /// How many requests there were, for any path.
    pub fn count(&self) -> usize {
        self.count_below("")
    }

    /// How many requests there were for paths that begin so.
    pub fn count_below(&self, start: &str) -> usize {
        let asked = self.shelf.asked.lock().expect("no holder panics");
        asked.iter().filter(|request| request.path.starts_with(start)).count()
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.shelf.closed.store(true, Ordering::Relaxed);
        // Wakes the accepting thread, which then ends.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shelf {
    /// Answers the requests of one connection.
    fn converse(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut stream = stream;
        while let Some(asked) = read_request(&mut reader)? {
            let reply = self.replies.lock().expect("no holder panics").get(&asked.path).cloned();
            self.asked.lock().expect("no holder panics").push(asked.clone());
            match reply {
                None => write_head(&mut stream, 404, &[], Some(0))?,
                Some(Reply::Document(document)) => document.write(&asked, &mut stream)?,
                Some(Reply::Held(gate, document)) => {
                    gate.wait();
                    document.write(&asked, &mut stream)?;
                }
                Some(Reply::Status(status, headers)) => {
                    write_head(&mut stream, status, &headers, Some(0))?;
                }
                Some(Reply::Endless { headers, piece }) => {
                    write_head(&mut stream, 200, &headers, None)?;
                    loop {
                        stream.write_all(&piece)?;
                    }
                }
                Some(Reply::Raw(bytes)) => return stream.write_all(&bytes),
                Some(Reply::Reset(bytes)) => {
                    stream.write_all(&bytes)?;
                    let at_once = Some(Duration::ZERO);
                    rustix::net::sockopt::set_socket_linger(&stream, at_once)?;
                    return Ok(());
                }
                Some(Reply::Drip(start, piece)) => {
                    stream.write_all(&start)?;
                    loop {
                        stream.write_all(&piece)?;
                        thread::sleep(Duration::from_millis(20));
                    }
                }
                // Ends when the client gives up.
                Some(Reply::Never) => drop(read_request(&mut reader)?),
            }
        }
        Ok(())
    }
}

impl Document {
    fn write(&self, asked: &Asked, stream: &mut TcpStream) -> std::io::Result<()> {
        let known = |name: &str, own: &Option<String>| {
            asked.header(name).is_some_and(|value| Some(value) == own.as_deref())
        };
        let unchanged = match asked.header("if-none-match") {
            Some(_) => known("if-none-match", &self.etag),
            None => known("if-modified-since", &self.last_modified),
        };
        let mut headers = self.headers.clone();
        let validators = [("ETag", &self.etag), ("Last-Modified", &self.last_modified)];
        headers.extend(validators.iter().filter_map(|(name, own)| Some((*name, (*own).clone()?))));
        if unchanged {
            return write_head(stream, 304, &headers, None);
        }
        headers.push(("Content-Type", self.content_type.to_owned()));
        write_head(stream, 200, &headers, Some(self.body.len()))?;
        stream.write_all(&self.body)
    }
}

fn write_head(
    stream: &mut TcpStream,
    status: u16,
    headers: &[(&str, String)],
    length: Option<usize>,
) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {status} Any\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(length) = length {
        head.push_str(&format!("Content-Length: {length}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())
}

/// `None`: the connection has ended.
fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<Asked>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let at = Instant::now();
    let target = line.split(' ').nth(1).unwrap_or_default();
    // A proxy passes on the absolute form (RFC 9112 §3.2.2).
    let absolute = target.strip_prefix("http://").and_then(|rest| rest.find('/'));
    let path = absolute.map_or(target, |end| &target["http://".len() + end..]).to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.push((name.to_owned(), value.trim_start().to_owned())),
            None => return Ok(Some(Asked { path, headers, at })),
        }
    }
}
