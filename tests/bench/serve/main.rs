//! What serving a feed costs, beside nginx and a bare hyper server:
//! `cargo bench --bench serve`. ../README.md tells more.

mod changing;
mod crowd;
#[path = "../daemon.rs"]
#[allow(dead_code)]
mod daemon;
#[path = "../options.rs"]
mod options;
#[path = "../origin.rs"]
#[allow(dead_code)]
mod origin;
mod servers;
mod table;
mod text;
mod wrk;

use daemon::{Daemon, free_address};
use options::{Bench, Options};
use origin::{Origin, Served};
use servers::{Bare, Nginx};
use std::error::Error;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use table::{Row, print};
use text::Letters;
use wrk::{Asked, Wrk};

const USAGE: &str = "\
cargo bench --bench serve -- [--repeat N] [--rates-only]
  --repeat N    rounds; medians are printed (default 3)
  --rates-only  without crowds and changing channels
needs wrk and nginx (Debian: wrk, nginx-light)";

/// Of the document that is asked for.
const ENTRIES: usize = 50;
/// Of the text of an entry: 50 of them are a document of about 150 KB.
const LETTERS: usize = 500;

fn main() -> std::process::ExitCode {
    if let Some(exit) = servers::serve_bare() {
        return exit;
    }
    let defaults = Options { repeat: 3, ..Options::default() };
    Bench { name: "serve", usage: USAGE, switch: "--rates-only" }.run(defaults, bench)
}

fn bench(options: &Options) -> Result<(), Box<dyn Error>> {
    wrk::check()?;
    let scratch = tempfile::Builder::new().prefix("countywire-bench-").tempdir()?;
    let origin = Origin::start(vec![Ipv4Addr::LOCALHOST])?;
    let feed = Served::new(document().into_bytes(), "application/rss+xml", 1_793_491_200);
    origin.put("/feed".to_owned(), feed);
    let none_yet = "<rss version=\"2.0\"><channel><title>Wide</title></channel></rss>";
    let wide = Served::new(none_yet.into(), "application/rss+xml", 1_793_491_200);
    origin.put("/wide".to_owned(), wide);
    let (public, admin) = (free_address()?, free_address()?);
    write_settings(origin.port, public, admin, scratch.path())?;
    let mut daemon = Daemon::start(scratch.path(), admin)?;
    daemon.wait_until_polled(2)?;

    let ours = Wrk { address: public, path: "/s/bench.atom" };
    let plain = ours.fetch("identity")?;
    let packed = ours.fetch("gzip")?;
    let entries = String::from_utf8_lossy(&plain.body).matches("<entry>").count();
    if entries != ENTRIES {
        return Err(format!("{entries} entries in the document instead of {ENTRIES}").into());
    }
    println!(
        "{ENTRIES} entries, {} KB, {} KB in gzip; wrk with {} threads and {} connections\n",
        plain.body.len() / 1000,
        packed.body.len() / 1000,
        wrk::THREADS,
        wrk::CONNECTIONS
    );
    let nginx = Nginx::start(scratch.path(), &plain.body, &packed.body)?;
    let bare = Bare::start(scratch.path(), &plain, &packed)?;
    let theirs = Wrk { address: nginx.address, path: "/feed.atom" };
    let least = Wrk { address: bare.address, path: "/feed.atom" };
    let mut rows =
        [Row::new("nginx, gzip_static"), Row::new("a bare hyper server"), Row::new("countywire")];
    for _ in 0..options.repeat {
        for asked in Asked::ALL {
            rows[0].add(asked, theirs.run(asked, &|| nginx.cpu_seconds())?);
            rows[1].add(asked, least.run(asked, &|| bare.cpu_seconds())?);
            rows[2].add(asked, ours.run(asked, &|| daemon.cpu_seconds())?);
        }
    }
    print(&rows);
    if options.switch {
        daemon.stop()?;
        return Ok(());
    }
    println!();
    crowd::print(public, ours.path, &|| daemon.memory_megabytes())?;
    println!();
    changing::print(&daemon, &origin, public, "wide")?;
    daemon.stop()?;
    Ok(())
}

fn document() -> String {
    let mut letters = Letters::new(7);
    let mut items = String::new();
    for item in 0..ENTRIES {
        let text = letters.text(LETTERS);
        let _ = write!(
            items,
            "<item><guid>tag:h.example,2026:{item}</guid><title>新闻 {item} {}</title>\
             <link>http://h.example/{item}</link><pubDate>Sun, 01 Nov 2026 08:{item:02}:00 +0800</pubDate>\
             <description>&lt;p&gt;{text}&lt;/p&gt;</description></item>",
            &text.chars().take(12).collect::<String>()
        );
    }
    format!(
        "<rss version=\"2.0\"><channel><title>Bench</title><link>http://h.example/</link>{items}</channel></rss>"
    )
}

fn write_settings(
    port: u16,
    public: SocketAddr,
    admin: SocketAddr,
    folder: &Path,
) -> std::io::Result<()> {
    let toml = format!(
        "[site]\ncontact = \"bench@example.org\"\nbase_url = \"http://{public}/\"\n\
         [listen]\npublic = \"{public}\"\nadmin = \"{admin}\"\n\
         [store]\npath = \"store\"\n\
         [poll]\nallow_addresses = [\"127.0.0.0/8\"]\nfirst_poll_entries = 100\n\
         host_spacing = \"0s\"\nshortest = \"1s\"\nschedule = \"1d\"\n\
         [[source]]\nid = \"bench\"\ntitle = \"Bench\"\nurl = \"http://127.0.0.1:{port}/feed\"\n\
         [[source]]\nid = \"wide\"\ntitle = \"Wide\"\nurl = \"http://127.0.0.1:{port}/wide\"\n"
    );
    std::fs::write(folder.join("feeds.toml"), toml)
}
