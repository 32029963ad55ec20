//! Crashes: a child applies reports and says what it has acknowledged, until it is killed at
//! some moment; then the store must hold every acknowledged report, whole, and nothing that no
//! report brought. `cargo test --test crash` does a few, `COUNTYWIRE_CRASHES=500` as many.
//!
//! What each report brings follows from its number alone, so that parent and child agree.

#[path = "../chance.rs"]
#[allow(dead_code)]
mod chance;

use chance::Chance;
use countywire::model::{
    Channel, Entry, EntryKey, Outcome, PollFacts, RegionCode, Report, SourceId, SourceState,
    Timestamp,
};
use countywire::store::{Editions, Numbered, Settings, Store, rebuild};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const CHILD: &str = "COUNTYWIRE_CRASH_CHILD";
const SOURCES: u64 = 7;
/// Crashes of one store, before a new one is begun: checking takes longer as it grows.
const LIFE: usize = 25;

fn main() {
    if let Ok(deed) = std::env::var(CHILD) {
        return child(&deed, Path::new(&std::env::args().nth(1).expect("a folder")));
    }
    let wanted = std::env::var("COUNTYWIRE_CRASHES").ok();
    let crashes = wanted.map_or(12, |count| count.parse().expect("COUNTYWIRE_CRASHES: a number"));
    let started = Instant::now();
    let (mut reports, mut survived) = (0, 0);
    let mut folder = tempfile::tempdir().expect("a folder");
    chance::each(1, |chance| {
        for crash in 0..crashes {
            if crash % LIFE == 0 {
                folder = tempfile::tempdir().expect("a folder");
            }
            // Where there is nothing to remake, that cannot be interrupted.
            let remakes = crash % LIFE > 0 && chance.one_in(5);
            let deed = if remakes { "rebuild" } else { "apply" };
            let last = killed(deed, folder.path(), chance);
            let kept = check(folder.path(), last);
            reports += kept;
            survived += 1;
        }
    });
    let took = started.elapsed().as_secs_f64();
    println!("{survived} of {crashes} kills survived, {reports} reports found whole, {took:.1} s");
}

fn settings(folder: &Path) -> Settings {
    Settings {
        path: folder.join("store"),
        cache_bytes: 1 << 20,
        new_epoch: 7,
        segment_bytes: Settings::SEGMENT_BYTES,
    }
}

/// Applies reports, or remakes the index, until it is killed.
fn child(deed: &str, folder: &Path) {
    let mut out = std::io::stdout();
    if deed == "rebuild" {
        loop {
            rebuild(&settings(folder), &mut |_| {}, &mut |_| {}).expect("remade");
        }
    }
    let mut store = Store::open(&settings(folder), &mut |_| {}).expect("opened");
    let mut sequence = store.reader().position().expect("read").sequence;
    loop {
        let group: Vec<Vec<u8>> =
            (0..1 + sequence % 4).map(|n| report(sequence + 1 + n).to_bytes()).collect();
        let numbered: Vec<Numbered<'_>> = group
            .iter()
            .zip(sequence + 1..)
            .map(|(report, sequence)| Numbered {
                sequence,
                recorded_at: recorded_at(sequence),
                report,
            })
            .collect();
        store
            .commit(&numbered, &|text, at, first| countywire::story::place(text, at, first))
            .expect("committed");
        sequence += group.len() as u64;
        writeln!(out, "{sequence}").and_then(|()| out.flush()).expect("the parent listens");
        if sequence.is_multiple_of(5) {
            store.settle().expect("settled");
        }
        if sequence.is_multiple_of(97) {
            drop(store);
            store = Store::open(&settings(folder), &mut |_| {}).expect("opened again");
        }
    }
}

fn recorded_at(sequence: u64) -> Timestamp {
    Timestamp(1_795_507_200 + sequence as i64)
}

fn source(sequence: u64) -> u64 {
    sequence % SOURCES
}

