//! `countywire store`: what the store takes, whether it is sound, its index made anew, copies.

use super::offline::{bytes_bar, has_store, open_existing_store};
use super::verified::tell;
use super::{complain, exchange, fail, load, print, tidying};
use crate::config::Config;
use crate::role;
use crate::store::{self, Lacking, Progress, Store, StoreError};
use clap::{Args, Subcommand};
use indicatif::ProgressBar;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct StoreArgs {
    #[command(subcommand)]
    command: StoreCommand,
}

#[derive(Debug, Subcommand)]
enum StoreCommand {
    /// Tell what the store holds and takes on disk
    #[command(after_help = "\
No daemon may run beside it: ask a running one at its /status and /metrics. It opens the store, so an index \
that is damaged or missing is remade first.")]
    Stats {
        /// Print one object of JSON
        #[arg(long)]
        json: bool,
    },
    /// Check every byte of the segments, and the index against them; exit code 1: faults found
    #[command(after_help = "\
Takes about as much disk again as the index, for a while. Each fault is named: the entries that damage \
costs, a segment with the byte, or what of the index is wrong besides. Where only the index is, `countywire store rebuild` \
mends it; what is damaged in a segment comes back from a backup alone. Where segments were cut off or are \
gone, nothing is mended, so that they can be put back. No daemon may run beside it. May be interrupted.

  countywire store verify --json | jq -r '.faults[] | .place'")]
    Verify {
        /// Print one object of JSON
        #[arg(long)]
        json: bool,
    },
    /// Copy the store into a folder, also while a daemon writes to it; a backup that is there is
    /// brought up to date; exit code 1: what was copied is damaged, or lacks what was lost
    #[command(after_help = "\
FOLDER is made; one that holds something else, a store, or a backup with reports that the store has \
lost, is refused and left as it is. Damage is named by segment and byte, and copied with the rest, unless the \
backup has that sound: then it stays as it was. Who subscribes to our feeds is copied too, with the secrets of \
subscriptions, for the owner of the copy alone to read; the index of search is not, and is made anew. What is damaged in the backup alone is copied anew; all of it \
is read each time. May run beside a daemon, and be interrupted: until all is copied the backup before it counts, and the next one goes on. What the store has lost is told each time, until \
`countywire store rebuild` has made an index without it.

  countywire store backup /mnt/copies/countywire")]
    Backup {
        /// Where the backup is, or is to be made: not in the store
        folder: PathBuf,
    },
    /// Put a backup where there is no store yet, and make its index
    #[command(after_help = "\
The store is made at [store] path, where nothing may be but an empty folder that nothing is mounted on: move away \
what is there. Feeds have the same bytes \
and ETags as when the backup was made, and who subscribed to them then is told what is new, as before; what comes after it has other ETags than what came after it before. No daemon may run beside it. May be interrupted: then there is no \
store, and what was copied is in PATH.restoring, which the next restore removes; or there is one, and its \
index is finished when it is opened.

  mv data/store data/store.old && countywire store restore /mnt/copies/countywire")]
    Restore {
        /// What `store backup` has made; it stays as it is
        folder: PathBuf,
    },
    /// Write all that the store holds as lines of JSON: a backup that any later version reads
    #[command(after_help = "\
No daemon may run beside it. Each line is an object; ARCHITECTURE.md tells what is in \
them. Entries, what polling has learnt of sources, what was taken down, and what feeds tell of their last \
changes are all there; of past polls each source's last one is. The file holds the secrets of WebSub \
subscriptions: keep it as you keep the store. An interrupted export leaves the FILE that was there, or none.

