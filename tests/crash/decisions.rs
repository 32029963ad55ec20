//! What was decided of each entry must be what a store that nobody kills decides.

use crate::life::{ORDER, is_of_an_order, named, rename, settings};
use crate::reports::recorded_at;
use countywire::store::{Numbered, Store};
use countywire::story::Stories;
use serde_json::Value;
use std::path::Path;

/// Crashes after which that is looked at: it takes all reports once more.
const EVERY: usize = 6;

/// `reached`: how far the store has come.
pub fn check(folder: &Path, crash: usize, reached: u64) {
    if crash % EVERY != EVERY - 1 {
        return;
    }
    let store = Store::open(&settings(folder), &mut |_| {}).expect("opened");
    let undisturbed = tempfile::tempdir().expect("a folder");
    let undisturbed = applied(undisturbed.path(), reached);
    assert_eq!(decided(&store), decided(&undisturbed), "placed otherwise than without a crash");
}

/// All reports and orders up to this one, one by one.
fn applied(folder: &Path, reached: u64) -> Store {
    let mut store = Store::open(&settings(folder), &mut |_| {}).expect("opened");
    let mut stories = Stories::default();
    for sequence in 1..=reached {
        if is_of_an_order(sequence) {
            let rename = sequence.is_multiple_of(30).then(|| rename(&store.reader()));
            let order = rename.as_ref().unwrap_or(&ORDER);
            store.obey(order, sequence, recorded_at(sequence)).expect("obeyed");
            continue;
        }
        let report = named(&store.reader(), sequence).to_bytes();
        let recorded_at = recorded_at(sequence);
        let numbered = Numbered { sequence, recorded_at, report: &report, prepared: None };
        store.commit(&[numbered], &mut stories).expect("committed");
    }
    store
}

/// Of each entry its number and its placement.
fn decided(store: &Store) -> Vec<(Value, Value)> {
    let mut lines = Vec::new();
    store.export(&mut lines, Path::new("memory"), &mut |_| {}).expect("exported");
    let lines = String::from_utf8(lines).expect("text");
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let records = lines.map(|line| line["entry"]["record"].clone());
    let told = records.filter(|record| record.is_object());
    told.map(|record| (record["no"].clone(), record["placement"].clone())).collect()
}
