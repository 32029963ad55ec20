//! The real program, running, and what it answers.

use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

pub struct Daemon {
    child: Child,
    /// Host and port.
    public: String,
    admin: String,
}

impl Daemon {
    /// Starts `countywire run` with its log beside feeds.toml; returns when it listens.
    pub fn start(folder: &Path) -> Daemon {
        let log = File::create(folder.join("log")).expect("a writable folder");
        let mut child = Command::new(env!("CARGO_BIN_EXE_countywire"))
            .arg("--config")
            .arg(folder.join("feeds.toml"))
            .arg("run")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut address = || {
            let line = lines.next().and_then(Result::ok).unwrap_or_default();
            let address = line.split_once("http://").and_then(|(_, rest)| rest.split('/').next());
            address.map(str::to_owned).unwrap_or_else(|| {
                let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
                panic!("the daemon did not start: {line:?}\n{log}")
            })
        };
        let (public, admin) = (address(), address());
        Daemon { child, public, admin }
    }

    /// Polls a source now; returns when what was found is kept.
    pub fn poll(&self, source: &str) -> Value {
        let answer = request("POST", &self.admin, &format!("/poll/{source}"));
        serde_json::from_slice(&answer).expect("JSON")
    }

    /// Every stored entry, in order of arrival.
    pub fn export(&self) -> Vec<Value> {
        let mut entries: Vec<Value> = Vec::new();
        loop {
            let after = entries.last().map_or(0, |entry| entry["no"].as_u64().expect("a number"));
            let lines = request("GET", &self.admin, &format!("/export?after={after}"));
            let lines = String::from_utf8(lines).expect("UTF-8");
            if lines.is_empty() {
                return entries;
            }
            entries.extend(
                lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")),
            );
        }
    }

    /// All items of a channel, page after page as `next_url` leads.
    pub fn history(&self, path_and_query: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = Some(path_and_query.to_owned());
        while let Some(path) = next {
            let page = request("GET", &self.public, &path);
            let mut page: Value = serde_json::from_slice(&page).expect("JSON");
            next = page["next_url"].as_str().map(|url| {
                let base = format!("http://{}", self.public);
                url.strip_prefix(&base).unwrap_or_else(|| panic!("{url} is elsewhere")).to_owned()
            });
            match page["items"].take() {
                Value::Array(more) => items.extend(more),
                other => panic!("{path}: items are {other}"),
            }
        }
        items
    }

    /// Ends it as systemd would; it must drain and leave well.
    pub fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
        let status = self.child.wait().expect("it is our child");
        assert!(status.success(), "the daemon ended with {status}");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The body of a 200; panics at everything else.
fn request(method: &str, host: &str, path: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(host).expect("the daemon listens");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("the daemon reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the daemon answers");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    let body = answer.split_off(end);
    let (head, text) = (String::from_utf8_lossy(&answer), String::from_utf8_lossy(&body));
    assert!(head.starts_with("HTTP/1.1 200 "), "{method} {path}: {head}{text:.500}");
    body
}