/// Some new entries, some changed ones, some with the text of another source's; often none.
fn report(sequence: u64) -> Report {
    let source = source(sequence);
    let state = SourceState {
        poll_number: sequence,
        next_reason: format!("after {sequence}"),
        seen: vec![(sequence, 1); (sequence % 20) as usize],
        ..SourceState::default()
    };
    Report {
        v: 1,
        source: SourceId::new(&format!("s{source}")),
        polled_at: recorded_at(sequence),
        outcome: Outcome::NotModified,
        entries: brought(sequence).into_iter().map(|name| entry(source, name, sequence)).collect(),
        state,
        first_poll_entries: 3,
        facts: PollFacts::default(),
    }
}

/// The names of the entries that a report brings.
fn brought(sequence: u64) -> Vec<u64> {
    let count = [0, 3, 0, 1, 6, 0][(sequence / SOURCES % 6) as usize];
    let newest = sequence / SOURCES * 2;
    let mut names: Vec<u64> = (0..count).map(|n| newest.saturating_sub(n)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn entry(source: u64, name: u64, sequence: u64) -> Entry {
    let text = "兴平市今年秋粮喜获丰收，全市粮食总产量达到三十二万吨。".repeat(4);
    // Every third entry is printed by all sources alike.
    let own = if name.is_multiple_of(3) { String::new() } else { format!("来源{source}") };
    Entry {
        key: key(source, name),
        guid: Some(format!("https://s{source}.example/{name}")),
        title: format!("{name} of {sequence}"),
        published: Some(recorded_at(name)),
        content: format!("<p>{name}{own}{text}</p>"),
        fingerprint: sequence,
        places: ["cn610481", "cn610400"].map(RegionCode::new).to_vec(),
        ..Entry::default()
    }
}

fn key(source: u64, name: u64) -> EntryKey {
    EntryKey::hash_of(&[&source.to_be_bytes(), &name.to_be_bytes()])
}

/// Runs a child and kills it; the last sequence that it has acknowledged.
fn killed(deed: &str, folder: &Path, chance: &mut Chance) -> Option<u64> {
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.arg(folder).env(CHILD, deed).stdout(Stdio::piped()).stdin(Stdio::null());
    let mut child = command.spawn().expect("a child");
    let lines = BufReader::new(child.stdout.take().expect("piped"));
    let reading = std::thread::spawn(move || {
        lines.lines().map_while(Result::ok).filter_map(|line| line.parse().ok()).last()
    });
    std::thread::sleep(Duration::from_micros(chance.within(2_000..400_000) as u64));
    kill(&mut child);
    reading.join().expect("read")
}

fn kill(child: &mut Child) {
    assert!(child.try_wait().expect("ours").is_none(), "the child ended by itself");
    child.kill().expect("killed");
    child.wait().expect("gone");
}

/// Opens the store and looks at all of it; returns how far it has come.
fn check(folder: &Path, acknowledged: Option<u64>) -> u64 {
    let store = Store::open(&settings(folder), &mut |_| {}).expect("it opens after a crash");
    let reader = store.reader();
    let reached = reader.position().expect("read").sequence;
    if let Some(acknowledged) = acknowledged {
        assert!(reached >= acknowledged, "{acknowledged} was acknowledged, {reached} is there");
    }
    let verified = store.verify(&mut |_| {}).expect("verified");
    assert_eq!(verified.faults, []);

    // Each entry as the last report had it, in its channels once.
    let mut expected: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    let mut polled = BTreeMap::new();
    for sequence in 1..=reached {
        let source = source(sequence);
        polled.insert(source, sequence);
        expected.extend(brought(sequence).into_iter().map(|name| ((source, name), sequence)));
    }
    assert_eq!(verified.entries, expected.len() as u64);
    for (&(source, name), &sequence) in &expected {
        let stored = reader.entry_by_key(key(source, name)).expect("read").expect("kept");
        assert_eq!(stored.entry.title, format!("{name} of {sequence}"));
    }
    for (&source, &sequence) in &polled {
        let id = SourceId::new(&format!("s{source}"));
        let state = reader.state(&id).expect("read").expect("known");
        assert_eq!((state.poll_number, state.seen), (sequence, report(sequence).state.seen));
        let own = expected.keys().filter(|(of, _)| *of == source).count();
        assert_eq!(state.entries, own as u64);
        let channel = Channel::Source(id).key();
        let listed = reader.list(channel, None, own + 1, Editions::All).expect("listed");
        assert_eq!(listed.entries.len(), own);
    }
    reached
}
