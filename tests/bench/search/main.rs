//! `cargo bench --bench search`: what it costs to take entries in, and to find them. See
//! tests/bench/README.md.

use countywire::model::{Entry, EntryNo, Media, RegionCode, SourceId, StoredEntry, Timestamp};
use countywire::search::{Index, Query, SMALLEST_MEMORY, Wanted};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[path = "../store/corpus.rs"]
mod corpus;
#[path = "../options.rs"]
mod options;

use corpus::{Chance, Corpus};
use options::{Bench, Options};

const BENCH: Bench = Bench {
    name: "search",
    usage: "--feeds N (entries), --repeat N (of each query)",
    switch: "--small-only",
};
const FEW: usize = 10_000;
/// Entries that come at a time once all others are there.
const GROUP: usize = 20;
const GROUPS: usize = 500;
const QUERIES: [&str; 10] = [
    "兴平",
    "苹果 丰收",
    "\"中国共产党中央委员会\"",
    "雨",
    "的",
    "中国",
    "gdp",
    "2023年",
    "经济 before:2026-11-24",
    "没有这样的词语",
];

fn main() -> ExitCode {
    BENCH.run(Options { feeds: 100_000, repeat: 20, ..Options::default() }, |options| {
        let corpus = Corpus::read()?;
        let entries = if options.switch { FEW } else { options.feeds };
        run(&corpus, entries, options.repeat)
    })
}

fn run(corpus: &Corpus, entries: usize, repeat: usize) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (mut index, _) = Index::open(folder.path(), 1, 2 * SMALLEST_MEMORY)?;
    let before = cpu_seconds();
    let (started, mut making) = (Instant::now(), 0.0);
    for number in 1..=entries {
        let made = cpu_of_thread();
        let entry = stored(corpus, number);
        making += cpu_of_thread() - made;
        index.put(&entry)?;
    }
    index.commit(1)?;
    let elapsed = started.elapsed().as_secs_f64();
    index.close()?;
    let cpu = cpu_seconds() - before - making;
    let opened = Instant::now();
    let (index, why) = Index::open(folder.path(), 1, 2 * SMALLEST_MEMORY)?;
    assert_eq!(why, None);
    let opened = opened.elapsed().as_millis();
    let (bytes, (plain, _)) = (bytes(folder.path())?, corpus.mean_bytes(entries as u64)?);
    println!(
        "{entries} entries: {:.0} µs of CPU each ({elapsed:.1} s in all), {:.2} KB each on disk of {:.2} KB of HTML, opened and checked in {opened} ms\n",
        cpu * 1e6 / entries as f64,
        bytes as f64 / entries as f64 / 1e3,
        plain / 1e3,
    );
    println!("| query | found | median ms | slowest ms |\n|---|---|---|---|");
    for text in QUERIES {
        let query = Query::parse(text)?;
        let wanted = Wanted {
            phrases: query.wanted.phrases,
            until: query.before.map(|_| Timestamp(i64::from(u32::MAX))),
            ..Wanted::default()
        };
        let all = index.finder().find(&wanted, None, entries, Duration::from_secs(60))?;
        let mut times = Vec::new();
        for _ in 0..repeat {
            let started = Instant::now();
            index.finder().find(&wanted, None, 50, Duration::from_secs(60))?;
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
        println!("| {text} | {} | {median:.2} | {slowest:.2} |", all.entries.len());
    }
    println!();
    trickle(corpus, index, entries)
}

/// As they come to a daemon: a few at a time, each time with what makes them found.
fn trickle(corpus: &Corpus, mut index: Index, before: usize) -> Result<(), Box<dyn Error>> {
    let (started_at, mut making, mut times) = (cpu_seconds(), 0.0, Vec::new());
    let numbers: Vec<usize> = (before + 1..=before + GROUP * GROUPS).collect();
    for (group, numbers) in numbers.chunks(GROUP).enumerate() {
        let made = cpu_of_thread();
        let entries: Vec<StoredEntry> = numbers.iter().map(|n| stored(corpus, *n)).collect();
        making += cpu_of_thread() - made;
        let asked = Instant::now();
        for entry in &entries {
            index.put(entry)?;
        }
        index.commit(group as u64 + 2)?;
        times.push(asked.elapsed().as_secs_f64() * 1e3);
    }
    index.close()?;
    times.sort_by(f64::total_cmp);
    println!(
        "{GROUPS} times {GROUP} more: {:.0} µs of CPU each, found after {:.1} ms (median), {:.1} ms (slowest)",
        (cpu_seconds() - started_at - making) * 1e6 / numbers.len() as f64,
        times[times.len() / 2],
        times[times.len() - 1],
    );
    Ok(())
}

fn stored(corpus: &Corpus, number: usize) -> StoredEntry {
    let text = corpus.text(number as u64);
    let region = RegionCode::new(&format!("cn{:06}", Chance::new(number as u64).below(3000)));
    let entry = Entry {
        title: text.title,
        summary: text.summary,
        content: text.content,
        media: text.image.map(|url| Media { url, ..Media::default() }).into_iter().collect(),
        places: vec![region],
        ..Entry::default()
    };
    let no = EntryNo::new(number as u64, 0);
    StoredEntry {
        no,
        source: SourceId::new(&format!("s{}", number % 1000)),
        public_id: String::new(),
        first_seen: Timestamp(number as i64 * 60),
        published: Timestamp(number as i64 * 60),
        updated: Timestamp(0),
        revision: 0,
        reprint_of: number.is_multiple_of(10).then(|| EntryNo::new(number as u64 - 1, 0)),
        story: no,
        entry: Arc::new(entry),
    }
}

fn bytes(folder: &Path) -> Result<u64, Box<dyn Error>> {
    let mut bytes = 0;
    for file in fs::read_dir(folder)? {
        bytes += file?.metadata()?.len();
    }
    Ok(bytes)
}

fn cpu_seconds() -> f64 {
    clock(rustix::time::ClockId::ProcessCPUTime)
}

fn cpu_of_thread() -> f64 {
    clock(rustix::time::ClockId::ThreadCPUTime)
}

fn clock(id: rustix::time::ClockId) -> f64 {
    let time = rustix::time::clock_gettime(id);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
