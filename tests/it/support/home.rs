//! A temporary folder with a `feeds.toml`, and the program run in it.

use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use tempfile::TempDir;

pub struct Home {
    folder: TempDir,
}

/// What readers are told to use: the same in each start, whatever the port.
pub const BASE: &str = "http://wire.test";

/// `feeds.toml` in the making: small, on loopback, asking sources only when told to.
#[derive(Clone)]
pub struct Settings {
    base: String,
    listen: String,
    poll: String,
    rest: String,
}

impl Settings {
    pub fn new() -> Self {
        Settings {
            base: format!("{BASE}/"),
            listen: "public = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n".to_owned(),
            poll: String::new(),
            rest: String::new(),
        }
    }

    /// Instead of [`BASE`]; port 0 is that of the public listener.
    pub fn base(mut self, url: &str) -> Self {
        self.base = url.to_owned();
        self
    }

    /// Instead of free ports.
    pub fn listen(mut self, lines: &str) -> Self {
        self.listen = format!("{lines}\n");
        self
    }

    /// Further lines of `[poll]`.
    pub fn poll(mut self, lines: &str) -> Self {
        self.poll.push_str(lines);
        self.poll.push('\n');
        self
    }

    /// Further tables.
    pub fn tables(mut self, lines: &str) -> Self {
        self.rest.push_str(lines);
        self.rest.push('\n');
        self
    }

    /// A source, with further lines of its table.
    pub fn source(self, id: &str, url: &str, lines: &str) -> Self {
        let title = format!("来源 {id}");
        self.tables(&format!(
            "[[source]]\nid = \"{id}\"\ntitle = \"{title}\"\nurl = \"{url}\"\n{lines}"
        ))
    }

    pub fn text(&self) -> String {
        let Settings { base, listen, poll, rest } = self;
        let own = |key: &str| poll.lines().any(|line| line.starts_with(key));
        let defaults = [
            ("schedule", "\"1d\""),
            ("shortest", "\"1s\""),
            ("host_spacing", "\"0s\""),
            ("allow_addresses", "[\"127.0.0.0/8\"]"),
        ];
        let defaults = defaults.iter().filter(|(key, _)| !own(key));
        let defaults: String = defaults.map(|(key, value)| format!("{key} = {value}\n")).collect();
        format!(
            "[site]\ntitle = \"县闻\"\nbase_url = \"{base}\"\ncontact = \"it@example.org\"\n\
             [listen]\n{listen}\
             [store]\npath = \"store\"\ncache = \"8MiB\"\n\
             [poll]\n{defaults}{poll}\
             [regions]\npublish = [\"shaanxi\"]\n{rest}"
        )
    }
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// # Panics
    /// When the exit code is another one.
    #[track_caller]
    pub fn expect(self, code: i32) -> Ended {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).expect("JSON on standard output")
    }

    /// One value for each line of standard output.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<serde_json::Value> {
        let lines = self.stdout.lines();
        lines.map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }
}

impl Home {
    pub fn new(settings: &Settings) -> Home {
        let home = Home { folder: tempfile::tempdir().expect("a temporary folder") };
        home.write(&settings.text());
        home
    }

    /// Replaces `feeds.toml`.
    pub fn write(&self, text: &str) {
        std::fs::write(self.feeds_toml(), text).expect("a writable folder");
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn feeds_toml(&self) -> PathBuf {
        self.folder.path().join("feeds.toml")
    }

    /// The program with this folder's settings, ready to be started.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = program();
        command.arg("--config").arg(self.feeds_toml()).args(args).current_dir(self.path());
        command
    }

    /// Runs a command that asks the daemon of this folder, which listens at `admin`.
    pub fn run_asking(&self, admin: SocketAddr, args: &[&str]) -> Ended {
        let settings = std::fs::read_to_string(self.feeds_toml()).expect("settings");
        let beside = self.path().join("beside.toml");
        let known = settings.replace("admin = \"127.0.0.1:0\"", &format!("admin = \"{admin}\""));
        std::fs::write(&beside, known).expect("a writable folder");
        let mut command = program();
        command.arg("--config").arg(beside).args(args).current_dir(self.path());
        to_end(command, b"")
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Ended {
        to_end(self.command(args), b"")
    }
}

/// The program, knowing nothing of the environment that the tests run in.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countywire"));
    for (name, _) in std::env::vars_os() {
        let known = name.to_str().unwrap_or_default();
        let ours = ["COUNTYWIRE_", "NOTIFY_", "WATCHDOG_", "LISTEN_", "JOURNAL_"];
        if ours.iter().any(|prefix| known.starts_with(prefix)) || known == "STATE_DIRECTORY" {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// Runs to the end; a program that does not end in time is killed and fails the test.
#[track_caller]
pub fn to_end(mut command: Command, input: &[u8]) -> Ended {
    use std::io::Write;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_owned();
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let stdout = reading(child.stdout.take().expect("piped"));
    let stderr = reading(child.stderr.take().expect("piped"));
    let code = wait(&mut child);
    writer.join().expect("writing does not panic");
    let text = |reader: thread::JoinHandle<String>| reader.join().expect("reading does not panic");
    Ended { code, stdout: text(stdout), stderr: text(stderr) }
}

/// The exit code; `None` after a signal.
///
/// # Panics
/// When the program does not end in time; it is killed first.
#[track_caller]
pub fn wait(child: &mut Child) -> Option<i32> {
    let deadline = std::time::Instant::now() + super::PATIENCE;
    loop {
        if let Some(status) = child.try_wait().expect("a child of ours") {
            return status.code();
        }
        if std::time::Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            panic!("the program did not end by itself");
        }
        thread::sleep(std::time::Duration::from_millis(5));
    }
}

fn reading(mut stream: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
