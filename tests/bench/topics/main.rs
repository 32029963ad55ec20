//! `cargo bench --bench topics`: what it costs to tell what headlines are about. See
//! tests/bench/README.md.

use countywire::classify::topics::TopicReader;
use countywire::classify::topics::weights::Weights;
use countywire::tables;
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::process::ExitCode;

#[path = "../options.rs"]
mod options;

use options::{Bench, Options};

const BENCH: Bench =
    Bench { name: "topics", usage: "--feeds N (thousands of headlines), --repeat N", switch: "" };
/// What is asked of the weights by themselves: headlines a second.
const TARGET: f64 = 300_000.0;
const STORIES: &str = include_str!("../../../data/demo/stories.tsv");

fn main() -> ExitCode {
    let defaults = Options { feeds: 100, repeat: 5, ..Options::default() };
    BENCH.run(defaults, |options| {
        let headlines = headlines(options.feeds * 1000);
        let chars: usize = headlines.iter().map(|(title, _)| title.chars().count()).sum();
        println!(
            "{} headlines of {} characters; target: {TARGET:.0} a second by weights alone\n",
            headlines.len(),
            chars / headlines.len()
        );
        println!("| what | headlines a second, medians of {} |\n|---|---|", options.repeat);
        let weights = Weights::shipped();
        let reader = TopicReader::new(&tables::default_topics(), Some(Weights::shipped()));
        let row = |what: &str, read: &dyn Fn(&str, &str)| {
            let run = || {
                let before = cpu_seconds();
                headlines.iter().for_each(|(title, lead)| read(title, lead));
                headlines.len() as f64 / (cpu_seconds() - before)
            };
            let mut runs: Vec<f64> = (0..options.repeat).map(|_| run()).collect();
            runs.sort_by(f64::total_cmp);
            println!("| {what} | {:.0} |", runs[runs.len() / 2]);
        };
        row("weights alone", &|title, _| {
            black_box(weights.scores(title, ""));
        });
        row("weights alone, with leads", &|title, lead| {
            black_box(weights.scores(title, lead));
        });
        row("words, weights and evidence, with leads", &|title, lead| {
            black_box(reader.read(title, lead, &[]));
        });
        Ok(())
    })
}

/// Headlines and leads: those of the demo, each time another one behind it, so that they
/// are as long as most are and not always the same runs.
fn headlines(count: usize) -> Vec<(String, String)> {
    let rows: Vec<Vec<&str>> = STORIES
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
        .filter(|row: &Vec<&str>| row.len() > 2)
        .collect();
    let text = |n: usize| rows[n % rows.len()].as_slice();
    (0..count).map(|n| make(text(n), text(n / rows.len() + n))).collect()
}

fn make(one: &[&str], other: &[&str]) -> (String, String) {
    (format!("{}，{}", one[1], other[1]), format!("{}。{}", one[2], other[2]))
}

fn cpu_seconds() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}
