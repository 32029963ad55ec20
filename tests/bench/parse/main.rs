//! What reading documents costs: `cargo bench --bench parse`. ../README.md tells more.

#[path = "../generate.rs"]
mod generate;
#[path = "../options.rs"]
mod options;
mod peers;
#[expect(dead_code, reason = "the poll bench needs the rest")]
#[path = "../run.rs"]
mod run;

use countywire::model::{SourceId, Timestamp};
use countywire::normalise;
use countywire::parse::{self, Document, Limits, ParseContext};
use generate::{Feeds, ITEMS};
use options::{Bench, Options};
use rustix::time::{ClockId, clock_gettime};
use std::error::Error;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use url::Url;

const USAGE: &str = "\
cargo bench --bench parse -- [--feeds N] [--seed N] [--repeat N] [--only-ours]
  --feeds N     generated feeds of 20 items (default 400)
  --seed N      another set of feeds (default 42)
  --repeat N    each reader so many times; medians are shown (default 5)
  --only-ours   leave the peers out, for a profile";

fn main() -> ExitCode {
    let defaults = Options { feeds: 400, repeat: 5, ..Options::default() };
    Bench { name: "parse", usage: USAGE, switch: "--only-ours" }.run(defaults, bench)
}

fn bench(options: &Options) -> Result<(), Box<dyn Error>> {
    let scratch = tempfile::Builder::new().prefix("countywire-bench-").tempdir()?;
    let feeds = Feeds { count: options.feeds, seed: options.seed, port: 8081 };
    feeds.write("build", scratch.path())?;
    let corpus = Corpus::load(scratch.path(), options.feeds)?;
    println!(
        "{} documents, {:.1} MB, {} items; one thread; medians of {}, CPU\n",
        corpus.documents.len(),
        corpus.bytes() as f64 / 1e6,
        corpus.documents.len() * ITEMS,
        options.repeat
    );
    println!("| reader | MB/s | entries |\n|---|---|---|");
    let row = |name: &str, seconds: f64, entries: usize| {
        println!("| {name} | {:.0} | {entries} |", corpus.bytes() as f64 / 1e6 / seconds);
    };
    type Reader = fn(&Corpus) -> usize;
    let ours: [(&str, Reader); 2] = [
        ("countywire: bytes to finished, sanitised entries", finished),
        ("countywire: parsed only", parsed),
    ];
    let theirs: [(&str, Reader); 2] = [
        ("feed-rs 3.0, without sanitising", peers::feed_rs),
        ("quick-xml 0.42, events only", peers::quick_xml),
    ];
    let count = if options.switch { 0 } else { theirs.len() };
    for (name, reader) in ours.into_iter().chain(theirs.into_iter().take(count)) {
        let mut entries = 0;
        let runs = (0..options.repeat).map(|_| {
            let before = cpu_seconds();
            entries = black_box(reader(&corpus));
            cpu_seconds() - before
        });
        let seconds = median(runs.collect());
        row(name, seconds, entries);
    }
    if !options.switch {
        match peers::libxml2(&corpus.files, scratch.path()) {
            Ok(seconds) => row("libxml2 (xmllint --sax --noout)", seconds, 0),
            Err(why) => println!("| libxml2 | not measured: {why} | |"),
        }
        match peers::feedparser(&corpus.files, scratch.path()) {
            Ok((seconds, entries)) => row("feedparser 6, sanitising", seconds, entries),
            Err(why) => println!("| feedparser | not measured: {why} | |"),
        }
    }
    Ok(())
}

/// Of this thread.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

pub struct Corpus {
    pub documents: Vec<Vec<u8>>,
    files: Vec<PathBuf>,
}

impl Corpus {
    fn load(scratch: &Path, feeds: usize) -> std::io::Result<Self> {
        let files: Vec<PathBuf> =
            (0..feeds).map(|feed| scratch.join(format!("feed/{feed}.xml"))).collect();
        let documents = files.iter().map(std::fs::read).collect::<Result<_, _>>()?;
        Ok(Corpus { documents, files })
    }

    fn bytes(&self) -> usize {
        self.documents.iter().map(Vec::len).sum()
    }
}

fn read(bytes: &[u8], url: &Url) -> countywire::model::ParsedFeed {
    let context = ParseContext {
        zone: chrono_tz::Tz::Asia__Shanghai,
        polled_at: Timestamp(1_800_000_000),
        limits: Limits::default(),
    };
    let document = Document { bytes, content_type: Some("application/xml"), url: Some(url) };
    parse::parse(&document, &context).expect("a generated feed is readable")
}

fn url(feed: usize) -> Url {
    let address = format!("http://127.0.0.{}:8081/feed/{feed}.xml", 2 + feed % 49);
    Url::parse(&address).expect("an address")
}

fn parsed(corpus: &Corpus) -> usize {
    let each = corpus.documents.iter().enumerate();
    each.map(|(feed, bytes)| read(bytes, &url(feed)).entries.len()).sum()
}

fn finished(corpus: &Corpus) -> usize {
    let mut entries = 0;
    for (feed, bytes) in corpus.documents.iter().enumerate() {
        let url = url(feed);
        let parsed = read(bytes, &url);
        let source = SourceId::new(&format!("feed-{feed}"));
        let context = normalise::Context {
            source: &source,
            base: Some(&url),
            language: Some("zh-CN"),
            rung: 0,
            zone: chrono_tz::Tz::Asia__Shanghai,
        };
        for identity in normalise::identify(&parsed, &context).items {
            black_box(normalise::entry(&parsed, &identity, &context));
            entries += 1;
        }
    }
    entries
}
