use super::*;
use crate::chance::{self, Chance};
use crate::store::frame;
use std::collections::BTreeMap;
use tempfile::TempDir;

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

/// Keys of a few kinds; some share their first nine bytes.
fn key(chance: &mut Chance) -> Vec<u8> {
    let kind = *chance.pick(b"bgk");
    let number = (chance.below(60) as u64).to_be_bytes();
    let rest = chance.below(3) as u8;
    if kind == b'b' {
        [&[kind][..], &number].concat()
    } else {
        [&[kind], &number[..], &[rest]].concat()
    }
}

fn value(chance: &mut Chance) -> Vec<u8> {
    let length = if chance.one_in(20) { 9_000 } else { chance.below(300) };
    vec![chance.below(256) as u8; length]
}

fn written(folder: &Path, id: u64, writes: &BTreeMap<Vec<u8>, Option<Vec<u8>>>) -> Arc<Run> {
    let mut writer = Writer::create(folder, id, 0, writes.len() as u64).expect("created");
    for (key, value) in writes {
        writer.push((key, value.as_deref())).expect("pushed");
    }
    Arc::new(writer.finish().expect("written"))
}

fn none() -> Runs {
    let folder = tempfile::tempdir().expect("a folder");
    opened(folder.path(), None).expect("no runs")
}

fn opened(folder: &Path, list: Option<&[u8]>) -> Result<Runs, StoreError> {
    Runs::open(folder, list, 10_000)
}

fn pairs(of: Pairs<'_>) -> Vec<Pair> {
    of.collect::<Result<_, _>>().expect("read")
}

fn check(runs: &Runs, expected: &Model, chance: &mut Chance) {
    for _ in 0..20 {
        let key = key(chance);
        assert_eq!(runs.get(&key).expect("read"), expected.get(&key).cloned());
        let prefix = &key[..*chance.pick(&[1, 5, 8, 9, key.len()])];
        let from = if chance.one_in(3) { key.as_slice() } else { prefix };
        let wanted = expected.range(from.to_vec()..).filter(|(key, _)| key.starts_with(prefix));
        let wanted: Vec<Pair> = wanted.map(|(key, value)| (key.clone(), value.clone())).collect();
        assert_eq!(pairs(runs.scan(prefix, from)), wanted);
    }
}

#[test]
fn any_writes_read_back_over_merges_and_reopenings() {
    chance::each(20, |chance| {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let (mut runs, mut expected) = (none(), Model::new());
        for id in 1..40 {
            let mut writes = BTreeMap::new();
            for _ in 0..chance.below(80) {
                let (key, deletes) = (key(chance), chance.one_in(3));
                let value = (!deletes).then(|| value(chance));
                match &value {
                    Some(value) => expected.insert(key.clone(), value.clone()),
                    None => expected.remove(&key),
                };
                writes.insert(key, value);
            }
            runs = runs.with(written(folder, id, &writes));
            check(&runs, &expected, chance);
            while let Some(inputs) = runs.due().map(<[_]>::to_vec) {
                let is_lowest = runs.has_oldest_of(&inputs);
                let mut merge =
                    Merge::new(folder, 1_000 + runs.free_id(), inputs, is_lowest).expect("begun");
                while !merge.step().expect("merged") {}
                let inputs = merge.inputs.clone();
                runs = runs.with_merged(&inputs, Arc::new(merge.finish().expect("written")));
                check(&runs, &expected, chance);
            }
            if chance.one_in(5) {
                runs = opened(folder, Some(&runs.encode())).expect("opened");
                check(&runs, &expected, chance);
            }
        }
        assert!(runs.count() <= 8, "{}", runs.count());
        let all = runs.scan(&[], &[]);
        assert_eq!(pairs(all), expected.into_iter().collect::<Vec<_>>());
    });
}

#[test]
fn what_is_deleted_leaves_with_the_lowest_merge() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let mut runs = none();
    for id in 0..FAN as u64 {
        let value = (id == 0).then(|| b"there".to_vec());
        runs = runs.with(written(folder, id, &[(b"k12345678".to_vec(), value)].into()));
    }
    assert_eq!(runs.get(b"k12345678").expect("read"), None);
    let inputs = runs.due().expect("enough").to_vec();
    for (is_lowest, left) in [(false, 1), (true, 0)] {
        let mut merge = Merge::new(folder, 99, inputs.clone(), is_lowest).expect("begun");
        assert!(merge.step().expect("merged"));
        assert_eq!(merge.finish().expect("written").keys, left);
    }
}

