//! Damaged indexes that were set aside, so that they can be looked at: named by when that was,
//! and never many.

use super::error::StoreError;
use super::stats::bytes_below;
use super::verify::remove;
use crate::model::Timestamp;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use tracing::{error, warn};

const NAME: &str = "index.damaged-";
/// The newest that stay.
const KEPT: usize = 2;

/// Renames a damaged index away. `index`: in the folder of the store.
///
/// # Errors
/// It cannot be renamed; it is where it was then.
pub fn set_aside(index: &Path) -> Result<(), StoreError> {
    let store = index.parent().unwrap_or(Path::new("."));
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let named = |second: i64| {
        let at = Timestamp(second).rfc3339().replace(':', "-");
        store.join(format!("{NAME}{at}"))
    };
    let mut seconds = since_epoch.as_secs() as i64..;
    let free = seconds.find_map(|second| Some(named(second)).filter(|path| !path.exists()));
    let free = free.expect("some second is free");
    fs::rename(index, &free).map_err(StoreError::io("cannot set aside", index))?;
    warn!(to = %free.display(), "the index that was there has been set aside");
    let all = list(store);
    remove_all(&all[..all.len().saturating_sub(KEPT)]);
    Ok(())
}

/// Bytes that they take.
pub fn bytes(store: &Path) -> u64 {
    list(store).iter().map(|folder| bytes_below(folder)).sum()
}

/// Removes all.
pub fn clear(store: &Path) {
    remove_all(&list(store));
}

fn remove_all(folders: &[PathBuf]) {
    for folder in folders {
        if let Err(error) = remove(folder) {
            error!(error = error.full(), "a damaged index that was set aside stays");
        }
    }
}

/// Oldest first. Older programs numbered them, which is shorter.
fn list(store: &Path) -> Vec<PathBuf> {
    let names = fs::read_dir(store).into_iter().flatten().flatten().map(|name| name.file_name());
    let names = names.filter_map(|name| name.into_string().ok());
    let mut names: Vec<_> = names.filter(|name| name.starts_with(NAME)).collect();
    names.sort_by_key(|name| (name.len(), name.clone()));
    names.into_iter().map(|name| store.join(name)).collect()
}
