//! Any bytes as a run of the index, and writes that become one which is then damaged: what is
//! read is what was written, or an error.
//!
//! Input: where (2 bytes), what is done there (1 byte), what the rest is (1 byte), the rest.

#![no_main]

use countywire::store::door::{Run, Runs, Writer};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[path = "../counted.rs"]
mod counted;

/// What opening and reading may take at once for each byte, and however few they are.
const FOR_A_BYTE: usize = 64;
const ANYHOW: usize = 1 << 20;

type Writes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;
type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

fuzz_target!(|input: &[u8]| {
    let [low, high, deed, what, rest @ ..] = input else { return };
    let folder = folder();
    let path = folder.join(format!("{:016x}.run", 1));
    if what % 2 == 0 {
        let header: &[u8] = if what % 4 == 0 { b"countywire run 1" } else { b"" };
        fs::write(&path, [header, rest].concat()).expect("written");
        drop(read(&folder, &path, &[rest]));
        return;
    }
    let writes = writes(rest);
    let mut writer = Writer::create(&folder, 1, 0, writes.len() as u64).expect("created");
    for (key, value) in &writes {
        writer.push((key, value.as_deref())).expect("pushed");
    }
    drop(writer.finish().expect("written"));
    let keys: Vec<&[u8]> = writes.keys().map(Vec::as_slice).collect();
    let pairs = writes.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?)));
    let pairs: Pairs = pairs.collect();
    let values: Vec<_> = writes.values().cloned().collect();
    assert_eq!(read(&folder, &path, &keys), Some((Some(pairs.clone()), values.clone().into_iter().map(Some).collect())));

    let mut bytes = fs::read(&path).expect("there");
    let at = usize::from(u16::from_le_bytes([*low, *high])) % bytes.len();
    match deed {
        0 => bytes.truncate(at),
        deed => bytes[at] ^= deed,
    }
    fs::write(&path, bytes).expect("written");
    if let Some((scanned, looked_up)) = read(&folder, &path, &keys) {
        assert!(scanned.is_none_or(|scanned| scanned == pairs));
        for (found, written) in looked_up.into_iter().zip(values) {
            assert!(found.is_none_or(|found| found == written));
        }
    }
});

/// All pairs in order and the value of each key, each `None` where an error is told; `None`
/// where the run does not open.
#[allow(clippy::type_complexity)]
fn read(
    folder: &Path,
    path: &Path,
    keys: &[&[u8]],
) -> Option<(Option<Pairs>, Vec<Option<Option<Vec<u8>>>>)> {
    let length = fs::metadata(path).expect("there").len() as usize;
    let (found, most) = counted::most(|| {
        let run = Run::open(folder, 1, 0).ok()?;
        let none = Runs::open(&folder.join("none"), None, 10_000).expect("an empty folder");
        let runs = none.with(Arc::new(run));
        let looked_up = keys.iter().map(|key| runs.get(key).ok()).collect();
        let all = (0..=u8::MAX).map(|kind| runs.scan(&[kind], &[]).collect::<Result<Pairs, _>>());
        let all: Result<Vec<Pairs>, _> = all.collect();
        Some((all.ok().map(|all| all.concat()), looked_up))
    });
    assert!(most <= ANYHOW + FOR_A_BYTE * length, "{most} bytes for {length}");
    found
}

/// A write for each text between NULs: the first bytes are its key; of some it deletes.
fn writes(bytes: &[u8]) -> Writes {
    let write = |text: &[u8]| {
        let (length, text) = text.split_first()?;
        let (key, value) = text.split_at(text.len().min(1 + usize::from(length % 30)));
        let value = (length % 5 > 0).then(|| value.repeat(1 + usize::from(length % 7)));
        (!key.is_empty()).then(|| (key.to_vec(), value))
    };
    bytes.split(|byte| *byte == 0).filter_map(write).collect()
}

/// In memory where the system has that, empty.
fn folder() -> PathBuf {
    let shared = Path::new("/dev/shm");
    let within = if shared.is_dir() { shared.to_owned() } else { std::env::temp_dir() };
    let folder = within.join(format!("countywire-fuzz-{}", std::process::id()));
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("made");
    folder
}