  countywire store export -o news.jsonl.zst
  countywire store export | jq -r 'select(.source) | .source.id'")]
    Export(exchange::ExportArgs),
    /// Make a store of what `store export` wrote, where there is no store yet
    #[command(after_help = "\
Whether it is compressed is told by its content. Feeds have the same bytes and ETags as before. A file \
that is cut off or broken is refused with the number of the line; exit code 78: a newer version wrote it. \
The store is made at [store] path, where nothing may be but an empty folder that nothing is mounted on. No daemon may run beside it. May be interrupted: \
then there is no store, and what was made of it is in PATH.importing, which the next import removes; or \
there is one, and its index is finished when it is opened.

  countywire store import news.jsonl.zst")]
    Import {
        /// What `store export` has written, compressed or not
        file: PathBuf,
    },
    /// Make the index anew from the segments; the one in use stays until it is whole
    #[command(after_help = "\
No daemon may run beside it; one that starts remakes an index that it finds damaged by itself. Takes as much \
disk again as the index, for a while. May be interrupted: the index is the one before it then.")]
    Rebuild,
    /// Win back room: what is beyond the limits of [store] retain leaves, and segments are written
    /// anew without what is dead in them. A running daemon does it; without one the index is made
    /// anew, too
    #[command(after_help = "\
May run beside a daemon, and be interrupted. Takes disk for the segments that are rewritten, one turn at a \
time, before it wins any back.")]
    Compact,
}

pub fn run(path: &Path, args: &StoreArgs) -> ExitCode {
    let config = match load(path) {
        Ok(config) => config,
        Err(code) => return code,
    };
    match &args.command {
        StoreCommand::Stats { json } => with_store(&config, |store| stats(&store, *json)),
        StoreCommand::Verify { json } => verify(&config, *json),
        StoreCommand::Backup { folder } => backup(&config, folder),
        StoreCommand::Restore { folder } => restore(&config, folder),
        StoreCommand::Export(args) => exchange::export(&config, args),
        StoreCommand::Import { file } => exchange::import(&config, file),
        StoreCommand::Rebuild => rebuild(&config),
        StoreCommand::Compact => tidying::compact(&config),
    }
}

pub(super) fn with_store(config: &Config, command: impl FnOnce(Store) -> ExitCode) -> ExitCode {
    match open_existing_store(config) {
        Ok(Some(store)) => command(store),
        Ok(None) => fail(&in_use(config)),
        Err(code) => code,
    }
}

pub(super) fn in_use(config: &Config) -> String {
    format!("{} is in use by a daemon; stop it first", config.store.path.display())
}

fn stats(store: &Store, as_json: bool) -> ExitCode {
    let stats = match store.stats() {
        Ok(stats) => stats,
        Err(error) => return fail(&error.full()),
    };
    if as_json {
        return print(&format!("{}\n", json!(stats)));
    }
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    print(&format!(
        "entries   {}\nstories   {}\nsources   {}\nreports   {}\nsegments  {}, {:.1} MB\nindex     {:.1} MB\nsearch    {:.1} MB\n{}",
        stats.entries,
        stats.stories,
        stats.sources,
        stats.sequence,
        stats.segments,
        megabytes(stats.segment_bytes),
        megabytes(stats.index_bytes),
        megabytes(stats.search_bytes),
        match stats.set_aside_bytes {
            0 => String::new(),
            bytes => format!(
                "set aside {:.1} MB of damaged indexes; `compact` removes them\n",
                megabytes(bytes)
            ),
        },
    ))
}

fn verify(config: &Config, as_json: bool) -> ExitCode {
    let settings = role::store_settings(config);
    let mut bar = Bar::new("verifying");
    // Opening would mend what is to be told.
    let lost = match has_store(config) {
        true => store::verify_lost(&settings, &mut |progress| bar.show(progress)),
        false => Ok(None),
    };
    bar.end();
    if let Ok(Some(verified)) = lost {
        return tell(&verified, as_json);
    }
    // What keeps it from being opened is told by opening it.
    with_store(config, |store| {
        let mut bar = Bar::new("verifying");
        let verified = store.verify(&mut |progress| bar.show(progress));
        bar.end();
        match verified {
            Ok(verified) => tell(&verified, as_json),
            Err(error) => fail(&error.full()),
        }
    })
}

