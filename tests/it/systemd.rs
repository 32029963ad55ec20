//! What systemd is told (sd_notify(3)) and what it gives (sd_listen_fds(3)).

use crate::support::daemon::Daemon;
use crate::support::documents::{Form, News};
use crate::support::home::{Home, Settings, program};
use crate::support::origin::Origin;
use crate::support::{eventually, eventually_so, http, published};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

/// The other end of `NOTIFY_SOCKET`.
struct Manager {
    messages: Arc<Mutex<Vec<String>>>,
    path: std::path::PathBuf,
}

impl Manager {
    fn listen(home: &Home) -> Manager {
        let path = home.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket in a new folder");
        let messages = Arc::new(Mutex::new(Vec::new()));
        let inbox = Arc::clone(&messages);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length) = socket.recv(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                inbox.lock().expect("no holder panics").push(text);
            }
        });
        Manager { messages, path }
    }

    /// Assignments so far, in order, without `STATUS=`.
    fn told(&self) -> Vec<String> {
        let messages = self.messages.lock().expect("no holder panics");
        let lines = messages.iter().flat_map(|message| message.lines());
        lines.filter(|line| !line.starts_with("STATUS=")).map(str::to_owned).collect()
    }

    fn count(&self, line: &str) -> usize {
        self.told().iter().filter(|told| *told == line).count()
    }

    /// The last `STATUS=`.
    fn status(&self) -> Option<String> {
        let messages = self.messages.lock().expect("no holder panics");
        let statuses = messages.iter().flat_map(|message| message.lines());
        statuses.filter_map(|line| line.strip_prefix("STATUS=")).next_back().map(str::to_owned)
    }

    fn forget(&self) {
        self.messages.lock().expect("no holder panics").clear();
    }
}

#[test]
fn systemd_hears_of_ready_reload_watchdog_and_stop() {
    let home = Home::new(&Settings::new());
    let manager = Manager::listen(&home);
    let mut command = home.command(&["run"]);
    command.env("NOTIFY_SOCKET", &manager.path).env("WATCHDOG_USEC", "1000000");
    let daemon = Daemon::from(command);
    eventually_so("READY=1", || manager.count("READY=1") == 1);
    assert_ne!(manager.status(), None, "it says how it stands");
    eventually_so("WATCHDOG=1 twice", || manager.count("WATCHDOG=1") >= 2);
    assert!(!daemon.log().contains("watchdog is not fed"), "{}", daemon.log());

    let reload = || {
        let told = manager.told();
        let told = told.iter().filter(|line| *line != "WATCHDOG=1" && !line.starts_with("MONO"));
        told.cloned().collect::<Vec<_>>()
    };
    manager.forget();
    daemon.signal("HUP");
    eventually_so("the end of the reload", || manager.count("READY=1") == 1);
    assert_eq!(reload(), ["RELOADING=1", "READY=1"]);

    // A broken file: ready again with the old settings, and systemd hears why.
    home.write("[sit]\n");
    manager.forget();
    http::post(daemon.admin, "/reload").expect(409);
    eventually_so("the end of the reload", || manager.count("READY=1") == 1);
    assert_eq!(reload(), ["RELOADING=1", "READY=1"]);
    let status = manager.status().unwrap_or_default();
    assert!(status.contains("feeds.toml:1:2"), "{status}");

    manager.forget();
    daemon.stop();
    eventually_so("STOPPING=1", || manager.count("STOPPING=1") == 1);
    assert_eq!(manager.count("READY=1"), 0);
}

#[test]
fn nothing_is_said_to_be_ready_before_it_is() {
    let home = Home::new(&Settings::new());
    let manager = Manager::listen(&home);
    std::fs::write(home.path().join("store"), "in the way").expect("a writable folder");
    let mut command = home.command(&["run"]);
    command.env("NOTIFY_SOCKET", &manager.path);
    crate::support::home::to_end(command, b"").expect(1);
    assert_eq!(manager.count("READY=1"), 0);
}

/// Hands two listeners over as file descriptors 3 and 4, as systemd does.
fn activated(home: &Home, public: &TcpListener, admin: &TcpListener) -> Command {
    let given = |listener: &TcpListener| {
        let listener = listener.try_clone().expect("a descriptor");
        Stdio::from(OwnedFd::from(listener))
    };
    let script = "exec 3<&0 4>&1 </dev/null >&2; LISTEN_PID=$$ LISTEN_FDS=2 exec \"$@\"";
    let daemon = program();
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(daemon.get_program());
    command.arg("--config").arg(home.feeds_toml()).arg("run").current_dir(home.path());
    command.stdin(given(public)).stdout(given(admin));
    command
}

#[test]
fn sockets_given_by_systemd_are_served_and_a_restart_refuses_no_reader() {
    let origin = Origin::start();
    origin.set("/feed", Form::Atom10.document(&[News::new("paper", 1, "来稿", 1)]).etag("\"1\""));
    // The addresses of the settings must not be used.
    let settings = Settings::new()
        .listen("public = \"127.0.0.1:1\"\nadmin = \"127.0.0.1:2\"")
        .source("paper", &origin.url("/feed"), "");
    let home = Home::new(&settings);
    let bind = || TcpListener::bind("127.0.0.1:0").expect("a free port");
    let (public, admin) = (bind(), bind());
    let daemon = Daemon::from_activated(activated(&home, &public, &admin));
    assert_eq!(Ok(daemon.public), public.local_addr().map_err(|error| error.kind()));
    assert_eq!(Ok(daemon.admin), admin.local_addr().map_err(|error| error.kind()));
    daemon.poll("paper");
    assert_eq!(published::feed(&daemon, "/s/paper.atom").titles(), ["来稿"]);
    let address = daemon.public;
    daemon.stop();

    // Asked while nobody runs: the connection waits in the socket.
    let early = thread::spawn(move || http::get(address, "/s/paper.atom"));
    let daemon = Daemon::from_activated(activated(&home, &public, &admin));
    let answer = early.join().expect("an answer").expect(200);
    assert_eq!(published::read("x.atom", &answer.body).titles(), ["来稿"]);
    eventually("the daemon to go on", || Some(daemon.document("/s/paper.atom")));
    daemon.stop();
}
