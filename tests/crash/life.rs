//! The life of a store that ends at some moment, and what must be there afterwards.

use crate::reports::{brought, key, recorded_at, report, source};
use countywire::model::{Channel, Naming, Order, Report, Retain, SourceId};
use countywire::store::{Editions, Numbered, Reader, Renamed, Settings, Store, rebuild};
use countywire::story::{Stories, Traits};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

pub fn settings(folder: &Path) -> Settings {
    // Small segments: many are rewritten.
    let segment_bytes = 64 * 1024;
    Settings { path: folder.join("store"), cache_bytes: 1 << 20, new_epoch: 7, segment_bytes }
}

/// Entries that are kept at least.
pub const KEPT: u64 = 300;
/// Entries leave and segments are rewritten, a step at a time.
pub const ORDER: Order =
    Order::Retain(Retain { age: None, entries: Some(KEPT), disk_bytes: None, is_thorough: true });

/// Of some orders each: the source has now one id, now the other.
const RENAMED: u64 = 0;

/// The id that a source has now.
fn id(reader: &Reader, source: u64) -> SourceId {
    let first = SourceId::new(&format!("s{source}"));
    reader.successor(&first).expect("read").unwrap_or(first)
}

/// What is left to do of the last change of an id, else the next one.
pub fn rename(reader: &Reader) -> Order {
    let left = reader.renamed().expect("read").into_iter().find(|renamed| renamed.has_entries);
    if let Some(Renamed { from, to, .. }) = left {
        return Order::Rename { from, to };
    }
    let from = id(reader, RENAMED);
    let to = if from.as_str().starts_with('s') { "t" } else { "s" };
    Order::Rename { from, to: SourceId::new(&format!("{to}{RENAMED}")) }
}

/// Under the id that its source has now.
pub fn named(reader: &Reader, sequence: u64) -> Report {
    let mut report = report(sequence);
    report.source = id(reader, source(sequence));
    let state = reader.state(&report.source).expect("read");
    let naming = state.and_then(|state| state.naming);
    report.state.naming = naming.map(|naming| Box::new(Naming { became: None, ..*naming }));
    report
}

/// Whether a place in the journal is that of an order, which may not need it.
pub fn is_of_an_order(sequence: u64) -> bool {
    sequence.is_multiple_of(10)
}

/// What a life tells whoever will kill it.
pub enum Told {
    Acknowledged(u64),
    /// The moment at which it is now.
    Moment(&'static str),
}

/// Prints a number, or a moment behind an `@`.
pub fn say(told: Told) {
    let mut out = std::io::stdout();
    let said = match told {
        Told::Acknowledged(sequence) => writeln!(out, "{sequence}"),
        Told::Moment(moment) => writeln!(out, "@{moment}"),
    };
    said.and_then(|()| out.flush()).expect("the parent listens");
}

/// Applies reports, or remakes the index, until it is killed.
pub fn live(deed: &str, folder: &Path) {
    if deed == "rebuild" {
        loop {
            say(Told::Moment("rebuilding"));
            rebuild(&settings(folder), &mut |_| {}, &mut |_| {}).expect("remade");
        }
    }
    apply(folder, say);
}

/// Applies reports and obeys orders, for ever.
pub fn apply(folder: &Path, tell: impl Fn(Told)) {
    let opened = || {
        tell(Told::Moment("opening"));
        Store::open(&settings(folder), &mut |_| {}).expect("opened")
    };
    let (mut store, mut stories) = (opened(), Stories::default());
    let mut sequence = store.reader().position().expect("read").sequence;
    tell(Told::Acknowledged(sequence));
    loop {
        if is_of_an_order(sequence + 1) {
            sequence += 1;
            let rename = sequence.is_multiple_of(30).then(|| rename(&store.reader()));
            let order = rename.as_ref().unwrap_or(&ORDER);
            tell(Told::Moment(if rename.is_some() { "renaming" } else { "retaining" }));
            store.obey(order, sequence, recorded_at(sequence)).expect("obeyed");
            continue;
        }
        tell(Told::Moment("applying"));
        let group: Vec<Vec<u8>> = (sequence + 1..)
            .take_while(|sequence| !is_of_an_order(*sequence))
            .take(1 + sequence as usize % 4)
            .map(|sequence| named(&store.reader(), sequence).to_bytes())
            .collect();
        let numbered: Vec<Numbered<'_, Traits>> = group
            .iter()
            .zip(sequence + 1..)
            .map(|(report, sequence)| Numbered {
                sequence,
                recorded_at: recorded_at(sequence),
                report,
                prepared: None,
            })
            .collect();
        store.commit(&numbered, &mut stories).expect("committed");
        sequence += group.len() as u64;
        tell(Told::Acknowledged(sequence));
        if sequence.is_multiple_of(5) {
            tell(Told::Moment("settling"));
            store.settle().expect("settled");
        }
        if sequence.is_multiple_of(97) {
            drop(store);
            (store, stories) = (opened(), Stories::default());
        }
    }
}

/// Opens the store and looks at all of it; returns how far it has come.
pub fn check(folder: &Path, acknowledged: Option<u64>) -> u64 {
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
    let mut arrived = Vec::new();
    let mut polled = BTreeMap::new();
    for sequence in (1..=reached).filter(|sequence| !is_of_an_order(*sequence)) {
        let source = source(sequence);
        polled.insert(source, sequence);
        for name in brought(sequence) {
            if expected.insert((source, name), sequence).is_none() {
                arrived.push((source, name));
            }
        }
    }
    // The first to come are the first to leave.
    let gone = arrived.len() as u64 - verified.entries;
    assert!(
        gone == 0 || verified.entries >= KEPT,
        "{} left of {}",
        verified.entries,
        arrived.len()
    );
    let (gone, there) = arrived.split_at(gone as usize);
    for &(source, name) in gone {
        assert!(reader.entry_by_key(key(source, name)).expect("read").is_none());
    }
    for entry in there {
        let (&(source, name), sequence) = (entry, expected[entry]);
        let stored = reader.entry_by_key(key(source, name)).expect("read").expect("kept");
        assert_eq!(stored.entry.title, format!("{name} of {sequence}"));
    }
    for (&source, &sequence) in &polled {
        let id = id(&reader, source);
        let state = reader.state(&id).expect("read").expect("known");
        assert_eq!((state.poll_number, state.seen), (sequence, report(sequence).state.seen));
        let own = |entries: &[(u64, u64)]| entries.iter().filter(|(of, _)| *of == source).count();
        let listed = |id: &SourceId| {
            let channel = Channel::Source(id.clone()).key();
            let list = reader.list(channel, None, KEPT as usize * 9, Editions::All);
            list.expect("listed").entries.len()
        };
        assert_eq!(state.entries, listed(&id) as u64);
        let left = reader.renamed().expect("read").into_iter().filter(|renamed| renamed.to == id);
        let ids = left.map(|renamed| renamed.from).chain([id.clone()]);
        assert_eq!(ids.map(|id| listed(&id)).sum::<usize>(), own(there));
    }
    reached
}