/// A run of three blocks, and its bytes.
fn small() -> (TempDir, Vec<u8>) {
    let folder = tempfile::tempdir().expect("a folder");
    let writes = (0..40_u64).map(|n| (numbered(n), (n % 5 != 0).then(|| vec![n as u8; 200])));
    written(folder.path(), 1, &writes.collect());
    let bytes = fs::read(run::path(folder.path(), 1)).expect("read");
    (folder, bytes)
}

fn numbered(n: u64) -> Vec<u8> {
    [&b"k"[..], &n.to_be_bytes(), b"rest"].concat()
}

/// Whether all of a run can be read, whatever it says.
fn reads(folder: &Path) -> Result<Vec<Pair>, StoreError> {
    let run = Arc::new(Run::open(folder, 1, 0)?);
    none().with(run).scan(&[], &[]).collect()
}

#[test]
fn every_flipped_bit_of_a_run_is_found() {
    let (folder, bytes) = small();
    let whole = reads(folder.path()).expect("read");
    assert_eq!(whole.len(), 32);
    for bit in (0..bytes.len() * 8).step_by(29) {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        fs::write(run::path(folder.path(), 1), damaged).expect("written");
        let error = reads(folder.path()).expect_err("found");
        assert_eq!(error.kind(), "damaged", "bit {bit}: {error}");
    }
}

#[test]
fn a_run_that_is_cut_does_not_open() {
    let (folder, bytes) = small();
    for length in (0..bytes.len()).step_by(11) {
        fs::write(run::path(folder.path(), 1), &bytes[..length]).expect("written");
        assert_eq!(reads(folder.path()).expect_err("found").kind(), "damaged", "{length} bytes");
    }
}

#[test]
fn any_bytes_under_right_checksums_are_refused_or_read() {
    let (folder, bytes) = small();
    let mut rest = &bytes[run::HEADER.len()..];
    let mut payloads = Vec::new();
    while let Ok((frame, length)) = frame::read(rest) {
        payloads.push(frame.payload.to_vec());
        rest = &rest[length..];
    }
    assert!(rest.is_empty() && payloads.len() >= 4);
    chance::each(3_000, |chance| {
        let mut payloads = payloads.clone();
        for _ in 0..1 + chance.below(3) {
            let at = chance.below(payloads.len());
            let payload = &mut payloads[at];
            match chance.below(4) {
                0 => payload.truncate(chance.below(payload.len() + 1)),
                1 => payload.push(chance.below(256) as u8),
                _ if payload.is_empty() => {}
                _ => {
                    let byte = chance.below(payload.len());
                    payload[byte] = chance.below(256) as u8;
                }
            }
        }
        let mut bytes = run::HEADER.to_vec();
        payloads.iter().for_each(|payload| _ = frame::write(frame::Kind::Run, payload, &mut bytes));
        fs::write(run::path(folder.path(), 1), bytes).expect("written");
        if let Err(error) = reads(folder.path()) {
            assert_eq!(error.kind(), "damaged", "{error}");
        }
    });
}

#[test]
fn files_that_are_not_listed_are_removed() {
    let (folder, _) = small();
    let list = none().with(Arc::new(Run::open(folder.path(), 1, 0).expect("opened")));
    fs::write(run::path(folder.path(), 7), b"half a merge").expect("written");
    let runs = opened(folder.path(), Some(&list.encode())).expect("opened");
    assert_eq!((runs.count(), runs.free_id()), (1, 2));
    assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    fs::remove_file(run::path(folder.path(), 1)).expect("removed");
    let missing = opened(folder.path(), Some(&list.encode())).err().expect("missed");
    assert_eq!(missing.kind(), "io");
}

#[test]
fn damage_that_is_met_is_mended_at_the_next_start() {
    let (folder, mut bytes) = small();
    bytes[100] ^= 1;
    fs::write(run::path(folder.path(), 1), bytes).expect("written");
    let list = none().with(Arc::new(Run::open(folder.path(), 1, 0).expect("opened")));
    let list = list.encode();
    let runs = opened(folder.path(), Some(&list)).expect("blocks are not read yet");
    let error = runs.get(&numbered(1)).expect_err("damaged");
    assert!(error.to_string().contains("damaged at byte 16"), "{error}");
    assert!(error.to_string().contains("remade at the next start"), "{error}");
    assert_eq!(opened(folder.path(), Some(&list)).err().map(|e| e.kind()), Some("damaged"));
}
