//! What is measured in processes of their own: each begins with empty memory, and one of
//! them is killed. Figures go to standard output, a name and a number a line.

use super::corpus::Corpus;
use super::measure::{
    disk_bytes, drop_caches, forget, percentile, process_cpu, resident_bytes, thread_cpu,
    written_bytes,
};
use super::reports::{Group, REPORT_ENTRIES, Reports, channels};
use super::subject::{Outcome, Subject};
use countywire::model::StoredEntry;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;
use xxhash_rust::xxh3::Xxh3;

/// Entries of a query.
const LATEST: usize = 50;
/// Channels of each of the four kinds that are asked for, and how often while warm.
const CHANNELS: usize = 50;
const ROUNDS: usize = 5;
/// How often half is deleted and inserted again.
const CHURNS: u64 = 3;
/// Groups that are made at once.
const GROUPS: usize = 16;

/// What a child does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Fills the store and stops cleanly.
    Load,
    /// Fills the store and goes on writing, telling what was acknowledged, until it is killed.
    LoadOn,
    Open,
    Read,
    Churn,
}

impl Task {
    const ALL: [(Task, &'static str); 5] = [
        (Task::Load, "load"),
        (Task::LoadOn, "load-on"),
        (Task::Open, "open"),
        (Task::Read, "read"),
        (Task::Churn, "churn"),
    ];

    pub fn name(self) -> &'static str {
        Task::ALL.iter().find(|(task, _)| *task == self).map_or("", |(_, name)| name)
    }

    pub fn named(name: &str) -> Option<Task> {
        Task::ALL.iter().find(|(_, known)| *known == name).map(|(task, _)| *task)
    }
}

/// The figure of a report that is durable.
pub const ACKNOWLEDGED: &str = "acknowledged";
/// The figure that ends those of loading.
pub const LOADED: &str = "loaded";

/// `entries`: how many the store has when it is full.
pub fn run<S: Subject>(task: Task, folder: &Path, entries: u64, cache_bytes: u64) -> Outcome<()> {
    match task {
        Task::Load => load::<S>(folder, entries, cache_bytes, false),
        Task::LoadOn => load::<S>(folder, entries, cache_bytes, true),
        Task::Open => open::<S>(folder, cache_bytes).map(drop),
        Task::Read => read::<S>(folder, cache_bytes),
        Task::Churn => delete_half_and_insert_again::<S>(folder, entries, cache_bytes),
    }
}

fn tell(name: &str, figure: f64) {
    println!("{name} {figure}");
}

fn load<S: Subject>(folder: &Path, entries: u64, cache_bytes: u64, goes_on: bool) -> Outcome<()> {
    let reports = Reports::new(Corpus::read()?)?;
    let resident_before = resident_bytes()?;
    let mut store = S::open(folder, cache_bytes)?;
    let end = 1 + entries / REPORT_ENTRIES;
    let (mut next, mut waits, mut making, mut wall) = (1, Vec::new(), 0.0, 0.0);
    let cpu_before = process_cpu();
    while next < end {
        let before = thread_cpu();
        let mut groups = Vec::new();
        while next < end && groups.len() < GROUPS {
            let group = reports.group(next, end);
            next = group.last_sequence() + 1;
            groups.push(group);
        }
        making += thread_cpu() - before;
        let began = Instant::now();
        commit_all(&mut store, groups, &mut waits)?;
        wall += began.elapsed().as_secs_f64();
    }
    let settling = Instant::now();
    store.settle()?;
    wall += settling.elapsed().as_secs_f64();
    tell("wall_s", wall);
    // Groups are of one size.
    let last_tenth = &waits[waits.len() / 10 * 9..];
    tell("late_s", last_tenth.iter().sum::<f64>() * waits.len() as f64 / last_tenth.len() as f64);
    tell("cpu_s", process_cpu() - cpu_before - making);
    for (name, share) in [("ack_p50_ms", 0.5), ("ack_p99_ms", 0.99), ("ack_max_ms", 1.0)] {
        tell(name, percentile(&waits, share) * 1e3);
    }
    tell("written", written_bytes()?);
    tell("resident", resident_bytes()? - resident_before);
    tell("entries", store.entries()? as f64);
    tell(LOADED, (next - 1) as f64);
    if !goes_on {
        return Ok(());
    }
    loop {
        let group = reports.group(next, u64::MAX);
        store.commit(&group.numbered())?;
        next = group.last_sequence() + 1;
        tell(ACKNOWLEDGED, group.last_sequence() as f64);
    }
}

