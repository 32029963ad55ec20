//! A daemon with one source, and that source's server.

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Entries of the document, as many as a feed of ours has.
const ENTRIES: usize = 50;
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Wire {
    pub public: SocketAddr,
    admin: SocketAddr,
    child: Child,
    served: Arc<Mutex<Served>>,
    entries: usize,
    characters: usize,
    scratch: TempDir,
}

struct Served {
    body: String,
    answered_at: Instant,
}

impl Wire {
    /// `characters`: of an entry's text.
    pub async fn start(characters: usize) -> Result<Wire, Box<dyn Error>> {
        let scratch = tempfile::Builder::new().prefix("countywire-bench-").tempdir()?;
        let body = document(ENTRIES, characters);
        let served = Arc::new(Mutex::new(Served { body, answered_at: Instant::now() }));
        let origin = TcpListener::bind("127.0.0.1:0").await?;
        let free = [free_port().await?, free_port().await?];
        let (public, admin) = (free[0].local_addr()?, free[1].local_addr()?);
        drop(free);
        write_settings(scratch.path(), public, admin, origin.local_addr()?)?;
        tokio::spawn(serve(origin, Arc::clone(&served)));
        let log = std::fs::File::create(scratch.path().join("log"))?;
        let child = Command::new(env!("CARGO_BIN_EXE_countywire"))
            .arg("--config")
            .arg(scratch.path().join("feeds.toml"))
            .arg("run")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        let entries = ENTRIES;
        let mut wire = Wire { public, admin, child, served, entries, characters, scratch };
        let deadline = Instant::now() + PATIENCE;
        while !exchange(admin, "GET", "/readyz", "").await.is_ok_and(|said| said.contains(" 200 "))
        {
            if let Some(status) = wire.child.try_wait()? {
                let log = std::fs::read_to_string(wire.scratch.path().join("log"))?;
                return Err(format!("the daemon has ended: {status}: {log}").into());
            }
            if Instant::now() > deadline {
                return Err("the daemon is not ready in time".into());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        wire.poll().await?;
        Ok(wire)
    }

    async fn poll(&self) -> Result<(), Box<dyn Error>> {
        let said = exchange(self.admin, "POST", "/poll/town", "").await?;
        if said.contains(" 200 ") { Ok(()) } else { Err(said.into()) }
    }

    /// Lets the source have one more entry, and polls it. Returns when it answered, and when the
    /// daemon had said that the report is stored.
    pub async fn bring(&mut self) -> Result<[Instant; 2], Box<dyn Error>> {
        self.entries += 1;
        self.served.lock().expect("no holder panics").body =
            document(self.entries, self.characters);
        self.poll().await?;
        let stored_at = Instant::now();
        Ok([self.served.lock().expect("no holder panics").answered_at, stored_at])
    }

    /// Waits for a figure of the daemon's.
    pub async fn await_figure(&self, line: &str) -> Result<(), Box<dyn Error>> {
        let deadline = Instant::now() + PATIENCE;
        while !exchange(self.admin, "GET", "/metrics", "").await?.contains(line) {
            if Instant::now() > deadline {
                return Err(format!("no {line} in time").into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// CPU time so far: proc_pid_stat(5), fields 14 and 15, hundredths of a second.
    pub fn cpu(&self) -> Result<Duration, Box<dyn Error>> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let ticks = after_name.split_whitespace().skip(11).take(2).flat_map(str::parse::<u64>);
        Ok(Duration::from_millis(10 * ticks.sum::<u64>()))
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request over one connection, and its whole answer.
pub async fn exchange(
    address: SocketAddr,
    method: &str,
    path: &str,
    form: &str,
) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        form.len()
    );
    stream.write_all((head + form).as_bytes()).await?;
    let mut said = Vec::new();
    stream.read_to_end(&mut said).await?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

async fn free_port() -> std::io::Result<TcpListener> {
    TcpListener::bind("127.0.0.1:0").await
}

fn write_settings(
    folder: &Path,
    public: SocketAddr,
    admin: SocketAddr,
    origin: SocketAddr,
) -> std::io::Result<()> {
    let toml = format!(
        "[site]\ncontact = \"bench@example.org\"\nbase_url = \"http://{public}/\"\n\
         [listen]\npublic = \"{public}\"\nadmin = \"{admin}\"\n[store]\npath = \"store\"\n\
         [poll]\nschedule = \"1d\"\nshortest = \"1s\"\nhost_spacing = \"0s\"\n\
         allow_addresses = [\"127.0.0.0/8\"]\n\
         [hub]\nrequests = 60000\nper_client = 10000\nper_host = 10000\n\
         streams = 100000\nstreams_per_client = 100000\n\
         [[source]]\nid = \"town\"\ntitle = \"Town\"\nurl = \"http://{origin}/\"\n"
    );
    std::fs::write(folder.join("feeds.toml"), toml)
}

/// The newest entries of so many, each with a text of its own.
fn document(entries: usize, characters: usize) -> String {
    let item = |n: usize| {
        let text = "县里今天召开会议部署秋收工作".chars().cycle().skip(n % 14).take(characters);
        let text: String = text.collect();
        format!(
            "<item><guid>tag:h.example,2026:{n}</guid><title>News {n}</title>\
             <link>http://h.example/{n}</link><description>{n} {text} {n}</description></item>"
        )
    };
    let items: String = (entries + 1 - ENTRIES..=entries).rev().map(item).collect();
    format!(
        "<rss version=\"2.0\"><channel><title>Town</title><link>http://h.example/</link>\
         {items}</channel></rss>"
    )
}

async fn serve(listener: TcpListener, served: Arc<Mutex<Served>>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut head = [0; 8_192];
        let _ = stream.read(&mut head).await;
        let body = served.lock().expect("no holder panics").body.clone();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/rss+xml\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all((head + &body).as_bytes()).await;
        served.lock().expect("no holder panics").answered_at = Instant::now();
    }
}
