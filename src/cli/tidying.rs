//! `countywire store compact`, `remove` and `reclassify`: by the daemon that has the store, or
//! without one.

use super::offline::open_existing_store;
use super::{admin_client, fail, load, print};
use crate::config::Config;
use crate::model::{EntryNo, Obeyed, Order, Retain};
use crate::role::{self, Matches, Meant, Turn};
use crate::store::Store;
use indicatif::ProgressBar;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

pub fn compact(config: &Config) -> ExitCode {
    let order = Order::Retain(Retain { is_thorough: true, ..config.store.retain });
    let done = Tidy::new(config).and_then(|mut tidy| {
        let done = tidy.all(&order, "/compact", "winning back room")?;
        tidy.rest().map(|()| done)
    });
    match done {
        Ok(done) => print(&format!(
            "{} entries removed, {} segments rewritten\n",
            done.entries_removed, done.segments_rewritten
        )),
        Err(code) => code,
    }
}

/// Files all stored entries by the settings of today.
pub fn reclassify(path: &Path) -> ExitCode {
    let config = match load(path) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let admin = config.listen.admin;
    let mut tidy = match Tidy::new(&config) {
        Ok(tidy) => tidy,
        Err(code) => return code,
    };
    let live = role::Live::new(config);
    let bar = spinner("looking through entries");
    let (mut after, mut refiled) = (0, 0);
    loop {
        let turn = match &mut tidy.store {
            None => ask(admin, &format!("/reclassify/{after}")),
            Some(store) => {
                role::misfiled(&live, &store.reader(), EntryNo(after)).and_then(|found| {
                    let role::Misfiled { entries, upto, more } = found;
                    let done = match entries.is_empty() {
                        true => Obeyed::default(),
                        false => obey(store, &Order::Refile(entries))?,
                    };
                    Ok(Turn { done: Obeyed { more, ..done }, upto })
                })
            }
        };
        let turn = match turn {
            Ok(turn) => turn,
            Err(why) => return fail(&why),
        };
        refiled += turn.done.entries_refiled;
        after = turn.upto;
        bar.set_message(format!("looking through entries: {refiled} filed elsewhere"));
        if !turn.done.more {
            bar.finish_and_clear();
            return print(&format!("{refiled} entries filed elsewhere\n"));
        }
    }
}

const OTHER_VERSION: &str = "the daemon answers in another form; is it another version?";

/// Who does it: we, with the store, or the daemon that has it.
pub struct Tidy {
    store: Option<Store>,
    admin: SocketAddr,
    /// Of the store that we have, as it was found.
    sequence: u64,
}

impl Tidy {
    pub fn new(config: &Config) -> Result<Tidy, ExitCode> {
        let store = open_existing_store(config)?;
        let position = store.as_ref().map(|store| store.reader().position()).transpose();
        let position = position.map_err(|error| fail(&error.full()))?;
        let sequence = position.map_or(0, |position| position.sequence);
        Ok(Tidy { store, admin: config.listen.admin, sequence })
    }

    /// Stored entries that are meant.
    pub fn matches(&self, meant: &Meant) -> Result<Matches, String> {
        match &self.store {
            Some(store) => role::matches(&store.reader(), meant).map_err(|error| error.full()),
            None => {
                let path = format!("/matches?{}", meant.query());
                let answer = admin_client::request(self.admin, "GET", &path)?;
                serde_json::from_slice(&answer).map_err(|_| OTHER_VERSION.to_owned())
            }
        }
    }

    /// Has all steps of an order taken; `path`: where the daemon is asked for it.
    pub fn all(
        &mut self,
        order: &Order,
        path: &str,
        what: &'static str,
    ) -> Result<Obeyed, ExitCode> {
        let bar = spinner(what);
        let mut all = Obeyed::default();
        loop {
            let step = match &mut self.store {
                Some(store) => obey(store, order),
                None => ask(self.admin, path).map(|turn| turn.done),
            };
            let step = step.map_err(|why| fail(&why))?;
            all.entries_removed += step.entries_removed;
            all.segments_rewritten += step.segments_rewritten;
            bar.set_message(format!(
                "{what}: {} entries removed, {} segments rewritten",
                all.entries_removed, all.segments_rewritten
            ));
            if !step.more {
                bar.finish_and_clear();
                return Ok(all);
            }
        }
    }

    /// Takes what was removed out of the index of search, where we have the store.
    pub fn forget_searched(&self, config: &Config) -> Result<(), String> {
        let Some(store) = &self.store else { return Ok(()) };
        let bar = spinner("taking words out of the index of search");
        let done = role::forget(config, &store.reader(), self.sequence);
        bar.finish_and_clear();
        done.map_err(|error| error.full())
    }

    /// Waits for what goes on besides, where we have the store.
    fn rest(&self) -> Result<(), ExitCode> {
        let Some(store) = &self.store else { return Ok(()) };
        let bar = spinner("making the index small");
        let done = store.rest();
        bar.finish_and_clear();
        done.map_err(|error| fail(&error.full()))
    }
}

/// What a daemon does when it starts: sources go on with the history of their former ids.
pub fn take_over_former_ids(store: &mut Store, config: &Config) -> Result<(), String> {
    for order in role::renames(config, &store.reader()).map_err(|error| error.full())? {
        while obey(store, &order)?.more {}
    }
    Ok(())
}

fn spinner(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn obey(store: &mut Store, order: &Order) -> Result<Obeyed, String> {
    let position = store.reader().position().map_err(|error| error.full())?;
    let now = role::now().max(position.recorded_at);
    store.obey(order, position.sequence + 1, now).map_err(|error| error.full())
}

fn ask(admin: SocketAddr, path: &str) -> Result<Turn, String> {
    let answer = admin_client::request(admin, "POST", path)?;
    serde_json::from_slice(&answer).map_err(|_| OTHER_VERSION.to_owned())
}
