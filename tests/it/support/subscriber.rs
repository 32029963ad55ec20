//! A subscriber's callbacks on loopback (WebSub, W3C Recommendation of 23 January 2018), which can
//! also misbehave.

use super::eventually;
use super::http::{self, Answer};
use super::listening::{self, Heard, Listening, respond};
use std::collections::HashMap;
use std::net::{SocketAddr, TcpStream};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use url::form_urlencoded;

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
    _listening: Listening,
}

impl Subscriber {
    pub fn start() -> Subscriber {
        let desk = Arc::new(Desk::default());
        let shared = Arc::clone(&desk);
        let listening = Listening::start(move |stream| shared.serve(stream));
        Subscriber { address: listening.address, desk, _listening: listening }
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
    }
}

impl Desk {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        listening::serve(stream, |heard, stream| {
            let conducts = if heard.method == "GET" { &self.questions } else { &self.deliveries };
            let conduct = conducts.lock().expect("no holder panics").get(&heard.path).cloned();
            let challenge = heard.query.get("hub.challenge").cloned().unwrap_or_default();
            self.heard.lock().expect("no holder panics").push(heard);
            match conduct.unwrap_or(Conduct::Right) {
                Conduct::Right => {
                    let status = if challenge.is_empty() { 204 } else { 200 };
                    respond(stream, status, &[], &challenge)?;
                }
                Conduct::Answers(status, location, body) => {
                    let headers = [("Location", location.as_str())];
                    let has_location = usize::from(!location.is_empty());
                    respond(stream, status, &headers[..has_location], body)?;
                }
                Conduct::Hangs => {
                    let guard = self.closing.0.lock().expect("no holder panics");
                    let is_open = |(): &mut ()| !self.closed.load(Ordering::Relaxed);
                    drop(self.closing.1.wait_while(guard, is_open));
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })
    }
}