/// Commits groups one after the other, as each is prepared by another thread.
fn commit_all<S: Subject>(store: &mut S, groups: Vec<Group>, waits: &mut Vec<f64>) -> Outcome<()> {
    let (done, prepared) = mpsc::sync_channel(2);
    thread::scope(|scope| {
        scope.spawn(move || {
            for mut group in groups {
                group.prepare();
                if done.send(group).is_err() {
                    return;
                }
            }
        });
        for group in prepared {
            let offered = Instant::now();
            store.commit(&group.numbered())?;
            waits.push(offered.elapsed().as_secs_f64());
        }
        Ok(())
    })
}

fn open<S: Subject>(folder: &Path, cache_bytes: u64) -> Outcome<S> {
    let resident_before = resident_bytes()?;
    let started = Instant::now();
    let store = S::open(folder, cache_bytes)?;
    let sequence = store.last_sequence()?;
    tell("open_s", started.elapsed().as_secs_f64());
    tell("resident", resident_bytes()? - resident_before);
    tell("sequence", sequence as f64);
    Ok(store)
}

fn read<S: Subject>(folder: &Path, cache_bytes: u64) -> Outcome<()> {
    let channels = channels(CHANNELS)?;
    let resident_before = resident_bytes()?;
    let store = S::open(folder, cache_bytes)?;
    let (mut cold, mut warm, mut answers) = (Vec::new(), Vec::new(), Xxh3::new());
    let is_cold = drop_caches();
    for channel in &channels {
        forget(folder)?;
        let asked = Instant::now();
        let entries = store.latest(channel, LATEST)?;
        if is_cold {
            cold.push(asked.elapsed().as_secs_f64() * 1e3);
        }
        if entries.is_empty() {
            return Err(format!("{channel:?} is empty").into());
        }
        entries.iter().for_each(|entry| add(&mut answers, entry));
    }
    // Each was forgotten again before the next.
    for channel in &channels {
        store.latest(channel, LATEST)?;
    }
    let mut warm_cpu = Vec::new();
    for _ in 0..ROUNDS {
        for channel in &channels {
            let (asked, cpu_before) = (Instant::now(), thread_cpu());
            store.latest(channel, LATEST)?;
            warm_cpu.push((thread_cpu() - cpu_before) * 1e3);
            warm.push(asked.elapsed().as_secs_f64() * 1e3);
        }
    }
    for (name, times) in [("cold", cold), ("warm", warm), ("warm_cpu", warm_cpu)] {
        tell(&format!("{name}_p50_ms"), percentile(&times, 0.5));
        tell(&format!("{name}_p99_ms"), percentile(&times, 0.99));
    }
    // As many bits as a figure has.
    tell("answers", (answers.digest() >> 12) as f64);
    tell("resident", resident_bytes()? - resident_before);
    Ok(())
}

/// What one can see of an entry.
fn add(answers: &mut Xxh3, stored: &StoredEntry) {
    answers.update(&stored.no.0.to_le_bytes());
    answers.update(&stored.published.0.to_le_bytes());
    for text in [&stored.public_id, &stored.entry.title, &stored.entry.content] {
        answers.update(text.as_bytes());
    }
}

/// Deletes the older half of a full store and fills it again, and tells what it occupies.
fn delete_half_and_insert_again<S: Subject>(
    folder: &Path,
    entries: u64,
    cache_bytes: u64,
) -> Outcome<()> {
    let reports = Reports::new(Corpus::read()?)?;
    let mut store = S::open(folder, cache_bytes)?;
    let half = entries / REPORT_ENTRIES / 2;
    let mut next = store.last_sequence()? + 1;
    for round in 1..=CHURNS {
        store.delete_before(next - half)?;
        store.settle()?;
        tell(&format!("deleted_{round}"), disk_bytes(folder)? as f64);
        // Removing takes places in the journal, too.
        next = store.last_sequence()? + 1;
        let end = next + half;
        while next < end {
            let group = reports.group(next, end);
            store.commit(&group.numbered())?;
            next = group.last_sequence() + 1;
        }
        store.settle()?;
        tell(&format!("inserted_{round}"), disk_bytes(folder)? as f64);
    }
    Ok(())
}
