//! The life of a store that ends at some moment, and what must be there afterwards.

use crate::reports::{brought, key, recorded_at, report, source};
use countywire::model::{Channel, SourceId};
use countywire::store::{Editions, Numbered, Settings, Store, rebuild};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

pub fn settings(folder: &Path) -> Settings {
    Settings { path: folder.join("store"), cache_bytes: 1 << 20, new_epoch: 7 }
}

/// Applies reports, or remakes the index, until it is killed.
pub fn live(deed: &str, folder: &Path) {
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
