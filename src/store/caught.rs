//! Calls of sled while the index is open. What is damaged on the disk shows when a page is read
//! that was not in memory: sled tells it as an error, or panics. Either fails the call alone, and
//! has the next start remake the index.

use super::error::StoreError;
use super::runs;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// # Errors
/// Damage, or that the disk cannot be used now.
pub fn call<T>(index: &Path, call: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
    let problem = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) if is_damage(&error) => error.to_string(),
        Ok(Err(error)) => return Err(error.into()),
        Err(_) => "sled panicked on what it read".to_owned(),
    };
    runs::mark_damaged(&runs::folder(index));
    Err(StoreError::DamagedIndex { path: index.to_owned(), problem })
}

/// What the iterator gives, up to the first error: sled might give that for ever.
pub fn each<T, I: Iterator<Item = sled::Result<T>>>(
    index: &Path,
    items: I,
) -> impl Iterator<Item = Result<T, StoreError>> + use<T, I> {
    let index = index.to_owned();
    let mut items = Some(items);
    std::iter::from_fn(move || {
        let mut left = items.take()?;
        let next = call(&index, || left.next().transpose());
        items = matches!(next, Ok(Some(_))).then_some(left);
        next.transpose()
    })
}

/// A file that is shorter than sled left it, or not there, is damage, too.
fn is_damage(error: &sled::Error) -> bool {
    match error {
        sled::Error::Corruption { .. } | sled::Error::ReportableBug(_) => true,
        sled::Error::Io(io) => matches!(io.kind(), ErrorKind::UnexpectedEof | ErrorKind::NotFound),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::disk::Disk;
    use super::super::held::Lookup;
    use super::*;
    use std::fs;
    use std::ops::Bound;
    use std::os::unix::fs::FileExt;

    #[test]
    fn damage_under_an_open_index_fails_what_meets_it_and_has_the_index_remade() {
        let folder = tempfile::tempdir().expect("a folder");
        let runs = runs::folder(folder.path());
        fs::create_dir(&runs).expect("made");
        let Ok(disk) = Disk::open(folder.path(), 1 << 16) else { panic!("not opened") };
        let keys: Vec<String> = (0..4_000).map(|n| format!("s{n:04}")).collect();
        let values: Vec<String> = keys.iter().map(|key| key.repeat(40)).collect();
        let pairs = keys.iter().zip(&values);
        let writes = pairs.map(|(key, value)| (key.as_bytes(), Some(value.as_bytes())));
        disk.apply(&writes.collect::<Vec<_>>()).expect("written");
        let read = || keys.iter().map(|key| disk.get(key.as_bytes()));
        assert!(read().all(|value| value.is_ok()) && !runs.join("damaged").exists());

        let db = fs::OpenOptions::new().write(true).open(folder.path().join("sled.1/db"));
        let (db, length) = db.and_then(|db| db.metadata().map(|m| (db, m.len()))).expect("there");
        for at in (0..length).step_by(512) {
            db.write_all_at(b"damage", at).expect("written");
        }
        let failed = read().find_map(|value| value.err()).expect("some are read anew");
        assert!(failed.is_damaged_index() && runs.join("damaged").exists());
        let told = failed.full();
        assert!(told.contains("remade at the next start"), "{told}");
        assert_eq!(disk.scan(b"s").filter(Result::is_err).count(), 1, "it ends there");
        let upto = |key: &String| {
            disk.last_between(Bound::Unbounded, Bound::Included(key.as_bytes())).map(drop)
        };
        assert!(keys.iter().map(upto).any(|last| last.is_err()));
    }

    #[test]
    fn a_panic_is_told_and_a_full_disk_is_no_damage() {
        let folder = tempfile::tempdir().expect("a folder");
        let mark = runs::folder(folder.path()).join("damaged");
        fs::create_dir(runs::folder(folder.path())).expect("made");
        let full = || Err::<(), _>(sled::Error::Io(ErrorKind::StorageFull.into()));
        assert!(call(folder.path(), full).is_err_and(|error| !error.is_damaged_index()));
        assert!(!mark.exists());
        let panics = || panic!("as sled does");
        let told = call::<()>(folder.path(), panics).expect_err("told").full();
        assert!(told.contains("sled panicked") && mark.exists(), "{told}");
    }
}
