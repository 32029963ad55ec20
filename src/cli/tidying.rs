//! `countywire store compact | take-down`: by the daemon that has the store, or without one.

use super::offline::open_existing_store;
use super::store::rebuild;
use super::{admin_client, fail, print};
use crate::config::Config;
use crate::model::{EntryKey, Obeyed, Order, Retain};
use crate::role;
use indicatif::ProgressBar;
use std::process::ExitCode;
use std::time::Duration;

pub fn compact(config: &Config) -> ExitCode {
    let order = Order::Retain(Retain { is_thorough: true, ..config.store.retain });
    let (done, by_daemon) = match obey(config, order, "/compact", "winning back room") {
        Ok(done) => done,
        Err(code) => return code,
    };
    print(&format!(
        "{} entries removed, {} segments rewritten\n",
        done.entries_removed, done.segments_rewritten
    ));
    if by_daemon { ExitCode::SUCCESS } else { rebuild(config) }
}

/// `entry`: its key, or the address of its page.
pub fn take_down(config: &Config, entry: &str) -> ExitCode {
    let last = entry.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let key = last.split('.').next().unwrap_or_default();
    let Some(parsed) = EntryKey::from_hex(key) else {
        return fail(&format!(
            "{entry:?} is no key of an entry: write the 32 digits that the address of its page ends with"
        ));
    };
    let path = format!("/take-down/{key}");
    match obey(config, Order::TakeDown(parsed), &path, "taking down") {
        Ok((done, _)) => print(&format!(
            "{}; {} segments rewritten\n",
            if done.entries_removed > 0 { "the entry is removed" } else { "it was removed before" },
            done.segments_rewritten
        )),
        Err(code) => code,
    }
}

/// Has all steps of an order taken; what came of them, and whether a daemon took them.
fn obey(
    config: &Config,
    order: Order,
    path: &str,
    what: &'static str,
) -> Result<(Obeyed, bool), ExitCode> {
    let mut store = open_existing_store(config)?;
    let by_daemon = store.is_none();
    let bar = ProgressBar::new_spinner().with_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut all = Obeyed::default();
    loop {
        let step = match &mut store {
            Some(store) => {
                let position = store.reader().position();
                position.and_then(|position| {
                    let now = role::now().max(position.recorded_at);
                    store.obey(&order, position.sequence + 1, now)
                })
            }
            .map_err(|error| error.full()),
            None => admin_client::request(config.listen.admin, "POST", path).and_then(|answer| {
                serde_json::from_slice(&answer).map_err(|_| {
                    "the daemon answers in another form; is it another version?".to_owned()
                })
            }),
        };
        let step: Obeyed = step.map_err(|why| fail(&why))?;
        all.entries_removed += step.entries_removed;
        all.segments_rewritten += step.segments_rewritten;
        bar.set_message(format!(
            "{what}: {} entries removed, {} segments rewritten",
            all.entries_removed, all.segments_rewritten
        ));
        if !step.more {
            bar.finish_and_clear();
            return Ok((all, by_daemon));
        }
    }
}
