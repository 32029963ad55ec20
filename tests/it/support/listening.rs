//! A listener on loopback, each connection in a thread of its own, and requests as it reads them.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Result, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;
use url::Url;

/// Listens until it is dropped.
pub struct Listening {
    pub address: SocketAddr,
    closed: Arc<AtomicBool>,
}

impl Listening {
    /// A client that goes away in the middle is no matter to `serve`.
    pub fn start(serve: impl Fn(TcpStream) -> Result<()> + Send + Sync + 'static) -> Listening {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
        let address = listener.local_addr().expect("a bound address");
        let closed = Arc::new(AtomicBool::new(false));
        let (is_over, serve) = (Arc::clone(&closed), Arc::new(serve));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let serve = Arc::clone(&serve);
                thread::spawn(move || drop(serve(stream)));
            }
        });
        Listening { address, closed }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

/// Hands each request of a connection to `answer`, as long as that goes on.
pub fn serve(
    mut stream: TcpStream,
    mut answer: impl FnMut(Heard, &mut TcpStream) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(heard) = Heard::read(&mut reader)? {
        if answer(heard, &mut stream)?.is_break() {
            break;
        }
    }
    Ok(())
}

pub fn respond(
    stream: &mut TcpStream,
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<()> {
    let mut head = format!("HTTP/1.1 {status} Any\r\n");
    headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    if status != 204 {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes())
}

/// A request.
#[derive(Debug, Clone)]
pub struct Heard {
    pub method: String,
    pub path: String,
    pub query: HashMap<String, String>,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub at: Instant,
}

impl Heard {
    /// `None`: there is no further one.
    pub fn read(reader: &mut impl BufRead) -> Result<Option<Heard>> {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(None);
        }
        let mut words = first.split(' ');
        let method = words.next().unwrap_or_default().to_owned();
        let url = Url::parse("http://a/").and_then(|base| base.join(words.next().unwrap_or("/")));
        let url = url.expect("an address");
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let (path, query) = (url.path().to_owned(), url.query_pairs().into_owned().collect());
        let at = Instant::now();
        let mut heard = Heard { method, path, query, headers, body: Vec::new(), at };
        let length = heard.header("content-length").and_then(|length| length.parse().ok());
        heard.body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut heard.body)?;
        Ok(Some(heard))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let named = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }
}
