//! `countywire remove`: entries that are to be gone for good.

use super::tidying::Tidy;
use super::{complain, fail, load, print};
use crate::model::{EntryKey, Order, SourceId, TakeDown};
use crate::role::{Match, Matches, Meant};
use clap::Args;
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

pub const AFTER_HELP: &str = "\
The entry leaves all feeds, archives and pages at once; its addresses answer 410, and Atom feeds tell who has it that it is
gone. It does not come back while its source lists it, changed or not, nor from a rebuilt index or a copy that
is made from now on. Then every segment that has it is written anew. A running daemon does it. May be
interrupted: give the command again to finish it. Backups that were made before, caches and feeds that
others have fetched keep it: caches for up to a week.";

#[derive(Debug, Args)]
pub struct RemoveArgs {
    /// The key of an entry, the address of its page, or its link at its origin
    #[arg(value_name = "ENTRY|LINK", required_unless_present = "source")]
    entry: Option<String>,
    /// All entries of a source; new ones come while feeds.toml has it
    #[arg(long, value_name = "ID", conflicts_with = "entry")]
    source: Option<String>,
    /// Only tell what would be removed
    #[arg(long)]
    dry_run: bool,
}

pub fn run(path: &Path, args: &RemoveArgs) -> ExitCode {
    let config = match load(path) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let meant = match (&args.source, &args.entry) {
        (Some(source), _) => Meant::Source(SourceId::new(source)),
        (None, entry) => Meant::of(entry.as_deref().unwrap_or_default()),
    };
    let mut tidy = match Tidy::new(&config) {
        Ok(tidy) => tidy,
        Err(code) => return code,
    };
    let found = match tidy.matches(&meant) {
        Ok(found) => found,
        Err(why) => return fail(&why),
    };
    if args.dry_run {
        return print(&format!("{}{} would be removed\n", list(&found), count(found.total)));
    }
    let targets = match targets(&meant, &found) {
        Ok(targets) => targets,
        Err(why) => return fail(&why),
    };
    complain(list(&found).trim_end());
    let (mut removed, mut rewritten) = (0, 0);
    for (what, path) in targets {
        match tidy.all(&Order::TakeDown(what), &path, "taking down") {
            Ok(done) => {
                removed += u64::from(done.entries_removed);
                rewritten += done.segments_rewritten;
            }
            Err(code) => return code,
        }
    }
    if let Meant::Source(id) = &meant
        && config.sources.iter().any(|source| source.id == *id && source.is_active())
    {
        complain("the source is in feeds.toml: what it brings from now on will be published");
    }
    if let Meant::Source(id) = &meant
        && removed == 0
        && rewritten == 0
        && config.sources.iter().all(|source| source.id != *id)
    {
        let why = config.no_source(id.as_str());
        return fail(&format!("nothing is stored of the source {:?}: {why}", id.as_str()));
    }
    let said = match removed {
        0 => "it was removed before".to_owned(),
        removed => format!("{} removed", count(removed)),
    };
    print(&format!("{said}; {rewritten} segments rewritten\n"))
}

/// What is to be ordered, and where the daemon is asked for it.
fn targets(meant: &Meant, found: &Matches) -> Result<Vec<(TakeDown, String)>, String> {
    let entry = |key: EntryKey| (TakeDown::Entry(key), format!("/take-down/{}", key.hex()));
    match meant {
        // Which may have been removed before, but not from all segments.
        Meant::Entry(key) => Ok(vec![entry(*key)]),
        Meant::Source(id) => {
            Ok(vec![(TakeDown::Source(id.clone()), format!("/take-down/source/{id}"))])
        }
        Meant::Link(link) => {
            let keys = found.entries.iter().filter_map(|entry| EntryKey::from_hex(&entry.key));
            let targets: Vec<_> = keys.map(entry).collect();
            match targets.is_empty() {
                true => Err(format!(
                    "no stored entry has the link {link:?}; its page's address ends with its key, \
                     which does as well"
                )),
                false => Ok(targets),
            }
        }
    }
}

fn list(found: &Matches) -> String {
    let mut lines = String::new();
    for Match { key, source, title, published } in &found.entries {
        let _infallible = writeln!(lines, "{key}  {published}  {source}  {title}");
    }
    let more = found.total - found.entries.len() as u64;
    if more > 0 {
        let _infallible = writeln!(lines, "and {more} more");
    }
    lines
}

fn count(entries: u64) -> String {
    match entries {
        1 => "1 entry".to_owned(),
        entries => format!("{entries} entries"),
    }
}
