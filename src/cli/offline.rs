//! The store for commands that work without a daemon.

use super::fail;
use crate::config::Config;
use crate::role;
use crate::store::{Progress, Store, StoreError};
use indicatif::{ProgressBar, ProgressStyle};
use std::process::ExitCode;

/// Opens the store; shows how far a remake of its index has come.
///
/// # Errors
/// `Ok(None)`: another process has it. `Err`: said why, gives the exit code.
pub fn open_store(config: &Config) -> Result<Option<Store>, ExitCode> {
    let mut bar: Option<ProgressBar> = None;
    let opened = Store::open(&role::store_settings(config), &mut |Progress { done, total }| {
        let bar = bar.get_or_insert_with(|| bytes_bar(total, "remaking the index"));
        bar.set_position(done);
    });
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    match opened {
        Ok(store) => Ok(Some(store)),
        Err(StoreError::InUse { .. }) => Ok(None),
        Err(error @ StoreError::Format { .. }) => {
            fail(&error.full());
            Err(ExitCode::from(78))
        }
        Err(error) => Err(fail(&error.full())),
    }
}

/// The same for commands that only read: a store that is not there is not made.
pub fn open_existing_store(config: &Config) -> Result<Option<Store>, ExitCode> {
    let path = &config.store.path;
    if !has_store(config) {
        return Err(fail(&format!(
            "there is no store at {} yet ([store] path); `countywire run` or `poll` makes it",
            path.display()
        )));
    }
    open_store(config)
}

/// Whether there is anything at the store's place.
pub fn has_store(config: &Config) -> bool {
    config.store.path.exists()
}

fn bytes_bar(total: u64, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} [{bar:30}] {bytes}/{total_bytes} {eta}");
    let style = style.expect("a valid template").progress_chars("=> ");
    ProgressBar::new(total).with_style(style).with_message(what)
}

/// A bar for a number of sources; hidden where nobody looks.
pub fn sources_bar(total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("polling [{bar:30}] {pos}/{len} {msg}");
    let style = style.expect("a valid template").progress_chars("=> ");
    ProgressBar::new(total).with_style(style)
}