pub(super) fn rebuild(config: &Config) -> ExitCode {
    if !has_store(config) {
        return fail(&format!("there is no store at {}", config.store.path.display()));
    }
    let settings = role::store_settings(config);
    match store::mend_marker(&settings) {
        Ok(false) => {}
        Ok(true) => complain("FORMAT is made anew; readers fetch all documents anew"),
        Err(StoreError::InUse { .. }) => return fail(&in_use(config)),
        Err(error) => return refuse(&error),
    }
    let mut bar = Bar::new("remaking the index");
    let mut damaged = 0;
    let rebuilt = store::rebuild(
        &settings,
        &mut |damage| {
            damaged += 1;
            complain(&damage.to_string());
        },
        &mut |progress| bar.show(progress),
    );
    bar.end();
    match rebuilt {
        Ok(()) if damaged == 0 => print("the index is remade\n"),
        Ok(()) => print(&format!("the index is remade from what is sound ({damaged} faults)\n")),
        Err(StoreError::InUse { .. }) => fail(&in_use(config)),
        Err(error) => refuse(&error),
    }
}

/// What another version wrote, or others, is for a person to see to.
fn refuse(error: &StoreError) -> ExitCode {
    let failed = fail(&error.full());
    if error.needs_a_person() { ExitCode::from(78) } else { failed }
}

fn backup(config: &Config, folder: &Path) -> ExitCode {
    let mut bar = Bar::new("copying");
    let mut damaged = 0;
    let copied = store::backup(
        &config.store.path,
        folder,
        &mut |damage| {
            damaged += 1;
            complain(&damage.to_string());
        },
        &mut |progress| bar.show(progress),
    );
    bar.end();
    match copied {
        Ok(lacking) => tell_backup(folder, damaged, lacking),
        Err(error) => refuse(&error),
    }
}

fn tell_backup(folder: &Path, damaged: u64, lacking: Option<Lacking>) -> ExitCode {
    let folder = folder.display();
    if let Some(Lacking { reports, entries, .. }) = lacking {
        complain(&format!(
            "the store has lost {reports} reports and {entries} entries before, and this backup is \
             without them, too; if no older backup is to bring them back, `countywire store \
             rebuild` has the loss told no more"
        ));
    }
    match (damaged, lacking) {
        (0, None) => print(&format!("{folder} holds the store as it is now\n")),
        (0, Some(_)) => {
            fail(&format!("{folder} holds the store as it is now, without what it lost"))
        }
        (damaged, _) => fail(&format!(
            "{folder} holds the store as it is now, with what is damaged in it ({damaged} faults); \
             `countywire store verify` tells what that costs"
        )),
    }
}

fn restore(config: &Config, folder: &Path) -> ExitCode {
    let mut bar = Bar::new("copying");
    let settings = role::store_settings(config);
    let copied = store::restore(folder, &settings, &mut |progress| bar.show(progress));
    bar.end();
    if let Err(error) = copied {
        return refuse(&error);
    }
    settle(config, "what the backup held")
}

/// Makes the index of a store that was put there.
pub(super) fn settle(config: &Config, what: &str) -> ExitCode {
    with_store(config, |store| match store.settle() {
        Ok(()) => print(&format!("{} holds {what}\n", config.store.path.display())),
        Err(error) => fail(&error.full()),
    })
}

/// A bar that comes with the first progress.
pub(super) struct Bar {
    what: &'static str,
    bar: Option<ProgressBar>,
}

impl Bar {
    pub fn new(what: &'static str) -> Bar {
        Bar { what, bar: None }
    }

    pub fn show(&mut self, Progress { done, total }: Progress) {
        self.bar.get_or_insert_with(|| bytes_bar(total, self.what)).set_position(done);
    }

    pub fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
