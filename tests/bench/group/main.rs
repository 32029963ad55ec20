//! `cargo bench --bench group`: what it costs to find an entry's story. See tests/bench/README.md.

use countywire::model::Timestamp;
use countywire::story::{CAPACITY, Sketch, Window};
use std::error::Error;
use std::process::ExitCode;

#[path = "../options.rs"]
mod options;
#[path = "../../shared.rs"]
mod shared;

use options::{Bench, Options};

const BENCH: Bench = Bench {
    name: "group",
    usage: "--feeds N (entries in the window), --repeat N (of the small one)",
    switch: "--small-only",
};
/// What is asked of us: entries a second with a small and with a full window, and bytes.
const SMALL: f64 = 40_000.0;
const FULL: f64 = 3_000.0;
const BYTES: f64 = 1.5e9;

/// Entries of the small window: what the ingest harness has.
const FEW: usize = 20_000;
/// Entries that are timed once the window is full.
const TIMED: usize = 20_000;
const DAY: i64 = 86_400;

fn main() -> ExitCode {
    let defaults = Options { feeds: CAPACITY, repeat: 3, ..Options::default() };
    BENCH.run(defaults, |options| {
        let news = News::read(options.seed)?;
        println!("targets: {SMALL:.0} entries a second small, {FULL:.0} full, {BYTES:.1e} bytes\n");
        println!("| entries in the window | sketches a second | placed a second | both | bytes | resident | of a story |");
        println!("|---|---|---|---|---|---|---|");
        for _ in 0..options.repeat {
            run(&news, FEW, 0)?;
        }
        if !options.switch {
            run(&news, options.feeds, TIMED)?;
        }
        Ok(())
    })
}

/// Puts so many entries into a window, four days of them, and times the last `timed`, or all.
fn run(news: &News, entries: usize, timed: usize) -> Result<(), Box<dyn Error>> {
    let before = resident_bytes()?;
    let mut window = Window::default();
    let timed = if timed == 0 { entries } else { timed };
    let (mut sketching, mut placing, mut joined) = (0.0, 0.0, 0usize);
    for number in 0..entries + if timed == entries { 0 } else { timed } {
        let at = Timestamp(number as i64 * 4 * DAY / entries as i64);
        let (title, text) = news.entry(number);
        let started = cpu_seconds();
        let sketch = Sketch::new(&title, &text, at);
        let sketched = cpu_seconds();
        let place = window.add(number, sketch, at);
        let placed = cpu_seconds();
        if timed == entries || number >= entries {
            sketching += sketched - started;
            placing += placed - sketched;
            joined += usize::from(place.story != number);
        }
    }
    let rate = |seconds: f64| timed as f64 / seconds;
    let (sketches, places, both) = (rate(sketching), rate(placing), rate(sketching + placing));
    let (bytes, resident) = (window.bytes(), resident_bytes()?.saturating_sub(before));
    let joined = joined * 100 / timed;
    println!(
        "| {entries} | {sketches:.0} | {places:.0} | {both:.0} | {bytes} | {resident} | {joined} % |"
    );
    Ok(())
}

/// Real articles where there are any, and texts made of their sentences.
struct News {
    articles: Vec<(String, String)>,
    sentences: Vec<String>,
    seed: u64,
}

impl News {
    fn read(seed: u64) -> Result<News, Box<dyn Error>> {
        let file = shared::material("archive/articles-2023h2.jsonl.zst");
        let file = file.ok_or("there is no archive (set COUNTYWIRE_SHARED)")?;
        let lines = zstd::decode_all(std::fs::File::open(file)?)?;
        let mut articles = Vec::new();
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let article: serde_json::Value = serde_json::from_slice(line)?;
            let field = |name: &str| article[name].as_str().unwrap_or_default().to_owned();
            articles.push((field("title"), field("text")));
        }
        let sentences = articles
            .iter()
            .flat_map(|(_, text)| text.split_inclusive('。'))
            .map(|sentence| sentence.trim().to_owned())
            .filter(|sentence| sentence.len() > 30)
            .collect();
        Ok(News { articles, sentences, seed })
    }

    /// One in four is a real article, in turn; the rest is made: a title and some sentences.
    fn entry(&self, number: usize) -> (String, String) {
        if number.is_multiple_of(4) {
            return self.articles[number / 4 % self.articles.len()].clone();
        }
        let mut chance = Chance(self.seed ^ (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut sentence =
            || self.sentences[chance.below(self.sentences.len() as u64) as usize].as_str();
        let title: String = sentence().chars().take(28).collect();
        (title, (0..12).map(|_| sentence()).collect())
    }
}

/// Knuth's MMIX constants.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        let Chance(state) = self;
        *state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) % n
    }
}

/// Of this thread: neighbours do not count.
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn resident_bytes() -> Result<usize, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.split_whitespace().nth(1).ok_or("no figure")?.parse::<usize>()? * 1024)
}
