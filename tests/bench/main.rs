//! What polling costs: `cargo bench --bench poll -- --feeds 1000`. README.md tells more.

mod generate;
mod options;
mod origin;
mod run;
mod table;

use generate::{Feeds, ITEMS};
use options::{Bench, Options};
use origin::{Answers, Origin, Served};
use run::{Cost, measure};
use serde::Deserialize;
use std::error::Error;
use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::ExitCode;
use table::{Figures, Polled};

const USAGE: &str = "\
cargo bench --bench poll -- [--feeds N] [--hosts N] [--seed N] [--repeat N] [--stories N] [--keep]
  --feeds N    generated feeds of 20 items (default 1000)
  --hosts N    served by so many addresses of loopback (default 49); connections are kept
  --seed N     another set of feeds (default 42)
  --repeat N   the whole sequence so many times; medians are shown (default 1)
  --stories N  `entries` of `[stories]` (default: that of the program); 0 finds none
  --keep       leave feeds, feeds.toml and store in place and say where";

/// More would take more than 127.0.0.2 to 127.0.255.251.
const MOST_HOSTS: usize = 64_000;

fn main() -> ExitCode {
    let defaults = Options { feeds: 1000, ..Options::default() };
    Bench { name: "poll", usage: USAGE, switch: "--keep" }.run(defaults, bench)
}

fn bench(options: &Options) -> Result<(), Box<dyn Error>> {
    let mut runs = Vec::new();
    for _ in 0..options.repeat {
        let mut scratch = tempfile::Builder::new().prefix("countywire-bench-").tempdir()?;
        if options.switch {
            scratch.disable_cleanup(true);
            eprintln!("kept in {}", scratch.path().display());
        }
        runs.push(sequence(options, scratch.path())?);
    }
    print!("{}", table::render(options.feeds, options.feeds * ITEMS, &runs));
    Ok(())
}

/// Cold, warm (twice) and changed over one store, and curl beside them.
fn sequence(options: &Options, scratch: &Path) -> Result<Figures, Box<dyn Error>> {
    let feeds = options.feeds;
    let hosts = options.hosts.min(feeds).min(MOST_HOSTS);
    let origin = Origin::start((0..hosts).map(host).collect())?;
    let generated = Feeds { count: feeds, seed: options.seed, port: origin.port };
    generated.write("build", scratch)?;
    load(&origin, feeds, scratch)?;
    let place = Place { hosts, port: origin.port };
    write_settings(options, place, scratch)?;
    let all = Answers { full: feeds as u64, not_modified: 0 };

    let none = Answers { full: 0, not_modified: feeds as u64 };
    let curl_full = curl(feeds, place, &[], scratch)?;
    expect("answers to curl", origin.take_answers(), all)?;
    let curl_warm = curl(feeds, place, &["If-None-Match: *"], scratch)?;
    expect("answers to curl with validators", origin.take_answers(), none)?;
    let cold = poll(scratch, (feeds * ITEMS) as u64)?;
    expect("answers to the cold round", origin.take_answers(), all)?;
    let disk_bytes = run::disk_bytes(&scratch.join("store"))?;
    let warm = poll(scratch, 0)?;
    expect("answers to the warm round", origin.take_answers(), none)?;
    let again = poll(scratch, 0)?;
    expect("answers to the second warm round", origin.take_answers(), none)?;
    let more = generated.write("change", scratch)?;
    load(&origin, feeds, scratch)?;
    let changed = poll(scratch, more)?;
    let some = Answers { full: more, not_modified: feeds as u64 - more };
    expect("answers to the changed round", origin.take_answers(), some)?;
    Ok(Figures { cold, warm, again, changed, curl_full, curl_warm, disk_bytes })
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, found: T, wanted: T) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("{what}: {found:?}; expected {wanted:?}")) }
}

