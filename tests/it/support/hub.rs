//! A WebSub hub on loopback, made from the text of the Recommendation (W3C, 23 January
//! 2018), that can also misbehave. Section numbers are the Recommendation's.

use super::http::{self, Answer};
use super::listening::{self, Listening, respond};
use ring::hmac;
use std::collections::HashMap;
use std::net::{SocketAddr, TcpStream};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use url::{Url, form_urlencoded};

/// What the hub does with a request.
#[derive(Clone)]
pub struct Conduct {
    /// Of the answer, with its headers and text.
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub text: &'static str,
    pub intent: Intent,
    pub lease_seconds: u64,
}

/// How it goes on after a 2xx.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// Verifies, once it has answered (§5.3).
    Verify,
    /// Before it answers, as some do.
    VerifyFirst,
    /// Leaves it at that.
    Forget,
    /// §5.2.
    Deny(&'static str),
}

impl Default for Conduct {
    fn default() -> Self {
        Conduct {
            status: 202,
            headers: Vec::new(),
            text: "",
            intent: Intent::Verify,
            lease_seconds: 864_000,
        }
    }
}

/// A request for a subscription, or its end.
#[derive(Debug, Clone)]
pub struct Request {
    pub form: HashMap<String, String>,
    pub at: Instant,
}

impl Request {
    #[track_caller]
    pub fn value(&self, name: &str) -> &str {
        self.form.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.form))
    }

    pub fn mode(&self) -> &str {
        self.value("hub.mode")
    }

    pub fn callback(&self) -> Url {
        Url::parse(self.value("hub.callback")).expect("a callback")
    }
}

#[derive(Default)]
struct Desk {
    conduct: Mutex<Conduct>,
    requests: Mutex<Vec<Request>>,
    /// Verified: secret by callback and topic.
    subscriptions: Mutex<HashMap<(String, String), String>>,
    /// Statuses of what callbacks answered to verifications.
    verifications: Mutex<Vec<u16>>,
}

pub struct Hub {
    pub address: SocketAddr,
    desk: Arc<Desk>,
    _listening: Listening,
}

impl Hub {
    pub fn start() -> Hub {
        let desk = Arc::new(Desk::default());
        let shared = Arc::clone(&desk);
        let listening = Listening::start(move |stream| shared.serve(stream));
        Hub { address: listening.address, desk, _listening: listening }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hub?a=1&b=2", self.address)
    }

    pub fn behave(&self, conduct: Conduct) {
        *self.desk.conduct.lock().expect("no holder panics") = conduct;
    }

    pub fn requests(&self) -> Vec<Request> {
        self.desk.requests.lock().expect("no holder panics").clone()
    }

    /// The topics of those that are verified.
    pub fn subscriptions(&self) -> Vec<String> {
        let subscriptions = self.desk.subscriptions.lock().expect("no holder panics");
        subscriptions.keys().map(|(_, topic)| topic.clone()).collect()
    }

    /// What callbacks answered to verifications, oldest first.
    pub fn verifications(&self) -> Vec<u16> {
        self.desk.verifications.lock().expect("no holder panics").clone()
    }

    /// Delivers to whoever subscribed to the topic, signed with SHA-256 (§7).
    #[track_caller]
    pub fn push(&self, topic: &str, content_type: &str, body: &[u8]) -> Answer {
        let subscriptions = self.desk.subscriptions.lock().expect("no holder panics");
        let found = subscriptions.iter().find(|((_, of), _)| of == topic);
        let ((callback, _), secret) = found.expect("a subscriber of the topic");
        let signature = signature("sha256", secret, body);
        let (callback, url) = (Url::parse(callback).expect("a callback"), self.url());
        drop(subscriptions);
        let link = format!("<{topic}>; rel=\"self\", <{url}>; rel=\"hub\"");
        let headers = [
            ("Content-Type", content_type),
            ("Link", link.as_str()),
            ("X-Hub-Signature", signature.as_str()),
        ];
        deliver(&callback, &headers, body)
    }
}

/// `X-Hub-Signature` (§7.1).
pub fn signature(method: &str, secret: &str, body: &[u8]) -> String {
    let algorithm = match method {
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => hmac::HMAC_SHA256,
        "sha384" => hmac::HMAC_SHA384,
        "sha512" => hmac::HMAC_SHA512,
        _ => panic!("no method {method}"),
    };
    let tag = hmac::sign(&hmac::Key::new(algorithm, secret.as_bytes()), body);
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{method}={hex}")
}

/// A POST to a callback.
#[track_caller]
pub fn deliver(callback: &Url, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let answer = http::try_send(address(callback), "POST", callback.path(), headers, Some(body));
    answer.expect("an answer of the callback")
}

/// A GET of a callback, with a query made of these pairs.
#[track_caller]
pub fn ask(callback: &Url, pairs: &[(&str, &str)]) -> Answer {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    http::get(address(callback), &format!("{}?{query}", callback.path()))
}

fn address(callback: &Url) -> SocketAddr {
    let addresses = callback.socket_addrs(|| None).expect("an IP address and port");
    addresses[0]
}

impl Desk {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut answered = None;
        // It verifies once the connection is closed.
        listening::serve(stream, |heard, stream| {
            let form = form_urlencoded::parse(&heard.body).into_owned().collect();
            let request = Request { form, at: heard.at };
            let conduct = self.conduct.lock().expect("no holder panics").clone();
            self.requests.lock().expect("no holder panics").push(request.clone());
            let taken = (200..300).contains(&conduct.status);
            if taken && conduct.intent == Intent::VerifyFirst {
                self.verify(&request, &conduct);
            }
            let own = conduct.headers.iter().map(|(name, value)| (*name, value.as_str()));
            let headers: Vec<_> = [("Connection", "close")].into_iter().chain(own).collect();
            respond(stream, conduct.status, &headers, conduct.text)?;
            answered = Some((request, conduct, taken));
            Ok(ControlFlow::Break(()))
        })?;
        let Some((request, conduct, taken)) = answered else { return Ok(()) };
        match conduct.intent {
            Intent::Verify if taken => self.verify(&request, &conduct),
            Intent::Deny(reason) if taken => {
                let topic = request.value("hub.topic");
                let query = [("hub.mode", "denied"), ("hub.topic", topic), ("hub.reason", reason)];
                self.note(ask(&request.callback(), &query).status);
            }
            _ => {}
        }
        Ok(())
    }

    fn verify(&self, request: &Request, conduct: &Conduct) {
        let challenge = format!("challenge {}+&", self.requests.lock().expect("no panic").len());
        let lease = conduct.lease_seconds.to_string();
        let topic = request.value("hub.topic");
        let answer = ask(
            &request.callback(),
            &[
                ("hub.mode", request.mode()),
                ("hub.topic", topic),
                ("hub.challenge", &challenge),
                ("hub.lease_seconds", &lease),
            ],
        );
        self.note(answer.status);
        if answer.status / 100 != 2 || answer.body != challenge.as_bytes() {
            return;
        }
        let key = (request.value("hub.callback").to_owned(), topic.to_owned());
        let mut subscriptions = self.subscriptions.lock().expect("no holder panics");
        match request.mode() {
            "subscribe" => {
                let secret = request.form.get("hub.secret").cloned().unwrap_or_default();
                subscriptions.insert(key, secret);
            }
            _ => {
                subscriptions.remove(&key);
            }
        }
    }

    fn note(&self, status: u16) {
        self.verifications.lock().expect("no holder panics").push(status);
    }
}
