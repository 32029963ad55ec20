//! `countywire run` as a child process.

use super::home::{self, Home};
use super::{eventually, http};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

pub struct Daemon {
    child: Child,
    pub public: SocketAddr,
    pub admin: SocketAddr,
    output: Output,
}

/// Lines of both outputs, as they come.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<String>>);

impl Output {
    fn follow(&self, stream: impl Read + Send + 'static) {
        let output = self.clone();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let mut text = output.0.lock().expect("no holder panics");
                text.push_str(&line);
                text.push('\n');
            }
        });
    }

    fn text(&self) -> String {
        self.0.lock().expect("no holder panics").clone()
    }
}

impl Daemon {
    /// Starts it and waits until it is ready.
    #[track_caller]
    pub fn start(home: &Home) -> Daemon {
        Daemon::from(home.command(&["run"]))
    }

    /// Starts a command that becomes the daemon.
    #[track_caller]
    pub fn from(mut command: Command) -> Daemon {
        command.stdout(Stdio::piped());
        Daemon::from_activated(command)
    }

    /// Starts a command whose standard output is taken already.
    #[track_caller]
    pub fn from_activated(command: Command) -> Daemon {
        let daemon = Daemon::listening(command);
        eventually("the daemon to be ready", || {
            http::try_request(daemon.admin, "GET", "/readyz", &[]).ok().filter(|a| a.status == 200)
        });
        daemon
    }

    /// The same for one that may not become ready.
    #[track_caller]
    pub fn listening(mut command: Command) -> Daemon {
        command.env("COUNTYWIRE_LOG", "debug").stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        // The command holds what it gave to the child.
        drop(command);
        let output = Output::default();
        if let Some(stdout) = child.stdout.take() {
            output.follow(stdout);
        }
        output.follow(child.stderr.take().expect("piped"));
        // From here on a panic ends the child too.
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut daemon = Daemon { child, public: nowhere, admin: nowhere, output: output.clone() };
        let addresses = || {
            let text = output.text();
            let line = text.lines().find(|line| line.contains("listening public="))?;
            Some((address_in(line, "public=")?, address_in(line, "admin=")?))
        };
        (daemon.public, daemon.admin) = eventually("the addresses of the daemon", || {
            let ended = daemon.child.try_wait().expect("a child of ours");
            assert!(ended.is_none(), "the daemon ended: {}", output.text());
            addresses()
        });
        daemon
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged and printed so far.
    pub fn log(&self) -> String {
        self.output.text()
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> http::Answer {
        http::get(self.public, path)
    }

    /// The body and validators of a document that must be there.
    #[track_caller]
    pub fn document(&self, path: &str) -> http::Answer {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}");
        answer
    }

    /// Polls a source now, and waits for what came of it.
    #[track_caller]
    pub fn poll(&self, source: &str) -> Value {
        http::post(self.admin, &format!("/poll/{source}")).expect(200).json()
    }

    #[track_caller]
    pub fn status(&self) -> Value {
        http::get(self.admin, "/status.json").expect(200).json()
    }

    /// The row of a source in `/status.json`.
    #[track_caller]
    pub fn source(&self, id: &str) -> Value {
        let status = self.status();
        let rows = status["sources"].as_array().expect("a list of sources");
        let row = rows.iter().find(|row| row["id"] == id);
        row.unwrap_or_else(|| panic!("no source {id} in {status}")).clone()
    }

    /// Waits until all sources have been polled once and none is being polled: whoever asks
    /// for a poll before that may be given the one under way.
    #[track_caller]
    pub fn settled(&self) {
        eventually("the first polls to be over", || {
            let status = self.status();
            let rows = status["sources"].as_array().expect("a list of sources");
            let waits = rows.iter().any(|row| row["state"] == "waiting");
            (!waits && status["queue"]["running"] == 0).then_some(())
        });
    }

    /// Sends a signal, such as `HUP`.
    pub fn signal(&self, name: &str) {
        let line = format!("kill -{name} {}", self.pid());
        let sent = Command::new("sh").args(["-c", &line]).status().expect("a shell");
        assert!(sent.success(), "{line}");
    }

    /// SIGTERM; returns the exit code and how long the end took.
    #[track_caller]
    pub fn terminate(mut self) -> (Option<i32>, Duration) {
        let asked = Instant::now();
        self.signal("TERM");
        let code = home::wait(&mut self.child);
        (code, asked.elapsed())
    }

    /// Waits for the end of a daemon that was told to end; it must end well.
    #[track_caller]
    pub fn ended(mut self) {
        let code = home::wait(&mut self.child);
        assert_eq!(code, Some(0), "{}", self.output.text());
    }

    /// SIGTERM, which must end well.
    #[track_caller]
    pub fn stop(self) {
        self.signal("TERM");
        self.ended();
    }

    /// SIGKILL: nothing can be tidied up.
    pub fn kill(mut self) {
        self.child.kill().expect("a child of ours");
        self.child.wait().expect("a child of ours");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let log = self.output.text();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("the daemon said:\n{}", lines[lines.len().saturating_sub(60)..].join("\n"));
        }
    }
}

fn address_in(line: &str, name: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once(name)?;
    rest.split(' ').next()?.parse().ok()
}
