//! The store for commands that work without a daemon.

use super::{admin_client, complain, fail};
use crate::config::{self, Config};
use crate::role;
use crate::store::{Progress, Store, StoreError};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

/// Opens the store; shows how far a remake of its index has come.
///
/// # Errors
/// `Ok(None)`: another process has it. `Err`: said why, gives the exit code.
pub fn open_store(config: &Config) -> Result<Option<Store>, ExitCode> {
    // A store that was deleted under a daemon is not made anew beside it.
    if !has_store(config) && daemon_answers(config) {
        return Ok(None);
    }
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
        // Not ours to open, which need not keep us from asking.
        Err(StoreError::Io { .. }) if daemon_answers(config) => Ok(None),
        Err(error) if error.needs_a_person() => {
            fail(&error.full());
            Err(ExitCode::from(78))
        }
        Err(error) => Err(fail(&error.full())),
    }
}

/// The same for commands that only read: a store that is not there is not made.
pub fn open_existing_store(config: &Config) -> Result<Option<Store>, ExitCode> {
    let path = &config.store.path;
    if !has_store_or_daemon(config) {
        return Err(fail(&format!(
            "there is no store at {} yet ([store] path); `countywire run` or `poll` makes it",
            path.display()
        )));
    }
    open_store(config)
}

/// Whether a countywire answers where a daemon with these settings would.
pub fn daemon_answers(config: &Config) -> bool {
    answers_at(config.listen.admin)
}

/// The daemon that goes on though its settings have a fault since it was started, which is said.
pub fn daemon_beside_fault(path: &Path) -> Option<SocketAddr> {
    let admin = config::admin_of(path, role::now());
    if !answers_at(admin) {
        return None;
    }
    complain(&format!(
        "countywire: told by the daemon at {admin}, which goes on with the settings that it has"
    ));
    Some(admin)
}

fn answers_at(admin: SocketAddr) -> bool {
    let status = admin_client::request(admin, "GET", "/status.json");
    let status = status.ok().and_then(|body| serde_json::from_slice::<Value>(&body).ok());
    status.is_some_and(|status| status.get("journal_sequence").is_some())
}

/// Whether there is anything to ask.
pub fn has_store_or_daemon(config: &Config) -> bool {
    has_store(config) || daemon_answers(config)
}

/// An empty folder is none: it may wait for one.
pub fn has_store(config: &Config) -> bool {
    let path = &config.store.path;
    std::fs::read_dir(path).map_or_else(|_| path.exists(), |mut names| names.next().is_some())
}

pub fn bytes_bar(total: u64, what: &'static str) -> ProgressBar {
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
