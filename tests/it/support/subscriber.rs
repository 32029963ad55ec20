//! A subscriber's callbacks on loopback (WebSub, W3C Recommendation of 23 January 2018), which can
//! also misbehave.

use super::eventually;
use super::http::{self, Answer};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Instant;
use url::{Url, form_urlencoded};

/// What a callback does when it is asked whether it wants something, or told what is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conduct {
    /// As the Recommendation has it: the challenge, and 204.
    Right,
    /// A status, with a `Location` where it is not empty, and a body.
    Answers(u16, String, &'static str),
    /// Nothing, until the subscriber is dropped.
    Hangs,
}

/// A question or a delivery.
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
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }
}

#[derive(Default)]
struct Desk {
    /// By path; others are right.
    questions: Mutex<HashMap<String, Conduct>>,
    deliveries: Mutex<HashMap<String, Conduct>>,
    heard: Mutex<Vec<Heard>>,
    closed: AtomicBool,
    closing: (Mutex<()>, Condvar),
}

pub struct Subscriber {
    pub address: SocketAddr,
    desk: Arc<Desk>,
}

impl Subscriber {
    pub fn start() -> Subscriber {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
        let address = listener.local_addr().expect("a bound address");
        let desk = Arc::new(Desk::default());
        let shared = Arc::clone(&desk);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.closed.load(Ordering::Relaxed) {
                    return;
                }
                let desk = Arc::clone(&shared);
                thread::spawn(move || drop(desk.serve(stream)));
            }
        });
        Subscriber { address, desk }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn when_asked(&self, path: &str, conduct: Conduct) {
        self.desk.questions.lock().expect("no holder panics").insert(path.to_owned(), conduct);
    }

    pub fn when_told(&self, path: &str, conduct: Conduct) {
        self.desk.deliveries.lock().expect("no holder panics").insert(path.to_owned(), conduct);
    }

    fn heard(&self, method: &str, path: &str) -> Vec<Heard> {
        let heard = self.desk.heard.lock().expect("no holder panics");
        heard.iter().filter(|h| h.method == method && h.path == path).cloned().collect()
    }

    /// What a callback was asked, oldest first.
    pub fn asked(&self, path: &str) -> Vec<Heard> {
        self.heard("GET", path)
    }

    /// What it was told.
    pub fn told(&self, path: &str) -> Vec<Heard> {
        self.heard("POST", path)
    }

    /// Waits for so many deliveries, and gives the last.
    #[track_caller]
    pub fn await_told(&self, path: &str, count: usize) -> Heard {
        eventually(&format!("delivery {count} to {path}"), || {
            let told = self.told(path);
            assert!(told.len() <= count, "{} deliveries to {path}", told.len());
            told.get(count - 1).cloned()
        })
    }

    #[track_caller]
    pub fn await_asked(&self, path: &str, count: usize) -> Heard {
        eventually(&format!("question {count} to {path}"), || {
            self.asked(path).get(count - 1).cloned()
        })
    }
}

/// Sends a form to a hub.
#[track_caller]
pub fn request(hub: SocketAddr, pairs: &[(&str, &str)]) -> Answer {
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let answer = http::try_send(hub, "POST", "/hub", &headers, Some(form.as_bytes()));
    answer.expect("an answer of the hub")
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.desk.closed.store(true, Ordering::Relaxed);
        self.desk.closing.1.notify_all();
        let _ = TcpStream::connect(self.address);
    }
}

impl Desk {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut stream = stream;
        loop {
            let Some(heard) = read(&mut reader)? else { return Ok(()) };
            let conducts = if heard.method == "GET" { &self.questions } else { &self.deliveries };
            let conduct = conducts.lock().expect("no holder panics").get(&heard.path).cloned();
            let challenge = heard.query.get("hub.challenge").cloned().unwrap_or_default();
            self.heard.lock().expect("no holder panics").push(heard);
            let (status, location, body) = match conduct.unwrap_or(Conduct::Right) {
                Conduct::Right if challenge.is_empty() => (204, String::new(), String::new()),
                Conduct::Right => (200, String::new(), challenge),
                Conduct::Answers(status, location, body) => (status, location, body.to_owned()),
                Conduct::Hangs => {
                    let guard = self.closing.0.lock().expect("no holder panics");
                    let is_open = |(): &mut ()| !self.closed.load(Ordering::Relaxed);
                    drop(self.closing.1.wait_while(guard, is_open));
                    return Ok(());
                }
            };
            let mut head = format!("HTTP/1.1 {status} Any\r\n");
            if !location.is_empty() {
                head.push_str(&format!("Location: {location}\r\n"));
            }
            if status != 204 {
                head.push_str(&format!("Content-Length: {}\r\n", body.len()));
            }
            stream.write_all(format!("{head}\r\n{body}").as_bytes())?;
        }
    }
}

fn read(reader: &mut impl BufRead) -> std::io::Result<Option<Heard>> {
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
    let mut heard = Heard { method, path, query, headers, body: Vec::new(), at: Instant::now() };
    let length = heard.header("content-length").and_then(|length| length.parse().ok());
    heard.body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut heard.body)?;
    Ok(Some(heard))
}