/// Takes the feeds from disk into the origin.
fn load(origin: &Origin, feeds: usize, scratch: &Path) -> std::io::Result<()> {
    for feed in 0..feeds {
        let file = scratch.join(format!("feed/{feed}.xml"));
        let modified_at = std::fs::metadata(&file)?.mtime();
        let served = Served::new(std::fs::read(&file)?, "application/xml", modified_at);
        origin.put(format!("/feed/{feed}.xml"), served);
    }
    Ok(())
}

/// 127.0.0.2 to 127.0.0.251, then 127.0.1.2.
fn host(number: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, (number / 250) as u8, (2 + number % 250) as u8)
}

/// Where feeds are served.
#[derive(Clone, Copy)]
struct Place {
    hosts: usize,
    port: u16,
}

impl Place {
    fn url(self, feed: usize) -> String {
        format!("http://{}:{}/feed/{feed}.xml", host(feed % self.hosts), self.port)
    }
}

/// One source for each feed, its region one of the country's counties, far from the last.
fn write_settings(options: &Options, place: Place, scratch: &Path) -> std::io::Result<()> {
    let gazetteer = countywire::tables::gazetteer("cn").expect("it ships with the program");
    let counties: Vec<&str> = gazetteer
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter(|fields| fields.get(1) == Some(&"county"))
        .map(|fields| fields[6])
        .collect();
    let mut toml = String::from(
        "[site]\ncontact = \"bench@example.org\"\n\
         [listen]\npublic = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n\
         [store]\npath = \"store\"\n\
         [poll]\nhost_spacing = \"0s\"\nallow_addresses = [\"127.0.0.0/8\"]\n",
    );
    // It has a benchmark of its own, and goes on when the polls are over.
    toml.push_str("[search]\nenabled = false\n");
    if let Some(entries) = options.stories {
        let _ = writeln!(toml, "[stories]\nentries = {entries}");
    }
    for feed in 0..options.feeds {
        // 1009 is prime and divides no count of counties in use.
        let region = counties[feed * 1009 % counties.len()];
        let url = place.url(feed);
        let _ = write!(
            toml,
            "[[source]]\nid = \"feed-{feed}\"\ntitle = \"Feed {feed}\"\nurl = \"{url}\"\n\
             region = \"{region}\"\n"
        );
    }
    std::fs::write(scratch.join("feeds.toml"), toml)
}

/// One round of `countywire poll --all`; all sources must answer with what is expected.
fn poll(scratch: &Path, entries_new: u64) -> Result<Polled, Box<dyn Error>> {
    #[derive(Deserialize)]
    struct Summary {
        failed: u64,
        not_kept: u64,
        entries_new: u64,
        entries_changed: u64,
        cpu_ms: f64,
    }
    let settings = scratch.join("feeds.toml");
    let settings = settings.to_str().ok_or("the temporary folder's name is no UTF-8")?;
    let program = env!("CARGO_BIN_EXE_countywire");
    let command = [program, "--config", settings, "poll", "--all", "--json"];
    let (lines, cost) = measure(&command, scratch)?;
    let last = lines.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let Summary { failed, not_kept, entries_new: new, entries_changed, cpu_ms } =
        serde_json::from_slice(last)?;
    expect("failed and not kept polls", (failed, not_kept), (0, 0))?;
    expect("new and changed entries", (new, entries_changed), (entries_new, 0))?;
    Ok(Polled { cost, round_seconds: cpu_ms / 1e3 })
}

fn curl(
    feeds: usize,
    place: Place,
    headers: &[&str],
    scratch: &Path,
) -> Result<Cost, Box<dyn Error>> {
    let mut config = String::from("parallel\nparallel-max = 50\nsilent\nshow-error\nfail\n");
    for header in headers {
        let _ = writeln!(config, "header = \"{header}\"");
    }
    for feed in 0..feeds {
        let _ = write!(config, "url = \"{}\"\noutput = \"/dev/null\"\n", place.url(feed));
    }
    let file = scratch.join("curl.cfg");
    std::fs::write(&file, config)?;
    let file = file.to_str().ok_or("the temporary folder's name is no UTF-8")?;
    Ok(measure(&["curl", "--config", file], scratch)?.1)
}
