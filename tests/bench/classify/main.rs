//! What classifying costs: `cargo bench --bench classify`. ../README.md tells more.

#[path = "../options.rs"]
mod options;

use countywire::classify::{Classifier, Item};
use countywire::model::{RegionCode, RegionTree};
use countywire::tables;
use options::{Bench, Options};
use rustix::time::{ClockId, clock_gettime};
use serde::Deserialize;
use std::error::Error;
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
cargo bench --bench classify -- [--feeds N] [--repeat N] [--only-regions]
  --feeds N       so many articles of the archive (default 10000)
  --repeat N      all of them so many times; medians are shown (default 5)
  --only-regions  without topics, for a profile";

/// What a summary has of an article, in characters.
const LEAD: usize = 300;

#[derive(Deserialize)]
struct Article {
    home: String,
    title: String,
    text: String,
}

struct Entry {
    title: String,
    lead: String,
    home: Option<RegionCode>,
}

fn main() -> ExitCode {
    let defaults = Options { feeds: 10_000, repeat: 5, ..Options::default() };
    Bench { name: "classify", usage: USAGE, switch: "--only-regions" }.run(defaults, bench)
}

fn bench(options: &Options) -> Result<(), Box<dyn Error>> {
    let articles = articles(options.feeds)?;
    let mut regions = RegionTree::default();
    regions.extend_from_tsv(tables::gazetteer("cn").expect("known"))?;
    let topics = if options.switch { Vec::new() } else { tables::default_topics() };
    let before = cpu_seconds();
    let classifier = Classifier::new(&regions, &topics);
    println!("tables compiled in {:.0} ms", (cpu_seconds() - before) * 1e3);
    let bytes: usize = articles.iter().map(|one| one.title.len() + one.lead.len()).sum();
    let mut found = 0;
    let mut runs: Vec<f64> = (0..options.repeat)
        .map(|_| {
            found = 0;
            let before = cpu_seconds();
            for Entry { title, lead, home } in &articles {
                let item = Item { title, lead, region: home.as_ref(), ..Item::default() };
                found += usize::from(!black_box(classifier.classify(&item)).regions.is_empty());
            }
            cpu_seconds() - before
        })
        .collect();
    runs.sort_by(f64::total_cmp);
    let seconds = runs[runs.len() / 2];
    println!(
        "{} articles, {:.1} MB, {found} with a region; one thread, median of {}: {:.0} a second, {:.0} MB/s",
        articles.len(),
        bytes as f64 / 1e6,
        runs.len(),
        articles.len() as f64 / seconds,
        bytes as f64 / 1e6 / seconds,
    );
    Ok(())
}

fn articles(most: usize) -> Result<Vec<Entry>, Box<dyn Error>> {
    let shared = std::env::var_os("COUNTYWIRE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let file = shared.join("archive/articles-2023h2.jsonl.zst");
    if !file.exists() {
        return Err(format!("{} is missing; set COUNTYWIRE_SHARED", file.display()).into());
    }
    let lines = BufReader::new(zstd::Decoder::new(std::fs::File::open(&file)?)?).lines();
    let mut articles = Vec::new();
    for line in lines.take(most) {
        let article: Article = serde_json::from_str(&line?)?;
        let home = Some(article.home).filter(|home| !home.is_empty());
        let home = home.map(|home| RegionCode::new(&format!("cn{home}")));
        let lead = article.text.chars().take(LEAD).collect();
        articles.push(Entry { title: article.title, lead, home });
    }
    Ok(articles)
}

/// Of this thread.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
